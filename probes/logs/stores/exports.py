"""CSV and XLSX exports of gateways: every row read as a stream, its time taken from one column."""

from __future__ import annotations

import asyncio
import codecs
import csv
import zipfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import chain, islice
from pathlib import Path
from threading import Event
from typing import BinaryIO

from probes.campus import LogSource, TableStore
from probes.logs.archive import DamagedError, blocks
from probes.logs.columns import Cell, TimeColumn, guessed_column, heading_column
from probes.logs.coverage import Store, coverage, evidence
from probes.logs.failures import nothing_found, unlisted
from probes.logs.lines import Bounds, Counts
from probes.logs.placing import SLOT, YEAR, Calendar
from probes.logs.reading import Reading
from probes.logs.scan import FileReport, StoppedError, conclude
from probes.logs.timeline import Timeline
from probes.logs.tree import LogFile, list_files, span_of
from probes.logs.zone import school_zone
from probes.probe import Context
from probes.text import text
from probes.trouble import said_by

HEADING_WITHIN = 20
"""Rows in which the heading is looked for: exports begin with a title, the query and empty rows."""

_LONGEST_FIELD = 1 << 20
_MOST_UNPACKED = 8_000_000_000
_MOST_STRINGS = 400_000_000
"""Bytes that a workbook may unpack to, and its table of strings, which is held in memory."""

_OLD_EXCEL = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = b"PK\x03\x04"
_OLDEST = round(10 * YEAR)
_ASK_EVERY = 4096


async def read(ctx: Context, source: LogSource) -> Reading:
    """Count the rows of all exports by day.

    Raises:
        TransportError: the directory cannot be listed.
    """
    store = source.store
    assert isinstance(store, TableStore)
    zone, now, stop = school_zone(ctx), ctx.now(), Event()

    def scan() -> Store:
        reader = _Reader(Calendar(zone), now, store, stop.is_set)
        found = Store(reader.calendar, now, None, kind="table")
        listing = list_files(Path(store.path), store.pattern)
        found.closed.update(listing.closed)
        found.reports = [reader.scan(file) for file in listing.files]
        found.settle()
        return found

    try:
        found = await asyncio.to_thread(scan)
    except OSError as error:
        raise unlisted(Path(store.path), error) from None
    finally:
        stop.set()
    if (value := coverage(found)) is not None:
        return Reading(value, evidence(found))
    return nothing_found(found, store.path, store.pattern)


class _Reader:
    """Reads one export after the other against one clock and calendar."""

    def __init__(self, calendar: Calendar, now: datetime, store: TableStore, stopped: Callable[[], bool]) -> None:
        self.calendar = calendar
        self._now = calendar.minute_at(now)
        self._store = store
        self._stopped = stopped

    def scan(self, file: LogFile) -> FileReport:
        """Read a file; what is wrong with it stands in its report."""
        modified = min(self.calendar.minute_at(datetime.fromtimestamp(max(file.modified, 0), UTC)), self._now)
        report = FileReport(file, modified, span_of(file.name), form="table")
        # An export may be older than what it was copied with, but not hold rows that were not there when it was made.
        tally = _Tally(self.calendar, Bounds(self._now - _OLDEST, self._now + 1440, self._now - round(YEAR / 2)))
        try:
            with file.open() as stream:
                for rows in sheets(stream, file, self._store.sheet):
                    self._count(rows, tally)
        except DamagedError as damage:
            report.problem, report.damaged = damage.text, True
        except OSError as error:
            report.problem, report.damaged = text("cannot be read: {error}", error=said_by(error)), True
        conclude(tally, report, self._now + 1440)
        return report

    def _count(self, rows: Iterator[Sequence[Cell]], tally: _Tally) -> None:
        first = [list(row) for row in islice(rows, HEADING_WITHIN)]
        if not any(any(cell not in (None, "") for cell in row) for row in first):
            return
        column, begin = column_of(first, self._store.time_column)
        for number, row in enumerate(chain(first[begin:], rows)):
            if number % _ASK_EVERY == 0 and self._stopped():
                raise StoppedError
            if any(cell not in (None, "") for cell in row):
                tally.add(column, row)


class _Tally:
    """Rows counted into a timeline, as ``LineReader`` does it with lines."""

    def __init__(self, calendar: Calendar, bounds: Bounds) -> None:
        self.timeline = Timeline()
        self.counts = Counts()
        self._calendar = calendar
        self._bounds = bounds
        self.counts.form = "table"

    def add(self, column: TimeColumn, row: Sequence[Cell]) -> None:
        """Count one row."""
        stamp = column.stamp(row)
        minute = self._calendar.minute_of(stamp, self._bounds.near) if stamp else None
        if stamp is None or minute is None:
            self.counts.undated += 1
            return
        self.counts.dated += 1
        if minute > self._bounds.latest:
            self.counts.future += 1
        elif minute < self._bounds.earliest:
            self.counts.absurd += 1
        else:
            second = minute % SLOT * 60 + stamp.second
            self.timeline.add(minute // SLOT * SLOT, second, second, 1)


def sheets(stream: BinaryIO, file: LogFile, sheet: str | None) -> Iterator[Iterator[Sequence[Cell]]]:
    """The rows of each sheet of a workbook, or of the one that is named; of any other file, those of a CSV.

    Raises:
        DamagedError: it is no table, or a damaged one; also while rows are read.
    """
    head = stream.read(len(_OLD_EXCEL))
    stream.seek(0)
    if head == _OLD_EXCEL:
        raise DamagedError(text("is an old Excel file (.xls): save it as .xlsx or CSV"))
    if head.startswith(_ZIP):
        yield from _workbook(stream, sheet)
    else:
        yield _csv_rows(blocks(stream, file.name, file.size))


def column_of(first: list[list[Cell]], wanted: str | None) -> tuple[TimeColumn, int]:
    """The time's column, told by the first rows, and the number of the row behind the heading; 0 without one.

    Raises:
        DamagedError: there is none.
    """
    for number, row in enumerate(first):
        if (found := heading_column(row, wanted)) is not None:
            return found, number + 1
    if wanted is not None:
        shown = ", ".join(str(cell) for cell in max(first, key=len) if cell not in (None, ""))[:200]
        raise DamagedError(text("has no column {column}; there are: {known}", column=wanted, known=shown))
    guessed = guessed_column(first)
    if guessed is None:
        raise DamagedError(text("has no column that looks like a time: name it as time_column"))
    return guessed, 0


def _csv_rows(data: Iterator[bytes]) -> Iterator[Sequence[Cell]]:
    """Rows of a CSV in UTF-8, UTF-16 or GBK, whatever it separates fields with."""
    lines = _lines(data)
    first = list(islice(lines, HEADING_WITHIN))
    delimiter = max(",;\t|", key=lambda mark: sum(line.count(mark) for line in first))
    csv.field_size_limit(_LONGEST_FIELD)
    rows = csv.reader(chain(first, lines), delimiter=delimiter)
    while True:
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            raise DamagedError(text("is no table: {error}", error=str(error))) from None
        yield row


def _lines(data: Iterator[bytes]) -> Iterator[str]:
    pending = deque([next(data, b"")])
    decoder = codecs.getincrementaldecoder(_encoding(pending[0]))(errors="replace")
    rest = ""
    for block in chain(pending, data):
        shown = rest + decoder.decode(block.replace(b"\0", b""))
        *whole, rest = shown.split("\n")
        for line in whole:
            yield line + "\n"
        if len(rest) > _LONGEST_FIELD:
            raise DamagedError(text("is no table: {error}", error="a line without end"))
    if rest := rest + decoder.decode(b"", final=True):
        yield rest


def _encoding(first: bytes) -> str:
    """UTF-8 if the first block is, but for a character cut at its end; otherwise GBK in its widest form."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(first)
    except UnicodeDecodeError:
        return "gb18030"
    return "utf-8-sig"


def _workbook(stream: BinaryIO, sheet: str | None) -> Iterator[Iterator[Sequence[Cell]]]:
    _refuse_bomb(stream)
    import openpyxl  # noqa: PLC0415  costs half a second
    from openpyxl.utils.exceptions import InvalidFileException  # noqa: PLC0415

    try:
        book = openpyxl.load_workbook(stream, read_only=True, data_only=True)
    except (InvalidFileException, KeyError, ValueError, zipfile.BadZipFile, SyntaxError, TypeError) as error:
        raise DamagedError(text("is no Excel workbook: {error}", error=str(error)[:200])) from None
    try:
        if sheet is not None and sheet not in book.sheetnames:
            raise DamagedError(
                text("has no sheet {sheet}; there are: {known}", sheet=sheet, known=", ".join(book.sheetnames)[:200])
            )
        for page in book.worksheets:
            if sheet in (None, page.title):
                # Some writers leave a wrong size of the sheet behind; without it every row is read.
                page.reset_dimensions()
                yield _sheet_rows(page.iter_rows(values_only=True))
    finally:
        book.close()


def _sheet_rows(rows: Iterable[Sequence[Cell]]) -> Iterator[Sequence[Cell]]:
    iterator = iter(rows)
    while True:
        try:
            row = next(iterator)
        except StopIteration:
            return
        except (SyntaxError, KeyError, ValueError, EOFError, zipfile.BadZipFile, OverflowError) as error:
            raise DamagedError(text("is damaged: {error}", error=str(error)[:200])) from None
        yield row


def _refuse_bomb(stream: BinaryIO) -> None:
    """A workbook is a zip: one that says it unpacks to more than any export has is not unpacked."""
    try:
        with zipfile.ZipFile(stream) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, EOFError, ValueError, NotImplementedError):
        raise DamagedError(text("ends too early: it was cut off")) from None
    strings = sum(part.file_size for part in parts if part.filename.endswith("sharedStrings.xml"))
    if sum(part.file_size for part in parts) > _MOST_UNPACKED or strings > _MOST_STRINGS:
        raise DamagedError(text("unpacks to more than is read"))
    stream.seek(0)
