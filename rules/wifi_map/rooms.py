"""The rooms of a floor as a raster: in which of them a place is, and how many walls stand between two places."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

PIXEL_M = 0.5
MOST_PIXELS = 250_000
"""A floor of 250 by 250 metres; pixels of larger ones are larger."""
NO_ROOM = 0


@dataclass(frozen=True)
class Rooms:
    """Outlines, drawn on a raster; what is in none of them (a corridor) is ``NO_ROOM``."""

    raster: NDArray[np.int64]
    pixel_m: float

    def of(self, at: Array) -> NDArray[np.int64]:
        """The number of the room of each place; positions may have any number of axes before the last."""
        row = np.clip((at[..., 1] / self.pixel_m).astype(int), 0, self.raster.shape[0] - 1)
        column = np.clip((at[..., 0] / self.pixel_m).astype(int), 0, self.raster.shape[1] - 1)
        result: NDArray[np.int64] = self.raster[row, column]
        return result

    def shared(self, here: Array, there: Array) -> Array:
        """1 where two places are in one room."""
        one, other = self.of(here)[:, None], self.of(there)[None]
        result: Array = ((one == other) & (one != NO_ROOM)).astype(float)
        return result

    def walls(self, source: Array, at: Array) -> Array:
        """How often the straight way from a source to each place goes from one room into another."""
        steps = math.ceil(float(np.hypot(*(at - source).T).max(initial=0)) / self.pixel_m) + 2
        along = np.linspace(0, 1, steps)[:, None, None]
        passed = self.of(source + (at - source)[None] * along)
        result: Array = (passed[1:] != passed[:-1]).sum(0).astype(float)
        return result


def rooms(outlines: Sequence[Array], width_m: float, height_m: float) -> Rooms | None:
    """The raster of a floor; ``None`` where no outline is known."""
    if not outlines:
        return None
    side = max(PIXEL_M, math.sqrt(width_m * height_m / MOST_PIXELS))
    x, y = (np.arange(0, length, side) + side / 2 for length in (width_m, height_m))
    pixels = np.column_stack([one.ravel() for one in np.meshgrid(x, y)])
    raster = np.full(len(pixels), NO_ROOM)
    for number, outline in enumerate(outlines, 1):
        raster[inside(pixels, outline)] = number
    return Rooms(_without_gaps(raster.reshape(len(y), len(x))), side)


def inside(places: Array, outline: Array) -> NDArray[np.bool_]:
    """Which places lie within a polygon (even-odd)."""
    within = np.zeros(len(places), dtype=bool)
    for (x0, y0), (x1, y1) in zip(outline, np.roll(outline, -1, axis=0), strict=True):
        crosses = (y0 > places[:, 1]) != (y1 > places[:, 1])
        with np.errstate(divide="ignore", invalid="ignore"):
            within ^= crosses & (places[:, 0] < (x1 - x0) * (places[:, 1] - y0) / (y1 - y0) + x0)
    return within


def _without_gaps(raster: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give what lies next to a room to it, so that a wall drawn with its thickness counts once and not twice."""
    grown = raster.copy()
    for axis in (0, 1):
        for shift in (1, -1):
            moved = np.roll(raster, shift, axis)
            edge = [slice(None), slice(None)]
            edge[axis] = slice(0, 1) if shift == 1 else slice(-1, None)
            moved[tuple(edge)] = NO_ROOM
            grown = np.where(grown == NO_ROOM, moved, grown)
    return grown
