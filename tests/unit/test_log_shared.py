"""One file of two devices, one of them with a wrong clock: the other's days are found, whoever writes more.

Where nothing beside the stamps tells which of the two is right, neither is believed.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from probes.kinds import LogCoverage
from probes.observation import Reason, Status
from tests.logtrees import NOW, SCHOOL, Line, bsd, bsd_pri, cover, days_ago, huawei, iso, observe, put, rfc5424

YEAR = timedelta(days=365)
DAYS = sorted(days_ago(*range(40)))
GAP = set(DAYS[20:24])


def other_iso(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S},123 INFO ac: station is online"


def other_bsd(at: datetime) -> str:
    return f"{at:%b} {at.day:>2} {at:%H:%M:%S} ac-9 wlan: station is online"


def hours(day: date, until: datetime = NOW) -> list[datetime]:
    midnight = datetime(day.year, day.month, day.day, tzinfo=SCHOOL)
    return [at for n in range(6) if (at := midnight + timedelta(hours=4 * n, minutes=7)) <= until]


def shared(
    days: Iterable[date],
    right: Line,
    wrong: Line,
    off: timedelta,
    chatty: tuple[int, int] = (1, 1),
    *,
    silent: Iterable[date] = (),
    until: datetime = NOW,
    wrong_first: bool = True,
) -> list[str]:
    """Lines in the order of arrival: ``chatty`` is how many each of the two writes."""
    lines: list[str] = []
    for day in sorted({*days, *silent}):
        for at in hours(day, until):
            both = [[wrong(at + off)] * chatty[1], [right(at)] * chatty[0] if day not in set(silent) else []]
            lines += [line for part in (both if wrong_first else both[::-1]) for line in part]
    return lines


def assert_days(found: LogCoverage, days: Iterable[date], records: int) -> None:
    present = sorted(days)
    span = (present[-1] - present[0]).days
    missing = tuple(day for n in range(span) if (day := present[0] + timedelta(days=n)) not in set(present))
    first, last = found.oldest, found.newest
    assert first is not None
    assert last is not None
    assert (first.astimezone(SCHOOL).date(), last.astimezone(SCHOOL).date()) == (present[0], present[-1])
    assert found.missing_days == missing
    assert found.records == records


PAIRS = {
    "no year, and one a year behind": (bsd, other_iso, -YEAR),
    "no year, and one two years behind": (bsd, other_iso, -2 * YEAR),
    "no year, and one a year ahead": (bsd_pri, other_iso, YEAR),
    "no year, and one 90 days behind": (bsd, other_iso, timedelta(days=-90)),
    "years, and one a year behind": (iso, rfc5424, -YEAR),
    "years, and one without 90 days behind": (huawei, other_bsd, timedelta(days=-90)),
    "no years, one 90 days behind": (bsd, other_bsd, timedelta(days=-90)),
    "years, and one 30 days ahead": (iso, other_iso, timedelta(days=30)),
    "no years, one 60 days ahead": (bsd, other_bsd, timedelta(days=60)),
}
CHATTY = {"as much": (1, 1), "five times as much": (1, 5), "a fifth": (5, 1)}


@pytest.fixture(params=PAIRS.values(), ids=PAIRS.keys())
def pair(request: pytest.FixtureRequest) -> tuple[Line, Line, timedelta]:
    found: tuple[Line, Line, timedelta] = request.param
    return found


@pytest.fixture(params=CHATTY.values(), ids=CHATTY.keys())
def chatty(request: pytest.FixtureRequest) -> tuple[int, int]:
    found: tuple[int, int] = request.param
    return found


@pytest.mark.parametrize("wrong_first", [True, False])
async def test_the_right_ones_days_are_found(
    tmp_path: Path, pair: tuple[Line, Line, timedelta], chatty: tuple[int, int], *, wrong_first: bool
) -> None:
    put(tmp_path / "all.log", shared(DAYS, *pair, chatty, wrong_first=wrong_first), hours(DAYS[-1])[-1])
    assert_days(await cover(tmp_path), DAYS, chatty[0] * len(moments_of(DAYS)))


def moments_of(days: Iterable[date], until: datetime = NOW) -> list[datetime]:
    return [at for day in sorted(days) for at in hours(day, until)]


@pytest.mark.parametrize("both", [True, False], ids=["both silent", "one silent"])
async def test_a_gap_of_the_right_one_is_a_gap(
    tmp_path: Path, pair: tuple[Line, Line, timedelta], chatty: tuple[int, int], *, both: bool
) -> None:
    days = [day for day in DAYS if day not in GAP]
    put(tmp_path / "all.log", shared(days, *pair, chatty, silent=() if both else GAP), hours(DAYS[-1])[-1])
    assert_days(await cover(tmp_path), days, chatty[0] * len(moments_of(days)))


@pytest.mark.parametrize("times", [True, False], ids=["times kept", "copied today"])
async def test_a_packed_rotation(
    tmp_path: Path, pair: tuple[Line, Line, timedelta], chatty: tuple[int, int], *, times: bool
) -> None:
    """Copied without their times the older files are decided one by the other: what ends where the younger begins."""
    if pair[2] == timedelta(days=30) and not times:
        return  # what is ahead in the file of 30 days ago ends with the copying, as if it had been written until then
    for number in range(4):
        part = sorted(days_ago(*range(10 * number, 10 * number + 10)))
        name = f"all.log.{number}.gz" if number else "all.log"
        put(tmp_path / name, shared(part, *pair, chatty), hours(part[-1])[-1] if times else NOW)
    assert_days(await cover(tmp_path), DAYS, chatty[0] * len(moments_of(DAYS)))


async def test_a_copied_file_with_the_date_in_its_name(
    tmp_path: Path, pair: tuple[Line, Line, timedelta], chatty: tuple[int, int]
) -> None:
    days = DAYS[:30]
    put(tmp_path / f"all-{days[-1]:%Y%m%d}.log", shared(days, *pair, chatty), NOW)
    found = await cover(tmp_path)
    assert_days(found, days, chatty[0] * len(moments_of(days)))


@pytest.mark.parametrize(
    ("begin", "end"),
    [(date(2026, 12, 1), date(2027, 1, 20)), (date(2028, 2, 10), date(2028, 3, 20))],
    ids=["New Year", "29 February"],
)
@pytest.mark.parametrize("off", [-YEAR, YEAR, timedelta(days=-90)], ids=["a year behind", "a year ahead", "90 days"])
async def test_across_the_end_of_a_year_and_of_february(
    tmp_path: Path, begin: date, end: date, off: timedelta, chatty: tuple[int, int]
) -> None:
    days = [begin + timedelta(days=n) for n in range((end - begin).days + 1)]
    now = datetime(end.year, end.month, end.day, 21, tzinfo=SCHOOL)
    put(tmp_path / "all.log", shared(days, bsd, other_iso, off, chatty, until=now), now)
    assert_days(await cover(tmp_path, at=now), days, chatty[0] * len(moments_of(days, now)))


@pytest.mark.parametrize("wrong", [other_iso, other_bsd])
async def test_three_devices_of_which_one_is_wrong(tmp_path: Path, wrong: Line) -> None:
    lines = [line for at in moments_of(DAYS) for line in (wrong(at - timedelta(days=100)), bsd(at), iso(at))]
    put(tmp_path / "all.log", lines, NOW)
    assert_days(await cover(tmp_path), DAYS, 2 * len(moments_of(DAYS)))


@pytest.mark.parametrize("times", [True, False], ids=["times kept", "copied today"])
async def test_a_relay_that_began_to_write_years(tmp_path: Path, *, times: bool) -> None:
    """Nobody's clock is wrong: the year of the older lines is that in which the younger ones go on."""
    days = [date(2025, 4, 1) + timedelta(days=n) for n in range(60)]
    at = moments_of(days)
    put(tmp_path / "all.log", [bsd(one) if n < 200 else iso(one) for n, one in enumerate(at)], at[-1] if times else NOW)
    assert_days(await cover(tmp_path), days, len(at))


async def test_an_old_file_copied_here_in_which_both_agree(tmp_path: Path) -> None:
    days = [date(2024, 5, 1) + timedelta(days=n) for n in range(40)]
    put(tmp_path / "all.log", [line for at in moments_of(days) for line in (iso(at), bsd(at))], NOW)
    assert_days(await cover(tmp_path), days, 2 * len(moments_of(days)))


@pytest.mark.parametrize("off", [-YEAR, timedelta(days=-90), timedelta(days=5)])
async def test_where_nothing_tells_who_is_right_neither_is_believed(
    tmp_path: Path, off: timedelta, chatty: tuple[int, int]
) -> None:
    put(tmp_path / "all.log", shared(DAYS[:30], iso, other_iso, off, chatty), NOW)
    for count in ("exact", "sampled"):
        (observation,) = await observe(tmp_path, count=count)
        assert (observation.status, observation.reason) == (Status.UNAVAILABLE, Reason.EMPTY)
        assert "two clocks contradict each other" in str(observation.detail)


async def test_a_clock_that_goes_on_into_the_future_is_the_wrong_one(tmp_path: Path, chatty: tuple[int, int]) -> None:
    put(tmp_path / "all.log", shared(DAYS[:30], iso, other_iso, timedelta(days=30), chatty), NOW)
    assert_days(await cover(tmp_path), DAYS[:30], chatty[0] * len(moments_of(DAYS[:30])))


async def test_a_few_lines_of_a_clock_that_was_not_set_are_no_second_device(tmp_path: Path) -> None:
    lines = list(map(iso, moments_of(DAYS[:30])))
    for place in (10, 90, 150):
        lines.insert(place, "2019-01-01 00:00:07,123 INFO sw: booting")
    put(tmp_path / "all.log", lines, NOW)
    assert_days(await cover(tmp_path), DAYS[:30], len(moments_of(DAYS[:30])))
