"""This computer's own place in the network: card, addresses, gateway, name servers, DHCP lease."""

from __future__ import annotations

import re
import socket
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, IPv6Address, ip_address
from pathlib import Path

from probes.switching.mac import canonical

_ROUTES = Path("/proc/net/route")
_RESOLVERS = Path("/etc/resolv.conf")
_LEASES = (
    ("/run/systemd/netif/leases", "*"),
    ("/var/lib/dhcp", "dhclient*.leases"),
    ("/var/lib/NetworkManager", "*.lease"),
    ("/var/lib/dhclient", "*.leases"),
)
_SERVER = re.compile(r"(?m)(?:^SERVER_ADDRESS=|dhcp-server-identifier )\s*([\d.]+)")
_LEASE = re.compile(r"(?m)(?:^LIFETIME=|dhcp-lease-time )\s*(\d+)")
_UP = 0x1


@dataclass(frozen=True)
class Interface:
    """A network card with an IPv4 address.

    Attributes:
        name: as the system calls it.
        mac: six octets; none for a card that has no hardware address.
        address: our IPv4 address there.
        network: the segment.
        gateway: the router by which everything else is reached, where the system tells.
        address6: our IPv6 addresses there.
    """

    name: str
    mac: bytes
    address: str
    network: IPv4Network
    gateway: str | None = None
    address6: tuple[str, ...] = ()


@dataclass(frozen=True)
class Settings:
    """What this computer was told about the network, and by whom.

    Attributes:
        name_servers: from the system's resolver.
        dhcp_server: of the newest lease that this computer keeps, ``None`` where it keeps none.
        lease_s: how long that lease lasts.
    """

    name_servers: tuple[str, ...] = ()
    dhcp_server: str | None = None
    lease_s: int | None = None


def interfaces() -> list[Interface]:
    """Every card that is up and has an IPv4 address other than loopback; the one with the gateway first."""
    import psutil  # noqa: PLC0415  heavy

    gateways = dict(_gateways())
    up = psutil.net_if_stats()
    found = []
    for name, addresses in psutil.net_if_addrs().items():
        mac = next((_octets(one.address) for one in addresses if one.family == psutil.AF_LINK), b"")
        six = tuple(one.address.partition("%")[0] for one in addresses if one.family == socket.AF_INET6)
        for one in addresses:
            if one.family != socket.AF_INET or not (name in up and up[name].isup) or one.address.startswith("127."):
                continue
            network = IPv4Interface(f"{one.address}/{one.netmask or 32}").network
            found.append(Interface(name, mac, one.address, network, gateways.get(name), six))
    return sorted(found, key=lambda one: one.gateway is None)


def settings() -> Settings:
    """Name servers and DHCP lease, as far as this computer's own files tell."""
    servers = []
    for line in _read(_RESOLVERS).splitlines():
        words = line.split()
        if len(words) > 1 and words[0] == "nameserver" and _is_address(words[1]):
            servers.append(words[1])
    leases = [path for folder, pattern in _LEASES for path in _files(folder, pattern)]
    for path in sorted(leases, key=_age):
        told = _read(path)
        server, lease = _SERVER.findall(told), _LEASE.findall(told)
        if server and _is_address(server[-1]):
            return Settings(tuple(servers), server[-1], int(lease[-1]) if lease else None)
    return Settings(tuple(servers))


def _gateways() -> Iterator[tuple[str, str]]:
    """Card and gateway of every default route; /proc/net/route has addresses in the machine's byte order."""
    for line in _read(_ROUTES).splitlines()[1:]:
        words = line.split()
        if len(words) > 7 and words[1] == words[7] == "00000000" and int(words[3], 16) & _UP:  # noqa: PLR2004  columns
            yield words[0], str(IPv4Address(struct.pack("=I", int(words[2], 16))))


def _octets(written: str) -> bytes:
    digits = canonical(written).replace(":", "")
    return bytes.fromhex(digits) if len(digits) == 12 else b""  # noqa: PLR2004  hexadecimal digits


def _is_address(words: str) -> bool:
    try:
        return isinstance(ip_address(words), IPv4Address | IPv6Address)
    except ValueError:
        return False


def _files(folder: str, pattern: str) -> Iterable[Path]:
    try:
        return sorted(Path(folder).glob(pattern))
    except OSError:
        return []


def _age(path: Path) -> float:
    """Newest first."""
    try:
        return -path.stat().st_mtime
    except OSError:
        return 0.0


def _read(path: Path) -> str:
    """A small file, empty where it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(200_000).decode("utf-8", "replace")
    except OSError:
        return ""
