"""Where the wireless card stands in the network: its router and its own address, as each system tells them.

Only the wireless card's own router counts: where a cable is plugged in as well, the default route is the cable's.
"""

from __future__ import annotations

import re
import socket
import struct
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from pathlib import Path

from probes.instrument import WIRELESS_NAMES
from probes.wifi import adapters_info
from probes.wifi.netsh_text import decoded
from probes.wifi.running import run
from probes.wifi.scanner import Adapter

ROUTES, ROUTES6 = Path("/proc/net/route"), Path("/proc/net/ipv6_route")
ASKED_S = 10.0

_GATEWAY = 0x2
_ROUTE_LINE = re.compile(r"^\s*0\.0\.0\.0\s+0\.0\.0\.0\s+(\d+(?:\.\d+){3})\s+(\d+(?:\.\d+){3})\s", re.MULTILINE)
_MAC_GATEWAY = re.compile(r"^\s*gateway:\s*(\S+)\s*$", re.MULTILINE)
_MAC_INTERFACE = re.compile(r"^\s*interface:\s*(\S+)\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Standing:
    """The card's place.

    Attributes:
        router: its default gateway.
        address: its own address, where one is needed to send from it.
        leased_at: when its DHCP lease was had, in whole seconds since 1970, where the system tells.
    """

    router: str
    address: str = ""
    leased_at: int | None = None


def standing(card: Adapter) -> Standing | None:
    """Where the card stands now; ``None`` where it has no router, or the system does not tell one."""
    if sys.platform == "win32":
        return on_windows(card, adapters_info.cards()) or _by_route_print(card)
    if sys.platform == "darwin":
        ran = run(("route", "-n", "get", "-ifscope", card.name, "default"), ASKED_S)
        router = on_macos(ran.words, card.name)
        return None if router is None else Standing(router)
    router = on_linux(card.name)
    return None if router is None else Standing(router)


def on_linux(interface: str, routes: Path = ROUTES, routes6: Path = ROUTES6) -> str | None:
    """By the kernel's tables: the IPv4 router with the lowest metric, else that of IPv6 with its scope."""
    found = []
    for fields in _rows(routes):
        if fields[:2] == [interface, "00000000"] and len(fields) > 7 and fields[7] == "00000000":  # noqa: PLR2004  columns
            flags, metric = int(fields[3], 16), int(fields[6])
            if flags & _GATEWAY:
                # The kernel writes addresses in the machine's own order of octets.
                found.append((metric, socket.inet_ntoa(struct.pack("=I", int(fields[2], 16)))))
    if found:
        return min(found)[1]
    for fields in _rows(routes6):
        ours = len(fields) > 9 and fields[9] == interface and (fields[0], fields[1]) == ("0" * 32, "00")  # noqa: PLR2004
        if ours and int(fields[8], 16) & _GATEWAY:
            router = IPv6Address(int(fields[4], 16))
            return f"{router}%{interface}" if router.is_link_local else str(router)
    return None


def on_windows(card: Adapter, cards: Sequence[adapters_info.Card]) -> Standing | None:
    """By the list of cards: the one with the scanner's identifier or name, else the only wireless one with a router."""
    same = [one for one in cards if card.guid and one.guid == card.guid.lower()]
    same = same or [one for one in cards if one.description.lower() == card.name.lower()]
    chosen = same or [one for one in cards if one.wireless and one.gateway]
    if len(chosen) != 1 or not chosen[0].gateway:
        return None
    return Standing(chosen[0].gateway, chosen[0].address, chosen[0].leased_at)


def in_route_print(output: str) -> Iterator[tuple[str, str]]:
    """Of ``route print -4``, in whatever language: router and own address of each default route, the best first.

    >>> list(in_route_print("          0.0.0.0          0.0.0.0      10.1.0.1     10.1.0.23     35"))
    [('10.1.0.1', '10.1.0.23')]
    """
    for found in _ROUTE_LINE.finditer(output):
        yield found[1], found[2]


def on_macos(output: str, interface: str) -> str | None:
    r"""Of ``route -n get default``: the router, if the route is this card's and leads to an address.

    >>> on_macos("gateway: 10.1.0.1\n interface: en0", "en0"), on_macos("gateway: link#6\n interface: en0", "en0")
    ('10.1.0.1', None)
    """
    told, through = _MAC_GATEWAY.search(output), _MAC_INTERFACE.search(output)
    if told is None or through is None or through[1] != interface:
        return None
    try:
        ip_address(told[1])
    except ValueError:
        return None
    return told[1]


def _by_route_print(card: Adapter) -> Standing | None:
    """Without iphlpapi: a default route from an address that a card with the name of a wireless one has."""
    import psutil  # noqa: PLC0415  heavy

    own = {
        one.address
        for name, addresses in psutil.net_if_addrs().items()
        if name.lower() == card.name.lower() or name.lower().startswith(WIRELESS_NAMES)
        for one in addresses
        if one.family == socket.AF_INET
    }
    output = decoded(run(("route", "print", "-4"), ASKED_S).output)
    return next((Standing(router, address) for router, address in in_route_print(output) if address in own), None)


def _rows(path: Path) -> Iterator[list[str]]:
    try:
        lines = path.read_text("ascii", "replace").splitlines()
    except OSError:
        return
    yield from (line.split() for line in lines)
