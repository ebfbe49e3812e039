"""The map of coverage against floors whose coverage is known (``tests.wifi_floors``), family by family.

For each family: how much of the area is decided, with and without the access points' positions, and how much of the
decided area is wrong, over all floors together and on the worst tenth of them.

    python bench/wifi_map.py [--floors 20] [--first 0] [--only FAMILY,…]
"""

from __future__ import annotations

import argparse
from time import perf_counter

import numpy as np

from rules.wifi_map.decide import MET, UNDETERMINED, decide
from tests.wifi_floors import FAMILIES, SimulatedFloor, simulate

ASKED_DBM = -65.0


def judged(floor: SimulatedFloor, *, told: bool) -> tuple[int, int, int]:
    """Cells decided, wrong among them, and all cells; every fourth cell of the truth, a metre apart."""
    places = floor.told if told else floor.told[:0]
    across = round(floor.plan.width / 0.5)
    grid = np.arange(len(floor.cells)).reshape(-1, across)[::2, ::2].ravel()
    cells, truth = floor.cells[grid], floor.truth[grid] >= ASKED_DBM
    state = decide(floor.points, floor.dbm, places, cells, np.full(len(cells), ASKED_DBM)).state
    sure = state != UNDETERMINED
    return int(sure.sum()), int((sure & ((state == MET) != truth)).sum()), len(cells)


def main() -> None:
    """Print a row for each family."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--floors", type=int, default=20)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--only", default=",".join(FAMILIES))
    given = parser.parse_args()
    print(f"{'family':11}{'points':>7}{'met':>6} | {'decided':>8}{'wrong':>7}{'worst':>7} | without positions")
    everything = []
    for family in given.only.split(","):
        began = perf_counter()
        floors = [simulate(FAMILIES[family], seed) for seed in range(given.first, given.first + given.floors)]
        with_, without = (np.array([judged(one, told=told) for one in floors]) for told in (True, False))
        everything.append((with_.sum(0), without.sum(0)))
        points = np.mean([len(one.points) for one in floors])
        met = np.mean([np.mean(one.truth >= ASKED_DBM) for one in floors])
        print(
            f"{family:11}{points:7.0f}{met:6.0%} | {row(with_)} | {row(without)}  {perf_counter() - began:.0f} s",
            flush=True,
        )
    together = [np.array(one).sum(0) for one in zip(*everything, strict=True)]
    print(f"{'together':11}{'':13} | {row(together[0][None])} | {row(together[1][None])}")


def row(counts: np.ndarray) -> str:
    """Share decided, share wrong of it, and the share wrong that nine in ten floors stay below."""
    decided, wrong, cells = counts.sum(0)
    each = counts[:, 1] / np.maximum(counts[:, 0], 1)
    return f"{decided / cells:8.1%}{wrong / max(decided, 1):7.2%}{np.quantile(each, 0.9):7.1%}"


if __name__ == "__main__":
    main()
