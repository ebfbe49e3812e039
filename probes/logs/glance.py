"""A glance into a log file: its first and last records, and as many in between as it takes to meet every day.

A glance never claims a day without having seen a record of it. It is given up, and the file read from end to end,
wherever it cannot tell: stamps that go back, a day that it does not find, a year that only the whole file shows, lines
without stamps. What it cannot see is how many records there are.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import BinaryIO

from probes.logs.archive import DamagedError, blocks, packing_of
from probes.logs.placing import DAY, YEAR, Calendar
from probes.logs.stamps import Forms, Stamp, stamp_of
from probes.logs.timeline import TOLERANCE
from probes.logs.tree import LogFile, Span

WHOLE = 1 << 16
"""Bytes up to which a file is read whole: that costs no more than a glance."""

_LOOK = 1 << 12
_WIDE_LOOK = 1 << 16
_PACKED_LOOK: Mapping[str, int] = MappingProxyType({"gzip": 1 << 13, "xz": 1 << 13, "zstd": 1 << 17, "bzip2": 1 << 18})
"""By packing. Only whole blocks can be unpacked: one of zstd is 128 KiB of text, one of bzip2 900 kB."""

_UNPACKED_LOOK = 1 << 16
_CLOSEST = 1 << 13
"""Bytes between two looks below which it is the reading of every line that tells."""

_MOST_LINES = 12
_BACK_S = 3600
"""Seconds by which a later record may be older: relays deliver late."""

DAY_S = DAY * 60
_NAMED = 62


@dataclass(frozen=True, slots=True)
class Frame:
    """What is known of a file before its records are: minutes between which they must lie, and the forms it may use."""

    earliest: int
    latest: int
    modified: int
    span: Span | None
    forms: Forms


@dataclass(frozen=True, slots=True)
class Glance:
    """What was seen.

    Attributes:
        moments: local seconds of the records looked at, in order.
        reach: the last minute that the file may hold records of; its last record's where that was seen.
        form: how the stamps are written.
    """

    moments: tuple[int, ...]
    reach: int
    form: str


class _GiveUpError(Exception):
    """A glance does not tell."""


def glance(file: LogFile, calendar: Calendar, frame: Frame) -> Glance | None:
    """Look into a file; ``None`` where it has to be read from end to end.

    Raises:
        OSError: it cannot be opened or read.
    """
    if file.size <= WHOLE:
        return None
    with file.open() as stream:
        head = stream.read(_LOOK)
        try:
            looker = _Looker(calendar, frame)
            if packing_of(head) is not None:
                return looker.packed(stream, head, file)
            if not _is_text(head):
                return None
            return looker.plain(stream, head, file.size)
        except (_GiveUpError, DamagedError):
            return None


def _is_text(head: bytes) -> bool:
    return bool(head) and b"\0" not in head and not head.startswith((b"\xff\xfe", b"\xfe\xff"))


class _Looker:
    def __init__(self, calendar: Calendar, frame: Frame) -> None:
        self._calendar = calendar
        self._frame = frame
        self._yearless = False
        self._form = ""
        span = frame.span
        self._near = round(frame.latest - YEAR / 2) if span is None else (span.first + span.last) * DAY // 2

    def plain(self, stream: BinaryIO, head: bytes, size: int) -> Glance:
        """First and last records, and by halving whatever lies too far apart."""
        tail_at = size - _LOOK
        stream.seek(tail_at)
        tail = stream.read(_LOOK)
        # The end first: where stamps have no year, the end is the nearest to the time of the last change.
        last = self._moment(_backwards(tail))
        self._near = last // 60
        first = self._moment(_forwards(head, whole_begin=True))
        self._check_ends(first, last)
        moments = (first, *self._between(stream, (0, first), (size, last)))
        return Glance(moments, last // 60, self._form)

    def packed(self, stream: BinaryIO, head: bytes, file: LogFile) -> Glance:
        """The first records only: what is packed cannot be entered in the middle."""
        length = _PACKED_LOOK[packing_of(head) or "gzip"]
        data = head + stream.read(length - len(head))
        if len(data) >= file.size:
            raise _GiveUpError
        text = _unpacked(data, file.name)
        if not _is_text(text[:_LOOK]) or len(text) < _LOOK:
            raise _GiveUpError
        self._near = min(self._near, self._frame.modified) if self._frame.span is None else self._near
        first = self._moment(_forwards(text, whole_begin=True))
        self._near = first // 60
        last = self._moment(_backwards(text))
        self._check_ends(first, last)
        if last < first - _BACK_S or not self._is_short(first, last):
            raise _GiveUpError
        return Glance(tuple(sorted((first, last))), max(self._frame.modified, last // 60), self._form)

    def _between(self, stream: BinaryIO, begin: tuple[int, int], end: tuple[int, int]) -> Iterator[int]:
        """What stands behind one place (offset, second) up to another, halving until no day is left out."""
        waiting = [(begin, end)]
        while waiting:
            begin, end = waiting.pop()
            (at, second), (behind, later) = begin, end
            if later < second - _BACK_S:
                raise _GiveUpError
            if self._is_short(second, later):
                yield later
                continue
            if behind - at < _CLOSEST:
                raise _GiveUpError
            middle = (at + behind) // 2
            found = self._look_at(stream, middle)
            if not second - _BACK_S <= found <= later + _BACK_S:
                raise _GiveUpError
            # The later half goes below, so that moments come in order.
            waiting += [((middle, found), end), (begin, (middle, found))]

    def _is_short(self, second: int, later: int) -> bool:
        """Whether no day and no day's length lies between."""
        return later - second <= DAY_S and later // DAY_S - second // DAY_S <= 1

    def _look_at(self, stream: BinaryIO, at: int) -> int:
        for length in (_LOOK, _WIDE_LOOK):
            stream.seek(at)
            stamp = self._stamp(_forwards(stream.read(length), whole_begin=False))
            if stamp is not None:
                return self._placed(stamp)
        raise _GiveUpError

    def _moment(self, lines: Iterator[bytes]) -> int:
        stamp = self._stamp(lines)
        if stamp is None:
            raise _GiveUpError
        return self._placed(stamp)

    def _stamp(self, lines: Iterator[bytes]) -> Stamp | None:
        for line in lines:
            if (stamp := stamp_of(line, self._frame.forms)) is not None:
                return stamp
        return None

    def _placed(self, stamp: Stamp) -> int:
        """The local second of a stamp within the bounds."""
        self._yearless = self._yearless or stamp.yearless
        self._form = self._form or stamp.form
        if stamp.yearless and (stamp.month, stamp.day) == (2, 29):
            raise _GiveUpError
        minute = self._calendar.minute_of(stamp, self._near)
        if minute is None or not self._frame.earliest <= minute <= self._frame.latest:
            raise _GiveUpError
        return minute * 60 + stamp.second

    def _check_ends(self, first: int, last: int) -> None:
        """Without a year in its stamps a file needs something beside them that tells it, and less than half a year."""
        if not self._yearless:
            return
        span, end = self._frame.span, last // 60
        named = span is not None and span.distance(end // DAY) <= _NAMED
        changed = -DAY <= self._frame.modified - end <= TOLERANCE
        if not (named or (span is None and changed)) or abs(last - first) > 170 * DAY_S:
            raise _GiveUpError


def _unpacked(data: bytes, name: str) -> bytes:
    """The beginning of a packed file, as far as its first bytes give it."""
    found = bytearray()
    try:
        for block in blocks(io.BytesIO(data), name, len(data)):
            found += block
            if len(found) >= _UNPACKED_LOOK:
                break
    except DamagedError:
        pass  # it ends too early because no more of it was read
    return bytes(found)


def _forwards(data: bytes, *, whole_begin: bool) -> Iterator[bytes]:
    """The first lines of a block; its first one only if it is known to begin there."""
    at = 0 if whole_begin else data.find(b"\n") + 1
    if not whole_begin and at == 0:
        return
    for _ in range(_MOST_LINES):
        end = data.find(b"\n", at)
        if end < 0:
            return
        yield data[at:end]
        at = end + 1


def _backwards(data: bytes) -> Iterator[bytes]:
    """The last lines of a block, the last first; what stands behind the last line's end is no whole line."""
    end = data.rfind(b"\n")
    for _ in range(_MOST_LINES):
        if end < 0:
            return
        begin = data.rfind(b"\n", 0, end) + 1
        if begin == 0:
            return
        yield data[begin:end]
        end = begin - 1
