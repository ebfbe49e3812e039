"""Under which subject an interface is reported: every probe that speaks of a port must call it the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from probes.campus import Campus, Device
from probes.interfaces import IF_DESCR, IF_NAME, Interface
from probes.port_names import find_port
from probes.transport.snmp import SnmpSession, Table

MAX_INTERFACES = 20_000


def unique_names(known: Mapping[str, Interface]) -> dict[str, str]:
    """What each interface is called: its name, with ``#<ifIndex>`` where several share it or it has none.

    An inventory may use that form to say which of several is meant.
    """
    uses = Counter(one.name for one in known.values())
    return {
        index: one.name if one.name and uses[one.name] == 1 else f"{one.name}#{index}" for index, one in known.items()
    }


def named_by(campus: Campus, device: Device) -> list[str]:
    """The ports of the device that places and uplinks name, each spelling once."""
    written = [place.port for place in campus.place] + [uplink.port for uplink in campus.uplink]
    named = [port.partition(":") for port in written if port]
    return list(dict.fromkeys(name for owner, _, name in named if owner == device.id and name))


def spellings(known: Mapping[str, Interface]) -> dict[str, tuple[str, str, str]]:
    """By ifIndex, the names that an inventory may mean an interface by."""
    own = unique_names(known)
    return {index: (one.name, one.descr, own[index]) for index, one in known.items()}


class PortNames:
    """The interfaces of a device: found by what others call them, and called what ``ports`` calls them."""

    def __init__(self, campus: Campus, device: Device, table: Table) -> None:
        known = {index: Interface.read(index, row) for index, row in table.items()}
        self._device = device
        self._own = unique_names(known)
        self._spellings = spellings(known)
        self._written: dict[str, str] = {}
        for name in named_by(campus, device):
            found = find_port(name, self._spellings)
            if len(found) == 1:
                self._written.setdefault(found[0], name)

    @classmethod
    async def read(cls, session: SnmpSession, campus: Campus, device: Device) -> PortNames:
        """Ask the device for the names of its interfaces."""
        return cls(campus, device, await session.table(IF_DESCR, IF_NAME, max_rows=MAX_INTERFACES))

    def __contains__(self, if_index: object) -> bool:
        return if_index in self._own

    def __len__(self) -> int:
        return len(self._own)

    def subject(self, if_index: str) -> str:
        """``<device>:<port>`` in the inventory's spelling where it names the port, else in the device's own."""
        return f"{self._device.id}:{self._written.get(if_index, self._own[if_index])}"

    def called(self, *names: str) -> str | None:
        """The ifIndex of the one interface that the first telling name means, or ``None``."""
        for name in names:
            found: Sequence[str] = find_port(name, self._spellings) if name else ()
            if len(found) == 1:
                return found[0]
        return None
