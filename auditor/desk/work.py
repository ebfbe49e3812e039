"""An audit that the desk starts: the same program as on the command line, as a process of its own.

What it says is kept, so a page that is loaded again shows all of it. Stopping it is Ctrl-C: the bundle keeps what was
measured.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import sys
from collections import deque
from collections.abc import AsyncIterator, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from auditor.attesting.errors import AnswerError
from auditor.lock import LockError, alone
from probes.text import text
from reports.edition import Language
from reports.visible import visible

LINES_KEPT = 2000
LONGEST_LINE = 600
LARGEST_RESULT = 8 * 1024 * 1024
GRACE_S = 30.0
_PROGRESS = re.compile(r"^\[(\d+)/(\d+)\] ")
_LOCKS = ("nightly.lock", "night.lock")


@dataclass
class Run:
    """One audit, running or over.

    Attributes:
        first: number of the oldest line that is kept.
        code: exit code; ``None`` while it runs.
        result: the JSON document of ``audit --json``, where there is one.
    """

    began: datetime
    probes: tuple[str, ...]
    night: bool
    lines: deque[str] = field(default_factory=lambda: deque(maxlen=LINES_KEPT))
    count: int = 0
    done: int = 0
    total: int = 0
    stopping: bool = False
    code: int | None = None
    result: dict[str, Any] | None = None
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self.code is None

    def hear(self, words: str) -> None:
        """Keep a line, and count if it counts."""
        self.lines.append(visible(words)[:LONGEST_LINE])
        self.count += 1
        found = _PROGRESS.match(words)
        if found is not None:
            self.done, self.total = int(found[1]), int(found[2])
        self.wake()

    def wake(self) -> None:
        """Tell all who wait that there is something new."""
        self.changed.set()
        self.changed = asyncio.Event()


class Work:
    """At most one audit at a time."""

    def __init__(self, inventory: Path, language: Language) -> None:
        self._inventory = inventory
        self._language = language
        self._process: asyncio.subprocess.Process | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._leaving = False
        self.run: Run | None = None

    def leave(self) -> None:
        """The desk is about to end: nobody is told more, so that no page holds it up."""
        self._leaving = True
        if self.run is not None:
            self.run.wake()

    async def start(self, probes: Iterable[str], bundles: Path, *, night: bool) -> Run:
        """Start an audit.

        Raises:
            AnswerError: one is at work already, of ours or of the night, or the program cannot be started.
        """
        if self.run is not None and self.run.is_running:
            raise AnswerError(text("an audit is running already; watch it, or stop it first"))
        _refuse_while_taken(bundles)
        run = Run(datetime.now(UTC), tuple(probes), night)
        self.run = run
        command = [sys.executable, "-P", "-m", "auditor.cli", "--lang", self._language, "audit", str(self._inventory)]
        command += [
            "--json",
            *(["--only", ",".join(run.probes)] if run.probes else []),
            *(["--night"] if night else []),
        ]
        pipe = asyncio.subprocess.PIPE
        apart: dict[str, Any] = (
            {"creationflags": 0x200} if sys.platform == "win32" else {"start_new_session": True}
        )  # Ctrl-C in the desk's window is for the desk, which then asks the audit to stop.
        try:
            self._process = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=pipe,
                stderr=pipe,
                limit=1 << 20,
                env={**os.environ, "PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1"},
                **apart,
            )
        except OSError as error:
            run.code = 3
            raise AnswerError(text("the audit cannot be started: {error}", error=error.strerror or "")) from error
        task = asyncio.create_task(self._watch(run, self._process))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return run

    async def stop(self) -> None:
        """Ask the audit to stop, as Ctrl-C does; what was measured is kept."""
        if self.run is None or not self.run.is_running or self._process is None:
            return
        self.run.stopping = True
        self.run.wake()
        with suppress(ProcessLookupError):
            self._process.send_signal(getattr(signal, "CTRL_BREAK_EVENT", signal.SIGINT))

    async def close(self) -> None:
        """End with the desk: stop the audit and wait a while for it to put its bundle in order."""
        await self.stop()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=GRACE_S)
        if self._process is not None and self._process.returncode is None:
            self._process.terminate()

    async def follow(self, after: int) -> AsyncIterator[tuple[Run, list[str]]]:
        """The run with the lines that came after a number, whenever there is something new, to its end."""
        run = self.run
        while run is not None:
            changed, lines = run.changed, list(run.lines)
            new = min(run.count - after, len(lines))
            after = run.count
            yield run, lines[len(lines) - new :] if new > 0 else []
            if not run.is_running or self._leaving:
                return
            with suppress(TimeoutError):
                # Now and then without news, so that a page that went away is noticed.
                await asyncio.wait_for(changed.wait(), 15)

    async def _watch(self, run: Run, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        assert process.stderr is not None
        out, _ = await asyncio.gather(_bounded(process.stdout), _heard(process.stderr, run))
        code = await process.wait()
        with suppress(ValueError):
            found = json.loads(out)
            run.result = found if isinstance(found, dict) else None
        run.code = code
        run.wake()


async def _heard(stream: asyncio.StreamReader, run: Run) -> None:
    """Each line as it comes; a line without end is cut, not waited for."""
    rest = b""
    while piece := await stream.read(1 << 16):
        *lines, rest = (rest + piece).split(b"\n")
        for line in lines:
            run.hear(line.decode("utf-8", "replace").rstrip("\r"))
        rest = rest[: 1 << 16]
    if rest:
        run.hear(rest.decode("utf-8", "replace"))


async def _bounded(stream: asyncio.StreamReader) -> bytes:
    kept = bytearray()
    while piece := await stream.read(1 << 16):
        kept += piece[: max(0, LARGEST_RESULT - len(kept))]
    return bytes(kept)


def _refuse_while_taken(bundles: Path) -> None:
    """Two audits at once would disturb each other's throughput tests."""
    taken = text("the night's audit is at work; try again when it has ended")
    for name in _LOCKS:
        if (bundles / name).exists():
            try:
                with alone(bundles / name, taken):
                    pass
            except LockError as error:
                raise AnswerError(error.text) from error
