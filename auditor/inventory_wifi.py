"""What must hold of the table ``[wifi]`` and no type says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress

from auditor.inventory_links import Slip, Tables
from probes.text import text
from probes.wifi.heard import LONGEST_SSID
from probes.written.tomlfile import quoted


def wifi(tables: Tables) -> Iterator[Slip]:
    """Everything that is wrong in it: names that no access point can send, ways into networks that are not named."""
    for path, entry in tables.entries("wifi"):
        ssids = entry.get("ssids")
        named = [one for one in ssids if isinstance(one, str)] if isinstance(ssids, list) else []
        for number, one in enumerate(ssids if isinstance(ssids, list) else ()):
            if isinstance(one, str) and _octets(one) > LONGEST_SSID:
                where = (*path, "ssids", number)
                sentence = text(
                    "{key}: {value} is longer than the 32 octets that the name of a network may have",
                    key=tables.document.key(where),
                    value=quoted(one),
                )
                yield where, sentence
        security = entry.get("security")
        for name in security if isinstance(security, Mapping) else ():
            if name not in named:
                where = (*path, "security", name)
                sentence = text(
                    "{key}: the network {name} is none of wifi.ssids: {names}",
                    key=tables.document.key(where),
                    name=quoted(name),
                    names=", ".join(named),
                )
                yield where, sentence


def _octets(name: str) -> int:
    """The length of a name in the shorter encoding: a Chinese character has three octets in UTF-8, two in GBK."""
    encoded = [name.encode("utf-8", "surrogatepass")]
    with suppress(UnicodeEncodeError):
        encoded.append(name.encode("gbk"))
    return min(map(len, encoded))
