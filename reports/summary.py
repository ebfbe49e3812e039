"""The result in a few lines, for a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from probes.text import text
from reports.edition import Edition, Language
from reports.language import say
from reports.polish import Speaker
from reports.wording import label_of, outcome_name, points

NEXT_SHOWN = 5
GIGABYTE_MB = 1000


def summary(edition: Edition, bundle: str, report: str | None) -> str:
    """Score, what to do next, and where everything lies."""
    language, assessment = edition.language, edition.assessment
    speaker = Speaker(language)
    score = assessment.score
    lines = [
        assessment.campus.school.name,
        say(
            text(
                "{proven} to {possible} of {total} points; pass line {line}; {attested} of the proven are attested",
                proven=points(score.proven),
                possible=points(score.possible),
                total=points(score.total),
                line=points(score.pass_line),
                attested=points(score.attested),
            ),
            language,
        ),
        _outcomes(edition),
    ]
    steps = sorted(
        (one for one in assessment.findings if one.next), key=lambda one: one.next.gain if one.next else 0, reverse=True
    )
    for finding in steps[:NEXT_SHOWN]:
        if finding.next is not None:
            # Where people vouch for an indicator as a whole its criterion is just called “documents”.
            label = label_of(finding.next.criterion if len(finding.parts) > 1 else finding.indicator, language)
            need = speaker.sentence(finding, finding.next.need)
            step = text("{id} {label}: {need}", id=finding.indicator.id, label=label, need=need)
            lines.append(f"  +{points(finding.next.gain)}  {say(step, language)}")
    lines.append(say(text("bundle: {path}", path=bundle), language))
    if report is not None:
        lines.append(say(text("report: {path}", path=report), language))
    return "\n".join(lines)


def _outcomes(edition: Edition) -> str:
    counted = Counter(finding.outcome for finding in edition.assessment.findings)
    named = [f"{say(outcome_name(outcome), edition.language)} {n}" for outcome, n in counted.most_common()]
    return ("，" if edition.language == "zh" else ", ").join(named)


def plan_lines(
    rows: Iterable[Sequence[object]], expected_s: float, expected_mb: float, language: Language
) -> Iterable[str]:
    """A plan as lines: ``(probe, subject, touch, exclusive)`` each, then what it costs."""
    number = 0
    for number, (probe, subject, touch, exclusive) in enumerate(rows, 1):
        alone = say(text("alone"), language) if exclusive else ""
        yield f"{number:4}  {probe!s:14} {subject!s:28} {touch!s:8} {alone}".rstrip()
    yield say(
        text(
            "{n} tasks, about {minutes} minutes and {traffic}",
            n=number,
            minutes=round(expected_s / 60, 1),
            traffic=f"{expected_mb / 1000:.1f} GB" if expected_mb >= GIGABYTE_MB else f"{expected_mb:.1f} MB",
        ),
        language,
    )
