"""``prune INVENTORY``: pack and remove old bundles, or only tell which."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

from auditor import inventory, retention
from auditor.complaints import complaining
from probes.text import Text, text
from reports.language import say


def run(options: argparse.Namespace) -> int:
    """Do as the inventory's ``[retention]`` says; exit code 3 where a bundle could not be packed or removed."""
    campus = inventory.load(Path(options.inventory))
    parent, language = Path(campus.audit.bundles), options.language
    writings = (Path(options.inventory), Path(campus.audit.attestations))
    fated = retention.fates(parent, campus, datetime.now(UTC), writings)
    for one in fated:
        word = _word(one)
        if word is not None:
            sys.stdout.write(f"{one.id}  {say(word, language)}\n")
    troubles: list[Text] = []
    if not options.dry_run:
        retention.carry_out(fated, parent, troubles.append)
    for trouble in troubles:
        complaining(language)(trouble)
    total = {fate: sum(one.fate == fate for one in fated) for fate in ("keep", "zip", "remove")}
    sentence = (
        text("nothing was touched; to stay {keep}, to be packed {zip}, to be removed {remove}", **total)
        if options.dry_run
        else text("{keep} stay, {zip} packed, {remove} removed", **total)
    )
    sys.stdout.write(say(sentence, language) + "\n")
    return 3 if troubles else 0


def _word(one: retention.Kept) -> Text | None:
    match one.fate:
        case "remove":
            return text("is removed")
        case "zip":
            return text("is packed")
        case _:
            return None if one.why is None else text("stays: {why}", why=one.why)
