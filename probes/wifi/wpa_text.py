"""What ``wpa_cli scan_results`` prints: frequency, dBm and flags of each network, in columns parted by tabs. Pure.

Where it was copied from a terminal, blanks may stand for the tabs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from probes.wifi.bssid import ADDRESS
from probes.wifi.heard import Heard, placed, signal_told
from probes.wifi.iw_text import ssid
from probes.wifi.security import canonical

_MAC = rf"^({ADDRESS})"
_ROW = re.compile(_MAC + r"\t(\d{4,5})\t(-?\d+)\t(\S*)\t?(.*)$")
_COPIED = re.compile(_MAC + r" +(\d{4,5}) +(-?\d+) +((?:\[[^\]]*\])*) *(.*)$")
_FLAG = re.compile(r"\[([^\]]*)\]")
# What stands in a flag, and what it means; {} is the generation.
_MANAGED = (
    (re.compile(r"(?:^|[-+/])PSK"), "{}-PSK"),
    (re.compile(r"SAE"), "WPA3-SAE"),
    (re.compile(r"OWE(?!-TRANS)"), "OWE"),
    (re.compile(r"SUITE-B|EAP-SHA384"), "WPA3-802.1X"),
    (re.compile(r"EAP(?!-S(?:UITE-B|HA384))|OSEN|FILS"), "{}-802.1X"),
    (re.compile(r"TKIP"), "TKIP"),
    (re.compile(r"DPP"), "DPP"),
)
_AMONG_STATIONS = frozenset({"IBSS", "MESH"})
_GENERATIONS = {"WPA": "WPA", "WPA2": "WPA2", "RSN": "WPA2", "OSEN": "WPA2"}


def networks(output: str) -> tuple[Heard, ...]:
    """The networks of ``wpa_cli scan_results``."""
    return tuple(_listed(output))


def _listed(output: str) -> Iterator[Heard]:
    for line in output.split("\n"):
        row = _ROW.match(line.rstrip("\r")) or _COPIED.match(line.expandtabs(1).rstrip("\r"))
        if row is not None:
            band, channel = placed(float(row[2]))
            flags = _FLAG.findall(row[4])
            yield Heard(
                bssid=row[1].lower(), ssid=ssid(row[5]), band_ghz=band, channel=channel, frequency_mhz=float(row[2]),
                rssi_dbm=signal_told(float(row[3])), security=canonical(_security(flags)),
                ad_hoc=not _AMONG_STATIONS.isdisjoint(flags),
            )  # fmt: skip


def _security(flags: list[str]) -> Iterator[str]:
    """Such as ``WPA2-PSK+SAE-CCMP``: generation, key management, ciphers."""
    secured = [flag for flag in flags if flag.partition("-")[0] in _GENERATIONS]
    for flag in secured:
        generation = _GENERATIONS[flag.partition("-")[0]]
        yield from (words.format(generation) for pattern, words in _MANAGED if pattern.search(flag))
    if not secured:
        yield "WEP" if "WEP" in flags else "open"
