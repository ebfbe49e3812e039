"""A measuring night that is killed and started again goes on where it was: the program itself, real tests."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.snmp_servers import have_snmpd, snmpd

pytestmark = pytest.mark.lab

PROGRAM = [sys.executable, "-m", "auditor.cli", "--lang", "en"]
ROOMS = 4
ENVIRONMENT = {"CAMPUS_SNMP": "public"}


def start(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*PROGRAM, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **ENVIRONMENT},
    )


def auditor(*arguments: str) -> subprocess.CompletedProcess[str]:
    process = start(*arguments)
    stdout, stderr = process.communicate(timeout=90)
    return subprocess.CompletedProcess(arguments, process.returncode, stdout, stderr)


def listens(port: int) -> bool:
    with socket.socket() as sock:
        return sock.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def responder() -> Iterator[int]:
    """Our own other end, at 40 Mbit/s so that nothing here takes the machine."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port = int(sock.getsockname()[1])
    process = start("respond", "--bind", "127.0.0.1", "--port", str(port), "--max-mbps", "40")
    try:
        deadline = time.monotonic() + 30
        while not listens(port):
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < deadline, "the responder does not listen"
            time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.communicate(timeout=10)


def write_school(folder: Path, port: int, **night: Any) -> Path:
    """A school whose window is open for hours around now."""
    now = datetime.now(UTC)
    settings = {"from": f"{now - timedelta(hours=2):%H:%M}", "to": f"{now + timedelta(hours=3):%H:%M}", **night}
    lines = [
        '[school]\nname = "夜间中学"\nstages = ["junior"]\ntimezone = "UTC"',
        "[audit.throughput]\nomit_s = 0\nseconds = 1\nrepeats = 1",
        "[audit.night]",
        *(f"{key} = {json.dumps(value)}" for key, value in settings.items()),
        *(f'[[place]]\nid = "A-{n}"\nkind = "classroom"\nresponder = "127.0.0.1:{port}"' for n in range(1, ROOMS + 1)),
    ]
    path = folder / "school.toml"
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture
def school(tmp_path: Path) -> Iterator[Path]:
    with responder() as port:
        yield write_school(tmp_path, port)


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


@contextmanager
def night_under_way(school: Path, out: Path, tests_done: int) -> Iterator[subprocess.Popen[str]]:
    """A night of which so many throughput tests are done and the next one is under way."""
    process = start("audit", str(school), "--out", str(out), "--night")
    try:
        deadline = time.monotonic() + 60
        while True:
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < deadline, "the night did not begin"
            journals = list(out.glob("*/journal.jsonl"))
            done = journals[0].read_text().count('"throughput"') if journals else 0
            begun = (journals[0].parent / "night.jsonl").read_text().count("expected_mb") if journals else 0
            if done >= tests_done and begun > done:
                break
            time.sleep(0.02)
        time.sleep(0.3)  # into the test that is under way
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def test_killed_and_restarted_the_night_goes_on_where_it_was(school: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with night_under_way(school, out, tests_done=2) as process:
        os.kill(process.pid, signal.SIGKILL)
        process.wait(10)
    (cut_short,) = [path.parent for path in out.glob("*/bundle.json")]
    finished = [(one["probe"], one["subject"]) for one in lines(cut_short / "journal.jsonl")]
    before = (cut_short / "observations.jsonl").read_bytes()
    tested = [subject for probe, subject in finished if probe == "throughput"]
    assert 2 <= len(tested) < ROOMS
    assert not (cut_short / "manifest.json").exists()
    for name in ("observations.jsonl", "journal.jsonl"):  # as if the kill had come in the middle of a write
        with (cut_short / name).open("ab") as file:
            file.write(b'{"probe": "throughp')

    again = auditor("audit", str(school), "--out", str(out), "--night", "--json")

    assert again.returncode == 1, again.stderr
    assert "went on in this night's bundle" in again.stderr
    result = json.loads(again.stdout)
    assert result["bundle"] == str(cut_short)
    assert [path.parent for path in out.glob("*/bundle.json")] == [cut_short]
    assert (cut_short / "manifest.json").exists()
    assert (cut_short / "observations.jsonl").read_bytes().startswith(before)
    done = Counter((one["probe"], one["subject"]) for one in lines(cut_short / "journal.jsonl"))
    assert set(done.values()) == {1}
    assert set(done) == {*finished, *(("throughput", f"place:A-{n}") for n in range(1, ROOMS + 1))}
    seen = [one["subject"] for one in lines(cut_short / "observations.jsonl") if one["status"] == "ok"]
    assert sorted(seen) == [f"place:A-{n}" for n in range(1, ROOMS + 1)]
    begun = Counter(one["subject"] for one in lines(cut_short / "night.jsonl") if "expected_mb" in one)
    assert [begun[subject] for subject in tested] == [1] * len(tested)
    assert sum(begun.values()) == ROOMS + 1, "the test that was killed has moved its data and counts"
    judged = auditor("judge", str(out), "--json")
    assert judged.returncode == 0
    assert "cut short" not in judged.stderr


def test_a_finished_night_is_not_gone_on_with_and_two_at_once_are_refused(school: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with night_under_way(school, out, tests_done=0) as process:
        second = auditor("audit", str(school), "--out", str(out), "--night")
        assert second.returncode == 3
        assert "another audit --night is at work" in second.stderr
        process.communicate(timeout=60)
    assert process.returncode == 1
    assert len(list(out.glob("*/manifest.json"))) == 1
    again = auditor("audit", str(school), "--out", str(out), "--night", "--json", "--only", "website")
    assert "went on" not in again.stderr
    assert len(list(out.glob("*/manifest.json"))) == 2


def test_by_day_nothing_is_tested_and_the_report_says_when_it_may_be(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    shut = {"from": f"{now + timedelta(hours=2):%H:%M}", "to": f"{now + timedelta(hours=4):%H:%M}"}
    school = write_school(tmp_path, 1, **shut)
    done = auditor("audit", str(school), "--out", str(tmp_path / "out"), "--night", "--json")
    assert done.returncode == 1, done.stderr
    every = lines(Path(json.loads(done.stdout)["bundle"]) / "observations.jsonl")
    seen = [one for one in every if one["probe"] == "throughput"]
    assert [one["reason"] for one in seen] == ["outside_window"] * ROOMS
    assert seen[0]["detail"] == f"it may be done from {now + timedelta(hours=2):%Y-%m-%d %H:%M} on (school time)"


def test_the_plan_of_a_night_says_when_and_how_much(tmp_path: Path) -> None:
    school = write_school(tmp_path, 1, budget_gb=2.5)
    told = auditor("audit", str(school), "--dry-run", "--night")
    assert told.returncode == 0
    assert "4 tests, one at a time, about 0.3 minutes and 1.0 GB of the 2.5 GB that a night may move" in told.stdout
    planned = json.loads(auditor("audit", str(school), "--dry-run", "--night", "--json").stdout)
    assert planned["night"]["budget_gb"] == 2.5
    opens, closes = (datetime.fromisoformat(planned["night"][key]) for key in ("opens", "closes"))
    assert opens <= datetime.now(UTC) < closes
    assert not list(tmp_path.glob("bundles/*"))


def test_sample_collects_what_a_day_of_uplink_load_is_made_of(tmp_path: Path) -> None:
    if not have_snmpd():
        pytest.skip("snmpd is not installed")
    (tmp_path / "snmpd").mkdir()
    with ExitStack() as stack:
        agent = stack.enter_context(snmpd(tmp_path / "snmpd", "interface lo 6 1000000000"))
        school = tmp_path / "school.toml"
        school.write_text(
            f"""
            [school]
            name = "x"
            stages = ["junior"]
            [[credential]]
            id = "ro"
            kind = "snmp-v2c"
            community = "env:CAMPUS_SNMP"
            [[device]]
            id = "core"
            role = "core-switch"
            address = "127.0.0.1"
            snmp = {{ credential = "ro", port = {agent} }}
            [[uplink]]
            id = "main"
            port = "core:lo"
            [[uplink]]
            id = "lost"
            port = "core:nowhere"
            """
        )
        first = auditor("sample", str(school))
        second = auditor("sample", str(school))
    assert (first.returncode, second.returncode) == (0, 0), first.stderr
    assert first.stdout.startswith("1 of 2 uplinks read into ")
    assert "uplink lost: device core has no single port called nowhere" in first.stderr
    kept = lines(tmp_path / "bundles" / "samples.jsonl")
    assert [set(one) for one in kept] == [{"at", "uplink", "in_octets", "out_octets", "speed_mbps"}] * 2
    assert kept[0]["uplink"] == "main"
    assert 0 < kept[0]["in_octets"] <= kept[1]["in_octets"]
    gone = auditor("sample", str(school))  # the agent is no more
    assert gone.returncode == 3
    assert len(lines(tmp_path / "bundles" / "samples.jsonl")) == 2
