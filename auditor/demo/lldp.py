"""LLDP-MIB of a simulated device (IEEE 802.1AB-2005): what it says of itself, and whom it hears over the cables.

The forms are those of Huawei, H3C and Ruijie: a chassis is known by its address, a port by its name.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from auditor.demo.school import CABLES, DEVICES, SILENT, Cable, SimDevice

Oid = tuple[int, ...]

LLDP: Oid = (1, 0, 8802, 1, 1, 2, 1)
CONFIGURATION: Oid = (*LLDP, 1)
LOCAL: Oid = (*LLDP, 3)
LOCAL_PORT_ENTRY: Oid = (*LOCAL, 7, 1)
REMOTE_ENTRY: Oid = (*LLDP, 4, 1, 1)

_CHASSIS_IS_ADDRESS = 4
_PORT_IS_INTERFACE_NAME = 5
_BRIDGE, _BRIDGE_AND_ROUTER = b"\x20\x00", b"\x28\x00"
_SEND_EVERY_S, _HOLD_TIMES, _REINITIALISE_S, _SEND_DELAY_S = 30, 4, 2, 2
_FIRST_HEARD_S = 72
_TICKS = 100
_ONLY_ROW = 1


def lldp(device: SimDevice) -> Iterator[tuple[Oid, Any]]:
    """All LLDP objects of the device; none where it has no LLDP."""
    if not device.lldp:
        return
    yield from _scalars(device)
    yield from _local_ports(device)
    for cable in CABLES:
        for seen in (cable, cable.turned()):
            if seen.device == device.id:
                yield from _remote(device, seen, _found(seen.peer))


def chassis(device: SimDevice) -> bytes:
    """The address of the device itself; its bits say that no manufacturer has assigned it."""
    return b"\x02" + hashlib.sha256(device.id.encode()).digest()[:5]


def _found(name: str) -> SimDevice:
    return next(device for device in (*DEVICES, SILENT) if device.id == name)


def _scalars(device: SimDevice) -> Iterator[tuple[Oid, Any]]:
    from pysnmp.proto import rfc1902  # noqa: PLC0415  pysnmp costs 0.1 s

    for number, value in enumerate((_SEND_EVERY_S, _HOLD_TIMES, _REINITIALISE_S, _SEND_DELAY_S), start=1):
        yield (*CONFIGURATION, number, 0), rfc1902.Integer32(value)
    supported, enabled = _capabilities(device)
    own = {
        1: rfc1902.Integer32(_CHASSIS_IS_ADDRESS),
        2: rfc1902.OctetString(chassis(device)),
        3: rfc1902.OctetString(device.name.encode()),
        4: rfc1902.OctetString(device.description.encode()),
        5: rfc1902.OctetString(supported),
        6: rfc1902.OctetString(enabled),
    }
    yield from (((*LOCAL, number, 0), value) for number, value in own.items())


def _local_ports(device: SimDevice) -> Iterator[tuple[Oid, Any]]:
    from pysnmp.proto import rfc1902  # noqa: PLC0415  pysnmp costs 0.1 s

    for number, port in enumerate(device.ports, start=1):
        columns = {
            2: rfc1902.Integer32(_PORT_IS_INTERFACE_NAME),
            3: rfc1902.OctetString(port.name.encode()),
            4: rfc1902.OctetString((port.alias or port.name).encode()),
        }
        yield from (((*LOCAL_PORT_ENTRY, column, number), value) for column, value in columns.items())


def _remote(device: SimDevice, cable: Cable, peer: SimDevice) -> Iterator[tuple[Oid, Any]]:
    """The row of a peer, whose index is ``<since>.<local port>.<number>``; ``cable`` is seen from the device."""
    from pysnmp.proto import rfc1902  # noqa: PLC0415  pysnmp costs 0.1 s

    # A peer that started later was first heard when it did.
    alone_s = max(device.uptime_days - peer.uptime_days, 0.0) * 86400
    index = (int((alone_s + _FIRST_HEARD_S) * _TICKS) % 2**32, cable.port, _ONLY_ROW)
    port = peer.ports[cable.peer_port - 1]
    supported, enabled = _capabilities(peer)
    columns = {
        4: rfc1902.Integer32(_CHASSIS_IS_ADDRESS),
        5: rfc1902.OctetString(chassis(peer)),
        6: rfc1902.Integer32(_PORT_IS_INTERFACE_NAME),
        7: rfc1902.OctetString(port.name.encode()),
        8: rfc1902.OctetString((port.alias or port.name).encode()),
        9: rfc1902.OctetString(peer.name.encode()),
        10: rfc1902.OctetString(peer.description.encode()),
        11: rfc1902.OctetString(supported),
        12: rfc1902.OctetString(enabled),
    }
    yield from (((*REMOTE_ENTRY, column, *index), value) for column, value in columns.items())


def _capabilities(device: SimDevice) -> tuple[bytes, bytes]:
    """What it could be and what it is; the access switches could route, but only the core does."""
    return _BRIDGE_AND_ROUTER, _BRIDGE_AND_ROUTER if device.role == "core-switch" else _BRIDGE
