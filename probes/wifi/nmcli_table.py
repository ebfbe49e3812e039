"""nmcli's tables: each column begins where its title does, as a terminal counts: two for a Chinese character. Pure.

A table that was copied may have lost its alignment; then columns are parted by two blanks, and what is too much belongs
to the name of the network, which alone may hold such itself.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence

from probes.wifi.bssid import ADDRESS

NAMES: Mapping[str, str] = {
    "*": "IN-USE", "使用中": "IN-USE", "活动": "ACTIVE", "模式": "MODE", "信道": "CHAN", "频道": "CHAN", "頻道": "CHAN",
    "频率": "FREQ", "頻率": "FREQ", "速率": "RATE", "带宽": "BANDWIDTH", "頻寬": "BANDWIDTH", "信号": "SIGNAL",
    "訊號": "SIGNAL", "安全性": "SECURITY", "安全": "SECURITY",
}  # fmt: skip
"""How the titles of columns are translated."""

_MAC = re.compile(ADDRESS)


def is_head(line: str) -> bool:
    """Whether a line holds the titles of a list of networks."""
    titles = {NAMES.get(one, one) for one in line.split()}
    return "SSID" in titles and not titles.isdisjoint({"SIGNAL", "BSSID"}) and ":" not in line


def rows(lines: Sequence[str]) -> Iterator[Mapping[str, str]]:
    """The fields of each row below a head, by the columns' English names; what is no row is left out."""
    columns: list[tuple[str, int]] = []
    for line in lines:
        if is_head(line):
            titles = re.finditer(r"\S+(?: \S+)*", line)
            columns = [(NAMES.get(found[0], found[0]), _wide(line[: found.start()])) for found in titles]
        elif columns:
            named = _aligned(line, columns)
            if not _fits(named):
                named = _parted(line, [name for name, _ in columns])
            if _fits(named):
                yield named


def _aligned(line: str, columns: Sequence[tuple[str, int]]) -> Mapping[str, str]:
    starts = [at for _, at in columns]
    fields, at = [""] * len(columns), 0
    for character in line:
        number = max(bisect_right(starts, at) - 1, 0)
        fields[number] += character
        at += _wide(character)
    # A name may begin with blanks; how many it ends with nobody can tell.
    return {name: one.rstrip() if name == "SSID" else one.strip()
            for (name, _), one in zip(columns, fields, strict=True)}  # fmt: skip


def _parted(line: str, names: Sequence[str]) -> Mapping[str, str]:
    parts = re.split(r"\s{2,}", line.strip())
    in_use = "*" if parts[0] == "*" or parts[0].startswith("* ") else ""
    parts = parts[1:] if parts[0] == "*" else [parts[0].removeprefix("* "), *parts[1:]]
    wanted = [name for name in names if name != "IN-USE"]
    at, extra = wanted.index("SSID"), len(parts) - len(wanted)
    if extra < 0:
        return {}
    joined = [*parts[:at], "  ".join(parts[at : at + extra + 1]), *parts[at + extra + 1 :]]
    return {**dict(zip(wanted, joined, strict=True)), "IN-USE": in_use}


def _fits(named: Mapping[str, str]) -> bool:
    """Whether what stands in the columns is what they are for."""
    numbers = all(named.get(name, "0").isdigit() for name in ("SIGNAL", "CHAN"))
    return bool(named) and numbers and _MAC.fullmatch(named.get("BSSID", "00:00:00:00:00:00")) is not None


def _wide(words: str) -> int:
    """How many columns of a terminal words take."""
    return sum(
        0 if unicodedata.category(one) in {"Mn", "Me", "Cf"} else 2 if unicodedata.east_asian_width(one) in "WF" else 1
        for one in words
    )
