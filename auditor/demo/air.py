"""The air of the demo's school: its access points, who is at them, and what the wireless controller says of both.

Over SNMP it is told in the objects of Huawei's MIBs, on the console in the forms of Huawei's command reference; both
tell the same. The addresses of access points and clients are of the locally administered range, which no maker has.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zlib import crc32

from auditor.demo import floor
from auditor.demo.school import FALLEN, ROOMS, Room, SimDevice

Oid = tuple[int, ...]

CONTROLLER = "wireless-controller"
SSIDS = ("SYSY-Office", "SYSY-Class")
PREFIX = "02:5e:9e"

WLAN: Oid = (1, 3, 6, 1, 4, 1, 2011, 6, 139)
JOINED: Oid = (*WLAN, 12, 1, 2, 1, 0)
"""HUAWEI-WLAN-GLOBAL-MIB, hwWlanCurJointApNum."""
AP_ENTRY: Oid = (*WLAN, 13, 3, 3, 1)
"""HUAWEI-WLAN-AP-MIB, hwWlanApEntry; its index is the access point's address."""
STATION_ENTRY: Oid = (*WLAN, 18, 1, 2, 1)
"""HUAWEI-WLAN-STATION-MIB, hwWlanStaEntry; its index is the client's address."""
_FAULT, _NORMAL = 4, 8

_CLASS_KINDS = frozenset({"classroom", "computer-room", "laboratory", "recording-room"})
_MODEL, _WIDE_MODEL = "AirEngine5762-12", "AirEngine6761-21T"
_WIDE_KINDS = frozenset({"canteen", "gym", "hall", "library"})
_MOST_CLIENTS = 9
_NEAREST_DBM, _SPREAD_DB = -47, 17


@dataclass(frozen=True)
class Client:
    """Somebody's device: its address, what it is at, and how strong it is heard."""

    address: str
    ssid: str
    rssi_dbm: int
    high_band: bool


@dataclass(frozen=True)
class SimAccessPoint:
    """An access point.

    Attributes:
        base: what its BSSIDs have after ``PREFIX``; its own address ends in 00.
        channel: on 5 GHz.
    """

    name: str
    room: Room
    base: str
    channel: int

    @property
    def online(self) -> bool:
        """Whether the controller has it."""
        return self.name != FALLEN

    @property
    def address(self) -> str:
        """Its own, in colons."""
        return f"{PREFIX}:{self.base}:00"

    @property
    def model(self) -> str:
        """Halls have larger ones."""
        return _WIDE_MODEL if self.room.kind in _WIDE_KINDS else _MODEL

    def clients(self) -> Iterator[Client]:
        """Who is at it; nobody where it has fallen."""
        number = 1 + chance(self.name, "clients") % _MOST_CLIENTS if self.online else 0
        for n in range(number):
            one = chance(self.name, "client", n)
            yield Client(
                f"06:{self.base}:{one >> 8 & 0xFF:02x}:{one & 0xFF:02x}:{n:02x}",
                SSIDS[self.room.kind in _CLASS_KINDS],
                _NEAREST_DBM - one % _SPREAD_DB,
                one % 5 != 0,
            )


def chance(*of: object) -> int:
    """A number that is the same in every demo."""
    return crc32(repr(of).encode())


def _own(room: Room) -> SimAccessPoint:
    drawn, name = chance(room.id), room.access_point or f"ap-{room.id.replace('-', '').lower()}"
    return SimAccessPoint(name, room, f"{drawn >> 8 & 0xFF:02x}:{drawn & 0xFF:02x}", 36 + 4 * (drawn % 4))


def _on_the_plan() -> Iterator[SimAccessPoint]:
    rooms = {room.id: room for room in ROOMS}
    for one in floor.ACCESS_POINTS:
        yield SimAccessPoint(one.name, rooms[one.serves[0]], one.base, one.channel)


OWN = {room.id: _own(room) for room in ROOMS if room.wifi and room.id not in floor.CORNERS}
"""The access points of rooms that have one to themselves, by room."""
ACCESS_POINTS = (*_on_the_plan(), *OWN.values())


def objects(device: SimDevice) -> Iterator[tuple[Oid, Any]]:
    """What a device tells of access points and clients over SNMP; nothing, if it is no controller."""
    from pysnmp.proto import rfc1902  # noqa: PLC0415  pysnmp costs 0.1 s

    if device.role != CONTROLLER:
        return
    yield JOINED, rfc1902.Integer32(sum(one.online for one in ACCESS_POINTS))
    for one in ACCESS_POINTS:
        columns = {
            2: rfc1902.OctetString(_serial(one).encode()),
            3: rfc1902.OctetString(one.model.encode()),
            4: rfc1902.OctetString(one.name.encode()),
            6: rfc1902.Integer32(_NORMAL if one.online else _FAULT),
            44: rfc1902.Unsigned32(_number(one)),
        }
        yield from (((*AP_ENTRY, column, *_octets(one.address)), value) for column, value in columns.items())
        for client in one.clients():
            told = {
                4: rfc1902.OctetString(one.name.encode()),
                18: rfc1902.OctetString(client.ssid.encode()),
                42: rfc1902.Integer32(client.rssi_dbm),
            }
            yield from (((*STATION_ENTRY, column, *_octets(client.address)), value) for column, value in told.items())


def ap_all() -> str:
    """``display ap all``."""
    widths = {"ID": 5, "MAC": 15, "Name": 12, "Group": 9, "IP": 14, "Type": 19, "State": 6, "STA": 4, "Uptime": 16}
    rows = [
        (n, _in_threes(one.address), one.name, "default", f"192.0.2.{n + 10}", one.model, "nor", _number(one),
         f"{chance(one.name) % 40 + 22}D:7H:{n}M:9S", "-")
        if one.online
        else (n, _in_threes(one.address), one.name, "default", "-", one.model, "fault", 0, "-", "-")
        for n, one in enumerate(ACCESS_POINTS)
    ]  # fmt: skip
    up = sum(one.online for one in ACCESS_POINTS)
    counts = f"fault: fault           [{len(rows) - up}]\nnor  : normal          [{up}]"
    legend = f"Total AP information:\n{counts}\nExtra information:\nP  : insufficient power supply"
    return f"{legend}\n{_table({**widths, 'ExtraInfo': 9}, rows)}\nTotal: {len(rows)}"


def station_all() -> str:
    """``display station all``."""
    widths = {"STA MAC": 17, "AP ID": 6, "Ap name": 12, "Rf/WLAN": 9, "Band": 6, "Type": 6, "Rx/Tx": 11, "RSSI": 6}
    found = [(n, one, client) for n, one in enumerate(ACCESS_POINTS) for client in one.clients()]
    rows = [
        (_in_threes(client.address), n, one.name, *(("1/1", "5G", "11ax", "286/344") if client.high_band else
                                                    ("0/1", "2.4G", "11n", "72/130")),
         client.rssi_dbm, 60, f"198.51.100.{at % 240 + 10}", client.ssid)
        for at, (n, one, client) in enumerate(found)
    ]  # fmt: skip
    high = sum(client.high_band for _, _, client in found)
    legend = "Rf/WLAN: Radio ID/WLAN ID\nRx/Tx: link receive rate/link transmit rate(Mbps)"
    table = _table({**widths, "VLAN": 6, "IP address": 16, "SSID": 12}, rows)
    return f"{legend}\n{table}\nTotal: {len(rows)} 2.4G: {len(rows) - high} 5G: {high}"


def _table(widths: Mapping[str, int], rows: Sequence[Sequence[object]]) -> str:
    """Headings and rows in columns of these widths, between rules."""
    rule = "-" * sum(widths.values())
    lines = ("".join(f"{cell!s:<{width}}" for cell, width in zip(row, widths.values(), strict=True)) for row in rows)
    head = "".join(f"{heading:<{width}}" for heading, width in widths.items())
    return "\n".join((rule, head, rule, *(line.rstrip() for line in lines), rule))


def _number(one: SimAccessPoint) -> int:
    """How many clients it has."""
    return sum(1 for _ in one.clients())


def _serial(one: SimAccessPoint) -> str:
    return f"DEMO{chance(one.name, 'serial'):010d}"


def _octets(address: str) -> Oid:
    return tuple(bytes.fromhex(address.replace(":", "")))


def _in_threes(address: str) -> str:
    """An address as Huawei writes it.

    >>> _in_threes("02:5e:9e:b1:01:00")
    '025e-9eb1-0100'
    """
    digits = address.replace(":", "")
    return "-".join(digits[at : at + 4] for at in (0, 4, 8))
