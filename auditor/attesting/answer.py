"""What somebody says about an indicator or a part of it: the entry that goes into the attestations file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Literal, cast, get_args

from auditor.attesting.errors import AnswerError
from probes.text import text
from reports.visible import HIDDEN

ClaimWord = Literal["met", "partly", "not_met"]
CLAIM_WORDS: tuple[str, ...] = get_args(ClaimWord)
LONGEST_NAME = 100
LONGEST_NOTE = 2000
LONGEST_NUMBER = 20
MOST_POINTS = 1000
"""No rubric is worth more; beyond it a number is a slip, or meant to make arithmetic fail."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One ``[[attestation]]``; ``documents`` are paths relative to the attestations file, with ``/`` between."""

    indicator: str
    claim: ClaimWord
    by: str
    on: date
    criterion: str | None = None
    points: Decimal | None = None
    valid_until: date | None = None
    note: str = ""
    documents: tuple[str, ...] = ()

    @property
    def subject(self) -> str:
        """The indicator, or ``<indicator>/<criterion>``."""
        return self.indicator if self.criterion is None else f"{self.indicator}/{self.criterion}"

    def toml(self) -> str:
        r"""The entry as it is written, one line a key.

        >>> print(Answer("5.1.1", "met", "张三", date(2026, 9, 1)).toml(), end="")
        [[attestation]]
        indicator = "5.1.1"
        claim = "met"
        by = "张三"
        on = 2026-09-01
        """
        return "[[attestation]]\n" + "".join(f"{key} = {_written(value)}\n" for key, value in self._pairs())

    def plain(self) -> dict[str, Any]:
        """As JSON can hold it."""
        return {key: str(value) if isinstance(value, date | Decimal) else value for key, value in self._pairs()}

    def _pairs(self) -> Iterator[tuple[str, Any]]:
        every = (
            ("indicator", self.indicator),
            ("criterion", self.criterion),
            ("claim", self.claim),
            ("points", self.points),
            ("by", self.by),
            ("on", self.on),
            ("valid_until", self.valid_until),
            ("note", self.note or None),
            ("documents", list(self.documents) or None),
        )
        return ((key, value) for key, value in every if value is not None)


def restored(plain: dict[str, Any]) -> Answer:
    """The answer that ``Answer.plain`` wrote.

    Raises:
        KeyError, TypeError, ValueError, AnswerError: it is none.
    """
    return Answer(
        indicator=str(plain["indicator"]),
        claim=claim_word(str(plain["claim"])),
        by=str(plain["by"]),
        on=date.fromisoformat(plain["on"]),
        criterion=plain.get("criterion"),
        points=None if plain.get("points") is None else points_of(str(plain["points"])),
        valid_until=None if plain.get("valid_until") is None else date.fromisoformat(plain["valid_until"]),
        note=str(plain.get("note", "")),
        documents=tuple(str(one) for one in plain.get("documents", ())),
    )


def claim_word(given: str) -> ClaimWord:
    """One of the three words; raises ``AnswerError``."""
    if given not in CLAIM_WORDS:
        raise AnswerError(text("the claim has to be one of {words}", words=", ".join(CLAIM_WORDS)))
    return cast("ClaimWord", given)


def points_of(given: str) -> Decimal:
    """Points as a person types them, a comma or a full-width point for the decimal one; raises ``AnswerError``."""
    try:
        found = Decimal(given.strip().replace(",", ".").replace("．", "."))
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite() or not 0 <= found <= MOST_POINTS or len(given) > LONGEST_NUMBER:
        raise AnswerError(text("points have to be a number such as 0.5"))
    return found


def name_of(given: str) -> str:
    """Who vouches: one line, nothing hidden in it; raises ``AnswerError`` where nothing is left."""
    found = " ".join(HIDDEN.sub("", given).split())
    if not found:
        raise AnswerError(text("say who vouches for it: the name, best with the office held"))
    if len(found) > LONGEST_NAME:
        raise AnswerError(text("the name is longer than {most} characters", most=LONGEST_NAME))
    return found


def note_of(given: str) -> str:
    """A remark, with its line breaks, nothing hidden in it; raises ``AnswerError`` where it is too long."""
    found = "\n".join(line.rstrip() for line in HIDDEN.sub("", given.replace("\r\n", "\n")).split("\n")).strip()
    if len(found) > LONGEST_NOTE:
        raise AnswerError(text("the note is longer than {most} characters; put it into a document", most=LONGEST_NOTE))
    return found


def day_of(given: str) -> date:
    """A date as ``2026-09-01``; raises ``AnswerError``."""
    try:
        return date.fromisoformat(given.strip())
    except ValueError as error:
        raise AnswerError(text("“{given}” is no date such as 2026-09-01", given=given[:40])) from error


def _written(value: object) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(_written(one) for one in value) + "]"
    if isinstance(value, str):
        # The escapes of JSON are a subset of TOML's; DEL, which JSON leaves as it is, no text of ours holds.
        return json.dumps(value, ensure_ascii=False)
    return f"{value:f}" if isinstance(value, Decimal) else str(value)
