"""``probe NAME``: one probe, its observations as JSON lines on stdout as they come."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from auditor import inventory
from auditor.bundle import BundleError, BundleWriter
from auditor.host_keys import host_keys_of
from auditor.plan import Plan, Task, make_plan
from auditor.progress import Silence
from auditor.redact import Redactor
from auditor.runner import Runner
from auditor.world import AuditWorld
from probes.observation import Observation
from probes.probe import all_probes
from probes.text import text
from probes.transport.known_hosts import KnownHosts
from probes.trouble import said_by
from reports.language import say


class _JsonLines(Silence):
    """Prints every observation at once."""

    def saw(self, task: Task, observation: Observation) -> None:  # noqa: ARG002  the watcher's signature
        """Print it."""
        try:
            sys.stdout.write(observation.model_dump_json() + "\n")
            sys.stdout.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            raise BundleError(text("cannot write the result: {error}", error=said_by(error))) from error


def run(options: argparse.Namespace) -> int:
    """Run the probe through the same runner as an audit; nothing is kept."""
    campus = inventory.load(Path(options.inventory))
    if options.count_logs:
        campus = inventory.counting_logs(campus)
    plan: Plan = make_plan(campus, all_probes(), only=[options.name], subject=options.subject)
    if not plan.tasks:
        nothing = text("the inventory names nothing that the probe “{name}” could look at", name=options.name)
        sys.stderr.write(say(nothing, options.language) + "\n")
        return 0
    redactor, known_hosts = Redactor(), KnownHosts(host_keys_of(Path(options.inventory)))
    with tempfile.TemporaryDirectory(prefix="campus-auditor-") as scratch:
        writer = BundleWriter.create(Path(scratch), datetime.now(UTC), redactor)
        try:
            world = AuditWorld(campus, writer, redactor, known_hosts)
            asyncio.run(Runner(plan, world, writer, _JsonLines()).run())
        finally:
            writer.close()
    return 0
