"""Packets of others, and packets that are broken, are never taken for an answer, and never end the trace."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers.inet import ICMP, IP, TCP, UDP

from probes.wayout.trace import Method, _Tracer

HERE, ROUTER, THERE = "127.0.0.1", "61.155.1.1", "127.0.0.9"


def sent(tracer: _Tracer, hop: int) -> IP:
    return IP(tracer._packet(hop))


def expired(packet: IP, quoted: int = 28) -> bytes:
    """A router's report, quoting so many bytes of the packet: RFC 792 asks for the header and eight more."""
    return bytes(IP(src=ROUTER, dst=HERE) / ICMP(type=11, code=0) / bytes(packet)[:quoted])


@pytest.mark.parametrize("method", ["icmp", "tcp", "udp"])
@pytest.mark.parametrize("quoted", [28, 200])
@pytest.mark.parametrize("hop", [1, 17, 30])
def test_a_report_is_known_by_what_it_quotes(method: Method, quoted: int, hop: int) -> None:
    tracer = _Tracer(THERE, 443, method)
    packet = sent(tracer, hop)
    assert packet.ttl == hop
    assert tracer._hop_of(expired(packet, quoted)) == hop


def test_the_destinations_own_answers() -> None:
    icmp, tcp = _Tracer(THERE, 443, "icmp"), _Tracer(THERE, 443, "tcp")
    echo = IP(src=THERE, dst=HERE) / ICMP(type=0, id=icmp.mark, seq=5)
    assert icmp._hop_of(bytes(echo)) == 5
    for flags in ("SA", "RA"):
        answer = IP(src=THERE, dst=HERE) / TCP(sport=443, dport=tcp.mark + 6, flags=flags)
        assert tcp._hop_of(bytes(answer)) == 6


def test_what_belongs_to_others_is_left_alone() -> None:
    mine, other = _Tracer(THERE, 443, "icmp"), _Tracer("127.0.0.8", 443, "icmp")
    other.mark = mine.mark
    assert mine._hop_of(expired(sent(other, 3))) is None
    stranger = IP(src=THERE, dst=HERE) / ICMP(type=0, id=(mine.mark + 1) % 65536, seq=5)
    assert mine._hop_of(bytes(stranger)) is None
    elsewhere = IP(src="127.0.0.8", dst=HERE) / ICMP(type=0, id=mine.mark, seq=5)
    assert mine._hop_of(bytes(elsewhere)) is None
    tcp = _Tracer(THERE, 443, "tcp")
    busy = IP(src=THERE, dst=HERE) / TCP(sport=8443, dport=tcp.mark + 6, flags="SA")
    assert tcp._hop_of(bytes(busy)) is None


@given(noise=st.binary(max_size=120), method=st.sampled_from(["icmp", "tcp", "udp"]))
def test_noise_is_nobodys_answer(noise: bytes, method: Method) -> None:
    tracer = _Tracer(THERE, 443, method)
    assert tracer._hop_of(noise) is None
    head = bytes(IP(src=ROUTER, dst=HERE) / ICMP(type=11, code=0))
    assert tracer._hop_of(head + noise) is None
    assert tracer._hop_of(bytes(IP(src=THERE, dst=HERE) / UDP()) + noise) is None


@given(cut=st.integers(0, 60), at=st.integers(0, 59), bits=st.integers(1, 255))
def test_a_damaged_report_names_a_hop_or_none(cut: int, at: int, bits: int) -> None:
    tracer = _Tracer(THERE, 443, "udp")
    data = bytearray(expired(sent(tracer, 4)))
    data[at % len(data)] ^= bits
    found = tracer._hop_of(bytes(data[:cut]))
    assert found is None or isinstance(found, int)
