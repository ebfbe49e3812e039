"""The map of one floor and band: every cell met, not met, or not determined."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rules.wifi_map import kriging, trend
from rules.wifi_map.within import within

Array = NDArray[Any]

MET, NOT_MET, UNDETERMINED = 1, 0, -1
RISK = 0.1
"""No cell is decided whose decision is wrong more often than this, one-sided."""
SHARE_WRONG = 0.015
"""Nor are so many decided that more than this share of them is expected to be wrong. Most cells are far safer than the
doubtful ones, so that this bound is the one that counts (docs/decisions/0023)."""
LEAST_POINTS = 6


@dataclass(frozen=True)
class Decided:
    """What points say of cells: a state for each, the expected signal, and how exact that is.

    Attributes:
        left_out_db: root mean square of the errors at points that were left out.
        sending: the access points that the points bear out.
    """

    state: NDArray[np.int8]
    dbm: Array
    spread_db: Array
    left_out_db: float | None
    sending: Array


def decide(points: Array, dbm: Array, access_points: Array, cells: Array, threshold_dbm: Array) -> Decided:
    """Decide cells by the points around them.

    Args:
        points: n × 2 in metres; those at the same spot should be one.
        dbm: their n readings.
        access_points: k × 2, those listed; may be empty.
        cells: m × 2.
        threshold_dbm: for each cell what is asked there.
    """
    if len(points) < LEAST_POINTS:
        nothing = np.full(len(cells), np.nan)
        return Decided(np.full(len(cells), UNDETERMINED, np.int8), nothing, nothing, None, access_points[:0])
    sending = trend.sending(points, dbm, access_points)
    fit = kriging.fit(points, trend.columns(points, sending), dbm)
    near = within(cells, points)
    mean, spread, below = (np.full(len(cells), np.nan) for _ in range(3))
    mean[near], spread[near], below[near] = fit.below(
        cells[near], trend.columns(cells[near], sending), threshold_dbm[near]
    )
    error = float(np.sqrt(np.mean(fit.left_out_db**2)))
    return Decided(_states(below), mean, spread, error, sending)


def _states(below: Array) -> NDArray[np.int8]:
    """The safest cells first, until the next would be too doubtful itself or make too many of them wrong."""
    risk = np.minimum(below, 1 - below)
    order = np.argsort(np.where(np.isnan(risk), np.inf, risk), kind="stable")
    expected = np.cumsum(np.nan_to_num(risk[order], nan=1.0)) / np.arange(1, len(order) + 1)
    safe = (np.nan_to_num(risk[order], nan=1.0) <= RISK) & (expected <= SHARE_WRONG)
    states = np.full(len(below), UNDETERMINED, np.int8)
    chosen = order[safe]
    states[chosen] = np.where(below[chosen] <= RISK, MET, NOT_MET)
    return states
