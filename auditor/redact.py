"""Secrets struck out of everything that is kept: the known ones by value, others by the words they follow."""

from __future__ import annotations

import re
from typing import Any

from probes.observation import Observation

STRUCK = "******"

# A shorter secret occurs by chance in every output; what device configurations say of it is caught by the words below.
SHORTEST = 4

# Words after which configurations print a secret (VRP, Comware, RGOS, StoneOS, FortiOS, IOS); the last group is it.
FOLLOWED = re.compile(
    r"""(?ix)
    ( \b(?: community (?:[ \t]+(?:read|write|ro|rw|simple|cipher|name))*
      | (?:irreversible-)?cipher | simple | passw(?:or)?d (?:[ \t]+\d)? | secret (?:[ \t]+\d)? | passphrase
      | psk | pre-shared-key | key-string | (?:auth|priv|shared)[-_]?key | token | ENC
      ) ["']? [ \t]*[:=]?[ \t]+ | \b(?:password|passwd|secret|token|community)["']?[ \t]*[:=][ \t]* )
    (?! \*{3} ) ( "[^"\n]*" | \S+ )""",
)


class Redactor:
    """Strikes secrets out of raw output and observations. ``learn`` is told every secret that is resolved."""

    def __init__(self) -> None:
        self._known: set[str] = set()

    def learn(self, secret: str) -> None:
        """Remember a secret by value."""
        if len(secret) >= SHORTEST:
            self._known.add(secret)

    def text(self, words: str) -> str:
        """The words with every known secret struck out."""
        for secret in sorted(self._known, key=len, reverse=True):
            words = words.replace(secret, STRUCK)
        return words

    def raw(self, data: bytes) -> bytes:
        """Raw output with known secrets, and what follows a telling word, struck out; other bytes are untouched."""
        words = data.decode("utf-8", "surrogateescape")
        return FOLLOWED.sub(lambda found: found[1] + STRUCK, self.text(words)).encode("utf-8", "surrogateescape")

    def observation(self, one: Observation) -> Observation:
        """The observation with known secrets struck out of its texts, under a new id if anything was."""
        plain = one.model_dump(mode="json", exclude={"id"})
        clean = self._walk(plain)
        return one if clean == plain else Observation.model_validate(clean).sealed()

    def _walk(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {key: self._walk(one) for key, one in value.items()}
        return [self._walk(one) for one in value] if isinstance(value, list) else value
