"""What the points of a survey heard of us at a place, each as much as any other; a percentage is no signal strength."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from operator import itemgetter

from probes.kinds import Radio, SurveyPoint
from probes.observation import Observation
from rules.wifi_map.floors import BANDS, BEST, square_of

NOTHING_DBM = -1000.0
"""Stands for what was not heard; no median with it among its middle is a signal (``WEAKEST_DBM``)."""
WEAKEST_DBM = -200.0

Key = tuple[str, int] | None
"""A point: its survey, and its number there; ``None`` for what is of no survey."""
Scan = int | datetime
"""One scan of a point: its number there, else when it was made."""
Level = tuple[float, float | None]
"""The strongest of ours that a scan heard, and the noise beside it; both in dBm."""


@dataclass(frozen=True, slots=True)
class Point:
    """What one spot heard of us; several points there are one, measured more often.

    Attributes:
        scans: how many were made.
        heard: of each scan that heard us the strongest; ``None`` where it only told percentages.
        needed: how many scans a point takes.
    """

    scans: int
    heard: Sequence[Level | None]
    needed: int = 1

    @property
    def unheard(self) -> int:
        """How many scans heard nothing of us."""
        return max(self.scans - len(self.heard), 0)

    @property
    def share(self) -> Fraction:
        """What one of its scans weighs: whole points weigh alike, so that more scans at the best one gain nothing."""
        return Fraction(1, max(len(self.heard) + self.unheard, self.needed))


def points_of(observations: Sequence[Observation], needed: int) -> tuple[bool, Sequence[Point]]:
    """Whether there was a survey, and its points; without one, all that was heard as if at one point.

    A radio beside a survey that is of none of its points says nothing.
    """
    told: dict[Key, SurveyPoint] = {}
    somewhere: dict[Key, Radio] = {}
    heard: dict[Key, dict[Scan, Level | None]] = defaultdict(dict)
    for one in observations:
        value = one.value
        if isinstance(value, SurveyPoint):
            told[value.survey, value.point] = value
        elif isinstance(value, Radio) and value.own:
            key = (value.survey, value.point) if value.survey and value.point is not None else None
            somewhere |= {} if key is None else {key: value}
            scan = one.taken_at if value.scan is None else value.scan
            level = None if value.rssi_dbm is None else (value.rssi_dbm, value.noise_dbm)
            # One scan hears several of our radios; a device uses the best.
            heard[key][scan] = _better(heard[key].get(scan), level)
    if not told and not somewhere:
        return False, [Point(len(levels), tuple(levels.values())) for levels in heard.values()]
    spots: dict[tuple[object, ...], list[Key]] = defaultdict(list)
    for key, where in (told or somewhere).items():
        spots[_spot(where)].append(key)
    scans = {key: told[key].scans if told else len(heard[key]) for key in told or somewhere}
    return True, [
        Point(sum(scans[key] for key in keys), [level for key in keys for level in heard[key].values()], needed)
        for keys in spots.values()
    ]


def _better(one: Level | None, other: Level | None) -> Level | None:
    if one is None or other is None:
        return other if one is None else one
    return max(one, other, key=itemgetter(0))


def _spot(value: Radio | SurveyPoint) -> tuple[object, ...]:
    """Where a point is, as far as it tells, else its number: who scans twice from one chair has been at one point."""
    if value.x_m is None or value.y_m is None:
        return value.survey, value.point
    return value.floor, *square_of(value.x_m, value.y_m)


def medians(observations: Sequence[Observation], scans: int = 1) -> Mapping[str, float]:
    """What a survey heard of us at a place, as it is judged: dBm by band, and of whatever band under ``BEST``.

    A band that most scans did not hear, or that only percentages tell of, is left out. ``scans`` is how many a point
    takes.
    """
    found = {}
    for band in (BEST, *BANDS):
        of_band = [
            one for one in observations if not isinstance(one.value, Radio) or band in {BEST, one.value.band_ghz}
        ]
        _, points = points_of(of_band, scans)
        middle = median(known(points)) if any(level for one in points for level in one.heard) else None
        if middle is not None and middle >= WEAKEST_DBM:
            found[band] = middle
    return found


def known(points: Sequence[Point]) -> list[tuple[float, Fraction]]:
    """The strongest of each scan with its weight; what was not heard is weaker than anything."""
    heard = [(level[0], one.share) for one in points for level in one.heard if level is not None]
    return heard + [(NOTHING_DBM, one.unheard * one.share) for one in points if one.unheard]


def median(weighed: Sequence[tuple[float, Fraction]]) -> float:
    """The median of values with weights; between two values that share the middle, their mean."""
    ordered = sorted(weighed)
    half, passed = sum(weight for _, weight in ordered) / 2, Fraction(0)
    for n, (value, weight) in enumerate(ordered):
        passed += weight
        if passed == half:
            return (value + ordered[n + 1][0]) / 2
        if passed > half:
            return value
    raise ValueError(weighed)
