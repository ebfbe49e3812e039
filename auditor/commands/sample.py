"""``sample INVENTORY``: read the uplinks' counters once; for a timer that runs every 5 minutes."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

from auditor import inventory, samples
from auditor.connect import Doorstep
from probes.text import text
from probes.uplinks.samples import Sample
from reports.language import say


def run(options: argparse.Namespace) -> int:
    """Read and keep; exit code 3 where not one uplink could be read."""
    campus = inventory.load(Path(options.inventory))
    answers = asyncio.run(samples.take(Doorstep(campus)))
    read = [answer for _, answer in answers if isinstance(answer, Sample)]
    for uplink, answer in answers:
        if not isinstance(answer, Sample):
            sys.stderr.write(say(text("uplink {uplink}: {why}", uplink=uplink.id, why=answer), options.language) + "\n")
    if not answers:
        sys.stderr.write(say(text("no uplink in the inventory names a port"), options.language) + "\n")
    if not read:
        return 3
    path = samples.keep(campus, read)
    told = text("{n} of {total} uplinks read into {path}", n=len(read), total=len(answers), path=path)
    sys.stdout.write(say(told, options.language) + "\n")
    return 0
