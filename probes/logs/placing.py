"""Stamps on the school's calendar: minutes counted in the school's own time, so that its days are whole numbers.

A *minute* in this package is ``ordinal of the local day * 1440 + minute of that day``. Where the zone has summer time,
the hour that is repeated in autumn falls on itself; Asia/Shanghai has none.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo

from probes.logs.stamps import Stamp

DAY = 1440
"""Minutes of a day."""

YEAR = 365.25 * DAY
"""Minutes of a year."""

SLOT = 10
"""Minutes of a *slot*, the unit in which records are counted; slots begin at full ten minutes of the local day."""


class Calendar:
    """Places stamps in the school's time zone."""

    def __init__(self, zone: tzinfo) -> None:
        self.zone = zone

    def minute_of(self, stamp: Stamp, near: int) -> int | None:
        """The minute of a stamp; one without a year is put into the year that brings it nearest to ``near``.

        ``None`` if it cannot be placed: 29 February far from any leap year, or a time outside the calendar.
        """
        if stamp.epoch is not None:
            return self.minute_at(datetime.fromtimestamp(stamp.epoch, UTC))
        if stamp.year is None:
            return nearest(stamp.month, stamp.day, stamp.minute, near)
        local = minute_on(stamp.year, stamp.month, stamp.day, stamp.minute)
        if local is None or stamp.offset_min is None:
            return local
        zone = timezone(timedelta(minutes=stamp.offset_min))
        try:
            return self.minute_at(naive(local).replace(tzinfo=zone))
        except (OverflowError, ValueError):
            return None

    def is_even(self, stamp: Stamp) -> bool:
        """Whether the stamp's day, by its own clock, runs evenly on the school's: no change to summer time in it."""
        if stamp.offset_min is None:
            return True
        begin, end = (self.minute_of(replace(stamp, minute=minute), 0) for minute in (0, DAY - 1))
        return begin is not None and end == begin + DAY - 1

    def minute_at(self, instant: datetime) -> int:
        """The minute that an instant falls into."""
        local = instant.astimezone(self.zone)
        return local.toordinal() * DAY + local.hour * 60 + local.minute

    def instant(self, second: int) -> datetime:
        """The instant (UTC) of a local second, counted as the minutes are."""
        local = naive(second // 60) + timedelta(seconds=second % 60)
        return local.replace(tzinfo=self.zone).astimezone(UTC)


def naive(minute: int) -> datetime:
    """The local date and time of a minute, without zone."""
    day, rest = divmod(minute, DAY)
    return datetime.fromordinal(day) + timedelta(minutes=rest)


def minute_on(year: int, month: int, day: int, minute: int) -> int | None:
    """The minute of a date, or ``None`` if there is no such date (29 February)."""
    try:
        return date(year, month, day).toordinal() * DAY + minute
    except ValueError:
        return None


def nearest(month: int, day: int, minute: int, near: int) -> int | None:
    """The minute, in whichever year, that lies nearest to ``near``; of two equally near the one of ``near``'s year.

    29 February falls into the latest leap year where none of the years around has one.
    """
    year = date.fromordinal(max(near // DAY, 1)).year
    around = [place for one in (year, year - 1, year + 1) if (place := minute_on(one, month, day, minute)) is not None]
    if around:
        return min(around, key=lambda place: abs(place - near))
    return next((place for back in range(2, 9) if (place := minute_on(year - back, month, day, minute))), None)
