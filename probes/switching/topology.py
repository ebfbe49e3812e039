"""The topology: which of the known devices is joined to which, port by port, from what each of them hears.

A link has two ends. One end alone may be wrong about the other (LLDP passes through cheap switches, a neighbour table
may be minutes old); where both ends say the same, the link is confirmed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

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


def links(
    observations: Sequence[Observation], devices: Iterable[Device], names: Mapping[str, str] = MappingProxyType({})
) -> list[Link]:
    """Every link between devices of the inventory, each once, the ends in the order of their names.

    Args:
        observations: of kind ``neighbour``; others are passed over.
        devices: the inventory's.
        names: by device, the name that it gives itself where that is known otherwise than from ``observations``.

    Neighbours whose name fits no device, or several, join nothing.
    """
    called = called_by(devices, {**names, **own_names(observations)})
    said: dict[tuple[str, str], tuple[End, End]] = {}
    for one in observations:
        value = one.value
        if not isinstance(value, Neighbour) or value.protocol == "fdb":
            continue
        device, _, port = one.subject.partition(":")
        other = meant(called, value.remote_name, device)
        if other is not None:
            near, far = End(device, port), End(other, value.remote_port)
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


def own_names(observations: Iterable[Observation]) -> dict[str, str]:
    """By device, what it calls itself, as the neighbours that it heard carry it."""
    told = ((one.subject.partition(":")[0], one.value) for one in observations)
    return {device: value.local_name for device, value in told if isinstance(value, Neighbour) and value.local_name}


def meant(called: Mapping[str, set[str]], name: str, hearer: str) -> str | None:
    """The one device that a neighbour's name means, other than the one that hears it; its domain may be left out."""
    plain = _plain(name)
    short = plain if plain[:1].isdigit() else plain.partition(".")[0]
    others = (called.get(plain) or called.get(short, set())) - {hearer}
    return next(iter(others)) if len(others) == 1 else None


def called_by(devices: Iterable[Device], names: Mapping[str, str]) -> dict[str, set[str]]:
    """By every name that a device goes by, with and without its domain, the devices."""
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
