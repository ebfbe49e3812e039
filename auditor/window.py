"""When tests that load the network may run: the window of the night, without lessons and blocked dates. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from probes.campus import Campus
from probes.night.settings import NightSettings

DAY = timedelta(days=1)
FURTHEST = 400
"""Days that are searched for the next opening; a calendar that blocks more than a year never opens."""

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

Interval = tuple[datetime, datetime]


class Window:
    """The hours in which a school lets itself be tested.

    A blocked date closes that calendar day and the whole night that begins on it.
    """

    def __init__(self, settings: NightSettings, timezone: str) -> None:
        self._settings = settings
        self._zone = ZoneInfo(timezone)

    @classmethod
    def of(cls, campus: Campus) -> Window:
        """The window that an inventory sets."""
        return cls(campus.audit.night, campus.school.timezone)

    def night(self, now: datetime) -> date:
        """The date of the night that ``now`` belongs to: that on which its window began last."""
        today = now.astimezone(self._zone).date()
        return today if self._at(today, self._settings.begins) <= now else today - DAY

    def began(self, now: datetime) -> datetime:
        """When the last window began, whether or not it is over by now."""
        return self._at(self.night(now), self._settings.begins)

    def open_until(self, now: datetime) -> datetime | None:
        """Until when tests are allowed from now on; ``None`` where they are not allowed now."""
        return next((end for start, end in self._openings(now) if start <= now), None)

    def opens(self, now: datetime, lasting: timedelta = timedelta()) -> datetime | None:
        """The next moment from which tests of that length are allowed; ``None`` if there is none within a year."""
        return next((max(start, now) for start, end in self._openings(now) if end - max(start, now) >= lasting), None)

    def is_blocked(self, now: datetime) -> bool:
        """Whether no active test at all is wanted: on a blocked date, and in the night that began on one."""
        today = now.astimezone(self._zone).date()
        # Only the night itself: by day, the date of the night that has passed no longer counts.
        in_night = now < self._span(self.night(now), self._settings.begins, self._settings.ends)[1]
        return today in self._settings.blocked or (in_night and self.night(now) in self._settings.blocked)

    def local(self, moment: datetime) -> str:
        """A moment in the school's time zone, for people.

        >>> Window(NightSettings(), "Asia/Shanghai").local(datetime(2026, 11, 23, 14, tzinfo=UTC))
        '2026-11-23 22:00'
        """
        return f"{moment.astimezone(self._zone):%Y-%m-%d %H:%M}"

    def _openings(self, now: datetime) -> Iterator[Interval]:
        """Every stretch of allowed time that ends after now, the earliest first."""
        first = now.astimezone(self._zone).date() - 2 * DAY
        for number in range(FURTHEST):
            night = first + number * DAY
            if night in self._settings.blocked:
                continue
            free = [self._span(night, self._settings.begins, self._settings.ends)]
            for closed in self._closed(night):
                free = [part for one in free for part in _without(one, closed)]
            yield from (one for one in free if one[1] > now)

    def _closed(self, night: date) -> Iterator[Interval]:
        """What is taken out of a night: blocked days, and the lessons of the days around it."""
        for day in (night - DAY, night, night + DAY):
            if day in self._settings.blocked:
                yield self._at(day, time()), self._at(day + DAY, time())
            for lessons in self._settings.lessons:
                if WEEKDAYS[day.weekday()] in lessons.days:
                    yield self._span(day, lessons.begins, lessons.ends)

    def _span(self, day: date, begins: time, ends: time) -> Interval:
        return self._at(day, begins), self._at(day if begins < ends else day + DAY, ends)

    def _at(self, day: date, hour: time) -> datetime:
        # In UTC: the difference of two local times of one zone is wrong across a change of the clock.
        return datetime.combine(day, hour, self._zone).astimezone(UTC)


def _without(one: Interval, closed: Interval) -> Sequence[Interval]:
    """An interval without another: nothing, one or two parts."""
    parts = ((one[0], min(one[1], closed[0])), (max(one[0], closed[1]), one[1]))
    return [part for part in parts if part[0] < part[1]]
