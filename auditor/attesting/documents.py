"""Documents that people put forward: copied beside the attestations under a name that harms nobody, and hashed."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from auditor.attesting.errors import AnswerError
from probes.text import text
from probes.trouble import said_by
from reports.visible import HIDDEN

FOLDER = "documents"
LARGEST_BYTES = 50 * 1024 * 1024
MOST = 20
"""Documents of one answer."""
LONGEST_NAME_BYTES = 150
_PIECE = 1 << 20
# What Windows, or a shell, or a spreadsheet would take for something else than a part of a name.
_FORBIDDEN = re.compile(r'[<>:"|?*\x00-\x1f\x7f$`;&%!\']')
_DEVICES = re.compile(r"(?i)^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?$")
_STEM_END = re.compile(r"[. ]+$")


@dataclass(frozen=True, slots=True)
class Kept:
    """A document in its place.

    Attributes:
        path: relative to the attestations file, with ``/`` between.
    """

    path: str
    sha256: str
    bytes: int

    @property
    def name(self) -> str:
        """Its name without the folders."""
        return self.path.rpartition("/")[2]


def safe_name(given: str) -> str:
    r"""A file name without folders, hidden characters, reserved words, and no longer than file systems bear.

    >>> safe_name("../../etc/passwd"), safe_name("C:\\temp\\制度.pdf"), safe_name("CON.txt"), safe_name("..")
    ('passwd', '制度.pdf', '_CON.txt', 'document')
    """
    name = unicodedata.normalize("NFC", HIDDEN.sub("", given)).replace("\\", "/").rpartition("/")[2]
    name = _FORBIDDEN.sub("_", " ".join(name.split())).lstrip(".-=+@ ~")
    name = _STEM_END.sub("", name)
    if _DEVICES.match(name):
        name = "_" + name
    stem, dot, ending = name.rpartition(".")
    if not dot or len(ending.encode()) > 20:  # noqa: PLR2004  longer than that is no ending
        stem, ending = name, ""
    room = LONGEST_NAME_BYTES - len(ending.encode()) - 1
    stem = stem.encode()[:room].decode("utf-8", "ignore").rstrip(". ")
    return (f"{stem}.{ending}" if ending else stem) or "document"


def from_file(source: Path, parent: Path, indicator: str) -> Kept:
    """Copy a file that somebody names; one that lies in the documents folder already stays where it is.

    Raises:
        AnswerError: it is not there, is no file, is empty or too large, or the copy cannot be written.
    """
    try:
        if not source.is_file():
            there = (
                text("{path} is no file", path=source) if source.exists() else text("{path}: no such file", path=source)
            )
            raise AnswerError(there)
        inside = (parent / FOLDER).resolve()
        if source.resolve().is_relative_to(inside):
            return _in_place(source.resolve(), parent.resolve())
        with source.open("rb") as file:
            return from_stream(file, source.name, parent, indicator)
    except OSError as error:
        raise AnswerError(text("cannot read {path}: {error}", path=source, error=said_by(error))) from error


def _in_place(source: Path, parent: Path) -> Kept:
    size = _of_good_size(source.stat().st_size, source.name)
    with source.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Kept(source.relative_to(parent).as_posix(), digest, size)


def from_stream(file: BinaryIO, name: str, parent: Path, indicator: str) -> Kept:
    """Copy what a stream holds, piece by piece, into ``documents/<indicator>/``.

    A file of the same name is never written over: the same content is the same document, other content gets a number.

    Args:
        file: read from where it stands.
        name: as its owner calls it; only what ``safe_name`` leaves of it is used.
        parent: the folder of the attestations file.
        indicator: of the rubric, so its id is a good name of a folder.

    Raises:
        AnswerError: it is empty or too large, or the copy cannot be written.
    """
    good, folder = safe_name(name), parent / FOLDER / indicator
    partial = folder / f".{secrets.token_hex(8)}.partial"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not folder.resolve().is_relative_to(parent.resolve()):
            raise AnswerError(text("{path} leads out of its folder, so nothing is written there", path=folder))
        try:
            digest, size = _copied(file, partial, good)
            target = _free(folder, good, digest)
            partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)
    except OSError as error:
        raise AnswerError(text("cannot write {path}: {error}", path=folder, error=said_by(error))) from error
    return Kept(target.relative_to(parent).as_posix(), digest, size)


def _copied(file: BinaryIO, partial: Path, name: str) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    with partial.open("xb") as copy:
        while piece := file.read(_PIECE):
            size += len(piece)
            if size > LARGEST_BYTES:
                break
            digest.update(piece)
            copy.write(piece)
        _of_good_size(size, name)
        copy.flush()
        os.fsync(copy.fileno())
    return digest.hexdigest(), size


def _of_good_size(size: int, name: str) -> int:
    if size == 0:
        raise AnswerError(text("{name}: the file is empty", name=name))
    if size > LARGEST_BYTES:
        most = LARGEST_BYTES // 1024**2
        raise AnswerError(text("{name} is larger than {most} MB; put forward a smaller copy", name=name, most=most))
    return size


def _free(folder: Path, name: str, digest: str) -> Path:
    """The first name that is free, or holds the same document."""
    stem, dot, ending = name.rpartition(".")
    if not dot:
        stem, ending = name, ""
    number = 1
    while True:
        number += 1
        target = folder / name
        if not os.path.lexists(target) or (not target.is_symlink() and _digest(target) == digest):
            return target
        name = f"{stem}-{number}.{ending}" if ending else f"{stem}-{number}"


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""
