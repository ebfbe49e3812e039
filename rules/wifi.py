"""Whether a place is covered (1.1.2): what a survey heard there, held against the limits that the rubric gives.

The rubric names how strong the signal has to be in rooms and in large places, how clear, and how much of a survey it
takes. A scan in which our own network was not heard counts as weaker than anything; a percentage is no signal strength.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from operator import itemgetter

from probes.campus import Campus, subject_of
from probes.kinds import Radio, SurveyPoint
from probes.observation import Observation
from probes.text import Text, text
from rules.access_points import Gone
from rules.assessment import Truth
from rules.conditions import Judged, Question
from rules.rubric import Rubric
from rules.wifi_map.floors import BANDS, BEST, square_of

TEST = "wifi_covered"
NUMBERS = ("room_dbm", "wide_dbm", "snr_db", "points", "scans")
WORDS = ("wide_places",)
OPTIONAL = ("ap_online",)

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
class _Point:
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


@dataclass(frozen=True, slots=True)
class Asked:
    """What the rubric asks of coverage.

    Attributes:
        room_dbm, wide_dbm: of the median of the strongest own signal, in rooms and in ``wide_places``.
        snr_db: of its distance from the noise, where drivers tell.
        points, scans: how many points a survey needs in each place, and scans at each.
        ap_online: the share of all access points without which no survey holds any more; 0 where nothing is asked.
    """

    room_dbm: float
    wide_dbm: float
    snr_db: float
    points: int
    scans: int
    wide_places: frozenset[str]
    ap_online: float = 0.0

    def at(self, campus: Campus, subject: str) -> float:
        """What is asked at a place, by its kind."""
        kind = next((place.kind for place in campus.place if subject_of(place) == subject), None)
        return self.wide_dbm if kind in self.wide_places else self.room_dbm


def asked(limits: Mapping[str, Decimal | tuple[str, ...]]) -> Asked | None:
    """The limits of a condition; ``None`` where one is missing, which ``lint`` says."""
    numbers = [limits.get(name) for name in NUMBERS]
    wide = limits.get("wide_places")
    if not isinstance(wide, tuple) or not all(isinstance(one, Decimal) for one in numbers):
        return None
    room, large, snr, points, scans = (float(one) for one in numbers if isinstance(one, Decimal))
    online = limits.get("ap_online")
    share = float(online) if isinstance(online, Decimal) else 0.0
    return Asked(room, large, snr, int(points), int(scans), frozenset(wide), share)


def asked_by(rubric: Rubric) -> Asked | None:
    """What a rubric asks of coverage; ``None`` if it asks nothing."""
    conditions = (
        condition
        for indicator in rubric.indicator
        for criterion in indicator.criterion
        if criterion.fact is not None
        for condition in criterion.fact.conditions
        if condition.test == TEST
    )
    return next((asked(one.limits) for one in conditions), None)


def wifi_covered(observations: Sequence[Observation], question: Question) -> Judged:
    """The median over all scans of the strongest own signal is good enough for this kind of place; SNR where known.

    A survey with fewer points or scans than the rubric asks proves nothing. What names no survey was not made by ours,
    does not tell its points, and is judged by the moments at which it was taken.
    """
    limits = asked(question.limits)
    # A point's own observation holds its scans as raw evidence; hundreds of radios beside it would hide the rest.
    walked = tuple(one.id for one in observations if isinstance(one.value, SurveyPoint))
    ids = walked or tuple(one.id for one in observations)
    if limits is None:
        return Judged(Truth.UNKNOWN, text("the rubric gives no limits"), ids)
    surveyed, points = _points(observations, limits.scans)
    lacking = _too_little(points, limits) if surveyed else None
    if lacking is not None:
        once = text("{shown}; points at one spot count once", shown=lacking)
        return Judged(Truth.UNKNOWN, once if len(points) < len(walked) else lacking, ids)
    if not any(one.heard for one in points):
        return _silent(observations, ids)
    if all(level is None for one in points for level in one.heard):
        shown = text("only percentages were told, which are no signal strength: survey with another system or card")
        return Judged(Truth.UNKNOWN, shown, ids)
    held = _held(points, limits.at(question.campus, question.member), limits, ids)
    return _reopened(held, observations, question, limits) if held.truth is Truth.TRUE else held


def _reopened(held: Judged, observations: Sequence[Observation], question: Question, limits: Asked) -> Judged:
    """What a survey proved, unless the access points are no longer what they were: then nobody knows any more."""
    walked = max(one.taken_at for one in observations)
    place = next((one for one in question.campus.place if subject_of(one) == question.member), None)
    gone = [] if place is None else list(question.air.gone(place, question.campus, walked))
    share = question.air.online(walked)
    if gone:
        return Judged(
            Truth.UNKNOWN, _fallen(held.shown, gone), _beside(held, [id_ for one in gone for id_ in one.evidence])
        )
    if share is not None and share.ratio < limits.ap_online:
        shown = text(
            "{shown}, but only {n} of {total} access points are online now: bring the others back, or take them out of"
            " their controller and then survey again",
            shown=held.shown,
            n=share.online,
            total=share.total,
        )
        return Judged(Truth.UNKNOWN, shown, _beside(held, share.evidence))
    return held


def _fallen(held: Text, gone: Sequence[Gone]) -> Text:
    offline = ", ".join(one.name for one in gone if one.listed)
    if offline:
        return text(
            "{shown}, but since then the access point {names} is offline: bring it back, or take it out of its"
            " controller and then survey again",
            shown=held,
            names=offline,
        )
    return text(
        "{shown}, but since then the access point {names} is no longer among those that its controller lists: bring it"
        " back, or survey again",
        shown=held,
        names=", ".join(one.name for one in gone),
    )


def _beside(held: Judged, evidence: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*held.observations, *evidence)))


def _points(observations: Sequence[Observation], needed: int) -> tuple[bool, Sequence[_Point]]:
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
        return False, [_Point(len(levels), tuple(levels.values())) for levels in heard.values()]
    spots: dict[tuple[object, ...], list[Key]] = defaultdict(list)
    for key, where in (told or somewhere).items():
        spots[_spot(where)].append(key)
    scans = {key: told[key].scans if told else len(heard[key]) for key in told or somewhere}
    return True, [
        _Point(sum(scans[key] for key in keys), [level for key in keys for level in heard[key].values()], needed)
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

    ``scans`` is how many a point takes.

    A band that most scans did not hear, or that only percentages tell of, is left out.
    """
    found = {}
    for band in (BEST, *BANDS):
        of_band = [
            one for one in observations if not isinstance(one.value, Radio) or band in {BEST, one.value.band_ghz}
        ]
        _, points = _points(of_band, scans)
        middle = _median(_known(points)) if any(level for one in points for level in one.heard) else None
        if middle is not None and middle >= WEAKEST_DBM:
            found[band] = middle
    return found


def _known(points: Sequence[_Point]) -> list[tuple[float, Fraction]]:
    """The strongest of each scan with its weight; what was not heard is weaker than anything."""
    heard = [(level[0], one.share) for one in points for level in one.heard if level is not None]
    return heard + [(NOTHING_DBM, one.unheard * one.share) for one in points if one.unheard]


def _held(points: Sequence[_Point], wanted: float, limits: Asked, ids: tuple[str, ...]) -> Judged:
    levels = [(level, one.share) for one in points for level in one.heard]
    known = _known(points)
    percentages = [share for level, share in levels if level is None]
    # Scans that only told a percentage may have been anything: they decide nothing as long as they could.
    low = _median([*known, *((NOTHING_DBM, share) for share in percentages)])
    high = _median([*known, *((-NOTHING_DBM, share) for share in percentages)])
    unheard = sum(one.unheard for one in points)
    total = len(levels) + unheard
    if low < wanted <= high:
        shown = text("{n} of {total} scans only told a percentage", n=len(percentages), total=total)
        return Judged(Truth.UNKNOWN, shown, ids)
    middle = _median(known)
    if middle < WEAKEST_DBM:
        shown = text("own network not heard in {n} of {total} scans", n=unheard, total=total)
    else:
        shown = text("median {rssi} dBm of {n} scans", rssi=round(middle, 1), n=total)
    snrs = [(level[0] - level[1], share) for level, share in levels if level is not None and level[1] is not None]
    clear = not snrs or _median(snrs) >= limits.snr_db
    if not clear:
        shown = text("{shown}, but only {snr} dB above the noise", shown=shown, snr=round(_median(snrs), 1))
    return Judged(Truth.TRUE if low >= wanted and clear else Truth.FALSE, shown, ids)


def _median(weighed: Sequence[tuple[float, Fraction]]) -> float:
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


def _silent(observations: Sequence[Observation], ids: tuple[str, ...]) -> Judged:
    """Nothing of ours: not covered where others were heard, so that the card did hear; else perhaps it was deaf."""
    if any(isinstance(one.value, Radio) or (isinstance(one.value, SurveyPoint) and one.value.foreign_radios)
           for one in observations):  # fmt: skip
        return Judged(Truth.FALSE, text("own network not heard"), ids)
    return Judged(Truth.UNKNOWN, text("no network at all was heard: was the wireless card switched on?"), ids)


def _too_little(points: Sequence[_Point], limits: Asked) -> Text | None:
    """Why a survey is not enough; ``None`` if it is."""
    whole = sum(one.scans >= limits.scans for one in points)
    if whole >= limits.points:
        return None
    return text(
        "{n} points with {scans} scans or more; {points} are asked", n=whole, scans=limits.scans, points=limits.points
    )
