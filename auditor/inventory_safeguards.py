"""What must hold of the tests of safeguards, the drills and the cameras: references, addresses, and who allowed it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from auditor.inventory_entries import is_host, is_host_and_port, no_host, url_faults
from auditor.inventory_links import Slip, Tables, unknown
from probes.text import text
from probes.written.tomlfile import quoted
from probes.written.tomlscan import Path

_URLS = ("url", "neutral_url")
_ENDS = ("responder", "proxy")


def safeguards(tables: Tables) -> Iterator[Slip]:
    """Everything that is wrong in these tables."""
    yield from _permission(tables)
    for path, entry in tables.entries("control"):
        yield from _addresses(tables, path, entry)
        yield from _control(tables, path, entry)
    for path, entry in (*tables.entries("canary"), *tables.entries("drill")):
        yield from _addresses(tables, path, entry)
        yield from _each(tables, path, entry, "log_sources", "log_source")
    for path, entry in tables.entries("drill"):
        yield from _one(tables, path, entry, "place", "place")
    yield from _syslog(tables)
    for table in ("device", "camera"):
        for path, entry in tables.entries(table):
            video = entry.get("video")
            if isinstance(video, Mapping):
                yield from _login(tables, (*path, "video"), video)


def _permission(tables: Tables) -> Iterator[Slip]:
    first = next(tables.entries("control"), None)
    if first is not None and "controls" not in tables.document.data:
        sentence = text(
            "{key} sends test traffic, which somebody has to allow: add [controls] with allowed_by and until",
            key=tables.document.key(first[0]),
        )
        yield first[0], sentence


def _control(tables: Tables, path: Path, entry: Mapping[str, Any]) -> Iterator[Slip]:
    key = tables.document.key(path)
    if entry.get("kind") == "ids_alert":
        yield from _one(tables, path, entry, "log_source", "log_source")
    if entry.get("kind") == "malware":
        if ("responder" in entry) == ("url" in entry):
            yield path, text("{key} needs either responder or url with neutral_url", key=key)
        elif "url" in entry and "neutral_url" not in entry:
            where = (*path, "url")
            yield where, text("{key} has url and needs neutral_url as well: a file there that may pass", key=key)
    urls = entry.get("urls")
    for number, url in enumerate(urls if isinstance(urls, list) else ()):
        yield from _url(tables, (*path, "urls", number), url)


def _addresses(tables: Tables, path: Path, entry: Mapping[str, Any]) -> Iterator[Slip]:
    for field in _URLS:
        yield from _url(tables, (*path, field), entry.get(field))
    for field in _ENDS:
        value = entry.get(field)
        if isinstance(value, str) and not is_host_and_port(value):
            where = (*path, field)
            sentence = text(
                "{key} is {value}; it has to be host:port, such as 10.0.8.21:5201 or [fd00::21]:5201",
                key=tables.document.key(where),
                value=quoted(value),
            )
            yield where, sentence


def _url(tables: Tables, where: Path, url: object) -> Iterator[Slip]:
    if isinstance(url, str) and re.match(r"https?://", url):
        yield from ((where, sentence(tables.document.key(where), url)) for sentence in url_faults(url))


def _one(tables: Tables, path: Path, entry: Mapping[str, Any], field: str, target: str) -> Iterator[Slip]:
    known, wanted = tables.ids(target), entry.get(field)
    if isinstance(wanted, str) and wanted not in known:
        yield (*path, field), unknown(tables, (*path, field), wanted, target, known)


def _each(tables: Tables, path: Path, entry: Mapping[str, Any], field: str, target: str) -> Iterator[Slip]:
    known, wanted = tables.ids(target), entry.get(field)
    for number, one in enumerate(wanted if isinstance(wanted, list) else ()):
        if isinstance(one, str) and one not in known:
            yield (*path, field, number), unknown(tables, (*path, field, number), one, target, known)


def _syslog(tables: Tables) -> Iterator[Slip]:
    for path, entry in tables.entries("canary"):
        servers = entry.get("syslog")
        for number, server in enumerate(servers if isinstance(servers, list) else ()):
            address = server.get("address") if isinstance(server, Mapping) else None
            if isinstance(address, str) and address and not is_host(address):
                where = (*path, "syslog", number, "address")
                yield where, no_host(tables.document.key(where), address)


def _login(tables: Tables, path: Path, video: Mapping[str, Any]) -> Iterator[Slip]:
    yield from _one(tables, path, video, "credential", "credential")
    known, wanted = tables.ids("credential"), video.get("credential")
    kind = tables.document.at((*known[wanted], "kind")) if isinstance(wanted, str) and wanted in known else "http"
    if kind != "http":
        where = (*path, "credential")
        sentence = text(
            "{key} is {id}, a credential of kind {kind}; cameras and recorders take one of kind http",
            key=tables.document.key(where),
            id=quoted(str(wanted)),
            kind=str(kind),
        )
        yield where, sentence
