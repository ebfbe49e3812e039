"""What a camera or recorder told: from when its recordings are, on which days there are none, and what is on line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Protocol

Stretch = tuple[datetime, datetime]
"""Begin and end of one recording."""

FIRST_DAY = datetime(2000, 1, 1)  # noqa: DTZ001  devices are asked in their own time
MOST_PAGES = 60

_BELIEVED = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
"""Times outside are no clock's: a device answers anything, and the calendar has ends."""


@dataclass(frozen=True)
class Channels:
    """How many channels there are, and how many of them are on line; ``None`` where it is not told."""

    all: int | None = None
    on_line: int | None = None


class Dialect(Protocol):
    """One vendor's way. Methods raise ``TransportError`` where the device does not answer or does not offer it.

    ``now`` is the present by the device's own clock; what is later does not count.
    """

    now: datetime

    def clock(self) -> datetime | None:
        """The device's time; ``None`` where it does not tell."""

    def channels(self) -> Channels:
        """The channels of the whole device."""

    def oldest(self) -> tuple[Stretch, str] | None:
        """The oldest recording of the channel, and the path and query by which RTSP plays it (``""``: none)."""

    def recordings(self, since: datetime) -> Iterator[Stretch] | None:
        """The recordings since then, in any order; ``None`` where the device gives no list."""

    def live(self) -> str:
        """The path and query of the live picture over RTSP."""


def believed(moment: datetime | None) -> datetime | None:
    """A moment that some clock may show; ``None`` for others."""
    return moment if moment is not None and _BELIEVED[0] <= moment < _BELIEVED[1] else None


def stretch_of(begin: datetime | None, end: datetime | None, now: datetime) -> Stretch | None:
    """A recording as far as it can be one: not of the future, and not of times before there were clocks."""
    begin, end = believed(begin), believed(end)
    if begin is None or begin > now:
        return None
    return begin, max(begin, end or begin)


def missing_days(stretches: Iterable[Stretch], first: datetime, now: datetime, zone: tzinfo) -> tuple[date, ...]:
    """The days from ``first`` to yesterday on which nothing was recorded, on the school's calendar.

    >>> from datetime import UTC
    >>> day = lambda number, hour=0: datetime(2026, 11, number, hour, tzinfo=UTC)
    >>> missing_days([(day(1), day(2, 5)), (day(4), day(4, 1))], day(1), day(6), UTC)
    (datetime.date(2026, 11, 3), datetime.date(2026, 11, 5))
    """
    today = now.astimezone(zone).date()
    start = first.astimezone(zone).date()
    wanted = {start + timedelta(days=number) for number in range((today - start).days)}
    for begin, end in stretches:
        day, last = max(begin.astimezone(zone).date(), start), min(end, now).astimezone(zone).date()
        while day <= last:
            wanted.discard(day)
            day += timedelta(days=1)
    return tuple(sorted(wanted))
