"""Where an iperf3 server listens, as inventories write it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv6Address

from probes.errors import TransportError
from probes.iperf3.protocol import DEFAULT_PORT
from probes.observation import Reason
from probes.text import text

MOST_PORT = 65_535
_WRITTEN = re.compile(
    r"\[(?P<bracketed>[^\[\]\s]+)\](?::(?P<port6>[0-9]{1,5}))?"
    r"|(?P<host>[^:\[\]\s/]+)(?::(?P<port>[0-9]{1,5}))?"
    r"|(?P<bare6>[^\[\]\s/:]*(?::[^\[\]\s/:]*){2,})"
)


@dataclass(frozen=True)
class Peer:
    """Where an iperf3 server listens."""

    host: str
    port: int

    @classmethod
    def parse(cls, written: str) -> Peer:
        """From ``host``, ``host:port``, ``[IPv6]:port`` or a bare IPv6 address.

        Raises:
            TransportError: ``not_configured``.
        """
        found = _WRITTEN.fullmatch(written.strip())
        parts = found.groupdict() if found else {}
        address6 = parts.get("bracketed") or parts.get("bare6")
        port = int(parts.get("port6") or parts.get("port") or DEFAULT_PORT)
        host = parts.get("host") or (address6 if address6 and _is_ipv6(address6) else None)
        if host is None or not 0 < port <= MOST_PORT:
            raise TransportError(
                Reason.NOT_CONFIGURED,
                text("“{written}” is not a responder; write host:port or [IPv6 address]:port", written=written),
            )
        return cls(host, port)

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def _is_ipv6(written: str) -> bool:
    try:
        IPv6Address(written)
    except ValueError:
        return False
    return True
