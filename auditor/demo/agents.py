"""SNMP agents of the simulated devices: one engine, one UDP port for each device on loopback.

pysnmp's own responders walk a tree of objects one by one under access control; these answer from sorted tuples, so
that a whole switch is read in a fraction of a second.
"""

from __future__ import annotations

import socket
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from auditor.demo.mib import Tree, tree
from auditor.demo.school import SNMP_USER, SimDevice

if TYPE_CHECKING:
    from pysnmp.entity.engine import SnmpEngine

MOST_VARBINDS = 400
"""Bindings in one answer to GETBULK."""

_USM = 3
"""The number of SNMPv3's security model."""


@dataclass(frozen=True)
class SnmpSecrets:
    """What the agents take for proof."""

    community: str
    auth_key: str
    privacy_key: str


@dataclass(frozen=True)
class Agents:
    """Running agents: the engine, and the UDP port of each device."""

    engine: SnmpEngine
    ports: dict[str, int]

    def close(self) -> None:
        """Stop answering."""
        self.engine.close_dispatcher()


def start_agents(devices: Sequence[SimDevice], secrets: SnmpSecrets) -> Agents:
    """Open an agent for each device; to be called inside a running event loop."""
    from pysnmp.carrier.asyncio.dgram import udp  # noqa: PLC0415  pysnmp costs 0.1 s
    from pysnmp.entity import config, engine  # noqa: PLC0415

    snmp = engine.SnmpEngine()
    trees: dict[tuple[int, ...], tuple[SimDevice, Tree]] = {}
    ports: dict[str, int] = {}
    for number, device in enumerate(devices, start=1):
        domain = (*udp.DOMAIN_NAME, number)
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.bind(("127.0.0.1", 0))
        ports[device.id] = sock.getsockname()[1]
        config.add_transport(snmp, domain, udp.UdpTransport().open_server_mode(sock=sock))
        trees[domain] = (device, tree(device))
    config.add_v1_system(snmp, "read", secrets.community)
    config.add_v3_user(
        snmp,
        SNMP_USER,
        config.USM_AUTH_HMAC192_SHA256,
        secrets.auth_key,
        config.USM_PRIV_CFB128_AES,
        secrets.privacy_key,
    )
    _register(snmp, trees)
    return Agents(snmp, ports)


def _register(snmp: SnmpEngine, trees: dict[tuple[int, ...], tuple[SimDevice, Tree]]) -> None:
    """Let the engine answer GET, GETNEXT and GETBULK from the tree of the device that was asked."""
    from pysnmp.entity.rfc3413 import cmdrsp, context  # noqa: PLC0415  pysnmp costs 0.1 s
    from pysnmp.proto import rfc1902  # noqa: PLC0415
    from pysnmp.proto.rfc1905 import endOfMibView, noSuchObject  # noqa: PLC0415
    from pysnmp.smi import error, instrum  # noqa: PLC0415

    class Controller(instrum.AbstractMibInstrumController):  # type: ignore[misc]  # pysnmp ships no types
        """Answers for whichever device the request came in at."""

        def _tree(self) -> Tree:
            asked = snmp.observer.get_execution_context("rfc3412.receiveMessage:request")
            device, objects = trees[asked["transportDomain"]]
            if device.secure != (asked["securityModel"] == _USM):
                # A device keeps silent towards a version that it does not speak.
                raise error.PySnmpError
            return objects

        def read_variables(self, *bindings: Any, **_: Any) -> list[Any]:
            objects = self._tree()
            found = ((oid, objects.get(tuple(oid))) for oid, _value in bindings)
            return [(oid, noSuchObject if value is None else value) for oid, value in found]

        def read_next_variables(self, *bindings: Any, **_: Any) -> list[Any]:
            objects = self._tree()
            return [
                (rfc1902.ObjectName(following[0][0]), following[0][1]) if following else (oid, endOfMibView)
                for oid, following in ((oid, objects.after(tuple(oid))) for oid, _value in bindings)
            ]

        def write_variables(self, *_: Any, **__: Any) -> list[Any]:
            raise error.NotWritableError

    class Bulk(cmdrsp.BulkCommandResponder):  # type: ignore[misc]  # pysnmp ships no types
        max_varbinds = MOST_VARBINDS

    where = context.SnmpContext(snmp)
    where.unregister_context_name(b"")
    where.register_context_name(b"", Controller())
    for responder in (cmdrsp.GetCommandResponder, cmdrsp.NextCommandResponder, Bulk):
        responder(snmp, where)
