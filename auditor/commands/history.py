"""``history [DIR]``: the score from night to night, or that of one indicator."""

from __future__ import annotations

import argparse
import json
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from auditor.bundle_reader import NoBundleError
from auditor.complaints import complaining
from auditor.history.store import History
from auditor.present import QuestionError
from probes.text import Text, text
from reports.edition import Language
from reports.json import iso, number
from reports.language import say
from reports.wording import outcome_name, points
from rules.assessment import Outcome

BARS = "▁▂▃▄▅▆▇█"


def run(options: argparse.Namespace) -> int:
    """Bring the history up to date and print it."""
    parent, language = Path(options.directory), options.language
    if not parent.is_dir():
        raise NoBundleError(
            text("{path} is no directory of bundles; name the one in which audits keep theirs", path=parent)
        )
    history = History(parent, complaining(language))
    if options.rebuild:
        made = history.rebuild()
        sys.stderr.write(say(text("{n} audits taken into {path}", n=made, path=history.path), language) + "\n")
    else:
        history.catch_up()
    rows = history.scores()
    if not rows:
        raise NoBundleError(text("there is no bundle in {path} yet", path=parent))
    if options.indicator is not None:
        return _indicator(history, options)
    shown = rows[-options.last :] if options.last > 0 else rows
    if options.json:
        found = {"directory": str(parent), "nights": [_night(row) for row in shown]}
        sys.stdout.write(json.dumps(found, ensure_ascii=False) + "\n")
    else:
        sys.stdout.write("\n".join(_table(shown, language)) + "\n")
    return 0


def _indicator(history: History, options: argparse.Namespace) -> int:
    rows = history.trend(options.indicator)
    if not rows:
        raise QuestionError(text("the history knows no indicator “{id}”; ids look like 1.1.1", id=options.indicator))
    shown = rows[-options.last :] if options.last > 0 else rows
    if options.json:
        found = {
            "directory": str(history.parent),
            "indicator": options.indicator,
            "points": number(Decimal(rows[-1]["points"])),
            "nights": [_standing(row) for row in shown],
        }
        sys.stdout.write(json.dumps(found, ensure_ascii=False) + "\n")
    else:
        sys.stdout.write("\n".join(_indicator_table(shown, options.language)) + "\n")
    return 0


def _night(row: sqlite3.Row) -> dict[str, Any]:
    numbers = {name: number(Decimal(row[name])) for name in ("proven", "possible", "total", "pass_line")}
    return {
        "bundle": row["id"],
        "began": iso(datetime.fromisoformat(row["began"])),
        "night": row["night"],
        "whole": bool(row["whole"]),
        **numbers,
        "unavailable": row["unavailable"],
    }


def _standing(row: sqlite3.Row) -> dict[str, Any]:
    return {
        "bundle": row["id"],
        "began": iso(datetime.fromisoformat(row["began"])),
        "night": row["night"],
        "whole": bool(row["whole"]),
        "outcome": row["outcome"],
        "proven": number(Decimal(row["proven"])),
        "possible": number(Decimal(row["possible"])),
    }


def _table(rows: Sequence[sqlite3.Row], language: Language) -> Iterator[str]:
    before: Decimal | None = None
    for row in rows:
        proven, total = Decimal(row["proven"]), Decimal(row["total"])
        yield _line(row, proven, total, before, _remark(row), language)
        before = proven if row["whole"] else before


def _indicator_table(rows: Sequence[sqlite3.Row], language: Language) -> Iterator[str]:
    before: Decimal | None = None
    for row in rows:
        proven = Decimal(row["proven"])
        yield _line(row, proven, Decimal(row["points"]), before, outcome_name(Outcome(row["outcome"])), language)
        before = proven if row["whole"] else before


def _line(  # noqa: PLR0913, PLR0917  the columns of one line
    row: sqlite3.Row, proven: Decimal, total: Decimal, before: Decimal | None, remark: Text, language: Language
) -> str:
    bar = BARS[min(len(BARS) - 1, int(len(BARS) * proven / total))] if total else " "
    moved = proven - before if before is not None and row["whole"] else Decimal(0)
    change = "" if not moved else f"+{points(moved)}" if moved > 0 else f"−{points(-moved)}"
    between = f"{points(proven)}–{points(Decimal(row['possible']))}/{points(total)}"
    return f"{row['id']:20} {bar} {between:16} {change:7} {say(remark, language)}".rstrip()


def _remark(row: sqlite3.Row) -> Text:
    if not row["whole"]:
        return text("cut short, or only some probes")
    if row["unavailable"]:
        return text("{n} looks saw nothing", n=row["unavailable"])
    return text("{nothing}", nothing="")
