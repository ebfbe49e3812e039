"""What a survey heard of each radio: points by radios. A map is made of radios, for each has a law of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rules.wifi_map.floors import BEST, UNHEARD_DBM, Reading

Array = NDArray[Any]

ALIKE_DB = 2.5
"""Radios of one band whose medians differ by less on average are one: a radio sends several networks."""
LEAST_SHARED = 3
MOSTLY = 0.7
MOST_POINTS, MOST_RADIOS = 400, 96
"""Time grows with the third power of the one and the second of the other."""


@dataclass(frozen=True)
class Heard:
    """What was heard where.

    Attributes:
        at: n × 2, metres.
        dbm: n × radios, NaN where a radio was not heard.
        bands: of each radio.
        noise_db2: the variance that measuring leaves in these medians, over time and not over the place.
    """

    at: Array
    dbm: Array
    bands: tuple[str, ...]
    noise_db2: float = 0.0

    @property
    def silent(self) -> NDArray[np.bool_]:
        """The points that heard nothing at all."""
        return np.asarray(np.isnan(self.dbm).all(1))

    @property
    def strongest(self) -> Array:
        """n: the strongest radio, ``UNHEARD_DBM`` where there is none."""
        result: Array = np.where(np.isnan(self.dbm), UNHEARD_DBM, self.dbm).max(1, initial=UNHEARD_DBM)
        return result


def heard(readings: Sequence[Reading], band: str) -> Heard:
    """The table of a floor's points for a band or the strongest of all; names of radios make no difference to it."""
    keys = sorted({key for one in readings for key in one.radios if band in (BEST, key[0])})
    at = np.array([(one.x_m, one.y_m) for one in readings], dtype=float).reshape(-1, 2)
    table = np.array([[one.radios.get(key, np.nan) for key in keys] for one in readings], dtype=float)
    told = [one.noise_db2 for one in readings if one.noise_db2]
    columns = _as_one({key: table[:, n] for n, key in enumerate(keys)})
    columns.sort(key=lambda one: (one[0], np.nan_to_num(one[1], nan=UNHEARD_DBM).tolist()))
    return Heard(
        at,
        np.column_stack([column for _, column in columns]) if columns else np.empty((len(at), 0)),
        tuple(name for name, _ in columns),
        float(np.mean(told)) if told else 0.0,
    )


def thinned(heard: Heard) -> Heard:
    """As many points as can be computed with: more are averaged square by square, and the strongest radios stay."""
    loudest = np.argsort(-np.where(np.isnan(heard.dbm), -np.inf, heard.dbm).max(0), kind="stable")[:MOST_RADIOS]
    kept = np.sort(loudest)
    at, table, side = heard.at, heard.dbm[:, kept], 1.0
    bands = tuple(heard.bands[n] for n in kept)
    squares = np.arange(len(at))
    while len(np.unique(squares)) > MOST_POINTS:
        squares = np.unique(np.floor(at / side), axis=0, return_inverse=True)[1].ravel()
        side *= 1.25
    if len(np.unique(squares)) == len(at):
        return Heard(at, table, bands, heard.noise_db2)
    groups = [np.flatnonzero(squares == one) for one in range(int(squares.max()) + 1)]
    middles = np.array([at[one].mean(0) for one in groups])
    return Heard(middles, np.array([_mean(table[one]) for one in groups]), bands, heard.noise_db2)


def one_radio(at: Array, dbm: Array, noise_db2: float = 0.0) -> Heard:
    """Points of which only the strongest signal is known."""
    return Heard(at, np.asarray(dbm, dtype=float)[:, None], ("5",), noise_db2)


def _as_one(radios: Mapping[tuple[str, str], Array]) -> list[tuple[str, Array]]:
    """Radios that are heard alike everywhere, as the mean of them."""
    groups: list[tuple[str, list[Array]]] = []
    # By what they say, not by name: a map without names has to be the same map.
    for (band, _), column in sorted(
        radios.items(), key=lambda one: (one[0][0], np.nan_to_num(one[1], nan=UNHEARD_DBM).tolist())
    ):
        same = next((group for name, group in groups if name == band and _alike(group[0], column)), None)
        if same is None:
            groups.append((band, [column]))
        else:
            same.append(column)
    return [(band, _mean(group)) for band, group in groups]


def _alike(one: Array, other: Array) -> bool:
    both = ~np.isnan(one) & ~np.isnan(other)
    fewer = min(np.count_nonzero(~np.isnan(one)), np.count_nonzero(~np.isnan(other)))
    if np.count_nonzero(both) < max(LEAST_SHARED, MOSTLY * fewer):
        return False
    return float(np.abs(one[both] - other[both]).mean()) < ALIKE_DB


def _mean(group: Sequence[Array] | Array) -> Array:
    table = np.array(group)
    known = ~np.isnan(table)
    count = known.sum(0)
    total = np.where(known, table, 0.0).sum(0)
    result: Array = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    return result
