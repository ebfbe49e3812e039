"""What is open, and who said what and when, as lines for a terminal and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from auditor.attesting.journal import Entry
from auditor.attesting.questions import Question, open_questions
from auditor.attesting.standing import Standing
from probes.text import Text, text
from reports.edition import Language
from reports.json import number
from reports.language import say
from reports.visible import visible
from reports.wording import CLAIMS, label_of, points

ACTS: Mapping[str, Text] = MappingProxyType(
    {"claim": text("stated"), "correct": text("corrected"), "withdraw": text("withdrawn")}
)
THROUGH: Mapping[str, Text] = MappingProxyType(
    {"terminal": text("at the terminal"), "desk": text("at the desk"), "flags": text("by a script")}
)


def score_line(standing: Standing) -> Text:
    """The live interval in a sentence."""
    score = standing.assessment.score
    return text(
        "proven {proven}, possible {possible} of {total} points; pass line {line}",
        proven=points(score.proven),
        possible=points(score.possible),
        total=points(score.total),
        line=points(score.pass_line),
    )


def open_lines(standing: Standing, language: Language) -> Iterator[str]:
    """What is open for people, the most points first."""
    questions = open_questions(standing.assessment)
    yield say(score_line(standing), language)
    yield say(basis(standing), language)
    for one in questions:
        yield f"+{points(one.gain):>5}  {one.indicator}  {label_of(one.finding.indicator, language)}"
    if not questions:
        yield say(text("nothing is open that people could attest"), language)


def basis(standing: Standing) -> Text:
    """What the measurements are taken from."""
    if standing.bundle is None:
        return text("nothing has been measured yet; only what people vouch for counts")
    return text("measurements of the audit {id}", id=standing.bundle.header.id)


def open_document(standing: Standing, language: Language) -> dict[str, Any]:
    """The same as JSON."""
    score = standing.assessment.score
    return {
        "score": {name: number(getattr(score, name)) for name in ("proven", "possible", "total", "pass_line")},
        "bundle": None if standing.bundle is None else str(standing.bundle.path),
        "open": [_question(one, language) for one in open_questions(standing.assessment)],
    }


def _question(one: Question, language: Language) -> dict[str, Any]:
    indicator = one.finding.indicator
    return {
        "indicator": indicator.id,
        "text": label_of(indicator, language),
        "gain": number(one.gain),
        "evidence": indicator.evidence if language == "zh" else indicator.evidence_en,
        "parts": [
            {"criterion": part.criterion.id, "label": label_of(part.criterion, language),
             "open": number(part.points.high - part.points.low)}
            for part in one.parts
        ],
    }  # fmt: skip


def entry_line(entry: Entry, language: Language) -> str:
    """Who said what and when, in one line."""
    act = say(ACTS.get(entry.act, Text("{act}", {"act": entry.act})), language)
    claim = CLAIMS.get(str(entry.answer.get("claim", "")))
    words = [f"{entry.at[:16].replace('T', ' ')}Z", f"#{entry.number}", entry.subject, act]
    words += [say(claim, language)] if claim is not None else []
    words += [f"({entry.answer['points']})"] if "points" in entry.answer else []
    words += [entry.by, f"[{entry.account}, {say(THROUGH.get(entry.through, text('by a script')), language)}]"]
    words += [f"“{entry.why}”"] if entry.why else []
    return visible(" ".join(" ".join(words).split()))


def history_lines(entries: Iterable[Entry], language: Language) -> Iterator[str]:
    """Every entry with its documents."""
    empty = True
    for entry in entries:
        empty = False
        yield entry_line(entry, language)
        for document in entry.documents:
            yield visible(f"    {document.get('path')}  {str(document.get('sha256'))[:12]}")
    if empty:
        yield say(text("nothing has been written down yet"), language)


def history_document(entries: Iterable[Entry], problems: Iterable[Text], language: Language) -> dict[str, Any]:
    """The same as JSON."""
    return {
        "entries": [
            {
                "number": one.number, "at": one.at, "act": one.act, "subject": one.subject, "by": one.by,
                "account": one.account, "through": one.through, "answer": dict(one.answer), "why": one.why,
                "documents": [dict(document) for document in one.documents], "dates": dict(one.dates), "seal": one.seal,
            }
            for one in entries
        ],
        "problems": [say(one, language) for one in problems],
    }  # fmt: skip
