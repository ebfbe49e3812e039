"""A store sampled: a glance into every file, and a closer look wherever the glances leave something open.

Exact at the edges: the oldest and the newest record are those of all lines around them. Every day sampled: each has a
record that was seen. Whatever would be told as missing, or as a gap of more than a day, is first looked for in every
file that could hold it, from end to end; so a sampled store never invents a day, and never a hole.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise

from probes.logs.archive import DamagedError, packing_of
from probes.logs.belief import likeliest
from probes.logs.coverage import DAY_S, Store
from probes.logs.glance import Frame, glance
from probes.logs.kin import decided
from probes.logs.lines import Bounds, LineReader
from probes.logs.placing import DAY, SLOT
from probes.logs.scan import FileReport, Scanner
from probes.logs.timeline import TOLERANCE
from probes.logs.tree import LogFile
from probes.logs.trust import distrusted

_EDGE = 1 << 16
"""Bytes around an edge of which every line is read."""


class Sampler:
    """Looks into files, and reads those from end to end that a glance does not tell."""

    def __init__(self, scanner: Scanner) -> None:
        self._scanner = scanner

    def look(self, file: LogFile) -> list[FileReport]:
        """One report, or those of an archive's members; nothing if the file is gone."""
        report = self._scanner.report_on(file)
        try:
            seen = glance(file, self._scanner.calendar, self._frame(report))
        except FileNotFoundError:
            return []
        except OSError:
            seen = None  # reading it tells the reason
        if seen is None:
            return self._scanner.scan(file)
        report.form, report.moments, report.records = seen.form, seen.moments, len(seen.moments)
        report.low, report.high, report.reach = seen.moments[0] // 60, seen.moments[-1] // 60, seen.reach
        return [report]

    def settle(self, store: Store) -> None:
        """Look closer until nothing that a store would be blamed for rests on glances alone."""
        store.reports = decided(store.reports, self._scanner)
        while doubtful := self._doubtful(store):
            self._read(store, doubtful)
            store.reports = decided(store.reports, self._scanner)
        self._sharpen(store)
        store.settle()

    def _frame(self, report: FileReport) -> Frame:
        return Frame(
            earliest=self._scanner.earliest,
            latest=report.modified + DAY,
            modified=report.modified,
            span=report.span,
            forms=self._scanner.forms_of(report.file),
        )

    def _read(self, store: Store, reports: Iterable[FileReport]) -> None:
        """Replace glances by whole readings."""
        closer = {id(report) for report in reports}
        kept = [report for report in store.reports if id(report) not in closer]
        for report in store.reports:
            if id(report) in closer:
                kept += self._scanner.scan(report.file)
        store.reports = kept

    def _doubtful(self, store: Store) -> list[FileReport]:
        """The glances that do not suffice: files not believed, and those that may hold what is not seen elsewhere."""
        left_out = {id(report) for report, _ in distrusted(store.reports)}
        glanced = [report for report in store.reports if report.moments]
        doubted = [report for report in glanced if id(report) in left_out]
        if doubted or not glanced:
            return doubted
        believed_ = [report for report in store.reports if id(report) not in left_out]
        newest = max(believed_, key=lambda one: one.low or 0)
        if newest.moments and (newest.reach or 0) > (newest.high or 0):
            return [newest]  # where it ends decides whether anything is open behind it
        holes = list(_holes(sorted(_moments(believed_)), store.calendar.minute_at(store.now) * 60))
        return [report for report in glanced if any(_may_fill(report, begin, end) for begin, end in holes)]

    def _sharpen(self, store: Store) -> None:
        """Take the ends of the store from every line around them."""
        glanced = [report for report in store.reports if report.moments]
        if not glanced:
            return
        oldest = min(glanced, key=lambda one: one.moments[0])
        newest = max(glanced, key=lambda one: one.moments[-1])
        oldest.moments = (*self._edge(oldest, at_end=False), *oldest.moments)
        newest.moments = (*newest.moments, *self._edge(newest, at_end=True))
        for report in (oldest, newest):
            report.moments = tuple(sorted(set(report.moments)))
            report.low, report.high = report.moments[0] // 60, report.moments[-1] // 60

    def _edge(self, report: FileReport, *, at_end: bool) -> tuple[int, ...]:
        """The oldest or newest moment of all lines at an end of a file; nothing where the glance's own is as good."""
        near = report.high if at_end else report.low
        reader = LineReader(self._scanner.calendar, Bounds(self._scanner.earliest, report.modified + DAY, near or 0))
        try:
            data = _block(report.file, at_end=at_end)
        except (OSError, DamagedError):
            return ()
        reader.read(data, len(data))
        strands = [one for one in likeliest(reader.timeline.groups()) if near is not None]
        close = [
            number * DAY_S + slot * SLOT * 60 + second
            for strand in strands
            for number, day in strand.days.items()
            for slot, first, last in day.slots()
            for second in (first, last)
            if abs(number * DAY + slot * SLOT - (near or 0)) <= TOLERANCE
        ]
        if not close:
            return ()
        return (max(close),) if at_end else (min(close),)


def _block(file: LogFile, *, at_end: bool) -> bytes:
    """Whole lines at an end of a file; those of a packed one are left to its glance."""
    with file.open() as stream:
        if at_end:
            stream.seek(max(file.size - _EDGE, 0))
        data = stream.read(min(_EDGE, file.size))
    if not at_end and packing_of(data) is not None:
        return b""
    begin = data.find(b"\n") + 1 if at_end else 0
    return data[begin : data.rfind(b"\n") + 1]


def _moments(reports: Iterable[FileReport]) -> Iterator[int]:
    """Local seconds of what was seen; of whole readings the first and last of every slot."""
    for report in reports:
        yield from report.moments
        for number, day in report.days.items():
            for slot, first, last in day.slots():
                begin = number * DAY_S + slot * SLOT * 60
                yield begin + first
                yield begin + last


def _holes(moments: list[int], now: int) -> Iterator[tuple[int, int]]:
    """Spans without a moment that leave a day out or are longer than one, the last one until now among them."""
    for before, after in pairwise(moments):
        if after - before > DAY_S or after // DAY_S - before // DAY_S > 1:
            yield before, after
    if moments and now - moments[-1] > DAY_S:
        yield moments[-1], now


def _may_fill(report: FileReport, begin: int, end: int) -> bool:
    low, reach = (report.low or 0) - TOLERANCE, (report.reach or 0) + TOLERANCE
    return low * 60 < end and begin < reach * 60
