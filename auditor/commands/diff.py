"""``diff A B``: what changed between two audits."""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from auditor.bundle_reader import Bundle, NoBundleError
from auditor.history.record import judged
from auditor.present import opened
from auditor.questions.difference import Difference, FactChange, Shift, Turn, difference
from probes.observation import PHRASES, Reason
from probes.text import Text, text
from reports.edition import Language
from reports.json import number
from reports.language import say
from reports.visible import visible
from reports.wording import label_of, points, points_between

TURNS_SHOWN = 8
WORDS_SHOWN = 200


def run(options: argparse.Namespace) -> int:
    """Print the difference, each audit judged by its own rubric at its own end."""
    bundles = tuple(_bundle(named, Path(options.dir), options.language) for named in (options.before, options.after))
    found = difference(*(judged(one) for one in bundles))
    if options.json:
        sys.stdout.write(json.dumps(_document(found, bundles, options.language), ensure_ascii=False) + "\n")
    else:
        sys.stdout.write("\n".join(lines(found, options.language)) + "\n")
    return 0


def _bundle(named: str, parent: Path, language: Language) -> Bundle:
    """A bundle by its path, its name, or the date of its night; of several on one day the last."""
    if Path(named).exists():
        return opened(named, language)
    for path in (parent / named, parent / f"{named}.zip"):
        if path.exists():
            return opened(str(path), language)
    night = _of_night(named, parent)
    if night is None:
        raise NoBundleError(
            text("there is no bundle “{named}”, and none of that night in {path}", named=named, path=parent)
        )
    return opened(str(night), language)


def _of_night(named: str, parent: Path) -> Path | None:
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", named) is None or not parent.is_dir():
        return None
    from auditor.history.store import History  # noqa: PLC0415  only where a date is given

    history = History(parent)
    history.catch_up()
    rows = [row for row in history.scores() if named in {row["night"], row["began"][:10]}]
    # A night is named by its own date; an audit by hand by the day on which it began (UTC).
    best = max(rows, key=lambda row: (row["night"] == named, row["whole"], row["began"]), default=None)
    if best is None:
        return None
    paths = (parent / best["id"], parent / f"{best['id']}.zip")
    return next((path for path in paths if path.exists()), None)


def lines(found: Difference, language: Language) -> Iterator[str]:
    """A difference in words, indicator by indicator."""
    before, after = found.before.score, found.after.score
    score = text(
        "proven {before} → {after}, possible {old} → {new}, of {total} points",
        before=points(before.proven),
        after=points(after.proven),
        old=points(before.possible),
        new=points(after.possible),
        total=points(after.total),
    )
    yield say(score, language)
    if not found.same_rubric:
        yield say(text("the two were judged by different rubrics; points may differ by that alone"), language)
    if not found.shifts:
        yield say(text("no indicator stands otherwise"), language)
    for shift in found.shifts:
        yield f"{_sign(shift):>6}  {shift.indicator.id} {label_of(shift.indicator, language)}"
        yield f"        {points_between(shift.before)} → {points_between(shift.after)}"
        for turn in shift.turns[:TURNS_SHOWN]:
            yield f"        · {_turn(turn, language)}"
        if len(shift.turns) > TURNS_SHOWN:
            yield "        · " + say(text("and {n} more", n=len(shift.turns) - TURNS_SHOWN), language)


def _sign(shift: Shift) -> str:
    gain = shift.gain
    return f"+{points(gain)}" if gain > 0 else f"−{points(-gain)}" if gain < 0 else "·"


def _turn(turn: Turn, language: Language) -> str:
    was, is_ = (_words(one, language) for one in (turn.before, turn.after))
    label = visible(turn.label or turn.criterion)[:WORDS_SHOWN]
    return f"{label}: {was} → {is_}"


def _words(sentence: Text | None, language: Language) -> str:
    return "–" if sentence is None else visible(" ".join(say(sentence, language).split()))[:WORDS_SHOWN]


def _document(found: Difference, bundles: tuple[Bundle, ...], language: Language) -> dict[str, Any]:
    def side(bundle: Bundle, which: str) -> dict[str, Any]:
        score = getattr(found, which).score
        numbers = {name: number(getattr(score, name)) for name in ("proven", "possible", "total", "pass_line")}
        return {"bundle": str(bundle.path), "score": numbers}

    return {
        "before": side(bundles[0], "before"),
        "after": side(bundles[1], "after"),
        "same_rubric": found.same_rubric,
        "changes": [_shift_document(one, language) for one in found.shifts],
    }


def _shift_document(shift: Shift, language: Language) -> dict[str, Any]:
    return {
        "indicator": shift.indicator.id,
        "text": label_of(shift.indicator, language),
        "gain": number(shift.gain),
        "before": {
            "outcome": shift.outcomes[0] or None,
            "proven": number(shift.before.low),
            "possible": number(shift.before.high),
        },
        "after": {
            "outcome": shift.outcomes[1] or None,
            "proven": number(shift.after.low),
            "possible": number(shift.after.high),
        },
        "why": [_turn(turn, language) for turn in shift.turns],
        "observations": [_fact_document(fact, language) for fact in shift.facts],
    }


def _fact_document(fact: FactChange, language: Language) -> dict[str, Any]:
    def side(said: Mapping[str, Any] | Reason | None) -> Any:
        if isinstance(said, Reason):
            return {"unavailable": said.value, "why": say(PHRASES[said], language)}
        return said if said is None else dict(said)

    return {"kind": fact.kind, "subject": fact.subject, "before": side(fact.before), "after": side(fact.after)}
