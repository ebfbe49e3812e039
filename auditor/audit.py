"""One audit from inventory to bundle: what the command line, the demo and the nightly run all call."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from auditor import attestations, inventory
from auditor.bundle import BundleError, BundleWriter, Header, Planned
from auditor.plan import Plan, make_plan
from auditor.progress import watching
from auditor.redact import Redactor
from auditor.runner import Runner
from auditor.version import VERSION
from auditor.world import AuditWorld
from probes.campus import Campus
from probes.probe import all_probes
from probes.text import Text, text
from reports.edition import Language
from rules.load import load_rubric, rubric_source
from rules.rubric import Rubric


@dataclass(frozen=True)
class Brief:
    """What an audit is to do, decided before it starts."""

    campus: Campus
    rubric: Rubric
    rubric_source: bytes
    plan: Plan


@dataclass(frozen=True)
class Outcome:
    """How an audit ended; ``cut_short`` says why it did not come to its end."""

    bundle: Path
    cut_short: Text | None


def prepare(path: Path, only: Iterable[str] = ()) -> Brief:
    """Read the inventory and the rubric and make the plan; touches no network.

    Raises:
        MistakesError: for the inventory or the rubric, with every mistake.
        PlanError: for a probe that does not exist.
    """
    campus = inventory.load(path)
    rubric = load_rubric(campus.audit.rubric)
    return Brief(campus, rubric, rubric_source(campus.audit.rubric), make_plan(campus, all_probes(), only=only))


def conduct(brief: Brief, out: Path | None, language: Language, *, quiet: bool = False) -> Outcome:
    """Carry out a plan into a new bundle under ``out`` (the inventory's own place where it is ``None``).

    A full disk, SIGINT and SIGTERM end it early; the bundle keeps what was measured and says what is missing.

    Raises:
        BundleError: when not even the bundle's directory can be made.
    """
    campus = brief.campus
    redactor = Redactor()
    started_at = datetime.now(UTC)
    writer = BundleWriter.create(out or Path(campus.audit.bundles), started_at, redactor)
    world = AuditWorld(campus, writer, redactor)
    header = Header(
        id=writer.path.name,
        version=VERSION,
        school=campus.school.name,
        rubric=brief.rubric.rubric.id,
        rubric_sha256=brief.rubric.sha256,
        vantage=world.vantage,
        started_at=started_at.isoformat(),
    )
    cut_short: Text | None = None
    try:
        plan = (Planned(task.probe.name, task.subject) for task in brief.plan.tasks)
        writer.begin(header, inventory.snapshot(campus), brief.rubric_source, plan)
        _attest(brief, writer, world)
        with watching(brief.plan, language, quiet=quiet) as watcher:
            cut_short = asyncio.run(_until_signal(Runner(brief.plan, world, writer, watcher)))
    except BundleError as error:
        cut_short = error.text
    if cut_short is None:
        writer.finish(datetime.now(UTC))
    else:
        writer.close()
    return Outcome(writer.path, cut_short)


def _attest(brief: Brief, writer: BundleWriter, world: AuditWorld) -> None:
    """Put what people vouch for beside what is measured, documents included."""
    path = Path(brief.campus.audit.attestations)
    for statement in attestations.load(path, brief.rubric, world.now(), world.vantage):
        for document in statement.documents:
            writer.attach(document.path, document.sha256)
        writer.append(statement.observation)


async def _until_signal(runner: Runner) -> Text | None:
    """Run until done, or until SIGINT or SIGTERM asks to stop; returns why it was cut short."""
    work = asyncio.ensure_future(runner.run())
    loop = asyncio.get_running_loop()
    stopped = False

    def stop() -> None:
        nonlocal stopped
        stopped = True
        work.cancel()

    for signum in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(signum, stop)
        except (NotImplementedError, RuntimeError):
            # Windows has no signal handlers in the loop: there Ctrl-C arrives as KeyboardInterrupt, which
            # asyncio.run turns into a cancellation of this very task.
            break
    try:
        await work
    except asyncio.CancelledError:
        if not stopped:
            raise
        return text("stopped on request; what was measured so far is kept")
    return None
