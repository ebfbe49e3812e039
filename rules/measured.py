"""A criterion put on the scales: its members judged, counted and reduced, and the ladder climbed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

from probes.campus import Campus, Waiver
from probes.text import Text, listed, text
from rules.assessment import ZERO, Interval, Outcome, Part, Truth, Verdict
from rules.calendar import school_days_ago
from rules.conditions import Bench, Judged, exact, shown_value
from rules.evidence import Evidence
from rules.measures import MEASURES
from rules.populations import Member, excused, members
from rules.predicates import PREDICATES
from rules.reduction import UNKNOWN, Bounds, climb, number, share_or_count, tally
from rules.rubric import Criterion, Fact, Indicator

SECOND = timedelta(seconds=1)
SECONDS_PER_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Weighed:
    """A fact reduced, before the ladder."""

    bounds: Bounds
    why: Text
    observations: tuple[str, ...]
    verdicts: tuple[Verdict, ...] = ()
    conflict: bool = False
    known: bool = True


class Scales:
    """Weighs criteria against the evidence of one judgement."""

    def __init__(self, evidence: Evidence, campus: Campus, waivers: Sequence[Waiver]) -> None:
        self.evidence = evidence
        self.campus = campus
        self.waivers = waivers
        self.bench = Bench(evidence, campus, PREDICATES)

    def part(self, indicator: Indicator, criterion: Criterion) -> Part:
        """What measurement alone says of a criterion."""
        waived: tuple[Text, ...] = ()
        if criterion.measure is not None:
            measured = MEASURES[criterion.measure](self.evidence, self.campus)
            known = measured.bounds != UNKNOWN
            weighed = Weighed(measured.bounds, measured.shown, measured.observations, known=known)
        else:
            fact = self._dated(_fact(criterion))
            asked, waived = self._members(indicator, fact)
            weighed = self._counted(fact, asked) if fact.reduce in {"share", "count"} else self._number(fact, asked)
        points = climb(criterion, weighed.bounds) if weighed.known else Interval(ZERO, criterion.points)
        return Part(
            criterion,
            _outcome(criterion, points, weighed),
            points,
            "measured" if weighed.known else "none",
            (weighed.why,),
            weighed.observations,
            weighed.verdicts,
            waived,
        )

    def _dated(self, fact: Fact) -> Fact:
        """The fact with its school days turned into days: the judge's clock and the school's calendar decide."""
        if fact.max_age_school_days is None:
            return fact
        now = self.evidence.now
        age = now - school_days_ago(now, self.campus.school, fact.max_age_school_days)
        return fact.model_copy(update={"max_age_days": Decimal(age // SECOND) / SECONDS_PER_DAY})

    def _members(self, indicator: Indicator, fact: Fact) -> tuple[tuple[Member, ...], tuple[Text, ...]]:
        """The members that count, and what leaves others, or parts of them, out: waivers, or the inventory itself."""
        waivers = {
            waiver.subject: waiver
            for waiver in self.waivers
            if waiver.subject is not None and waiver.indicator in {None, indicator.id}
        }
        counting: list[Member] = []
        words: list[Text] = []
        for member in members(fact, self.campus, lambda place: self.evidence.port_of(place, fact.max_age_days)):
            names = dict.fromkeys((member.id, *(one.subject for one in member.entities)))
            words += [_left_out(member, waivers[name]) for name in names if name in waivers]
            kept = tuple(one for one in member.entities if one.subject not in waivers)
            if member.id not in waivers and (kept or not member.entities):
                counting.append(replace(member, entities=kept))
        without = excused(fact, self.campus)
        return tuple(counting), (*words, *(() if without is None else (without,)))

    def _counted(self, fact: Fact, asked: Sequence[Member]) -> Weighed:
        verdicts = tuple(self.bench.verdict(fact, member) for member in asked)
        counted = tally(fact, verdicts)
        sentence = (
            text("{holding} of {n} meet it", holding=counted.holding, n=len(verdicts))
            if verdicts
            else text("the inventory lists none")
        )
        if counted.holding and not counted.failing and not counted.open:
            sentence = text("{sentence}: {names}", sentence=sentence, names=named(verdicts, Truth.TRUE))
        if counted.failing:
            sentence = text("{sentence}; not met: {names}", sentence=sentence, names=named(verdicts, Truth.FALSE))
        if counted.open:
            sentence = text("{sentence}; not known: {names}", sentence=sentence, names=named(verdicts, Truth.UNKNOWN))
        return Weighed(
            share_or_count(fact, counted),
            sentence,
            tuple(dict.fromkeys(id_ for one in verdicts for id_ in one.observations)),
            verdicts,
            any(one.conflict for one in verdicts),
            known=any(one.truth is not Truth.UNKNOWN or one.conflict for one in verdicts),
        )

    def _number(self, fact: Fact, asked: Sequence[Member]) -> Weighed:
        """The members' numbers reduced; each entity's strongest, latest word counts."""
        found: list[tuple[str, str, Fraction | None, Judged]] = []
        field = fact.field or ""
        for member in asked:
            for entity in member.entities:
                sources = self.evidence.latest(fact, entity)
                value = next((v for one in sources if (v := exact(getattr(one.value, field))) is not None), None)
                if sources:
                    judged = Judged(Truth.UNKNOWN, shown_value(value, field), tuple(one.id for one in sources))
                    taken = sources[0].taken_at.isoformat()
                else:
                    judged, taken = self.bench.unmeasured(fact, entity), ""
                found.append((taken, member.label, None if value is None else Fraction(value), judged))
        if fact.reduce == "latest":
            found.sort(key=lambda one: one[0])
        values = [value for _, _, value, _ in found]
        words = [text("{member}: {value}", member=label, value=judged.shown) for _, label, _, judged in found]
        return Weighed(
            number(fact, values),
            listed(words, most=NAMES_SHOWN) if words else text("the inventory lists none"),
            tuple(dict.fromkeys(id_ for _, _, _, judged in found for id_ in judged.observations)),
            known=any(value is not None for value in values),
        )


def _left_out(member: Member, waiver: Waiver) -> Text:
    return text(
        "{member} left out until {until} by {by}: {why}",
        member=member.label,
        until=str(waiver.until),
        by=waiver.by,
        why=waiver.why,
    )


def _fact(criterion: Criterion) -> Fact:
    if criterion.fact is None:  # lint refuses such a rubric; a hand-made one must not pass for measured
        msg = f"criterion {criterion.id} has neither a fact nor a measure"
        raise ValueError(msg)
    return criterion.fact


def _outcome(criterion: Criterion, points: Interval, weighed: Weighed) -> Outcome:
    if weighed.conflict:
        return Outcome.CONFLICT
    if not weighed.known:
        return Outcome.NOT_MEASURED
    if points.low == criterion.points:
        return Outcome.MET
    return Outcome.NOT_MET if points.high == ZERO else Outcome.PARTLY


NAMES_SHOWN = 5


def named(verdicts: Sequence[Verdict], truth: Truth) -> Text:
    """The first few members of that truth with their values, and how many more there are."""
    alike = [one for one in verdicts if one.truth is truth]
    words = [text("{member} ({value})", member=one.label, value=one.shown) for one in alike]
    return listed(words, most=NAMES_SHOWN)
