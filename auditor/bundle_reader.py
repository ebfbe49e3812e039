"""A bundle as it is read: from a directory or a .zip, whole or cut short, trusted or not.

Nothing in a bundle is believed to be as it was written: damaged and altered lines are left out and told, and no name
that stands in it becomes a path to somewhere else.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, Protocol

from auditor.bundle import FORMAT, BundleError, Header, Planned
from probes.observation import Observation, content_id
from probes.text import Text, text

DIGEST = re.compile(r"[0-9a-f]{64}")


class NoBundleError(BundleError):
    """What was named is no bundle, or one that cannot be read."""

    exit_code = 2


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
        recalled: observations that were brought from an earlier bundle, each with that bundle's name.
        night: the date of the measuring night; ``None`` for an audit by hand.
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
    recalled: Mapping[str, str] = field(default_factory=dict)
    night: date | None = None


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
        {
            digest: data
            for one in observations
            for digest in one.raw
            if (data := _hashed(folder, "raw", digest)) is not None
        },
        recalled_of(folder),
        _night(folder),
    )


def attested_document(bundle: Bundle, digest: str) -> bytes | None:
    """A document that people put forward, by its hash; ``None`` where it is missing or not what the hash says."""
    folder, _ = _folder(bundle.path)
    return _hashed(folder, "documents", digest)


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
        written = json.loads(_read(folder, "bundle.json", place))
        header = Header(**{**written, "only": tuple(written.get("only", ()))})
        datetime.fromisoformat(header.started_at)
    except (ValueError, TypeError, AttributeError) as error:
        raise NoBundleError(text("{path} is no bundle: {error}", path=place / "bundle.json", error=error)) from error
    if header.format > FORMAT:
        raise NoBundleError(
            text("{path} was written by a newer version ({version})", path=place, version=header.version)
        )
    return header


def _night(folder: Folder) -> date | None:
    """What the first whole line of the night's log says."""
    try:
        return date.fromisoformat(json.loads(next(_lines(folder, "night.jsonl"), b""))["night"])
    except (ValueError, KeyError, TypeError):
        return None


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


def recalled_of(folder: Folder) -> Mapping[str, str]:
    """The observations that a bundle has from earlier ones, by id, with the name of the bundle they were made for."""
    found = {}
    for line in _lines(folder, "recalled.jsonl"):
        try:
            note = json.loads(line)
            found[str(note["observation"])] = str(note["bundle"])
        except (ValueError, KeyError, TypeError, RecursionError):
            continue
    return found


def _hashed(folder: Folder, inside: str, digest: str) -> bytes | None:
    """A file that is named by its hash; ``None`` where it is missing or not what the hash says.

    The digest comes out of a bundle and must not become a path to somewhere else.
    """
    if not DIGEST.fullmatch(digest):
        return None
    try:
        data: bytes = folder.joinpath(f"{inside}/{digest}").read_bytes()
    except (OSError, KeyError):
        return None
    return data if hashlib.sha256(data).hexdigest() == digest else None
