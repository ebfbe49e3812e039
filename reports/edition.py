"""What every report is made from: an assessment, the raw output it rests on, and the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal

from probes.text import Text
from rules.assessment import Assessment
from rules.rubric import Heading

Language = Literal["zh", "en"]


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """The score of one earlier audit: when it began, and the points proven and possible then."""

    on: datetime
    proven: Decimal
    possible: Decimal


@dataclass(frozen=True)
class Edition:
    """One rendering of one audit.

    Attributes:
        raw: SHA-256 → raw output (secrets already struck out) that observations refer to.
        started_at, finished_at: of the audit; ``finished_at`` is ``None`` where it was cut short.
        problems: what is wrong with the bundle's files (altered, missing, cut in half).
        not_run: ``(probe, subject)`` of planned tasks of which the bundle holds nothing.
        section: limit the document to this section or category.
        trend: the nights up to this audit, the oldest first; empty where there is no history.
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
