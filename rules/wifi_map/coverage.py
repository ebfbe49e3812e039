"""Maps of coverage of the floors of a campus: cells with three states, and the areas they add up to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from probes.campus import Campus, subject_of
from rules.wifi import Asked
from rules.wifi_map.decide import LEAST_POINTS, MET, NOT_MET, Decided, decide
from rules.wifi_map.floors import BEST, FloorPoints
from rules.wifi_map.radios import heard
from rules.wifi_map.rooms import inside, rooms

Array = NDArray[Any]

MOST_CELLS = 6000
CELL_M = 1.0


@dataclass(frozen=True, slots=True)
class Area:
    """Square metres met, not met and not determined."""

    met: float
    not_met: float
    undetermined: float

    @property
    def whole(self) -> float:
        """All of it."""
        return self.met + self.not_met + self.undetermined


@dataclass(frozen=True)
class CoverageMap:
    """One floor and band.

    Attributes:
        band: ``2.4``, ``5``, ``6`` (GHz) or ``best``.
        cell_m: the side of a cell; ``states`` are rows from the top of cells from the left, as ``decide`` has them.
        left_out_db: root mean square of the errors at points that were left out; ``None`` with too few points.
        silent: names of listed access points that the points do not bear out, where they bear out any.
        places: by id, for those whose outline is known.
    """

    band: str
    cell_m: float
    states: np.ndarray
    left_out_db: float | None
    silent: tuple[str, ...]
    area: Area
    places: Mapping[str, Area]
    enough_points: bool


def coverage_maps(on: FloorPoints, campus: Campus, asked: Asked) -> tuple[CoverageMap, ...]:
    """The maps of a floor, the one of the strongest signal first. The same observations give the same maps."""
    return tuple(_map(on, band, campus, asked) for band in on.bands())


def _map(on: FloorPoints, band: str, campus: Campus, asked: Asked) -> CoverageMap:
    cell = max(CELL_M, round(float(np.sqrt(on.width_m * on.height_m / MOST_CELLS)), 1))
    x, y = np.arange(0, on.width_m, cell) + cell / 2, np.arange(0, on.height_m, cell) + cell / 2
    cells = np.column_stack([one.ravel() for one in np.meshgrid(x, y)])
    within = {one.id: inside(cells, np.array(one.outline)) for one in on.floor.place}
    threshold = np.full(len(cells), asked.room_dbm)
    subjects = {place.id: subject_of(place) for place in campus.place}
    for id_, where in within.items():
        threshold[where] = asked.at(campus, subjects.get(id_, ""))
    listed = [one for one in on.floor.access_point if band == BEST or band in one.bands_ghz]
    places = np.array([one.at for one in listed], dtype=float).reshape(-1, 2)
    outlines = [np.array(one.outline) for one in on.floor.place]
    decided = decide(heard(on.readings, band), places, cells, threshold, rooms(outlines, on.width_m, on.height_m))
    square = np.outer(_lengths(y, cell, on.height_m), _lengths(x, cell, on.width_m)).ravel()
    return CoverageMap(
        band,
        cell,
        decided.state.reshape(len(y), len(x)),
        decided.left_out_db,
        tuple(one.name for n, one in enumerate(listed) if decided.sending and n not in decided.sending),
        _area(decided, square),
        {id_: _area(decided, square * where) for id_, where in within.items()},
        len(on.readings) >= LEAST_POINTS,
    )


def _lengths(middles: Array, cell: float, whole: float) -> Array:
    """The lengths of cells along one side; the last may stick out."""
    return np.minimum(middles + cell / 2, whole) - (middles - cell / 2)


def _area(decided: Decided, square: Array) -> Area:
    met, not_met = (float(square[decided.state == state].sum()) for state in (MET, NOT_MET))
    return Area(round(met, 1), round(not_met, 1), round(float(square.sum()) - met - not_met, 1))
