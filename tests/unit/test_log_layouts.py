"""Trees as rsyslog and syslog-ng lay them out, with a week missing, and what disks and people do to them."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import random
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
import zstandard

from probes.kinds import LogCoverage
from tests.logtrees import NOW, SCHOOL, Line, bsd, cover, days_ago, moments, put, rfc5424

DAYS = [day for n, day in enumerate(sorted(days_ago(*range(20)))) if not 8 <= n < 15]
MISSING = tuple(day for day in sorted(days_ago(*range(20))) if day not in DAYS)
HOSTS = ("fw-1", "10.0.0.2", "核心交换机")
PACKINGS: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zst": zstandard.compress,
}


def tree(root: Path, layout: str, line: Line = rfc5424, *, times: bool = True) -> None:
    for day in DAYS:
        at = moments(day, 120)
        for host in HOSTS:
            put(root / day.strftime(layout).replace("HOST", host), map(line, at), at[-1] if times else NOW)


def assert_the_week(found: LogCoverage, missing: tuple[date, ...] = MISSING) -> None:
    assert found.missing_days == missing
    assert found.oldest is not None
    assert found.newest is not None
    assert (found.oldest.astimezone(SCHOOL).date(), found.newest.astimezone(SCHOOL).date()) == (DAYS[0], DAYS[-1])


@pytest.mark.parametrize("times", [True, False], ids=["times kept", "copied today"])
@pytest.mark.parametrize("line", [bsd, rfc5424])
@pytest.mark.parametrize(
    "layout",
    [
        "HOST/%Y/%m/%d.log",
        "HOST/%Y/%m/%d/messages.log",
        "%Y/%m/%d/HOST.log",
        "%Y%m%d/HOST/messages",
        "HOST/%Y-%m-%d.log.gz",
        "HOST.%Y%m%d%H.log",
        "HOST-%Y%m%d-1764000000.gz",
        "HOST_%d-%m-%Y.log",
        "%Y年%m月%d日/HOST.log",
    ],
)
async def test_templates_of_receivers(tmp_path: Path, layout: str, line: Line, *, times: bool) -> None:
    tree(tmp_path, layout, line, times=times)
    found = await cover(tmp_path)
    assert_the_week(found)
    assert found.records == len(HOSTS) * sum(len(moments(day, 120)) for day in DAYS)


@pytest.mark.parametrize("part", [0.5, 0.9])
@pytest.mark.parametrize("packing", PACKINGS)
async def test_a_packed_day_cut_off_is_that_day_at_most(tmp_path: Path, packing: str, part: float) -> None:
    """bzip2 and zstd give nothing of a block that is cut: what could not be read is not told as kept."""
    noise = random.Random(7)
    for number, day in enumerate(DAYS):
        at = moments(day, 10)
        data = PACKINGS[packing]("".join(f"{rfc5424(one)} {noise.getrandbits(300):x}\n" for one in at).encode())
        path = tmp_path / f"fw-{day:%Y%m%d}.log.{packing}"
        path.write_bytes(data[: int(len(data) * part)] if number == 4 else data)
        os.utime(path, (at[-1].timestamp(), at[-1].timestamp()))
    found = await cover(tmp_path)
    lost = (DAYS[4],) if packing in {"bz2", "zst"} else ()
    assert_the_week(found, (*lost, *MISSING))
    assert found.unreadable_files == 1


async def test_odd_things_beside_the_logs(tmp_path: Path) -> None:
    tree(tmp_path, "HOST/%Y-%m-%d.log")
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "fw-1" / "up").symlink_to("..")
    (tmp_path / "dead").symlink_to("/nowhere/at/all")
    (tmp_path / "empty.log").touch()
    (tmp_path / "holes.log").write_bytes(bytes(300_000))
    os.mkfifo(tmp_path / "pipe")
    path = tmp_path / "fw-1" / f"{DAYS[3]}.log"
    data, written = path.read_bytes(), path.stat().st_mtime
    path.write_bytes(data[:333] + bytes(4096) + data[333:])
    os.utime(path, (written, written))
    assert_the_week(await cover(tmp_path))


async def test_two_receivers_of_the_same_devices(tmp_path: Path) -> None:
    tree(tmp_path, "rx-1/HOST/%Y-%m-%d.log", rfc5424)
    tree(tmp_path, "rx-2/%Y/%m/%d/HOST.log", bsd)
    assert_the_week(await cover(tmp_path))


async def test_a_copy_with_the_hole_that_copytruncate_leaves(tmp_path: Path) -> None:
    lines = [bsd(at) for day in DAYS for at in moments(day, 120)]
    half = len(lines) // 2
    put(tmp_path / "fw.log.1", lines[:half], NOW)
    path = put(tmp_path / "fw.log", lines[half:], NOW)
    path.write_bytes(bytes((tmp_path / "fw.log.1").stat().st_size) + path.read_bytes())
    os.utime(path, (NOW.timestamp(), NOW.timestamp()))
    found = await cover(tmp_path)
    assert_the_week(found)
    assert found.records == len(lines)


@pytest.mark.parametrize("off", [-3650, -730, -366, -365, 365])
async def test_a_device_of_its_own_directory_is_years_off(tmp_path: Path, off: int) -> None:
    tree(tmp_path, "HOST/%Y-%m-%d.log")
    for day in sorted([*DAYS, *MISSING]):
        at = moments(day, 120)
        wrong = [rfc5424(one + timedelta(days=off)) for one in at]
        put(tmp_path / "bad" / f"{day}.log", wrong, at[-1])
    assert_the_week(await cover(tmp_path))


def halves(at: datetime) -> str:
    return (
        f"{at.year}/{at.month}/{at.day} {'上午' if at.hour < 12 else '下午'}{at.hour % 12 or 12}:{at:%M:%S} 张三 访问"
    )


@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
async def test_halves_of_the_day_in_a_whole_log(tmp_path: Path, encoding: str) -> None:
    put(tmp_path / "export.log", [halves(at) for day in DAYS for at in moments(day, 20)], NOW, encoding)
    found = await cover(tmp_path)
    assert_the_week(found)
    assert found.late_records == 0


async def test_gbk_cut_in_the_middle_of_a_character(tmp_path: Path) -> None:
    cut = [f"{bsd(at)} 用户 张三 访问 网站".encode("gbk")[:-1] for day in DAYS for at in moments(day, 120)]
    path = tmp_path / "behaviour.log"
    path.write_bytes(b"\n".join(cut) + b"\n")
    os.utime(path, (NOW.timestamp(), NOW.timestamp()))
    found = await cover(tmp_path)
    assert_the_week(found)
    assert (found.records, found.undated_records) == (len(cut), 0)
