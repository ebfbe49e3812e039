"""What to ask for a purpose, over SNMP, on the console or over REST, and how the answer is read into rows.

All three ways end in the same thing: *raw* names with text, row by row. ``pick`` takes raw text apart, ``only`` leaves
rows out, ``words`` turns the vendor's words into ours, ``scale`` its units into ours, and ``constant`` says what the
question itself already tells (of a licence table: which function it is about).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from probes.dialect.amounts import DateOrder, as_number
from probes.dialect.base import Oid, Pattern, Table
from probes.dialect.vocabulary import GROUPS, Form, Purpose
from probes.dialect.web_path import reading_path

Raw = Mapping[str, str]
Row = dict[str, str]

Pointer = Annotated[str, StringConstraints(pattern=r"^(/[^/]*)*$", max_length=200)]
"""A JSON pointer (RFC 6901): ``/data/0/version``."""


class Reading(Table):
    """One question that serves a purpose.

    Attributes:
        constant: groups whose value the question itself tells.
        pick: for a raw name, a pattern whose named groups are taken out of its text.
        only: for a raw name, a pattern without which a row does not count.
        words: for a group of words, the vendor's words (in small letters) for each of ours. What is not listed is
            *not determined*.
        default: groups where the answer does not have them at all, for lists that hold only things of one kind.
        scale: for a group of numbers, the factor that makes the vendor's unit ours.
        date_order: how dates of numbers are written, where the year does not stand in front.
        confirmed: what shows that it is right besides the vendor's manual: ``mib`` (the objects stand so in a MIB that
            was compiled, or in an RFC) and ``recording`` (a real device's recorded answer was read by it).
    """

    purpose: Purpose
    constant: Mapping[str, str] = Field(default_factory=dict)
    default: Mapping[str, str] = Field(default_factory=dict)
    pick: Mapping[str, Pattern] = Field(default_factory=dict)
    only: Mapping[str, Pattern] = Field(default_factory=dict)
    words: Mapping[str, Mapping[str, tuple[str, ...]]] = Field(default_factory=dict)
    scale: Mapping[str, float] = Field(default_factory=dict)
    date_order: DateOrder = "ymd"
    confirmed: tuple[Literal["mib", "recording"], ...] = ()

    @property
    def raw_names(self) -> frozenset[str]:
        """The names under which the answer's text comes in."""
        raise NotImplementedError

    @property
    def groups(self) -> frozenset[str]:
        """The groups that the reading can give."""
        picked = {name for pattern in self.pick.values() for name in re.compile(pattern).groupindex}
        return frozenset((self.raw_names | picked | set(self.constant)) & set(GROUPS[self.purpose]))

    @model_validator(mode="after")
    def _keeps_to_the_vocabulary(self) -> Self:
        known = GROUPS[self.purpose]
        if not self.raw_names:
            msg = "nothing_read"
            raise ValueError(msg)
        used = set(self.pick) | set(self.only)
        picked = {name for pattern in self.pick.values() for name in re.compile(pattern).groupindex}
        strange = sorted((self.raw_names - used | picked | set(self.constant) | set(self.default)) - set(known))
        if strange:
            msg = f"unknown_group:{strange[0]}"
            raise ValueError(msg)
        unread = sorted(used - self.raw_names)
        if unread:
            msg = f"not_read:{unread[0]}"
            raise ValueError(msg)
        for group in sorted(self.groups | set(self.words) | set(self.scale)):
            self._speaks_our_words(group, known.get(group))
        return self

    def _speaks_our_words(self, group: str, form: Form | frozenset[str] | None) -> None:
        if form is not Form.NUMBER and group in self.scale:
            msg = f"no_number:{group}"
            raise ValueError(msg)
        if not isinstance(form, frozenset):
            if group in self.words:
                msg = f"no_words_there:{group}"
                raise ValueError(msg)
            return
        said = {self.constant[group]} if group in self.constant else set(self.words.get(group, ()))
        said |= {self.default[group]} if group in self.default else set()
        if not said:
            msg = f"no_words:{group}"
            raise ValueError(msg)
        if strange := sorted(said - form):
            msg = f"unknown_word:{strange[0]}:{', '.join(sorted(form))}"
            raise ValueError(msg)

    def row(self, raw: Raw) -> Row | None:
        """The groups of a row of raw text; ``None`` where ``only`` leaves it out."""
        if any(re.search(pattern, raw.get(name, "")) is None for name, pattern in self.only.items()):
            return None
        found: Row = {}
        for name, said in raw.items():
            if name in GROUPS[self.purpose] and name not in self.pick and said.strip():
                found[name] = said
        for name, pattern in self.pick.items():  # they only fill what the answer does not say by itself
            hit = re.search(pattern, raw.get(name, ""))
            for group, value in (hit.groupdict() if hit else {}).items():
                if value:
                    found.setdefault(group, value)
        ours = {group: self._ours(group, said.strip()) for group, said in found.items()}
        return {group: said for group, said in {**self.default, **ours, **self.constant}.items() if said}

    def _ours(self, group: str, said: str) -> str:
        if group in self.words:
            return next((ours for ours, theirs in self.words[group].items() if said.lower() in theirs), "")
        if group in self.scale:
            number = as_number(said)
            return "" if number is None else repr(number * self.scale[group])
        return said


class Command(Reading):
    """A command of the console, and how what it prints is read: in exactly one of four ways.

    Attributes:
        send: the line.
        read: patterns, all searched in the answer; for each named group the first hit counts. One row.
        each: a pattern; every hit is a row.
        template: the name of a TextFSM template of ntc-templates, without ``.textfsm``.
        textfsm: a TextFSM template of one's own.
        fields: for templates, the raw name of each column that is used.
        within: a pattern; only what it finds is read (its group ``part``, if it has one).
        proof: what shows that the answer is whole and of the kind expected, also where it has no row.
        otherwise: the row of an answer that has none, but the proof.
    """

    send: str
    read: tuple[Pattern, ...] = ()
    each: Pattern | None = None
    template: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_.-]+$")] | None = None
    textfsm: str | None = None
    fields: Mapping[str, str] = Field(default_factory=dict)
    within: Pattern | None = None
    proof: Pattern | None = None
    otherwise: Mapping[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _reads_in_one_way(self) -> Self:
        ways = [bool(self.read), self.each is not None, self.template is not None, self.textfsm is not None]
        by_columns = self.template is not None or self.textfsm is not None
        if sum(ways) != 1 or by_columns != bool(self.fields):
            msg = "one_way"
            raise ValueError(msg)
        if self.otherwise and self.proof is None:
            msg = "no_proof"
            raise ValueError(msg)
        if strange := sorted(set(self.otherwise) - set(GROUPS[self.purpose])):
            msg = f"unknown_group:{strange[0]}"
            raise ValueError(msg)
        return self

    @property
    def raw_names(self) -> frozenset[str]:
        """The named groups of the patterns, or the names given to columns."""
        patterns = (*self.read, *((self.each,) if self.each else ()))
        return frozenset({name for one in patterns for name in re.compile(one).groupindex} | set(self.fields))

    def understood(self, answer: str) -> Row:
        """The first row of an answer, or nothing."""
        from probes.dialect.answers import command_rows  # noqa: PLC0415  which imports this

        return next((dict(one.groups) for one in command_rows(self, answer).rows), {})


Shape = Literal["text", "address", "mac", "date_and_time", "hex"]


class Snmp(Reading):
    """Objects of a MIB: single ones, or the columns of a table.

    Attributes:
        get: raw name to OID, instance included. One row.
        columns: raw name to OID of a column. Every index is a row; its index is the raw name ``index`` if ``index``
            says how it is written.
        sums: raw name to OID of a column of a finer table, whose index begins with a row's own: its values added up.
        index: ``text`` (a string with its length in front, or the rest of the OID), ``numbers`` (as they are).
        shape: what octets of a raw name are, where they are no text.
    """

    get: Mapping[str, Oid] = Field(default_factory=dict)
    columns: Mapping[str, Oid] = Field(default_factory=dict)
    sums: Mapping[str, Oid] = Field(default_factory=dict)
    index: Literal["text", "numbers"] | None = None
    shape: Mapping[str, Shape] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _asks_for_one_thing(self) -> Self:
        if bool(self.get) == bool(self.columns) or ((self.index or self.sums) and not self.columns):
            msg = "get_or_columns"
            raise ValueError(msg)
        if unread := sorted(set(self.shape) - self.raw_names):
            msg = f"not_read:{unread[0]}"
            raise ValueError(msg)
        return self

    def under(self, root: str, other: str) -> Snmp:
        """The same with every OID that begins with ``root`` begun with ``other``."""
        moved = {
            place: {name: _moved(oid, root, other) for name, oid in getattr(self, place).items()}
            for place in ("get", "columns", "sums")
        }
        return self.model_copy(update=moved)

    @property
    def raw_names(self) -> frozenset[str]:
        """The names given to objects."""
        return frozenset({*self.get, *self.columns, *self.sums, *(("index",) if self.index else ())})


def _moved(oid: str, root: str, other: str) -> str:
    return other + oid.removeprefix(root) if f"{oid}.".startswith(f"{root}.") else oid


class Rest(Reading):
    """A page of the device's programming interface, JSON or XML.

    Attributes:
        method: ``GET``, or ``POST`` where the path itself says that it only reads (``?_method=GET``).
        path: from the root of the site.
        success: values that must stand at a pointer for the answer to count (``{"/code" = "0"}``).
        at: where the object, or the list of objects, begins.
        fields: raw name to the pointer below that object.
    """

    method: Literal["GET", "POST"] = "GET"
    path: str
    success: Mapping[Pointer, str] = Field(default_factory=dict)
    at: Pointer = ""
    fields: Mapping[str, Pointer] = Field(min_length=1)

    @model_validator(mode="after")
    def _only_reads(self) -> Self:
        if not reading_path(self.method, self.path):
            msg = f"path_not_reading:{self.method} {self.path}"
            raise ValueError(msg)
        return self

    @property
    def raw_names(self) -> frozenset[str]:
        """The names given to fields."""
        return frozenset(self.fields)
