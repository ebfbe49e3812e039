"""Which addresses may be asked: private ones inside the ranges named, of a size that is over in minutes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from probes.text import Text, text

Network = IPv4Network | IPv6Network

MOST_IN_ONE = 4096
MOST_IN_ALL = 16_384

# RFC 1918, RFC 6598 (shared by carriers, and used inside schools), link-local and loopback.
_PRIVATE = tuple(
    IPv4Network(one)
    for one in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "127.0.0.0/8")
)
_WHOLE_RANGES = 31  # from this prefix length on a range has no address of the network and none for all


def fault_of(network: Network) -> str | None:
    """Why a range must not be swept, as a code: ``ipv6``, ``public`` or ``large``; ``None`` if it may.

    >>> fault_of(IPv4Network("10.20.0.0/22")), fault_of(IPv4Network("8.8.8.0/24")), fault_of(IPv4Network("10.0.0.0/8"))
    (None, 'public', 'large')
    """
    if isinstance(network, IPv6Network):
        return "ipv6"
    if not any(network.subnet_of(one) for one in _PRIVATE):
        return "public"
    return "large" if network.num_addresses > MOST_IN_ONE else None


def refused_range(key: str, fault: str) -> Text:
    """What an inventory's reader is told about a range that must not be swept; ``key`` names it."""
    match fault:
        case "ipv6":
            return text("{key} is IPv6: its hosts are found by listening, so write IPv4 ranges only", key=key)
        case "public":
            return text("{key} is not private: only addresses inside the school are looked at", key=key)
        case _:
            return text(
                "{key} has more than {most} addresses: name the smaller ranges that are in use",
                key=key,
                most=MOST_IN_ONE,
            )


def read_range(words: str) -> IPv4Network | Text:
    """A range that somebody typed, or the sentence against it.

    >>> str(read_range("10.1.2.7"))
    '10.1.2.7/32'
    """
    try:
        network = ip_network(words.strip(), strict=False)
    except ValueError:
        return text("“{words}” is no range of addresses, such as 10.20.16.0/22", words=words)
    fault = fault_of(network)
    if fault is not None or isinstance(network, IPv6Network):
        return refused_range(str(network), fault or "ipv6")
    return network


@dataclass(frozen=True)
class Area:
    """The addresses that may be asked. Nothing else is ever sent to, whatever a host claims of itself.

    Attributes:
        ranges: as they were named.
        leave_out: taken away from them.
    """

    ranges: tuple[IPv4Network, ...]
    leave_out: tuple[Network, ...] = ()

    @classmethod
    def of(cls, ranges: Iterable[IPv4Network], leave_out: Iterable[Network] = ()) -> Area:
        """The area of these ranges, in their order; ranges within others count once."""
        kept: list[IPv4Network] = []
        for one in sorted(ranges, key=lambda one: one.prefixlen):
            if not any(one.subnet_of(other) for other in kept):
                kept.append(one)
        return cls(tuple(sorted(kept)), tuple(leave_out))

    def __contains__(self, address: object) -> bool:
        found = _address(address)
        return (
            isinstance(found, IPv4Address)
            and any(found in one for one in self.ranges)
            and not any(found in one for one in self.leave_out)
            and not any(found in (one.network_address, one.broadcast_address) for one in self.ranges if _has_ends(one))
        )

    def __len__(self) -> int:
        if self.leave_out:
            return sum(1 for _ in self.addresses())
        return sum(one.num_addresses - (2 if _has_ends(one) else 0) for one in self.ranges)

    def addresses(self) -> Iterator[str]:
        """Every address that may be asked."""
        for network in self.ranges:
            for address in network.hosts():
                if address in self:
                    yield str(address)

    def part(self, networks: Sequence[IPv4Network]) -> tuple[list[str], list[str]]:
        """The addresses inside these networks (our own segments), and the others, which lie behind a router."""
        near: list[str] = []
        far: list[str] = []
        for address in self.addresses():
            (near if any(IPv4Address(address) in one for one in networks) else far).append(address)
        return near, far


def _has_ends(network: IPv4Network) -> bool:
    return network.prefixlen < _WHOLE_RANGES


def _address(address: object) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(str(address))
    except ValueError:
        return None
