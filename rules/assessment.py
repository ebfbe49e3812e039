"""What the judge says: findings with their reasons, and the score as an interval of points.

Sentences are ``Text`` values, so the judge stays free of languages; points are ``Decimal`` and never rounded here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from probes.campus import Campus
from probes.observation import Observation
from probes.text import Text
from rules.rubric import Criterion, Indicator, Rubric

ZERO = Decimal(0)


class Outcome(StrEnum):
    """How an indicator stands."""

    MET = "met"
    PARTLY = "partly"
    NOT_MET = "not_met"
    NOT_MEASURED = "not_measured"
    NOT_APPLICABLE = "not_applicable"
    CONFLICT = "conflict"


class Truth(StrEnum):
    """Whether a condition holds of one member, as far as the observations tell."""

    TRUE = "true"
    FALSE = "false"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Interval:
    """Points (or a reduced number) between what is proven and what is still possible; ``low <= high``."""

    low: Decimal
    high: Decimal

    @property
    def decided(self) -> bool:
        """Whether nothing is left open."""
        return self.low == self.high


@dataclass(frozen=True, slots=True)
class Verdict:
    """One member of a population judged: a classroom, a log source, a device.

    Attributes:
        member: the subject, such as ``place:A-301``; what a waiver names.
        label: how the inventory calls it.
        truth: whether the condition holds.
        shown: the value that decided, for people (``100 Mbit/s``), or why there is none.
        observations: ids of the observations used.
        conflict: two sources disagree about this member; then ``truth`` is unknown.
    """

    member: str
    label: str
    truth: Truth
    shown: Text
    observations: tuple[str, ...] = ()
    conflict: bool = False


@dataclass(frozen=True, slots=True)
class Next:
    """The nearest rung above what is proven: the points it adds to the indicator and what it takes."""

    gain: Decimal
    need: Text
    criterion: Criterion


@dataclass(frozen=True, slots=True)
class Part:
    """One criterion judged.

    Attributes:
        points: ``low`` proven, ``high`` possible.
        source: what the proven points rest on.
        why: sentences, the decisive one first.
        verdicts: the members, for tables in reports; empty where a number was reduced or people vouch.
        waived: members left out, with the waiver's own words or those of the inventory.
    """

    criterion: Criterion
    outcome: Outcome
    points: Interval
    source: str
    why: tuple[Text, ...]
    observations: tuple[str, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    waived: tuple[Text, ...] = ()
    next: Next | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One indicator judged; where it does not apply ``points`` is zero and ``why`` says the reason."""

    indicator: Indicator
    outcome: Outcome
    points: Interval
    why: tuple[Text, ...]
    observations: tuple[str, ...]
    next: Next | None
    parts: tuple[Part, ...] = ()
    attestation: Observation | None = None


@dataclass(frozen=True, slots=True)
class Score:
    """The sum of the findings.

    ``total`` is the rubric's points less what does not apply. Of ``proven``, ``attested`` rests on documents that
    people put forward and the rest on measurement.
    """

    proven: Decimal
    possible: Decimal
    total: Decimal
    pass_line: Decimal
    attested: Decimal


@dataclass(frozen=True, slots=True)
class Assessment:
    """Everything a report needs to know of the judgement."""

    rubric: Rubric
    campus: Campus
    now: datetime
    score: Score
    findings: tuple[Finding, ...]
    observations: Mapping[str, Observation]

    def finding(self, indicator_id: str) -> Finding:
        """The finding for an indicator; raises ``KeyError``."""
        return {one.indicator.id: one for one in self.findings}[indicator_id]
