"""SNMP sessions with agents that answer wrongly, too late, for ever or not at all, on loopback."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest

from probes.errors import TransportError
from probes.observation import Reason, Status
from probes.ports import ports
from probes.transport.snmp import Quirk, SnmpSession, open_session
from tests.snmp_agent import (
    BULK,
    COUNTER64,
    END_OF_MIB,
    GAUGE,
    GET,
    HOST,
    INTEGER,
    NEXT,
    Agent,
    Oid,
    Request,
    Typed,
    integer,
    oid,
    serving,
    string,
)
from tests.snmp_engines import engine
from tests.snmp_servers import free_udp_port
from tests.world import TestWorld, campus, look

__all__ = ["engine"]
pytestmark = pytest.mark.usefixtures("engine")

UP_TIME = {"1.3.6.1.2.1.1.3.0": integer(4711, 0x43)}
NAME, SPEED = "1.3.6.1.4.1.9999.1.1", "1.3.6.1.4.1.9999.1.2"
ROWS = 40
TABLE = {
    **UP_TIME,
    **{f"{NAME}.{row}": string(f"port {row}") for row in range(1, ROWS + 1)},
    **{f"{SPEED}.{row}": integer(row * 100, GAUGE) for row in range(1, ROWS + 1)},
    "1.3.6.1.4.1.9999.2.1.0": string("what comes after"),
}
WHOLE = {str(row): {NAME: f"port {row}".encode(), SPEED: row * 100} for row in range(1, ROWS + 1)}


def world_at(port: int, kind: str = "snmp-v2c", **access: Any) -> TestWorld:
    snmp = {"credential": "ro", "port": port, "timeout_s": 0.2, "retries": 1, **access}
    return TestWorld(
        campus(
            credential=[{"id": "ro", "kind": kind, "community": "env:RO"}],
            device=[{"id": "sw", "role": "access-switch", "address": HOST, "snmp": snmp}],
        ),
        secrets={"env:RO": "public"},
    )


@asynccontextmanager
async def session_with(agent: Agent, kind: str = "snmp-v2c", **access: Any) -> AsyncIterator[SnmpSession]:
    async with serving(agent) as port:
        world = world_at(port, kind, **access)
        async with open_session(world, world.campus.device[0]) as session:
            yield session


async def test_a_proper_agent_is_read_with_many_columns_and_rows_in_one_request(engine: str) -> None:
    agent = Agent(TABLE)
    async with session_with(agent) as session:
        assert await session.table(NAME, SPEED) == WHOLE
        assert await session.get("1.3.6.1.2.1.1.3.0", "1.3.6.1.9.9.0") == {
            "1.3.6.1.2.1.1.3.0": 4711,
            "1.3.6.1.9.9.0": None,
        }
    assert session.quirks == {}
    # The fast lane has one column in a request, but so many rows; what it does not find is asked again by the other.
    again = [GET] if engine == "gufo-snmp" else []
    assert [request.kind for request in agent.requests] == [GET, BULK, BULK, GET, *again]
    assert {len(request.oids) for request in agent.requests if request.kind == BULK} == {2 - len(again)}
    assert f'{NAME}.7 = OctetString: "port 7"' in session.evidence
    assert not any("public" in line for line in session.raw().splitlines())


async def test_max_repetitions_of_the_inventory_is_an_upper_bound() -> None:
    agent = Agent(TABLE)
    async with session_with(agent, max_repetitions=5) as session:
        assert await session.table(NAME, SPEED) == WHOLE
    assert {request.second for request in agent.requests if request.kind == BULK} == {5}


async def test_an_snmp_v1_agent_is_walked_with_getnext_and_its_columns_end_one_by_one() -> None:
    class Version1(Agent):
        def got(self, request: Request) -> bytes:
            lacking = [place for place, path in enumerate(request.oids, 1) if path not in self.values]
            return request.error(2, lacking[0]) if lacking else super().got(request)

        def walked(self, request: Request) -> bytes | None:
            assert request.kind == NEXT
            ended = [n for n, path in enumerate(request.oids, 1) if self.following(path)[1][0] == END_OF_MIB]
            return request.error(2, ended[0]) if ended else super().walked(request)

    agent = Version1({**UP_TIME, f"{NAME}.1": string("a"), f"{NAME}.2": string("b"), f"{SPEED}.1": integer(7)})
    async with session_with(agent, "snmp-v1") as session:
        assert await session.table(NAME, SPEED) == {"1": {NAME: b"a", SPEED: 7}, "2": {NAME: b"b"}}
        assert await session.get("1.3.6.1.9.9.0", "1.3.6.1.2.1.1.3.0") == {
            "1.3.6.1.9.9.0": None,
            "1.3.6.1.2.1.1.3.0": 4711,
        }
    assert session.quirks == {}
    assert {request.version for request in agent.requests} == {b"\x00"}


class TooBig(Agent):
    """Can send no more than five variables."""

    def walked(self, request: Request) -> bytes | None:
        wanted = len(request.oids) * (request.second if request.kind == BULK else 1)
        return request.error(1, 0) if wanted > 5 else super().walked(request)


class CutShort(Agent):
    """Sends no more than five variables and leaves a row unfinished."""

    def walked(self, request: Request) -> bytes | None:
        whole = Request(request.version, NEXT, request.number, 0, request.oids)
        if request.kind == NEXT:
            return super().walked(whole)
        variables, cursors = [], list(request.oids)
        for place in range(5):
            cursors[place % len(cursors)], value = self.following(cursors[place % len(cursors)])
            variables.append((cursors[place % len(cursors)], value))
        return request.reply(variables)


class NoBulk(Agent):
    """Answers GETBULK with genErr."""

    def walked(self, request: Request) -> bytes | None:
        return request.error(5, 0) if request.kind == BULK else super().walked(request)


class SilentOnBulk(Agent):
    """Drops GETBULK."""

    def walked(self, request: Request) -> bytes | None:
        return None if request.kind == BULK else super().walked(request)


class OneAtATime(Agent):
    """Drops every request for more than one variable."""

    def walked(self, request: Request) -> bytes | None:
        return super().walked(request) if request.kind == NEXT and len(request.oids) == 1 else None


class Empty(Agent):
    """Answers GETBULK with nothing at all."""

    def walked(self, request: Request) -> bytes | None:
        return request.reply([]) if request.kind == BULK else super().walked(request)


@pytest.mark.parametrize(
    ("agent", "quirks"),
    [
        (TooBig(TABLE), {Quirk.TOO_BIG}),
        (CutShort(TABLE), set()),
        (NoBulk(TABLE), {Quirk.BULK_FAILED}),
        (SilentOnBulk(TABLE), {Quirk.SILENT_ON_BULK}),
        (OneAtATime(TABLE), {Quirk.SILENT_ON_BULK, Quirk.SILENT_ON_MANY}),
        (Empty(TABLE), {Quirk.EMPTY_ANSWER}),
    ],
    ids=lambda value: type(value).__name__,
)
async def test_an_agent_that_manages_little_is_asked_for_less_until_the_table_is_whole(
    agent: Agent, quirks: set[Quirk]
) -> None:
    async with session_with(agent) as session:
        assert await session.table(NAME, SPEED) == WHOLE
    assert set(session.quirks) == quirks
    assert [line for line in session.raw().splitlines() if line.startswith("# quirk")] == [
        f"# quirk: {quirk} at {where}" for quirk, where in session.quirks.items()
    ]


async def test_rows_out_of_order_are_rows_all_the_same() -> None:
    class Shuffled(Agent):
        def following(self, path: Oid) -> tuple[Oid, Typed]:
            chain = [oid(f"{NAME}.{row}") for row in (3, 1, 2, 9, 4)]
            after = dict(zip([oid(NAME), *chain], chain, strict=False))
            if path in after:
                return after[path], string(str(after[path][-1]))
            return path, (END_OF_MIB, b"")

    async with session_with(Shuffled(UP_TIME)) as session:
        table = await session.table(NAME)
    assert list(table) == ["3", "1", "2", "9", "4"]
    assert session.quirks == {Quirk.NOT_INCREASING: f"{NAME}.1"}


async def test_a_column_that_goes_round_in_circles_is_left_and_the_others_are_read() -> None:
    class Loop(Agent):
        def following(self, path: Oid) -> tuple[Oid, Typed]:
            if path == oid(f"{NAME}.5"):
                return oid(f"{NAME}.2"), string("again")
            return super().following(path)

    async with session_with(Loop(TABLE)) as session:
        table = await session.table(NAME, SPEED)
    assert [row for row, cells in table.items() if NAME in cells] == ["1", "2", "3", "4", "5"]
    assert {row: cells[SPEED] for row, cells in table.items()} == {row: cells[SPEED] for row, cells in WHOLE.items()}
    assert session.quirks[Quirk.REPEATING] == f"{NAME}.5"


class Endless(Agent):
    """Always has another row."""

    def following(self, path: Oid) -> tuple[Oid, Typed]:
        return (*path, 1) if path == oid(NAME) else (*path[:-1], path[-1] + 1), string("more")


async def test_a_table_without_end_is_left_at_the_cap() -> None:
    async with session_with(Endless(UP_TIME)) as session:
        table = await session.table(NAME, max_rows=500)
    assert len(table) == 500
    assert list(session.quirks) == [Quirk.TOO_MANY_ROWS]


async def test_sixty_thousand_rows_are_read_or_left_and_either_is_said(engine: str) -> None:
    cap = 60_000 if engine == "gufo-snmp" else 6_000  # which take pysnmp as long
    async with session_with(Endless(UP_TIME), timeout_s=10) as session:
        table = await session.table(NAME, max_rows=cap)
        problem = session.cut_short()
    assert len(table) == cap
    assert problem is not None
    assert "it sends rows without end" in str(problem.text)


@pytest.mark.parametrize("status", [1, 2, 5, 13], ids=["tooBig", "noSuchName", "genErr", "resourceUnavailable"])
async def test_an_error_half_way_is_never_taken_for_the_end_of_a_table(status: int) -> None:
    class Stumbling(Agent):
        def walked(self, request: Request) -> bytes | None:
            late = request.kind == BULK and request.oids[0] >= oid(f"{NAME}.10")
            return request.error(status, 0) if late else super().walked(request)

    async with session_with(Stumbling(TABLE), max_repetitions=10) as session:
        assert await session.table(NAME, SPEED) == WHOLE
        assert session.cut_short() is None


async def test_tables_that_are_read_at_once_leave_the_fast_lane_together() -> None:
    class Stumbling(Agent):
        def walked(self, request: Request) -> bytes | None:
            late = request.kind == BULK and request.oids[0] >= oid(f"{NAME}.10")
            return request.error(5, 0) if late else super().walked(request)

    async with session_with(Stumbling(TABLE), max_repetitions=5, at_once=4) as session:
        tables = await asyncio.gather(*(session.table(NAME, SPEED) for _ in range(6)))
    assert tables == [WHOLE] * 6


async def test_an_agent_that_answers_one_question_with_an_error_and_no_variables_is_asked_on() -> None:
    class Bare(Agent):
        def walked(self, request: Request) -> bytes | None:
            return request.reply([], 5, 0) if len(self.requests) == 3 else super().walked(request)

    async with session_with(Bare(TABLE), max_repetitions=10) as session:
        assert await session.table(NAME, SPEED) == WHOLE


async def test_a_late_answer_is_not_taken_for_the_next_one() -> None:
    class Slow(Agent):
        def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
            request = Request.parse(data)
            self.requests.append(request)
            answer = self.answer(request)
            assert answer is not None
            delay = 0.3 if len(self.requests) in {2, 4} else 0.0  # longer than anybody waits
            asyncio.get_running_loop().call_later(delay, self.transport.sendto, answer, addr)

    async with session_with(Slow(TABLE), max_repetitions=10, retries=2) as session:
        assert await session.table(NAME, SPEED) == WHOLE
    assert session.quirks == {}


async def test_no_more_than_so_many_questions_are_under_way_with_one_device() -> None:
    class Counting(Agent):
        under_way = most = 0

        def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
            self.under_way += 1
            self.most = max(self.most, self.under_way)
            request = Request.parse(data)
            self.requests.append(request)
            asyncio.get_running_loop().call_later(0.005, self.reply, self.answer(request), addr)

        def reply(self, answer: bytes, addr: tuple[str, int]) -> None:
            self.under_way -= 1
            self.transport.sendto(answer, addr)

    agent = Counting(TABLE)
    async with serving(agent) as port:
        world = world_at(port, at_once=3, timeout_s=10)
        device = world.campus.device[0]

        async def read() -> Any:
            async with open_session(world, device) as session:
                return await session.table(NAME, SPEED)

        assert await asyncio.gather(*(read() for _ in range(8))) == [WHOLE] * 8
    assert agent.most == 3


async def test_no_more_than_so_many_questions_a_second_go_to_one_device() -> None:
    class Timed(Agent):
        at: list[float] = []  # noqa: RUF012  one test's own class

        def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
            self.at.append(time.monotonic())
            super().datagram_received(data, addr)

    agent = Timed(TABLE)
    async with serving(agent) as port:
        world = world_at(port, per_s=20, max_repetitions=10, timeout_s=10)

        async def read() -> Any:
            async with open_session(world, world.campus.device[0]) as session:
                return await session.table(NAME, SPEED)

        assert await asyncio.gather(read(), read()) == [WHOLE] * 2
        assert await read() == WHOLE
    assert len(agent.at) >= 15
    assert max(agent.at) - min(agent.at) >= (len(agent.at) - 1) / 20


async def test_the_audit_says_of_a_device_that_loops_that_rows_may_be_missing() -> None:
    class Loop(Agent):
        def following(self, path: Oid) -> tuple[Oid, Typed]:
            return (
                super().following(path)
                if path != oid("1.3.6.1.2.1.2.2.1.2.2")
                else (oid("1.3.6.1.2.1.2.2.1.2.1"), string("x"))
            )

    interfaces = {f"1.3.6.1.2.1.2.2.1.2.{row}": string(f"ge0/{row}") for row in (1, 2, 3)}
    async with serving(Loop({**UP_TIME, **interfaces})) as port:
        world = world_at(port)
        seen = await look(ports, world, world.campus.device[0])
    assert [one.subject for one in seen if one.status is Status.OK] == ["sw:ge0/1", "sw:ge0/2"]
    (said,) = [one.detail for one in seen if one.status is Status.UNAVAILABLE]
    assert said.startswith("127.0.0.1 could not be read to the end (it goes round in circles at 1.3.6.1.2.1.2.2.1.2.2)")


@pytest.mark.parametrize(
    "broken",
    [(GAUGE, b"\xff\xff\xff\xff"), (COUNTER64, b"\xff" * 8), (INTEGER, b"\x01" * 9), (GAUGE, b"")],
    ids=["negative gauge", "negative counter", "an integer too long", "a gauge of no length"],
)
async def test_a_value_that_cannot_be_read_costs_that_value_only(broken: Typed) -> None:
    async with session_with(Agent({**TABLE, f"{SPEED}.7": broken}), retries=0) as session:
        table = await session.table(NAME, SPEED)
    # gufo-snmp takes the bytes of an unsigned type as they stand.
    assert table.pop("7").get(SPEED) in {None, 0, 2**32 - 1, 2**64 - 1, int.from_bytes(b"\x01" * 8)}
    assert table == {row: cells for row, cells in WHOLE.items() if row != "7"}


async def test_a_column_at_which_the_agent_falls_silent_costs_that_column_only() -> None:
    class Deaf(Agent):
        def walked(self, request: Request) -> bytes | None:
            return (
                None if any(path[: len(oid(SPEED))] == oid(SPEED) for path in request.oids) else super().walked(request)
            )

    async with session_with(Deaf(TABLE), retries=0) as session:
        assert await session.table(NAME, SPEED) == {row: {NAME: cells[NAME]} for row, cells in WHOLE.items()}
    assert session.quirks[Quirk.VALUE_SILENT] == SPEED


async def test_an_agent_that_dies_half_way_is_reported_as_fallen_silent() -> None:
    class Dying(Agent):
        def answer(self, request: Request) -> bytes | None:
            return super().answer(request) if len(self.requests) < 3 else None

    async with session_with(Dying(TABLE)) as session:
        with pytest.raises(TransportError, match="gave 2 SNMP answers and then fell silent") as caught:
            await session.table(NAME, SPEED)
    assert caught.value.reason is Reason.NO_ANSWER


@pytest.mark.parametrize("status", [6, 16], ids=["noAccess", "authorizationError"])
async def test_an_agent_that_denies_reading_has_too_narrow_a_view(status: int) -> None:
    class Denying(Agent):
        def walked(self, request: Request) -> bytes | None:
            return request.error(status, 1)

    async with session_with(Denying(UP_TIME)) as session:
        with pytest.raises(TransportError, match="SNMP view") as caught:
            await session.table(NAME)
    assert caught.value.reason is Reason.VIEW_TOO_NARROW


GARBAGE: Mapping[str, bytes] = {
    "nothing": b"",
    "text": b"HTTP/1.1 400 Bad Request\r\n\r\n",
    "a message cut off": bytes.fromhex("302902010104067075626c6963a21c0204"),
    "lengths beyond all bounds": bytes.fromhex("3084ffffffff020101"),
    "an indefinite length": bytes.fromhex("308002010104067075626c6963a2800000"),
    "deep nesting": b"\x30\x82\x03\xe8" + b"\x30\x80" * 500,
    "version 9": bytes.fromhex("3026020109 04067075626c6963 a219020101020100020100300e300c06082b060102010103000500"),
    "noise": bytes(range(256)) * 8,
    "another outer tag": bytes.fromhex("a72b02010104067075626c6963a21e"),
}


@pytest.mark.parametrize("datagram", GARBAGE.values(), ids=GARBAGE)
async def test_garbage_counts_as_no_answer_and_breaks_nothing(
    datagram: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    class Garbage(Agent):
        def answer(self, request: Request) -> bytes | None:  # noqa: ARG002  garbage is the same for any
            return datagram

    async with session_with(Garbage({}), retries=0) as session:
        with pytest.raises(TransportError) as caught:
            await session.get("1.3.6.1.2.1.1.3.0")
    assert caught.value.reason is Reason.NO_ANSWER
    assert caplog.records == [], "no traceback on the terminal"


async def test_replies_with_flipped_bytes_never_reach_the_terminal_as_a_traceback(
    caplog: pytest.LogCaptureFixture,
) -> None:
    chance = random.Random(20181)

    class Noisy(Agent):
        def answer(self, request: Request) -> bytes | None:
            whole = bytearray(super().answer(request) or b"")
            for _ in range(chance.randint(1, 6)):
                whole[chance.randrange(len(whole))] = chance.randrange(256)
            return bytes(whole)

    with caplog.at_level(logging.DEBUG, "asyncio"):
        for _ in range(15):
            async with session_with(Noisy(TABLE), retries=0, timeout_s=0.02) as session:
                with suppress(TransportError):
                    await session.table(NAME, SPEED, max_rows=100)
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_a_reply_to_another_question_is_not_taken_for_the_answer() -> None:
    class Confused(Agent):
        def answer(self, request: Request) -> bytes | None:
            return request.reply([(oid("1.3.6.1.2.1.1.5.0"), string("somebody else"))])

    async with session_with(Confused({})) as session:
        assert await session.get("1.3.6.1.2.1.1.3.0") == {"1.3.6.1.2.1.1.3.0": None}
    assert session.quirks == {Quirk.OTHER_OID: "1.3.6.1.2.1.1.5.0"}


async def test_a_string_of_no_honest_length_is_cut() -> None:
    agent = Agent({**UP_TIME, f"{NAME}.1": string(b"x" * 50_000)})
    async with session_with(agent) as session:
        table = await session.table(NAME)
    assert table == {"1": {NAME: b"x" * 4096}}
    assert max(map(len, session.evidence)) < 1200


async def test_nobody_there_says_where_and_how_often_it_was_asked_and_what_to_do() -> None:
    port = free_udp_port()
    world = world_at(port, retries=2)
    began = time.monotonic()
    (observation,) = await look(ports, world, world.campus.device[0])
    assert (observation.status, observation.reason, observation.subject) == (
        Status.UNAVAILABLE,
        Reason.NO_ANSWER,
        "sw",
    )
    assert observation.detail == (
        f"127.0.0.1 port {port}/udp did not answer SNMP v2c (3 tries of 0.2 s): check the address and the port, switch"
        " SNMP on at the device, allow this computer in its access list, and check the community of credential ro, for"
        " a wrong community looks exactly like no answer"
    )
    assert 0.6 <= time.monotonic() - began < 3


async def test_a_lost_packet_is_asked_for_again() -> None:
    class Losing(Agent):
        def answer(self, request: Request) -> bytes | None:
            return super().answer(request) if len(self.requests) % 2 == 0 else None

    async with session_with(Losing(TABLE)) as session:
        assert await session.table(NAME, SPEED) == WHOLE
    assert session.quirks == {}


async def test_many_sessions_at_once_do_not_disturb_each_other_and_leave_nothing_behind() -> None:
    async def read(agent: Agent) -> Any:
        async with session_with(agent, timeout_s=10) as session:
            return await session.table(NAME, SPEED)

    before = asyncio.all_tasks()
    results = await asyncio.gather(*(read(Agent(TABLE)) for _ in range(20)))
    assert results == [WHOLE] * 20
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == before
