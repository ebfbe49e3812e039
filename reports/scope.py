"""What an edition covers, and its points summed up: the whole rubric, or the section that was asked for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from probes.kinds import Attestation
from probes.observation import Status
from reports.edition import Edition
from rules.assessment import ZERO, Finding, Outcome, Part


@dataclass(frozen=True, slots=True)
class Sums:
    """Points of some findings.

    Attributes:
        weight: what the rubric gives for them.
        total: ``weight`` less what does not apply.
        proven, possible: as of the score.
        attested: of ``proven``, what rests on documents; the rest is measured.
        to_attest: open points that wait for people and their documents.
    """

    weight: Decimal
    total: Decimal
    proven: Decimal
    possible: Decimal
    attested: Decimal
    to_attest: Decimal

    @property
    def measured(self) -> Decimal:
        """Of ``proven``, what rests on measurement."""
        return self.proven - self.attested

    @property
    def to_measure(self) -> Decimal:
        """Open points that wait for a measurement."""
        return self.possible - self.proven - self.to_attest

    @property
    def lost(self) -> Decimal:
        """Points that what is known rules out."""
        return self.total - self.possible

    @property
    def exempt(self) -> Decimal:
        """Points of what does not apply."""
        return self.weight - self.total


def findings_of(edition: Edition) -> tuple[Finding, ...]:
    """The findings that the edition covers, in the rubric's order."""
    assessment, section = edition.assessment, edition.section
    if section is None:
        return assessment.findings
    wanted = {one.id for one in assessment.rubric.within(section)}
    return tuple(one for one in assessment.findings if one.indicator.id in wanted)


def sum_up(findings: Iterable[Finding]) -> Sums:
    """The points of findings; over all of them they are the assessment's score."""
    every = tuple(findings)
    counted = [one for one in every if one.outcome is not Outcome.NOT_APPLICABLE]
    return Sums(
        weight=_sum(one.indicator.points for one in every),
        total=_sum(one.indicator.points for one in counted),
        proven=_sum(one.points.low for one in counted),
        possible=_sum(one.points.high for one in counted),
        attested=_sum(min(one.points.low, _proven_by(one.parts, "attested")) for one in counted),
        to_attest=_sum(min(one.points.high - one.points.low, _waiting(one.parts)) for one in counted),
    )


def _sum(points: Iterable[Decimal]) -> Decimal:
    return sum(points, ZERO)


def _proven_by(parts: Sequence[Part], source: str) -> Decimal:
    return _sum(part.points.low for part in parts if part.source == source)


def _waiting(parts: Sequence[Part]) -> Decimal:
    """Open points of criteria that only people can close."""
    return _sum(part.points.high - part.points.low for part in parts if waits_for_people(part))


def waits_for_people(part: Part) -> bool:
    """Whether an open criterion waits for documents rather than for a measurement."""
    return part.criterion.by == "attested" or (part.criterion.confirm and part.source == "measured")


def claimed_points(finding: Finding) -> Decimal | None:
    """What the school itself claims: the points of a valid attestation of the whole indicator, if there is one."""
    one = finding.attestation
    if one is None or one.status is not Status.OK or not isinstance(one.value, Attestation):
        return None
    claim = one.value
    if claim.claim == "met":
        return finding.indicator.points
    if claim.claim == "not_met":
        return Decimal(0)
    return None if claim.points is None else Decimal(str(claim.points))
