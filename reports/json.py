"""The assessment as one JSON document; its keys are a contract (DESIGN, section 5) and only grow."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from reports.edition import Edition, Language
from reports.language import say
from reports.polish import Speaker
from reports.scope import findings_of, sum_up
from reports.wording import label_of
from rules.assessment import Finding, Next, Part, Truth


def document(edition: Edition, *, bundle: str, report: str | None) -> dict[str, Any]:
    """The document as plain values.

    Args:
        edition: what was judged; a section limits findings and score to it.
        bundle: path of the bundle.
        report: path of the report for people, where one was written.

    Returns:
        Points as numbers rounded to three decimals, times as ISO 8601 UTC, sentences in the edition's language. The
        same edition always gives the same document.
    """
    assessment, findings = edition.assessment, findings_of(edition)
    rubric = assessment.rubric.rubric
    score = sum_up(findings)
    return {
        "rubric": rubric.id,
        "rubric_sha256": assessment.rubric.sha256,
        "now": iso(assessment.now),
        "score": {
            "proven": number(score.proven),
            "possible": number(score.possible),
            "total": number(score.total),
            "pass_line": number(rubric.pass_line),
            "attested": number(score.attested),
        },
        "findings": [_finding(one, edition.language) for one in findings],
        "bundle": bundle,
        "report": report,
        "audit": {
            "id": edition.audit_id,
            "school": assessment.campus.school.name,
            "version": edition.version,
            "vantage": edition.vantage,
            "started_at": iso(edition.started_at),
            "finished_at": None if edition.finished_at is None else iso(edition.finished_at),
            "problems": [say(problem, edition.language) for problem in edition.problems],
            "not_run": [{"probe": probe, "subject": subject} for probe, subject in edition.not_run],
        },
        "section": None if edition.section is None else edition.section.id,
        "language": edition.language,
    }


def _finding(finding: Finding, language: Language) -> dict[str, Any]:
    indicator = finding.indicator
    return {
        "indicator": indicator.id,
        "outcome": finding.outcome.value,
        "points": number(indicator.points),
        "proven": number(finding.points.low),
        "possible": number(finding.points.high),
        "why": list(Speaker(language).reasons(finding)),
        "observations": list(finding.observations),
        "next": None if finding.next is None else _next(finding.next, finding, language),
        "text": label_of(indicator, language),
        "class": indicator.kind,
        "criteria": [_criterion(finding, part, language) for part in finding.parts],
    }


def _next(step: Next, finding: Finding, language: Language) -> dict[str, Any]:
    need = Speaker(language).sentence(finding, step.need)
    return {"gain": number(step.gain), "need": need, "criterion": step.criterion.id}


def _criterion(finding: Finding, part: Part, language: Language) -> dict[str, Any]:
    criterion = part.criterion
    return {
        "criterion": criterion.id,
        "label": label_of(criterion, language),
        "outcome": part.outcome.value,
        "points": number(criterion.points),
        "proven": number(part.points.low),
        "possible": number(part.points.high),
        "basis": criterion.basis,
        "source": part.source,
        "why": list(Speaker(language).part_reasons(finding, part)),
        "observations": list(part.observations),
        "members": {truth.value: sum(one.truth is truth for one in part.verdicts) for truth in Truth},
        "waived": [say(one, language) for one in part.waived],
    }


def number(points: Decimal) -> float:
    """Points as a JSON number.

    >>> number(Decimal("41.50")), number(Decimal(1) / 3)
    (41.5, 0.333)
    """
    return round(float(points), 3)


def iso(moment: datetime) -> str:
    """ISO 8601 in UTC, to the second.

    >>> iso(datetime(2026, 11, 23, 8, 0, tzinfo=UTC))
    '2026-11-23T08:00:00Z'
    """
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
