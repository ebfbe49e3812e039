"""What a day's readings of an uplink's counters say: peaks, means, gaps, counters that run over or are set back."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from auditor import samples as collector
from probes.campus import Campus
from probes.observation import Method, Observation, Reason, Status
from probes.uplink_load import uplink_load
from probes.uplinks.samples import FILE, Sample, intervals, load_of, of_day, parse
from tests.world import TestWorld, campus, look

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
FIVE = timedelta(minutes=5)
MBPS = 125_000
TOP = 2**64


def readings(*mbps_in: float, begin: int = 0, speed: float | None = 1000.0, step: timedelta = FIVE) -> list[Sample]:
    """Readings between which so many Mbit/s came in, and a tenth of that went out; the last one is taken now."""
    found, octets = [], begin
    for number, mbps in enumerate((0.0, *mbps_in)):
        octets += int(mbps * MBPS * step.total_seconds())
        at = NOW - (len(mbps_in) - number) * step
        found.append(
            Sample(at=at, uplink="main", in_octets=octets % TOP, out_octets=octets // 10 % TOP, speed_mbps=speed)
        )
    return found


def test_peak_and_mean_of_readings_in_a_row() -> None:
    load = load_of(intervals(readings(100, 400, 100)))
    assert (load.peak_in_mbps, load.mean_in_mbps) == (400.0, 200.0)
    assert (load.peak_out_mbps, load.mean_out_mbps) == (40.0, 20.0)
    assert (load.speed_mbps, load.peak_share, load.hours_covered) == (1000.0, 0.4, 0.25)


def test_a_64_bit_counter_that_runs_over_is_counted() -> None:
    counted = intervals(readings(100, 100, begin=TOP - 100 * MBPS * 300 - 5))
    assert [one.in_mbps for one in counted] == [100.0, 100.0]


def test_a_counter_set_back_is_not_counted_and_the_rest_is() -> None:
    before, after = readings(100, 100, begin=10**13), readings(300, begin=0)
    later = [one.model_copy(update={"at": one.at + 2 * FIVE}) for one in after]
    assert [round(one.in_mbps) for one in intervals([*before, *later])] == [100, 100, 300]


def test_a_counter_set_back_on_a_port_of_unknown_speed_is_not_counted_either() -> None:
    before = readings(100, begin=10**13, speed=None)
    set_back = before[-1].model_copy(update={"at": NOW + FIVE, "in_octets": 5, "out_octets": 5})
    assert [one.in_mbps for one in intervals([*before, set_back])] == [100.0]


def test_more_than_the_port_carries_is_not_counted() -> None:
    assert intervals(readings(2000, speed=1000.0)) == []


@pytest.mark.parametrize(("minutes", "counted"), [(5, 1), (15, 1), (15.1, 0), (120, 0), (0.9, 0), (1, 1)])
def test_gaps_and_haste_are_not_counted(minutes: float, counted: int) -> None:
    assert len(intervals(readings(100, step=timedelta(minutes=minutes)))) == counted


def test_readings_that_follow_too_soon_do_not_hide_those_around_them() -> None:
    three = readings(100, 100, 100, step=timedelta(seconds=30))
    assert [(one.seconds, one.in_mbps) for one in intervals(three)] == [(60.0, 100.0)]


def test_the_share_is_of_the_faster_speed_where_the_line_was_renegotiated() -> None:
    first, second = readings(400, speed=1000.0)
    (one,) = intervals([first, second.model_copy(update={"speed_mbps": 100.0})])
    assert one.speed_mbps == 1000.0


def test_without_a_speed_there_is_no_share() -> None:
    load = load_of(intervals(readings(100, speed=None)))
    assert (load.peak_in_mbps, load.speed_mbps, load.peak_share) == (100.0, None, None)


def test_only_the_last_24_hours_of_that_uplink_count_in_order_and_once() -> None:
    old = readings(100)[0].model_copy(update={"at": NOW - timedelta(hours=24, seconds=1)})
    other = readings(100)[0].model_copy(update={"uplink": "other"})
    future = readings(100)[0].model_copy(update={"at": NOW + timedelta(hours=1)})
    good = readings(100, 200)
    assert of_day([future, *reversed(good), *good, other, old], "main", NOW) == good


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe",
        b'{"at": "yesterday", "uplink": "main", "in_octets": 1, "out_octets": 1}',
        b'{"at": "2026-11-24T12:00:00", "uplink": "main", "in_octets": 1, "out_octets": 1}',
        b'{"at": "2026-11-24T12:00:00Z", "uplink": "main", "in_octets": -1, "out_octets": 1}',
        b'{"at": "2026-11-24T12:00:00Z", "uplink": "main", "in_octets": 18446744073709551616, "out_octets": 1}',
        b'{"at": "2026-11-24T12:00:00Z", "uplink": "main", "in_octets": 1, "out_octets": 1, "speed_mbps": NaN}',
        b'{"at": "2026-11-24T12:00:00Z", "uplink": "main", "in_octets": 1, "out_octets": 1, "speed_mbps": 0}',
        b"[" * 100_000,
    ],
)
def test_damaged_lines_are_left_out(line: bytes) -> None:
    good = readings(100)[0]
    assert list(parse([line, good.model_dump_json().encode()])) == [good]


# ---- the probe -------------------------------------------------------------------------------------------------------


def school(folder: Path, **tables: Any) -> Campus:
    return campus(
        uplink=[{"id": "main", "port": "core:GE1"}, {"id": "blind"}], audit={"bundles": str(folder)}, **tables
    )


async def loads(folder: Path) -> list[Observation]:
    world = TestWorld(school(folder), at=NOW)
    assert [uplink_load.applies_to(one) for one in world.campus.uplink] == [True, False]
    return await look(uplink_load, world, world.campus.uplink[0])


def write(folder: Path, found: list[Sample]) -> None:
    (folder / FILE).write_text("".join(one.model_dump_json() + "\n" for one in found))


async def test_a_day_of_readings_is_one_observation(tmp_path: Path) -> None:
    write(tmp_path, readings(*[50.0] * 200, 620.0, *[50.0] * 87))
    (one,) = await loads(tmp_path)
    assert (one.kind, one.subject, one.status, one.method) == ("uplink_load", "uplink:main", Status.OK, Method.READ)
    assert one.value is not None
    found = one.value.model_dump()
    assert (found["peak_in_mbps"], found["peak_share"], found["hours_covered"]) == (620.0, 0.62, 24.0)
    assert len(one.raw) == 1


@pytest.mark.parametrize("count", [None, 0, 1])
async def test_without_two_readings_it_says_what_to_do(tmp_path: Path, count: int | None) -> None:
    if count is not None:
        write(tmp_path, readings(100)[:count])
    (one,) = await loads(tmp_path)
    assert (one.status, one.reason) == (Status.UNAVAILABLE, Reason.EMPTY)
    assert one.detail.startswith(f"of the last 24 hours there are {count or 0} readings")
    assert "campus-auditor sample" in one.detail


async def test_a_file_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    (tmp_path / FILE).mkdir()
    (one,) = await loads(tmp_path)
    assert one.reason is Reason.FILE_UNREADABLE


# ---- collecting ------------------------------------------------------------------------------------------------------


def test_readings_are_appended_and_half_a_line_stays_alone(tmp_path: Path) -> None:
    first, second = readings(100)
    one = school(tmp_path / "new")
    assert collector.keep(one, [first]) == tmp_path / "new" / FILE
    with (tmp_path / "new" / FILE).open("ab") as file:
        file.write(b'{"at": "2026-')
    collector.keep(one, [second])
    lines = (tmp_path / "new" / FILE).read_bytes().splitlines()
    assert len(lines) == 3
    assert list(parse(lines)) == [first, second]


def test_a_line_is_as_promised(tmp_path: Path) -> None:
    collector.keep(school(tmp_path), readings(100)[-1:])
    (line,) = (tmp_path / FILE).read_text().splitlines()
    assert json.loads(line) == {
        "at": "2026-11-24T12:00:00Z",
        "uplink": "main",
        "in_octets": 100 * MBPS * 300,
        "out_octets": 10 * MBPS * 300,
        "speed_mbps": 1000.0,
    }


def test_after_nine_days_the_file_is_cut_to_eight(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    ages = [timedelta(days=9, hours=1), timedelta(days=8, hours=1), timedelta(days=7), timedelta()]
    found = [readings(100)[0].model_copy(update={"at": now - age}) for age in ages]
    collector.keep(school(tmp_path), found[1:])
    assert len((tmp_path / FILE).read_bytes().splitlines()) == 3
    write(tmp_path, found[:3])
    collector.keep(school(tmp_path), found[3:])
    assert list(parse((tmp_path / FILE).read_bytes().splitlines())) == found[2:]
