"""The pre-check for 等保 as a table for each graded system, beside what people attest of its assessment."""

from __future__ import annotations

from dataclasses import dataclass

from probes.kinds import Attestation
from probes.text import SEMICOLON, Text, in_its_words, listed, text
from reports.edition import Edition
from reports.language import say
from reports.names import FIELDS, KINDS, code_name
from reports.polish import Speaker, cut
from rules.precheck import Result, Row, load_table, precheck

INDICATOR = "1.4.3"
LONGEST = 60

RESULTS = {
    Result.MET: text("met"),
    Result.NOT_MET: text("not met"),
    Result.NOT_SEEN: text("not seen"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A row as it is shown."""

    clause: str
    requirement: str
    result: Result
    result_name: str
    why: str
    observations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class System:
    """A graded system and its rows, with how many there are of each result."""

    name: str
    level: int
    lines: tuple[Line, ...]
    counts: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Certificate:
    """An assessment that somebody attests."""

    on: str
    valid_until: str
    by: str
    claim: str


@dataclass(frozen=True, slots=True)
class Precheck:
    """The whole section; nothing is shown where no system is graded and nothing was seen."""

    systems: tuple[System, ...]
    certificates: tuple[Certificate, ...]


def gather(edition: Edition, speaker: Speaker) -> Precheck:
    """The tables for the report; one of level 2 where the inventory grades no system."""
    assessment = edition.assessment
    if not any(one.indicator.id == INDICATOR for one in assessment.findings) or not _within(edition):
        return Precheck((), ())
    table, seen = load_table(), list(assessment.observations.values())
    graded = [(one.name or one.id, one.level) for one in assessment.campus.protected_system]
    systems = []
    for name, level in graded or [("", 2)]:
        rows = precheck(table, seen, level, assessment.now)
        if graded or any(row.result is not Result.NOT_SEEN for row in rows):
            systems.append(_system(cut(name, LONGEST), level, rows, edition, speaker))
    return Precheck(tuple(systems), _certificates(edition))


def _within(edition: Edition) -> bool:
    """Whether the edition's section is about it at all."""
    return edition.section is None or INDICATOR.startswith(f"{edition.section.id}.")


def _system(name: str, level: int, rows: tuple[Row, ...], edition: Edition, speaker: Speaker) -> System:
    lines = tuple(
        Line(
            row.clause,
            row.item.text if edition.language == "zh" else row.item.text_en,
            row.result,
            speaker.plain(RESULTS[row.result]),
            _why(row, edition, speaker),
            row.observations[:8],
        )
        for row in rows
    )
    counts = tuple((speaker.plain(RESULTS[result]), sum(line.result is result for line in lines)) for result in RESULTS)
    return System(name, level, lines, counts)


def _why(row: Row, edition: Edition, speaker: Speaker) -> str:
    """What was seen and not seen, and whole, for it is our own, what no sign shows."""
    seen = speaker.plain(listed([_named(why) for why in row.why], SEMICOLON))
    beyond = row.item.beyond if edition.language == "zh" else row.item.beyond_en
    if not beyond:
        return seen
    unmeasured = text("not measured: {what}", what=beyond)
    return say(listed([in_its_words(seen), unmeasured], SEMICOLON), edition.language)


def _named(why: Text) -> Text:
    """The sentence with the names of kinds and codes instead of the machine's words."""
    params = {
        key: _words(value) if isinstance(value, Text) and "kind" in value.params else value
        for key, value in why.params.items()
    }
    return Text(why.template, params)


def _words(sign: Text) -> Text:
    kind, about = str(sign.params["kind"]), str(sign.params["about"])
    return text("{kind} ({about})", kind=KINDS[kind], about=FIELDS[about] if about in FIELDS else code_name(about))


def _certificates(edition: Edition) -> tuple[Certificate, ...]:
    found = [
        one.value
        for one in edition.assessment.observations.values()
        if isinstance(one.value, Attestation) and one.subject in (INDICATOR, f"{INDICATOR}/report")
    ]
    return tuple(
        Certificate(
            one.on.isoformat(), one.valid_until.isoformat() if one.valid_until else "", cut(one.by, LONGEST), one.claim
        )
        for one in sorted(found, key=lambda one: one.on)
    )
