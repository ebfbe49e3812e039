"""The findings as JUnit XML, for dashboards and pipelines: a suite for each category, a case for each indicator.

*Not met*, *partly met* and *conflict* are failures; *not measured* and *not applicable* are skipped. The points stand
in the properties of each case.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from reports.edition import Edition, Language
from reports.json import iso, number
from reports.language import say
from reports.pages.front import groups
from reports.polish import Speaker, cut
from reports.scope import findings_of, sum_up
from reports.visible import visible
from reports.wording import OUTCOMES, label_of
from rules.assessment import Finding, Outcome

FAILED = frozenset({Outcome.NOT_MET, Outcome.PARTLY, Outcome.CONFLICT})
SKIPPED = frozenset({Outcome.NOT_MEASURED, Outcome.NOT_APPLICABLE})
LONGEST = 300


def document(edition: Edition) -> bytes:
    """The XML document; hidden characters are shown by their codes, as no XML may hold them."""
    school = edition.assessment.campus.school.name
    began = iso(edition.started_at)
    root = Element("testsuites", {"name": _plain(school), **_counts(findings_of(edition)), "timestamp": began})
    sums = sum_up(findings_of(edition))
    _properties(
        root,
        {
            "bundle": edition.audit_id,
            "rubric": edition.assessment.rubric.rubric.id,
            "proven": number(sums.proven),
            "possible": number(sums.possible),
            "total": number(sums.total),
        },
    )
    for group in groups(edition):
        name = f"{group.category.id} {label_of(group.category, edition.language)}"
        suite = SubElement(root, "testsuite", {"name": _plain(name), **_counts(group.findings), "timestamp": began})
        for finding in group.findings:
            _case(suite, finding, edition.language)
    indent(root)
    written: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def _counts(findings: Sequence[Finding]) -> dict[str, str]:
    return {
        "tests": str(len(findings)),
        "failures": str(sum(one.outcome in FAILED for one in findings)),
        "errors": "0",
        "skipped": str(sum(one.outcome in SKIPPED for one in findings)),
        "time": "0",
    }


def _case(suite: Element, finding: Finding, language: Language) -> None:
    indicator = finding.indicator
    name = f"{indicator.id} {label_of(indicator, language)}"
    case = SubElement(suite, "testcase", name=_plain(name), classname=indicator.category, time="0")
    points = {
        "proven": number(finding.points.low),
        "possible": number(finding.points.high),
        "points": number(indicator.points),
    }
    _properties(case, points)
    reasons = [_plain(one) for one in Speaker(language, LONGEST).reasons(finding)]
    message = reasons[0] if reasons else say(OUTCOMES[finding.outcome], language)
    if finding.outcome in FAILED:
        failure = SubElement(case, "failure", type=finding.outcome.value, message=message)
        failure.text = "\n".join(reasons)
    elif finding.outcome in SKIPPED:
        SubElement(case, "skipped", message=message)
    elif reasons:
        SubElement(case, "system-out").text = "\n".join(reasons)


def _properties(parent: Element, values: Mapping[str, object]) -> None:
    properties = SubElement(parent, "properties")
    for name, value in values.items():
        SubElement(properties, "property", name=name, value=_plain(str(value)))


def _plain(words: str) -> str:
    return visible(cut(words, LONGEST))
