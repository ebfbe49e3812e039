"""Runs a plan: side by side where that is polite, alone where it must be, and with a fence around every probe."""

from __future__ import annotations

import asyncio
import traceback
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from dataclasses import dataclass
from time import monotonic
from typing import Protocol

from auditor.bundle import BundleError, BundleWriter, Planned
from auditor.plan import Plan, Task
from probes.dialect import DialectError
from probes.errors import SecretError
from probes.observation import Observation, Reason
from probes.probe import Context, World
from probes.text import Text, text


class Watcher(Protocol):
    """Is told how the audit goes; the runner knows no terminal."""

    def started(self, task: Task) -> None:
        """A task begins."""

    def saw(self, task: Task, observation: Observation) -> None:
        """An observation is on disk."""

    def finished(self, task: Task, observations: int) -> None:
        """A task came to its end."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a task must not be done now."""

    reason: Reason
    text: Text


class Gate(Protocol):
    """Is asked before each task whether it may be done, which may take its time, and told what came of it."""

    async def why_not(self, task: Task) -> Refusal | None:
        """The reason against it, or ``None``."""

    def saw(self, task: Task, observation: Observation) -> None:
        """Take note of an observation by a task that was let through."""


class Runner:
    """Carries out one plan into one bundle.

    Failures of a probe become observations; only a bundle that cannot be written (``BundleError``) or a cancellation
    ends the run, and either leaves everything measured so far on disk.
    """

    def __init__(
        self, plan: Plan, world: World, writer: BundleWriter, watcher: Watcher, gate: Gate | None = None
    ) -> None:
        self._plan = plan
        self._world = world
        self._writer = writer
        self._watcher = watcher
        self._gate = gate
        self._everywhere = asyncio.Semaphore(plan.parallel)
        per_device = world.campus.audit.per_device
        self._at_once: dict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(per_device))

    async def run(self) -> None:
        """Run the tasks that may run together, then the others one by one."""
        # Probes put blocking work into threads; asyncio's own pool has only a few more than the machine has cores.
        threads = ThreadPoolExecutor(self._plan.parallel, thread_name_prefix="probe")
        asyncio.get_running_loop().set_default_executor(threads)
        try:
            async with asyncio.TaskGroup() as group:
                for task in self._plan.tasks:
                    if not task.probe.exclusive:
                        group.create_task(self._limited(task))
        except* (BundleError, BrokenPipeError) as errors:
            # One disk is full, or one reader gone, for all of them: one sentence is enough.
            raise errors.exceptions[0] from None
        for task in self._plan.tasks:
            if task.probe.exclusive:
                await self._limited(task)

    async def _limited(self, task: Task) -> None:
        async with self._at_once[task.busy], self._everywhere:
            await self._fenced(task)

    async def _fenced(self, task: Task) -> None:
        """One task: whatever its probe does, there is at least one observation afterwards."""
        self._watcher.started(task)
        began, count = monotonic(), 0
        ctx = Context(self._world, task.probe, task.target)
        limit = task.probe.timeout_s(self._world.campus)
        failure: Observation | None = None
        try:
            refusal = await self._gate.why_not(task) if self._gate is not None else None
            if refusal is not None:
                failure = ctx.unavailable(refusal.reason, refusal.text)
            else:
                async with asyncio.timeout(limit), aclosing(task.probe(self._world, task.target)) as seen:
                    async for observation in seen:
                        self._note(task, observation)
                        if self._gate is not None:
                            self._gate.saw(task, observation)
                        count += 1
        except TimeoutError:
            failure = ctx.unavailable(Reason.TIMEOUT, text("gave up after {seconds} s", seconds=f"{limit:g}"))
        except (SecretError, DialectError) as error:
            reason = Reason.SECRET_MISSING if isinstance(error, SecretError) else Reason.DIALECT_FAULTY
            failure = ctx.unavailable(reason, error.text)
        except (BundleError, BrokenPipeError):
            raise
        except Exception as error:  # noqa: BLE001  the one fence: a fault in a probe must not end the audit
            trace = self._world.keep(traceback.format_exc().encode())
            failure = ctx.unavailable(Reason.PROBE_CRASHED, f"{type(error).__name__}: {error}", raw=(trace,))
        if failure is None and count == 0:
            failure = ctx.unavailable(Reason.EMPTY, text("the probe had nothing to say"))
        if failure is not None:
            self._note(task, failure)
            count += 1
        self._writer.done(Planned(task.probe.name, task.subject), count, monotonic() - began)
        self._watcher.finished(task, count)

    def _note(self, task: Task, observation: Observation) -> None:
        self._watcher.saw(task, self._writer.append(observation))
