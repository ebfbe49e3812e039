"""The school itself."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints

from probes.entries.base import Entry
from probes.entries.calendar import SchoolCalendar


class Stage(StrEnum):
    """A stage of schooling: 小学, 初中, 高中."""

    PRIMARY = "primary"
    JUNIOR = "junior"
    SENIOR = "senior"


class School(Entry):
    """The school itself."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=200)] = Field(
        description="学校名称 / the school's name"
    )
    stages: tuple[Stage, ...] = Field(min_length=1, description="学段 / stages: primary 小学, junior 初中, senior 高中")
    district: str = Field("", description="所属县（市、区） / county or district")
    timezone: str = Field("Asia/Shanghai", description="时区 / IANA time zone in which logs are written")
    teachers: int | None = Field(None, ge=0, description="专任教师数 / number of teachers (indicator 1.2.1)")
    students: dict[Stage, Annotated[int, Field(ge=0)]] = Field(
        default_factory=dict, description="各学段学生数 / students per stage (indicator 1.2.2)"
    )
    largest_class: int | None = Field(
        None, ge=1, description="最大班额 / pupils in the largest class (indicator 1.2.3)"
    )
    calendar: SchoolCalendar = Field(
        SchoolCalendar(), description="校历：判断“最近 7 个上课日” / which days are school days"
    )
