"""What changed from night to night. Pure: nights in, changes out; the same history always tells the same.

One night is compared with what was last known of each thing, not simply with the night before: a test that was put off
because the line was busy says nothing, and an indicator that rests on it keeps its standing for some nights.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

from auditor.history.night import POSTPONED, Expiry, Night, Standing
from probes.observation import Reason

PATIENCE = 7
"""After so many nights in a row, *not tonight* is told as *no longer proven*."""

SIGNATURE_NOTICE_DAYS = 10
"""Signatures live for a month in all, so that a notice a month ahead would never end."""


@dataclass(frozen=True, slots=True)
class Moved:
    """An indicator's proven points rose or fell."""

    indicator: str
    before: Decimal
    after: Decimal

    @property
    def gain(self) -> Decimal:
        """Points won; negative where points were lost."""
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class Silent:
    """A probe sees nothing any more of a thing of which it saw something before."""

    probe: str
    subject: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class Expiring:
    """Something has come within a number of days of its end."""

    expiry: Expiry
    days_left: int


Change = Moved | Silent | Expiring


@dataclass(frozen=True)
class Known:
    """What was last known, and what has been told of it already.

    Attributes:
        proven: points of each indicator as they were last told.
        waited: for how many nights in a row an indicator was put off.
        seen: whether a probe saw something of a thing at its last look.
        told: for each expiry the numbers of days at which it was told.
    """

    rubric_sha256: str = ""
    proven: Mapping[str, Decimal] = field(default_factory=dict)
    waited: Mapping[str, int] = field(default_factory=dict)
    seen: Mapping[tuple[str, str], bool] = field(default_factory=dict)
    told: Mapping[tuple[str, str], frozenset[int]] = field(default_factory=dict)


def changes(
    nights: Iterable[Night], after: str | None, before_days: Iterable[int], timezone: str
) -> tuple[Change, ...]:
    """What changed in the nights after one, taken together.

    Args:
        nights: the whole history, the oldest first; only whole measuring nights count.
        after: the id of the last night of which was told; ``None`` tells of the last night alone.
        before_days: how long before its end something is told.
        timezone: the school's.
    """
    counting = [one for one in nights if one.night is not None and one.whole]
    zone, thresholds = ZoneInfo(timezone), sorted(set(before_days))
    known, found, telling = Known(), list[Change](), False
    last = counting[-1].id if counting else None
    # A night that retention took away meanwhile must not make everything after it news.
    start = after if any(one.id == after for one in counting) else None
    for night in counting:
        known, new = _step(known, night, thresholds, zone)
        if telling or (start is None and night.id == last):
            found += new
        telling = telling or night.id == start
    return tuple(_netted(found, known))


def _step(known: Known, night: Night, thresholds: list[int], zone: ZoneInfo) -> tuple[Known, list[Change]]:
    first = not known.rubric_sha256
    found: list[Change] = []
    if known.rubric_sha256 != night.rubric_sha256:
        # Points under another rubric are no rise and no fall.
        known = replace(known, rubric_sha256=night.rubric_sha256, proven={}, waited={})
    proven, waited = dict(known.proven), dict(known.waited)
    for standing in night.standings:
        change = _moved(standing, proven, waited)
        if change is not None:
            found.append(change)
    seen = dict(known.seen)
    for look in night.looks:
        if look.reason in POSTPONED:
            continue
        key = (look.probe, look.subject)
        if look.reason is not None and seen.get(key):
            found.append(Silent(look.probe, look.subject, look.reason))
        seen[key] = look.reason is None
    today = (night.ended or night.began).astimezone(zone).date()
    told: dict[tuple[str, str], frozenset[int]] = {}
    for expiry in night.expiries:
        key = (expiry.what, expiry.subject)
        told[key], expiring = _expiring(expiry, today, thresholds, known.told.get(key, frozenset()), first=first)
        if expiring is not None:
            found.append(expiring)
    # What could not be looked at tonight keeps what was told of it, so that it is not told again when it answers.
    return replace(known, proven=proven, waited=waited, seen=seen, told={**known.told, **told}), found


def _moved(standing: Standing, proven: dict[str, Decimal], waited: dict[str, int]) -> Moved | None:
    """Bring one indicator up to date; returns the change, if there is one to tell."""
    id_, before = standing.indicator, proven.get(standing.indicator)
    if before is None or standing.proven >= before:
        waited.pop(id_, None)
    elif standing.postponed and standing.possible >= before and waited.get(id_, 0) + 1 < PATIENCE:
        waited[id_] = waited.get(id_, 0) + 1
        return None
    proven[id_] = standing.proven
    waited.pop(id_, None)
    return None if before is None or standing.proven == before else Moved(id_, before, standing.proven)


def _expiring(
    expiry: Expiry, today: date, thresholds: list[int], told: frozenset[int], *, first: bool
) -> tuple[frozenset[int], Expiring | None]:
    """What has been told of an expiry after tonight, and what is to be told.

    A threshold is told when it is crossed, and armed again once the thing was renewed. What had ended long before the
    first night is no news.
    """
    left = (expiry.on - today).days
    counting = [n for n in thresholds if expiry.what != "signature" or n <= SIGNATURE_NOTICE_DAYS]
    crossed = frozenset(n for n in counting if left <= n)
    new = crossed - told
    ended_before = first and left < 0
    return crossed, Expiring(expiry, left) if new and not ended_before else None


def _netted(found: list[Change], known: Known) -> Iterator[Change]:
    """Several nights taken together: what went and came back is no news, what was told twice is told once."""
    moved: dict[str, Moved] = {}
    silent: dict[tuple[str, str], Silent] = {}
    expiring: dict[tuple[str, str], Expiring] = {}
    for change in found:
        match change:
            case Moved(indicator=id_, before=before, after=after):
                moved[id_] = Moved(id_, moved[id_].before if id_ in moved else before, after)
            case Silent(probe=probe, subject=subject):
                silent[probe, subject] = change
            case Expiring(expiry=expiry):
                expiring[expiry.what, expiry.subject] = change
    yield from sorted((one for one in moved.values() if one.gain), key=lambda one: (one.gain, one.indicator))
    yield from (one for key, one in silent.items() if not known.seen.get(key))
    yield from sorted(expiring.values(), key=lambda one: (one.days_left, one.expiry.what, one.expiry.subject))
