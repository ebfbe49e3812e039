"""The score from audit to audit, as a report draws it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from auditor.bundle_reader import Bundle
from auditor.history.store import History, iso
from probes.errors import AuditorError
from reports.edition import Edition, TrendPoint
from rules.assessment import Interval


def with_trend(edition: Edition, bundle: Bundle) -> Edition:
    """An edition with the trend of the audits before its own."""
    return replace(edition, trend=trend(bundle))


def trend(bundle: Bundle) -> tuple[TrendPoint, ...]:
    """The whole audits beside a bundle, earlier than it and under its rubric, the oldest first.

    Nothing where there is no history; a report is made whether or not it can be read.
    """
    history = History(bundle.path.parent)
    if not history.path.is_file():
        return ()
    try:
        rows, standings = history.scores(), history.standings()
    except AuditorError:
        return ()
    until = iso(datetime.fromisoformat(bundle.header.started_at))
    return tuple(
        TrendPoint(
            audit_id=row["id"],
            at=datetime.fromisoformat(row["began"]),
            proven=Decimal(row["proven"]),
            possible=Decimal(row["possible"]),
            total=Decimal(row["total"]),
            indicators={id_: Interval(*pair) for id_, pair in standings.get(row["id"], {}).items()},
        )
        for row in rows
        if row["whole"] and row["rubric_sha256"] == bundle.header.rubric_sha256 and row["began"] < until
    )
