"""The night from the timer's call to its end: not twice at once, not missed, and told where it fails."""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from auditor import after, inventory, stamp
from auditor.audit import STOPPED, Outcome, conduct, prepare
from auditor.complaints import Complain, complaining
from auditor.lock import LockError, alone
from auditor.window import Window
from probes.campus import Campus
from probes.errors import AuditorError
from probes.text import Text, text
from reports.edition import Edition, Language
from reports.language import say

Deliver = Callable[[Outcome], Edition]
"""Judges, reports and prints a finished audit."""


def run(options: argparse.Namespace, deliver: Deliver) -> int:
    """One night; returns the exit code of ``audit``."""
    path, language = Path(options.inventory), options.language
    complain = complaining(language)
    try:
        campus = inventory.load(path)
    except AuditorError as error:
        if not options.if_missed:
            _tell_last_known(path, error.text, complain)
        raise
    parent = Path(options.out) if options.out else Path(campus.audit.bundles)
    if options.if_missed and not stamp.is_missed(campus, datetime.now(UTC), stamp.load(parent)):
        return 0
    if options.delay:
        _wait(random.uniform(0, options.delay * 60), language)  # noqa: S311  spreads load, guards nothing
    taken = text("another audit --night is at work in {path}; let it finish", path=parent)
    try:
        with alone(parent / "nightly.lock", taken):
            return _night(options, path, campus, parent, deliver)
    except LockError:
        if options.if_missed:
            return 0
        raise


def _wait(seconds: float, language: Language) -> None:
    told = text("starting in {minutes} minutes, by chance", minutes=round(seconds / 60, 1))
    sys.stderr.write(say(told, language) + "\n")
    time.sleep(seconds)


def _night(options: argparse.Namespace, path: Path, campus: Campus, parent: Path, deliver: Deliver) -> int:
    complain, now = complaining(options.language), datetime.now(UTC)
    with stamp.stamped(parent, Window.of(campus).night(now), now) as run:
        try:
            only = [name for name in options.only.split(",") if name.strip()]
            brief = prepare(path, only, count_logs=options.count_logs)
            outcome = conduct(brief, Path(options.out) if options.out else None, options.language, night=True)
            run.bundle = outcome.bundle.name
            code = finish(outcome, deliver)
        except AuditorError as error:
            run.code, run.said = error.exit_code, error.text
            after.after_failure(campus.notify, parent, campus.school.name, error.text, complain)
            complain(error.text)
            return error.exit_code
        run.code, run.said = code, outcome.cut_short
        if outcome.cut_short is None:
            after.after_night(campus, path, outcome.bundle, complain)
        elif outcome.cut_short == STOPPED:
            # Stopped for a reboot, as a rule: it goes on as soon as the timer looks again.
            run.go_on()
        else:
            after.after_failure(campus.notify, parent, campus.school.name, outcome.cut_short, complain)
    return code


def finish(outcome: Outcome, deliver: Deliver) -> int:
    """Deliver an audit; 0 at or above the pass line, 1 below it, 3 when it was cut short."""
    judged = deliver(outcome)
    if outcome.cut_short is not None:
        return 3
    score = judged.assessment.score
    return 0 if score.proven >= score.pass_line else 1


def _tell_last_known(path: Path, why: Text, complain: Complain) -> None:
    """An inventory that was broken by an edit must not end the nights in silence."""
    known = after.last_settings(path)
    if known is not None:
        parent, campus = known
        after.after_failure(campus.notify, parent, campus.school.name, why, complain)
