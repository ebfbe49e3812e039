"""What a row of IF-MIB (RFC 2863) and EtherLike-MIB (RFC 3635) says about a port; pure arithmetic, no network.

Devices contradict themselves and the standard; wherever they do, the answer is the one that cannot make a port look
better than it is, or *not determined* (``None``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self

from probes.dialect.amounts import as_mbps
from probes.kinds import Port
from probes.transport.snmp import Value, plain_text

_IF = "1.3.6.1.2.1.2.2.1."
IF_DESCR, IF_TYPE, IF_SPEED, IF_ADMIN, IF_OPER = (_IF + column for column in ("2", "3", "5", "7", "8"))
IF_IN_OCTETS, IF_IN_UCAST, IF_IN_NUCAST, IF_OUT_OCTETS = (_IF + column for column in ("10", "11", "12", "16"))
_IFX = "1.3.6.1.2.1.31.1.1.1."
IF_NAME, IF_HIGH_SPEED, IF_CONNECTOR, IF_ALIAS = (_IFX + column for column in ("1", "15", "17", "18"))
IF_HC_IN_OCTETS, IF_HC_UCAST, IF_HC_MULTICAST, IF_HC_BROADCAST, IF_HC_OUT_OCTETS = (
    _IFX + column for column in ("6", "7", "8", "9", "10")
)
_DOT3 = "1.3.6.1.2.1.10.7.2.1."
DOT3_FCS, DOT3_LATE, DOT3_DUPLEX = (_DOT3 + column for column in ("3", "8", "19"))

_UP = 1
_UNKNOWN = 4

# IANAifType-MIB: ethernetCsmacd, iso88023Csmacd, ethernet3Mbit, fastEther, fastEtherFX, gigabitEthernet
_ETHERNET = frozenset({6, 7, 26, 62, 69, 117})
# Some agents (TP-Link, StoneOS) list VLAN interfaces as ethernetCsmacd with a connector.
_SOFTWARE_NAME = re.compile(r"(?i)(vlan|loopback|null\d|tunnel)")
_NO_CONNECTOR = 2
_NO_ALIAS = frozenset({"-", "--", "N/A"})

_GAUGE_LIMIT = 2**32 - 1
_FASTEST_MBPS = 1_600_000  # IEEE 802.3dj; what claims more is garbage
_SLOWEST_ETHERNET_MBPS = 1
# Agents that put 10 Gbit/s into 32 bits without the ifXTable report what is left of it.
_OVERFLOWN = frozenset(giga * 10**9 % 2**32 for giga in (10, 20, 25, 40, 50, 80, 100, 200, 400, 800))

Row = Mapping[str, Value]


def count(value: Value) -> int | None:
    """A counter or gauge; ``None`` for what is absent, negative or no number."""
    return value if isinstance(value, int) and value >= 0 else None


def is_physical(if_type: Value, connector: Value, name: str) -> bool | None:
    """Whether a cable can be put in: an Ethernet type, not disclaimed by ifConnectorPresent or the name.

    >>> is_physical(6, 1, "GigabitEthernet0/0/1"), is_physical(6, 1, "Vlan-interface20"), is_physical(24, None, "lo")
    (True, False, False)
    """
    if connector == _NO_CONNECTOR or _SOFTWARE_NAME.match(name):
        return False
    return if_type in _ETHERNET if isinstance(if_type, int) else None


def speed_mbps(speed: Value, high_speed: Value, *, oper_up: bool | None, physical: bool | None) -> float | None:
    """The speed in Mbit/s out of ifSpeed (bit/s) and ifHighSpeed (Mbit/s).

    ifHighSpeed counts where it is above zero; where ifSpeed contradicts it, the lower of the two does. The highest
    value of ifSpeed means "more than I can say" (RFC 2863, 3.1.2), which alone is *not determined*. So is a speed of 0
    on a physical port that is up, and less than any Ethernet has.

    >>> speed_mbps(4294967295, 10000, oper_up=True, physical=True)
    10000.0
    >>> speed_mbps(100000000, 0, oper_up=True, physical=True)
    100.0
    """
    bits, high = count(speed), count(high_speed)
    fine = bits / 1e6 if bits and bits != _GAUGE_LIMIT else None
    if high and high <= _FASTEST_MBPS:
        agree = fine is None or abs(fine - high) <= 1 or high * 10**6 % 2**32 == bits
        return float(high) if agree or fine is None else min(float(high), fine)
    if fine is not None:
        doubtful = bits in _OVERFLOWN or (physical and fine < _SLOWEST_ETHERNET_MBPS)
        return None if doubtful else fine
    if bits == 0 or (high == 0 and bits is None):
        return None if oper_up and physical else 0.0
    return None


def _state(value: Value) -> bool | None:
    """Up or not, of ifAdminStatus or ifOperStatus: testing, dormant, notPresent and lowerLayerDown are not up."""
    known = isinstance(value, int) and 1 <= value <= 7 and value != _UNKNOWN  # noqa: PLR2004  RFC 2863's list ends at 7
    return value == _UP if known else None


def duplex_of(value: Value) -> Literal["full", "half", "unknown"]:
    """dot3StatsDuplexStatus: unknown(1), halfDuplex(2), fullDuplex(3)."""
    return "full" if value == 3 else "half" if value == 2 else "unknown"  # noqa: PLR2004  as above


def fcs_error_ratio(row: Row) -> float | None:
    """FCS errors per packet received; ``None`` without both counters or without a packet.

    The 64-bit counters count; the 32-bit ones stand in where those are missing or were never begun.
    """
    errors = count(row.get(DOT3_FCS))
    packets = _sum(row, IF_HC_UCAST, IF_HC_MULTICAST, IF_HC_BROADCAST) or _sum(row, IF_IN_UCAST, IF_IN_NUCAST)
    if errors is None or not packets:
        return None
    return min(errors / packets, 1.0)


def _sum(row: Row, *columns: str) -> int:
    return sum(count(row.get(column)) or 0 for column in columns)


def told_on_console(said: Mapping[str, str]) -> Interface:
    """An interface as a row of a console's table tells it (groups of the purpose ``port``).

    A speed that is set for a port that is down is not one that it has.
    """
    name = said["name"]
    admin, oper = said.get("admin"), said.get("oper")
    oper_up = None if oper is None else oper == "up"
    duplex: Any = said.get("duplex", "unknown")
    speed = as_mbps(said.get("speed_mbps", "")) if oper_up is not False else None
    port = Port(
        speed_mbps=speed,
        duplex=duplex,
        admin_up=None if admin is None else admin == "up",
        oper_up=oper_up,
        alias="" if said.get("alias") in _NO_ALIAS else said.get("alias", ""),
        physical=False if _SOFTWARE_NAME.match(name) else None,
    )
    return Interface(name, name, name, port)


@dataclass(frozen=True, slots=True)
class Interface:
    """One interface under its ifIndex, with the names it goes by and what it is as a port."""

    index: str
    name: str
    descr: str
    port: Port

    @classmethod
    def read(cls, index: str, row: Row) -> Self:
        """What the columns of one row mean. An interface without any name is called after its ifIndex."""
        descr = plain_text(row.get(IF_DESCR))
        name = plain_text(row.get(IF_NAME)) or descr
        physical = is_physical(row.get(IF_TYPE), row.get(IF_CONNECTOR), name)
        oper_up = _state(row.get(IF_OPER))
        port = Port(
            speed_mbps=speed_mbps(row.get(IF_SPEED), row.get(IF_HIGH_SPEED), oper_up=oper_up, physical=physical),
            duplex=duplex_of(row.get(DOT3_DUPLEX)),
            admin_up=_state(row.get(IF_ADMIN)),
            oper_up=oper_up,
            fcs_error_ratio=fcs_error_ratio(row),
            late_collisions=count(row.get(DOT3_LATE)),
            alias=plain_text(row.get(IF_ALIAS)),
            physical=physical,
        )
        return cls(index, name, descr, port)
