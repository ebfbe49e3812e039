"""Why nothing is decided on a floor: positions that cannot be right, points that span no area, signals at the limit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from probes.campus import FloorAccessPoint
from probes.text import Text, text
from rules.wifi_map.decide import LEAST_POINTS, Decided
from rules.wifi_map.floors import FloorPoints, outside_by
from rules.wifi_map.radios import Heard

Array = NDArray[Any]

MOST_BEYOND, MOST_BESIDE = 0.1, 0.5
"""One or two points may be misspelt; where a tenth lies outside of the floor, its size or their scale is wrong. A yard
beside the outline may be walked as well, but not most of the time."""
FEWEST_ASTRAY = 2
ASTRAY_M = 3.0
"""Who stands in the corridor before a room may name that room."""
MOST_ASTRAY = 0.25
SEVERAL = 3
"""Of so many listed access points at least one is borne out wherever positions are right (docs/decisions/0020)."""
SPAN_M = 1.5
"""Points are told to about a metre: what spans less than that across is a line."""


def wrong_positions(on: FloorPoints) -> Text | None:
    """What shows that points, places and the floor's size do not go together; ``None`` where they do."""
    total = len(on.readings) + on.beyond + on.beside
    outside = on.beyond + on.beside
    if on.beyond >= max(FEWEST_ASTRAY, MOST_BEYOND * total) or outside > max(FEWEST_ASTRAY, MOST_BESIDE * total):
        return text(
            "{n} of {total} points lie outside of the floor: correct its size, outline or scale, or the positions of"
            " the points (metres from the top left corner, to the right and down)",
            n=outside,
            total=total,
        )
    outlines = {one.id: one.outline for one in on.floor.place}
    placed = [one for one in on.readings if one.place in outlines]
    astray = sum(outside_by((one.x_m, one.y_m), outlines[one.place]) > ASTRAY_M for one in placed)
    if astray >= max(FEWEST_ASTRAY + 1, MOST_ASTRAY * len(placed)):
        return text(
            "{n} of {total} points lie more than {metres} m outside of the place that they name: correct the places'"
            " outlines, or the positions of the points (metres from the top left corner, to the right and down)",
            n=astray,
            total=len(placed),
            metres=f"{ASTRAY_M:g}",
        )
    return None


def none_sends(listed: Sequence[FloorAccessPoint], heard: Heard, decided: Decided, asked_dbm: float) -> Text | None:
    """That of several access points none is where it is said to hang, although there is signal."""
    strong = np.count_nonzero(heard.strongest >= asked_dbm)
    if decided.left_out_db is None or decided.sending or len(listed) < SEVERAL or strong < SEVERAL:
        return None
    return text(
        "the points bear out none of the {n} access points listed: correct their positions, or those of the points, or"
        " the scale",
        n=len(listed),
    )


def undecided(on: FloorPoints, heard: Heard) -> Text:
    """Why points decide nothing whose positions are in order."""
    n = len(heard.at)
    if n < LEAST_POINTS and len(on.readings) > n:
        return text(
            "{n} points are too few for a map; the others only told percentages, which are no signal strength: survey"
            " with another system or card",
            n=n,
        )
    if n < LEAST_POINTS:
        return text("{n} points are too few for a map; at least {least} are needed", n=n, least=LEAST_POINTS)
    if heard.silent.all():
        return text("none of the {n} points heard the school's network", n=n)
    if _across(heard.at) < SPAN_M:
        return text("all points lie on a line; measure on both sides of it as well, and at the back of rooms")
    return text("the signal is close to what is asked, or the points lie too far apart: measure more of them")


def _across(at: Array) -> float:
    """How far points reach across the direction in which they reach farthest."""
    apart = at - at.mean(0)
    across: Array = apart @ np.linalg.svd(apart, full_matrices=False)[2][-1]
    return float(np.ptp(across))
