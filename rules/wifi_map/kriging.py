"""Kriging of radios whose variogram is not taken for known.

Each radio's field is its trend plus a stationary one. All radios share the trend's coefficients, and the shape of the
field: exponential correlation or a smoother one, a part that points in one room have in common (what its walls took
away), and a nugget. Each is kriged by those points that heard it; that is as good as kriging all together where fields
of different radios are correlated alike everywhere (autokrigeability, Wackernagel 2003, chapter 18). The trend's
coefficients have priors and are integrated out; range, smoothness, room's share and nugget run over a grid and are
weighted by their restricted likelihood (Handcock and Stein 1993; Diggle and Ribeiro 2007, chapter 7). The same points
give the same map.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rules.wifi_map.strongest import Likeness, normal
from rules.wifi_map.trend import SLOPE, SLOPE_SPREAD, WALL_DB, WALL_DB_SPREAD

Array = NDArray[Any]

RANGES_M = (1.0, 2.0, 4.0, 8.0, 16.0)
TYPICAL_RANGE_M, RANGE_SPREAD = 4.0, 0.8
"""Indoor shadowing loses its correlation within some metres (Jalden et al. 2007; 3GPP TR 38.901: 3 to 10 m)."""
NUGGETS = (0.05, 0.2, 0.45, 0.75)
ROOM_SHARES = (0.0, 0.3, 0.6)
PRIORS = ((-38.0, 10.0), (SLOPE, SLOPE_SPREAD), (0.3, 0.7), (WALL_DB, WALL_DB_SPREAD))
"""Of the trend's columns: dBm at 1 m, exponent, what it grows by, dB a wall; mean and standard deviation."""
WALL_SPREAD = 0.4
"""Walls of one building differ from their mean by that share of it."""
MOST_VARIOGRAMS = 8
NEGLIGIBLE = 0.02
SMOOTH_RARER = 1.5
"""Indoor shadowing is rough (Gudmundson 1991: exponential): points have to say so before it is taken for smooth."""
LEAST_SILL = 0.5
"""Readings are whole dB: points that agree exactly are not known better than that."""
LEAST_VARIANCE = 0.3
LEAST_OWN = 0.05
"""A point that alone holds the trend says no less than that of itself."""
LEAST_COMMON, MOST_COMMON = 0.2, 0.9
"""Bodies, furniture and doors shade all radios alike to some part, even where the points do not show it."""
FIRST_SILL = 25.0
SURPRISING = 1.0
"""Silence tells something unless it was clear beforehand, by so many standard deviations, that nothing is heard."""
SURELY = 5.0


@dataclass(frozen=True)
class Points:
    """The readings of n points and T radios.

    Attributes:
        at: n × 2; ``dbm`` and ``known`` n × T; what is not known was not heard, and is at most what stands there.
        trend: n × T × q, the trend's columns; ``bands`` of each radio; those of one band share all but the constant.
        room: n × n, 1 where two points share a room; ``None`` where rooms are not known.
        hung: for each radio a number of the place where it hangs.
        free: how many coordinates were fitted before.
        silent: n × T, where not being heard counts as what stands in ``dbm``; else it counts for nothing.
    """

    at: Array
    dbm: Array
    known: NDArray[np.bool_]
    trend: Array
    bands: tuple[str, ...]
    room: Array | None
    hung: tuple[int, ...]
    free: int = 0
    silent: NDArray[np.bool_] | None = None

    @cached_property
    def columns(self) -> NDArray[np.int64]:
        """T × q: which of all coefficients are those of a radio."""
        radios, q = self.dbm.shape[1], self.trend.shape[2]
        bands = sorted(set(self.bands))
        shared = [[radios + bands.index(one) * (q - 1) + n for n in range(q - 1)] for one in self.bands]
        return np.column_stack([np.arange(radios), np.array(shared, dtype=int).reshape(radios, q - 1)])

    @cached_property
    def counted(self) -> tuple[NDArray[np.int64], ...]:
        """For each radio the numbers of the points that count."""
        counts = self.known if self.silent is None else self.known | self.silent
        return tuple(np.flatnonzero(one) for one in counts.T)

    @cached_property
    def apart(self) -> Array:
        """Metres between points, n × n."""
        return distances(self.at, self.at)

    @cached_property
    def priors(self) -> tuple[Array, Array]:
        """What is expected of each coefficient, and its spread."""
        columns = self.columns
        expected, spread = np.empty(columns.max() + 1), np.empty(columns.max() + 1)
        for n, (mean, deviation) in enumerate(PRIORS[: columns.shape[1]]):
            expected[columns[:, n]], spread[columns[:, n]] = mean, deviation
        return expected, spread


@dataclass(frozen=True, slots=True)
class Shape:
    """How points correlate: over which range, smoothly (Matérn 3/2) or not (exponential), in a room, and the nugget."""

    range_m: float
    room_share: float
    nugget: float
    smooth: bool = False

    def fading(self, away: Array, room: Array | None) -> Array:
        """The correlation of the field at places with that at points."""
        away = away / self.range_m * (math.sqrt(3) if self.smooth else 1)
        near = np.exp(-away) * (1 + away if self.smooth else 1)
        if room is not None and self.room_share:
            near = (1 - self.room_share) * near + self.room_share * room
        result: Array = (1 - self.nugget) * near
        return result

    @property
    def rarity(self) -> float:
        """The negative logarithm of how plausible it is before any point is seen."""
        return (math.log(self.range_m / TYPICAL_RANGE_M) / RANGE_SPREAD) ** 2 / 2 + SMOOTH_RARER * self.smooth


@dataclass(frozen=True)
class Unmixed:
    """What a shape makes of one radio's readings at those points ``at`` that count.

    ``unmixing`` makes their errors independent: the inverse of the Cholesky factor of their correlations.
    ``trend`` and ``rest`` are the trend's columns and what it does not explain, unmixed.
    """

    at: NDArray[np.int64]
    unmixing: Array
    trend: Array
    rest: Array


@dataclass(frozen=True)
class Variogram:
    """A shape with what follows from it: its weight, ``sill`` in dB², the trend's coefficients and their covariance."""

    shape: Shape
    sill: float
    beta: Array
    covariance: Array
    radios: tuple[Unmixed, ...]
    likeness: Likeness
    weight: float = 1.0

    def predicted(
        self, away: Array, room: Array | None, trend: Array, columns: Array, noise: float
    ) -> tuple[Array, Array]:
        """T × m: means and variances of the radios' fields at m places, without the noise of measuring them."""
        fading = self.shape.fading(away, room)
        mean, variance = np.empty((2, len(columns), trend.shape[0]))
        by_points: dict[bytes, Array] = {}
        for n, (radio, own) in enumerate(zip(self.radios, columns, strict=True)):
            key = radio.at.tobytes()
            seen = by_points[key] = by_points[key] if key in by_points else radio.unmixing @ fading[radio.at]
            left = self.sill * (1 - (seen**2).sum(0)) - min(noise, self.shape.nugget * self.sill)
            lack = trend[:, n] - seen.T @ radio.trend
            mean[n] = trend[:, n] @ self.beta[own] + radio.rest @ seen
            variance[n] = np.maximum(left, LEAST_VARIANCE)
            variance[n] += ((lack @ self.covariance[np.ix_(own, own)]) * lack).sum(1)
            if len(own) == len(PRIORS):
                variance[n] += (WALL_SPREAD * max(self.beta[own[-1]], 1.0)) ** 2 * np.abs(lack[:, -1])
        return mean, variance

    def left_out(self, points: Points) -> tuple[Array, Array]:
        """What each reading would be taken for had its point not been there, and the variance (Dubrule 1983); T × n."""
        mean, variance = self.predicted(points.apart, points.room, points.trend, points.columns, 0.0)
        for n, (radio, own) in enumerate(zip(self.radios, points.columns, strict=True)):
            diagonal = (radio.unmixing**2).sum(0)
            lever = radio.unmixing.T @ radio.trend
            uncertain = self.covariance[np.ix_(own, own)] / self.sill
            alone = np.maximum(diagonal - ((lever @ uncertain) * lever).sum(1), LEAST_OWN * diagonal)
            mean[n, radio.at] = points.dbm[radio.at, n] - (radio.unmixing.T @ radio.rest) / alone
            variance[n, radio.at] = self.sill / alone
        return mean, variance


FIRST_SHAPE = Shape(TYPICAL_RANGE_M, 0.0, 0.3)


def fit(points: Points) -> tuple[Points, tuple[Variogram, ...]]:
    """The points, with those silent ones that tell something, and their plausible variograms, best first."""
    first = _explained(points, FIRST_SHAPE, FIRST_SILL)[1]
    for _ in range(2):
        points = _with_silence(points, first)
        first = _explained(points, FIRST_SHAPE, first.sill)[1]
    shapes = _shapes(points)
    likely = np.array([_explained(points, one, first.sill)[0] for one in shapes])
    weights = np.exp(likely - likely.max())
    best = np.argsort(-weights, kind="stable")[:MOST_VARIOGRAMS]
    best = best[weights[best] >= NEGLIGIBLE * weights.sum()]
    # Anew: to keep what all shapes say would take a gigabyte on a large floor.
    kept = [_explained(points, shapes[n], first.sill)[1] for n in best]
    likeness = _likeness(points, kept[0])
    shares = weights[best] / weights[best].sum()
    return points, tuple(replace(one, weight=n, likeness=likeness) for one, n in zip(kept, shares, strict=True))


def _with_silence(points: Points, law: Variogram) -> Points:
    """What was not heard, where that is surprising, as what is to be expected of a signal too weak to be heard.

    A radio that is expected to be too weak tells nothing by silence. Taking all that was not heard for the weakest that
    is would make signals fall less with distance and walls than they do, and the field rougher than it is.
    """
    mean, variance = law.predicted(points.apart, points.room, points.trend, points.columns, 0.0)
    deviation = np.sqrt(variance.T)
    z = np.maximum((points.dbm - mean.T) / deviation, -SURELY)
    hidden = mean.T - deviation * np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi) / normal(z)
    silent = ~points.known & (z < SURPRISING)
    return replace(points, dbm=np.where(silent, np.minimum(hidden, points.dbm), points.dbm), silent=silent)


def _likeness(points: Points, law: Variogram) -> Likeness:
    """What the errors of radios have in common, by points left out."""
    mean, variance = law.left_out(points)
    score = np.where(points.known, (points.dbm - mean.T) / np.sqrt(variance.T), 0.0)
    products, counts = score.T @ score, points.known.T.astype(float) @ points.known
    alone = np.eye(len(products), dtype=bool)
    together = np.equal.outer(points.hung, points.hung)

    def shared(which: NDArray[np.bool_], least: float) -> float:
        one = float(products[which].sum() / max(counts[which].sum(), 1.0))
        whole = float(products[alone].sum() / max(counts[alone].sum(), 1.0))
        return min(max(one / whole, least), MOST_COMMON)

    everywhere = shared(~together, LEAST_COMMON)
    return Likeness(everywhere, shared(together & ~alone, everywhere), points.hung)


def distances(here: Array, there: Array) -> Array:
    """Metres between places."""
    away: Array = np.hypot(here[:, None, 0] - there[None, :, 0], here[:, None, 1] - there[None, :, 1])
    return away


def _shapes(points: Points) -> list[Shape]:
    shares = ROOM_SHARES if points.room is not None else (0.0,)
    rough = [Shape(*one) for one in product(RANGES_M, shares, NUGGETS)]
    smooth = [Shape(*one, smooth=True) for one in product(RANGES_M[1:], shares, NUGGETS)]
    # Without any correlation the range means nothing: that is one shape and not as many as there are ranges.
    return [*rough, *smooth, Shape(RANGES_M[0], 0.0, 1.0)]


def _explained(points: Points, shape: Shape, sill: float) -> tuple[float, Variogram]:
    """The restricted log-likelihood of a shape, and all that it says; ``sill`` is to start from."""
    correlation = shape.fading(points.apart, points.room)
    np.fill_diagonal(correlation, 1 + 1e-9)
    columns, (expected, spread) = points.columns, points.priors
    precision, right = np.diag(spread**-2), expected / spread**2
    found, by_points, determinant = [], dict[bytes, tuple[Array, float]](), 0.0
    for n, (at, own) in enumerate(zip(points.counted, columns, strict=True)):
        if at.tobytes() not in by_points:
            factor = np.linalg.cholesky(correlation[np.ix_(at, at)])
            by_points[at.tobytes()] = np.linalg.inv(factor), float(np.log(np.diag(factor)).sum())
        unmixing, half = by_points[at.tobytes()]
        trend, reading = unmixing @ points.trend[at, n], unmixing @ points.dbm[at, n]
        precision[np.ix_(own, own)] += trend.T @ trend / sill
        right[own] += trend.T @ reading / sill
        determinant += half
        found.append(Unmixed(at, unmixing, trend, reading))
    covariance = np.linalg.inv(precision)
    beta = covariance @ right
    radios = tuple(replace(one, rest=one.rest - one.trend @ beta[own]) for one, own in zip(found, columns, strict=True))
    count = sum(len(one.at) for one in radios)
    free = float((1 - np.diag(covariance) / spread**2).sum()) + points.free
    sill = max(sum(float((one.rest**2).sum()) for one in radios) / max(count - free, 3.0), LEAST_SILL)
    likely = (
        -determinant
        - count / 2 * math.log(sill)
        + float(np.linalg.slogdet(covariance)[1]) / 2
        - float((((beta - expected) / spread) ** 2).sum()) / 2
        - shape.rarity
    )
    return likely, Variogram(shape, sill, beta, covariance, radios, Likeness())
