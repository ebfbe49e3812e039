"""The rooms of a floor: in which of them a place is, and how many walls stand between two places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

NO_ROOM = 0
WALL_M = 0.8
"""Leaving one room and entering another within so many metres is one wall, drawn with its thickness."""
MOST_AT_ONCE = 2_000_000


@dataclass(frozen=True)
class Rooms:
    """Outlines as polygons; what is in none of them (a corridor) is ``NO_ROOM``.

    Attributes:
        outlines: k × 2 each, metres.
        starts: the beginning of each side of them; ``sides`` from there to its end; ``owners`` whose side it is.
    """

    outlines: tuple[Array, ...]
    starts: Array
    sides: Array
    owners: NDArray[np.int64]

    def of(self, at: Array) -> NDArray[np.int64]:
        """The number of the room of each place."""
        found = np.full(len(at), NO_ROOM)
        for number, outline in enumerate(self.outlines, 1):
            found[inside(at, outline)] = number
        return found

    def shared(self, here: Array, there: Array) -> Array:
        """1 where two places are in one room."""
        one, other = self.of(here)[:, None], self.of(there)[None]
        result: Array = ((one == other) & (one != NO_ROOM)).astype(float)
        return result

    def walls(self, source: Array, at: Array) -> Array:
        """How often the straight way from a source to each place goes from one room into another."""
        blocks = np.array_split(at, len(at) * len(self.owners) // MOST_AT_ONCE + 1)
        return np.concatenate([self._walls(source, one) for one in blocks])

    def _walls(self, source: Array, at: Array) -> Array:
        (x, y), (dx, dy), (ex, ey) = (self.starts - source).T, (at - source).T[:, :, None], self.sides.T
        across = dx * ey - dy * ex
        with np.errstate(divide="ignore", invalid="ignore"):
            along, beside = (x * ey - y * ex) / across, (x * dy - y * dx) / across
        # Half of each side's ends belong to it: a way through a corner meets one of two sides.
        place, side = np.nonzero((along > 0) & (along < 1) & (beside >= 0) & (beside < 1))
        metres = along[place, side] * np.hypot(dx, dy)[place, 0]
        order = np.lexsort((metres, place))
        place, metres, owner = place[order], metres[order], self.owners[side[order]]
        same = (place[1:] == place[:-1]) & (owner[1:] != owner[:-1]) & (metres[1:] - metres[:-1] < WALL_M)
        met, twice = (np.bincount(one, minlength=len(at)) for one in (place, place[1:][same]))
        result: Array = (met - twice).astype(float)
        return result


def rooms(outlines: Sequence[Array]) -> Rooms | None:
    """The rooms of a floor; ``None`` where no outline is known."""
    if not outlines:
        return None
    corners = [np.asarray(one, dtype=float) for one in outlines]
    sides = [np.roll(one, -1, axis=0) - one for one in corners]
    owners = np.repeat(np.arange(1, len(corners) + 1), [len(one) for one in corners])
    return Rooms(tuple(corners), np.concatenate(corners), np.concatenate(sides), owners)


def inside(places: Array, outline: Array) -> NDArray[np.bool_]:
    """Which places lie within a polygon (even-odd)."""
    within = np.zeros(len(places), dtype=bool)
    for (x0, y0), (x1, y1) in zip(outline, np.roll(outline, -1, axis=0), strict=True):
        crosses = (y0 > places[:, 1]) != (y1 > places[:, 1])
        with np.errstate(divide="ignore", invalid="ignore"):
            within ^= crosses & (places[:, 0] < (x1 - x0) * (places[:, 1] - y0) / (y1 - y0) + x0)
    return within


def from_sides(places: Array, outline: Array) -> Array:
    """How far each place is from the nearest side of a polygon, from within or from outside."""
    away = np.full(len(places), np.inf)
    for one, other in zip(outline, np.roll(outline, -1, axis=0), strict=True):
        side, to = other - one, places - one
        along = np.clip(to @ side / max(float(side @ side), 1e-12), 0, 1)
        away = np.minimum(away, np.hypot(*(to - along[:, None] * side).T))
    return away
