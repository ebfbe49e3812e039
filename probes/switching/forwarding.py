"""Forwarding tables: which addresses a switch has learnt on which of its ports.

Q-BRIDGE-MIB (RFC 4363) lists them by VLAN, BRIDGE-MIB (RFC 4188) without; many switches fill only one of the two. Ports
are bridge ports, which dot1dBasePortTable turns into interfaces.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from probes.campus import Campus, Device
from probes.switching.heard import Heard, read_base_ports, read_neighbourhood
from probes.switching.mac import from_octets, mask_evidence
from probes.switching.naming import PortNames
from probes.transport.snmp import Quirk, SnmpSession, Table, Value

MAX_ADDRESSES = 50_000

BRIDGE_ADDRESS = "1.3.6.1.2.1.17.1.1.0"
_FDB = "1.3.6.1.2.1.17.4.3.1."
FDB_ADDRESS, FDB_PORT, FDB_STATUS = (_FDB + column for column in ("1", "2", "3"))
_QFDB = "1.3.6.1.2.1.17.7.1.2.2.1."
QFDB_PORT, QFDB_STATUS = (_QFDB + column for column in ("2", "3"))

_INVALID, _SELF = 2, 4  # dot1dTpFdbStatus and dot1qTpFdbStatus: other(1), invalid(2), learned(3), self(4), mgmt(5)


@dataclass(frozen=True)
class Switch:
    """What one switch knows.

    Attributes:
        learnt: addresses by the ifIndex of the port behind which they are.
        heard: neighbours by the ifIndex of the port that hears them.
        listens: whether it shows that it has LLDP or CDP at all.
        own: its own address as a bridge.
        cut: the table was longer than was read.
        evidence: what it said, with addresses masked.
    """

    device: Device
    names: PortNames
    learnt: Mapping[str, frozenset[str]]
    heard: Mapping[str, tuple[Heard, ...]]
    listens: bool
    own: str | None
    cut: bool
    evidence: str

    def subject(self, if_index: str) -> str:
        """The port as observations name it."""
        return self.names.subject(if_index)


async def read_switch(session: SnmpSession, campus: Campus, device: Device) -> Switch:
    """Read names, forwarding tables and neighbours of a switch."""
    names = await PortNames.read(session, campus, device)
    base_ports = await read_base_ports(session)
    bridge = (await session.get(BRIDGE_ADDRESS))[BRIDGE_ADDRESS]
    by_vlan = await session.table(QFDB_PORT, QFDB_STATUS, max_rows=MAX_ADDRESSES)
    plain = await session.table(FDB_ADDRESS, FDB_PORT, FDB_STATUS, max_rows=MAX_ADDRESSES)
    neighbourhood = await read_neighbourhood(session, names, base_ports)
    learnt: dict[str, set[str]] = defaultdict(set)
    for address, port in [*_entries(by_vlan, QFDB_PORT, QFDB_STATUS), *_entries(plain, FDB_PORT, FDB_STATUS)]:
        if_index = _interface(port, base_ports, names)
        if if_index is not None:
            learnt[if_index].add(address)
    heard: dict[str, list[Heard]] = defaultdict(list)
    for one in neighbourhood.heard:
        heard[one.if_index or ""].append(one)
    values = {f"{FDB_ADDRESS}.{index}" for index in plain} | {BRIDGE_ADDRESS} | neighbourhood.addresses
    return Switch(
        device=device,
        names=names,
        learnt={port: frozenset(addresses) for port, addresses in learnt.items()},
        heard={port: tuple(ones) for port, ones in heard.items() if port},
        listens=neighbourhood.speaks,
        own=from_octets(bridge) if isinstance(bridge, bytes) else None,
        cut=Quirk.TOO_MANY_ROWS in session.quirks,
        evidence=mask_evidence(session.raw(), values),
    )


def _entries(table: Table, port: str, status: str) -> Iterator[tuple[str, int]]:
    """The addresses of machines with their bridge port; the switch's own and invalid ones left out."""
    for index, row in table.items():
        number = row.get(port)
        if not isinstance(number, int) or number <= 0 or row.get(status) in {_INVALID, _SELF}:
            continue
        address = _address(index, row.get(FDB_ADDRESS))
        if address is not None:
            yield address, number


def _address(index: str, value: Value) -> str | None:
    """The address out of the value, or out of the last six parts of the index, where it must stand by the standard."""
    if isinstance(value, bytes):
        return from_octets(value)
    parts = index.split(".")
    return from_octets([int(part) for part in parts[-6:]]) if len(parts) >= 6 else None  # noqa: PLR2004  octets


def _interface(port: int, base_ports: Mapping[str, str], names: PortNames) -> str | None:
    """The ifIndex of a bridge port; ``None`` where the switch does not say, for a number can mean several things."""
    if not base_ports:
        found: str | None = str(port)  # without dot1dBasePortTable the two are the same, or nothing is known
    else:
        found = base_ports.get(str(port)) or _by_position(port, base_ports)
    return found if found in names else None


def _by_position(port: int, base_ports: Mapping[str, str]) -> str | None:
    """TP-Link JetStream calls port 18 in its forwarding table 18, in dot1dBasePortTable by its ifIndex 49170.

    So is read only where the whole table is like that: every bridge port its own ifIndex, in one unbroken run.
    """
    numbers = sorted(int(number) for number in base_ports if number.isdigit())
    unbroken = len(numbers) == len(base_ports) == numbers[-1] - numbers[0] + 1 if numbers else False
    if not unbroken or numbers[0] <= len(numbers) or any(number != index for number, index in base_ports.items()):
        return None
    return str(numbers[port - 1]) if port <= len(numbers) else None
