"""How the equipment hangs together, as neighbours told it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from probes.campus import Device, Role
from probes.kinds import Neighbour
from probes.observation import Observation
from probes.port_names import canonical
from probes.switching.topology import called_by, meant, own_names
from probes.text import text
from reports.exhibits.exhibit import Exhibit, Grid, Material, Plate, Row, limited
from reports.exhibits.switches import natural
from reports.names import code_name
from reports.polish import cut
from reports.svg import drawing, element

DRAWN = 40
"""More devices than this make a drawing that nobody can read; then the table alone is shown."""
ABREAST = 6
BOX_WIDTH, BOX_HEIGHT = 108, 36
STEP_X, STEP_Y = 120, 84
LONGEST = 8
LONGEST_PORT = 40

# From the way out down to what hangs at the edge; servers stand beside the core, so that nothing runs behind them.
LAYERS: tuple[frozenset[Role], ...] = (
    frozenset({Role.ROUTER, Role.FIREWALL, Role.BEHAVIOUR, Role.IDS, Role.WAF}),
    frozenset({Role.CORE_SWITCH, Role.WIRELESS_CONTROLLER, Role.LOG_SERVER, Role.SERVER, Role.RECORDER}),
    frozenset({Role.AGGREGATION_SWITCH}),
    frozenset({Role.ACCESS_SWITCH}),
)


@dataclass(frozen=True, slots=True)
class Link:
    """Two devices of the inventory, the ports where known, and what told of it."""

    ends: tuple[str, str]
    ports: tuple[str, str]
    protocol: str
    told_by: tuple[str, ...]


def topology(material: Material) -> Exhibit | None:
    """The links between devices of the inventory; what else was heard is counted."""
    links, strangers = _links(material)
    if not links:
        return None
    say = material.say
    devices = {end for one in links for end in one.ends}
    rows, more = limited([_row(material, one) for one in links])
    said = [text("{n} links between {m} devices of the inventory.", n=len(links), m=len(devices))]
    if strangers:
        said.append(text("{n} more neighbours are not in the inventory.", n=strangers))
    plates: tuple[Plate, ...] = ()
    if len(devices) <= DRAWN:
        words = say(
            text(
                "Links: {list}",
                list=", ".join(
                    f"{_name(material, a)} – {_name(material, b)}" for a, b in sorted({one.ends for one in links})
                ),
            )
        )
        plates = (Plate("", _drawn(material, links, words)),)
    names = text("Device"), text("Port"), text("Neighbour"), text("Port there"), text("Heard by")
    return Exhibit(
        "topology",
        say(text("Topology")),
        tuple(say(one) for one in said),
        plates,
        Grid(tuple(say(one) for one in names), rows, more),
        folded=bool(plates),
    )  # fmt: skip


def _name(material: Material, device: str) -> str:
    return material.device(device)


def _links(material: Material) -> tuple[list[Link], int]:
    """Each link once, whichever end told of it; and how many neighbours are none of the inventory's."""
    heard = material.latest("neighbour", lambda value: getattr(value, "remote_name", ""))
    called = called_by(material.campus.device, own_names(heard.values()))
    found: dict[tuple[str, str, str, str], Link] = {}
    strangers = 0
    for one in heard.values():
        if not isinstance(one.value, Neighbour):
            continue
        teller, _, port = one.subject.partition(":")
        remote = meant(called, one.value.remote_name, teller)
        if remote is None:
            strangers += one.value.protocol != "fdb"
            continue
        _add(found, (teller, remote), (port, one.value.remote_port), one)
    return sorted(found.values(), key=lambda one: (one.ends, natural(one.ports[0]))), strangers


def _add(
    found: dict[tuple[str, str, str, str], Link], ends: tuple[str, str], ports: tuple[str, str], one: Observation
) -> None:
    assert isinstance(one.value, Neighbour)
    (a, b), (pa, pb) = (ends, ports) if ends[0] <= ends[1] else (ends[::-1], ports[::-1])
    key = a, b, canonical(pa), canonical(pb)  # both ends tell of the same link, each in its own spelling
    earlier = found.get(key)
    told_by = (*(earlier.told_by if earlier else ()), one.id)
    found[key] = Link((a, b), earlier.ports if earlier else (pa, pb), one.value.protocol.upper(), told_by)


def _row(material: Material, link: Link) -> Row:
    (a, b), (pa, pb) = link.ends, link.ports
    cells = _name(material, a), cut(pa, LONGEST_PORT), _name(material, b), cut(pb, LONGEST_PORT) or "–", link.protocol
    return Row(cells, link.told_by)


def _layer(device: Device | None) -> int:
    roles = (n for n, roles in enumerate(LAYERS) if device is not None and device.role in roles)
    return next(roles, len(LAYERS))


def _places(material: Material, links: Sequence[Link]) -> tuple[Mapping[str, tuple[float, float]], float, float]:
    """Where each device stands: layers from the way out downwards, at most so many abreast."""
    layers: dict[int, list[str]] = defaultdict(list)
    for device in sorted({end for one in links for end in one.ends}, key=natural):
        layers[_layer(material.campus.find_device(device))].append(device)
    lines = [
        several[start : start + ABREAST]
        for _, several in sorted(layers.items())
        for start in range(0, len(several), ABREAST)
    ]
    width = max(len(line) for line in lines) * STEP_X
    return (
        {
            device: (width / 2 + (n - (len(line) - 1) / 2) * STEP_X, row * STEP_Y + BOX_HEIGHT / 2 + 1)
            for row, line in enumerate(lines)
            for n, device in enumerate(line)
        },
        width,
        (len(lines) - 1) * STEP_Y + BOX_HEIGHT + 2,
    )


def _drawn(material: Material, links: Sequence[Link], words: str) -> Markup:
    places, width, height = _places(material, links)
    return drawing(
        width, height, words, *_lines(places, links), *_boxes(material, places), class_="topology", fit="own"
    )


def _lines(places: Mapping[str, tuple[float, float]], links: Sequence[Link]) -> Iterator[Markup]:
    """A line for each pair of devices; several links between the same two are drawn once, thicker."""
    pairs: dict[tuple[str, str], int] = defaultdict(int)
    for link in links:
        pairs[link.ends] += 1
    for (a, b), n in pairs.items():
        (xa, ya), (xb, yb) = sorted((places[a], places[b]), key=lambda at: at[1])
        # Two on the same level: an arc beneath them, so that it does not run through a third.
        bend = 0.0 if ya != yb else STEP_Y / 2
        middle = (ya + yb) / 2 + bend
        path = f"M{xa:.0f} {ya:.0f}C{xa:.0f} {middle:.0f} {xb:.0f} {middle:.0f} {xb:.0f} {yb:.0f}"
        yield element("path", d=path, class_="link several" if n > 1 else "link")


def _boxes(material: Material, places: Mapping[str, tuple[float, float]]) -> Iterator[Markup]:
    for device, (x, y) in places.items():
        known = material.campus.find_device(device)
        yield element("rect", x=x - BOX_WIDTH / 2, y=y - BOX_HEIGHT / 2, width=BOX_WIDTH, height=BOX_HEIGHT, rx=3)
        name = cut(material.device(device), LONGEST)
        yield element("text", name, x=x, y=y - 2, text_anchor="middle", class_="name")
        if known is not None:
            role = cut(material.say(code_name(known.role)), 2 * LONGEST)
            yield element("text", role, x=x, y=y + 12, text_anchor="middle", class_="role")
