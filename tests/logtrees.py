"""Log trees as a school's server has them, with faults planted on purpose, and the probe's look at them."""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from probes.kinds import LogCoverage
from probes.log_coverage import log_coverage
from probes.logs import glance
from probes.observation import Observation, Status
from tests.world import TestWorld, campus, look

SCHOOL = timezone(timedelta(hours=8))
NOW = datetime(2026, 11, 23, 12, 0, 0, tzinfo=SCHOOL)
Line = Callable[[datetime], str]


def bsd(at: datetime) -> str:
    return f"{at:%b} {at.day:>2} {at:%H:%M:%S} fw-1 flow: session end, policy 3"


def bsd_pri(at: datetime) -> str:
    return f"<{128 + at.minute % 64}>{bsd(at)}"


def huawei(at: datetime) -> str:
    return (
        f"{at:%b} {at.day:>2} {at:%Y %H:%M:%S} HX-S5731 %%01IFNET/4/IF_STATE(l)[1]:Interface has turned into UP state."
    )


def h3c(at: datetime) -> str:
    return f"%{at:%b} {at.day} {at:%H:%M:%S}:{at.minute:03d} {at:%Y} H3C SHELL/5/SHELL_LOGIN: admin logged in."


def iso(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S},123 INFO portal: accept"


def rfc5424(at: datetime) -> str:
    utc = at.astimezone(UTC)
    return f"<190>1 {utc:%Y-%m-%dT%H:%M:%S}.{utc.minute:03d}Z ac-1 WLAN 1021 STA - station is online"


def eve(at: datetime) -> str:
    return f'{{"timestamp":"{at:%Y-%m-%dT%H:%M:%S}.123456+0800","flow_id":1,"event_type":"alert"}}'


def fortinet(at: datetime) -> str:
    return f'date={at:%Y-%m-%d} time={at:%H:%M:%S} devname="FG" tz="+0800" type="traffic" action="accept"'


def epoch(at: datetime) -> str:
    return f"{at.timestamp():.3f}    45 10.20.1.2 TCP_MISS/200 1234 GET http://example.cn/"


def apache(at: datetime) -> str:
    return f'10.20.{at.minute}.2 - - [{at:%d/%b/%Y:%H:%M:%S} +0800] "GET / HTTP/1.1" 200 1234'


def chinese(at: datetime) -> str:
    return f"{at:%Y}年{at:%m}月{at:%d}日 {at:%H:%M:%S} 上网行为管理 用户 t01 访问网站"


FORMATS: tuple[Line, ...] = (bsd, bsd_pri, huawei, h3c, iso, rfc5424, eve, fortinet, epoch, apache, chinese)


def moments(day: date, every_min: int = 60) -> list[datetime]:
    """The times of a day's records, none of them after ``NOW``."""
    midnight = datetime(day.year, day.month, day.day, 0, 7, 11, tzinfo=SCHOOL)
    return [at for n in range(0, 1440 - 7, every_min) if (at := midnight + timedelta(minutes=n)) <= NOW]


def days_ago(*numbers: int) -> list[date]:
    return [NOW.date() - timedelta(days=number) for number in numbers]


def put(path: Path, lines: Iterable[str], written: datetime | None = None, encoding: str = "utf-8") -> Path:
    """Write a log; ``written`` is its time of last change."""
    path.parent.mkdir(parents=True, exist_ok=True)
    data = "".join(f"{line}\n" for line in lines).encode(encoding)
    path.write_bytes(gzip.compress(data, 1) if path.suffix == ".gz" else data)
    if written:
        os.utime(path, (written.timestamp(), written.timestamp()))
    return path


def dated_tree(
    root: Path, days: Iterable[date], line: Line = iso, *, times: bool = True, name: str = "%Y-%m-%d.log"
) -> None:
    """One file a day, named by its date; ``times`` keeps the times of last change, as rsync -a does."""
    for day in days:
        at = moments(day)
        put(root / day.strftime(name), map(line, at), at[-1] if times else None)


def rotated_tree(
    root: Path, days: Iterable[date], line: Line = iso, *, times: bool = True, stem: str = "fw.log"
) -> None:
    """``fw.log`` for the newest day, ``fw.log.1``, ``fw.log.2.gz`` … for the others."""
    for number, day in enumerate(sorted(days, reverse=True)):
        at = moments(day)
        suffix = "" if number == 0 else f".{number}" if number == 1 else f".{number}.gz"
        put(root / f"{stem}{suffix}", map(line, at), at[-1] if times else None)


async def observe(
    root: Path, pattern: str = "**/*", at: datetime = NOW, zone: str = "Asia/Shanghai", **more: Any
) -> list[Observation]:
    """All observations of one look at a store."""
    store = {"kind": "directory", "path": str(root), "pattern": pattern}
    school = campus(
        school={"name": "示例中学", "stages": ["junior"], "timezone": zone},
        log_source=[{"id": "fw", "records": ["session"], "store": store, **more}],
    )
    return await look(log_coverage, TestWorld(school, at=at), school.log_source[0])


async def cover(root: Path, pattern: str = "**/*", at: datetime = NOW, zone: str = "Asia/Shanghai") -> LogCoverage:
    """The coverage that was found by counting every record; a look into every day has to tell the same days."""
    exact = await _covered(root, pattern, at, zone, count="exact")
    with tiny_looks():
        sampled = await _covered(root, pattern, at, zone)
    assert same_days(sampled) == same_days(exact)
    assert (sampled.oldest, sampled.newest) == (exact.oldest, exact.newest)
    return exact


def same_days(found: LogCoverage) -> tuple[date | None, int, tuple[date, ...], list[bool]]:
    """What a sampled look and a count must agree on."""
    return found.first_day, len(found.day_counts), found.missing_days, [count == 0 for count in found.day_counts]


@contextmanager
def tiny_looks() -> Iterator[None]:
    """Glances into files of a few hundred bytes, as if they were large."""
    sizes: dict[str, Any] = {"WHOLE": 600, "_LOOK": 300, "_WIDE_LOOK": 600, "_CLOSEST": 400, "_UNPACKED_LOOK": 600}
    sizes["_PACKED_LOOK"] = dict.fromkeys(("gzip", "xz", "zstd", "bzip2"), 400)
    before = {name: getattr(glance, name) for name in sizes}
    try:
        for name, size in sizes.items():
            setattr(glance, name, size)
        yield
    finally:
        for name, size in before.items():
            setattr(glance, name, size)


async def _covered(root: Path, pattern: str, at: datetime, zone: str, **more: Any) -> LogCoverage:
    (observation,) = await observe(root, pattern, at, zone, **more)
    assert observation.status is Status.OK, observation.detail
    assert isinstance(observation.value, LogCoverage)
    return observation.value
