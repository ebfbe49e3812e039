"""``attest INVENTORY``: what only people know, asked at a terminal or told by flags."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import UTC, datetime
from pathlib import Path

from auditor.attesting.answer import name_of, note_of
from auditor.attesting.dates import asked
from auditor.attesting.documents import from_file
from auditor.attesting.draft import Draft, checked, take
from auditor.attesting.errors import AnswerError
from auditor.attesting.journal import Entry, journal_of
from auditor.attesting.ledger import Ledger
from auditor.attesting.listing import history_document, history_lines, open_document, open_lines
from auditor.attesting.standing import Stand, Standing
from auditor.complaints import complaining
from probes.text import text
from reports.language import say


def run(options: argparse.Namespace) -> int:
    """Ask, or take what the flags say; 0 once it is written."""
    stand = Stand(Path(options.inventory))
    standing = stand.now()
    ledger = Ledger(standing.attestations, standing.assessment.rubric)
    if options.indicator is not None and options.indicator not in ledger.rubric.by_id:
        raise AnswerError(text("the rubric has no indicator “{id}”", id=options.indicator[:40]))
    complain = complaining(options.language)
    finished = ledger.settle()
    if finished is not None:
        complain(finished)
        standing = stand.now()
    if options.history:
        return _history(ledger, options)
    if options.list:
        return _list(standing, options)
    if options.withdraw:
        return _told(_withdrawn(ledger, options), ledger, options)
    if options.claim:
        return _told(_claimed(standing, ledger, options), ledger, options)
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise AnswerError(text("questions need a terminal; answer with --indicator and --claim, or see --list"))
    for problem in ledger.journal().problems:
        complain(problem)
    from auditor.attesting.conversation import Conversation  # noqa: PLC0415  only at a terminal

    return Conversation(stand, ledger, options.language, by=options.by).run(options.indicator)


def _history(ledger: Ledger, options: argparse.Namespace) -> int:
    """3 where the journal is not as it was written."""
    journal = ledger.journal()
    entries = journal.entries if options.indicator is None else tuple(reversed(journal.about(options.indicator)))
    if options.json:
        _print_json(history_document(entries, journal.problems, options.language))
    else:
        sys.stdout.write("\n".join(history_lines(entries, options.language)) + "\n")
    for problem in journal.problems:
        sys.stderr.write(say(problem, options.language) + "\n")
    return 3 if journal.problems else 0


def _list(standing: Standing, options: argparse.Namespace) -> int:
    if options.json:
        _print_json(open_document(standing, options.language))
    else:
        sys.stdout.write("\n".join(open_lines(standing, options.language)) + "\n")
    return 0


def _withdrawn(ledger: Ledger, options: argparse.Namespace) -> Entry:
    subject = _named(options) + (f"/{options.criterion}" if options.criterion else "")
    return ledger.withdraw(subject, name_of(options.by), note_of(options.why), through="flags", now=datetime.now(UTC))


def _claimed(standing: Standing, ledger: Ledger, options: argparse.Namespace) -> Entry:
    draft = Draft(
        indicator=_named(options),
        claim=options.claim,
        by=options.by,
        criterion=options.criterion,
        points=options.points,
        on=options.on,
        valid_until=options.valid_until,
        note=options.note,
        dates={name: day for name, day, _ in map(_dated, options.dated)},
        levels={name: level for name, _, level in map(_dated, options.dated)},
    )
    if draft.points and draft.claim != "partly":
        raise AnswerError(text("--points goes with --claim partly"))
    checked(draft, ledger.rubric, standing.today)  # before anything is copied
    papers = tuple(from_file(Path(name), ledger.folder, draft.indicator) for name in options.document)
    return take(draft, papers, ledger, standing.today, through="flags", now=datetime.now(UTC))


def _named(options: argparse.Namespace) -> str:
    if options.indicator is None:
        raise AnswerError(text("say which indicator: --indicator 1.4.1"))
    return str(options.indicator)


def _dated(given: str) -> tuple[str, str, str]:
    name, equals, rest = given.partition("=")
    if not equals:
        raise AnswerError(text("“{given}” is not of the form ID=DATE, such as drill=2026-05-01", given=given[:60]))
    day, _, level = rest.partition("@")
    return name.strip(), day, level


def _told(entry: Entry, ledger: Ledger, options: argparse.Namespace) -> int:
    """Say what was written, and what it does to the points."""
    said = text(
        "written to {file}; entry {n} of {journal}",
        file=ledger.path.name,
        n=entry.number,
        journal=journal_of(ledger.path).name,
    )
    sys.stdout.write(say(said, options.language) + "\n")
    if entry.act != "withdraw":
        questions = asked(ledger.rubric, entry.indicator, entry.answer.get("criterion"))
        for one in questions:
            if one.id not in entry.dates:
                sys.stderr.write(f"{one.label(options.language)}: {one.reason(options.language)}\n")
        if not entry.documents and entry.answer["claim"] != "not_met":
            unproven = text("no document was put forward, so nothing is proven")
            sys.stderr.write(say(unproven, options.language) + "\n")
    return 0


def _print_json(document: object) -> None:
    sys.stdout.write(json.dumps(document, ensure_ascii=False) + "\n")
