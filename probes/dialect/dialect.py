"""A vendor's dialect as a whole, and its file."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache, cached_property
from importlib.resources import files
from types import MappingProxyType
from typing import Annotated, Self

from pydantic import Field, StringConstraints, field_validator, model_validator

from probes.dialect.base import Oid, Table
from probes.dialect.consoles import Console, Web
from probes.dialect.readings import Command, Reading, Rest, Snmp
from probes.dialect.signs import Sign, What
from probes.dialect.vocabulary import Purpose
from probes.text import text
from probes.transport.gate import Gate, known_verb, refusal
from probes.written.mistakes import Coded, Vocabulary, check
from probes.written.tomlfile import Mistake, MistakesError, parse


class DialectError(MistakesError):
    """A dialect file has mistakes."""


class Dialect(Table):
    """One vendor's dialect.

    Attributes:
        id: the file's name without ``.toml``, and what an inventory's ``dialect`` says.
        title: the vendor and its system, for people.
        extends: the dialect of the same system of which this one says only what is special: its console, verbs and
            lines hold here too, and its readings are tried after the own ones. Its signs stay its own.
        what: what its devices mostly are; a sign may know better.
        verbs: first words that the gate may let pass on its consoles (``* show``: ``show`` as the last word).
        lines: whole lines that it may let pass.
        recognise: the signs by which a device is known to speak it.
        console, web: how they are spoken to; absent where there is none that can be read.
        twins: by the beginning of OIDs, another under which some devices keep the same objects.
        snmp, command, rest: what to ask, in the order in which it is tried.
    """

    id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    title: Annotated[str, StringConstraints(min_length=1)]
    extends: str | None = None
    what: What | None = None
    verbs: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    recognise: tuple[Sign, ...] = ()
    console: Console | None = None
    web: Web | None = None
    twins: Mapping[Oid, Oid] = Field(default_factory=dict)
    snmp: tuple[Snmp, ...] = ()
    command: tuple[Command, ...] = ()
    rest: tuple[Rest, ...] = ()

    @field_validator("verbs")
    @classmethod
    def _only_read(cls, verbs: tuple[str, ...]) -> tuple[str, ...]:
        for verb in verbs:
            if not known_verb(verb):
                msg = f"verb_not_reading:{verb}"
                raise ValueError(msg)
        return verbs

    @model_validator(mode="after")
    def _passes_the_gate(self) -> Self:
        for line in (*self._whole_lines, *self.sent):
            if refusal(line) is not None or not self.gate.passes(line):
                msg = f"line_not_reading:{line}"
                raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _can_be_asked(self) -> Self:
        if self.extends is not None:
            return self
        if self.command and self.console is None:
            msg = "no_console"
            raise ValueError(msg)
        if self.rest and self.web is None:
            msg = "no_web"
            raise ValueError(msg)
        return self

    @property
    def _whole_lines(self) -> tuple[str, ...]:
        console = self.console
        if console is None:
            return self.lines
        return (*self.lines, *console.paging, *((console.enable,) if console.enable else ()))

    @property
    def sent(self) -> tuple[str, ...]:
        """The lines of all commands."""
        return tuple(command.send for command in self.command)

    @cached_property
    def gate(self) -> Gate:
        """The gate in front of this dialect's consoles."""
        return Gate(self.verbs, self._whole_lines)

    def upon(self, base: Dialect) -> Dialect:
        """This dialect with all that it takes over from the one that it extends."""
        own = {name: getattr(self, name) for name in ("id", "title", "recognise", "extends")}
        both = ("verbs", "lines", "snmp", "command", "rest")
        joined = {name: (*getattr(self, name), *getattr(base, name)) for name in both}
        either = {name: getattr(self, name) or getattr(base, name) for name in ("what", "console", "web")}
        return Dialect(**own, **joined, **either)

    def commands(self, purpose: Purpose) -> tuple[Command, ...]:
        """The commands for a purpose, in the order in which they are tried."""
        return tuple(command for command in self.command if command.purpose == purpose)

    def readings(self, purpose: Purpose) -> tuple[Reading, ...]:
        """Everything that can be asked for a purpose: over SNMP first, then on the console, then over REST."""
        every: tuple[Reading, ...] = (*self.snmp, *self.command, *self.rest)
        return tuple(reading for reading in every if reading.purpose == purpose)


_CODES: Mapping[str, Coded] = MappingProxyType(
    {
        "bad_pattern": lambda key, parts: text(
            "{key}: this is no regular expression: {why}", key=key, why=":".join(parts)
        ),
        "not_declining": lambda key, _: text(
            "{key}: a console's question may only be declined or passed over: n, N, no, q, a blank or nothing; a"
            " accepts a login banner",
            key=key,
        ),
        "empty_sign": lambda key, _: text(
            "{key}: a sign says at least one of sys_object_id, sys_descr, ssh, http and telnet", key=key
        ),
        "no_header": lambda key, _: text('{key}: header belongs to auth = "header", and only to it', key=key),
        "unknown_group": lambda key, parts: text("{key}: {group} is no group of this purpose", key=key, group=parts[0]),
        "not_read": lambda key, parts: text(
            "{key}: {name} is used but not read from the answer", key=key, name=parts[0]
        ),
        "nothing_read": lambda key, _: text("{key}: nothing is read from the answer: name a group", key=key),
        "no_number": lambda key, parts: text(
            "{key}: {group} is no number that could be scaled", key=key, group=parts[0]
        ),
        "no_words_there": lambda key, parts: text("{key}: {group} takes no words", key=key, group=parts[0]),
        "no_words": lambda key, parts: text(
            "{key}: say under words which of the vendor's words mean what for {group}", key=key, group=parts[0]
        ),
        "unknown_word": lambda key, parts: text(
            "{key}: {word} is none of the words {known}", key=key, word=parts[0], known=":".join(parts[1:])
        ),
        "one_way": lambda key, _: text(
            "{key}: a command is read by exactly one of read, each, template and textfsm, and templates by fields",
            key=key,
        ),
        "no_proof": lambda key, _: text("{key}: otherwise needs a proof that the answer is whole", key=key),
        "get_or_columns": lambda key, _: text("{key}: give either get or columns; index belongs to columns", key=key),
        "verb_not_reading": lambda _, parts: text(
            "{verb} is no verb that only reads; allowed are display, show, get and * show",
            verb=":".join(parts),
        ),
        "line_not_reading": lambda _, parts: text(
            "the read-only gate does not let this line pass: {line}", line=":".join(parts)
        ),
        "path_not_reading": lambda key, parts: text(
            "{key}: the read-only gate does not let this request pass: {path}", key=key, path=":".join(parts)
        ),
        "no_console": lambda *_: text("commands need a table [console]"),
        "no_web": lambda *_: text("rest needs a table [web]"),
    }
)


def parse_dialect(content: bytes, file: str) -> Dialect:
    """A dialect from the content of its file; raises ``DialectError`` with every mistake."""
    document = parse(content, file, DialectError)
    found, mistakes = check(document, Dialect, Vocabulary(codes=_CODES))
    if not isinstance(found, Dialect):
        raise DialectError(mistakes)
    return found


def _read(content: bytes, file: str) -> Dialect:
    """A dialect; where every line stands is only worked out for a file that has mistakes."""
    try:
        return Dialect.model_validate(tomllib.loads(content.decode("utf-8")))
    except ValueError:
        return parse_dialect(content, file)


@cache
def load_dialects() -> Mapping[str, Dialect]:
    """All dialects by id; the file of each is named for it."""
    found = {}
    for file in sorted((files("probes") / "dialects").iterdir(), key=lambda one: one.name):
        if file.name.endswith(".toml"):
            dialect = _read(file.read_bytes(), file.name)
            found[dialect.id] = dialect
    return MappingProxyType({name: _whole(dialect, found) for name, dialect in found.items()})


def _whole(dialect: Dialect, known: Mapping[str, Dialect]) -> Dialect:
    if dialect.extends is None:
        return dialect
    base = known.get(dialect.extends)
    if base is None or base.extends is not None:
        nothing = text("{base} is no dialect that another can extend", base=dialect.extends)
        raise DialectError([Mistake(f"{dialect.id}.toml", None, "extends", nothing)])
    return dialect.upon(base)
