"""Names to addresses within a time limit: through this machine's resolver, or through name servers that are given."""

from __future__ import annotations

import secrets
import socket
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic
from typing import Literal

from probes.wayout.prefixes import parsed

Family = Literal[4, 6]
Resolve = Callable[[str, Family], tuple[str, ...]]
"""The addresses of a name in one family, the order kept; raises ``NoNameError``."""

LIMIT_S = 5.0
TRY_S = 1.5
MOST_ADDRESSES = 16

_A, _AAAA, _IN = 1, 28, 1
_HEADER = struct.Struct(">HHHHHH")
_RECORD = struct.Struct(">HHIH")
_POINTER = 0xC0
_NAME_ERROR = 3
_LONGEST_LABEL = 63


class NoNameError(Exception):
    """No address was had.

    Attributes:
        code: ``name`` when a server said that there is none, ``dns`` when no server gave an answer.
    """

    def __init__(self, code: Literal["name", "dns"], detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


def resolver(servers: Sequence[str], *, port: int = 53, limit_s: float = LIMIT_S) -> Resolve:
    """How names are looked up: through these servers, or as this machine does where there are none. Blocking."""

    def resolve(name: str, family: Family) -> tuple[str, ...]:
        literal = parsed(name.strip("[]"))
        if literal is not None:
            if literal.version != family:
                raise NoNameError("name", f"{name} is no IPv{family} address")
            return (str(literal),)
        if servers:
            return _ask_in_turn(name, family, [(server, port) for server in servers], limit_s)
        return _system(name, family, limit_s)

    return resolve


def _system(name: str, family: Family, limit_s: float) -> tuple[str, ...]:
    """``getaddrinfo`` has no time limit of its own: it is left behind in its thread when the time is up."""
    answers: SimpleQueue[list[str] | Exception] = SimpleQueue()
    kind = socket.AF_INET if family == 4 else socket.AF_INET6  # noqa: PLR2004  the IP version

    def look_up() -> None:
        try:
            found = socket.getaddrinfo(name, None, kind, socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            answers.put(error)
        else:
            answers.put([str(one[4][0]) for one in found])

    Thread(target=look_up, daemon=True, name=f"look-up-{name[:40]}").start()
    try:
        answer = answers.get(timeout=limit_s)
    except Empty:
        raise NoNameError("dns", f"the system's resolver was silent for {limit_s:g} s") from None
    if isinstance(answer, Exception):
        temporary = isinstance(answer, socket.gaierror) and answer.errno in {socket.EAI_AGAIN, socket.EAI_FAIL}
        raise NoNameError("dns" if temporary else "name", str(answer))
    return tuple(dict.fromkeys(answer))[:MOST_ADDRESSES]


@dataclass(frozen=True)
class _Question:
    """One question as it goes over the wire (RFC 1035, 4.1)."""

    number: int
    asked: bytes

    @classmethod
    def about(cls, name: str, family: Family) -> _Question:
        try:
            labels = [label.encode("idna") for label in name.rstrip(".").split(".")]
        except UnicodeError as error:
            raise NoNameError("name", str(error)) from error
        if not all(0 < len(label) <= _LONGEST_LABEL for label in labels):
            raise NoNameError("name", "not the form of a name")
        encoded = b"".join(bytes([len(label)]) + label for label in labels) + b"\0"
        kind = _A if family == 4 else _AAAA  # noqa: PLR2004  the IP version
        return cls(secrets.randbelow(65536), encoded + struct.pack(">HH", kind, _IN))

    @property
    def packet(self) -> bytes:
        return _HEADER.pack(self.number, 0x0100, 1, 0, 0, 0) + self.asked


def _ask_in_turn(name: str, family: Family, servers: Sequence[tuple[str, int]], limit_s: float) -> tuple[str, ...]:
    """Every server in turn, and again, until one answers or the time is up."""
    question, until = _Question.about(name, family), monotonic() + limit_s
    detail = "no server answered"
    for server in [*servers, *servers]:
        left = min(TRY_S, until - monotonic())
        if left <= 0:
            break
        try:
            return _ask(question, server, left)
        except (OSError, ValueError) as error:
            detail = f"{server[0]}: {error}"
    raise NoNameError("dns", detail)


def _ask(question: _Question, server: tuple[str, int], seconds: float) -> tuple[str, ...]:
    """One question to one server. ``ValueError`` for an answer that is none, ``OSError`` for silence."""
    kind = socket.AF_INET6 if ":" in server[0] else socket.AF_INET
    until = monotonic() + seconds
    with socket.socket(kind, socket.SOCK_DGRAM) as wire:
        wire.connect(server)  # so that only this server's packets come in
        wire.send(question.packet)
        while True:
            wire.settimeout(max(0.001, until - monotonic()))
            answer = wire.recv(4096)
            if answer[:2] == question.packet[:2]:
                return _read(answer, question)


def _read(answer: bytes, question: _Question) -> tuple[str, ...]:
    """The addresses in an answer; a name that does not exist is an answer, too."""
    try:
        _, flags, _, records, _, _ = _HEADER.unpack_from(answer)
        at = _HEADER.size
        if answer[at : at + len(question.asked)].lower() != question.asked.lower():
            msg = "it answers another question"
            raise ValueError(msg)
        found = _addresses(answer, at + len(question.asked), min(records, 64))
    except (struct.error, IndexError) as error:
        msg = f"damaged answer: {error}"
        raise ValueError(msg) from error
    code = flags & 0x0F
    if code not in {0, _NAME_ERROR}:
        msg = f"the server refuses (code {code})"
        raise ValueError(msg)
    if not found:
        raise NoNameError("name", "there is no such name" if code else "the name has no address of this family")
    return tuple(dict.fromkeys(found))[:MOST_ADDRESSES]


def _addresses(answer: bytes, at: int, records: int) -> list[str]:
    found = []
    for _ in range(records):
        while answer[at] and answer[at] < _POINTER:
            at += answer[at] + 1
        at += 2 if answer[at] >= _POINTER else 1
        kind, _, _, length = _RECORD.unpack_from(answer, at)
        at += _RECORD.size
        data = answer[at : at + length]
        at += length
        if at > len(answer):
            msg = "cut within a record"
            raise IndexError(msg)
        if kind == _A and len(data) == 4:  # noqa: PLR2004  bytes of an address
            found.append(str(IPv4Address(data)))
        elif kind == _AAAA and len(data) == 16:  # noqa: PLR2004  the same
            found.append(str(IPv6Address(data)))
    return found
