"""The first page: head, score and its band, the next steps, the sections."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from probes.text import text
from reports.edition import Edition
from reports.language import say
from reports.polish import Speaker
from reports.scope import Sums, findings_of, sum_up
from reports.wording import label_of
from rules.assessment import Finding, Next, Outcome
from rules.rubric import Heading

STEPS_SHOWN = 5
BAND_WIDTH = 640
"""Units of the band's drawing; its text is sized so that it can still be read on a phone."""
EDGE = 76


@dataclass(frozen=True, slots=True)
class Mark:
    """A labelled place on the band."""

    x: float
    anchor: str
    points: Decimal


@dataclass(frozen=True, slots=True)
class Band:
    """The score as lengths: measured, attested, open, ruled out, with the pass line where there is one."""

    measured: float
    proven: float
    possible: float
    marks: tuple[Mark, Mark]
    line: Mark | None


@dataclass(frozen=True, slots=True)
class Step:
    """Something to do, and the points it adds."""

    gain: Decimal
    indicator: str
    label: str
    need: str


@dataclass(frozen=True, slots=True)
class SectionRow:
    """A section or category with its points."""

    heading: Heading
    title: str
    sums: Sums
    band: Band


def band(sums: Sums, pass_line: Decimal | None = None) -> Band:
    """The lengths of a score; everything stays within the band whatever the numbers are."""
    whole = max(sums.total, pass_line or Decimal(0), Decimal("0.01"))

    def mark(points: Decimal) -> Mark:
        x = round(float(points / whole) * BAND_WIDTH, 1)
        anchor = "start" if x < EDGE else "end" if x > BAND_WIDTH - EDGE else "middle"
        return Mark(x, anchor, points)

    proven, possible = mark(sums.proven), mark(sums.possible)
    return Band(
        measured=mark(sums.measured).x,
        proven=proven.x,
        possible=possible.x,
        marks=(proven, possible),
        line=None if pass_line is None else mark(pass_line),
    )


def steps(edition: Edition, speaker: Speaker) -> list[Step]:
    """All next steps: the most points first; of equals what can be mended before what is to be attested."""
    worth = [(one, one.next) for one in findings_of(edition) if one.next is not None]
    # sorted() is stable, so the rubric's order remains among equals.
    worth.sort(key=lambda pair: (-pair[1].gain, pair[1].criterion.by == "attested"))
    return [
        Step(
            step.gain,
            finding.indicator.id,
            label_of(step.criterion if len(finding.parts) > 1 else finding.indicator, edition.language),
            _need(finding, step, edition, speaker),
        )
        for finding, step in worth
    ]


def _need(finding: Finding, step: Next, edition: Edition, speaker: Speaker) -> str:
    """What the step takes; for documents also which."""
    need = speaker.sentence(finding, step.need)
    if step.criterion.by != "attested":
        return need
    asked = finding.indicator.evidence if edition.language == "zh" else finding.indicator.evidence_en
    return say(text("{need}: {evidence}", need=need, evidence=asked), edition.language)


def outcome_counts(edition: Edition) -> list[tuple[Outcome, int]]:
    """How many findings of each outcome there are."""
    counted = Counter(one.outcome for one in findings_of(edition))
    return [(outcome, counted[outcome]) for outcome in Outcome if counted[outcome]]


def section_rows(edition: Edition) -> list[SectionRow]:
    """The sections, or the categories of the one that the edition is limited to."""
    rubric, section = edition.assessment.rubric, edition.section
    if section is None:
        headings: Sequence[Heading] = rubric.section
    else:
        headings = [one for one in rubric.category if one.id == section.id or one.id.startswith(f"{section.id}.")]
    return [SectionRow(one, label_of(one, edition.language), *_points(edition, one)) for one in headings]


def _points(edition: Edition, heading: Heading) -> tuple[Sums, Band]:
    wanted = {one.id for one in edition.assessment.rubric.within(heading)}
    sums = sum_up(one for one in findings_of(edition) if one.indicator.id in wanted)
    return sums, band(sums)


@dataclass(frozen=True, slots=True)
class Group:
    """A category with its findings, for the table and the details."""

    section: Heading
    category: Heading
    findings: tuple[Finding, ...]


def groups(edition: Edition) -> Iterator[Group]:
    """The findings by category, in the rubric's order."""
    rubric, findings = edition.assessment.rubric, findings_of(edition)
    sections = {one.id: one for one in rubric.section}
    for category in rubric.category:
        own = tuple(one for one in findings if one.indicator.category == category.id)
        if own:
            yield Group(sections[own[0].indicator.section], category, own)
