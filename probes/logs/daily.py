"""Coverage from a store that counts its records by day itself: databases and search engines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from itertools import pairwise

from probes.kinds import LogCoverage
from probes.logs.forecast import forecast_days

OLDEST_DAYS = 3653
"""Older records than ten years are a wrong clock's."""

AHEAD = timedelta(days=1)
"""Records may be ahead of the audit by a day: clocks and zones differ."""

_DAY_H = 24.0


@dataclass(frozen=True, slots=True)
class DayCount:
    """The records of one local day; ``first`` and ``last`` are the earliest and the latest of them."""

    day: date
    records: int
    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True)
class Room:
    """What a store takes and has left, in bytes; ``None``: it does not tell."""

    used: int | None = None
    free: int | None = None


@dataclass(frozen=True, slots=True)
class About:
    """The store itself: its kind, its room, its records without a time, and by how many hours a gap may be longer."""

    store: str
    room: Room = Room()
    undated: int | None = None
    blur_h: float = 0.0


def coverage_of_days(counts: Sequence[DayCount], now: datetime, zone: tzinfo, about: About) -> LogCoverage | None:
    """The store in figures; ``None`` without a believable record.

    Days after tomorrow and before ten years ago are counted as doubtful and prove nothing. Between two days the gap is
    exact to the moments given; within a day it is not known but shorter than a day, so a gap is only told where it is
    longer than all of those.
    """
    today, ahead = now.astimezone(zone).date(), (now + AHEAD).astimezone(zone).date()
    earliest = today - timedelta(days=OLDEST_DAYS)
    rows = sorted((one for one in counts if one.records > 0), key=lambda one: one.day)
    sound = [one for one in rows if earliest <= one.day <= ahead]
    if not sound:
        return None
    first, last = sound[0], sound[-1]
    by_day = {one.day: one.records for one in sound}
    days = [first.day + timedelta(days=n) for n in range((last.day - first.day).days + 1)]
    gap_from, gap_h = _gap(sound, now)
    within = max(_hours(one.first, one.last) for one in sound)
    told = gap_h is not None and gap_h >= within
    total = sum(by_day.values())
    return LogCoverage(
        oldest=first.first.astimezone(UTC),
        newest=last.last.astimezone(UTC),
        span_days=(last.last - first.first).total_seconds() / 86400,
        days_with_records_ratio=len(sound) / len(days),
        longest_gap_h=gap_h if told else None,
        longest_gap_from=gap_from.astimezone(UTC) if gap_from and told else None,
        longest_unseen_h=max(within, 0.0 if gap_h is None else gap_h + about.blur_h),
        forecast_days=_forecast(by_day, total, about.room),
        bytes=about.room.used,
        records=total,
        undated_records=about.undated,
        future_records=sum(one.records for one in rows if one.day > ahead),
        misplaced_records=sum(one.records for one in rows if one.day < earliest),
        missing_days=tuple(day for day in days if day not in by_day),
        first_day=first.day,
        day_counts=tuple(by_day.get(day, 0) for day in days),
        counted="exact",
        store=about.store,
        origin="content",
    )


def _hours(begin: datetime, end: datetime) -> float:
    return (end - begin).total_seconds() / 3600


def _gap(rows: Sequence[DayCount], now: datetime) -> tuple[datetime | None, float | None]:
    """The longest time between two days' records, or from the newest until now if that is more than a day."""
    gaps = [(_hours(before.last, after.first), before.last) for before, after in pairwise(rows)]
    since = _hours(rows[-1].last, now)
    if since > _DAY_H:
        gaps.append((since, rows[-1].last))
    longest = max(gaps, default=None, key=lambda one: one[0])
    return (longest[1], longest[0]) if longest else (None, None)


def _forecast(by_day: Mapping[date, int], total: int, room: Room) -> float | None:
    if not room.used or room.free is None:
        return None
    sizes = {day.toordinal(): room.used * records / total for day, records in by_day.items()}
    return forecast_days(sizes, room.used, room.free)
