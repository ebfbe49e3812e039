"""What the history keeps of one audit: a small plain value made from a bundle, judged at the time of the audit."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from auditor import inventory
from auditor.bundle_reader import Bundle
from auditor.history.expiries import expiries
from auditor.history.night import POSTPONED, Look, Night, Standing
from probes.observation import Observation, Reason, Status
from rules.assessment import Assessment, Finding
from rules.judge import judge
from rules.load import parse_rubric
from rules.rubric import Indicator, Rubric

_OWN_PREFIXES = ("place", "uplink", "log", "service", "camera", "ap", "control")


def record(bundle: Bundle, rubric: Rubric | None = None) -> Night:
    """What to remember of a bundle.

    It is judged by its own rubric at its own end, so a rebuilt history is the same as one that grew night by night.

    Args:
        bundle: the audit.
        rubric: the bundle's own, where it has been read already.
    """
    began = datetime.fromisoformat(bundle.header.started_at)
    assessment = judged(bundle, rubric)
    score = assessment.score
    put_off = {one.kind for one in bundle.observations if one.reason in POSTPONED}
    return Night(
        id=bundle.header.id,
        began=began,
        ended=bundle.finished_at,
        night=bundle.night,
        whole=bundle.finished_at is not None and not bundle.header.only,
        rubric=assessment.rubric.rubric.id,
        rubric_sha256=bundle.header.rubric_sha256,
        proven=score.proven,
        possible=score.possible,
        total=score.total,
        pass_line=score.pass_line,
        standings=tuple(_standing(one, put_off) for one in assessment.findings),
        looks=tuple(looks(bundle.observations)),
        expiries=tuple(expiries(assessment)),
    )


def judged(bundle: Bundle, rubric: Rubric | None = None) -> Assessment:
    """A bundle judged by its own rubric at the end of its own audit."""
    campus = inventory.restore(bundle.inventory)
    rubric = rubric or own_rubric(bundle)
    now = bundle.finished_at or max(
        (one.taken_at for one in bundle.observations), default=datetime.fromisoformat(bundle.header.started_at)
    )
    return judge(rubric, bundle.observations, campus, now)


def own_rubric(bundle: Bundle) -> Rubric:
    """The rubric that lies in a bundle."""
    return parse_rubric(bundle.rubric, bundle.path / "rubric.toml")


def _standing(finding: Finding, put_off: set[str]) -> Standing:
    return Standing(
        indicator=finding.indicator.id,
        outcome=finding.outcome.value,
        points=finding.indicator.points,
        proven=finding.points.low,
        possible=finding.points.high,
        postponed=not finding.points.decided and bool(put_off & set(kinds_of(finding.indicator))),
    )


def kinds_of(indicator: Indicator) -> Iterator[str]:
    """The kinds of observation that an indicator's facts rest on."""
    for criterion in indicator.criterion:
        if criterion.fact is not None:
            yield from (condition.kind for condition in criterion.fact.conditions if condition.kind is not None)


def looks(observations: tuple[Observation, ...]) -> Iterator[Look]:
    """Each probe at each thing once: a device that answered for one of its ports has answered."""
    best: dict[tuple[str, str], Reason | None] = {}
    for one in observations:
        key = (one.probe, thing(one.subject))
        if one.status is Status.OK:
            best[key] = None
        elif one.reason is not Reason.NOT_CONFIGURED:  # then nobody looked
            best.setdefault(key, one.reason)
    for (probe, subject), reason in sorted(best.items(), key=lambda item: item[0]):
        yield Look(probe=probe, subject=subject, reason=reason)


def thing(subject: str) -> str:
    """What a subject is part of: the device of a port, else the subject itself.

    >>> thing("sw-1:GE0/0/5"), thing("place:A-301"), thing("campus")
    ('sw-1', 'place:A-301', 'campus')
    """
    head = subject.partition(":")[0]
    return subject if head in _OWN_PREFIXES or subject.count(":") > 1 else head
