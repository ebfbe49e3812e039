"""What a network tells anybody who listens: LLDP and CDP, DHCP, ARP, mDNS, and who joined which multicast group.

Frames are read by hand and by their lengths only: everybody on the segment can send whatever they like.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address
from time import monotonic

from probes.discovery.interface import Interface
from probes.discovery.multicast import Told, mdns_signs
from probes.discovery.words import said

MOST_FRAMES = 200_000
MOST_KEPT = 5_000

_ALL, _IPV4, _IPV6, _ARP, _LLDP = 0x0003, 0x0800, 0x86DD, 0x0806, 0x88CC
_CDP_GROUP = bytes.fromhex("01000ccccccc")
_SOL_PACKET, _ADD_MEMBERSHIP, _ALL_MULTICAST = 263, 1, 2
_UDP, _IGMP, _ICMP6 = 17, 2, 58
_LAST = 1518
_COOKIE = bytes.fromhex("63825363")

# IEEE 802.1AB, LldpSystemCapabilitiesMap
_CAPABILITIES = {0x04: "bridge", 0x08: "access point", 0x10: "router", 0x20: "telephone", 0x80: "station"}


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A device on the other end of our own cable.

    Attributes:
        name, port, about: as it says.
        address: where it is managed, if it says so.
        can: what it says that it does (bridge, router, access point, telephone, station).
    """

    protocol: str
    name: str
    port: str = ""
    about: str = ""
    address: str | None = None
    can: tuple[str, ...] = ()


@dataclass
class Heard:
    """Everything heard on one card.

    Attributes:
        frames: how many were read.
        neighbours: who is at the other end of the cable.
        macs: card by IPv4 or IPv6 address, from ARP and from the neighbour discovery of IPv6.
        dhcp: servers that answered somebody, with the lease they gave in seconds.
        told: what hosts told all others by mDNS.
        names: what a card called itself towards DHCP servers, and the class it gave: ``(name, vendor class)``.
        groups: who joined which multicast group.
    """

    frames: int = 0
    neighbours: dict[Neighbour, None] = field(default_factory=dict)
    macs: dict[str, bytes] = field(default_factory=dict)
    dhcp: dict[str, int | None] = field(default_factory=dict)
    told: dict[Told, None] = field(default_factory=dict)
    names: dict[bytes, tuple[str, str]] = field(default_factory=dict)
    groups: dict[str, set[str]] = field(default_factory=dict)


def listen(interface: Interface, seconds: float, cancelled: Callable[[], bool] = lambda: False) -> Heard | None:
    """Read what passes for so long, sending nothing; ``None`` where this process may not listen. Blocking."""
    heard = Heard()
    try:
        wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ALL))
    except (OSError, AttributeError):
        return None
    with wire:
        try:
            wire.bind((interface.name, _ALL))
            # LLDP and CDP have groups of their own, which a card passes up only when asked; still not promiscuous.
            request = struct.pack("iHH8s", socket.if_nametoindex(interface.name), _ALL_MULTICAST, 0, b"")
            wire.setsockopt(_SOL_PACKET, _ADD_MEMBERSHIP, request)
        except OSError:
            return None
        until = monotonic() + seconds
        while (left := until - monotonic()) > 0 and heard.frames < MOST_FRAMES and not cancelled():
            wire.settimeout(min(left, 0.5))
            try:
                frame = wire.recv(_LAST)
            except TimeoutError:
                continue
            except OSError:
                break
            read_frame(frame, heard, interface)
    return heard


def read_frame(frame: bytes, heard: Heard, interface: Interface) -> None:
    """Add what one frame tells; a damaged one tells nothing."""
    if frame[6:12] == interface.mac or len(heard.macs) > MOST_KEPT:
        return
    heard.frames += 1
    try:
        (kind,) = struct.unpack_from("!H", frame, 12)
        if kind == 0x8100:  # noqa: PLR2004  an 802.1Q tag
            frame = frame[:12] + frame[16:]
            (kind,) = struct.unpack_from("!H", frame, 12)
        if kind == _LLDP:
            heard.neighbours[lldp(frame[14:])] = None
        elif frame[:6] == _CDP_GROUP:
            heard.neighbours[cdp(frame[22:])] = None
        elif kind == _ARP:
            _arp(frame, heard)
        elif kind == _IPV4:
            _ipv4(frame, heard)
        elif kind == _IPV6:
            _ipv6(frame, heard)
    except (struct.error, IndexError, ValueError):
        return


def _arp(frame: bytes, heard: Heard) -> None:
    mac, address = frame[22:28], frame[28:32]
    if len(address) == 4 and any(address) and any(mac) and not mac[0] & 1:  # noqa: PLR2004  octets
        heard.macs[str(IPv4Address(address))] = mac


def _ipv4(frame: bytes, heard: Heard) -> None:
    header = (frame[14] & 0x0F) * 4
    protocol, source = frame[23], str(IPv4Address(frame[26:30]))
    body = frame[14 + header :]
    if protocol == _IGMP:
        for group in igmp_joins(body):
            heard.groups.setdefault(group, set()).add(source)
    elif protocol == _UDP:
        (source_port,) = struct.unpack_from("!H", body)
        if source_port == 5353:  # noqa: PLR2004  mDNS
            for sign in mdns_signs(body[8:]):
                if len(heard.told) < MOST_KEPT:
                    heard.told[Told(source, sign)] = None
        elif source_port in {67, 68}:
            _dhcp(body[8:], source_port == 67, source, heard)  # noqa: PLR2004  the server's port


def _ipv6(frame: bytes, heard: Heard) -> None:
    """Neighbour discovery (RFC 4861): whoever asks or advertises from a link-local or unique-local address."""
    source = IPv6Address(frame[22:38])
    if frame[20] == _ICMP6 and frame[54] in {133, 135, 136} and not source.is_unspecified and not frame[6] & 1:
        heard.macs[str(source)] = frame[6:12]


def igmp_joins(body: bytes) -> Iterator[str]:
    """The groups that a report of IGMP (v1, v2 or v3) joins; those of single protocols on the segment left out."""
    kind = body[0]
    groups: list[bytes] = []
    if kind in {0x12, 0x16}:
        groups = [body[4:8]]
    elif kind == 0x22:  # noqa: PLR2004  version 3
        (count,) = struct.unpack_from("!H", body, 6)
        at = 8
        for _ in range(min(count, 64)):
            mode, _, sources = struct.unpack_from("!BBH", body, at)
            if mode in {2, 4} or (mode in {1, 3, 5} and sources):
                groups.append(body[at + 4 : at + 8])
            at += 8 + 4 * sources + 4 * body[at + 1]
    for group in groups:
        address = IPv4Address(group)
        if address.is_multicast and not address.packed.startswith(b"\xe0\x00\x00"):
            yield str(address)


def _dhcp(packet: bytes, from_server: bool, source: str, heard: Heard) -> None:  # noqa: FBT001  two sides
    if packet[236:240] != _COOKIE:
        return
    options = dict(_dhcp_options(packet[240:]))
    if from_server:
        server = options.get(54, b"")
        lease = options.get(51, b"")
        name = str(IPv4Address(server)) if len(server) == 4 else source  # noqa: PLR2004  octets
        heard.dhcp[name] = int.from_bytes(lease, "big") if lease else None
    elif 12 in options or 60 in options:  # noqa: PLR2004  host name, vendor class
        heard.names[packet[28:34]] = (said(options.get(12, b""), 60), said(options.get(60, b""), 60))


def _dhcp_options(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 1 < len(data) and data[at] != 255:  # noqa: PLR2004  the end
        if data[at] == 0:
            at += 1
            continue
        yield data[at], data[at + 2 : at + 2 + data[at + 1]]
        at += 2 + data[at + 1]


def lldp(body: bytes) -> Neighbour:
    """An LLDP frame (IEEE 802.1AB, 9.4): chassis, port, name, description, capabilities, management address."""
    found: dict[int, bytes] = {}
    at = 0
    while at + 2 <= len(body):
        (head,) = struct.unpack_from("!H", body, at)
        kind, length = head >> 9, head & 0x1FF
        if kind == 0:
            break
        found.setdefault(kind, body[at + 2 : at + 2 + length])
        at += 2 + length
    managed = found.get(8, b"")
    address = str(IPv4Address(managed[2:6])) if managed[:2] == b"\x05\x01" else None
    does = int.from_bytes(found.get(7, b"")[2:4], "big")
    return Neighbour(
        "lldp",
        said(found.get(5, b""), 80) or _identity(found.get(1, b""), mac=4),
        _identity(found.get(2, b""), mac=3) or said(found.get(4, b""), 80),
        said(found.get(6, b""), 120),
        address,
        tuple(name for bit, name in _CAPABILITIES.items() if does & bit),
    )


def _identity(value: bytes, *, mac: int) -> str:
    return said(":".join(f"{octet:02x}" for octet in value[1:7])) if value[:1] == bytes([mac]) else said(value[1:], 80)


def cdp(body: bytes) -> Neighbour:
    """A CDP frame (version 1 or 2), after its LLC and SNAP header."""
    found: dict[int, bytes] = {}
    at = 4
    while at + 4 <= len(body):
        kind, length = struct.unpack_from("!HH", body, at)
        if length < 4:  # noqa: PLR2004  the head alone
            break
        found.setdefault(kind, body[at + 4 : at + length])
        at += length
    managed = found.get(2, b"")
    address = str(IPv4Address(managed[9:13])) if managed[4:9] == b"\x01\x01\xcc\x00\x04" else None
    does = int.from_bytes(found.get(4, b""), "big")
    can = tuple(name for bit, name in ((0x01, "router"), (0x0A, "bridge"), (0x80, "telephone")) if does & bit)
    about = f"{said(found.get(6, b''), 40)} {said(found.get(5, b''), 80)}".strip()
    return Neighbour("cdp", said(found.get(1, b""), 80), said(found.get(3, b""), 80), about, address, can)
