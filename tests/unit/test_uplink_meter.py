"""How busy an uplink is at this moment: agents that count at once, every 15 s, never, or begin anew."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from auditor.bundle import BundleWriter
from auditor.night import NightGate
from auditor.plan import make_plan
from auditor.progress import Silence
from auditor.redact import Redactor
from auditor.runner import Runner
from probes import interfaces as column
from probes.kinds import Throughput
from probes.observation import Observation, Reason
from probes.probe import Context, probe
from probes.uplinks.counters import Reading
from probes.uplinks.meter import Load, UplinkMeter, Watch
from tests.snmp_agent import Agent, Request, integer, serving, string
from tests.world import TestWorld, campus

MBPS = 125_000  # octets a second
GAUGE, COUNTER32, COUNTER64 = 0x42, 0x41, 0x46
START = 10**12


class Clock:
    """Time that passes only in sleep."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        await asyncio.sleep(0)


class Line(Agent):
    """A gigabit port that carries so many Mbit/s in, as an agent tells that refreshes its counters every so often."""

    def __init__(self, clock: Clock, mbps: float, refresh_s: float = 0.0, phase_s: float = 0.0, bits: int = 64) -> None:
        self.clock, self.mbps, self.refresh_s, self.phase_s, self.bits = clock, mbps, refresh_s, phase_s, bits
        self.jump: Callable[[float], int] = lambda _: 0
        super().__init__(
            {
                "1.3.6.1.2.1.1.3.0": integer(1, 0x43),
                f"{column.IF_DESCR}.7": string("GigabitEthernet0/0/24"),
                f"{column.IF_TYPE}.7": integer(6),
                f"{column.IF_OPER}.7": integer(1),
                f"{column.IF_NAME}.7": string("GE0/0/24"),
                f"{column.IF_HIGH_SPEED}.7": integer(1000, GAUGE),
            }
        )

    def answer(self, request: Request) -> bytes | None:
        at = self.clock.now - 1000.0 + self.phase_s
        if self.refresh_s:
            at -= at % self.refresh_s
        octets = int(START + at * self.mbps * MBPS) + self.jump(at)
        columns = (column.IF_HC_IN_OCTETS, column.IF_HC_OUT_OCTETS)
        if self.bits == 32:
            columns, octets = (column.IF_IN_OCTETS, column.IF_OUT_OCTETS), octets % 2**32
        counted = (octets, 77)
        for name, value in zip(columns, counted, strict=True):
            path = tuple(int(part) for part in f"{name}.7".split("."))
            self.values[path] = integer(value, COUNTER64 if self.bits == 64 else COUNTER32)
        self.order = sorted(self.values)
        return super().answer(request)


async def measured(clock: Clock, agent: Agent, *, contract: float | None = None, port: str = "GE0/0/24") -> Load:
    async with serving(agent) as at:
        school = campus(
            credential=[{"id": "ro", "kind": "snmp-v2c", "community": "env:X"}],
            device=[
                {
                    "id": "core",
                    "role": "core-switch",
                    "address": "127.0.0.1",
                    "snmp": {"credential": "ro", "port": at, "timeout_s": 0.5, "retries": 0},
                }
            ],
            uplink=[
                {"id": "main", "port": f"core:{port}", **({"contract_mbps": contract} if contract else {})},
                {"id": "unnamed"},
            ],
        )
        world = TestWorld(school, secrets={"env:X": "public"})
        (load,) = await UplinkMeter(world, clock=clock, sleep=clock.sleep)()
        return load


@pytest.mark.parametrize("mbps", [20, 300, 600, 950])
async def test_an_agent_that_counts_at_once_is_read_in_seconds(mbps: float) -> None:
    clock = Clock()
    load = await measured(clock, Line(clock, mbps))
    assert load.share == pytest.approx(mbps / 1000, rel=0.02)
    assert load.mbps == pytest.approx(mbps, rel=0.02)
    assert clock.now - 1000 <= 6


@pytest.mark.parametrize("phase_s", [0.0, 1.0, 7.5, 13.0, 14.9])
async def test_60_percent_is_seen_through_an_agent_that_refreshes_every_15_s(phase_s: float) -> None:
    clock = Clock()
    load = await measured(clock, Line(clock, 600, refresh_s=15, phase_s=phase_s))
    assert load.share is not None
    assert 0.55 < load.share < 0.65
    assert clock.now - 1000 <= 36


@pytest.mark.parametrize("refresh_s", [5, 10, 15, 30])
@pytest.mark.parametrize("phase_s", [0.0, 3.0, 4.9, 14.0])
async def test_a_line_in_use_never_looks_quiet_and_a_quiet_one_never_busy(refresh_s: float, phase_s: float) -> None:
    clock = Clock()
    in_use = await measured(clock, Line(clock, 620, refresh_s=refresh_s, phase_s=phase_s))
    assert in_use.share is not None
    assert in_use.share > 0.5
    clock = Clock()
    quiet = await measured(clock, Line(clock, 20, refresh_s=refresh_s, phase_s=phase_s))
    assert quiet.share is not None
    assert quiet.share <= 0.5


async def test_the_line_is_no_faster_than_its_contract() -> None:
    clock = Clock()
    load = await measured(clock, Line(clock, 120), contract=200)
    assert load.share == pytest.approx(0.6, rel=0.02)


async def test_32_bit_counters_may_run_over() -> None:
    clock = Clock()
    agent = Line(clock, 600, bits=32)
    agent.jump = lambda _: 2**32 - START % 2**32 - 100_000_000  # runs over in the second second
    load = await measured(clock, agent)
    assert load.share == pytest.approx(0.6, rel=0.02)


async def test_a_device_restarted_meanwhile_is_watched_anew() -> None:
    clock = Clock()
    agent = Line(clock, 600)
    agent.jump = lambda at: -START if at >= 2 else 0
    load = await measured(clock, agent)
    assert load.share == pytest.approx(0.6, rel=0.02)


async def test_counters_that_stand_still_are_not_known_to_be_idle() -> None:
    clock = Clock()
    load = await measured(clock, Line(clock, 0))
    assert (load.share, str(load.unknown)) == (None, "the counters of its port did not move")
    assert clock.now - 1000 <= 36


async def test_a_port_that_is_not_there_is_said() -> None:
    clock = Clock()
    load = await measured(clock, Line(clock, 10), port="GE0/0/99")
    assert (load.share, str(load.unknown)) == (None, "device core has no single port called GE0/0/99")


async def test_a_dead_device_is_said_and_stops_nothing() -> None:
    class Dead(Agent):
        def answer(self, request: Request) -> bytes | None:  # noqa: ARG002  it does not even look
            return None

    load = await measured(Clock(), Dead({}))
    assert load.share is None
    assert "did not answer SNMP" in str(load.unknown)


async def test_a_device_without_snmp_is_said() -> None:
    school = campus(
        device=[{"id": "core", "role": "core-switch", "address": "127.0.0.1"}], uplink=[{"id": "m", "port": "core:1"}]
    )
    (load,) = await UplinkMeter(TestWorld(school))()
    assert str(load.unknown) == "the device of its port has no snmp in the inventory"


def test_counters_of_changing_width_are_never_compared() -> None:
    watch = Watch(1000.0)
    watch.add(0.0, Reading(10**9, 0, 64, 1000.0))
    watch.add(5.0, Reading(5, 0, 32, 1000.0))
    assert (watch.bound_mbps(5.0), watch.exact_mbps()) == (None, None)


async def test_through_the_whole_night_an_uplink_with_60_percent_load_is_left_alone(tmp_path: Path) -> None:
    """The agent, the meter, the gate and the runner together; only the time is made up."""

    async def load(ctx: Context, target: Any) -> AsyncIterator[Observation]:
        tested.append(target.id)
        yield ctx.observe(Throughput(streams=1, seconds=1))

    tested: list[str] = []
    clock, began = Clock(), datetime(2026, 11, 23, 15, tzinfo=UTC)
    busy = Line(clock, 600, refresh_s=15)
    active = probe(yields="throughput", on="place", touch="active", exclusive=True)(load)
    async with serving(busy) as at:
        device = {"id": "core", "role": "core-switch", "address": "127.0.0.1", "snmp": {"credential": "ro", "port": at}}
        school = campus(
            credential=[{"id": "ro", "kind": "snmp-v2c", "community": "env:X"}],
            device=[device],
            uplink=[{"id": "main", "port": "core:GE0/0/24"}],
            place=[{"id": "A-1", "kind": "classroom"}, {"id": "A-2", "kind": "classroom"}],
        )
        world = TestWorld(school, secrets={"env:X": "public"})
        writer = BundleWriter.create(tmp_path, began, Redactor())
        gate = NightGate(
            school,
            loads=UplinkMeter(world, clock=clock, sleep=clock.sleep),
            note=writer.night,
            now=lambda: began + timedelta(seconds=clock.now - 1000),
            sleep=clock.sleep,
        )
        plan = make_plan(school, {"load": active})
        first, second = plan.tasks
        await Runner(replace(plan, tasks=(first,)), world, writer, Silence(), gate).run()
        busy.mbps, busy.phase_s = 60, busy.phase_s + 10 * (clock.now - 1000)
        await Runner(replace(plan, tasks=(second,)), world, writer, Silence(), gate).run()
    lines = (writer.path / "observations.jsonl").read_text().splitlines()
    seen = [Observation.model_validate_json(line) for line in lines]
    assert [(one.subject, one.reason) for one in seen] == [("place:A-1", Reason.LINK_BUSY), ("place:A-2", None)]
    assert "uplink main carried 600.0 Mbit/s, 60 % of what it can" in seen[0].detail
    assert tested == ["A-2"]
