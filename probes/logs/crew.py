"""The files of a large store, read by several processes at once: counting lines keeps one core busy.

Each helper is this program's own Python with a ``Scanner`` of its own. It is told a file at a time over its standard
input, answers with the reports, and ends when that is closed. This process reads as well, and does all of it alone
where a helper cannot be started, dies, or would not pay. Memory is that of one ``Scanner`` more for each helper.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from threading import Condition, Thread
from typing import BinaryIO, cast

from probes.logs.archive import PACKED
from probes.logs.scan import FileReport, Scanner, StoppedError
from probes.logs.stamps import Forms
from probes.logs.tree import LogFile, is_local, no_longer_there

MOST_HELPERS = 3
WORTH = 400_000_000
"""Bytes of text below which a helper would not be started before all is read."""

_PATIENCE_S = 0.2
_TEXT_OF_PACKED = 8
_BEGIN = (
    "import pickle, signal, sys; signal.signal(signal.SIGINT, signal.SIG_IGN); "
    "sys.path[:] = pickle.load(sys.stdin.buffer); from probes.logs.crew import help_out; help_out()"
)


def scan_all(scanner: Scanner, files: Sequence[LogFile], stopped: Callable[[], bool]) -> list[list[FileReport]]:
    """The reports of each file, in the order of the files; an empty list for one that is gone.

    Raises:
        StoppedError: ``stopped`` said so; the helpers have ended then.
    """
    work = _Work(scanner, files, stopped)
    with _helpers(scanner, _helpers_for(files)) as helpers:
        threads = [Thread(target=_keep_busy, args=(helper, work), daemon=True) for helper in helpers]
        for thread in threads:
            thread.start()
        while (number := work.take()) is not None:
            work.done(number, scanner.scan(files[number]))
        for number in work.left_behind():
            work.done(number, scanner.scan(files[number]))
    return work.results


def _helpers_for(files: Sequence[LogFile]) -> int:
    local = [file for file in files if is_local(file)]
    text = sum(file.size * (_TEXT_OF_PACKED if file.name.lower().endswith((*PACKED, ".zip")) else 1) for file in local)
    if text < WORTH or not sys.executable or getattr(sys, "frozen", False):
        return 0
    return min(_cores() - 1, MOST_HELPERS, len(local) - 1)


def _cores() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on Windows and macOS
        return os.cpu_count() or 1


class _Work:
    """The files that nobody has taken yet. The first of a directory is read before its others: it shows their forms."""

    def __init__(self, scanner: Scanner, files: Sequence[LogFile], stopped: Callable[[], bool]) -> None:
        self.scanner = scanner
        self.files = files
        self._stopped = stopped
        self.results: list[list[FileReport]] = [[] for _ in files]
        self._waiting: deque[int] = deque()
        self._behind: dict[str, list[int]] = {}
        self._open: set[int] = set()
        self._left: list[int] = []
        self._changed = Condition()
        for number, file in enumerate(files):
            directory = file.name.rpartition("/")[0]
            if directory in self._behind:
                self._behind[directory].append(number)
            else:
                self._behind[directory] = []
                self._waiting.append(number)

    def take(self) -> int | None:
        """A file to read, waited for if there may be one soon; ``None`` when there is none any more."""
        with self._changed:
            self._wait_for(lambda: bool(self._waiting) or not any(self._behind.values()))
            if not self._waiting:
                return None
            number = self._waiting.popleft()
            self._open.add(number)
            return number

    def _wait_for(self, what: Callable[[], bool]) -> None:
        while not self._changed.wait_for(what, _PATIENCE_S):
            if self._stopped():
                raise StoppedError

    def done(self, number: int, reports: list[FileReport]) -> None:
        """Note what a file holds."""
        with self._changed:
            self.results[number] = reports
            self._close(number)

    def give_back(self, number: int) -> None:
        """Note that a helper could not read a file."""
        with self._changed:
            self._left.append(number)
            self._close(number)

    def left_behind(self) -> list[int]:
        """The files that were given back, when nobody is reading any more."""
        with self._changed:
            self._wait_for(lambda: not self._open)
            return self._left

    def _close(self, number: int) -> None:
        self._open.discard(number)
        directory = self.files[number].name.rpartition("/")[0]
        self._waiting.extend(self._behind.get(directory, ()))
        self._behind[directory] = []
        self._changed.notify_all()


@dataclass(frozen=True)
class _Task:
    """A file for a helper, with the loose forms that its directory uses."""

    file: LogFile
    forms: Forms


@dataclass(frozen=True)
class _Answer:
    reports: list[FileReport]
    forms: Forms


class _Helper:
    """A process that reads files for this one."""

    def __init__(self, scanner: Scanner) -> None:
        command = [sys.executable, "-c", _BEGIN]
        quiet = subprocess.DEVNULL
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=quiet)  # noqa: S603  our own
        self._tell(sys.path)
        self._tell(scanner.settings)

    def read(self, task: _Task) -> _Answer | None:
        """What a file holds; ``None`` where the helper has ended."""
        self._tell(task)
        try:
            answer: _Answer = pickle.load(cast("BinaryIO", self._process.stdout))  # noqa: S301  our own process
        except (EOFError, OSError, pickle.UnpicklingError, ValueError):
            return None
        return answer

    def end(self) -> None:
        """End it, wherever it is."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            with suppress(OSError):
                cast("BinaryIO", pipe).close()

    def _tell(self, what: object) -> None:
        pipe = cast("BinaryIO", self._process.stdin)
        with suppress(OSError, ValueError):  # it has ended: its answer will not come
            pickle.dump(what, pipe)
            pipe.flush()


@contextmanager
def _helpers(scanner: Scanner, count: int) -> Iterator[list[_Helper]]:
    """Helpers that have been told what to read by; none of them is left behind."""
    helpers: list[_Helper] = []
    try:
        for _ in range(count):
            with suppress(OSError):
                helpers.append(_Helper(scanner))
        yield helpers
    finally:
        for helper in helpers:
            helper.end()


def _keep_busy(helper: _Helper, work: _Work) -> None:
    """Give a helper one file after the other, until there is none, it fails, or nobody wants to know any more."""
    while (number := _taken(work)) is not None:
        file = work.files[number]
        answer = helper.read(_Task(file, work.scanner.forms_of(file))) if is_local(file) else None
        if answer is None:
            work.give_back(number)
            return
        work.scanner.learn(file, answer.forms)
        work.done(number, answer.reports)


def _taken(work: _Work) -> int | None:
    try:
        return work.take()
    except StoppedError:
        return None


def help_out() -> None:
    """Be a helper: read files until standard input ends."""
    told, answers = sys.stdin.buffer, sys.stdout.buffer
    parent = os.getppid()
    calendar, now, match = pickle.load(told)  # noqa: S301  from our own process
    scanner = Scanner(calendar, now, lambda: os.getppid() != parent, match)
    while True:
        try:
            task = pickle.load(told)  # noqa: S301  likewise
        except EOFError:
            return
        scanner.learn(task.file, task.forms)
        reports = scanner.scan(task.file)
        # Members can no longer be opened, and what opened them cannot be sent.
        kept = [report if is_local(report.file) else _without_opener(report) for report in reports]
        pickle.dump(_Answer(kept, scanner.forms_of(task.file)), answers)
        answers.flush()


def _without_opener(report: FileReport) -> FileReport:
    report.file = replace(report.file, opener=no_longer_there)
    return report
