"""From criteria to the indicator: requirements and caps, and the next step worth taking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from probes.kinds import unit_of
from probes.text import Text, in_its_words, listed, text
from rules.assessment import ZERO, Interval, Next, Part, Truth, Verdict
from rules.measured import NAMES_SHOWN, named
from rules.populations import NO_LOG_SOURCE, NOT_NAMED
from rules.reduction import reaches
from rules.rubric import Criterion, Fact, Indicator, Rung


def combine(indicator: Indicator, earned: Mapping[str, Interval]) -> tuple[Interval, tuple[Text, ...]]:
    """The indicator's points from those of its criteria that apply, with the sentences for what was held back."""
    remarks: list[Text] = []
    granted: dict[str, Interval] = {}
    full = {one.id: one.points for one in indicator.criterion}
    for criterion in _needed_first([one for one in indicator.criterion if one.id in earned]):
        points = earned[criterion.id]
        needed = [name for name in criterion.requires if name in granted]
        sure = all(granted[name].low == full[name] for name in needed)
        maybe = all(granted[name].high == full[name] for name in needed)
        granted[criterion.id] = Interval(points.low if sure else ZERO, points.high if maybe else ZERO)
        if not sure and points.high > ZERO:
            others = ", ".join(needed)
            remarks.append(
                text("“{criterion}” earns points only together with “{other}”", criterion=criterion.id, other=others)
            )
    low = sum((points.low for points in granted.values()), ZERO)
    high = sum((points.high for points in granted.values()), ZERO)
    for cap in indicator.cap:
        if cap.unless not in granted:
            continue
        lid = granted[cap.unless]
        if lid.low != full[cap.unless]:
            if low > cap.at_most:
                remarks.append(
                    text("at most {points} points until “{criterion}” is met", points=cap.at_most, criterion=cap.unless)
                )
            low = min(low, cap.at_most)
        if lid.high != full[cap.unless]:
            high = min(high, cap.at_most)
    return Interval(low, high), tuple(remarks)


def _needed_first(criteria: Sequence[Criterion]) -> list[Criterion]:
    """The criteria with those that others require before them; lint refuses circles, so this ends."""
    ordered: list[Criterion] = []
    waiting = list(criteria)
    names = {one.id for one in criteria}
    while waiting:
        placed = {one.id for one in ordered}
        ready = [one for one in waiting if not (set(one.requires) & names) - placed] or waiting
        ordered.append(ready[0])
        waiting.remove(ready[0])
    return ordered


def next_step(indicator: Indicator, parts: Sequence[Part], points: Interval) -> Next | None:
    """The step that adds the most points to what is proven; the first of equals, in the rubric's order."""
    earned = {part.criterion.id: part.points for part in parts}
    best: Next | None = None
    for part in parts:
        for rung_points, need in rungs(part):
            reached = {**earned, part.criterion.id: Interval(rung_points, max(rung_points, part.points.high))}
            gain = combine(indicator, reached)[0].low - points.low
            if gain > ZERO and (best is None or gain > best.gain):
                best = Next(gain, need, part.criterion)
            if gain > ZERO:
                break  # the nearest rung of this criterion; higher ones come later
    return best


def rungs(part: Part) -> list[tuple[Decimal, Text]]:
    """The rungs above what is proven, the nearest first, each with what it takes."""
    criterion = part.criterion
    if criterion.by == "attested" or (criterion.confirm and part.source == "measured"):
        return [
            (part.points.high if part.source == "measured" else criterion.points, text("attest it, with documents"))
        ]
    above = sorted((rung for rung in criterion.ladder if rung.points > part.points.low), key=lambda rung: rung.points)
    return [(rung.points, _need(part, rung)) for rung in above]


def to_be_named(part: Part) -> list[Verdict]:
    """The members of which nothing is known because the inventory does not name them."""
    return [one for one in part.verdicts if one.shown in (NOT_NAMED, NO_LOG_SOURCE)]


def members_needed(part: Part, points: Decimal) -> int:
    """How many members more must hold for the rung with these points; 1 where no members are counted."""
    fact = part.criterion.fact
    rung = next((one for one in part.criterion.ladder if one.points == points), None)
    if rung is None or fact is None or fact.reduce not in {"share", "count"} or part.source == "none":
        return 1
    return max(_more(fact, part, rung), 1)


def _more(fact: Fact, part: Part, rung: Rung) -> int:
    holding = sum(one.truth is Truth.TRUE for one in part.verdicts)
    return next((n for n in range(len(part.verdicts) - holding + 1) if _enough(fact, part, rung, holding + n)), 0)


def _to_be_measured(part: Part) -> Text:
    """What stands in the way of measuring: the inventory does not name it, or nobody has looked yet."""
    absent = to_be_named(part)
    if absent:
        return text(
            "name it in the inventory: {names}",
            names=listed([in_its_words(one.label) for one in absent], most=NAMES_SHOWN),
        )
    return text("measure it; {why}", why=part.why[0])


def _need(part: Part, rung: Rung) -> Text:
    fact = part.criterion.fact
    if part.source == "none":
        return _to_be_measured(part)
    if fact is None or fact.reduce not in {"share", "count"}:
        return _number_needed(fact, rung, part)
    more = _more(fact, part, rung)
    open_ = [truth for truth in (Truth.FALSE, Truth.UNKNOWN) if any(one.truth is truth for one in part.verdicts)]
    candidates = [named(part.verdicts, truth) for truth in open_]
    if not candidates:
        return text("reach {points} points", points=rung.points)
    if len(candidates) > 1:
        return text(
            "{n} more must meet it, out of: {failing}; {unknown}", n=more, failing=candidates[0], unknown=candidates[1]
        )
    return text("{n} more must meet it, out of: {names}", n=more, names=candidates[0])


def _enough(fact: Fact, part: Part, rung: Rung, holding: int) -> bool:
    """Whether so many members holding reach the rung, with no other member failing than already fails."""
    size = len(part.verdicts)
    if fact.sample:
        size = max(fact.sample.size(size), sum(one.truth is not Truth.UNKNOWN for one in part.verdicts))
    return reaches(rung, Fraction(holding) if fact.reduce == "count" else Fraction(min(holding, size), max(size, 1)))


def _number_needed(fact: Fact | None, rung: Rung, part: Part) -> Text:
    unit = (
        text(unit_of(fact.field or ""))
        if fact is not None and unit_of(fact.field or "")
        else text("{nothing}", nothing="")
    )
    if rung.at_least is not None:
        return text("reach at least {number} {unit}; now {why}", number=rung.at_least, unit=unit, why=part.why[0])
    return text("reach at most {number} {unit}; now {why}", number=rung.at_most, unit=unit, why=part.why[0])
