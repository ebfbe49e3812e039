"""What ends on a known day: certificates, licences, signatures, surveys, attestations, waivers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from auditor.history.night import Expiry
from probes.kinds import Attestation, Radio, Safeguard, Website
from probes.observation import Observation, Status
from rules.assessment import Assessment
from rules.attested import ends_on
from rules.predicates import SIGNATURES_WITHIN_DAYS
from rules.rubric import Rubric


def expiries(assessment: Assessment) -> tuple[Expiry, ...]:
    """Everything of an assessment that ends on a known day, in a fixed order; also what has ended already."""
    newest = list(_newest(assessment.observations.values()))
    zone = ZoneInfo(assessment.campus.school.timezone)
    found = [*_measured(newest, zone), *_surveys(newest, assessment.rubric, zone)]
    found += _attestations(newest, assessment.rubric)
    for waiver in assessment.campus.waiver:
        subject = " ".join(one for one in (waiver.indicator, waiver.subject) if one)
        found.append(Expiry(what="waiver", subject=subject, on=waiver.until))
    return tuple(sorted(found, key=lambda one: (one.on, one.what, one.subject)))


def _newest(observations: Iterable[Observation]) -> Iterator[Observation]:
    """Of each fact the newest look that saw something; of attestations the one that was made last."""
    latest: dict[tuple[str, str, str], Observation] = {}
    for one in sorted(observations, key=lambda one: (_made(one), one.taken_at, one.id)):
        if one.status is Status.OK:
            function = one.value.function if isinstance(one.value, Safeguard) else ""
            latest[one.kind, one.subject, function] = one
    yield from latest.values()


def _made(one: Observation) -> date:
    return one.value.on if isinstance(one.value, Attestation) else date.min


def _measured(observations: Iterable[Observation], zone: ZoneInfo) -> Iterator[Expiry]:
    for one in observations:
        match one.value:
            case Website(https_valid_days=float(days)):
                yield Expiry(what="certificate", subject=one.subject, on=_day(one.taken_at, days, zone))
            case Safeguard(function=function, licence_days_left=left, signature_age_days=age):
                subject = f"{one.subject} {function}"
                if left is not None:
                    yield Expiry(what="licence", subject=subject, on=_day(one.taken_at, left, zone))
                if age is not None:
                    last = _day(one.taken_at, SIGNATURES_WITHIN_DAYS - age, zone)
                    yield Expiry(what="signature", subject=subject, on=last)


def _surveys(observations: Iterable[Observation], rubric: Rubric, zone: ZoneInfo) -> Iterator[Expiry]:
    """A Wi-Fi walk through the rooms counts for as long as the rubric says; its oldest room ends it."""
    ages = [
        condition.max_age_days if condition.max_age_days is not None else criterion.fact.max_age_days
        for indicator in rubric.indicator
        for criterion in indicator.criterion
        if criterion.fact is not None
        for condition in criterion.fact.conditions
        if condition.kind == "radio"
    ]
    known = [float(age) for age in ages if age is not None]
    taken = [one.taken_at for one in observations if isinstance(one.value, Radio)]
    if known and taken:
        yield Expiry(what="survey", subject="wifi", on=_day(min(taken), min(known), zone))


def _attestations(observations: Iterable[Observation], rubric: Rubric) -> Iterator[Expiry]:
    for one in observations:
        indicator = rubric.by_id.get(one.subject.partition("/")[0])
        if isinstance(one.value, Attestation) and indicator is not None and one.value.claim != "not_met":
            yield Expiry(what="attestation", subject=one.subject, on=ends_on(one.value, indicator, rubric))


def _day(taken_at: datetime, days: float, zone: ZoneInfo) -> date:
    """The day so many days after a look; bounded, since the number is a device's."""
    bounded = max(-36_500.0, min(36_500.0, days))
    return (taken_at + timedelta(days=bounded)).astimezone(zone).date()
