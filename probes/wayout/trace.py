"""Tracing a path with packets of our own: ICMP, then TCP, then UDP, where this process may open raw sockets.

The kernel picks route and source; scapy makes and reads the packets. At most thirty hops, each asked twice at most and
only once where it answers, a second's wait, no more than eight packets under way, and a pause where nobody answers.
"""

from __future__ import annotations

import secrets
import select
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic
from typing import Any, Literal

from probes.wayout.path import MOST_HOPS, Path, better, path
from probes.wayout.prefixes import parsed

Method = Literal["icmp", "tcp", "udp"]

WAIT_S = 1.0
LIMIT_S = 15.0
ROUNDS = 2
TOGETHER = 8
METHODS: tuple[Method, ...] = ("icmp", "tcp", "udp")

_FIRST_UDP_PORT = 33434  # as traceroute has it since 1988
_OWN_PORTS = range(20_000, 28_000)  # below those that systems give to their own connections
_ECHO_REPLY, _UNREACHABLE, _TIME_EXCEEDED = 0, 3, 11
_TCP = 6
_SHORTEST_IP, _LONGEST = 20, 4096


def may_trace() -> bool:
    """Whether this process may open raw sockets here."""
    if sys.platform != "linux":
        return False  # Windows sends no TCP over them, BSD wants another byte order; both have a program of their own
    try:
        socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP).close()
    except OSError:
        return False
    return True


def trace(destination: str, port: int) -> Path:
    """The path to an IPv4 address by the first method that names a public router; blocking, 20 seconds at worst."""
    found: list[Path] = []
    until = monotonic() + LIMIT_S
    for method in METHODS:
        if monotonic() > until:
            break
        try:
            one = _Tracer(destination, port, method).run()
        except OSError:
            continue  # no more sockets to be had
        found.append(one)
        if one.first_public is not None:
            break
    return better(found, destination)


@dataclass(frozen=True)
class _Reply:
    hop: int
    address: str


class _Tracer:
    """One path by one method."""

    def __init__(self, destination: str, port: int, method: Method) -> None:
        self.destination, self.port, self.method = destination, port, method
        self.mark = secrets.choice(_OWN_PORTS)
        self.source = _source(destination)

    def run(self) -> Path:
        hops: list[str | None] = []
        if self.source is None:
            return path(self.destination, hops, self.method)
        with _wires(self.method) as (out, back):
            for first in range(1, MOST_HOPS + 1, TOGETHER):
                answered = self._some(out, back, range(first, min(first + TOGETHER, MOST_HOPS + 1)))
                hops += [answered.get(hop) for hop in range(first, first + TOGETHER)]
                if not answered or self.destination in answered.values():
                    break
        return path(self.destination, hops, self.method)

    def _some(self, out: socket.socket, back: list[socket.socket], hops: range) -> dict[int, str]:
        answered: dict[int, str] = {}
        for _ in range(ROUNDS):
            end = min((hop for hop, address in answered.items() if address == self.destination), default=MOST_HOPS)
            missing = [hop for hop in hops if hop not in answered and hop <= end]
            if not missing:
                break
            for hop in missing:
                try:
                    out.sendto(self._packet(hop), (self.destination, 0))
                except OSError:
                    continue  # no route, or a filter of our own: that hop stays silent
            for reply in self._replies(back, len(missing)):
                answered.setdefault(reply.hop, reply.address)
        return answered

    def _packet(self, hop: int) -> bytes:
        from scapy.layers.inet import ICMP, IP, TCP, UDP  # noqa: PLC0415  costs 0.3 s

        payloads: Mapping[Method, Any] = {
            "icmp": lambda: ICMP(type=8, id=self.mark, seq=hop) / (b"campus-auditor" * 2),
            "tcp": lambda: TCP(
                sport=self.mark + hop, dport=self.port, flags="S", seq=hop << 16, options=[("MSS", 1460)]
            ),
            "udp": lambda: UDP(sport=self.mark, dport=_FIRST_UDP_PORT + hop) / (b"campus-auditor" * 2),
        }
        header = IP(src=self.source, dst=self.destination, ttl=hop, id=self.mark + hop)
        return bytes(header / payloads[self.method]())

    def _replies(self, back: list[socket.socket], most: int) -> Iterator[_Reply]:
        """Replies to this tracer's packets as they come, until a second has passed or all are there."""
        until, seen = monotonic() + WAIT_S, set[int]()
        while len(seen) < most and (left := until - monotonic()) > 0:
            for wire in select.select(back, [], [], left)[0]:
                data, (address, *_) = wire.recvfrom(_LONGEST)
                hop = self._hop_of(data)
                if hop is not None and 1 <= hop <= MOST_HOPS and parsed(address) is not None:
                    seen.add(hop)
                    yield _Reply(hop, address)

    def _hop_of(self, data: bytes) -> int | None:
        """For which hop a packet is the answer; ``None`` for the packets of others."""
        from scapy.layers.inet import ICMP, IP, TCP  # noqa: PLC0415  loaded already

        if len(data) < _SHORTEST_IP or (data[9] == _TCP and self.method != "tcp"):
            return None
        packet = IP(data)
        if packet.haslayer(TCP) and packet.proto == _TCP:
            tcp = packet[TCP]
            return tcp.dport - self.mark if packet.src == self.destination and tcp.sport == self.port else None
        if not packet.haslayer(ICMP):
            return None
        icmp = packet[ICMP]
        if icmp.type == _ECHO_REPLY and self.method == "icmp":
            return icmp.seq if icmp.id == self.mark and packet.src == self.destination else None
        return self._quoted(icmp) if icmp.type in {_UNREACHABLE, _TIME_EXCEEDED} else None

    def _quoted(self, icmp: Any) -> int | None:
        """For which hop an error is, by the packet that it quotes."""
        from scapy.layers.inet import ICMPerror, IPerror, TCPerror, UDPerror  # noqa: PLC0415  loaded already

        if not icmp.haslayer(IPerror) or icmp[IPerror].dst != self.destination:
            return None
        if self.method == "icmp" and icmp.haslayer(ICMPerror):
            return icmp[ICMPerror].seq if icmp[ICMPerror].id == self.mark else None
        if self.method == "tcp" and icmp.haslayer(TCPerror):
            return icmp[TCPerror].sport - self.mark if icmp[TCPerror].dport == self.port else None
        if self.method == "udp" and icmp.haslayer(UDPerror):
            return icmp[UDPerror].dport - _FIRST_UDP_PORT if icmp[UDPerror].sport == self.mark else None
        return None


def _source(destination: str) -> str | None:
    """The address that the kernel would send from; ``None`` without a route. Sends nothing."""
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect((destination, 9))
            return str(probe.getsockname()[0])
    except OSError:
        return None


@contextmanager
def _wires(method: Method) -> Iterator[tuple[socket.socket, list[socket.socket]]]:
    """A socket for sending whole packets, and those on which answers come in."""
    protocols = [socket.IPPROTO_ICMP, *([socket.IPPROTO_TCP] if method == "tcp" else [])]
    opened: list[socket.socket] = []
    try:
        out = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
        opened.append(out)
        out.setsockopt(socket.IPPROTO_IP, socket.IP_HDRINCL, 1)
        opened.extend(socket.socket(socket.AF_INET, socket.SOCK_RAW, protocol) for protocol in protocols)
        yield out, opened[1:]
    finally:
        for one in opened:
            one.close()
