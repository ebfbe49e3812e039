"""The attestations file and its journal, changed together: what is said is on the disk before it counts.

First the journal has the entry, then the file is replaced in one step. A kill in between leaves a file that still has
the hash the entry calls ``file_before``; then the next opening finishes the write. Either way nothing is half said.
"""

from __future__ import annotations

import getpass
import hashlib
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from auditor import attestations
from auditor.attesting import journal as journals
from auditor.attesting.answer import Answer, restored
from auditor.attesting.dates import Given
from auditor.attesting.documents import Kept
from auditor.attesting.errors import AnswerError
from auditor.attesting.journal import Entry, Journal
from auditor.attesting.tomltext import stated, subjects, withdrawn
from auditor.lock import LockError, alone
from probes.text import Text, text
from probes.trouble import said_by
from probes.written.tomlfile import parse
from rules.rubric import Rubric

_BOM = b"\xef\xbb\xbf"
PATIENCE_S = 10.0
_CLOCK_SLACK_S = 2.0


class Ledger:
    """What people vouch for at one school.

    Args:
        path: the attestations file; it need not be there.
        rubric: whose indicators are vouched for.

    Attributes:
        folder: that documents are named relative to.
    """

    def __init__(self, path: Path, rubric: Rubric) -> None:
        self.folder = path.parent
        # A link stays a link: what it points to is replaced. Documents lie beside the link, where audits look for them.
        self.path = Path(os.path.realpath(path))
        self.rubric = rubric

    def journal(self) -> Journal:
        """What was said so far, with what is wrong with the journal, also beside the file."""
        found = journals.read(journals.journal_of(self.path))
        last = found.last
        if last is None or _hash(self._bytes()) == last.file_after:
            return found
        odd = text(
            "{file} is not as entry {n} of the journal left it: it was edited by hand, or later entries are missing; "
            "what counts is what the file says",
            file=self.path.name,
            n=last.number,
        )
        return replace(found, problems=(*found.problems, odd))

    def settle(self) -> Text | None:
        """Finish a write that a kill interrupted; says so if there was one."""
        if journals.read(journals.journal_of(self.path)).last is None:
            return None
        with self._held():
            return self._settle()

    def put(
        self,
        answer: Answer,
        documents: tuple[Kept, ...] = (),
        dates: Mapping[str, Given] | None = None,
        *,
        through: str,
        now: datetime,
    ) -> Entry:
        """Take an answer, in the place of whatever was said about the same subject.

        Raises:
            AnswerError: it cannot be written.
            AttestationError: the file has mistakes, or would have them with the answer.
        """
        with self._held():
            self._settle()
            before = self._bytes()
            content = _text(before)
            self._examine(content, now)
            changed = stated(content, answer)
            self._examine(changed, now)
            corrects = answer.subject in subjects(content)
            entry = self._entry("correct" if corrects else "claim", answer.subject, answer.by, through, now)
            entry = replace(
                entry,
                answer=answer.plain(),
                documents=tuple(journals.described(one) for one in documents),
                dates={
                    name: given.day.isoformat() if given.level is None else f"{given.day.isoformat()} @{given.level}"
                    for name, given in (dates or {}).items()
                },
            )
            return self._write(entry, before, changed)

    def withdraw(self, subject: str, by: str, why: str, *, through: str, now: datetime) -> Entry:
        """Take back what was said about a subject; its documents stay where they are.

        Raises:
            AnswerError: nothing was said, or it cannot be written.
        """
        with self._held():
            self._settle()
            before = self._bytes()
            self._examine(_text(before), now)
            changed = withdrawn(_text(before), subject)
            entry = replace(self._entry("withdraw", subject, by, through, now), why=why)
            return self._write(entry, before, changed)

    def _examine(self, content: str, now: datetime) -> None:
        """Hold the text to the rules of every audit."""
        document = parse(content.encode(), self.path.name, attestations.AttestationError)
        attestations.examine(document, self.rubric, now)

    def _entry(self, act: str, subject: str, by: str, through: str, now: datetime) -> Entry:
        at = now.astimezone(UTC).isoformat(timespec="milliseconds")
        return Entry(0, at, act, subject, by, _account(), through)

    def _write(self, entry: Entry, before: bytes, changed: str) -> Entry:
        path = journals.journal_of(self.path)
        last = journals.read(path).last
        after = (_BOM if before.startswith(_BOM) else b"") + changed.encode()
        entry = replace(
            entry,
            number=1 if last is None else last.number + 1,
            file_before=_hash(before),
            file_after=_hash(after),
        ).sealed("" if last is None else last.seal)
        journals.append(path, entry)
        self._replace(after)
        return entry

    def _settle(self) -> Text | None:
        """Do what the last entry says and the file does not, if the file is still the one from before it."""
        last = journals.read(journals.journal_of(self.path)).last
        content = self._bytes()
        if last is None or _hash(content) == last.file_after or _hash(content) != last.file_before:
            return None
        if content and self.path.stat().st_mtime > last.moment.timestamp() + _CLOCK_SLACK_S:
            return None  # somebody put the earlier file back on purpose
        try:
            said = _text(content)
            changed = (
                withdrawn(said, last.subject) if last.act == "withdraw" else stated(said, restored(dict(last.answer)))
            )
        except (KeyError, TypeError, ValueError, AnswerError):
            return None
        after = (_BOM if content.startswith(_BOM) else b"") + changed.encode()
        if _hash(after) != last.file_after:
            return None
        self._replace(after)
        return text("entry {n} of the journal had not reached {file}; it has now", n=last.number, file=self.path.name)

    def _bytes(self) -> bytes:
        try:
            return self.path.read_bytes()
        except FileNotFoundError:
            return b""
        except OSError as error:
            raise AnswerError(text("cannot read {path}: {error}", path=self.path, error=said_by(error))) from error

    def _replace(self, content: bytes) -> None:
        """The whole file at once; never a half-written one."""
        partial = self.path.with_name(f".{self.path.name}.{os.getpid()}.partial")
        try:
            with partial.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            with suppress(OSError):  # a new file, or a file system without modes
                partial.chmod(self.path.stat().st_mode & 0o777)
            partial.replace(self.path)
        except OSError as error:
            partial.unlink(missing_ok=True)
            raise AnswerError(text("cannot write {path}: {error}", path=self.path, error=said_by(error))) from error

    @contextmanager
    def _held(self) -> Iterator[None]:
        """Nobody else writes meanwhile; waits a little for somebody who does."""
        taken = text("somebody else is writing {path} at this moment; try again", path=self.path.name)
        until = time.monotonic() + PATIENCE_S
        while True:
            holding = alone(self.path.with_suffix(".lock"), taken)
            try:
                holding.__enter__()
            except LockError as error:
                if error.text is not taken or time.monotonic() > until:
                    raise
                time.sleep(0.1)
                continue
            break
        try:
            yield
        finally:
            holding.__exit__(None, None, None)


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise AnswerError(text("the attestations file is not UTF-8; save it as UTF-8 first")) from error


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest() if content else ""


def _account() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""
