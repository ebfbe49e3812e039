"""Whether a place is covered (1.1.2): what a survey heard there, held against the limits that the rubric gives.

The rubric names how strong the signal has to be in rooms and in large places, how clear, and how much of a survey it
takes. A scan in which our own network was not heard counts as weaker than anything; a percentage is no signal strength.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from probes.campus import Campus, subject_of
from probes.kinds import Radio, SurveyPoint
from probes.observation import Observation
from probes.text import Text, text
from rules.access_points import Gone
from rules.assessment import Truth
from rules.conditions import Judged, Question
from rules.rubric import Rubric
from rules.wifi_points import NOTHING_DBM, WEAKEST_DBM, Point, known, median, points_of

TEST = "wifi_covered"
NUMBERS = ("room_dbm", "wide_dbm", "snr_db", "points", "scans")
WORDS = ("wide_places",)
OPTIONAL = ("ap_online",)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the rubric asks of coverage.

    Attributes:
        room_dbm, wide_dbm: of the median of the strongest own signal, in rooms and in ``wide_places``.
        snr_db: of its distance from the noise, where drivers tell.
        points, scans: how many points a survey needs in each place, and scans at each.
        ap_online: the share of all access points without which no survey holds any more; 0 where nothing is asked.
        max_age_days: how long what was heard counts; ``None`` where the rubric, or who only knows limits, does not say.
    """

    room_dbm: float
    wide_dbm: float
    snr_db: float
    points: int
    scans: int
    wide_places: frozenset[str]
    ap_online: float = 0.0
    max_age_days: Decimal | None = None

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
        (condition, criterion.fact)
        for indicator in rubric.indicator
        for criterion in indicator.criterion
        if criterion.fact is not None
        for condition in criterion.fact.conditions
        if condition.test == TEST
    )
    for condition, fact in conditions:
        found = asked(condition.limits)
        days = fact.max_age_days if condition.max_age_days is None else condition.max_age_days
        return None if found is None else replace(found, max_age_days=days)
    return None


def wifi_covered(observations: Sequence[Observation], question: Question) -> Judged:
    """The median of the strongest own signal, all points weighing alike, is good enough for the place; SNR where known.

    A survey with fewer points or scans than the rubric asks proves nothing. What names no survey was not made by ours,
    does not tell its points, and is judged by the moments at which it was taken.
    """
    limits = asked(question.limits)
    # A point's own observation holds its scans as raw evidence; hundreds of radios beside it would hide the rest.
    walked = tuple(one.id for one in observations if isinstance(one.value, SurveyPoint))
    ids = walked or tuple(one.id for one in observations)
    if limits is None:
        return Judged(Truth.UNKNOWN, text("the rubric gives no limits"), ids)
    surveyed, points = points_of(observations, limits.scans)
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


def _held(points: Sequence[Point], wanted: float, limits: Asked, ids: tuple[str, ...]) -> Judged:
    levels = [(level, one.share) for one in points for level in one.heard]
    heard = known(points)
    percentages = [share for level, share in levels if level is None]
    # Scans that only told a percentage may have been anything: they decide nothing as long as they could.
    low = median([*heard, *((NOTHING_DBM, share) for share in percentages)])
    high = median([*heard, *((-NOTHING_DBM, share) for share in percentages)])
    unheard = sum(one.unheard for one in points)
    total = len(levels) + unheard
    if low < wanted <= high:
        shown = text("{n} of {total} scans only told a percentage", n=len(percentages), total=total)
        return Judged(Truth.UNKNOWN, shown, ids)
    middle = median(heard)
    if middle < WEAKEST_DBM:
        shown = text("own network not heard in {n} of {total} scans", n=unheard, total=total)
    else:
        shown = text("median {rssi} dBm of {n} scans", rssi=round(middle, 1), n=total)
    snrs = [(level[0] - level[1], share) for level, share in levels if level is not None and level[1] is not None]
    clear = not snrs or median(snrs) >= limits.snr_db
    if not clear:
        shown = text("{shown}, but only {snr} dB above the noise", shown=shown, snr=round(median(snrs), 1))
    return Judged(Truth.TRUE if low >= wanted and clear else Truth.FALSE, shown, ids)


def _silent(observations: Sequence[Observation], ids: tuple[str, ...]) -> Judged:
    """Nothing of ours: not covered where others were heard, so that the card did hear; else perhaps it was deaf."""
    if any(isinstance(one.value, Radio) or (isinstance(one.value, SurveyPoint) and one.value.foreign_radios)
           for one in observations):  # fmt: skip
        return Judged(Truth.FALSE, text("own network not heard"), ids)
    return Judged(Truth.UNKNOWN, text("no network at all was heard: was the wireless card switched on?"), ids)


def _too_little(points: Sequence[Point], limits: Asked) -> Text | None:
    """Why a survey is not enough; ``None`` if it is."""
    whole = sum(one.scans >= limits.scans for one in points)
    if whole >= limits.points:
        return None
    return text(
        "{n} points with {scans} scans or more; {points} are asked", n=whole, scans=limits.scans, points=limits.points
    )
