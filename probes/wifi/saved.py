"""Scans that were saved into a file on another computer: whatever of the known programs printed them. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from probes.wifi import iw_text, macos_text, macos_words, netsh_text, nmcli_text, wlan_list, wpa_text
from probes.wifi.heard import Heard, Method, Sweep

_IW = re.compile(r"^\s*BSS [0-9a-fA-F:]{17}", re.MULTILINE)
_NETSH = re.compile(r"^\s*BSSID\s*\d+\s*[:：]", re.MULTILINE)
_GUID = re.compile(r"^\s*GUID\s*[:：]", re.MULTILINE)
_AIRPORT = re.compile(r"^\s*SSID +(?:BSSID +)?RSSI +CHANNEL", re.MULTILINE)
_PROFILER = re.compile(r"[:：] ?\d+ \(\d\s*GHz(?:, \d+\s*MHz)?\)\s*$", re.MULTILINE)
_CONNECTED = re.compile(r"^\s*(?:agrCtlRSSI|RSSI)\s*: *-\d", re.MULTILINE)

Read = Callable[[], tuple[Heard, ...]]


def sweep(octets: bytes) -> Sweep | None:
    """The scan in a file; ``None`` where it is none of a known form.

    Known are ``iw dev … scan``, ``wpa_cli scan_results``, ``nmcli device wifi list``, ``netsh wlan show networks
    mode=bssid`` and ``show interfaces``, a ``WLAN_BSS_LIST`` as it lay in memory, ``system_profiler SPAirPortDataType``
    with and without ``-json``, what CoreWLAN describes, ``airport -s`` and ``-I``, ``wdutil info``.
    """
    listed = wlan_list.whole(octets)
    if listed is not None:
        return Sweep(listed, "wlanapi")
    for method, read in _forms(octets):
        networks = read()
        # The last form has no sign of its own but that networks can be read from it.
        if networks or method != "nmcli":
            return Sweep(networks, method)
    return None


def _forms(octets: bytes) -> Iterator[tuple[Method, Read]]:
    """How it is to be read, by its signs; the surest first."""
    plain = netsh_text.in_octets(octets)
    words = plain.decode("utf-8", "surrogateescape")
    if _IW.search(words):
        yield "iw", lambda: iw_text.with_noise(iw_text.scan(words), iw_text.noise(words))
    if "SPAirPortDataType" in words and words.lstrip().startswith("{"):
        yield "system_profiler", lambda: macos_text.profiled(plain.decode("utf-8", "replace"))
    shown = "\n".join(netsh_text.decoded(line) for line in plain.splitlines())
    if _NETSH.search(shown):
        yield "netsh", lambda: netsh_text.networks(octets)
    if _GUID.search(shown):
        yield "netsh", lambda: tuple(one.heard for one in netsh_text.interfaces(octets) if one.heard is not None)
    if "<CWNetwork:" in words:
        yield "corewlan", lambda: macos_words.described(words)
    if _AIRPORT.search(words):
        yield "airport", lambda: macos_text.listed(words)
    if _CONNECTED.search(words):
        yield "wdutil", lambda: tuple(filter(None, [macos_words.connected(words)]))
    if _PROFILER.search(words):
        yield "system_profiler", lambda: macos_words.profiled(words)
    if words.startswith("bssid / frequency") or "\t[ESS]" in words or "][ESS]" in words:
        yield "wpa_cli", lambda: wpa_text.networks(words)
    yield "nmcli", lambda: nmcli_text.networks(words)
