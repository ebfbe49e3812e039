"""A device's clock: does it follow a time server, and how far is it from the auditor's?

Logs prove nothing without a clock (GB/T 22239 8.1.5.4 d: 应能对审计记录…日期和时间; time is wanted to agree across
devices). The offset is device minus auditor, taken at the middle of question and answer, with the device's own time
zone as it prints it; half a second is added where it prints whole seconds only. Where the zone cannot be decided the
offset is ``None``. A device that follows nothing but its own oscillator is not synchronised, whatever it says.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

from probes.campus import Device
from probes.device_time import shown_time
from probes.dialect import Command
from probes.errors import TransportError
from probes.kinds import Clock
from probes.observation import Method, Observation, Reason
from probes.probe import Context, probe
from probes.text import text
from probes.transport.ssh import SshSession

NO_SOURCE = frozenset({"none", "no", "0.0.0.0", "null", "-", "init", ".init."})  # noqa: S104  what devices print


@probe(yields="clock", on="device", needs=("ssh",), touch="read", timeout_s=180, expected_s=1, expected_mb=0.01)
async def clock(ctx: Context, device: Device) -> AsyncIterator[Observation]:
    """Ask for the state of NTP and for the time, with the commands of the device's dialect."""
    async with ctx.ssh(device) as session:
        try:
            synchronised, source = await _ntp(session)
            offset_s = await _offset(ctx, session)
        except TransportError as error:
            yield ctx.unavailable(error.reason, error.text, raw=(ctx.keep(session.raw()),))
            return
    raw = (ctx.keep(session.raw()),)
    if synchronised is None and offset_s is None:
        yield ctx.unavailable(Reason.UNEXPECTED_ANSWER, text("neither NTP state nor time could be read"), raw=raw)
    else:
        value = Clock(synchronised=synchronised, offset_s=offset_s, source=source)
        yield ctx.observe(value, method=Method.READ, raw=raw)


async def _ntp(session: SshSession) -> tuple[bool | None, str]:
    """Whether the clock follows a source, and which; the first command that tells decides."""
    for command in session.dialect.commands("ntp"):
        groups = _understood(session, command, await session.run(command.send))
        state = groups.get("state", "").lower()
        source = "" if groups.get("source", "").lower() in NO_SOURCE else groups.get("source", "")
        if state in command.synchronised:
            own = command.own_clock is not None and re.search(command.own_clock, source) is not None
            return not own, source
        if state in command.unsynchronised:
            return False, source
    return None, ""


async def _offset(ctx: Context, session: SshSession) -> float | None:
    for command in session.dialect.commands("clock"):
        before = ctx.now()
        answer = await session.run(command.send)
        middle = before + (ctx.now() - before) / 2
        shown = shown_time(_understood(session, command, answer))
        if shown is not None:
            there, whole_seconds = shown
            return round((there - middle).total_seconds() + (0.5 if whole_seconds else 0.0), 2)
    return None


def _understood(session: SshSession, command: Command, answer: str) -> dict[str, str]:
    """The groups of an answer; none where the console did not know the command."""
    groups = command.understood(answer)
    return {} if not groups and re.search(session.dialect.console.unknown, answer) else groups
