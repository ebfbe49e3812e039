"""Secrets struck out of everything that is kept: the known ones by value, others by the words they follow."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from probes.kinds import KINDS, Value
from probes.observation import Observation
from probes.struck import STRUCK, struck
from probes.text import unplain

# A shorter secret occurs by chance in every output; what device configurations say of it is caught by the words below.
SHORTEST = 4


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
        return struck(self.text(words)).encode("utf-8", "surrogateescape")

    def observation(self, one: Observation) -> Observation:
        """The observation with known secrets struck out of what devices said, under a new id if anything was.

        Subjects, reasons and the like are our own words or the inventory's; a community called ``core`` must not
        turn a port's name into asterisks.
        """
        told = None if one.told is None else self._sentence(one.told)
        # The sentence's own words stay, so that it can be translated and does not spell the secret out by its gaps.
        detail = self.text(one.detail) if told is None else str(unplain(told))
        value = None if one.value is None else self._value(one.kind, one.value.model_dump(mode="json"))
        clean = one.model_copy(update={"detail": detail, "told": told, "value": value})
        return one if clean == one else clean.sealed()

    def _sentence(self, told: dict[str, Any]) -> dict[str, Any]:
        params = {
            key: self._sentence(said) if isinstance(said, dict) else self._walk(said)
            for key, said in told["params"].items()
        }
        return {**told, "params": params}

    def _value(self, kind: str, plain: dict[str, Any]) -> Value:
        """A value struck field by field; what a closed vocabulary then refuses was never a secret."""
        for name, said in plain.items():
            try:
                plain = KINDS[kind].model_validate({**plain, name: self._walk(said)}).model_dump(mode="json")
            except ValidationError:
                continue
        return KINDS[kind].model_validate(plain)

    def _walk(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {key: self._walk(one) for key, one in value.items()}
        return [self._walk(one) for one in value] if isinstance(value, list) else value
