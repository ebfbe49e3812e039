"""Neighbours of a device: who it hears over LLDP and CDP, port by port, as the device itself tells over SNMP.

That nobody is heard is only said of a device that shows that it listens. LLDP-MIB lies at 1.0.8802, outside
1.3.6.1, so that many a default SNMP view (Huawei's among them) hides it while everything else can be read.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping

from probes.campus import Device, Role
from probes.errors import TransportError
from probes.interfaces import DOT3_DUPLEX, duplex_of
from probes.kinds import Neighbour
from probes.observation import Method, Observation, Reason
from probes.probe import Context, probe
from probes.switching.heard import LLDP_MIB, Duplex, Heard, Neighbourhood, read_base_ports, read_neighbourhood
from probes.switching.mac import mask_evidence
from probes.switching.naming import MAX_INTERFACES, PortNames
from probes.text import text
from probes.transport.snmp import SnmpSession

SYS_OR_ID = "1.3.6.1.2.1.1.9.1.2"
HUAWEI_LLDP_ENABLE = "1.3.6.1.4.1.2011.5.25.134.1.1.1.0"  # HUAWEI-LLDP-MIB, hwLldpEnable: enabled(1), disabled(2)
_ENABLED, _DISABLED = 1, 2
SWITCHES = frozenset({Role.CORE_SWITCH, Role.AGGREGATION_SWITCH, Role.ACCESS_SWITCH})


@probe(yields="neighbour", on="device", needs=("snmp",), touch="read", timeout_s=180.0, expected_s=2.0, expected_mb=0.1)
async def neighbours(ctx: Context, device: Device) -> AsyncIterator[Observation]:
    """Read LLDP-MIB and CISCO-CDP-MIB of a device and report every neighbour under the port that hears it.

    Neighbours of which the device does not say on which port they are, and a device that hears none, are reported as
    *unavailable* under the device. MAC addresses are masked, also in the raw evidence.
    """
    async with ctx.snmp(device) as session:
        names = await PortNames.read(session, ctx.campus, device)
        found = await read_neighbourhood(session, names, await read_base_ports(session))
        duplexes = await _duplexes(session, found)
        problem = session.cut_short() or (None if found.heard else await _nobody(session, device, found))
        raw = (ctx.keep(mask_evidence(session.raw(), found.addresses)),)
    placed = [
        (names.subject(one.if_index), _neighbour(one, duplexes.get(one.if_index, "unknown")))
        for one in found.heard
        if one.if_index is not None
    ]
    for subject, neighbour in dict.fromkeys(placed):
        yield ctx.observe(neighbour, subject=subject, method=Method.READ, raw=raw)
    if problem is not None:
        yield ctx.unavailable(problem.reason, problem.text, raw=raw)
    elif len(placed) < len(found.heard):
        detail = text(
            "device {device} hears {n} neighbours without saying on which of its ports",
            device=device.id,
            n=len(found.heard) - len(placed),
        )
        yield ctx.unavailable(Reason.UNEXPECTED_ANSWER, detail, raw=raw)


async def _duplexes(session: SnmpSession, found: Neighbourhood) -> Mapping[str, Duplex]:
    """What the device says of its own ports, by ifIndex, where a neighbour says something to compare with."""
    if all(one.duplex == "unknown" for one in found.heard):
        return {}
    table = await session.table(DOT3_DUPLEX, max_rows=MAX_INTERFACES)
    # BDCOM indexes EtherLike-MIB by ``<ifIndex>.0``.
    return {index.removesuffix(".0"): duplex_of(row.get(DOT3_DUPLEX)) for index, row in table.items()}


def _neighbour(one: Heard, own: Duplex) -> Neighbour:
    known = "unknown" not in {one.duplex, own}
    return Neighbour(
        remote_name=one.name,
        remote_port=one.port,
        protocol=one.protocol,
        remote_duplex=one.duplex,
        duplex_mismatch=one.duplex != own if known else None,
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
