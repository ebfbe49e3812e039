"""How a console is reached over SSH: a session per device, in threads, behind the read-only gate.

Host keys are remembered and compared (``known_hosts.py``). Weak algorithms stand last in what is offered, so a device
that can do better does; those that a session could not do without are in ``legacy``, and in the evidence.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from probes.campus import Device, SecretRef, SshCredential
from probes.dialect import Dialect
from probes.errors import SecretError, TransportError
from probes.observation import Reason
from probes.text import text
from probes.transport.console import Console, Login
from probes.transport.identity import dialect_of

if TYPE_CHECKING:
    from probes.probe import World


class SshSession:
    """What probes use: ``run``, and ``raw`` for the evidence.

    Attributes:
        dialect: the dialect that the device speaks.
        server: what its SSH server calls itself; ``SSH-1.99-…`` speaks SSHv1 too.
        legacy: the weak algorithms that the session had to use, because the device offers nothing better.
        declined: the last lines of what the console asked at login ("Change now? [Y/N]"), answered with no each time.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._one_at_a_time = asyncio.Lock()
        self.dialect: Dialect = console.dialect
        self.server = console.server
        self.legacy = console.legacy
        self.declined = console.declined

    async def run(self, command: str) -> str:
        """What a reading command prints, without echo and prompt.

        Raises:
            GateError: the gate refused the command; nothing was sent.
            TransportError: the device went silent or ended the session.
        """
        async with self._one_at_a_time:
            return await asyncio.to_thread(self._console.run, command)

    def raw(self) -> str:
        """The transcript: whom, under which keys, what was typed, what came."""
        return "\n".join([*self._console.transcript, ""])


@asynccontextmanager
async def open_session(world: World, device: Device) -> AsyncIterator[SshSession]:
    """A session with the device's console under the credential that its ``ssh`` entry names.

    Raises:
        TransportError: no such credential, secret missing, dialect unknown, not reachable, login refused.
    """
    login = _login(world, device)
    dialect = await dialect_of(world, device)
    console = Console(login, dialect, world.known_hosts)
    try:
        await asyncio.to_thread(console.open)
        yield SshSession(console)
    finally:
        console.abandon()  # before a thread is asked for: those that wait for dead devices come free by this
        await asyncio.to_thread(console.close)


def _login(world: World, device: Device) -> Login:
    access = device.ssh
    if access is None:
        raise TransportError(
            Reason.NOT_CONFIGURED, text("device {device} has no ssh entry in the inventory", device=device.id)
        )
    credential = world.campus.find_credential(access.credential)
    if not isinstance(credential, SshCredential):
        raise TransportError(
            Reason.NO_CREDENTIAL,
            text(
                "device {device} names credential {credential} for SSH, but the inventory has no SSH credential of that"
                " id: add it, of kind ssh",
                device=device.id,
                credential=access.credential,
            ),
        )
    key_file = str(Path(credential.key_file).expanduser()) if credential.key_file else None
    if key_file is not None and not Path(key_file).is_file():
        raise TransportError(
            Reason.SECRET_MISSING,
            text(
                "the key file {file} of SSH credential {credential} is not there",
                file=key_file,
                credential=credential.id,
            ),
        )
    if key_file is None and credential.password is None:
        raise TransportError(
            Reason.NO_CREDENTIAL,
            text("SSH credential {credential} has neither password nor key_file: add one", credential=credential.id),
        )
    return Login(
        device=device.id,
        host=device.address,
        port=access.port,
        user=credential.user,
        timeout_s=access.timeout_s,
        password=_secret(world, credential.password),
        key_file=key_file,
        passphrase=_secret(world, credential.key_passphrase),
        enable=_secret(world, credential.enable),
    )


def _secret(world: World, reference: SecretRef | None) -> str | None:
    if reference is None:
        return None
    try:
        return world.secret(reference)
    except SecretError as error:
        raise TransportError(Reason.SECRET_MISSING, error.text) from None
