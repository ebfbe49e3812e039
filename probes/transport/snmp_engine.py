"""What an SNMP session asks of an engine, so that engines can be exchanged without touching sessions or probes.

An engine sends one request and returns one reply. Retries, walking, quirks of devices and sentences for people are the
session's business (``snmp.py``, ``snmp_walk.py``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Literal, NamedTuple, Protocol

from probes.campus import SnmpV2cCredential, SnmpV3Credential
from probes.errors import TransportError
from probes.observation import Reason
from probes.text import text
from probes.trouble import said_by

Value = int | bytes | str | None
"""A value as plain Python: numbers ``int``, strings ``bytes``, OIDs and IP addresses ``str``, else ``None``."""

Version = Literal["1", "2c", "3"]

TOO_BIG = 1
NO_SUCH_NAME = 2
NO_ACCESS = 6
AUTHORIZATION_ERROR = 16
"""Those error-status values of RFC 3416 (3) that a session treats in their own way."""

END_OF_MIB = "endOfMibView"
NOTHING_THERE = frozenset({"noSuchObject", "noSuchInstance", END_OF_MIB})
"""The exceptions of RFC 3416 that stand in place of a value."""

UNREADABLE = "unreadable"
"""The type of a value that is against the rules of its own type."""


class Ask(Enum):
    """The read-only requests; there is no other, so a session cannot write."""

    GET = "get"
    NEXT = "getnext"
    BULK = "getbulk"


class VarBind(NamedTuple):
    """One variable of a reply: OID without leading dot, the type's SMI name, the value."""

    oid: str
    type: str
    value: Value


@dataclass(frozen=True, slots=True)
class Reply:
    """A response: error-status and error-index of RFC 3416 (0 for none) and the variables, row by row."""

    status: int
    index: int
    varbinds: Sequence[VarBind]


@dataclass(frozen=True, slots=True)
class Peer:
    """The other end, with its name resolved and its secrets in hand (which ``repr`` does not show).

    Attributes:
        host: the address as the inventory writes it.
        address: the numeric address.
        ipv6: whether that is an IPv6 address.
        port: UDP port.
        credential: the inventory's entry, for protocols, user and the names in messages.
        timeout_s: seconds to wait for one reply.
        context: SNMPv3 context name.
    """

    host: str
    address: str
    ipv6: bool
    port: int
    credential: SnmpV2cCredential | SnmpV3Credential
    timeout_s: float
    context: str = ""
    community: str = field(default="", repr=False)
    auth_key: str | None = field(default=None, repr=False)
    privacy_key: str | None = field(default=None, repr=False)

    @property
    def version(self) -> Version:
        """The SNMP version that the credential is for."""
        versions: dict[str, Version] = {"snmp-v1": "1", "snmp-v2c": "2c", "snmp-v3": "3"}
        return versions[self.credential.kind]


class SilenceError(Exception):
    """No reply within the time; the session decides what that means.

    Attributes:
        discovered: the peer did answer the SNMPv3 discovery, and only the question itself went unanswered.
    """

    def __init__(self, *, discovered: bool = False) -> None:
        super().__init__()
        self.discovered = discovered


class SnmpEngine(Protocol):
    """One peer's requests and replies."""

    async def ask(self, what: Ask, oids: Sequence[str], *, repetitions: int) -> Reply:
        """Send one request and await its reply.

        Raises:
            SilenceError: nothing came back in ``Peer.timeout_s``.
            TransportError: the peer or this side refused (v3 report, socket error); trying again is no use.
        """

    async def close(self) -> None:
        """Give back sockets and timers."""


def unroutable(host: str, error: OSError) -> TransportError:
    """The error for a peer that this computer cannot even send to."""
    return TransportError(
        Reason.UNREACHABLE,
        text(
            "this computer has no route to {host} ({error}): check its network cable, address and gateway",
            host=host,
            error=said_by(error),
        ),
    )
