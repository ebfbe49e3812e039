"""Which bundles stay: a year of them, and for good those that somebody cites. Runs only after a night that went well.

A bundle is cited when a person made a document from it (``report``, noted in ``cited.jsonl``), when any other file of
its name lies beside it, or when the inventory or the attestations name it. The report that every night writes by itself
cites nothing; it goes with its bundle.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from auditor.bundle_reader import open_bundle
from auditor.history.record import record
from auditor.history.store import REMOVED
from probes.campus import Campus
from probes.errors import AuditorError
from probes.text import Text, text
from probes.trouble import said_by

CITED = "cited.jsonl"
LEAVING = ".leaving-"
NAME = re.compile(r"(\d{8}T\d{6}Z)(-\d+)?")
YOUNG = timedelta(days=2)
"""A bundle without a manifest may still be written; one this young is never touched."""

LONGEST_CITATION = 4 * 1024 * 1024


class RetentionError(AuditorError):
    """A bundle cannot be packed or removed."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One bundle and what becomes of it.

    Attributes:
        fate: ``keep``, ``zip`` or ``remove``.
        why: the reason, where it stays although it is old.
    """

    path: Path
    began: datetime
    fate: str
    why: Text | None = None

    @property
    def id(self) -> str:
        """The bundle's name."""
        return self.path.stem if self.path.suffix == ".zip" else self.path.name


def cite(bundle: Path, document: str, now: datetime) -> None:
    """Note that a document was made from a bundle, which then stays. Nothing is noted where nothing can be written."""
    line = json.dumps(
        {
            "bundle": bundle.stem if bundle.suffix == ".zip" else bundle.name,
            "document": document,
            "at": now.isoformat(timespec="seconds"),
        },
        ensure_ascii=False,
    )
    try:
        handle = os.open(bundle.parent / CITED, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    except OSError:
        return
    try:
        os.write(handle, line.encode() + b"\n")
    except OSError:
        return
    finally:
        os.close(handle)


def fates(parent: Path, campus: Campus, now: datetime, writings: Iterable[Path] = ()) -> tuple[Kept, ...]:
    """What becomes of each bundle, the oldest first. Touches nothing.

    Args:
        parent: the directory of the bundles.
        campus: its settings in ``[retention]`` and its time zone.
        now: the present time.
        writings: files in which bundles may be named: inventory and attestations.
    """
    settings = campus.retention
    found = sorted(_bundles(parent), key=lambda one: (one[1], one[0].name))
    cited = _cited(parent, [path for path, _ in found], writings)
    monthly = _last_of_months([one for one in found if _is_finished(one[0])], ZoneInfo(campus.school.timezone))
    newest = {path for path, _ in [one for one in found if _is_finished(one[0])][-1:]}
    fated: list[Kept] = []
    for path, began in found:
        age = now - began
        if not _is_finished(path) and age < YOUNG:
            fated.append(Kept(path, began, "keep"))
            continue
        why = cited.get(path) or (text("the newest of its month") if settings.monthly and path in monthly else None)
        if path in newest:
            why = why or text("the newest")
        if age > timedelta(days=settings.days) and why is None:
            fated.append(Kept(path, began, "remove"))
        elif _is_to_be_packed(path, age, settings.zip_after_days):
            fated.append(Kept(path, began, "zip", why))
        else:
            fated.append(Kept(path, began, "keep", why if age > timedelta(days=settings.days) else None))
    return tuple(fated)


def carry_out(fated: Sequence[Kept], parent: Path, complain: Callable[[Text], None]) -> tuple[int, int]:
    """Pack and remove; returns how many were packed and removed. One that cannot be is told and left as it is.

    A kill leaves either the bundle or, under another name, what is to be removed: the next run finishes that.
    """
    for left in parent.glob(LEAVING + "*"):
        shutil.rmtree(left, ignore_errors=True)
    packed = removed = 0
    for one in fated:
        try:
            if one.fate == "zip":
                _pack(one.path)
                packed += 1
            elif one.fate == "remove":
                _remove(one.path, parent)
                removed += 1
        except (OSError, AuditorError, zipfile.BadZipFile) as error:
            why = (
                error.text
                if isinstance(error, AuditorError)
                else str(said_by(error))
                if isinstance(error, OSError)
                else str(error)
            )
            complain(text("the bundle {id} stays as it is: {why}", id=one.id, why=why))
    return packed, removed


def _bundles(parent: Path) -> Iterator[tuple[Path, datetime]]:
    """Every bundle with when it began, by its name; whatever is named otherwise was not made by an audit and stays."""
    for path in parent.iterdir() if parent.is_dir() else ():
        is_zip = path.suffix == ".zip"
        name = NAME.fullmatch(path.stem if is_zip else path.name)
        if name is None or path.is_symlink() or not (path.is_file() if is_zip else (path / "bundle.json").is_file()):
            continue
        yield path, datetime.strptime(name[1], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def _is_finished(path: Path) -> bool:
    return path.suffix == ".zip" or (path / "manifest.json").is_file()


def _last_of_months(found: Iterable[tuple[Path, datetime]], zone: ZoneInfo) -> set[Path]:
    last: dict[tuple[int, int], Path] = {}
    for path, began in found:
        local = began.astimezone(zone)
        last[local.year, local.month] = path
    return set(last.values())


def _is_to_be_packed(path: Path, age: timedelta, after_days: int | None) -> bool:
    return after_days is not None and path.suffix != ".zip" and _is_finished(path) and age > timedelta(days=after_days)


def _cited(parent: Path, bundles: Sequence[Path], writings: Iterable[Path]) -> dict[Path, Text]:
    """Why bundles must stay, for those that must."""
    noted = _noted(parent / CITED)
    words = "\n".join(_words(path) for path in writings)
    beside: dict[str, str] = {}
    for path in parent.iterdir() if parent.is_dir() else ():
        name = NAME.match(path.name)
        # The night's own report and the bundle itself cite nothing.
        if name is not None and path.is_file() and path.name not in {f"{name[0]}.html", f"{name[0]}.zip"}:
            beside.setdefault(name[0], path.name)
    found: dict[Path, Text] = {}
    for path in bundles:
        id_ = path.stem if path.suffix == ".zip" else path.name
        if id_ in noted:
            found[path] = text("the document {name} was made from it", name=noted[id_])
        elif id_ in beside:
            found[path] = text("{name} lies beside it", name=beside[id_])
        elif re.search(rf"{re.escape(id_)}(?!-\d)", words):
            found[path] = text("the inventory or an attestation names it")
    return found


def _noted(path: Path) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in _words(path).splitlines():
        try:
            note = json.loads(line)
            found[str(note["bundle"])] = str(note["document"])
        except (ValueError, KeyError, TypeError):
            continue
    return found


def _words(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(LONGEST_CITATION).decode("utf-8", "replace")
    except OSError:
        return ""


def _pack(path: Path) -> None:
    """Put a bundle into a .zip that is checked before the directory goes."""
    target = path.with_name(path.name + ".zip")
    partial = target.with_name(target.name + ".partial")
    files = sorted(file for file in path.rglob("*") if file.is_file())
    with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            archive.write(file, f"{path.name}/{file.relative_to(path).as_posix()}")
    with zipfile.ZipFile(partial) as archive:
        for file in files:
            with archive.open(f"{path.name}/{file.relative_to(path).as_posix()}") as packed, file.open("rb") as plain:
                same = hashlib.file_digest(packed, "sha256").digest() == hashlib.file_digest(plain, "sha256").digest()  # type: ignore[arg-type]  # an archive's file is one too
            if not same:
                raise RetentionError(text("the copy in {path} differs", path=partial))
    partial.replace(target)
    _leave(path)


def _remove(path: Path, parent: Path) -> None:
    """Remove a bundle and its night's report, once the history has its record in a file of its own."""
    night = record(open_bundle(path)).model_copy(update={"id": path.stem if path.suffix == ".zip" else path.name})
    with (parent / REMOVED).open("ab") as file:
        file.write(night.model_dump_json().encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())
    if path.suffix == ".zip":
        path.unlink()
    else:
        _leave(path)
    path.with_name(night.id + ".html").unlink(missing_ok=True)


def _leave(path: Path) -> None:
    leaving = path.with_name(LEAVING + path.name)
    path.replace(leaving)
    shutil.rmtree(leaving)
