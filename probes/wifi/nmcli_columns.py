"""Which column of a terse list of nmcli is which field, by what stands in it throughout. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

from probes.wifi.bssid import ADDRESS
from probes.wifi.channels import channel_of
from probes.wifi.nmcli_words import MODES, NO, YES

_WORDS = frozenset({"WEP", "WPA", "WPA1", "WPA2", "WPA3", "802.1X", "Enterprise", "OWE", "OWE-TM", "--"})
_IN_USE = YES | NO | {"", " "}
FREQUENCY = re.compile(r"^\d{4}(?:\.\d+)?\s(?:MHz|МГц|მჰც)$")
_WIDTH, _RATE = re.compile(r"^\d{2,3}\s(?:MHz|МГц|მჰც)$"), re.compile(r"^\d+(?:\.\d+)?\s\S+/\S+$")
_MAC, _BARS, _HEX = (
    re.compile(rf"^{ADDRESS}$"),
    re.compile(r"^[▂▄▆█_* ]*$"),
    "0123456789ABCDEFabcdef",
)
_TWO_OR_FIVE = frozenset({*range(1, 15), *range(36, 65, 4), *range(100, 145, 4), *range(149, 178, 4)})

# In this order: what a column holds throughout, and the field that it then is.
_KINDS: tuple[tuple[str, Callable[[str], bool]], ...] = (
    ("NAME", lambda one: bool(re.match(r"^AP\[\d+\]$", one))),
    ("BSSID", lambda one: bool(_MAC.match(one))),
    ("FREQ", lambda one: bool(FREQUENCY.match(one))),
    ("BANDWIDTH", lambda one: bool(_WIDTH.match(one))),
    ("RATE", lambda one: bool(_RATE.match(one))),
    ("IN-USE", lambda one: one in _IN_USE),
    ("BARS", lambda one: bool(_BARS.match(one))),
    ("MODE", lambda one: one in MODES),
    ("SECURITY", lambda one: set(one.split()) <= _WORDS),
    ("FLAGS", lambda one: not one or one[0] + one[-1] in {"()", "（）"} or "pair_" in one or "group_" in one),
    ("NUMBER", lambda one: one.isascii() and one.isdigit() and int(one) <= 233),  # noqa: PLR2004  the last channel
)


def by_columns(rows: Sequence[Sequence[str]]) -> Iterator[Mapping[str, str]]:
    """The fields of each row by their names; none where no column holds addresses and none a signal."""
    lengths = Counter(len(row) for row in rows if any(_MAC.match(one) for one in row))
    if not lengths:
        return
    width = lengths.most_common(1)[0][0]
    whole = [row for row in rows if len(row) == width]
    names = _named(list(zip(*whole, strict=True)))
    if {"BSSID", "SIGNAL", "SSID"} <= set(names):
        yield from (dict(zip(names, row, strict=True)) for row in whole)


def _named(columns: Sequence[Sequence[str]]) -> list[str]:
    names = [kind(column) for column in columns]
    for at, name in enumerate(names):
        # Of open networks the security is empty, as is the mark of a card that is connected to none of them.
        if name == "IN-USE" and at and not any(one.strip() for one in columns[at]):
            names[at] = "SECURITY" if "SECURITY" not in names else "?"
        if name == "FLAGS":
            names[at] = "WPA-FLAGS" if "WPA-FLAGS" not in names else "RSN-FLAGS"
    numbers = [at for at, name in enumerate(names) if name == "NUMBER"]
    for at, name in zip(numbers, _numbers(columns, names, numbers), strict=True):
        names[at] = name
    rest = [at for at, name in enumerate(names) if name == "?"]
    named = [at for at in rest if not _hex_of_another(columns, at)]
    if named:
        names[named[0]] = "SSID"
    for at in rest:
        if at not in named and "SSID-HEX" not in names:
            names[at] = "SSID-HEX"
    return [name if name == "?" or names.index(name) == at else "?" for at, name in enumerate(names)]


def kind(column: Sequence[str]) -> str:
    """What stands in a column throughout; ``?`` where it is nothing that is known."""
    return next((name for name, holds in _KINDS if all(map(holds, column))), "?")


def _numbers(columns: Sequence[Sequence[str]], names: Sequence[str], numbers: Sequence[int]) -> list[str]:
    """Which of the columns of plain numbers is the channel, which the signal; of a third, a name of digits, neither."""
    if "FREQ" in names:
        frequencies = [float(one.split()[0]) for one in columns[names.index("FREQ")]]
        same = [at for at in numbers if [channel_of(one) for one in frequencies] == [int(one) for one in columns[at]]]
    else:
        same = [at for at in numbers if {int(one) for one in columns[at]} <= _TWO_OR_FIVE] if len(numbers) > 1 else []
    channel = same[0] if same else numbers[0] if len(numbers) > 1 else None
    signals = [at for at in numbers if at != channel and all(int(one) <= 100 for one in columns[at])]  # noqa: PLR2004
    signal = signals[-1] if signals else None
    return ["CHAN" if at == channel else "SIGNAL" if at == signal else "?" for at in numbers]


def _hex_of_another(columns: Sequence[Sequence[str]], at: int) -> bool:
    if not all(one and not one.strip(_HEX) and len(one) % 2 == 0 for one in columns[at]):
        return False
    names = [bytes.fromhex(one).decode("utf-8", "replace") for one in columns[at]]
    return any(list(column) == names for column in columns)
