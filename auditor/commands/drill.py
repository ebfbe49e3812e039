"""``drill INVENTORY``: the trace drills now, without the rest of an audit; one sentence or JSON line each."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from auditor import inventory
from auditor.bundle import BundleWriter
from auditor.plan import Task, make_plan
from auditor.progress import Silence
from auditor.redact import Redactor
from auditor.runner import Runner
from auditor.world import AuditWorld
from probes.campus import Drill
from probes.kinds import Trace
from probes.observation import Observation
from probes.probe import all_probes
from probes.text import Text, text
from reports.edition import Language
from reports.language import say
from reports.names import fields_in_words
from reports.wording import detail_of


class _Teller(Silence):
    """Says what is sent, and what came of it."""

    def __init__(self, language: Language, *, as_json: bool) -> None:
        self.language = language
        self.as_json = as_json
        self.seen: list[Observation] = []

    def started(self, task: Task) -> None:
        """Say that it begins."""
        minutes = task.target.within_minutes if isinstance(task.target, Drill) else 0
        begun = text("{subject}: looking for the marked request, {n} minutes at most", subject=task.subject, n=minutes)
        sys.stderr.write(say(begun, self.language) + "\n")

    def saw(self, task: Task, observation: Observation) -> None:
        """Print it."""
        self.seen.append(observation)
        if self.as_json:
            sys.stdout.write(observation.model_dump_json() + "\n")
        else:
            told = text("{what}: {seen}", what=task.subject, seen=_told(observation, self.language))
            sys.stdout.write(say(told, self.language) + "\n")
        sys.stdout.flush()


def run(options: argparse.Namespace) -> int:
    """Exit code 0 when every marked request was found in time, 1 when one was not, 3 when one could not be looked for.

    A drill that is stopped or killed goes on at the next call: its request is not sent again.
    """
    campus = inventory.load(Path(options.inventory))
    if not campus.drill:
        sys.stderr.write(say(text("the inventory names no drill; add a [[drill]]"), options.language) + "\n")
        return 2
    subject = None if options.id is None else f"drill:{options.id}"
    plan = make_plan(campus, all_probes(), only=["trace"], subject=subject)
    redactor, teller = Redactor(), _Teller(options.language, as_json=options.json)
    with tempfile.TemporaryDirectory(prefix="campus-auditor-") as scratch:
        writer = BundleWriter.create(Path(scratch), datetime.now(UTC), redactor)
        try:
            asyncio.run(Runner(plan, AuditWorld(campus, writer, redactor), writer, teller).run())
        finally:
            writer.close()
    values = [one.value for one in teller.seen]
    if not all(isinstance(value, Trace) for value in values):
        return 3
    return 0 if all(isinstance(value, Trace) and value.found for value in values) else 1


def _told(observation: Observation, language: Language) -> Text:
    value = observation.value
    if not isinstance(value, Trace):
        return text("not done: {why}", why=detail_of(observation, language))
    if not value.found:
        return text("not found in {source} within the time", source=value.log_source)
    return text(
        "found in {source} after {seconds} s, with {fields}",
        source=value.log_source,
        seconds=value.delay_s,
        fields=fields_in_words(value.fields),
    )
