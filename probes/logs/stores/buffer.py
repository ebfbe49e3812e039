"""The log buffer of a device, read over its console through the read-only gate.

A buffer is small: on most switches it holds hours or days, and that is what the observation then says. The lines differ
little between vendors, so the first of a few commands that the device's own dialect lets pass and understands serves.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from probes.campus import Device, LogSource
from probes.errors import TransportError
from probes.logs.coverage import Store, coverage, evidence
from probes.logs.placing import Calendar
from probes.logs.reading import Reading
from probes.logs.scan import Scanner
from probes.logs.tree import bytes_file
from probes.logs.zone import school_zone
from probes.observation import Reason
from probes.probe import Context
from probes.text import text

COMMANDS = ("display logbuffer", "show logging buffer", "show logging", "show log event", "show syslog")
"""Huawei VRP and H3C Comware; Ruijie RGOS and what is like Cisco IOS; Hillstone StoneOS; ZTE."""


async def read(ctx: Context, source: LogSource) -> Reading:
    """Count the lines of the buffer of the source's device by day.

    Raises:
        TransportError: the device cannot be reached or asked.
    """
    device = _device(ctx, source)
    async with ctx.ssh(device) as session:
        dialect, shown, command = session.dialect, "", ""
        for command in _commands(dialect.gate.passes):
            answer = await session.run(command)
            if dialect.console and not re.search(dialect.console.unknown, answer):
                shown = answer
                break
    if not shown.strip():
        detail = text("device {device} shows no log buffer", device=device.id)
        return Reading(None, {"device": device.id}, Reason.NOT_SUPPORTED, detail)
    data = shown.encode()
    store = Store(Calendar(school_zone(ctx)), ctx.now(), None, kind="device")
    scanner = Scanner(store.calendar, ctx.now(), lambda: False, match=source.match)
    file = bytes_file(f"{device.id}: {command}", data, ctx.now().timestamp())
    store.reports = scanner.scan(file)
    store.settle()
    why = text("the log buffer of {device} has no record with a credible time", device=device.id)
    return Reading(coverage(store), {"device": device.id, "command": command, **evidence(store)}, Reason.EMPTY, why)


def _commands(passes: object) -> Iterator[str]:
    assert callable(passes)
    return (command for command in COMMANDS if passes(command))


def _device(ctx: Context, source: LogSource) -> Device:
    found = ctx.campus.find_device(source.device) if source.device else None
    if found is None:
        detail = text("log source {source} names no device whose buffer could be read", source=source.id)
        raise TransportError(Reason.NOT_CONFIGURED, detail)
    return found
