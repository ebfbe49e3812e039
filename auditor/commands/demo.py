"""``demo``: a simulated campus on loopback, audited through the same code as a real one."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from auditor.audit import conduct, prepare
from auditor.commands.audit import deliver
from auditor.demo import PLANTED, start
from probes.text import text
from reports.language import say


def run(options: argparse.Namespace) -> int:
    """Run the demo; exit code 0 when it came to its end, whatever the score: the faults are planted on purpose."""
    out = Path(options.out)
    with start(out / "campus") as inventory:
        brief = prepare(inventory)
        begun = text(
            "auditing a simulated campus: {n} tasks, about {s} s",
            n=len(brief.plan.tasks),
            s=round(brief.plan.expected_s),
        )
        sys.stderr.write(say(begun, options.language) + "\n")
        outcome = conduct(brief, out, options.language)
    deliver(outcome, options)
    if not options.json:
        sys.stdout.write(say(text("planted on purpose, and to be found in the report:"), options.language) + "\n")
        sys.stdout.writelines(f"- {say(fault, options.language)}\n" for fault in PLANTED)
    return 0 if outcome.cut_short is None else 3
