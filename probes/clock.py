"""A device's clock: does it follow a time server, and how far is it from the auditor's?

Logs prove nothing without a clock (GB/T 22239 8.1.5.4 d: 应能对审计记录…日期和时间; time is wanted to agree across
devices). The offset is device minus auditor, taken at the middle of question and answer, with the device's own time
zone as it prints it; half a second is added where it prints whole seconds only. Where the zone cannot be decided the
offset is ``None``. A device that follows nothing but its own oscillator is not synchronised, whatever it says.

Whatever the device's dialect tells over SNMP or on the console is asked; where it tells no time, HOST-RESOURCES-MIB's
hrSystemDate (RFC 2790) is tried, which has a zone on hosts and seldom on switches.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import datetime

from probes.campus import Device
from probes.consult import Consultation, consult
from probes.device_time import shown_time
from probes.dialect import Command, command_rows
from probes.dialect.amounts import date_and_time
from probes.errors import TransportError
from probes.kinds import Clock
from probes.observation import Method, Observation, Reason
from probes.probe import Context, probe
from probes.text import text

NO_SOURCE = frozenset({"none", "no", "0.0.0.0", "null", "-", "init", ".init."})  # noqa: S104  what devices print
OWN_CLOCK = re.compile(r"(?i)^(?:LOCAL|LOCL|\.LOCL\.|127\.127\.)")
HR_SYSTEM_DATE = "1.3.6.1.2.1.25.1.2.0"


def _can_be_asked(device: Device) -> bool:
    return device.ssh is not None or device.snmp is not None


@probe(yields="clock", on="device", only=_can_be_asked, touch="read", timeout_s=180, expected_s=1, expected_mb=0.01)
async def clock(ctx: Context, device: Device) -> AsyncIterator[Observation]:
    """Ask for the state of NTP and for the time, with the objects and commands of the device's dialect."""
    async with consult(ctx, device) as asked:
        failures: list[TransportError] = []
        synchronised, source = await _ntp(asked, failures)
        offset_s = await _offset(ctx, device, asked, failures)
        raw = asked.keep()
    if synchronised is not None or offset_s is not None:
        value = Clock(synchronised=synchronised, offset_s=offset_s, source=source)
        yield ctx.observe(value, method=Method.READ, raw=raw)
    elif failures:
        yield ctx.unavailable(failures[0].reason, failures[0].text, raw=raw)
    else:
        yield ctx.unavailable(Reason.UNEXPECTED_ANSWER, text("neither NTP state nor time could be read"), raw=raw)


async def _ntp(asked: Consultation, failures: list[TransportError]) -> tuple[bool | None, str]:
    """Whether the clock follows a source, and which."""
    try:
        rows = (await asked.ask("ntp")).rows
    except TransportError as error:
        failures.append(error)
        return None, ""
    for row in rows:
        state, source = row.groups.get("state"), row.groups.get("source", "")
        source = "" if source.lower() in NO_SOURCE else source
        if state is not None:
            return state == "synchronised" and OWN_CLOCK.search(source) is None, source
    return None, ""


async def _offset(ctx: Context, device: Device, asked: Consultation, failures: list[TransportError]) -> float | None:
    """Device minus auditor: on the console where there is one, else by hrSystemDate."""
    if device.ssh is not None:
        for command in asked.dialect.commands("clock"):
            try:
                found = await _by_command(ctx, asked, command)
            except TransportError as error:
                failures.append(error)
                break
            if found is not None:
                return found
    if device.snmp is not None:
        with suppress(TransportError):
            return await _by_snmp(ctx, asked)
    return None


async def _by_command(ctx: Context, asked: Consultation, command: Command) -> float | None:
    await asked.ssh()  # logging in is no part of the answer's way
    before = ctx.now()
    answer = await asked.run(command.send)
    middle = before + (ctx.now() - before) / 2
    return next((_apart(shown_time(row.groups), middle) for row in command_rows(command, answer).rows), None)


async def _by_snmp(ctx: Context, asked: Consultation) -> float | None:
    session = await asked.snmp()
    before = ctx.now()
    said = (await session.get(HR_SYSTEM_DATE))[HR_SYSTEM_DATE]
    middle = before + (ctx.now() - before) / 2
    return _apart(date_and_time(said), middle) if isinstance(said, bytes) else None


def _apart(shown: tuple[datetime, bool] | None, middle: datetime) -> float | None:
    if shown is None:
        return None
    there, whole_seconds = shown
    return round((there - middle).total_seconds() + (0.5 if whole_seconds else 0.0), 2)
