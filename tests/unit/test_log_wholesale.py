"""Large archives: blocks of lines at once, and files by several processes. Neither changes what is found."""

from __future__ import annotations

import os
import random
import subprocess
import tarfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from probes.logs import crew, lines, scan
from probes.logs.coverage import Store, coverage, evidence
from probes.logs.lines import Bounds, LineReader
from probes.logs.placing import DAY, Calendar
from probes.logs.scan import StoppedError
from probes.logs.stores.files import LocalShelf, read_store
from tests.logtrees import FORMATS, NOW, SCHOOL, Line, bsd, bsd_pri, dated_tree, days_ago, iso, put, rfc5424

CALENDAR = Calendar(ZoneInfo("Asia/Shanghai"))
NEAR = CALENDAR.minute_at(datetime(2026, 10, 1, tzinfo=UTC))
BEGIN = datetime(2026, 9, 27, 22, 0, tzinfo=SCHOOL)
SPOILT = ["", "   at Database.open(Database.java:123)", "<134>", "<13", "x", "<134>Sep 31 25:00:00 fw-1 no time", "\t"]


def written(line: Line, seed: int, *, disorder: bool) -> bytes:
    """Two days of lines, some of them spoilt, a few seconds out of order here and there."""
    chance = random.Random(seed)
    found: list[str] = []
    at = BEGIN
    for _ in range(1500):
        at += timedelta(seconds=chance.choice((0, 1, 1, 5, 120, 900)))
        late = timedelta(seconds=chance.randrange(90) if chance.random() < 0.1 else 0)
        found.append(line(at - late))
        if disorder and chance.random() < 0.1:
            found.append(chance.choice([*SPOILT, iso(at), bsd(at), bsd_pri(at), rfc5424(at)]))
    return "".join(f"{one}\n" for one in found).encode()


def read(data: bytes, *, wholesale: bool) -> LineReader:
    reader = LineReader(CALENDAR, Bounds(NEAR - 3650 * DAY, NEAR + 60 * DAY, NEAR), wholesale=wholesale)
    for begin in range(0, len(data), 40_000):
        at = data.rfind(b"\n", 0, begin) + 1
        end = len(data) if begin + 40_000 >= len(data) else data.rfind(b"\n", 0, begin + 40_000) + 1
        reader.read(data[at:end], end - at)
    reader.finish(b"")
    return reader


def figures(reader: LineReader) -> list[Any]:
    counts = reader.counts
    days = [
        (number, day.count, list(day.slots()))
        for strand in reader.timeline.strands()
        for number, day in sorted(strand.days.items())
    ]
    return [days, counts.dated, counts.undated, counts.yearless, counts.late, counts.step_back, counts.form]


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "LEAST", 1)


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("disorder", [False, True])
@pytest.mark.parametrize("line", FORMATS)
def test_blocks_at_once_tell_what_lines_tell(line: Line, *, disorder: bool) -> None:
    for seed in range(2):
        data = written(line, seed, disorder=disorder)
        assert figures(read(data, wholesale=True)) == figures(read(data, wholesale=False))


def looked(root: Path, stopped: Callable[[], bool] = lambda: False) -> Store:
    return read_store(LocalShelf(root), ZoneInfo("Asia/Shanghai"), NOW, stopped)


@pytest.fixture
def helped(monkeypatch: pytest.MonkeyPatch) -> list[subprocess.Popen[bytes]]:
    """Two helpers for every store, however small; those that were started."""
    started: list[subprocess.Popen[bytes]] = []

    class Noted(subprocess.Popen[bytes]):
        def __init__(self, *args: Any, **more: Any) -> None:
            super().__init__(*args, **more)
            started.append(self)

    monkeypatch.setattr(crew, "WORTH", 0)
    monkeypatch.setattr(crew, "_cores", lambda: 3)
    monkeypatch.setattr(subprocess, "Popen", Noted)
    return started


def tree(root: Path) -> None:
    dated_tree(root / "fw", days_ago(*range(40)), rfc5424)
    dated_tree(root / "ac", days_ago(*range(5, 25)), bsd_pri, name="%Y/%m/%d/ac.log")
    put(root / "cut.log.1.gz", map(iso, [NOW - timedelta(hours=n) for n in range(900, 0, -1)]), NOW)
    packed = root / "cut.log.1.gz"
    packed.write_bytes(packed.read_bytes()[:400])
    with tarfile.open(root / "old.tgz", "w:gz") as archive:
        archive.add(root / "ac", "ac")
    (root / "empty.log").touch()
    (root / "wtmp").write_bytes(random.Random(1).randbytes(9000))


def test_several_processes_find_what_one_finds(
    tmp_path: Path, helped: list[subprocess.Popen[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    tree(tmp_path)
    together = looked(tmp_path)
    assert len(helped) == 2
    assert all(helper.returncode is not None for helper in helped)
    monkeypatch.setattr(crew, "WORTH", 10**15)
    alone = looked(tmp_path)
    assert coverage(together) == coverage(alone)
    assert evidence(together)["files"] == evidence(alone)["files"]
    assert len(helped) == 2


def test_what_a_dying_helper_leaves_is_read_here(
    tmp_path: Path, helped: list[subprocess.Popen[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    tree(tmp_path)
    monkeypatch.setattr(crew, "_BEGIN", "import os; os._exit(3)")
    found = coverage(looked(tmp_path))
    assert len(helped) == 2
    assert found is not None
    assert (found.missing_days, len(found.day_counts)) == ((), 40)


def test_helpers_that_cannot_be_started_are_done_without(
    tmp_path: Path, helped: list[subprocess.Popen[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    tree(tmp_path)
    monkeypatch.setattr(crew.sys, "executable", str(tmp_path / "nothing"))
    found = coverage(looked(tmp_path))
    assert not helped
    assert found is not None
    assert found.missing_days == ()


def test_an_interruption_ends_the_helpers(tmp_path: Path, helped: list[subprocess.Popen[bytes]]) -> None:
    for number in range(8):
        (tmp_path / f"{number}.log").write_bytes((iso(NOW).encode() + b"\n") * 200_000)
    asked = iter([False] * 20)
    with pytest.raises(StoppedError):
        looked(tmp_path, lambda: next(asked, True))
    assert len(helped) == 2
    for helper in helped:
        assert helper.returncode is not None
        with pytest.raises(ProcessLookupError):
            os.kill(helper.pid, 0)


def test_small_stores_are_read_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree(tmp_path)
    monkeypatch.setattr(crew, "_Helper", lambda _: pytest.fail("a helper for some kilobytes"))
    assert looked(tmp_path).reports


def test_large_files_are_read_wholesale(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan, "_MUCH", 1)
    monkeypatch.setattr(lines, "LEAST", 1)
    days = days_ago(*range(30))
    dated_tree(tmp_path, days, rfc5424)
    found = coverage(looked(tmp_path))
    assert found is not None
    assert (found.missing_days, len(found.day_counts)) == ((), 30)
