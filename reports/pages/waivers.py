"""The exceptions: what is left out of the judgement, why, who answers for it and until when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from probes.campus import Waiver
from reports.edition import Edition
from reports.names import subject_names
from reports.polish import cut
from reports.scope import findings_of
from rules.calendar import local_day

LONGEST_NAME = 80
LONGEST_WHY = 300


@dataclass(frozen=True, slots=True)
class Waived:
    """One exception as it stands on the page; ``indicator`` is empty where it only names a subject."""

    indicator: str
    subject: str
    why: str
    by: str
    until: str
    expired: bool


def gather(edition: Edition) -> tuple[Waived, ...]:
    """The exceptions of the edition's indicators, the ones that end first above."""
    covered = {one.indicator.id for one in findings_of(edition)}
    today = local_day(edition.assessment.now, edition.assessment.campus.school.timezone)
    names = subject_names(edition.assessment.campus)
    waivers = sorted(edition.assessment.campus.waiver, key=lambda one: (one.until, one.indicator or ""))
    return tuple(
        Waived(
            one.indicator or "",
            _named(one, names),
            cut(one.why, LONGEST_WHY),
            cut(one.by, LONGEST_NAME),
            str(one.until),
            one.until < today,
        )
        for one in waivers
        if one.indicator in covered or (one.indicator is None and edition.section is None)
    )


def _named(waiver: Waiver, names: Mapping[str, str]) -> str:
    return "" if waiver.subject is None else cut(names.get(waiver.subject, waiver.subject), LONGEST_NAME)
