"""What signed markers say beside the records of a log: they support, or they contradict; they never pass it alone.

A marker proves one record of one day, and only of what it was sent by: a syslog marker says nothing of NAT records. So
a log passes by its records, and markers are weighed against that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from probes.kinds import Canary, LogCoverage
from probes.observation import Observation
from probes.text import Text, text
from rules.assessment import Truth
from rules.calendar import local_day
from rules.conditions import Judged

NAMED_DAYS = 8
AGREES = timedelta(days=2)
"""A marker may be stamped a day before its record, and a record be told by the day only."""


@dataclass(frozen=True)
class Window:
    """The days that have to be there: the first of them, and how many may be without their marker: UDP may lose one."""

    wanted: date
    tolerated: Decimal
    zone: str


def with_markers(judged: Judged, content: Observation, markers: Sequence[Observation], window: Window) -> Judged:
    """The verdict on a log's records, weighed against the markers found in it.

    Args:
        judged: the verdict without them.
        content: what was read of the records.
        markers: what was found of markers in the same log; the newest counts.
        window: the days that matter.
    """
    zone = window.zone
    found = [(one, one.value) for one in markers if isinstance(one.value, Canary)]
    if not found or not isinstance(content.value, LogCoverage):
        return judged
    newest, canary = max(found, key=lambda pair: pair[0].taken_at)
    read_on = local_day(content.taken_at, zone)
    gone = _gone(canary, content.value, window, read_on)
    oldest = None if canary.oldest is None else local_day(canary.oldest, zone)
    truth, conflict = judged.truth, judged.conflict
    if gone and not canary.unreadable_files:
        said = text("{verdict}; the markers sent on {days} are missing from it", verdict=judged.shown, days=_days(gone))
        if truth is Truth.TRUE and len(gone) > window.tolerated:
            truth, conflict = Truth.UNKNOWN, True
            said = text("conflict: {verdict}", verdict=said)
    elif oldest is None:
        said = _none_found(judged.shown, canary)
    elif content.value.oldest is not None and oldest + AGREES < local_day(content.value.oldest, zone):
        conflict = True
        said = text("conflict: {verdict}, but a signed marker of {day} is in it", verdict=judged.shown, day=str(oldest))
    else:
        said = text(
            "{verdict}; signed markers of {n} days, the oldest of {day}, are in it",
            verdict=judged.shown,
            n=canary.days_found,
            day=str(oldest),
        )
    return Judged(truth, said, (*judged.observations, newest.id), conflict=conflict)


def _gone(canary: Canary, content: LogCoverage, window: Window, read_on: date) -> list[date]:
    """Days whose marker should be there; those of which the records are missing as well are named by them."""
    begin = window.wanted
    if content.oldest is not None:
        begin = max(begin, local_day(content.oldest, window.zone) + timedelta(days=1))
    known = set(content.missing_days)
    return [day for day in sorted(canary.missing_days) if begin <= day < read_on and day not in known]


def _none_found(verdict: Text, canary: Canary) -> Text:
    if not canary.days_sent:
        return verdict
    return text(
        "{verdict}; none of the markers sent on {n} days is in it: does it record what they were sent to?",
        verdict=verdict,
        n=canary.days_sent,
    )


def _days(days: Sequence[date]) -> Text:
    shown = Text(", ".join(map(str, days[:NAMED_DAYS])))
    more = len(days) - NAMED_DAYS
    return shown if more <= 0 else text("{days} and {n} more days", days=shown, n=more)
