"""Whether a place is covered (1.1.2): what a survey heard there, held against the limits that the rubric gives.

The rubric names how strong the signal has to be in rooms and in large places, how clear, and how much of a survey it
takes. A scan in which our own network was not heard counts as weaker than anything; a percentage is no signal strength.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from statistics import median

from probes.campus import Campus, subject_of
from probes.kinds import Radio, SurveyPoint
from probes.observation import Observation
from probes.text import Text, text
from rules.assessment import Truth
from rules.conditions import Judged, Question
from rules.rubric import Rubric

TEST = "wifi_covered"
NUMBERS = ("room_dbm", "wide_dbm", "snr_db", "points", "scans")
WORDS = ("wide_places",)
OPTIONAL = ("ap_online",)

NOTHING_DBM = -1000.0
"""Stands for what was not heard; no median with it among its middle is a signal (``WEAKEST_DBM``)."""
WEAKEST_DBM = -200.0

Moment = tuple[str, int | None, int | datetime]
"""One scan: its survey, the number of its point, and its own number there; else when it was made."""


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
    points = [one.value for one in observations if isinstance(one.value, SurveyPoint)]
    own = [(one, one.value) for one in observations if isinstance(one.value, Radio) and one.value.own]
    lacking = _too_little(points, own, limits)
    if lacking is not None:
        return Judged(Truth.UNKNOWN, lacking, ids)
    if not own:
        return _silent(observations, points, ids)
    best = strongest(own)
    if not best:
        shown = text("only percentages were told, which are no signal strength: survey with another system or card")
        return Judged(Truth.UNKNOWN, shown, ids)
    unheard = sum(point.scans for point in points) - len({_moment(one, value) for one, value in own})
    unknown = len({_moment(one, value) for one, value in own}) - len(best)
    held = _held(best, max(unheard, 0), unknown, limits.at(question.campus, question.member), limits, ids)
    return _reopened(held, observations, question, limits) if held.truth is Truth.TRUE else held


def _reopened(held: Judged, observations: Sequence[Observation], question: Question, limits: Asked) -> Judged:
    """What a survey proved, unless the access points are no longer what they were: then nobody knows any more."""
    walked = max(one.taken_at for one in observations)
    place = next((one for one in question.campus.place if subject_of(one) == question.member), None)
    gone = [] if place is None else list(question.air.gone(place, question.campus, walked))
    share = question.air.online(walked)
    if gone:
        offline = text("{shown}, but since then the access point {names} is offline: bring it back, or survey again",
                       shown=held.shown, names=", ".join(one.name for one in gone if one.listed))  # fmt: skip
        vanished = text("{shown}, but since then the access point {names} is no longer among those that its controller"
                        " lists: bring it back, or survey again",
                        shown=held.shown, names=", ".join(one.name for one in gone if not one.listed))  # fmt: skip
        evidence = [id_ for one in gone for id_ in one.evidence]
        return Judged(Truth.UNKNOWN, offline if any(one.listed for one in gone) else vanished,
                      tuple(dict.fromkeys((*held.observations, *evidence))))  # fmt: skip
    if share is not None and share.ratio < limits.ap_online:
        shown = text("{shown}, but only {n} of {total} access points are online now: bring them back, or survey again",
                     shown=held.shown, n=share.online, total=share.total)  # fmt: skip
        return Judged(Truth.UNKNOWN, shown, tuple(dict.fromkeys((*held.observations, *share.evidence))))
    return held


def strongest(own: Sequence[tuple[Observation, Radio]]) -> Mapping[Moment, tuple[float, float | None]]:
    """One scan hears several of our radios; a device uses the best, so each scan counts by its best, with its noise."""
    best: dict[Moment, tuple[float, float | None]] = {}
    for one, value in own:
        moment, rssi = _moment(one, value), value.rssi_dbm
        if rssi is not None and (moment not in best or rssi > best[moment][0]):
            best[moment] = (rssi, value.noise_dbm)
    return best


def _held(  # noqa: PLR0913, PLR0917  what was heard, what was not, and what is asked
    best: Mapping[Moment, tuple[float, float | None]],
    unheard: int,
    unknown: int,
    wanted: float,
    limits: Asked,
    ids: tuple[str, ...],
) -> Judged:
    signals = [rssi for rssi, _ in best.values()] + [NOTHING_DBM] * unheard
    # Scans that only told a percentage may have been anything: they decide nothing as long as they could.
    low, high = median([*signals, *[NOTHING_DBM] * unknown]), median([*signals, *[-NOTHING_DBM] * unknown])
    if low < wanted <= high:
        shown = text("{n} of {total} scans only told a percentage", n=unknown, total=len(signals) + unknown)
        return Judged(Truth.UNKNOWN, shown, ids)
    snrs = [rssi - noise for rssi, noise in best.values() if noise is not None]
    clear = not snrs or median(snrs) >= limits.snr_db
    total = len(signals) + unknown
    if median(signals) < WEAKEST_DBM:
        shown = text("own network not heard in {n} of {total} scans", n=unheard, total=total)
    else:
        shown = text("median {rssi} dBm of {n} scans", rssi=round(median(signals), 1), n=total)
    if not clear:
        shown = text("{shown}, but only {snr} dB above the noise", shown=shown, snr=round(median(snrs), 1))
    return Judged(Truth.TRUE if low >= wanted and clear else Truth.FALSE, shown, ids)


def _silent(observations: Sequence[Observation], points: Sequence[SurveyPoint], ids: tuple[str, ...]) -> Judged:
    """Nothing of ours: not covered where others were heard, so that the card did hear; else perhaps it was deaf."""
    heard = any(isinstance(one.value, Radio) for one in observations) or any(one.foreign_radios for one in points)
    if heard:
        return Judged(Truth.FALSE, text("own network not heard"), ids)
    return Judged(Truth.UNKNOWN, text("no network at all was heard: was the wireless card switched on?"), ids)


def _too_little(points: Sequence[SurveyPoint], own: Sequence[tuple[Observation, Radio]], limits: Asked) -> Text | None:
    """Why a survey is not enough; ``None`` if it is, or if the observations are from no survey."""
    scans = Counter({(one.survey, one.point): one.scans for one in points})
    if not scans:
        told = {(value.survey, value.point, _moment(one, value)) for one, value in own if value.survey}
        scans = Counter((survey, point) for survey, point, _ in told if point is not None)
    if not scans:
        return None
    whole = sum(n >= limits.scans for n in scans.values())
    if whole >= limits.points:
        return None
    return text(
        "{n} points with {scans} scans or more; {points} are asked", n=whole, scans=limits.scans, points=limits.points
    )


def _moment(one: Observation, value: Radio) -> Moment:
    return value.survey, value.point, one.taken_at if value.scan is None else value.scan
