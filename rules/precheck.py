"""The pre-check for 等保: rows of GB/T 22239-2019 that the network shows, judged from what was seen. Pure.

It gives no points and replaces no assessment; it says beforehand what an assessor will see as well.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from probes.errors import AuditorError
from probes.kinds import KINDS
from probes.observation import Observation, Status
from probes.text import Text, in_its_words, listed, text
from rules.evidence import facet

SOURCE = Path(__file__).with_name("gbt22239-2019.toml")
SHOWN = 4


class PrecheckError(AuditorError):
    """The table of the pre-check is damaged."""


class Result(StrEnum):
    """How a row stands."""

    MET = "met"
    NOT_MET = "not_met"
    NOT_SEEN = "not_seen"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Sign(_Part):
    """What has to hold of every observation of a kind, the newest of each subject.

    Attributes:
        where: fields that an observation must have to be meant at all.
        field: whose value is held against exactly one of the comparisons.
    """

    kind: str
    where: dict[str, str] = Field(default_factory=dict)
    field: str
    equals: bool | None = None
    at_least: float | None = None
    at_most: float | None = None
    within: float | None = None
    contains: tuple[str, ...] | None = None
    max_age_days: Annotated[int, Field(ge=1)] = 30

    @model_validator(mode="after")
    def _known(self) -> Self:
        kind = KINDS.get(self.kind)
        unknown = {self.field, *self.where} - set(kind.model_fields if kind else ())
        if unknown:
            msg = f"unknown kind or field: {self.kind}, {', '.join(sorted(unknown))}"
            raise ValueError(msg)
        if sum(one is not None for one in (self.equals, self.at_least, self.at_most, self.within, self.contains)) != 1:
            msg = "a sign has exactly one comparison"
            raise ValueError(msg)
        return self

    def holds(self, value: Any) -> bool | None:
        """Whether a value satisfies it; ``None`` where it is not determined."""
        if value is None:
            return None
        if self.equals is not None:
            return value is self.equals
        if self.contains is not None:
            return set(self.contains) <= set(value)
        number = float(value)
        if self.within is not None:
            return abs(number) <= self.within
        return number >= self.at_least if self.at_least is not None else number <= float(self.at_most or 0)


class Item(_Part):
    """One requirement. ``clause`` gives its number at each level at which it is asked for.

    ``beyond`` says what of it no sign shows: such a requirement can be found not to be met, and is never met by signs.
    """

    id: str
    clause: dict[Literal["2", "3"], str] = Field(min_length=1)
    text: str
    text_en: str
    mode: Literal["all", "any"] = "all"
    sign: tuple[Sign, ...]
    beyond: str = ""
    beyond_en: str = ""

    @model_validator(mode="after")
    def _in_both_languages(self) -> Self:
        if bool(self.beyond) != bool(self.beyond_en):
            msg = "what lies beyond the signs is told in both languages or not at all"
            raise ValueError(msg)
        return self


class Table(_Part):
    """All of them."""

    id: str
    title: str
    title_en: str
    item: tuple[Item, ...]

    @model_validator(mode="after")
    def _once(self) -> Self:
        ids = [one.id for one in self.item]
        if len(set(ids)) != len(ids):
            msg = "an id is given twice"
            raise ValueError(msg)
        return self


@dataclass(frozen=True, slots=True)
class Row:
    """One requirement judged at one level."""

    item: Item
    clause: str
    result: Result
    why: tuple[Text, ...]
    observations: tuple[str, ...] = ()


def load_table(path: Path = SOURCE) -> Table:
    """The table that comes with the program.

    Raises:
        PrecheckError: it cannot be read, or holds what is not known.
    """
    try:
        return Table.model_validate(tomllib.loads(path.read_text("utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, ValidationError) as error:
        first = str(error).splitlines()[:6]
        raise PrecheckError(text("{path} is damaged: {error}", path=path, error=" ".join(first)[:400])) from error


def precheck(table: Table, observations: Iterable[Observation], level: int, now: datetime) -> tuple[Row, ...]:
    """Every requirement of a level, in the table's order; the same arguments always give the same rows."""
    seen = sorted(observations, key=lambda one: (one.taken_at, one.id))
    asked = [(item, item.clause.get("2" if level == 2 else "3")) for item in table.item]  # noqa: PLR2004  the level
    return tuple(_row(item, clause, seen, now) for item, clause in asked if clause is not None)


@dataclass(frozen=True, slots=True)
class _Answer:
    """What one sign shows."""

    truth: bool | None
    why: Text
    ids: tuple[str, ...]


def _row(item: Item, clause: str, seen: Sequence[Observation], now: datetime) -> Row:
    answers = [_answer(sign, seen, now) for sign in item.sign]
    truths = [one.truth for one in answers]
    if not answers:
        result = Result.NOT_SEEN
    elif item.mode == "any":
        result = Result.MET if True in truths else Result.NOT_SEEN if None in truths else Result.NOT_MET
    else:
        result = Result.NOT_MET if False in truths else Result.NOT_SEEN if None in truths else Result.MET
    if result is Result.MET and item.beyond:
        result = Result.NOT_SEEN
    why = tuple(one.why for one in answers) or (text("the network does not show it; ask for it by other means"),)
    return Row(item, clause, result, why, tuple(dict.fromkeys(id_ for one in answers for id_ in one.ids)))


def _answer(sign: Sign, seen: Sequence[Observation], now: datetime) -> _Answer:
    newest = _newest(sign, seen, now)
    if not newest:
        return _Answer(None, text("not seen: {what}", what=_name(sign)), ())
    judged = {key: (one, sign.holds(getattr(one.value, sign.field))) for key, one in newest.items()}
    ids = tuple(one.id for one, _ in judged.values())
    failed = [key for key, (_, truth) in judged.items() if truth is False]
    if failed:
        subjects = list(dict.fromkeys(subject for subject, _ in failed))
        shown = listed([in_its_words(one) for one in subjects], most=SHOWN)
        failing = tuple(judged[key][0].id for key in failed)
        return _Answer(
            truth=False, why=text("{what}: does not hold for {subjects}", what=_name(sign), subjects=shown), ids=failing
        )
    if any(truth is None for _, truth in judged.values()):
        return _Answer(None, text("{what}: not determined everywhere", what=_name(sign)), ids)
    return _Answer(
        truth=True, why=text("{what}: holds for all {n} that were looked at", what=_name(sign), n=len(judged)), ids=ids
    )


def _newest(sign: Sign, seen: Sequence[Observation], now: datetime) -> Mapping[tuple[str, str], Observation]:
    """The newest observation of each subject, where it is fresh; one that failed is no evidence either way."""
    oldest = now - timedelta(days=sign.max_age_days)
    return {
        (one.subject, facet(one)): one
        for one in seen
        if one.kind == sign.kind
        and one.status is Status.OK
        and oldest <= one.taken_at <= now
        and all(getattr(one.value, field) == wanted for field, wanted in sign.where.items())
    }


def _name(sign: Sign) -> Text:
    """A sign by the kind it looks at and what it is about; reports translate both words."""
    about = next(iter(sign.where.values()), sign.field)
    return text("{kind}/{about}", kind=sign.kind, about=about)
