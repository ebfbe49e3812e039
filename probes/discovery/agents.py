"""Which hosts have an SNMP agent, without any credential: SNMPv3's discovery of the engine (RFC 3414, 4).

An agent answers the empty question with a report of its engine id, in which its maker's number stands (RFC 3411, 5). So
a community has to be sent only to what really is an agent, never to every host of a range.
"""

from __future__ import annotations

import select
import socket
from collections.abc import Callable, Sequence
from time import monotonic

from probes.discovery.pace import Pacer

PORT = 161
WAIT_S = 1.0
BUFFER = 4 * 1024 * 1024
MOST_AT_ONCE = 4096

_DISCOVERY = bytes.fromhex(
    "3038020103300e0201010203 00ffe3040104020103 0410300e0400020100020100040004000400"
    "301104000400a00b0201020201000201003000"
)
_SEQUENCE, _OCTETS = 0x30, 0x04


def agents(hosts: Sequence[str], pacer: Pacer, cancelled: Callable[[], bool]) -> dict[str, int | None]:
    """The hosts that answer, each with its maker's enterprise number where the engine id tells it. Blocking."""
    found: dict[str, int | None] = {}
    wanted = set(hosts)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
        wire.settimeout(0)
        for _ in range(2):
            for host in hosts:
                if host in found:
                    continue
                if cancelled():
                    return found
                pacer.take(host, "snmp")
                try:
                    wire.sendto(_DISCOVERY, (host, PORT))
                except OSError:
                    continue
                _collect(wire, wanted, found, 0.0)
            _collect(wire, wanted, found, WAIT_S)
    return found


def _collect(wire: socket.socket, wanted: set[str], found: dict[str, int | None], seconds: float) -> None:
    until = monotonic() + seconds
    for _ in range(MOST_AT_ONCE):  # a flood must not keep the search from going on
        if not select.select([wire], [], [], max(0.0, until - monotonic()))[0]:
            return
        try:
            packet, peer = wire.recvfrom(2000)
        except OSError:
            continue  # port unreachable: no agent there
        if peer[0] in wanted and peer[1] == PORT and packet[:1] == bytes([_SEQUENCE]):
            found[peer[0]] = enterprise(packet)


def enterprise(packet: bytes) -> int | None:
    """The enterprise number in the engine id of a report; ``None`` where there is none.

    >>> enterprise(bytes.fromhex("30140201033000040d300b0409800007db0102030405"))
    2011
    """
    try:
        inside = _content(packet, 0)
        at = _next(packet, inside)  # the version
        at = _next(packet, at)  # the global data
        if packet[at] != _OCTETS:
            at = _next(packet, at)
        parameters = _content(packet, _content(packet, at))
        if packet[parameters] != _OCTETS or packet[parameters + 1] < 5:  # noqa: PLR2004  octets
            return None
        begin = _content(packet, parameters)
        return int.from_bytes(packet[begin : begin + 4], "big") & 0x7FFFFFFF
    except IndexError:
        return None


def _content(packet: bytes, at: int) -> int:
    """Where the content of the element at ``at`` begins."""
    length = packet[at + 1]
    return at + 2 + (length & 0x7F if length & 0x80 else 0)


def _next(packet: bytes, at: int) -> int:
    """Where the element after the one at ``at`` begins."""
    begin = _content(packet, at)
    length = packet[at + 1]
    if length & 0x80:
        length = int.from_bytes(packet[at + 2 : begin], "big")
    return begin + length
