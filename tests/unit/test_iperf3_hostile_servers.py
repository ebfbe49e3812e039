"""Servers that are broken, slow, rude or lying: our client gives up each in time, with the right reason."""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Thread

import pytest

from probes.errors import TransportError
from probes.iperf3 import client
from probes.iperf3.client import measure
from probes.iperf3.outcome import Direction, Order
from probes.iperf3.peer import Peer
from probes.iperf3.protocol import Complaint, State
from probes.observation import Reason
from tests.iperf3_bytes import complaint, document, state

LOOPBACK = "127.0.0.1"

Script = Callable[[socket.socket, socket.socket], None]
"""What a made-up server does with a control connection; it may accept more from the listener."""


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("probes.iperf3.protocol.STEP_S", 0.5)
    monkeypatch.setattr(client, "STALL_S", 0.5)
    monkeypatch.setattr(client, "END_S", 0.5)


@contextmanager
def server(script: Script) -> Iterator[Peer]:
    """A made-up server for one client."""
    with socket.create_server((LOOPBACK, 0)) as listener:
        listener.settimeout(5)

        def serve() -> None:
            control, _ = listener.accept()
            control.settimeout(5)
            with control, suppress(OSError):
                script(control, listener)

        thread = Thread(target=serve, daemon=True)
        thread.start()
        yield Peer(LOOPBACK, listener.getsockname()[1])
        thread.join(10)


def error_of(peer: Peer, direction: Direction = "up", seconds: float = 0.3) -> TransportError:
    """The error in which a test with this peer ends."""
    began = time.monotonic()
    with pytest.raises(TransportError) as caught:
        measure(peer, Order(direction, omit_s=0, seconds=seconds, interval_s=0.1))
    assert time.monotonic() - began < 4
    return caught.value


def saying(data: bytes) -> Script:
    def script(control: socket.socket, _: socket.socket) -> None:
        control.recv(37)
        control.sendall(data)
        while control.recv(4096):
            pass

    return script


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        pytest.param(b"", Reason.NO_ANSWER, id="says nothing"),
        pytest.param(b"SSH-2.0-OpenSSH_9.2\r\n", Reason.UNEXPECTED_ANSWER, id="SSH"),
        pytest.param(b"HTTP/1.1 400 Bad Request\r\n\r\n", Reason.UNEXPECTED_ANSWER, id="HTTP"),
        pytest.param(state(State.ACCESS_DENIED), Reason.BUSY, id="busy"),
        pytest.param(complaint(Complaint.AUTHORISATION), Reason.AUTHENTICATION_FAILED, id="login asked for"),
        pytest.param(complaint(Complaint.DURATION), Reason.NOT_PERMITTED, id="too long"),
        pytest.param(complaint(Complaint.LONGER_THAN_ALLOWED), Reason.NOT_PERMITTED, id="too long, iperf 3.19"),
        pytest.param(complaint(Complaint.STREAMS), Reason.NOT_PERMITTED, id="too many streams"),
        pytest.param(complaint(Complaint.NOT_IMPLEMENTED), Reason.NOT_SUPPORTED, id="not implemented"),
        pytest.param(complaint(9999), Reason.UNEXPECTED_ANSWER, id="unknown number"),
        pytest.param(complaint(5)[:4], Reason.NO_ANSWER, id="half a complaint"),
        pytest.param(state(State.TEST_END), Reason.UNEXPECTED_ANSWER, id="out of turn"),
        pytest.param(state(State.SERVER_TERMINATE), Reason.INTERRUPTED, id="stopped"),
        pytest.param(state(State.PARAM_EXCHANGE), Reason.NO_ANSWER, id="falls silent"),
        pytest.param(state(State.QUEUED) + b"\x03", Reason.BUSY, id="a queue"),
        pytest.param(state(State.QUEUED), Reason.NO_ANSWER, id="a queue without a place"),
        pytest.param(state(State.CHALLENGE), Reason.UNEXPECTED_ANSWER, id="a challenge before anything was asked"),
        pytest.param(
            state(State.PARAM_EXCHANGE) + state(State.CHALLENGE) + document({"nonce": "00"}),
            Reason.UNEXPECTED_ANSWER,
            id="a challenge to who offered nothing",
        ),
    ],
)
def test_what_a_server_says_first(data: bytes, reason: Reason) -> None:
    with server(saying(data)) as peer:
        assert error_of(peer).reason is reason


def test_a_server_that_hangs_up() -> None:
    with server(lambda control, _: control.close()) as peer:
        assert error_of(peer).reason is Reason.UNEXPECTED_ANSWER


def test_nobody_listens() -> None:
    with socket.create_server((LOOPBACK, 0)) as listener:
        port = listener.getsockname()[1]
    assert error_of(Peer(LOOPBACK, port)).reason is Reason.REFUSED


@pytest.mark.parametrize("host", ["no.such.name.invalid", "a..b", "x" * 300])
def test_a_name_that_does_not_exist(host: str) -> None:
    assert error_of(Peer(host, 5201)).reason is Reason.NAME_NOT_FOUND


def until_running(control: socket.socket, listener: socket.socket) -> socket.socket:
    """Lead a client to the running test; its data connection."""
    control.recv(37)
    control.sendall(state(State.PARAM_EXCHANGE))
    length = struct.unpack(">I", control.recv(4))[0]
    control.recv(length)
    control.sendall(state(State.CREATE_STREAMS))
    data, _ = listener.accept()
    data.settimeout(5)
    data.recv(37)
    control.sendall(state(State.TEST_START) + state(State.TEST_RUNNING))
    return data


def then(act: Callable[[socket.socket, socket.socket], None]) -> Script:
    def script(control: socket.socket, listener: socket.socket) -> None:
        with until_running(control, listener) as data:
            act(control, data)

    return script


def test_a_server_that_stops_in_the_middle() -> None:
    with server(then(lambda control, _: control.sendall(state(State.SERVER_TERMINATE)))) as peer:
        assert error_of(peer, "down", seconds=5).reason is Reason.INTERRUPTED


def test_a_server_that_vanishes_in_the_middle() -> None:
    with server(then(lambda control, _: control.close())) as peer:
        assert error_of(peer, "down", seconds=5).reason is Reason.UNEXPECTED_ANSWER


@pytest.mark.parametrize("direction", ["up", "down"])
def test_a_server_that_closes_the_data_only(direction: Direction) -> None:
    def act(control: socket.socket, data: socket.socket) -> None:
        data.close()
        control.recv(1)

    with server(then(act)) as peer:
        assert error_of(peer, direction, seconds=5).reason is Reason.UNEXPECTED_ANSWER


@pytest.mark.parametrize("direction", ["up", "down"])
def test_a_server_through_which_no_data_moves(direction: Direction) -> None:
    with server(then(lambda control, _: control.recv(1) and None)) as peer:
        assert error_of(peer, direction, seconds=5).reason is Reason.TIMEOUT


def feeding(act: Callable[[socket.socket], None]) -> Script:
    """Sends data without end; and answers on the control connection by ``act`` after the test's end."""

    def script(control: socket.socket, listener: socket.socket) -> None:
        data = until_running(control, listener)

        def feed() -> None:
            with suppress(OSError):
                while True:
                    data.sendall(bytes(10_000))
                    time.sleep(0.005)

        thread = Thread(target=feed, daemon=True)
        thread.start()
        with data:
            assert control.recv(1) == state(State.TEST_END)
            act(control)
            with suppress(OSError):
                data.shutdown(socket.SHUT_RDWR)
            thread.join(5)

    return script


def exchanging(results: bytes) -> Callable[[socket.socket], None]:
    def act(control: socket.socket) -> None:
        control.sendall(state(State.EXCHANGE_RESULTS))
        length = struct.unpack(">I", control.recv(4))[0]
        control.recv(length)
        control.sendall(results)
        control.sendall(state(State.DISPLAY_RESULTS))
        control.recv(1)

    return act


GOOD = {"cpu_util_total": 1, "sender_has_retransmits": 1, "streams": [{"id": 1, "bytes": 1, "retransmits": 2}]}


def test_data_after_the_end_does_no_harm() -> None:
    with server(feeding(exchanging(document(GOOD)))) as peer:
        outcome = measure(peer, Order("down", omit_s=0, seconds=0.3, interval_s=0.1))
    assert outcome.bytes > 0
    assert outcome.retransmits == 2


@pytest.mark.parametrize(
    ("results", "reason"),
    [
        pytest.param(b"", Reason.NO_ANSWER, id="none"),
        pytest.param(struct.pack(">I", 2**31), Reason.UNEXPECTED_ANSWER, id="2 GiB announced"),
        pytest.param(struct.pack(">I", 100) + b"{", Reason.NO_ANSWER, id="cut off"),
        pytest.param(document([1]), Reason.UNEXPECTED_ANSWER, id="not an object"),
        pytest.param(document({"streams": []}), Reason.UNEXPECTED_ANSWER, id="no streams"),
        pytest.param(document({"streams": [{"id": 1, "bytes": 1}] * 2}), Reason.UNEXPECTED_ANSWER, id="one too many"),
    ],
)
def test_results_that_make_no_sense(results: bytes, reason: Reason) -> None:
    with server(feeding(exchanging(results))) as peer:
        assert error_of(peer, "down").reason is reason


def test_a_server_that_does_not_answer_the_end() -> None:
    with server(feeding(lambda control: control.recv(1) and None)) as peer:
        assert error_of(peer, "down").reason is Reason.NO_ANSWER


def swallowing(factor: float, duration: float) -> Script:
    """Reads what the client sends, and claims so many times the bytes in so many times the seconds."""

    def script(control: socket.socket, listener: socket.socket) -> None:
        with until_running(control, listener) as data:
            control.settimeout(0.01)
            count, began = 0, time.monotonic()
            while True:
                count += len(data.recv(1 << 16))
                with suppress(TimeoutError):
                    assert control.recv(1) == state(State.TEST_END)
                    break
            control.settimeout(5)
            claimed = {"bytes": int(count * factor), "start_time": 0, "end_time": (time.monotonic() - began) * duration}
            exchanging(document({"streams": [{"id": 1, **claimed}]}))(control)

    return script


def test_the_receivers_own_count_is_the_figure() -> None:
    # On a busy machine much of what arrives was sent outside of the client's window, so the claim is far below it.
    with server(swallowing(0.2, 1)) as peer:
        outcome = measure(peer, Order("up", omit_s=0, seconds=1, interval_s=0.25))
    assert outcome.seconds >= 1
    assert outcome.mbps == outcome.bytes * 8 / outcome.seconds / 1e6
    assert outcome.sent_bytes is not None
    assert outcome.bytes <= outcome.sent_bytes * 0.6


@pytest.mark.parametrize(
    ("factor", "duration"),
    [
        pytest.param(1e6, 1, id="more than was sent"),
        pytest.param(0.5, 0.01, id="in no time"),
        pytest.param(0.5, 100, id="in longer than it took"),
    ],
)
def test_a_claim_that_cannot_be_true_is_no_figure(factor: float, duration: float) -> None:
    with server(swallowing(factor, duration)) as peer:
        assert error_of(peer, "up").reason is Reason.UNEXPECTED_ANSWER
