"""How busy a device is and how much room it has left: processor, memory and disks, of what keeps logs above all.

Asked is what the device's dialect knows; for the rest HOST-RESOURCES-MIB (RFC 2790) and, for the memory of Linux,
UCD-SNMP-MIB, because memory that only caches files is free when it is needed.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import suppress

from probes.campus import Device
from probes.consult import Consultation, consult
from probes.dialect import Said
from probes.errors import TransportError
from probes.kinds import Disk, Resources
from probes.machine.host_mib import host_resources
from probes.machine.shares import cpu_percent, disk, memory_percent
from probes.observation import Method, Observation, Reason
from probes.probe import Context, probe
from probes.text import text


def _can_be_asked(device: Device) -> bool:
    return any((device.snmp, device.ssh, device.http))


@probe(
    yields="resources", on="device", only=_can_be_asked, touch="read", timeout_s=180.0, expected_s=2.0, expected_mb=0.05
)
async def resources(ctx: Context, device: Device) -> AsyncIterator[Observation]:
    """Report the load of the busiest processor, the fullest memory and every disk of a device."""
    async with consult(ctx, device) as asked:
        rows, failure = await _told(asked)
        value = together(rows)
        if device.snmp is not None and None in (value.cpu_percent, value.memory_percent, value.disk_percent):
            with suppress(TransportError):
                value = _completed(value, await host_resources(await asked.snmp()))
        raw = asked.keep()
    if value != Resources():
        yield ctx.observe(value, method=Method.READ, raw=raw)
    elif failure is not None and (device.snmp is None or failure.reason is not Reason.NOT_SUPPORTED):
        yield ctx.unavailable(failure.reason, failure.text, raw=raw)
    else:
        detail = text("device {device} tells neither load nor free space", device=device.id)
        yield ctx.unavailable(Reason.NOT_SUPPORTED, detail, raw=raw)


async def _told(asked: Consultation) -> tuple[tuple[Said, ...], TransportError | None]:
    try:
        answer = await asked.ask("resources")
    except TransportError as error:
        return (), error
    return answer.rows, next(iter(answer.failures), None)


def together(rows: Iterable[Said]) -> Resources:
    """The rows of all parts of a device as one value: of several of a kind the fullest."""
    said = [row.groups for row in rows]
    disks = [one for row in said if (one := disk(row)) is not None]
    return with_disks(
        Resources(
            cpu_percent=max((load for row in said if (load := cpu_percent(row)) is not None), default=None),
            memory_percent=max((used for row in said if (used := memory_percent(row)) is not None), default=None),
        ),
        disks,
    )


def with_disks(value: Resources, disks: Iterable[Disk]) -> Resources:
    """The value with these disks, the fullest of them in front."""
    known = sorted(disks, key=lambda one: -(one.percent if one.percent is not None else -1))
    if not known:
        return value
    fullest = known[0]
    return value.model_copy(
        update={"disks": tuple(known), "disk_percent": fullest.percent, "disk_free_mb": fullest.free_mb}
    )


def _completed(value: Resources, other: Resources) -> Resources:
    """What is known already, and from the other what is not."""
    update = {
        name: getattr(other, name)
        for name in ("cpu_percent", "memory_percent")
        if getattr(value, name) is None and getattr(other, name) is not None
    }
    return with_disks(value.model_copy(update=update), value.disks or other.disks)
