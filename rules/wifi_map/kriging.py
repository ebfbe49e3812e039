"""Kriging whose variogram is not taken for known: every plausible one is asked, by how well it explains the points.

The field is a trend plus a stationary one with exponential correlation and a nugget. With some dozens of points a
variogram fitted once is too sure of itself; so range and nugget run over a grid, the trend's coefficients and the sill
are integrated out (Handcock and Stein 1993; Diggle and Ribeiro 2007, chapter 7), and what comes out at a place is a
mixture of Student's distributions. What it is mixed from is fixed by the points: the same points give the same map.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

RANGES_M = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0)
NUGGETS = (0.05, 0.15, 0.3, 0.5, 0.7, 1.0)
"""Ranges over which correlation falls to 1/e, and shares of the variance that neighbours do not share."""
NEGLIGIBLE = 0.01
"""Variograms of so little weight are left out."""
LEAST_SQUARE = 1.0
"""Readings are whole dB: points that agree exactly are not known better than that."""

_erfc = np.frompyfunc(math.erfc, 1, 1)


@dataclass(frozen=True)
class Variogram:
    """One variogram with everything that follows from it: ``sill`` in dB², and its weight among all.

    ``unmixing`` makes the points' errors independent: the inverse of the Cholesky factor of their correlations.
    """

    range_m: float
    nugget: float
    weight: float
    sill: float
    beta: Array
    unmixing: Array
    whitened_trend: Array
    trend_factor: Array
    whitened_rest: Array


@dataclass(frozen=True)
class Fit:
    """The plausible variograms of some points. ``stretch`` widens the predictions where left-out points ask for it."""

    at: Array
    freedom: int
    variograms: tuple[Variogram, ...]
    left_out_db: Array
    stretch: float

    def below(self, at: Array, trend: Array, threshold_dbm: Array) -> tuple[Array, Array, Array]:
        """At each place: the mean, the standard deviation, and how probably a reading there is below its threshold."""
        away = _distances(at, self.at)
        mean, square, below = np.zeros(len(at)), np.zeros(len(at)), np.zeros(len(at))
        fading = {range_m: np.exp(-away.T / range_m) for range_m in {one.range_m for one in self.variograms}}
        for one in self.variograms:
            seen = (1 - one.nugget) * (one.unmixing @ fading[one.range_m])
            here = trend @ one.beta + seen.T @ one.whitened_rest
            lack = _solve(one.trend_factor, (trend - seen.T @ one.whitened_trend).T)
            variance = one.sill * np.maximum(1 - (seen**2).sum(0) + (lack**2).sum(0), 1e-6)
            spread = np.sqrt(variance) * self.stretch
            mean += one.weight * here
            square += one.weight * (spread**2 + here**2)
            below += one.weight * student((threshold_dbm - here) / spread, self.freedom)
        return mean, np.sqrt(np.maximum(square - mean**2, 0)), below


def fit(at: Array, trend: Array, dbm: Array) -> Fit:
    """Weigh the variograms by the restricted likelihood of the points.

    Args:
        at: n × 2, metres.
        trend: n × p, the trend's columns at the points.
        dbm: n readings; n has to exceed p by 3 at least.
    """
    away = _distances(at, at)
    shapes = [(range_m, nugget) for range_m in RANGES_M for nugget in NUGGETS if nugget < 1]
    # Without any correlation the range means nothing: that is one variogram and not as many as there are ranges.
    found = [_explained(away, trend, dbm, range_m, nugget) for range_m, nugget in (*shapes, (RANGES_M[0], 1.0))]
    best = max(likelihood for likelihood, _, _ in found)
    weights = np.array([math.exp(likelihood - best) for likelihood, _, _ in found])
    weights /= weights.sum()
    kept = [(float(w), one, rest) for w, (_, one, rest) in zip(weights, found, strict=True) if w >= NEGLIGIBLE]
    total = sum(w for w, _, _ in kept)
    variograms = tuple(replace(one, weight=w / total) for w, one, _ in kept)
    left_out = sum(w / total * rest[0] for w, _, rest in kept)
    standard = sum(w / total * rest[1] for w, _, rest in kept)
    stretch = max(1.0, float(np.sqrt(np.mean(standard**2))))
    return Fit(at, len(at) - trend.shape[1], variograms, np.asarray(left_out), stretch)


def likelihood(at: Array, trend: Array, dbm: Array) -> float:
    """How well a trend explains the points, for comparing trends: the greatest log-likelihood of a few variograms."""
    away = _distances(at, at)
    return max(_profile(away, trend, dbm, range_m, nugget) for range_m, nugget in ((4, 0.3), (12, 0.3), (1, 1.0)))


def _profile(away: Array, trend: Array, dbm: Array, range_m: float, nugget: float) -> float:
    factor = np.linalg.cholesky(_correlation(away, range_m, nugget))
    white, rest = _solve(factor, trend), _solve(factor, dbm)
    beta = np.linalg.lstsq(white, rest, rcond=None)[0]
    square = float(((rest - white @ beta) ** 2).sum())
    return -float(np.log(np.diag(factor)).sum()) - len(dbm) / 2 * math.log(max(square, LEAST_SQUARE))


def _explained(
    away: Array, trend: Array, dbm: Array, range_m: float, nugget: float
) -> tuple[float, Variogram, tuple[Array, Array]]:
    n, p = trend.shape
    factor = np.linalg.cholesky(_correlation(away, range_m, nugget))
    unmixing = _solve(factor, np.eye(n))
    white, reading = unmixing @ trend, unmixing @ dbm
    precision = white.T @ white
    inner = np.linalg.cholesky(precision)
    beta = np.linalg.solve(precision, white.T @ reading)
    rest = reading - white @ beta
    square = max(float(rest @ rest), LEAST_SQUARE)
    likely = (
        -float(np.log(np.diag(factor)).sum()) - float(np.log(np.diag(inner)).sum()) - (n - p) / 2 * math.log(square)
    )
    sill = square / (n - p)
    one = Variogram(range_m, nugget, 0.0, sill, beta, unmixing, white, inner, rest)
    return likely, one, _left_out(unmixing, white, precision, rest, sill)


def _left_out(unmixing: Array, white: Array, precision: Array, rest: Array, sill: float) -> tuple[Array, Array]:
    """The error at each point if it had not been there, and that in its own standard deviations (Dubrule 1983)."""
    bare = unmixing - white @ np.linalg.solve(precision, white.T @ unmixing)
    own = np.maximum((unmixing * bare).sum(0), 1e-9)
    error = (unmixing.T @ rest) / own
    return error, error / np.sqrt(sill / own)


def _correlation(away: Array, range_m: float, nugget: float) -> Array:
    return (1 - nugget) * np.exp(-away / range_m) + (nugget + 1e-9) * np.eye(len(away))


def _distances(here: Array, there: Array) -> Array:
    away: Array = np.hypot(here[:, None, 0] - there[None, :, 0], here[:, None, 1] - there[None, :, 1])
    return away


def _solve(factor: Array, right: Array) -> Array:
    solved: Array = np.linalg.solve(factor, right)
    return solved


def student(t: Array, freedom: int) -> Array:
    """Student's distribution function, by Wallace's approximation (1959), which is good to 0.001 from 3 degrees on."""
    scale = (8 * freedom + 1) / (8 * freedom + 3)
    z = np.sign(t) * scale * np.sqrt(freedom * np.log1p(t**2 / freedom))
    return np.asarray(0.5 * _erfc(-z / math.sqrt(2)), dtype=float)
