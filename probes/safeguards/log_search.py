"""Lines of a log store that hold given bytes: over everything it has, or only over what was added since a moment.

Reads directories of this machine. Nothing but the lines asked for leaves this module: the rest of a log is about other
people.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from probes.campus import DirectoryStore, LogSource
from probes.errors import TransportError
from probes.logs.archive import DamagedError, blocks
from probes.logs.tree import LogFile, list_files
from probes.observation import Reason
from probes.text import text
from probes.trouble import said_by

LONGEST_LINE = 64 * 1024
MOST_LINES = 100_000
OVERLAP_IN_LINE = 256
"""Longer than any needle."""

OVERLAP = 64 * 1024
"""How far before the former end of a file a new search begins: a line may have been written in two parts."""


@dataclass(frozen=True)
class Line:
    """A line that was found.

    Attributes:
        data: without its end.
        file: path below the store.
        modified: when the file was last written to, seconds since 1970.
    """

    data: bytes
    file: str
    modified: float


Marks = Mapping[str, int]
"""How long each file was at a moment, by its path below the store."""


def marks(source: LogSource) -> dict[str, int]:
    """How long the files of a store are now.

    Raises:
        TransportError: the store cannot be read.
    """
    return {file.name: file.size for file in _files(source)}


def lines_with(
    source: LogSource,
    needles: Sequence[bytes],
    *,
    since: Marks | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> Iterator[Line]:
    """The lines that hold one of the needles, file by file; at most ``MOST_LINES``.

    Args:
        source: whose store is searched.
        needles: plain bytes; case counts.
        since: search only what was added after these marks were taken.
        stop: asked before every block whether to end early.

    Raises:
        TransportError: the store cannot be read. A single damaged file is read as far as it goes.
    """
    count = 0
    for file in _files(source):
        if since is not None and since.get(file.name) == file.size:
            continue
        for line in _of_file(file, needles, since, stop):
            count += 1
            if count > MOST_LINES:
                return
            yield line


def _files(source: LogSource) -> tuple[LogFile, ...]:
    store: object = source.store  # of whichever kind
    if not isinstance(store, DirectoryStore):
        detail = text("{source}: markers are sought in directories only", source=source.id)
        raise TransportError(Reason.NOT_SUPPORTED, detail)
    try:
        listing = list_files(Path(store.path), store.pattern)
    except FileNotFoundError:
        raise TransportError(Reason.FILE_NOT_FOUND, text("there is no directory {path}", path=store.path)) from None
    except OSError as error:
        detail = text("cannot list {path}: {error}", path=store.path, error=said_by(error))
        raise TransportError(Reason.FILE_UNREADABLE, detail) from None
    return listing.files


def _of_file(file: LogFile, needles: Sequence[bytes], since: Marks | None, stop: Callable[[], bool]) -> Iterator[Line]:
    before = 0 if since is None else since.get(file.name, 0)
    try:
        with file.open() as opened:
            packed = _is_packed(opened.read(6))
            start = 0 if packed or before > file.size else max(0, before - OVERLAP)
            opened.seek(start)
            for line in _matching(blocks(opened, file.name, file.size - start), needles, stop):
                yield Line(line, file.name, file.modified)
    except (DamagedError, OSError):
        return  # what could be read was read; that files are damaged is said by the log coverage


def _is_packed(head: bytes) -> bool:
    return head.startswith((b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd"))


def _matching(data: Iterator[bytes], needles: Sequence[bytes], stop: Callable[[], bool]) -> Iterator[bytes]:
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
            rest = b"" if hit >= 0 else rest[-OVERLAP_IN_LINE:]
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
