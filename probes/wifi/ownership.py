"""Whose network it is: ours, another's, or one that only bears our name.

A name proves nothing: anybody can send it. A network counts as ours when it bears one of our names, is secured as ours
are, is sent by an access point, and, once the inventory lists BSSIDs, is one of them. What bears our name and fails in
the rest is suspicious (an *evil twin*) and does not count; neither does a name that only looks like ours.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from probes.wifi.bssid import is_among, of_makers_left_out
from probes.wifi.heard import Heard, is_called
from probes.wifi.security import STRENGTH, family_of
from probes.wifi.settings import Family, WifiSettings

Suspicion = Literal["", "security", "bssid", "name"]

_LOOKS = str.maketrans(
    # Cyrillic and Greek letters that look like Latin ones, and what is read for one another in most typefaces.
    "аеорсухіјѕһԁԛԝвкмнтαβεικνορτυχ01i|_‐‑‒–—−",
    "aeopcyxljshdqwbkmhtabelkvoptuxolll-------",
)


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of one network when it is asked whose it is.

    Attributes:
        name: the one of ours that it bears, if any.
        alike: whether its name only looks like one of ours.
        ad_hoc: whether stations send it among themselves.
    """

    bssid: str
    name: str
    security: str
    alike: bool = False
    ad_hoc: bool = False


@dataclass(frozen=True, slots=True)
class Owner:
    """The answer."""

    own: bool
    suspicious: Suspicion = ""


_ESCAPED = re.compile(r"(?:\\x[0-9a-f]{2})+")
_UNSEEN = frozenset({"Mn", "Me", "Cf", "Zs"})
FOREIGN = Owner(own=False)


def known(heard: Heard, settings: WifiSettings) -> Known:
    """What matters of a network that was heard."""
    name = next((one for one in settings.ssids if is_called(heard.ssid, one)), "")
    alike = not name and looks_like(heard.name, settings.ssids)
    return Known(heard.bssid, name, heard.security, alike, heard.ad_hoc)


def looks_like(name: str, ours: Iterable[str]) -> bool:
    """Whether a person would read a name as one of ours: other letters that look the same, case, blanks, marks.

    >>> [looks_like(one, ["Campus-1"]) for one in ("Саmpus-l", "campus-1", " Campus_1 ", "Camp\u200bus-1", "Campus-2")]
    [True, True, True, True, False]
    """
    return bool(seen := _seen(name)) and any(seen == _seen(one) for one in ours)


def _seen(name: str) -> str:
    # What cannot be seen was escaped for people.
    whole = _ESCAPED.sub(lambda found: bytes.fromhex(found[0].replace("\\x", "")).decode("utf-8", "ignore"), name)
    plain = unicodedata.normalize("NFKD", whole).casefold()
    return "".join(one for one in plain if one.isprintable() and unicodedata.category(one) not in _UNSEEN).translate(
        _LOOKS
    )


def owners(networks: Sequence[Known], settings: WifiSettings) -> list[Owner]:
    """Whose each network is; the more of them are looked at together, the surer is it.

    Without ``security`` in the inventory the best secured of the networks of one name are taken for ours: a twin that
    is harder to get into catches nobody.
    """
    asked = _families(networks, settings)
    return [_owner(one, settings, asked) for one in networks]


def _owner(one: Known, settings: WifiSettings, asked: dict[str, Family]) -> Owner:
    if not one.name:
        # An access point of ours may hide its name; only the list can tell, and a maker's range is no list of ours.
        listed = is_among(one.bssid, of_makers_left_out(settings.bssids)) and not one.ad_hoc
        return Owner(own=listed, suspicious="name" if one.alike and not listed else "")
    if one.ad_hoc:
        return Owner(own=False, suspicious="bssid")
    listed = is_among(one.bssid, settings.bssids)
    family, wanted = family_of(one.security), asked.get(one.name)
    if family is not None and wanted is not None and family != wanted:
        return Owner(own=False, suspicious="security")
    if settings.bssids and not listed:
        return Owner(own=False, suspicious="bssid")
    if family is None and one.name in settings.security and not listed:
        return FOREIGN  # its security was asked for, and is not known: nothing says that it is ours
    return Owner(own=True)


def _families(networks: Iterable[Known], settings: WifiSettings) -> dict[str, Family]:
    """For each of our names, how ours are secured: as the inventory says, else as the best of those heard."""
    heard: dict[str, set[Family]] = defaultdict(set)
    for one in networks:
        family = family_of(one.security)
        ours = not settings.bssids or is_among(one.bssid, settings.bssids)
        if one.name and family is not None and ours and not one.ad_hoc:
            heard[one.name].add(family)
    best = {name: max(families, key=STRENGTH.index) for name, families in heard.items()}
    return {**best, **settings.security}
