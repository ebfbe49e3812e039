"""The topology: which of the known devices is joined to which, port by port, from what each of them hears.

A link has two ends. One end alone may be wrong about the other (LLDP passes through cheap switches, a neighbour table
may be minutes old); where both ends say the same, the link is confirmed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from probes.campus import Device
from probes.kinds import Neighbour
from probes.observation import Observation
from probes.port_names import canonical


@dataclass(frozen=True, slots=True)
class End:
    """One end of a link: a device of the inventory and a port of it; the port is empty where nobody named it."""

    device: str
    port: str


@dataclass(frozen=True, slots=True)
class Link:
    """A link between two known devices; ``confirmed`` where both ends hear each other."""

    one: End
    other: End
    confirmed: bool


def links(observations: Iterable[Observation], devices: Iterable[Device], names: Mapping[str, str]) -> list[Link]:
    """Every link between devices of the inventory, each once, the ends in the order of their names.

    Args:
        observations: of kind ``neighbour``; others are passed over.
        devices: the inventory's.
        names: by device, the name that it gives itself (SNMP's sysName), where that is known.

    Neighbours whose name fits no device, or several, join nothing.
    """
    called = _called(devices, names)
    said: dict[tuple[str, str], tuple[End, End]] = {}
    for one in observations:
        value = one.value
        if not isinstance(value, Neighbour) or value.protocol == "fdb":
            continue
        device, _, port = one.subject.partition(":")
        others = called.get(_plain(value.remote_name), set()) - {device}
        if len(others) == 1:
            near, far = End(device, port), End(others.pop(), value.remote_port)
            said[(device, canonical(port))] = (near, far)
    return sorted(_joined(said), key=lambda link: (link.one.device, link.one.port))


def _joined(said: Mapping[tuple[str, str], tuple[End, End]]) -> Iterable[Link]:
    """Both ends' words put together; the port's own device knows best what it is called."""
    done: set[tuple[str, str]] = set()
    for key, (near, far) in said.items():
        if key in done:
            continue
        back = _back(said, near, far)
        done |= {key} | ({back} if back is not None else set())
        other = said[back][0] if back is not None else far
        first, second = sorted((near, other), key=lambda end: (end.device, end.port))
        yield Link(first, second, confirmed=back is not None)


def _back(said: Mapping[tuple[str, str], tuple[End, End]], near: End, far: End) -> tuple[str, str] | None:
    """The other end's word about the same link: from the port that was named, or the only one that leads back here."""
    named = (far.device, canonical(far.port))
    if named in said and said[named][1].device == near.device:
        return named
    back = [
        key
        for key, (end, beyond) in said.items()
        if end.device == far.device and (beyond.device, canonical(beyond.port)) == (near.device, canonical(near.port))
    ]
    return back[0] if len(back) == 1 else None


def _called(devices: Iterable[Device], names: Mapping[str, str]) -> dict[str, set[str]]:
    """By every name that a device goes by, the devices."""
    found: dict[str, set[str]] = {}
    for device in devices:
        for name in {device.id, device.name, device.address, names.get(device.id, "")}:
            for form in {_plain(name), _plain(name).partition(".")[0] if not name[:1].isdigit() else ""}:
                if form:
                    found.setdefault(form, set()).add(device.id)
    return found


def _plain(name: str) -> str:
    """A device's name without case and, as CDP adds it, without the serial number in brackets."""
    return name.partition("(")[0].strip().casefold()
