"""Where a file's lines bear their time, as a pattern that runs over all neighbouring lines of one slot at once.

Neighbouring lines nearly always bear the same ten minutes. One regular expression with back references finds the end of
such a run: the bytes up to the tens of minutes, the byte behind the seconds and those of the zone are the same in all
its lines. So only one line of a run is looked at, and up to a gigabyte a second is counted. Anything irregular ends it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

from probes.logs.stamps import Stamp

_MOST_DELIMITERS = 200


@dataclass(frozen=True, slots=True)
class Layout:
    """Where in a line the bytes stand that tell its time; positions count from the end of the prefix.

    Attributes:
        prefix: pattern of what stands before; empty where the stamp has a fixed place in the line.
        key: length of the bytes that determine the slot: all before the last digit of the minute.
        minute: position of that digit; -1 for epoch stamps, whose key determines a hundred seconds.
        second: position of the two digits of the seconds, -1 where there are none.
        mark: position of the byte behind the seconds (a blank, a point, a letter of the zone).
        tail: span of whatever else determines the instant (zone, year), with the byte behind it.
    """

    prefix: bytes
    key: int
    minute: int
    second: int
    mark: int
    tail: tuple[int, int]


class Run(NamedTuple):
    """Lines that follow each other within one slot.

    Attributes:
        bytes_: what determines the slot: key, mark and tail.
        begin: where the first line's key begins.
        end: where the line after the run begins.
    """

    bytes_: tuple[bytes, bytes, bytes]
    begin: int
    end: int


class Finder:
    """Finds runs of one layout."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        tail, end = layout.tail
        between = b".{%d}" % (layout.mark - layout.key)
        fraction = b".{%d}" % (tail - layout.mark - 1) if tail > layout.mark else b""
        mark = b"(.)" if tail > layout.mark else b"()"
        first = layout.prefix + b"(.{%d})" % layout.key + between + mark + fraction + b"(.{%d})" % (end - tail)
        again = layout.prefix + rb"\1" + between + rb"\2" + fraction + rb"\3"
        # Possessive, so that the rest of a line is never looked at twice.
        self._runs = re.compile(first + rb".*+\n(?:" + again + rb".*+\n)*")
        self._prefix = re.compile(layout.prefix)

    def run_at(self, data: bytes, at: int, end: int) -> Run | None:
        """The run that begins with the line at ``at``; ``None`` if that line cannot have the layout."""
        found = self._runs.match(data, at, end)
        return Run((found[1], found[2], found[3]), found.start(1), found.end()) if found else None

    def run_of(self, data: bytes, key: int, end: int) -> Run:
        """The run of lines that ends there and whose first key begins at ``key``, known to have this layout."""
        layout = self.layout
        tail, behind = layout.tail
        mark = data[key + layout.mark : key + layout.mark + 1] if tail > layout.mark else b""
        return Run((data[key : key + layout.key], mark, data[key + tail : key + behind]), key, end)

    def key_at(self, data: bytes, at: int) -> int:
        """Where the key of the line at ``at`` begins; for lines of a run."""
        found = self._prefix.match(data, at)
        return found.end() if found else at


def layouts_of(line: bytes, stamp: Stamp) -> tuple[Layout, ...]:
    """The layout that a line with this stamp has: as one of fixed place, and as one that may stand further on.

    Empty where the digits do not have the places that a layout needs.
    """
    tens = stamp.minute_end - (0 if stamp.epoch is not None else 2)
    if (not line[tens : stamp.minute_end].isdigit() and stamp.epoch is None) or stamp.second_digits == 1:
        return ()
    fixed = _layout(stamp, b"", 0)
    for prefix in _prefixes(line, stamp):
        found = re.match(prefix, line)
        if found and found.end() < tens:
            return fixed, _layout(stamp, prefix, found.end())
    return fixed, fixed


def _layout(stamp: Stamp, prefix: bytes, origin: int) -> Layout:
    is_epoch = stamp.epoch is not None
    key = stamp.minute_end - (0 if is_epoch else 1) - origin
    second = stamp.second_end - 2 - origin if stamp.second_digits else -1
    tail = (stamp.tail[0] - origin, stamp.tail[1] - origin + 1)
    return Layout(prefix, key, -1 if is_epoch else key, second, stamp.second_end - origin, tail)


def _prefixes(line: bytes, stamp: Stamp) -> list[bytes]:
    """Patterns of what stands before the stamp, if it is of varying length."""
    if stamp.anchor == b">":
        return [rb"<\d{1,4}>"]
    if stamp.anchor:
        return [_up_to(stamp.anchor)]
    delimiter = line[stamp.start - 1 : stamp.start] if stamp.start else b""
    if delimiter and delimiter in b"\"'[(":
        delimiter = line[stamp.start - 2 : stamp.start - 1]
    if not delimiter or delimiter.isalnum():
        return []
    count = line.count(delimiter, 0, stamp.start)
    other = re.escape(delimiter)
    return [rb"(?:[^%b\n]*+%b){%d}" % (other, other, count)] if count <= _MOST_DELIMITERS else []


def _up_to(anchor: bytes) -> bytes:
    """Everything up to and with the first occurrence of some bytes, found without going back."""
    first, rest = re.escape(anchor[:1]), re.escape(anchor[1:])
    others = rb"[^%b\n]*+" % first
    return others + rb"(?:%b(?!%b)%b)*+" % (first, rest, others) + first + rest if rest else others + first
