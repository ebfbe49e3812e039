"""What macOS writes as property lists: ``system_profiler SPAirPortDataType -xml``, and ``airport -s -x``. Pure."""

from __future__ import annotations

import plistlib
import re
from collections.abc import Iterator, Mapping
from typing import Any
from xml.parsers.expat import ExpatError

from probes.kinds import Band
from probes.wifi import elements
from probes.wifi.channels import band_by_channel, frequency_of
from probes.wifi.heard import Heard, noise_told, signal_told
from probes.wifi.macos_text import bssid, of_cards

SIGN = re.compile(r"^\s*<plist[\s>]", re.MULTILINE)
"""How such a document is known."""

_CARDS = "spairport_airport_interfaces"
_PRIVACY, _IBSS = 0x10, 0x02
_2_GHZ, _5_GHZ = 0x08, 0x10
"""Bits of ``CHANNEL_FLAGS``; a channel with neither lies at 6 GHz."""


def networks(octets: bytes) -> tuple[Heard, ...]:
    """The networks of either list; none where it is another one, or no list at all."""
    try:
        document = plistlib.loads(octets[max(octets.find(b"<?xml"), 0) :])
    except (ExpatError, ValueError, LookupError, AttributeError, TypeError, OverflowError):
        return ()
    entries = [one for one in document if isinstance(one, Mapping)] if isinstance(document, list) else []
    cards = [card for one in entries for item in _list(one, "_items") for card in _list(item, _CARDS)]
    return (*of_cards(cards), *(_scanned(one) for one in entries if "RSSI" in one and "BSSID" in one))


def _list(entry: Any, key: str) -> Iterator[Any]:
    found = entry.get(key) if isinstance(entry, Mapping) else None
    yield from found if isinstance(found, list) else ()


def _scanned(entry: Mapping[str, Any]) -> Heard:
    """A network of ``airport``, which gives the information elements as they were sent."""
    capability = _number(entry.get("CAPABILITIES")) or 0
    octets = entry.get("IE")
    said = elements.read(octets if isinstance(octets, bytes) else b"", privacy=bool(int(capability) & _PRIVACY))
    channel, name = _number(entry.get("CHANNEL")), entry.get("SSID")
    number = said.channel if channel is None else int(channel)
    band = None if number is None else _band(_number(entry.get("CHANNEL_FLAGS")), number)
    return Heard(
        bssid=bssid(str(entry["BSSID"])),
        ssid=elements.visible(name) if isinstance(name, bytes) else said.ssid,
        band_ghz=band,
        channel=number,
        frequency_mhz=None if number is None or band is None else frequency_of(number, band),
        width_mhz=said.width_mhz,
        rssi_dbm=signal_told(_number(entry["RSSI"])),
        noise_dbm=noise_told(_number(entry.get("NOISE"))),
        security=said.security if octets else "",
        age_ms=_number(entry.get("AGE")),
        station_count=said.station_count,
        utilisation_ratio=said.utilisation_ratio,
        ad_hoc=bool(int(capability) & _IBSS),
    )


def _band(flags: float | None, channel: int) -> Band | None:
    if not flags:
        return band_by_channel(channel)
    return "2.4" if int(flags) & _2_GHZ else "5" if int(flags) & _5_GHZ else "6"


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
