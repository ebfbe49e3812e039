"""What a finished task is said to have brought: all of it, a part, or nothing, and why."""

from __future__ import annotations

import pytest

from auditor.plan import Task
from auditor.progress import PlainLines
from probes.kinds import FloorPlan
from probes.observation import Reason
from probes.probe import Context
from probes.survey import survey
from probes.text import text
from tests.world import TestWorld, campus

PLAN = FloorPlan(picture="a", media_type="image/png", width_px=1, height_px=1, width_m=1, height_m=1)


@pytest.mark.parametrize(("ok", "failed", "line"), [
    (2, 0, "2 observations"),
    (0, 1, "1 observations; no survey has been there (no survey in surveys)"),
    (7, 2, ("9 observations; 2 of them without a value, the last place:A-302: no survey has been there"
            " (no survey in surveys)")),
])  # fmt: skip
def test_what_failed_in_part_does_not_read_as_lost(
    ok: int, failed: int, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    world = TestWorld(campus())
    task = Task(survey, world.campus.school, 1.0, 0.0)
    ctx, lines = Context(world, survey, world.campus.school), PlainLines(1, "en")
    for number in range(failed):
        sentence = text("no survey in {path}", path="surveys")
        lines.saw(task, ctx.unavailable(Reason.NOT_SURVEYED, sentence, subject=f"place:A-30{number + 1}"))
    for _ in range(ok):
        lines.saw(task, ctx.observe(PLAN, subject="floor:A2"))
    lines.finished(task, ok + failed)
    assert capsys.readouterr().err == f"[1/1] survey campus: {line}\n"
