"""Where points of a survey can speak for a place at all, whatever the statistics say."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rules.wifi_map.rooms import from_sides

Array = NDArray[Any]

FARTHEST_M = 6.5
"""A point for every 20 m², as carriers accept networks by, leaves no place farther than 3.2 m from one: twice that."""
MARGIN_M = 3.2
"""How far outside the outermost points a place may be, if it is no farther from a point than places inside are."""
TYPICAL = 0.9
TRIANGLE = 3


def within(
    cells: Array, points: Array, farthest_m: float = FARTHEST_M, margin_m: float = MARGIN_M
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which places the points speak for, and which lie just beside them.

    Those they speak for are inside their convex hull, or little outside it and as near to a point as most of the places
    inside are. Outside the hull nothing bounds the field from the other side: what lies beside the points, within the
    margin, is for who can say much more of it than that a point is near. Corners, which are far from everything, are
    neither. Points along a corridor say nothing of the rooms behind its walls: the margin is a quarter of the hull's
    width at most.
    """
    nearest = np.concatenate([_nearest(block, points) for block in np.array_split(cells, len(cells) // 2000 + 1)])
    corners = hull(points)
    outside = _outside(cells, corners)
    inside = outside <= 0
    usual = float(np.quantile(nearest[inside], TYPICAL)) if inside.any() else 0.0
    margin = outside <= min(margin_m, _width(corners) / 4)
    speaks: NDArray[np.bool_] = (nearest <= farthest_m) & (inside | margin & (nearest <= min(usual, margin_m)))
    return speaks, margin & (nearest <= farthest_m) & ~speaks


def hull(points: Array) -> Array:
    """The corners of the convex hull, counter-clockwise (Andrew 1979)."""
    rest = sorted(set(map(tuple, points.tolist())))
    if len(rest) < TRIANGLE:
        return np.array(rest)
    corners = []
    for several in (rest, rest[::-1]):
        chain: list[tuple[float, ...]] = []
        for one in several:
            while len(chain) > 1 and _turn(chain[-2], chain[-1], one) <= 0:
                chain.pop()
            chain.append(one)
        corners += chain[:-1]
    return np.array(corners)


def _width(corners: Array) -> float:
    """How wide a convex polygon is across its greatest length, on average."""
    x, y = corners[:, 0], corners[:, 1]
    area = abs(float(x @ np.roll(y, -1) - y @ np.roll(x, -1))) / 2
    longest = float(np.hypot(x[:, None] - x, y[:, None] - y).max())
    return area / longest if longest else 0.0


def _turn(a: tuple[float, ...], b: tuple[float, ...], c: tuple[float, ...]) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _nearest(cells: Array, points: Array) -> Array:
    result: Array = np.hypot(*(cells[:, None] - points[None]).transpose(2, 0, 1)).min(1)
    return result


def _outside(cells: Array, corners: Array) -> Array:
    """How far outside a convex polygon each place is; 0 inside."""
    inside = np.full(len(cells), len(corners) >= TRIANGLE)
    for a, b in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        edge, to = b - a, cells - a
        inside &= edge[0] * to[:, 1] - edge[1] * to[:, 0] >= 0
    return np.where(inside, 0.0, from_sides(cells, corners))
