"""What every report is made from: an assessment, the raw output it rests on, and the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal

from probes.text import Text
from rules.assessment import Assessment, Interval
from rules.rubric import Heading

Language = Literal["zh", "en"]


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """How an earlier audit was judged, as a history remembers it.

    Attributes:
        at: when that audit began.
        indicators: points by indicator, so that the document of a section has a trend of its own; may be empty.
    """

    audit_id: str
    at: datetime
    proven: Decimal
    possible: Decimal
    total: Decimal
    indicators: Mapping[str, Interval] = field(default_factory=dict)


@dataclass(frozen=True)
class Edition:
    """One rendering of one audit.

    Attributes:
        raw: SHA-256 → raw output (secrets already struck out) that observations refer to.
        started_at, finished_at: of the audit; ``finished_at`` is ``None`` where it was cut short.
        problems: what is wrong with the bundle's files (altered, missing, cut in half).
        not_run: ``(probe, subject)`` of planned tasks of which the bundle holds nothing.
        section: limit the document to this section or category.
        trend: earlier audits of the same campus, the oldest first; the one reported is not among them.
        recalled: observations that an earlier audit made, by id, with that audit's.
        redacted: for publication: names and addresses have been replaced, raw output has been taken out.
    """

    assessment: Assessment
    audit_id: str
    version: str
    vantage: str
    started_at: datetime
    finished_at: datetime | None
    raw: Mapping[str, bytes] = field(default_factory=dict)
    problems: tuple[Text, ...] = ()
    not_run: tuple[tuple[str, str], ...] = ()
    language: Language = "zh"
    section: Heading | None = None
    trend: tuple[TrendPoint, ...] = ()
    redacted: bool = False
    recalled: Mapping[str, str] = field(default_factory=dict)
