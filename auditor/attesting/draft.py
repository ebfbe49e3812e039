"""From what a person typed, at a prompt, in a form or behind flags, to an answer that can be written down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from auditor.attesting.answer import Answer, claim_word, day_of, name_of, note_of, points_of
from auditor.attesting.dates import Given, asked, last_day
from auditor.attesting.documents import MOST, Kept
from auditor.attesting.errors import AnswerError
from auditor.attesting.journal import Entry
from auditor.attesting.ledger import Ledger
from probes.text import text
from reports.wording import points as shown
from rules.calendar import months_after
from rules.rubric import Indicator, Rubric


@dataclass(frozen=True, slots=True)
class Draft:
    """Words as they were typed; empty where nothing was.

    Attributes:
        dates: by the id of the question, ``2026-05-01``.
        levels: by the id of the question, for those that ask for a level.
    """

    indicator: str
    claim: str
    by: str
    criterion: str = ""
    points: str = ""
    on: str = ""
    valid_until: str = ""
    note: str = ""
    dates: Mapping[str, str] = field(default_factory=dict)
    levels: Mapping[str, str] = field(default_factory=dict)


def checked(draft: Draft, rubric: Rubric, today: date) -> tuple[Answer, Mapping[str, Given]]:
    """The answer, still without documents, and the dates on them.

    Args:
        draft: what was typed.
        rubric: whose indicator it is about.
        today: at the school.

    Raises:
        AnswerError: with what is wrong, and what to do.
    """
    indicator = _indicator(draft.indicator, rubric)
    criterion = draft.criterion.strip() or None
    most = indicator.points
    if criterion is not None:
        known = {one.id: one.points for one in indicator.criterion}
        if criterion not in known:
            raise AnswerError(
                text("{indicator} has no part “{part}”; it has {known}", indicator=indicator.id, part=criterion[:40],
                     known=", ".join(known))
            )  # fmt: skip
        most = known[criterion]
    claim = claim_word(draft.claim.strip())
    points = points_of(draft.points) if draft.points.strip() and claim == "partly" else None
    if points is not None and points > most:
        raise AnswerError(
            text("{points} points are more than the {most} there are", points=shown(points), most=shown(most))
        )
    on = day_of(draft.on) if draft.on.strip() else today
    if on > today:
        raise AnswerError(text("{day} is still to come", day=on))
    given = _given(draft)
    end = last_day(asked(rubric, indicator.id, criterion), given, criterion, claim, today)
    wished = day_of(draft.valid_until) if draft.valid_until.strip() else None
    until = min((one for one in (end, wished) if one is not None), default=None)
    last = until or months_after(on, indicator.valid_months or rubric.rubric.attestation_valid_months)
    if last < today and claim != "not_met":
        raise AnswerError(text("it would have ended on {end} already; put forward newer evidence", end=last))
    answer = Answer(
        indicator=indicator.id,
        claim=claim,
        by=name_of(draft.by),
        on=on,
        criterion=criterion,
        points=points,
        valid_until=until,
        note=note_of(draft.note),
    )
    return answer, given


def take(  # noqa: PLR0913  all of it belongs to one act
    draft: Draft, documents: tuple[Kept, ...], ledger: Ledger, today: date, *, through: str, now: datetime
) -> Entry:
    """Write an answer with its documents down.

    Raises:
        AnswerError: it cannot be taken.
        AttestationError: the attestations file has mistakes.
    """
    answer, given = checked(draft, ledger.rubric, today)
    paths = tuple(dict.fromkeys(one.path for one in documents))
    if len(paths) > MOST:
        raise AnswerError(text("more than {most} documents; put some of them into one", most=MOST))
    return ledger.put(replace(answer, documents=paths), documents, given, through=through, now=now)


def _indicator(given: str, rubric: Rubric) -> Indicator:
    found = rubric.by_id.get(given.strip())
    if found is None:
        example = next(iter(rubric.by_id))
        raise AnswerError(
            text("the rubric has no indicator “{id}”; its ids look like {example}", id=given[:40], example=example)
        )
    return found


def _given(draft: Draft) -> dict[str, Given]:
    return {
        name: Given(day_of(day), level_of(draft.levels.get(name, "")))
        for name, day in draft.dates.items()
        if day.strip()
    }


def level_of(given: str) -> int | None:
    """A level as it was typed; ``None`` where it is no number."""
    digits = given.strip()
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) == 1 else None
