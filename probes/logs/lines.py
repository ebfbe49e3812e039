"""Lines of one file counted into its timeline, a run of neighbours of the same ten minutes at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from probes.logs.layout import Finder, Layout, Run, layouts_of
from probes.logs.placing import DAY, SLOT, Calendar, nearest
from probes.logs.stamps import Forms, Stamp, loose_form_of, stamp_of
from probes.logs.timeline import TOLERANCE, Timeline
from probes.logs.wholesale import LEAST, Stretch, serves, stretches

LATE = 60
"""Minutes by which a record must be older than one before it to count as late."""

_SAMPLE = 12
_LOOSE_SHARE = 0.2
_HALF = 0.5
_MOST_LAYOUTS = 3
_MOST_REMEMBERED = 4096
_ZERO = ord("0")
_LEAP_DAY = (2, 29)
_AROUND_LEAP_DAY = 6 * DAY
_HALF_YEAR = 180 * DAY


@dataclass(frozen=True, slots=True)
class Bounds:
    """Minutes between which a record is possible at all, and the year that stamps without one belong to.

    Attributes:
        earliest: older records are absurd.
        latest: newer ones lie in the future of the file or of the audit.
        near: about where the file's first record is expected.
        apart: stamps without a year follow each other, and not those with one: another device may have written these,
            with a wrong clock.
    """

    earliest: int
    latest: int
    near: int
    apart: bool = False


class _Known(NamedTuple):
    """What equal bytes mean: the minute at which the slot begins, and seconds from there that are implied."""

    minute: int
    seconds: int
    yearless: bool


class _Column:
    """One layout of the file, and what bytes in it were found to mean: slots, and the days before them."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.finder = Finder(layout)
        self.slots: dict[tuple[bytes, bytes, bytes], _Known] = {}
        self.days: dict[tuple[bytes, bytes, bytes], _Known] = {}

    def known(self, run: Run) -> _Known | None:
        """What the bytes of a run mean, if they or others of the same day were met before."""
        known = self.slots.get(run.bytes_)
        if known:
            return known
        key, mark, tail = run.bytes_
        day = self.days.get((key[:-4], mark, tail))
        of_day = _clock(key) if day else None
        return _Known(day.minute + of_day, 0, day.yearless) if day and of_day is not None else None

    def learn(self, run: Run, stamp: Stamp, minute: int, *, whole_day: bool) -> _Known | None:
        """Remember what the bytes of a run mean, and those of its day if that runs evenly on the school's clock.

        ``None`` if the slots of the stamp's clock are not those of the school's: zones may differ by 45 minutes.
        """
        slot = minute // SLOT * SLOT
        if stamp.epoch is None:
            implied = 0
            aligned = minute - slot == stamp.minute % SLOT
        else:
            implied = (minute - slot) * 60 + stamp.second - stamp.epoch % 100
            aligned = 0 <= implied <= SLOT * 60 - 100
        if not aligned:
            return None
        for memory in (self.slots, self.days):
            if len(memory) >= _MOST_REMEMBERED:
                memory.clear()
        known = self.slots[run.bytes_] = _Known(slot, implied, stamp.yearless)
        key, mark, tail = run.bytes_
        if whole_day and _clock(key) == stamp.minute // SLOT * SLOT:
            self.days[key[:-4], mark, tail] = _Known(minute - stamp.minute, 0, stamp.yearless)
        return known

    def second(self, known: _Known, data: bytes, begin: int) -> int:
        """Seconds from the slot's begin to the line whose key begins there; its first second if that is illegible."""
        layout = self.layout
        seconds = known.seconds
        if layout.minute >= 0:
            seconds += (data[begin + layout.minute] - _ZERO) * 60
        if layout.second >= 0:
            at = begin + layout.second
            seconds += (data[at] - _ZERO) * 10 + data[at + 1] - _ZERO
        return seconds if 0 <= seconds < SLOT * 60 else known.seconds


class Counts:
    """What became of the lines that are not on the timeline, and how the others were written.

    ``late`` of the dated ones stand an hour to two days behind a younger one, ``step_back`` minutes at most.
    ``joint`` is how many minutes the first stamp with a year is later than that without one right before it.
    """

    def __init__(self) -> None:
        self.form = ""
        self.dated = 0
        self.undated = 0
        self.yearless = 0
        self.future = 0
        self.absurd = 0
        self.leap_year_wanted = 0
        self.joint = 0
        self.late = 0
        self.step_back = 0


class LineReader:
    """Counts the lines of one file. Feed it whole lines in order, then ``finish``.

    ``wholesale`` pays where there are many: the file is one of a large archive.
    """

    def __init__(
        self,
        calendar: Calendar,
        bounds: Bounds,
        layouts: Sequence[Layout] = (),
        forms: Forms = Forms.STRICT,
        *,
        wholesale: bool = False,
    ) -> None:
        self.timeline = Timeline()
        # Of the stamps without a year alone: what they say of their own year.
        self.yearless = Timeline() if bounds.apart else self.timeline
        self.counts = Counts()
        self.calendar = calendar
        self.bounds = bounds
        self._near = bounds.near
        self._newest = 0
        self._loose = forms
        self._wholesale = wholesale
        # Those of the file before are tried first: to find them costs as much as to read a hundred kilobytes.
        self._columns = [_Column(layout) for layout in layouts]
        self._look = True
        self._strange = 0
        self._is_first = True
        self._latest: tuple[_Column, Run, _Known, bytes, int] | None = None

    def read(self, data: bytes, end: int) -> None:
        """Count the lines of ``data[:end]``; the last one must be ended."""
        if self._look and not (self._is_first and self._fits(data, end)):
            self._look_at(data, end)
        self._strange = 0
        if self._wholesale and end >= LEAST and self._columns and serves(self._columns[0].layout):
            self._read_stretches(data, end)
        else:
            self._read_runs(data, 0, end, end)
        self._look = self._strange > 0 and self._strange > _HALF * data.count(b"\n", 0, end)

    def _read_runs(self, data: bytes, at: int, until: int, end: int) -> int:
        """Count run after run from ``at`` to ``until`` or behind it; returns where the next line begins."""
        while at < until:
            after = self._known_run(data, at, end)
            if after is None:
                self._strange += 1
                after = self._look_closely(data, at, end)
            at = after
        return at

    def _read_stretches(self, data: bytes, end: int) -> None:
        """Count the lines of the commonest layout stretch by stretch, all others run by run."""
        column, at = self._columns[0], 0
        for stretch in stretches(column.layout, data, end):
            if at < stretch.begin:
                at = self._read_runs(data, at, stretch.begin, end)
            if at == stretch.begin and self._enter_stretch(column, stretch, data):
                at = stretch.end
            else:
                at = self._read_runs(data, at, stretch.end, end)
        self._read_runs(data, at, end, end)

    def _enter_stretch(self, column: _Column, stretch: Stretch, data: bytes) -> bool:
        """Enter a stretch if its bytes were met before."""
        begin, key, last_key, end, count = stretch
        run = column.finder.run_of(data, key, end)
        known = column.known(run)
        if known is None or (known.yearless and abs(known.minute - self._near) > TOLERANCE):
            return False
        first = last = column.second(known, data, key)
        self._latest = None
        if count > 1:
            last = column.second(known, data, last_key)
            self._latest = (column, run, known, data, begin)
            if first > last:
                first, last = last, first
        self._add(known, first, last, count)
        if self._is_first:
            self._is_first = False
            self._refine()
        return True

    @property
    def layouts(self) -> tuple[Layout, ...]:
        """Where the file's stamps turned out to stand; nothing if they were of loose forms."""
        return () if self._loose else tuple(column.layout for column in self._columns)

    @property
    def forms(self) -> Forms:
        """The loose forms that the file turned out to use."""
        return self._loose

    def finish(self, rest: bytes) -> None:
        """Count what stands behind the last line's end: a record if its stamp is whole, otherwise nothing."""
        self._refine()
        if rest and stamp_of(rest, self._loose):
            self._look_closely(rest + b"\n", 0, len(rest) + 1)

    def _fits(self, data: bytes, end: int) -> bool:
        """Whether every line of a sample has one of the layouts that are at hand."""
        if not self._columns:
            return False
        for number in range(_SAMPLE):
            at = data.rfind(b"\n", 0, end * number // _SAMPLE) + 1
            if not any(column.finder.run_at(data, at, end) for column in self._columns):
                return False
        return True

    def _look_at(self, data: bytes, end: int) -> None:
        """Learn from some lines which loose forms the file uses and where its stamps stand."""
        sample = _sample(data, end)
        stamps = [stamp_of(line, self._loose) for line in sample]
        loose = Counter(loose_form_of(line) for line, stamp in zip(sample, stamps, strict=True) if stamp is None)
        before = self._loose
        for form in (Forms.EPOCH, Forms.LOOSE_KEY):
            if loose[form] > _LOOSE_SHARE * len(sample):
                self._loose |= form
        strict = len(sample) - loose.total()
        if loose[Forms.EMBEDDED] > _HALF * len(sample) and strict < _LOOSE_SHARE * len(sample):
            self._loose |= Forms.EMBEDDED
        if self._loose != before:
            stamps = [stamp_of(line, self._loose) for line in sample]
        self._choose_layouts([(line, stamp) for line, stamp in zip(sample, stamps, strict=True) if stamp])

    def _choose_layouts(self, stamped: list[tuple[bytes, Stamp]]) -> None:
        """The commonest layouts of the file: several devices may write into it."""
        if not stamped:
            return
        heads = {line[: stamp.start] for line, stamp in stamped}
        which = 0 if len(heads) == 1 else 1
        votes = Counter(found[which] for line, stamp in stamped if (found := layouts_of(line, stamp)))
        wanted = [layout for layout, _ in votes.most_common(_MOST_LAYOUTS)]
        if wanted != [column.layout for column in self._columns]:
            self._columns = [_Column(layout) for layout in wanted]

    def _known_run(self, data: bytes, at: int, end: int) -> int | None:
        """Enter the run that begins at ``at`` if its bytes were met before; returns where the next line begins."""
        for column in self._columns:
            run = column.finder.run_at(data, at, end)
            known = column.known(run) if run else None
            # Without a year, the same bytes may mean another year by now.
            if run and known and not (known.yearless and abs(known.minute - self._near) > TOLERANCE):
                return self._enter(column, run, known, data, at)
        return None

    def _look_closely(self, data: bytes, at: int, limit: int) -> int:
        """Read the stamp of the line at ``at``; enter its run if it has one of the layouts, otherwise it alone."""
        end = data.index(b"\n", at)
        line = data[at:end]
        if not line or line.isspace():
            return end + 1
        stamp = stamp_of(line, self._loose)
        minute = self._placed(stamp) if stamp else None
        if stamp is None or minute is None:
            self.counts.undated += 1
            return end + 1
        self.counts.form = self.counts.form or stamp.form
        column = next((one for one in self._columns if one.layout in layouts_of(line, stamp)), None)
        run = column.finder.run_at(data, at, limit) if column else None
        if column is None or run is None:
            return self._enter_alone(stamp, minute, end + 1)
        whole_day = stamp.epoch is None and not stamp.half and self.calendar.is_even(stamp)
        known = column.learn(run, stamp, minute, whole_day=whole_day)
        return self._enter(column, run, known, data, at) if known else self._enter_alone(stamp, minute, end + 1)

    def _enter_alone(self, stamp: Stamp, minute: int, end: int) -> int:
        """Enter one line."""
        second = minute % SLOT * 60 + stamp.second
        self._latest = None
        self._add(_Known(minute // SLOT * SLOT, 0, stamp.yearless), second, second, 1)
        return end

    def _enter(self, column: _Column, run: Run, known: _Known, data: bytes, at: int) -> int:
        """Enter the lines of a run; returns where the next line begins."""
        first = last = column.second(known, data, run.begin)
        count = data.count(b"\n", at, run.end)
        if count > 1:
            line_at = data.rfind(b"\n", at, run.end - 1) + 1
            last = column.second(known, data, column.finder.key_at(data, line_at))
        self._latest = (column, run, known, data, at) if count > 1 else None
        self._add(known, min(first, last), max(first, last), count)
        if self._is_first:
            self._is_first = False
            self._refine()
        return run.end

    def _refine(self) -> None:
        """Look at every line of the latest run: neighbours may be some seconds out of order at a file's ends."""
        if self._latest is None:
            return
        column, run, known, data, at = self._latest
        self._latest = None
        seconds = []
        while at < run.end:
            seconds.append(column.second(known, data, column.finder.key_at(data, at)))
            at = data.index(b"\n", at) + 1
        if self.bounds.earliest <= known.minute and (known.yearless or known.minute <= self.bounds.latest):
            self.timeline.refine(known.minute, min(seconds), max(seconds))

    def _placed(self, stamp: Stamp) -> int | None:
        """The stamp's minute. Notes where 29 February shows that the year was guessed wrongly."""
        minute = self.calendar.minute_of(stamp, self._near)
        if stamp.yearless and (stamp.month, stamp.day) == _LEAP_DAY:
            march = nearest(3, 1, 0, self._near)
            if (
                march
                and abs(march - self._near) < _AROUND_LEAP_DAY
                and (not minute or abs(minute - march) > _HALF_YEAR)
            ):
                self.counts.leap_year_wanted = date.fromordinal(march // DAY).year
        return minute

    def _add(self, known: _Known, first: int, last: int, count: int) -> None:
        """Enter records of one slot."""
        counts, minute = self.counts, known.minute
        counts.dated += count
        if known.yearless:
            counts.yearless += count
        elif minute > self.bounds.latest:
            # What is ahead proves nothing, but shows whose clock is wrong.
            self.timeline.add(minute, first, last, count)
            return
        if minute < self.bounds.earliest:
            counts.absurd += count
            return
        if counts.yearless == counts.dated - count > 0 and not known.yearless:
            counts.joint = minute - self._near
        back = self._newest - minute
        if back <= 0 or back > TOLERANCE:
            self._newest = minute
        elif back >= LATE:
            counts.late += count
            counts.step_back = max(counts.step_back, back)
        if not self.bounds.apart:
            self._near = minute
        elif known.yearless:
            self._near = minute
            self.yearless.add(minute, first, last, count)
        self.timeline.add(minute, first, last, count)


def _sample(data: bytes, end: int) -> list[bytes]:
    """Some lines from the beginning, where headings are, and some from all over."""
    lines, begin = [], 0
    for number in range(3 * _SAMPLE):
        if begin >= end:
            break
        after = data.index(b"\n", begin)
        lines.append(data[begin:after])
        begin = after + 1
        if number > _SAMPLE:
            begin = max(begin, data.rfind(b"\n", 0, end * (number - _SAMPLE) // (2 * _SAMPLE)) + 1)
    return [line for line in lines if line and not line.isspace()]


def _clock(key: bytes) -> int | None:
    """The minute of the day that a key ends with as ``HH:M``, the last digit of the minute left out."""
    clock = key[-4:]
    if clock[2:3] != b":" or not (clock[:2] + clock[3:]).isdigit() or clock[:2] > b"23" or clock[3:] > b"5":
        return None
    return int(clock[:2]) * 60 + int(clock[3:]) * SLOT
