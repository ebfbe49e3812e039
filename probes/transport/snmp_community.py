"""SNMPv1 and SNMPv2c: pysnmp's messages over a socket of the session's own.

Where a community is all there is to security, pysnmp's engine adds nothing to its messages but time: the way of a
message through its subsystems costs as much as the message. SNMPv3, where they matter, takes it (``snmp_pysnmp.py``).
"""

from __future__ import annotations

import asyncio
import itertools
import secrets
from collections.abc import Sequence
from typing import Self

from pyasn1.codec.ber import decoder, encoder
from pyasn1.error import PyAsn1Error
from pyasn1.type import namedtype, univ
from pysnmp.proto.api import v1, v2c

from probes.transport.snmp_engine import Ask, Peer, Reply, SilenceError, unroutable
from probes.transport.snmp_shape import well_formed
from probes.transport.snmp_variables import elements, variables

_MESSAGES = {"1": v1, "2c": v2c}
_VERSIONS = {"1": 0, "2c": 1}
_LARGEST_ID = 2**31 - 1


class _Response(univ.Sequence):  # type: ignore[misc]  # pyasn1 has no types
    """RFC 3416's Response-PDU, also SNMPv1's, with its variables left as they are."""

    tagSet = v2c.ResponsePDU.tagSet  # noqa: N815  pyasn1's name
    componentType = namedtype.NamedTypes(  # noqa: N815  pyasn1's name
        namedtype.NamedType("request-id", univ.Integer()),
        namedtype.NamedType("error-status", univ.Integer()),
        namedtype.NamedType("error-index", univ.Integer()),
        namedtype.NamedType("variable-bindings", univ.Any()),
    )


class _Answer(univ.Sequence):  # type: ignore[misc]  # pyasn1 has no types
    """RFC 1157's and RFC 1901's Message around a response."""

    componentType = namedtype.NamedTypes(  # noqa: N815  pyasn1's name
        namedtype.NamedType("version", univ.Integer()),
        namedtype.NamedType("community", univ.OctetString()),
        namedtype.NamedType("data", _Response()),
    )


_ANSWER = _Answer()


class _Questions(asyncio.DatagramProtocol):
    """The questions under way on one connected socket: what comes from elsewhere the system keeps away."""

    def __init__(self, version: int) -> None:
        self._version = version
        self.waiting: dict[int, asyncio.Future[Reply]] = {}

    def datagram_received(self, data: bytes, addr: object) -> None:  # noqa: ARG002  only the peer's arrive
        """Give a reply to whom it belongs; anything else counts as not received (asyncio calls this)."""
        if not well_formed(data):
            return
        try:
            answer, _ = decoder.decode(data, asn1Spec=_ANSWER)
            response = answer["data"]
            asked = self.waiting.get(int(response["request-id"]))
            if asked is None or asked.done() or int(answer["version"]) != self._version:
                return
            listed = bytes(response["variable-bindings"])
            ((_, start, end),) = elements(listed)
            reply = Reply(int(response["error-status"]), int(response["error-index"]), variables(listed[start:end]))
        except (PyAsn1Error, ValueError):
            return
        asked.set_result(reply)

    def error_received(self, exc: Exception) -> None:
        """A port said to be closed (asyncio calls this): an agent that starts anew has one, so the tries go on."""


class CommunityEngine:
    """``SnmpEngine`` for one peer by SNMPv1 or SNMPv2c."""

    def __init__(self, peer: Peer, transport: asyncio.DatagramTransport, questions: _Questions) -> None:
        self._peer = peer
        self._transport = transport
        self._questions = questions
        self._numbers = itertools.count(secrets.randbelow(_LARGEST_ID // 2))

    @classmethod
    async def open(cls, peer: Peer) -> Self:
        """Make ready to ask the peer; sends nothing."""
        try:
            transport, questions = await asyncio.get_running_loop().create_datagram_endpoint(
                lambda: _Questions(_VERSIONS[peer.version]), remote_addr=(peer.address, peer.port)
            )
        except OSError as error:
            raise unroutable(peer.host, error) from None
        return cls(peer, transport, questions)

    async def ask(self, what: Ask, oids: Sequence[str], *, repetitions: int) -> Reply:
        """See ``SnmpEngine.ask``."""
        number = next(self._numbers) % _LARGEST_ID
        answer: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._questions.waiting[number] = answer
        try:
            async with asyncio.timeout(self._peer.timeout_s):
                self._transport.sendto(_message(self._peer, number, what, oids, repetitions))
                return await answer
        except TimeoutError:
            raise SilenceError from None
        finally:
            del self._questions.waiting[number]

    async def close(self) -> None:
        """See ``SnmpEngine.close``."""
        self._transport.close()


def _message(peer: Peer, number: int, what: Ask, oids: Sequence[str], repetitions: int) -> bytes:
    api = _MESSAGES[peer.version]
    if what is Ask.BULK:
        pdu, calls = v2c.GetBulkRequestPDU(), v2c.apiBulkPDU
    else:
        pdu, calls = (api.GetRequestPDU() if what is Ask.GET else api.GetNextRequestPDU()), api.apiPDU
    calls.set_defaults(pdu)
    calls.set_request_id(pdu, number)
    if what is Ask.BULK:
        calls.set_max_repetitions(pdu, repetitions)
    calls.set_varbinds(pdu, [(tuple(int(part) for part in oid.split(".")), api.null) for oid in oids])
    message = api.Message()
    api.apiMessage.set_defaults(message)
    api.apiMessage.set_community(message, peer.community.encode())
    api.apiMessage.set_pdu(message, pdu)
    return bytes(encoder.encode(message))
