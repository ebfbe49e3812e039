"""Which strands of a file can be believed, where they contradict each other.

Two contradictions are told apart. *Interleaved*: records of two times stand among each other, as when one of two
devices that write into a file has a wrong clock; then one of the two is wrong from end to end. *Out of order*: what
stands behind something else is more than two days older; then of all selections without a contradiction the one with
the most records is believed. In both cases a strand wins outright for which something beside its stamps speaks: that it
ends when the file was last written, or fits the date in its name.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from probes.logs.placing import DAY
from probes.logs.timeline import TOLERANCE, Strand

ISLAND = 300 * DAY
"""A jump this long inside one file divides it; without better evidence only the larger part is believed."""

_FEWEST_FALLING = 10
_STRAY_SHARE = 0.05
_HALF = 0.5

Supported = Callable[[Strand], bool]


def believed(groups: Sequence[Sequence[Strand]], is_supported: Supported) -> list[Strand]:
    """The strands that can all be true, oldest first.

    Args:
        groups: strands in the order of the file; of each group only one can be true.
        is_supported: whether something beside the stamps speaks for a strand.
    """
    total = sum(strand.count for group in groups for strand in group)

    def weight(strand: Strand) -> int:
        return strand.count + (total + 1 if is_supported(strand) else 0)

    sound = {id(strand) for track in _sound_tracks(groups, is_supported) for _, strand in track.visits}
    kept = [left for group in groups if (left := [strand for strand in group if id(strand) in sound])]
    # An export may have the newest record on top.
    return _without_islands(chain(kept[::-1] if _falls(kept) else kept, weight), is_supported)


@dataclass(slots=True)
class _Track:
    """Strands that continue each other, wherever they stand: what one clock wrote. With their places in the file."""

    visits: list[tuple[int, Strand]] = field(default_factory=list)

    @property
    def count(self) -> int:
        return sum(strand.count for _, strand in self.visits)

    def core(self) -> tuple[int, int]:
        """First and last place, but for a few strays at either end."""
        strays = _STRAY_SHARE * self.count
        ends = []
        for visits in (self.visits, self.visits[::-1]):
            passed = 0
            for place, strand in visits:
                passed += strand.count
                if passed > strays:
                    ends.append(place)
                    break
        return ends[0], ends[1]

    def share_within(self, first: int, last: int) -> float:
        """Share of the records that stand between two places."""
        return sum(strand.count for place, strand in self.visits if first <= place <= last) / self.count


def _sound_tracks(groups: Sequence[Sequence[Strand]], is_supported: Supported) -> list[_Track]:
    """The tracks that are not interleaved with a better one."""
    tracks = _tracks(groups)
    if len(tracks) == 1:
        return tracks
    cores = {id(track): track.core() for track in tracks}

    def rank(track: _Track) -> tuple[bool, int, int]:
        supported = any(is_supported(strand) for _, strand in track.visits)
        return supported, track.count, track.visits[-1][1].high

    sound: list[_Track] = []
    for track in sorted(tracks, key=rank, reverse=True):
        first, last = cores[id(track)]
        near = (one for one in sound if cores[id(one)][0] <= last and first <= cores[id(one)][1])
        if not any(
            max(track.share_within(*cores[id(one)]), one.share_within(first, last)) > _HALF for one in near
        ):  # fmt: skip
            sound.append(track)
    return sound


def _tracks(groups: Sequence[Sequence[Strand]]) -> list[_Track]:
    tracks: list[_Track] = []
    for place, group in enumerate(groups):
        for strand in group:
            track = next(
                (one for one in reversed(tracks) if abs(strand.first - one.visits[-1][1].last) <= TOLERANCE), None
            )
            if track is None:
                track = _Track()
                tracks.append(track)
            track.visits.append((place, strand))
    return tracks


def _falls(groups: Sequence[Sequence[Strand]]) -> bool:
    """Whether the file as a whole runs from the newest record to the oldest."""
    strands = [strand for group in groups for strand in group]
    steps = [(one.last - one.first, one.count) for one in strands]
    steps += [(after.first - before.last, 1) for before, after in pairwise(strands)]
    falling = sum(count for step, count in steps if step < 0)
    rising = sum(count for step, count in steps if step > 0)
    return falling > max(_FEWEST_FALLING, 4 * rising)


def chain(groups: Sequence[Sequence[Strand]], weight: Callable[[Strand], int]) -> list[Strand]:
    """The heaviest selection, at most one of each group, whose times do not go back by more than the tolerance."""
    if len(groups) == 1:
        return [max(groups[0], key=lambda one: (weight(one), one.high))]
    flat = [(number, strand) for number, group in enumerate(groups) for strand in group]
    best: list[tuple[int, int]] = []  # weight of the heaviest selection that ends here, and its last but one
    for index, (group, strand) in enumerate(flat):
        limit = strand.low + TOLERANCE
        before = max(
            ((best[i][0], i) for i in range(index) if flat[i][0] != group and flat[i][1].high <= limit), default=(0, -1)
        )
        best.append((before[0] + weight(strand), before[1]))
    chosen: list[Strand] = []
    at = max(range(len(best)), key=lambda i: (best[i][0], flat[i][1].high), default=-1)
    while at >= 0:
        chosen.append(flat[at][1])
        at = best[at][1]
    return chosen[::-1]


def _without_islands(strands: list[Strand], is_supported: Callable[[Strand], bool]) -> list[Strand]:
    """Cut where the file jumps by the better part of a year: a device that started with a wrong clock, most likely."""
    begin = 0
    for number in range(1, len(strands)):
        if strands[number].low - strands[number - 1].high > ISLAND:
            before, after = strands[begin:number], strands[number:]
            larger_before = sum(one.count for one in before) > sum(one.count for one in after)
            if larger_before and not any(map(is_supported, after)):
                return before
            begin = number
    return strands[begin:]
