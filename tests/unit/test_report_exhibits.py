"""What is drawn: every state where it belongs, the numbers of the observations, and nothing where nothing was seen."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.kinds import AccessPoint, LogCoverage, Neighbour, Port, Recording, Throughput
from reports.edition import Edition, TrendPoint
from reports.exhibits import gather, log_calendar, switches
from reports.exhibits.exhibit import Exhibit
from reports.exhibits.trend import trend
from reports.html import render
from reports.svg import boxes, drawing, element
from tests.editions import ENDLESS, HOSTILE, NOW, Log, edition_of, hostile, large
from tests.furnished import furnished
from tests.world import campus

ZONE = "Asia/Shanghai"


@cache
def exhibits() -> dict[str, Exhibit]:
    return {one.id: one for several in gather(furnished()).values() for one in several}


def rows(exhibit: str) -> dict[str, tuple[tuple[str, ...], str]]:
    grid = exhibits()[exhibit].grid
    assert grid is not None
    return {row.cells[0]: (row.cells, row.tone) for row in grid.rows}


def test_each_stands_under_the_category_that_asks_for_it() -> None:
    found = {category: [one.id for one in several] for category, several in gather(furnished()).items()}
    assert found == {
        "1.1": ["uplinks", "rooms", "switches", "topology", "signals", "aps"],
        "1.4": ["documents-1-4", "safeguards", "controls", "logs", "trace", "clocks", "exposures"],
        "1.5": ["recordings"],
    }


def test_a_section_has_its_own_and_the_documents_of_each_category() -> None:
    assert list(gather(furnished(section="信息安全"))) == ["1.4"]
    found = gather(furnished(section="5"))
    assert {one.id for several in found.values() for one in several} == {"documents-5-1", "documents-5-2",
                                                                         "documents-5-3", "documents-5-4"}  # fmt: skip


def test_nothing_is_drawn_where_nothing_was_seen() -> None:
    nothing = edition_of(Log(), campus(), "zh", None)
    assert {one.id for several in gather(nothing).values() for one in several} == {"documents-1-4"}


def test_every_row_leads_to_its_observations() -> None:
    seen = furnished().assessment.observations
    for exhibit in exhibits().values():
        links = [id_ for row in (exhibit.grid.rows if exhibit.grid else ()) for id_ in row.links]
        links += [id_ for plate in exhibit.plates for id_ in plate.links]
        assert links or exhibit.id == "documents-1-4"  # where nobody has put anything forward yet
        assert set(links) <= set(seen)
    html = render(furnished())
    shown = set(re.findall(r'id="o-(\w+)"', html))
    assert {
        id_ for one in exhibits().values() for row in (one.grid.rows if one.grid else ()) for id_ in row.links
    } <= shown


def test_a_room_below_what_is_asked_is_marked_and_a_bound_of_the_instrument_is_not_a_failure() -> None:
    found = rows("rooms")
    assert found["初一（3）班"][1] == "bad"
    assert found["初二（1）班"][1] == "doubt"
    assert "limited" in found["初二（1）班"][0][1]
    assert found["初一（1）班"][1] == ""
    assert found["未来教室"][1] == "doubt"  # refused: not measured, so neither good nor bad
    assert "beyond" in found["初三（2）班"][0][1]  # 941 Mbit/s do not fit beside 100
    assert exhibits()["rooms"].said == (
        "已测 8 处，6 处达到 90 Mbit/s。",
        "其中 1 处受测量设备自身限制，所示数值只是下限。",
        "另有 4 处未能测得。",
    )


def test_bars_are_as_long_as_the_rates() -> None:
    widths = [
        float(one)
        for one in re.findall(r'width="([\d.]+)" height="7" class="down"', rows("rooms")["初一（1）班"][0][1])
    ]
    assert widths == [pytest.approx(93.6 / 125 * 300, abs=0.06)]


@pytest.mark.parametrize(
    ("port", "state"),
    [
        (Port(admin_up=False, oper_up=False), "off"),
        (Port(admin_up=True, oper_up=False), "idle"),
        (Port(oper_up=True, speed_mbps=1000, duplex="full"), "gigabit"),
        (Port(oper_up=True, speed_mbps=10_000), "gigabit"),
        (Port(oper_up=True, speed_mbps=100), "fast"),
        (Port(oper_up=True, speed_mbps=10), "slow"),
        (Port(oper_up=True, speed_mbps=1000, duplex="half"), "slow"),
        (Port(oper_up=True), "dim"),
        (Port(), "dim"),
    ],
)
def test_the_state_of_a_port(port: Port, state: str) -> None:
    assert switches.state_of(port) == state


def test_every_port_of_a_switch_is_drawn_once() -> None:
    for plate in exhibits()["switches"].plates:
        shapes = re.findall(r'd="([^"]+)" class="(\w+)"', plate.drawing)
        drawn = sum(path.count("M") for path, state in shapes if state in switches.STATES)
        assert drawn == int(re.match(r"(\d+) 个端口", plate.said)[1])  # type: ignore[index]
        at = [place for path, state in shapes if state in switches.STATES for place in re.findall(r"M[\d. ]+", path)]
        assert len(set(at)) == len(at)


def test_a_link_that_both_ends_told_of_is_one_link() -> None:
    grid = exhibits()["topology"].grid
    assert grid is not None
    ends = [row.cells[:4] for row in grid.rows]
    assert len(ends) == len(set(ends)) == 7
    both = next(row for row in grid.rows if row.cells[3] == "GigabitEthernet1/0/48" and len(row.links) == 2)
    assert both.cells[0] == "核心交换机"
    assert exhibits()["topology"].said[1] == "另有 1 个邻居不在清单中。"


def test_each_camera_is_held_against_the_days_that_it_has_to_keep() -> None:
    log = Log()
    log.saw("camera:a", Recording(span_days=45, channels=4, channels_ok=3), "recording")
    log.saw("camera:b", Recording(span_days=45, keep_days=90, channels=4), "recording")
    log.saw("camera:c", Recording(keep_days=90, live=True), "recording")
    edition = edition_of(log, campus(), "en", None)
    [one] = (one for several in gather(edition).values() for one in several if one.id == "recordings")
    assert one.grid is not None
    assert {row.cells[0]: (row.cells[2:], row.tone) for row in one.grid.rows} == {
        "a": (("45", "3 / 4"), ""),
        "b": (("45", "– / 4"), "bad"),
        "c": (("–", "–"), "doubt"),
    }
    assert one.said == ("1 of 3 reach back 30 / 90 days.",)


def test_a_great_many_devices_are_listed_instead_of_drawn() -> None:
    log = Log()
    devices = [{"id": f"sw-{n}", "role": "access-switch", "address": f"10.0.0.{n}"} for n in range(60)]
    for n in range(1, 60):
        log.saw("sw-0:Gi0/1", Neighbour(remote_name=f"sw-{n}", remote_port=f"Gi0/{n}", protocol="lldp"), "neighbours")
    found = gather(edition_of(log, campus(device=devices), "zh", None))["1.1"]
    topology = next(one for one in found if one.id == "topology")
    assert topology.plates == ()
    assert topology.grid is not None
    assert len(topology.grid.rows) == 59


# ---- the log calendar


def coverage(**facts: object) -> LogCoverage:
    whole = {"oldest": NOW - timedelta(days=300), "newest": NOW, "days_with_records_ratio": 1.0, "origin": "content"}
    return LogCoverage.model_validate({**whole, **facts})


TODAY = NOW.date()


def test_the_calendar_has_184_days_and_ends_today() -> None:
    days = log_calendar.days_of(coverage(), TODAY, ZONE)
    assert len(days) == 184
    assert list(days)[-1] == TODAY
    assert set(days.values()) == {"kept"}


def test_days_before_the_oldest_record_are_outside() -> None:
    days = log_calendar.days_of(coverage(oldest=NOW - timedelta(days=41)), TODAY, ZONE)
    assert list(days.values()).count("outside") == 184 - 42
    assert days[TODAY] == "kept"


def test_what_was_only_looked_into_is_never_drawn_as_counted() -> None:
    first = TODAY - timedelta(days=3)
    value = coverage(first_day=first, day_counts=(12, None, 0, 7), oldest=NOW - timedelta(days=3), counted="sampled")
    days = log_calendar.days_of(value, TODAY, ZONE)
    assert [days[first + timedelta(days=n)] for n in range(4)] == ["kept", "sampled", "missing", "kept"]
    nobody_looked = coverage(days_with_records_ratio=None)
    assert set(log_calendar.days_of(nobody_looked, TODAY, ZONE).values()) == {"sampled"}


@given(st.sets(st.integers(0, 183), max_size=40), st.integers(0, 183))
def test_every_missing_day_shows_and_no_other(gaps: set[int], oldest: int) -> None:
    missing = tuple(sorted(TODAY - timedelta(days=n) for n in gaps if n < oldest))
    value = coverage(oldest=NOW - timedelta(days=oldest), missing_days=missing)
    days = log_calendar.days_of(value, TODAY, ZONE)
    assert {day for day, state in days.items() if state == "missing"} == set(missing)
    assert sum(state == "outside" for state in days.values()) == 183 - oldest


def test_a_source_whose_days_are_missing_says_how_many() -> None:
    plate = next(one for one in exhibits()["logs"].plates if one.title == "上网行为日志")
    assert plate.said == "有记录（逐条统计） 180 天、无记录 4 天"
    assert 'aria-label="上网行为日志：' in plate.drawing
    assert rows("logs")["防火墙 NAT 日志"][1] == "bad"  # 41 days


def test_an_access_point_that_is_offline_is_crossed_out_and_listed() -> None:
    exhibit = exhibits()["aps"]
    assert exhibit.plates[0].drawing.count("m0-12") == 2
    assert set(rows("aps")) == {"AP-07", "AP-23"}


# ---- the trend


def test_the_trend_ends_with_the_audit_that_is_reported() -> None:
    edition = furnished(nights=3)
    found = trend(edition)
    assert found is not None
    assert found.said.startswith("自 2026-11-20 起共审计 4 次：已证实得分由 41.5 变为 ")
    assert found.drawing.count("<polyline") == 1
    assert trend(furnished(nights=0)) is None


def test_a_section_has_a_trend_only_where_the_nights_kept_the_indicators() -> None:
    assert trend(furnished(section="信息安全")) is None


@given(st.lists(st.decimals(0, 110, places=1), min_size=1, max_size=900))
def test_any_history_stays_on_the_drawing(points: list[Decimal]) -> None:
    nights = tuple(
        TrendPoint(f"n{n}", NOW - timedelta(days=len(points) - n), one, Decimal(110), Decimal(110))
        for n, one in enumerate(points)
    )
    found = trend(_with(nights))
    assert found is not None
    line = re.search(r'<polyline points="([^"]+)"', found.drawing)
    assert line is not None
    places = [tuple(map(float, place.split(","))) for place in line[1].split()]
    assert 2 <= len(places) <= 400
    assert all(0 <= x <= 640 and 0 <= y <= 190 for x, y in places)


@cache
def _plain() -> Edition:
    return furnished(nights=0)


def _with(nights: tuple[TrendPoint, ...]) -> Edition:
    from dataclasses import replace  # noqa: PLC0415

    return replace(_plain(), trend=nights)


# ---- hostile and large


def test_what_an_attacker_wrote_stays_text_in_drawings() -> None:
    log = Log()
    devices = [
        {"id": f"d{n}", "role": "core-switch", "address": "10.0.0.1", "name": name} for n, name in enumerate(HOSTILE)
    ]
    for n, name in enumerate(HOSTILE):
        log.saw(f"d{n}:{n}", Port(oper_up=True, speed_mbps=10, alias=name), "ports")
        log.saw(f"d{n}:{n}", Neighbour(remote_name=f"d{(n + 1) % 7}", remote_port=name, protocol="lldp"), "neighbours")
        log.saw(f"ap:{n}", AccessPoint(controller="d0", online=False, model=name), "access_points")
    html = render(edition_of(log, campus(device=devices), "zh", None))
    assert "<script>" not in html
    assert "<img" not in html
    assert ENDLESS[:300] not in html
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e]", html)
    html.encode()


def test_five_hundred_switches_are_drawn_within_bounds() -> None:
    found = {one.id: one for several in gather(large(500, 48, 200)).values() for one in several}
    assert len(found["switches"].plates) == switches.PLATES_SHOWN
    assert "此处画出其中 60 台" in "".join(found["switches"].said)
    assert found["rooms"].grid is not None
    assert len(found["rooms"].grid.rows) == 200


def test_a_drawing_escapes_what_it_is_given() -> None:
    assert element("text", "<b>&", x='"') == '<text x="&#34;">&lt;b&gt;&amp;</text>'
    assert 'aria-label="&#34;&gt;"' in drawing(1, 1, '">')
    assert boxes([], 3, "x") == ""


def test_a_rate_that_nobody_could_tell_is_no_bar() -> None:
    log = Log()
    log.saw("place:A", Throughput(down_mbps=None, up_mbps=None, streams=1, seconds=1), "throughput")
    edition = edition_of(log, campus(place=[{"id": "A", "kind": "classroom"}]), "zh", None)
    (exhibit,) = (one for several in gather(edition).values() for one in several if one.id == "rooms")
    assert exhibit.grid is not None
    assert "<rect" not in exhibit.grid.rows[0].cells[1]
    assert exhibit.grid.rows[0].cells[2:] == ("–", "–")
    assert exhibit.grid.rows[0].tone == ""


def test_hostile_editions_have_exhibits_too() -> None:
    assert gather(hostile())["1.1"]
    assert date.min < TODAY
