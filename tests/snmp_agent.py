"""A little SNMP v1/v2c agent in asyncio, written to misbehave: subclass ``Agent`` and break what is to be broken."""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

HOST = "127.0.0.1"
COMMUNITY = b"public"
GET, NEXT, RESPONSE, BULK = 0xA0, 0xA1, 0xA2, 0xA5
INTEGER, STRING, NULL, GAUGE, COUNTER64 = 0x02, 0x04, 0x05, 0x42, 0x46
NO_SUCH_OBJECT, END_OF_MIB = 0x80, 0x82

Oid = tuple[int, ...]
Typed = tuple[int, bytes]


def oid(text: str) -> Oid:
    return tuple(int(part) for part in text.split("."))


def tlv(tag: int, body: bytes) -> bytes:
    if len(body) < 0x80:
        return bytes([tag, len(body)]) + body
    size = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(size)]) + size + body


def integer(value: int, tag: int = INTEGER) -> Typed:
    return tag, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True)


def string(value: str | bytes) -> Typed:
    return STRING, value.encode() if isinstance(value, str) else value


def _encode_oid(path: Oid) -> bytes:
    body = bytearray([path[0] * 40 + path[1]])
    for part in path[2:]:
        groups = [part & 0x7F]
        while part := part >> 7:
            groups.append(part & 0x7F | 0x80)
        body += bytes(reversed(groups))
    return tlv(0x06, bytes(body))


def decode_oid(body: bytes) -> Oid:
    path, part = [body[0] // 40, body[0] % 40], 0
    for byte in body[1:]:
        part = part << 7 | byte & 0x7F
        if not byte & 0x80:
            path.append(part)
            part = 0
    return tuple(path)


def parts(body: bytes) -> list[tuple[int, bytes]]:
    """Tag and contents of the elements that stand one behind the other."""
    found, at = [], 0
    while at < len(body):
        tag, size, at = body[at], body[at + 1], at + 2
        if size & 0x80:
            width = size & 0x7F
            size, at = int.from_bytes(body[at : at + width], "big"), at + width
        found.append((tag, body[at : at + size]))
        at += size
    return found


@dataclass(frozen=True)
class Request:
    """A request as it came in; ``first`` and ``second`` are the two numbers before the variables."""

    version: bytes
    kind: int
    number: bytes
    second: int
    oids: Sequence[Oid]

    @classmethod
    def parse(cls, data: bytes) -> Request:
        version, _, pdu = parts(parts(data)[0][1])
        number, _, second, variables = parts(pdu[1])
        oids = [decode_oid(parts(variable)[0][1]) for _, variable in parts(variables[1])]
        return cls(version[1], pdu[0], number[1], int.from_bytes(second[1], "big", signed=True), oids)

    def reply(self, variables: Sequence[tuple[Oid, Typed]], status: int = 0, index: int = 0) -> bytes:
        listed = b"".join(tlv(0x30, _encode_oid(path) + tlv(*value)) for path, value in variables)
        pdu = tlv(2, self.number) + tlv(*integer(status)) + tlv(*integer(index)) + tlv(0x30, listed)
        return tlv(0x30, tlv(2, self.version) + tlv(4, COMMUNITY) + tlv(RESPONSE, pdu))

    def error(self, status: int, index: int) -> bytes:
        return self.reply([(path, (NULL, b"")) for path in self.oids], status, index)


class Agent(asyncio.DatagramProtocol):
    """Answers like a proper SNMPv2c agent from a mapping of OIDs to values, and counts what it is asked."""

    def __init__(self, values: Mapping[str, Typed]) -> None:
        self.values = {oid(path): value for path, value in values.items()}
        self.order = sorted(self.values)
        self.requests: list[Request] = []

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self.transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        request = Request.parse(data)
        self.requests.append(request)
        answer = self.answer(request)
        if answer is not None:
            self.transport.sendto(answer, addr)

    def answer(self, request: Request) -> bytes | None:
        if request.kind == GET:
            return self.got(request)
        return self.walked(request)

    def got(self, request: Request) -> bytes:
        nothing = (NO_SUCH_OBJECT, b"")
        return request.reply([(path, self.values.get(path, nothing)) for path in request.oids])

    def walked(self, request: Request) -> bytes | None:
        cursors, variables = list(request.oids), []
        for _ in range(request.second if request.kind == BULK else 1):
            for place, cursor in enumerate(cursors):
                following, value = self.following(cursor)
                cursors[place] = following
                variables.append((following, value))
        return request.reply(variables)

    def following(self, path: Oid) -> tuple[Oid, Typed]:
        place = bisect_right(self.order, path)
        if place == len(self.order):
            return path, (END_OF_MIB, b"")
        return self.order[place], self.values[self.order[place]]


@asynccontextmanager
async def serving(agent: Agent) -> AsyncIterator[int]:
    """The agent on an ephemeral loopback port."""
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(lambda: agent, local_addr=(HOST, 0))
    try:
        yield transport.get_extra_info("sockname")[1]
    finally:
        transport.close()
