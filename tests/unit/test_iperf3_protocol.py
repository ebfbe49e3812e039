"""The messages of iperf3, byte by byte, and the documents in them."""

from __future__ import annotations

import json
import socket
import struct
import time
from collections.abc import Iterator

import pytest

from probes.errors import TransportError
from probes.iperf3.pace import Pace
from probes.iperf3.parameters import Counted, Parameters, Results, stream_ids
from probes.iperf3.peer import Peer
from probes.iperf3.protocol import Complaint, Control, State, make_cookie
from probes.iperf3.tcp_info import TcpInfo, parse_tcp_info
from probes.observation import Reason


@pytest.fixture
def ends() -> Iterator[tuple[Control, socket.socket]]:
    """A control connection, and the other end as a bare socket."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        ours = socket.create_connection(listener.getsockname())
        theirs, _ = listener.accept()
    with ours, theirs:
        yield Control(ours, "peer"), theirs


def test_a_cookie_is_36_characters_and_a_zero() -> None:
    cookie = make_cookie()
    assert len(cookie) == 37
    assert cookie[-1] == 0
    assert set(cookie[:-1]) <= set(b"abcdefghijklmnopqrstuvwxyz234567")
    assert cookie != make_cookie()


@pytest.mark.parametrize(
    ("state", "byte"), [(State.TEST_START, b"\x01"), (State.IPERF_DONE, b"\x10"), (State.ACCESS_DENIED, b"\xff")]
)
def test_a_state_is_one_signed_byte(ends: tuple[Control, socket.socket], state: State, byte: bytes) -> None:
    control, other = ends
    control.send_state(state)
    assert other.recv(10) == byte
    other.send(byte)
    assert control.receive_state(1) is state


def test_a_complaint_is_a_state_and_two_numbers(ends: tuple[Control, socket.socket]) -> None:
    control, other = ends
    control.send_complaint(Complaint.DURATION)
    said = other.recv(20)
    assert said == b"\xfe" + struct.pack(">ii", 5, 0)
    other.send(said)
    assert control.receive_state(1) is State.SERVER_ERROR
    assert control.receive_complaint() == 5


def test_a_document_has_its_length_before_it(ends: tuple[Control, socket.socket]) -> None:
    control, other = ends
    control.send_document({"a": 1})
    assert other.recv(99) == b"\x00\x00\x00\x07" + b'{"a":1}'
    other.send(b"\x00\x00\x00\x07" + b'{"a":1}')
    assert control.receive_document() == {"a": 1}


@pytest.mark.parametrize(
    "wire",
    [
        pytest.param(struct.pack(">I", 0), id="empty"),
        pytest.param(struct.pack(">I", 65_537) + b"{}", id="longer than allowed"),
        pytest.param(struct.pack(">I", 2**32 - 1) + b"{}", id="4 GiB announced"),
        pytest.param(struct.pack(">I", 3) + b"{a}", id="not JSON"),
        pytest.param(struct.pack(">I", 2) + b"[]", id="not an object"),
        pytest.param(struct.pack(">I", 2) + b"\xff\xfe", id="not UTF-8"),
        pytest.param(struct.pack(">I", 60_000) + b"[" * 60_000, id="nested without end"),
        pytest.param(struct.pack(">I", 20_003) + b'{"a":' + b"9" * 19_997 + b"}", id="a number of 20,000 digits"),
    ],
)
def test_a_document_that_is_none_is_an_unexpected_answer(ends: tuple[Control, socket.socket], wire: bytes) -> None:
    control, other = ends
    other.sendall(wire)
    with pytest.raises(TransportError) as caught:
        control.receive_document(65_536)
    assert caught.value.reason is Reason.UNEXPECTED_ANSWER


def test_what_drips_in_slowly_is_given_up_in_time(ends: tuple[Control, socket.socket]) -> None:
    control, other = ends
    control.step_s = 0.3
    other.send(struct.pack(">I", 10)[:2])
    began = time.monotonic()
    with pytest.raises(TransportError) as caught:
        control.receive_document()
    assert caught.value.reason is Reason.NO_ANSWER
    assert 0.25 < time.monotonic() - began < 2


def test_a_byte_that_is_no_state_is_an_unexpected_answer(ends: tuple[Control, socket.socket]) -> None:
    control, other = ends
    other.send(b"SSH-2.0-x\r\n")
    with pytest.raises(TransportError) as caught:
        control.receive_state(1)
    assert caught.value.reason is Reason.UNEXPECTED_ANSWER


def test_the_parameters_are_those_of_a_stock_client() -> None:
    sent = Parameters(omit_s=5.0, seconds=10.0, streams=4, reverse=True).document()
    assert json.loads(json.dumps(sent)) == {
        "tcp": True,
        "omit": 5,
        "time": 10,
        "num": 0,
        "blockcount": 0,
        "parallel": 4,
        "reverse": True,
        "len": 131072,
        "pacing_timer": 1000,
        "client_version": "3.12",
    }
    assert isinstance(sent["omit"], int)  # a stock server takes nothing from "5.0"


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"tcp": True, "omit": 1, "time": 3, "parallel": 2}, Parameters(omit_s=1, seconds=3, streams=2)),
        ({"tcp": True, "time": 3, "reverse": True}, Parameters(seconds=3, reverse=True)),
        ({"tcp": True, "time": 0, "num": 5_000}, Parameters(seconds=0)),
        ({"tcp": True, "time": 1, "bidirectional": True}, Parameters(seconds=1, bidirectional=True)),
        ({"udp": True, "time": 1}, Parameters(tcp=False, seconds=1, udp=True)),
        (
            {"udp": True, "time": 1, "len": 1200, "bandwidth": 5e7, "udp_counters_64bit": 1},
            Parameters(tcp=False, seconds=1, udp=True, length=1200, bits_per_s=5e7, wide=True),
        ),
        ({"sctp": True, "time": 1}, Parameters(tcp=False, seconds=1)),
        ({"tcp": True, "time": 1, "bandwidth": 5e6}, Parameters(seconds=1, bits_per_s=5e6)),
        ({"time": "x", "parallel": [], "omit": None, "window": {}, "congestion": 7}, Parameters(seconds=0)),
        ({"time": -1, "omit": -5, "bandwidth": -1, "window": 2**40}, Parameters(seconds=0)),
        ({"time": 1, "omit": float("inf"), "parallel": True}, Parameters(seconds=1)),
        # iperf 3.17, which has more to say
        (
            {
                "tcp": True,
                "omit": 0,
                "time": 10,
                "num": 0,
                "blockcount": 0,
                "parallel": 1,
                "len": 131072,
                "pacing_timer": 1000,
                "snd_timeout": 0,
                "dont_fragment": 0,
                "client_version": "3.17.1",
            },
            Parameters(seconds=10),
        ),
    ],
)
def test_parameters_are_read_liberally(document: dict[str, object], expected: Parameters) -> None:
    assert Parameters.read(document) == expected


def test_streams_are_numbered_as_iperf3_numbers_them() -> None:
    assert list(stream_ids(1)) == [1]
    assert list(stream_ids(4)) == [1, 3, 4, 5]


def test_results_say_what_is_not_known_as_iperf3_does() -> None:
    sent = Results([Counted(5, 1.0, None), Counted(6, 1.0, None)], 12.0).document()
    assert sent["sender_has_retransmits"] == -1
    streams = sent["streams"]
    assert isinstance(streams, list)
    assert [(one["id"], one["bytes"], one["retransmits"], one["end_time"]) for one in streams] == [
        (1, 5, -1, 1.0),
        (3, 6, -1, 1.0),
    ]
    assert Results.read(sent) == Results([Counted(5, 1.0, None), Counted(6, 1.0, None)], 12.0)


UNKNOWN = 18446744073709551615


@pytest.mark.parametrize(
    ("has", "stream", "expected"),
    [
        (1, {"id": 1, "bytes": 9, "retransmits": 4, "start_time": 0, "end_time": 2.5}, Counted(9, 2.5, 4)),
        (1, {"id": 1, "bytes": 9, "retransmits": 0, "start_time": 1, "end_time": 3}, Counted(9, 2, 0)),
        (UNKNOWN, {"id": 1, "bytes": 9, "retransmits": UNKNOWN, "end_time": 2}, Counted(9, 2, None)),
        (1, {"id": 1, "bytes": 9, "retransmits": UNKNOWN, "end_time": 2}, Counted(9, 2, None)),
        (-1, {"id": 1, "bytes": 9, "retransmits": -1, "end_time": 2}, Counted(9, 2, None)),
        (0, {"id": 1, "bytes": 9, "retransmits": 0}, Counted(9, None, None)),
    ],
)
def test_results_of_all_versions_are_read(has: int, stream: dict[str, object], expected: Counted) -> None:
    read = Results.read({"cpu_util_total": 7, "sender_has_retransmits": has, "streams": [stream]})
    assert read == Results([expected], 7)


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"streams": []},
        {"streams": "x"},
        {"streams": [None]},
        {"streams": [{"id": 1}]},
        {"streams": [{"bytes": -1}]},
        {"streams": [{"bytes": "9"}]},
        {"streams": [{"bytes": float("nan")}]},
        {"streams": [{"bytes": 1}] * 300},
    ],
)
def test_results_that_make_no_sense_are_none(document: dict[str, object]) -> None:
    assert Results.read(document) is None


@pytest.mark.parametrize(
    ("written", "host", "port"),
    [
        ("10.0.0.7:5202", "10.0.0.7", 5202),
        ("10.0.0.7", "10.0.0.7", 5201),
        ("test.example.edu.cn:80", "test.example.edu.cn", 80),
        ("[2001:db8::7]:5202", "2001:db8::7", 5202),
        ("[fe80::1%eth0]:5202", "fe80::1%eth0", 5202),
        ("2001:db8::7", "2001:db8::7", 5201),
        ("[::1]", "::1", 5201),
        (" 10.0.0.7:5202 ", "10.0.0.7", 5202),
    ],
)
def test_a_responder_is_written_as_host_and_port(written: str, host: str, port: int) -> None:
    assert Peer.parse(written) == Peer(host, port)


@pytest.mark.parametrize(
    "written",
    ["", ":5201", "host:", "host:0", "host:65536", "host:x", "http://host/", "a b", "a:b:c", "[x]:1", "1.2.3.4:5:6"],
)
def test_anything_else_is_not_a_responder(written: str) -> None:
    with pytest.raises(TransportError) as caught:
        Peer.parse(written)
    assert caught.value.reason is Reason.NOT_CONFIGURED
    assert written in str(caught.value)


def test_the_kernels_structure_is_read_at_its_offsets() -> None:
    raw = bytearray(232)
    struct.pack_into("=I", raw, 68, 1500)
    struct.pack_into("=I", raw, 100, 7)
    struct.pack_into("=QQ", raw, 120, 5_000_000_000, 6_000_000_000)
    struct.pack_into("=I", raw, 148, 300)
    assert parse_tcp_info(bytes(raw)) == TcpInfo(1.5, 0.3, 7, 5_000_000_000, 6_000_000_000)
    assert parse_tcp_info(bytes(raw[:104])) == TcpInfo(1.5, None, 7, None, None)  # Linux 3
    assert parse_tcp_info(bytes(raw[:100])) is None


def test_a_pace_asks_to_wait_for_what_has_moved() -> None:
    pace = Pace(8_000_000)
    assert pace.owed_s(1_000_000) == pytest.approx(1.0, abs=0.01)
    assert pace.owed_s(500_000) == pytest.approx(1.5, abs=0.01)
    assert pace.chunk(1 << 20) == 2000
    assert pace.chunk(500) == 500
    assert Pace(1.0).chunk(1 << 20) == 1024


def test_a_pace_does_not_save_up_for_a_burst() -> None:
    pace = Pace(8_000_000)
    pace.owed_s(1)
    time.sleep(0.6)
    assert pace.owed_s(1_000_000) > 0.7  # what was missed longer ago than a quarter of a second is lost
