"""The map of one floor and band: every cell met, not met, or not determined."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rules.wifi_map import strongest
from rules.wifi_map.kriging import Points, Variogram, distances, fit
from rules.wifi_map.radios import Heard, one_radio, thinned
from rules.wifi_map.rooms import Rooms
from rules.wifi_map.trend import Source, columns, sources
from rules.wifi_map.within import within

Array = NDArray[Any]

MET, NOT_MET, UNDETERMINED = 1, 0, -1
RISK = 0.25
"""No cell is decided whose decision is wrong more often than this, one-sided."""
RISK_OUTSIDE = 0.05
"""Nor one a little outside the points that is wrong more often than this."""
SHARE_WRONG = 0.02
"""Nor are so many decided that more than this share of them is expected to be wrong. On floors whose truth is known it
was half to three quarters of that (docs/decisions/0018)."""
WITHOUT_ACCESS_POINTS, WITHOUT_ROOMS = 0.6, 0.75
"""So much of that where no listed access point is borne out, and where rooms are unknown: places and walls that the
points themselves have to tell make errors that do not show in them."""
LEAST_POINTS = 6
POINTS_A_FREEDOM = 2.0
"""Neighbouring points are not independent: the tails are those of half as many."""
IRRELEVANT_DB = 12.0
"""A radio that is nowhere stronger than this below what is asked decides nothing."""
DEAF_DBM = (-95.0, -85.0)
"""What was not heard is weaker than the weakest that was; no receiver is deafer or sharper than that."""
THINNED = 0.5
MUCH_BETTER = 0.9


@dataclass(frozen=True)
class Decided:
    """What points say of cells: a state for each, and how exact that is.

    Attributes:
        left_out_db: root mean square of the errors at points that were left out.
        sending: numbers of the listed access points that the points bear out.
    """

    state: NDArray[np.int8]
    left_out_db: float | None
    sending: frozenset[int]


@dataclass(frozen=True)
class Model:
    """What explains the points; ``stretch`` widens all errors where points left out ask for it."""

    points: Points
    sources: tuple[Source, ...]
    variograms: tuple[Variogram, ...]
    noise_db2: float
    rooms: Rooms | None
    left_out_db: float
    stretch: float

    @property
    def freedom(self) -> float:
        """Of Student's distribution of errors."""
        return _freedom(self.points)

    def below(self, cells: Array, threshold_dbm: Array) -> Array:
        """How probably the strongest signal at each cell is weaker than asked."""
        away = distances(self.points.at, cells)
        room = None if self.rooms is None else self.rooms.shared(self.points.at, cells)
        trend, own = columns(cells, self.sources, self.rooms), self.points.columns
        found = np.zeros(len(cells))
        for one in self.variograms:
            mean, variance = one.predicted(away, room, trend, own, self.noise_db2)
            wide = variance * self.stretch**2
            found += one.weight * strongest.below(threshold_dbm, mean, wide, one.likeness, self.freedom)
        return found


def decide(
    heard: Heard, access_points: Array, cells: Array, threshold_dbm: Array, rooms: Rooms | None = None
) -> Decided:
    """Decide cells by the points around them.

    Args:
        heard: what was heard at points; those at the same spot should be one.
        access_points: k × 2, those listed; may be empty.
        cells: m × 2.
        threshold_dbm: for each cell what is asked there.
        rooms: where they are known.
    """
    if len(heard.at) < LEAST_POINTS or heard.silent.all():
        return Decided(np.full(len(cells), UNDETERMINED, np.int8), None, frozenset())
    model = _model(thinned(heard), access_points, float(threshold_dbm.min()), rooms)
    near, beside = within(cells, heard.at)
    below = np.full(len(cells), np.nan)
    asked = near | beside
    below[asked] = model.below(cells[asked], threshold_dbm[asked])
    below[beside & (np.minimum(below, 1 - below) > RISK_OUTSIDE)] = np.nan
    sending = frozenset(number for source in model.sources for number in source.listed)
    share = SHARE_WRONG * (1 if sending else WITHOUT_ACCESS_POINTS) * (1 if rooms else WITHOUT_ROOMS)
    return Decided(most_sure(below, share), model.left_out_db, sending)


def _model(heard: Heard, access_points: Array, least_dbm: float, rooms: Rooms | None) -> Model:
    """A law for each radio, or one for the strongest signal where that foretells points that are left out much better.

    The second happens where scans were thinned out to their strongest radio before they came here.
    """
    each = _fitted(_relevant(heard, least_dbm), access_points, rooms)
    if heard.dbm.shape[1] == 1 or not each.points.known.mean() < THINNED:
        return each
    together = _fitted(one_radio(heard.at, heard.strongest, heard.noise_db2), access_points, rooms)
    return together if together.left_out_db < MUCH_BETTER * each.left_out_db else each


def _relevant(heard: Heard, least_dbm: float) -> Heard:
    top = np.where(np.isnan(heard.dbm), -np.inf, heard.dbm).max(0)
    kept = top >= min(least_dbm - IRRELEVANT_DB, float(top.max()))
    bands = tuple(band for band, one in zip(heard.bands, kept, strict=True) if one)
    return replace(heard, dbm=heard.dbm[:, kept], bands=bands)


def _fitted(heard: Heard, access_points: Array, rooms: Rooms | None) -> Model:
    known = ~np.isnan(heard.dbm)
    deaf = float(np.clip(heard.dbm[known].min(), *DEAF_DBM))
    hung = sources(heard, access_points, deaf, rooms)
    free = 2 * sum(not one.listed for one in hung)
    room = None if rooms is None else rooms.shared(heard.at, heard.at)
    trend = columns(heard.at, hung, rooms)
    numbers = tuple(next(n for n, other in enumerate(hung) if other is one) for one in hung)
    dbm = np.where(known, heard.dbm, deaf)
    points, shapes = fit(Points(heard.at, dbm, known, trend, heard.bands, room, numbers, free))
    return Model(points, hung, shapes, heard.noise_db2, rooms, *_left_out(points, shapes, deaf))


def _left_out(points: Points, shapes: tuple[Variogram, ...], deaf_dbm: float) -> tuple[float, float]:
    """Root mean square of the errors of the strongest signal at points left out, and how much wider than foretold."""
    read = np.where(points.known, points.dbm, deaf_dbm).max(1)
    error, under, freedom = np.zeros(len(read)), np.zeros(len(read)), _freedom(points)
    for one in shapes:
        mean, variance = one.left_out(points)
        error += one.weight * (read - strongest.expected(mean, variance, one.likeness, freedom))
        under += one.weight * strongest.below(read, mean, variance, one.likeness, freedom)
    scores = strongest.score(under)
    # Where nothing was heard the strongest is somewhere below: only what is foretold too strong is an error.
    scores[~points.known.any(1)] = np.minimum(scores[~points.known.any(1)], 0)
    return float(np.sqrt(np.mean(error**2))), max(1.0, float(np.sqrt(np.mean(scores**2))))


def _freedom(points: Points) -> float:
    return max(len(points.at) / POINTS_A_FREEDOM, 3.0)


def most_sure(below: Array, share_wrong: float = SHARE_WRONG) -> NDArray[np.int8]:
    """A state for each cell by how probably it is too weak.

    The safest first, until the next would be too doubtful itself or make too many of them wrong.
    """
    risk = np.nan_to_num(np.minimum(below, 1 - below), nan=1.0)
    order = np.argsort(risk, kind="stable")
    expected = np.cumsum(risk[order]) / np.arange(1, len(order) + 1)
    chosen = order[(risk[order] <= RISK) & (expected <= share_wrong)]
    states = np.full(len(below), UNDETERMINED, np.int8)
    states[chosen] = np.where(below[chosen] <= RISK, MET, NOT_MET)
    return states
