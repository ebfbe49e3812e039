"""Zip and tar archives: their members are files of their own; whose lines count in a shared file; device buffers."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from collections.abc import Callable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import zstandard

from probes.dialect import load_dialects
from probes.kinds import LogCoverage
from probes.log_coverage import log_coverage
from probes.logs.members import open_archive
from probes.logs.owners import only_of
from probes.logs.tree import list_files
from probes.observation import Reason, Status
from probes.probe import Context
from tests.logtrees import NOW, SCHOOL, Line, bsd, cover, days_ago, h3c, huawei, iso, moments, observe, put
from tests.world import TestWorld, campus, look

DAYS = sorted(days_ago(*range(1, 31)))
GONE = DAYS[12]


def texts(line: Line) -> dict[str, tuple[bytes, float]]:
    """Five files of six days each, rotated, by name: content and time of last change."""
    found = {}
    for number in range(5):
        at = [one for day in DAYS[number * 6 : number * 6 + 6] if day != GONE for one in moments(day)]
        content = "".join(f"{line(one)}\n" for one in at).encode()
        found[f"log/fw.log.{5 - number}"] = content, at[-1].timestamp()
    return found


def as_zip(files: dict[str, tuple[bytes, float]]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, (content, when) in files.items():
            at = NOW.fromtimestamp(when).timetuple()[:6]
            archive.writestr(zipfile.ZipInfo(name, at), content)
    return data.getvalue()


def as_tar(files: dict[str, tuple[bytes, float]]) -> bytes:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as archive:
        for name, (content, when) in files.items():
            info = tarfile.TarInfo(name)
            info.size, info.mtime = len(content), round(when)
            archive.addfile(info, io.BytesIO(content))
    return data.getvalue()


def gzipped(files: dict[str, tuple[bytes, float]]) -> dict[str, tuple[bytes, float]]:
    return {f"{name}.gz": (gzip.compress(content), when) for name, (content, when) in files.items()}


ARCHIVES: dict[str, Callable[[dict[str, tuple[bytes, float]]], bytes]] = {
    "zip": as_zip,
    "tar": as_tar,
    "tar.gz": lambda files: gzip.compress(as_tar(files)),
    "tar.zst": lambda files: zstandard.compress(as_tar(files)),
    "tar of gz": lambda files: as_tar(gzipped(files)),
    "zip of zip": lambda files: as_zip({"all.zip": (as_zip(files), NOW.timestamp())}),
}


@pytest.mark.parametrize("line", [bsd, iso, h3c], ids=lambda one: one.__name__)
@pytest.mark.parametrize("kind", ARCHIVES)
async def test_members_are_read_like_files(tmp_path: Path, kind: str, line: Line) -> None:
    (tmp_path / "old.bin").write_bytes(ARCHIVES[kind](texts(line)))
    found = await cover(tmp_path)
    expected = [one for day in DAYS if day != GONE for one in moments(day)]
    assert (found.oldest, found.newest, found.records) == (expected[0], expected[-1], len(expected))
    assert (found.missing_days, found.unreadable_files) == ((GONE,), 0)
    assert found.bytes == pytest.approx((tmp_path / "old.bin").stat().st_size, abs=5)


@pytest.mark.parametrize("kind", ["zip", "tar", "tar.gz"])
async def test_a_cut_archive_counts_as_far_as_it_can_be_read(tmp_path: Path, kind: str) -> None:
    put(tmp_path / "now.log", [iso(NOW)])
    data = ARCHIVES[kind](texts(iso))
    (tmp_path / "old").write_bytes(data[: len(data) * 2 // 3])
    found = await cover(tmp_path)
    assert (found.unreadable_files or 0) >= 1
    if kind != "zip":  # whose directory stands at its end
        assert (found.records or 0) > 24 * 10


async def test_a_locked_zip_is_unreadable(tmp_path: Path) -> None:
    put(tmp_path / "fw.log", map(iso, moments(DAYS[0])))
    data = bytearray(as_zip(texts(iso)))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.find(mark)
        while at >= 0:
            data[at + offset] |= 1
            at = data.find(mark, at + 4)
    (tmp_path / "old.zip").write_bytes(data)
    (observation,) = await observe(tmp_path)
    found = observation.value
    assert isinstance(found, LogCoverage)
    assert found.unreadable_files == 5


async def test_names_that_lead_elsewhere_write_nothing(tmp_path: Path) -> None:
    root = tmp_path / "logs"
    root.mkdir()
    files = {"../../outside.log": next(iter(texts(iso).values())), "/abs.log": next(iter(texts(iso).values()))}
    (root / "a.tar").write_bytes(as_tar(files))
    (root / "b.zip").write_bytes(as_zip(files))
    assert (await cover(root)).records
    assert [one.name for one in tmp_path.iterdir()] == ["logs"]


OTHERS = "10.20.1.2"
SHARED: dict[str, tuple[Callable[[Any], str], Callable[[Any], str]]] = {
    "rfc3164": (
        lambda at: f"{at:%b} {at.day:>2} {at:%H:%M:%S} fw-1 flow: session to {OTHERS}",
        lambda at: f"{at:%b} {at.day:>2} {at:%H:%M:%S} {OTHERS} flow: session of fw-1",
    ),
    "rfc5424": (
        lambda at: f"<134>1 {at.isoformat()} fw-1 flow - - - {OTHERS}",
        lambda at: f"<134>1 {at.isoformat()} {OTHERS} flow - - - fw-1",
    ),
    "key=value": (
        lambda at: f'date={at:%Y-%m-%d} time={at:%H:%M:%S} devname="fw-1" srcip={OTHERS}',
        lambda at: f'date={at:%Y-%m-%d} time={at:%H:%M:%S} devname="{OTHERS}" msg="fw-1"',
    ),
    "json": (
        lambda at: f'{{"timestamp":"{at.isoformat()}","host":"fw-1","src_ip":"{OTHERS}"}}',
        lambda at: f'{{"timestamp":"{at.isoformat()}","host":"{OTHERS}","name":"fw-1"}}',
    ),
    "huawei": (
        lambda at: f"{at:%b} {at.day} {at:%Y %H:%M:%S} fw-1 %%01SEC/4/SESSION(l)[1]:to {OTHERS}",
        lambda at: f"{at:%b} {at.day} {at:%Y %H:%M:%S} {OTHERS} %%01SEC/4/SESSION(l)[1]:of fw-1",
    ),
    "h3c": (
        lambda at: f"%{at:%b} {at.day} {at:%H:%M:%S}:123 {at:%Y} fw-1 SHELL/5: {OTHERS}",
        lambda at: f"%{at:%b} {at.day} {at:%H:%M:%S}:123 {at:%Y} {OTHERS} SHELL/5: fw-1",
    ),
}


@pytest.mark.parametrize("form", SHARED)
async def test_of_a_shared_file_only_the_lines_of_the_device(tmp_path: Path, form: str) -> None:
    own, other = SHARED[form]
    at = [one for day in DAYS for one in moments(day)]
    lines = [line for one in at for line in ([other(one)] if one.date() == GONE else [own(one), other(one)])]
    put(tmp_path / "all.log", lines, at[-1])
    (observation,) = await observe(tmp_path, match=["FW-1"])
    found = observation.value
    assert isinstance(found, LogCoverage), observation.detail
    assert found.missing_days == (GONE,)
    assert found.records == len(at) - 24
    (observation,) = await observe(tmp_path, match=[OTHERS])
    assert observation.value.missing_days == ()  # type: ignore[union-attr]


def test_a_chinese_name_in_gbk() -> None:
    line = "Nov  3 01:02:03 教学楼防火墙 flow: x\n".encode("gbk")
    assert only_of(["教学楼防火墙"])(line + b"Nov  3 01:02:03 fw-2 x\n") == line
    assert only_of(["10.0.0.1"])(b"Nov  3 01:02:03 10.0.0.10 x\n") == b""


BUFFERS = {
    "huawei-vrp": ("display logbuffer", huawei),
    "hp-comware": ("display logbuffer", h3c),
    "ruijie-os": ("show logging", lambda at: f"*{at:%b} {at.day:>2} {at:%H:%M:%S}: %SYS-5-CONFIG_I: Configured."),
}


class Console:
    """What the probe sees of a console: its dialect, and answers."""

    def __init__(self, dialect: str, answers: dict[str, str]) -> None:
        self.dialect = load_dialects()[dialect]
        self.answers = answers
        self.sent: list[str] = []

    async def run(self, line: str) -> str:
        self.sent.append(self.dialect.gate.check(line))
        return self.answers.get(
            line, "% Invalid input detected at '^' marker.\nError: Unrecognized command found at '^'"
        )


async def buffer(monkeypatch: pytest.MonkeyPatch, console: Console) -> Any:
    @asynccontextmanager
    async def opened(_: Context, __: object) -> Any:
        yield console

    monkeypatch.setattr(Context, "ssh", opened)
    school = campus(
        device=[{"id": "sw-1", "role": "core-switch", "address": "127.0.0.1"}],
        log_source=[{"id": "core", "records": ["core-switch"], "device": "sw-1", "store": {"kind": "device"}}],
    )
    (observation,) = await look(log_coverage, TestWorld(school, at=NOW), school.log_source[0])
    return observation


@pytest.mark.parametrize("newest_first", [False, True])
@pytest.mark.parametrize("dialect", BUFFERS)
async def test_a_buffer_tells_its_days(monkeypatch: pytest.MonkeyPatch, dialect: str, newest_first: bool) -> None:  # noqa: FBT001
    command, line = BUFFERS[dialect]
    at = [one for day in sorted(days_ago(1, 2, 4)) for one in moments(day)]
    lines = [line(one) for one in (at[::-1] if newest_first else at)]
    head = (
        "Logging buffer configuration and contents : enabled\nAllowed max buffer size : 1024\nCurrent messages : 72\n\n"
    )
    console = Console(dialect, {command: head + "\n".join(lines)})
    observation = await buffer(monkeypatch, console)
    found = observation.value
    assert isinstance(found, LogCoverage), observation.detail
    assert (found.oldest, found.newest, found.records) == (at[0], at[-1], len(at))
    assert (found.missing_days, found.store, found.forecast_days) == ((days_ago(3)[0],), "device", None)
    assert set(console.sent) <= {"display logbuffer", "show logging buffer", "show logging"}


async def test_a_device_without_a_buffer(monkeypatch: pytest.MonkeyPatch) -> None:
    observation = await buffer(monkeypatch, Console("huawei-vrp", {}))
    assert (observation.status, observation.reason) == (Status.UNAVAILABLE, Reason.NOT_SUPPORTED)
    empty = await buffer(monkeypatch, Console("huawei-vrp", {"display logbuffer": "Current messages : 0\n"}))
    assert (empty.status, empty.reason) == (Status.UNAVAILABLE, Reason.EMPTY)


def test_a_zip_tells_times_of_the_schools_zone(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr(zipfile.ZipInfo("a.log", (2026, 11, 3, 1, 2, 2)), "x\n")
    (file,) = list_files(tmp_path, "**/*").files
    with open_archive(file, SCHOOL) as opened:
        assert opened is not None
        (member,) = opened.members()
    assert member.modified == datetime(2026, 11, 3, 1, 2, 2, tzinfo=SCHOOL).timestamp()
