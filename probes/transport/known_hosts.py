"""Host keys that were met before, in a file of OpenSSH's format that is the audit's own.

The first key that a device shows is believed and remembered; another one later is refused, before anybody logs in. A
file belongs to one inventory: the same private address is another switch in the next school.
"""

from __future__ import annotations

import base64
import hashlib
import os
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

from probes.errors import TransportError
from probes.observation import Reason
from probes.text import Text, text
from probes.trouble import said_by


@dataclass(frozen=True)
class KnownHosts:
    """The keys known of devices.

    Attributes:
        file: where they are; ``None`` remembers and compares nothing.
        remembers: whether a key met for the first time is written down; a check only compares.
    """

    file: Path | None = None
    remembers: bool = True
    _one_at_a_time: Lock = field(default_factory=Lock, repr=False, compare=False)

    def key_types(self, host: str, port: int) -> tuple[str, ...]:
        """The kinds of key that are known of a device; raises ``TransportError`` for a file that cannot be read."""
        return tuple(self._known(host, port))

    def meet(self, host: str, port: int, key: Any) -> Text:
        """Compare the key (paramiko's) that a device shows; what there is to say about it.

        Raises:
            TransportError: another key is remembered for the device, or the file cannot be read.
        """
        if self.file is None:
            return text("recorded, not compared")
        with self._one_at_a_time:
            known = self._known(host, port)
            if known.get(key.get_name()) == key:
                return text("as remembered")
            if known:
                raise self._changed(host, port, known, key)
            if not self.remembers:
                return text("met for the first time, not remembered by a check")
            return self._remember(host, port, key)

    def _known(self, host: str, port: int) -> dict[str, Any]:
        from paramiko import HostKeys  # noqa: PLC0415  costs 0.15 s; a session has it already

        if self.file is None or not self.file.exists():
            return {}
        try:
            keys = HostKeys(str(self.file))
        except (OSError, UnicodeDecodeError) as error:
            raise TransportError(
                Reason.FILE_UNREADABLE,
                text(
                    "the remembered host keys in {file} cannot be read ({error}), so no device can be told from an"
                    " impostor: make the file readable, or move it away to remember them anew",
                    file=self.file,
                    error=said_by(error) if isinstance(error, OSError) else str(error),
                ),
            ) from None
        return dict(keys.lookup(_name(host, port)) or {})

    def _remember(self, host: str, port: int, key: Any) -> Text:
        assert self.file is not None
        line = f"{_name(host, port)} {key.get_name()} {key.get_base64()}\n"
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                os.write(descriptor, line.encode())
            finally:
                os.close(descriptor)
        except OSError as error:
            return text("met for the first time; it could not be remembered ({error})", error=said_by(error))
        return text("met for the first time and remembered")

    def _changed(self, host: str, port: int, known: dict[str, Any], key: Any) -> TransportError:
        old = known.get(key.get_name()) or next(iter(known.values()))
        return TransportError(
            Reason.HOST_KEY_CHANGED,
            text(
                "{host} port {port} shows another host key than before ({new} instead of {old}), so nobody logged in:"
                " if the device was replaced, reset or given new keys, delete the line that begins with {name} from"
                " {file} and run again; if not, something stands between this computer and the device and would have"
                " got the password",
                host=host,
                port=port,
                new=fingerprint(key),
                old=fingerprint(old),
                name=_name(host, port),
                file=self.file,
            ),
        )


def fingerprint(key: Any) -> str:
    """A key as ``ssh-keygen -l`` shows it: type and SHA-256."""
    digest = base64.b64encode(hashlib.sha256(key.asbytes()).digest()).decode().rstrip("=")
    return f"{key.get_name()} SHA256:{digest}"


def _name(host: str, port: int) -> str:
    """How OpenSSH names a server in its file.

    >>> _name("10.0.0.1", 22), _name("10.0.0.1", 2222)
    ('10.0.0.1', '[10.0.0.1]:2222')
    """
    return host if port == 22 else f"[{host}]:{port}"  # noqa: PLR2004  SSH's own port, which is not written
