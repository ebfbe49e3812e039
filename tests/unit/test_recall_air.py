"""Access points that vanished from their controller's list: known from earlier bundles until they are back."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from auditor.bundle_reader import open_bundle
from auditor.recall_air import recall_air
from probes.campus import Campus
from probes.kinds import AccessPoint
from probes.observation import Method, Observation, Reason, Status
from tests.unit.test_recall import NIGHT, ago, audited, observed, planned, tonight
from tests.world import campus

AC = {"role": "wireless-controller", "snmp": {"credential": "ro"}}


def school() -> Campus:
    return campus(
        credential=[{"id": "ro", "kind": "snmp-v2c", "community": "env:X"}],
        device=[{"id": "ac-1", "address": "192.0.2.1", **AC}, {"id": "ac-2", "address": "192.0.2.2", **AC}],
        place=[
            {"id": "A-301", "kind": "classroom"},
            {"id": "A-302", "kind": "classroom", "access_points": ["AP-C"]},
            {"id": "A-303", "kind": "classroom", "access_points": ["AP-C"]},
        ],
    )


def listed(days: float, *names: str, controller: str = "ac-1", place: str | None = "A-301") -> list[Observation]:
    return [
        observed(ago(days), "access_point", f"ap:{name}", controller=controller, online=True, place=place)
        for name in names
    ]


def walked(days: float, place: str = "A-301") -> Observation:
    return observed(ago(days), "survey_point", f"place:{place}", survey="w", point=1, scans=5, own_scans=5)


def night(parent: Path, days: float, *seen: Observation, only: str = "access_points") -> list[str]:
    """Audit a night, and tell what it brought from earlier ones."""
    writer = tonight(parent, NIGHT - timedelta(days=days), *seen)
    number = recall_air(writer, school(), planned(school(), only), NIGHT - timedelta(days=days))
    writer.finish(NIGHT - timedelta(days=days) + timedelta(minutes=1))
    bundle = open_bundle(writer.path)
    assert not bundle.problems
    assert len(bundle.recalled) == number
    return sorted(
        one.subject for one in bundle.observations if one.id in bundle.recalled and isinstance(one.value, AccessPoint)
    )


def test_what_a_list_lacks_is_brought_until_it_is_back(tmp_path: Path) -> None:
    assert night(tmp_path, 5, *listed(5, "AP-1", "AP-2", "AP-3")) == []
    assert night(tmp_path, 4, *listed(4, "AP-1", "AP-3")) == ["ap:AP-2"]
    assert night(tmp_path, 3, *listed(3, "AP-1")) == ["ap:AP-2", "ap:AP-3"]
    # Tonight's controller was not reached: nothing is known of its list, and nothing is forgotten.
    assert night(tmp_path, 2, *listed(2, "AP-9", controller="ac-2")) == []
    assert night(tmp_path, 1, *listed(1, "AP-1", "AP-3")) == ["ap:AP-2"]
    assert night(tmp_path, 0, *listed(0, "AP-1", "AP-2", "AP-3")) == []


def test_a_place_that_was_surveyed_without_it_needs_it_no_more(tmp_path: Path) -> None:
    night(tmp_path, 5, *listed(5, "AP-1", "AP-2"))
    assert night(tmp_path, 4, *listed(4, "AP-1"), walked(9)) == ["ap:AP-2"]
    assert night(tmp_path, 3, *listed(3, "AP-1"), walked(9)) == ["ap:AP-2"]
    assert night(tmp_path, 2, *listed(2, "AP-1"), walked(2.5)) == []
    assert night(tmp_path, 1, *listed(1, "AP-1"), walked(2.5)) == []


def test_one_of_a_corridor_is_done_without_when_all_its_rooms_were_surveyed(tmp_path: Path) -> None:
    night(tmp_path, 5, *listed(5, "AP-1", "AP-C", place=None))
    for days in (4, 3):
        assert night(tmp_path, days, *listed(days, "AP-1")) == ["ap:AP-C"]
    assert night(tmp_path, 2, *listed(2, "AP-1"), walked(2.5, "A-302")) == ["ap:AP-C"]
    assert night(tmp_path, 1, *listed(1, "AP-1"), walked(1.5, "A-302"), walked(1.5, "A-303")) == []


def test_of_a_walk_in_the_very_night_nobody_knows_whether_it_was_there(tmp_path: Path) -> None:
    night(tmp_path, 2, *listed(2, "AP-1", "AP-2"))
    assert night(tmp_path, 1, *listed(1, "AP-1"), walked(1.5)) == ["ap:AP-2"]
    assert night(tmp_path, 0, *listed(0, "AP-1"), walked(1.5)) == ["ap:AP-2"]


def test_a_list_without_a_single_one_lacks_all_of_them(tmp_path: Path) -> None:
    night(tmp_path, 2, *listed(2, "AP-1", "AP-2"))
    nothing = Observation(
        kind="access_point", subject="ac-1", status=Status.UNAVAILABLE, reason=Reason.EMPTY, taken_at=ago(1),
        duration_s=1.0, probe="access_points", vantage="here", method=Method.MEASURED, value=None,
    ).sealed()  # fmt: skip
    assert night(tmp_path, 1, nothing) == ["ap:AP-1", "ap:AP-2"]
    assert night(tmp_path, 0, *listed(0, "AP-1")) == ["ap:AP-2"]


def test_only_where_lists_were_asked_for_and_only_of_this_school(tmp_path: Path) -> None:
    audited(tmp_path, ago(2), *listed(2, "AP-1", "AP-2"), name="别的学校")
    assert night(tmp_path, 1, *listed(1, "AP-1")) == []
    assert night(tmp_path, 0, *listed(0, "AP-3"), only="survey") == []
