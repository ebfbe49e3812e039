"""Ports of a device: speed, duplex, state and frame errors, as the device itself tells over SNMP.

Where SNMP is not to be had, the console's table of interfaces tells what it can: names, states, mostly speeds.

Every interface that the device lists is reported, also VLAN, loopback and null interfaces: leaving one out could hide
a port that a place names, and ``physical`` tells them apart. ``in_mbps`` and ``out_mbps`` stay undetermined: many
agents refresh their counters only every 5 to 30 s, so that two readings within one look give nonsense; the octet
counters stand in the raw evidence, where two audits give a true average.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from probes import interfaces as column
from probes.campus import Campus, Device
from probes.consult import consult
from probes.errors import TransportError
from probes.interfaces import Interface, told_on_console
from probes.kinds import Port
from probes.observation import Method, Observation, Reason
from probes.port_names import find_port
from probes.probe import Context, probe
from probes.switching.naming import MAX_INTERFACES, named_by, spellings, unique_names
from probes.text import Text, text
from probes.transport.snmp import SnmpSession, Table

SYS_DESCR = "1.3.6.1.2.1.1.1.0"
SYS_OBJECT_ID = "1.3.6.1.2.1.1.2.0"
SYS_UP_TIME = "1.3.6.1.2.1.1.3.0"
IF_NUMBER = "1.3.6.1.2.1.2.1.0"

WHAT_IT_IS = (
    column.IF_DESCR,
    column.IF_NAME,
    column.IF_TYPE,
    column.IF_SPEED,
    column.IF_HIGH_SPEED,
    column.IF_ADMIN,
    column.IF_OPER,
    column.IF_CONNECTOR,
    column.IF_ALIAS,
)
HOW_IT_DOES = (
    column.DOT3_DUPLEX,
    column.DOT3_FCS,
    column.DOT3_LATE,
    column.IF_HC_UCAST,
    column.IF_HC_MULTICAST,
    column.IF_HC_BROADCAST,
    column.IF_IN_UCAST,
    column.IF_IN_NUCAST,
    column.IF_HC_IN_OCTETS,
    column.IF_HC_OUT_OCTETS,
    column.IF_IN_OCTETS,
    column.IF_OUT_OCTETS,
)


def _can_be_asked(device: Device) -> bool:
    return device.snmp is not None or device.ssh is not None


@probe(yields="port", on="device", only=_can_be_asked, touch="read", timeout_s=180.0, expected_s=3.0, expected_mb=0.1)
async def ports(ctx: Context, device: Device) -> AsyncIterator[Observation]:
    """Read the interface tables of a device and report each interface as a port.

    A port that a place or an uplink names is reported under the inventory's own spelling of it; when the device has no
    such port, or several that could be meant, that is reported as *unavailable* under the same spelling.
    """
    known, raw, cut_short = await _known(ctx, device)
    own_names = unique_names(known)
    written = spellings(known)
    reported: set[str] = set()
    for name in named_by(ctx.campus, device):
        subject = f"{device.id}:{name}"
        found = find_port(name, written)
        if len(found) == 1:
            port = _in_use(known[found[0]], name, subject, ctx.campus)
            reported.add(found[0])
            yield ctx.observe(port, subject=subject, method=Method.READ, raw=raw)
        else:
            detail = _not_one(device, name, [own_names[index] for index in found], len(known))
            yield ctx.unavailable(Reason.UNEXPECTED_ANSWER, detail, subject=subject, raw=raw)
    for index, interface in known.items():
        if index not in reported:
            subject = f"{device.id}:{own_names[index]}"
            yield ctx.observe(interface.port, subject=subject, method=Method.READ, raw=raw)
    if cut_short is not None:
        yield ctx.unavailable(cut_short.reason, cut_short.text, raw=raw)


Known = tuple[dict[str, Interface], tuple[str, ...], TransportError | None]


async def _known(ctx: Context, device: Device) -> Known:
    """The interfaces by a key of their own, the evidence, and why there may be more: over SNMP, or from the console."""
    if device.snmp is None:
        return await _on_console(ctx, device)
    try:
        async with ctx.snmp(device) as session:
            table = await _read(session, device)
            cut_short = session.cut_short()
            raw = (ctx.keep(session.raw()),)
    except TransportError as error:
        if device.ssh is None:
            raise
        try:
            return await _on_console(ctx, device)
        except TransportError:
            raise error from None  # SNMP is what ought to be mended
    return {index: Interface.read(index, row) for index, row in table.items()}, raw, cut_short


async def _on_console(ctx: Context, device: Device) -> Known:
    async with consult(ctx, device.model_copy(update={"snmp": None})) as asked:
        answer = await asked.ask("port")
        raw = asked.keep()
    if not answer.rows:
        raise TransportError(
            Reason.UNEXPECTED_ANSWER,
            text("the console of device {device} shows no interfaces that could be read", device=device.id),
        )
    shown = [told_on_console(row.groups) for row in answer.rows if row.groups.get("name")]
    return {one.name: one for one in shown}, raw, None


async def _read(session: SnmpSession, device: Device) -> Table:
    """The interface tables by ifIndex; without the counters where the device falls silent at them."""
    about = await session.get(SYS_DESCR, SYS_OBJECT_ID, SYS_UP_TIME, IF_NUMBER)
    table = _by_if_index(await session.table(*WHAT_IT_IS, max_rows=MAX_INTERFACES))
    if not table:
        raise _nothing(device, claims_none=about[IF_NUMBER] == 0)
    try:
        counters = await session.table(*HOW_IT_DOES, max_rows=MAX_INTERFACES)
    except TransportError:
        return table
    for index, row in _by_if_index(counters).items():
        if index in table:
            table[index].update(row)
    return table


def _by_if_index(table: Table) -> Table:
    """The rows under their plain ifIndex: BDCOM indexes EtherLike-MIB by ``<ifIndex>.0``."""
    rows: Table = {}
    for index, row in table.items():
        rows.setdefault(index.removesuffix(".0"), {}).update(row)
    return rows


def _nothing(device: Device, *, claims_none: bool) -> TransportError:
    if claims_none:
        return TransportError(
            Reason.EMPTY, text("device {device} answers SNMP and says that it has no interfaces", device=device.id)
        )
    return TransportError(
        Reason.VIEW_TOO_NARROW,
        text(
            "device {device} answers SNMP but shows no interfaces: include 1.3.6.1.2.1.2 and 1.3.6.1.2.1.31 (IF-MIB) in"
            " the SNMP view of the credential on the device",
            device=device.id,
        ),
    )


def _in_use(interface: Interface, name: str, subject: str, campus: Campus) -> Port:
    """The port with the place and the uplink that it serves; an empty alias takes the device's own name for it."""
    place = next((one.id for one in campus.place if one.port == subject), None)
    uplink = next((one.id for one in campus.uplink if one.port == subject), None)
    alias = interface.port.alias or (interface.name if interface.name != name else "")
    return interface.port.model_copy(update={"place": place, "uplink": uplink, "alias": alias})


def _not_one(device: Device, name: str, candidates: list[str], total: int) -> Text:
    if candidates:
        return text(
            "port {name} of device {device} can mean several of its interfaces ({candidates}): write the one that is"
            " meant",
            name=name,
            device=device.id,
            candidates=", ".join(candidates[:5]),
        )
    return text(
        "device {device} has {total} interfaces, but none called {name}: correct the port in the inventory",
        device=device.id,
        total=total,
        name=name,
    )
