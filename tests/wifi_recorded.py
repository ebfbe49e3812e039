"""What the lab with real radios sends (``tests/lab/wifi_air.sh``), and how a capture of its beacons is read."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from probes.wifi.elements import Elements
from probes.wifi.elements import read as elements

EXPECTED = {
    "02:00:00:00:00:00": ("Campus", -42, "2.4", 1, "WPA2-PSK"),
    "02:00:00:00:01:00": ("Campus-Secure", -58, "2.4", 6, "WPA3-SAE"),
    "02:00:00:00:02:00": ("Campus-Guest", -67, "2.4", 11, "open"),
    "02:00:00:00:03:00": ("Campus", -60, "2.4", 11, "open"),
    "02:00:00:00:04:00": ("", -66, "2.4", 13, "WPA2-PSK"),
    "02:00:00:00:05:00": ("校园网-5G", -72, "5", 36, "WPA2-PSK+WPA3-SAE"),
    "02:00:00:00:08:00": ("Campus-1X", -55, "2.4", 6, "WPA2-802.1X"),
}
"""Name, signal, band, channel and security of each access point; the fourth is an evil twin of the first."""

HIDDEN = "02:00:00:00:04:00"


def beacons(capture: bytes) -> Iterator[tuple[str, Elements]]:
    """The BSSID and the elements of each beacon and probe response of a capture with radiotap heads."""
    at = 24
    while at + 16 <= len(capture):
        length = struct.unpack_from("<I", capture, at + 8)[0]
        frame = capture[at + 16 : at + 16 + length]
        at += 16 + length
        body = frame[struct.unpack_from("<H", frame, 2)[0] :]
        if body[0] in {0x80, 0x50}:
            yield body[16:22].hex(":"), elements(body[36:], privacy=bool(body[34] & 0x10))
