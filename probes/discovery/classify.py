"""What kind of thing a host is, with the signs that say so: a pure function over ``classes.toml`` and the dialects."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from probes.dialect import Identity, what_it_is

On = Literal["vendor", "door", "mdns", "ssdp", "wsd", "lldp", "words", "fact"]

# SNMP's own words are as good as a label on the box; a banner can be put on by anybody.
BY_SNMP, BY_BANNER = 0.95, 0.7
UNKNOWN = "unknown"
MOST_WHY = 12


@dataclass(frozen=True)
class Sign:
    """A pattern, and how much it speaks for a class where it fits."""

    what: str
    on: On
    match: re.Pattern[str]
    weight: float


@dataclass(frozen=True)
class Classes:
    """All signs, and when they suffice."""

    enough: float
    ahead: float
    signs: tuple[Sign, ...]


@dataclass
class Seen:
    """What was seen of one host, before it is classed.

    Attributes:
        signs: what each protocol told, by the name that ``classes.toml`` uses.
        identity: what it says of itself over SNMP and on its doors.
    """

    signs: list[tuple[On, str]] = field(default_factory=list)
    identity: Identity = field(default_factory=Identity)

    def add(self, on: On, *told: str) -> None:
        """Add what was told, once."""
        self.signs += [(on, one) for one in dict.fromkeys(told) if one and (on, one) not in self.signs]


@dataclass(frozen=True)
class Classed:
    """The class of a host.

    Attributes:
        what: a class, or ``unknown``.
        confidence: from 0 to 1; of an unknown host that of the class that came nearest.
        why: the signs; of an unknown host those of the classes that came nearest.
        dialect: the vendor's dialect, where one is recognised.
        model: as the device names it.
    """

    what: str
    confidence: float
    why: tuple[str, ...]
    dialect: str = ""
    model: str = ""


def classify(seen: Seen, classes: Classes | None = None) -> Classed:
    """The class that the signs speak for.

    >>> seen = Seen()
    >>> seen.add("wsd", "NetworkVideoTransmitter")
    >>> seen.add("door", "554 rtsp")
    >>> classify(seen).what, classify(seen).confidence, classify(seen).why
    ('camera', 0.805, ('wsd NetworkVideoTransmitter', 'door 554 rtsp'))
    >>> classify(Seen()).what
    'unknown'
    """
    rules = classes or load()
    doubt: dict[str, float] = {}
    why: dict[str, list[str]] = {}

    def speak(what: str, weight: float, sign: str) -> None:
        doubt[what] = doubt.get(what, 1.0) * (1 - weight)
        why.setdefault(what, []).append(sign)

    known = what_it_is(seen.identity)
    if known is not None and known.what is not None:
        surely = any(one.startswith("sys") for one in known.by)
        speak(known.what, BY_SNMP if surely else BY_BANNER, "; ".join(known.by))
    for rule, told in _fitting(rules, seen.signs):
        speak(rule.what, rule.weight, f"{rule.on} {told}")
    ranked = sorted(((1 - left, what) for what, left in doubt.items()), reverse=True)
    dialect, model = (known.dialect.id, known.model) if known is not None else ("", "")
    if not ranked:
        return Classed(UNKNOWN, 0.0, (), dialect, model)
    (best, what), (second, _) = ranked[0], (*ranked[1:2], (0.0, ""))[0]
    if best < rules.enough or best - second < rules.ahead:
        near = [f"{name}? {sign}" for _, name in ranked[:2] for sign in why[name]]
        return Classed(UNKNOWN, round(best, 3), tuple(near[:MOST_WHY]), dialect, model)
    return Classed(what, round(best, 3), tuple(why[what][:MOST_WHY]), dialect, model)


def _fitting(rules: Classes, signs: Sequence[tuple[On, str]]) -> Iterable[tuple[Sign, str]]:
    """Each rule that fits, with what it fits; once, however often the host says it."""
    for rule in rules.signs:
        told = next((told for on, told in signs if on == rule.on and rule.match.search(told)), None)
        if told is not None:
            yield rule, told


@cache
def load() -> Classes:
    """The signs of ``classes.toml``; a mistake in that file is a bug and raises ``ValueError``."""
    table = tomllib.loads((files("probes") / "discovery" / "classes.toml").read_text("utf-8"))
    return read(table)


def read(table: dict[str, Any]) -> Classes:
    """The signs of a document; unknown keys and weights out of range are refused."""
    signs = []
    for number, one in enumerate(table["sign"], 1):
        if set(one) != {"class", "on", "match", "weight"} or not 0 < one["weight"] < 1:
            msg = f"classes.toml: sign {number} needs class, on, match and a weight between 0 and 1"
            raise ValueError(msg)
        if one["on"] not in On.__args__:  # type: ignore[attr-defined]
            msg = f"classes.toml: sign {number}: there is no {one['on']!r}"
            raise ValueError(msg)
        signs.append(Sign(one["class"], one["on"], re.compile(one["match"], re.IGNORECASE), one["weight"]))
    return Classes(table["enough"], table["ahead"], tuple(signs))
