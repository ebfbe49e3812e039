"""How probably the strongest of several radios is weaker than asked, when each is known with an error of its own."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(7)
MOST_RADIOS = 6
"""Of more only those count at a place that are likeliest to be the strongest there."""
LEVELS_DBM = np.arange(-110.0, -9.0, 1.0)


def below(threshold_dbm: Array | float, mean: Array, variance: Array, common: float, freedom: float) -> Array:
    """Probabilities at m places for T × m means and variances.

    The errors have ``common`` of their variance in common: given that part they are independent, and it is integrated
    out (Gauss and Hermite). They have the tails of Student's distribution of that ``freedom``.
    """
    apart = normal_score((threshold_dbm - mean) / np.sqrt(variance), freedom)
    if len(apart) > MOST_RADIOS:
        apart = np.partition(apart, MOST_RADIOS - 1, axis=0)[:MOST_RADIOS]
    weights = _WEIGHTS / _WEIGHTS.sum()
    found = np.zeros(apart.shape[1])
    for node, weight in zip(_NODES, weights, strict=True):
        found += weight * normal((apart - math.sqrt(common) * node) / math.sqrt(1 - common)).prod(0)
    return found


def expected(mean: Array, variance: Array, common: float, freedom: float) -> Array:
    """What is expected of the strongest at m places."""
    under = np.array([below(level, mean, variance, common, freedom) for level in LEVELS_DBM])
    result: Array = LEVELS_DBM[-1] - under.sum(0) * (LEVELS_DBM[1] - LEVELS_DBM[0])
    return result


def score(probability: Array) -> Array:
    """The normal scores of probabilities."""
    inverse = NormalDist().inv_cdf
    return np.array([inverse(float(one)) for one in np.clip(probability, 1e-5, 1 - 1e-5)])


def normal_score(t: Array, freedom: float) -> Array:
    """What is as improbable of a normal error as ``t`` of Student's (Wallace 1959; good to 0.001 from 3 degrees on)."""
    scale = (8 * freedom + 1) / (8 * freedom + 3)
    result: Array = np.sign(t) * scale * np.sqrt(freedom * np.log1p(t**2 / freedom))
    return result


def normal(z: Array) -> Array:
    """The normal distribution function (Abramowitz and Stegun 7.1.26; good to 1e-7)."""
    x = np.abs(z) / math.sqrt(2)
    t = 1 / (1 + 0.3275911 * x)
    series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
    tail = series * np.exp(-x * x) / 2
    result: Array = np.where(z < 0, tail, 1 - tail)
    return result
