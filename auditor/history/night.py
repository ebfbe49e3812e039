"""What the history remembers of one audit: a small plain value that a program of another version can read."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, PlainSerializer

from probes.observation import Reason

POSTPONED = frozenset({Reason.OUTSIDE_WINDOW, Reason.LINK_BUSY, Reason.OVER_BUDGET, Reason.BUSY, Reason.INTERRUPTED})
"""Reasons that say *not tonight* and nothing about the thing itself."""

Points = Annotated[Decimal, PlainSerializer(str, return_type=str)]


class Row(BaseModel):
    """A part of a record. Frozen; a key that is not known is left out, for a newer version may have written it."""

    model_config = ConfigDict(frozen=True, extra="ignore")


What = Literal["certificate", "licence", "signature", "survey", "attestation", "waiver"]


class Expiry(Row):
    """Something that counts until a day.

    Attributes:
        what: what kind of thing.
        subject: ``service:portal``, a device, an indicator, …; for a safeguard with the function after a blank.
        on: the last day on which it counts, in the school's time zone.
    """

    what: What
    subject: str
    on: date


class Standing(Row):
    """How one indicator stood.

    Attributes:
        postponed: looks that it rests on were put off that night, so that what is missing says nothing.
    """

    indicator: str
    outcome: str
    points: Points
    proven: Points
    possible: Points
    postponed: bool = False


class Look(Row):
    """A probe pointed at one thing, and why it saw nothing there (``None`` where it did)."""

    probe: str
    subject: str
    reason: Reason | None = None


class Night(Row):
    """One audit as the history remembers it.

    Attributes:
        id: of the bundle, which is also its name.
        night: the date of the measuring night; ``None`` for an audit by hand.
        whole: it came to its end and was not limited to some probes.
        rubric_sha256: of the rubric it was judged by; points under different rubrics are not compared.
        looks: each probe at each thing, the best that came of it.
    """

    id: str
    began: AwareDatetime
    ended: AwareDatetime | None
    night: date | None
    whole: bool
    rubric: str
    rubric_sha256: str
    proven: Points
    possible: Points
    total: Points
    pass_line: Points
    standings: tuple[Standing, ...]
    looks: tuple[Look, ...]
    expiries: tuple[Expiry, ...]

    def standing(self, indicator: str) -> Standing | None:
        """How an indicator stood, or ``None`` where the rubric has no such indicator."""
        return next((one for one in self.standings if one.indicator == indicator), None)
