"""Either end a stock iperf3, on loopback."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from probes.errors import TransportError
from probes.iperf3.client import measure, measure_all
from probes.iperf3.outcome import Direction, Order
from probes.iperf3.peer import Peer
from probes.iperf3.server import responding
from probes.iperf3.session import Limits
from probes.kinds import Throughput
from probes.observation import Reason
from probes.text import Text
from probes.throughput import throughput
from tests.world import TestWorld, campus, look

pytestmark = [
    pytest.mark.alone,
    pytest.mark.lab,
    pytest.mark.skipif(shutil.which("iperf3") is None, reason="iperf3 is not installed (apt-get install iperf3)"),
]

LOOPBACK = "127.0.0.1"
MBPS = 94.0


def free_port() -> int:
    with socket.create_server((LOOPBACK, 0)) as listener:
        return int(listener.getsockname()[1])


@contextmanager
def stock_server(*options: str) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    """A stock server that is listening: its port, and the process, whose output is piped."""
    port = free_port()
    words = ["iperf3", "-s", "-B", LOOPBACK, "-p", str(port), "--forceflush", *options]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        if "-J" not in options:
            assert process.stdout is not None
            while "Server listening" not in (line := process.stdout.readline()):
                assert line, "iperf3 ended before it listened"
        else:
            _await(port)
        yield port, process
    finally:
        process.kill()
        process.communicate()


def _await(port: int) -> None:
    """Wait until it listens, without connecting: with ``-1`` a connection would be its only one."""
    wanted = f":{port:04X} 00000000:0000 0A"
    for _ in range(200):
        if wanted in Path("/proc/net/tcp").read_text(encoding="ascii"):
            return
        time.sleep(0.02)
    pytest.fail("iperf3 does not listen")


def stock_client(port: int, *options: str) -> dict[str, Any]:
    """What ``iperf3 -c`` reports as JSON."""
    words = ["iperf3", "-c", LOOPBACK, "-p", str(port), "-J", *options]
    done = subprocess.run(words, capture_output=True, text=True, timeout=30, check=False)
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def received(report: dict[str, Any], which: str = "sum_received") -> float:
    assert "error" not in report, report["error"]
    return float(report["end"][which]["bits_per_second"]) / 1e6


def assert_received(port: int, options: list[str], mbps: float) -> None:
    """A stock client reports this rate within 1 %; a busy machine may spoil a test, but not three in a row."""
    figures: list[float] = []
    while len(figures) < 3 and pytest.approx(mbps, rel=0.01) not in figures:
        figures.append(received(stock_client(port, *options)))
    assert figures[-1] == pytest.approx(mbps, rel=0.01), figures


@pytest.mark.parametrize("streams", [1, 4])
@pytest.mark.parametrize("omit_s", [0, 1])
def test_sending_to_a_stock_server_gives_the_figure_that_it_counted(streams: int, omit_s: int) -> None:
    with stock_server("-1", "-J") as (port, process):
        outcome = measure(Peer(LOOPBACK, port), Order("up", streams, omit_s=omit_s, seconds=1, interval_s=0.25))
        said, _ = process.communicate(timeout=10)
    assert outcome.mbps == pytest.approx(received(json.loads(said)), rel=0.002)
    assert outcome.seconds == pytest.approx(1, abs=0.3)
    assert outcome.streams == streams


@pytest.mark.parametrize("streams", [1, 4])
def test_receiving_from_a_stock_server_agrees_with_what_it_sent(streams: int) -> None:
    with stock_server("-1", "-J") as (port, process):
        outcome = measure(Peer(LOOPBACK, port), Order("down", streams, omit_s=0, seconds=1, interval_s=0.25))
        said, _ = process.communicate(timeout=10)
    assert outcome.mbps == pytest.approx(received(json.loads(said), "sum_sent"), rel=0.05)
    assert outcome.retransmits == json.loads(said)["end"]["sum_sent"]["retransmits"]


def test_a_stock_server_that_is_busy_says_so() -> None:
    with stock_server() as (port, _):
        other = subprocess.Popen(
            ["iperf3", "-c", LOOPBACK, "-p", str(port), "-t", "5", "-b", "1M", "--forceflush", "-i", "0.1"],
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert other.stdout is not None
            while "bits/sec" not in other.stdout.readline():
                pass
            with pytest.raises(TransportError) as caught:
                measure(Peer(LOOPBACK, port), Order("up", omit_s=0, seconds=1))
            assert caught.value.reason is Reason.BUSY
        finally:
            other.kill()
            other.communicate()


async def test_the_probe_needs_nothing_but_a_stock_server() -> None:
    with stock_server() as (port, _):
        world = TestWorld(
            campus(
                place=[{"id": "A-301", "kind": "classroom", "responder": f"{LOOPBACK}:{port}"}],
                audit={"throughput": {"omit_s": 0, "seconds": 1, "repeats": 2}},
            )
        )
        (seen,) = await look(throughput, world, world.campus.place[0])
    assert seen.status == "ok", seen.detail
    assert isinstance(seen.value, Throughput)
    assert min(seen.value.down_mbps or 0, seen.value.up_mbps or 0) > 500
    assert len(json.loads(world.kept[seen.raw[0]])["runs"]) == 4


@pytest.mark.parametrize(
    "options",
    [
        pytest.param(["-t", "2"], id="plain"),
        pytest.param(["-t", "2", "-R"], id="reverse"),
        pytest.param(["-t", "2", "-P", "4"], id="four streams"),
        pytest.param(["-t", "2", "-P", "4", "-R"], id="four streams, reverse"),
        pytest.param(["-t", "1", "-O", "1"], id="omit"),
        pytest.param(["-t", "1", "-O", "1", "-R"], id="omit, reverse"),
        pytest.param(["-n", "20M"], id="so many bytes"),
        pytest.param(["-n", "20M", "-R"], id="so many bytes, reverse"),
        pytest.param(["-k", "160"], id="so many blocks"),
        pytest.param(["-t", "2", "-w", "256K", "-N", "-l", "64K"], id="window, no delay, length"),
        pytest.param(["-t", "2", "-C", "reno", "-R"], id="another congestion control"),
        pytest.param(["-t", "2", "-Z", "--get-server-output"], id="zero copy, server's output"),
    ],
)
def test_a_stock_client_gets_the_rate_that_our_responder_holds(options: list[str]) -> None:
    with responding(LOOPBACK, 0, Limits(mbps=MBPS)) as responder:
        assert_received(responder.port, options, MBPS)


def test_a_stock_client_may_do_both_at_once() -> None:
    with responding(LOOPBACK, 0, Limits(mbps=MBPS)) as responder:
        report = stock_client(responder.port, "-t", "1", "--bidir", "-P", "2")
    assert received(report) == pytest.approx(MBPS, rel=0.03)
    assert received(report, "sum_received_bidir_reverse") == pytest.approx(MBPS, rel=0.03)


def test_the_pace_that_a_stock_client_asks_for_is_kept() -> None:
    with responding(LOOPBACK) as responder:
        assert_received(responder.port, ["-t", "2", "-R", "-b", "20M"], 20)


@pytest.mark.parametrize("options", [[], ["-R"], ["-P", "4"]])
def test_an_unshaped_test_has_both_ends_agree(options: list[str]) -> None:
    with responding(LOOPBACK) as responder:
        report = stock_client(responder.port, "-t", "1", *options)
    assert received(report) == pytest.approx(received(report, "sum_sent"), rel=0.05)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["-t", "61"], "error - test duration too long"),
    ],
)
def test_what_is_not_served_is_refused_in_words(options: list[str], sentence: str) -> None:
    with responding(LOOPBACK) as responder:
        words = ["iperf3", "-c", LOOPBACK, "-p", str(responder.port), *options]
        done = subprocess.run(words, capture_output=True, text=True, timeout=10, check=False)
    assert done.returncode == 1
    assert sentence in done.stderr


def test_a_second_stock_client_waits_for_its_turn_and_is_served() -> None:
    said: list[Text] = []
    with responding(LOOPBACK, 0, Limits(mbps=MBPS), said.append) as responder:
        words = ["iperf3", "-c", LOOPBACK, "-p", str(responder.port), "-t", "3", "--forceflush", "-i", "0.1"]
        first = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
        try:
            assert first.stdout is not None
            while "bits/sec" not in first.stdout.readline():
                pass
            assert received(stock_client(responder.port, "-t", "1")) > 0
            first.communicate(timeout=10)
            assert first.returncode == 0
        finally:
            first.kill()
            first.communicate()
    assert sum("waits as number 1" in str(sentence) for sentence in said) == 1


def test_a_stock_client_without_the_secret_is_refused_in_its_own_words() -> None:
    said: list[Text] = []
    with responding(LOOPBACK, 0, Limits(mbps=MBPS, secret="a secret of a bureau"), said.append) as responder:
        assert "authorization" in stock_client(responder.port, "-t", "1")["error"]
    assert any("does not offer to prove the shared secret" in str(sentence) for sentence in said)


def test_both_directions_at_once_with_a_stock_server() -> None:
    with stock_server("-1", "-J") as (port, process):
        up, down = measure_all(Peer(LOOPBACK, port), Order("both", 2, omit_s=1, seconds=1, interval_s=0.25))
        said, _ = process.communicate(timeout=10)
    end = json.loads(said)["end"]
    assert up.mbps == pytest.approx(end["sum_received"]["bits_per_second"] / 1e6, rel=0.002)
    assert down.mbps == pytest.approx(end["sum_sent_bidir_reverse"]["bits_per_second"] / 1e6, rel=0.1)
    assert (up.direction, down.direction, up.streams, down.streams) == ("up", "down", 2, 2)
    assert down.retransmits is not None


def test_stock_clients_follow_each_other_without_a_pause() -> None:
    with responding(LOOPBACK, 0, Limits(mbps=MBPS)) as responder:
        for options in (["-R"], [], ["-P", "2"]) * 2:
            assert received(stock_client(responder.port, "-n", "500K", *options)) > 0


@pytest.mark.parametrize("direction", ["up", "down"])
def test_a_stock_server_that_is_stopped_in_the_middle(direction: Direction) -> None:
    with stock_server() as (port, process):
        stopper = subprocess.Popen(["sh", "-c", f"sleep 0.7; kill -TERM {process.pid}"])
        with pytest.raises(TransportError) as caught:
            measure(Peer(LOOPBACK, port), Order(direction, omit_s=0, seconds=10))
        stopper.wait()
    assert caught.value.reason in {Reason.INTERRUPTED, Reason.UNEXPECTED_ANSWER}


@pytest.mark.parametrize("direction", ["up", "down"])
def test_udp_with_a_stock_server_loses_nothing_on_loopback(direction: Direction) -> None:
    with stock_server("-1", "-J") as (port, process):
        order = Order(direction, omit_s=0, seconds=1, interval_s=0.25, udp_mbps=50)
        outcome = measure(Peer(LOOPBACK, port), order)
        process.communicate(timeout=10)
    assert outcome.mbps == pytest.approx(50, rel=0.02)
    assert outcome.packets == pytest.approx(50e6 / 8 / 1400, rel=0.02)
    assert (outcome.lost_packets, outcome.loss_ratio, outcome.retransmits) == (0, 0.0, None)
    assert outcome.jitter_ms is not None
    assert 0 < outcome.jitter_ms < 2


@pytest.mark.parametrize("options", [[], ["-R"], ["-P", "2"], ["-O", "1"], ["--udp-counters-64bit"], ["--bidir"]])
def test_udp_of_a_stock_client_with_our_responder_counts_every_datagram(options: list[str]) -> None:
    with responding(LOOPBACK) as responder:
        report = stock_client(responder.port, "-u", "-b", "50M", "-l", "1400", "-t", "1", *options)
    assert "error" not in report, report["error"]
    sent, seen = report["end"]["sum_sent"], report["end"]["sum_received"]
    assert seen["bytes"] == pytest.approx(sent["bytes"], rel=0.02)
    assert (seen["lost_packets"], sent["packets"] * 1400) == (0, sent["bytes"])
    assert 0 < seen["jitter_ms"] < 2
    if not options or options == ["--udp-counters-64bit"]:
        assert (seen["packets"], seen["bytes"]) == (sent["packets"], sent["bytes"])
