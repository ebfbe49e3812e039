"""Signed markers: short words that only this installation can have made, and when.

A marker is ``cac1-KIND-TIME-NONCE-SIGNATURE``: the kind of channel (``s`` syslog, ``h`` HTTP, ``t`` trace drill, ``i``
test of the IDS), the time in UTC as ``20261125T140322Z``, 16 random hex digits, and the first 32 hex digits of the
HMAC-SHA-256 (RFC 2104) over all that stands before. It holds no blank, quote or percent sign, so that gateways and
formats of logs leave it as it is.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from probes.errors import SecretError
from probes.text import text
from probes.trouble import said_by

Channel = Literal["s", "h", "t", "i"]

PREFIX = b"cac1-"
PARAMETER = "campus-audit"
KEY_FILE = "canary.key"
SHORTEST_KEY = 16
_FORM = "%Y%m%dT%H%M%SZ"
_FOUND = re.compile(rb"cac1-([shti])-(\d{8}T\d{6}Z)-([0-9a-f]{16})-([0-9a-f]{32})(?![0-9a-zA-Z])")


@dataclass(frozen=True)
class Marker:
    """A marker and whether its signature is right."""

    words: str
    channel: str
    at: datetime
    genuine: bool


def make(key: bytes, channel: Channel, at: datetime) -> str:
    """A new marker."""
    body = f"cac1-{channel}-{at.astimezone(UTC):{_FORM}}-{secrets.token_hex(8)}"
    return f"{body}-{_sign(key, body)}"


def markers_in(key: bytes, line: bytes) -> Iterator[Marker]:
    """Every marker in a line, genuine or forged.

    >>> key, at = b"k" * 32, datetime(2026, 11, 25, 14, 3, 22, tzinfo=UTC)
    >>> [found] = markers_in(key, b"GET /?campus-audit=" + make(key, "h", at).encode() + b" HTTP/1.1")
    >>> found.genuine, found.channel, found.at == at
    (True, 'h', True)
    >>> [found] = markers_in(b"x" * 32, make(key, "h", at).encode())
    >>> found.genuine
    False
    """
    for found in _FOUND.finditer(line):
        words = found[0].decode()
        body, _, signature = words.rpartition("-")
        try:
            at = datetime.strptime(found[2].decode(), _FORM).replace(tzinfo=UTC)
        except ValueError:
            continue  # no such day
        yield Marker(words, found[1].decode(), at, hmac.compare_digest(signature, _sign(key, body)))


def _sign(key: bytes, body: str) -> str:
    return hmac.new(key, body.encode(), hashlib.sha256).hexdigest()[:32]


def own_key(folder: Path) -> bytes:
    """The key kept in a folder, made at first use; only its owner may read it.

    Raises:
        SecretError: it cannot be made or read, others may read it, or it is damaged.
    """
    path = folder / KEY_FILE
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return _read(path) if path.exists() else _made(path)
    except FileExistsError:
        return _read(path)  # another run made it a moment ago
    except OSError as error:
        raise SecretError(
            text("the key for markers, {path}, cannot be had: {error}", path=path, error=said_by(error))
        ) from error


def _made(path: Path) -> bytes:
    """Make it whole under another name first: a run that is killed must not leave half a key."""
    key = secrets.token_hex(32)
    partial = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(key + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(partial, path)  # unlike a renaming, this never replaces a key that is there
    finally:
        partial.unlink(missing_ok=True)
    return key.encode()


def _read(path: Path) -> bytes:
    if os.name == "posix" and path.stat().st_mode & 0o077:
        raise SecretError(text("others may read the key for markers, {path}; chmod 600", path=path))
    key = path.read_bytes().strip()
    if len(key) < SHORTEST_KEY:
        raise SecretError(
            text(
                "the key for markers, {path}, is damaged; take it from a backup, or remove it to begin anew", path=path
            )
        )
    return key
