"""Maps of coverage of the floors of a campus: cells with three states, and the areas they add up to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from probes.campus import Campus, FloorAccessPoint, subject_of
from probes.text import Text
from rules.wifi import Asked
from rules.wifi_map.cells import cut
from rules.wifi_map.decide import MET, NOT_MET, UNDETERMINED, Decided, decide
from rules.wifi_map.doubts import none_sends, undecided, wrong_positions
from rules.wifi_map.floors import BEST, FloorPoints
from rules.wifi_map.radios import heard
from rules.wifi_map.rooms import inside, rooms
from rules.wifi_map.untold import told

Array = NDArray[Any]

MOST_CELLS = 6000
CELL_M = 1.0
OUTSIDE = -2
"""The state of a cell that does not lie on the floor."""


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
        cell_m: the side of a cell; ``states`` are rows from the top of cells from the left, as ``decide`` has them, and
            ``OUTSIDE`` beyond the floor's outline.
        left_out_db: root mean square of the errors at points that were left out; ``None`` with too few points.
        silent: names of listed access points that the points do not bear out, where they bear out any.
        places: by id, for those whose outline is known.
        undecided: why nothing is decided; ``None`` where something is.
    """

    band: str
    cell_m: float
    states: np.ndarray
    left_out_db: float | None
    silent: tuple[str, ...]
    area: Area
    places: Mapping[str, Area]
    undecided: Text | None = None


def coverage_maps(on: FloorPoints, campus: Campus, asked: Asked) -> tuple[CoverageMap, ...]:
    """The maps of a floor, the one of the strongest signal first. The same observations give the same maps."""
    return tuple(_map(on, band, campus, asked) for band in on.bands())


def _map(on: FloorPoints, band: str, campus: Campus, asked: Asked) -> CoverageMap:
    side = max(CELL_M, round(float(np.sqrt(on.width_m * on.height_m / MOST_CELLS)), 1))
    cells = cut(on.width_m, on.height_m, side, on.floor.outline)
    within = {one.id: inside(cells.at, np.array(one.outline)) for one in on.floor.place}
    listed = [one for one in on.floor.access_point if band == BEST or band in one.bands_ghz]
    threshold = _thresholds(cells.at, within, campus, asked)
    decided, why = _decided(on, band, listed, cells.at, threshold)
    states = np.full(cells.square_m.shape, OUTSIDE, np.int8)
    states[cells.on_floor] = decided.state
    square = cells.square_m[cells.on_floor]
    return CoverageMap(
        band,
        side,
        states,
        decided.left_out_db,
        tuple(one.name for n, one in enumerate(listed) if decided.sending and n not in decided.sending),
        _area(decided, square),
        {id_: _area(decided, square * where) for id_, where in within.items()},
        why,
    )


def _thresholds(at: Array, within: Mapping[str, Array], campus: Campus, asked: Asked) -> Array:
    """What is asked of each cell, by the place in which it lies."""
    threshold = np.full(len(at), asked.room_dbm)
    subjects = {place.id: subject_of(place) for place in campus.place}
    for id_, where in within.items():
        threshold[where] = asked.at(campus, subjects.get(id_, ""))
    return threshold


def _decided(
    on: FloorPoints, band: str, listed: Sequence[FloorAccessPoint], at: Array, threshold: Array
) -> tuple[Decided, Text | None]:
    """What the points say of cells, and why they say nothing, if they do."""
    nothing = np.full(len(at), UNDETERMINED, np.int8)
    doubt = wrong_positions(on)
    known = told(on.readings, band)
    table = heard(known.readings, band)
    if doubt is not None or not len(at):
        return Decided(nothing, None, frozenset()), doubt
    places = np.array([one.at for one in listed], dtype=float).reshape(-1, 2)
    outlines = [np.array(one.outline) for one in on.floor.place]
    decided = decide(table, places, at, threshold, rooms(outlines))
    doubt = none_sends(listed, table, decided, float(threshold.min()))
    if doubt is not None:
        return replace(decided, state=nothing), doubt
    open_ = known.may_be_stronger(at) & (decided.state == NOT_MET)
    decided = replace(decided, state=np.where(open_, np.int8(UNDETERMINED), decided.state))
    return decided, undecided(on, table) if (decided.state == UNDETERMINED).all() else None


def _area(decided: Decided, square: Array) -> Area:
    met, not_met = (float(square[decided.state == state].sum()) for state in (MET, NOT_MET))
    return Area(round(met, 1), round(not_met, 1), round(float(square.sum()) - met - not_met, 1))
