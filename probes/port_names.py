"""Finding the port that a person means: people and devices spell the same port in many ways."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

# Spellings of one kind of port, as consoles of Huawei, H3C, Ruijie, ZTE, Cisco and others accept or show them.
_SPELLINGS: Mapping[str, str] = MappingProxyType(
    {
        "eth": "e et eth ethernet",
        "fe": "f fa fe fei fas fastethernet",
        "ge": "g ge gi gei gig giga gige gigaethernet gigabit gigabitethernet",
        "2.5ge": "tw two twogige twogigabitethernet 2.5ge multige",
        "5ge": "fi five fivegige fivegigabitethernet 5ge",
        "10ge": "t te ten tengige tengigabitethernet tengigaethernet tgigaethernet xg xge xgei xgigabitethernet 10ge",
        "25ge": "twe twentyfivegige twentyfivegigabitethernet wge 25ge",
        "40ge": "fo fge fortygige fortygigabitethernet 40ge",
        "100ge": "hu hge hundredgige hundredgigabitethernet cge 100ge",
        "lag": "po port-channel portchannel eth-trunk ethtrunk bridge-aggregation bagg aggregateport ag",
        "vlan": "vl vlan vlan-interface vlanif vlan-if",
    }
)
_KIND = {spelling: kind for kind, spellings in _SPELLINGS.items() for spelling in spellings.split()}
_PARTS = re.compile(r"(?P<kind>(?:2\.5|\d+)?[a-z][a-z-]*?)[-_]?(?P<number>\d.*)")


def canonical(name: str) -> str:
    """A port's name in a spelling that all ways of writing it have in common.

    >>> {canonical(name) for name in ("GigabitEthernet0/0/5", "GE0/0/5", "gi 0/0/5", "Gig0/0/5", "gei_0/0/5")}
    {'ge0/0/5'}
    >>> {canonical(name) for name in ("XGigabitEthernet1/0/1", "Te1/0/1", "10GE1/0/1", "Ten-GigabitEthernet1/0/1")}
    {'10ge1/0/1'}
    >>> canonical("Vlan-interface20"), canonical("Vlanif20"), canonical("Port 7"), canonical("uplink")
    ('vlan20', 'vlan20', 'port7', 'uplink')
    """
    squeezed = "".join(name.lower().split())
    parts = _PARTS.fullmatch(squeezed)
    if parts is None:
        return squeezed
    kind = parts["kind"]
    return (_KIND.get(kind) or _KIND.get(kind.replace("-", "")) or kind) + parts["number"]


def _short_forms(name: str) -> set[str]:
    """The name without what some agents append to it: TP-Link `` : copper``, ZTE the port's description."""
    first_word = name.split(" ", 1)[0]
    forms = {name, name.partition(" : ")[0]}
    if any(char.isdigit() for char in first_word):
        forms.add(first_word)
    return forms


def find_port(wanted: str, names: Mapping[str, Sequence[str]]) -> list[str]:
    """The ports that ``wanted`` can mean, out of ``names``: a port's key and its own names, the best first.

    Exact spelling beats another case, that beats names without what agents append, that beats abbreviations. One key
    is the port; several mean that the name is ambiguous, none that there is no such port.

    >>> find_port("GE0/0/1", {"7": ["GigabitEthernet0/0/1", ""], "8": ["XGigabitEthernet0/0/1", ""]})
    ['7']
    """
    for reading in _READINGS:
        for position in range(max(map(len, names.values()), default=0)):
            found = [
                key
                for key, own in names.items()
                if len(own) > position and own[position] and reading(wanted) & reading(own[position])
            ]
            if found:
                return found
    return []


_READINGS: tuple[Callable[[str], set[str]], ...] = (
    lambda name: {name},
    lambda name: {name.lower()},
    lambda name: {form.lower() for form in _short_forms(name)},
    lambda name: {canonical(form) for form in _short_forms(name)},
)
