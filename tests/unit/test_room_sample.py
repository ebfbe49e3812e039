"""The sample of classrooms: its size, every switch once, and in time every room."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from datetime import date, timedelta
from math import ceil
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from auditor.plan import make_plan
from auditor.sample import sample_of
from probes.campus import Place
from probes.kinds import Throughput
from probes.night.settings import RoomSampleSettings
from probes.observation import Observation
from probes.probe import Context, probe
from tests.world import campus

MONDAY = date(2026, 11, 23)
SETTINGS = RoomSampleSettings()


def rooms(*per_switch: int, without_port: int = 0) -> list[Place]:
    found = [
        {"id": f"{switch}-{number}", "kind": "classroom", "port": f"sw-{switch}:GE0/0/{number}"}
        for switch, count in enumerate(per_switch)
        for number in range(count)
    ]
    found += [{"id": f"loose-{number}", "kind": "classroom"} for number in range(without_port)]
    return [Place.model_validate(one) for one in found]


def switches_of(chosen: frozenset[str], of: Sequence[Place]) -> set[str]:
    return {(one.port or "").partition(":")[0] for one in of if one.id in chosen}


def test_up_to_ten_are_all_tested() -> None:
    assert sample_of(rooms(4, 6), SETTINGS, MONDAY) == {one.id for one in rooms(4, 6)}


def test_of_eleven_ten_are_tested() -> None:
    assert len(sample_of(rooms(5, 6), SETTINGS, MONDAY)) == 10


def test_of_a_hundred_and_ten_eleven_are_tested_and_not_twelve() -> None:
    assert len(sample_of(rooms(55, 55), SETTINGS, MONDAY)) == 11


def test_more_switches_than_places_in_the_sample_make_it_larger() -> None:
    chosen = sample_of(rooms(*[2] * 30), SETTINGS, MONDAY)
    assert len(chosen) == 30
    assert len(switches_of(chosen, rooms(*[2] * 30))) == 30


@given(
    counts=st.lists(st.integers(1, 40), min_size=1, max_size=25),
    loose=st.integers(0, 15),
    day=st.integers(0, 5000),
    share=st.sampled_from([0.05, 0.1, 0.25, 0.3, 1.0]),
)
def test_size_and_switches_hold_for_every_school(counts: list[int], loose: int, day: int, share: float) -> None:
    of, settings = rooms(*counts, without_port=loose), RoomSampleSettings(share=share)
    night = MONDAY + timedelta(days=day)
    chosen = sample_of(of, settings, night)
    groups = len(counts) + bool(loose)
    wanted = len(of) if len(of) <= 10 else max(10, ceil(round(share * len(of), 6)), groups)
    assert len(chosen) == wanted
    assert chosen <= {one.id for one in of}
    assert switches_of(chosen, of) == switches_of(frozenset(one.id for one in of), of)
    assert sample_of(of, settings, night) == chosen


@given(counts=st.lists(st.integers(1, 12), min_size=1, max_size=8), day=st.integers(0, 3000))
def test_nights_in_a_row_cover_every_room(counts: list[int], day: int) -> None:
    of = rooms(*counts)
    nights = [MONDAY + timedelta(days=day + n) for n in range(2 * max(counts) - 1)]
    assert frozenset().union(*(sample_of(of, SETTINGS, night) for night in nights)) == {one.id for one in of}


def test_weekly_nights_cover_every_room_as_well() -> None:
    of = rooms(14, 28, 7, 21)
    nights = [MONDAY + timedelta(weeks=n) for n in range(60)]
    assert frozenset().union(*(sample_of(of, SETTINGS, night) for night in nights)) == {one.id for one in of}


def test_every_switch_is_represented_by_its_number_of_rooms() -> None:
    of = rooms(60, 30, 10)
    chosen = sample_of(of, SETTINGS, MONDAY)
    assert Counter(id_.partition("-")[0] for id_ in chosen) == {"0": 6, "1": 3, "2": 1}


# ---- the plan --------------------------------------------------------------------------------------------------------


def _load(**declared: Any) -> Any:
    async def load(ctx: Context, target: Any) -> AsyncIterator[Observation]:
        yield ctx.observe(Throughput(streams=1, seconds=1))

    return probe(yields="throughput", on=("place", "uplink"), needs=("responder",), **declared)(load)


def _school() -> Any:
    def room(n: int, kind: str) -> dict[str, Any]:
        return {"id": f"{kind}-{n}", "kind": kind, "responder": "127.0.0.1:5201"}

    places = [room(n, "classroom") for n in range(14)] + [room(n, "office") for n in range(20)]
    places.append({"id": "bare", "kind": "classroom"})
    return campus(place=places, uplink=[{"id": "main", "responder": "127.0.0.1:5201"}])


def test_the_plan_samples_classrooms_only_and_keeps_what_it_leaves_out() -> None:
    load = _load(touch="active", exclusive=True, expected_s=30.0, expected_mb=100.0)
    plan = make_plan(_school(), {"load": load}, night=MONDAY)
    counted = Counter(task.subject.partition("-")[0] for task in plan.tasks)
    assert counted == {"place:classroom": 10, "place:office": 20, "uplink:main": 1}
    assert len(plan.left_out) == 4
    assert {task.subject for task in plan.left_out}.isdisjoint(task.subject for task in plan.tasks)
    assert (plan.expected_s, plan.expected_mb) == (31 * 30.0, 31 * 100.0)


def test_without_a_night_nothing_is_left_out() -> None:
    plan = make_plan(_school(), {"load": _load(touch="active", exclusive=True)})
    assert (len(plan.tasks), plan.left_out) == (35, ())


def test_what_is_only_read_is_read_everywhere() -> None:
    plan = make_plan(_school(), {"load": _load(touch="read")}, night=MONDAY)
    assert (len(plan.tasks), plan.left_out) == (35, ())


def test_the_uplinks_are_tested_before_the_places() -> None:
    plan = make_plan(_school(), {"load": _load(touch="active", exclusive=True)}, night=MONDAY)
    assert [task.subject.partition(":")[0] for task in plan.tasks] == ["uplink"] + 30 * ["place"]
