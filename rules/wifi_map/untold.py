"""What percentages leave open: which points and radios a map can be made of, and where it may not say "too weak".

A radio that a point only heard in per cent is there at any strength at all. It is neither weak nor strong, and a map
that took it for unheard would be sure of what nobody knows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rules.wifi_map.floors import BEST, RadioKey, Reading
from rules.wifi_map.within import FARTHEST_M

Array = NDArray[Any]

MOST_LEFT_OUT = 0.25
"""If more of the points than this had to be left out, radios are set aside instead."""


@dataclass(frozen=True)
class Told:
    """What is known in dBm.

    Attributes:
        readings: the points at which all radios are known that were not set aside.
        open_at: n × 2, where a radio was heard that was set aside; what is decided there can only be "strong enough".
    """

    readings: tuple[Reading, ...]
    open_at: Array

    def may_be_stronger(self, cells: Array) -> NDArray[np.bool_]:
        """The cells so near to such a place that its radio may reach them."""
        if not len(self.open_at):
            return np.zeros(len(cells), dtype=bool)
        away = np.hypot(*(cells[:, None] - self.open_at[None]).transpose(2, 0, 1)).min(1)
        return np.asarray(away <= FARTHEST_M)


def told(readings: Sequence[Reading], band: str) -> Told:
    """Leave out the points that a radio leaves open, and set radios aside that would leave out too many."""

    def heard(keys: frozenset[RadioKey] | Sequence[RadioKey]) -> set[RadioKey]:
        return {key for key in keys if band in {BEST, key[0]}}

    untold = [heard(one.untold) for one in readings]
    known = [heard(tuple(one.radios)) for one in readings]
    # What told nothing but percentages tells nothing of radios either that it did not hear: another card, perhaps.
    spoke = [n for n in range(len(readings)) if known[n] or not untold[n]]
    doubtful, certain = (Counter(key for n in spoke for key in of[n]) for of in (untold, known))
    aside = {key for key, n in doubtful.items() if n > certain[key]}

    def order(key: RadioKey) -> tuple[int, int, list[int]]:
        """Those that leave most points open first; names make no difference to a map."""
        return -doubtful[key], certain[key], [n for n in spoke if key in untold[n]]

    for key in sorted(doubtful, key=order):
        if sum(bool(untold[n] - aside) for n in spoke) <= MOST_LEFT_OUT * len(spoke):
            break
        aside.add(key)
    kept = [n for n in spoke if not untold[n] - aside]
    open_at = [(one.x_m, one.y_m) for n, one in enumerate(readings) if (untold[n] | known[n]) & aside]
    return Told(
        tuple(
            replace(readings[n], radios={key: dbm for key, dbm in readings[n].radios.items() if key not in aside})
            for n in kept
        ),
        np.array(open_at, dtype=float).reshape(-1, 2),
    )
