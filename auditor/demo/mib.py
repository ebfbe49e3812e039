"""What a simulated device would answer over SNMP: system group, IF-MIB and EtherLike-MIB, with counters that grow.

What it tells of LLDP stands in ``auditor.demo.lldp``, of access points in ``auditor.demo.air``.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from time import monotonic
from typing import Any

from auditor.demo import air
from auditor.demo.lldp import lldp
from auditor.demo.school import SimDevice, SimPort

Oid = tuple[int, ...]
Cell = Callable[[float], Any]
"""The present value of an object, given the seconds that the device has been up."""

SYSTEM: Oid = (1, 3, 6, 1, 2, 1, 1)
IF_NUMBER: Oid = (1, 3, 6, 1, 2, 1, 2, 1, 0)
IF_ENTRY: Oid = (1, 3, 6, 1, 2, 1, 2, 2, 1)
IFX_ENTRY: Oid = (1, 3, 6, 1, 2, 1, 31, 1, 1, 1)
DOT3_ENTRY: Oid = (1, 3, 6, 1, 2, 1, 10, 7, 2, 1)

_UP, _DOWN = 1, 2
_HALF, _FULL = 2, 3
_UNKNOWN_DUPLEX = 1
_ETHERNET = 6
_TRUE = 1
_BYTES_A_FRAME = 780
_GAUGE32_MAX = 2**32 - 1
_DARK_SOCKET_MBPS = 0


@dataclass(frozen=True)
class Tree:
    """A device's objects in the order of their identifiers."""

    oids: tuple[Oid, ...]
    cells: tuple[Cell, ...]
    started: float

    def get(self, oid: Oid) -> Any | None:
        """The value of exactly this object, or ``None``."""
        at = bisect_left(self.oids, oid)
        if at < len(self.oids) and self.oids[at] == oid:
            return self.cells[at](monotonic() - self.started)
        return None

    def after(self, oid: Oid, count: int = 1) -> list[tuple[Oid, Any]]:
        """Up to ``count`` objects that follow ``oid``."""
        at = bisect_right(self.oids, oid)
        up = monotonic() - self.started
        return [(name, cell(up)) for name, cell in zip(self.oids[at : at + count], self.cells[at:], strict=False)]


def tree(device: SimDevice) -> Tree:
    """All objects of the device."""
    rows: dict[Oid, Cell] = dict(_system(device))
    for index, port in enumerate(device.ports, start=1):
        rows.update(_port(device.id, index, port))
    rows.update((oid, _constant(value)) for oid, value in (*lldp(device), *air.objects(device)))
    ordered = sorted(rows)
    return Tree(tuple(ordered), tuple(rows[oid] for oid in ordered), monotonic() - device.uptime_days * 86400)


def _system(device: SimDevice) -> Iterator[tuple[Oid, Cell]]:
    from pysnmp.proto import rfc1902  # noqa: PLC0415  pysnmp costs 0.1 s

    fixed = {
        1: rfc1902.OctetString(device.description.encode()),
        2: rfc1902.ObjectIdentifier(device.object_id),
        4: rfc1902.OctetString("信息中心".encode()),
        5: rfc1902.OctetString(device.name.encode()),
        6: rfc1902.OctetString(device.location.encode()),
        7: rfc1902.Integer32(6),
    }
    yield from (((*SYSTEM, number, 0), _constant(value)) for number, value in fixed.items())
    yield (*SYSTEM, 3, 0), lambda up: rfc1902.TimeTicks(int(up * 100) % 2**32)
    yield IF_NUMBER, _constant(rfc1902.Integer32(len(device.ports)))


def _port(device_id: str, index: int, port: SimPort) -> Iterator[tuple[Oid, Cell]]:
    from pysnmp.proto import rfc1902  # noqa: PLC0415  pysnmp costs 0.1 s

    name = rfc1902.OctetString(port.name.encode())
    status = rfc1902.Integer32(_UP if port.up else _DOWN)
    # A dark socket has no speed; real devices differ in what they then say, and 0 is the honest one of their answers.
    speed_mbps = port.speed_mbps if port.up else _DARK_SOCKET_MBPS
    # The seventh bit of the first byte marks an address that no manufacturer has assigned.
    mac = b"\x02" + hashlib.sha256(f"{device_id}/{index}".encode()).digest()[:5]
    in_bytes, out_bytes = (_rate(port, share) for share in port.load)
    damaged = in_bytes / _BYTES_A_FRAME * port.fcs_ratio

    interface = {
        1: _constant(rfc1902.Integer32(index)),
        2: _constant(name),
        3: _constant(rfc1902.Integer32(_ETHERNET)),
        4: _constant(rfc1902.Integer32(1500)),
        5: _constant(rfc1902.Gauge32(min(speed_mbps * 1_000_000, _GAUGE32_MAX))),
        6: _constant(rfc1902.OctetString(mac)),
        7: _constant(rfc1902.Integer32(_UP)),
        8: _constant(status),
        9: _constant(rfc1902.TimeTicks(4200 + index)),
        10: _counter32(in_bytes),
        11: _counter32(in_bytes / _BYTES_A_FRAME),
        13: _constant(rfc1902.Counter32(0)),
        14: _counter32(damaged),
        16: _counter32(out_bytes),
        17: _counter32(out_bytes / _BYTES_A_FRAME),
        19: _constant(rfc1902.Counter32(0)),
        20: _constant(rfc1902.Counter32(0)),
    }
    extended = {
        1: _constant(name),
        6: _counter64(in_bytes),
        7: _counter64(in_bytes / _BYTES_A_FRAME),
        10: _counter64(out_bytes),
        11: _counter64(out_bytes / _BYTES_A_FRAME),
        15: _constant(rfc1902.Gauge32(speed_mbps)),
        17: _constant(rfc1902.Integer32(_TRUE)),
        18: _constant(rfc1902.OctetString(port.alias.encode())),
    }
    duplex = (_HALF if port.half_duplex else _FULL) if port.up else _UNKNOWN_DUPLEX
    ethernet = {
        3: _counter32(damaged),
        8: _counter32(damaged / 3 if port.half_duplex else 0.0),
        19: _constant(rfc1902.Integer32(duplex)),
    }
    for entry, columns in ((IF_ENTRY, interface), (IFX_ENTRY, extended), (DOT3_ENTRY, ethernet)):
        yield from (((*entry, column, index), cell) for column, cell in columns.items())


def _rate(port: SimPort, share: float) -> float:
    """Bytes a second."""
    return port.speed_mbps * 1_000_000 / 8 * share if port.up else 0.0


def _constant(value: Any) -> Cell:
    return lambda _: value


def _counter32(per_second: float) -> Cell:
    from pysnmp.proto import rfc1902  # noqa: PLC0415  pysnmp costs 0.1 s

    return lambda up: rfc1902.Counter32(int(per_second * up) % 2**32)


def _counter64(per_second: float) -> Cell:
    from pysnmp.proto import rfc1902  # noqa: PLC0415  pysnmp costs 0.1 s

    return lambda up: rfc1902.Counter64(int(per_second * up) % 2**64)
