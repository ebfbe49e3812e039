"""What may stand at a place of a file, in plain words: read from the JSON Schema of its pydantic model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from functools import cache
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core.core_schema import DecimalSchema

from probes.text import Text, text
from probes.written.tomlscan import Path

Node = Mapping[str, Any]


_FORMATS: Mapping[str, Text] = MappingProxyType(
    {
        "date": text("a date such as 2026-09-01, without quotes"),
        "ipvanynetwork": text("a range of addresses such as 10.0.1.0/24, with no bits set beyond the prefix"),
        "ipvanyaddress": text("an IP address such as 10.0.8.21"),
    }
)


class _PlainNumbers(GenerateJsonSchema):
    """Pydantic takes a Decimal from text as well; TOML has numbers for that."""

    def decimal_schema(self, schema: DecimalSchema) -> JsonSchemaValue:
        """A number with the bounds of the Decimal."""
        bounds = {"ge": "minimum", "le": "maximum", "gt": "exclusiveMinimum", "lt": "exclusiveMaximum"}
        given = {name: float(str(schema.get(key))) for key, name in bounds.items() if schema.get(key) is not None}
        return {"type": "number", **given}


@cache
def _schema(model: type[BaseModel]) -> Node:
    """The JSON Schema of a model; the inventory's takes a tenth of a second, and more with every table it gains."""
    return model.model_json_schema(schema_generator=_PlainNumbers)


class Allowed:
    """The schema of a model, asked by path.

    Attributes:
        patterns: plain words for the regular expressions that the model uses.
    """

    def __init__(self, model: type[BaseModel], patterns: Mapping[str, Text]) -> None:
        self.patterns = patterns
        self._root = _schema(model)

    def at(self, path: Path, data: Any) -> Node | None:
        """The part of the schema that governs a path; ``None`` where nothing is known there."""
        node: Node | None = self.follow(self._root, data)
        value = data
        for part in path:
            if node is None:
                return None
            value = _inside(value, part)
            node = self._below(node, part)
            node = None if node is None else self.follow(node, value)
        return node

    def keys(self, node: Node | None) -> tuple[str, ...]:
        """The keys that a table may have."""
        return tuple(node.get("properties", ())) if node else ()

    def _below(self, node: Node, part: str | int) -> Node | None:
        below = node.get("items") if isinstance(part, int) else node.get("properties", {}).get(part)
        if below is None and isinstance(part, str):
            below = node.get("additionalProperties")
        return below if isinstance(below, Mapping) else None

    def follow(self, node: Node, value: Any) -> Node:
        """Go through references, *or nothing*, and the kinds of a credential to what really stands there."""
        while True:
            if "$ref" in node:
                node = self._root["$defs"][node["$ref"].rpartition("/")[2]]
            elif "discriminator" in node:
                kinds: Mapping[str, str] = node["discriminator"]["mapping"]
                kind = value.get(node["discriminator"]["propertyName"]) if isinstance(value, Mapping) else None
                reference = kinds.get(kind) if isinstance(kind, str) else None
                if reference is None:
                    return {"type": "object", "required": ["kind"], "properties": {"kind": {"enum": list(kinds)}}}
                node = {"$ref": reference}
            else:
                branches = self.branches(node)
                if len(branches) != 1 or branches[0] is node:
                    return node
                node = branches[0]

    def branches(self, node: Node) -> list[Node]:
        """What a place may hold, one by one, *nothing* left out."""
        return [one for one in node.get("anyOf", [node]) if one.get("type") != "null"]

    def words(self, node: Node) -> Text:
        """What the schema allows, in plain words."""
        node = self.follow(node, None)
        if "anyOf" in node:
            first, *rest = (self.words(one) for one in self.branches(node))
            for one in rest:
                first = text("{one} or {other}", one=first, other=one)
            return first
        choices = choices_of(node)
        if len(choices) == 1:
            return text("the word {word}", word=choices[0])
        if choices:
            return text("one of {choices}", choices=", ".join(choices))
        by_type: Mapping[str, Callable[[Node], Text]] = {
            "integer": _number,
            "number": _number,
            "boolean": lambda _: text("true or false, without quotes"),
            "string": self._string,
            "array": self._list,
        }
        say = by_type.get(str(node.get("type")))
        return _table(node) if say is None else say(node)

    def _string(self, node: Node) -> Text:
        pattern: str | None = node.get("pattern")
        if pattern is not None and pattern in self.patterns:
            return self.patterns[pattern]
        if node.get("format") in _FORMATS:
            return _FORMATS[node["format"]]
        if pattern is not None:
            return text("text of the form {pattern}", pattern=pattern)
        longest = node.get("maxLength")
        if longest is not None:
            return text("text in quotes, not empty and of at most {n} characters", n=longest)
        return text("text in quotes, not empty") if node.get("minLength") else text("text in quotes")

    def _list(self, node: Node) -> Text:
        items = self.follow(node.get("items", {}), None)
        if items.get("type") == "object":
            return text("a list of tables")
        words, least, most = self.words(items), node.get("minItems"), node.get("maxItems")
        if least and most:
            return text("a list in square brackets of {n} to {most}: {items}", n=least, most=most, items=words)
        if least:
            return text("a list in square brackets of at least {n}: {items}", n=least, items=words)
        if most:
            return text("a list in square brackets of at most {most}: {items}", most=most, items=words)
        return text("a list in square brackets of: {items}", items=words)


def _table(node: Node) -> Text:
    needed = node.get("required")
    return text("a table with {needed}", needed=", ".join(needed)) if needed else text("a table")


def _inside(value: Any, part: str | int) -> Any:
    try:
        return value[part]
    except (LookupError, TypeError):
        return None


def choices_of(node: Node) -> tuple[str, ...]:
    """The words of an enumeration; empty where there is none."""
    return tuple(str(one) for one in (node.get("enum") or ([node["const"]] if "const" in node else [])))


def _number(node: Node) -> Text:
    bounds = ("minimum", "exclusiveMinimum", "maximum")
    low, above, high = (None if node.get(name) is None else _plain(node[name]) for name in bounds)
    if node.get("type") == "integer":
        if low is None:
            return text("a whole number")
        return (
            text("a whole number of at least {low}", low=low)
            if high is None
            else text("a whole number from {low} to {high}", low=low, high=high)
        )
    if above is not None:
        return (
            text("a number above {low}", low=above)
            if high is None
            else text("a number above {low} and at most {high}", low=above, high=high)
        )
    if low is None:
        return text("a number")
    return (
        text("a number of at least {low}", low=low)
        if high is None
        else text("a number from {low} to {high}", low=low, high=high)
    )


def _plain(number: float) -> str:
    # From a million on %g writes exponents.
    return f"{number:g}" if abs(number) < 10**6 else str(number)


def fits(allowed: Allowed, node: Node, value: object) -> bool:
    """Whether a scalar is of the kind asked for; stricter than pydantic: ``"161"`` and ``true`` are no numbers."""
    wanted = {str(allowed.follow(one, None).get("type", "")) for one in allowed.branches(node)}
    match value:
        case bool():
            return "boolean" in wanted
        case int() | float() | Decimal():
            return bool(wanted & {"integer", "number"})
        case str():
            return "string" in wanted
        case date():
            return node.get("format") == "date"
        case _:
            return True


def closest(word: str, known: tuple[str, ...]) -> str | None:
    """What was probably meant, or ``None``.

    >>> closest("acess_switch", ("access-switch", "core-switch")), closest("zebra", ("ups",))
    ('access-switch', None)
    """
    plain = {_folded(one): one for one in known}
    found = get_close_matches(_folded(word), plain, n=1, cutoff=0.6)
    return plain[found[0]] if found else None


def _folded(word: str) -> str:
    return word.casefold().replace("_", "-").replace(" ", "-")
