"""What was not measured and why: by reason with the remedy, the tasks that did not run, what waits for whom."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from probes.observation import Observation, Reason, Status
from reports.edition import Edition
from reports.names import KINDS, subject_names
from reports.pages.evidence import kinds_asked
from reports.polish import Speaker, cut
from reports.scope import findings_of, waits_for_people
from reports.wording import HINDRANCES, detail_of
from rules.assessment import Outcome

SHOWN = 60
LONGEST_NAME = 80
LONGEST_DETAIL = 200


@dataclass(frozen=True, slots=True)
class Failure:
    """One look that failed."""

    id: str
    kind: str
    subject: str
    name: str
    detail: str


@dataclass(frozen=True, slots=True)
class ReasonGroup:
    """The looks that failed for one reason; ``more`` of them are not shown."""

    sentence: str
    remedy: str
    count: int
    failures: tuple[Failure, ...]
    more: int


@dataclass(frozen=True, slots=True)
class NotRun:
    """A probe with the subjects it was planned for and never came to."""

    probe: str
    subjects: tuple[str, ...]
    more: int


@dataclass(frozen=True, slots=True)
class Gaps:
    """Everything of the section; indicators by their ids."""

    reasons: tuple[ReasonGroup, ...]
    not_run: tuple[NotRun, ...]
    to_measure: tuple[str, ...]
    to_attest: tuple[str, ...]


def gather(edition: Edition, speaker: Speaker) -> Gaps:
    """What was not measured, for the edition's section."""
    kinds = kinds_asked(edition)
    by_reason: dict[Reason, list[Observation]] = defaultdict(list)
    for one in edition.assessment.observations.values():
        if one.status is Status.UNAVAILABLE and one.reason is not None and one.kind in kinds:
            by_reason[one.reason].append(one)
    names = subject_names(edition.assessment.campus)
    blank = [one for one in findings_of(edition) if one.outcome is Outcome.NOT_MEASURED]
    by_people = {one.indicator.id for one in blank if all(waits_for_people(part) for part in one.parts)}
    return Gaps(
        tuple(_group(reason, by_reason[reason], names, speaker) for reason in Reason if reason in by_reason),
        _not_run(edition),
        tuple(one.indicator.id for one in blank if one.indicator.id not in by_people),
        tuple(one.indicator.id for one in blank if one.indicator.id in by_people),
    )


def _group(reason: Reason, failed: Sequence[Observation], names: Mapping[str, str], speaker: Speaker) -> ReasonGroup:
    ordered = sorted(failed, key=lambda one: (one.kind, one.subject, one.id))
    return ReasonGroup(
        speaker.plain(HINDRANCES[reason].sentence),
        speaker.plain(HINDRANCES[reason].remedy),
        len(ordered),
        tuple(
            Failure(
                one.id,
                speaker.plain(KINDS[one.kind]),
                cut(one.subject, LONGEST_NAME),
                cut(names.get(one.subject, ""), LONGEST_NAME),
                cut(detail_of(one, speaker.language), LONGEST_DETAIL),
            )
            for one in ordered[:SHOWN]
        ),
        max(0, len(ordered) - SHOWN),
    )


def _not_run(edition: Edition) -> tuple[NotRun, ...]:
    by_probe: dict[str, list[str]] = defaultdict(list)
    for probe, subject in edition.not_run:
        by_probe[probe].append(cut(subject, LONGEST_NAME))
    return tuple(
        NotRun(probe, tuple(subjects[:SHOWN]), max(0, len(subjects) - SHOWN))
        for probe, subjects in sorted(by_probe.items())
    )
