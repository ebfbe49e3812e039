"""How probably the strongest of several radios is weaker than asked, when each is known with an error of its own."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(7)
LEVELS_DBM = np.arange(-110.0, -9.0, 1.0)


@dataclass(frozen=True, slots=True)
class Likeness:
    """What the errors of radios have in common: bodies, furniture and doors shade all of them.

    Attributes:
        all: the share of their variance that all radios have in common.
        at_one_place: likewise of radios that hang at one place, as those of an access point's bands do.
        hung: for each radio a number of the place where it hangs; empty where each hangs by itself.
    """

    all: float = 0.0
    at_one_place: float = 0.0
    hung: tuple[int, ...] = ()


def below(threshold_dbm: Array | float, mean: Array, variance: Array, likeness: Likeness, freedom: float) -> Array:
    """Probabilities at m places for T × m means and variances.

    Given the part that all errors have in common they are independent, and it is integrated out (Gauss and Hermite).
    What is alike at one place besides lies between independent errors and one error, and is taken as their geometric
    mean, weighted. All errors have the tails of Student's distribution of that ``freedom``.
    """
    apart = normal_score((threshold_dbm - mean) / np.sqrt(variance), freedom)
    groups = np.array(likeness.hung or range(len(apart)))
    order = np.argsort(groups, kind="stable")
    starts = np.flatnonzero(np.diff(groups[order], prepend=-1))
    common = likeness.all
    rest = max((likeness.at_one_place - common) / (1 - common), 0.0)
    weights = _WEIGHTS / _WEIGHTS.sum()
    found = np.zeros(apart.shape[1])
    for node, weight in zip(_NODES, weights, strict=True):
        each = normal((apart[order] - math.sqrt(common) * node) / math.sqrt(1 - common))
        if rest and len(starts) < len(each):
            each = np.multiply.reduceat(each, starts) ** (1 - rest) * np.minimum.reduceat(each, starts) ** rest
        found += weight * each.prod(0)
    return found


def expected(mean: Array, variance: Array, likeness: Likeness, freedom: float) -> Array:
    """What is expected of the strongest at m places."""
    under = np.array([below(level, mean, variance, likeness, freedom) for level in LEVELS_DBM])
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
