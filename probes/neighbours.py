"""Neighbours of a device: who it hears over LLDP and CDP, port by port, as the device itself tells over SNMP.

Where SNMP is not to be had, or its view hides LLDP, the console's list of neighbours is read.

That nobody is heard is only said of a device that shows that it listens. LLDP-MIB lies at 1.0.8802, outside
1.3.6.1, so that many a default SNMP view (Huawei's among them) hides it while everything else can be read.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from probes.campus import Device, Role
from probes.consult import consult
from probes.errors import TransportError
from probes.interfaces import DOT3_DUPLEX, duplex_of
from probes.kinds import Neighbour
from probes.observation import Method, Observation, Reason
from probes.port_names import find_port
from probes.probe import Context, probe
from probes.switching.heard import LLDP_MIB, Duplex, Heard, Neighbourhood, read_base_ports, read_neighbourhood
from probes.switching.mac import mask_evidence, mask_text
from probes.switching.naming import MAX_INTERFACES, PortNames, named_by
from probes.text import text
from probes.transport.snmp import SnmpSession

SYS_OR_ID = "1.3.6.1.2.1.1.9.1.2"
HUAWEI_LLDP_ENABLE = "1.3.6.1.4.1.2011.5.25.134.1.1.1.0"  # HUAWEI-LLDP-MIB, hwLldpEnable: enabled(1), disabled(2)
_ENABLED, _DISABLED = 1, 2
SWITCHES = frozenset({Role.CORE_SWITCH, Role.AGGREGATION_SWITCH, Role.ACCESS_SWITCH})


HIDING = frozenset({Reason.VIEW_TOO_NARROW, Reason.NOT_SUPPORTED})


def _can_be_asked(device: Device) -> bool:
    return device.snmp is not None or device.ssh is not None


@probe(
    yields="neighbour", on="device", only=_can_be_asked, touch="read", timeout_s=180.0, expected_s=2.0, expected_mb=0.1
)
async def neighbours(ctx: Context, device: Device) -> AsyncIterator[Observation]:
    """Read LLDP-MIB and CISCO-CDP-MIB of a device and report every neighbour under the port that hears it.

    Neighbours of which the device does not say on which port they are, and a device that hears none, are reported as
    *unavailable* under the device. MAC addresses are masked, also in the raw evidence.
    """
    heard = await _heard(ctx, device)
    for subject, neighbour in dict.fromkeys(heard.placed):
        yield ctx.observe(neighbour, subject=subject, method=Method.READ, raw=heard.raw)
    if heard.problem is not None:
        yield ctx.unavailable(heard.problem.reason, heard.problem.text, raw=heard.raw)
    elif heard.unplaced:
        detail = text(
            "device {device} hears {n} neighbours without saying on which of its ports",
            device=device.id,
            n=heard.unplaced,
        )
        yield ctx.unavailable(Reason.UNEXPECTED_ANSWER, detail, raw=heard.raw)


@dataclass(frozen=True, slots=True)
class _Heard:
    """Neighbours under their subjects, how many have none, and why there are none."""

    placed: list[tuple[str, Neighbour]]
    unplaced: int
    problem: TransportError | None
    raw: tuple[str, ...]


async def _heard(ctx: Context, device: Device) -> _Heard:
    if device.snmp is None:
        return await _on_console(ctx, device, None)
    names: PortNames | None = None
    raw: tuple[str, ...] = ()
    found = Neighbourhood()
    duplexes: Mapping[str, Duplex] = {}
    try:
        async with ctx.snmp(device) as session:
            names = await PortNames.read(session, ctx.campus, device)
            found = await read_neighbourhood(session, names, await read_base_ports(session))
            duplexes = await _duplexes(session, found)
            problem = session.cut_short() or (None if found.heard else await _nobody(session, device, found))
            raw = (ctx.keep(mask_evidence(session.raw(), found.addresses)),)
    except TransportError as error:
        problem = error
    if problem is not None and device.ssh is not None and (not raw or problem.reason in HIDING):
        with suppress(TransportError):  # SNMP is what ought to be mended
            shown = await _on_console(ctx, device, names)
            return replace(shown, raw=(*raw, *shown.raw))
    if problem is not None and not raw:
        raise problem
    placed = [
        (names.subject(one.if_index), _neighbour(one, duplexes.get(one.if_index, "unknown"), mask_text(found.name)))
        for one in found.heard
        if one.if_index is not None and names is not None
    ]
    return _Heard(placed, len(found.heard) - len(placed), problem, raw)


async def _duplexes(session: SnmpSession, found: Neighbourhood) -> Mapping[str, Duplex]:
    """What the device says of its own ports, by ifIndex, where a neighbour says something to compare with."""
    if all(one.duplex == "unknown" for one in found.heard):
        return {}
    table = await session.table(DOT3_DUPLEX, max_rows=MAX_INTERFACES)
    # BDCOM indexes EtherLike-MIB by ``<ifIndex>.0``.
    return {index.removesuffix(".0"): duplex_of(row.get(DOT3_DUPLEX)) for index, row in table.items()}


def _neighbour(one: Heard, own: Duplex, name: str) -> Neighbour:
    known = "unknown" not in {one.duplex, own}
    return Neighbour(
        remote_name=one.name,
        remote_port=one.port,
        protocol=one.protocol,
        remote_duplex=one.duplex,
        duplex_mismatch=one.duplex != own if known else None,
        local_name=name,
    )


async def _on_console(ctx: Context, device: Device, names: PortNames | None) -> _Heard:
    """What the console lists; under the names that SNMP gives to ports, or else the inventory, or else its own."""
    async with consult(ctx, device.model_copy(update={"snmp": None} if names is None else {})) as asked:
        answer = await asked.ask("neighbour")
        raw = asked.keep(mask_text)
    if not answer.understood:
        raise TransportError(
            Reason.UNEXPECTED_ANSWER,
            text("the console of device {device} shows no list of neighbours that could be read", device=device.id),
        )
    named = [row.groups for row in answer.rows if row.groups.get("remote_name", "-") != "-"]
    told = [said for said in named if said.get("local_port")]
    subjects = _subjects(ctx, device, [said["local_port"] for said in told], names)
    placed = [(subjects[said["local_port"]], neighbour_on_console(said)) for said in told]
    nobody = TransportError(
        Reason.EMPTY,
        text("device {device} listens with LLDP or CDP and hears no neighbour at present", device=device.id),
    )
    return _Heard(placed, len(named) - len(told), None if named else nobody, raw)


def _subjects(ctx: Context, device: Device, ports: list[str], names: PortNames | None) -> dict[str, str]:
    if names is not None:
        found = {port: names.called(port) for port in ports}
        return {port: f"{device.id}:{port}" if index is None else names.subject(index) for port, index in found.items()}
    own: dict[str, Sequence[str]] = {port: (port,) for port in ports}
    written = {called[0]: name for name in named_by(ctx.campus, device) if len(called := find_port(name, own)) == 1}
    return {port: f"{device.id}:{written.get(port, port)}" for port in ports}


def neighbour_on_console(said: Mapping[str, str]) -> Neighbour:
    """A neighbour as a row of a console's list tells it (groups of the purpose ``neighbour``)."""
    protocol: Any = said.get("protocol", "lldp")
    return Neighbour(
        remote_name=mask_text(said["remote_name"]),
        remote_port=mask_text(said.get("remote_port", "")),
        protocol=protocol,
    )


async def _nobody(session: SnmpSession, device: Device, found: Neighbourhood) -> TransportError:
    """Why no neighbour is known, as far as the device lets it be told."""
    if found.speaks:
        return TransportError(
            Reason.EMPTY,
            text("device {device} listens with LLDP or CDP and hears no neighbour at present", device=device.id),
        )
    switched = (await session.get(HUAWEI_LLDP_ENABLE))[HUAWEI_LLDP_ENABLE]
    if switched == _DISABLED:
        return TransportError(
            Reason.NOT_CONFIGURED,
            text("LLDP is switched off on device {device}: switch it on there (lldp enable)", device=device.id),
        )
    modules = await session.table(SYS_OR_ID, max_rows=1000)
    claims = any(str(row.get(SYS_OR_ID)).startswith(LLDP_MIB) for row in modules.values())
    if claims or switched == _ENABLED:
        return TransportError(
            Reason.VIEW_TOO_NARROW,
            text(
                "device {device} has LLDP, but the SNMP view hides LLDP-MIB: include 1.0.8802.1.1.2 in the view (one"
                " that begins at 1.3.6.1 leaves it out)",
                device=device.id,
            ),
        )
    return TransportError(
        # Hardly a managed switch has no LLDP; of other devices most have none.
        Reason.VIEW_TOO_NARROW if device.role in SWITCHES else Reason.NOT_SUPPORTED,
        text(
            "device {device} shows neither LLDP-MIB nor CISCO-CDP-MIB: include 1.0.8802.1.1.2 in its SNMP view (one"
            " that begins at 1.3.6.1 leaves it out) and see that LLDP is switched on; from here it cannot be told"
            " which of the two it is, or whether the device has no LLDP at all",
            device=device.id,
        ),
    )
