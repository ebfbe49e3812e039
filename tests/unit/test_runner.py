"""The runner: limits, the fence, and what is left when things go wrong. Probes are real async functions."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from auditor.bundle import BundleError, BundleWriter, Header, Planned
from auditor.bundle_reader import open_bundle
from auditor.plan import make_plan
from auditor.progress import Silence
from auditor.redact import Redactor
from auditor.runner import Runner
from probes.dialect import parse_dialect
from probes.errors import SecretError, TransportError
from probes.kinds import Port
from probes.observation import Observation, Reason
from probes.probe import Context, Probe, probe
from probes.text import text
from tests.world import TestWorld, campus

AT = datetime(2026, 11, 23, tzinfo=UTC)


def school(n: int = 3, **audit: Any) -> Any:
    devices = [{"id": f"sw-{i}", "role": "access-switch", "address": f"10.0.0.{i}"} for i in range(n)]
    return campus(device=devices, audit=audit)


async def run(tmp_path: Path, school_: Any, *probes: Probe) -> tuple[BundleWriter, list[Observation]]:
    writer = BundleWriter.create(tmp_path, AT, Redactor())
    plan = make_plan(school_, {one.name: one for one in probes})
    tasks = [Planned(task.probe.name, task.subject) for task in plan.tasks]
    writer.begin(Header("b", "0", "s", "r", "0", "v", AT.isoformat()), "{}", b"", tasks)
    await Runner(plan, TestWorld(school_), writer, Silence()).run()
    return writer, list(open_bundle(writer.path).observations)


@probe(yields="port", on="device", touch="read")
async def steady(ctx: Context, device: Any) -> AsyncIterator[Observation]:
    yield ctx.observe(Port(speed_mbps=1000), subject=f"{device.id}:1")


@probe(yields="port", on="device", touch="read")
async def broken(ctx: Context, device: Any) -> AsyncIterator[Observation]:
    yield ctx.observe(Port(speed_mbps=1000), subject=f"{device.id}:1")
    raise KeyError("a bug")


@probe(yields="port", on="device", touch="read", timeout_s=0.05)
async def hanging(ctx: Context, device: Any) -> AsyncIterator[Observation]:
    yield ctx.observe(Port(speed_mbps=1000), subject=f"{device.id}:1")
    await asyncio.sleep(60)


@probe(yields="port", on="device", touch="read")
async def dead(ctx: Context, device: Any) -> AsyncIterator[Observation]:
    raise TransportError(Reason.NO_ANSWER, text("{a} does not answer", a=device.address))
    yield ctx.observe(Port())


@probe(yields="port", on="device", touch="read")
async def secretless(ctx: Context, device: Any) -> AsyncIterator[Observation]:
    raise SecretError(text("env:X is not set"))
    yield ctx.observe(Port())


@probe(yields="port", on="device", touch="read")
async def misspelt(ctx: Context, device: Any) -> AsyncIterator[Observation]:
    del device
    parse_dialect(b'id = "acme"\ntitle = "Acme"\nverbs = ["erase"]\n', "acme.toml")
    yield ctx.observe(Port())


@probe(yields="port", on="device", touch="read")
async def mute(ctx: Context, device: Any) -> AsyncIterator[Observation]:
    if device.id == "nobody":
        yield ctx.observe(Port())


async def test_every_target_is_looked_at(tmp_path: Path) -> None:
    _, found = await run(tmp_path, school(), steady)
    assert sorted(one.subject for one in found) == ["sw-0:1", "sw-1:1", "sw-2:1"]


@pytest.mark.parametrize(
    ("probe_", "reason", "before"),
    [
        (broken, Reason.PROBE_CRASHED, 1),
        (hanging, Reason.TIMEOUT, 1),
        (dead, Reason.NO_ANSWER, 0),
        (secretless, Reason.SECRET_MISSING, 0),
        (misspelt, Reason.DIALECT_FAULTY, 0),
        (mute, Reason.EMPTY, 0),
    ],
)
async def test_a_failing_probe_leaves_a_coded_reason_and_spares_the_rest(
    tmp_path: Path, probe_: Probe, reason: Reason, before: int
) -> None:
    writer, found = await run(tmp_path, school(1), probe_, steady)
    mine = [one for one in found if one.probe == probe_.name]
    assert [one.reason for one in mine] == [None] * before + [reason]
    assert [one.subject for one in found if one.probe == "steady"] == ["sw-0:1"]
    assert open_bundle(writer.path).not_run == ()


async def test_a_mistake_in_a_dialect_file_is_named_with_file_and_line(tmp_path: Path) -> None:
    _, (seen,) = await run(tmp_path, school(1), misspelt)
    assert seen.detail == "acme.toml:3: erase is no verb that only reads; allowed are display, show, get and * show"
    assert seen.raw == ()


async def test_a_crash_keeps_its_traceback_as_evidence(tmp_path: Path) -> None:
    world = TestWorld(school(1))
    writer = BundleWriter.create(tmp_path, AT, Redactor())
    plan = make_plan(world.campus, {"broken": broken})
    await Runner(plan, world, writer, Silence()).run()
    (trace,) = world.kept.values()
    assert b"KeyError: 'a bug'" in trace


async def test_limits_per_device_and_overall_hold(tmp_path: Path) -> None:
    running: dict[str, int] = {}
    peak: dict[str, int] = {"overall": 0}

    async def look(ctx: Context, device: Any) -> AsyncIterator[Observation]:
        running[device.address] = running.get(device.address, 0) + 1
        peak["overall"] = max(peak["overall"], sum(running.values()))
        peak[device.address] = max(peak.get(device.address, 0), running[device.address])
        await asyncio.sleep(0.01)
        running[device.address] -= 1
        yield ctx.observe(Port())

    probes = []
    for n in range(4):
        look.__name__ = f"look{n}"
        probes.append(probe(yields="port", on="device", touch="read")(look))
    await run(tmp_path, school(3, parallel=5, per_device=2), *probes)
    assert peak["overall"] == 5
    assert {value for key, value in peak.items() if key != "overall"} == {2}


async def test_an_exclusive_probe_runs_with_nothing_else_under_way(tmp_path: Path) -> None:
    at_work: list[str] = []
    seen_together: list[int] = []

    async def busy(ctx: Context, device: Any) -> AsyncIterator[Observation]:
        at_work.append("x")
        seen_together.append(len(at_work))
        await asyncio.sleep(0.01)
        at_work.pop()
        yield ctx.observe(Port())

    busy.__name__ = "alone"
    alone = probe(yields="port", on="device", touch="active", exclusive=True)(busy)
    await run(tmp_path, school(3), steady, alone)
    assert seen_together == [1, 1, 1]


async def test_cancelled_in_the_middle_the_bundle_keeps_what_is_done(tmp_path: Path) -> None:
    async def slow(ctx: Context, device: Any) -> AsyncIterator[Observation]:
        if device.id != "sw-0":
            await asyncio.sleep(60)
        yield ctx.observe(Port(), subject=f"{device.id}:1")

    plan = make_plan(school(3), {"slow": probe(yields="port", on="device", touch="read")(slow)})
    writer = BundleWriter.create(tmp_path, AT, Redactor())
    tasks = [Planned(task.probe.name, task.subject) for task in plan.tasks]
    writer.begin(Header("b", "0", "s", "r", "0", "v", AT.isoformat()), "{}", b"", tasks)
    work = asyncio.create_task(Runner(plan, TestWorld(school(3)), writer, Silence()).run())
    while not (writer.path / "journal.jsonl").exists():
        await asyncio.sleep(0.01)
    work.cancel()
    with suppress(asyncio.CancelledError):
        await work
    bundle = open_bundle(writer.path)
    assert [one.subject for one in bundle.observations] == ["sw-0:1"]
    assert [one.subject for one in bundle.not_run] == ["sw-1", "sw-2"]


async def test_a_full_disk_ends_the_run_with_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full on this system")
    plan = make_plan(school(3), {"steady": steady})
    writer = BundleWriter.create(tmp_path, AT, Redactor())
    (writer.path / "observations.jsonl").symlink_to("/dev/full")
    with pytest.raises(BundleError, match="the disk is full"):
        await Runner(plan, TestWorld(school(3)), writer, Silence()).run()


async def test_the_journal_says_what_each_task_took(tmp_path: Path) -> None:
    writer, _ = await run(tmp_path, school(1), steady)
    (line,) = (writer.path / "journal.jsonl").read_text().splitlines()
    found = json.loads(line)
    assert (found["probe"], found["subject"], found["observations"]) == ("steady", "sw-0", 1)
