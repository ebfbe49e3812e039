"""One audit from inventory to bundle: what the command line, the demo and the nightly run all call."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from socket import gethostname

from auditor import attestations, inventory
from auditor.bundle import BundleError, BundleWriter, Header, Planned
from auditor.bundle_reader import Bundle, open_bundle
from auditor.host_keys import host_keys_of
from auditor.lock import alone
from auditor.night import NightGate
from auditor.plan import Plan, make_plan
from auditor.progress import watching
from auditor.recall import recall
from auditor.recall_air import recall_air
from auditor.redact import Redactor
from auditor.resume import spent_mb, unfinished
from auditor.runner import Runner
from auditor.version import VERSION
from auditor.window import Window
from auditor.world import AuditWorld
from probes.campus import Campus
from probes.observation import Observation
from probes.probe import all_probes
from probes.text import Text, text
from probes.transport.known_hosts import KnownHosts
from probes.uplinks.meter import UplinkMeter
from reports.edition import Language
from rules.load import load_rubric, rubric_source
from rules.rubric import Rubric

STOPPED = text("stopped on request; what was measured so far is kept")
"""Why an audit was cut short that was asked to stop."""


@dataclass(frozen=True)
class Brief:
    """What an audit is to do, decided before it starts.

    Attributes:
        known_hosts: the file in which host keys are remembered; ``None`` remembers none.
    """

    campus: Campus
    rubric: Rubric
    rubric_source: bytes
    statements: tuple[attestations.Statement, ...]
    plan: Plan
    known_hosts: Path | None = None
    only: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """How an audit ended.

    Attributes:
        bundle: where it lies.
        cut_short: why it did not come to its end, or ``None``.
        resumed: whether it went on in a bundle of the same night that had been cut short.
    """

    bundle: Path
    cut_short: Text | None
    resumed: bool = False


def prepare(path: Path, only: Iterable[str] = (), *, count_logs: bool = False) -> Brief:
    """Read the inventory and the rubric and make the plan, with tonight's sample of classrooms; touches no network.

    ``count_logs`` has every record of every log counted, whatever the inventory says.

    Raises:
        MistakesError: for the inventory or the rubric, with every mistake.
        PlanError: for a probe that does not exist.
    """
    campus = inventory.load(path)
    campus = inventory.counting_logs(campus) if count_logs else campus
    rubric, chosen = load_rubric(campus.audit.rubric), tuple(only)
    night = Window.of(campus).night(datetime.now(UTC))
    plan = make_plan(campus, all_probes(), only=chosen, night=night)
    # Mistakes in the attestations must show before anything is measured, not after.
    statements = attestations.load(Path(campus.audit.attestations), rubric, datetime.now(UTC), gethostname())
    keys = host_keys_of(path)
    return Brief(campus, rubric, rubric_source(campus.audit.rubric), statements, plan, keys, chosen)


def conduct(brief: Brief, out: Path | None, language: Language, *, night: bool = False) -> Outcome:
    """Carry out a plan into a bundle under ``out`` (the inventory's own place where it is ``None``).

    A full disk, SIGINT and SIGTERM end it early; the bundle keeps what was measured and says what is missing. The
    bundle is a new one, but a measuring night that was cut short, even by a kill, goes on in its own: what came to its
    end is not done again.

    Args:
        brief: what to do.
        out: where bundles go.
        language: of what is said on the way.
        night: obey the night's window, budget and back-off, and go on with what was interrupted.

    Raises:
        BundleError: when not even the bundle's directory can be made.
        LockError: when another measuring night is under way there.
    """
    parent = out or Path(brief.campus.audit.bundles)
    if not night:
        return _carry_out(brief, _new(brief, parent), language)
    with alone(parent / "night.lock", text("another audit --night is at work in {path}; let it finish", path=parent)):
        return _carry_out(brief, _tonight(brief, parent), language)


Grow = Callable[[Sequence[Observation]], Brief]
"""Makes of a search's observations what is to be done next."""


def explore(search: Brief, grow: Grow | None, out: Path, language: Language) -> Outcome:
    """An audit whose inventory is yet to be found: a first plan, then that of the campus that its observations show.

    Both go into one bundle, which is whole after each of them; a search that was cut short leaves one that opens.

    Args:
        search: what finds the campus.
        grow: makes of the observations what is to be done next; ``None`` where the search is all.
        out: where bundles go.
        language: of what is said on the way.

    Raises:
        BundleError: when not even the bundle's directory can be made.
    """
    first = _new(search, out)
    outcome = _carry_out(search, first, language, seal=grow is None)
    if outcome.cut_short is not None or grow is None:
        return outcome
    brief = grow(open_bundle(first.writer.path).observations)
    whole = replace(brief, plan=replace(brief.plan, tasks=(*search.plan.tasks, *brief.plan.tasks)))
    known_hosts = KnownHosts(brief.known_hosts)
    world = AuditWorld(brief.campus, first.writer, first.writer.redactor, known_hosts)
    return _carry_out(whole, replace(first, world=world, plan=brief.plan), language)


@dataclass(frozen=True)
class _Work:
    """A bundle about to be filled: what is left to do, and what is in it already (``None``: not even begun)."""

    writer: BundleWriter
    world: AuditWorld
    header: Header
    plan: Plan
    resumed: Bundle | None = None
    night: date | None = None
    spent_mb: float = 0.0

    def gate(self) -> NightGate | None:
        """What stands before the tests of a measuring night."""
        if self.night is None:
            return None
        loads = UplinkMeter(self.world)
        return NightGate(self.world.campus, loads=loads, note=self.writer.night, spent_mb=self.spent_mb)


def _new(brief: Brief, parent: Path) -> _Work:
    redactor, started_at = Redactor(), datetime.now(UTC)
    writer = BundleWriter.create(parent, started_at, redactor)
    world = AuditWorld(brief.campus, writer, redactor, KnownHosts(brief.known_hosts))
    return _Work(writer, world, _header(brief, writer.path.name, world.vantage, started_at), brief.plan)


def _tonight(brief: Brief, parent: Path) -> _Work:
    """Tonight's bundle: the one that was left unfinished, or a new one."""
    window, now = Window.of(brief.campus), datetime.now(UTC)
    night = window.night(now)
    spent = spent_mb(parent, night)
    sought = _header(brief, "", "", now)
    begun = unfinished(parent, sought, inventory.snapshot(brief.campus), _planned(brief.plan), window.began(now))
    if begun is None:
        return replace(_new(brief, parent), night=night, spent_mb=spent)
    redactor = Redactor()
    writer = BundleWriter.resume(begun.path, redactor)
    world = AuditWorld(brief.campus, writer, redactor, KnownHosts(brief.known_hosts))
    left = tuple(task for task in brief.plan.tasks if Planned(task.probe.name, task.subject) in begun.not_run)
    return _Work(writer, world, begun.header, replace(brief.plan, tasks=left), begun, night, spent)


def _header(brief: Brief, name: str, vantage: str, started_at: datetime) -> Header:
    return Header(
        id=name,
        version=VERSION,
        school=brief.campus.school.name,
        rubric=brief.rubric.rubric.id,
        rubric_sha256=brief.rubric.sha256,
        vantage=vantage,
        started_at=started_at.isoformat(),
        only=brief.only,
    )


def _planned(plan: Plan) -> list[Planned]:
    return [Planned(task.probe.name, task.subject) for task in plan.tasks]


def _carry_out(brief: Brief, work: _Work, language: Language, *, seal: bool = True) -> Outcome:
    writer, cut_short = work.writer, None
    try:
        if work.resumed is None:
            if work.night is not None:
                writer.night({"night": work.night.isoformat()})
            writer.begin(work.header, inventory.snapshot(brief.campus), brief.rubric_source, _planned(brief.plan))
        _attest(brief, work)
        with watching(work.plan, language) as watcher:
            cut_short = asyncio.run(_until_signal(Runner(work.plan, work.world, writer, watcher, work.gate())))
        if cut_short is None and seal:
            recall(writer, brief.campus, brief.plan, datetime.now(UTC))
            recall_air(writer, brief.campus, brief.plan, datetime.now(UTC))
            writer.finish(datetime.now(UTC))
    except BundleError as error:
        cut_short = error.text
    if cut_short is not None:
        writer.close()
    return Outcome(writer.path, cut_short, resumed=work.resumed is not None)


def _attest(brief: Brief, work: _Work) -> None:
    """Put what people vouch for beside what is measured, documents included; not twice into the same bundle."""
    there = [_statement(one) for one in work.resumed.observations] if work.resumed is not None else []
    for statement in brief.statements:
        for document in statement.documents:
            work.writer.attach(document.path, document.sha256)
        if _statement(statement.observation) not in there:
            work.writer.append(statement.observation)


def _statement(one: Observation) -> object:
    """What is said, whenever it was."""
    return one.kind, one.subject, one.status, one.reason, one.detail, one.value


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
        return STOPPED
    return None
