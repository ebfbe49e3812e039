"""SNMP agents that lie: replies that are nobody's, cut off, disordered or from elsewhere; SNMPv3 without end."""

from __future__ import annotations

import itertools
import socket
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest

from probes.errors import TransportError
from probes.observation import Reason
from probes.transport import snmp_pysnmp
from probes.transport.snmp import SnmpSession, open_session
from tests.snmp_agent import (
    COMMUNITY,
    END_OF_MIB,
    GAUGE,
    GET,
    HOST,
    RESPONSE,
    Agent,
    Oid,
    Request,
    Typed,
    decode_oid,
    integer,
    oid,
    parts,
    serving,
    string,
    tlv,
)
from tests.snmp_engines import engine
from tests.world import TestWorld, campus

__all__ = ["engine"]
pytestmark = pytest.mark.usefixtures("engine")

SYS_UP_TIME = "1.3.6.1.2.1.1.3.0"
UP_TIME = {SYS_UP_TIME: integer(4711, 0x43)}
NAME, SPEED = "1.3.6.1.4.1.9999.1.1", "1.3.6.1.4.1.9999.1.2"
ROWS = 12
TABLE = {
    **UP_TIME,
    **{f"{NAME}.{row}": string(f"port {row}") for row in range(1, ROWS + 1)},
    **{f"{SPEED}.{row}": integer(row * 100, GAUGE) for row in range(1, ROWS + 1)},
    "1.3.6.1.4.1.9999.2.1.0": string("what comes after"),
}
WHOLE = {str(row): {NAME: f"port {row}".encode(), SPEED: row * 100} for row in range(1, ROWS + 1)}
NO_SUCH_INSTANCE = 0x81


@asynccontextmanager
async def session_with(
    agent: Any, credential: dict[str, Any] | None = None, **access: Any
) -> AsyncIterator[SnmpSession]:
    async with serving(agent) as port:
        snmp = {"credential": "ro", "port": port, "timeout_s": 0.2, "retries": 0, **access}
        world = TestWorld(
            campus(
                credential=[{"id": "ro", **(credential or {"kind": "snmp-v2c", "community": "env:RO"})}],
                device=[{"id": "sw", "role": "access-switch", "address": HOST, "snmp": snmp}],
            ),
            secrets={"env:RO": "public"},
        )
        async with open_session(world, world.campus.device[0]) as session:
            yield session


def altered(answer: bytes, request: Request, **changes: Any) -> bytes:
    """The answer with another version, number or kind of PDU."""
    version, _, pdu = parts(parts(answer)[0][1])
    number, *rest = parts(pdu[1])
    number = (2, changes.get("number", number[1]))
    body = b"".join(tlv(*one) for one in (number, *rest))
    return tlv(
        0x30, tlv(2, changes.get("version", version[1])) + tlv(4, COMMUNITY) + tlv(changes.get("kind", pdu[0]), body)
    )


LIE = {path: string("a lie") for path in TABLE}

BELONGS_TO_NOBODY: dict[str, Callable[[bytes, Request], bytes]] = {
    "another number": lambda answer, request: altered(answer, request, number=b"\x07\x07\x07\x07"),
    "another version": lambda answer, request: altered(answer, request, version=b"\x00"),
    "a report": lambda answer, request: altered(answer, request, kind=0xA8),
    "a trap": lambda answer, request: altered(answer, request, kind=0xA7),
    "the question itself": lambda answer, request: altered(answer, request, kind=GET),
    "cut off": lambda answer, _: answer[: len(answer) // 2],
    "one octet short": lambda answer, _: answer[:-1],
    "a length bomb": lambda answer, _: b"\x30\x84\x7f\xff\xff\xff" + answer[2:],
    "a bomb within": lambda answer, _: answer.replace(b"\x04\x06public", b"\x04\x84\x7f\xff\xff\xffpublic"),
    "a length of 126 octets": lambda answer, _: b"\x30\xfe" + answer,
}


@pytest.mark.parametrize("spoil", BELONGS_TO_NOBODY.values(), ids=BELONGS_TO_NOBODY)
async def test_a_reply_that_belongs_to_nobody_is_no_reply_and_hides_none(
    spoil: Callable[[bytes, Request], bytes], caplog: pytest.LogCaptureFixture
) -> None:
    class Liar(Agent):
        truth_follows = True

        def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
            request = Request.parse(data)
            lie, truth = Agent(LIE).answer(request), self.answer(request)
            assert lie
            assert truth
            self.transport.sendto(spoil(lie, request), addr)
            if self.truth_follows:
                self.transport.sendto(truth, addr)

    liar = Liar(TABLE)
    async with session_with(liar, timeout_s=2) as session:
        assert await session.table(NAME, SPEED) == WHOLE
    liar = Liar(TABLE)
    liar.truth_follows = False
    async with session_with(liar) as session:
        with pytest.raises(TransportError) as caught:
            await session.table(NAME, SPEED)
    assert caught.value.reason is Reason.NO_ANSWER
    assert caplog.records == []


async def test_a_reply_from_another_port_is_nobodys() -> None:
    class Elsewhere(Agent):
        def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
            lie = Agent(LIE).answer(Request.parse(data))
            assert lie
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
                other.sendto(lie, addr)
            super().datagram_received(data, addr)

    async with session_with(Elsewhere(TABLE), timeout_s=2) as session:
        assert await session.table(NAME, SPEED) == WHOLE


class Doubled(Agent):
    """Says everything twice."""

    def walked(self, request: Request) -> bytes | None:
        return twisted(super().walked(request), lambda listed: [one for one in listed for _ in range(2)], request)


class Backwards(Agent):
    """Says the last thing first."""

    def walked(self, request: Request) -> bytes | None:
        return twisted(super().walked(request), lambda listed: listed[::-1], request)


class Swapped(Agent):
    """Says the second thing first and the first second."""

    def walked(self, request: Request) -> bytes | None:
        def swap(listed: list[bytes]) -> list[bytes]:
            return [*itertools.chain(*(listed[at : at + 2][::-1] for at in range(0, len(listed), 2)))]

        return twisted(super().walked(request), swap, request)


def twisted(answer: bytes | None, how: Callable[[list[bytes]], list[bytes]], request: Request) -> bytes:
    assert answer
    pdu = parts(parts(answer)[0][1])[2]
    *head, listed = parts(pdu[1])
    changed = b"".join(how([tlv(*one) for one in parts(listed[1])]))
    body = b"".join(tlv(*one) for one in head) + tlv(0x30, changed)
    return tlv(0x30, tlv(2, request.version) + tlv(4, COMMUNITY) + tlv(RESPONSE, body))


@pytest.mark.parametrize("agent", [Doubled, Backwards, Swapped])
async def test_variables_out_of_their_places_cost_time_or_are_said_to_cost_rows(agent: type[Agent]) -> None:
    async with session_with(agent(TABLE), max_repetitions=4) as session:
        table = await session.table(NAME, SPEED)
        lost = session.cut_short()
    assert table == WHOLE or lost is not None
    assert all(WHOLE[row][column] == value for row, cells in table.items() for column, value in cells.items())


async def test_a_column_that_ends_in_the_middle_of_a_row_ends_alone() -> None:
    class Ending(Agent):
        def following(self, path: Oid) -> tuple[Oid, Typed]:
            if path >= oid(f"{NAME}.5") and path < oid(SPEED):
                return path, (END_OF_MIB, b"")
            return super().following(path)

    async with session_with(Ending(TABLE), max_repetitions=4) as session:
        table = await session.table(NAME, SPEED)
    assert [row for row, cells in table.items() if NAME in cells] == ["1", "2", "3", "4", "5"]
    assert [row for row, cells in table.items() if SPEED in cells] == list(WHOLE)


@pytest.mark.parametrize("nothing", [0x80, NO_SUCH_INSTANCE, 0x05], ids=["noSuchObject", "noSuchInstance", "null"])
async def test_a_cell_that_is_not_there_costs_neither_its_column_nor_its_row(nothing: int) -> None:
    holes = {f"{SPEED}.{row}": (nothing, b"") for row in (1, 5, 6, ROWS)}
    async with session_with(Agent({**TABLE, **holes}), max_repetitions=4) as session:
        table = await session.table(NAME, SPEED)
    assert {row: cells[NAME] for row, cells in table.items()} == {row: cells[NAME] for row, cells in WHOLE.items()}
    there = {row: cells[SPEED] for row, cells in table.items() if cells.get(SPEED) is not None}
    assert there == {row: cells[SPEED] for row, cells in WHOLE.items() if row not in {"1", "5", "6", str(ROWS)}}


async def test_cells_without_end_that_are_not_there_are_left() -> None:
    class Hollow(Agent):
        def following(self, path: Oid) -> tuple[Oid, Typed]:
            return (*path, 1) if path == oid(NAME) else (*path[:-1], path[-1] + 1), (NO_SUCH_INSTANCE, b"")

    async with session_with(Hollow(UP_TIME), timeout_s=10) as session:
        await session.table(NAME, max_rows=300)
        assert session.cut_short() is not None


@pytest.mark.parametrize(
    "index",
    [(2**32 - 1,) * 20, (1,) * 110, (2**32,), (2**40, 7), (1,) * 200, (0,)],
    ids=["large parts", "many parts", "a part too large", "far too large", "too many parts", "zero"],
)
async def test_a_huge_oid_is_read_right_or_not_at_all(index: Oid) -> None:
    place = ".".join(map(str, index))
    values = {**UP_TIME, f"{NAME}.{place}": string("huge"), "1.3.6.1.4.1.9999.2.1.0": string("after")}
    async with session_with(Agent(values)) as session:
        with suppress(TransportError):
            table = await session.table(NAME)
            assert table in ({place: {NAME: b"huge"}}, {})
            assert table or session.quirks


# SNMPv3: an agent that is asked without authentication, and has something else to say each time.

V3 = {"kind": "snmp-v3", "user": "auditor"}
UNKNOWN_ENGINE, NOT_IN_WINDOW, UNKNOWN_CONTEXT = (
    "1.3.6.1.6.3.15.1.1.4.0",
    "1.3.6.1.6.3.15.1.1.2.0",
    "1.3.6.1.6.3.12.1.5.0",
)


class Engine(Agent):
    """An SNMPv3 agent as far as one without secrets goes."""

    def __init__(self, values: Any = UP_TIME) -> None:
        super().__init__(values)
        self.heard = 0
        self.engine_id, self.boots, self.uptime = b"\x80\x00\x1f\x88\x04test", 1, 100

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.heard += 1
        _, head, usm, scoped = parts(parts(data)[0][1])
        number, user = parts(head[1])[0][1], parts(parts(usm[1])[0][1])[3][1]
        pdu = parts(scoped[1])[2]
        request, _, second, variables = parts(pdu[1])
        oids = [decode_oid(parts(one)[0][1]) for _, one in parts(variables[1])]
        asked = Request(b"\x03", pdu[0], request[1], int.from_bytes(second[1], "big"), oids)
        for answer in self.said(asked, known=bool(parts(parts(usm[1])[0][1])[0][1])):
            self.transport.sendto(self.message(number, user, answer), addr)

    def said(self, asked: Request, *, known: bool) -> Sequence[bytes]:
        """The PDUs in answer; without an engine id the question is a discovery."""
        if not known:
            return [self.report(asked, UNKNOWN_ENGINE)]
        answer = self.answer(asked)
        assert answer
        return [tlv(*parts(parts(answer)[0][1])[2])]

    def report(self, asked: Request, counter: str) -> bytes:
        answer = asked.reply([(oid(counter), integer(self.heard, 0x41))])
        return tlv(0xA8, parts(parts(answer)[0][1])[2][1])

    def message(self, number: bytes, user: bytes, pdu: bytes) -> bytes:
        head = tlv(0x30, tlv(2, number) + tlv(*integer(65507)) + tlv(4, b"\x00") + tlv(2, b"\x03"))
        clock = tlv(*integer(self.boots)) + tlv(*integer(self.uptime))
        usm = tlv(4, tlv(0x30, tlv(4, self.engine_id) + clock + tlv(4, user) + tlv(4, b"") * 2))
        return tlv(0x30, tlv(2, b"\x03") + head + usm + tlv(0x30, tlv(4, self.engine_id) + tlv(4, b"") + pdu))


class Windows(Engine):
    """Never finds the question in its time window."""

    def said(self, asked: Request, *, known: bool) -> Sequence[bytes]:
        self.uptime += 1000
        return [self.report(asked, NOT_IN_WINDOW)] if known else super().said(asked, known=known)


class Nameless(Engine):
    """Has another engine id at each question, and does not know the last one."""

    def said(self, asked: Request, *, known: bool) -> Sequence[bytes]:
        del known
        self.engine_id = b"\x80\x00\x1f\x88\x04" + self.heard.to_bytes(4, "big")
        return [self.report(asked, UNKNOWN_ENGINE)]


class Flood(Engine):
    """Reports a hundred times what nobody wants to know."""

    def said(self, asked: Request, *, known: bool) -> Sequence[bytes]:
        return [self.report(asked, UNKNOWN_CONTEXT)] * 100 if known else super().said(asked, known=known)


class Strange(Engine):
    """Reports a counter that does not exist."""

    def said(self, asked: Request, *, known: bool) -> Sequence[bytes]:
        return [self.report(asked, "1.3.6.1.9.9.9.0")] if known else super().said(asked, known=known)


class Hollow(Engine):
    """Reports nothing at all."""

    def said(self, asked: Request, *, known: bool) -> Sequence[bytes]:
        del known
        return [tlv(0xA8, parts(parts(asked.reply([]))[0][1])[2][1])]


@pytest.mark.parametrize("agent", [Windows, Nameless, Flood, Strange, Hollow])
async def test_an_snmp_v3_agent_that_never_comes_to_the_point_is_left_in_bounded_time(
    agent: type[Engine], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snmp_pysnmp, "_PATIENCE_S", 0.5)
    here, began = agent(), time.monotonic()
    async with session_with(here, V3) as session:
        with pytest.raises(TransportError):
            await session.get(SYS_UP_TIME)
    assert here.heard < 20
    assert time.monotonic() - began < 20
    assert [one for one in caplog.records if one.levelname in {"ERROR", "CRITICAL"}] == []


async def test_an_snmp_v3_agent_that_reboots_at_every_question_is_read() -> None:
    class Rebooting(Engine):
        def said(self, asked: Request, *, known: bool) -> Sequence[bytes]:
            self.boots, self.uptime = self.boots + 1, 0
            return super().said(asked, known=known)

    async with session_with(Rebooting(TABLE), V3, timeout_s=2, max_repetitions=4) as session:
        assert await session.table(NAME, SPEED) == WHOLE


async def test_an_snmp_v3_agent_is_read() -> None:
    async with session_with(Engine(TABLE), V3, timeout_s=2) as session:
        assert await session.table(NAME, SPEED) == WHOLE
