"""Reading a whole log archive: ours against grep, wc and zgrep in the same run.

Writes about 200 MB of syslog (180 days, a file a day) to a temporary directory, once plain and once packed, and counts
it. Prints ratios of wall time, MB/s of text and our peak memory. Absolute figures depend on the machine.

    python bench/logs.py [--mb 200]
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
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from time import perf_counter
from zoneinfo import ZoneInfo

from probes.logs.coverage import coverage
from probes.logs.stores.files import LocalShelf, read_store

DAYS = 180
ZONE = timezone(timedelta(hours=8))
NOW = datetime.now(ZONE).replace(hour=0, minute=0, second=0, microsecond=0)


def bsd(at: datetime, n: int) -> str:
    """RFC 3164, with priority."""
    head = f"<{128 + n % 8}>{at:%b} {at.day:>2} {at:%H:%M:%S}"
    return f"{head} fw-1 flow: session end, 10.20.{n % 250}.7:{n % 60000} -> 198.51.100.{n % 200}:443 TCP, policy 3\n"


def iso(at: datetime, n: int) -> str:
    """RFC 5424."""
    return (
        f"<134>1 {at.isoformat(timespec='milliseconds')} fw-1 flow 12 - - session end, 10.20.{n % 250}.7:{n % 60000}\n"
    )


def write(directory: Path, megabytes: int, line: Callable[[datetime, int], str]) -> tuple[int, int]:
    """Write ``plain`` and ``packed``; returns bytes and lines of text."""
    size = lines = 0
    for number in range(DAYS):
        day = NOW - timedelta(days=DAYS - number)
        count = megabytes * 1_000_000 // DAYS // len(line(day, 0))
        step = 86400 / count
        data = "".join(line(day + timedelta(seconds=n * step), n) for n in range(count)).encode()
        size, lines = size + len(data), lines + count
        plain = directory / "plain" / f"fw.log-{day:%Y%m%d}"
        packed = directory / "packed" / f"{plain.name}.gz"
        for path, content in ((plain, data), (packed, gzip.compress(data, 6))):
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content)
    return size, lines


def timed(name: str, action: Callable[[], int], lines: int, size: int) -> float:
    """The best of three; the count has to be right."""
    best = float("inf")
    for _ in range(3):
        begin = perf_counter()
        found = action()
        best = min(best, perf_counter() - begin)
        if found != lines:
            sys.exit(f"{name} counted {found} lines of {lines}")
    print(f"  {name:<24}{best:7.2f} s {size / best / 1e6:8.0f} MB/s")
    return best


def program(*command: str, files: Path) -> Callable[[], int]:
    """Counts with a program that prints ``file:count`` or ``count file`` for each file."""

    def run() -> int:
        names = sorted(map(str, files.iterdir()))
        environment = {**os.environ, "LC_ALL": "C"}
        shown = subprocess.run([*command, *names], capture_output=True, text=True, check=True, env=environment).stdout
        if command[0] == "wc":
            return int(shown.splitlines()[-1].split()[0])
        return sum(int(one.rpartition(":")[2]) for one in shown.splitlines())

    return run


def ours(directory: Path) -> Callable[[], int]:
    """The probe's own reading."""

    def run() -> int:
        found = coverage(read_store(LocalShelf(directory), ZoneInfo("Asia/Shanghai"), NOW, lambda: False))
        if found is None or found.missing_days or found.records is None:
            sys.exit("days are missing that were written")
        return found.records

    return run


def main() -> None:
    """Both formats, plain and packed."""
    parser = argparse.ArgumentParser(description="log archives: ours against grep and zgrep")
    parser.add_argument("--mb", type=int, default=200)
    megabytes = parser.parse_args().mb
    for line in (bsd, iso):
        directory = Path(tempfile.mkdtemp(prefix="campus-auditor-bench-"))
        try:
            size, lines = write(directory, megabytes, line)
            print(f"{(line.__doc__ or '').rstrip('.')}: {size / 1e6:.0f} MB of text, {lines} lines, {DAYS} files")
            plain = timed("ours, plain", ours(directory / "plain"), lines, size)
            grep = timed("grep -c ''", program("grep", "-c", "", files=directory / "plain"), lines, size)
            wc = timed("wc -l", program("wc", "-l", files=directory / "plain"), lines, size)
            packed = timed("ours, packed", ours(directory / "packed"), lines, size)
            zgrep = timed("zgrep -c ''", program("zgrep", "-c", "", files=directory / "packed"), lines, size)
            print(f"  plain: {plain / grep:.1f} x grep -c, {plain / wc:.1f} x wc -l")
            print(f"  packed: {packed / zgrep:.2f} x zgrep -c")
        finally:
            shutil.rmtree(directory, ignore_errors=True)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory of this process, the writing of the archives included: {peak:.0f} MB")


if __name__ == "__main__":
    main()
