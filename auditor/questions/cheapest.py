"""The cheapest way to a number of points: which steps together take the least work. Exact, and always the same.

Each indicator offers a few ways (its criteria raised to rungs, as requirements and caps allow). Of each indicator at
most one way is taken; among all choices that reach the points the one with the least work wins, of equals the one that
hangs the least on what only a measurement can tell, then the one of fewer steps, then the rubric's order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import product

from auditor.questions.effort import Efforts, Work
from probes.text import Text
from rules.assessment import ZERO, Assessment, Finding, Interval, Outcome, Part
from rules.rubric import Criterion
from rules.summit import combine, members_needed, rungs, to_be_named

WAYS = 400
"""Combinations looked at for one indicator; beyond that only the nearest and the highest rung of each criterion."""


@dataclass(frozen=True, slots=True)
class Step:
    """One criterion raised to a rung.

    Attributes:
        hours: of work, about.
        times: how many things have to change.
        certain: whether the points are sure once the work is done; measuring first may show less.
    """

    criterion: Criterion
    points: Decimal
    need: Text
    hours: int
    times: int
    work: Work
    certain: bool


@dataclass(frozen=True, slots=True)
class Way:
    """What one indicator can be raised by: steps, together with the points that they add."""

    finding: Finding
    steps: tuple[Step, ...]
    gain: Decimal

    @property
    def hours(self) -> int:
        """The work of all steps."""
        return sum(step.hours for step in self.steps)

    @property
    def uncertain(self) -> int:
        """Steps of which only a measurement tells whether they bring their points."""
        return sum(not step.certain for step in self.steps)


@dataclass(frozen=True, slots=True)
class Plan:
    """The cheapest way.

    Attributes:
        reached: proven points after it; less than the target where that is out of reach, and then the most there is.
        ways: the indicators to raise, the most points for each hour first.
    """

    target: Decimal
    proven: Decimal
    reached: Decimal
    ways: tuple[Way, ...]

    @property
    def is_enough(self) -> bool:
        """Whether the target is reached."""
        return self.reached >= self.target

    @property
    def hours(self) -> int:
        """The work of all of it."""
        return sum(way.hours for way in self.ways)


_Choice = tuple[int, int, int, tuple[tuple[int, int], ...]]
"""Hours, uncertain steps, steps, and which way of which indicator: compared in this order."""


def cheapest(assessment: Assessment, target: Decimal, efforts: Efforts) -> Plan:
    """The cheapest way from an assessment to a number of proven points."""
    proven = assessment.score.proven
    offers = [
        ways
        for finding in assessment.findings
        if finding.outcome is not Outcome.NOT_APPLICABLE and (ways := tuple(_ways(finding, efforts)))
    ]
    missing = max(target - proven, ZERO)
    best: dict[Decimal, _Choice] = {ZERO: (0, 0, 0, ())}
    for number, ways in enumerate(offers):
        found = dict(best)
        for gained, (hours, uncertain, steps, taken) in best.items():
            for which, way in enumerate(ways):
                total = min(gained + way.gain, missing)
                choice = (
                    hours + way.hours,
                    uncertain + way.uncertain,
                    steps + len(way.steps),
                    (*taken, (number, which)),
                )
                if total not in found or choice < found[total]:
                    found[total] = choice
        best = found
    if missing in best:
        taken = best[missing][3]
    else:
        # Out of reach: then everything that can be won, each indicator by its best way.
        taken = tuple((number, max(range(len(ways)), key=lambda n: ways[n].gain)) for number, ways in enumerate(offers))
    chosen = [offers[number][which] for number, which in taken]
    chosen.sort(key=lambda way: (-way.gain / way.hours, way.finding.indicator.id))
    return Plan(target, proven, proven + sum((way.gain for way in chosen), ZERO), tuple(chosen))


def _ways(finding: Finding, efforts: Efforts) -> Iterator[Way]:
    """The ways of one indicator that are worth it: none that costs as much as another and brings no more."""
    offered = [[None, *_steps(part, efforts)] for part in finding.parts]
    size = 1
    for one in offered:
        size *= len(one)
    if size > WAYS:
        offered = [[None, *dict.fromkeys((one[1], one[-1]))] if len(one) > 1 else [None] for one in offered]
    found: list[Way] = []
    for steps in product(*offered):
        chosen = tuple(step for step in steps if step is not None)
        gain = _gain(finding, chosen)
        if gain > ZERO:
            found.append(Way(finding, chosen, gain))
    found.sort(key=lambda way: (way.hours, way.uncertain, len(way.steps), -way.gain))
    most = ZERO
    for way in found:
        if way.gain > most:
            most = way.gain
            yield way


def _gain(finding: Finding, steps: Sequence[Step]) -> Decimal:
    raised = {step.criterion.id: step.points for step in steps}
    earned = {
        part.criterion.id: Interval(
            raised.get(part.criterion.id, part.points.low),
            max(raised.get(part.criterion.id, part.points.low), part.points.high),
        )
        for part in finding.parts
    }
    return combine(finding.indicator, earned)[0].low - finding.points.low


def _steps(part: Part, efforts: Efforts) -> Iterator[Step]:
    """The rungs of one criterion above what is proven, the nearest first."""
    criterion = part.criterion
    for points, need in rungs(part):
        times = members_needed(part, points)
        work, certain = _work(part, efforts)
        yield Step(criterion, points, need, work.hours * times, times, work, certain)


def _work(part: Part, efforts: Efforts) -> tuple[Work, bool]:
    criterion, classes = part.criterion, efforts.classes
    if criterion.by == "attested":
        return classes.attest, True
    if criterion.confirm and part.source == "measured":
        return classes.confirm, True
    if part.source == "none":
        return (classes.inventory if to_be_named(part) else classes.measure), False
    kinds = [one.kind for one in criterion.fact.conditions if one.kind] if criterion.fact is not None else []
    known = [efforts.kind[kind] for kind in dict.fromkeys(kinds) if kind in efforts.kind]
    return max(known, key=lambda work: work.hours, default=classes.build), True
