"""IPTV and other multicast streams: the group is joined (IGMP) and listened to for some seconds, no more."""

from __future__ import annotations

import socket
from ipaddress import ip_address
from time import monotonic

from probes.answering.answer import Answer, failed, since
from probes.text import text

LISTEN_S = 5.0
ENOUGH = 20
_TS_PACKET, _TS_SYNC = 188, 0x47
_RTP_VERSION, _RTP_HEAD = 2, 12
_NO_GROUP = Answer(reachable=False, protocol="multicast", evidence=text("its address is no multicast group"))


def ask(group: str, port: int | None) -> Answer:
    """Whether a stream arrives, and of what kind."""
    try:
        if not ip_address(group).is_multicast:
            return _NO_GROUP
    except ValueError:
        return _NO_GROUP
    began, packets, latency, octets, kind = monotonic(), 0, None, 0, ""
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            wire.bind((group, port or 0))
            wire.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton(group) + bytes(4))
            while (left := began + LISTEN_S - monotonic()) > 0 and packets < ENOUGH:
                wire.settimeout(left)
                packet = wire.recv(2048)
                latency = since(began) if latency is None else latency
                packets, octets, kind = packets + 1, octets + len(packet), kind or _kind(packet)
    except TimeoutError:
        pass  # the listening is over
    except OSError as error:
        return failed("multicast", error)
    if not packets:
        nothing = text("no packet within {seconds} s", seconds=f"{LISTEN_S:g}")
        return Answer(reachable=False, protocol="multicast", evidence=nothing)
    shown = text(
        "{packets} packets, {octets} octets, {content}",
        packets=packets,
        octets=octets,
        content=kind or text("unknown content"),
    )
    return Answer(reachable=True, protocol="multicast", evidence=shown, latency_ms=latency)


def _kind(packet: bytes) -> str:
    """MPEG transport stream, bare or in RTP (RFC 3550)."""
    rtp = len(packet) > _RTP_HEAD and packet[0] >> 6 == _RTP_VERSION
    body = packet[_RTP_HEAD:] if rtp else packet
    if body[:1] == bytes([_TS_SYNC]) and len(body) % _TS_PACKET == 0:
        return "MPEG-TS in RTP" if rtp else "MPEG-TS"
    return "RTP" if rtp else ""
