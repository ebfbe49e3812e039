"""What an inventory's entries say of each other: ids given once, and every reference leading somewhere.

Read from the raw tables, so that these mistakes are named together with those of structure, not after them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from probes.campus import Campus, RecordType, Role, ServiceKind
from probes.text import Text, text
from probes.written.allowed import closest
from probes.written.tomlfile import Document, quoted
from probes.written.tomlscan import Path

Slip = tuple[Path, Text]
"""A place in the file and the sentence about it."""

_WITH_IDS = (
    "credential",
    "device",
    "place",
    "uplink",
    "subnet",
    "log_source",
    "service",
    "camera",
    "control",
    "drill",
    "floor",
)

# The kinds of credential that each access of a device takes.
_KINDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"snmp": ("snmp-v1", "snmp-v2c", "snmp-v3"), "ssh": ("ssh",), "http": ("http",)}
)
# The same of each kind of log store.
_OF_STORES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "sftp": ("ssh",),
        "opensearch": ("http",),
        "elasticsearch": ("http",),
        "loki": ("http",),
        "postgresql": ("database",),
        "mysql": ("database",),
    }
)
_ALL_KINDS = frozenset(kind for kinds in (*_KINDS.values(), *_OF_STORES.values()) for kind in kinds)


class Tables:
    """The raw tables of an inventory, whatever shape they are in."""

    def __init__(self, document: Document) -> None:
        self.document = document

    def entries(self, table: str) -> Iterator[tuple[Path, Mapping[str, Any]]]:
        """The entries of a table with their paths; also of ``[device]`` written for ``[[device]]``."""
        found = self.document.data.get(table)
        if isinstance(found, Mapping):
            yield (table,), found
        elif isinstance(found, list):
            for number, entry in enumerate(found):
                if isinstance(entry, Mapping):
                    yield (table, number), entry

    def ids(self, table: str) -> dict[str, Path]:
        """The ids of a table, each with the entry that has it first."""
        found: dict[str, Path] = {}
        for path, entry in self._also_misspelt(table):
            if isinstance(entry.get("id"), str):
                found.setdefault(entry["id"], path)
        return found

    def _also_misspelt(self, table: str) -> Iterator[tuple[Path, Mapping[str, Any]]]:
        """The entries of ``[[devices]]`` too: its name is one mistake, not one for each reference as well."""
        yield from self.entries(table)
        known = tuple(Campus.model_fields)
        for name in self.document.data:
            if name not in known and closest(name, known) == table:
                yield from self.entries(name)


def links(tables: Tables) -> Iterator[Slip]:
    """Everything that does not lead anywhere, and every id given twice."""
    yield from _ids(tables)
    yield from _credentials(tables)
    yield from _ports(tables)
    yield from _named(tables, "log_source", "device", "device")
    yield from _stores(tables)
    yield from _named(tables, "camera", "recorder", "device")
    yield from _named(tables, "camera", "place", "place")
    yield from _named(tables, "audit", "here", "place")
    yield from _waivers(tables)


def _ids(tables: Tables) -> Iterator[Slip]:
    for table in _WITH_IDS:
        first = tables.ids(table)
        for path, entry in tables.entries(table):
            id_ = entry.get("id")
            if isinstance(id_, str) and first[id_] != path:
                sentence = text(
                    "{key} is {id}, which line {line} has already; give each its own",
                    key=f"{table}[{path[-1]}].id",
                    id=quoted(id_),
                    line=tables.document.line((*first[id_], "id")),
                )
                yield (*path, "id"), sentence


def _credentials(tables: Tables) -> Iterator[Slip]:
    known = tables.ids("credential")
    kinds = {id_: str(tables.document.at((*path, "kind"))) for id_, path in known.items()}
    for path, device in tables.entries("device"):
        for access, allowed in _KINDS.items():
            settings = device.get(access)
            wanted = settings.get("credential") if isinstance(settings, Mapping) else None
            if not isinstance(wanted, str):
                continue
            where = (*path, access, "credential")
            if wanted not in known and access != "snmp" and not set(kinds.values()) & set(allowed):
                continue  # Nothing to be asked over this access yet: a warning, and the probe says why it cannot look.
            if wanted not in known:
                yield where, unknown(tables, where, wanted, "credential", known)
            elif kinds[wanted] in _ALL_KINDS - set(allowed):
                yield where, _wrong_kind(tables, where, kinds[wanted], allowed, kinds)


def _stores(tables: Tables) -> Iterator[Slip]:
    """Logins of log stores; and a buffer needs the device whose it is."""
    known = tables.ids("credential")
    kinds = {id_: str(tables.document.at((*path, "kind"))) for id_, path in known.items()}
    for path, source in tables.entries("log_source"):
        store = source.get("store")
        kind = store.get("kind") if isinstance(store, Mapping) else None
        if kind == "device" and "device" not in source:
            sentence = text(
                "{key} is the buffer of a device; add device, the id of that device", key=tables.document.key(path)
            )
            yield (*path, "store"), sentence
        wanted = store.get("credential") if isinstance(store, Mapping) else None
        allowed = _OF_STORES.get(kind) if isinstance(kind, str) else None
        if not isinstance(wanted, str) or allowed is None:
            continue
        where = (*path, "store", "credential")
        if wanted not in known:
            yield where, unknown(tables, where, wanted, "credential", known)
        elif kinds[wanted] in _ALL_KINDS - set(allowed):
            yield where, _wrong_kind(tables, where, kinds[wanted], allowed, kinds)


def _wrong_kind(tables: Tables, where: Path, kind: str, allowed: tuple[str, ...], kinds: Mapping[str, str]) -> Text:
    fitting = tuple(id_ for id_, one in kinds.items() if one in allowed)
    key, id_ = tables.document.key(where), quoted(str(tables.document.at(where)))
    if not fitting:
        return text(
            "{key} is {id}, a credential of kind {kind}; it has to be of kind {allowed}; add such a [[credential]]",
            key=key,
            id=id_,
            kind=kind,
            allowed=", ".join(allowed),
        )
    return text(
        "{key} is {id}, a credential of kind {kind}; it has to be of kind {allowed}, such as {fitting}",
        key=key,
        id=id_,
        kind=kind,
        allowed=", ".join(allowed),
        fitting=_some(fitting),
    )


def unknown(tables: Tables, where: Path, wanted: str, table: str, known: Mapping[str, Path]) -> Text:
    """The sentence for an id that leads nowhere, with the one that was probably meant."""
    ids = tuple(known)
    guess = closest(wanted, ids)
    start = text(
        "{key} is {value}: no [[{table}]] has the id {id}",
        key=tables.document.key(where),
        value=quoted(str(tables.document.at(where))),
        table=table,
        id=quoted(wanted),
    )
    if not ids:
        return text("{start}; there is none yet, add it", start=start)
    if guess is None:
        return text("{start}; there are {known}", start=start, known=_some(ids))
    return text("{start}; did you mean {guess}? There are {known}", start=start, guess=quoted(guess), known=_some(ids))


def _some(ids: tuple[str, ...]) -> str:
    """The ids, the first dozen of many."""
    most = 12
    return ", ".join(quoted(id_) for id_ in ids[:most]) + (" …" if len(ids) > most else "")


def _ports(tables: Tables) -> Iterator[Slip]:
    devices = tables.ids("device")
    for table in ("place", "uplink"):
        for path, entry in tables.entries(table):
            port = entry.get("port")
            if not isinstance(port, str):
                continue
            where = (*path, "port")
            device, colon, name = port.partition(":")
            if not colon or not device.strip() or not name.strip():
                yield (
                    where,
                    text(
                        "{key} is {value}; it has to be <device>:<port>, such as sw-1:GigabitEthernet0/0/5",
                        key=tables.document.key(where),
                        value=quoted(port),
                    ),
                )
            elif device not in devices:
                yield where, unknown(tables, where, device, "device", devices)


def _named(tables: Tables, table: str, field: str, target: str) -> Iterator[Slip]:
    """A field that holds the id of an entry of another table."""
    known = tables.ids(target)
    for path, entry in tables.entries(table):
        wanted = entry.get(field)
        if isinstance(wanted, str) and wanted not in known:
            yield (*path, field), unknown(tables, (*path, field), wanted, target, known)


def _waivers(tables: Tables) -> Iterator[Slip]:
    for path, waiver in tables.entries("waiver"):
        indicator, subject = waiver.get("indicator"), waiver.get("subject")
        if "indicator" not in waiver and "subject" not in waiver:
            sentence = text(
                "{key} excepts nothing; add indicator (such as 1.1.2), subject (such as place:A-301) or both",
                key=tables.document.key(path),
            )
            yield path, sentence
        if isinstance(indicator, str) and not re.fullmatch(r"\d+\.\d+\.\d+", indicator):
            where = (*path, "indicator")
            sentence = text(
                "{key} is {value}; it has to be three numbers with points between, such as 1.1.2",
                key=tables.document.key(where),
                value=quoted(indicator),
            )
            yield where, sentence
        if isinstance(subject, str):
            yield from _subject(tables, (*path, "subject"), subject)


def _subject(tables: Tables, where: Path, subject: str) -> Iterator[Slip]:
    """A waiver's subject: a member of a population, as the judge names it, or the subject of an observation."""
    prefix, colon, name = subject.partition(":")
    by_id = {"place": "place", "uplink": "uplink", "camera": "camera", "log": "log_source", "service": "service"}
    by_word = {"role": tuple(Role), "records": tuple(RecordType), "service-kind": tuple(ServiceKind)}
    free = {"control", "ap"}
    if prefix in by_id and colon:
        known = tables.ids(by_id[prefix])
        if name not in known:
            yield where, unknown(tables, where, name, by_id[prefix], known)
    elif prefix in by_word and colon:
        if name not in by_word[prefix]:
            sentence = text(
                "{key} is {value}; after {prefix}: has to stand one of {known}",
                key=tables.document.key(where),
                value=quoted(subject),
                prefix=prefix,
                known=", ".join(by_word[prefix]),
            )
            yield where, sentence
    elif subject != "campus" and prefix not in tables.ids("device") and not (prefix in free and name):
        sentence = text(
            "{key} is {value}; it has to be a device's id, <device>:<port>, or one of these with an id or a word "
            "after it: {prefixes}",
            key=tables.document.key(where),
            value=quoted(subject),
            prefixes=", ".join(f"{one}:" for one in (*by_id, *by_word, *sorted(free))),
        )
        yield where, sentence
