"""The path to a destination, hop by hop, however it was found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from probes.wayout.prefixes import is_public, parsed

SILENT = "*"
MOST_HOPS = 30


@dataclass(frozen=True)
class Path:
    """The routers on the way, in order; ``*`` for those that stayed silent.

    Attributes:
        destination: the address that was traced.
        hops: addresses, the destination's own the last where it was reached.
        method: ``icmp``, ``tcp``, ``udp`` or the name of the program that traced.
    """

    destination: str
    hops: tuple[str, ...]
    method: str

    @property
    def reached(self) -> bool:
        """Whether the destination itself answered."""
        return bool(self.hops) and parsed(self.hops[-1]) == parsed(self.destination)

    @property
    def routers(self) -> tuple[str, ...]:
        """The hops without the destination, whose address says nothing of the way there."""
        return tuple(hop for hop in self.hops if parsed(hop) != parsed(self.destination))

    @property
    def first_public(self) -> str | None:
        """The first router with an address of the Internet, or ``None``."""
        return next((hop for hop in self.routers if is_public(hop)), None)

    def facts(self) -> dict[str, Any]:
        """For the evidence."""
        return {"to": self.destination, "by": self.method, "hops": list(self.hops), "reached": self.reached}


def path(destination: str, hops: Sequence[str | None], method: str) -> Path:
    """A path from what each hop answered, cut behind the destination and without silence at the end."""
    named: list[str] = []
    for hop in hops[:MOST_HOPS]:
        named.append(hop or SILENT)
        if hop is not None and parsed(hop) == parsed(destination):
            break
    while named and named[-1] == SILENT:
        named.pop()
    return Path(destination, tuple(named), method)


def better(paths: Sequence[Path], destination: str) -> Path:
    """The one that tells most: that names a public router, then that reached its end, then with most routers named."""
    return max(
        paths,
        key=lambda one: (one.first_public is not None, one.reached, sum(hop != SILENT for hop in one.routers)),
        default=Path(destination, (), ""),
    )
