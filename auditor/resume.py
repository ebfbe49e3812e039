"""Going on with a night that was interrupted: the bundle to go on in, and what the night has moved so far."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from auditor.bundle import BundleError, Header, Planned
from auditor.bundle_reader import Bundle, open_bundle

NIGHT = "night.jsonl"


def unfinished(parent: Path, header: Header, inventory: str, plan: Sequence[Planned], since: datetime) -> Bundle | None:
    """The newest bundle under ``parent`` that the same night's audit left unfinished, or ``None``.

    Args:
        parent: where the bundles are.
        header: what a new bundle's would be; version, rubric and school have to be the same.
        inventory: the snapshot, which has to be the same.
        plan: likewise.
        since: it must not have begun before.
    """
    found = [bundle for path in parent.glob(f"*/{NIGHT}") if (bundle := _cut_short(path.parent)) is not None]
    same = [
        bundle
        for bundle in found
        if _key(bundle.header) == _key(header)
        and bundle.inventory == inventory
        and _planned(bundle.path) == list(plan)
        and datetime.fromisoformat(bundle.header.started_at) >= since
    ]
    return max(same, key=lambda bundle: (bundle.header.started_at, bundle.path.name), default=None)


def _cut_short(path: Path) -> Bundle | None:
    if (path / "manifest.json").exists():
        return None
    try:
        bundle = open_bundle(path)
        dated = datetime.fromisoformat(bundle.header.started_at).tzinfo is not None
    except (BundleError, ValueError):
        return None
    return bundle if dated and bundle.path == path else None


def _key(header: Header) -> Sequence[object]:
    return header.version, header.format, header.school, header.rubric_sha256


def _planned(path: Path) -> Sequence[Planned] | None:
    try:
        return [Planned(**task) for task in json.loads((path / "plan.json").read_bytes())]
    except (OSError, ValueError, TypeError):
        return None


def spent_mb(parent: Path, night: date) -> float:
    """What the tests begun in a night have moved, or might have, over all bundles under ``parent``."""
    spent = 0.0
    for path in parent.glob(f"*/{NIGHT}"):
        events = list(_events(path))
        if events and events[0].get("night") == night.isoformat():
            spent += sum(_mb(event, "expected_mb") for event in events)
            spent += sum(_mb(event, "moved_mb") - _mb(event, "instead_of_mb") for event in events)
    return spent


def _mb(event: Mapping[str, Any], name: str) -> float:
    mb = event.get(name)
    return mb if isinstance(mb, int | float) else 0.0


def _events(path: Path) -> Iterator[Mapping[str, Any]]:
    """The lines that are whole."""
    try:
        lines = path.read_bytes().splitlines()
    except OSError:
        return
    for line in lines:
        try:
            event = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(event, dict):
            yield event
