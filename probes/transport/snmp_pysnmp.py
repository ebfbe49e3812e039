"""SNMPv3 carried by pysnmp (7.1, asyncio), below its high-level calls, which resolve MIBs."""

from __future__ import annotations

import asyncio
import itertools
import socket
from collections.abc import Hashable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Self
from weakref import WeakKeyDictionary

from pyasn1.error import PyAsn1Error
from pysnmp.carrier.asyncio.dgram import udp, udp6
from pysnmp.entity import config
from pysnmp.entity.engine import SnmpEngine as Engine
from pysnmp.entity.rfc3413 import cmdgen
from pysnmp.error import PySnmpError
from pysnmp.proto import errind
from pysnmp.proto.rfc1902 import Null

from probes.campus import SnmpV3Credential
from probes.errors import TransportError
from probes.observation import Reason
from probes.text import Text, text
from probes.transport.snmp_engine import END_OF_MIB, Ask, Peer, Reply, SilenceError, Value, VarBind

_RECEIVE_BUFFER = 4 * 1024 * 1024  # the default loses replies when about a hundred devices answer at once
_PATIENCE_S = 5.0  # SNMPv3 discovery and time windows take up to four more round trips within one question

_AUTH = {
    None: config.USM_AUTH_NONE,
    "MD5": config.USM_AUTH_HMAC96_MD5,
    "SHA": config.USM_AUTH_HMAC96_SHA,
    "SHA224": config.USM_AUTH_HMAC128_SHA224,
    "SHA256": config.USM_AUTH_HMAC192_SHA256,
    "SHA384": config.USM_AUTH_HMAC256_SHA384,
    "SHA512": config.USM_AUTH_HMAC384_SHA512,
}
# AES-192 and AES-256 are no standard: net-snmp extends keys after Blumenthal, Cisco after Reeder, others after either.
_PRIVACY = {
    None: (config.USM_PRIV_NONE,),
    "DES": (config.USM_PRIV_CBC56_DES,),
    "3DES": (config.USM_PRIV_CBC168_3DES,),
    "AES128": (config.USM_PRIV_CFB128_AES,),
    "AES192": (config.USM_PRIV_CFB192_AES_BLUMENTHAL, config.USM_PRIV_CFB192_AES),
    "AES256": (config.USM_PRIV_CFB256_AES_BLUMENTHAL, config.USM_PRIV_CFB256_AES),
}
_EXCEPTIONS = {"NoSuchObject": "noSuchObject", "NoSuchInstance": "noSuchInstance", "EndOfMibView": END_OF_MIB}
_SNMP_V3 = 3


@dataclass
class _Shared:
    """A pysnmp engine with one set of credentials, used by every session of an event loop that has the same.

    Attributes:
        reported: addresses that sent an SNMPv3 report, as discovery makes them do.
        answered: addresses that answered a question.
    """

    engine: Any
    users: int = 0
    reported: set[tuple[str, int]] = field(default_factory=set)
    answered: set[tuple[str, int]] = field(default_factory=set)
    names: Iterator[int] = field(default_factory=itertools.count)

    def hear(self, _engine: Any, _point: str, variables: dict[str, Any], _context: object) -> None:
        """Note who sent a report (pysnmp calls this)."""
        self.reported.add(tuple(variables["transportAddress"][:2]))


class _Guarded:
    """Keeps what pysnmp chokes on from reaching the event loop, where it would end as a traceback on the terminal.

    A datagram that cannot be read counts as not received; the question runs into its time limit.
    """

    _callback_function: Any

    def datagram_received(self, datagram: bytes, address: Any) -> None:
        """Hand a datagram to pysnmp (asyncio calls this)."""
        with suppress(PySnmpError, PyAsn1Error, ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
            self._callback_function(self, address, datagram)


class _Udp(_Guarded, udp.UdpAsyncioTransport):  # type: ignore[misc]  # pysnmp has no types
    pass


class _Udp6(_Guarded, udp6.Udp6AsyncioTransport):  # type: ignore[misc]  # pysnmp has no types
    pass


class _Refused(Exception):  # noqa: N818  not an error yet: another way may be left
    """The exchange ended with one of pysnmp's error indications."""

    def __init__(self, indication: object) -> None:
        super().__init__(str(indication))
        self.indication = indication


# A pysnmp engine costs 70 ms and belongs to an event loop: sessions of one loop share it, and it goes with the loop.
_engines: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[Hashable, _Shared]] = WeakKeyDictionary()


class PysnmpEngine:
    """``SnmpEngine`` for one peer. Sessions with equal credentials share a pysnmp engine and its socket."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer
        self._variants = _PRIVACY[_user(peer).privacy]
        self._untried = len(self._variants) - 1
        self._address = (peer.address, peer.port)
        self._attach()

    @classmethod
    async def open(cls, peer: Peer) -> Self:
        """Make ready to ask the peer; sends nothing."""
        try:
            return cls(peer)
        except (PySnmpError, PyAsn1Error) as error:
            raise _unusable(peer, error) from None

    async def ask(self, what: Ask, oids: Sequence[str], *, repetitions: int) -> Reply:
        """See ``SnmpEngine.ask``."""
        try:
            reply = await self._exchange(what, oids, repetitions)
        except _Refused as refusal:
            if isinstance(refusal.indication, errind.DecryptionError) and self._another_variant():
                return await self.ask(what, oids, repetitions=repetitions)
            raise _explain(self._peer, refusal.indication) from None
        except SilenceError:
            discovered = self._address in self._shared.reported - self._shared.answered
            if discovered and self._another_variant():
                return await self.ask(what, oids, repetitions=repetitions)
            raise SilenceError(discovered=discovered) from None
        self._shared.answered.add(self._address)
        return reply

    async def close(self) -> None:
        """See ``SnmpEngine.close``."""
        self._detach()

    def _another_variant(self) -> bool:
        """Change to the next way of extending keys; true while there is one that was not tried yet."""
        if len(self._variants) > 1:
            self._detach()
            self._variants = (*self._variants[1:], self._variants[0])
            self._attach()
        self._untried -= 1
        return self._untried >= 0

    def _attach(self) -> None:
        peer = self._peer
        known = _engines.setdefault(asyncio.get_running_loop(), {})
        key = (peer.credential, peer.auth_key, peer.privacy_key, self._variants)
        shared = known.get(key)
        if shared is None:
            shared = known[key] = _configured(peer, self._variants[0])
        _open_transport(shared.engine, udp6 if peer.ipv6 else udp)
        self._shared = shared
        shared.users += 1
        self._target = f"device-{next(shared.names)}"
        config.add_target_address(
            shared.engine,
            self._target,
            (udp6 if peer.ipv6 else udp).DOMAIN_NAME,
            self._address,
            "credential",
            timeout=round(peer.timeout_s * 100),
            retryCount=0,  # the session tries again, not the engine
        )

    def _detach(self) -> None:
        config.delete_target_address(self._shared.engine, self._target)
        self._shared.users -= 1
        if not self._shared.users:
            self._shared.engine.close_dispatcher()

    async def _exchange(self, what: Ask, oids: Sequence[str], repetitions: int) -> Reply:
        engine = self._shared.engine
        answer: asyncio.Future[tuple[Any, ...]] = asyncio.get_running_loop().create_future()

        def arrived(_engine: Any, _handle: Any, *what_came: Any) -> None:
            if not answer.done():
                answer.set_result(what_came)

        binds = [(tuple(int(part) for part in oid.split(".")), Null("")) for oid in oids]
        addressed = (engine, self._target, None, self._peer.context)
        try:
            if what is Ask.BULK:
                generator: Any = cmdgen.BulkCommandGeneratorSingleRun()
                generator.send_varbinds(*addressed, 0, repetitions, binds, arrived)
            else:
                generator = cmdgen.GetCommandGenerator() if what is Ask.GET else cmdgen.NextCommandGeneratorSingleRun()
                generator.send_varbinds(*addressed, binds, arrived)
            # pysnmp's own timer fails to fire for replies that it chokes on, so there is a second one.
            async with asyncio.timeout(self._peer.timeout_s + _PATIENCE_S):
                indication, status, index, varbinds, _ = await answer
        except TimeoutError:
            raise SilenceError from None
        except (PySnmpError, PyAsn1Error) as error:
            raise _unusable(self._peer, error) from None
        if isinstance(indication, errind.RequestTimedOut):
            raise SilenceError
        if indication is not None:
            raise _Refused(indication)
        return Reply(int(status), int(index), [_plain(name, value) for name, value in varbinds])


def _user(peer: Peer) -> SnmpV3Credential:
    assert isinstance(peer.credential, SnmpV3Credential)
    return peer.credential


def _configured(peer: Peer, privacy: tuple[int, ...]) -> _Shared:
    engine, user = Engine(), _user(peer)
    level = "authPriv" if user.privacy else "authNoPriv" if user.auth else "noAuthNoPriv"
    config.add_v3_user(engine, user.user, _AUTH[user.auth], _bytes(peer.auth_key), privacy, _bytes(peer.privacy_key))
    config.add_target_parameters(engine, "credential", user.user, level, _SNMP_V3)
    shared = _Shared(engine)
    engine.observer.register_observer(shared.hear, "rfc3412.prepareDataElements:internal")
    return shared


def _bytes(key: str | None) -> bytes | None:
    return None if key is None else key.encode()


def _open_transport(engine: Any, family: Any) -> None:
    """A UDP socket for the engine unless it has one; pysnmp would open one with a buffer too small."""
    if config.get_transport(engine, family.DOMAIN_NAME) is not None:
        return
    carrier = (_Udp6 if family is udp6 else _Udp)(loop=asyncio.get_running_loop())
    sock = socket.socket(carrier.SOCK_FAMILY, socket.SOCK_DGRAM)
    sock.setblocking(False)  # noqa: FBT003  the socket module's own signature
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
    sock.bind(("", 0))
    config.add_transport(engine, family.DOMAIN_NAME, carrier.open_server_mode(sock=sock))


def _plain(name: Any, value: Any) -> VarBind:
    """A variable of pysnmp's as plain Python."""
    kind = type(value).__name__
    plain: Value
    if kind in _EXCEPTIONS:
        kind, plain = _EXCEPTIONS[kind], None
    elif kind == "IpAddress":
        plain = value.prettyPrint()
    elif kind == "ObjectIdentifier":
        plain = ".".join(map(str, value.asTuple()))
    elif kind in {"OctetString", "Opaque", "Bits"}:
        plain = value.asOctets()
    elif kind == "Null":
        plain = None
    else:
        plain = int(value)
    return VarBind(".".join(map(str, name.asTuple())), kind, plain)


def _unusable(peer: Peer, error: Exception) -> TransportError:
    return TransportError(
        Reason.UNEXPECTED_ANSWER,
        text(
            "an SNMP request to {host} could not be made with credential {credential} ({error}): check its protocols"
            " and the length of its keys",
            host=peer.host,
            credential=peer.credential.id,
            error=type(error).__name__,
        ),
    )


def _explain(peer: Peer, indication: object) -> TransportError:
    """The error for one of pysnmp's indications; those of USM are RFC 3414's usmStats counters."""
    reason, sentence = _REFUSALS.get(type(indication), (Reason.UNEXPECTED_ANSWER, _ODD))
    if "1.3.6.1.6.3.12.1.5" in str(indication):  # snmpUnknownContexts
        reason, sentence = Reason.NOT_PERMITTED, _CONTEXT
    return TransportError(
        reason,
        Text(
            sentence.template,
            {
                "host": peer.host,
                "credential": peer.credential.id,
                "user": getattr(peer.credential, "user", ""),
                "context": peer.context or '""',
                "what": str(indication),
            },
        ),
    )


_USER = text("{host} does not know the SNMPv3 user {user}: create it on the device, or correct credential {credential}")
_KEY = text(
    "{host} rejects the authentication of SNMPv3 user {user}: auth or auth_key of credential {credential} is not what"
    " the device has"
)
_PRIVATE = text(
    "{host} cannot decrypt what SNMPv3 user {user} sends: privacy or privacy_key of credential {credential} is not"
    " what the device has"
)
_LEVEL = text(
    "{host} does not allow SNMPv3 user {user} this security level: give credential {credential} the auth and privacy"
    " that the device asks for"
)
_CONTEXT = text("{host} has no SNMPv3 context {context}: correct context in the device's snmp entry")
_CLOCK = text(
    "{host} and this computer cannot agree on the SNMPv3 clock: another device may have the same engine id; give each"
    " device its own"
)
_ODD = text("{host} gave an answer that is no proper SNMP ({what})")

_REFUSALS = {
    errind.UnknownUserName: (Reason.AUTHENTICATION_FAILED, _USER),
    errind.UnknownSecurityName: (Reason.AUTHENTICATION_FAILED, _USER),
    errind.WrongDigest: (Reason.AUTHENTICATION_FAILED, _KEY),
    errind.AuthenticationFailure: (Reason.AUTHENTICATION_FAILED, _KEY),
    errind.DecryptionError: (Reason.AUTHENTICATION_FAILED, _PRIVATE),
    errind.UnsupportedSecurityLevel: (Reason.AUTHENTICATION_FAILED, _LEVEL),
    errind.NotInTimeWindow: (Reason.UNEXPECTED_ANSWER, _CLOCK),
    errind.UnknownEngineID: (Reason.UNEXPECTED_ANSWER, _CLOCK),
}
