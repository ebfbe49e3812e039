"""The inventory: from the TOML that a person writes to the campus, or to all of its mistakes at once."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from pydantic import ValidationError

from auditor.inventory_entries import entries
from auditor.inventory_floors import floors
from auditor.inventory_links import Tables, links
from auditor.inventory_safeguards import safeguards
from auditor.inventory_schema import schema
from auditor.inventory_warnings import warnings
from auditor.inventory_wifi import wifi
from auditor.secrets import SECRET_FIELDS
from probes.campus import (
    AuditSettings,
    Campus,
    Credential,
    DirectoryStore,
    Entry,
    LogSource,
    NotifySettings,
    TableStore,
)
from probes.discovery.ranges import refused_range
from probes.night.settings import TIME_OF_DAY
from probes.switching import mac
from probes.text import text
from probes.wifi import bssid
from probes.written.mistakes import Vocabulary, check
from probes.written.tomlfile import Document, Mistake, MistakesError, read

__all__ = ["InventoryError", "counting_logs", "examine", "load", "restore", "schema", "snapshot", "warnings"]

_VOCABULARY = Vocabulary(
    patterns=MappingProxyType(
        {
            r"^[^\s:/\\]+$": text("a short name without blanks, colons and slashes, of at most 64 characters"),
            r"^https?://[^\s]+/generate_204$": text("an address that ends with /generate_204 and answers 204"),
            r"^https?://[^\s]+$": text("an address that begins with http:// or https://"),
            r"^https?://[^\s/@]+(/[^\s@]*)?$": text(
                "an address that begins with http:// or https://, without user or password"
            ),
            r"^[^\W\d][\w$]{0,62}$": text("the plain name of a column"),
            r"^[^\W\d][\w$]{0,62}(\.[^\W\d][\w$]{0,62})?$": text("the plain name of a table, or schema.table"),
            r"^[^\s/?#\\]+$": text("the name of an index, such as fw-*"),
            r"^\{.+\}$": text('a selector in braces, such as {{job="fw"}}'),
            r"^https://[^\s/@]+(/[^\s]*)?$": text("an address that begins with https://, without user or password"),
            TIME_OF_DAY: text('a time of day in quotes, such as "22:00"'),
            mac.SPELLING: text("a MAC address such as 00:19:c6:01:0e:3c"),
            bssid.SPELLING: text("a BSSID such as 00:25:9e:12:30:a0, or a range such as 00:25:9e:12:30:00/40"),
        }
    ),
    codes=MappingProxyType(
        {
            "secret_reference": lambda key, _: text(
                "{key} is no reference to a secret; write env:NAME, file:PATH or keyring:SERVICE/USER, and keep the "
                "secret itself out of this file (its value is not shown)",
                key=key,
            ),
            "not_a_public_range": lambda key, _: text(
                "{key} is no range of public addresses; inside addresses such as 10.0.0.0/8 prove nothing", key=key
            ),
            "range_refused": lambda key, parts: refused_range(key, parts[0]),
            "no_time_between": lambda key, _: text("{key}: from and to are the same; no time lies between", key=key),
            "ends_before_it_begins": lambda key, _: text("{key}: to lies before from", key=key),
            "hosts_not_distinct": lambda key, _: text("{key}: each site has to be on another host", key=key),
        }
    ),
)


class InventoryError(MistakesError):
    """An inventory has mistakes, or cannot be read."""


def load(path: Path) -> Campus:
    """Read an inventory.

    Relative paths in it (log stores, bundles, attestations, key files, ``file:`` secrets, a rubric's file) become
    absolute against the inventory's folder, ``~`` is the home directory. No secret is fetched.

    Raises:
        InventoryError: with every mistake of syntax, of structure and of reference, each with its line.
    """
    document = read(path, InventoryError)
    if not document.data:
        empty = text("this inventory is empty; start from inventory.example.toml")
        raise InventoryError([Mistake(document.file, None, "", empty)])
    found, mistakes = examine(document)
    if found is None:
        raise InventoryError(mistakes)
    return _anchored(found, path.absolute().parent)


def examine(document: Document) -> tuple[Campus | None, list[Mistake]]:
    """The campus of a document, or ``None`` with all mistakes; references are checked whatever the structure is."""
    found, mistakes = check(document, Campus, _VOCABULARY)
    tables = Tables(document)
    named = {one.key for one in mistakes}
    for where, sentence in (*links(tables), *entries(tables), *safeguards(tables), *wifi(tables), *floors(tables)):
        if document.key(where) not in named:
            mistakes.append(document.mistake(where, sentence))
    return (found if isinstance(found, Campus) and not mistakes else None), mistakes


def counting_logs(campus: Campus) -> Campus:
    """The same campus, with every record of every log to be counted."""
    sources = tuple(one.model_copy(update={"count": "exact"}) for one in campus.log_source)
    return campus.model_copy(update={"log_source": sources})


def snapshot(campus: Campus) -> str:
    """The campus as JSON for the bundle. Secrets are in it only as references, since the campus knows no others."""
    return campus.model_dump_json(indent=2)


def restore(snapshot: str | bytes) -> Campus:
    """The campus of a bundle.

    Raises:
        InventoryError: if it is damaged.
    """
    try:
        return Campus.model_validate_json(snapshot)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        damaged = text(
            "the bundle's inventory is damaged ({n} places, the first at {where}); was it made by a newer version?",
            n=error.error_count(),
            where=".".join(str(part) for part in first["loc"]) or "1",
        )
        raise InventoryError([Mistake("inventory.json", None, "", damaged)]) from error


def _anchored(campus: Campus, folder: Path) -> Campus:
    """The campus with every path absolute."""
    return campus.model_copy(
        update={
            "audit": _audit(campus.audit, folder),
            "notify": _notify(campus.notify, folder),
            "wifi": campus.wifi and campus.wifi.model_copy(update={"surveys": _absolute(campus.wifi.surveys, folder)}),
            "credential": tuple(_credential(one, folder) for one in campus.credential),
            "place": tuple(_with_secret(one, "responder_secret", folder) for one in campus.place),
            "floor": tuple(
                one.model_copy(update={"plan": one.plan and _absolute(one.plan, folder)}) for one in campus.floor
            ),
            "uplink": tuple(_with_secret(one, "responder_secret", folder) for one in campus.uplink),
            "log_source": tuple(_log_source(one, folder) for one in campus.log_source),
            "control": tuple(_with_secret(one, "secret", folder) for one in campus.control),
            "canary": campus.canary and _with_secret(campus.canary, "signing_key", folder),
        }
    )


def _absolute(path: str, folder: Path) -> str:
    try:
        return str(folder / Path(path).expanduser())
    except RuntimeError:
        # A user name after ~ that this machine does not know: the path then names itself in the sentence to come.
        return str(folder / path)


def _audit(settings: AuditSettings, folder: Path) -> AuditSettings:
    """What was set explicitly stays marked as such, so that warnings can tell it from a default."""
    paths = {"bundles": settings.bundles, "attestations": settings.attestations}
    if "/" in settings.rubric or "\\" in settings.rubric or settings.rubric.endswith(".toml"):
        paths["rubric"] = settings.rubric
    absolute: Mapping[str, str] = {name: _absolute(path, folder) for name, path in paths.items()}
    values = {name: getattr(settings, name) for name in AuditSettings.model_fields}
    values["throughput"] = _with_secret(settings.throughput, "responder_secret", folder)
    return AuditSettings.model_construct(_fields_set=set(settings.model_fields_set), **{**values, **absolute})


def _secret(reference: str, folder: Path) -> str:
    is_file = reference.startswith("file:")
    return "file:" + _absolute(reference.removeprefix("file:"), folder) if is_file else reference


def _notify(settings: NotifySettings | None, folder: Path) -> NotifySettings | None:
    if settings is None:
        return None
    return settings.model_copy(update={"to": tuple(_secret(one, folder) for one in settings.to)})


def _credential(credential: Credential, folder: Path) -> Credential:
    changed: dict[str, str] = {}
    for name in SECRET_FIELDS:
        reference = getattr(credential, name, None)
        if reference is not None:
            changed[name] = _secret(reference, folder)
    key_file = getattr(credential, "key_file", None)
    if key_file is not None:
        changed["key_file"] = _absolute(key_file, folder)
    return credential.model_copy(update=changed)


def _with_secret(entry: Entry, field: str, folder: Path) -> Entry:
    """An entry whose reference to a secret, if it has that field, no longer depends on the folder."""
    reference = getattr(entry, field, None)
    return entry if reference is None else entry.model_copy(update={field: _secret(reference, folder)})


def _log_source(source: LogSource, folder: Path) -> LogSource:
    store, changed = source.store, {}
    if isinstance(store, DirectoryStore | TableStore):
        changed["path"] = _absolute(store.path, folder)
    ca_file = getattr(store, "ca_file", None)
    if ca_file is not None:
        changed["ca_file"] = _absolute(ca_file, folder)
    return source.model_copy(update={"store": store.model_copy(update=changed)})
