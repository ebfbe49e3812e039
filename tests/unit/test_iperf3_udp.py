"""UDP between our own two ends, and what a receiver makes of datagrams that are lost, late, or nonsense."""

from __future__ import annotations

import socket
import time

import pytest

from probes.errors import TransportError
from probes.iperf3.client import measure
from probes.iperf3.outcome import Direction, Order
from probes.iperf3.peer import Peer
from probes.iperf3.server import responding
from probes.iperf3.session import Limits
from probes.iperf3.udp import NARROW, WIDE, UdpFlow
from probes.kinds import Throughput
from probes.observation import Reason
from probes.throughput import throughput
from tests.world import TestWorld, campus, look


@pytest.mark.alone
@pytest.mark.parametrize("streams", [1, 3])
@pytest.mark.parametrize("direction", ["up", "down"])
def test_on_loopback_every_datagram_arrives(direction: Direction, streams: int) -> None:
    with responding("127.0.0.1") as responder:
        order = Order(direction, streams, omit_s=0, seconds=1, udp_mbps=20)
        outcome = measure(Peer("127.0.0.1", responder.port), order)
    assert outcome.mbps == pytest.approx(20, rel=0.05)
    assert (outcome.lost_packets, outcome.loss_ratio, outcome.retransmits) == (0, 0.0, None)
    assert outcome.jitter_ms is not None
    if direction == "up":
        assert outcome.bytes == (outcome.packets or 0) * 1400
        assert outcome.sent_bytes == pytest.approx(outcome.bytes, rel=0.02)


@pytest.mark.alone
def test_a_rate_above_the_responders_limit_is_refused() -> None:
    with responding("127.0.0.1", 0, Limits(mbps=10)) as responder:
        with pytest.raises(TransportError) as caught:
            measure(Peer("127.0.0.1", responder.port), Order("up", omit_s=0, seconds=1, udp_mbps=11))
        assert caught.value.reason is Reason.NOT_PERMITTED
        assert measure(Peer("127.0.0.1", responder.port), Order("up", omit_s=0, seconds=1, udp_mbps=9)).loss_ratio == 0


@pytest.mark.parametrize(
    ("numbers", "packets", "lost"),
    [
        ([1, 2, 3], 3, 0),
        ([1, 2, 5], 5, 2),
        ([1, 4, 2], 4, 1),  # late is not lost
        ([3], 3, 2),
        ([0, 1], 1, 0),  # nonsense
    ],
)
@pytest.mark.parametrize("wide", [True, False])
def test_gaps_in_the_numbers_are_losses(numbers: list[int], packets: int, lost: int, *, wide: bool) -> None:
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver,
    ):
        receiver.bind(("127.0.0.1", 0))
        sender.bind(("127.0.0.1", 0))
        receiver.connect(sender.getsockname())
        flow = UdpFlow(receiver, "receive", 100, wide=wide)
        flow.start()
        sender.sendto(b"short", receiver.getsockname())
        for number in numbers:
            head = (WIDE if wide else NARROW).pack(int(time.time()), 0, number)
            sender.sendto(head + bytes(50), receiver.getsockname())
        flow.settle()
        seen = flow.datagrams()
        flow.close()
    assert (seen.packets, seen.lost) == (packets, lost)


@pytest.mark.alone
async def test_the_probe_measures_udp_where_the_inventory_asks_for_it() -> None:
    with responding("127.0.0.1", 0, Limits(mbps=50)) as responder:
        described = campus(
            place=[{"id": "A-301", "kind": "classroom", "responder": f"127.0.0.1:{responder.port}"}],
            audit={"throughput": {"omit_s": 0, "seconds": 1, "udp_mbps": 20}},
        )
        (seen,) = await look(throughput, TestWorld(described), described.place[0])
    assert isinstance(seen.value, Throughput)
    assert seen.value.udp_loss_ratio == 0
    assert seen.value.jitter_ms is not None
