"""Files as they lie on disks: packed, cut, growing, linked, foreign; and what the probe says where it cannot look."""

from __future__ import annotations

import asyncio
import bz2
import gzip
import json
import lzma
import os
import random
import threading
import time
import tracemalloc
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import zstandard

from probes.kinds import LogCoverage
from probes.log_coverage import log_coverage
from probes.logs.scan import StoppedError
from probes.logs.stores.files import LocalShelf, read_store
from probes.logs.tree import list_files, span_of
from probes.observation import Method, Reason, Status
from tests.logtrees import NOW, bsd, cover, days_ago, iso, moments, observe, put
from tests.world import TestWorld, campus, look

DAYS = sorted(days_ago(*range(20)))
AT = [at for day in DAYS for at in moments(day)]
NOISE = random.Random(1)
TEXT = "".join(f"{iso(at)} {NOISE.getrandbits(256):x}\n" for at in AT).encode()

PACKINGS: dict[str, Callable[[bytes], bytes]] = {
    "plain": bytes,
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zst": zstandard.compress,
}


def members(pack: Callable[[bytes], bytes], data: bytes, n: int = 5) -> bytes:
    lines = data.splitlines(keepends=True)
    size = len(lines) // n + 1
    return b"".join(pack(b"".join(lines[at : at + size])) for at in range(0, len(lines), size))


@pytest.mark.parametrize("name", ["fw.log", "fw.log.3.gz", "fw.log.1", "fw"])
@pytest.mark.parametrize("packing", PACKINGS)
async def test_the_content_tells_the_packing(tmp_path: Path, packing: str, name: str) -> None:
    (tmp_path / name).write_bytes(PACKINGS[packing](TEXT))
    found = await cover(tmp_path)
    assert (found.oldest, found.newest, found.records) == (AT[0], AT[-1], len(AT))
    assert (found.unreadable_files, found.undated_records) == (0, 0)
    assert found.bytes == (tmp_path / name).stat().st_size


@pytest.mark.parametrize("packing", ["gz", "bz2", "xz", "zst"])
async def test_members_one_after_the_other(tmp_path: Path, packing: str) -> None:
    (tmp_path / "fw").write_bytes(members(PACKINGS[packing], TEXT) + b"\0" * 100)
    found = await cover(tmp_path)
    assert (found.records, found.unreadable_files) == (len(AT), 0)


@pytest.mark.parametrize("packing", ["gz", "bz2", "xz", "zst"])
async def test_a_cut_file_counts_as_far_as_it_goes(tmp_path: Path, packing: str) -> None:
    data = members(PACKINGS[packing], TEXT)
    (tmp_path / f"fw.{packing}").write_bytes(data[: len(data) * 2 // 3])
    found = await cover(tmp_path)
    assert found.unreadable_files == 1
    assert found.oldest == AT[0]
    assert len(AT) // 2 < (found.records or 0) < len(AT)


@pytest.mark.parametrize("packing", ["gz", "bz2", "xz", "zst"])
async def test_a_damaged_file_counts_up_to_the_damage(tmp_path: Path, packing: str) -> None:
    data = bytearray(members(PACKINGS[packing], TEXT))
    data[len(data) // 2 : len(data) // 2 + 64] = bytes(64)
    (tmp_path / f"fw.{packing}").write_bytes(data)
    found = await cover(tmp_path)
    assert found.unreadable_files == 1
    assert len(AT) // 4 < (found.records or 0) < len(AT)


@pytest.mark.parametrize("cut", [2000, 3333, 5000])
async def test_the_rear_half_of_a_packed_file_is_unreadable_not_text(tmp_path: Path, cut: int) -> None:
    put(tmp_path / "fw.log", map(iso, AT))
    (tmp_path / "fw.log.1.gz").write_bytes(gzip.compress(TEXT)[cut:])
    found = await cover(tmp_path)
    assert (found.records, found.unreadable_files, found.undated_records) == (len(AT), 1, 0)


async def test_an_archive_of_a_foreign_kind_is_unreadable(tmp_path: Path) -> None:
    put(tmp_path / "fw.log", map(iso, AT))
    (tmp_path / "old.7z").write_bytes(b"7z\xbc\xaf\x27\x1c" + bytes(100))
    world = await evidence(tmp_path)
    assert [one["problem"] for one in world["files"] if "problem" in one] == ["is a 7z archive, which is not read"]
    assert (await cover(tmp_path)).unreadable_files == 1


async def evidence(root: Path) -> dict[str, list[dict[str, object]]]:
    school = campus(
        log_source=[{"id": "fw", "records": ["session"], "store": {"kind": "directory", "path": str(root)}}]
    )
    world = TestWorld(school, at=NOW)
    (observation,) = await look(log_coverage, world, school.log_source[0])
    found: dict[str, list[dict[str, object]]] = json.loads(world.kept[observation.raw[0]])
    return found


async def test_what_is_no_log_is_mentioned_and_not_counted(tmp_path: Path) -> None:
    put(tmp_path / "fw.log", map(iso, AT))
    (tmp_path / "wtmp").write_bytes(NOISE.randbytes(20_000))
    (tmp_path / "empty").touch()
    put(tmp_path / "README", ["These logs are kept for six months."])
    found = await cover(tmp_path)
    assert (found.records, found.undated_records, found.unreadable_files) == (len(AT), 1, 0)
    files = {one["name"]: one for one in (await evidence(tmp_path))["files"]}
    assert files["wtmp"]["problem"] == "is not text"
    assert files["fw.log"]["records"] == len(AT)
    assert files["fw.log"]["format"] == "iso8601"


async def test_zeros_of_a_power_cut_in_the_middle(tmp_path: Path) -> None:
    (tmp_path / "fw.log").write_bytes(
        b"\0" * 2_000_000 + TEXT[: len(TEXT) // 2] + b"\0" * 9000 + TEXT[len(TEXT) // 2 :]
    )
    assert (await cover(tmp_path)).records == len(AT)


async def test_utf_16_of_windows(tmp_path: Path) -> None:
    (tmp_path / "dhcp.log").write_bytes(TEXT.decode().replace("\n", "\r\n").encode("utf-16"))
    assert (await cover(tmp_path)).records == len(AT)


async def test_a_line_without_end_does_not_fill_the_memory(tmp_path: Path) -> None:
    with (tmp_path / "fw.log").open("wb") as file:
        file.write(TEXT)
        file.write(iso(AT[-1]).encode() + b"x" * 50_000_000 + b"\n" + iso(AT[-1]).encode())
    tracemalloc.start()
    found = await cover(tmp_path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.records == len(AT) + 2
    assert peak < 16_000_000


@pytest.mark.parametrize("packing", ["gz", "bz2", "xz", "zst"])
async def test_memory_does_not_grow_with_the_archive(tmp_path: Path, packing: str) -> None:
    """Eighty megabytes of nearly nothing: unpacked at once they would show."""
    (tmp_path / "fw").write_bytes(PACKINGS[packing](TEXT + (iso(AT[-1]).encode() + b" " * 4000 + b"\n") * 20_000))
    tracemalloc.start()
    found = await cover(tmp_path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.records == len(AT) + 20_000
    assert peak < 24_000_000


async def test_links_are_followed_once_and_loops_end(tmp_path: Path) -> None:
    put(tmp_path / "store" / "fw.log", map(iso, AT))
    put(tmp_path / "elsewhere" / "old.log", map(iso, (at - timedelta(days=30) for at in AT)))
    store = tmp_path / "store"
    (store / "loop").symlink_to(store)
    (store / "current").symlink_to(store / "fw.log")
    (store / "nowhere").symlink_to(store / "missing")
    (store / "more").symlink_to(tmp_path / "elsewhere")
    os.link(store / "fw.log", store / "fw.log.hard")
    os.mkfifo(store / "pipe")
    found = await cover(store)
    assert found.records == 2 * len(AT)
    assert [file.name for file in list_files(store, "**/*").files] == ["fw.log", "more/old.log"]


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("**/*", {"a.log", "fw/2026/b.log", "fw/c.log.gz", "fw/d.txt"}),
        ("*", {"a.log"}),
        ("**/*.log", {"a.log", "fw/2026/b.log"}),
        ("fw/*", {"fw/c.log.gz", "fw/d.txt"}),
        ("fw/**/*.log*", {"fw/2026/b.log", "fw/c.log.gz"}),
        ("**/[ab].log", {"a.log", "fw/2026/b.log"}),
        ("**/[!a].log", {"fw/2026/b.log"}),
        ("./fw/?.txt", {"fw/d.txt"}),
        ("../*", set()),
    ],
)
def test_patterns(tmp_path: Path, pattern: str, names: set[str]) -> None:
    for name in ("a.log", "fw/2026/b.log", "fw/c.log.gz", "fw/d.txt"):
        put(tmp_path / name, ["x"])
    assert {file.name for file in list_files(tmp_path, pattern).files} == names


@pytest.mark.parametrize("name", ["sw-20261399.log", "10.20.30.40.log", "fw.log.3.gz", "sn2102359876543210.log"])
def test_names_without_a_date(name: str) -> None:
    assert span_of(name) is None


async def test_a_rotation_while_the_files_are_read_loses_nothing(tmp_path: Path) -> None:
    """The newest file is renamed to a name that was already read, and its old bearer to one that was never listed."""
    half = len(AT) // 2
    put(tmp_path / "b.log", map(iso, AT[half:]))
    put(tmp_path / "a.log", map(iso, AT[:half]))
    asked = 0

    def rotate() -> bool:
        nonlocal asked
        asked += 1
        if asked == 1:
            (tmp_path / "b.log").rename(tmp_path / "b.log.1")
            put(tmp_path / "b.log", [iso(NOW)])
        return False

    store = await asyncio.to_thread(read_store, LocalShelf(tmp_path), ZoneInfo("Asia/Shanghai"), NOW, rotate)
    assert sorted(report.file.name for report in store.reports) == ["a.log", "b.log", "b.log.1"]
    assert sum(report.records for report in store.reports) == len(AT) + 1


async def test_a_growing_file_is_read_as_far_as_it_was(tmp_path: Path) -> None:
    path = put(tmp_path / "fw.log", map(iso, [*AT, NOW]))
    stop = threading.Event()

    def write() -> None:
        with path.open("a") as file:
            while not stop.is_set():
                file.write(iso(NOW) + "\n")
                file.flush()
                time.sleep(0.0001)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        found = await asyncio.wait_for(cover(tmp_path), 20)
    finally:
        stop.set()
        writer.join()
    assert (found.records or 0) >= len(AT)
    assert found.oldest == AT[0]


async def test_an_interrupted_reading_ends_soon(tmp_path: Path) -> None:
    (tmp_path / "fw.log").write_bytes((iso(NOW).encode() + b"\n") * 2_000_000)
    begun = threading.active_count()
    task = asyncio.create_task(observe(tmp_path, count="exact"))
    await asyncio.sleep(0.02)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.wait_for(asyncio.get_running_loop().shutdown_default_executor(), 2)
    assert threading.active_count() <= begun


def test_a_stop_is_heeded_before_every_block(tmp_path: Path) -> None:
    put(tmp_path / "fw.log", map(iso, AT))
    with pytest.raises(StoppedError):
        read_store(LocalShelf(tmp_path), ZoneInfo("Asia/Shanghai"), NOW, lambda: True)


async def test_relative_paths_are_those_of_the_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path / "logs" / "fw.log", map(bsd, AT), AT[-1])
    monkeypatch.chdir(tmp_path)
    assert (await cover(Path("logs"))).records == len(AT)


async def test_a_setting_stands_beside_the_content(tmp_path: Path) -> None:
    put(tmp_path / "fw.log", map(iso, AT))
    content, setting = await observe(tmp_path, setting_days=180)
    assert isinstance(content.value, LogCoverage)
    assert (content.value.origin, content.method) == ("content", Method.MEASURED)
    assert len(content.raw) == 1
    assert setting.value == LogCoverage(span_days=180, origin="setting")
    assert setting.method is Method.DECLARED
    assert {content.subject, setting.subject} == {"log:fw"}


async def unavailable(root: Path, pattern: str = "**/*") -> tuple[Reason | None, str]:
    observation, setting = await observe(root, pattern, setting_days=180)
    assert observation.status is Status.UNAVAILABLE
    assert setting.status is Status.OK
    return observation.reason, observation.detail


async def test_no_such_directory(tmp_path: Path) -> None:
    path = tmp_path / "none"
    assert await unavailable(path) == (Reason.FILE_NOT_FOUND, f"there is no directory {path}")


async def test_a_file_in_place_of_the_directory(tmp_path: Path) -> None:
    path = put(tmp_path / "fw.log", map(iso, AT))
    reason, detail = await unavailable(path)
    assert reason is Reason.FILE_UNREADABLE
    assert detail == f"{path} is a file: give its directory as path and its name as pattern"


async def test_nothing_matches(tmp_path: Path) -> None:
    put(tmp_path / "fw.log", map(iso, AT))
    assert await unavailable(tmp_path, "*.txt") == (Reason.EMPTY, f"no file in {tmp_path} matches *.txt")


async def test_nothing_dated(tmp_path: Path) -> None:
    put(tmp_path / "fw.log", ["nothing", "to see"])
    detail = f"no record with a credible time in the 1 files of {tmp_path}"
    assert await unavailable(tmp_path) == (Reason.EMPTY, detail)


async def test_only_damaged_files(tmp_path: Path) -> None:
    (tmp_path / "fw.log.gz").write_bytes(b"\x1f\x8b\x08")
    reason, detail = await unavailable(tmp_path)
    assert reason is Reason.FILE_UNREADABLE
    assert detail == f"none of 1 files in {tmp_path} can be read: ends too early: it was cut off"


async def test_a_directory_and_files_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests may run as root, to whom nothing is closed: so the system's answers are played."""
    put(tmp_path / "fw.log", map(iso, AT))
    put(tmp_path / "closed" / "old.log", map(iso, AT))
    scandir = os.scandir

    def refuse(path: Path) -> os._ScandirIterator[str]:
        if Path(path).name == "closed":
            raise PermissionError(13, "Permission denied")
        return scandir(path)  # type: ignore[return-value]

    monkeypatch.setattr(os, "scandir", refuse)
    found = await cover(tmp_path)
    assert (found.records, found.unreadable_files) == (len(AT), 1)
    reason, detail = await unavailable(tmp_path / "closed")
    assert reason is Reason.FILE_UNREADABLE
    assert detail == f"cannot list {tmp_path / 'closed'}: permission denied"
