"""Calendar arithmetic that laws and rubrics need: months, not days."""

from __future__ import annotations

import calendar
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from probes.campus import School


def months_before(day: date, months: int) -> date:
    """The same day so many calendar months earlier, or the last day of that month where it is shorter.

    Six calendar months are 181 to 184 days, so counting 180 days is not the same.

    >>> months_before(date(2026, 8, 31), 6)
    datetime.date(2026, 2, 28)
    """
    index = day.year * 12 + day.month - 1 - months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def months_after(day: date, months: int) -> date:
    """The same day so many calendar months later, or the last day of that month where it is shorter."""
    return months_before(day, -months)


def local_day(moment: datetime, timezone: str) -> date:
    """The calendar day of a moment in the school's time zone."""
    return moment.astimezone(ZoneInfo(timezone)).date()


def school_days_ago(now: datetime, school: School, count: int) -> datetime:
    """The moment at which the last so many school days began, in the school's time zone and by its calendar."""
    first = school.calendar.school_days_back(local_day(now, school.timezone), count)
    return datetime.combine(first, time(), ZoneInfo(school.timezone))
