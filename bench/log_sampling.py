"""Looking into every day of a log archive: ours against reading every line, and against zgrep, in the same run.

Five sources of 180 daily files, 20 MB each as a school's gateway writes them: 18 GB of text. To spare the disk the five
share one set of files by hard links (each source is a store of its own and knows nothing of it), and a day is one
template with its date put in. Prints the time of sampling every day as a share of the time to read every line, for
daily files and for one file of 180 days, and our peak memory.

    python bench/log_sampling.py [--mb 20]
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import sys
import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from time import perf_counter
from zoneinfo import ZoneInfo

from probes.kinds import LogCoverage
from probes.logs.coverage import coverage
from probes.logs.stores.files import LocalShelf, Wanted, read_store

DAYS, SOURCES = 180, 5
ZONE = timezone(timedelta(hours=8))
NOW = datetime.now(ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
MARK = b"YYYY-MM-DD"


def day_of_text(megabytes: int) -> bytes:
    """A day's records, evenly spread, with ``MARK`` where the date belongs."""
    line = "<134>1 YYYY-MM-DDT{:02}:{:02}:{:02}.000+08:00 fw-1 flow 12 - - session end, 10.20.{}.7:{} policy 3\n"
    count = megabytes * 1_000_000 // len(line.format(0, 0, 0, 100, 10000))
    seconds = (n * 86400 // count for n in range(count))
    lines = (line.format(s // 3600, s // 60 % 60, s % 60, n % 250, n % 60000) for n, s in enumerate(seconds))
    return "".join(lines).encode()


def days() -> Iterator[datetime]:
    """The days of the archive, the oldest first."""
    return (NOW - timedelta(days=DAYS - n) for n in range(DAYS))


def write(root: Path, text: bytes) -> int:
    """Daily files of five sources, and one file of all days; returns the bytes of one source."""
    one = root / "one" / "fw.log"
    one.parent.mkdir(parents=True)
    size = 0
    with one.open("wb") as whole:
        for day in days():
            data = text.replace(MARK, day.strftime("%Y-%m-%d").encode())
            size += whole.write(data)
            first = root / "daily-0" / f"{day:%Y/%m/%d}.log"
            first.parent.mkdir(parents=True, exist_ok=True)
            first.write_bytes(data)
            end = (day + timedelta(days=1)).timestamp()
            os.utime(first, (end, end))
            for number in range(1, SOURCES):
                link = root / f"daily-{number}" / first.relative_to(root / "daily-0")
                link.parent.mkdir(parents=True, exist_ok=True)
                os.link(first, link)
    os.utime(one, (NOW.timestamp(), NOW.timestamp()))
    return size


def look(directories: list[Path], *, sampled: bool) -> tuple[float, list[LogCoverage]]:
    """Seconds that all stores together take, and what was found."""
    zone, found = ZoneInfo("Asia/Shanghai"), []
    begin = perf_counter()
    for directory in directories:
        store = read_store(LocalShelf(directory), zone, NOW, lambda: False, Wanted(sampled=sampled))
        value = coverage(store)
        if value is None or value.missing_days or len(value.day_counts) != DAYS:
            sys.exit(f"{directory}: days are missing that were written")
        if value.counted != ("sampled" if sampled else "exact"):
            sys.exit(f"{directory} was not {'sampled' if sampled else 'counted'}")
        found.append(value)
    return perf_counter() - begin, found


def compare(name: str, directories: list[Path], size: int) -> None:
    """Sample (best of three) and count (once, it is long); both have to find the same ends."""
    sampled, looked = min((look(directories, sampled=True) for _ in range(3)), key=lambda one: one[0])
    exact, counted = look(directories, sampled=False)
    for one, other in zip(looked, counted, strict=True):
        if (one.oldest, one.newest) != (other.oldest, other.newest):
            sys.exit(f"{name}: sampling and counting do not agree on the ends")
    print(f"  {name:<34}{sampled:8.3f} s of {exact:7.1f} s ({size / exact / 1e6:.0f} MB/s): {sampled / exact:.2%}")


def plainly(directories: list[Path]) -> float:
    """Seconds to go through every line in Python and do nothing with it: the least that reading every line takes."""
    begin = perf_counter()
    for directory in directories:
        for path in directory.rglob("*.log"):
            with path.open("rb") as file:
                for _ in file:
                    pass
    return perf_counter() - begin


def main() -> None:
    """Daily files and one long file."""
    parser = argparse.ArgumentParser(description="log archives: a look into every day against reading every line")
    parser.add_argument("--mb", type=int, default=20, help="size of a day's file")
    megabytes = parser.parse_args().mb
    root = Path(tempfile.mkdtemp(prefix="campus-auditor-bench-"))
    try:
        size = write(root, day_of_text(megabytes))
        print(
            f"{DAYS} days x {SOURCES} sources, {SOURCES * size / 1e9:.1f} GB of text; sampled of every line read by us"
        )
        daily = [root / f"daily-{number}" for number in range(SOURCES)]
        compare("5 sources of daily files", daily, SOURCES * size)
        compare("1 source, one file of 180 days", [root / "one"], size)
        plain = plainly(daily[:1])
        print(f"  for comparison, a Python loop over the lines of one source: {plain:.1f} s")
    finally:
        shutil.rmtree(root, ignore_errors=True)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory of this process: {peak:.0f} MB, of which a day's text {2 * megabytes} MB")


if __name__ == "__main__":
    main()
