"""Which strands of a file can be believed, where they contradict each other.

Two contradictions are told apart. *Interleaved*: records of two times stand among each other, as when one of two
devices that write into a file has a wrong clock; then one of the two is wrong from end to end. *Out of order*: what
stands behind something else is more than two days older; then of all selections without a contradiction the one with
the most records is believed. In both cases a strand wins outright for which something beside its stamps speaks: that it
ends when the file was last written, or fits the date in its name. A clock that such a strand shows to be wrong is wrong
by the same time elsewhere in the file. Where nothing speaks for one of two devices that contradict each other from end
to end, neither is believed: how many lines a device writes says nothing about its clock.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from probes.logs.placing import DAY
from probes.logs.timeline import TOLERANCE, Strand

ISLAND = 300 * DAY
"""A jump this long inside one file divides it; without better evidence only the larger part is believed."""

_FEWEST_FALLING = 10
STRAYS = 0.02
"""Share up to which records that contradict others are a device's that starts without a clock."""

_STRAY_SHARE = 0.05
_HALF = 0.5

Evidence = Callable[[Strand], int]
"""What something beside the stamps says of a strand: 1 for it, 0 nothing, -1 against it."""


@dataclass(frozen=True, slots=True)
class Belief:
    """What a file can be believed.

    Attributes:
        strands: those that can all be true, oldest first.
        undecided: there are others, and nothing tells which of them are.
    """

    strands: list[Strand]
    undecided: bool


def believed(groups: Sequence[Sequence[Strand]], evidence: Evidence) -> Belief:
    """Choose between strands that contradict each other.

    Args:
        groups: strands in the order of the file; of each group only one can be true.
        evidence: what something beside the stamps says of a strand.
    """
    tracks = _tracks(groups)
    sound, torn = _sound(tracks, evidence)
    return Belief(_chosen(groups, [track for track in sound if track not in torn], evidence), undecided=bool(torn))


def likeliest(groups: Sequence[Sequence[Strand]]) -> list[Strand]:
    """What most of the records say, where nothing beside them is asked; oldest first."""

    def nothing(_: Strand) -> int:
        return 0

    return _chosen(groups, _sound(_tracks(groups), nothing)[0], nothing)


def ends(groups: Sequence[Sequence[Strand]]) -> list[int]:
    """The latest minute of each clock that wrote, but for a few strays; the one of most records first."""
    tracks = sorted(_tracks(groups), key=lambda one: -one.count)
    fewest = STRAYS * sum(track.count for track in tracks)
    return [track.visits[-1][1].high for track in tracks if track.count > fewest]


def _chosen(groups: Sequence[Sequence[Strand]], tracks: Sequence[_Track], evidence: Evidence) -> list[Strand]:
    total = sum(strand.count for group in groups for strand in group)

    def weight(strand: Strand) -> int:
        return strand.count + (total + 1 if evidence(strand) > 0 else 0)

    sound = {id(strand) for track in tracks for _, strand in track.visits}
    kept = [left for group in groups if (left := [strand for strand in group if id(strand) in sound])]
    # An export may have the newest record on top.
    return _without_islands(chain(kept[::-1] if _falls(kept) else kept, weight), evidence)


@dataclass(slots=True, eq=False)
class _Track:
    """Strands that continue each other, wherever they stand: what one clock wrote. With their places in the file."""

    visits: list[tuple[int, Strand]] = field(default_factory=list)

    @property
    def strands(self) -> list[Strand]:
        return [strand for _, strand in self.visits]

    @property
    def count(self) -> int:
        return sum(strand.count for strand in self.strands)

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


def _sound(tracks: Sequence[_Track], evidence: Evidence) -> tuple[list[_Track], list[_Track]]:
    """The tracks that are not interleaved with a better one; and those of them that only their number makes better."""
    if len(tracks) == 1:
        return list(tracks), []
    cores = {id(track): track.core() for track in tracks}
    said = {id(track): evidence(max(track.strands, key=lambda one: one.high)) for track in tracks}

    def rank(track: _Track) -> tuple[int, int, int]:
        return said[id(track)], track.count, track.visits[-1][1].high

    def shares(one: _Track, other: _Track) -> tuple[float, float]:
        """Of each, how much stands among the other."""
        mine, its = cores[id(one)], cores[id(other)]
        apart = mine[1] < its[0] or its[1] < mine[0]
        return (0.0, 0.0) if apart else (one.share_within(*its), other.share_within(*mine))

    ranked = sorted(tracks, key=rank, reverse=True)
    off = [  # minutes by which clocks were found to be behind one that is right
        _behind(track, right)
        for right in ranked
        if said[id(right)] > said[id(ranked[-1])]
        for track in ranked
        if said[id(right)] > said[id(track)] and max(shares(track, right)) > _HALF
    ]
    sound: list[_Track] = []
    torn: list[_Track] = []
    for track in ranked:
        if off and said[id(track)] <= 0 and _is_off(track, ranked, shares, off):
            continue
        rivals = [one for one in sound if max(shares(track, one)) > _HALF]
        if not rivals:
            sound.append(track)
        torn += [
            one
            for one in rivals
            if said[id(one)] == said[id(track)] == 0
            and min(shares(track, one)) > _HALF
            and track.count > STRAYS * one.count
        ]
    return sound, torn


def _is_off(
    track: _Track, tracks: Sequence[_Track], shares: Callable[[_Track, _Track], tuple[float, float]], off: Sequence[int]
) -> bool:
    """Whether a track is behind another one by what a clock of this file was found to be."""
    others = [one for one in tracks if one is not track and max(shares(track, one)) > _HALF]
    return any(abs(_behind(track, one) - known) <= TOLERANCE for one in others for known in off)


def _behind(track: _Track, other: _Track) -> int:
    """Minutes that a track is behind another one among whose records it stands."""
    places = [place for place, _ in other.visits]
    steps = []
    for place, strand in track.visits:
        at = bisect_left(places, place)
        beside = other.visits[min(at, len(places) - 1)]
        if beside[0] == place:
            steps.append(beside[1].first - strand.first)
        elif at:
            steps.append(other.visits[at - 1][1].last - strand.first)
        else:
            steps.append(beside[1].first - strand.last)
    return round(median(steps))


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


def _without_islands(strands: list[Strand], evidence: Evidence) -> list[Strand]:
    """Cut where the file jumps by the better part of a year: a device that started with a wrong clock, most likely."""
    begin = 0
    for number in range(1, len(strands)):
        if strands[number].low - strands[number - 1].high > ISLAND:
            before, after = strands[begin:number], strands[number:]
            larger_before = sum(one.count for one in before) > sum(one.count for one in after)
            if larger_before and not any(evidence(one) > 0 for one in after):
                return before
            begin = number
    return strands[begin:]
