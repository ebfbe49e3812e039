"""Log trees with planted faults: each is found to the day, and nothing is invented."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from tests.logtrees import (
    FORMATS,
    NOW,
    SCHOOL,
    Line,
    bsd,
    bsd_pri,
    cover,
    dated_tree,
    days_ago,
    huawei,
    iso,
    moments,
    put,
    rfc5424,
    rotated_tree,
)

LENGTH = 80
YEAR = timedelta(days=365)
Tree = Callable[..., None]


def one_file(root: Path, days: Iterable[date], line: Line = iso, *, times: bool = True) -> None:
    put(root / "fw.log", [line(at) for day in sorted(days) for at in moments(day)], NOW if times else None)


TREES = [dated_tree, rotated_tree, one_file]


def expected(days: Iterable[date]) -> tuple[datetime, datetime, int, tuple[date, ...]]:
    """Oldest, newest, number of records and missing days, by the plainest of countings."""
    present = set(days)
    at = sorted(moment for day in present for moment in moments(day))
    span = (max(present) - min(present)).days
    missing = tuple(day for n in range(span) if (day := min(present) + timedelta(days=n)) not in present)
    return at[0], at[-1], len(at), missing


async def assert_found(root: Path, days: Iterable[date]) -> None:
    found = await cover(root)
    oldest, newest, records, missing = expected(days)
    assert (found.oldest, found.newest) == (oldest, newest)
    assert found.missing_days == missing
    assert found.records == records
    assert found.span_days == pytest.approx((newest - oldest).total_seconds() / 86400)
    total = (max(days) - min(days)).days + 1
    assert found.days_with_records_ratio == pytest.approx(1 - len(missing) / total)


@pytest.mark.parametrize("times", [True, False], ids=["times kept", "copied today"])
@pytest.mark.parametrize("tree", TREES)
@pytest.mark.parametrize("line", FORMATS)
async def test_a_whole_tree_in_every_format(tmp_path: Path, line: Line, tree: Tree, *, times: bool) -> None:
    days = days_ago(*range(40))
    tree(tmp_path, days, line, times=times)
    await assert_found(tmp_path, days)


@pytest.mark.parametrize("tree", TREES)
@pytest.mark.parametrize("line", [bsd, iso])
async def test_a_missing_week(tmp_path: Path, line: Line, tree: Tree) -> None:
    days = [day for n, day in enumerate(days_ago(*range(LENGTH))) if not 60 <= n < 67]
    tree(tmp_path, days, line)
    await assert_found(tmp_path, days)
    found = await cover(tmp_path)
    before, after = days_ago(67)[0], days_ago(59)[0]
    assert found.longest_gap_from == moments(before)[-1]
    assert found.longest_gap_h == pytest.approx((moments(after)[0] - moments(before)[-1]).total_seconds() / 3600)


@pytest.mark.parametrize("number", [0, 1, 40, LENGTH - 1])
@pytest.mark.parametrize("tree", [dated_tree, rotated_tree])
@pytest.mark.parametrize("off", [YEAR, 2 * YEAR, -YEAR], ids=["a year behind", "two years behind", "a year ahead"])
async def test_a_file_whose_clock_was_years_off_proves_nothing(
    tmp_path: Path, tree: Tree, number: int, off: timedelta
) -> None:
    days = days_ago(*range(LENGTH))
    wrong = days[number]
    tree(tmp_path, days)
    (path,) = [
        path for path in tmp_path.iterdir() if path.name in {f"{wrong}.log", f"fw.log.{number}.gz", f"fw.log.{number}"}
        or (number == 0 and path.name == "fw.log")
    ]  # fmt: skip
    put(path, [iso(at - off) for at in moments(wrong)], moments(wrong)[-1])
    await assert_found(tmp_path, [day for day in days if day != wrong])


async def test_a_file_in_the_middle_of_a_copied_rotation_is_told_by_its_place(tmp_path: Path) -> None:
    days = days_ago(*range(LENGTH))
    rotated_tree(tmp_path, days, times=False)
    put(tmp_path / "fw.log.40.gz", [iso(at - YEAR) for at in moments(days[40])])
    await assert_found(tmp_path, [day for day in days if day != days[40]])


@pytest.mark.parametrize("place", ["begin", "middle", "end"])
@pytest.mark.parametrize("tree", [dated_tree, rotated_tree])
async def test_some_lines_with_a_clock_a_year_off_count_for_nothing(tmp_path: Path, tree: Tree, place: str) -> None:
    days = days_ago(*range(LENGTH))
    tree(tmp_path, days)
    day = days[LENGTH // 2]
    name = f"{day}.log" if tree is dated_tree else f"fw.log.{LENGTH // 2}.gz"
    good, bad = list(map(iso, moments(day))), [iso(at - YEAR) for at in moments(day)[:9]]
    at = {"begin": 0, "middle": 20, "end": len(good)}[place]
    put(tmp_path / name, [*good[:at], *bad, *good[at:]], moments(day)[-1])
    await assert_found(tmp_path, days)


@pytest.mark.parametrize("off", [YEAR, timedelta(days=90), timedelta(days=-90)], ids=["a year", "90 days", "90 ahead"])
@pytest.mark.parametrize("share", [1, 5], ids=["as many", "five times as many"])
@pytest.mark.parametrize("name", ["%Y-%m-%d.log", "fw.log.%j"], ids=["dated", "bare"])
async def test_of_two_devices_in_a_file_one_is_off(tmp_path: Path, name: str, share: int, off: timedelta) -> None:
    days = days_ago(*range(LENGTH))
    for day in days:
        lines = [line for at in moments(day) for line in [*[iso(at - off).replace("portal", "ac")] * share, iso(at)]]
        put(tmp_path / day.strftime(name), lines, moments(day)[-1])
    await assert_found(tmp_path, days)


@pytest.mark.parametrize("off", [YEAR, timedelta(days=90)], ids=["a year", "90 days"])
async def test_of_two_devices_in_one_long_file_one_is_off(tmp_path: Path, off: timedelta) -> None:
    days = days_ago(*range(LENGTH))
    at = [moment for day in sorted(days) for moment in moments(day)]
    put(tmp_path / "all.log", [line for one in at for line in (iso(one - off), iso(one))], NOW)
    await assert_found(tmp_path, days)


@pytest.mark.parametrize("both", [False, True], ids=["one was silent", "both were silent"])
@pytest.mark.parametrize("gaps", [[range(30, 32)], [range(5, 7), range(60, 62)]], ids=["one gap", "two gaps"])
async def test_of_two_devices_in_one_long_file_one_is_a_year_off_and_the_other_was_silent_for_days(
    tmp_path: Path, gaps: list[range], *, both: bool
) -> None:
    days = days_ago(*range(LENGTH))
    silent = {days[number] for gap in gaps for number in gap}
    lines: list[str] = []
    off = 0
    for day in sorted(days):
        for at in moments(day):
            if not (both and day in silent):
                lines.append(iso(at - YEAR).replace("portal", "ac"))
                off += 1
            if day not in silent:
                lines.append(iso(at))
    put(tmp_path / "all.log", lines, NOW)
    await assert_found(tmp_path, [day for day in days if day not in silent])
    assert (await cover(tmp_path)).misplaced_records == off


async def test_two_devices_in_one_file_in_different_formats_and_zones(tmp_path: Path) -> None:
    days = days_ago(*range(LENGTH))
    lines = [line for day in sorted(days) for at in moments(day) for line in (rfc5424(at), bsd(at))]
    put(tmp_path / "all.log", lines, NOW)
    found = await cover(tmp_path)
    oldest, newest, records, _ = expected(days)
    assert (found.oldest, found.newest, found.records) == (oldest, newest, 2 * records)
    assert found.missing_days == ()


@pytest.mark.parametrize("line", [bsd, iso])
async def test_a_rotated_file_cut_in_half(tmp_path: Path, line: Line) -> None:
    days = days_ago(*range(30))
    rotated_tree(tmp_path, days, line)
    path = tmp_path / "fw.log.7.gz"
    whole = path.read_bytes()
    written = path.stat().st_mtime
    path.write_bytes(whole[: len(whole) // 2])
    os.utime(path, (written, written))
    found = await cover(tmp_path)
    assert found.unreadable_files == 1
    assert found.missing_days == ()
    assert expected(days)[2] - len(moments(days[7])) < (found.records or 0) < expected(days)[2]


async def test_a_plain_file_cut_in_half_keeps_its_first_half(tmp_path: Path) -> None:
    days = days_ago(*range(30))
    one_file(tmp_path, days)
    path = tmp_path / "fw.log"
    half = path.read_bytes()[: path.stat().st_size // 2 + 25]
    path.write_bytes(half)
    found = await cover(tmp_path)
    assert found.oldest == expected(days)[0]
    assert found.records == half.count(b"\n") + 1  # the last line is half, but dated
    assert found.longest_gap_from == found.newest
    assert found.longest_gap_h == pytest.approx((NOW - found.newest).total_seconds() / 3600)  # type: ignore[operator]


async def test_chinese_lines_in_gbk(tmp_path: Path) -> None:
    days = days_ago(*range(40))
    for number, day in enumerate(days):
        lines = [
            f"{bsd(at)} 用户 张三 访问 网站" if number % 2 else f"{at:%Y年%m月%d日 %H:%M:%S} 用户"
            for at in moments(day)
        ]
        put(tmp_path / f"behaviour-{number}.log", lines, moments(day)[-1], encoding="gbk")
    await assert_found(tmp_path, days)


@pytest.mark.parametrize("times", [True, False], ids=["times kept", "copied"])
@pytest.mark.parametrize("now", [datetime(2027, 1, 20, 9, tzinfo=SCHOOL), datetime(2027, 9, 20, 9, tzinfo=SCHOOL)])
@pytest.mark.parametrize("line", [bsd, bsd_pri])
async def test_new_year_without_years_in_the_stamps(tmp_path: Path, line: Line, now: datetime, *, times: bool) -> None:
    begin, end = date(2026, 10, 10), date(2027, 1, 15)
    days = [begin + timedelta(days=n) for n in range((end - begin).days + 1)]
    at = [datetime(d.year, d.month, d.day, h, 5, 9, tzinfo=SCHOOL) for d in days for h in range(24)]
    put(tmp_path / "messages", map(line, at), at[-1] if times else now)
    found = await cover(tmp_path, at=now)
    assert (found.oldest, found.newest) == (at[0], at[-1])
    assert found.missing_days == ()
    assert found.records == len(at)


@pytest.mark.parametrize("name", ["messages-20241203.log", "2024/12/03.log", "fw-2024-12.log"])
async def test_the_year_is_in_the_name(tmp_path: Path, name: str) -> None:
    at = moments(date(2024, 12, 3))
    put(tmp_path / name, map(bsd, at))
    found = await cover(tmp_path)
    assert (found.oldest, found.newest) == (at[0], at[-1])


@pytest.mark.parametrize("times", [True, False], ids=["times kept", "copied"])
async def test_29_february_tells_the_year(tmp_path: Path, *, times: bool) -> None:
    days = [date(2024, 2, 20) + timedelta(days=n) for n in range(20)]
    at = [moment for day in days for moment in moments(day)]
    put(tmp_path / "messages", map(bsd, at), at[-1] if times else NOW)
    found = await cover(tmp_path)
    assert (found.oldest, found.newest) == (at[0], at[-1])
    assert found.missing_days == ()
    assert found.records == len(at)


@pytest.mark.parametrize("number", [0, 50])
async def test_a_switch_that_booted_without_a_clock_does_not_shift_the_year(tmp_path: Path, number: int) -> None:
    at = [moment for day in sorted(days_ago(*range(30))) for moment in moments(day)]
    lines = list(map(bsd, at))
    lines[number:number] = ["Jan  1 00:00:12 sw-1 %%01SRM: booting", "Jan  1 00:00:15 sw-1 %%01SRM: up"]
    put(tmp_path / "messages", lines, at[-1])
    found = await cover(tmp_path)
    assert (found.oldest, found.newest) == (at[0], at[-1])
    assert found.records == len(at)


@pytest.mark.parametrize(
    "stamp", ["2000-01-01 00:00:01", "1970-01-01 08:00:00", "2038-01-19 03:14:07", "2026-12-31 00:00:00"]
)
async def test_factory_and_future_clocks_are_not_believed(tmp_path: Path, stamp: str) -> None:
    days = days_ago(*range(30))
    one_file(tmp_path, days)
    path = tmp_path / "fw.log"
    lines = path.read_text().splitlines()
    for at in (0, 500, len(lines)):
        lines.insert(at, f"{stamp},001 INFO booted")
    put(path, lines, NOW)
    await assert_found(tmp_path, days)


async def test_an_old_log_copied_here_today_counts(tmp_path: Path) -> None:
    days = days_ago(*range(20, 230))
    one_file(tmp_path, days)
    found = await cover(tmp_path)
    assert (found.oldest, found.newest) == expected(days)[:2]
    assert found.longest_gap_from == found.newest
    assert found.longest_gap_h == pytest.approx((NOW - expected(days)[1]).total_seconds() / 3600)


async def test_old_files_restored_without_their_times_count_beside_living_ones(tmp_path: Path) -> None:
    recent, old = days_ago(*range(100)), days_ago(*range(100, 200))
    rotated_tree(tmp_path / "live", recent)
    for number, day in enumerate(old):
        put(tmp_path / "restored" / f"part{number}.log", map(iso, moments(day)), NOW - timedelta(hours=number % 5))
    await assert_found(tmp_path, [*recent, *old])


async def test_a_month_of_dumps_named_by_the_day_of_export_counts(tmp_path: Path) -> None:
    days = days_ago(*range(LENGTH))
    for begin in range(0, LENGTH, 30):
        lines = [iso(at) for day in sorted(days[begin : begin + 30]) for at in moments(day)]
        put(tmp_path / f"export_20261123_{begin // 30}.csv", ["时间,用户,网址", *lines])
    found = await cover(tmp_path)
    assert (found.oldest, found.missing_days) == (expected(days)[0], ())
    assert found.undated_records == 3  # the headings


async def test_an_export_with_the_newest_record_on_top(tmp_path: Path) -> None:
    days = [day for n, day in enumerate(days_ago(*range(LENGTH))) if not 60 <= n < 67]
    put(tmp_path / "export.csv", [iso(at) for day in days for at in reversed(moments(day))])
    await assert_found(tmp_path, days)


async def test_files_named_by_addresses_are_no_rotation(tmp_path: Path) -> None:
    days = days_ago(*range(LENGTH))
    for host in range(1, 12):
        lines = [huawei(at) for day in sorted(days[host:]) for at in moments(day, 240)]
        put(tmp_path / f"192.168.1.{host}", lines)
    found = await cover(tmp_path)
    assert found.oldest == expected(days)[0]
    assert found.missing_days == ()


async def test_a_clock_three_months_behind_does_not_lengthen_what_another_device_proves(tmp_path: Path) -> None:
    days = days_ago(*range(100))
    dated_tree(tmp_path / "fw-1", days)
    for day in days:
        put(tmp_path / "fw-2" / f"{day}.log", [iso(at - timedelta(days=90)) for at in moments(day)], moments(day)[-1])
    await assert_found(tmp_path, days)


async def test_the_same_without_dates_in_the_names(tmp_path: Path) -> None:
    days = days_ago(*range(100))
    rotated_tree(tmp_path / "fw-1", days)
    rotated_tree(tmp_path / "fw-2", days, lambda at: iso(at - timedelta(days=90)))
    await assert_found(tmp_path, days)


async def test_late_lines_of_a_buffer_do_not_disturb(tmp_path: Path) -> None:
    days = days_ago(*range(60))
    one_file(tmp_path, days)
    path = tmp_path / "fw.log"
    lines = path.read_text().splitlines()
    late = [iso(at) for at in moments(days[40])[:5]]
    put(path, [*lines[:-200], *late, *lines[-200:]], NOW)
    await assert_found(tmp_path, days)


async def test_late_lines_cannot_fill_a_gap(tmp_path: Path) -> None:
    days = [day for n, day in enumerate(days_ago(*range(60))) if not 20 <= n < 27]
    one_file(tmp_path, days)
    path = tmp_path / "fw.log"
    lines = path.read_text().splitlines()
    put(path, [*lines[:-100], *[iso(at) for at in moments(days_ago(23)[0])], *lines[-100:]], NOW)
    await assert_found(tmp_path, days)


async def test_a_year_of_weekly_records_is_no_disorder(tmp_path: Path) -> None:
    days = days_ago(*range(3, 340, 7))
    at = [moments(day)[0] for day in sorted(days)]
    put(tmp_path / "website.log", map(iso, at), NOW)
    found = await cover(tmp_path)
    assert (found.oldest, found.newest, found.records) == (at[0], at[-1], len(at))
    assert found.longest_gap_h == pytest.approx(7 * 24)


async def test_a_log_of_one_moment(tmp_path: Path) -> None:
    put(tmp_path / "fw.log", [iso(NOW)], NOW)
    found = await cover(tmp_path)
    assert (found.span_days, found.days_with_records_ratio, found.records) == (0, 1, 1)
    assert (found.longest_gap_h, found.forecast_days) == (None, None)


async def test_a_school_in_a_zone_with_summer_time(tmp_path: Path) -> None:
    put(tmp_path / "fw.log", ["2026-10-24 12:00:00 a", "2026-10-25 12:00:00 b", "2026-10-27T11:00:00Z c"], NOW)
    now = datetime(2026, 10, 27, 13, tzinfo=UTC)
    found = await cover(tmp_path, at=now, zone="Europe/Berlin")
    assert found.span_days == pytest.approx(3 + 1 / 24)
    assert found.missing_days == (date(2026, 10, 26),)
    assert found.longest_gap_h == pytest.approx(48)


async def test_the_forecast_is_capacity_over_the_rate_of_the_last_thirty_days(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    days = days_ago(*range(1, 61))
    dated_tree(tmp_path, days)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(0, 0, 1_000_000))
    found = await cover(tmp_path)
    daily = (tmp_path / f"{days[0]}.log").stat().st_size
    assert found.bytes == 60 * daily
    assert found.forecast_days == pytest.approx((60 * daily + 1_000_000) / daily, abs=0.06)
