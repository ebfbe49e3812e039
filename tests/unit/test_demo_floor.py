"""The demo's floor goes the way of every other: probes read plan and survey, and the map decides most of it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from auditor.demo import floor
from auditor.demo.air import SSIDS
from auditor.demo.school import ROOMS, SCHOOL
from auditor.demo.walk import write_survey
from probes.campus import Campus
from probes.floor_plans import floor_plans
from probes.kinds import FloorPlan
from probes.survey import survey
from rules.load import load_rubric
from rules.wifi import asked_by
from rules.wifi_map.coverage import coverage_maps
from rules.wifi_map.floors import floor_points
from tests.world import TestWorld, campus, look

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


def school(folder: Path) -> Campus:
    write_survey(folder, NOW)
    plan = folder / floor.PLAN
    plan.parent.mkdir()
    plan.write_text(floor.plan_svg(), encoding="utf-8")
    return campus(
        school={"name": SCHOOL, "stages": ["junior"]},
        wifi={"ssids": list(SSIDS), "security": {SSIDS[0]: "enterprise", SSIDS[1]: "personal"},
              "surveys": str(folder / "surveys")},
        place=[{"id": one.id, "kind": one.kind, "name": one.name, "building": one.building, "wifi": one.wifi}
               for one in ROOMS],
        floor=[floor.entry() | {"plan": str(plan)}],
    )  # fmt: skip


async def test_its_plan_is_accepted_and_most_of_it_is_decided(tmp_path: Path) -> None:
    given = school(tmp_path)
    world = TestWorld(given, at=NOW)
    plans = await look(floor_plans, world, given.school)
    heard = await look(survey, world, given.school)
    assert [type(one.value) for one in plans] == [FloorPlan]

    (on,) = floor_points(given, [*plans, *heard])
    assert (on.width_m, on.height_m, len(on.readings)) == (floor.WIDTH_M, floor.HEIGHT_M, 36)
    asked = asked_by(load_rubric("jiangsu-2018"))
    assert asked is not None
    best, low, high = coverage_maps(on, given, asked)
    assert (best.band, low.band, high.band) == ("best", "2.4", "5")
    assert best.silent == ()
    assert best.left_out_db is not None
    assert best.left_out_db < 4
    assert best.area.undetermined < 0.4 * best.area.whole
    assert min(best.area.met, high.area.not_met) > 0
