"""``notify test|send INVENTORY``: try the receivers, or send what still waits."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

from auditor import inventory
from auditor.complaints import complaining
from auditor.notices.outbox import Outbox, deliver
from auditor.notices.send import send
from auditor.notices.words import trial
from auditor.present import QuestionError
from probes.campus import Campus, NotifySettings
from probes.text import text
from reports.edition import Language
from reports.language import say


def run(options: argparse.Namespace) -> int:
    """Exit code 3 where any receiver did not take its message."""
    campus = inventory.load(Path(options.inventory))
    if campus.notify is None:
        raise QuestionError(
            text("{file} has no table [notify]; see docs/how-to/run-every-night.md", file=options.inventory)
        )
    if options.action == "test":
        return _test(campus, campus.notify, options.language)
    return _send(Path(campus.audit.bundles), campus.notify, options.language)


def _test(campus: Campus, settings: NotifySettings, language: Language) -> int:
    failed = 0
    for reference in settings.to:
        trouble = send(reference, trial(campus.school.name, settings.language))
        failed += trouble is not None
        said = say(text("taken"), language) if trouble is None else say(trouble, language)
        sys.stdout.write(f"{'✓' if trouble is None else '✗'} {reference}: {said}\n")
    return 3 if failed else 0


def _send(parent: Path, settings: NotifySettings, language: Language) -> int:
    outbox = Outbox.load(parent, complaining(language))
    waiting = len(outbox.waiting)
    outbox, troubles = deliver(outbox, parent, settings.to, send, datetime.now(UTC))
    for trouble in troubles:
        sys.stderr.write(say(trouble, language) + "\n")
    told = text(
        "{sent} messages sent, {left} still waiting", sent=waiting - len(outbox.waiting), left=len(outbox.waiting)
    )
    sys.stdout.write(say(told, language) + "\n")
    return 3 if troubles else 0
