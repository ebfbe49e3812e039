"""The bundle: one audit in one directory (or .zip) that describes itself and is never left half written.

::

    bundle.json          what, who, when, with which rubric
    inventory.json       the campus, secrets only as references
    rubric.toml          the rubric as it was
    plan.json            what was to be done
    observations.jsonl   one observation a line, written as they come
    journal.jsonl        one finished task a line
    recalled.jsonl       what was brought from earlier bundles: each observation's id, and the bundle it was made for
    night.jsonl          of a measuring night: which one, and each test that was begun or refused
    raw/<sha256>         raw output of devices, secrets struck out
    documents/<sha256>   attested documents
    manifest.json        SHA-256 of all files; written last, so its absence says that the audit was cut short

Everything but the ``.jsonl`` files is written under another name and renamed. A line cut in half by a kill is left
out when the bundle is opened.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from auditor.redact import Redactor
from probes.errors import AuditorError
from probes.observation import Observation
from probes.text import text
from probes.trouble import said_by

FORMAT = 1


class BundleError(AuditorError):
    """A bundle cannot be written: disk full, no permission."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A task as the bundle remembers it."""

    probe: str
    subject: str


@dataclass(frozen=True, slots=True)
class Header:
    """``bundle.json``; ``only`` names the probes to which the audit was limited, if it was."""

    id: str
    version: str
    school: str
    rubric: str
    rubric_sha256: str
    vantage: str
    started_at: str
    format: int = FORMAT
    only: tuple[str, ...] = ()


class BundleWriter:
    """Writes one bundle; every method leaves the directory in a state that opens.

    Raises ``BundleError`` with one sentence when the disk is full or not writable.
    """

    def __init__(self, path: Path, redactor: Redactor) -> None:
        self.path = path
        self.redactor = redactor
        self._kept: set[str] = set()
        self._logs: dict[str, int] = {}

    @classmethod
    def create(cls, parent: Path, started_at: datetime, redactor: Redactor) -> Self:
        """Make a new directory named for the time under ``parent``."""
        stamp = started_at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
        for suffix in ("", *(f"-{n}" for n in range(2, 100))):
            path = parent / (stamp + suffix)
            try:
                (path / "raw").mkdir(parents=True)
            except FileExistsError:
                continue
            except OSError as error:
                raise _cannot_write(path, error) from error
            return cls(path, redactor)
        raise BundleError(text("{path} already exists; wait a second and try again", path=parent / stamp))

    @classmethod
    def resume(cls, path: Path, redactor: Redactor) -> Self:
        """Go on in a bundle that was cut short; a last line that a kill cut in half is cut off."""
        for log in sorted(path.glob("*.jsonl")):
            try:
                with log.open("r+b") as file:
                    file.truncate(file.read().rfind(b"\n") + 1)
            except OSError as error:
                raise _cannot_write(log, error) from error
        return cls(path, redactor)

    def begin(self, header: Header, inventory: str, rubric: bytes, plan: Iterable[Planned]) -> None:
        """Write what is known before the first probe looks."""
        self._write("inventory.json", inventory.encode())
        self._write("rubric.toml", rubric)
        self._write("plan.json", _json([asdict(task) for task in plan]))
        self._write("bundle.json", _json(asdict(header)))

    def keep(self, data: bytes) -> str:
        """Store raw output, secrets struck out; returns the SHA-256 of what was stored."""
        clean = self.redactor.raw(data)
        digest = hashlib.sha256(clean).hexdigest()
        if digest not in self._kept:
            self._write(f"raw/{digest}", clean)
            self._kept.add(digest)
        return digest

    def attach(self, document: Path, sha256: str) -> None:
        """Copy an attested document; raises ``BundleError`` if it cannot be copied."""
        target = self.path / "documents" / sha256
        if target.exists():
            return
        try:
            target.parent.mkdir(exist_ok=True)
            partial = target.with_suffix(".partial")
            shutil.copyfile(document, partial)
            partial.replace(target)
        except OSError as error:
            raise _cannot_write(target, error) from error

    def append(self, observation: Observation) -> Observation:
        """Put an observation on disk at once; returns it as it was written."""
        clean = self.redactor.observation(observation)
        self._log("observations.jsonl", clean.model_dump_json().encode())
        return clean

    def recall(self, written: bytes, note: Mapping[str, object], raw: Mapping[str, bytes]) -> None:
        """Bring an observation out of an earlier bundle, as it was written there, with its raw outputs.

        Args:
            written: its line of JSON, which must not change, or its id would.
            note: where it comes from.
            raw: by SHA-256, which the caller has checked.
        """
        for digest, data in raw.items():
            if not (self.path / "raw" / digest).exists():
                self._write(f"raw/{digest}", data)
        self._log("recalled.jsonl", _json(note))
        self._log("observations.jsonl", written)

    def done(self, task: Planned, observations: int, seconds: float) -> None:
        """Note that a task came to its end."""
        self._log("journal.jsonl", _json({**asdict(task), "observations": observations, "seconds": round(seconds, 3)}))

    def night(self, event: Mapping[str, object]) -> None:
        """Note something about the measuring night."""
        self._log("night.jsonl", _json(event))

    def finish(self, finished_at: datetime) -> None:
        """Seal the bundle: close the logs and write the manifest."""
        self.close()
        files = sorted(path for path in self.path.rglob("*") if path.is_file() and path.suffix != ".partial")
        hashes = {path.relative_to(self.path).as_posix(): _hash(path) for path in files}
        self._write("manifest.json", _json({"finished_at": finished_at.isoformat(), "files": hashes}))

    def close(self) -> None:
        """Close the logs without sealing; for an audit that was cut short."""
        for handle in self._logs.values():
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
        self._logs.clear()

    def _write(self, name: str, data: bytes) -> None:
        target = self.path / name
        partial = target.with_name(target.name + ".partial")
        try:
            with partial.open("wb") as file:
                file.write(data)
            partial.replace(target)
        except OSError as error:
            raise _cannot_write(target, error) from error

    def _log(self, name: str, line: bytes) -> None:
        """Append one line in one write, so that a kill leaves whole lines."""
        try:
            if name not in self._logs:
                self._logs[name] = os.open(self.path / name, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
            # On a full disk a write may be cut short without an error; the second one then says why.
            rest = memoryview(line.rstrip(b"\n") + b"\n")
            while rest:
                rest = rest[os.write(self._logs[name], rest) :]
        except OSError as error:
            raise _cannot_write(self.path / name, error) from error


def _cannot_write(path: Path, error: OSError) -> BundleError:
    return BundleError(
        text(
            "cannot write {path}: {error}. Free space or choose another place with --out; what was measured is kept",
            path=path,
            error=said_by(error),
        )
    )


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True).encode()


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
