"""What a school's computer remembers of hosts from night to night: only keyed hashes of their cards, for 31 days.

The key makes the hashes of this school useless elsewhere and never enters a bundle. It lies beside the bundles'
directory, the record in it; both are readable by their owner alone.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from probes.campus import Campus
from probes.errors import TransportError
from probes.observation import Reason
from probes.text import text
from probes.trouble import said_by

KEY_FILE, RECORD_FILE = "mac-hash.key", "hosts-seen.json"
KEPT = timedelta(days=31)

_KEY_OCTETS = 32
_SHOWN = 16


@dataclass(frozen=True, slots=True)
class Remembered:
    """One card: when it was seen first and last, where, and what it was taken for."""

    first: str
    last: str
    address: str
    what: str
    vendor: str = ""
    subnet: str | None = None

    @property
    def first_seen(self) -> datetime:
        """When it was seen first."""
        return datetime.fromisoformat(self.first)

    @property
    def last_seen(self) -> datetime:
        """When it was seen last."""
        return datetime.fromisoformat(self.last)


class Memory:
    """The record of one school, and its key."""

    def __init__(self, campus: Campus) -> None:
        bundles = Path(campus.audit.bundles)
        self._key = site_key(campus)
        self._path = bundles / RECORD_FILE
        self.cards: dict[str, Remembered] = _read(self._path)

    def hash_of(self, mac: bytes) -> str:
        """The keyed hash of a card's address: HMAC-SHA-256, the first 64 bits of it."""
        return keyed_hash(self._key, mac)

    def note(self, hashed: str, seen: Remembered) -> Remembered:
        """Remember a card as it was seen now; a class that is not known tonight is taken from earlier nights."""
        known = self.cards.get(hashed)
        if known is not None:
            seen = replace(seen, first=known.first, what=known.what if seen.what == "unknown" else seen.what)
        self.cards[hashed] = seen
        return seen

    def absent(self, seen: Iterable[str], now: datetime) -> Mapping[str, Remembered]:
        """The cards of the last 31 days that are not among those seen now."""
        there = set(seen)
        return {
            hashed: one for hashed, one in self.cards.items() if hashed not in there and now - one.last_seen <= KEPT
        }

    def save(self, now: datetime) -> None:
        """Write the record, without what is older than 31 days. Raises ``OSError``."""
        kept = {hashed: asdict(one) for hashed, one in self.cards.items() if now - one.last_seen <= KEPT}
        self._path.parent.mkdir(parents=True, exist_ok=True)
        partial = self._path.with_name(self._path.name + ".partial")
        _write_private(partial, json.dumps(kept, ensure_ascii=False, indent=0).encode(), os.O_TRUNC)
        partial.replace(self._path)


def site_key(campus: Campus) -> bytes:
    """The key of a school, which lies beside its bundles. Raises ``TransportError`` where it cannot be used."""
    return _key(Path(campus.audit.bundles).parent / KEY_FILE)


def keyed_hash(key: bytes, address: bytes) -> str:
    """HMAC-SHA-256, the first 64 bits of it."""
    return hmac.new(key, address, hashlib.sha256).hexdigest()[:_SHOWN]


def _key(path: Path) -> bytes:
    """The key of this school, made at the first need."""
    try:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            _write_private(path, secrets.token_bytes(_KEY_OCTETS), os.O_EXCL)
        key = path.read_bytes()
    except OSError as error:
        raise TransportError(
            Reason.FILE_UNREADABLE,
            text("the key for hashing addresses in {path} cannot be used: {error}", path=path, error=said_by(error)),
        ) from error
    if len(key) < _KEY_OCTETS:
        raise TransportError(
            Reason.FILE_UNREADABLE,
            text("the key for hashing addresses in {path} is damaged; delete it, and a new one is made", path=path),
        )
    return key


def _write_private(path: Path, data: bytes, how: int) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | how, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)


def _read(path: Path) -> dict[str, Remembered]:
    """The record; an empty one where there is none, or one that cannot be understood."""
    try:
        found = json.loads(path.read_bytes())
        cards = {hashed: Remembered(**one) for hashed, one in found.items()}
        for one in cards.values():
            # A time that cannot be compared would break the first night that compares it.
            if one.first_seen.tzinfo is None or one.last_seen.tzinfo is None:
                return {}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}
    return cards
