"""Whether each device answers, over each of its accesses; for ``check --connect``."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from auditor import secrets
from probes.campus import Campus, Device, SecretRef
from probes.errors import AuditorError
from probes.text import Text, text
from probes.transport import ssh
from probes.transport.known_hosts import KnownHosts
from probes.transport.snmp import open_session, plain_text

SYS_NAME = "1.3.6.1.2.1.1.5.0"


class Doorstep:
    """A world that keeps nothing: only whether a device answers is asked."""

    vantage = ""

    def __init__(self, campus: Campus, known_hosts: Path | None = None) -> None:
        self.campus = campus
        self.known_hosts = KnownHosts(known_hosts, remembers=False)

    def now(self) -> datetime:
        """The present time, UTC."""
        return datetime.now(UTC)

    def keep(self, data: bytes) -> str:
        """Keep nothing."""
        del data
        return ""

    def secret(self, reference: SecretRef) -> str:
        """The secret behind a reference; raises ``SecretError``."""
        return secrets.resolve(reference)


def reachability(campus: Campus, known_hosts: Path) -> Iterator[tuple[str, Text, bool]]:
    """For each access of each device: its name, what it answered or why it did not, and whether it did.

    Host keys are compared with those in the file ``known_hosts``, but none is written there.
    """
    world = Doorstep(campus, known_hosts)
    asked = [
        (f"{device.id} {access}", asking, device)
        for device in campus.device
        for access, asking in (("SNMP", _snmp), ("SSH", _ssh))
        if getattr(device, access.lower()) is not None
    ]

    async def ask_all() -> list[tuple[Text, bool]]:
        at_once = asyncio.Semaphore(campus.audit.parallel)

        async def ask(asking: Asking, device: Device) -> tuple[Text, bool]:
            async with at_once:
                try:
                    return await asking(world, device), True
                except AuditorError as error:
                    return error.text, False

        return await asyncio.gather(*(ask(asking, device) for _, asking, device in asked))

    answers = asyncio.run(ask_all())
    yield from ((name, answer, reached) for (name, _, _), (answer, reached) in zip(asked, answers, strict=True))


async def _snmp(world: Doorstep, device: Device) -> Text:
    async with open_session(world, device) as session:
        found = await session.get(SYS_NAME)
    return text("answers as “{name}”", name=plain_text(found[SYS_NAME]))


async def _ssh(world: Doorstep, device: Device) -> Text:
    async with ssh.open_session(world, device):
        return text("login accepted")


Asking = Callable[[Doorstep, Device], Awaitable[Text]]
