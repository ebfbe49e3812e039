"""The report of a very large campus: how long it takes and how large it is, against the judge in the same run.

``python bench/report.py``: 500 switches of 48 ports and 200 places. About 15 seconds.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from time import process_time

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from reports.html import render
from rules.judge import judge
from tests.editions import large

ROUNDS = 3
DEVICES, PORTS, PLACES = 500, 48, 200
SECONDS, BYTES = 3.0, 5_000_000


def fastest(work: Callable[[], object]) -> float:
    """Processor seconds of the quickest of some rounds."""
    times = []
    for _ in range(ROUNDS):
        started = process_time()
        work()
        times.append(process_time() - started)
    return min(times)


def main() -> int:
    """Print the figures; 1 where the report is slower or larger than it may be."""
    edition = large(DEVICES, PORTS, PLACES)
    small = large(5, PORTS, 20)
    seen = edition.assessment
    html = fastest(lambda: render(edition))
    judged = fastest(lambda: judge(seen.rubric, list(seen.observations.values()), seen.campus, seen.now))
    size = len(render(edition).encode())
    print(f"{DEVICES} switches, {DEVICES * PORTS:,} ports, {PLACES} places")
    print(f"render          {html:6.2f} s   {html / judged:5.2f} x the judge")
    print(f"render, small   {fastest(lambda: render(small)):6.2f} s   (5 switches, 20 places)")
    print(f"size            {size / 1e6:6.2f} MB")
    met = html < SECONDS and size < BYTES
    print("within" if met else "ABOVE", f"{SECONDS:g} s and {BYTES / 1e6:g} MB")
    return 0 if met else 1


if __name__ == "__main__":
    raise SystemExit(main())
