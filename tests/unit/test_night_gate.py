"""The gate of a measuring night: hours, data, and an uplink that is in use is left alone. Clock and line are fakes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from auditor.bundle import BundleWriter
from auditor.bundle_reader import open_bundle
from auditor.night import NightGate
from auditor.plan import make_plan
from auditor.progress import Silence
from auditor.redact import Redactor
from auditor.runner import Refusal, Runner
from probes.kinds import Throughput
from probes.observation import Observation, Reason
from probes.probe import Context, Probe, probe
from probes.text import text
from probes.uplinks.meter import Load
from tests.world import TestWorld, campus

NIGHT = datetime(2026, 11, 23, 15, tzinfo=UTC)  # 23:00 in Shanghai
QUIET = Load("main", 12.0, 0.012)
LOADED = Load("main", 600.0, 0.6)
HIDDEN = Load("spare", unknown=text("no answer"))


def load(touch: Any = "active", *, exclusive: bool = True, mb: float = 1000.0, seconds: float = 30.0) -> Probe:
    async def load(ctx: Context, target: Any) -> AsyncIterator[Observation]:
        yield ctx.observe(Throughput(streams=1, seconds=1))

    return probe(yields="throughput", on="place", touch=touch, exclusive=exclusive, expected_s=seconds, expected_mb=mb)(
        load
    )


class Night:
    """A school, its clock and its line; ``loads`` are what the looks at the line will give, the last for ever."""

    def __init__(
        self, loads: Sequence[Sequence[Load]] = ((QUIET,),), at: datetime = NIGHT, places: int = 1, **night: Any
    ) -> None:
        self.campus = campus(place=[{"id": f"A-{n}", "kind": "office"} for n in range(places)], audit={"night": night})
        self.at = at
        self.loads = list(loads)
        self.looks = 0
        self.slept: list[float] = []
        self.events: list[Mapping[str, Any]] = []

    def gate(self, spent_mb: float = 0.0) -> NightGate:
        return NightGate(
            self.campus,
            loads=self.look,
            note=self.events.append,
            spent_mb=spent_mb,
            now=lambda: self.at,
            sleep=self.sleep,
        )

    async def look(self) -> Sequence[Load]:
        self.looks += 1
        return self.loads.pop(0) if len(self.loads) > 1 else self.loads[0]

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += timedelta(seconds=seconds)

    async def ask(self, one: Probe, spent_mb: float = 0.0) -> Refusal | None:
        (task, *_) = make_plan(self.campus, {"load": one}).tasks
        return await self.gate(spent_mb).why_not(task)


async def test_a_quiet_line_at_night_may_be_tested() -> None:
    night = Night()
    assert await night.ask(load()) is None
    assert (night.looks, night.slept) == (1, [])
    (event,) = night.events
    assert (event["subject"], event["expected_mb"]) == ("place:A-0", 1000.0)
    assert event["uplinks"] == [{"uplink": "main", "mbps": 12.0, "share": 0.012}]


# ---- back-off --------------------------------------------------------------------------------------------------------


async def test_an_uplink_with_60_percent_load_is_left_alone() -> None:
    night = Night([(LOADED,)])
    refusal = await night.ask(load())
    assert refusal is not None
    assert refusal.reason is Reason.LINK_BUSY
    assert str(refusal.text).startswith("uplink main carried 600.0 Mbit/s, 60 % of what it can, at the last of 3 looks")
    assert (night.looks, night.slept) == (3, [60.0, 60.0])
    assert [event.get("refused") for event in night.events] == ["link_busy"]
    assert "expected_mb" not in night.events[0]


async def test_it_waits_until_the_line_is_quiet() -> None:
    night = Night([(LOADED,), (LOADED,), (QUIET,)])
    assert await night.ask(load()) is None
    assert (night.looks, night.slept) == (3, [60.0, 60.0])


@pytest.mark.parametrize(("share", "busy"), [(0.5, False), (0.501, True)])
async def test_half_of_the_line_is_the_limit_by_default(share: float, busy: bool) -> None:  # noqa: FBT001
    refusal = await Night([(Load("main", 500.0, share),)]).ask(load())
    assert (refusal is not None) is busy


async def test_the_limit_is_the_schools_to_set() -> None:
    assert await Night([(LOADED,)], busy_share=0.7).ask(load()) is None


async def test_one_busy_uplink_of_two_is_enough() -> None:
    refusal = await Night([(QUIET, Load("second", 90.0, 0.9))]).ask(load())
    assert refusal is not None
    assert "uplink second carried 90.0 Mbit/s, 90 %" in str(refusal.text)


async def test_what_cannot_be_read_does_not_block_but_is_said() -> None:
    night = Night([(HIDDEN,)])
    assert await night.ask(load()) is None
    assert night.events[0]["uplinks"] == [{"uplink": "spare", "mbps": None, "share": None, "unknown": "no answer"}]
    refusal = await Night([(LOADED, HIDDEN)]).ask(load())
    assert refusal is not None
    assert str(refusal.text).endswith("; how busy spare is could not be read: no answer")


# ---- hours -----------------------------------------------------------------------------------------------------------


async def test_by_day_nothing_is_tested_and_it_says_when() -> None:
    night = Night(at=datetime(2026, 11, 23, 4, tzinfo=UTC))
    refusal = await night.ask(load())
    assert refusal == Refusal(
        Reason.OUTSIDE_WINDOW, text("it may be done from {when} on (school time)", when="2026-11-23 22:00")
    )
    assert night.looks == 0


async def test_a_test_that_would_reach_into_the_morning_is_not_begun() -> None:
    almost_six = datetime(2026, 11, 23, 21, 59, 40, tzinfo=UTC)
    refusal = await Night(at=almost_six).ask(load(seconds=30))
    assert refusal is not None
    assert refusal.reason is Reason.OUTSIDE_WINDOW
    assert await Night(at=almost_six).ask(load(seconds=20)) is None


async def test_the_window_may_close_while_it_waits_for_the_line() -> None:
    night = Night([(LOADED,), (QUIET,)], at=datetime(2026, 11, 23, 21, 59, tzinfo=UTC))
    refusal = await night.ask(load(seconds=20))
    assert refusal is not None
    assert refusal.reason is Reason.OUTSIDE_WINDOW


@pytest.mark.parametrize("exclusive", [True, False])
async def test_in_exams_no_active_task_is_done(exclusive: bool) -> None:  # noqa: FBT001
    night = Night(blocked=["2026-11-23"])
    refusal = await night.ask(load(exclusive=exclusive))
    assert refusal is not None
    assert refusal.reason is Reason.OUTSIDE_WINDOW
    assert "2026-11-24 22:00" in str(refusal.text)


@pytest.mark.parametrize("touch", ["read", "passive"])
async def test_reading_is_always_allowed(touch: str) -> None:
    assert await Night(blocked=["2026-11-23"]).ask(load(touch)) is None


async def test_light_active_tasks_need_no_window() -> None:
    night = Night([(LOADED,)], at=datetime(2026, 11, 23, 4, tzinfo=UTC))
    assert await night.ask(load(exclusive=False)) is None
    assert (night.looks, night.events) == (0, [])


# ---- data ------------------------------------------------------------------------------------------------------------


async def test_the_budget_counts_every_test_that_was_begun() -> None:
    night = Night(places=4, budget_gb=2.5)
    gate = night.gate()
    tasks = make_plan(night.campus, {"load": load()}).tasks
    answers = [await gate.why_not(task) for task in tasks]
    assert [answer.reason if answer else None for answer in answers] == [
        None, None, Reason.OVER_BUDGET, Reason.OVER_BUDGET,
    ]  # fmt: skip
    assert answers[2] is not None
    assert str(answers[2].text) == "it would move about 1000 MB, and of the night's 2.5 GB 500 MB are left"


async def test_what_a_test_did_move_counts_instead_of_what_it_might_have() -> None:
    night = Night(places=4, budget_gb=2.5)
    gate = night.gate()
    seen = [Throughput(streams=1, seconds=1, moved_mb=400), Throughput(streams=1, seconds=1), None, None]
    allowed = []
    for task, value in zip(make_plan(night.campus, {"load": load()}).tasks, seen, strict=True):
        allowed.append(await gate.why_not(task) is None)
        if value is not None:
            gate.saw(task, Context(TestWorld(night.campus), task.probe, task.target).observe(value))
    assert allowed == [True, True, True, False]  # 400 MB, 1000 MB that it does not tell, 1000 MB
    assert [one["moved_mb"] for one in night.events if "moved_mb" in one] == [400]


async def test_what_the_night_moved_before_counts_as_well() -> None:
    refusal = await Night(budget_gb=2.5).ask(load(), spent_mb=1600.0)
    assert refusal is not None
    assert refusal.reason is Reason.OVER_BUDGET
    assert await Night(budget_gb=2.5).ask(load(), spent_mb=1500.0) is None


# ---- in the runner ---------------------------------------------------------------------------------------------------


async def test_a_refused_test_is_an_unavailable_observation_and_the_rest_goes_on(tmp_path: Path) -> None:
    night = Night([(LOADED,), (LOADED,), (LOADED,), (QUIET,)], places=2)
    writer = BundleWriter.create(tmp_path, NIGHT, Redactor())
    writer.night({"night": "2026-11-23"})
    plan = make_plan(night.campus, {"load": load()})
    await Runner(plan, TestWorld(night.campus), writer, Silence(), night.gate()).run()
    lines = (writer.path / "observations.jsonl").read_text().splitlines()
    seen = [Observation.model_validate_json(line) for line in lines]
    assert [(one.subject, one.reason) for one in seen] == [("place:A-0", Reason.LINK_BUSY), ("place:A-1", None)]
    assert len((writer.path / "journal.jsonl").read_text().splitlines()) == 2


async def test_a_gate_that_breaks_lets_nothing_through(tmp_path: Path) -> None:
    night = Night()

    async def broken() -> Sequence[Load]:
        raise KeyError("a bug")

    night.look = broken  # type: ignore[method-assign]
    writer = BundleWriter.create(tmp_path, NIGHT, Redactor())
    plan = make_plan(night.campus, {"load": load()})
    await Runner(plan, TestWorld(night.campus), writer, Silence(), night.gate()).run()
    (line,) = (writer.path / "observations.jsonl").read_text().splitlines()
    assert Observation.model_validate_json(line).reason is Reason.PROBE_CRASHED
    assert not (writer.path / "night.jsonl").exists()
    with pytest.raises(Exception, match="is no bundle"):
        open_bundle(writer.path)
