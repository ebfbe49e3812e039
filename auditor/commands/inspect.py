"""``inspect``: audit an unknown network from a laptop, and name the credentials that would earn the most."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from auditor.audit import Brief, explore
from auditor.bundle_reader import open_bundle
from auditor.commands.audit import deliver
from auditor.discovered import grown
from auditor.earning import Earning, earnings
from auditor.overview import overview
from auditor.plan import make_plan
from auditor.present import moment
from auditor.scouting import HOSTS, scout
from probes.observation import Observation
from probes.probe import all_probes
from probes.text import text
from reports.language import say
from reports.wording import points


def run(options: argparse.Namespace) -> int:
    """Search, audit what was found, and report; exit code 0 when it came to its end, 3 when it was cut short."""
    moment(options.now)  # a mistake in the time must show before minutes of searching, not after
    search = scout(options, Path(options.out), options.language)
    others = [name for name in all_probes() if name != HOSTS]

    def grow(seen: Sequence[Observation]) -> Brief:
        campus = grown(search.brief.campus, seen)
        return replace(search.brief, campus=campus, plan=make_plan(campus, all_probes(), only=others))

    outcome = explore(search.brief, grow, search.bundles, options.language)
    shown = argparse.Namespace(**{**vars(options), "json": False})
    if not options.json:
        sys.stdout.writelines(say(line, options.language) + "\n" for line in overview(open_bundle(outcome.bundle)))
    judged = deliver(outcome, options if options.json else shown, now=options.now)
    observations = open_bundle(outcome.bundle).observations
    _tell(earnings(judged.assessment, all_probes(), observations), options)
    return 0 if outcome.cut_short is None else 3


def _tell(found: Sequence[Earning], options: argparse.Namespace) -> None:
    """The credentials that would help most; on stderr where stdout is one JSON document."""
    out = sys.stderr if options.json else sys.stdout
    if not found:
        return
    out.write(
        say(text("credentials that would earn the most further points, by the judge's own count:"), options.language)
        + "\n"
    )
    for one in found:
        out.write(f"  +{points(one.points)}  {say(one.sentence, options.language)}\n")
