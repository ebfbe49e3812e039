"""Who answers where ARP frames may not be sent, or lies behind a router: echo requests, and the system's own tables.

Without rights of its own a process can still make the system ask: one small datagram to each address, and the
system's neighbour table then holds those that exist on the segment.
"""

from __future__ import annotations

import select
import socket
import struct
import subprocess
from collections.abc import Callable, Iterator, Sequence
from ipaddress import IPv6Address
from pathlib import Path
from time import monotonic, sleep

from probes.discovery.pace import Pacer
from probes.switching.mac import canonical

BATCH = 128
SETTLE_S = 1.2
LAST_WAIT_S = 1.0
BUFFER = 4 * 1024 * 1024
MOST_AT_ONCE = 4096

_TABLE = Path("/proc/net/arp")
_COMPLETE = 0x2
_DISCARD = 9
_ECHO, _ECHO_REPLY = 8, 0
_ECHO_V6, _ALL_NODES = 128, "ff02::1"
_HEADER = struct.Struct("!BBHHH")
_OCTETS = 6


def neighbour_table() -> dict[str, bytes]:
    """Card by IPv4 address, as far as the system knows; from /proc on Linux, from ``arp -a`` elsewhere."""
    try:
        lines = _TABLE.read_text("ascii", "replace").splitlines()[1:]
    except OSError:
        return dict(_arp_program())
    found = {}
    for line in lines:
        words = line.split()
        if len(words) > 3 and int(words[2], 16) & _COMPLETE:  # noqa: PLR2004  columns
            found[words[0]] = bytes.fromhex(words[3].replace(":", ""))
    return {address: mac for address, mac in found.items() if any(mac)}


def _arp_program() -> Iterator[tuple[str, bytes]]:
    """What Windows, macOS and BSD print: in each line an address and a card."""
    try:
        shown = subprocess.run(["arp", "-a"], capture_output=True, timeout=10, check=False).stdout  # noqa: S607  system's
    except (OSError, subprocess.SubprocessError):
        return
    for line in shown.decode("utf-8", "replace").splitlines():
        address, mac = "", b""
        for word in line.replace("(", " ").replace(")", " ").split():
            digits = canonical(":".join(part.zfill(2) for part in word.replace("-", ":").split(":"))).replace(":", "")
            if word.count(".") == 3 and not address:  # noqa: PLR2004  the dots of an IPv4 address
                address = word
            elif len(digits) == 2 * _OCTETS and word.count(":") + word.count("-") == _OCTETS - 1:
                mac = bytes.fromhex(digits)
        if address and any(mac) and not mac[0] & 1:
            yield address, mac


def by_table(addresses: Sequence[str], pacer: Pacer, cancelled: Callable[[], bool]) -> dict[str, bytes]:
    """Make the system ask for each address of our segment, and read who it found; blocking.

    One empty datagram to the discard port (RFC 863) each; a host that does not exist gets none at all.
    """
    wanted = set(addresses)
    found: dict[str, bytes] = {}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
        wire.settimeout(0)
        for begin in range(0, len(addresses), BATCH):
            if cancelled():
                break
            for address in addresses[begin : begin + BATCH]:
                pacer.take(address, "datagram")
                try:
                    wire.sendto(b"", (address, _DISCARD))
                except OSError:
                    continue
            # The system's table is small, and what failed is forgotten soon: it is read after every batch.
            sleep(SETTLE_S)
            found |= {address: mac for address, mac in neighbour_table().items() if address in wanted}
    return found


def by_echo(addresses: Sequence[str], pacer: Pacer, cancelled: Callable[[], bool]) -> set[str] | None:
    """Who answers an echo request (RFC 792), asked twice; ``None`` where this process may send none. Blocking."""
    wire = _echo_socket()
    if wire is None:
        return None
    found: set[str] = set()
    raw = wire.type == socket.SOCK_RAW
    mark = int(monotonic() * 1000) & 0xFFFF
    with wire:
        for attempt in range(2):
            for number, address in enumerate(addresses):
                if address in found:
                    continue
                if cancelled():
                    return found
                pacer.take(address, "icmp")
                try:
                    wire.sendto(_echo(mark, (number + attempt) & 0xFFFF), (address, 0))
                except OSError:
                    continue  # no route to that one, or a full buffer: the second attempt remains
                _collect(wire, found, 0.0, raw=raw)
            _collect(wire, found, LAST_WAIT_S, raw=raw)
    return found & set(addresses)


def _echo_socket() -> socket.socket | None:
    for kind in (socket.SOCK_DGRAM, socket.SOCK_RAW):
        try:
            wire = socket.socket(socket.AF_INET, kind, socket.IPPROTO_ICMP)
        except OSError:
            continue
        wire.settimeout(0)
        for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
            wire.setsockopt(socket.SOL_SOCKET, option, BUFFER)
        return wire
    return None


def _echo(mark: int, number: int) -> bytes:
    payload = b"campus-auditor"
    blank = _HEADER.pack(_ECHO, 0, 0, mark, number) + payload
    return _HEADER.pack(_ECHO, 0, _checksum(blank), mark, number) + payload


def _checksum(data: bytes) -> int:
    """RFC 1071."""
    total = sum(struct.unpack(f"!{len(data) // 2}H", data[: len(data) // 2 * 2])) + (data[-1] << 8) * (len(data) % 2)
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return int(~total & 0xFFFF)


def _collect(wire: socket.socket, found: set[str], seconds: float, *, raw: bool) -> None:
    until = monotonic() + seconds
    for _ in range(MOST_AT_ONCE):  # a flood must not keep the search from going on
        if not select.select([wire], [], [], max(0.0, until - monotonic()))[0]:
            return
        try:
            packet, peer = wire.recvfrom(1500)
        except OSError:
            continue  # an error that some router reported
        kind = packet[(packet[0] & 0x0F) * 4] if raw and packet else packet[0] if packet else None
        if kind == _ECHO_REPLY:
            found.add(peer[0])


def ask_ipv6(interface: str, pacer: Pacer) -> None:
    """One echo request to all IPv6 hosts of a segment (RFC 4443, 4.1): the system's table then holds who answered.

    Without a card that has IPv6, or where this process may not ask, nothing is sent.
    """
    for kind in (socket.SOCK_DGRAM, socket.SOCK_RAW):
        try:
            with socket.socket(socket.AF_INET6, kind, socket.IPPROTO_ICMPV6) as wire:
                pacer.take(_ALL_NODES, "icmp")
                # The system puts in the checksum (RFC 3542, 3.1).
                wire.sendto(_HEADER.pack(_ECHO_V6, 0, 0, 0, 1), (_ALL_NODES, 0, 0, socket.if_nametoindex(interface)))
                sleep(LAST_WAIT_S)
                return
        except OSError:
            continue


def ipv6_neighbours(interface: str) -> dict[str, bytes]:
    """Card by IPv6 address of the hosts that the system has talked to on a card (Linux; else none)."""
    try:
        shown = subprocess.run(  # noqa: S603  a card of this machine
            ["ip", "-6", "neighbour", "show", "dev", interface],  # noqa: S607  the system's program
            capture_output=True,
            timeout=5,
            check=False,
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return {}
    found = {}
    for line in shown.decode("ascii", "replace").splitlines():
        words = line.split()
        if "lladdr" in words and words[-1] not in {"FAILED", "INCOMPLETE"} and words.index("lladdr") + 1 < len(words):
            mac = canonical(words[words.index("lladdr") + 1]).replace(":", "")
            found[str(IPv6Address(words[0]))] = bytes.fromhex(mac)
    return found
