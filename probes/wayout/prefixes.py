"""Whose an address is: the education network's ranges, shipped and dated, and those of the bureau's own list."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

BUREAU = "bureau"
"""The ``network`` of an address that only the inventory's own list knows."""

# RFC 5214, 6.1: an ISATAP address tells where its prefix is routed, not by whose line its IPv4 packets travel.
_ISATAP = frozenset({0x00005EFE, 0x02005EFE})


@dataclass(frozen=True, slots=True)
class Range:
    """A range of addresses and the network that announces it; ``asn`` is ``None`` where only the bureau says so."""

    prefix: Network
    asn: int | None
    name: str


@dataclass(frozen=True)
class Prefixes:
    """All ranges of the education network that are known, and the date of the shipped ones."""

    ranges: tuple[Range, ...]
    date: date
    sources: tuple[str, ...]

    def find(self, address: str | Address) -> Range | None:
        """The narrowest range that the address lies in, or ``None``.

        >>> shipped().find("202.119.32.7").name, shipped().find("223.5.5.5")
        ('CERNET', None)
        """
        wanted = parsed(address)
        if wanted is None or _is_isatap(wanted):
            return None
        holding = [one for one in self.ranges if one.prefix.version == wanted.version and wanted in one.prefix]
        return max(holding, key=lambda one: one.prefix.prefixlen, default=None)

    def knows(self, address: str | Address) -> bool:
        """Whether the address is one of the education network's."""
        return self.find(address) is not None

    def with_bureau(self, networks: Iterable[Network]) -> Prefixes:
        """The same with the ranges of the inventory."""
        own = tuple(Range(network, None, BUREAU) for network in networks)
        return Prefixes(own + self.ranges, self.date, self.sources)


def shipped() -> Prefixes:
    """The ranges of ``cernet.toml``."""
    data = tomllib.loads(files("probes.wayout").joinpath("cernet.toml").read_text(encoding="utf-8"))
    return Prefixes(tuple(_ranges(data["network"])), data["date"], tuple(data["sources"]))


def parsed(address: str | Address) -> Address | None:
    """The address, or ``None`` for what is none (a silent hop, a name). A mapped one is the IPv4 one that it means."""
    try:
        found = ip_address(address)
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found


def is_public(address: str | Address) -> bool:
    """Whether the address is routed in the Internet (not private, shared by carriers, reserved or multicast)."""
    found = parsed(address)
    return found is not None and found.is_global and not found.is_multicast


def _ranges(networks: Sequence[Any]) -> Iterable[Range]:
    for network in networks:
        for prefix in network["prefixes"]:
            yield Range(ip_network(prefix), network["asn"], network["name"])


def _is_isatap(address: Address) -> bool:
    return address.version == 6 and (int(address) >> 32) & 0xFFFFFFFF in _ISATAP  # noqa: PLR2004  the IP version
