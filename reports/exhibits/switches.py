"""The fronts of the switches with the state of every port, and the ports that matter as a table."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from markupsafe import Markup

from probes.kinds import Port
from probes.observation import Observation, Status
from probes.text import Text, listed, text
from reports.exhibits.exhibit import Exhibit, Grid, Key, Material, Plate, Row, limited
from reports.polish import cut
from reports.svg import boxes, drawing, element

PITCH, SIDE = 13, 11
COLUMNS = 26
MARK = 4
PLATES_SHOWN = 60
"""Fronts shown; those of switches that serve places or look unhealthy come first and the rest is counted."""
PORTS_DRAWN = 400
LONGEST_PORT = 40

GIGABIT_MBPS, FAST_MBPS = 1_000, 100
# Frames damaged in a million, as asked of classroom ports; here only to point at a port, never to judge it.
DAMAGED_RATIO = 1e-6

NUMBERED = re.compile(r"(\d+)")

STATES: Mapping[str, Text] = MappingProxyType(
    {
        "gigabit": text("1000 Mbit/s or more"),
        "fast": text("100 Mbit/s"),
        "slow": text("slower, or half duplex"),
        "idle": text("no link"),
        "off": text("switched off"),
        "dim": text("not known"),
    }
)


def switches(material: Material) -> Exhibit | None:
    """Every switch that told of its ports."""
    by_device: dict[str, list[Observation]] = defaultdict(list)
    silent = []
    for one in material.latest("port").values():
        device = one.subject.partition(":")[0]
        if one.status is not Status.OK:
            silent.append(one)
        elif isinstance(one.value, Port) and one.value.physical is not False:
            by_device[device].append(one)
    if not by_device and not silent:
        return None
    ordered = _ordered(material, by_device)
    rows, more = limited(list(_rows(material, {device: by_device[device] for device in ordered}, silent)))
    say = material.say
    names = text("Device"), text("Port"), text("Serves"), text("Link"), text("Speed"), text("Damaged frames")
    return Exhibit(
        "switches",
        say(text("Switches and their ports")),
        tuple(_said(material, by_device, silent, len(ordered))),
        tuple(_plate(material, device, by_device[device]) for device in ordered[:PLATES_SHOWN]),
        Grid(tuple(say(one) for one in names), rows, more) if rows else None,
        (*(Key(state, say(meaning)) for state, meaning in STATES.items()), Key("serves", say(text("serves a place")))),
    )


def state_of(port: Port) -> str:
    """The state of a port, as a key of ``STATES``.

    >>> state_of(Port(oper_up=True, speed_mbps=100, duplex="half")), state_of(Port(admin_up=False))
    ('slow', 'off')
    """
    if port.admin_up is False:
        return "off"
    if port.oper_up is None:
        return "dim"
    if not port.oper_up:
        return "idle"
    if port.speed_mbps is None:
        return "dim"
    if port.duplex == "half" or port.speed_mbps < FAST_MBPS:
        return "slow"
    return "gigabit" if port.speed_mbps >= GIGABIT_MBPS else "fast"


def natural(name: str) -> tuple[tuple[int, int, str], ...]:
    """A key that sorts port 2 before port 10.

    >>> sorted(["Gi0/10", "Gi0/2"], key=natural)
    ['Gi0/2', 'Gi0/10']
    """
    return tuple((0, int(one[:18]), "") if one.isdigit() else (1, 0, one) for one in NUMBERED.split(name))


def _ailing(port: Port) -> bool:
    return state_of(port) == "slow" or (port.fcs_error_ratio or 0) > DAMAGED_RATIO


def _matters(port: Port) -> bool:
    return port.place is not None or port.uplink is not None or _ailing(port)


def _ordered(material: Material, by_device: Mapping[str, Sequence[Observation]]) -> list[str]:
    """Devices in the inventory's order; where there are too many, those that matter first."""
    known = {device.id: n for n, device in enumerate(material.campus.device)}
    devices = sorted(by_device, key=lambda one: (known.get(one, len(known)), one))
    if len(devices) <= PLATES_SHOWN:
        return devices
    return sorted(
        devices,
        key=lambda device: (
            not any(isinstance(one.value, Port) and _matters(one.value) for one in by_device[device]),
            known.get(device, len(known)),
        ),
    )


def _said(
    material: Material, by_device: Mapping[str, Sequence[Observation]], silent: Sequence[Observation], shown: int
) -> Iterator[str]:
    ports = [one.value for several in by_device.values() for one in several if isinstance(one.value, Port)]
    linked = sum(port.oper_up is True for port in ports)
    yield material.say(
        text("{n} switches, {ports} ports, {linked} with link.", n=len(by_device), ports=len(ports), linked=linked)
    )
    if ailing := sum(_ailing(port) for port in ports):
        yield material.say(text("{n} ports run slow, at half duplex, or damage frames.", n=ailing))
    if silent:
        yield material.say(text("{n} switches did not tell.", n=len(silent)))
    if shown > PLATES_SHOWN:
        yield material.say(text("{n} are drawn here; the bundle holds all of them.", n=PLATES_SHOWN))


def _plate(material: Material, device: str, seen: Sequence[Observation]) -> Plate:
    ports = [(one.subject.partition(":")[2], one.value) for one in seen if isinstance(one.value, Port)]
    ports.sort(key=lambda pair: natural(pair[0]))
    words = material.say(_counted([port for _, port in ports]))
    return Plate(material.device(device), _front(words, ports[:PORTS_DRAWN]), words)


def _counted(ports: Sequence[Port]) -> Text:
    counts = Counter(state_of(port) for port in ports)
    counted = [
        text("{what} × {n}", what=meaning, n=counts[state]) for state, meaning in STATES.items() if counts[state]
    ]
    return text("{n} ports: {list}", n=len(ports), list=listed(counted) if counted else text("none"))


def _front(words: str, ports: Sequence[tuple[str, Port]]) -> Markup:
    """Two rows as on the device, odd numbers above; every module begins a new pair of rows."""
    places: dict[str, list[tuple[float, float]]] = defaultdict(list)
    marks: list[tuple[float, float]] = []
    top = 0
    modules: dict[str, list[Port]] = defaultdict(list)
    for name, port in ports:
        modules[re.sub(r"\d+$", "", name)].append(port)
    for module in modules.values():
        for n, port in enumerate(module):
            column, row = divmod(n, 2)
            line, column = divmod(column, COLUMNS)
            x, y = column * PITCH + 1, top + line * (2 * PITCH + 4) + row * PITCH + 1
            places[state_of(port)].append((x, y))
            if port.place is not None or port.uplink is not None:
                marks.append((x + (SIDE - MARK) / 2, y + (SIDE - MARK) / 2))
        top += (((len(module) + 1) // 2 - 1) // COLUMNS + 1) * (2 * PITCH + 4)
    shapes = [boxes(places[state], SIDE, state) for state in STATES if places[state]]
    shapes += [boxes(marks, MARK, "serves")] if marks else []
    width = COLUMNS * PITCH + 1
    return drawing(width, max(top - 2, 2), words, element("g", *shapes), class_="faceplate")


def _rows(
    material: Material, by_device: Mapping[str, Sequence[Observation]], silent: Sequence[Observation]
) -> Iterator[Row]:
    for one in silent:
        cells = material.device(one.subject), "–", "–", material.failure(one), "–", "–"
        yield Row(cells, (one.id,), "doubt")
    for device, seen in by_device.items():
        ports = [(one.subject.partition(":")[2], one, one.value) for one in seen if isinstance(one.value, Port)]
        for _, one, port in sorted(ports, key=lambda each: natural(each[0])):
            if _matters(port):
                yield _row(material, material.device(device), one, port)


def _row(material: Material, device: str, one: Observation, port: Port) -> Row:
    say, name = material.say, cut(one.subject.partition(":")[2], LONGEST_PORT)
    serves = (("place", port.place), ("uplink", port.uplink))
    served = " · ".join(material.name(f"{kind}:{who}") for kind, who in serves if who is not None)
    known = port.oper_up is not None
    state = text("link up") if port.oper_up else STATES["off"] if port.admin_up is False else STATES["idle"]
    linked = say(state if known else text("not known"))
    damaged = "–" if port.fcs_error_ratio is None else f"{port.fcs_error_ratio * 100:.4g} %"
    tone = "bad" if _ailing(port) else "" if port.oper_up or not known else "doubt"
    return Row((device, name, served or "–", linked, _speed(material, port), damaged), (one.id,), tone)


def _speed(material: Material, port: Port) -> str:
    """Speed and duplex of a port with link."""
    if not port.oper_up or port.speed_mbps is None:
        return "–"
    duplex = {"full": text("full duplex"), "half": text("half duplex")}.get(port.duplex)
    speed = f"{port.speed_mbps:g} Mbit/s"
    return speed if duplex is None else f"{speed} · {material.say(duplex)}"
