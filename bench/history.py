"""A year of nights: how long `history` takes to answer, against opening and judging one bundle once.

Makes 365 bundles of a school with 40 classrooms in a temporary directory, takes them into a history, and measures, as
whole processes, `history DIR --json` and `history DIR --indicator 1.1.1 --json` against `judge` of one of the bundles.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from auditor.history.store import History
from probes.kinds import Port
from tests import nights

NIGHTS = 365
ROOMS = 40
ROUNDS = 5


def main() -> None:
    """Print the ratios."""
    rooms = "".join(
        f'\n[[place]]\nid = "R-{n}"\nkind = "classroom"\nport = "sw-1:GE0/0/{n + 10}"\n' for n in range(ROOMS)
    )
    with tempfile.TemporaryDirectory() as folder:
        parent = Path(folder)
        began = perf_counter()
        for number in range(NIGHTS):
            at = nights.at(number)
            ports = [
                nights.saw(
                    "port",
                    f"sw-1:GE0/0/{n + 10}",
                    Port(speed_mbps=100 if (n + number) % 17 == 0 else 1000, duplex="full", oper_up=True),
                    at,
                )
                for n in range(ROOMS)
            ]
            nights.night(parent, number, [nights.portal(at), nights.port(at), *ports], written=nights.INVENTORY + rooms)
        print(f"{NIGHTS} bundles made in {perf_counter() - began:.1f} s")
        began = perf_counter()
        History(parent).rebuild()
        rebuild = perf_counter() - began
        size = (parent / "history.sqlite").stat().st_size / 1e6
        newest = max(parent.glob("*/bundle.json")).parent
        judge = _best("judge", str(newest), "--json")
        whole = _best("history", str(parent), "--json", "--last", "0")
        single = _best("history", str(parent), "--indicator", "1.1.1", "--json", "--last", "0")
        print(
            f"rebuild of a year: {rebuild:.1f} s, each night {rebuild / NIGHTS / judge:.2f} of a judge; {size:.1f} MB"
        )
        print(f"judge of one bundle:        {judge:.2f} s   1.00")
        print(f"history of a year:          {whole:.2f} s   {whole / judge:.2f}")
        print(f"one indicator over a year:  {single:.2f} s   {single / judge:.2f}")


def _best(*words: str) -> float:
    times = []
    for _ in range(ROUNDS):
        began = perf_counter()
        subprocess.run([sys.executable, "-m", "auditor.cli", *words], check=True, stdout=subprocess.DEVNULL)
        times.append(perf_counter() - began)
    return min(times)


if __name__ == "__main__":
    main()
