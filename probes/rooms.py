"""The port of every room of which the inventory gives none, found by who is plugged in there.

The panel's MAC address (``mac`` of the place), or this computer's own where ``audit.here`` says into whose socket it
is plugged, is looked up in the forwarding table of every switch. What is found is a neighbour of protocol ``fdb``:
subject the port, ``remote_name`` ``place:<id>``. MAC addresses are masked, also in the raw evidence.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

from probes.campus import Campus, Device, Place, Role, School, Uplink, subject_of
from probes.errors import TransportError
from probes.kinds import Neighbour
from probes.observation import Method, Observation, Reason
from probes.probe import Context, probe
from probes.switching.edge import Found, Wanted, locate
from probes.switching.forwarding import Switch, read_switch
from probes.switching.mac import is_whole
from probes.switching.own_address import own_addresses
from probes.text import Text, text

SWITCHES = frozenset({Role.CORE_SWITCH, Role.AGGREGATION_SWITCH, Role.ACCESS_SWITCH})
AT_ONCE = 8
ONE_SWITCH_S = 30.0


def _switches(campus: Campus) -> list[Device]:
    return [device for device in campus.device if device.role in SWITCHES and device.snmp is not None]


def _timeout_s(campus: Campus) -> float:
    return 60.0 + ONE_SWITCH_S * len(_switches(campus)) / AT_ONCE


def _expected_s(campus: Campus) -> float:
    return 2.0 + 2.0 * len(_switches(campus)) / AT_ONCE


def _expected_mb(campus: Campus) -> float:
    return 0.3 * len(_switches(campus))


@probe(
    yields="neighbour",
    on="school",
    touch="read",
    timeout_s=_timeout_s,
    expected_s=_expected_s,
    expected_mb=_expected_mb,
)
async def rooms(ctx: Context, school: School) -> AsyncIterator[Observation]:
    """Find the port of each place that has none in the inventory; where it is not clear, say so under the place.

    What could be seen on several ports, only on ports towards other switches, or beside too many others is
    *unavailable*, with the candidates: a wrong port would be judged in the room's stead.
    """
    del school
    devices = _switches(ctx.campus)
    if not any(place.port is None and (place.mac or place.id == ctx.campus.audit.here) for place in ctx.campus.place):
        yield ctx.unavailable(Reason.NOT_CONFIGURED, _nothing_to_find(ctx.campus))
        return
    read = await _read_all(ctx, devices)
    switches = [one for one in read if isinstance(one, Switch)]
    failures = [one for one in read if isinstance(one, TransportError)]
    if not switches:
        raise failures[0] if failures else _no_switches()
    raw = (ctx.keep("\n".join(switch.evidence for switch in switches)),)
    silent = [device.id for device, one in zip(devices, read, strict=True) if not isinstance(one, Switch)]
    silent += [one.id for one in ctx.campus.device if one.role in SWITCHES and one.snmp is None]
    wanted = await asyncio.to_thread(_wanted, ctx.campus, devices)
    for one in locate(wanted, switches, silent, _taken(ctx.campus, switches)):
        if isinstance(one, Found):
            value = Neighbour(remote_name=one.place, remote_port="", protocol="fdb")
            yield ctx.observe(value, subject=one.subject, method=Method.READ, raw=raw)
        else:
            yield ctx.unavailable(one.reason, one.why, subject=one.place, raw=raw)


def _nothing_to_find(campus: Campus) -> Text:
    if all(place.port for place in campus.place):
        return text("every place of the inventory names its port")
    return text("no place without a port has a mac: write the panel's there, or the port")


def _no_switches() -> TransportError:
    return TransportError(
        Reason.NOT_CONFIGURED,
        text("the inventory has no switch with an snmp entry, so no forwarding table can be read"),
    )


async def _read_all(ctx: Context, devices: Sequence[Device]) -> list[Switch | TransportError]:
    """Every switch's tables, a few switches at a time; of those that cannot be read the error."""
    gate = asyncio.Semaphore(min(AT_ONCE, ctx.campus.audit.parallel))

    async def read(device: Device) -> Switch | TransportError:
        async with gate:
            try:
                async with ctx.snmp(device) as session:
                    return await read_switch(session, ctx.campus, device)
            except TransportError as error:
                return error

    return list(await asyncio.gather(*(read(device) for device in devices)))


def _wanted(campus: Campus, devices: Sequence[Device]) -> list[Wanted]:
    """The places without a port of which an address is known."""
    found = []
    for place in campus.place:
        addresses = frozenset({place.mac}) if place.mac is not None and is_whole(place.mac) else frozenset()
        if place.id == campus.audit.here:
            # A computer that stands there now is a surer guide than an address that somebody once wrote down.
            addresses = own_addresses(device.address for device in devices) or addresses
        if place.port is None and addresses:
            found.append(Wanted(subject_of(place), addresses))
    return found


def _taken(campus: Campus, switches: Sequence[Switch]) -> dict[str, str]:
    """Ports that the inventory gives to a place or an uplink, under the name that the switch's ports go by here."""
    given: dict[str, str] = {}
    entries: tuple[Place | Uplink, ...] = (*campus.place, *campus.uplink)
    for entry in entries:
        device, _, name = (entry.port or "").partition(":")
        for switch in switches:
            index = switch.names.called(name) if switch.device.id == device else None
            if index is not None:
                given[switch.subject(index)] = subject_of(entry)
    return given
