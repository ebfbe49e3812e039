"""The records of one file in time, in the order in which they stand.

A log is written in the order of arrival, so the stamps of sound clocks hardly ever go back. Stretches of records whose
stamps follow each other within two days form a *strand*; ``belief`` decides between strands that contradict each other.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from probes.logs.placing import DAY, SLOT

TOLERANCE = 2 * DAY
"""Minutes by which records may stand out of order: relays deliver late, clocks differ by a zone."""

_MOST_GROUPS = 2048
_ROOM = _MOST_GROUPS // 2
_AT_ONCE = 64


class Day:
    """One calendar day: its number of records, and the first and last second of every slot that has any.

    ``marks`` holds two numbers a slot: 1 + first second (0: no record) and last second. So gaps are exact to the second
    from ten minutes up, in 576 bytes a day however many records there are.
    """

    __slots__ = ("count", "marks")

    def __init__(self) -> None:
        self.count = 0
        self.marks = array("H", bytes(4 * DAY // SLOT))

    def note(self, slot: int, first: int, last: int, count: int) -> None:
        """Add records of one slot of the day, of which ``first`` and ``last`` are the earliest and latest second."""
        at, marks = 2 * slot, self.marks
        if not marks[at] or first < marks[at] - 1:
            marks[at] = first + 1
        if last > marks[at + 1]:  # noqa: PLR1730  called for every run of lines; max() takes twice as long
            marks[at + 1] = last
        self.count += count

    def slots(self) -> Iterator[tuple[int, int, int]]:
        """Slots with records, in order: their number, first and last second."""
        marks = self.marks
        return ((at // 2, marks[at] - 1, marks[at + 1]) for at in range(0, len(marks), 2) if marks[at])

    def merge(self, other: Day) -> None:
        """Add the records of another strand, file or source on the same day."""
        for slot, first, last in other.slots():
            self.note(slot, first, last, 0)
        self.count += other.count


@dataclass(slots=True, eq=False)
class Strand:
    """Records whose stamps follow each other within the tolerance. Minutes are local; ``last`` is the latest read."""

    first: int
    last: int
    low: int
    high: int
    count: int = 0
    days: dict[int, Day] = field(default_factory=dict)

    @classmethod
    def at(cls, minute: int) -> Strand:
        """An empty strand that begins there."""
        return cls(minute, minute, minute, minute)

    def add(self, minute: int, first: int, last: int, count: int) -> None:
        """Add records of the slot that begins at ``minute``; ``first`` and ``last`` are seconds within it."""
        number, of_day = divmod(minute, DAY)
        day = self.days.get(number)
        if day is None:
            day = self.days[number] = Day()
        day.note(of_day // SLOT, first, last, count)
        self.count += count
        self.last = minute
        if minute < self.low:  # noqa: PLR1730  as above
            self.low = minute
        if minute > self.high:  # noqa: PLR1730  as above
            self.high = minute

    def cut(self, latest: int) -> None:
        """Forget the days behind that of minute ``latest``."""
        if self.high // DAY <= latest // DAY:
            return
        self.days = {number: day for number, day in self.days.items() if number <= latest // DAY}
        self.count = sum(day.count for day in self.days.values())
        self.high = max((number * DAY + DAY - 1 for number in self.days), default=self.low)

    def absorb(self, later: Strand) -> None:
        """Add a strand that stands further on in the file."""
        add_days(self.days, later.days)
        self.count += later.count
        self.last = later.last
        self.low, self.high = min(self.low, later.low), max(self.high, later.high)


def add_days(into: dict[int, Day], days: dict[int, Day]) -> None:
    """Add up two calendars; the days of the second must no longer be used afterwards."""
    for number, day in days.items():
        if number in into:
            into[number].merge(day)
        else:
            into[number] = day


class Timeline:
    """Strands in the order of the file: groups, of whose members only one can be true. Its size is bounded."""

    def __init__(self) -> None:
        self._groups: list[list[Strand]] = []
        self._crowded = False
        self._current: Strand | None = None

    @property
    def count(self) -> int:
        """Records of all strands, but for those that were let go for want of space."""
        return sum(strand.count for strand in self.strands())

    def add(self, minute: int, first: int, last: int, count: int) -> None:
        """Add ``count`` records that follow each other in the file within the slot that begins at ``minute``."""
        strand = self._current
        if strand is None or abs(minute - strand.last) > TOLERANCE:
            if len(self._groups) >= _MOST_GROUPS:
                self._groups = _braided(self._groups)
                self._crowded = True
            strand = self._current = Strand.at(minute)
            self._groups.append([strand])
        strand.add(minute, first, last, count)

    def refine(self, minute: int, first: int, last: int) -> None:
        """Correct the first and last second of the slot that was added last."""
        if self._current:
            self._current.add(minute, first, last, 0)

    def groups(self) -> list[list[Strand]]:
        """The strands in the order of the file. If they had to be packed, those that came last are, too."""
        if self._crowded:
            self._groups, self._current = _braided(self._groups), None
        return self._groups

    def cut(self, latest: int) -> None:
        """Forget everything that lies after the day of minute ``latest``."""
        for strand in self.strands():
            strand.cut(latest)
        self._groups = [kept for group in self._groups if (kept := [strand for strand in group if strand.count])]

    def strands(self) -> list[Strand]:
        """All strands."""
        return [strand for group in self._groups for strand in group]


def _braided(groups: list[list[Strand]]) -> list[list[Strand]]:
    """The same groups in less space: windows of them are put together, and equal neighbours are joined.

    Strands of which one ends before the other begins stay in two groups, for both can be true; they are put into one
    only where disorder leaves no room for more.
    """
    if sum(map(len, groups)) <= _MOST_GROUPS + _ROOM:  # otherwise there was no room the last time
        groups = _packed(part for window in _windows(groups) for part in _parted(window))
        if sum(map(len, groups)) <= _ROOM:
            return groups
    return _packed(_windows(groups))


def _windows(groups: list[list[Strand]]) -> Iterator[list[list[Strand]]]:
    return (groups[at : at + _AT_ONCE] for at in range(0, len(groups), _AT_ONCE))


def _parted(window: list[list[Strand]]) -> Iterator[list[list[Strand]]]:
    """The window cut wherever what one clock wrote ends before another one's begins, as behind a gap."""
    if _rises(window):
        yield window
        return
    spans: list[list[int]] = []  # the first and last place of what continues each other, and its latest minute
    for place, group in enumerate(window):
        for strand in group:
            span = next((one for one in spans if abs(strand.first - one[2]) <= TOLERANCE), None)
            if span is None:
                spans.append([place, place, strand.last])
            else:
                span[1:] = place, strand.last
    begin, newest = 0, max(first for first, _, _ in spans)
    for last in sorted(last for _, last, _ in spans):
        if begin <= last < newest:
            yield window[begin : last + 1]
            begin = last + 1
    yield window[begin:]


def _packed(windows: Iterable[list[list[Strand]]]) -> list[list[Strand]]:
    """Each window as one group, and equal neighbours joined."""
    packed: list[list[Strand]] = []
    for window in windows:
        if _rises(window):
            group = [_joined(group[0] for group in window)]
        else:
            group = _twisted(strand for group in window for strand in group)
        if packed and len(packed[-1]) == len(group) and all(_continued(packed[-1], strand) for strand in group):
            packed[-1] = _twisted([*packed[-1], *group])
        else:
            packed.append(group)
    return packed


def _rises(window: list[list[Strand]]) -> bool:
    """Whether strand follows upon strand in it without a contradiction."""
    return all(len(group) == 1 for group in window) and all(
        a.high <= b.low + TOLERANCE for (a,), (b,) in pairwise(window)
    )


def _joined(strands: Iterable[Strand]) -> Strand:
    first, *others = strands
    for strand in others:
        first.absorb(strand)
    return first


def _twisted(strands: Iterable[Strand]) -> list[Strand]:
    """Strands put together where one continues another; beyond a bound the smallest are let go."""
    found: list[Strand] = []
    for strand in strands:
        earlier = _continued(found, strand)
        if earlier:
            earlier.absorb(strand)
        else:
            found.append(strand)
    return sorted(found, key=lambda one: -one.count)[:_AT_ONCE] if len(found) > _AT_ONCE else found


def _continued(earlier: Iterable[Strand], strand: Strand) -> Strand | None:
    return next((one for one in earlier if abs(strand.first - one.last) <= TOLERANCE), None)
