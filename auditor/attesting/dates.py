"""The dates that documents bear: which are asked for (``dates.toml``), and until when the evidence holds."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from auditor.attesting.errors import AnswerError
from probes.text import text
from reports.edition import Language
from rules.calendar import months_after
from rules.rubric import Rubric

Filled = Annotated[str, Field(min_length=1)]
Months = Annotated[int, Field(ge=1, le=120)]


class Asked(BaseModel):
    """A date that is asked for.

    Attributes:
        criterion: the part of the indicator that it belongs to; the whole of it where none is named.
        months: how long the evidence holds from that day.
        months_at_level: the same by the level of the system (等级), which is then asked for, too.
        is_end: the date is itself the last day, and may be left out where there is none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[str, Field(pattern=r"^[a-z][a-z-]*$")]
    indicator: Filled
    criterion: Filled | None = None
    ask: Filled
    ask_en: Filled
    months: Months | None = None
    months_at_level: Mapping[int, Months] | None = None
    is_end: bool = False
    basis: Literal["law", "standard", "proposal"]
    why: Filled
    why_en: Filled

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.months is not None) + (self.months_at_level is not None) + self.is_end != 1:
            msg = f"{self.id}: exactly one of months, months_at_level, is_end"
            raise ValueError(msg)
        return self

    @property
    def levels(self) -> tuple[int, ...]:
        """The levels to choose from; empty where none is asked for."""
        return tuple(self.months_at_level or ())

    def label(self, language: Language) -> str:
        """What to ask."""
        return self.ask if language == "zh" else self.ask_en

    def reason(self, language: Language) -> str:
        """Why it is asked."""
        return self.why if language == "zh" else self.why_en

    def is_required(self, criterion: str | None, claim: str) -> bool:
        """Whether a claim needs the date: *partly* of a whole indicator may mean the other parts of it."""
        return not self.is_end and (claim == "met" or (claim == "partly" and criterion == self.criterion))


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    date: tuple[Asked, ...]


@dataclass(frozen=True, slots=True)
class Given:
    """A date as it was answered."""

    day: date
    level: int | None = None


@cache
def every() -> tuple[Asked, ...]:
    """The file that comes with the program."""
    written = resources.files("auditor.attesting").joinpath("dates.toml").read_text("utf-8")
    return _File.model_validate(tomllib.loads(written)).date


def asked(rubric: Rubric, indicator: str, criterion: str | None) -> tuple[Asked, ...]:
    """The dates to be asked for with an indicator, or with one of its criteria; another rubric may know none."""
    found = rubric.by_id.get(indicator)
    known = {one.id for one in found.criterion} if found else set()
    return tuple(
        one
        for one in every()
        if one.indicator == indicator
        and (one.criterion is None or one.criterion in known)
        and (criterion is None or one.criterion in {None, criterion})
    )


def last_day(
    questions: tuple[Asked, ...], given: Mapping[str, Given], criterion: str | None, claim: str, today: date
) -> date | None:
    """The last day on which the evidence holds; ``None`` where no date limits it.

    Args:
        questions: from ``asked``.
        given: answers by the id of the question.
        criterion: the part that the claim is about.
        claim: its word; *not_met* needs no dates.
        today: at the school.

    Raises:
        AnswerError: a date that is needed is missing, lies in the future, or is too long ago.
    """
    unknown = set(given) - {one.id for one in questions}
    if unknown:
        raise AnswerError(text("no such date is asked for here: {ids}", ids=", ".join(sorted(unknown))))
    return None if claim == "not_met" else min(_ends(questions, given, criterion, claim, today), default=None)


def _ends(
    questions: tuple[Asked, ...], given: Mapping[str, Given], criterion: str | None, claim: str, today: date
) -> Iterator[date]:
    for one in questions:
        answer = given.get(one.id)
        if answer is None:
            if one.is_required(criterion, claim):
                raise AnswerError(text("a date is missing: {ask}", ask=text("{zh} / {en}", zh=one.ask, en=one.ask_en)))
            continue
        end = _end(one, answer, today)
        if end < today:
            raise AnswerError(
                text("the evidence of {day} held until {end}; put forward newer evidence", day=answer.day, end=end)
            )
        yield end


def _end(one: Asked, answer: Given, today: date) -> date:
    if one.is_end:
        return answer.day
    if answer.day > today:
        raise AnswerError(text("{day} is still to come", day=answer.day))
    if one.months_at_level is not None:
        if answer.level is None or answer.level not in one.months_at_level:
            levels = ", ".join(map(str, one.levels))
            raise AnswerError(text("say the level of the system (等级): one of {levels}", levels=levels))
        return months_after(answer.day, one.months_at_level[answer.level])
    return months_after(answer.day, one.months or 0)
