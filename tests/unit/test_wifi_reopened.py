"""A survey holds for a year, and no longer than the access points of its place: judged by what a bundle holds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from probes.kinds import KINDS
from probes.observation import Method, Observation, Status
from rules.assessment import Verdict
from rules.judge import judge
from rules.load import load_rubric
from tests.world import campus

WALKED = datetime(2026, 9, 1, 2, 0, tzinfo=UTC)
TONIGHT = datetime(2026, 11, 25, 18, 0, tzinfo=UTC)


def seen(kind: str, at: datetime, subject: str = "place:A-301", **value: Any) -> Observation:
    return Observation(
        kind=kind, subject=subject, status=Status.OK, taken_at=at, duration_s=1.0, probe="test", vantage="here",
        method=Method.READ if kind == "access_point" else Method.MEASURED, value=KINDS[kind].model_validate(value),
    ).sealed()  # fmt: skip


def walk(dbm: float = -50.0) -> list[Observation]:
    found = []
    for point in (1, 2, 3):
        at = WALKED + timedelta(minutes=point)
        found.append(seen("survey_point", at, survey="w", point=point, scans=5, own_scans=5))
        radio = {"ssid": "a", "bssid": "b", "band_ghz": "5", "channel": 36, "rssi_dbm": dbm, "own": True}
        found += [seen("radio", at, **radio, survey="w", point=point, scan=scan) for scan in range(1, 6)]
    return found


def hanging(at: datetime, *, online: bool, place: str | None = "A-301", name: str = "AP-7") -> Observation:
    return seen("access_point", at, f"ap:{name}", controller="ac-1", online=online, place=place)


def verdict(observations: list[Observation], now: datetime = TONIGHT) -> Verdict:
    school = campus(place=[{"id": "A-301", "kind": "classroom"}, {"id": "A-302", "kind": "classroom", "wifi": False}])
    found = judge(load_rubric("jiangsu-2018"), observations, school, now)
    (finding,) = (one for one in found.findings if one.indicator.id == "1.1.2")
    (member,) = finding.parts[0].verdicts
    return member


@pytest.mark.parametrize(("beside", "truth"), [
    ([], "true"),
    ([hanging(TONIGHT, online=True)], "true"),
    ([hanging(TONIGHT, online=False)], "unknown"),
    ([hanging(TONIGHT, online=False, place="A-302")], "true"),
    ([hanging(TONIGHT, online=False, place=None)], "true"),
    ([hanging(WALKED - timedelta(days=1), online=False)], "true"),  # it was down before, and the walk did without it
    ([hanging(TONIGHT - timedelta(days=1), online=False), hanging(TONIGHT, online=True)], "true"),  # back again
    ([hanging(TONIGHT, online=True), hanging(TONIGHT, online=False, name="AP-8")], "unknown"),
])  # fmt: skip
def test_a_fallen_access_point_reopens_its_place(beside: list[Observation], truth: str) -> None:
    found = verdict([*walk(), *beside])
    assert found.truth.value == truth
    if truth == "unknown":
        assert "is offline: bring it back, or survey again" in str(found.shown)
        assert beside[-1].id in found.observations


def test_what_was_weak_stays_weak_whatever_fell() -> None:
    assert verdict([*walk(-80), hanging(TONIGHT, online=False)]).truth.value == "false"


def test_a_survey_ends_after_a_year() -> None:
    assert verdict(walk(), WALKED + timedelta(days=364)).truth.value == "true"
    after = verdict(walk(), WALKED + timedelta(days=367))
    assert after.truth.value == "unknown"
    assert "too long ago" in str(after.shown)
