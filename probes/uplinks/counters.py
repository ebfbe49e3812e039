"""The octet counters of a port (IF-MIB, RFC 2863), read so that two readings can be compared."""

from __future__ import annotations

from dataclasses import dataclass

from probes import interfaces as column
from probes.campus import Campus, Device, Uplink
from probes.errors import TransportError
from probes.interfaces import Interface
from probes.observation import Reason
from probes.switching.naming import PortNames
from probes.text import text
from probes.transport.snmp import SnmpSession

COLUMNS = (
    column.IF_DESCR,
    column.IF_NAME,
    column.IF_TYPE,
    column.IF_SPEED,
    column.IF_HIGH_SPEED,
    column.IF_OPER,
    column.IF_CONNECTOR,
    column.IF_HC_IN_OCTETS,
    column.IF_HC_OUT_OCTETS,
    column.IF_IN_OCTETS,
    column.IF_OUT_OCTETS,
)
LONG, SHORT = 64, 32
BEYOND_REASON = 1 << 62
"""Octets that no line moves between two readings: at 1.6 Tbit/s they take most of a year."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The counters of a port; ``bits`` is their width: 64, or 32 where the device has no others."""

    in_octets: int
    out_octets: int
    bits: int
    speed_mbps: float | None


def octets_between(before: int, after: int, bits: int = LONG) -> int:
    """How many octets went by, the counter having run over at most once.

    Of a 64-bit counter that began anew (the device was restarted) the figure is beyond all reason: ``began_anew``.

    >>> octets_between(2**64 - 1, 9), octets_between(100, 350)
    (10, 250)
    """
    return (after - before) % (1 << bits)


def began_anew(before: int, after: int, bits: int = LONG) -> bool:
    """Whether a counter was set back rather than run over; only of 64-bit counters can this be told.

    >>> began_anew(5000, 100), began_anew(2**64 - 1, 9), began_anew(5000, 6000)
    (True, False, False)
    """
    return bits == LONG and octets_between(before, after) > BEYOND_REASON


def device_of(campus: Campus, uplink: Uplink) -> Device | None:
    """The device of the uplink's port if it can be asked over SNMP."""
    device = campus.find_device((uplink.port or "").partition(":")[0])
    return device if device is not None and device.snmp is not None else None


class PortCounters:
    """The counters of one port, found once and then read as often as need be."""

    def __init__(self, session: SnmpSession, device: Device, index: str) -> None:
        self._session = session
        self._device = device
        self._index = index

    @classmethod
    async def find(cls, session: SnmpSession, campus: Campus, device: Device, port: str) -> PortCounters:
        """Find the port of that name.

        Raises:
            TransportError: the device does not answer, or has no such port, or several that could be meant.
        """
        index = (await PortNames.read(session, campus, device)).called(port)
        if index is None:
            raise TransportError(
                Reason.UNEXPECTED_ANSWER,
                text("device {device} has no single port called {name}", device=device.id, name=port),
            )
        return cls(session, device, index)

    async def read(self) -> Reading:
        """The counters now; the 64-bit ones where the device has both of them.

        Raises:
            TransportError: it no longer answers, or does not count octets.
        """
        found = await self._session.get(*(f"{one}.{self._index}" for one in COLUMNS))
        row = {one: value for one in COLUMNS if (value := found[f"{one}.{self._index}"]) is not None}
        speed = Interface.read(self._index, row).port.speed_mbps or None
        for bits, names in (
            (LONG, (column.IF_HC_IN_OCTETS, column.IF_HC_OUT_OCTETS)),
            (SHORT, (column.IF_IN_OCTETS, column.IF_OUT_OCTETS)),
        ):
            in_octets, out_octets = (column.count(row.get(name)) for name in names)
            if in_octets is not None and out_octets is not None:
                return Reading(in_octets, out_octets, bits, speed)
        raise TransportError(
            Reason.NOT_SUPPORTED, text("device {device} does not count octets on that port", device=self._device.id)
        )
