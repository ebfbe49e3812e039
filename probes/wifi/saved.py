"""Scans that were saved into a file on another computer: whatever of the known programs printed them. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable

from probes.wifi import cells_text, iw_text, macos_text, macos_words, netsh_text, nmcli_text, wlan_list, wpa_text
from probes.wifi.heard import Heard, Method, Sweep

Read = Callable[[bytes, str], tuple[Heard, ...]]
"""Gets the octets of a file, and the same as words."""


def _sign(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.MULTILINE)


# How the output of each program is known, the surest sign first, and how it is read.
_FORMS: tuple[tuple[Method, re.Pattern[str], Read], ...] = (
    (
        "iw",
        _sign(r"^\s*BSS [0-9a-fA-F:]{17}"),
        lambda _, words: _with_noise(words),
    ),
    ("iwlist", cells_text.SIGN, lambda _, words: cells_text.networks(words)),
    ("system_profiler", _sign(r"\A\s*\{[\s\S]*\"SPAirPortDataType\""), lambda octets, _: _document(octets)),
    ("netsh", _sign(r"^\s*BSSID\s*\d+\s*[:：]"), lambda octets, _: netsh_text.networks(octets)),
    ("netsh", _sign(r"^\s*GUID\s*[:：]"), lambda octets, _: _connected(octets)),
    ("corewlan", _sign("<CWNetwork:"), lambda _, words: macos_words.described(words)),
    ("airport", _sign(r"^\s*SSID +(?:BSSID +)?RSSI +CHANNEL"), lambda _, words: macos_text.listed(words)),
    ("wdutil", _sign(r"^\s*(?:agrCtlRSSI|RSSI)\s*: *-\d"), lambda _, words: macos_words.connected(words)),
    (
        "system_profiler",
        _sign(r"[:：] ?\d+ \(\d\s*GHz(?:, \d+\s*MHz)?\)\s*$"),
        lambda _, words: macos_words.profiled(words),
    ),
    ("wpa_cli", _sign(r"^bssid / frequency|[\t\]]\[ESS\]"), lambda _, words: wpa_text.networks(words)),
)


def sweep(octets: bytes) -> Sweep | None:
    """The scan in a file; ``None`` where it is none of a known form.

    Known are ``iw dev … scan``, ``iwlist`` and ``iwinfo … scan``, ``wpa_cli scan_results``, ``nmcli device wifi list``,
    ``netsh wlan show networks mode=bssid`` and ``show interfaces``, a ``WLAN_BSS_LIST`` as it lay in memory,
    ``system_profiler SPAirPortDataType`` with and without ``-json``, what CoreWLAN describes, ``airport -s`` and
    ``-I``, ``wdutil info``.
    """
    try:
        return _sweep(octets)
    except (ValueError, OverflowError):
        return None  # numbers that no program prints


def _sweep(octets: bytes) -> Sweep | None:
    listed = wlan_list.whole(octets)
    if listed is not None:
        return Sweep(listed, "wlanapi")
    plain = netsh_text.in_octets(octets)
    words = plain.decode("utf-8", "surrogateescape")
    shown = "\n".join(netsh_text.decoded(line) for line in plain.splitlines())
    for method, sign, read in _FORMS:
        if sign.search(shown):
            return Sweep(read(octets, words), method)
    # A list of nmcli has no sign but that networks can be read from it.
    networks = nmcli_text.networks(words)
    return Sweep(networks, "nmcli") if networks else None


def _with_noise(words: str) -> tuple[Heard, ...]:
    return iw_text.with_noise(iw_text.scan(words), iw_text.noise(words))


def _document(octets: bytes) -> tuple[Heard, ...]:
    return macos_text.profiled(netsh_text.in_octets(octets).decode("utf-8", "replace"))


def _connected(octets: bytes) -> tuple[Heard, ...]:
    return tuple(one.heard for one in netsh_text.interfaces(octets) if one.heard is not None)
