"""A look into every day instead of reading every line: no day and no hole is invented, and what is unclear is read."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import random
import tempfile
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from probes.kinds import LogCoverage
from probes.logs.coverage import Store, coverage
from probes.logs.stores.files import LocalShelf, Wanted, read_store
from tests.logtrees import FORMATS, NOW, SCHOOL, Line, bsd, epoch, iso, put, same_days, tiny_looks

ZONE = ZoneInfo("Asia/Shanghai")
FIRST = date(2026, 5, 10)
DAYS = [FIRST + timedelta(days=n) for n in range((NOW.date() - FIRST).days)]
PACKINGS: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".xz": lambda data: lzma.compress(data, preset=0),
    ".zst": zstandard.compress,
}


def look(root: Path, *, sampled: bool = True) -> tuple[LogCoverage, Store]:
    store = read_store(LocalShelf(root), ZONE, NOW, lambda: False, Wanted(sampled=sampled))
    found = coverage(store)
    assert found is not None
    return found, store


def agree(root: Path) -> tuple[LogCoverage, Store]:
    """The sampled look, checked against the count."""
    with tiny_looks():
        sampled, store = look(root)
    exact, _ = look(root, sampled=False)
    assert same_days(sampled) == same_days(exact)
    assert (sampled.oldest, sampled.newest) == (exact.oldest, exact.newest)
    assert sampled.longest_unseen_h is not None
    assert exact.longest_gap_h is not None
    assert sampled.longest_unseen_h >= exact.longest_gap_h
    if exact.longest_gap_h > 24:
        assert (sampled.longest_gap_h, sampled.longest_gap_from) == (exact.longest_gap_h, exact.longest_gap_from)
    else:
        assert sampled.longest_gap_h in {None, exact.longest_gap_h}
    for one, other in zip(sampled.day_counts, exact.day_counts, strict=True):
        assert one in {None, other}
    return sampled, store


def at(day: date, *minutes: int) -> list[datetime]:
    return [datetime(day.year, day.month, day.day, tzinfo=SCHOOL) + timedelta(minutes=one) for one in minutes]


def hours(day: date, every: int = 20) -> list[datetime]:
    return at(day, *range(3, 1440, every))


def daily(root: Path, days: list[date], line: Line = iso, suffix: str = "") -> None:
    for day in days:
        path = put(root / f"{day:%Y/%m/%d}.log", map(line, hours(day)))
        data = PACKINGS[suffix](path.read_bytes())
        path.unlink()
        path = path.with_name(path.name + suffix)
        path.write_bytes(data)
        end = datetime(day.year, day.month, day.day, 23, 59, tzinfo=SCHOOL).timestamp()
        os.utime(path, (end, end))


def test_daily_files_are_glanced_at_and_not_read(tmp_path: Path) -> None:
    daily(tmp_path, DAYS[-30:])
    found, store = agree(tmp_path)
    assert found.counted == "sampled"
    assert found.records is None
    assert found.missing_days == ()
    assert len(store.glanced()) == 30
    assert found.day_counts == (None,) * 30
    assert found.longest_gap_h is None


@pytest.mark.parametrize("suffix", ["", ".gz", ".xz", ".zst"])  # noise fills a block of bzip2 too slowly
def test_of_packed_daily_files_all_but_the_last_are_glanced_at(tmp_path: Path, suffix: str) -> None:
    """In true sizes, because compression works in blocks. Where the last one ends shows only at its end."""
    noise = random.Random(3)
    for day in DAYS[-4:]:
        lines = (f"{iso(one)} {noise.getrandbits(8 * 700):x}" for one in at(day, *range(1, 1440, 2)))
        path = tmp_path / f"{day:%Y%m%d}.log{suffix}"
        path.write_bytes(PACKINGS[suffix]("\n".join([*lines, ""]).encode()))
        end = at(day, 1439)[0].timestamp()
        os.utime(path, (end, end))
    found, store = look(tmp_path)
    exact, _ = look(tmp_path, sampled=False)
    assert len(store.glanced()) == 4 - bool(suffix)
    assert same_days(found) == same_days(exact)
    assert (found.oldest, found.newest, found.longest_gap_h) == (exact.oldest, exact.newest, None)


def test_one_file_of_half_a_year_is_halved_until_every_day_was_met(tmp_path: Path) -> None:
    put(tmp_path / "fw.log", (iso(one) for day in DAYS for one in hours(day)), hours(DAYS[-1])[-1])
    found, store = agree(tmp_path)
    assert len(store.glanced()) == 1
    assert found.missing_days == ()
    assert found.day_counts == (None,) * len(DAYS)


@pytest.mark.parametrize("line", FORMATS, ids=lambda one: one.__name__)
def test_a_missing_day_in_the_middle_of_a_large_file_is_missed(tmp_path: Path, line: Line) -> None:
    gone = {DAYS[70], DAYS[71], DAYS[100]}
    put(
        tmp_path / "fw.log",
        (line(one) for day in DAYS[50:] if day not in gone for one in hours(day)),
        hours(DAYS[-1])[-1],
    )
    found, _ = agree(tmp_path)
    assert found.missing_days == tuple(sorted(gone))


def test_a_day_with_a_single_record_is_there(tmp_path: Path) -> None:
    lonely = DAYS[90]
    lines = [iso(one) for day in DAYS for one in (at(lonely, 700) if day == lonely else hours(day))]
    put(tmp_path / "fw.log", lines, hours(DAYS[-1])[-1])
    found, _ = agree(tmp_path)
    assert found.missing_days == ()
    lines.remove(iso(at(lonely, 700)[0]))
    put(tmp_path / "fw.log", lines, hours(DAYS[-1])[-1])
    assert agree(tmp_path)[0].missing_days == (lonely,)


def test_a_day_that_stands_out_of_order_is_not_told_as_missing(tmp_path: Path) -> None:
    """A relay delivered it a day late, behind the next day's records."""
    late = DAYS[90]
    order = [day for day in DAYS if day != late]
    order.insert(order.index(DAYS[91]) + 1, late)
    put(tmp_path / "fw.log", (iso(one) for day in order for one in hours(day)), hours(DAYS[-1])[-1])
    found, _ = agree(tmp_path)
    assert found.missing_days == ()


def test_a_missing_daily_file_whose_records_stand_in_its_neighbour(tmp_path: Path) -> None:
    daily(tmp_path, [day for day in DAYS[-20:] if day != DAYS[-9]])
    path = tmp_path / f"{DAYS[-8]:%Y/%m/%d}.log"
    when = path.stat().st_mtime
    own = path.read_text().splitlines()
    put(path, [*own[:20], *(iso(one) for one in at(DAYS[-9], 1435, 1438)), *own[20:]])
    os.utime(path, (when, when))
    found, _ = agree(tmp_path)
    assert found.missing_days == ()


def test_a_gap_of_more_than_a_day_between_days_with_records(tmp_path: Path) -> None:
    daily(tmp_path, DAYS[-20:])
    for day, minutes in ((DAYS[-10], (1, 5)), (DAYS[-9], (1430, 1435))):
        path = tmp_path / f"{day:%Y/%m/%d}.log"
        put(path, (iso(one) + " " + "x" * 400 for one in at(day, *minutes)), at(day, 1439)[0])
    found, _ = agree(tmp_path)
    assert found.missing_days == ()
    assert found.longest_gap_h == pytest.approx(47.75, abs=0.1)


def test_weekly_packed_files_are_read_because_a_glance_shows_only_their_first_day(tmp_path: Path) -> None:
    for begin in range(0, 28, 7):
        week = DAYS[-28:][begin : begin + 7]
        lines = [iso(one) for day in week for one in hours(day) if day != DAYS[-16]]
        put(tmp_path / f"fw.log.{(28 - begin) // 7}.gz", lines, hours(week[-1])[-1])
    found, _ = agree(tmp_path)
    assert found.missing_days == (DAYS[-16],)


def test_a_clock_a_year_off_is_not_believed_at_a_glance(tmp_path: Path) -> None:
    daily(tmp_path, DAYS[-20:])
    year = timedelta(days=365)
    for number, day in enumerate(DAYS[-20:-15]):
        put(tmp_path / f"old/{number}.log", (iso(one - year) for one in hours(day)), hours(day)[-1])
    found, _ = agree(tmp_path)
    assert found.first_day == DAYS[-20]


def test_a_gap_is_found_between_lines_of_a_device_whose_clock_is_a_year_off(tmp_path: Path) -> None:
    gone = {DAYS[150], DAYS[151]}
    lines = []
    for day in DAYS:
        for one in hours(day, every=60):
            lines.append(iso(one - timedelta(days=365)))
            if day not in gone:
                lines.append(iso(one))
    put(tmp_path / "all.log", lines, hours(DAYS[-1])[-1])
    found, _ = agree(tmp_path)
    assert found.first_day == FIRST
    assert found.missing_days == tuple(sorted(gone))
    assert found.misplaced_records == 24 * len(DAYS)


def test_packed_files_without_their_times_and_names_are_read(tmp_path: Path) -> None:
    for number, day in enumerate(reversed(DAYS[-12:])):
        put(tmp_path / f"fw.log.{number}.gz", map(bsd, hours(day)), NOW)
    found, _ = agree(tmp_path)
    assert (found.first_day, found.missing_days) == (DAYS[-12], ())


def test_a_log_that_stopped_ends_where_its_last_record_is(tmp_path: Path) -> None:
    daily(tmp_path, DAYS[-40:-12])
    found, _ = agree(tmp_path)
    assert found.newest == hours(DAYS[-13])[-1]
    assert found.longest_gap_from == found.newest


tree_days = st.lists(st.integers(0, 60), min_size=1, max_size=40, unique=True)


@settings(max_examples=40, deadline=None)
@given(
    numbers=tree_days,
    line=st.sampled_from(FORMATS),
    suffix=st.sampled_from(sorted(PACKINGS)),
    per_file=st.integers(1, 20),
    seed=st.integers(0, 1000),
)
def test_whatever_the_tree_sampling_and_counting_agree(
    numbers: list[int], line: Line, suffix: str, per_file: int, seed: int
) -> None:
    noise = random.Random(seed)
    days = [DAYS[-61:][number] for number in sorted(numbers)]
    with tempfile.TemporaryDirectory() as directory:
        for begin in range(0, len(days), per_file):
            part = days[begin : begin + per_file]
            moments = [one for day in part for one in at(day, *sorted(noise.sample(range(1440), noise.randint(1, 40))))]
            path = put(Path(directory) / f"fw-{part[-1]:%Y%m%d}.log", map(line, moments))
            path.write_bytes(PACKINGS[suffix](path.read_bytes()))
            if noise.random() < 0.8:
                os.utime(path, (moments[-1].timestamp(), moments[-1].timestamp()))
        found, _ = agree(Path(directory))
    span = [days[0] + timedelta(days=n) for n in range((days[-1] - days[0]).days + 1)]
    assert found.missing_days == tuple(day for day in span if day not in days)


def test_a_file_mostly_of_continuation_lines_is_dated_like_its_neighbours(tmp_path: Path) -> None:
    """Bare numbers count as stamps where a file is written so; here one is, and the other hardly shows it."""
    first, second = DAYS[-2], DAYS[-1]
    put(tmp_path / "a.log", map(epoch, hours(first)), hours(first)[-1])
    lines = (line for one in hours(second) for line in (epoch(one), *["    at com.school.Portal(Portal.java:12)"] * 12))
    put(tmp_path / "b.log", lines, hours(second)[-1])
    found, _ = look(tmp_path, sampled=False)
    assert found.missing_days == ()
    assert (found.newest, found.records) == (hours(second)[-1], 2 * len(hours(first)))
