"""``init``: a commented inventory from what is found on the network, or from the bundle of an earlier ``inspect``."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from auditor import inventory
from auditor.audit import explore
from auditor.bundle_reader import open_bundle
from auditor.discovered import grown
from auditor.draft import draft
from auditor.present import QuestionError, write_report
from auditor.scouting import scout
from probes.campus import Campus
from probes.text import text
from reports.language import say


def run(options: argparse.Namespace) -> int:
    """Write the inventory; never over one that is there."""
    target = Path(options.to)
    if target.exists():
        raise QuestionError(
            text("{path} is there already and is not written over: name another file with --to", path=target)
        )
    campus = _from_bundle(Path(options.bundle)) if options.bundle else _from_network(options)
    if campus is None:
        return 3
    write_report(draft(campus), target)
    told = text(
        "{path}: {devices} devices, {services} systems, {cameras} cameras; read it, fill it in, then run: "
        "campus-auditor check {path}",
        path=target,
        devices=len(campus.device),
        services=len(campus.service),
        cameras=len(campus.camera),
    )
    sys.stdout.write(say(told, options.language) + "\n")
    return 0


def _from_bundle(path: Path) -> Campus:
    bundle = open_bundle(path)
    campus = inventory.restore(bundle.inventory)
    return grown(campus, bundle.observations) if not campus.device else campus


def _from_network(options: argparse.Namespace) -> Campus | None:
    """Search as ``inspect`` does, into a bundle that nobody keeps."""
    with tempfile.TemporaryDirectory(prefix="campus-auditor-") as scratch:
        search = scout(options, Path(scratch), options.language)
        outcome = explore(search.brief, None, search.bundles, options.language)
        if outcome.cut_short is not None:
            sys.stderr.write(say(outcome.cut_short, options.language) + "\n")
            return None
        return grown(search.brief.campus, open_bundle(outcome.bundle).observations)
