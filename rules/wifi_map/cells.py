"""A floor cut into cells, each with a place in it for which it is decided, and the area that it adds to the floor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rules.wifi_map.rooms import from_sides, inside

Array = NDArray[Any]

SAMPLES = 10
"""A cell on the outline is sampled so often along each side to find how much of it lies within."""
SLIVER_M = 1e-6
"""What is left of a floor by the rounding of numbers is no cell."""


@dataclass(frozen=True)
class Cells:
    """Cells in rows from the top, from left to right; the last of a row and of a column may be narrower.

    Attributes:
        at: m × 2, only of the cells that lie on the floor: the middle, or what is near it within the outline.
        square_m: rows × columns, how much of each lies on the floor; 0 for those outside.
    """

    at: Array
    square_m: Array

    @property
    def on_floor(self) -> NDArray[np.bool_]:
        """Rows × columns: which of them ``at`` is about, in its order."""
        return np.asarray(self.square_m > 0)


def cut(width_m: float, height_m: float, side_m: float, outline: Sequence[tuple[float, float]] | None = None) -> Cells:
    """The cells of a floor of that size; with an outline only those that lie within it, at least in part."""
    (left, wide), (top, high) = (_parts(length, side_m) for length in (width_m, height_m))
    square = np.outer(high, wide)
    at = np.column_stack([one.ravel() for one in np.meshgrid(left + wide / 2, top + high / 2)])
    if outline is None:
        return Cells(at, square)
    corners = np.array(outline, dtype=float)
    share = inside(at, corners).astype(float)
    sides = np.column_stack([one.ravel() for one in np.meshgrid(wide, high)])
    shares = np.column_stack([one.ravel() for one in np.meshgrid(*[(np.arange(SAMPLES) + 0.5) / SAMPLES - 0.5] * 2)])
    shares = shares[np.argsort((shares**2).sum(1), kind="stable")]
    for n in np.flatnonzero(from_sides(at, corners) <= np.hypot(*sides.T) / 2):
        samples = at[n] + shares * sides[n]
        within = inside(samples, corners)
        if within.any() and not share[n]:
            at[n] = samples[within.argmax()]
        share[n] = within.mean()
    return Cells(at[share > 0], square * share.reshape(square.shape))


def _parts(length: float, side: float) -> tuple[Array, Array]:
    """Where the cells along one side begin, and how long they are."""
    begins = np.arange(0, length - SLIVER_M, side)
    return begins, np.minimum(begins + side, length) - begins
