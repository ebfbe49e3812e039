"""What an inventory may say about measuring nights: its table ``[audit.night]``. Everything has a default."""

from __future__ import annotations

from datetime import date, time
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

TIME_OF_DAY = r"^([01]\d|2[0-3]):[0-5]\d$"
TimeOfDay = Annotated[str, StringConstraints(pattern=TIME_OF_DAY)]
"""``HH:MM`` in the school's time zone."""

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class _Span(BaseModel):
    """A part of the day, in the school's time zone; it crosses midnight where it ends before it begins."""

    # The key in the file is “from”, which is a word of Python's own.
    model_config = ConfigDict(frozen=True, extra="forbid", serialize_by_alias=True)

    from_: TimeOfDay = Field(alias="from", description="开始时间，如 18:30 / from, such as 18:30")
    to: TimeOfDay = Field(description="结束时间，如 22:40 / until, such as 22:40")

    @property
    def begins(self) -> time:
        """When it begins."""
        return time.fromisoformat(self.from_)

    @property
    def ends(self) -> time:
        """When it ends."""
        return time.fromisoformat(self.to)

    @model_validator(mode="after")
    def _lasts(self) -> Self:
        if self.begins == self.ends:
            msg = "no_time_between"
            raise ValueError(msg)
        return self


class LessonSettings(_Span):
    """Hours that belong to lessons: no test then, even inside of the window."""

    days: tuple[Weekday, ...] = Field(
        min_length=1, description="星期：mon 周一 … sun 周日 / weekdays on which it begins: mon … sun"
    )


class RoomSampleSettings(BaseModel):
    """How many of the classrooms with a responder are tested in one night."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    all_up_to: Annotated[int, Field(ge=1, le=10_000)] = Field(
        10, description="不超过此数则全测，也是每晚最少间数 / all of them up to this many, which is also the least"
    )
    share: Annotated[float, Field(gt=0, le=1)] = Field(
        0.1, description="超过时抽测的比例 / of more than that, this share (0.1 = one in ten)"
    )


class NightSettings(_Span):
    """When ``audit --night`` may load the network, and how much."""

    from_: TimeOfDay = Field("22:00", alias="from", description="开始时间，如 22:00 / from, in the school's time zone")
    to: TimeOfDay = Field("06:00", description="结束时间，可跨午夜 / until; may be past midnight")
    lessons: tuple[LessonSettings, ...] = Field(
        (), description="上课（含晚自习）时段，不测速 / hours of lessons, in which nothing is tested"
    )
    blocked: tuple[date, ...] = Field(
        (),
        description="停测日期（如考试）：当日及当晚不测 / dates (exams) without active tests, night included",
    )
    busy_share: Annotated[float, Field(gt=0, le=1)] = Field(
        0.5, description="出口忙于此比例则等待 / busier uplinks than this share are left alone"
    )
    budget_gb: Annotated[float, Field(gt=0)] = Field(
        200.0, description="每晚测速总流量上限（GB） / gigabytes that the tests of one night may move"
    )
    sample: RoomSampleSettings = Field(RoomSampleSettings(), description="教室抽样 / sample of classrooms")
