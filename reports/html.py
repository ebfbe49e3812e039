"""The report as one HTML file: no script, no request to anywhere, readable on paper, on a phone and in ten years.

Everything shown is escaped by the template engine, and what cannot be seen (control characters, direction marks) is
made visible first, so a device's own words stay text.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from probes.text import Text
from reports.edition import Edition, Language
from reports.exhibits import gather as gather_exhibits
from reports.exhibits import links_of
from reports.exhibits.trend import trend
from reports.language import translator
from reports.pages import details, evidence, front, gaps, precheck, waivers
from reports.polish import Speaker
from reports.scope import claimed_points, findings_of, sum_up
from reports.visible import visible
from reports.wording import (
    BASES,
    CLAIMS,
    CLASSES,
    OUTCOMES,
    SOURCES,
    day_and_time,
    label_of,
    points,
    points_between,
    stamp,
)
from rules.assessment import ZERO

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).with_name("templates")
LONGEST = 90
"""Characters of a name or of a device's words inside a sentence; the evidence shows more of them."""


def render(edition: Edition, *, reviewer: bool = False) -> str:
    """The whole document, or that of the edition's section.

    Args:
        edition: what is shown.
        reviewer: with three score columns, 自评 (what people claimed, if anything), 审核 and 评估 (left blank).
    """
    assessment, language = edition.assessment, edition.language
    speaker = Speaker(language, LONGEST)
    findings = findings_of(edition)
    sums = sum_up(findings)
    pass_line = assessment.score.pass_line if edition.section is None else None
    steps = front.steps(edition, speaker)
    exhibits = gather_exhibits(edition)
    return (
        environment(language)
        .get_template("report.html.j2")
        .render(
            edition=edition,
            reviewer=reviewer,
            claimed={one.indicator.id: claimed_points(one) for one in findings} if reviewer else {},
            campus=assessment.campus,
            rubric=assessment.rubric,
            zone=assessment.campus.school.timezone,
            sums=sums,
            pass_line=pass_line,
            band=front.band(sums, pass_line),
            counts=front.outcome_counts(edition),
            steps=steps[: front.STEPS_SHOWN],
            gained=sum((one.gain for one in steps[: front.STEPS_SHOWN]), ZERO),
            later=steps[front.STEPS_SHOWN :],
            sections=front.section_rows(edition),
            groups=list(front.groups(edition)),
            views={one.indicator.id: details.finding_view(one, language, speaker) for one in findings},
            exhibits=exhibits,
            trend=trend(edition),
            waivers=waivers.gather(edition),
            evidence=evidence.gather(edition, links_of(exhibits)),
            gaps=gaps.gather(edition, speaker),
            precheck=precheck.gather(edition, speaker),
        )
    )


def environment(language: Language) -> Environment:
    """The template engine with everything that our templates use; what they put out is escaped and made visible."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415  only where HTML is asked for

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    translate = translator(language)
    environment.globals.update(
        _=_with_parameters(translate),
        outcomes=OUTCOMES,
        classes=CLASSES,
        bases=BASES,
        sources=SOURCES,
        claims=CLAIMS,
        day_and_time=day_and_time,
        stamp=stamp,
    )
    environment.filters.update(
        say=lambda sentence: sentence.render(translate),
        label=lambda one: label_of(one, language),
        points=points,
        between=points_between,
        bytes=evidence.in_bytes,
    )
    return environment


def _with_parameters(translate: Callable[[str], str]) -> Callable[..., str]:
    def underscore(template: str, **params: object) -> str:
        return Text(template, params).render(translate)

    return underscore


def _shown(value: Any) -> Any:
    """What a template puts out: plain text with hidden characters made visible; markup of our own as it is."""
    return visible(value) if type(value) is str else value
