"""Scans that were saved into a file on another computer: whatever of the known programs printed them. Pure."""

from __future__ import annotations

import re

from probes.wifi import iw_text, macos_text, netsh_text, nmcli_text
from probes.wifi.heard import Sweep

_IW = re.compile(r"^BSS [0-9a-fA-F:]{17}", re.MULTILINE)
_NETSH = re.compile(r"^\s*BSSID\s*\d+\s*[:：]", re.MULTILINE)
_AIRPORT = re.compile(r"^\s*SSID +(?:BSSID +)?RSSI +CHANNEL", re.MULTILINE)


def sweep(octets: bytes) -> Sweep | None:
    """The scan in a file; ``None`` where it is none of a known form.

    Known are ``iw dev … scan``, ``nmcli device wifi list``, ``netsh wlan show networks mode=bssid``,
    ``system_profiler SPAirPortDataType -json`` and ``airport -s``.
    """
    plain = netsh_text.in_octets(octets)
    words = plain.decode("utf-8", "surrogateescape")
    if _IW.search(words):
        return Sweep(iw_text.scan(words), "iw")
    if "SPAirPortDataType" in words:
        return Sweep(macos_text.profiled(plain.decode("utf-8", "replace")), "system_profiler")
    if _NETSH.search("\n".join(netsh_text.decoded(line) for line in plain.splitlines())):
        return Sweep(netsh_text.networks(octets), "netsh")
    if _AIRPORT.search(words):
        return Sweep(macos_text.listed(words), "airport")
    networks = nmcli_text.networks(words)
    return Sweep(networks, "nmcli") if networks else None
