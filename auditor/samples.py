"""Collects readings of the uplinks' counters into the file from which the probe ``uplink_load`` reads a day."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from auditor.bundle import BundleError
from auditor.lock import alone
from probes.campus import Campus, Uplink
from probes.errors import TransportError
from probes.probe import World
from probes.text import Text, text
from probes.transport.snmp import open_session
from probes.trouble import said_by
from probes.uplinks.counters import LONG, PortCounters, device_of
from probes.uplinks.samples import DAY, FILE, KEPT, Sample, parse

Answer = Sample | Text
"""A reading, or why there is none."""


async def take(world: World) -> Sequence[tuple[Uplink, Answer]]:
    """Read the counters of every uplink that names a port, once and side by side."""
    uplinks = [uplink for uplink in world.campus.uplink if uplink.port]
    return list(zip(uplinks, await asyncio.gather(*(_take(world, one) for one in uplinks)), strict=True))


async def _take(world: World, uplink: Uplink) -> Answer:
    device = device_of(world.campus, uplink)
    if device is None:
        return text("the device of its port has no snmp in the inventory")
    try:
        async with open_session(world, device) as session:
            port = (uplink.port or "").partition(":")[2]
            reading = await (await PortCounters.find(session, world.campus, device, port)).read()
    except TransportError as error:
        return error.text
    if reading.bits != LONG:
        # In 5 minutes a 32-bit counter runs over more than once from 115 Mbit/s on, which nobody could tell.
        return text("device {device} has no 64-bit counters of that port", device=device.id)
    return Sample(
        at=world.now(),
        uplink=uplink.id,
        in_octets=reading.in_octets,
        out_octets=reading.out_octets,
        speed_mbps=reading.speed_mbps,
    )


def keep(campus: Campus, samples: Sequence[Sample]) -> Path:
    """Append the readings, each in one write, and drop those of more than eight days ago once a day.

    Raises:
        BundleError: the file cannot be written.
        LockError: another process is writing it, or the directory cannot be made.
    """
    path = Path(campus.audit.bundles) / FILE
    with alone(path.with_suffix(".lock"), text("another “campus-auditor sample” is writing {path}", path=path)):
        try:
            _append(path, samples)
            _drop_old(path, datetime.now(UTC))
        except OSError as error:
            raise BundleError(text("cannot write {path}: {error}", path=path, error=said_by(error))) from error
    return path


def _append(path: Path, samples: Sequence[Sample]) -> None:
    handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        size = os.lseek(handle, 0, os.SEEK_END)
        # What a power cut left of a line must not spoil the next one.
        broken = size > 0 and _last_byte(handle, size) != b"\n"
        lines = b"".join(one.model_dump_json().encode() + b"\n" for one in samples)
        rest = memoryview((b"\n" if broken else b"") + lines)
        while rest:
            rest = rest[os.write(handle, rest) :]
    finally:
        os.close(handle)


def _last_byte(handle: int, size: int) -> bytes:
    os.lseek(handle, size - 1, os.SEEK_SET)
    return os.read(handle, 1)


def _drop_old(path: Path, now: datetime) -> None:
    """Write the file anew once its oldest reading is a day too old, so not every time."""
    lines = path.read_bytes().splitlines()
    oldest = next(parse(lines), None)
    if oldest is None or oldest.at >= now - KEPT - DAY:
        return
    partial = path.with_name(path.name + ".partial")
    young = (one for one in parse(lines) if one.at >= now - KEPT)
    partial.write_bytes(b"".join(one.model_dump_json().encode() + b"\n" for one in young))
    partial.replace(path)
