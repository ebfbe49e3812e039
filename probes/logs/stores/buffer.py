"""The log buffer of a device, read over its console through the read-only gate.

A buffer is small: on most switches it holds hours or days, and that is what the observation then says. Which command
shows it is the dialect's to say (purpose ``log_buffer``).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

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

if TYPE_CHECKING:
    from probes.transport.ssh import SshSession


async def read(ctx: Context, source: LogSource) -> Reading:
    """Count the lines of the buffer of the source's device by day.

    Raises:
        TransportError: the device cannot be reached or asked.
    """
    device = device_of(ctx, source)
    async with ctx.ssh(device) as session:
        command, shown = await buffer_of(session)
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


async def buffer_of(session: SshSession) -> tuple[str, str]:
    """The command that the device understands, and its whole answer; twice nothing where there is none."""
    for command in session.dialect.commands("log_buffer"):
        shown = await session.run(command.send)
        if understood(session, shown):
            return command.send, shown
    return "", ""


def understood(session: SshSession, answer: str) -> bool:
    """Whether the console knew the command. Only its first lines tell: a log holds all kinds of words."""
    console = session.dialect.console
    head = "\n".join(answer.strip().splitlines()[:3])
    return console is None or re.search(console.unknown, head) is None


def device_of(ctx: Context, source: LogSource) -> Device:
    """The device that writes the log.

    Raises:
        TransportError: the source names none.
    """
    found = ctx.campus.find_device(source.device) if source.device else None
    if found is None:
        detail = text("log source {source} names no device whose buffer could be read", source=source.id)
        raise TransportError(Reason.NOT_CONFIGURED, detail)
    return found
