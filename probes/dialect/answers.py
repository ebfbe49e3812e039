"""Answers read into rows, each with the words of the device that it rests on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from io import StringIO
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

from probes.dialect.readings import Command, Raw, Reading, Rest, Row, Snmp
from probes.struck import struck
from probes.transport.snmp_text import plain_text

LONGEST_LINE = 2_000
MOST_LINES = 200_000
MOST_BLANK_LINES = 2
WIDEST_GAP = " " * 100
_GAP = re.compile(r"[^\S\n]{101,}")
LONGEST_EVIDENCE = 200
_MAC_OCTETS = 6
_IPV4_OCTETS = 4


@dataclass(frozen=True, slots=True)
class Said:
    """A row and the device's own words for it, short and without secrets."""

    groups: Mapping[str, str]
    evidence: str


@dataclass(frozen=True, slots=True)
class Rows:
    """What one reading found in one answer.

    Attributes:
        understood: the answer was of the kind expected, so that no row means that there is nothing.
    """

    rows: tuple[Said, ...]
    understood: bool


NOTHING = Rows((), understood=False)


class _StrangeError(Exception):
    """A template says that the answer is none that it knows: what it did not read is not absent."""


def command_rows(command: Command, answer: str) -> Rows:
    """What a command's answer says."""
    shown = _bounded(answer)
    if command.within is not None:
        part = re.search(command.within, shown)
        if part is None:
            return NOTHING
        shown = part.groupdict().get("part") or part[0]
    try:
        rows = tuple(_rows(command, _raw_of_command(command, shown)))
    except _StrangeError:
        return NOTHING
    proven = command.proof is not None and re.search(command.proof, shown) is not None
    if not rows and proven and command.otherwise:
        evidence = f"{command.send}: -"
        return Rows((Said({**command.otherwise, **command.constant}, evidence),), understood=True)
    return Rows(rows, understood=bool(rows) or proven)


def _raw_of_command(command: Command, shown: str) -> Iterable[tuple[Raw, str]]:
    if command.each is not None:
        for hit in re.finditer(command.each, shown):
            yield {name: said for name, said in hit.groupdict().items() if said is not None}, _lines_of(hit)
        return
    if command.read:
        found: dict[str, str] = {}
        lines: list[str] = []
        for pattern in command.read:
            first = re.search(pattern, shown)
            for group, value in (first.groupdict() if first else {}).items():
                if value is not None and group not in found:
                    found[group] = value
                    lines.append(_lines_of(first))
        if found:
            yield found, "; ".join(dict.fromkeys(lines))
        return
    for record in _records(command, shown):
        raw = {name: _joined(record.get(column.upper(), "")) for name, column in command.fields.items()}
        if any(raw.values()):
            yield raw, " ".join(value for value in raw.values() if value)


def _lines_of(hit: Any) -> str:
    """The whole lines in which a hit lies."""
    text, begin, end = hit.string, hit.start(), hit.end()
    while begin < end and text[begin].isspace():
        begin += 1
    while end > begin and text[end - 1].isspace():
        end -= 1
    last = text.find("\n", end)
    return str(text[text.rfind("\n", 0, begin) + 1 : last if last >= 0 else len(text)])


def _records(command: Command, shown: str) -> list[dict[str, Any]]:
    from textfsm import TextFSM, TextFSMError  # noqa: PLC0415  only where a template reads

    source = command.textfsm if command.textfsm is not None else _ntc_template(command.template or "")
    machine = TextFSM(StringIO(source))
    try:
        machine.ParseText(shown)
    except TextFSMError:
        raise _StrangeError from None
    return [dict(zip(machine.header, record, strict=True)) for record in machine._result]  # noqa: SLF001  no reader for it


def ntc_folder() -> Path | None:
    """Where ntc-templates keeps its templates; found without importing it."""
    spec = find_spec("ntc_templates")
    return Path(spec.origin).parent / "templates" if spec is not None and spec.origin else None


@cache
def _ntc_template(name: str) -> str:
    folder = ntc_folder()
    return (folder / f"{name}.textfsm").read_text("utf-8") if folder is not None else "Value X (.)\n\nStart\n"


def snmp_rows(reading: Snmp, table: Mapping[str, Mapping[str, object]]) -> Rows:
    """What objects say: by index, the values by OID. Single objects have one index, ``""``."""
    names = {oid: name for name, oid in (*reading.get.items(), *reading.columns.items())}
    table = _summed(reading, table) if reading.sums else table
    names.update({oid: name for name, oid in reading.sums.items()})
    found = []
    for index, values in table.items():
        raw = {
            names[oid]: _shaped(value, reading.shape.get(names[oid], "text"))
            for oid, value in values.items()
            if oid in names and value is not None
        }
        if not raw:
            continue
        if reading.index is not None:
            raw["index"] = _index_text(index) if reading.index == "text" else index
        evidence = "; ".join(
            f"{oid}{'.' if index else ''}{index} = {raw[names[oid]]}" for oid in values if names.get(oid) in raw
        )
        found.append((raw, evidence))
    rows = tuple(_rows(reading, found))
    return Rows(rows, understood=bool(rows))


def _summed(reading: Snmp, table: Mapping[str, Mapping[str, object]]) -> dict[str, dict[str, object]]:
    """The table without the rows of the finer ones, whose values are added up under the row that they belong to."""
    coarse = set(reading.columns.values())
    rows = {index: dict(values) for index, values in table.items() if coarse & set(values)}
    for index, values in table.items():
        own = next((head for head in _heads(index) if head in rows and head != index), None)
        for oid in reading.sums.values():
            value = values.get(oid)
            if isinstance(value, int):
                into = rows.get(own if own is not None else index)
                if into is not None:
                    had = into.get(oid) if own is not None else 0
                    into[oid] = value + (had if isinstance(had, int) else 0)
    return rows


def _heads(index: str) -> Iterable[str]:
    """The index without its last number, without its last two, and so on."""
    while "." in index:
        index = index.rpartition(".")[0]
        yield index


def _shaped(value: object, shape: str) -> str:
    if not isinstance(value, bytes):
        whole = isinstance(value, int) and shape == "address" and 0 <= value < 2**32
        return str(IPv4Address(value)) if whole else str(value)
    if shape == "mac" and len(value) == _MAC_OCTETS:
        return value.hex(":")
    if shape == "address" and len(value) == _IPV4_OCTETS:
        return ".".join(map(str, value))
    return value.hex() if shape in {"hex", "date_and_time"} else plain_text(value)


def _index_text(index: str) -> str:
    """An index that is a string: the octets behind their number, or all of them where no number fits.

    >>> _index_text("4.65.80.45.49"), _index_text("65.80.45.49")
    ('AP-1', 'AP-1')
    """
    parts = [int(part) for part in index.split(".") if part.isdigit()]
    octets = parts[1:] if parts and parts[0] == len(parts) - 1 else parts
    return plain_text(bytes(octets)) if all(octet < 256 for octet in octets) else index  # noqa: PLR2004  an octet


def rest_rows(reading: Rest, document: object) -> Rows:
    """What a document says; a list at ``at`` is a row for each of its objects."""
    if any(str(pointed(document, pointer)) != wanted for pointer, wanted in reading.success.items()):
        return NOTHING
    there = pointed(document, reading.at)
    if there is None:
        return NOTHING
    found = []
    for one in there if isinstance(there, list) else [there]:
        raw = {name: _plain(pointed(one, pointer)) for name, pointer in reading.fields.items()}
        raw = {name: said for name, said in raw.items() if said}
        if raw:
            found.append((raw, "; ".join(f"{reading.fields[name] or '/'} = {said}" for name, said in raw.items())))
    rows = tuple(_rows(reading, found))
    return Rows(rows, understood=bool(rows) or isinstance(there, list))


def pointed(document: object, pointer: str) -> object:
    """What a JSON pointer (RFC 6901) points at, or ``None``.

    >>> pointed({"data": [{"a/b": 1}]}, "/data/0/a~1b")
    1
    """
    here = document
    for part in pointer.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        if isinstance(here, Mapping):
            here = here.get(key)
        elif isinstance(here, list) and key.isdigit() and int(key) < len(here):
            here = here[int(key)]
        else:
            return None
    return here


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return plain_text(str(value)) if isinstance(value, str | int | float) else ""


def _rows(reading: Reading, found: Iterable[tuple[Raw, str]]) -> Iterable[Said]:
    for raw, evidence in found:
        row: Row | None = reading.row(raw)
        if row is not None and set(row) - set(reading.constant) - set(reading.default):
            yield Said(row, plain_text(" ".join(struck(evidence).split()), LONGEST_EVIDENCE))


def _joined(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, Sequence) and not isinstance(value, str) else str(value)


def _bounded(answer: str) -> str:
    r"""The answer with lines, their number and gaps cut at what no honest one reaches: patterns take long over them.

    A pattern that begins with ``^\s*`` looks at every rest of a gap again, so that 20,000 blank lines cost it minutes.
    """
    kept: list[str] = []
    blank = 0
    for line in answer.split("\n")[:MOST_LINES]:
        cut = line.rstrip("\r")[:LONGEST_LINE]
        blank = 0 if cut.strip() else blank + 1
        if blank <= MOST_BLANK_LINES:
            kept.append("" if blank else _GAP.sub(WIDEST_GAP, cut))
    return "\n".join(kept)
