r"""What ``nmcli`` prints (NetworkManager): lists of networks, terse, as a table, or field below field. Pure.

In terse output fields are parted by colons, and ``\:`` and ``\\`` stand for a colon and a backslash within one.
NetworkManager tells the signal as a percentage only. Which fields were asked for, nobody knows of a list that was
saved: they are known by their names, by the order that nmcli keeps, or by what stands in a column throughout.
NetworkManager before 1.0 translated the titles of its tables, and put names between apostrophes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from probes.wifi.bssid import ADDRESS
from probes.wifi.channels import band_by_channel, frequency_of
from probes.wifi.elements import visible
from probes.wifi.heard import Heard, placed
from probes.wifi.nmcli_columns import FREQUENCY, by_columns, kind
from probes.wifi.nmcli_table import NAMES, is_head, rows
from probes.wifi.nmcli_words import AMONG_STATIONS, MODES, YES
from probes.wifi.security import canonical

FIELDS = ("IN-USE", "BSSID", "SSID", "SSID-HEX", "MODE", "CHAN", "FREQ", "BANDWIDTH", "SIGNAL", "SECURITY",
          "WPA-FLAGS", "RSN-FLAGS")  # fmt: skip
"""What is asked for; NetworkManager before 1.46 does not know BANDWIDTH."""

OLDER_FIELDS = tuple(one for one in FIELDS if one != "BANDWIDTH")

_MAC = re.compile(ADDRESS)
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2})+")
_BARS = re.compile(r"[▂▄▆█_* ]+")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_SUITES = {
    "psk": "PSK",
    "802.1X": "802.1X",
    "sae": "WPA3-SAE",
    "owe": "OWE",
    "owe_tm": "open",
    "owe_transition_mode": "open",
    "wpa-eap-suite-b-192": "WPA3-802.1X",
    "eap_suite_b_192": "WPA3-802.1X",
}
_KEY = re.compile(r"^(?:AP\[\d+\]\.)?([A-Z][A-Z-]*|[\u4e00-\u9fff]+(?:-HEX)?):")
_BESIDE = ("ACTIVE", "NAME", "RATE", "BARS", "DEVICE", "DBUS-PATH")
_VALUES_AT = 40
_COLOUR = re.compile("\x1b\\[[0-9;]*m")
_NONE = frozenset({"", "--", "(none)", "(无)", "none"})


def networks(output: str) -> tuple[Heard, ...]:
    """The networks of ``nmcli device wifi list``, in whatever form and with whatever fields."""
    lines = [line.rstrip("\r") for line in _COLOUR.sub("", output).split("\n") if line.strip()]
    records = list(_records(lines))
    if records:
        return tuple(one for named in records if (one := _heard(named)) is not None)
    if any(is_head(line) for line in lines):
        return tuple(one for named in _titled(list(rows(lines))) if (one := _heard(named)) is not None)
    terse = [escaped_fields(line) for line in lines]
    found = [_heard(named) for row in terse if (named := _named(row)) is not None]
    return tuple(one for one in found or map(_heard, by_columns(terse)) if one is not None)


def _titled(table: Sequence[Mapping[str, str]]) -> Iterator[Mapping[str, str]]:
    """The rows of a table, with the titles in English that are known by what stands below them."""
    titles = list(table[0]) if table else []
    names = {title: title for title in titles}
    for title in titles:
        if title not in {*FIELDS, *_BESIDE}:
            known = kind([row[title] for row in table])
            name = "SIGNAL" if known == "NUMBER" else known
            names[title] = name if name not in names.values() else title
    quoted = titles[:2] == ["SSID", "BSSID"] and all(re.fullmatch(r"'.*'|--|", row["SSID"]) for row in table)
    for row in table:
        name = row["SSID"][1:-1] if quoted and row["SSID"][:1] == "'" else row["SSID"]
        yield {**{names[title]: value for title, value in row.items()}, "SSID": name}


def escaped_fields(line: str) -> list[str]:
    r"""The fields of a terse line.

    >>> escaped_fields(r"*:FE\:DC:a\\b\:c:")
    ['*', 'FE:DC', 'a\\b:c', '']
    """
    fields, current, escaped = [], "", False
    for character in line:
        if escaped:
            current, escaped = current + character, False
        elif character == "\\":
            escaped = True
        elif character == ":":
            fields.append(current)
            current = ""
        else:
            current += character
    return [*fields, current]


def written(fields: Sequence[str]) -> str:
    """Fields as a terse line holds them: the inverse of ``escaped_fields``."""
    return ":".join(one.replace("\\", "\\\\").replace(":", "\\:") for one in fields)


def _named(row: Sequence[str]) -> dict[str, str] | None:
    """The fields by name: as they were asked for, else by what they look like."""
    for names in (FIELDS, OLDER_FIELDS):
        if len(row) == len(names) and _MAC.fullmatch(row[1]) and _HEX.fullmatch(row[3] or "00"):
            return dict(zip(names, row, strict=True))
    return _guessed(row)


def _guessed(row: Sequence[str]) -> dict[str, str] | None:
    """By the order that nmcli keeps: in use, BSSID, SSID, mode, channel, frequency, rate, signal; some may lack."""
    mode = next((at for at in range(len(row) - 1, 0, -1) if row[at] in MODES), None)
    bssid = next((at for at, one in enumerate(row) if _MAC.fullmatch(one)), None)
    if mode is None:
        return None
    # Asked for ALL, nmcli puts the name before the address.
    at = bssid if bssid == mode - 1 else mode
    named = {"SSID": row[at - 1] if at else "", "IN-USE": "*" if "*" in row else row[0], "MODE": row[mode]}
    if bssid is not None:
        named["BSSID"] = row[bssid]
    if at > 1 and at - 2 != bssid and _HEX.fullmatch(row[at - 1]) and _is_hex_of(row[at - 1], row[at - 2]):
        named |= {"SSID": row[at - 2], "SSID-HEX": row[at - 1]}
    rest, last = list(row[mode + 1 :]), 0
    for at, one in enumerate(rest):
        if one.isdigit():
            # The first plain number is the channel, the next one the signal.
            named.setdefault("CHAN" if "CHAN" not in named else "SIGNAL", one)
            last = at
        elif FREQUENCY.match(one):
            named["FREQ"] = one
    if "SIGNAL" not in named:
        return named if "CHAN" in named else None
    behind = [one for one in rest[last + 1 :] if not one or not _BARS.fullmatch(one)]
    named |= dict(zip(("SECURITY", "WPA-FLAGS", "RSN-FLAGS"), behind, strict=False))
    return named


def _is_hex_of(digits: str, name: str) -> bool:
    return bytes.fromhex(digits) == name.encode("utf-8", "surrogateescape")


def _records(lines: Sequence[str]) -> Iterator[dict[str, str]]:
    """Of ``--mode multiline``: a field a line; the next network begins where a field comes again."""
    pairs = [pair for line in lines if (pair := _pair(line)) is not None]
    if not {"SSID", "SIGNAL"} <= {name for name, _ in pairs}:
        return
    named: dict[str, str] = {}
    for name, value in pairs:
        if name in named:
            yield named
            named = {}
        named[name] = value
    yield named


def _pair(line: str) -> tuple[str, str] | None:
    found = _KEY.match(line)
    name = None if found is None else NAMES.get(found[1], found[1])
    if found is None or name not in {*FIELDS, *_BESIDE}:
        return None
    # Values stand in one column, unless the output is terse; a name may begin with blanks of its own.
    padded = len(line) >= _VALUES_AT and not line[found.end() : _VALUES_AT].strip()
    return name, line[_VALUES_AT:] if padded else line[found.end() :] if name == "SSID" else line[found.end() :].strip()


def _heard(named: Mapping[str, str]) -> Heard | None:
    channel, frequency = _number(named.get("CHAN", "")), _number(named.get("FREQ", ""))
    band = band_by_channel(int(channel)) if channel is not None else None
    if frequency is None and channel is not None and band is not None:
        frequency = frequency_of(int(channel), band)
    by_frequency = (None, None) if frequency is None else placed(frequency)
    signal = _number(named.get("SIGNAL", ""))
    if signal is None and channel is None:
        return None
    return Heard(
        bssid=named.get("BSSID", "").lower(),
        ssid=_ssid(named),
        band_ghz=by_frequency[0] or band,
        channel=by_frequency[1] if by_frequency[1] is not None else None if channel is None else int(channel),
        frequency_mhz=frequency,
        width_mhz=_number(named.get("BANDWIDTH", "")),
        quality_percent=None if signal is None else min(signal, 100.0),
        security=_security(named),
        joined=bool({named.get("IN-USE", "").strip(), named.get("ACTIVE", "").strip()} & YES),
        ad_hoc=named.get("MODE", "") in AMONG_STATIONS,
    )


def _ssid(named: Mapping[str, str]) -> bytes:
    octets = named.get("SSID-HEX", "")
    if octets and _HEX.fullmatch(octets):
        return visible(bytes.fromhex(octets))
    written_as = named.get("SSID", "")
    return b"" if written_as == "--" else visible(written_as.encode("utf-8", "surrogateescape"))


def _security(named: Mapping[str, str]) -> str:
    if not named.keys() & {"SECURITY", "WPA-FLAGS", "RSN-FLAGS"}:
        return ""  # it was not asked for
    told = named.get("SECURITY", "").strip()
    if "OWE-TM" in told.split():
        return "open"  # its flags name the other network, which is encrypted
    flags = {name: named.get(name, "").split() for name in ("WPA-FLAGS", "RSN-FLAGS")}
    words: list[str] = []
    for name, generation in (("WPA-FLAGS", "WPA"), ("RSN-FLAGS", "WPA2")):
        for flag in flags[name]:
            suite = _SUITES.get(flag, "")
            words.append(f"{generation}-{suite}" if suite in {"PSK", "802.1X"} else suite)
        words += ["TKIP"] if "pair_tkip" in flags[name] else []
    if canonical(words):
        return canonical(words)
    if told in _NONE:
        return "open"
    return canonical(_by_words(told.split()))


def _by_words(told: Sequence[str]) -> Iterator[str]:
    """NetworkManager's summary, such as ``WPA1 WPA2 802.1X``; without 802.1X it means a shared password."""
    by_account = not {"802.1X", "Enterprise"}.isdisjoint(told)
    for one in told:
        if one in {"WPA", "WPA1", "WPA2"}:
            yield f"{'WPA' if one == 'WPA1' else one}-{'802.1X' if by_account else 'PSK'}"
        elif one == "WPA3":
            yield "WPA3-802.1X" if by_account else "WPA3-SAE"
        elif one in {"WEP", "OWE"}:
            yield one
        elif one == "OWE-TM":
            yield "open"


def _number(words: str) -> float | None:
    found = _NUMBER.match(words.strip())
    return float(found[0]) if found else None
