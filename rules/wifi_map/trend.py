"""Where each radio hangs, and the law by which its signal falls with distance and with the walls between."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rules.wifi_map.radios import Heard
from rules.wifi_map.rooms import Rooms

Array = NDArray[Any]

CEILING_M = 2.0
"""Access points hang so far above the laptop, which also bounds the trend where one stands below."""
STOREY_M = 5.5
"""One that nobody listed may hang on the floor above."""
BREAK_M = 8.0
"""Beyond some metres signals fall faster than near by (Motley and Keenan 1988 count floors and walls; ITU-R P.1238 a
greater exponent): the law may bend here."""
SLOPE, SLOPE_SPREAD = 2.7, 0.7
"""Exponents that ITU-R P.1238 and others found indoors: 1.6 in corridors to 4 among heavy walls."""
WALL_DB, WALL_DB_SPREAD = 4.0, 3.0
FEWEST = 8
"""With fewer points than that a radio's unheard points are needed to find it."""
TELLING = 7.0
"""By so much has the log-likelihood to be better before a radio is sought elsewhere than at a listed access point: two
coordinates are free there, among hundreds of places."""
SENDING = 4.0
"""By so much it has to grow before one of several access points of a common name is taken for silent."""
SEARCH_STEP_M, SEARCH_MARGIN_M, MOST_SOUGHT = 2.0, 4.0, 2500


@dataclass(frozen=True)
class Source:
    """Where a radio hangs: at one place, or, of several access points that send under one BSSID, wherever is nearest.

    ``listed`` are the numbers of those access points; without any it is where the radio is best explained from.
    """

    places: Array
    height_m: float
    listed: tuple[int, ...]

    def away(self, at: Array) -> tuple[Array, NDArray[np.int64]]:
        """The distance of each place, in metres, and to which one it is."""
        apart = np.sqrt(((at[:, None] - self.places[None]) ** 2).sum(2) + self.height_m**2)
        return apart.min(1), apart.argmin(1)


def columns(at: Array, sources: tuple[Source, ...], rooms: Rooms | None) -> Array:
    """A constant, −10 log10 of the distance, that beyond ``BREAK_M``, minus the walls between; m × radios × 3 or 4."""
    table = np.ones((len(at), len(sources), 3 if rooms is None else 4))
    for number, source in enumerate(sources):
        away, nearest = source.away(at)
        table[:, number, 1] = -10 * np.log10(away)
        table[:, number, 2] = -10 * np.log10(np.maximum(away / BREAK_M, 1))
        if rooms is not None:
            for one, place in enumerate(source.places):
                here = nearest == one
                table[here, number, 3] = -rooms.walls(place, at[here])
    return table


def sources(heard: Heard, access_points: Array, deaf_dbm: float, rooms: Rooms | None = None) -> tuple[Source, ...]:
    """For each radio the listed access point it is most likely to be, all of them together, or a place of its own."""
    low, high = heard.at.min(0) - SEARCH_MARGIN_M, heard.at.max(0) + SEARCH_MARGIN_M
    step = max(SEARCH_STEP_M, math.sqrt(float(np.prod(high - low)) / MOST_SOUGHT))
    x, y = (np.arange(low[axis], high[axis] + step, step) for axis in (0, 1))
    free = np.column_stack([one.ravel() for one in np.meshgrid(x, y)])
    listed = [Source(one[None], CEILING_M, (n,)) for n, one in enumerate(access_points)]
    if len(access_points) > 1:
        listed.append(_several(heard, access_points))
    anywhere = [Source(one[None], height, ()) for height in (CEILING_M, STOREY_M) for one in free]
    distances = np.column_stack([
        *(one.away(heard.at)[0] for one in listed),
        *(np.sqrt(((heard.at[:, None] - free[None]) ** 2).sum(2) + height**2) for height in (CEILING_M, STOREY_M)),
    ])  # fmt: skip
    candidates = [*listed, *anywhere]
    logs = -10 * np.log10(distances)
    found = []
    walls = None if rooms is None or not listed else columns(heard.at, tuple(listed), rooms)[:, :, 3]
    for dbm in heard.dbm.T:
        likely = _explained(heard.at, dbm, logs, deaf_dbm)
        if walls is not None:
            likely[: len(listed)] = np.maximum(
                likely[: len(listed)], _explained(heard.at, dbm, logs[:, : len(listed)], deaf_dbm, walls)
            )
        best = int(likely.argmax())
        if listed:
            known = int(likely[: len(listed)].argmax())
            best = known if likely[known] > likely[best] - TELLING else best
        found.append(candidates[best])
    return tuple(found)


def _several(heard: Heard, access_points: Array) -> Source:
    """All access points under one name, but for those without which the strongest signal is much better explained.

    One that has failed, or hangs elsewhere, would make the map promise signal where there is none.
    """
    kept = list(range(len(access_points)))
    strongest = heard.strongest

    def likely(several: list[int]) -> float:
        away = Source(access_points[several], CEILING_M, ()).away(heard.at)[0]
        return float(_explained(heard.at, strongest, -10 * np.log10(away)[:, None], 0.0)[0])

    best = likely(kept)
    while len(kept) > 1:
        tried = [[one for one in kept if one != out] for out in kept]
        gains = [likely(one) for one in tried]
        n = int(np.argmax(gains))
        if gains[n] < best + SENDING:
            break
        kept, best = tried[n], gains[n]
    return Source(access_points[kept], CEILING_M, tuple(kept))


def _explained(at: Array, dbm: Array, logs: Array, deaf_dbm: float, walls: Array | None = None) -> Array:
    """The log-likelihood of a radio's readings for each column of −10 log10 of distances, and of minus the walls.

    What a decade of distance and a wall take are uncertain. A plain correlation serves here, since all candidates are
    compared by the same one.
    """
    known = ~np.isnan(dbm)
    used = known if np.count_nonzero(known) >= FEWEST else np.ones(len(dbm), dtype=bool)
    reading = np.where(known, dbm, deaf_dbm)[used]
    apart = np.hypot(*(at[used][:, None] - at[used][None]).transpose(2, 0, 1))
    unmixing = np.linalg.inv(np.linalg.cholesky(0.7 * np.exp(-apart / 4) + 0.3 * np.eye(len(reading))))
    level = unmixing.sum(1)
    level /= np.linalg.norm(level)
    rest = unmixing @ reading
    rest = rest - level * (level @ rest)
    design = np.stack([unmixing @ one[used] for one in ((logs,) if walls is None else (logs, walls))])
    design -= level[:, None] * (level @ design)[:, None]
    laws = np.array([(SLOPE, SLOPE_SPREAD), (WALL_DB, WALL_DB_SPREAD)])[: len(design)]
    expected, prior = laws[:, 0], 25.0 / laws[:, 1] ** 2
    precision = np.einsum("ink,jnk->kij", design, design) + np.diag(prior)
    right = np.einsum("ink,n->ki", design, rest) + prior * expected
    law = np.linalg.solve(precision, right[:, :, None])[:, :, 0]
    unexplained = rest @ rest + prior @ expected**2 - (law * right).sum(1)
    likely: Array = -len(reading) / 2 * np.log(np.maximum(unexplained, len(reading)))
    return likely
