"""What people vouch for: the attestations file beside the inventory, with the documents that it puts forward."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from time import monotonic
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from probes.campus import Entry
from probes.kinds import Attestation, Document
from probes.observation import Method, Observation, Reason, Status
from probes.text import Text, plain, text
from probes.trouble import said_by
from probes.written.mistakes import Vocabulary, check
from probes.written.tomlfile import Document as TomlDocument
from probes.written.tomlfile import MistakesError, quoted, read
from probes.written.tomlscan import Path as Where
from rules.rubric import Rubric

# At any moment the date is nowhere further ahead than in the zone UTC+14.
_EARLIEST_ZONE = timedelta(hours=14)

_Filled = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class Claim(Entry):
    """One ``[[attestation]]``."""

    indicator: str
    criterion: str | None = None
    claim: Literal["met", "partly", "not_met"]
    points: Annotated[Decimal, Field(ge=0, le=110)] | None = None
    by: _Filled
    on: date
    valid_until: date | None = None
    note: str = ""
    documents: tuple[_Filled, ...] = ()

    @property
    def subject(self) -> str:
        """The indicator, or ``<indicator>/<criterion>``."""
        return self.indicator if self.criterion is None else f"{self.indicator}/{self.criterion}"


class Claims(Entry):
    """The whole file."""

    attestation: tuple[Claim, ...] = ()


class AttestationError(MistakesError):
    """The attestations file has mistakes, or is there and cannot be read."""


@dataclass(frozen=True, slots=True)
class Paper:
    """A document put forward: where it lies and what it holds."""

    path: Path
    sha256: str


@dataclass(frozen=True, slots=True)
class Statement:
    """One attestation as an observation, and the documents to be copied into the bundle."""

    observation: Observation
    documents: tuple[Paper, ...]


def load(path: Path, rubric: Rubric, now: datetime, vantage: str) -> tuple[Statement, ...]:
    """Read the attestations; nothing where there is no such file.

    A document that is missing, unreadable or empty makes its attestation an *unavailable* observation, which earns
    nothing: a nightly audit goes on, and ``check`` shows it.

    Args:
        path: the attestations file; documents lie relative to its folder.
        rubric: whose indicators and criteria are vouched for.
        now: aware; becomes ``taken_at``. The day of the attestation itself is ``on`` in the value.
        vantage: who reads.

    Raises:
        AttestationError: with every mistake.
    """
    if _is_absent(path):
        return ()
    claims = examine(read(path, AttestationError), rubric, now)
    return tuple(_state(claim, path.parent, now, vantage) for claim in claims.attestation)


def examine(document: TomlDocument, rubric: Rubric, now: datetime) -> Claims:
    """The claims of a file that has been read; raises ``AttestationError`` with every mistake."""
    found, mistakes = check(document, Claims, Vocabulary())
    if not isinstance(found, Claims):
        raise AttestationError(mistakes)
    latest = (now.astimezone(UTC) + _EARLIEST_ZONE).date()
    slips = [
        document.mistake(where, sentence)
        for number, claim in enumerate(found.attestation)
        for where, sentence in _slips(document, ("attestation", number), claim, rubric, latest)
    ]
    slips += [document.mistake(where, sentence) for where, sentence in _twice(document, found)]
    if slips:
        raise AttestationError(slips)
    return found


def _is_absent(path: Path) -> bool:
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False  # it may be there; reading it will say what is wrong
    return False


def _slips(
    document: TomlDocument, path: Where, claim: Claim, rubric: Rubric, latest: date
) -> Iterator[tuple[Where, Text]]:
    """What does not fit the rubric or the calendar."""
    yield from _against_rubric(document, path, claim, rubric)
    if claim.points is not None and claim.claim != "partly":
        where = (*path, "points")
        yield (
            where,
            text("{key}: points go with the claim partly; leave them out, or say partly", key=document.key(where)),
        )
    if claim.on > latest:
        where = (*path, "on")
        yield where, text("{key} is {on}, which is still to come", key=document.key(where), on=claim.on.isoformat())
    if claim.valid_until is not None and claim.valid_until < claim.on:
        where = (*path, "valid_until")
        sentence = text(
            "{key} is {end}; it has to be on {on} or later",
            key=document.key(where),
            end=claim.valid_until.isoformat(),
            on=claim.on.isoformat(),
        )
        yield where, sentence


def _against_rubric(document: TomlDocument, path: Where, claim: Claim, rubric: Rubric) -> Iterator[tuple[Where, Text]]:
    indicator = rubric.by_id.get(claim.indicator)
    if indicator is None:
        where = (*path, "indicator")
        yield where, _no_indicator(document.key(where), claim.indicator, rubric)
        return
    most = indicator.points
    if claim.criterion is not None:
        criteria = {one.id: one.points for one in indicator.criterion}
        if claim.criterion not in criteria:
            where = (*path, "criterion")
            sentence = text(
                "{key} is {value}; the indicator {indicator} has these: {known}",
                key=document.key(where),
                value=quoted(claim.criterion),
                indicator=indicator.id,
                known=", ".join(criteria),
            )
            yield where, sentence
            return
        most = criteria[claim.criterion]
    if claim.points is not None and claim.points > most:
        where = (*path, "points")
        sentence = text(
            "{key} is {points}; {subject} is worth {most} at most",
            key=document.key(where),
            points=f"{claim.points:f}",
            subject=claim.subject,
            most=f"{most:f}",
        )
        yield where, sentence


def _no_indicator(key: str, id_: str, rubric: Rubric) -> Text:
    siblings = [one for one in rubric.by_id if one.rpartition(".")[0] == id_.rpartition(".")[0]]
    start = text(
        "{key} is {id}; the rubric {rubric} has no such indicator", key=key, id=quoted(id_), rubric=rubric.rubric.id
    )
    if not siblings:
        return text("{start}; its ids look like {example}", start=start, example=next(iter(rubric.by_id)))
    return text("{start}; there are {siblings}", start=start, siblings=", ".join(siblings))


def _twice(document: TomlDocument, claims: Claims) -> Iterator[tuple[Where, Text]]:
    """Two claims about the same thing on the same day: which one should count?"""
    first: dict[tuple[str, date], int] = {}
    for number, claim in enumerate(claims.attestation):
        earlier = first.setdefault((claim.subject, claim.on), number)
        if earlier != number:
            where = ("attestation", number)
            sentence = text(
                "{key}: {subject} is attested on {on} in line {line} already; keep one of them",
                key=document.key(where),
                subject=claim.subject,
                on=claim.on.isoformat(),
                line=document.line(("attestation", earlier)),
            )
            yield where, sentence


def _state(claim: Claim, folder: Path, now: datetime, vantage: str) -> Statement:
    started = monotonic()
    papers = _papers(claim, folder)
    observation = Observation(
        kind="attestation",
        subject=claim.subject,
        status=Status.OK if isinstance(papers, tuple) else Status.UNAVAILABLE,
        reason=None if isinstance(papers, tuple) else papers.reason,
        detail="" if isinstance(papers, tuple) else str(papers.detail),
        told=None if isinstance(papers, tuple) else plain(papers.detail),
        taken_at=now.astimezone(UTC),
        duration_s=round(monotonic() - started, 3),
        probe="attestation",
        vantage=vantage,
        method=Method.ATTESTED,
        value=_value(claim, papers) if isinstance(papers, tuple) else None,
    )
    return Statement(observation.sealed(), papers if isinstance(papers, tuple) else ())


def _value(claim: Claim, papers: tuple[Paper, ...]) -> Attestation:
    return Attestation(
        claim=claim.claim,
        points=None if claim.points is None else float(claim.points),
        by=claim.by,
        on=claim.on,
        valid_until=claim.valid_until,
        note=claim.note,
        documents=tuple(Document(name=paper.path.name, sha256=paper.sha256) for paper in papers),
    )


@dataclass(frozen=True, slots=True)
class _Lost:
    """A document that cannot be put forward, and why."""

    reason: Reason
    detail: Text


def _papers(claim: Claim, folder: Path) -> tuple[Paper, ...] | _Lost:
    """All documents of a claim, or the first that is lost."""
    papers: list[Paper] = []
    for name in claim.documents:
        paper = _hashed(folder / name, name)
        if isinstance(paper, _Lost):
            return paper
        papers.append(paper)
    return tuple(papers)


def _hashed(path: Path, name: str) -> Paper | _Lost:
    """The document with its hash, read in pieces."""
    try:
        if not path.is_file():
            # A directory, or a device file that might never end.
            there = path.exists()
            reason = Reason.FILE_UNREADABLE if there else Reason.FILE_NOT_FOUND
            said = text("{name}: not a file", name=name) if there else text("{name}: no such file", name=name)
            return _Lost(reason, said)
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            size = file.tell()
    except OSError as error:
        return _Lost(Reason.FILE_UNREADABLE, text("{name}: {error}", name=name, error=said_by(error)))
    return Paper(path, digest) if size else _Lost(Reason.EMPTY, text("{name}: the file is empty", name=name))
