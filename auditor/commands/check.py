"""``check INVENTORY``: every mistake at once; with ``--connect`` also whether the devices answer."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from auditor import attestations, inventory
from auditor.host_keys import host_keys_of
from auditor.present import moment
from probes.campus import Campus
from probes.observation import Status
from probes.text import text
from reports.edition import Language
from reports.language import say
from reports.wording import detail_of
from rules.load import load_rubric


def run(options: argparse.Namespace) -> int:
    """Print what the inventory holds and what is worth a second look; mistakes end it with code 2."""
    campus = inventory.load(Path(options.inventory))
    rubric = load_rubric(campus.audit.rubric)
    statements = attestations.load(Path(campus.audit.attestations), rubric, moment(None), "check")
    language: Language = options.language
    counted = text(
        "{file}: in order; {school}: {devices} devices, {places} places, {uplinks} uplinks, {logs} log sources, "
        "{services} services, {attestations} attestations",
        file=options.inventory,
        school=campus.school.name,
        devices=len(campus.device),
        places=len(campus.place),
        uplinks=len(campus.uplink),
        logs=len(campus.log_source),
        services=len(campus.service),
        attestations=len(statements),
    )
    sys.stdout.write(say(counted, language) + "\n")
    worth_saying = list(inventory.warnings(campus))
    worth_saying += [
        text("attestation {subject}: {detail}", subject=one.subject, detail=detail_of(one, language))
        for one in (statement.observation for statement in statements)
        if one.status is Status.UNAVAILABLE
    ]
    for warning in worth_saying:
        sys.stdout.write("- " + say(warning, language) + "\n")
    return _connect(campus, host_keys_of(Path(options.inventory)), language) if options.connect else 0


def _connect(campus: Campus, known_hosts: Path, language: Language) -> int:
    """Ask each device over each of its accesses; code 3 if any does not answer."""
    from auditor.connect import reachability  # noqa: PLC0415

    silent = 0
    for device, answer, reached in reachability(campus, known_hosts):
        silent += not reached
        sys.stdout.write(f"{'✓' if reached else '✗'} {device}: {say(answer, language)}\n")
    return 3 if silent else 0
