"""Kriging of all radios at once, whose variogram is not taken for known.

Each radio's field is its trend plus a stationary one. All radios share the shape of that: exponential correlation, a
part that points in one room have in common (what its walls took away), and a nugget. Fields of different radios are
correlated alike everywhere, so that kriging each by itself is as good as kriging all together (autokrigeability,
Wackernagel 2003, chapter 18), and one decomposition serves all of them. The trend's coefficients have priors and are
integrated out; range, room's share and nugget run over a grid and are weighted by their restricted likelihood (Handcock
and Stein 1993; Diggle and Ribeiro 2007, chapter 7). The same points give the same map.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rules.wifi_map.trend import SLOPE, SLOPE_SPREAD

Array = NDArray[Any]

RANGES_M = (1.0, 2.0, 4.0, 8.0, 16.0)
TYPICAL_RANGE_M, RANGE_SPREAD = 4.0, 0.8
"""Indoor shadowing loses its correlation within some metres (Jalden et al. 2007; 3GPP TR 38.901: 3 to 10 m)."""
NUGGETS = (0.05, 0.2, 0.45, 0.75)
ROOM_SHARES = (0.0, 0.3, 0.6)
PRIORS = ((-38.0, 10.0), (SLOPE, SLOPE_SPREAD), (0.3, 0.7), (4.0, 3.0))
"""Of the trend's columns: dBm at 1 m, exponent, what it grows by, dB a wall; mean and standard deviation."""
WALL_SPREAD = 0.7
"""Walls of one building differ from their mean by that share of it."""
MOST_VARIOGRAMS = 8
NEGLIGIBLE = 0.02
LEAST_SILL = 0.5
"""Readings are whole dB: points that agree exactly are not known better than that."""
LEAST_VARIANCE = 0.3
LEAST_OWN = 0.05
"""A point that alone holds the trend says no less than that of itself."""
LEAST_COMMON, MOST_COMMON = 0.2, 0.9
"""Bodies, furniture and doors shade all radios alike to some part, even where the points do not show it."""
FIRST_SILL = 25.0


@dataclass(frozen=True)
class Points:
    """The readings of n points and T radios.

    Attributes:
        at: n × 2; ``dbm`` and ``known`` n × T; what is not known was not heard, and is at most what stands there.
        trend: n × T × q, the trend's columns; ``bands`` of each radio; those of one band share all but the constant.
        room: n × n, 1 where two points share a room; ``None`` where rooms are not known.
        free: how many coordinates were fitted before.
    """

    at: Array
    dbm: Array
    known: NDArray[np.bool_]
    trend: Array
    bands: tuple[str, ...]
    room: Array | None
    free: int = 0

    @property
    def columns(self) -> NDArray[np.int64]:
        """T × q: which of all coefficients are those of a radio."""
        radios, q = self.dbm.shape[1], self.trend.shape[2]
        bands = sorted(set(self.bands))
        shared = [[radios + bands.index(one) * (q - 1) + n for n in range(q - 1)] for one in self.bands]
        return np.column_stack([np.arange(radios), np.array(shared, dtype=int).reshape(radios, q - 1)])


@dataclass(frozen=True, slots=True)
class Shape:
    """How points correlate: the range over which it falls to 1/e, what a room has in common, and the nugget."""

    range_m: float
    room_share: float
    nugget: float

    def fading(self, away: Array, room: Array | None) -> Array:
        """The correlation of the field at places with that at points."""
        near = np.exp(-away / self.range_m)
        if room is not None and self.room_share:
            near = (1 - self.room_share) * near + self.room_share * room
        result: Array = (1 - self.nugget) * near
        return result


@dataclass(frozen=True)
class Variogram:
    """A shape with what follows from it: ``sill`` in dB², its weight, how much of it radios have in ``common``.

    ``unmixing`` makes the points' errors independent: the inverse of the Cholesky factor of their correlations.
    ``trend`` and ``rest`` are the trend's columns and what it does not explain, unmixed.
    """

    shape: Shape
    sill: float
    common: float
    beta: Array
    covariance: Array
    unmixing: Array
    trend: Array
    rest: Array
    weight: float = 1.0

    def predicted(
        self, away: Array, room: Array | None, trend: Array, columns: Array, noise: float
    ) -> tuple[Array, Array]:
        """T × m: means and variances of the radios' fields at m places, without the noise of measuring them."""
        seen = self.unmixing @ self.shape.fading(away, room)
        left = self.sill * (1 - (seen**2).sum(0)) - min(noise, self.shape.nugget * self.sill)
        mean, variance = self.rest.T @ seen, np.tile(np.maximum(left, LEAST_VARIANCE), (trend.shape[1], 1))
        for radio, own in enumerate(columns):
            mean[radio] += trend[:, radio] @ self.beta[own]
            lack = trend[:, radio] - seen.T @ self.trend[:, radio]
            variance[radio] += ((lack @ self.covariance[np.ix_(own, own)]) * lack).sum(1)
            if len(own) == len(PRIORS):
                variance[radio] += (WALL_SPREAD * max(self.beta[own[-1]], 1.0)) ** 2 * np.abs(lack[:, -1])
        return mean, variance

    def left_out(self, dbm: Array, columns: Array) -> tuple[Array, Array]:
        """What each reading would be taken for had its point not been there, and the variance (Dubrule 1983); n × T."""
        diagonal = (self.unmixing**2).sum(0)
        own = np.empty(dbm.shape)
        for radio, coefficients in enumerate(columns):
            lever = self.unmixing.T @ self.trend[:, radio]
            uncertain = self.covariance[np.ix_(coefficients, coefficients)] / self.sill
            own[:, radio] = np.maximum(diagonal - ((lever @ uncertain) * lever).sum(1), LEAST_OWN * diagonal)
        return dbm - (self.unmixing.T @ self.rest) / own, self.sill / own


FIRST_SHAPE = Shape(TYPICAL_RANGE_M, 0.0, 0.3)


def fit(points: Points) -> tuple[Points, tuple[Variogram, ...]]:
    """The points with what the trend says in place of what was not heard, and their plausible shapes, best first."""
    apart = distances(points.at, points.at)
    first = _explained(points, apart, FIRST_SHAPE, FIRST_SILL, LEAST_COMMON)[1]
    expected = np.einsum("ntq,tq->nt", points.trend, first.beta[points.columns])
    filled = replace(points, dbm=np.where(points.known, points.dbm, np.minimum(expected, points.dbm)))
    found = [_explained(filled, apart, shape, first.sill, first.common) for shape in _shapes(points)]
    best = max(likely for likely, _ in found)
    weighed = sorted(((math.exp(likely - best), -n) for n, (likely, _) in enumerate(found)), reverse=True)
    least = NEGLIGIBLE * sum(weight for weight, _ in weighed)
    kept = [(weight, found[-n][1]) for weight, n in weighed[:MOST_VARIOGRAMS] if weight >= least]
    total = sum(weight for weight, _ in kept)
    return filled, tuple(replace(one, weight=weight / total) for weight, one in kept)


def distances(here: Array, there: Array) -> Array:
    """Metres between places."""
    away: Array = np.hypot(here[:, None, 0] - there[None, :, 0], here[:, None, 1] - there[None, :, 1])
    return away


def _shapes(points: Points) -> Iterator[Shape]:
    shares = ROOM_SHARES if points.room is not None else (0.0,)
    yield from (Shape(*one) for one in product(RANGES_M, shares, NUGGETS))
    # Without any correlation the range means nothing: that is one shape and not as many as there are ranges.
    yield Shape(RANGES_M[0], 0.0, 1.0)


def _explained(points: Points, apart: Array, shape: Shape, sill: float, common: float) -> tuple[float, Variogram]:
    """The restricted log-likelihood of a shape, and all that it says; ``sill`` and ``common`` are to start from."""
    correlation = shape.fading(apart, points.room)
    np.fill_diagonal(correlation, 1 + 1e-9)
    factor = np.linalg.cholesky(correlation)
    unmixing = np.linalg.inv(factor)
    n, radios, q = points.trend.shape
    white = (unmixing @ points.trend.reshape(n, radios * q)).reshape(n, radios, q)
    beta, covariance, away_from_prior = _coefficients(points, white, unmixing @ points.dbm, sill, common)
    rest = unmixing @ points.dbm - np.einsum("ntq,tq->nt", white, beta[points.columns])
    # What was not heard was put where the trend has it: it tells nothing of how far readings are from the trend.
    freedom = max(n * points.known.mean() - (len(beta) + points.free) / radios, 3.0)
    together = float((rest.sum(1) ** 2).sum()) / radios
    apart_ = float((rest**2).sum()) - together
    shared = max(together / freedom, LEAST_SILL)
    own = max(apart_ / (freedom * (radios - 1)), LEAST_SILL) if radios > 1 else shared
    sill = (shared + (radios - 1) * own) / radios
    common = min(max((shared - own) / (radios * sill), LEAST_COMMON), MOST_COMMON) if radios > 1 else 0.0
    likely = (
        -radios * float(np.log(np.diag(factor)).sum())
        - n / 2 * (math.log(shared) + (radios - 1) * math.log(own))
        + float(np.linalg.slogdet(covariance)[1]) / 2
        - away_from_prior / 2
        - (math.log(shape.range_m / TYPICAL_RANGE_M) / RANGE_SPREAD) ** 2 / 2
    )
    return likely, Variogram(shape, sill, common, beta, covariance, unmixing, white, rest)


def _coefficients(
    points: Points, white: Array, reading: Array, sill: float, common: float
) -> tuple[Array, Array, float]:
    """The trend's coefficients by generalised least squares with priors, their covariance, their distance."""
    n, radios, q = white.shape
    columns = points.columns
    design = np.zeros((n, radios, columns.max() + 1))
    for radio, own in enumerate(columns):
        design[:, radio, own] = white[:, radio]
    expected, spread = np.empty(design.shape[2]), np.empty(design.shape[2])
    for n_, (mean, deviation) in enumerate(PRIORS[:q]):
        expected[columns[:, n_]], spread[columns[:, n_]] = mean, deviation
    pooled = common / (1 - common + common * radios)
    sums, flat = design.sum(1), design.reshape(n * radios, -1)
    precision = (flat.T @ flat - pooled * sums.T @ sums) / (sill * (1 - common)) + np.diag(spread**-2)
    right = (flat.T @ reading.ravel() - pooled * sums.T @ reading.sum(1)) / (sill * (1 - common)) + expected / spread**2
    covariance = np.linalg.inv(precision)
    beta = covariance @ right
    return beta, covariance, float((((beta - expected) / spread) ** 2).sum())
