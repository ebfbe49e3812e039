"""The members of zip and tar archives, each read like a file of its own.

Members of a zip and of a plain tar are read in place. A packed tar can only be read from its beginning, and a member
may have to be read twice, so its members are copied one by one to a temporary file that has no name.
"""

from __future__ import annotations

import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, tzinfo
from io import BytesIO, RawIOBase
from tempfile import SpooledTemporaryFile
from typing import IO, Any, BinaryIO, Protocol, Self, TypeVar, cast

from probes.logs.archive import DamagedError, is_tar, packing_of, unpacked
from probes.logs.tree import LogFile
from probes.text import text

INSIDE = "!/"
_MOST_MEMBERS = 100_000
_MOST_BYTES = 200_000_000_000
"""What one archive may unpack to; a school's logs of a year are less."""

_DEEPEST = 3
_IN_MEMORY = 1 << 23
_COPY = 1 << 20
_HEAD = 512
_ZIP = b"PK\x03\x04"
_ERRORS = (
    *(zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError, RuntimeError, NotImplementedError, ValueError),
)

T = TypeVar("T")


class Archive(Protocol):
    """An archive that is open."""

    kind: str

    def members(self) -> Iterator[LogFile]:
        """Its regular files, in their order; raises ``DamagedError`` after those that could be read."""


@contextmanager
def open_archive(file: LogFile, zone: tzinfo | None = None) -> Iterator[Archive | None]:
    """The archive that a file is, told by its content; ``None`` for any other file.

    ``zone`` is that of the machines that pack: a zip tells the times of its members without one.

    Raises:
        OSError: the file cannot be opened or read.
    """
    if file.name.count(INSIDE) >= _DEEPEST:
        yield None
        return
    with file.open() as stream:
        head = stream.read(min(_HEAD, file.size))
        if head.startswith(_ZIP):
            yield _Zip(file, stream, zone)
        elif is_tar(head):
            yield _Tar(file, stream)
        elif packing_of(head) is not None and is_tar(_first(head, stream)):
            yield _PackedTar(file)
        else:
            yield None


def _first(head: bytes, stream: BinaryIO) -> bytes:
    """The first bytes of a packed file, unpacked; empty where it is damaged."""
    data = head + stream.read(1 << 12)
    found = b""
    try:
        for block in unpacked(BytesIO(data), len(data)):
            found += block
            if len(found) >= _HEAD:
                break
    except DamagedError:
        return found
    return found


class _Allowance:
    """What may still be unpacked of one archive."""

    def __init__(self) -> None:
        self.left = _MOST_BYTES

    def take(self, size: int) -> None:
        self.left -= size
        if self.left < 0:
            raise DamagedError(text("unpacks to more than is read"))


class _Member:
    """One member, open for reading; what its archive's library raises comes out as ``DamagedError``."""

    def __init__(self, open_: Callable[[], IO[bytes] | None], allowance: _Allowance) -> None:
        self._allowance = allowance
        self._inner = _guarded(open_)

    def read(self, size: int = -1) -> bytes:
        inner = self._inner
        data = _guarded(lambda: inner.read(size)) if inner is not None else b""
        self._allowance.take(len(data))
        return data

    def seek(self, offset: int, whence: int = 0) -> int:
        inner = self._inner
        return _guarded(lambda: inner.seek(offset, whence)) if inner is not None else 0

    def tell(self) -> int:
        return self._inner.tell() if self._inner is not None else 0

    def seekable(self) -> bool:
        return True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._inner is not None:
            self._inner.close()


def _guarded(action: Callable[[], T]) -> T:
    try:
        return action()
    except RuntimeError as error:
        if "password" in str(error) or "encrypted" in str(error):
            raise DamagedError(text("is locked with a password")) from None
        raise DamagedError(text("is damaged: {error}", error=str(error)[:200])) from None
    except _ERRORS as error:
        raise DamagedError(text("is damaged: {error}", error=str(error)[:200])) from None


@dataclass
class _Zip:
    file: LogFile
    stream: BinaryIO
    zone: tzinfo | None
    kind = "zip"

    def members(self) -> Iterator[LogFile]:
        self.stream.seek(0)
        try:
            archive = zipfile.ZipFile(self.stream)
        except _ERRORS as error:
            raise DamagedError(text("is damaged: {error}", error=str(error)[:200])) from None
        allowance = _Allowance()
        with archive:
            for number, info in enumerate(archive.infolist()):
                _refuse_more_than(_MOST_MEMBERS, number)
                if not info.is_dir():

                    def open_(_: LogFile, info: zipfile.ZipInfo = info) -> BinaryIO:
                        return cast("BinaryIO", _Member(lambda: archive.open(info), allowance))

                    modified = _zip_time(info, self.zone)
                    yield _member(self.file, _Entry(_zip_name(info), number, info.file_size, modified), open_)


@dataclass
class _Tar:
    file: LogFile
    stream: BinaryIO
    kind = "tar"

    def members(self) -> Iterator[LogFile]:
        self.stream.seek(0)
        allowance = _Allowance()
        with _tar(self.stream, "r:") as archive:
            for number, info in _regular(archive):

                def open_(_: LogFile, info: tarfile.TarInfo = info) -> BinaryIO:
                    return cast("BinaryIO", _Member(lambda: archive.extractfile(info), allowance))

                yield _member(self.file, _Entry(info.name, number, info.size, info.mtime), open_)


@dataclass
class _PackedTar:
    file: LogFile
    kind = "tar"

    def members(self) -> Iterator[LogFile]:
        allowance = _Allowance()
        with (
            self.file.open() as stream,
            _tar(cast("BinaryIO", _Blocks(unpacked(stream, self.file.size))), "r|") as archive,
        ):
            for number, info in _regular(archive):
                with SpooledTemporaryFile(_IN_MEMORY) as copy:
                    damage = _copied(archive, info, cast("BinaryIO", copy), allowance)

                    def open_(_: LogFile, copy: IO[bytes] = copy, damage: DamagedError | None = damage) -> BinaryIO:
                        copy.seek(0)
                        return cast("BinaryIO", _Copy(copy, damage))

                    yield _member(self.file, _Entry(info.name, number, info.size, info.mtime), open_)
                    if damage is not None:
                        raise damage


def _copied(
    archive: tarfile.TarFile, info: tarfile.TarInfo, copy: BinaryIO, allowance: _Allowance
) -> DamagedError | None:
    """Copy a member; what is wrong with it, if it ends too early."""
    try:
        with _Member(lambda: archive.extractfile(info), allowance) as member:
            while data := member.read(_COPY):
                copy.write(data)
    except DamagedError as damage:
        return damage
    return None


class _Copy:
    """The copy of a member, which may be incomplete: then its end is the damage."""

    def __init__(self, inner: IO[bytes], damage: DamagedError | None) -> None:
        self._inner = inner
        self._damage = damage

    def read(self, size: int = -1) -> bytes:
        data = self._inner.read(size)
        if not data and size and self._damage is not None:
            raise self._damage
        return data

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._inner.seek(offset, whence)

    def tell(self) -> int:
        return self._inner.tell()

    def seekable(self) -> bool:
        return True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Leave it open: it may be read again."""


class _Blocks(RawIOBase):
    """Blocks as a file that is read once, from its beginning."""

    def __init__(self, data: Iterator[bytes]) -> None:
        self._data = data
        self._rest = b""

    def read(self, size: int = -1) -> bytes:
        parts, have = [self._rest], len(self._rest)
        while have < size and (block := next(self._data, b"")):
            parts.append(block)
            have += len(block)
        whole = b"".join(parts)
        self._rest = whole[size:]
        return whole[:size]


@contextmanager
def _tar(stream: BinaryIO, mode: str) -> Iterator[tarfile.TarFile]:
    try:
        archive = tarfile.open(fileobj=stream, mode=mode)  # type: ignore[call-overload]  # noqa: SIM115  mode is a word
    except (*_ERRORS, OSError) as error:
        raise DamagedError(text("is damaged: {error}", error=str(error)[:200])) from None
    try:
        yield archive
    finally:
        archive.close()


def _regular(archive: Any) -> Iterator[tuple[int, tarfile.TarInfo]]:
    number = 0
    while (info := _guarded(archive.next)) is not None:
        _refuse_more_than(_MOST_MEMBERS, number)
        if info.isreg():
            yield number, info
        number += 1
        archive.members = []  # tarfile remembers all of them


def _refuse_more_than(most: int, number: int) -> None:
    if number >= most:
        raise DamagedError(text("has more than {n} members", n=most))


@dataclass(frozen=True)
class _Entry:
    """What an archive says of a member."""

    name: str
    number: int
    size: int
    modified: float


def _member(file: LogFile, entry: _Entry, opener: Callable[[LogFile], BinaryIO]) -> LogFile:
    name = f"{file.name}{INSIDE}{entry.name.lstrip('./')}"
    identity = (f"{file.identity}", entry.number)
    return LogFile(file.path, name, identity, entry.size, entry.modified or file.modified, opener)


def _zip_name(info: zipfile.ZipInfo) -> str:
    """The name, where it is not marked as UTF-8 in GBK, as programs on Chinese Windows write it."""
    if info.flag_bits & 0x800:
        return info.filename
    try:
        return info.filename.encode("cp437").decode("gb18030")
    except UnicodeError:
        return info.filename


def _zip_time(info: zipfile.ZipInfo, zone: tzinfo | None) -> float:
    """Local time of the machine that packed it, to two seconds; 0 where it is none."""
    try:
        return datetime(*info.date_time, tzinfo=zone).timestamp()
    except (ValueError, OverflowError, OSError):
        return 0.0
