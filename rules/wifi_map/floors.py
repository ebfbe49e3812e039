"""Which observations belong to which floor, and the readings of each of its points, band by band. No numbers yet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import hypot, inf
from statistics import median, variance

from probes.campus import Campus, Floor, Place
from probes.kinds import FloorPlan, Radio, SurveyPoint
from probes.observation import Observation, Status

BEST = "best"
"""The map of the strongest signal, whatever its band, as a device uses it."""
BANDS = ("2.4", "5", "6")
UNHEARD_DBM = -95.0
"""Where a point heard nothing of ours on a band: below what any receiver of a laptop still hears."""
SILENCE_DBM = -200.0
SAME_SPOT_M = 0.5
EDGE_M = 0.5
"""Points and sizes are told to about half a metre: one so far outside stands at the edge, one farther out elsewhere."""
SCANS_THAT_TELL = 3

RadioKey = tuple[str, str]
"""Band and BSSID."""
Spot = tuple[str, int, float, float]
"""A point of a survey, and where it is."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One point on the floor: where, in which place, and what was read there.

    Attributes:
        dbm: the median of each scan's strongest, by band; ``BEST`` is over all bands.
        radios: the median of each radio that most scans heard.
        noise_db2: the variance that scanning leaves in a radio's median; 0 where too few scans tell.
        at_most: by band, where ``dbm`` is only the least that it can be: scans told percentages, which may stand for
            anything.
        untold: radios that were heard, and whose median these leave open.
    """

    x_m: float
    y_m: float
    place: str
    dbm: Mapping[str, float]
    observations: tuple[str, ...]
    radios: Mapping[RadioKey, float] = field(default_factory=dict)
    noise_db2: float = 0.0
    at_most: Mapping[str, float] = field(default_factory=dict)
    untold: frozenset[RadioKey] = frozenset()


@dataclass(frozen=True)
class FloorPoints:
    """A floor with what a survey read on it, and its picture if there is one.

    Attributes:
        beyond: how many points of it have positions outside of it, and are left out.
        beside: how many lie within its size and outside its outline, and are left out too.
    """

    floor: Floor
    width_m: float
    height_m: float
    readings: tuple[Reading, ...]
    plan: Observation | None = None
    beyond: int = 0
    beside: int = 0

    def bands(self) -> tuple[str, ...]:
        """The bands on which any point heard anything of ours, the combined one first."""
        heard = {band for one in self.readings for band, dbm in one.dbm.items() if dbm > UNHEARD_DBM}
        return (BEST, *(band for band in BANDS if band in heard)) if heard else ()


@dataclass
class _Spot:
    """What is gathered of one point until all of it is known."""

    x_m: float
    y_m: float
    place: str
    floor: str
    scans: int = 0
    heard: dict[str, dict[object, float]] = field(default_factory=lambda: defaultdict(dict))
    radios: dict[RadioKey, dict[object, float]] = field(default_factory=lambda: defaultdict(dict))
    percent: dict[RadioKey, set[object]] = field(default_factory=lambda: defaultdict(set))
    ids: list[str] = field(default_factory=list)


def square_of(x_m: float, y_m: float) -> tuple[int, int]:
    """The square in which a position lies; points within one are measured at the same spot."""
    return round(x_m / SAME_SPOT_M), round(y_m / SAME_SPOT_M)


def floor_points(campus: Campus, observations: Iterable[Observation]) -> tuple[FloorPoints, ...]:
    """The floors of the inventory on which a survey has points with positions."""
    seen = [one for one in observations if one.status is Status.OK]
    spots = _spots(seen)
    plans = {one.subject: one for one in seen if isinstance(one.value, FloorPlan)}
    belongs = defaultdict(list)
    for spot in spots:
        floor = floor_of(campus, spot.place, spot.floor)
        if floor is not None:
            belongs[floor.id].append(spot)
    found = []
    for floor in campus.floor:
        plan = plans.get(f"floor:{floor.id}")
        size = _size(floor, plan)
        if size is not None:
            found.append(_points(floor, size, belongs[floor.id], plan))
    return tuple(found)


def _points(floor: Floor, size: tuple[float, float], spots: Sequence[_Spot], plan: Observation | None) -> FloorPoints:
    there = [one for one in spots if not is_beyond(one.x_m, one.y_m, size)]
    on_it = [one for one in there if floor.outline is None or outside_by((one.x_m, one.y_m), floor.outline) <= EDGE_M]
    readings = tuple(_readings(on_it, size))
    return FloorPoints(floor, *size, readings, plan, len(spots) - len(there), len(there) - len(on_it))


def is_beyond(x_m: float, y_m: float, size: tuple[float, float]) -> bool:
    """Whether a position lies outside a floor of that width and height, by more than a point may be off."""
    return not (-EDGE_M <= x_m <= size[0] + EDGE_M and -EDGE_M <= y_m <= size[1] + EDGE_M)


def outside_by(at: tuple[float, float], corners: Sequence[tuple[float, float]]) -> float:
    """How far outside a polygon a place is, in metres; 0 within it (even-odd)."""
    x, y = at
    within, nearest = False, inf
    for (x0, y0), (x1, y1) in zip(corners, (*corners[1:], corners[0]), strict=True):
        if (y0 > y) != (y1 > y) and x < (x1 - x0) * (y - y0) / (y1 - y0) + x0:
            within = not within
        square = (x1 - x0) ** 2 + (y1 - y0) ** 2
        along = min(max(((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / square, 0.0), 1.0) if square else 0.0
        nearest = min(nearest, hypot(x - x0 - along * (x1 - x0), y - y0 - along * (y1 - y0)))
    return 0.0 if within else nearest


def _size(floor: Floor, plan: Observation | None) -> tuple[float, float] | None:
    if floor.width_m is not None and floor.height_m is not None:
        return floor.width_m, floor.height_m
    value = None if plan is None else plan.value
    return (value.width_m, value.height_m) if isinstance(value, FloorPlan) else None


def _spots(seen: Sequence[Observation]) -> list[_Spot]:
    spots: dict[Spot, _Spot] = {}
    for one in sorted(seen, key=lambda one: (one.taken_at, one.id)):
        value = one.value
        if not isinstance(value, Radio | SurveyPoint) or value.point is None:
            continue
        if value.x_m is None or value.y_m is None or (isinstance(value, Radio) and not value.own):
            continue
        # Positions tell surveys apart whose names have been taken out for publication.
        key = (value.survey, value.point, value.x_m, value.y_m)
        spot = spots.setdefault(key, _Spot(value.x_m, value.y_m, one.subject.partition(":")[2], value.floor))
        spot.ids.append(one.id)
        if isinstance(value, SurveyPoint):
            spot.scans = value.scans
            continue
        scan = one.taken_at if value.scan is None else value.scan
        if value.rssi_dbm is None:
            spot.percent[value.band_ghz, value.bssid].add(scan)
        else:
            # One scan has several readings of a radio without an address, as of those of a band.
            of_radio = spot.radios[value.band_ghz, value.bssid]
            for heard in (spot.heard[value.band_ghz], spot.heard[BEST], of_radio):
                heard[scan] = max(heard.get(scan, -999.0), value.rssi_dbm)
    return list(spots.values())


def floor_of(campus: Campus, place_id: str, called: str) -> Floor | None:
    """The floor of a point: by its place's outline, else by what the surveyor or the inventory calls its floor."""
    by_outline = [floor for floor in campus.floor if any(one.id == place_id for one in floor.place)]
    if len(by_outline) == 1:
        return by_outline[0]
    place = next((one for one in campus.place if one.id == place_id), None)
    for label in (called, "" if place is None else place.floor):
        named = [floor for floor in campus.floor if label == floor.label and _same_building(floor, place)]
        if label and len(named) == 1:
            return named[0]
    return None


def _same_building(floor: Floor, place: Place | None) -> bool:
    return place is None or floor.building == place.building


def _readings(spots: Sequence[_Spot], size: tuple[float, float]) -> Iterator[Reading]:
    """Each point's medians. Points at one spot become one; those at the edge stand on it."""
    at: dict[tuple[int, int], list[_Spot]] = defaultdict(list)
    for one in spots:
        at[square_of(one.x_m, one.y_m)].append(one)
    for several in at.values():
        bands = {band for one in several for band in (*one.heard, *(band for band, _ in one.percent))} | {BEST}
        levels = {band: _levels(several, band) for band in bands}
        told, untold = _radios(several)
        yield Reading(
            _between(sum(one.x_m for one in several) / len(several), size[0]),
            _between(sum(one.y_m for one in several) / len(several), size[1]),
            several[0].place,
            {band: least for band, (least, _) in levels.items()},
            tuple(id_ for one in several for id_ in one.ids),
            told,
            _noise(several),
            {band: most for band, (least, most) in levels.items() if most > least},
            untold,
        )


def _between(position: float, most: float) -> float:
    return round(min(max(position, 0.0), most), 2)


def _levels(several: Sequence[_Spot], band: str) -> tuple[float, float]:
    """The median of each scan's strongest, at least and at most: a percentage may stand for anything."""
    scans = [one for spot in several for one in _scans(spot, band)]
    return _median([least for least, _ in scans]), _median([most for _, most in scans])


def _radios(several: Sequence[_Spot]) -> tuple[dict[RadioKey, float], frozenset[RadioKey]]:
    """Each radio's median over all scans of a spot, if most of them heard it; and those for which nobody knows.

    A scan that told a percentage counts neither as heard at some level nor as silent: what it could turn is not known.
    """
    scans = sum(_count(one) for one in several)
    told, untold = {}, set()
    for key in sorted({key for one in several for key in (*one.radios, *one.percent)}):
        heard, open_ = [], 0
        for one in several:
            in_dbm, in_percent = one.radios.get(key, {}), one.percent.get(key, set())
            # Without an address it may be another radio of that band that told the percentage in the same scan.
            hidden = in_percent - in_dbm.keys() if key[1] else in_percent
            heard += [dbm for scan, dbm in in_dbm.items() if scan not in hidden]
            open_ += len(hidden)
        silent = [SILENCE_DBM] * (scans - len(heard) - open_)
        least, most = (_median(heard + silent + [level] * open_) for level in (SILENCE_DBM, inf))
        if least > UNHEARD_DBM and most < inf:
            told[key] = _median(heard + silent)
        elif most > UNHEARD_DBM:
            untold.add(key)
    return told, frozenset(untold)


def _noise(several: Sequence[_Spot]) -> float:
    """The variance of a radio's scans at a spot, over their number: how far its median is from where it settles."""
    heard = [list(scans.values()) for one in several for scans in one.radios.values() if len(scans) >= SCANS_THAT_TELL]
    freedom = sum(len(one) - 1 for one in heard)
    if not freedom:
        return 0.0
    return sum(variance(one) * (len(one) - 1) for one in heard) / freedom / max(sum(_count(one) for one in several), 1)


def _count(spot: _Spot) -> int:
    """How many scans were made: as the survey says, or at least those that heard anything."""
    return max(spot.scans, len(set(spot.heard.get(BEST, {})).union(*spot.percent.values())))


def _scans(spot: _Spot, band: str) -> list[tuple[float, float]]:
    """The strongest of each scan, at least and at most, and ``UNHEARD_DBM`` for those that heard nothing."""
    heard = spot.heard.get(band, {})
    percent = {scan for (name, _), scans in spot.percent.items() if band in {BEST, name} for scan in scans}
    found = [(heard.get(scan, UNHEARD_DBM), inf if scan in percent else heard[scan]) for scan in {*heard, *percent}]
    return found + [(UNHEARD_DBM, UNHEARD_DBM)] * max(spot.scans - len(found), 0 if found else 1)


def _median(values: Sequence[float]) -> float:
    return float(median(values))
