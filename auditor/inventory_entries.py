"""What must hold within one entry of an inventory and no type says: forms of addresses, credentials complete.

Read from the raw tables, like ``auditor.inventory_links``. Nothing here repeats a value that may be a secret.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from auditor.inventory_links import Slip, Tables
from auditor.secrets import SECRET_FIELDS
from probes.text import Text, text
from probes.written.allowed import closest
from probes.written.tomlfile import quoted
from probes.written.tomlscan import Path

_HOST_NAME = re.compile(r"(?=.{1,253}$)[^\W_](?:[\w-]{0,62})(?:\.[\w-]{1,63})*\.?")
_ENV_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_HIGHEST_PORT = 65535


def entries(tables: Tables) -> Iterator[Slip]:
    """Everything that is wrong within one entry."""
    yield from _school(tables)
    for path, entry in tables.entries("credential"):
        yield from _credential(tables, path, entry)
    yield from _addresses(tables)
    yield from _responders(tables)
    for path, entry in tables.entries("log_source"):
        yield from _store(tables, path, entry)
    for path, entry in tables.entries("service"):
        yield from _service(tables, path, entry)


def _school(tables: Tables) -> Iterator[Slip]:
    school = tables.document.data.get("school")
    if not isinstance(school, Mapping):
        return
    zone = school.get("timezone")
    if isinstance(zone, str) and not _is_zone(zone):
        yield ("school", "timezone"), _no_zone(zone)
    stages = school.get("stages")
    if not isinstance(stages, list):
        return
    students = school.get("students")
    for stage in students if isinstance(students, Mapping) else ():
        if stage not in stages:
            yield ("school", "students", stage), _not_a_stage(f"school.students.{stage}", stages)
    for path, subnet in tables.entries("subnet"):
        stage = subnet.get("stage")
        if isinstance(stage, str) and stage not in stages:
            yield (*path, "stage"), _not_a_stage(tables.document.key((*path, "stage")), stages, stage)


def _not_a_stage(key: str, stages: list[Any], stage: str | None = None) -> Text:
    own = ", ".join(one for one in stages if isinstance(one, str))
    if stage is None:
        return text("{key}: the school has no such stage; school.stages are {stages}", key=key, stages=own)
    return text(
        "{key} is {stage}; it has to be one of the school's own stages: {stages}",
        key=key,
        stage=quoted(stage),
        stages=own,
    )


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        # OSError: the name of a directory of the time zone database.
        return False
    return True


def _no_zone(name: str) -> Text:
    guess = closest(name, tuple(available_timezones()))
    if guess is None:
        return text(
            "school.timezone is {zone}; it has to be an IANA time zone such as Asia/Shanghai", zone=quoted(name)
        )
    return text(
        "school.timezone is {zone}; did you mean {guess}? It has to be an IANA time zone such as Asia/Shanghai",
        zone=quoted(name),
        guess=guess,
    )


def _credential(tables: Tables, path: Path, entry: Mapping[str, Any]) -> Iterator[Slip]:
    missing: Mapping[str, Callable[[AbstractSet[str]], Iterator[tuple[str, Text]]]] = {
        "snmp-v3": _snmp_v3,
        "ssh": _ssh,
        "http": _http,
    }
    kind = entry.get("kind")
    if isinstance(kind, str) and kind in missing:
        for field, what in missing[kind](entry.keys()):
            yield (*path, field), text("{key} {what}", key=tables.document.key(path), what=what)
    for field in SECRET_FIELDS:
        yield from _reference(tables, (*path, field), entry.get(field))


def _snmp_v3(given: AbstractSet[str]) -> Iterator[tuple[str, Text]]:
    for option, key in (("auth", "auth_key"), ("privacy", "privacy_key")):
        if option in given and key not in given:
            yield option, text("has {option} and needs {key} as well", option=option, key=key)
        if key in given and option not in given:
            yield key, text("has {key} and needs {option} as well", option=option, key=key)
    if "privacy" in given and "auth" not in given:
        yield "privacy", text("has privacy without auth, which SNMPv3 does not allow; add auth and auth_key")


def _ssh(given: AbstractSet[str]) -> Iterator[tuple[str, Text]]:
    if not given & {"password", "key_file"}:
        yield "kind", text("needs password or key_file")
    if "key_passphrase" in given and "key_file" not in given:
        yield "key_passphrase", text("has key_passphrase and needs key_file as well")


def _http(given: AbstractSet[str]) -> Iterator[tuple[str, Text]]:
    if "token" not in given and not given >= {"user", "password"}:
        yield "kind", text("needs user and password, or token")


def _reference(tables: Tables, where: Path, value: object) -> Iterator[Slip]:
    """The form of what follows ``env:`` and ``keyring:``; a value that is no reference is the model's business."""
    if not isinstance(value, str):
        return
    scheme, _, name = value.partition(":")
    key = tables.document.key(where)
    if scheme == "env" and name and not _ENV_NAME.fullmatch(name):
        yield where, text("{key}: after env: has to stand a name of letters a to z, digits and _", key=key)
    if scheme == "keyring" and name and not all(name.rpartition("/")[::2]):
        yield where, text("{key}: after keyring: has to stand SERVICE/USER", key=key)


def _addresses(tables: Tables) -> Iterator[Slip]:
    for table in ("device", "service", "camera"):
        for path, entry in tables.entries(table):
            address = entry.get("address")
            if isinstance(address, str) and address and not is_host(address):
                yield (*path, "address"), no_host(tables.document.key((*path, "address")), address)
    for path, place in tables.entries("place"):
        terminals = place.get("terminals")
        for number, address in enumerate(terminals if isinstance(terminals, list) else ()):
            where = (*path, "terminals", number)
            if isinstance(address, str) and not _is_ip(address):
                yield where, _no_ip(tables.document.key(where), address)


def no_host(key: str, value: str) -> Text:
    """The sentence for an address that is none."""
    return text(
        "{key} is {value}; it has to be an IP address or a host name, without port, prefix or http://",
        key=key,
        value=quoted(value),
    )


def _no_ip(key: str, value: str) -> Text:
    return text("{key} is {value}; it has to be an IP address such as 10.0.8.21", key=key, value=quoted(value))


def is_host(value: str) -> bool:
    """Whether a value is an IP address or can be a host name.

    >>> [is_host(one) for one in ("10.0.0.1", "fe80::1", "sw-1.school", "10.0.0.256", "10.0.0.1:161", "http://a", "")]
    [True, True, True, False, False, False, False]
    """
    # A name whose last part is a number is a mistyped IPv4 address (RFC 1123, 2.1).
    return _is_ip(value) or (_HOST_NAME.fullmatch(value) is not None and not value.rstrip(".").split(".")[-1].isdigit())


def _is_ip(value: str) -> bool:
    try:
        ip_address(value)
    except ValueError:
        return False
    return True


def is_host_and_port(value: str) -> bool:
    """Whether a value is ``host:port`` or ``[IPv6]:port``.

    >>> [is_host_and_port(one) for one in ("a:5201", "[::1]:5201", "::1:5201", "a", "a:0", "a:70000", "[a]:1", ":5")]
    [True, True, False, False, False, False, False, False]
    """
    host, _, port = value.rpartition(":")
    if host.startswith("[") and host.endswith("]"):
        good_host = ":" in host and _is_ip(host[1:-1])
    else:
        good_host = ":" not in host and is_host(host)
    return good_host and port.isascii() and port.isdigit() and 1 <= int(port[:6]) <= _HIGHEST_PORT


def _responders(tables: Tables) -> Iterator[Slip]:
    for table in ("place", "uplink", "wifi"):
        for path, entry in tables.entries(table):
            responder = entry.get("responder")
            if isinstance(responder, str) and not is_host_and_port(responder):
                where = (*path, "responder")
                sentence = text(
                    "{key} is {value}; it has to be host:port, such as 10.0.8.21:5201 or [fd00::21]:5201",
                    key=tables.document.key(where),
                    value=quoted(responder),
                )
                yield where, sentence


def _store(tables: Tables, path: Path, entry: Mapping[str, Any]) -> Iterator[Slip]:
    store = entry.get("store")
    if not isinstance(store, Mapping):
        return
    if store.get("path") == "":
        where = (*path, "store", "path")
        yield where, text("{key} is empty; it has to be a directory", key=tables.document.key(where))
    pattern = store.get("pattern")
    if isinstance(pattern, str) and not _is_pattern(pattern):
        where = (*path, "store", "pattern")
        sentence = text(
            "{key} is {value}; it has to be a pattern within the directory, such as **/* or fw-*.log.gz",
            key=tables.document.key(where),
            value=quoted(pattern),
        )
        yield where, sentence


def _is_pattern(pattern: str) -> bool:
    """What ``Path.glob`` takes, and nothing outside of the directory."""
    parts = pattern.replace("\\", "/").split("/")
    return (
        bool(pattern) and parts[0] != "" and ".." not in parts and all("**" not in one or one == "**" for one in parts)
    )


def _service(tables: Tables, path: Path, entry: Mapping[str, Any]) -> Iterator[Slip]:
    if "url" not in entry and "address" not in entry:
        sentence = text("{key} has neither url nor address; add the one that answers", key=tables.document.key(path))
        yield path, sentence
    for field in ("url", "news_url"):
        url = entry.get(field)
        if isinstance(url, str) and re.match(r"https?://", url):
            where = (*path, field)
            yield from ((where, sentence(tables.document.key(where), url)) for sentence in url_faults(url))


def url_faults(url: str) -> Iterator[Callable[[str, str], Text]]:
    """What is wrong with a web address: sentences made from its key and the value."""
    try:
        parts = urlsplit(url)
        good = bool(parts.hostname) and is_host(parts.hostname or "") and parts.port != 0
    except ValueError:
        good = False
        parts = None
    if parts is not None and "@" in parts.netloc:
        yield lambda key, _: text(
            "{key} has a user or password in it; leave it out, this file holds no secrets", key=key
        )
    elif not good:
        yield lambda key, value: text(
            "{key} is {value}; it has to be an address such as https://www.school.example/",
            key=key,
            value=quoted(value),
        )
