"""Reading SNMP tables from devices as they are: many columns in one request, and patience with broken agents.

Columns advance side by side and end one by one. What the agent does not manage costs a gear, never the table: GETBULK,
then GETNEXT of many columns, then GETNEXT of one column at a time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum, StrEnum
from types import MappingProxyType
from typing import Protocol

from probes.text import Text, text
from probes.transport.snmp_engine import (
    AUTHORIZATION_ERROR,
    END_OF_MIB,
    NO_ACCESS,
    NO_SUCH_NAME,
    NOTHING_THERE,
    TOO_BIG,
    UNREADABLE,
    Ask,
    Reply,
    SilenceError,
    Value,
    VarBind,
)
from probes.transport.snmp_gufo import Column, Detour, GufoLane, Row, kind_of

Table = dict[str, dict[str, Value]]
"""Rows by index, each a mapping from column OID to value; a column that the row lacks is not in it."""

VARBINDS_A_REPLY = 60
"""At some 23 bytes each they fit an Ethernet frame: fragments are what overloaded agents and firewalls lose first."""

COLUMNS_A_REQUEST = 12

MAX_ROWS = 100_000
MAX_SKIPS = 8


class Quirk(StrEnum):
    """Something that an agent does against the standard, and that was worked around."""

    NOT_INCREASING = "oids_not_increasing"
    REPEATING = "oids_repeating"
    TOO_MANY_ROWS = "too_many_rows"
    TOO_BIG = "answers_too_big"
    BULK_FAILED = "getbulk_failed"
    SILENT_ON_BULK = "silent_on_getbulk"
    SILENT_ON_MANY = "silent_on_many_columns"
    COLUMN_FAILED = "column_failed"
    VALUE_SILENT = "value_unreadable"
    EMPTY_ANSWER = "empty_answer"
    OTHER_OID = "answered_another_oid"
    DISORDERED = "answers_disordered"


LOSSES: Mapping[Quirk, Text] = MappingProxyType(
    {
        Quirk.REPEATING: text("it goes round in circles"),
        Quirk.TOO_MANY_ROWS: text("it sends rows without end"),
        Quirk.COLUMN_FAILED: text("it fails to answer"),
    }
)
"""The quirks through which rows may be lost; the others only cost time."""


class Gear(IntEnum):
    """How much is asked in one request."""

    BULK = 0
    MANY = 1
    ONE = 2


@dataclass
class Pace:
    """What a device has shown that it can take; kept for the whole session."""

    gear: Gear = Gear.BULK
    max_repetitions: int = 25
    varbinds: int = VARBINDS_A_REPLY
    columns: int = COLUMNS_A_REQUEST

    def repetitions(self, columns: int) -> int:
        """Rows to ask for when so many columns are asked at once."""
        return max(1, min(self.max_repetitions, self.varbinds // columns))

    def shift_down(self) -> None:
        """Ask for less at a time."""
        self.gear = Gear(min(self.gear + 1, Gear.ONE))

    def shrink(self, columns: int) -> bool:
        """Halve the answer that so many columns led to; false if it cannot be less."""
        if self.gear is Gear.BULK and self.repetitions(columns) > 1:
            self.varbinds = columns * (self.repetitions(columns) // 2)
        elif columns > 1 and self.gear is not Gear.ONE:
            self.columns = columns // 2
        elif self.gear is not Gear.ONE:
            self.shift_down()
        else:
            return False
        return True


class Line(Protocol):
    """What a walk needs of the session it belongs to."""

    pace: Pace
    lane: GufoLane | None

    async def rows(self, column: Column) -> Sequence[Row]:
        """The next rows of a column in the fast lane; ``Detour`` when it has to be left."""

    def leave_lane(self) -> None:
        """From now on everything is asked through the careful engine."""

    async def ask(self, what: Ask, oids: Sequence[str], repetitions: int = 0) -> Reply:
        """A request with its retries; ``SilenceError`` if a peer that had answered before no longer does."""

    async def alive(self) -> bool:
        """Whether the device still answers the simplest of questions."""

    def note(self, quirk: Quirk, oid: str) -> None:
        """Remember a quirk."""

    def record(self, varbind: VarBind) -> None:
        """Keep a variable as evidence."""

    def gone(self) -> Exception:
        """The error that says that the device fell silent."""

    def denied(self) -> Exception:
        """The error that says that the view is too narrow."""


@dataclass
class _Column:
    oid: str
    cursor: str = ""
    seen: dict[str, None] = field(default_factory=dict)
    last: tuple[int, ...] = ()
    done: bool = False
    head: str = ""

    def __post_init__(self) -> None:
        self.cursor, self.head = self.oid, f"{self.oid}."

    def index_of(self, oid: str) -> str | None:
        """The row's index if the OID lies in this column."""
        return oid[len(self.head) :] if oid.startswith(self.head) else None


class Walk:
    """One reading of a table."""

    def __init__(self, line: Line, columns: Sequence[str], max_rows: int = MAX_ROWS) -> None:
        self._line = line
        self._columns = [_Column(oid) for oid in dict.fromkeys(columns)]
        self._max_rows = max_rows
        self._rows: Table = {}
        self._paths: dict[str, tuple[int, ...]] = {}
        self._skips = 0

    async def run(self) -> Table:
        """Read until every column has ended."""
        await self._read_quickly()
        while batch := self._open_columns():
            asked_at = replace(self._line.pace)  # another table may be read at the same time, and change it
            reply = await self._request(batch)
            if reply is None:
                continue
            if reply.status:
                self._stumble(batch, reply, asked_at)
            else:
                self._take(batch, reply.varbinds, asked_at)
        return self._rows

    async def _read_quickly(self) -> None:
        """Read column after column in the fast lane, as far as that goes; the careful engine goes on from there."""
        line = self._line
        try:
            for column in self._columns:
                if line.lane is None or line.pace.gear is not Gear.BULK:
                    return
                await self._follow(column, line.lane.column(column.oid, line.pace.repetitions(1)))
        except Detour:
            line.leave_lane()

    async def _follow(self, column: _Column, reading: Column) -> None:
        while not column.done:
            for oid, value in await self._line.rows(reading):
                if not column.done:
                    self._advance(column, VarBind(oid, kind_of(value), value))
            if reading.ended:
                column.done = True

    def _open_columns(self) -> list[_Column]:
        pace = self._line.pace
        width = 1 if pace.gear is Gear.ONE else pace.columns
        return [column for column in self._columns if not column.done][:width]

    async def _request(self, batch: Sequence[_Column]) -> Reply | None:
        """The reply, or ``None`` if there was none and the next request is to be a smaller one."""
        line, gear = self._line, self._line.pace.gear
        oids = [column.cursor for column in batch]
        try:
            if gear is Gear.BULK:
                return await line.ask(Ask.BULK, oids, line.pace.repetitions(len(oids)))
            return await line.ask(Ask.NEXT, oids)
        except SilenceError:
            if not await line.alive():
                raise line.gone() from None
        if gear is Gear.ONE:
            self._step_over(batch[0])
        else:
            line.note(Quirk.SILENT_ON_BULK if gear is Gear.BULK else Quirk.SILENT_ON_MANY, oids[0])
            if line.pace.gear is gear:
                line.pace.shift_down()
        return None

    def _step_over(self, column: _Column) -> None:
        """Go on behind a value that the agent cannot send or the engine cannot read: the other columns know the rows.

        Badly encoded gauges are the usual case (a negative ifSpeed); each costs all tries of a request.
        """
        self._line.note(Quirk.VALUE_SILENT, column.cursor)
        self._skips += 1
        beyond = [index for index in self._rows if _path(index) > column.last]
        if self._skips > MAX_SKIPS or not beyond:
            column.done = True
            return
        index = min(beyond, key=_path)
        column.last, column.cursor = _path(index), f"{column.oid}.{index}"

    def _stumble(self, batch: Sequence[_Column], reply: Reply, asked_at: Pace) -> None:
        """Act on an error-status: ask for less, or end the column that the error-index names."""
        line, pace = self._line, self._line.pace
        blamed = batch[reply.index - 1] if 0 < reply.index <= len(batch) else None
        if reply.status in {NO_ACCESS, AUTHORIZATION_ERROR}:
            raise line.denied()
        ended = reply.status == NO_SUCH_NAME and (blamed or len(batch) == 1)
        if pace != asked_at and not ended:
            return  # less is asked already
        if reply.status == TOO_BIG:
            line.note(Quirk.TOO_BIG, batch[0].cursor)
            if not pace.shrink(len(batch)):
                self._give_up(batch[0], Quirk.COLUMN_FAILED)
        elif ended:
            (blamed or batch[0]).done = True  # how SNMPv1 says that nothing follows
        elif pace.gear is Gear.BULK:
            line.note(Quirk.BULK_FAILED, batch[0].cursor)
            pace.shift_down()
        elif blamed or pace.gear is Gear.ONE:
            self._give_up(blamed or batch[0], Quirk.COLUMN_FAILED)
        else:
            pace.shift_down()

    def _take(self, batch: Sequence[_Column], varbinds: Sequence[VarBind], asked_at: Pace) -> None:
        if not varbinds:
            self._line.note(Quirk.EMPTY_ANSWER, batch[0].cursor)
            if asked_at.gear is Gear.ONE:
                self._give_up(batch[0], Quirk.COLUMN_FAILED)
            elif self._line.pace.gear is asked_at.gear:
                self._line.pace.shift_down()
        # Row by row: variable i belongs to column i modulo the width, also in a last row that was cut short.
        asked = len(batch) * (asked_at.repetitions(len(batch)) if asked_at.gear is Gear.BULK else 1)
        if asked_at.gear is not Gear.ONE and _disordered(batch, varbinds[:asked]):
            self._line.note(Quirk.DISORDERED, batch[0].cursor)
            self._line.pace.gear = Gear.ONE  # a single variable cannot stand in another's place
            return
        for position, varbind in enumerate(varbinds[:asked]):
            column = batch[position % len(batch)]
            if not column.done:
                self._advance(column, varbind)

    def _advance(self, column: _Column, varbind: VarBind) -> None:
        index = column.index_of(varbind.oid)
        if index is None or varbind.type == END_OF_MIB:
            column.done = True
        elif varbind.type in NOTHING_THERE:
            self._pass_over(column, index, varbind)
        elif index in column.seen:
            self._give_up(column, Quirk.REPEATING)
        elif index not in self._rows and len(self._rows) >= self._max_rows:
            self._end_all(varbind)
        else:
            self._keep(column, index, varbind)

    def _pass_over(self, column: _Column, index: str, varbind: VarBind) -> None:
        """Go on behind a cell that the agent names and does not have, which only a further one can be."""
        place = _path(index)
        if place <= column.last:
            column.done = True
        elif len(column.seen) >= self._max_rows:
            self._end_all(varbind)
        else:
            column.last, column.cursor = place, varbind.oid
            column.seen[index] = None

    def _end_all(self, varbind: VarBind) -> None:
        self._line.note(Quirk.TOO_MANY_ROWS, varbind.oid)
        for each in self._columns:
            each.done = True

    def _keep(self, column: _Column, index: str, varbind: VarBind) -> None:
        """Take a row's value. A row out of order is still a row: only one that comes again means a loop."""
        place = self._paths.get(index)
        if place is None:
            place = self._paths[index] = _path(index)
        if place < column.last:
            self._line.note(Quirk.NOT_INCREASING, varbind.oid)
        column.last = place
        column.seen[index] = None
        column.cursor = varbind.oid
        row = self._rows.setdefault(index, {})
        if varbind.type == UNREADABLE:
            self._line.note(Quirk.VALUE_SILENT, varbind.oid)
        else:
            row[column.oid] = varbind.value
        self._line.record(varbind)

    def _give_up(self, column: _Column, quirk: Quirk) -> None:
        self._line.note(quirk, column.cursor)
        column.done = True


def _disordered(batch: Sequence[_Column], varbinds: Sequence[VarBind]) -> bool:
    """Whether a variable stands where no honest walk leads: a column ends with something behind it, never before it."""
    left = set[str]()
    for position, varbind in enumerate(varbinds):
        column = batch[position % len(batch)]
        if column.oid not in left and (varbind.type in NOTHING_THERE or column.index_of(varbind.oid) is None):
            if varbind.type not in NOTHING_THERE and _path(varbind.oid) < _path(column.oid):
                return True
            left.add(column.oid)
    return False


def _path(index: str) -> tuple[int, ...]:
    return tuple(int(part) for part in index.split("."))


async def get(line: Line, oids: Sequence[str]) -> Mapping[str, Value]:
    """Single variables by OID, in requests of a bearable size; what the device lacks is ``None``."""
    found: dict[str, Value] = dict.fromkeys(oids)
    waiting = list(found)
    while waiting:
        batch = waiting[: 1 if line.pace.gear is Gear.ONE else line.pace.columns]
        reply = await line.ask(Ask.GET, batch)
        if reply.status:
            waiting = _after_error(line, batch, reply, waiting)
            continue
        for varbind in reply.varbinds:
            if varbind.oid in found:
                found[varbind.oid] = varbind.value
                line.record(varbind)
                if varbind.type == UNREADABLE:
                    line.note(Quirk.VALUE_SILENT, varbind.oid)
            else:
                line.note(Quirk.OTHER_OID, varbind.oid)
        waiting = waiting[len(batch) :]
    return found


def _after_error(line: Line, batch: Sequence[str], reply: Reply, waiting: Sequence[str]) -> list[str]:
    """What is still to be asked for after an error-status."""
    if reply.status in {NO_ACCESS, AUTHORIZATION_ERROR}:
        raise line.denied()
    if reply.status == TOO_BIG:
        line.note(Quirk.TOO_BIG, batch[0])
        if len(batch) > 1:
            line.pace.columns = len(batch) // 2
            return list(waiting)
    elif len(batch) > 1 and not 0 < reply.index <= len(batch):
        line.pace.gear = Gear.ONE
        return list(waiting)
    lacking = batch[reply.index - 1] if 0 < reply.index <= len(batch) else batch[0]
    if reply.status not in {NO_SUCH_NAME, TOO_BIG}:
        line.note(Quirk.COLUMN_FAILED, lacking)
    return [oid for oid in waiting if oid != lacking]
