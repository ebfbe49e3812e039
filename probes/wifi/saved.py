"""Scans that were saved into a file on another computer: whatever of the known programs printed them. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

from probes.wifi import (
    cells_text,
    iw_text,
    macos_plist,
    macos_text,
    macos_words,
    netsh_text,
    nmcli_text,
    wlan_list,
    wpa_text,
)
from probes.wifi.bssid import ADDRESS, OCTET
from probes.wifi.heard import Heard, Method, Sweep

_ADDRESS = re.compile(r"(?:[0-9a-fx*]{2}:){5}[0-9a-fx*]{2}")
"""Also one of which people made a part unknown before they showed it to others."""

Read = Callable[[bytes, str], tuple[Heard, ...]]
"""Gets the octets of a file, and the same as words."""


def _sign(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.MULTILINE)


class _Form(NamedTuple):
    """A program's output: how it is known, how it is read, how the first line of a network begins.

    ``joined_only`` tells that it is about the network that the computer is connected to and no other.
    """

    method: Method
    sign: re.Pattern[str]
    read: Read
    begin: re.Pattern[str] | None = None
    joined_only: bool = False


_CHANNEL_LINE = _sign(r"[:：] ?\d+ \(\d\s*GHz(?:, \d+\s*MHz)?\)\s*$")

# The surest sign first.
_FORMS: tuple[_Form, ...] = (
    _Form("iw", _sign(rf"^\s*BSS {ADDRESS}"), lambda _, words: _with_noise(words), _sign(r"^\s*BSS \S{11,}")),
    _Form("iw", _sign(rf"^\s*Connected to {ADDRESS} \(on "), lambda _, words: iw_text.link(words), joined_only=True),
    _Form("iwlist", cells_text.SIGN, lambda _, words: cells_text.networks(words), _sign(r"^\s*Cell \d+ - ")),
    _Form("system_profiler", _sign(r"\A\s*\{[\s\S]*\"SPAirPortDataType\""), lambda octets, _: _document(octets)),
    _Form("system_profiler", macos_plist.SIGN, lambda octets, _: macos_plist.networks(netsh_text.in_octets(octets))),
    _Form(
        "netsh",
        netsh_text.SIGN,
        lambda octets, _: netsh_text.networks(octets),
        _sign(r"^\s*BSSID\s*\d+\s*[:：]"),
    ),
    _Form("netsh", _sign(r"^\s*GUID\s*[:：]"), lambda octets, _: _connected(octets), joined_only=True),
    _Form("corewlan", _sign("<CWNetwork:"), lambda _, words: macos_words.described(words), _sign("^[^<]*<CWNetwork:")),
    _Form(
        "airport",
        _sign(r"^\s*SSID +(?:BSSID +)?RSSI +CHANNEL"),
        lambda _, words: macos_text.listed(words),
        _sign(r" [YN] +\S\S +\S.*$"),
    ),
    _Form(
        "wdutil",
        _sign(r"^\s*(?:agrCtlRSSI|RSSI)\s*: *-\d"),
        lambda _, words: macos_words.connected(words),
        joined_only=True,
    ),
    _Form("system_profiler", _CHANNEL_LINE, lambda _, words: macos_words.profiled(words), _CHANNEL_LINE),
    _Form(
        "wpa_cli",
        _sign(r"^\s*bssid / frequency|[\t \]]\[ESS\]"),
        lambda _, words: wpa_text.networks(words),
        _sign(r"^\S+[\t ]+\d{4,5}[\t ]+-?\d"),
    ),
    _Form(
        "netsh",
        _sign(r"\A(?=[\s\S]*[:：] *802\.11)[\s\S]*?^[ \t]*(?:\w+ ){0,2}BSSID *[:：] *[0-9A-Fa-fXx*]{2}[:-]"),
        lambda octets, _: _connected(octets),
        joined_only=True,
    ),
)
_NMCLI = _sign(rf"^.*{OCTET}(?:\\?:{OCTET}){{5}}")


def sweep(octets: bytes) -> Sweep | None:
    """The scan in a file; ``None`` where it is none of a known form.

    Known are ``iw dev … scan`` and ``link``, ``iwlist`` and ``iwinfo … scan``, ``wpa_cli scan_results``, ``nmcli device
    wifi list``, ``netsh wlan show networks mode=bssid`` and ``show interfaces``, a ``WLAN_BSS_LIST`` as it lay in
    memory, ``system_profiler SPAirPortDataType`` with and without ``-json`` or ``-xml``, what CoreWLAN describes,
    ``airport -s`` with and without ``-x``, and ``-I``, ``wdutil info``.
    """
    try:
        found = _sweep(octets)
    except (ValueError, OverflowError):
        return None  # numbers that no program prints
    return None if found is None else _with_real_addresses(found)


def _with_real_addresses(found: Sweep) -> Sweep:
    """A scan without what bears an address that none can have; it counts as not read."""
    real = tuple(one for one in found.networks if not one.bssid or _ADDRESS.fullmatch(one.bssid))
    return replace(found, networks=real, unread=found.unread + len(found.networks) - len(real))


def _sweep(octets: bytes) -> Sweep | None:
    listed = wlan_list.whole(octets)
    if listed is not None:
        return Sweep(listed, "wlanapi")
    plain = netsh_text.in_octets(octets)
    words = plain.decode("utf-8", "surrogateescape")
    shown = "\n".join(netsh_text.decoded(line) for line in plain.splitlines())
    for form in _FORMS:
        if form.sign.search(shown):
            networks = form.read(octets, words)
            begun = 0 if form.begin is None else sum(1 for _ in form.begin.finditer(shown))
            return Sweep(networks, form.method, None, max(begun - len(networks), 0), form.joined_only)
    # A list of nmcli has no sign but that networks can be read from it.
    networks = nmcli_text.networks(words)
    unread = sum(1 for _ in _NMCLI.finditer(shown)) - len(networks)
    return Sweep(networks, "nmcli", unread=max(unread, 0)) if networks else None


def _with_noise(words: str) -> tuple[Heard, ...]:
    return iw_text.with_noise(iw_text.scan(words), iw_text.noise(words))


def _document(octets: bytes) -> tuple[Heard, ...]:
    return macos_text.profiled(netsh_text.in_octets(octets).decode("utf-8", "replace"))


def _connected(octets: bytes) -> tuple[Heard, ...]:
    return tuple(
        one for card in netsh_text.interfaces(octets) if card.heard is not None for one in (card.heard, *card.also)
    )
