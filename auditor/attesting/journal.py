"""Who said what and when: one line for each answer, correction and withdrawal, and none is ever changed.

Each line bears the seal (SHA-256) of itself and of the line before, so that a line that was altered or taken out
shows. It also bears the hashes of the attestations file before and after: cut off at its end, the journal no longer
fits the file, and a write that a kill interrupted can be finished.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from auditor.attesting.documents import Kept
from auditor.attesting.errors import AnswerError
from probes.text import Text, text
from probes.trouble import said_by

SUFFIX = ".journal.jsonl"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line.

    Attributes:
        number: from 1.
        act: ``claim``, ``correct`` (a claim in the place of an earlier one) or ``withdraw``.
        subject: the indicator, or ``<indicator>/<criterion>``.
        by: who vouches, or who withdraws.
        account: of the operating system, under which it was typed.
        through: ``terminal``, ``desk`` or ``flags``.
        answer: as of ``Answer.plain``; empty for a withdrawal.
        why: of a withdrawal.
        documents: with their hashes.
        dates: on the documents, as they were answered.
        file_before, file_after: SHA-256 of the attestations file; empty where there was none.
        previous, seal: of the chain.
    """

    number: int
    at: str
    act: str
    subject: str
    by: str
    account: str
    through: str
    answer: Mapping[str, Any] = field(default_factory=dict)
    why: str = ""
    documents: tuple[Mapping[str, Any], ...] = ()
    dates: Mapping[str, str] = field(default_factory=dict)
    file_before: str = ""
    file_after: str = ""
    previous: str = ""
    seal: str = ""

    @property
    def indicator(self) -> str:
        """The indicator that it is about."""
        return self.subject.partition("/")[0]

    @property
    def moment(self) -> datetime:
        """When it was said."""
        return datetime.fromisoformat(self.at)

    def sealed(self, previous: str) -> Entry:
        """The entry as the next one of a chain."""
        bare = {**asdict(self), "previous": previous, "seal": ""}
        return Entry(**{**bare, "seal": _seal(bare)})

    def line(self) -> bytes:
        """As it is written."""
        return json.dumps(asdict(self), ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


@dataclass(frozen=True, slots=True)
class Journal:
    """What a journal holds, and what is wrong with it."""

    entries: tuple[Entry, ...]
    problems: tuple[Text, ...]

    @property
    def last(self) -> Entry | None:
        """The newest entry."""
        return self.entries[-1] if self.entries else None

    def about(self, indicator: str) -> tuple[Entry, ...]:
        """What was said about an indicator or its parts, the newest first."""
        return tuple(one for one in reversed(self.entries) if one.indicator == indicator)


def journal_of(attestations: Path) -> Path:
    """``attestations.toml`` has ``attestations.journal.jsonl`` beside it."""
    return attestations.with_name(attestations.stem + SUFFIX)


def read(path: Path) -> Journal:
    """Read a journal; nothing where there is none.

    Raises:
        AnswerError: it is there and cannot be read.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return Journal((), ())
    except OSError as error:
        raise AnswerError(text("cannot read {path}: {error}", path=path, error=said_by(error))) from error
    entries: list[Entry] = []
    problems: list[Text] = []
    for number, line in enumerate(data.split(b"\n"), 1):
        if not line.strip():
            continue
        entry = _parsed(line)
        if entry is None:
            problems.append(text("line {n} of {file} is damaged or was altered", n=number, file=path.name))
            continue
        last = entries[-1] if entries else None
        if entry.previous != (last.seal if last else "") or entry.number != (last.number if last else 0) + 1:
            problems.append(text("entries are missing before line {n} of {file}", n=number, file=path.name))
        entries.append(entry)
    return Journal(tuple(entries), tuple(problems))


def append(path: Path, entry: Entry) -> None:
    """Write an entry and have it on the disk when this returns.

    Raises:
        AnswerError: it cannot be written.
    """
    try:
        handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            size = os.fstat(handle).st_size
            # A line that a kill cut in half stays, as damaged; the next one must not become a part of it.
            torn = bool(size) and _last_byte(path) != b"\n"
            data = (b"\n" if torn else b"") + entry.line()
            if os.write(handle, data) != len(data):
                raise AnswerError(text("cannot write {path}: {error}", path=path, error=text("the disk is full")))
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        raise AnswerError(text("cannot write {path}: {error}", path=path, error=said_by(error))) from error


def described(kept: Kept) -> dict[str, Any]:
    """A document as an entry holds it."""
    return {"path": kept.path, "sha256": kept.sha256, "bytes": kept.bytes}


def _last_byte(path: Path) -> bytes:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1)


def _parsed(line: bytes) -> Entry | None:
    """The entry of a line that is whole and as it was sealed."""
    try:
        written = json.loads(line)
        entry = Entry(**{**written, "documents": tuple(written["documents"])})
        if entry.seal != _seal({**written, "seal": ""}) or entry.moment.tzinfo is None:
            return None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    return entry


def _seal(bare: Mapping[str, Any]) -> str:
    canonical = json.dumps(bare, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()
