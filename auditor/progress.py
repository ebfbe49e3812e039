"""How an audit goes, on stderr: a live bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from auditor.plan import Plan, Task
from auditor.runner import Watcher
from probes.observation import Observation, Status
from probes.text import text
from reports.edition import Language
from reports.language import say
from reports.wording import detail_of, reason_phrase

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


class PlainLines:
    """One line for each task when it ends; what failed says why."""

    def __init__(self, total: int, language: Language) -> None:
        self._total = total
        self._language = language
        self._done = 0
        self._failures: dict[tuple[str, str], list[Observation]] = defaultdict(list)

    def started(self, task: Task) -> None:
        """Nothing to say yet."""

    def saw(self, task: Task, observation: Observation) -> None:
        """Remember failures, to be told with the task's line."""
        if observation.status is Status.UNAVAILABLE:
            self._failures[task.probe.name, task.subject].append(observation)

    def finished(self, task: Task, observations: int) -> None:
        """Print the task's line."""
        self._done += 1
        failures = self._failures.pop((task.probe.name, task.subject), [])
        self.line(f"[{self._done}/{self._total}] {task_line(task, observations, failures, self._language)}")

    def line(self, words: str) -> None:
        """Print a line to stderr."""
        sys.stderr.write(words + "\n")


class LiveBar(PlainLines):
    """The same lines above a bar."""

    def __init__(self, progress: Progress, bar: TaskID, total: int, language: Language) -> None:
        super().__init__(total, language)
        self._progress = progress
        self._bar = bar

    def started(self, task: Task) -> None:
        """Show what is under way."""
        self._progress.update(self._bar, description=f"{task.probe.name} {task.subject}")

    def finished(self, task: Task, observations: int) -> None:
        """Print the line and move the bar."""
        super().finished(task, observations)
        self._progress.advance(self._bar)

    def line(self, words: str) -> None:
        """Print above the bar; the words are a device's in part, so markup in them stays text."""
        self._progress.console.print(words, markup=False, highlight=False)


def task_line(task: Task, observations: int, failures: Sequence[Observation], language: Language) -> str:
    """What to say of a finished task; where a part failed, how much: the rest is not lost."""
    counted = say(text("{n} observations", n=observations), language)
    line = f"{task.probe.name} {task.subject}: {counted}"
    last = failures[-1] if failures else None
    if last is None or last.reason is None:
        return line
    why = say(reason_phrase(last.reason), language) + (f" ({detail_of(last, language)})" if last.detail else "")
    if len(failures) < observations:
        words = text("{n} of them without a value, the last {subject}", n=len(failures), subject=last.subject)
        return f"{line}; {say(words, language)}: {why}"
    return f"{line}; {why}"


@contextmanager
def watching(plan: Plan, language: Language) -> Iterator[Watcher]:
    """A watcher that suits stderr."""
    total = len(plan.tasks)
    if not sys.stderr.isatty():
        yield PlainLines(total, language)
        return
    from rich.console import Console  # noqa: PLC0415  only on a terminal
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn  # noqa: PLC0415

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        yield LiveBar(progress, progress.add_task("", total=total), total, language)


class Silence:
    """Says nothing."""

    def started(self, task: Task) -> None:
        """Say nothing."""

    def saw(self, task: Task, observation: Observation) -> None:
        """Say nothing."""

    def finished(self, task: Task, observations: int) -> None:
        """Say nothing."""
