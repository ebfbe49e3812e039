"""What people vouch for: claims with documents, how long they hold, and how they stand beside what was measured."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from probes.kinds import Attestation
from probes.observation import Observation, Status
from probes.text import Text, text
from rules.assessment import ZERO, Interval, Outcome, Part
from rules.calendar import months_after
from rules.evidence import Evidence
from rules.rubric import Criterion, Indicator, Rubric


@dataclass(frozen=True, slots=True)
class Statement:
    """One claim that holds today, or the reason why it does not count."""

    observation: Observation
    claim: Attestation | None
    void: Text | None = None


class ClaimsOf:
    """The claims about one indicator, as a whole and criterion by criterion."""

    def __init__(self, indicator: Indicator, whole: Statement | None, single: dict[str, Statement]) -> None:
        self._whole = whole
        self._single = single
        self._shares = _allot(indicator, whole)

    @property
    def whole(self) -> Observation | None:
        """The observation of the claim about the indicator, also where it no longer counts."""
        first = self._whole or next(iter(self._single.values()), None)
        return None if first is None else first.observation

    def about(self, criterion: Criterion) -> Statement | None:
        """The claim that speaks of a criterion: its own, else the indicator's."""
        return self._single.get(criterion.id, self._whole)

    def share(self, criterion: Criterion) -> Interval | None:
        """The points that the claim gives this criterion; ``None`` where nobody says anything that counts."""
        single = self._single.get(criterion.id)
        if single is not None:
            return None if single.claim is None else claimed(single.claim, criterion.points)
        return self._shares.get(criterion.id)


class Claims:
    """All claims of one judgement."""

    def __init__(self, evidence: Evidence, rubric: Rubric, today: date) -> None:
        self.rubric = rubric
        self.today = today
        self._latest: dict[str, Observation] = {}
        for one in sorted(evidence.every("attestation"), key=_dated):
            self._latest[one.subject] = one

    def of(self, indicator: Indicator) -> ClaimsOf:
        """The claims about an indicator."""
        single = {
            criterion.id: statement
            for criterion in indicator.criterion
            if (statement := self._statement(f"{indicator.id}/{criterion.id}", indicator)) is not None
        }
        return ClaimsOf(indicator, self._statement(indicator.id, indicator), single)

    def _statement(self, subject: str, indicator: Indicator) -> Statement | None:
        one = self._latest.get(subject)
        if one is None:
            return None
        if one.status is not Status.OK or not isinstance(one.value, Attestation):
            return Statement(
                one, None, text("the documents put forward could not be read: {detail}", detail=one.detail)
            )
        claim = one.value
        end = ends_on(claim, indicator, self.rubric)
        if claim.on > self.today:
            return Statement(one, None, text("attested on {on}, which is still to come", on=str(claim.on)))
        if end < self.today:
            return Statement(one, None, text("the attestation of {on} ended on {end}", on=str(claim.on), end=str(end)))
        return Statement(one, claim)


def ends_on(claim: Attestation, indicator: Indicator, rubric: Rubric) -> date:
    """The last day on which a claim counts."""
    return claim.valid_until or months_after(claim.on, indicator.valid_months or rubric.rubric.attestation_valid_months)


def _dated(one: Observation) -> tuple[date, str]:
    on = one.value.on if isinstance(one.value, Attestation) else one.taken_at.date()
    return on, one.taken_at.isoformat()


def claimed(claim: Attestation, points: Decimal) -> Interval:
    """The points that a claim gives: a claim without documents proves nothing, but may be true.

    A claim of *partly* that names no points leaves them open.
    """
    if claim.claim == "not_met":
        return Interval(ZERO, ZERO)
    worth = points if claim.claim == "met" else None if claim.points is None else Decimal(str(claim.points))
    high = points if worth is None else min(points, worth)
    low = ZERO if worth is None or not claim.documents else high
    return Interval(low, high)


def _allot(indicator: Indicator, whole: Statement | None) -> dict[str, Interval]:
    """Spread a claim about the whole indicator over its criteria: those only people can vouch for come first."""
    if whole is None or whole.claim is None:
        return {}
    claim = whole.claim
    if claim.claim != "partly" or claim.points is None:
        return {one.id: claimed(claim, one.points) for one in indicator.criterion}
    left, shares = Decimal(str(claim.points)), {}
    order = {"attested": 0, "either": 1, "measured": 2}
    for criterion in sorted(indicator.criterion, key=lambda one: order[one.by]):
        given = min(left, criterion.points)
        shares[criterion.id] = Interval(given if claim.documents else ZERO, given)
        left -= given
    return shares


def weigh_claim(
    criterion: Criterion, measured: Part | None, claim: Interval | None, statement: Statement | None
) -> Part:
    """One criterion with both voices heard.

    * ``attested``: the claim is all there is.
    * ``either``: the claim stands in for what was not measured, and never against what was.
    * ``measured``: the claim stands beside and earns nothing.
    * ``confirm``: what was measured counts as proven only as far as a person confirms it.
    """
    said = tuple(_words(statement, claim))
    ids = () if statement is None else (statement.observation.id,)
    if measured is None:
        points = claim or Interval(ZERO, criterion.points)
        bare = statement is not None and statement.claim is not None and not statement.claim.documents
        undecided = claim is None or (bare and points.low < points.high)
        outcome = Outcome.NOT_MEASURED if undecided else _outcome(criterion, points)
        source = "attested" if points.low > ZERO else "none"
        return Part(criterion, outcome, points, source, said or (text("not attested yet"),), ids)
    part = replace(measured, why=(*measured.why, *said), observations=(*measured.observations, *ids))
    if claim is not None and _contradicts(claim, measured):
        part = replace(part, outcome=Outcome.CONFLICT, why=(*part.why, text("people and measurement disagree")))
    if criterion.by == "measured" and not criterion.confirm and claim is not None:
        part = replace(part, why=(*part.why, text("this is decided by measurement; what people say earns nothing")))
    if criterion.by == "either" and claim is not None:
        part = _stand_in(part, claim)
    if criterion.confirm:
        part = _confirmed(part, claim)
    return part


def _stand_in(part: Part, claim: Interval) -> Part:
    low = max(part.points.low, min(part.points.high, claim.low))
    points = Interval(low, max(low, min(part.points.high, claim.high)))
    if points == part.points:
        return part
    source = "attested" if points.low > part.points.low else part.source
    outcome = part.outcome if part.outcome is Outcome.CONFLICT else _outcome(part.criterion, points)
    return replace(part, points=points, source=source, outcome=outcome)


def _confirmed(part: Part, claim: Interval | None) -> Part:
    """Hold measured points back until a person confirms the use."""
    granted = Interval(ZERO, part.criterion.points) if claim is None else claim
    points = Interval(min(part.points.low, granted.low), min(part.points.high, granted.high))
    if points == part.points:
        return part
    waiting = (text("measured, and waits for a person to confirm the use"),) if claim is None else ()
    outcome = (
        part.outcome if part.outcome in {Outcome.CONFLICT, Outcome.NOT_MEASURED} else _outcome(part.criterion, points)
    )
    return replace(part, points=points, outcome=outcome, why=(*part.why, *waiting))


def _contradicts(claim: Interval, measured: Part) -> bool:
    """The claim's points and the measured ones have nothing in common."""
    return measured.source == "measured" and (claim.low > measured.points.high or claim.high < measured.points.low)


def _words(statement: Statement | None, claim: Interval | None) -> Iterable[Text]:
    if statement is None:
        return
    if statement.void is not None:
        yield statement.void
    elif statement.claim is not None:
        said = {"met": text("met"), "partly": text("partly met"), "not_met": text("not met")}[statement.claim.claim]
        yield text("attested as {claim} by {by} on {on}", claim=said, by=statement.claim.by, on=str(statement.claim.on))
        if not statement.claim.documents and statement.claim.claim != "not_met":
            yield text("no document was put forward, so nothing is proven")
        elif claim is not None and not claim.decided:
            yield text("the points for a partial claim were not stated")


def _outcome(criterion: Criterion, points: Interval) -> Outcome:
    if points.low == criterion.points:
        return Outcome.MET
    return Outcome.NOT_MET if points.high == ZERO else Outcome.PARTLY
