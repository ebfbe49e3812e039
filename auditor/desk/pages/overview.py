"""The first page: the score of this moment, what is worth doing next, and the progress over all indicators."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from starlette.requests import Request
from starlette.responses import Response

from auditor.attesting.listing import basis
from auditor.attesting.questions import open_questions
from auditor.attesting.standing import Standing
from auditor.desk.page import office_of, page
from reports.pages.front import Band, band
from reports.scope import Sums, sum_up
from rules.assessment import Finding, Outcome
from rules.rubric import Heading

STEPS_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Group:
    """A category with its findings."""

    section: Heading
    category: Heading
    findings: tuple[Finding, ...]
    sums: Sums
    band: Band
    done: int


def show(request: Request) -> Response:
    """The page; ``?open=1`` leaves out what is decided."""
    standing = office_of(request).standing()
    assessment = standing.assessment
    questions = open_questions(assessment)
    gains = {one.indicator: one.gain for one in questions}
    only_open = request.query_params.get("open") == "1"
    sums = sum_up(assessment.findings)
    return page(
        request,
        "overview.html.j2",
        standing=standing,
        basis=basis(standing),
        zone=standing.campus.school.timezone,
        sums=sums,
        band=band(sums, assessment.score.pass_line),
        pass_line=assessment.score.pass_line,
        counts=_counts(standing),
        decided=sum(one.points.decided for one in assessment.findings),
        steps=questions[:STEPS_SHOWN],
        waiting=len(questions),
        gains=gains,
        groups=list(_groups(standing, gains, only_open=only_open)),
        only_open=only_open,
    )


def _counts(standing: Standing) -> list[tuple[Outcome, int]]:
    counted = Counter(one.outcome for one in standing.assessment.findings)
    return [(outcome, counted[outcome]) for outcome in Outcome if counted[outcome]]


def _groups(standing: Standing, gains: Mapping[str, Decimal], *, only_open: bool) -> Iterator[Group]:
    assessment = standing.assessment
    sections = {one.id: one for one in assessment.rubric.section}
    for category in assessment.rubric.category:
        every = tuple(one for one in assessment.findings if one.indicator.category == category.id)
        shown = tuple(one for one in every if one.indicator.id in gains) if only_open else every
        if shown:
            sums = sum_up(every)
            done = sum(one.points.decided for one in every)
            yield Group(sections[category.id.partition(".")[0]], category, shown, sums, band(sums), done)
