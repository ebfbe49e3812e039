"""What is still open for people: the indicators whose points a document could prove, the most points first. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from rules.assessment import ZERO, Assessment, Finding, Outcome, Part


@dataclass(frozen=True, slots=True)
class Question:
    """An indicator with points that people can win.

    Attributes:
        gain: points that an attestation with documents can turn from possible into proven, at most.
        parts: the criteria concerned.
    """

    finding: Finding
    gain: Decimal
    parts: tuple[Part, ...]

    @property
    def indicator(self) -> str:
        """Its id."""
        return self.finding.indicator.id


def open_questions(assessment: Assessment) -> tuple[Question, ...]:
    """The indicators that wait for people, by the points to be gained, then in the rubric's order."""
    found = [one for finding in assessment.findings if (one := question(finding)) is not None]
    return tuple(sorted(found, key=lambda one: -one.gain))


def question(finding: Finding) -> Question | None:
    """What people can still do for an indicator; ``None`` where nothing is open, or only a measurement helps."""
    if finding.outcome is Outcome.NOT_APPLICABLE:
        return None
    parts = tuple(part for part in finding.parts if can_be_attested(part) and not part.points.decided)
    gain = min(finding.points.high - finding.points.low, sum((_open(part) for part in parts), ZERO))
    return Question(finding, gain, parts) if gain > ZERO else None


def can_be_attested(part: Part) -> bool:
    """Whether what people say of a criterion can earn anything."""
    return part.criterion.by in {"attested", "either"} or part.criterion.confirm


def _open(part: Part) -> Decimal:
    return part.points.high - part.points.low
