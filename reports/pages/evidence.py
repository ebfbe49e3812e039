"""The evidence: which observations stand on the page, their values in words, and excerpts of the raw output."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from markupsafe import escape

from probes.kinds import Document, Port, Trace, Value
from probes.observation import Observation, Status
from probes.text import text
from reports.edition import Edition
from reports.language import say
from reports.names import CODES, FIELDS, KINDS, code_name, fields_in_words, subject_names
from reports.polish import cut
from reports.scope import findings_of
from reports.visible import visible
from reports.wording import METHODS, detail_of, evidence_of, reason_phrase, stamp
from rules.assessment import Finding, Truth
from rules.conditions import shown_value

OBSERVATIONS_SHOWN = 3_000
RAW_BYTES = 1_500_000
"""Bytes of all excerpts together, as they stand on the page; the whole output is in the bundle."""
HEAD, TAIL = 3_000, 1_000
"""Characters kept of the beginning and the end of one raw output."""
LONGEST_VALUE = 300
LONGEST_NAME = 40
OPEN_UP_TO = 40
SHORT_HASH = 12

CODED = frozenset(
    {"duplex", "remote_duplex", "via_cernet", "origin", "function", "what", "claim", "conclusion", "counted"}
)


@dataclass(frozen=True, slots=True)
class Row:
    """One observation on the page; ``raw`` are the hashes, each with whether its excerpt is on the page."""

    id: str
    subject: str
    name: str
    failed: bool
    words: tuple[tuple[str, str], ...]
    taken_at: str
    method: str
    probe: str
    raw: tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True)
class KindTable:
    """The observations of a kind; ``rest`` counts those of which nothing on the page depends."""

    kind: str
    title: str
    rows: tuple[Row, ...]
    rest: tuple[tuple[str, str], ...]
    unfolded: bool


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Raw output: the beginning and, where ``left_out`` characters are missing in between, the end."""

    sha256: str
    short: str
    size: int
    head: str
    tail: str
    left_out: int
    used_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything of the evidence section; ``ids`` are the observations that can be linked to."""

    tables: tuple[KindTable, ...]
    excerpts: tuple[Excerpt, ...]
    ids: frozenset[str]
    left_out: int


def gather(edition: Edition, drawn: Iterable[str] = ()) -> Evidence:
    """Choose what stands on the page: what findings rest on, decisive ones first, failures, then what is drawn.

    Args:
        edition: what is shown.
        drawn: ids of the observations that drawings and their tables refer to.
    """
    ranked = _ranked(edition, drawn)
    chosen = ranked[:OBSERVATIONS_SHOWN]
    excerpts = _excerpts(edition, chosen)
    shown = {one.sha256 for one in excerpts}
    rest = _rest(edition, {one.id for one in ranked})
    return Evidence(
        tuple(_tables(edition, chosen, rest, shown)),
        excerpts,
        frozenset(one.id for one in chosen),
        len(ranked) - len(chosen),
    )


def _ranked(edition: Edition, drawn: Iterable[str]) -> list[Observation]:
    seen, findings = edition.assessment.observations, findings_of(edition)
    decisive = [id_ for truth in (Truth.FALSE, Truth.UNKNOWN) for id_ in _behind(findings, truth)]
    attested = [one.attestation.id for one in findings if one.attestation is not None]
    used = [id_ for one in findings for id_ in one.observations]
    kinds = kinds_asked(edition)
    failed = [one.id for one in seen.values() if one.status is Status.UNAVAILABLE and one.kind in kinds]
    return [seen[id_] for id_ in dict.fromkeys((*decisive, *attested, *used, *failed, *drawn)) if id_ in seen]


def kinds_asked(edition: Edition) -> frozenset[str]:
    """The kinds that the edition is about: all of them, or those that its section's criteria ask for."""
    if edition.section is None:
        return frozenset(KINDS)
    conditions = (
        condition
        for finding in findings_of(edition)
        for criterion in finding.indicator.criterion
        if criterion.fact is not None
        for condition in criterion.fact.conditions
    )
    return frozenset(condition.kind for condition in conditions if condition.kind is not None)


def _behind(findings: Iterable[Finding], truth: Truth) -> Iterable[str]:
    for finding in findings:
        for part in finding.parts:
            for one in part.verdicts:
                if one.truth is truth or one.conflict:
                    yield from one.observations


def _tables(
    edition: Edition, chosen: Sequence[Observation], rest: Mapping[str, Sequence[Observation]], shown: set[str]
) -> Iterable[KindTable]:
    by_kind: dict[str, list[Observation]] = defaultdict(list)
    for one in chosen:
        by_kind[one.kind].append(one)
    names = subject_names(edition.assessment.campus)
    for kind, title in KINDS.items():
        own = sorted(by_kind.get(kind, ()), key=lambda one: (one.subject, one.taken_at, one.id))
        left = rest.get(kind, ())
        if own or left:
            rows = tuple(_row(edition, one, names, shown) for one in own)
            yield KindTable(kind, say(title, edition.language), rows, _counted(edition, left), len(rows) <= OPEN_UP_TO)


def _row(edition: Edition, one: Observation, names: Mapping[str, str], shown: set[str]) -> Row:
    language, zone = edition.language, edition.assessment.campus.school.timezone
    device = one.subject.partition(":")[0]
    return Row(
        one.id,
        cut(one.subject, LONGEST_VALUE),
        cut(names.get(one.subject, names.get(device, "")), LONGEST_NAME),
        one.status is Status.UNAVAILABLE,
        tuple(found_in_words(edition, one)),
        stamp(one.taken_at, zone),
        say(METHODS[one.method], language),
        one.probe,
        tuple((digest[:SHORT_HASH], digest in shown) for digest in one.raw),
    )


def found_in_words(edition: Edition, one: Observation) -> Iterable[tuple[str, str]]:
    """What was seen, or why nothing was, as pairs of a name and words."""
    yield from _origin(edition, one)
    if one.value is None:
        yield from _failure(edition, one)
        return
    for field, words in _fields(one.value, edition):
        shown = cut(evidence_of(one, edition.language), LONGEST_VALUE) if field == "evidence" else words
        yield say(FIELDS[field], edition.language), shown


def _origin(edition: Edition, one: Observation) -> Iterable[tuple[str, str]]:
    audit = edition.recalled.get(one.id)
    if audit is not None:
        yield say(text("brought from the earlier audit"), edition.language), cut(audit, LONGEST_NAME)


def _failure(edition: Edition, one: Observation) -> Iterable[tuple[str, str]]:
    if one.reason is not None:
        yield say(text("not measured"), edition.language), say(reason_phrase(one.reason), edition.language)
    if one.detail:
        yield say(text("in detail"), edition.language), cut(detail_of(one, edition.language), LONGEST_VALUE)


def in_words(value: Value, edition: Edition) -> Iterable[tuple[str, str]]:
    """A value as pairs of a field's name and what it holds; what was not determined is left out."""
    for field, words in _fields(value, edition):
        yield say(FIELDS[field], edition.language), words


def _fields(value: Value, edition: Edition) -> Iterable[tuple[str, str]]:
    for field in type(value).model_fields:
        content = getattr(value, field)
        if content is None or content in ("", ()):
            continue
        if isinstance(value, Trace) and field == "fields":
            content = say(fields_in_words(content), edition.language)
        if isinstance(content, Value):
            inner = " · ".join(f"{name} {words}" for name, words in in_words(content, edition))
            if content != type(content)():
                yield field, inner
        else:
            yield field, cut(_content(field, content, edition), LONGEST_VALUE)


def _content(field: str, content: Any, edition: Edition) -> str:
    if isinstance(content, datetime):
        return stamp(content, edition.assessment.campus.school.timezone)
    if isinstance(content, tuple):
        return _several(content, edition)
    if isinstance(content, str):
        return say(code_name(content), edition.language) if field in CODED and content in CODES else content
    if field == "bytes":
        return in_bytes(content)
    if field.endswith("_ratio") and isinstance(content, float):
        return f"{content * 100:.4g} %"
    return say(shown_value(content, field), edition.language)


def in_bytes(size: int) -> str:
    """A size for people, in decimal units.

    >>> in_bytes(999), in_bytes(2_600_000_000)
    ('999 B', '2.6 GB')
    """
    scaled, units = float(size), iter(("B", "kB", "MB", "GB"))
    unit = next(units)
    for larger in units:
        if scaled < 1000:  # noqa: PLR2004  the step of decimal units
            break
        scaled, unit = scaled / 1000, larger
    return f"{scaled:.3g} {unit}" if scaled < 1000 else f"{scaled:,.0f} {unit}"  # noqa: PLR2004  the same step


def _several(content: tuple[Any, ...], edition: Edition) -> str:
    if isinstance(content[0], Document):
        return ", ".join(f"{one.name} (SHA-256 {one.sha256[:SHORT_HASH]}…)" for one in content)
    if isinstance(content[0], date):
        first, last = str(content[0]), str(content[-1])
        return say(text("{n} days, {first} to {last}", n=len(content), first=first, last=last), edition.language)
    return ", ".join(str(one) for one in content)


def _rest(edition: Edition, ranked: set[str]) -> Mapping[str, Sequence[Observation]]:
    """Observations on which nothing rests: counted, not listed."""
    kinds = kinds_asked(edition)
    rest: dict[str, list[Observation]] = defaultdict(list)
    for one in edition.assessment.observations.values():
        if one.id not in ranked and one.kind in kinds:
            rest[one.kind].append(one)
    return rest


def _counted(edition: Edition, rest: Sequence[Observation]) -> tuple[tuple[str, str], ...]:
    """Ports by device with how many run at which speed; other kinds by subject's device or prefix."""
    by_device: dict[str, list[Observation]] = defaultdict(list)
    for one in rest:
        by_device[one.subject.partition(":")[0]].append(one)
    return tuple((cut(name, LONGEST_VALUE), _totals(edition, own)) for name, own in sorted(by_device.items()))


def _totals(edition: Edition, own: Sequence[Observation]) -> str:
    ports = [one.value for one in own if isinstance(one.value, Port)]
    counted = say(text("{n} observations", n=len(own)), edition.language)
    if not ports:
        return counted
    up = sum(port.oper_up is True for port in ports)
    speeds = Counter(port.speed_mbps for port in ports if port.oper_up and port.speed_mbps is not None)
    words = ", ".join(f"{speed:g} Mbit/s × {n}" for speed, n in sorted(speeds.items()))
    sentence = text("{n} ports, {up} with link: {speeds}", n=len(ports), up=up, speeds=words or "–")
    return say(sentence, edition.language)


def _excerpts(edition: Edition, chosen: Sequence[Observation]) -> tuple[Excerpt, ...]:
    """Excerpts in the order of importance until the budget is spent."""
    used_by: dict[str, list[str]] = defaultdict(list)
    for one in chosen:
        for digest in one.raw:
            used_by[digest].append(one.id)
    found, left = [], RAW_BYTES
    for digest, users in used_by.items():
        data = edition.raw.get(digest)
        if data is None:
            continue
        excerpt = _excerpt(digest, data, users)
        cost = len(str(escape(visible(excerpt.head + excerpt.tail))).encode())
        if cost <= left:
            left -= cost
            found.append(excerpt)
    return tuple(found)


def _excerpt(digest: str, data: bytes, users: Sequence[str]) -> Excerpt:
    words = decoded(data)
    short = len(words) <= HEAD + TAIL
    head, tail = (words, "") if short else (words[:HEAD], words[-TAIL:])
    left_out = len(words) - len(head) - len(tail)
    return Excerpt(digest, digest[:SHORT_HASH], len(data), head, tail, left_out, tuple(users[:SHORT_HASH]))


def decoded(data: bytes) -> str:
    """Raw output as text: UTF-8, else GB 18030 as many Chinese devices write, else with marks for what is neither."""
    for encoding in ("utf-8", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode(errors="replace")
