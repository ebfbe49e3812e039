"""The list of networks that Windows' wlanapi gives, as it lies in memory (``WLAN_BSS_LIST`` of wlanapi.h). Pure."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from probes.wifi import elements
from probes.wifi.heard import Heard, placed, signal_told

_HEAD = struct.Struct("<II")
# SSID with its length, PHY, BSSID, kinds, RSSI and link quality, regulatory domain, beacon period, two time stamps,
# capabilities, centre frequency in kHz, rates with their length, offset and size of the elements.
_ENTRY = struct.Struct("<I32sI6s2xIIiIBxH4xQQH2xII252sII")
_PRIVACY = 0x10
_FILETIME_PER_MS = 10_000
_OLDEST_MS, _AHEAD_MS = 3_600_000, 1000
_LONGEST_SSID, _INDEPENDENT = 32, 2


def networks(memory: bytes, now_filetime: int | None = None) -> tuple[Heard, ...]:
    """The networks of a list; entries that reach beyond its end are left out.

    Args:
        memory: from ``dwTotalSize`` on, of that length.
        now_filetime: the system's time in 100 ns since 1601, from which ages are counted; none where it is ``None``.
    """
    return tuple(_entries(memory, now_filetime))


def whole(memory: bytes) -> tuple[Heard, ...] | None:
    """The networks of a list that was saved, without their ages; ``None`` where it is no such list."""
    if len(memory) < _HEAD.size:
        return None
    size, count = _HEAD.unpack_from(memory)
    if size != len(memory) or size < _HEAD.size + count * _ENTRY.size:
        return None
    return networks(memory)


def _entries(memory: bytes, now: int | None) -> Iterator[Heard]:
    if len(memory) < _HEAD.size:
        return
    _, count = _HEAD.unpack_from(memory)
    for number in range(min(count, len(memory) // _ENTRY.size)):
        at = _HEAD.size + number * _ENTRY.size
        if at + _ENTRY.size <= len(memory):
            yield _heard(memory, at, now)


def _heard(memory: bytes, at: int, now: int | None) -> Heard:
    entry = _ENTRY.unpack_from(memory, at)
    length, ssid, _, bssid, kind, _, rssi, quality, _, _, _, seen, capability, khz = entry[:14]
    offset, size = entry[-2:]
    said = elements.read(memory[at + offset : at + offset + size], privacy=bool(capability & _PRIVACY))
    frequency = khz / 1000 if khz else None
    band, channel = (None, None) if frequency is None else placed(frequency)
    return Heard(
        bssid=bssid.hex(":"),
        ssid=elements.visible(ssid[: min(length, _LONGEST_SSID)]),
        band_ghz=band,
        channel=channel if channel is not None else said.channel,
        frequency_mhz=frequency,
        width_mhz=said.width_mhz,
        rssi_dbm=signal_told(float(rssi)),
        quality_percent=float(min(quality, 100)),
        security=said.security,
        age_ms=_age(seen, now),
        station_count=said.station_count,
        utilisation_ratio=said.utilisation_ratio,
        ad_hoc=kind == _INDEPENDENT,
    )


def _age(seen: int, now: int | None) -> float | None:
    """Milliseconds since it was heard; drivers that keep no time, or another one, tell none."""
    if now is None or not seen:
        return None
    age = (now - seen) / _FILETIME_PER_MS
    return max(age, 0.0) if -_AHEAD_MS < age < _OLDEST_MS else None
