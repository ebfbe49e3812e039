"""Which days a school teaches on: its weekdays, without holidays, with the days that make up for them (调休)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from probes.entries.base import Entry

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

FURTHEST = 400
"""Days that are searched for school days; no school is closed for longer."""


class Holiday(Entry):
    """A stretch of days without lessons, both ends included."""

    # The key in the file is “from”, which is a word of Python's own.
    model_config = ConfigDict(frozen=True, extra="forbid", serialize_by_alias=True)

    from_: date = Field(alias="from", description="第一天 / first day")
    to: date = Field(description="最后一天 / last day")

    @model_validator(mode="after")
    def _runs_forward(self) -> Self:
        if self.to < self.from_:
            msg = "ends_before_it_begins"
            raise ValueError(msg)
        return self


class SchoolCalendar(Entry):
    """The school's calendar; by default, lessons from Monday to Friday in every week of the year."""

    days: Annotated[tuple[Weekday, ...], Field(min_length=1)] = Field(
        WEEKDAYS[:5], description="上课的星期 / weekdays with lessons"
    )
    holidays: tuple[Holiday, ...] = Field((), description="假期（寒暑假、节假日） / holidays")
    make_up: tuple[date, ...] = Field((), description="调休上课日 / other days on which lessons are given")

    def is_school_day(self, day: date) -> bool:
        """Whether there are lessons."""
        if day in self.make_up:
            return True
        return WEEKDAYS[day.weekday()] in self.days and not any(one.from_ <= day <= one.to for one in self.holidays)

    def school_days_back(self, today: date, count: int) -> date:
        """The earliest of the last so many school days, ``today`` included if it is one.

        >>> SchoolCalendar().school_days_back(date(2026, 11, 25), 7)
        datetime.date(2026, 11, 17)
        """
        day, left = today, count
        for number in range(FURTHEST):
            day = today - timedelta(days=number)
            left -= self.is_school_day(day)
            if left <= 0:
                break
        return day
