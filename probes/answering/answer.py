"""What every protocol gives back, and how a host is connected to."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic
from types import MappingProxyType
from typing import Literal

from probes.errors import TransportError
from probes.observation import Reason
from probes.text import Text, text
from probes.transport.web import NO_ROUTE
from probes.trouble import said_by

CONNECT_S = 5.0
ANSWER_S = 5.0

NAMES = MappingProxyType(
    {"ldap": "LDAP", "ldaps": "LDAP", "sip": "SIP", "rtsp": "RTSP", "modbus": "Modbus", "mqtt": "MQTT", "coap": "CoAP"}
)
"""The protocols as people write them."""


@dataclass(frozen=True)
class Answer:
    """How a system answered.

    Attributes:
        reachable: whether it did, in its own protocol.
        protocol: what it spoke.
        evidence: what it said, or what came of the question, in a line.
        latency_ms: from the question, the connection included, to the first octets of the answer.
        identity, identity_protocol: where one logs in, if that is elsewhere.
        login: whether its page asks for a password.
    """

    reachable: bool
    protocol: str
    evidence: Text
    latency_ms: float | None = None
    identity: str = ""
    identity_protocol: Literal["", "cas", "oauth2", "oidc", "saml2"] = ""
    login: bool = False


def failed(protocol: str, error: OSError | ValueError) -> Answer:
    """The answer that is none: refused, silent, broken off. Raises ``TransportError`` where nothing was learned."""
    if isinstance(error, socket.gaierror):
        raise TransportError(Reason.NAME_NOT_FOUND, text("its name does not resolve")) from error
    if isinstance(error, OSError) and error.errno in NO_ROUTE:
        raise TransportError(
            Reason.UNREACHABLE, text("this machine has no route to it: {error}", error=said_by(error))
        ) from error
    silent = isinstance(error, TimeoutError)
    return Answer(reachable=False, protocol=protocol, evidence=text("no answer") if silent else said_by(error))


def other(protocol: str) -> Answer:
    """The answer of something that speaks another protocol."""
    return Answer(
        reachable=False, protocol=protocol, evidence=text("what answers does not speak {name}", name=NAMES[protocol])
    )


def since(began: float) -> float:
    """Milliseconds since then."""
    return round((monotonic() - began) * 1000, 1)


@contextmanager
def tcp(host: str, port: int) -> Iterator[socket.socket]:
    """A connection with time limits."""
    with socket.create_connection((host, port), CONNECT_S) as wire:
        wire.settimeout(ANSWER_S)
        yield wire


def ask_over_udp(host: str, port: int, question: bytes, most: int = 4096) -> tuple[bytes, float]:
    """One question, asked again once, and the first answer from that host; raises ``OSError``."""
    family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
    with socket.socket(family, socket.SOCK_DGRAM) as wire:
        wire.connect(address)
        for wait in (1.5, ANSWER_S - 1.5):
            wire.settimeout(wait)
            began = monotonic()
            wire.send(question)
            try:
                return wire.recv(most), since(began)
            except TimeoutError:
                continue
    raise TimeoutError


def read_exactly(wire: socket.socket, count: int) -> bytes:
    """So many octets; raises ``ConnectionResetError`` where the other end stops before."""
    data = bytearray()
    while len(data) < count:
        chunk = wire.recv(count - len(data))
        if not chunk:
            raise ConnectionResetError
        data += chunk
    return bytes(data)
