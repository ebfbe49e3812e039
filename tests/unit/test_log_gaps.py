"""Whatever days have records: exactly the others are missing, and the longest gap is the longest."""

from __future__ import annotations

import tempfile
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probes.logs.belief import believed, chain, likeliest
from probes.logs.coverage import coverage
from probes.logs.forecast import forecast_days
from probes.logs.placing import DAY, Calendar, minute_on, nearest
from probes.logs.stores.files import LocalShelf, read_store
from probes.logs.timeline import Strand, Timeline
from tests.logtrees import FORMATS, NOW, SCHOOL, bsd, iso, put

FIRST = datetime(2026, 2, 1, tzinfo=SCHOOL)
seconds = st.integers(0, int((NOW - FIRST).total_seconds()))
logs = st.lists(seconds, min_size=1, max_size=60).map(
    lambda found: [FIRST + timedelta(seconds=s) for s in sorted(found)]
)
few_files = st.integers(1, 4)


@settings(max_examples=60, deadline=None)
@given(at=logs, line=st.sampled_from(FORMATS), files=few_files, kept=st.booleans())
def test_missing_days_and_longest_gap_are_exact(at: list[datetime], line, files: int, kept: bool) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001, FBT001  hypothesis passes them by name
    """Stamps without a year are unambiguous here as long as neighbours in a file are less than half a year apart."""
    size = len(at) // files + 1
    parts = [at[begin : begin + size] for begin in range(0, len(at), size)]
    if any((b - a).days > 170 for part in parts for a, b in pairwise(part)) and line.__name__.startswith("bsd"):
        line = iso
    with tempfile.TemporaryDirectory() as directory:
        for number, part in enumerate(reversed(parts)):
            put(Path(directory) / f"fw.log.{number}", map(line, part), part[-1] if kept else NOW)
        found = coverage(read_store(LocalShelf(Path(directory)), ZoneInfo("Asia/Shanghai"), NOW, lambda: False))
    assert found is not None
    exact = [moment.replace(microsecond=0) for moment in at]
    assert (found.oldest, found.newest, found.records) == (exact[0], exact[-1], len(at))
    present = {moment.date() for moment in exact}
    span = (max(present) - min(present)).days
    everything = [min(present) + timedelta(days=n) for n in range(span + 1)]
    assert found.missing_days == tuple(day for day in everything if day not in present)
    gaps = [(b - a, a) for a, b in pairwise(exact)]
    if NOW - exact[-1] > timedelta(days=1):
        gaps.append((NOW - exact[-1], exact[-1]))
    longest = max((gap for gap, _ in gaps), default=timedelta(0))
    if longest >= timedelta(minutes=10):
        assert found.longest_gap_h == pytest.approx(longest.total_seconds() / 3600)
        assert found.longest_gap_from in {begin for gap, begin in gaps if gap == longest}


@given(at=st.datetimes(datetime(1971, 1, 1), datetime(2090, 1, 1)), days=st.integers(-180, 180))  # noqa: DTZ001  naive on purpose
def test_a_moment_without_year_is_found_again_from_half_a_year_around(at: datetime, days: int) -> None:
    minute = minute_on(at.year, at.month, at.day, at.hour * 60 + at.minute)
    assert minute is not None
    assert nearest(at.month, at.day, at.hour * 60 + at.minute, minute + days * DAY) == minute


@given(at=st.datetimes(datetime(1971, 1, 1), datetime(2090, 1, 1)))  # noqa: DTZ001  naive on purpose
def test_minutes_and_instants_are_each_others_inverse(at: datetime) -> None:
    for zone in (SCHOOL, UTC):
        calendar = Calendar(zone)
        aware = at.replace(tzinfo=zone, second=0, microsecond=0)
        assert calendar.instant(calendar.minute_at(aware) * 60) == aware


runs = st.lists(st.tuples(st.integers(0, 3000), st.integers(1, 30)), min_size=1, max_size=200)


@given(runs=runs)
def test_what_is_believed_never_goes_back(runs: list[tuple[int, int]]) -> None:
    timeline = Timeline()
    for hours, count in runs:
        timeline.add(hours * 60, 0, 59, count)
    found = likeliest(timeline.groups())
    assert found
    assert all(a.high <= b.low + 2 * DAY for a, b in pairwise(found))
    assert sum(strand.count for strand in found) >= max(strand.count for strand in timeline.strands())


def test_a_timeline_of_endless_disorder_stays_small() -> None:
    timeline = Timeline()
    day = date(2026, 6, 1).toordinal()
    for number in range(20_000):
        timeline.add((day + number // 500) * DAY + number % 500, 0, 0, 1)
        timeline.add((day - 365 + number // 500) * DAY + number % 500, 0, 0, 1)
    assert len(timeline.groups()) == 1
    now = (day + 39) * DAY
    (found,) = believed(timeline.groups(), lambda strand: abs(strand.high - now) < 2 * DAY).strands
    assert found.count == 20_000
    assert found.low == day * DAY


def test_a_timeline_in_little_space_still_tells_before_and_behind_a_gap() -> None:
    timeline = Timeline()
    day = date(2026, 6, 1).toordinal()
    for number in range(20_000):
        at = number // 500 + (3 if number >= 7_777 else 0)
        timeline.add((day + at) * DAY + number % 500, 0, 0, 1)
        timeline.add((day - 365 + number // 500) * DAY + number % 500, 0, 0, 1)
    assert len(timeline.groups()) == 2
    found = believed(timeline.groups(), lambda strand: strand.high // DAY == day + 42).strands
    assert [strand.count for strand in found] == [7_777, 12_223]


def test_a_timeline_of_clocks_that_never_meet_stays_small() -> None:
    timeline = Timeline()
    for number in range(5_000):
        timeline.add((700_000 + number * 7_919 % 3_001 * 5) * DAY, 0, 0, 1)
    assert len(timeline.strands()) <= 2 * 2048
    assert len(timeline.groups()) < 64


def test_the_chain_takes_the_heavier_side_of_a_contradiction() -> None:
    def strand(begin: int, end: int, count: int) -> Strand:
        return Strand(begin * DAY, end * DAY, begin * DAY, end * DAY, count)

    first, stray, second, last = strand(1, 10, 50), strand(100, 110, 60), strand(20, 30, 40), strand(31, 40, 40)
    assert chain([[first], [stray], [second], [last]], lambda one: one.count) == [first, second, last]
    assert chain([[first], [stray, second]], lambda one: one.count) == [first, stray]


@pytest.mark.parametrize(
    ("by_day", "on_disk", "free", "days"),
    [
        ({}, 0, 100, None),
        ({10: 50.0}, 50, 100, None),
        ({10: 50.0, 11: 50.0}, 100, 900, 20.0),
        ({10: 50.0, 19: 50.0}, 100, 900, 100.0),
        ({day: 1000.0 if day < 100 else 10.0 for day in range(130)}, 100_300, 0, 10_030.0),
    ],
)
def test_the_forecast(by_day: dict[int, float], on_disk: int, free: int, days: float | None) -> None:
    assert forecast_days(by_day, on_disk, free) == days


def test_the_new_year_in_one_run_of_a_log(tmp_path: Path) -> None:
    at = [datetime(2025, 12, 31, 23, 58, tzinfo=SCHOOL) + timedelta(seconds=20 * n) for n in range(30)]
    put(tmp_path / "messages", map(bsd, at), at[-1])
    found = coverage(read_store(LocalShelf(tmp_path), ZoneInfo("Asia/Shanghai"), NOW, lambda: False))
    assert found is not None
    assert (found.oldest, found.newest, found.missing_days) == (at[0], at[-1], ())
