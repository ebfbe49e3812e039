"""Asking a device in its own dialect: over SNMP first, then on the console, then over REST, as the inventory allows.

A probe opens a consultation and asks for a purpose; which objects, commands or pages that takes, the dialect says.
Sessions are opened when the first question needs them, the same command is sent once, and a way that fails leaves the
others to try; what was learned until then is kept.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from probes.campus import Device
from probes.dialect import (
    KEY,
    NOTHING,
    ONE_WAY,
    Command,
    Dialect,
    Purpose,
    Reading,
    Rest,
    Rows,
    Said,
    Snmp,
    Web,
    command_rows,
    rest_rows,
    snmp_rows,
)
from probes.dialect.answers import LONGEST_EVIDENCE
from probes.errors import TransportError
from probes.observation import Reason
from probes.probe import Context
from probes.struck import struck
from probes.text import text
from probes.transport.identity import dialect_of, snmp_identity

if TYPE_CHECKING:
    from probes.transport.rest import RestSession
    from probes.transport.snmp import SnmpSession
    from probes.transport.ssh import SshSession

    Session = SnmpSession | SshSession | RestSession

MANY = 4096
MAX_ROWS = 20_000
Way = type[Reading]


@dataclass(frozen=True, slots=True)
class Answer:
    """What was learned for a purpose.

    Attributes:
        rows: what the device said. Of several ways to the same answer those of the first that was understood; else of
            all readings, one for each key (``probes.dialect.KEY``), completed by what later readings added.
        understood: some answer was of the kind expected, so that no row means that there is nothing.
        failures: what went wrong on the way, one for each way that failed.
    """

    rows: tuple[Said, ...] = ()
    understood: bool = False
    failures: tuple[TransportError, ...] = ()


STRANGER = Dialect(id="stranger", title="a device of a vendor that is not known here")


class Consultation:
    """A device that is being asked.

    Attributes:
        dialect: what it speaks; ``STRANGER`` for a device that only the standard's own MIBs can be asked of.
    """

    def __init__(
        self,
        ctx: Context,
        device: Device,
        dialect: Dialect,
        stack: AsyncExitStack,
        stranger: TransportError | None = None,
    ) -> None:
        self.dialect = dialect
        self._stranger = stranger
        self._ctx = ctx
        known = {} if stranger is not None else {"dialect": dialect.id}  # so that nobody has to find out again
        self._device = device.model_copy(update=known)
        self._stack = stack
        self._sessions: dict[Way, Session] = {}
        self._failed: dict[Way, TransportError] = {}
        self._printed: dict[str, str] = {}

    async def ask(self, purpose: Purpose) -> Answer:
        """What the device says for a purpose.

        Raises:
            TransportError: the dialect has no reading for it over a way that the inventory gives, or every way failed.
        """
        readings = [one for one in self.dialect.readings(purpose) if self._gives_way_to(one)]
        if not readings:
            raise self._cannot(purpose)
        found = _Found(purpose)
        failures: dict[Way, TransportError] = {}
        for reading in readings:
            if type(reading) in failures or found.has(reading):
                continue
            try:
                found.add(reading, await self._read(reading))
            except TransportError as error:
                failures[type(reading)] = error
        if not found.understood and len(failures) == len({type(one) for one in readings}):
            raise next(iter(failures.values()))
        return Answer(found.rows(), found.understood, tuple(failures.values()))

    async def snmp(self) -> SnmpSession:
        """The session with the device's agent; raises ``TransportError``."""
        session: SnmpSession = await self._session(Snmp, self._ctx.snmp(self._device))
        return session

    async def ssh(self) -> SshSession:
        """The session with the device's console; raises ``TransportError``."""
        session: SshSession = await self._session(Command, self._ctx.ssh(self._device))
        return session

    async def run(self, line: str) -> str:
        """What a command prints, sent once; ``""`` where the console does not know it. Raises ``TransportError``."""
        if line not in self._printed:
            session = await self.ssh()
            try:
                self._printed[line] = await session.run(line)
            except TransportError as error:
                self._failed[Command] = error  # it is silent or gone: nothing more is asked there
                raise
        return self._printed[line]

    def keep(self, clean: Callable[[str], str] = str) -> tuple[str, ...]:
        """Keep what was said so far as evidence, cleaned of more than secrets if need be; the hashes for ``raw=``."""
        return tuple(self._ctx.keep(clean(struck(session.raw()))) for session in self._sessions.values())

    def _gives_way_to(self, reading: Reading) -> bool:
        ways = {Snmp: self._device.snmp, Command: self._device.ssh, Rest: self._device.http}
        return ways[type(reading)] is not None

    def _cannot(self, purpose: Purpose) -> TransportError:
        if self._stranger is not None:
            return self._stranger
        ways = {Snmp: "snmp", Command: "ssh", Rest: "http"}
        missing = sorted({ways[type(one)] for one in self.dialect.readings(purpose)})
        if missing:
            return TransportError(
                Reason.NOT_CONFIGURED,
                text(
                    "device {device} ({title}) tells this only over {ways}: add it to the device in the inventory",
                    device=self._device.id,
                    title=self.dialect.title,
                    ways=", ".join(missing),
                ),
            )
        return TransportError(
            Reason.NOT_SUPPORTED,
            text(
                "nothing is known of how {title} tells this; device {device} was not asked",
                title=self.dialect.title,
                device=self._device.id,
            ),
        )

    def join(self, session: SnmpSession) -> None:
        """Go on with a session that is open already."""
        self._sessions[Snmp] = session

    async def _session(self, way: type[Any], opening: AbstractAsyncContextManager[Any]) -> Any:
        if way in self._failed:
            raise self._failed[way]
        if way not in self._sessions:
            try:
                self._sessions[way] = await self._stack.enter_async_context(opening)
            except TransportError as error:
                self._failed[way] = error
                raise
        return self._sessions[way]

    async def _read(self, reading: Reading) -> Rows:
        match reading:
            case Snmp():
                return await self._snmp_rows(reading)
            case Command():
                answer = await self.run(reading.send)
                rows = command_rows(reading, answer)
                console = self.dialect.console
                refused = console is not None and re.search(console.unknown, answer[:MANY]) is not None
                return NOTHING if refused and not rows.rows else rows
            case Rest():
                session = await self._web()
                document = await session.ask(reading.method, reading.path)
                return NOTHING if document is None else rest_rows(reading, document)
            case _:
                raise TypeError(reading)

    async def _snmp_rows(self, reading: Snmp) -> Rows:
        """What the objects say, under a twin's OIDs where they say nothing under their own."""
        rows = snmp_rows(reading, await self._objects(reading))
        for root, other in self.dialect.twins.items():
            twin = reading.under(root, other)
            if not rows.understood and twin != reading:
                rows = snmp_rows(twin, await self._objects(twin))
        return rows

    async def _objects(self, reading: Snmp) -> Mapping[str, Mapping[str, object]]:
        session = await self.snmp()
        try:
            if reading.get:
                return {"": await session.get(*reading.get.values())}
            return await session.table(*reading.columns.values(), *reading.sums.values(), max_rows=MAX_ROWS)
        except TransportError as error:
            if error.reason is not Reason.VIEW_TOO_NARROW:
                self._failed[Snmp] = error
            raise

    async def _web(self) -> RestSession:
        from probes.transport.rest import open_session  # noqa: PLC0415  only devices that speak it

        web = self.dialect.web or Web()
        session: RestSession = await self._session(Rest, open_session(self._ctx.world, self._device, web))
        return session


class _Found:
    """Rows as they come in, put together as the purpose wants it."""

    def __init__(self, purpose: Purpose) -> None:
        self.understood = False
        self._one_way = purpose in ONE_WAY
        self._key = KEY.get(purpose, "")
        self._single: tuple[Said, ...] = ()
        self._by_key: dict[str, Said] = {}

    def has(self, reading: Reading) -> bool:
        """Whether nothing new can come of a reading."""
        if self._one_way:
            return self.understood
        key = reading.constant.get(self._key)
        known = self._by_key.get(key) if key is not None else None
        return known is not None and reading.groups <= set(known.groups)

    def add(self, reading: Reading, found: Rows) -> None:
        """Take in what a reading found."""
        del reading
        self.understood = self.understood or found.understood
        if self._one_way:
            self._single = found.rows
            return
        for row in found.rows:
            key = row.groups.get(self._key, "")
            self._by_key[key] = _together(self._by_key[key], row) if key in self._by_key else row

    def rows(self) -> tuple[Said, ...]:
        """All of them."""
        return self._single if self._one_way else tuple(self._by_key.values())


def _together(first: Said, second: Said) -> Said:
    """What is known already stays, but that a weakness is there outweighs that it is not."""
    worse = second.groups.get("present") == "yes" and first.groups.get("present") == "no"
    if worse:
        return second
    added = set(second.groups) - set(first.groups)
    if not added:
        return first
    return Said({**second.groups, **first.groups}, f"{first.evidence}; {second.evidence}"[:LONGEST_EVIDENCE])


async def _answers(session: SnmpSession) -> bool:
    try:
        return bool((await snmp_identity(session)).sys_object_id)
    except TransportError:
        return False


@asynccontextmanager
async def consult(ctx: Context, device: Device) -> AsyncIterator[Consultation]:
    """A consultation with a device.

    Raises:
        TransportError: what it speaks is not known.
    """
    async with AsyncExitStack() as stack:
        session = None
        if device.snmp is not None and device.dialect is None:
            session = await stack.enter_async_context(ctx.snmp(device))
        stranger: TransportError | None = None
        try:
            dialect = await dialect_of(ctx.world, device, session)
        except TransportError as error:
            if session is None or not await _answers(session):
                raise
            dialect, stranger = STRANGER, error
        consultation = Consultation(ctx, device, dialect, stack, stranger)
        if session is not None:
            consultation.join(session)
        yield consultation
