"""What a device says of itself to anybody, and so which dialect it speaks."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from probes.campus import Device
from probes.dialect import Dialect, Identity, load_dialects, what_it_is
from probes.errors import TransportError
from probes.observation import Reason
from probes.text import Text, text
from probes.transport.snmp_text import plain_text

if TYPE_CHECKING:
    from probes.probe import World
    from probes.transport.snmp import SnmpSession

SYS_DESCR = "1.3.6.1.2.1.1.1.0"
SYS_OBJECT_ID = "1.3.6.1.2.1.1.2.0"
LONGEST_BANNER = 255  # RFC 4253, 4.2
LONGEST_DESCR = 1024


async def dialect_of(world: World, device: Device, snmp: SnmpSession | None = None) -> Dialect:
    """The dialect that the inventory names, or else the one that the device's identity speaks for.

    Args:
        world: for opening a session where none is given.
        device: whose dialect is asked for.
        snmp: a session with it that is open already.

    Raises:
        TransportError: it names one that there is not, or cannot be recognised.
    """
    dialects = load_dialects()
    if device.dialect is not None:
        if device.dialect in dialects:
            return dialects[device.dialect]
        raise TransportError(
            Reason.NOT_CONFIGURED,
            text(
                "device {device} names the dialect {dialect}, which there is not; there are: {known}",
                device=device.id,
                dialect=device.dialect,
                known=", ".join(dialects),
            ),
        )
    identity, why = await _snmp(world, device, snmp)
    found = what_it_is(identity)
    if found is None and device.ssh is not None:
        identity = Identity(
            sys_object_id=identity.sys_object_id,
            sys_descr=identity.sys_descr,
            ssh=await ssh_banner(device.address, device.ssh.port, device.ssh.timeout_s),
        )
        found = what_it_is(identity)
    if found is not None:
        return found.dialect
    raise TransportError(
        Reason.NOT_CONFIGURED,
        text(
            "what device {device} is cannot be told ({why}): name its dialect in the inventory, one of {known}",
            device=device.id,
            why=why,
            known=", ".join(dialects),
        ),
    )


async def _snmp(world: World, device: Device, session: SnmpSession | None) -> tuple[Identity, Text]:
    """What SNMP says, and why that does not suffice."""
    if session is None and device.snmp is None:
        return Identity(), text("it has no snmp entry that could tell")
    try:
        if session is not None:
            identity = await snmp_identity(session)
        else:
            from probes.transport.snmp import open_session  # noqa: PLC0415  pysnmp costs 0.1 s

            async with open_session(world, device) as opened:
                identity = await snmp_identity(opened)
    except TransportError as error:
        return Identity(), error.text
    return identity, text("its sysObjectID {oid} is of no vendor known here", oid=identity.sys_object_id or "-")


async def snmp_identity(session: SnmpSession) -> Identity:
    """SysObjectID and sysDescr of a device."""
    said = await session.get(SYS_OBJECT_ID, SYS_DESCR)
    return Identity(
        sys_object_id=plain_text(str(said.get(SYS_OBJECT_ID) or "")),
        sys_descr=plain_text(said.get(SYS_DESCR), LONGEST_DESCR),
    )


async def ssh_banner(host: str, port: int, timeout_s: float) -> str:
    """The identification string of an SSH server (``SSH-2.0-…``), or ``""``; nothing is sent."""
    writer = None
    try:
        async with asyncio.timeout(timeout_s):
            reader, writer = await asyncio.open_connection(host, port, limit=4 * LONGEST_BANNER)
            for _ in range(10):  # a server may greet in lines before it (RFC 4253, 4.2)
                line = await reader.readline()
                if line.startswith(b"SSH-") or not line:
                    return plain_text(line, LONGEST_BANNER)
    except (OSError, TimeoutError, ValueError):
        return ""
    finally:
        if writer is not None:
            writer.close()
            with suppress(OSError, TimeoutError):
                await asyncio.wait_for(writer.wait_closed(), 1)
    return ""
