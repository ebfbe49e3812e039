"""A survey that meets a full disk, a clock set back, a closed terminal, a copied file: what was measured stays."""

from __future__ import annotations

import errno
import io
import os
import signal
import stat
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from auditor.lock import LockError, alone
from auditor.survey_bars import Bars
from auditor.surveys import SurveyError, Walk, merge
from probes.kinds import SurveyPoint
from probes.survey import survey
from probes.text import text
from probes.wifi import survey_file
from probes.wifi.heard import Heard
from probes.wifi.ownership import Owner
from probes.wifi.survey_file import append, files_in, merged, numbered, read, since_anew, written
from tests.unit.test_survey_command import INVENTORY, WALKER
from tests.unit.test_survey_file import AT, WALK, heard, point, school
from tests.world import campus, look

SMALL_DISK = """
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (2500, 2500))
"""
KILLED_WRITING = """
import io, os, pathlib, signal
opened = pathlib.Path.open
class Piecemeal(io.FileIO):
    taken = 0
    def write(self, octets):
        if Piecemeal.taken >= {after}:
            os.kill(os.getpid(), signal.SIGKILL)
        Piecemeal.taken += 10
        return super().write(bytes(octets)[:10])
pathlib.Path.open = lambda path, mode="r", *rest, **more: (
    Piecemeal(path, mode) if mode == "ab+" else opened(path, mode, *rest, **more))
"""
ROOT = str(Path(__file__).parents[2])


def walker(folder: Path, before: str = "", **streams: Any) -> subprocess.Popen[bytes]:
    """A survey in a process of its own; ``before`` is what that process does first."""
    inventory = folder / "inventory.toml"
    inventory.write_text(INVENTORY.replace("points = 2", "points = 50").replace("scans = 5", "scans = 1"), "utf-8")
    given = {"stdin": subprocess.PIPE, "stderr": subprocess.PIPE, "stdout": subprocess.DEVNULL, **streams}
    # Without a buffer, in which lines would stay that communicate() does not see.
    return subprocess.Popen([sys.executable, "-c", before + WALKER.format(tests=ROOT, inventory=str(inventory))],
                            cwd=ROOT, bufsize=0, **given)  # fmt: skip


def until_kept(walking: subprocess.Popen[bytes], count: int) -> int:
    assert walking.stdin is not None
    assert walking.stderr is not None
    walking.stdin.write(b"\n" * 60)
    walking.stdin.flush()
    began, told = monotonic(), 0
    while told < count and monotonic() - began < 60:
        told += b"kept:" in walking.stderr.readline()
    return told


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_terminal_that_is_closed_ends_it_with_a_sentence(tmp_path: Path, number: signal.Signals) -> None:
    walking = walker(tmp_path)
    try:
        told = until_kept(walking, 2)
        walking.send_signal(number)
        rest = walking.communicate(timeout=60)[1]
    finally:
        walking.kill()
    # A signal that compiled code drops is given again a moment later; the closed keyboard may end the walk before that.
    end = {3: b"stopped on request", 0: b"points in"}
    assert (walking.returncode in end, b"Traceback" in rest) == (True, False)
    assert end[walking.returncode] in rest
    found = read(files_in(tmp_path / "surveys"))
    assert (found.damaged, len(found.points) - told - rest.count(b"kept:") in {0, 1}) == (0, True)


def test_what_nohup_started_goes_on_without_its_terminal(tmp_path: Path) -> None:
    walking = walker(tmp_path, "import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN)\n")
    try:
        until_kept(walking, 1)
        walking.send_signal(signal.SIGHUP)
        rest = walking.communicate(b"q\n", timeout=60)[1]
    finally:
        walking.kill()
    assert (walking.returncode, b"points in" in rest) == (0, True)


def test_a_keyboard_in_another_encoding_measures_no_place_that_nobody_meant(tmp_path: Path) -> None:
    walking = walker(tmp_path)
    rest = walking.communicate("楼梯\nq\n".encode("gbk"), timeout=60)[1]
    assert (walking.returncode, b"Traceback" in rest, b"is no id of a place" in rest) == (0, False, True)
    assert not read(files_in(tmp_path / "surveys")).points


def test_without_a_keyboard_it_ends_in_order(tmp_path: Path) -> None:
    walking = walker(tmp_path, "import sys; sys.stdin = None\n", stdin=subprocess.DEVNULL)
    rest = walking.communicate(timeout=60)[1]
    assert (walking.returncode, b"0 points in 0 places" in rest, b"Traceback" in rest) == (0, True, False)


def test_a_full_disk_loses_the_point_being_measured_and_nothing_else(tmp_path: Path) -> None:
    walking = walker(tmp_path, SMALL_DISK)
    try:
        rest = walking.communicate(b"\n" * 60, timeout=90)[1]
    finally:
        walking.kill()
    assert (walking.returncode, b"cannot write" in rest, b"Traceback" in rest) == (3, True, False)
    (file,) = files_in(tmp_path / "surveys")
    found = read([file])
    assert (len(found.points), found.damaged) == (rest.count(b"kept:"), 0)
    assert len(found.points) > 1
    assert file.read_bytes().endswith(b"\n")


def test_killed_in_the_middle_of_a_line_it_loses_that_point_and_goes_on(tmp_path: Path) -> None:
    told = 0
    for after in (250, 1500, 0):
        walking = walker(tmp_path, KILLED_WRITING.format(after=after) if after else "")
        try:
            rest = walking.communicate(b"\n\n\nq\n" if after == 0 else b"\n" * 60, timeout=90)[1]
        finally:
            walking.kill()
        assert walking.returncode == (-signal.SIGKILL if after else 0)
        told += rest.count(b"kept:")
        (file,) = files_in(tmp_path / "surveys")
        assert file.read_bytes().endswith(b"\n") == (not after)
        found = read([file])
        assert ([one.number for one in found.points], found.damaged) == (list(range(1, told + 1)), 0)
    assert told >= 4


@pytest.mark.parametrize("tail", [b'{"format": "campus-aud', b"\x00" * 700, b"\xff\xfe\n" + b"\x00" * 9])
def test_what_a_power_cut_left_costs_no_whole_point(tmp_path: Path, tail: bytes) -> None:
    file = tmp_path / "w.jsonl"
    append(file, WALK)
    append(file, point(1, (heard(),)))
    with file.open("ab") as torn:
        torn.write(tail)
    append(file, point(2, (heard(),)))
    assert [one.number for one in read([file]).points] == [1, 2]


async def test_a_clock_that_is_set_back_changes_no_order(tmp_path: Path) -> None:
    file = tmp_path / "w.jsonl"
    append(file, WALK)
    for number, minute, again in ((1, 0, False), (2, 60, True), (3, 10, False), (4, 11, False)):
        append(file, point(number, (heard(),), taken_at=AT + timedelta(minutes=minute), again=again))
    assert [one.number for one in since_anew(read([file]).points)["A-301"]] == [2, 3, 4]
    seen = await look(survey, school(tmp_path), campus().school)
    assert [one.value.point for one in seen if isinstance(one.value, SurveyPoint)] == [2, 3, 4]


def test_two_points_of_one_number_are_both_kept_in_whatever_order_they_come(tmp_path: Path) -> None:
    a, b = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    for file in (a, b):
        append(file, WALK)
        append(file, point(1, (heard(),)))
    append(a, point(2, (heard(dbm=-60),), taken_at=AT + timedelta(minutes=5)))
    append(b, point(2, (heard(dbm=-70),), taken_at=AT + timedelta(minutes=9)))
    append(b, point(3, (heard(dbm=-80),), taken_at=AT + timedelta(minutes=12)))
    found = read([a, b])
    assert list(merged(found)) == list(merged(read([b, a])))
    told = {one.number: one.scans[0].networks[0].rssi_dbm for one in numbered(found.points)}
    assert told == {1: -52, 2: -60, 3: -80, 4: -70}


def test_a_merged_file_beside_its_originals_counts_no_point_twice(tmp_path: Path) -> None:
    a, b, both = tmp_path / "a.jsonl", tmp_path / "b.jsonl", tmp_path / "merged.jsonl"
    for file, dbm in ((a, -60), (b, -70)):
        append(file, WALK)
        append(file, point(1, (heard(dbm=dbm),), taken_at=AT + timedelta(minutes=-dbm)))
    merge([a, b], both)
    assert [one.number for one in numbered(read([a, b, both]).points)] == [1, 2]
    assert list(merged(read([both, b, a]))) == list(merged(read([a, b]))) == both.read_bytes().splitlines(keepends=True)


@pytest.mark.parametrize("content", [b"[wifi]\nssids = [1]\n", b"no end of line", b'{"a": 1}\n'])
def test_a_file_that_is_no_survey_is_neither_written_nor_replaced_nor_merged(tmp_path: Path, content: bytes) -> None:
    other, file = tmp_path / "other", tmp_path / "w.jsonl"
    other.write_bytes(content)
    append(file, WALK)
    for refused in (lambda: merge([file], other), lambda: merge([other], tmp_path / "m.jsonl"),
                    lambda: Walk(campus(), other, WALK)):  # fmt: skip
        with pytest.raises(SurveyError, match="is no file of a survey"):
            refused()
    assert other.read_bytes() == content
    assert not (tmp_path / "m.jsonl").exists()


@pytest.mark.parametrize("content", [b"", b'{"che', b"\x00" * 40, b'{"check":"0123456789abcdef","format":"campus-au'])
def test_a_file_that_was_cut_off_in_its_first_line_is_gone_on_with(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "w.jsonl"
    file.write_bytes(content)
    assert Walk(campus(), file, WALK).survey == WALK
    assert list(read([file]).surveys.values()) == [WALK]


def test_a_file_that_is_replaced_by_a_merge_lives_on_in_it(tmp_path: Path) -> None:
    earlier, a = tmp_path / "merged.jsonl", tmp_path / "a.jsonl"
    for file, name in ((earlier, "w1"), (a, "w2")):
        append(file, WALK.model_copy(update={"id": name}))
        append(file, point(1, (heard(),), survey=name))
    merge([a], earlier)
    assert {one.survey for one in read([earlier]).points} == {"w1", "w2"}


def test_a_merge_into_one_of_its_files_loses_nothing(tmp_path: Path) -> None:
    a, b = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    append(a, WALK)
    append(a, point(1, (heard(),)))
    append(b, WALK.model_copy(update={"id": "w2"}))
    append(b, point(1, (heard(),), survey="w2"))
    with a.open("ab") as file:
        file.write(b'{"format": "campus-auditor-survey/2", "point": {}, "check": "0"}\n')
    before = a.read_bytes()
    with pytest.raises(SurveyError, match="1 damaged lines would be lost"):
        merge([a, b], a)
    assert a.read_bytes() == before
    assert len(merge([a, b], tmp_path / "c.jsonl").points) == 2
    merge([a, b], b)
    assert len(read([b]).points) == 2
    with alone(b.with_name("b.jsonl.lock"), text("taken")), pytest.raises(LockError, match="another survey is writing"):
        merge([a, b], b)


def test_a_merge_that_cannot_be_written_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    a = tmp_path / "a.jsonl"
    append(a, WALK)
    append(a, point(1, (heard(),)))
    monkeypatch.setattr("auditor.surveys.os.fsync", full)
    with pytest.raises(SurveyError, match=r"cannot write .*m\.jsonl: the disk is full"):
        merge([a], tmp_path / "m.jsonl")
    assert [one.name for one in tmp_path.iterdir() if one.suffix != ".lock"] == ["a.jsonl"]


def test_a_file_that_is_no_survey_by_its_size_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(survey_file, "MOST_OCTETS", 100)
    (tmp_path / "w.jsonl").write_bytes(written(WALK))
    with pytest.raises(SurveyError, match=r"cannot read .*w\.jsonl"):
        merge([tmp_path / "w.jsonl"], tmp_path / "m.jsonl")


@pytest.mark.parametrize("columns", [30, 40, 60, 80, 120])
def test_a_narrow_terminal_shows_the_signal_of_every_network(columns: int) -> None:
    from rich.console import Console  # noqa: PLC0415

    shown = [
        (
            Heard("a0", "示例中学教师专用无线网络".encode(), "5", 36, rssi_dbm=-51, security="WPA2-PSK+WPA3-SAE"),
            Owner(own=True),
        ),
        (
            Heard("a1", b"[bold]evil[/]", "6", 37, rssi_dbm=-90, security="open"),
            Owner(own=False, suspicious="security"),
        ),
    ]
    page = io.StringIO()
    Console(file=page, width=columns).print(Bars("en", "A-301", 5)._table("A-301", shown, columns))
    lines = page.getvalue().splitlines()
    assert all(len(line) <= columns for line in lines)
    assert [sum(word in line for line in lines) for word in ("-51 dBm", "-90 dBm", "own", "suspicious!")] == [
        1,
        1,
        1,
        1,
    ]
    assert ("WPA2-PSK+WPA3-SAE" in page.getvalue()) == (columns >= 80)


def test_the_file_s_first_point_has_a_name_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[str] = []
    real = os.fsync

    def fsync(number: int) -> None:
        synced.append("folder" if stat.S_ISDIR(os.fstat(number).st_mode) else "file")
        real(number)

    monkeypatch.setattr(os, "fsync", fsync)
    append(tmp_path / "new" / "w.jsonl", WALK)
    append(tmp_path / "new" / "w.jsonl", point(1, (heard(),)))
    assert synced == ["file", "folder", "file"]
