"""From members to one number, from the number to points: intervals throughout, because not everything is known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from statistics import median

from rules.assessment import ZERO, Interval, Truth, Verdict
from rules.rubric import Criterion, Fact, Rung


@dataclass(frozen=True, slots=True)
class Bounds:
    """A number that lies somewhere between; ``None`` is an open end."""

    low: Fraction | None
    high: Fraction | None

    @property
    def decided(self) -> bool:
        """Whether the number is known."""
        return self.low is not None and self.low == self.high


UNKNOWN = Bounds(None, None)


@dataclass(frozen=True, slots=True)
class Tally:
    """How many members hold, fail and are unknown, and how many of them have to be known."""

    holding: int
    failing: int
    unknown: int
    needed: int

    @property
    def open(self) -> int:
        """Members that could still turn out either way and count."""
        return max(0, self.needed - self.holding - self.failing)

    @property
    def size(self) -> int:
        """The denominator of the share."""
        return self.holding + self.failing + self.open


def tally(fact: Fact, verdicts: Sequence[Verdict]) -> Tally:
    """Count the members of a fact that is reduced by ``share`` or ``count``."""
    counts = Counter(one.truth for one in verdicts)
    needed = fact.sample.size(len(verdicts)) if fact.sample else len(verdicts)
    return Tally(counts[Truth.TRUE], counts[Truth.FALSE], counts[Truth.UNKNOWN], needed)


def share_or_count(fact: Fact, counted: Tally) -> Bounds:
    """The share (0..1) or the number of members that hold, as far as it is known."""
    low, high = counted.holding, counted.holding + counted.open
    if fact.reduce == "count":
        # Members beyond the sample are never looked at, but each of them could still be one more.
        return Bounds(Fraction(low), Fraction(counted.holding + counted.unknown))
    if counted.size == 0:
        return Bounds(Fraction(0), Fraction(1))
    return Bounds(Fraction(low, counted.size), Fraction(high, counted.size))


def number(fact: Fact, values: Sequence[Fraction | None]) -> Bounds:
    """``min``, ``max``, ``median`` or ``latest`` of the members' values; ``None`` stands for a member not known.

    ``latest`` expects the values oldest first. An unknown member could lie anywhere, so it opens an end.

    >>> number(Fact(kind="port", field="speed_mbps", population="uplinks", reduce="max"), [Fraction(3), None])
    Bounds(low=Fraction(3, 1), high=None)
    """
    known = [value for value in values if value is not None]
    missing = len(values) - len(known)
    if not known:
        return UNKNOWN
    match fact.reduce:
        case "min":
            return Bounds(None if missing else min(known), min(known))
        case "max":
            return Bounds(max(known), None if missing else max(known))
        case "latest":
            return UNKNOWN if values[-1] is None else Bounds(known[-1], known[-1])
        case _:
            return _median(known, missing)


def _median(known: list[Fraction], missing: int) -> Bounds:
    if not missing:
        middle = Fraction(median(known))
        return Bounds(middle, middle)
    ordered, size = sorted(known), len(known) + missing
    # With the missing values all below (above), the median is found further down (up) the known ones.
    at, twin = (size - 1) // 2, size // 2
    low = None if at < missing else Fraction(ordered[at - missing] + ordered[twin - missing]) / 2
    high = None if twin >= len(known) else Fraction(ordered[at] + ordered[twin]) / 2
    return Bounds(low, high)


def climb(criterion: Criterion, bounds: Bounds) -> Interval:
    """The points that a number, known within bounds, earns on the criterion's ladder."""
    ends = [_points(criterion.ladder, end, unbounded) for end, unbounded in ((bounds.low, -1), (bounds.high, 1))]
    return Interval(min(ends), max(ends))


def _points(ladder: Sequence[Rung], value: Fraction | None, unbounded: int) -> Decimal:
    return max((rung.points for rung in ladder if reaches(rung, value, unbounded)), default=ZERO)


def reaches(rung: Rung, value: Fraction | None, unbounded: int = 0) -> bool:
    """Whether a number stands on a rung; ``None`` is minus or plus infinity by the sign of ``unbounded``."""
    if rung.at_least is not None:
        return unbounded > 0 if value is None else value >= Fraction(rung.at_least)
    return unbounded < 0 if value is None else rung.at_most is not None and value <= Fraction(rung.at_most)
