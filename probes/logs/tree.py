"""The files of a log store: which there are, and what their names say of their age.

Names of rotated files carry a number (``messages.3.gz``: the higher, the older) or a date (``messages-20260801``,
``2026/08/01.log``). A date in a name was given by the server that keeps the logs, not by the device that wrote them.
"""

from __future__ import annotations

import io
import os
import re
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import BinaryIO

MOST_DEEP = 32
"""Directories within directories that are followed."""


def _open_here(file: LogFile) -> BinaryIO:
    stream = Path(file.path).open("rb", buffering=0)  # noqa: SIM115  it is handed on
    about = os.fstat(stream.fileno())
    if (about.st_dev, about.st_ino) != file.identity:
        stream.close()
        raise FileNotFoundError(file.name)  # rotated away meanwhile
    return stream


def no_longer_there(file: LogFile) -> BinaryIO:
    """Opens what was read and is gone since, as the members of an archive are."""
    raise FileNotFoundError(file.name)


@dataclass(frozen=True, slots=True)
class LogFile:
    """A regular file of the store, on this machine or another, or within an archive.

    Attributes:
        path: where it is opened.
        name: its path below the store's directory, with slashes; a member's stands behind its archive's and ``!/``.
        identity: device and inode; the same for all its names.
        modified: seconds since 1970.
        opener: opens it for reading; raises ``FileNotFoundError`` if another file has its name by now.
    """

    path: str
    name: str
    identity: tuple[int | str, int]
    size: int
    modified: float
    opener: Callable[[LogFile], BinaryIO] = _open_here

    def open(self) -> BinaryIO:
        """The file from its beginning, unbuffered; raises ``OSError``."""
        return self.opener(self)


def is_local(file: LogFile) -> bool:
    """Whether it is a file of this machine's own, which any process can open."""
    return file.opener is _open_here


def bytes_file(name: str, data: bytes, modified: float) -> LogFile:
    """Something in memory that is read like a file."""
    return LogFile(name, name, (name, 0), len(data), modified, lambda _: io.BytesIO(data))


@dataclass(frozen=True, slots=True)
class Listing:
    """What a look into the directory gave: files by name, and directories that could not be read, with the reason."""

    files: tuple[LogFile, ...]
    closed: tuple[tuple[str, str], ...]


def list_files(root: Path, pattern: str) -> Listing:
    """All regular files below ``root`` that match, each once however many links lead to it.

    Raises:
        OSError: the directory itself cannot be listed.
    """
    wanted = pattern_of(pattern)
    closed: list[tuple[str, str]] = []
    found: dict[tuple[int | str, int], LogFile] = {}
    os.scandir(root).close()
    # Links last: of several names of one file, its own tells most.
    for _, entry in sorted(_entries(root, closed), key=lambda one: (one[0], one[1].name)):
        if wanted.fullmatch(entry.name):
            found.setdefault(entry.identity, entry)
    return Listing(tuple(sorted(found.values(), key=lambda one: one.name)), tuple(closed))


def pattern_of(pattern: str) -> re.Pattern[str]:
    """A glob pattern over relative paths; ``**`` spans directories."""
    return re.compile(_regex_of(pattern), re.DOTALL)


def _entries(root: Path, closed: list[tuple[str, str]]) -> Iterator[tuple[bool, LogFile]]:
    """Walk, following links to directories, none of them twice; and whether each is a link itself."""
    waiting: list[tuple[str, str]] = [(str(root), "")]
    been: set[tuple[int, int]] = set()
    while waiting:
        directory, prefix = waiting.pop()
        try:
            about = Path(directory).stat()
            if (about.st_dev, about.st_ino) in been or prefix.count("/") > MOST_DEEP:
                continue
            been.add((about.st_dev, about.st_ino))
            with os.scandir(directory) as found:
                entries = list(found)
        except FileNotFoundError:
            continue  # gone since its parent was read
        except OSError as error:
            closed.append((prefix, error.strerror or type(error).__name__))
            continue
        for entry in entries:
            try:
                # Windows leaves the inode out of what it tells of an entry.
                about = entry.stat() if os.name == "posix" else Path(entry.path).stat()
            except OSError:
                continue  # gone since, or a link that leads nowhere
            if stat.S_ISDIR(about.st_mode):
                waiting.append((entry.path, f"{prefix}{entry.name}/"))
            elif stat.S_ISREG(about.st_mode):
                identity = (about.st_dev, about.st_ino)
                yield (
                    entry.is_symlink(),
                    LogFile(entry.path, prefix + entry.name, identity, about.st_size, about.st_mtime),
                )


def _regex_of(pattern: str) -> str:
    """A glob pattern as a regular expression over the relative path; ``**`` spans directories."""
    pattern = pattern.removeprefix("./")
    out, at = "", 0
    while at < len(pattern):
        if pattern.startswith("**/", at):
            out, at = out + r"(?:.*/)?", at + 3
        elif pattern.startswith("**", at):
            out, at = out + r".*", at + 2
        elif pattern[at] == "*":
            out, at = out + r"[^/]*", at + 1
        elif pattern[at] == "?":
            out, at = out + r"[^/]", at + 1
        elif pattern[at] == "[" and (end := pattern.find("]", at + 2)) > 0:
            inner = pattern[at + 1 : end].replace("\\", r"\\").replace("[", r"\[")
            out, at = out + f"[{'^' + inner[1:] if inner[0] == '!' else inner}]", end + 1
        else:
            out, at = out + re.escape(pattern[at]), at + 1
    return out


@dataclass(frozen=True, slots=True)
class Span:
    """Days that a name speaks of, as ordinals, both included."""

    first: int
    last: int

    def distance(self, day: int) -> int:
        """Days between the span and a day; 0 inside."""
        return max(self.first - day, day - self.last, 0)


_FULL = re.compile(
    r"(?<!\d)((?:19|20)\d\d)[-_./]?(0[1-9]|1[0-2])[-_./]?(0[1-9]|[12]\d|3[01])(?=(?:T?\d{4}|T?\d{6})?(?!\d))"
)
_MONTH = re.compile(r"(?<!\d)((?:19|20)\d\d)[-_./]?(0[1-9]|1[0-2])(?!\d)")


def span_of(name: str) -> Span | None:
    """The days that a path speaks of: a whole date before a month, the file's own name before its directories.

    >>> span_of("fw/2026/08/01.log") == span_of("messages-20260801.gz") == span_of("a/2026-08-01/fw.log")
    True
    >>> span_of("messages.3.gz") is None
    True
    """
    own = name.rpartition("/")[2]
    for pattern in (_FULL, _MONTH):
        for text in (own, name):
            for found in reversed(list(pattern.finditer(text))):
                if span := _span(*map(int, found.groups())):
                    return span
    return None


def _span(year: int, month: int, day: int | None = None) -> Span | None:
    try:
        first = date(year, month, day or 1)
    except ValueError:
        return None
    if day:
        return Span(first.toordinal(), first.toordinal())
    after = (first + timedelta(days=32)).replace(day=1)
    return Span(first.toordinal(), after.toordinal() - 1)


_NUMBERED = re.compile(r"(.+?)\.(\d{1,4})((?:\.(?:gz|bz2|xz|zst|zstd|log|txt))*)")
_PACKED = re.compile(r"(?:\.(?:gz|bz2|xz|zst|zstd))+$")


def rotation_of(name: str) -> tuple[str, int]:
    """The family of a rotated file and its place in it: 0 is being written, a higher number is older.

    >>> rotation_of("fw.log.3.gz"), rotation_of("fw.log"), rotation_of("fw.1.log")
    (('fw.log', 3), ('fw.log', 0), ('fw.log', 1))
    """
    plain = _PACKED.sub("", name)
    found = _NUMBERED.fullmatch(plain)
    return (found[1] + found[3], int(found[2])) if found else (plain, 0)
