"""From what pydantic refuses to sentences: the key, what stands there, and what is allowed.

A secret that somebody typed into the file by mistake is never repeated: not the values of keys that hold secrets, not
those of unknown keys, and not those that stand where a table belongs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from ipaddress import ip_network
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from probes.text import Text, text
from probes.written.allowed import Allowed, Node, choices_of, closest, fits
from probes.written.tomlfile import Document, Mistake, shown
from probes.written.tomlscan import Path

Coded = Callable[[str, Sequence[str]], Text]
"""Makes the sentence for a validator's code from the key and the parts after the code's first colon."""

_SECRET = re.compile(r"community|passw(or)?d|passphrase|secret|token|enable|.*_key", re.IGNORECASE)
_LISTS = frozenset({"tuple_type", "list_type"})
_TABLES = frozenset({"model_type", "model_attributes_type", "dict_type"})


@dataclass(frozen=True)
class Vocabulary:
    """How a kind of file speaks of its own rules.

    Attributes:
        patterns: plain words for the regular expressions of its model.
        codes: sentences for the codes that its validators raise, ``secret_reference`` or ``unknown_kind:prt``.
    """

    patterns: Mapping[str, Text] = field(default_factory=dict)
    codes: Mapping[str, Coded] = field(default_factory=dict)


def check(document: Document, model: type[BaseModel], vocabulary: Vocabulary) -> tuple[BaseModel | None, list[Mistake]]:
    """Read a document into a model.

    Returns:
        The model, or ``None`` where there are mistakes, and the mistakes, at most one for each place.
    """
    found: BaseModel | None = None
    speaker = _Speaker(document, Allowed(model, vocabulary.patterns), vocabulary.codes)
    mistakes: dict[Path, Mistake] = {}
    try:
        found = model.model_validate(document.data)
    except ValidationError as error:
        for one in error.errors(include_url=False):
            path, sentence = speaker.explain(one)
            if one["type"] == "too_short" and len(document.at(path)) >= one["ctx"]["min_length"]:
                continue  # pydantic counts only the good entries; the bad ones are named by themselves
            mistakes.setdefault(path, document.mistake(path, sentence))
    for path in speaker.guessed:
        # A misspelt key is one mistake; that the right one is missing goes without saying.
        mistakes.pop(path, None)
    for path in speaker.loose():
        mistakes.setdefault(path, document.mistake(path, speaker.wrong_value(path)))
    return (None if mistakes else found), list(mistakes.values())


class _Speaker:
    """Makes the sentences for one document."""

    def __init__(self, document: Document, allowed: Allowed, codes: Mapping[str, Coded]) -> None:
        self._document = document
        self._allowed = allowed
        self._codes = codes
        self.guessed: set[Path] = set()

    def explain(self, error: ErrorDetails) -> tuple[Path, Text]:
        """The place of an error in the file, and the sentence."""
        kind = error["type"]
        path, rest = self._place(error["loc"])
        if kind == "missing":
            path = (*path, *rest[-1:])
            return path, self._missing(path)
        if kind == "extra_forbidden":
            return path, self._unknown(path)
        if rest == ("[key]",):
            return path, self._wrong_name(path)
        if kind.startswith("union_tag"):
            path = (*path, "kind")
            there = self._document.at(path) is not None
            return path, self.wrong_value(path) if there else self._missing(path)
        if kind == "value_error":
            return path, self._coded(path, str(error.get("ctx", {}).get("error", "")))
        return path, self.wrong_value(path, kind, error["msg"])

    def _place(self, loc: Sequence[str | int]) -> tuple[Path, Path]:
        """Where pydantic's location stands in the file, and the part of it that does not.

        Pydantic names the branch of a union as well: ``credential, 0, ssh, user``; the file knows no such step.
        """
        path: Path = ()
        for number, part in enumerate(loc):
            here = self._document.at(path)
            inside = part in here if isinstance(here, Mapping) else isinstance(here, list) and isinstance(part, int)
            if inside:
                path = (*path, part)
            elif not (isinstance(here, Mapping) and here.get("kind") == part):
                return path, tuple(loc[number:])
        return path, ()

    def _missing(self, path: Path) -> Text:
        key, node = self._document.key(path), self._allowed.at(path, self._document.data)
        if node is None:
            return text("{key} is missing", key=key)
        if node.get("type") == "object" and len(path) == 1:
            needed = ", ".join(node.get("required", ()))
            return text("the table [{key}] is missing; it needs {needed}", key=key, needed=needed)
        return text("{key} is missing; it has to be {allowed}", key=key, allowed=self._allowed.words(node))

    def _unknown(self, path: Path) -> Text:
        key = self._document.key(path)
        known = self._allowed.keys(self._allowed.at(path[:-1], self._document.data))
        guess = closest(str(path[-1]), known)
        if guess is None:
            return text("{key} is not known; known here are {known}", key=key, known=", ".join(known))
        if self._document.at((*path[:-1], guess)) is None:
            self.guessed.add((*path[:-1], guess))
        return text(
            "{key} is not known; did you mean {guess}? Known here are {known}",
            key=key,
            guess=guess,
            known=", ".join(known),
        )

    def _wrong_name(self, path: Path) -> Text:
        node = self._allowed.at(path[:-1], self._document.data) or {}
        names = self._allowed.words(node.get("propertyNames", {}))
        return text("{key} is not known; the name has to be {allowed}", key=self._document.key(path), allowed=names)

    def _coded(self, path: Path, message: str) -> Text:
        code, *parts = message.split(":")
        key = self._document.key(path)
        if code in self._codes:
            return self._codes[code](key, parts)
        if is_secret(path):
            return text("{key} is not accepted (its value is not shown)", key=key)
        return text("{key} is not accepted: {reason}", key=key, reason=message)

    def wrong_value(self, path: Path, kind: str = "", reason: str = "") -> Text:
        """The sentence for a value that is not what it has to be."""
        key, value = self._document.key(path), self._document.at(path)
        node = self._allowed.at(path, self._document.data)
        if kind in _LISTS and isinstance(value, Mapping) and not key.endswith("]"):
            return text("{key} is a list of tables; write [[{key}]], with two pairs of brackets", key=key)
        if kind in _TABLES and isinstance(value, list) and len(path) == 1:
            return text("{key} is a single table; write [{key}], with one pair of brackets, and once", key=key)
        if node is None:
            return text("{key} is not accepted: {reason}", key=key, reason=reason)
        allowed = self._allowed.words(node)
        if not self._may_show(path, node):
            return text(
                "{key} is not what it has to be (its value is not shown); it has to be {allowed}",
                key=key,
                allowed=allowed,
            )
        guess = _meant(value, node)
        if guess is not None:
            return text(
                "{key} is {value}; did you mean {guess}? It has to be {allowed}",
                key=key,
                value=shown(value),
                guess=guess,
                allowed=allowed,
            )
        return text("{key} is {value}; it has to be {allowed}", key=key, value=shown(value), allowed=allowed)

    def _may_show(self, path: Path, node: Node) -> bool:
        """Whether the value cannot be a secret: not under such a key, and not where a table belongs."""
        if isinstance(self._document.at(path), Mapping | list):
            return True  # shown() says only that it is a table or a list
        items = self._allowed.follow(node.get("items", {}), None)
        return not is_secret(path) and "object" not in {node.get("type"), items.get("type")}

    def loose(self) -> Iterator[Path]:
        """Scalars that pydantic would bend into shape: numbers in quotes, ``true`` as 1, ``1`` as true."""
        waiting: list[tuple[Path, Any]] = [((), self._document.data)]
        while waiting:
            path, value = waiting.pop()
            if isinstance(value, Mapping):
                waiting += [((*path, name), inner) for name, inner in value.items()]
            elif isinstance(value, list):
                waiting += [((*path, number), inner) for number, inner in enumerate(value)]
            elif isinstance(value, bool | int | float | Decimal | str | date):
                node = self._allowed.at(path, self._document.data)
                if node is not None and not choices_of(node) and not fits(self._allowed, node, value):
                    yield path


def is_secret(path: Path) -> bool:
    """Whether a key on the way holds a secret, so that nothing below may be shown.

    >>> is_secret(("credential", 0, "auth_key")), is_secret(("credential", 0, "key_file"))
    (True, False)
    """
    return any(isinstance(part, str) and _SECRET.fullmatch(part) for part in path)


def _meant(value: Any, node: Node) -> str | None:
    """What was probably meant: a word of the enumeration, or the range that an address lies in."""
    if not isinstance(value, str):
        return None
    if node.get("format") == "ipvanynetwork":
        try:
            return str(ip_network(value, strict=False))
        except ValueError:
            return None
    return closest(value, choices_of(node))
