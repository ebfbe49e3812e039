"""A read-only SNMP session with a device, whichever engine carries it.

Everything that can go wrong becomes a ``TransportError`` with a coded reason and a sentence that says what to do; what
a device does against the standard is worked around and remembered in ``quirks``.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from probes.campus import Device, SecretRef, SnmpAccess, SnmpV2cCredential, SnmpV3Credential
from probes.errors import SecretError, TransportError
from probes.observation import Reason
from probes.text import Text, text
from probes.transport.snmp_engine import Ask, Peer, Reply, SilenceError, SnmpEngine, Value, VarBind, unroutable
from probes.transport.snmp_gufo import Column, Detour, GufoLane, Row, kind_of
from probes.transport.snmp_text import evidence_line, plain_text
from probes.transport.snmp_turns import turns
from probes.transport.snmp_walk import LOSSES, MAX_ROWS, Gear, Pace, Quirk, Table, Walk, get

if TYPE_CHECKING:
    from probes.probe import World

__all__ = ["Quirk", "SnmpSession", "Table", "Value", "open_session", "plain_text"]

SYS_UP_TIME = "1.3.6.1.2.1.1.3.0"
NAME_LOOKUP_S = 10.0
LONGEST_VALUE = 4096
SHORTEST_KEY = 8  # RFC 3414, 11.2


class SnmpSession:
    """What probes use: ``get`` and ``table``, nothing that writes.

    Healthy devices are read through the fast lane (gufo-snmp); whatever is out of the ordinary, and all where that
    lane does not fit, is asked through the careful engine (pysnmp), which is not even loaded before.

    Attributes:
        lane: the fast lane, or ``None`` where it does not fit or has been left.
        quirks: what the device does against the standard, with the first OID at which it did.
        pace: how much it is asked at a time.
    """

    def __init__(self, peer: Peer, access: SnmpAccess) -> None:
        self._peer = peer
        self._access = access
        self._turns = turns(peer.address, peer.port, access.at_once, access.per_s)
        self._engine: SnmpEngine | None = None
        self._answers = 0
        self._tried = 0  # in vain, by the lane, before anything was answered
        self._said: list[VarBind] = []
        self._engines: list[str] = []
        self.lane = GufoLane.open(peer, max(1, access.retries))
        self.quirks: dict[Quirk, str] = {}
        self.pace = Pace(
            gear=Gear.MANY if peer.version == "1" else Gear.BULK,  # SNMPv1 knows no GETBULK
            max_repetitions=access.max_repetitions,
        )

    @property
    def evidence(self) -> list[str]:
        """What the device said, as lines ``oid = type: value``; ``raw()`` joins them for ``ctx.keep()``.

        Community and keys are no part of replies and so never in it.
        """
        return [evidence_line(varbind) for varbind in self._said]

    async def get(self, *oids: str) -> Mapping[str, Value]:
        """Single variables; ``None`` for each that the device does not have."""
        found = await self._quickly(oids)
        left = [oid for oid in oids if oid not in found]
        try:
            carefully = await get(self, left) if left else {}
        except SilenceError:
            raise self.gone() from None
        return {oid: found[oid] if oid in found else carefully[oid] for oid in oids}

    async def table(self, *columns: str, max_rows: int = MAX_ROWS) -> Table:
        """Columns of a table, read side by side: ``{index: {column: value}}``.

        An index or a column in an index is absent where the device has no value. A device that never ends is left
        after ``max_rows`` rows with the quirk ``too_many_rows``.
        """
        if not self._answers:
            await self.get(SYS_UP_TIME)  # silence of a device that never spoke must not be taken for a quirk
        return await Walk(self, columns, max_rows).run()

    async def ask(self, what: Ask, oids: Sequence[str], repetitions: int = 0) -> Reply:
        """One request, sent again as often as the inventory allows. For walks; probes use ``get`` and ``table``."""
        silence, engine = SilenceError(), await self._careful()
        for _ in range(max(1, self._access.retries + 1 - self._tried)):
            try:
                async with self._turns:
                    reply = await engine.ask(what, oids, repetitions=repetitions)
            except SilenceError as error:
                silence = error
            else:
                self._answered()
                return Reply(reply.status, reply.index, [_bounded(varbind) for varbind in reply.varbinds])
        if self._answers:
            raise silence
        raise self._discovered_only() if silence.discovered else TransportError(Reason.NO_ANSWER, self._no_answer())

    async def rows(self, column: Column) -> Sequence[Row]:
        """The next rows of a column in the fast lane; raises ``Detour`` when it has to be left."""
        try:
            async with self._turns:
                rows = await column.rows()
        except SilenceError:
            raise Detour from None  # the careful engine finds out whether the device is gone or only choosy
        self._answered("gufo-snmp")
        return rows

    def leave_lane(self) -> None:
        """From now on everything is asked through the careful engine."""
        if self.lane is not None:
            self.lane.close()
            self.lane = None

    async def close(self) -> None:
        """Give back what the engines hold."""
        self.leave_lane()
        if self._engine is not None:
            await self._engine.close()

    async def _careful(self) -> SnmpEngine:
        if self._engine is None:
            self._engine = await _opened(self._peer)
        return self._engine

    async def _quickly(self, oids: Sequence[str]) -> dict[str, Value]:
        """What the fast lane finds of the variables."""
        found: dict[str, Value] = {}
        width = self.pace.columns
        for start in range(0, len(oids), width):
            lane = self.lane
            if lane is None:
                break
            try:
                async with self._turns:
                    got = await lane.get(oids[start : start + width])
            except SilenceError:
                self._tried = 0 if self._answers else max(1, self._access.retries)
                self.leave_lane()
            except Detour:
                self.leave_lane()
            else:
                self._answered("gufo-snmp")
                found.update((oid, value) for oid, value in got.items() if oid in oids)
        for oid, value in found.items():
            self.record(_bounded(VarBind(oid, kind_of(value), value)))
        return found

    def _answered(self, engine: str = "pysnmp") -> None:
        self._answers += 1
        self._tried = 0
        if engine not in self._engines:
            self._engines.append(engine)

    async def alive(self) -> bool:
        """Whether the device still answers the simplest of questions."""
        try:
            await self.ask(Ask.GET, [SYS_UP_TIME])
        except SilenceError:
            return False
        return True

    def note(self, quirk: Quirk, oid: str) -> None:
        """Remember a quirk and where it was met first."""
        self.quirks.setdefault(quirk, oid)

    def record(self, varbind: VarBind) -> None:
        """Keep a variable as evidence."""
        self._said.append(varbind)

    def raw(self) -> str:
        """The evidence as one text: whom was asked how, what it said, and its quirks."""
        head = f"# SNMP {self._peer.version} {self._peer.host} port {self._peer.port}/udp"
        head += f", by {' and '.join(self._engines)}" if self._engines else ""
        quirks = [f"# quirk: {quirk} at {oid}" for quirk, oid in self.quirks.items()]
        return "\n".join([head, *self.evidence, *quirks, ""])

    def cut_short(self) -> TransportError | None:
        """The error that says that what was read may lack rows, because the device loops, fails or never ends."""
        lost = next(((quirk, oid) for quirk, oid in self.quirks.items() if quirk in LOSSES), None)
        if lost is None:
            return None
        return TransportError(
            Reason.UNEXPECTED_ANSWER,
            text(
                "{host} could not be read to the end ({why} at {oid}), so rows may be missing: update its software, or"
                " ask its maker",
                host=self._peer.host,
                why=LOSSES[lost[0]],
                oid=lost[1],
            ),
        )

    def gone(self) -> TransportError:
        """The error for a device that answered and then no longer did."""
        return TransportError(
            Reason.NO_ANSWER,
            text(
                "{host} port {port}/udp gave {answers} SNMP answers and then fell silent ({tries} tries of {seconds}"
                " s): it is overloaded or has gone down; try again later, or with a smaller max_repetitions",
                answers=self._answers,
                **self._tries(),
            ),
        )

    def denied(self) -> TransportError:
        """The error for a device that answers but keeps what was asked for to itself."""
        return TransportError(
            Reason.VIEW_TOO_NARROW,
            text(
                "{host} answers SNMP but does not let credential {credential} read this: include 1.3.6.1.2.1 in the"
                " SNMP view on the device, and for SNMPv3 check the security level that it asks of the user",
                host=self._peer.host,
                credential=self._peer.credential.id,
            ),
        )

    def _discovered_only(self) -> TransportError:
        """Agents drop in silence what decrypts to nonsense; a wrong user or authentication key they report."""
        return TransportError(
            Reason.AUTHENTICATION_FAILED,
            text(
                "{host} port {port}/udp answers SNMPv3 but leaves the questions of credential {credential} unanswered"
                " ({tries} tries of {seconds} s): privacy or privacy_key is most likely not what the device has, or it"
                " has no such context",
                credential=self._peer.credential.id,
                **self._tries(),
            ),
        )

    def _tries(self) -> dict[str, object]:
        return {
            "host": self._peer.host,
            "port": self._peer.port,
            "tries": self._access.retries + 1,
            "seconds": f"{self._access.timeout_s:g}",
        }

    def _no_answer(self) -> Text:
        if self._peer.version == "3":
            return text(
                "{host} port {port}/udp did not answer SNMP v3 ({tries} tries of {seconds} s): check the address and"
                " the port, switch SNMPv3 on at the device, and allow this computer in its access list",
                **self._tries(),
            )
        return text(
            "{host} port {port}/udp did not answer SNMP v{version} ({tries} tries of {seconds} s): check the address"
            " and the port, switch SNMP on at the device, allow this computer in its access list, and check the"
            " community of credential {credential}, for a wrong community looks exactly like no answer",
            version=self._peer.version,
            credential=self._peer.credential.id,
            **self._tries(),
        )


def _bounded(varbind: VarBind) -> VarBind:
    """The variable with a string cut at a length that no honest one reaches, so that none fills the memory."""
    if isinstance(varbind.value, bytes) and len(varbind.value) > LONGEST_VALUE:
        return VarBind(varbind.oid, varbind.type, varbind.value[:LONGEST_VALUE])
    return varbind


async def _opened(peer: Peer) -> SnmpEngine:
    """The careful engine; loaded only here, for pysnmp costs up to 0.3 s."""
    if peer.version == "3":
        from probes.transport.snmp_pysnmp import PysnmpEngine  # noqa: PLC0415

        return await PysnmpEngine.open(peer)
    from probes.transport.snmp_community import CommunityEngine  # noqa: PLC0415

    return await CommunityEngine.open(peer)


@asynccontextmanager
async def open_session(world: World, device: Device) -> AsyncIterator[SnmpSession]:
    """A session with the device under the credential that its ``snmp`` entry names.

    Nothing is sent before the first question.

    Raises:
        TransportError: no such credential, secret missing, name not found, no route; later, from the session, what
            the device does.
    """
    access = device.snmp
    if access is None:
        raise TransportError(
            Reason.NOT_CONFIGURED, text("device {device} has no snmp entry in the inventory", device=device.id)
        )
    peer = await _peer(world, device, access)
    session = SnmpSession(peer, access)
    try:
        yield session
    finally:
        await session.close()


async def _peer(world: World, device: Device, access: SnmpAccess) -> Peer:
    credential = world.campus.find_credential(access.credential)
    if not isinstance(credential, SnmpV2cCredential | SnmpV3Credential):
        raise TransportError(
            Reason.NO_CREDENTIAL,
            text(
                "device {device} names credential {credential} for SNMP, but the inventory has no SNMP credential of"
                " that id: add it, of kind snmp-v2c or snmp-v3",
                device=device.id,
                credential=access.credential,
            ),
        )
    secrets = _secrets(world, credential)
    address, ipv6 = await _resolve(device, access.port)
    return Peer(
        device.address, address, ipv6, access.port, credential, access.timeout_s, context=access.context, **secrets
    )


def _secrets(world: World, credential: SnmpV2cCredential | SnmpV3Credential) -> dict[str, str]:
    if isinstance(credential, SnmpV2cCredential):
        wanted: dict[str, SecretRef | None] = {"community": credential.community}
    else:
        wanted = {}
        if credential.privacy and not credential.auth:
            raise TransportError(
                Reason.NO_CREDENTIAL,
                text(
                    "SNMPv3 credential {credential} has privacy without auth, which SNMPv3 does not know: add auth and"
                    " auth_key",
                    credential=credential.id,
                ),
            )
        if credential.auth:
            wanted["auth_key"] = credential.auth_key
        if credential.privacy:
            wanted["privacy_key"] = credential.privacy_key
    return {key: _secret(world, credential.id, key, reference) for key, reference in wanted.items()}


def _secret(world: World, credential: str, key: str, reference: SecretRef | None) -> str:
    if reference is None:
        raise TransportError(
            Reason.NO_CREDENTIAL,
            text("SNMP credential {credential} lacks {key}: add it", credential=credential, key=key),
        )
    try:
        secret = world.secret(reference)
    except SecretError as error:
        raise TransportError(Reason.SECRET_MISSING, error.text) from None
    if len(secret) < (1 if key == "community" else SHORTEST_KEY):
        raise TransportError(
            Reason.NO_CREDENTIAL,
            text(
                "{key} of SNMP credential {credential} is too short: a community has at least 1 character, an SNMPv3"
                " key at least 8",
                credential=credential,
                key=key,
            ),
        )
    return secret


async def _resolve(device: Device, port: int) -> tuple[str, bool]:
    """The numeric address and whether it is IPv6, once a route to it is known to exist."""
    try:
        found = await asyncio.wait_for(
            asyncio.get_running_loop().getaddrinfo(device.address, port, type=socket.SOCK_DGRAM), NAME_LOOKUP_S
        )
    except (OSError, UnicodeError, TimeoutError) as error:
        raise TransportError(
            Reason.NAME_NOT_FOUND,
            text(
                "the name {name} of device {device} cannot be resolved ({error}): check its spelling and this"
                " computer's DNS, or write the IP address",
                name=device.address,
                device=device.id,
                error=str(error) or "timed out",
            ),
        ) from None
    # IPv4 first: management addresses of switches are IPv4 even where names have both.
    family, kind, protocol, _, address = min(found, key=lambda entry: entry[0] != socket.AF_INET)
    with socket.socket(family, kind, protocol) as trial:
        try:
            trial.connect(address)  # sends nothing, only looks for a route
        except OSError as error:
            raise unroutable(device.address, error) from None
    return str(address[0]), family == socket.AF_INET6
