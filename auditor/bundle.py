"""The bundle: one audit in one directory (or .zip) that describes itself and is never left half written.

::

    bundle.json          what, who, when, with which rubric
    inventory.json       the campus, secrets only as references
    rubric.toml          the rubric as it was
    plan.json            what was to be done
    observations.jsonl   one observation a line, written as they come
    journal.jsonl        one finished task a line
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
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol, Self

from auditor.redact import Redactor
from probes.errors import AuditorError
from probes.observation import Observation, content_id
from probes.text import Text, text
from probes.trouble import said_by

FORMAT = 1
DIGEST = re.compile(r"[0-9a-f]{64}")


class BundleError(AuditorError):
    """A bundle cannot be written: disk full, no permission."""


class NoBundleError(BundleError):
    """What was named is no bundle, or one that cannot be read."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Planned:
    """A task as the bundle remembers it."""

    probe: str
    subject: str


@dataclass(frozen=True, slots=True)
class Header:
    """``bundle.json``."""

    id: str
    version: str
    school: str
    rubric: str
    rubric_sha256: str
    vantage: str
    started_at: str
    format: int = FORMAT


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


class Folder(Protocol):
    """What ``pathlib.Path`` and ``zipfile.Path`` have in common."""

    def joinpath(self, name: str, /) -> Any:
        """The file of that name inside."""


@dataclass(frozen=True)
class Bundle:
    """A bundle as it was read.

    Attributes:
        finished_at: ``None`` where the audit was cut short.
        not_run: planned tasks that never came to an end.
        problems: what is wrong with the files (altered, missing, half a line), for the user.
    """

    path: Path
    header: Header
    inventory: str
    rubric: bytes
    observations: tuple[Observation, ...]
    finished_at: datetime | None
    not_run: tuple[Planned, ...]
    problems: tuple[Text, ...]
    raw: Mapping[str, bytes] = field(default_factory=dict, repr=False)


def open_bundle(path: Path) -> Bundle:
    """Read a bundle from a directory or .zip, or the newest one in a directory of bundles.

    Raises ``NoBundleError`` where nothing usable is found; lesser faults are listed in ``problems``.
    """
    folder, place = _folder(path)
    header = _read_header(folder, place)
    problems: list[Text] = []
    observations = tuple(_observations(folder, problems))
    finished_at = _manifest(folder, problems)
    return Bundle(
        place,
        header,
        _read(folder, "inventory.json", place).decode(),
        _read(folder, "rubric.toml", place),
        observations,
        finished_at,
        tuple(_not_run(folder, problems)),
        tuple(problems),
        {digest: data for one in observations for digest in one.raw if (data := _raw(folder, digest)) is not None},
    )


def _folder(path: Path) -> tuple[Folder, Path]:
    if path.is_file():
        return _zip_folder(path), path
    if (path / "bundle.json").is_file():
        return path, path
    inside = sorted(path.glob("*/bundle.json")) if path.is_dir() else []
    if not inside:
        what = text("{path} does not exist", path=path) if not path.exists() else text("{path} is no bundle", path=path)
        raise NoBundleError(text("{what}: name the directory or .zip that an audit wrote", what=what))
    return inside[-1].parent, inside[-1].parent


def _zip_folder(path: Path) -> Folder:
    import zipfile  # noqa: PLC0415  most bundles are directories

    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError) as error:
        raise NoBundleError(text("{path} is no bundle: {error}", path=path, error=error)) from error
    names = [name for name in archive.namelist() if name.rpartition("/")[2] == "bundle.json"]
    if not names:
        raise NoBundleError(text("{path} is a .zip without a bundle in it", path=path))
    return zipfile.Path(archive, min(names, key=len).removesuffix("bundle.json"))


def _read(folder: Folder, name: str, place: Path) -> bytes:
    try:
        data: bytes = folder.joinpath(name).read_bytes()
    except (OSError, KeyError) as error:
        raise NoBundleError(text("{name} is missing from the bundle {path}", name=name, path=place)) from error
    return data


def _read_header(folder: Folder, place: Path) -> Header:
    try:
        header = Header(**json.loads(_read(folder, "bundle.json", place)))
        datetime.fromisoformat(header.started_at)
    except (ValueError, TypeError) as error:
        raise NoBundleError(text("{path} is no bundle: {error}", path=place / "bundle.json", error=error)) from error
    if header.format > FORMAT:
        raise NoBundleError(
            text("{path} was written by a newer version ({version})", path=place, version=header.version)
        )
    return header


def _lines(folder: Folder, name: str) -> Iterator[bytes]:
    try:
        data: bytes = folder.joinpath(name).read_bytes()
    except (OSError, KeyError):
        return
    yield from data.split(b"\n")


def _observations(folder: Folder, problems: list[Text]) -> Iterator[Observation]:
    """The observations that are whole and as they were written; how many are not is said once for each fault."""
    damaged: list[int] = []
    altered: list[int] = []
    for number, line in enumerate(_lines(folder, "observations.jsonl"), 1):
        if not line.strip():
            continue
        try:
            written = json.loads(line)
            one = Observation.model_validate(written)
        except (ValueError, RecursionError):
            damaged.append(number)
            continue
        if content_id(written) == one.id:
            yield one
        else:
            altered.append(number)
    name = "observations.jsonl"
    if damaged:
        problems.append(
            text("{n} damaged lines left out of {file}: {lines}", n=len(damaged), file=name, lines=_first(damaged))
        )
    if altered:
        problems.append(
            text(
                "{n} lines of {file} were altered since they were written and are left out: {lines}",
                n=len(altered),
                file=name,
                lines=_first(altered),
            )
        )


def _first(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers[:5])) + (" …" if len(numbers) > 5 else "")  # noqa: PLR2004  a few tell where


def _manifest(folder: Folder, problems: list[Text]) -> datetime | None:
    """When the audit was finished; files that differ from the manifest are named."""
    try:
        manifest = json.loads(folder.joinpath("manifest.json").read_bytes())
        finished_at = datetime.fromisoformat(manifest["finished_at"])
        files = dict(manifest["files"])
    except (OSError, KeyError):
        return None
    except (ValueError, TypeError):
        problems.append(text("{name} is damaged", name="manifest.json"))
        return None
    for name, digest in sorted(files.items()):
        try:
            actual = hashlib.sha256(folder.joinpath(name).read_bytes()).hexdigest()
        except (OSError, KeyError):
            problems.append(text("{name} is missing from the bundle", name=name))
            continue
        if actual != digest:
            problems.append(text("{name} was altered since the audit", name=name))
    return finished_at


def _not_run(folder: Folder, problems: list[Text]) -> Iterator[Planned]:
    try:
        planned = [Planned(**task) for task in json.loads(folder.joinpath("plan.json").read_bytes())]
    except (OSError, KeyError, ValueError, TypeError):
        problems.append(text("plan.json is missing or damaged"))
        return
    done = set()
    for line in _lines(folder, "journal.jsonl"):
        try:
            task = json.loads(line)
            done.add((task["probe"], task["subject"]))
        except (ValueError, KeyError, TypeError):
            continue
    yield from (task for task in planned if (task.probe, task.subject) not in done)


def _raw(folder: Folder, digest: str) -> bytes | None:
    """Raw output by its hash; ``None`` where it is missing or not what the hash says.

    The digest comes out of a bundle and must not become a path to somewhere else.
    """
    if not DIGEST.fullmatch(digest):
        return None
    try:
        data: bytes = folder.joinpath(f"raw/{digest}").read_bytes()
    except (OSError, KeyError):
        return None
    return data if hashlib.sha256(data).hexdigest() == digest else None
