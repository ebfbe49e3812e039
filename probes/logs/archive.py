"""The bytes of one log file, unpacked, block by block; the content tells the compression, not the name."""

from __future__ import annotations

import bz2
import codecs
import lzma
import zlib
from collections.abc import Iterator
from typing import Any, BinaryIO, Protocol

from probes.text import Text, text

BLOCK = 1 << 17
"""Bytes of a block, about. Larger ones take twice the time: the allocator maps each of them anew."""

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
)
_FOREIGN: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", "zip"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"Rar!\x1a\x07", "rar"),
    (b"\x1f\x9d", "compress"),
    (b"\x04\x22\x4d\x18", "lz4"),
    (b"\x5d\x00\x00", "lzma"),
)
PACKED = (".gz", ".bz2", ".xz", ".zst", ".zstd", ".tgz")
"""How names of packed files end; what one is, its first octets say."""
_TAR_AT, _TAR = 257, b"ustar"


class DamagedError(Exception):
    """A file ends too early or does not unpack; what was read before counts."""

    def __init__(self, text: Text) -> None:
        super().__init__(str(text))
        self.text = text


class _Unpacker(Protocol):
    """One member of a compressed file. ``rest`` is what follows its end, ``errors`` what it raises on broken data."""

    eof: bool
    rest: bytes
    errors: tuple[type[Exception], ...]

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Unpack, in blocks of bounded size."""


class _Gzip:
    def __init__(self) -> None:
        self._inner, *errors = _gzip()
        self.errors: tuple[type[Exception], ...] = (zlib.error, *errors)
        self.eof, self.rest = False, b""

    def feed(self, data: bytes) -> Iterator[bytes]:
        while True:
            out = self._inner.decompress(data, BLOCK)
            yield out
            data = self._inner.unconsumed_tail
            if self._inner.eof or (not data and len(out) < BLOCK):
                break
        self.eof, self.rest = self._inner.eof, self._inner.unused_data


def _gzip() -> tuple[Any, ...]:
    """An object that unpacks one gzip member, and its own errors: Intel's library where it is, three times as fast."""
    try:
        from isal import isal_zlib  # noqa: PLC0415  only where there is a .gz
    except ImportError:  # a machine for which it is not built
        return (zlib.decompressobj(wbits=31),)
    return isal_zlib.decompressobj(wbits=31), isal_zlib.error


class _Bounded:
    """bzip2 and xz, whose objects are alike."""

    errors: tuple[type[Exception], ...] = (OSError, EOFError, lzma.LZMAError)

    def __init__(self, inner: bz2.BZ2Decompressor | lzma.LZMADecompressor) -> None:
        self._inner = inner
        self.eof, self.rest = False, b""

    def feed(self, data: bytes) -> Iterator[bytes]:
        yield self._inner.decompress(data, BLOCK)
        while not self._inner.eof and not self._inner.needs_input:
            yield self._inner.decompress(b"", BLOCK)
        self.eof, self.rest = self._inner.eof, self._inner.unused_data


class _Zstd:
    _STEP = 256
    """Its object knows no bound on output: four bytes can become 128 KiB at the very worst."""

    def __init__(self) -> None:
        import zstandard  # noqa: PLC0415  only where there is a .zst

        self.errors: tuple[type[Exception], ...] = (zstandard.ZstdError,)
        self._inner = zstandard.ZstdDecompressor().decompressobj()
        self.eof, self.rest = False, b""

    def feed(self, data: bytes) -> Iterator[bytes]:
        parts: list[bytes] = []
        size = 0
        for at in range(0, len(data), self._STEP):
            parts.append(self._inner.decompress(data[at : at + self._STEP]))
            size += len(parts[-1])
            if self._inner.eof:
                self.eof, self.rest = True, self._inner.unused_data + data[at + self._STEP :]
                break
            if size >= BLOCK:
                yield b"".join(parts)
                parts, size = [], 0
        yield b"".join(parts)


def _unpacker(packing: str) -> _Unpacker:
    if packing == "gzip":
        return _Gzip()
    if packing == "zstd":
        return _Zstd()
    return _Bounded(bz2.BZ2Decompressor() if packing == "bzip2" else lzma.LZMADecompressor())


def packing_of(head: bytes) -> str | None:
    """How a file that begins so is packed; ``None`` for plain content."""
    return next((name for magic, name in _MAGIC if head.startswith(magic)), None)


def is_tar(head: bytes) -> bool:
    """Whether content begins as a tar archive does."""
    return head[_TAR_AT : _TAR_AT + len(_TAR)] == _TAR


def unpacked(file: BinaryIO, size: int) -> Iterator[bytes]:
    """The content in blocks of bounded size, whatever it is; raises ``DamagedError`` after what could be read."""
    head = file.read(min(512, size))
    packing, chunks = packing_of(head), _chunks(file, head, size)
    return _unpacked(chunks, packing) if packing else chunks


def blocks(file: BinaryIO, name: str, size: int) -> Iterator[bytes]:
    """The file's content in blocks of bounded size, cut anywhere; a growing file only as far as it was.

    Args:
        file: opened for reading in binary, at its beginning.
        name: for files whose name promises a compression that the content is not.
        size: bytes to read at most.

    Raises:
        DamagedError: after everything that could be read.
        OSError: the file system failed.
    """
    head = file.read(min(512, size))
    packing = packing_of(head)
    foreign = next((name for magic, name in _FOREIGN if head.startswith(magic)), None)
    if foreign or is_tar(head):
        raise DamagedError(text("is a {packing} archive, which is not read", packing=foreign or "tar"))
    if packing is None and not head:
        refuse_if_named_packed(name)
    chunks = _chunks(file, head, size)
    yield from _as_utf8(_unpacked(chunks, packing) if packing else chunks)


def refuse_if_named_packed(name: str) -> None:
    """For content that is neither packed nor text: raise ``DamagedError`` if the name promises a packed file."""
    if name.lower().endswith(PACKED):
        raise DamagedError(text("is not the compressed file that its name says"))


def _chunks(file: BinaryIO, head: bytes, size: int) -> Iterator[bytes]:
    data = head + file.read(max(min(BLOCK, size) - len(head), 0))
    left = size - len(data)
    while data:
        yield data
        data = file.read(min(BLOCK, left))
        left -= len(data)


def _unpacked(chunks: Iterator[bytes], packing: str) -> Iterator[bytes]:
    """All members one after the other; what follows the last one and is none is left alone, as gzip(1) does."""
    magic = next(magic for magic, name in _MAGIC if name == packing)
    member: _Unpacker | None = None
    first, data = True, b""
    for chunk in chunks:
        data += chunk
        while data:
            if member is None:
                data = data.lstrip(b"\0")
                if len(data) < len(magic):
                    break
                if not data.startswith(magic):
                    return
                member, first = _unpacker(packing), False
            try:
                yield from (out for out in member.feed(data) if out)
            except member.errors as error:
                raise DamagedError(text("is damaged: {error}", error=str(error))) from None
            data = member.rest
            if member.eof:
                member = None
            else:
                data = b""
    if member is not None or first:
        raise DamagedError(text("ends too early: it was cut off"))


def _as_utf8(data: Iterator[bytes]) -> Iterator[bytes]:
    """The same, in UTF-8 where it is marked as UTF-16 (logs of Windows)."""
    first = next(data, b"")
    if not first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        yield first
        yield from data
        return
    decoder = codecs.getincrementaldecoder("utf-16")(errors="replace")
    yield decoder.decode(first).encode(errors="replace")
    for block in data:
        yield decoder.decode(block).encode(errors="replace")
