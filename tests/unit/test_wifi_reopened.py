"""A survey holds for a year, and no longer than the access points of its place: judged by what a bundle holds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from probes.kinds import KINDS
from probes.observation import Method, Observation, Reason, Status
from rules.assessment import Verdict
from rules.judge import judge
from rules.load import load_rubric
from tests.world import campus

RUBRIC = load_rubric("jiangsu-2018")
WALKED = datetime(2026, 9, 1, 2, 0, tzinfo=UTC)
TONIGHT = datetime(2026, 11, 25, 18, 0, tzinfo=UTC)


def seen(kind: str, at: datetime, subject: str = "place:A-301", **value: Any) -> Observation:
    return Observation(
        kind=kind, subject=subject, status=Status.OK, taken_at=at, duration_s=1.0, probe="test", vantage="here",
        method=Method.READ if kind.startswith("access_point") else Method.MEASURED,
        value=KINDS[kind].model_validate(value),
    ).sealed()  # fmt: skip


def walk(dbm: float = -50.0, place: str = "place:A-301") -> list[Observation]:
    found = []
    for point in (1, 2, 3):
        at = WALKED + timedelta(minutes=point)
        found.append(seen("survey_point", at, place, survey="w", point=point, scans=5, own_scans=5))
        radio = {"ssid": "a", "bssid": "b", "band_ghz": "5", "channel": 36, "rssi_dbm": dbm, "own": True}
        found += [seen("radio", at, place, **radio, survey="w", point=point, scan=scan) for scan in range(1, 6)]
    return found


def hanging(at: datetime, *, online: bool, place: str | None = "A-301", name: str = "AP-7") -> Observation:
    return seen("access_point", at, f"ap:{name}", controller="ac-1", online=online, place=place)


MANY = [hanging(TONIGHT, online=True, place=None, name=f"AP-1{n:02}") for n in range(18)]
"""Enough that are online elsewhere for one more or less not to matter."""


def counted(at: datetime = TONIGHT, controller: str = "ac-1", **value: int) -> Observation:
    return seen("access_point_count", at, controller, **value)


def verdict(observations: list[Observation], now: datetime = TONIGHT, **tables: Any) -> Verdict:
    rooms = [{"id": "A-301", "kind": "classroom"}, {"id": "A-302", "kind": "classroom", "wifi": False}]
    (member,) = judged(observations, now, **{"place": rooms, **tables})
    return member


def judged(observations: list[Observation], now: datetime = TONIGHT, **tables: Any) -> Sequence[Verdict]:
    """What 1.1.2 says of each place."""
    found = judge(RUBRIC, observations, campus(**tables), now)
    (finding,) = (one for one in found.findings if one.indicator.id == "1.1.2")
    return finding.parts[0].verdicts


@pytest.mark.parametrize(("beside", "truth"), [
    ([], "true"),
    ([hanging(TONIGHT, online=True)], "true"),
    ([hanging(TONIGHT, online=False)], "unknown"),
    ([*MANY, hanging(TONIGHT, online=False, place="A-302")], "true"),
    ([*MANY, hanging(TONIGHT, online=False, place=None)], "true"),
    ([hanging(WALKED - timedelta(days=1), online=False)], "true"),  # it was down before, and the walk did without it
    ([hanging(TONIGHT - timedelta(days=1), online=False), hanging(TONIGHT, online=True)], "true"),  # back again
    ([hanging(TONIGHT, online=True), hanging(TONIGHT, online=False, name="AP-8")], "unknown"),
])  # fmt: skip
def test_a_fallen_access_point_reopens_its_place(beside: list[Observation], truth: str) -> None:
    found = verdict([*walk(), *beside])
    assert found.truth.value == truth
    if truth == "unknown":
        assert "is offline: bring it back, or take it out of its controller" in str(found.shown)
        assert beside[-1].id in found.observations


def test_one_access_point_of_two_places_reopens_both() -> None:
    rooms = [{"id": id_, "kind": "classroom", "access_points": ["AP-7"]} for id_ in ("A-301", "A-302")]
    both = [*walk(), *walk(place="place:A-302"), *MANY]
    for online, truth in ((True, "true"), (False, "unknown")):
        found = judged([*both, hanging(TONIGHT, online=online, place=None)], place=rooms)
        assert [one.truth.value for one in found] == [truth, truth]


UNCLEAR = Observation(
    kind="access_point", subject="ap:AP-7", status=Status.UNAVAILABLE, reason=Reason.UNEXPECTED_ANSWER,
    taken_at=TONIGHT, duration_s=1.0, probe="access_points", vantage="here", method=Method.READ, value=None,
).sealed()  # fmt: skip
EMPTY = Observation(
    kind="access_point", subject="ac-1", status=Status.UNAVAILABLE, reason=Reason.EMPTY, taken_at=TONIGHT,
    duration_s=1.0, probe="access_points", vantage="here", method=Method.MEASURED, value=None,
).sealed()  # fmt: skip
NAMED = [{"id": "A-301", "kind": "classroom", "access_points": ["AP-7", "AP-8"]}]
AC = {"role": "wireless-controller", "address": "192.0.2.9", "snmp": {"credential": "ro"}}
ONE_AC = {"credential": [{"id": "ro", "kind": "snmp-v2c", "community": "env:X"}], "device": [{"id": "ac-1", **AC}]}
TWO_ACS = {**ONE_AC, "device": [{"id": "ac-1", **AC}, {"id": "ac-2", **AC, "address": "192.0.2.10"}]}
BOTH = [hanging(TONIGHT, online=True), hanging(TONIGHT, online=True, name="AP-8")]


@pytest.mark.parametrize(("beside", "tables", "truth"), [
    # The inventory names the access points of the place, and the controller lists only those that are online.
    ([*MANY, *BOTH], {**ONE_AC, "place": NAMED}, "true"),
    ([*MANY, BOTH[0]], {**ONE_AC, "place": NAMED}, "unknown"),
    # It is listed, and only its state is not told.
    ([*MANY, BOTH[1], UNCLEAR], {**ONE_AC, "place": NAMED}, "true"),
    # It may be with a controller that was not asked, or not since the walk, or that did not list all of them.
    ([*MANY, BOTH[0]], {"place": NAMED}, "true"),
    ([*MANY, BOTH[0]], {**TWO_ACS, "place": NAMED}, "true"),
    ([hanging(WALKED - timedelta(days=1), online=True)], {**ONE_AC, "place": NAMED}, "true"),
    ([*MANY, BOTH[0], counted(online=25, listed=19)], {**ONE_AC, "place": NAMED}, "true"),
    ([*MANY, BOTH[0], counted(online=19, listed=19)], {**ONE_AC, "place": NAMED}, "unknown"),
    # An earlier list, brought from another bundle, had it in the place; the newest list of its controller has not.
    ([*MANY, hanging(TONIGHT - timedelta(days=1), online=True)], {}, "unknown"),
    ([*MANY, hanging(TONIGHT - timedelta(minutes=9), online=True)], {}, "true"),
    ([hanging(TONIGHT - timedelta(days=1), online=True)], {}, "true"),  # nothing newer was listed
    # It was taken away after it had fallen; before the walk that mattered nothing.
    ([*MANY, hanging(TONIGHT - timedelta(days=1), online=False)], {}, "unknown"),
    ([*MANY, hanging(WALKED - timedelta(days=1), online=False)], {}, "true"),
    # A list without a single access point is a list as well.
    ([hanging(TONIGHT - timedelta(days=1), online=True), EMPTY], {}, "unknown"),
    ([EMPTY], {**ONE_AC, "place": NAMED}, "unknown"),
])  # fmt: skip
def test_an_access_point_that_is_listed_no_more_reopens_its_place(
    beside: list[Observation], tables: dict[str, Any], truth: str
) -> None:
    found = verdict([*walk(), *beside], **tables)
    assert found.truth.value == truth
    if truth == "unknown":
        assert "no longer among those that its controller lists" in str(found.shown)


@pytest.mark.parametrize(("beside", "truth"), [
    ([counted(online=90, total=100)], "true"),
    ([counted(online=89, total=100)], "unknown"),
    ([counted(WALKED - timedelta(days=1), online=1, total=100)], "true"),
    ([counted(online=95, total=100), counted(controller="ac-2", online=70, total=100)], "unknown"),
    ([*MANY, *[hanging(TONIGHT, online=False, place=None, name=f"AP-2{n}") for n in range(2)]], "true"),
    ([*MANY, *[hanging(TONIGHT, online=False, place=None, name=f"AP-2{n}") for n in range(3)]], "unknown"),
    # A counter without a total, as of Huawei's, leaves the list to tell.
    ([*MANY, counted(online=18)], "true"),
])  # fmt: skip
def test_too_many_access_points_offline_reopen_every_place(beside: list[Observation], truth: str) -> None:
    found = verdict([*walk(), *beside])
    assert found.truth.value == truth
    if truth == "unknown":
        assert "access points are online now" in str(found.shown)


def test_what_was_weak_stays_weak_whatever_fell() -> None:
    assert verdict([*walk(-80), hanging(TONIGHT, online=False)]).truth.value == "false"


def test_a_survey_ends_after_a_year() -> None:
    assert verdict(walk(), WALKED + timedelta(days=364)).truth.value == "true"
    after = verdict(walk(), WALKED + timedelta(days=367))
    assert after.truth.value == "unknown"
    assert "too long ago" in str(after.shown)
