"""How classrooms' ports are judged: the best look of the week, and the map that forwarding tables supply."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

import pytest

from probes.observation import Method, Observation, Reason, Status
from rules.assessment import Part, Truth, Verdict
from rules.judge import judge
from rules.load import load_rubric
from rules.rubric import Rubric
from tests.world import campus

NOW = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)


@lru_cache
def rubric() -> Rubric:
    return load_rubric("jiangsu-2018")


def seen(
    kind: str, subject: str, value: Mapping[str, Any] | None, age: float, probe: str = "ports", **rest: Any
) -> Observation:
    return Observation.model_validate(
        {
            "kind": kind,
            "subject": subject,
            "status": Status.OK if value is not None else Status.UNAVAILABLE,
            "taken_at": NOW - timedelta(days=age),
            "duration_s": 1,
            "probe": probe,
            "vantage": "test",
            "method": Method.READ,
            "value": value,
            **rest,
        }
    ).sealed()


def port(age: float, *, subject: str = "sw:GE1", probe: str = "ports", **value: Any) -> Observation:
    return seen("port", subject, {"oper_up": True, "duplex": "full", **value}, age, probe)


def found(age: float, place: str = "A", subject: str = "sw:GE1") -> Observation:
    value = {"remote_name": f"place:{place}", "remote_port": "", "protocol": "fdb"}
    return seen("neighbour", subject, value, age, "rooms")


def part(*observations: Observation, **place: Any) -> Part:
    places = [{"id": "A", "kind": "classroom", **place}]
    (finding,) = (
        one for one in judge(rubric(), observations, campus(place=places), NOW).findings if one.indicator.id == "1.1.1"
    )
    return next(one for one in finding.parts if one.criterion.id == "classroom-port")


def verdict(*observations: Observation, **place: Any) -> Verdict:
    (one,) = part(*observations, **place).verdicts
    return one


WEEK: Mapping[str, tuple[list[Observation], Truth, str]] = {
    "awake": ([port(0, speed_mbps=1000)], Truth.TRUE, "1000 Mbit/s; full duplex"),
    "asleep today, awake on Friday": (
        [port(3, speed_mbps=1000), port(0, speed_mbps=10)],
        Truth.TRUE,
        "1000 Mbit/s; full duplex on 2026-11-20, the best of 2 looks",
    ),
    "down today, awake on Friday": (
        [port(3, speed_mbps=100), port(0, oper_up=False)],
        Truth.TRUE,
        "100 Mbit/s; full duplex on 2026-11-20, the best of 2 looks",
    ),
    "10 Mbit/s in the only look": ([port(0, speed_mbps=10)], Truth.FALSE, "10 Mbit/s"),
    "10 Mbit/s in every look": (
        [port(2, speed_mbps=10), port(0, speed_mbps=10)],
        Truth.FALSE,
        "10 Mbit/s on 2026-11-23, the best of 2 looks",
    ),
    "awake before the last seven school days does not count": (
        [port(12, speed_mbps=1000), port(0, speed_mbps=10)],
        Truth.FALSE,
        "10 Mbit/s",
    ),
    "never up": ([port(0, oper_up=False)], Truth.UNKNOWN, "the port is down"),
    "fast but half, and slow but full, are not put together": (
        [port(2, speed_mbps=100, duplex="half"), port(0, speed_mbps=10)],
        Truth.FALSE,
        "half duplex on 2026-11-21, the best of 2 looks",
    ),
    "another source contradicts": (
        [port(0, speed_mbps=1000), port(0, speed_mbps=10, probe="console")],
        Truth.UNKNOWN,
        "sources disagree",
    ),
}


@pytest.mark.parametrize("case", WEEK)
def test_a_port_is_judged_by_its_best_look_of_the_week(case: str) -> None:
    observations, truth, words = WEEK[case]
    one = verdict(*observations, port="sw:GE1")
    assert (one.truth, words in str(one.shown)) == (truth, True), str(one.shown)


MAPS: Mapping[str, tuple[list[Observation], Truth]] = {
    "found, fast": ([found(0), port(0, speed_mbps=100)], Truth.TRUE),
    "found, slow": ([found(0), port(0, speed_mbps=10)], Truth.FALSE),
    "found elsewhere since": (
        [found(3), found(0, subject="sw:GE2"), port(0, speed_mbps=100), port(0, subject="sw:GE2", speed_mbps=10)],
        Truth.FALSE,
    ),
    "found, too long ago": ([found(12), port(0, speed_mbps=100)], Truth.UNKNOWN),
    "the port now serves another room": ([found(3), found(0, "B"), port(0, speed_mbps=100)], Truth.UNKNOWN),
    "found for another room": ([found(0, "B"), port(0, speed_mbps=100)], Truth.UNKNOWN),
    "no map": ([port(0, speed_mbps=100)], Truth.UNKNOWN),
}


@pytest.mark.parametrize("case", MAPS)
def test_a_place_without_a_port_gets_the_one_that_was_found(case: str) -> None:
    observations, truth = MAPS[case]
    assert verdict(*observations).truth is truth


def test_the_observation_that_found_the_port_stands_among_the_evidence() -> None:
    by, at = found(0), port(0, speed_mbps=100)
    assert set(verdict(by, at).observations) == {by.id, at.id}


def test_the_port_of_the_inventory_goes_before_one_that_was_found() -> None:
    observations = [found(0), port(0, speed_mbps=100), port(0, subject="sw:GE7", speed_mbps=10)]
    assert verdict(*observations, port="sw:GE7").truth is Truth.FALSE


def test_no_map_says_so_and_why_and_earns_nothing() -> None:
    why = seen("neighbour", "place:A", None, 0, "rooms", reason=Reason.EMPTY, detail="no switch has learnt it")
    one = part(port(0, speed_mbps=1000), why)
    assert str(one.verdicts[0].shown) == (
        "the inventory does not say where it is connected, and forwarding tables do not tell: nothing there"
    )
    assert one.verdicts[0].observations == (why.id,)
    assert one.points.low == Decimal(0)


def test_no_map_and_no_look_says_so() -> None:
    assert str(verdict().shown) == "the inventory does not say where it is connected"
