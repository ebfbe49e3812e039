"""The trend that access points give: signal falls with the logarithm of the distance to the nearest one that sends."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rules.wifi_map.kriging import likelihood

Array = NDArray[Any]

CEILING_M = 2.0
"""Access points hang so far above the laptop, which also bounds the trend where one stands below."""
LEAST_FOR_A_TREND = 8
"""With fewer points, a slope is a guess."""
TELLING = 4.0
"""By so much has the log-likelihood to grow before a listed access point is taken for silent: odds of about 50 to 1."""


def columns(at: Array, access_points: Array) -> Array:
    """The trend's columns at each place: a constant, and with access points 10 log10 of the distance to the nearest."""
    constant = np.ones((len(at), 1))
    if not len(access_points):
        return constant
    apart = at[:, None] - access_points[None]
    away = np.sqrt((apart**2).sum(2) + CEILING_M**2).min(1)
    return np.hstack([constant, 10 * np.log10(away)[:, None]])


def sending(at: Array, dbm: Array, access_points: Array) -> Array:
    """Those of the listed access points that the points bear out.

    One that has failed, or hangs elsewhere, would make the map promise signal where there is none. Where no slope
    falls with distance, none of them explains anything, and there is no trend.
    """
    if len(at) < LEAST_FOR_A_TREND or not _tells(columns(at, access_points)):
        return access_points[:0]
    kept = access_points
    best = likelihood(at, columns(at, kept), dbm) if len(kept) else -np.inf
    while len(kept) > 1:
        tried = [np.delete(kept, n, axis=0) for n in range(len(kept))]
        gains = [
            likelihood(at, columns(at, one), dbm) if _tells(columns(at, one)) else -np.inf for one in tried
        ]  # fmt: skip
        n = int(np.argmax(gains))
        if gains[n] < best + TELLING:
            break
        kept, best = tried[n], gains[n]
    return kept if _falls(at, dbm, kept) else kept[:0]


def _tells(trend: Array) -> bool:
    """Whether distances differ at all: points that are equally far from everything say nothing of a slope."""
    return trend.shape[1] > 1 and float(np.ptp(trend[:, 1])) > 1


def _falls(at: Array, dbm: Array, access_points: Array) -> bool:
    if not len(access_points):
        return False
    beta: Any = np.linalg.lstsq(columns(at, access_points), dbm, rcond=None)[0]
    return bool(beta[1] < 0)
