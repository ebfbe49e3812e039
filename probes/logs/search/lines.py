"""What is sought in a log store and what is found: lines that hold given bytes.

Nothing but the lines asked for leaves a search: the rest of a log is about other people.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol

from probes.errors import TransportError
from probes.observation import Reason
from probes.text import text

MOST_LINES = 100_000
LONGEST_LINE = 64 * 1024
_OVERLAP = 256
"""Longer than any needle."""

SLACK = timedelta(hours=26)
"""How far before a moment stores that know times are searched: their clocks may be off, or be of another zone."""

_SINCE = ""
"""Where the moment stands among marks: no file has such a path."""


@dataclass(frozen=True)
class Line:
    """A line that was found.

    Attributes:
        data: without its end. Records of tables and indices begin with their time in ISO 8601, fields after it.
        file: path below the store, or what else tells where it stood.
        modified: when it was there at the latest, seconds since 1970.
        alert: whether the device itself calls it an alert.
    """

    data: bytes
    file: str
    modified: float
    alert: bool = False


Marks = Mapping[str, int]
"""How a store stood at a moment: by path below it, of files the lengths and of exports when they were written; of other
stores the moment itself."""


@dataclass(frozen=True)
class Wanted:
    """What is sought.

    Attributes:
        needles: plain bytes, none with a line's end, and each shorter than 200; case counts.
        since: only what was added after these marks were taken, or a little before.
        stop: asked now and then whether to end early.
        unread: is given the name of whatever could not be read whole; a search may have missed lines in it.
    """

    needles: tuple[bytes, ...]
    since: Marks | None = None
    stop: Callable[[], bool] = lambda: False
    unread: set[str] = field(default_factory=set)

    def hit(self, data: bytes) -> bool:
        """Whether a line holds a needle."""
        return any(needle in data for needle in self.needles)

    @property
    def begin(self) -> datetime | None:
        """From when on a store that knows times is searched; ``None``: all of it, or a store that knows lengths."""
        moment = (self.since or {}).get(_SINCE)
        return None if moment is None else datetime.fromtimestamp(moment, UTC) - SLACK


class Haystack(Protocol):
    """A store that can be searched. Blocking: use it in a thread.

    Attributes:
        pause_s: seconds between two searches that the store is to be left alone.
    """

    pause_s: float

    @property
    def tells_alerts(self) -> bool | None:
        """Whether it tells by itself which lines are alerts, whatever rule they are of.

        ``None`` after ``marks`` where it should and cannot: an alert that is not found there proves nothing.
        """

    def marks(self) -> Marks:
        """How it stands now; raises ``TransportError`` where it cannot be read."""

    def find(self, wanted: Wanted) -> Iterator[Line]:
        """The lines; raises ``TransportError`` where the store cannot be read or has too many of them."""


def moment_marks(now: datetime) -> Marks:
    """Marks of a store that knows times."""
    return {_SINCE: int(now.timestamp())}


def too_many() -> TransportError:
    """For a store with more hits than are looked at: what follows from a part of them would be wrong."""
    detail = text("more than {n} records hold what is sought; they were not all looked at", n=MOST_LINES)
    return TransportError(Reason.UNEXPECTED_ANSWER, detail)


def record(at: datetime | None, fields: str) -> bytes:
    """A record of a table or index as one line.

    >>> record(None, 'user="li"')
    b'user="li"'
    """
    shown = fields if at is None else f"{at.isoformat(timespec='seconds')} {fields}"
    return shown.encode("utf-8", "replace").replace(b"\r", b" ").replace(b"\n", b" ")[:LONGEST_LINE]


def as_fields(names: Sequence[str], cells: Sequence[object]) -> str:
    """Names and what stands below them, as key="value"; empty cells are left out."""
    return " ".join(
        f'{name}="{cell}"' for name, cell in zip(names, cells, strict=False) if cell is not None and cell != ""
    )


def matching(data: Iterator[bytes], needles: Sequence[bytes], stop: Callable[[], bool]) -> Iterator[bytes]:
    """The lines with a needle, of blocks that are cut anywhere; of endless ones what stands around it."""
    rest = b""
    for block in data:
        if stop():
            return
        whole = rest + block
        end = whole.rfind(b"\n") + 1
        yield from _in_lines(whole, end, needles)
        rest = whole[end:]
        if len(rest) > LONGEST_LINE:
            # No log has such lines. What was sought in it is told, cut off; the rest counts as a line of its own.
            hit = max(rest.find(needle) for needle in needles)
            if hit >= 0:
                yield rest[max(0, hit - LONGEST_LINE // 2) : hit + LONGEST_LINE // 2]
            rest = b"" if hit >= 0 else rest[-_OVERLAP:]
    yield from _in_lines(rest + b"\n", len(rest) + 1, needles)


def _in_lines(data: bytes, end: int, needles: Sequence[bytes]) -> Iterator[bytes]:
    """Lines of ``data[:end]`` with a needle, each once, in order."""
    at = 0
    while at < end:
        hits = [hit for needle in needles if (hit := data.find(needle, at, end)) >= 0]
        if not hits:
            return
        hit = min(hits)
        begin = data.rfind(b"\n", at, hit) + 1 or at
        after = data.find(b"\n", hit, end)
        after = end if after < 0 else after
        yield data[begin:after][:LONGEST_LINE].rstrip(b"\r")
        at = after + 1
