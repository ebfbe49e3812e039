"""What a host says of itself over SNMP, asked only with the credentials that the inventory has; none is guessed."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from probes.campus import Device, Role, SnmpAccess, SnmpV2cCredential, SnmpV3Credential
from probes.discovery.classify import classify
from probes.discovery.pace import Ledger, Pacer
from probes.discovery.search import Found
from probes.discovery.vendors import RANDOMISED, vendor_of
from probes.discovery.words import said
from probes.errors import SecretError, TransportError
from probes.probe import Context
from probes.text import Text

SYS_DESCR, SYS_OBJECT_ID, SYS_NAME = (f"1.3.6.1.2.1.1.{n}.0" for n in (1, 2, 5))
AT_ONCE = 16
TIMEOUT_S = 1.5

# A community goes in clear text: never to what belongs to a person, or is of no interest over SNMP.
_PRIVATE = frozenset({"computer", "phone", "tablet", "panel", "tv", "camera", "iot", "virtual-machine"})
_PACKETS = {"snmp-v1": 1, "snmp-v2c": 1, "snmp-v3": 4}


@dataclass
class Opened:
    """Which credential each host answers to, and what kept credentials from being used at all."""

    by_host: dict[str, tuple[str, ...]] = field(default_factory=dict)
    troubles: dict[str, Text] = field(default_factory=dict)


async def identify(ctx: Context, hosts: Sequence[Found], ledger: Ledger) -> Opened:
    """Ask what may be an agent, with each credential in turn, and complete what is known of the identity of each."""
    opened = Opened()
    credentials = [one for one in ctx.campus.credential if isinstance(one, SnmpV2cCredential | SnmpV3Credential)]
    settings = ctx.campus.discovery
    if not credentials or settings is None:
        return opened
    pacer = Pacer(settings.probes_per_s, settings.host_probes_per_s, ledger)
    gate = asyncio.Semaphore(AT_ONCE)

    async def ask(host: Found) -> None:
        async with gate:
            for credential in credentials:
                if credential.id in opened.troubles:
                    continue
                for _ in range(_PACKETS[credential.kind]):
                    await asyncio.to_thread(pacer.take, host.address, "snmp")
                try:
                    if await _answers(ctx, host, credential.id):
                        opened.by_host[host.address] = (credential.id,)
                        return
                except SecretError as error:
                    opened.troubles[credential.id] = error.text

    await asyncio.gather(*(ask(one) for one in hosts if worth_asking(one)))
    return opened


def worth_asking(host: Found) -> bool:
    """Whether it showed an agent, or looks like equipment of the network whose old agent speaks v1 or v2c only."""
    if host.agent:
        return True
    if host.stood_in_for or (host.mac and vendor_of(host.mac) == RANDOMISED and not host.stands):
        return False
    equipment = any(on in {"lldp", "fact"} for on, _ in host.seen.signs)
    manageable = any(one.name in {"ssh", "telnet", "http", "https"} for one in host.stands)
    return (equipment or manageable) and classify(host.seen).what not in _PRIVATE


async def _answers(ctx: Context, host: Found, credential: str) -> bool:
    """Whether the host answers to a credential; what it says of itself is then part of its identity.

    Raises:
        SecretError: the credential's secret cannot be had.
    """
    access = SnmpAccess(credential=credential, timeout_s=TIMEOUT_S, retries=0)
    device = Device(id="host", role=Role.OTHER, address=host.address, snmp=access)
    try:
        async with ctx.snmp(device) as session:
            told = await session.get(SYS_DESCR, SYS_OBJECT_ID, SYS_NAME)
    except TransportError:
        return False
    descr, name = (said(_octets(told.get(oid)), 255) for oid in (SYS_DESCR, SYS_NAME))
    object_id = str(told.get(SYS_OBJECT_ID) or "")
    host.seen.identity = replace(host.seen.identity, sys_descr=descr, sys_object_id=object_id)
    host.seen.add("words", descr, name)
    if name:
        host.names.insert(0, name)
    return True


def _octets(value: object) -> bytes | str:
    return value if isinstance(value, bytes | str) else ""
