"""Counting a whole log archive: ours against zgrep, grep and wc, in turn.

Writes syslog of 180 days, a file a day, to a temporary directory: plain, packed, and mixed as rotation leaves it. Ours
and ``zgrep -c ''`` count it one after the other, so that what else the machine does meets both alike, and the medians
over the pairs of ours to zgrep's are printed: of the time on the clock, and of processor time. What is asked: neither
above 1. grep and wc, which know nothing of packing or of time, stand beside it for comparison.

    python bench/logs.py [--mb 400] [--rounds 5]
"""

from __future__ import annotations

import argparse
import gzip
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from statistics import median
from time import perf_counter
from zoneinfo import ZoneInfo

from probes.logs.coverage import coverage
from probes.logs.stores.files import LocalShelf, read_store

DAYS = 180
ZONE = timezone(timedelta(hours=8))
NOW = datetime.now(ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
LAYOUTS = ("plain", "packed", "mixed")
Counting = Callable[[], int]


def bsd(at: datetime, n: int) -> str:
    """RFC 3164, with priority."""
    head = f"<{128 + n % 8}>{at:%b} {at.day:>2} {at:%H:%M:%S}"
    return f"{head} fw-1 flow: session end, 10.20.{n % 250}.7:{n % 60000} -> 198.51.100.{n % 200}:443 TCP, policy 3\n"


def iso(at: datetime, n: int) -> str:
    """RFC 5424."""
    return (
        f"<134>1 {at.isoformat(timespec='milliseconds')} fw-1 flow 12 - - session end, 10.20.{n % 250}.7:{n % 60000}\n"
    )


@dataclass(frozen=True)
class Spent:
    """Seconds on the clock, and of processors: this process and all that it started."""

    wall: float
    cpu: float


def write(directory: Path, megabytes: int, line: Callable[[datetime, int], str]) -> tuple[int, int]:
    """Write the layouts; returns bytes and lines of text."""
    size = lines = 0
    for layout in LAYOUTS:
        (directory / layout).mkdir()
    for number in range(DAYS):
        day = NOW - timedelta(days=DAYS - number)
        count = megabytes * 1_000_000 // DAYS // len(line(day, 0))
        step = 86400 / count
        data = "".join(line(day + timedelta(seconds=n * step), n) for n in range(count)).encode()
        size, lines = size + len(data), lines + count
        name = f"fw.log-{day:%Y%m%d}"
        plain, packed = directory / "plain" / name, directory / "packed" / f"{name}.gz"
        plain.write_bytes(data)
        packed.write_bytes(gzip.compress(data, 6))
        lately = number >= DAYS - DAYS // 4
        os.link(plain if lately else packed, directory / "mixed" / (plain if lately else packed).name)
    return size, lines


def spent(name: str, action: Counting, lines: int) -> Spent:
    """One count; it has to be right."""
    before, begin = _processor_s(), perf_counter()
    found = action()
    wall, cpu = perf_counter() - begin, _processor_s() - before
    if found != lines:
        sys.exit(f"{name} counted {found} lines of {lines}")
    return Spent(wall, cpu)


def _processor_s() -> float:
    usages = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def program(*command: str, files: Path) -> Counting:
    """Counts with a program that prints ``file:count`` or ``count file`` for each file."""

    def run() -> int:
        names = sorted(map(str, files.iterdir()))
        environment = {**os.environ, "LC_ALL": "C"}
        shown = subprocess.run([*command, *names], capture_output=True, text=True, check=True, env=environment).stdout
        if command[0] == "wc":
            return int(shown.splitlines()[-1].split()[0])
        return sum(int(one.rpartition(":")[2]) for one in shown.splitlines())

    return run


def ours(directory: Path) -> Counting:
    """The probe's own reading."""

    def run() -> int:
        found = coverage(read_store(LocalShelf(directory), ZoneInfo("Asia/Shanghai"), NOW, lambda: False))
        if found is None or found.missing_days or found.records is None:
            sys.exit("days are missing that were written")
        return found.records

    return run


def compared(directory: Path, lines: int, size: int, rounds: int) -> list[str]:
    """Print a line for each layout; what is not as asked."""
    missed = []
    for layout in LAYOUTS:
        files = directory / layout
        own, peer = ours(files), program("zgrep", "-c", "", files=files)
        pairs = [(spent("ours", own, lines), spent("zgrep", peer, lines)) for _ in range(rounds)]
        wall = median(mine.wall / its.wall for mine, its in pairs)
        cpu = median(mine.cpu / its.cpu for mine, its in pairs)
        mine = _median_of([pair[0] for pair in pairs])
        print(
            f"  {layout:<8}{mine.wall:7.2f} s {size / mine.wall / 1e6:6.0f} MB/s, CPU {mine.cpu:6.2f} s;"
            f" of zgrep: {wall:.2f} wall, {cpu:.2f} CPU",
            flush=True,
        )
        missed += [f"{layout}: {what}" for what, ratio in (("wall", wall), ("CPU", cpu)) if ratio > 1]
    plain = ours(directory / "plain")
    for command in (("grep", "-c", ""), ("wc", "-l")):
        peer = program(*command, files=directory / "plain")
        pairs = [(spent("ours", plain, lines), spent(command[0], peer, lines)) for _ in range(rounds)]
        ratio = median(mine.wall / its.wall for mine, its in pairs)
        print(f"  plain, of {' '.join(command[:2])}: {ratio:.1f} wall")
    return missed


def _median_of(figures: Sequence[Spent]) -> Spent:
    return Spent(median(one.wall for one in figures), median(one.cpu for one in figures))


def main() -> None:
    """Both formats, in every layout."""
    parser = argparse.ArgumentParser(description="log archives: ours against zgrep")
    parser.add_argument("--mb", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    missed = []
    for line in (bsd, iso):
        name = (line.__doc__ or "").rstrip(".")
        directory = Path(tempfile.mkdtemp(prefix="campus-auditor-bench-"))
        try:
            size, lines = write(directory, options.mb, line)
            print(f"{name}: {size / 1e6:.0f} MB of text, {lines} lines, {DAYS} files")
            missed += [f"{name}, {what}" for what in compared(directory, lines, size, options.rounds)]
        finally:
            shutil.rmtree(directory, ignore_errors=True)
    peak, helper = (
        resource.getrusage(who).ru_maxrss / 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    print(
        f"peak memory: {peak:.0f} MB, the writing of the archives included; of the largest process started {helper:.0f}"
    )
    print("missed: " + "; ".join(missed) if missed else "all as asked")


if __name__ == "__main__":
    main()
