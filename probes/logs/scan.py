"""One log file read from end to end: its believable days, what was left out, and what is wrong with it.

Bounds on its stamps: none can be later than the file's last change (a day is allowed for zones and for clocks), nor
more than ten years old. Stamps without a year belong to the latest year that this leaves, or to the one that the file's
name tells; a year with 29 February must have had one. Beside stamps with a year they belong to that of the others,
unless the file's name or its last change speaks against these and for their own: then another device's clock is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import BinaryIO, Protocol

from probes.logs.archive import DamagedError, blocks, refuse_if_named_packed
from probes.logs.belief import STRAYS, Evidence, believed, ends, likeliest
from probes.logs.layout import Layout
from probes.logs.lines import Bounds, Counts, LineReader
from probes.logs.members import Archive, open_archive
from probes.logs.owners import only_of
from probes.logs.placing import DAY, YEAR, Calendar
from probes.logs.stamps import Forms
from probes.logs.timeline import TOLERANCE, Day, Strand, Timeline, add_days
from probes.logs.tree import LogFile, Span, span_of
from probes.text import Text, text
from probes.trouble import said_by

_OLDEST = round(10 * YEAR)
_LONGEST_LINE = 1 << 20
_HEAD_OF_LINE = 8192
_MUCH = 1 << 24
"""Bytes of text from which on it pays to read wholesale."""

_MOST_READINGS = 4
NAMED = 62
"""Days by which the newest record may miss the date in the file's name: rotation by month, names given at the start."""

_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_MOST_CONTROL = 0.03
_FUTURE_SHARE = 0.1


class StoppedError(Exception):
    """The audit was interrupted."""


@dataclass(slots=True)
class FileReport:
    """What one file holds. Minutes are local (``probes.logs.placing``).

    Attributes:
        records: dated records that are believed.
        days: those records by day; empty once they are added up.
        low: minute of the oldest, ``None`` without records.
        modified: minute of the file's last change.
        span: what the name says of its days.
        future, absurd, misplaced: dated records that are not believed, by reason.
        late, step_back: records an hour or more behind a younger one, and the most minutes that one is.
        bytes: what it takes in the store.
        moments: where it was only glanced at, the local seconds of the records seen; ``records`` is their number.
        reach: the last minute that it may hold records of, likewise.
        until: minute at which the records of the next younger file of its rotation begin, where that is certain.
        unsure: its clocks contradict each other, or its years could be others, and nothing of its own decides.
        problem: why the file could not be read, or not whole.
        damaged: the file counts as unreadable (also where a part of it could be read).
    """

    file: LogFile
    modified: int
    span: Span | None
    form: str = ""
    records: int = 0
    days: dict[int, Day] = field(default_factory=dict)
    low: int | None = None
    high: int | None = None
    undated: int = 0
    future: int = 0
    absurd: int = 0
    misplaced: int = 0
    late: int = 0
    step_back: int = 0
    bytes: float = 0.0
    moments: tuple[int, ...] = ()
    reach: int | None = None
    until: int | None = None
    unsure: bool = False
    problem: Text | None = None
    damaged: bool = False


class Scanner:
    """Reads files against one clock and one time zone.

    ``stopped`` is asked before every block; ``match`` are the devices whose lines alone count, all if there are none.
    ``settings`` are what another process needs to read by the same.
    """

    def __init__(
        self, calendar: Calendar, now: datetime, stopped: Callable[[], bool], match: Sequence[str] = ()
    ) -> None:
        self.calendar = calendar
        self.settings = calendar, now, tuple(match)
        self._now = calendar.minute_at(now)
        self._stopped = stopped
        self._only = only_of(match) if match else None
        self._read_bytes = 0
        self._layouts: tuple[Layout, ...] = ()
        self._forms: dict[str, Forms] = {}

    def scan(self, file: LogFile, until: int | None = None) -> list[FileReport]:
        """Read a file, or all members of an archive; nothing if it is gone. Raises ``StoppedError``.

        ``until`` is where the next younger file of its rotation begins, if that is certain.
        """
        report = self.report_on(file)
        report.until = until
        try:
            with open_archive(file, self.calendar.zone) as archive:
                if archive is not None:
                    return [report, *self._members(archive, report)]
            self._read(file, report)
        except FileNotFoundError:
            return []
        except DamagedError as damage:  # a member that cannot even be opened
            report.problem, report.damaged = damage.text, True
        except OSError as error:
            report.problem = text("cannot be read: {error}", error=said_by(error))
            report.damaged = True
        return [report]

    def report_on(self, file: LogFile) -> FileReport:
        """An empty report with what is known before the file is opened."""
        modified = self.calendar.minute_at(datetime.fromtimestamp(max(file.modified, 0), UTC))
        if modified < self._now - _OLDEST:
            modified = self._now  # a time that says nothing, as unpacking without times leaves it
        return FileReport(file, min(modified, self._now), span_of(file.name), bytes=float(file.size))

    def forms_of(self, file: LogFile) -> Forms:
        """The loose forms that other files of its directory turned out to use; not stamps anywhere in a line."""
        return self._forms.get(file.name.rpartition("/")[0], Forms.STRICT)

    def learn(self, file: LogFile, forms: Forms) -> None:
        """Note the loose forms that a file's directory uses."""
        self._forms[file.name.rpartition("/")[0]] = self.forms_of(file) | (forms & (Forms.EPOCH | Forms.LOOSE_KEY))

    @property
    def earliest(self) -> int:
        """The minute before which a record is absurd."""
        return self._now - _OLDEST

    def _members(self, archive: Archive, whole: FileReport) -> Iterator[FileReport]:
        """The members' reports; what is wrong with the archive itself stands in its own, ``whole``."""
        whole.form, packed = archive.kind, whole.bytes
        found: list[FileReport] = []
        try:
            for member in archive.members():
                found += self.scan(member)
        except DamagedError as damage:
            whole.problem, whole.damaged = damage.text, True
        unpacked = sum(report.bytes for report in found)
        for report in found:
            report.bytes *= packed / unpacked if unpacked else 0.0
        whole.bytes = 0.0 if unpacked else packed
        yield from found

    def _read(self, file: LogFile, report: FileReport) -> None:
        """Read, and read again where stamps without a year may belong to another one than that of stamps with one."""
        reader = self._read_with_years(file, report, apart=False)
        latest = report.modified + DAY
        if _mixed(reader) and not _agrees(reader, report, latest):
            apart = self._read_with_years(file, report, apart=True)
            reader, report.unsure = _better(reader, apart, report, latest)
        conclude(reader, report, latest)
        self._layouts = reader.layouts
        self.learn(file, reader.forms)

    def _read_with_years(self, file: LogFile, report: FileReport, *, apart: bool) -> LineReader:
        """Read, and read again with another year where stamps without one turn out to belong to it."""
        latest = report.modified + DAY
        near = round(latest - YEAR / 2)
        if report.span:
            near = (report.span.first + report.span.last) * DAY // 2
        reader = self._read_once(file, report, Bounds(self.earliest, latest, near, apart))
        for _ in range(_MOST_READINGS - 1):
            shift = _years_to_shift(reader, report, latest)
            if not shift:
                break
            near += round(shift * YEAR)
            reader = self._read_once(file, report, Bounds(self.earliest, latest, near, apart))
        return reader

    def _read_once(self, file: LogFile, report: FileReport, bounds: Bounds) -> LineReader:
        report.problem, report.damaged = None, False
        wholesale = max(self._read_bytes, file.size) >= _MUCH
        reader = LineReader(self.calendar, bounds, self._layouts, self.forms_of(file), wholesale=wholesale)
        with file.open() as stream:
            try:
                self._feed(stream, file, report, reader)
            except DamagedError as damage:
                report.problem, report.damaged = damage.text, True
        return reader

    def _feed(self, stream: BinaryIO, file: LogFile, report: FileReport, reader: LineReader) -> None:
        rest, first = b"", True
        try:
            for block in self._watched(blocks(stream, file.name, file.size)):
                if first and not block.strip(b"\0"):
                    continue  # a hole, as copytruncate leaves it under a program that writes on
                if first and _is_binary(block, reader):
                    refuse_if_named_packed(file.name)
                    report.problem = text("is not text")
                    return
                first = False
                self._read_bytes += len(block)
                # Power cuts leave zeros in the middle of logs.
                data = rest + (block.replace(b"\0", b"") if b"\0" in block else block)
                end = data.rfind(b"\n") + 1
                if end and self._only is not None:
                    mine = self._only(data[:end])
                    reader.read(mine, len(mine))
                elif end:
                    reader.read(data, end)
                rest = data[end:]
                if len(rest) > _LONGEST_LINE:
                    rest = rest[:_HEAD_OF_LINE]
        finally:
            reader.finish(rest if self._only is None else self._only(rest + b"\n").rstrip(b"\n"))

    def _watched(self, data: Iterator[bytes]) -> Iterator[bytes]:
        for block in data:
            if self._stopped():
                raise StoppedError
            yield block


def _is_binary(block: bytes, reader: LineReader) -> bool:
    """Whether a first block is no text: many control bytes, and no line of it dated."""
    sample = block[:4096]
    if len(_CONTROL.findall(sample)) <= _MOST_CONTROL * len(sample):
        return False
    trial = LineReader(reader.calendar, reader.bounds)
    data = block.replace(b"\0", b"") + b"\n"
    trial.read(data, len(data))
    return not trial.counts.dated


def _evidence(reader: Tally, report: FileReport) -> Evidence:
    """What speaks for a strand: the date in the file's name if it fits any of them, otherwise its last change.

    Or else that it ends where the next younger file of its rotation begins. A strand that goes on after the last change
    has that against it.
    """
    latest = report.modified + DAY
    strands = [strand for strand in reader.timeline.strands() if strand.high <= latest]

    def off_name(strand: Strand) -> int:
        return NAMED + 1 if report.span is None else report.span.distance(strand.high // DAY)

    nearest = min(map(off_name, strands), default=0)

    def by_name(strand: Strand) -> bool:
        return off_name(strand) <= min(NAMED, nearest + TOLERANCE // DAY)

    def by_change(strand: Strand) -> bool:
        return report.modified - strand.high <= TOLERANCE

    def by_place(strand: Strand) -> bool:
        return report.until is not None and abs(report.until - strand.high) <= TOLERANCE

    speaks = next((one for one in (by_name, by_change) if any(map(one, strands))), by_place)
    return lambda strand: -1 if strand.high > latest else int(speaks(strand))


def _mixed(reader: LineReader) -> bool:
    """Whether some stamps have a year and others have none."""
    return 0 < reader.counts.yearless < reader.counts.dated


def _agrees(reader: LineReader, report: FileReport, latest: int) -> bool:
    """Whether all stamps go together, and something beside them speaks for them."""
    strands, evidence = reader.timeline.strands(), _evidence(reader, report)
    return (
        max(strand.high for strand in strands) <= latest
        and len(believed(reader.timeline.groups(), evidence).strands) == len(strands)
        and any(evidence(one) > 0 for one in strands)
    )


def _better(usual: LineReader, apart: LineReader, report: FileReport, latest: int) -> tuple[LineReader, bool]:
    """The reading for which something beside the stamps speaks; and whether nothing does, though they differ."""

    def weight(reader: LineReader) -> tuple[bool, int]:
        evidence = _evidence(reader, report)
        chosen = believed(reader.timeline.groups(), evidence).strands
        return any(evidence(one) > 0 for one in chosen), sum(one.count for one in chosen if one.high <= latest)

    first, second = weight(usual), weight(apart)
    counts = usual.counts
    if (second > first and second[0]) or counts.dated - counts.yearless <= STRAYS * counts.dated:
        return apart, not second[0]
    return usual, not first[0] and _days_of(usual) != _days_of(apart)


def _days_of(reader: LineReader) -> set[int]:
    return {number for strand in reader.timeline.strands() for number in strand.days}


def _years_to_shift(reader: LineReader, report: FileReport, latest: int) -> int:
    """By how many years the guess for stamps without one was wrong; 0 if right, or if there are none."""
    counts = reader.counts
    if not counts.yearless:
        return 0
    if _mixed(reader) and not reader.bounds.apart:
        # All but the first follow those with a year.
        years = round(counts.joint / YEAR)
        return years if abs(counts.joint - years * YEAR) <= TOLERANCE else 0
    if counts.leap_year_wanted:
        year = counts.leap_year_wanted
        leap = next(one for one in range(year, 0, -1) if _is_leap(one))
        return leap - year
    strands = likeliest(reader.yearless.groups())
    if not strands:
        return 0
    known = _years_to_known(reader, report, strands[-1].high)
    return _years_to_latest(strands, latest) if known is None else known


def _years_to_known(reader: LineReader, report: FileReport, high: int) -> int | None:
    """By how many years stamps are off what the file's name, its last change or its place in a rotation tells."""
    if report.span:
        distance, shift = min(
            (report.span.distance(round(high + years * YEAR) // DAY), years) for years in (0, -1, 1, -2, 2, -3, 3)
        )
        if distance <= NAMED:
            return shift
    for expected in (report.modified, report.modified if report.until is None else report.until):
        for end in ends(reader.yearless.groups()):
            years = round((expected - end) / YEAR)
            if abs(expected - end - years * YEAR) <= TOLERANCE:
                return years
    return None


def _years_to_latest(strands: list[Strand], latest: int) -> int:
    """By how many years stamps may go on until the last change."""
    high = strands[-1].high
    beyond = sum(strand.count for strand in strands if strand.high > latest)
    crossing = any(strand.low <= latest < strand.high for strand in strands)
    if beyond and not crossing and beyond < _FUTURE_SHARE * sum(strand.count for strand in strands):
        high = max((strand.high for strand in strands if strand.high <= latest), default=high)
    return int((latest - high) // YEAR)


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


class Tally(Protocol):
    """Records in the order in which they stand, and what became of the others."""

    timeline: Timeline
    counts: Counts


def conclude(reader: Tally, report: FileReport, latest: int) -> None:
    """Decide which records are believed."""
    counts, timeline = reader.counts, reader.timeline
    report.form, report.undated, report.absurd = counts.form, counts.undated, counts.absurd
    belief = believed(timeline.groups(), _evidence(reader, report))
    before = timeline.count
    timeline.cut(latest)
    report.future = counts.future + before - timeline.count
    found, report.unsure = [one for one in belief.strands if one.count], report.unsure or belief.undecided
    if belief.undecided and report.problem is None:
        report.problem = text("two clocks contradict each other in it, and nothing tells which one is right")
    report.records = sum(strand.count for strand in found)
    report.misplaced = counts.dated - report.records - report.future - report.absurd
    if 2 * counts.late < counts.dated:  # otherwise an export with the newest record on top
        report.late, report.step_back = counts.late, counts.step_back
    for strand in found:
        add_days(report.days, strand.days)
    report.low = min((strand.low for strand in found), default=None)
    report.high = max((strand.high for strand in found), default=None)
