"""Who is heard on which port: LLDP-MIB (IEEE 802.1AB), CISCO-CDP-MIB and TP-Link's own LLDP table.

Agents number local ports as they please: by ifIndex, by bridge port, or by a number of their own that only
lldpLocPortTable explains. A neighbour whose port cannot be told for certain is counted, not guessed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Literal

from probes.switching.mac import from_octets, mask_text, masked
from probes.switching.naming import PortNames
from probes.transport.snmp import SnmpSession, Table, Value, plain_text

MAX_NEIGHBOURS = 5_000

Duplex = Literal["full", "half", "unknown"]

LLDP_MIB = "1.0.8802.1.1.2"
_LOCAL = LLDP_MIB + ".1.3."
LLDP_SCALARS = (_LOCAL + "1.0", _LOCAL + "3.0", LLDP_MIB + ".1.1.1.0")  # chassis id subtype, system name, tx interval
SYS_NAME = "1.3.6.1.2.1.1.5.0"
IF_ADDRESS = "1.3.6.1.2.1.2.2.1.6"  # ifPhysAddress
LOC_SUBTYPE, LOC_ID, LOC_DESCR = (_LOCAL + "7.1." + column for column in ("2", "3", "4"))
_REMOTE = LLDP_MIB + ".1.4.1.1."
REM_CHASSIS_SUBTYPE, REM_CHASSIS, REM_SUBTYPE, REM_PORT, REM_PORT_DESCR, REM_NAME, REM_DESCR, REM_CAN, REM_DOES = (
    _REMOTE + column for column in ("4", "5", "6", "7", "8", "9", "10", "11", "12")
)
# LLDP-V2-MIB (IEEE 802.1AB-2009): the same columns one further on, indexed ``<time>.<ifIndex>.<address>.<row>``
_REMOTE_V2 = "1.3.111.2.802.1.1.13.1.4.1.1."
_V2: Mapping[str, str] = MappingProxyType(
    {
        REM_CHASSIS_SUBTYPE: _REMOTE_V2 + "5",
        REM_CHASSIS: _REMOTE_V2 + "6",
        REM_SUBTYPE: _REMOTE_V2 + "7",
        REM_PORT: _REMOTE_V2 + "8",
        REM_PORT_DESCR: _REMOTE_V2 + "9",
        REM_NAME: _REMOTE_V2 + "10",
        REM_DESCR: _REMOTE_V2 + "11",
        REM_CAN: _REMOTE_V2 + "12",
        REM_DOES: _REMOTE_V2 + "13",
    }
)
# lldpXdot3RemPortOperMauType (LLDP-EXT-DOT3-MIB), indexed as the remote table is
REM_MAU = LLDP_MIB + ".1.5.4623.1.3.1.1.4"
BASE_PORT_IF_INDEX = "1.3.6.1.2.1.17.1.4.1.2"

_CDP = "1.3.6.1.4.1.9.9.23.1."
CDP_RUNS = _CDP + "3.1.0"
CDP_NAME, CDP_PORT, CDP_CAN, CDP_DUPLEX = (_CDP + "2.1.1." + column for column in ("6", "7", "9", "12"))

_TP_LINK = "1.3.6.1.4.1.11863.6.35.1.2.2.1."
TP_CHASSIS, TP_PORT, TP_PORT_DESCR, TP_NAME, TP_DOES = (_TP_LINK + column for column in ("4", "6", "8", "9", "12"))

_PORT_MAC, _CHASSIS_MAC = 3, 4
_V2_INDEX = 4
_PORT_ADDRESS, _CHASSIS_ADDRESS = 4, 5
_IPV4 = 1  # IANA address family numbers
# LldpSystemCapabilitiesMap, the first octet
_BRIDGE, _WLAN, _ROUTER, _TELEPHONE = 0x20, 0x10, 0x08, 0x04
# cdpCacheCapabilities, the last octet
_CDP_FORWARDS, _CDP_PHONE = 0x0B, 0x80

# dot3MauType (IANA-MAU-MIB): media that know half duplex as well; 10BASE-T to 100BASE-T2, and 1000BASE-X to T. What
# came after them is full duplex only, but for 2BASE-TL and 10PASS-TS (42, 43).
_HALF_MAUS = frozenset({10, 12, 15, 17, 19, 21, 23, 25, 27, 29})
_FULL_MAUS = frozenset({11, 13, 16, 18, 20, 22, 24, 26, 28, *range(30, 42), *range(44, 91)})
_CDP_DUPLEXES: Mapping[Value, Duplex] = MappingProxyType({2: "half", 3: "full"})  # cdpCacheDuplex

Passes = Literal["yes", "no", "unknown"]


@dataclass(frozen=True, slots=True)
class Heard:
    """One neighbour on one port.

    Attributes:
        if_index: of the port that hears it; ``None`` where the device does not say which.
        forwards: whether others sit behind it (switch, router, access point); a telephone's passthrough does not count.
        duplex: what it says of its own end.
    """

    if_index: str | None
    name: str
    port: str
    protocol: Literal["lldp", "cdp"]
    forwards: Passes
    duplex: Duplex = "unknown"


@dataclass
class Neighbourhood:
    """What a device's neighbour tables say.

    Attributes:
        heard: every neighbour.
        speaks: whether the device shows that it has LLDP or CDP at all; without it, hearing nobody means nothing.
        name: what the device calls itself (sysName).
        addresses: OIDs among the evidence whose value is a MAC address.
    """

    heard: list[Heard] = field(default_factory=list)
    speaks: bool = False
    name: str = ""
    addresses: set[str] = field(default_factory=set)


async def read_neighbourhood(session: SnmpSession, names: PortNames, base_ports: Mapping[str, str]) -> Neighbourhood:
    """Read all neighbour tables that the device has."""
    found = Neighbourhood()
    scalars = await session.get(*LLDP_SCALARS, CDP_RUNS, SYS_NAME)
    found.name = plain_text(scalars.get(SYS_NAME))
    local = await session.table(LOC_SUBTYPE, LOC_ID, LOC_DESCR, max_rows=MAX_NEIGHBOURS)
    remote = await session.table(
        REM_CHASSIS_SUBTYPE,
        REM_CHASSIS,
        REM_SUBTYPE,
        REM_PORT,
        REM_PORT_DESCR,
        REM_NAME,
        REM_DESCR,
        REM_CAN,
        REM_DOES,
        max_rows=MAX_NEIGHBOURS,
    )
    own = await _own_addresses(session, local, found)
    maus = await session.table(REM_MAU, max_rows=MAX_NEIGHBOURS) if remote else {}
    for index, row in remote.items():
        one = _lldp(row, _local_port(index, local, own, names, base_ports))
        found.heard.append(replace(one, duplex=_duplex_of(maus.get(index, {}).get(REM_MAU))))
        found.addresses |= _addresses(index, row)
    found.addresses |= {f"{LOC_ID}.{index}" for index, row in local.items() if row.get(LOC_SUBTYPE) == _PORT_MAC}
    found.speaks = bool(local or remote) or any(value is not None for oid, value in scalars.items() if oid != SYS_NAME)
    newer = [] if remote else await _lldp_v2(session, names, found)
    for one in [*newer, *await _cdp(session, names), *await _tp_link(session, names)]:
        found.heard.append(one)
        found.speaks = True
    return found


async def read_base_ports(session: SnmpSession) -> dict[str, str]:
    """dot1dBasePortIfIndex: the ifIndex of each bridge port."""
    table = await session.table(BASE_PORT_IF_INDEX, max_rows=MAX_NEIGHBOURS)
    return {port: str(row[BASE_PORT_IF_INDEX]) for port, row in table.items() if row.get(BASE_PORT_IF_INDEX)}


async def _own_addresses(session: SnmpSession, local: Table, found: Neighbourhood) -> Mapping[str, str]:
    """The ifIndex of each local port number whose port is known by a MAC address that no other interface has."""
    wanted = {number: row.get(LOC_ID) for number, row in local.items() if row.get(LOC_SUBTYPE) == _PORT_MAC}
    if not wanted:
        return {}
    table = await session.table(IF_ADDRESS, max_rows=MAX_NEIGHBOURS)
    found.addresses |= {f"{IF_ADDRESS}.{index}" for index in table}
    uses = Counter(row.get(IF_ADDRESS) for row in table.values())
    owner = {row.get(IF_ADDRESS): index for index, row in table.items() if uses[row.get(IF_ADDRESS)] == 1}
    return {number: owner[address] for number, address in wanted.items() if address in owner}


def _local_port(
    index: str, local: Table, own_addresses: Mapping[str, str], names: PortNames, base_ports: Mapping[str, str]
) -> str | None:
    """The ifIndex of the port of a remote row; the index is ``<time>.<port>.<row>``, on old TP-Links without the time.

    What the port calls itself, by name or by an address of its own, counts before its number as a bridge port, that
    before its description, that before the number taken for an ifIndex.
    """
    parts = index.split(".")
    if len(parts) not in {2, 3}:
        return None
    number = parts[-2]
    row = local.get(number, {})
    own = "" if row.get(LOC_SUBTYPE) in {_PORT_MAC, _PORT_ADDRESS} else plain_text(row.get(LOC_ID))
    by_base_port, by_address = base_ports.get(number), own_addresses.get(number)
    found = names.called(own) or (by_address if by_address in names else None)
    found = found or (by_base_port if by_base_port in names else None)
    return found or names.called(plain_text(row.get(LOC_DESCR))) or (number if number in names else None)


def _lldp(row: Mapping[str, Value], if_index: str | None) -> Heard:
    chassis = _identity(row.get(REM_CHASSIS), row.get(REM_CHASSIS_SUBTYPE), _CHASSIS_MAC, _CHASSIS_ADDRESS)
    port = _identity(row.get(REM_PORT), row.get(REM_SUBTYPE), _PORT_MAC, _PORT_ADDRESS)
    described = mask_text(plain_text(row.get(REM_PORT_DESCR)))
    name = mask_text(plain_text(row.get(REM_NAME)) or plain_text(row.get(REM_DESCR), 64)) or chassis
    by_address = row.get(REM_SUBTYPE) == _PORT_MAC
    return Heard(if_index, name, (described if by_address else "") or port or described, "lldp", _lldp_forwards(row))


def _duplex_of(mau: Value) -> Duplex:
    return "half" if mau in _HALF_MAUS else "full" if mau in _FULL_MAUS else "unknown"


def _identity(value: Value, subtype: Value, mac: int, address: int) -> str:
    """A chassis or port id for people; addresses of machines masked."""
    if subtype == mac and isinstance(value, bytes) and (found := from_octets(value)) is not None:
        return masked(found)
    if subtype == address and isinstance(value, bytes) and value[:1] == bytes([_IPV4]):
        return ".".join(str(octet) for octet in value[1:5])
    return mask_text(plain_text(value))


def _addresses(index: str, row: Mapping[str, Value]) -> set[str]:
    found = {f"{REM_CHASSIS}.{index}"} if row.get(REM_CHASSIS_SUBTYPE) == _CHASSIS_MAC else set()
    return found | ({f"{REM_PORT}.{index}"} if row.get(REM_SUBTYPE) == _PORT_MAC else set())


def _lldp_forwards(row: Mapping[str, Value]) -> Passes:
    """By the capabilities enabled, or those it has where it does not say which are."""
    told = [value for value in (row.get(REM_DOES), row.get(REM_CAN)) if isinstance(value, bytes) and any(value)]
    if not told:
        return "unknown"
    bits = told[0][0]
    return "yes" if bits & (_BRIDGE | _WLAN | _ROUTER) and not bits & _TELEPHONE else "no"


async def _lldp_v2(session: SnmpSession, names: PortNames, found: Neighbourhood) -> list[Heard]:
    """LLDP-V2-MIB's remote table, which says the ifIndex itself."""
    heard = []
    for index, row in (await session.table(*_V2.values(), max_rows=MAX_NEIGHBOURS)).items():
        parts = index.split(".")
        if_index = parts[1] if len(parts) == _V2_INDEX else ""
        same = {old: row[new] for old, new in _V2.items() if new in row}
        heard.append(_lldp(same, if_index if if_index in names else None))
        found.addresses |= {f"{_V2[oid[: -len(index) - 1]]}.{index}" for oid in _addresses(index, same)}
    return heard


async def _cdp(session: SnmpSession, names: PortNames) -> list[Heard]:
    """CISCO-CDP-MIB's cache, indexed by ifIndex and a number."""
    found = []
    columns = (CDP_NAME, CDP_PORT, CDP_CAN, CDP_DUPLEX)
    for index, row in (await session.table(*columns, max_rows=MAX_NEIGHBOURS)).items():
        if_index = index.partition(".")[0]
        can = row.get(CDP_CAN)
        bits = can[-1] if isinstance(can, bytes) and can else 0
        forwards: Passes = "unknown" if not bits else "yes" if bits & _CDP_FORWARDS and not bits & _CDP_PHONE else "no"
        name, port = (mask_text(plain_text(row.get(column))) for column in (CDP_NAME, CDP_PORT))
        own, duplex = if_index if if_index in names else None, _CDP_DUPLEXES.get(row.get(CDP_DUPLEX), "unknown")
        found.append(Heard(own, name, port, "cdp", forwards, duplex))
    return found


async def _tp_link(session: SnmpSession, names: PortNames) -> list[Heard]:
    """TPLINK-LLDPINFO-MIB, for firmware that leaves LLDP-MIB's remote table empty; indexed by ifIndex and a number."""
    found = []
    columns = (TP_CHASSIS, TP_PORT, TP_PORT_DESCR, TP_NAME, TP_DOES)
    for index, row in (await session.table(*columns, max_rows=MAX_NEIGHBOURS)).items():
        if_index = index.partition(".")[0]
        does = plain_text(row.get(TP_DOES)).lower()
        passes = any(word in does for word in ("bridge", "router", "wlan")) and "telephone" not in does
        forwards: Passes = "unknown" if not does else "yes" if passes else "no"
        name = mask_text(plain_text(row.get(TP_NAME)) or plain_text(row.get(TP_CHASSIS)))
        port = mask_text(plain_text(row.get(TP_PORT)) or plain_text(row.get(TP_PORT_DESCR)))
        found.append(Heard(if_index if if_index in names else None, name, port, "lldp", forwards))
    return found
