"""Clients that are broken, slow or rude: our responder lets go of each in time, and serves the next."""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from probes.errors import TransportError
from probes.iperf3 import session
from probes.iperf3 import waiting as waiting_line
from probes.iperf3.client import Terms, measure
from probes.iperf3.outcome import Order
from probes.iperf3.peer import Peer
from probes.iperf3.protocol import Complaint, State, make_cookie
from probes.iperf3.secret import METHOD, OFFER
from probes.iperf3.server import responding
from probes.iperf3.session import Limits
from probes.observation import Reason
from probes.text import Text
from tests.iperf3_bytes import complaint, document, state

LOOPBACK = "127.0.0.1"


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("probes.iperf3.protocol.STEP_S", 0.5)
    monkeypatch.setattr(session, "GRACE_S", 0.5)


@contextmanager
def responder(limits: Limits | None = None) -> Iterator[tuple[int, list[Text]]]:
    said: list[Text] = []
    with responding(LOOPBACK, 0, limits or Limits(mbps=50, idle_s=0.5), said.append) as serving:
        yield serving.port, said


def dial(port: int, cookie: bytes = b"") -> socket.socket:
    sock = socket.create_connection((LOOPBACK, port), timeout=5)
    sock.sendall(cookie)
    return sock


def serves(port: int) -> None:
    """The responder serves the next client, at the latest after a moment."""
    deadline = time.monotonic() + 3
    while True:
        try:
            outcome = measure(Peer(LOOPBACK, port), Order("up", omit_s=0, seconds=0.1))
        except TransportError as error:
            if error.reason is not Reason.BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            assert outcome.bytes > 0
            return


def all_of(sock: socket.socket) -> bytes:
    data = b""
    with suppress(ConnectionError):
        while part := sock.recv(4096):
            data += part
    return data


def test_who_says_nothing_holds_up_nobody() -> None:
    with responder() as (port, _), dial(port), dial(port, b"half a cookie"), dial(port):
        serves(port)


def test_a_hundred_silent_connections_hold_up_nobody() -> None:
    with responder() as (port, _):
        silent = [dial(port) for _ in range(100)]
        serves(port)
        for sock in silent:
            sock.close()


@pytest.mark.parametrize(
    "parameters",
    [
        pytest.param(struct.pack(">I", 2**32 - 1), id="4 GiB announced"),
        pytest.param(struct.pack(">I", 4) + b"nope", id="not JSON"),
        pytest.param(document([]), id="not an object"),
        pytest.param(struct.pack(">I", 50_000) + b"[" * 50_000, id="nested without end"),
        pytest.param(struct.pack(">I", 100) + b"{", id="cut off"),
        pytest.param(b"", id="none"),
    ],
)
def test_parameters_that_make_no_sense_end_the_test(parameters: bytes) -> None:
    with responder() as (port, said):
        with dial(port, make_cookie()) as rude:
            rude.sendall(parameters)
            assert all_of(rude) == state(State.PARAM_EXCHANGE) + state(State.SERVER_TERMINATE)
        serves(port)
    assert any("test broken off" in str(sentence) for sentence in said)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"udp": True, "time": 1, "parallel": 1}, Complaint.TOTAL_RATE),
        ({"sctp": True, "time": 1, "parallel": 1}, Complaint.NOT_IMPLEMENTED),
        ({"tcp": True, "time": 61, "parallel": 1}, Complaint.DURATION),
        ({"tcp": True, "time": 50, "omit": 50, "parallel": 1}, Complaint.DURATION),
        ({"tcp": True, "time": 1e300, "parallel": 1}, Complaint.DURATION),
        ({"tcp": True, "time": 1, "parallel": 129}, Complaint.STREAMS),
        ({"tcp": True, "time": 1, "parallel": 1e300}, Complaint.STREAMS),
        ({"tcp": True, "time": 1, "parallel": 0}, Complaint.STREAMS),
        ({"tcp": True, "time": 1, "parallel": -5}, Complaint.STREAMS),
    ],
)
def test_what_is_not_allowed_is_refused_in_the_clients_own_terms(asked: object, expected: Complaint) -> None:
    with responder() as (port, _):
        with dial(port, make_cookie()) as sock:
            sock.sendall(document(asked))
            assert all_of(sock) == state(State.PARAM_EXCHANGE) + complaint(expected)
        serves(port)


def agreed(port: int, parameters: dict[str, object]) -> tuple[socket.socket, socket.socket]:
    """A client's control and data connection in a test that runs."""
    cookie = make_cookie()
    control = dial(port, cookie)
    control.sendall(document({"tcp": True, "parallel": 1, **parameters}))
    assert [control.recv(1), control.recv(1)] == [state(State.PARAM_EXCHANGE), state(State.CREATE_STREAMS)]
    data = dial(port, cookie)
    assert [control.recv(1), control.recv(1)] == [state(State.TEST_START), state(State.TEST_RUNNING)]
    return control, data


def test_a_client_that_opens_no_stream() -> None:
    with responder() as (port, said):
        with dial(port, make_cookie()) as sock:
            sock.sendall(document({"tcp": True, "time": 1, "parallel": 2}))
            assert all_of(sock)[-1:] == state(State.SERVER_TERMINATE)
        serves(port)
    assert any("did not open its data connections" in str(sentence) for sentence in said)


@pytest.mark.parametrize("reverse", [False, True])
def test_a_client_that_moves_no_data_is_given_up(*, reverse: bool) -> None:
    # In reverse it must let the buffers of both systems fill up first, at the rate that is allowed.
    limits = Limits(mbps=50 if not reverse else None, idle_s=0.5)
    with responder(limits) as (port, said):
        control, data = agreed(port, {"time": 30, **({"reverse": True} if reverse else {})})
        with control, data:
            assert all_of(control) == state(State.SERVER_TERMINATE)
        serves(port)
    assert any("no data moves" in str(sentence) for sentence in said)


def test_a_client_that_never_ends_its_test_is_ended() -> None:
    with responder(Limits(mbps=50, idle_s=5)) as (port, said):
        control, data = agreed(port, {"time": 1})
        with control, data:
            began = time.monotonic()
            data.settimeout(0.1)
            control.settimeout(0.001)
            answer = b""
            while not answer and time.monotonic() - began < 5:
                with suppress(OSError):
                    data.send(bytes(10_000))
                with suppress(TimeoutError):
                    answer = control.recv(1)
            assert answer == state(State.SERVER_TERMINATE)
            assert 1.4 < time.monotonic() - began < 3
        serves(port)
    assert any("did not end the test in time" in str(sentence) for sentence in said)


def test_a_client_that_vanishes_leaves_the_responder_free() -> None:
    with responder() as (port, _):
        control, data = agreed(port, {"time": 30})
        data.close()
        control.close()
        serves(port)


def test_a_client_that_asks_for_the_slowest_rate_is_let_go_of() -> None:
    with responder(Limits(idle_s=0.5)) as (port, _):
        control, data = agreed(port, {"time": 30, "reverse": True, "bandwidth": 1})
        with control, data:
            assert all_of(control) == state(State.SERVER_TERMINATE)
        serves(port)


def test_one_stream_too_many_is_turned_away() -> None:
    with responder() as (port, said):
        cookie = make_cookie()
        with dial(port, cookie) as control:
            control.sendall(document({"tcp": True, "time": 1, "parallel": 1}))
            assert [control.recv(1), control.recv(1)] == [state(State.PARAM_EXCHANGE), state(State.CREATE_STREAMS)]
            with dial(port, cookie):
                time.sleep(0.2)
                with dial(port, cookie) as extra:
                    assert all_of(extra) == state(State.ACCESS_DENIED)
    assert any("turned away" in str(sentence) for sentence in said)


def test_an_unknown_message_ends_the_test() -> None:
    with responder() as (port, _):
        control, data = agreed(port, {"time": 30})
        with control, data:
            control.sendall(b"\x55")
            assert all_of(control) == state(State.SERVER_TERMINATE)
        serves(port)


def test_one_address_cannot_fill_the_queue() -> None:
    with responder(Limits(mbps=50, idle_s=5)) as (port, said):
        control, data = agreed(port, {"time": 30})
        with control, data:
            waiting = [dial(port, make_cookie()) for _ in range(waiting_line.MOST_OF_ONE)]
            try:
                for place, sock in enumerate(waiting, 1):
                    assert sock.recv(2) == state(State.QUEUED) + bytes([place])
                with dial(port, make_cookie()) as one_more:
                    assert all_of(one_more) == state(State.ACCESS_DENIED)
            finally:
                for sock in waiting:
                    sock.close()
        serves(port)
    assert any("turned away" in str(sentence) for sentence in said)


def test_who_chatters_in_the_queue_loses_the_place_and_the_next_moves_up() -> None:
    with responder(Limits(mbps=50, idle_s=5)) as (port, _):
        control, data = agreed(port, {"time": 30})
        with control, data, dial(port, make_cookie()) as first, dial(port, make_cookie()) as second:
            assert first.recv(2) == state(State.QUEUED) + b"\x01"
            assert second.recv(2) == state(State.QUEUED) + b"\x02"
            first.sendall(b"let me in")
            assert all_of(first) == b""
            while (said := second.recv(2)) == state(State.QUEUED) + b"\x02":
                pass  # now and then everybody is told his place again
            assert said == state(State.QUEUED) + b"\x01"


def test_who_is_gone_before_it_is_told_its_place_breaks_nothing() -> None:
    with responder(Limits(mbps=50, idle_s=5)) as (port, _):
        control, data = agreed(port, {"time": 30})
        with control, data:
            for _ in range(30):
                gone = dial(port, make_cookie())
                gone.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                gone.close()
        serves(port)


def test_a_stock_cookie_is_told_nothing_while_it_waits() -> None:
    with responder(Limits(mbps=50, idle_s=5)) as (port, said):
        control, data = agreed(port, {"time": 30})
        with data, dial(port, b"a" * 36 + b"\0") as stock:
            stock.settimeout(0.5)
            with pytest.raises(TimeoutError):
                stock.recv(1)
            control.close()
            stock.settimeout(5)
            assert stock.recv(1) == state(State.PARAM_EXCHANGE)
    assert any("waits as number 1" in str(sentence) for sentence in said)


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(document({"proof": "00" * 32}), id="a wrong proof"),
        pytest.param(document({"proof": 7}), id="no text"),
        pytest.param(document({"proof": "\ud800"}), id="half a character"),
        pytest.param(document({}), id="nothing"),
        pytest.param(document({"proof": "x" * 70_000}), id="too long"),
        pytest.param(b"\0\0\0\x05[1,2]", id="no object"),
        pytest.param(b"\0\0", id="cut off"),
        pytest.param(b"", id="silence"),
    ],
)
def test_who_does_not_prove_the_secret_gets_no_test(answer: bytes) -> None:
    secret = "a secret of a bureau"
    with responder(Limits(mbps=50, idle_s=0.5, secret=secret)) as (port, said):
        with dial(port, make_cookie()) as control:
            control.sendall(document({"tcp": True, "time": 1, "parallel": 1, OFFER: METHOD}))
            assert [control.recv(1), control.recv(1)] == [state(State.PARAM_EXCHANGE), state(State.CHALLENGE)]
            control.recv(200)
            control.sendall(answer)
            rest = all_of(control)
        assert rest in {complaint(Complaint.AUTHORISATION), state(State.SERVER_TERMINATE)}
        deadline = time.monotonic() + 5
        while True:
            try:
                order = Order("up", omit_s=0, seconds=0.1)
                assert measure(Peer(LOOPBACK, port), order, None, Terms(secret, queue_s=3)).bytes > 0
                break
            except TransportError:
                assert time.monotonic() < deadline
    assert secret not in " ".join(map(str, said))
