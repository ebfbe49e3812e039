"""Which observations belong to which floor, and the readings of each of its points, band by band. No numbers yet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
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
    """

    x_m: float
    y_m: float
    place: str
    dbm: Mapping[str, float]
    observations: tuple[str, ...]
    radios: Mapping[RadioKey, float] = field(default_factory=dict)
    noise_db2: float = 0.0


@dataclass(frozen=True)
class FloorPoints:
    """A floor with what a survey read on it, and its picture if there is one.

    Attributes:
        beyond: how many points of it have positions outside of it, and are left out.
    """

    floor: Floor
    width_m: float
    height_m: float
    readings: tuple[Reading, ...]
    plan: Observation | None = None
    beyond: int = 0

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
    percent_only: bool = False
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
        floor = _floor_of(campus, spot)
        if floor is not None:
            belongs[floor.id].append(spot)
    found = []
    for floor in campus.floor:
        plan = plans.get(f"floor:{floor.id}")
        size = _size(floor, plan)
        if size is not None:
            on_it = [one for one in belongs[floor.id] if 0 <= one.x_m <= size[0] and 0 <= one.y_m <= size[1]]
            beyond = len(belongs[floor.id]) - len(on_it)
            found.append(FloorPoints(floor, *size, tuple(_readings(on_it)), plan, beyond))
    return tuple(found)


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
        elif value.rssi_dbm is None:
            spot.percent_only = True
        else:
            scan = one.taken_at if value.scan is None else value.scan
            # One scan has several readings of a radio without an address, as of those of a band.
            of_radio = spot.radios[value.band_ghz, value.bssid]
            for heard in (spot.heard[value.band_ghz], spot.heard[BEST], of_radio):
                heard[scan] = max(heard.get(scan, -999.0), value.rssi_dbm)
    return list(spots.values())


def _floor_of(campus: Campus, spot: _Spot) -> Floor | None:
    """The floor of a point: by its place's outline, else by what the surveyor or the inventory calls its floor."""
    by_outline = [floor for floor in campus.floor if any(one.id == spot.place for one in floor.place)]
    if len(by_outline) == 1:
        return by_outline[0]
    place = next((one for one in campus.place if one.id == spot.place), None)
    for label in (spot.floor, "" if place is None else place.floor):
        named = [floor for floor in campus.floor if label == floor.label and _same_building(floor, place)]
        if label and len(named) == 1:
            return named[0]
    return None


def _same_building(floor: Floor, place: Place | None) -> bool:
    return place is None or floor.building == place.building


def _readings(spots: Sequence[_Spot]) -> Iterator[Reading]:
    """Each point's medians; a point that only told percentages says nothing. Points at one spot become one."""
    at: dict[tuple[int, int], list[_Spot]] = defaultdict(list)
    for one in spots:
        if not one.percent_only:
            at[square_of(one.x_m, one.y_m)].append(one)
    for several in at.values():
        bands = {band for one in several for band in one.heard} | {BEST}
        dbm = {band: _median([value for one in several for value in _scans(one, band)]) for band in bands}
        yield Reading(
            round(sum(one.x_m for one in several) / len(several), 2),
            round(sum(one.y_m for one in several) / len(several), 2),
            several[0].place,
            dbm,
            tuple(id_ for one in several for id_ in one.ids),
            dict(_radios(several)),
            _noise(several),
        )


def _radios(several: Sequence[_Spot]) -> Iterator[tuple[RadioKey, float]]:
    """Each radio's median over all scans of a spot, if most of them heard it."""
    scans = sum(_count(one) for one in several)
    for key in sorted({key for one in several for key in one.radios}):
        heard = [dbm for one in several for dbm in one.radios.get(key, {}).values()]
        middle = _median(heard + [SILENCE_DBM] * (scans - len(heard)))
        if middle > UNHEARD_DBM:
            yield key, middle


def _noise(several: Sequence[_Spot]) -> float:
    """The variance of a radio's scans at a spot, over their number: how far its median is from where it settles."""
    heard = [list(scans.values()) for one in several for scans in one.radios.values() if len(scans) >= SCANS_THAT_TELL]
    freedom = sum(len(one) - 1 for one in heard)
    if not freedom:
        return 0.0
    return sum(variance(one) * (len(one) - 1) for one in heard) / freedom / max(sum(_count(one) for one in several), 1)


def _count(spot: _Spot) -> int:
    """How many scans were made: as the survey says, or at least those that heard anything."""
    return max(spot.scans, len(spot.heard.get(BEST, {})))


def _scans(spot: _Spot, band: str) -> list[float]:
    """The strongest of each scan, and ``UNHEARD_DBM`` for those that heard nothing."""
    heard = list(spot.heard.get(band, {}).values())
    return heard + [UNHEARD_DBM] * max(spot.scans - len(heard), 0 if heard else 1)


def _median(values: Sequence[float]) -> float:
    return float(median(values))
