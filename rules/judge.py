"""The judge: one pure function from observations to an assessment. It knows no network, no clock and no language."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal

from probes.campus import Campus, Waiver
from probes.observation import Observation
from probes.text import Text, text
from rules.assessment import ZERO, Assessment, Finding, Interval, Outcome, Part, Score
from rules.attested import Claims, weigh_claim
from rules.calendar import local_day
from rules.evidence import Evidence
from rules.measured import Scales
from rules.rubric import Criterion, Indicator, Rubric
from rules.summit import combine, next_step

NOTHING = Interval(ZERO, ZERO)


def judge(rubric: Rubric, observations: Iterable[Observation], campus: Campus, now: datetime) -> Assessment:
    """Judge what was seen by a rubric.

    Args:
        rubric: what to judge by.
        observations: everything that was seen or attested, in any order.
        campus: who and what is asked about, with waivers.
        now: when the question is put (aware); evidence older than a rule allows, or of the future, does not count.

    Returns:
        An assessment whose score is an interval: 0 ≤ proven ≤ possible ≤ total. The same arguments always give the
        same assessment.
    """
    seen = {one.id: one for one in observations}
    today = local_day(now, campus.school.timezone)
    evidence = Evidence(seen.values(), now)
    court = _Court(
        rubric, campus, today, Scales(evidence, campus, _active(campus, today)), Claims(evidence, rubric, today)
    )
    findings = tuple(court.finding(indicator) for indicator in rubric.indicator)
    return Assessment(rubric, campus, now, _score(rubric, findings), findings, seen)


def _active(campus: Campus, today: date) -> tuple[Waiver, ...]:
    return tuple(waiver for waiver in campus.waiver if waiver.until >= today)


def _score(rubric: Rubric, findings: Sequence[Finding]) -> Score:
    def total(points: Iterable[Decimal]) -> Decimal:
        return sum(points, ZERO)

    applicable = [one for one in findings if one.outcome is not Outcome.NOT_APPLICABLE]
    proven = total(one.points.low for one in applicable)
    # What caps and requirements took away is taken from the attested share last, so that it is never overstated.
    attested = total(
        min(one.points.low, total(part.points.low for part in one.parts if part.source == "attested"))
        for one in applicable
    )
    return Score(
        proven=proven,
        possible=total(one.points.high for one in applicable),
        total=total(one.indicator.points for one in applicable),
        pass_line=rubric.rubric.pass_line,
        attested=attested,
    )


class _Court:
    """Judges one indicator after the other with what they share."""

    def __init__(self, rubric: Rubric, campus: Campus, today: date, scales: Scales, claims: Claims) -> None:
        self.rubric = rubric
        self.campus = campus
        self.today = today
        self.scales = scales
        self.claims = claims

    def finding(self, indicator: Indicator) -> Finding:
        """One indicator judged."""
        reason = self._not_applicable(indicator)
        if reason is not None:
            return Finding(indicator, Outcome.NOT_APPLICABLE, NOTHING, (reason,), (), None)
        claims = self.claims.of(indicator)
        parts = tuple(
            self._part(indicator, criterion, claims.share(criterion))
            for criterion in indicator.criterion
            if criterion.applies_to(self.campus.school.stages)
        )
        earned = {part.criterion.id: part.points for part in parts}
        points, remarks = combine(indicator, earned)
        return Finding(
            indicator,
            _outcome(indicator, parts, points),
            points,
            (*self._lapsed(indicator), *remarks),
            tuple(dict.fromkeys(id_ for part in parts for id_ in part.observations)),
            next_step(indicator, parts, points),
            parts,
            claims.whole,
        )

    def _not_applicable(self, indicator: Indicator) -> Text | None:
        stages = self.campus.school.stages
        if not any(criterion.applies_to(stages) for criterion in indicator.criterion):
            return text("does not apply to the school's stages")
        for waiver in self.scales.waivers:
            if waiver.indicator == indicator.id and waiver.subject is None:
                return _waived(waiver)
        return None

    def _lapsed(self, indicator: Indicator) -> Iterable[Text]:
        for waiver in self.campus.waiver:
            if waiver.indicator == indicator.id and waiver.until < self.today:
                yield text(
                    "the waiver by {by} ended on {until} and no longer counts", by=waiver.by, until=str(waiver.until)
                )

    def _part(self, indicator: Indicator, criterion: Criterion, claim: Interval | None) -> Part:
        """One criterion: what was measured, then what people say of it."""
        measured = None if criterion.by == "attested" else self.scales.part(indicator, criterion)
        return weigh_claim(criterion, measured, claim, self.claims.of(indicator).about(criterion))


def _waived(waiver: Waiver) -> Text:
    return text("waived until {until} by {by}: {why}", until=str(waiver.until), by=waiver.by, why=waiver.why)


def _outcome(indicator: Indicator, parts: Sequence[Part], points: Interval) -> Outcome:
    if any(part.outcome is Outcome.CONFLICT for part in parts):
        return Outcome.CONFLICT
    if all(part.outcome is Outcome.NOT_MEASURED for part in parts):
        return Outcome.NOT_MEASURED
    if points.low == indicator.points:
        return Outcome.MET
    return Outcome.NOT_MET if points.high == ZERO else Outcome.PARTLY
