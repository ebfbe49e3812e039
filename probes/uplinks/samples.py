"""The readings of uplink counters that ``campus-auditor sample`` collects, and what they say about a day. Pure.

One reading is one line of JSON in ``samples.jsonl`` in the bundles' directory::

    {"at": "2026-11-23T04:05:00Z", "uplink": "main", "in_octets": 1, "out_octets": 2, "speed_mbps": 1000.0}
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from math import fsum
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from probes.kinds import UplinkLoad
from probes.uplinks.counters import LONG, octets_between

FILE = "samples.jsonl"
DAY = timedelta(days=1)
KEPT = 8 * DAY

LONGEST = timedelta(minutes=15)
"""Readings further apart say nothing about a peak."""

SHORTEST = timedelta(seconds=60)
"""Readings closer together say nothing either, for agents refresh their counters only every 5 to 30 s."""

AHEAD = timedelta(minutes=1)
TOLERANCE = 1.6
"""More than so many times the port's speed is no traffic but a counter set back. Below lies what a refresh of 30 s
within 60 s makes of a full line."""

FASTEST_MBPS = 1_600_000

Octets = Annotated[int, Field(ge=0, lt=1 << LONG)]


class Sample(BaseModel):
    """One reading of one uplink's 64-bit counters."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    at: AwareDatetime
    uplink: str
    in_octets: Octets
    out_octets: Octets
    speed_mbps: Annotated[float, Field(gt=0)] | None = None


@dataclass(frozen=True, slots=True)
class Interval:
    """What went by between two readings."""

    seconds: float
    in_mbps: float
    out_mbps: float
    speed_mbps: float | None


def parse(lines: Iterable[bytes]) -> Iterator[Sample]:
    """The readings in lines of JSON; what is damaged is left out."""
    for line in lines:
        try:
            yield Sample.model_validate_json(line)
        except ValidationError:
            continue


def of_day(samples: Iterable[Sample], uplink: str, now: datetime) -> list[Sample]:
    """The readings of an uplink in the 24 hours before ``now``, in order."""
    own = {one.at: one for one in samples if one.uplink == uplink and now - DAY <= one.at <= now + AHEAD}
    return [own[at] for at in sorted(own)]


def intervals(samples: Sequence[Sample]) -> list[Interval]:
    """What went by between readings in a row; gaps, and counters that were set back, are not counted."""
    return [one for before, after in pairwise(_spaced(samples)) if (one := _interval(before, after)) is not None]


def _spaced(samples: Sequence[Sample]) -> Iterator[Sample]:
    """The readings without those that follow too soon."""
    last: Sample | None = None
    for one in samples:
        if last is None or one.at - last.at >= SHORTEST:
            last = one
            yield one


def _interval(before: Sample, after: Sample) -> Interval | None:
    passed = after.at - before.at
    if passed > LONGEST:
        return None
    seconds = passed.total_seconds()
    in_mbps = octets_between(before.in_octets, after.in_octets) * 8 / 1e6 / seconds
    out_mbps = octets_between(before.out_octets, after.out_octets) * 8 / 1e6 / seconds
    # A line that was renegotiated in between was at most as fast as the faster of both.
    speed = max((one for one in (before.speed_mbps, after.speed_mbps) if one is not None), default=None)
    if max(in_mbps, out_mbps) > TOLERANCE * (speed or FASTEST_MBPS):
        return None
    return Interval(seconds, in_mbps, out_mbps, speed)


def load_of(counted: Sequence[Interval]) -> UplinkLoad:
    """What a day's intervals, of which there is at least one, say together."""
    seconds = fsum(one.seconds for one in counted)
    shares = [max(one.in_mbps, one.out_mbps) / one.speed_mbps for one in counted if one.speed_mbps]
    return UplinkLoad(
        peak_in_mbps=round(max(one.in_mbps for one in counted), 3),
        peak_out_mbps=round(max(one.out_mbps for one in counted), 3),
        mean_in_mbps=round(fsum(one.in_mbps * one.seconds for one in counted) / seconds, 3),
        mean_out_mbps=round(fsum(one.out_mbps * one.seconds for one in counted) / seconds, 3),
        speed_mbps=counted[-1].speed_mbps,
        peak_share=round(min(max(shares), 1.0), 4) if shares else None,
        hours_covered=round(seconds / 3600, 2),
    )
