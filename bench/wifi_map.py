"""The map of coverage against floors whose coverage is known, family by family.

For each family: how much of the area is decided, with and without the access points' positions, and how much of that is
wrong, over all floors together and on the worst tenth of them. With ``--set tune`` also what somebody could decide who
knew the law, walls and noise of the floor beforehand: no map of the same points can do better.

    python bench/wifi_map.py [--quick] [--floors 20] [--first 0] [--set verify|tune] [--only FAMILY,…]

The map was tuned on the one set (``tests.wifi_sites``), and has to prove itself on the other (``tests.wifi_floors``).
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter

import numpy as np

from rules.wifi_map.decide import MET, UNDETERMINED, decide, most_sure
from rules.wifi_map.kriging import distances
from rules.wifi_map.radios import Heard
from rules.wifi_map.rooms import Rooms, rooms
from rules.wifi_map.strongest import Likeness, below
from tests import wifi_floors, wifi_sites

ASKED_DBM = -65.0
EXACT = 1e9
QUICK = ("ordinary", "rooms", "concrete", "dead", "few"), ("hall", "split", "two-bands", "breaking", "well-served")


@dataclass(frozen=True)
class Case:
    """One floor: what is heard of it, where its access points are said to hang, and what is true."""

    heard: Heard
    told: np.ndarray
    rooms: Rooms | None
    cells: np.ndarray
    truth: np.ndarray
    oracle: np.ndarray | None = None

    def judged(self, *, told: bool) -> tuple[int, int, int]:
        """Cells decided, wrong among them, and all cells."""
        places, asked = self.told if told else self.told[:0], np.full(len(self.cells), ASKED_DBM)
        return self.counted(decide(self.heard, places, self.cells, asked, self.rooms if told else None).state)

    def counted(self, state: np.ndarray) -> tuple[int, int, int]:
        """Likewise for states that come from elsewhere."""
        sure = state != UNDETERMINED
        wrong = sure & ((state == MET) != (self.truth >= ASKED_DBM))
        return int(sure.sum()), int(wrong.sum()), len(self.cells)


def floor(family: str, seed: int) -> Case:
    """Of the set to verify; every fourth cell of the truth, a metre apart."""
    one = wifi_floors.simulate(wifi_floors.FAMILIES[family], seed)
    some = np.arange(len(one.cells)).reshape(-1, round(one.plan.width / wifi_floors.STEP_M))[::2, ::2].ravel()
    heard = Heard(one.points, one.each, ("5",) * one.each.shape[1], one.noise_db2)
    outlines = [np.array([(a, b), (c, b), (c, d), (a, d)]) for a, b, c, d in one.plan.rooms]
    return Case(heard, one.told, rooms(outlines), one.cells[some], one.truth[some])


def site(family: str, seed: int) -> Case:
    """Of the set to tune on, with what an oracle says."""
    one = wifi_sites.walk(wifi_sites.SITES[family], seed)
    heard = Heard(one.points, one.medians(), one.bands, one.noise_db2())
    walled = rooms(one.outlines)
    return Case(heard, one.told, walled, one.cells, one.truth, oracle(one))


def oracle(one: wifi_sites.Walked) -> np.ndarray:
    """How probably each cell is too weak for whom knows the trend, the variogram and the noise: simple kriging."""

    def alike(away: np.ndarray) -> np.ndarray:
        return np.exp(-away / one.length_m) if one.rough else np.exp(-((away / one.length_m) ** 2))

    read = one.medians()
    noise = one.noise_db2() * np.pi / 2 / one.sigma**2
    near = alike(distances(one.points, one.cells))
    weights = np.linalg.solve(alike(distances(one.points, one.points)) + (noise + 1e-6) * np.eye(len(read)), near)
    mean = one.trend + weights.T @ np.nan_to_num(read - one.trend_at)
    variance = one.sigma**2 * np.maximum(1 - (near * weights).sum(0), 1e-3)
    return below(ASKED_DBM, mean.T, np.broadcast_to(variance, mean.T.shape), Likeness(one.share_common), EXACT)


SETS: dict[str, tuple[tuple[str, ...], Callable[[str, int], Case]]] = {
    "verify": (tuple(wifi_floors.FAMILIES), floor),
    "tune": (tuple(wifi_sites.SITES), site),
}


def main() -> None:
    """Print a row for each family."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--floors", type=int, default=20)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--set", choices=tuple(SETS), default="verify")
    parser.add_argument("--only", default="")
    parser.add_argument("--quick", action="store_true", help="five families, three floors each: below a minute")
    given = parser.parse_args()
    families, make = SETS[given.set]
    if given.quick:
        families, given.floors = QUICK[tuple(SETS).index(given.set)], 3
    print(f"{'family':14}{'points':>7}{'met':>6} | {'decided':>8}{'wrong':>7}{'worst':>7} | without positions | best")
    everything = []
    for family in given.only.split(",") if given.only else families:
        began = perf_counter()
        cases = [make(family, seed) for seed in range(given.first, given.first + given.floors)]
        counts = [np.array([one.judged(told=told) for one in cases]) for told in (True, False)]
        counts += [np.array([one.counted(most_sure(one.oracle)) for one in cases if one.oracle is not None])]
        everything.append([one.sum(0) for one in counts if one.size])
        points = np.mean([len(one.heard.at) for one in cases])
        met = np.mean([np.mean(one.truth >= ASKED_DBM) for one in cases])
        print(f"{family:14}{points:7.0f}{met:6.0%} | {rows(counts)}  {perf_counter() - began:.0f} s", flush=True)
    print(f"{'together':27} | {rows([np.array(one) for one in zip(*everything, strict=True)])}")


def rows(several: list[np.ndarray]) -> str:
    """With positions, without, and at best."""
    return " | ".join(row(one) for one in several if one.size)


def row(counts: np.ndarray) -> str:
    """Share decided, share wrong of it, and the share wrong that nine in ten floors (or families) stay below."""
    decided, wrong, cells = counts.sum(0)
    each = counts[:, 1] / np.maximum(counts[:, 0], 1)
    return f"{decided / cells:8.1%}{wrong / max(decided, 1):7.2%}{np.quantile(each, 0.9):7.1%}"


if __name__ == "__main__":
    main()
