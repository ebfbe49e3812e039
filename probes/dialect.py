"""Dialects: what each vendor's words mean, as data in ``probes/dialects/*.toml``.

A dialect says how its devices are recognised, how their console is spoken to, and for each purpose which command
gives the answer and with which patterns it is read. The vocabulary is closed: an unknown key, purpose, group or verb
is refused with file and line, and so is a command that the read-only gate would not let pass.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from importlib.resources import files
from types import MappingProxyType
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from probes.text import text
from probes.transport.gate import ANSWERS, Gate, known_verb, refusal
from probes.written.mistakes import Coded, Vocabulary, check
from probes.written.tomlfile import MistakesError, parse

GROUPS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "clock": frozenset(
            {"epoch", "year", "month", "day", "hour", "minute", "second", "zone", "shown_zone", "zone_name"}
            | {"zone_sign", "zone_offset", "summer"}
        ),
        "ntp": frozenset({"state", "source"}),
    }
)
"""What the patterns of each purpose may capture; ``probes.device_time`` says what the groups of ``clock`` mean."""

Purpose = Literal["clock", "ntp"]


class DialectError(MistakesError):
    """A dialect file has mistakes."""


def _is_pattern(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        msg = f"bad_pattern:{error}"
        raise ValueError(msg) from error
    return pattern


Pattern = Annotated[str, StringConstraints(min_length=1, max_length=500), AfterValidator(_is_pattern)]


class Table(BaseModel):
    """A table of a dialect file. Frozen, and unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Recognition(Table):
    """Signs of the vendor; all that are given must hold.

    Attributes:
        sys_object_id: a prefix of SNMP's sysObjectID, in whole arcs.
        sys_descr: a pattern found in sysDescr.
    """

    sys_object_id: Annotated[str, StringConstraints(pattern=r"^1(\.\d+)+$")]
    sys_descr: Pattern | None = None

    def weight(self, sys_object_id: str, sys_descr: str) -> int:
        """How well it fits: the length of the prefix, more with a description that fits, 0 for not at all."""
        arcs = f"{sys_object_id.strip().lstrip('.')}."
        if not arcs.startswith(f"{self.sys_object_id}."):
            return 0
        if self.sys_descr is None:
            return 2 * len(self.sys_object_id)
        return 2 * len(self.sys_object_id) + 1 if re.search(self.sys_descr, sys_descr) else 0


class Question(Table):
    """Something that a console may ask at login, and the declining answer."""

    asks: Pattern
    answer: str

    @model_validator(mode="after")
    def _declines(self) -> Self:
        if self.answer not in ANSWERS:
            msg = "not_declining"
            raise ValueError(msg)
        return self


class Console(Table):
    """How the console is spoken to.

    Attributes:
        driver: netmiko's name for the platform; it strips the platform's control sequences.
        prompt: the whole prompt, as it stands alone in the last line.
        paging: lines that switch paging off for this session only.
        more: the mark at the end of a page, for consoles whose paging stays on.
        unknown: what the console says to a command that it does not know or does not allow.
        enable: the line that asks for more rights, where reading needs them.
    """

    driver: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+$")]
    prompt: Pattern
    paging: tuple[str, ...] = ()
    more: Pattern | None = None
    unknown: Pattern
    enable: str | None = None
    question: tuple[Question, ...] = ()


class Command(Table):
    """A command that serves a purpose, and how its answer is read.

    Of several commands for one purpose the first whose answer is understood counts.

    Attributes:
        send: the line.
        read: patterns, all searched in the answer; for each named group the first hit counts.
        synchronised, unsynchronised: words of ``state``, in small letters.
        own_clock: sources that are the device's own oscillator: it follows nothing but itself.
    """

    purpose: Purpose
    send: str
    read: tuple[Pattern, ...] = Field(min_length=1)
    synchronised: tuple[str, ...] = ()
    unsynchronised: tuple[str, ...] = ()
    own_clock: Pattern | None = None

    @model_validator(mode="after")
    def _known_groups(self) -> Self:
        for pattern in self.read:
            for group in re.compile(pattern).groupindex:
                if group not in GROUPS[self.purpose]:
                    msg = f"unknown_group:{group}"
                    raise ValueError(msg)
        if self.purpose == "ntp" and not self.synchronised:
            msg = "no_words"
            raise ValueError(msg)
        return self

    def understood(self, answer: str) -> dict[str, str]:
        """The named groups found in an answer, stripped; empty where nothing fits."""
        found: dict[str, str] = {}
        for pattern in self.read:
            hit = re.search(pattern, answer)
            for group, value in (hit.groupdict() if hit else {}).items():
                if value is not None:
                    found.setdefault(group, value.strip())
        return found


class Dialect(Table):
    """One vendor's dialect.

    Attributes:
        verbs: first words that the gate may let pass on its consoles (``* show``: ``show`` as the last word).
        lines: whole lines that it may let pass.
    """

    id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    title: Annotated[str, StringConstraints(min_length=1)]
    recognise: tuple[Recognition, ...] = ()
    verbs: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    console: Console
    command: tuple[Command, ...] = ()

    @model_validator(mode="after")
    def _passes_the_gate(self) -> Self:
        for verb in self.verbs:
            if not known_verb(verb):
                msg = f"verb_not_reading:{verb}"
                raise ValueError(msg)
        for line in (*self._whole_lines, *self.sent):
            if refusal(line) is not None or not self.gate.passes(line):
                msg = f"line_not_reading:{line}"
                raise ValueError(msg)
        return self

    @property
    def _whole_lines(self) -> tuple[str, ...]:
        return (*self.lines, *self.console.paging, *((self.console.enable,) if self.console.enable else ()))

    @property
    def sent(self) -> tuple[str, ...]:
        """The lines of all commands."""
        return tuple(command.send for command in self.command)

    @cached_property
    def gate(self) -> Gate:
        """The gate in front of this dialect's consoles."""
        return Gate(self.verbs, self._whole_lines)

    def commands(self, purpose: Purpose) -> tuple[Command, ...]:
        """The commands for a purpose, in the order in which they are tried."""
        return tuple(command for command in self.command if command.purpose == purpose)


_CODES: Mapping[str, Coded] = MappingProxyType(
    {
        "bad_pattern": lambda key, parts: text(
            "{key}: this is no regular expression: {why}", key=key, why=":".join(parts)
        ),
        "not_declining": lambda key, _: text(
            "{key}: a console's question may only be declined or passed over: n, N, no, q, a blank or nothing", key=key
        ),
        "unknown_group": lambda key, parts: text("{key}: {group} is no group of this purpose", key=key, group=parts[0]),
        "no_words": lambda key, _: text("{key}: purpose ntp needs the words for synchronised", key=key),
        "verb_not_reading": lambda key, parts: text(
            "{key}: {verb} is no verb that only reads; allowed are display, show, get and * show",
            key=key,
            verb=":".join(parts),
        ),
        "line_not_reading": lambda key, parts: text(
            "{key}: the read-only gate does not let this line pass: {line}", key=key, line=":".join(parts)
        ),
    }
)


def parse_dialect(content: bytes, file: str) -> Dialect:
    """A dialect from the content of its file; raises ``DialectError`` with every mistake."""
    document = parse(content, file, DialectError)
    found, mistakes = check(document, Dialect, Vocabulary(codes=_CODES))
    if not isinstance(found, Dialect):
        raise DialectError(mistakes)
    return found


def load_dialects() -> Mapping[str, Dialect]:
    """All dialects by id; the file of each is named for it."""
    found = {}
    for file in sorted((files("probes") / "dialects").iterdir(), key=lambda one: one.name):
        if file.name.endswith(".toml"):
            dialect = parse_dialect(file.read_bytes(), file.name)
            found[dialect.id] = dialect
    return MappingProxyType(found)


def recognise(dialects: Mapping[str, Dialect], sys_object_id: str, sys_descr: str) -> Dialect | None:
    """The dialect that a device's SNMP identity speaks for, the longest prefix first; ``None`` for a stranger."""
    weighed = [
        (sign.weight(sys_object_id, sys_descr), dialect) for dialect in dialects.values() for sign in dialect.recognise
    ]
    weight, best = max(weighed, key=lambda one: one[0], default=(0, None))
    return best if weight else None
