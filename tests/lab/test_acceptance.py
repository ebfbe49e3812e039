"""An audit end to end, as a technician meets it: an inventory written by hand, real servers, the program itself."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.snmp_servers import have_snmpd, snmpd
from tests.web_servers import page, serving

pytestmark = pytest.mark.lab

COMMUNITY = "Gr33n-Lake"  # a word that no sentence of ours has
TODAY = datetime.now(UTC)
PROGRAM = [sys.executable, "-m", "auditor.cli"]


def auditor(*arguments: str, timeout: float = 90, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PROGRAM, *arguments],
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
        env={**os.environ, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "CAMPUS_SNMP": COMMUNITY, **environment},
    )


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@contextmanager
def iperf3_server() -> Iterator[int]:
    program = shutil.which("iperf3")
    if program is None:
        pytest.skip("iperf3 is not installed")
    port = free_port()
    server = subprocess.Popen(
        [program, "-s", "-B", "127.0.0.1", "-p", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + 10
        while True:
            with socket.socket() as sock:
                if sock.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert time.monotonic() < deadline, "iperf3 -s does not listen"
            time.sleep(0.05)
        yield port
    finally:
        server.terminate()
        server.wait(10)


def write_logs(folder: Path, days: int, missing: range = range(0)) -> None:
    """One gzip a day, a record every half hour, oldest first; ``missing`` counts days back from today."""
    folder.mkdir(parents=True)
    for back in range(days, 0, -1):
        if back in missing:
            continue
        day = (TODAY - timedelta(days=back)).replace(hour=0, minute=0, second=0, microsecond=0)
        lines = [
            f"{(day + timedelta(minutes=30 * n)).isoformat()} fw-1 session[{n}]: 10.0.{n}.2 -> 1.2.3.4:443"
            for n in range(48)
        ]
        path = folder / f"{day:%Y-%m-%d}.log.gz"
        path.write_bytes(gzip.compress("\n".join(lines).encode() + b"\n"))
        os.utime(path, (day.timestamp() + 86400,) * 2)


NEWS = "<html><body><ul>{}</ul></body></html>"


@pytest.fixture
def school(tmp_path: Path) -> Iterator[Path]:
    """snmpd, iperf3, a website and two log trees, and the inventory that names them."""
    if not have_snmpd():
        pytest.skip("snmpd is not installed")
    write_logs(tmp_path / "logs" / "fw", 200)
    write_logs(tmp_path / "logs" / "dhcp", 200, missing=range(40, 49))
    item = (TODAY - timedelta(days=5)).strftime("%Y-%m-%d")
    site = {"/": page(NEWS.format(f'<li><a href="/1">开学典礼</a><span>{item}</span></li>'))}
    (tmp_path / "snmpd").mkdir()
    with (
        snmpd(tmp_path / "snmpd", "interface lo 6 100000000", f"rocommunity {COMMUNITY}") as agent,
        iperf3_server() as responder,
        serving(site) as url,
    ):
        inventory = tmp_path / "school.toml"
        inventory.write_text(
            f"""
            [school]
            name = "手写中学"
            stages = ["junior"]
            [audit.throughput]
            omit_s = 0
            seconds = 1
            [[credential]]
            id = "ro"
            kind = "snmp-v2c"
            community = "env:CAMPUS_SNMP"
            [[device]]
            id = "sw-1"
            role = "access-switch"
            address = "127.0.0.1"
            snmp = {{ credential = "ro", port = {agent} }}
            [[device]]
            id = "sw-dead"
            role = "access-switch"
            address = "127.0.0.1"
            snmp = {{ credential = "ro", port = {free_port()}, timeout_s = 0.3, retries = 0 }}
            [[place]]
            id = "A-101"
            kind = "classroom"
            port = "sw-1:lo"
            responder = "127.0.0.1:{responder}"
            [[log_source]]
            id = "firewall"
            records = ["session"]
            store = {{ kind = "directory", path = "logs/fw" }}
            [[log_source]]
            id = "dhcp"
            records = ["dhcp"]
            setting_days = 30
            store = {{ kind = "directory", path = "logs/dhcp" }}
            [[service]]
            id = "portal"
            what = "website"
            url = "{url}/"
            """
        )
        yield inventory


def observations(bundle: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (bundle / "observations.jsonl").read_text().splitlines()]


def one(found: list[dict[str, Any]], kind: str, subject: str) -> dict[str, Any]:
    (only,) = [
        item
        for item in found
        if (item["kind"], item["subject"]) == (kind, subject) and (item["value"] or {}).get("origin") != "setting"
    ]
    return only


def test_an_audit_of_servers_that_are_not_the_demos(school: Path, tmp_path: Path) -> None:
    done = auditor("audit", str(school), "--out", str(tmp_path / "out"), "--json")
    assert done.returncode == 1, done.stderr
    result = json.loads(done.stdout)
    assert result["rubric"] == "jiangsu-2018"
    assert result["score"]["total"] == 110
    assert result["score"]["pass_line"] == 80
    assert len(result["findings"]) == 73
    assert Path(result["report"]).is_file()
    bundle = Path(result["bundle"])
    seen = observations(bundle)

    port = one(seen, "port", "sw-1:lo")
    assert (port["value"]["oper_up"], port["value"]["place"]) == (True, "A-101")
    assert one(seen, "port", "sw-dead")["status"] == "unavailable"
    throughput = one(seen, "throughput", "place:A-101")["value"]
    assert throughput["down_mbps"] > 1000
    assert throughput["up_mbps"] > 1000
    firewall = one(seen, "log_coverage", "log:firewall")["value"]
    assert firewall["oldest"].startswith(f"{TODAY - timedelta(days=200):%Y-%m-%d}")
    assert firewall["missing_days"] == []
    assert firewall["records"] == 200 * 48
    dhcp = one(seen, "log_coverage", "log:dhcp")["value"]
    assert len(dhcp["missing_days"]) in {8, 9}  # the edges are cut by the school's midnight, eight hours from UTC
    website = one(seen, "website", "service:portal")["value"]
    assert website["reachable"]
    assert 4 <= website["newest_item_age_days"] <= 6

    findings = {item["indicator"]: item for item in result["findings"]}
    assert findings["4.2.1"]["outcome"] == "met"
    assert (findings["4.2.1"]["proven"], findings["4.2.1"]["possible"]) == (2, 2)
    assert findings["1.4.2"]["outcome"] == "conflict"
    assert set(findings["4.2.1"]["observations"]) <= {item["id"] for item in seen}
    written = [path for path in bundle.rglob("*") if path.is_file() and path.name != "rubric.toml"]
    assert not [path for path in written if COMMUNITY.encode() in path.read_bytes()], "the community is a secret"


def test_judging_again_needs_no_network_and_gives_the_same_bytes(school: Path, tmp_path: Path) -> None:
    only = ["--only", "website,log_coverage"]
    done = auditor("audit", str(school), "--out", str(tmp_path / "out"), "--json", *only)
    bundle = json.loads(done.stdout)["bundle"]
    fixed = ["judge", bundle, "--json", "--now", "2026-12-01T00:00:00Z"]
    first, second = auditor(*fixed), auditor(*fixed)
    assert first.returncode == 0
    assert first.stdout == second.stdout
    if os.geteuid() == 0 and shutil.which("unshare"):
        alone = subprocess.run(
            ["unshare", "-n", *PROGRAM, *fixed],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"},
        )
        assert alone.stdout == first.stdout


@contextmanager
def audit_under_way(school: Path, out: Path) -> Iterator[subprocess.Popen[str]]:
    """An audit in the middle of a throughput test, with observations on disk."""
    text = school.read_text().replace("seconds = 1", "seconds = 30")
    school.write_text(text)
    process = subprocess.Popen(
        [*PROGRAM, "audit", str(school), "--out", str(out), "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "CAMPUS_SNMP": COMMUNITY},
    )
    try:
        deadline = time.monotonic() + 30
        while (
            len(list(out.glob("*/journal.jsonl"))) == 0
            or "website" not in next(out.glob("*/journal.jsonl")).read_text()
        ):
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < deadline, "the audit did not begin"
            time.sleep(0.05)
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def test_killed_in_the_middle_the_bundle_opens_and_judges(school: Path, tmp_path: Path) -> None:
    with audit_under_way(school, tmp_path / "out") as process:
        process.kill()
        process.wait(10)
    judged = auditor("judge", str(tmp_path / "out"), "--json")
    assert judged.returncode == 0, judged.stderr
    assert "cut short" in judged.stderr
    result = json.loads(judged.stdout)
    findings = {item["indicator"]: item for item in result["findings"]}
    assert findings["4.2.1"]["proven"] == 2


def test_stopped_by_ctrl_c_it_reports_what_it_has(school: Path, tmp_path: Path) -> None:
    with audit_under_way(school, tmp_path / "out") as process:
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == 3, stderr
    result = json.loads(stdout)
    assert Path(result["report"]).is_file()
    assert "stopped on request" in stderr
    assert "Traceback" not in stderr


def test_a_probe_prints_one_observation_a_line(school: Path) -> None:
    done = auditor("probe", "ports", "--inventory", str(school), "--subject", "sw-1")
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    envelope = {
        "id",
        "kind",
        "subject",
        "status",
        "reason",
        "taken_at",
        "duration_s",
        "probe",
        "vantage",
        "method",
        "raw",
        "value",
    }
    assert all(envelope <= set(line) for line in lines)
    assert {line["probe"] for line in lines} == {"ports"}
    assert any(line["subject"] == "sw-1:lo" for line in lines)


def test_a_secret_that_is_not_set_costs_that_device_only(school: Path) -> None:
    environment = {key: value for key, value in os.environ.items() if key != "CAMPUS_SNMP"}
    done = subprocess.run(
        [*PROGRAM, "probe", "ports", "--inventory", str(school), "--subject", "sw-1"],
        capture_output=True, text=True, check=False, env={**environment, "LC_ALL": "C.UTF-8"},
    )  # fmt: skip
    (line,) = [json.loads(line) for line in done.stdout.splitlines()]
    assert (line["status"], line["reason"]) == ("unavailable", "secret_missing")
    assert "CAMPUS_SNMP" in line["detail"]


def test_help_answers_at_once_and_names_every_command() -> None:
    done = auditor("--help")
    assert done.returncode == 0
    for command in ("demo", "audit", "probe", "judge", "report", "check", "respond"):
        assert command in done.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["audit", "/nowhere.toml"], "/nowhere.toml"),
        (["judge", "/nowhere"], "/nowhere"),
        (["probe", "nonsense", "--inventory", "inventory.example.toml"], "nonsense"),
        (["audit", "inventory.example.toml", "--only", "ports,nonsense"], "nonsense"),
        (["probe", "ports", "--inventory", "inventory.example.toml", "--subject", "nobody"], "nobody"),
        (["frobnicate"], "frobnicate"),
        (["audit"], "INVENTORY"),
        (["audit", "inventory.example.toml", "--now", "yesterday"], "yesterday"),
    ],
)
def test_a_users_mistake_gets_one_sentence_and_code_2(arguments: list[str], words: str) -> None:
    done = auditor(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_dry_run_prints_the_plan_and_leaves_nothing(school: Path, tmp_path: Path) -> None:
    done = auditor("audit", str(school), "--dry-run", "--out", str(tmp_path / "out"))
    assert done.returncode == 0
    assert "ports" in done.stdout
    assert "place:A-101" in done.stdout
    assert not (tmp_path / "out").exists()
