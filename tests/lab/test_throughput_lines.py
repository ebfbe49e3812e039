"""Shaped lines between network namespaces: our two ends, each against the truth and against a stock iperf3.

A tbf of 100 Mbit/s carries 95.7 Mbit/s of TCP payload, one of 1 Gbit/s 956 (1448 of 1514 bytes). A machine that is
busy with something else may make a single run slower, never faster: so the best of three counts, and none is above.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from probes.kinds import Throughput
from probes.observation import Method, Observation, Status
from rules.judge import judge
from rules.load import load_rubric
from tests.lab.campus_net import SEARCH
from tests.lab.tap_cable import tap_cable
from tests.namespaces import Cable, NoNamespacesError, cable
from tests.world import campus

pytestmark = [pytest.mark.lab, pytest.mark.alone]

ROOT = Path(__file__).resolve().parents[2]
# Twice as much where the machine is shared with others.
TOLERANCE = 0.03 if os.environ.get("CI") else 0.015
TRUTH = {100: 95.7, 1000: 956.0}

RESPOND = """
import sys
from auditor.commands.respond import answer
sys.exit(answer(None, 5201, tell=lambda said: print(said, flush=True)))
"""

LOOK = """
import asyncio, sys
from probes.throughput import throughput
from tests.world import TestWorld, campus, look
described = campus(
    uplink=[{"id": "main", "responder": sys.argv[1]}],
    audit={"throughput": {"omit_s": 1, "seconds": 1, "repeats": 1, "streams": int(sys.argv[2])}},
)
(seen,) = asyncio.run(look(throughput, TestWorld(described), described.uplink[0]))
print(seen.model_dump_json())
"""


FLOOD = """
import socket, sys, time
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
    print("sending", flush=True)
    due = time.monotonic()
    while True:
        for _ in range(10):
            sock.sendto(bytes(1400), (sys.argv[1], 9))
        due += 10 * 1400 * 8 / 30e6
        time.sleep(max(due - time.monotonic(), 0))
"""


@contextmanager
def line(rate_mbit: float) -> Iterator[Cable]:
    try:
        with cable(rate_mbit) as made:
            yield made
    except NoNamespacesError as error:
        pytest.skip(str(error))


@contextmanager
def far_end(made: Cable, words: list[str], ready: str) -> Iterator[None]:
    process = subprocess.Popen(
        made.command(made.far, words), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        assert process.stdout is not None
        while ready not in (said := process.stdout.readline()):
            assert said, f"{words[0]} ended before it was ready"
        yield
    finally:
        process.kill()
        process.communicate()


def ours(made: Cable) -> Any:
    return far_end(made, [sys.executable, "-c", RESPOND], "listening")


def stock(made: Cable) -> Any:
    if shutil.which("iperf3") is None:
        pytest.skip("iperf3 is not installed (apt-get install iperf3)")
    return far_end(made, ["iperf3", "-s", "--forceflush"], "Server listening")


def probed(made: Cable, address: str, streams: int = 1) -> dict[str, Any]:
    """The value that the probe observes, looking from the near end."""
    words = [sys.executable, "-c", LOOK, address, str(streams)]
    done = subprocess.run(
        made.command(made.near, words), cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert seen["status"] == "ok", seen["detail"]
    value: dict[str, Any] = seen["value"]
    return value


def best(attempt: Callable[[], float], truth: float) -> float:
    """The best of five; the first that is near the truth will do.

    A machine that does something else for a moment may be late by a part of this one second, which makes one figure too
    great; a line does not do so twice.
    """
    figures: list[float] = []
    while len(figures) < 5 and not any(abs(one / truth - 1) <= TOLERANCE for one in figures):
        figures.append(attempt())
    assert sum(one > truth * (1 + TOLERANCE) for one in figures) <= 1, figures
    return min(figures, key=lambda one: abs(one - truth))


@pytest.mark.parametrize(
    ("far", "rate", "streams"), [(ours, 100, 1), (ours, 1000, 1), (ours, 100, 4), (stock, 100, 1), (stock, 1000, 1)]
)
def test_the_probe_finds_the_rate_of_the_line(far: Callable[[Cable], Any], rate: int, streams: int) -> None:
    with line(rate) as made, far(made):
        values: list[dict[str, Any]] = []

        def attempt() -> float:
            values.append(probed(made, made.far_address, streams))
            return float(min(values[-1]["down_mbps"], values[-1]["up_mbps"]))

        assert best(attempt, TRUTH[rate]) == pytest.approx(TRUTH[rate], rel=TOLERANCE)
    value = values[-1]
    assert max(value["down_mbps"], value["up_mbps"]) <= TRUTH[rate] * (1 + TOLERANCE)
    assert value["seconds"] == pytest.approx(1, abs=0.2)
    assert value["instrument"]["nic_mbps"] == 10_000  # what veth says of itself
    assert value["rtt_ms"] > 0
    assert value["retransmits"] is not None


def test_a_quiet_card_and_how_it_is_attached_are_told() -> None:
    with line(100) as made, ours(made):
        instrument = probed(made, made.far_address)["instrument"]
    assert instrument["other_mbps"] < 2
    assert (instrument["wireless"], instrument["usb"]) == (False, False)


def test_other_traffic_on_the_card_is_told_and_makes_the_figure_a_lower_bound() -> None:
    with line(100) as made, ours(made):
        process = subprocess.Popen(made.command(made.near, [sys.executable, "-c", FLOOD, made.far_address]))
        try:
            value = probed(made, made.far_address)
        finally:
            process.kill()
            process.wait()
    assert value["up_mbps"] < 80
    assert 24 <= value["instrument"]["other_mbps"] <= 36
    assert value["instrument"]["limited"] is True


def test_a_laptop_behind_a_dock_of_100_mbit_says_that_it_was_the_limit_itself() -> None:
    """The card says 100 Mbit/s (a TAP does, when told so) before a line of which a gigabit is to be shown."""
    if not Path("/dev/net/tun").exists() or shutil.which("ethtool", path=SEARCH) is None:
        pytest.skip("needs /dev/net/tun and ethtool")
    with line(1000) as made, tap_cable((made.near, "dock0"), (made.far, "dock0"), speed=100, duplex="full"), ours(made):
        for where, last in ((made.near, 1), (made.far, 2)):
            for words in (
                ["ip", "address", "add", f"10.98.0.{last}/24", "dev", "dock0"],
                [
                    "tc",
                    "qdisc",
                    "replace",
                    "dev",
                    "dock0",
                    "root",
                    "tbf",
                    "rate",
                    "100mbit",
                    "burst",
                    "64kb",
                    "latency",
                    "50ms",
                ],
            ):
                made.run(where, words)
        values = [probed(made, "10.98.0.2")]
        while max(values[-1]["down_mbps"], values[-1]["up_mbps"]) < 91 and len(values) < 3:
            values.append(probed(made, "10.98.0.2"))
    instrument = values[-1]["instrument"]
    assert (instrument["nic_mbps"], instrument["duplex"]) == (100, "full")
    assert instrument["limited"] is True
    assert "card" in instrument["limits"], values
    seen = Observation(
        kind="throughput",
        subject="uplink:main",
        status=Status.OK,
        taken_at=datetime.now(UTC),
        duration_s=9,
        probe="throughput",
        vantage="laptop",
        method=Method.MEASURED,
        value=Throughput.model_validate(values[-1]),
    ).sealed()
    school = campus(uplink=[{"id": "main", "responder": "10.98.0.2"}])
    finding = judge(load_rubric("jiangsu-2018"), [seen], school, datetime.now(UTC)).finding("1.1.1")
    (goodput,) = (one for one in finding.parts if one.criterion.id == "uplink-goodput")
    assert (goodput.points.low, goodput.points.high) == (0, goodput.criterion.points)
    assert "the measuring machine was the limit: its network card is slower than the line" in str(goodput.why[0])


def test_over_ipv6_the_headers_take_a_little_more() -> None:
    truth = 100 * 1428 / 1514
    with line(100) as made, ours(made):

        def attempt() -> float:
            return float(probed(made, f"[{made.far_address6}]:5201")["down_mbps"])

        assert best(attempt, truth) == pytest.approx(truth, rel=TOLERANCE)


@pytest.mark.parametrize("options", [[], ["-P", "4", "-R"]])
def test_a_stock_client_finds_the_rate_of_the_line_with_our_responder(options: list[str]) -> None:
    if shutil.which("iperf3") is None:
        pytest.skip("iperf3 is not installed (apt-get install iperf3)")
    with line(100) as made, ours(made):

        def attempt() -> float:
            words = ["iperf3", "-c", made.far_address, "-t", "1", "-O", "1", "-J", *options]
            return float(json.loads(made.run(made.near, words))["end"]["sum_received"]["bits_per_second"]) / 1e6

        assert best(attempt, TRUTH[100]) == pytest.approx(TRUTH[100], rel=TOLERANCE)


def test_the_namespaces_are_gone_afterwards() -> None:
    with line(100) as made:
        names = {made.near, made.far}
        there = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True).stdout
        assert all(name in there for name in names)
    there = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True).stdout
    assert not any(name in there for name in names)
