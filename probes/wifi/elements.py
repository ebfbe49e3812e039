"""What an access point says of itself in the information elements of its beacons and probe responses."""

from __future__ import annotations

from dataclasses import dataclass

from probes.wifi.security import from_elements, split

_SSID, _DS, _BSS_LOAD, _HT_OPERATION, _VHT_OPERATION, _EXTENSION = 0, 3, 11, 61, 192, 255
_HE_OPERATION, _EHT_OPERATION = 36, 106
_FULL = 255
_HIDDEN = b"\x00"
_HE_WIDTHS = (20.0, 40.0, 80.0, 160.0)
_EHT_WIDTHS = (20.0, 40.0, 80.0, 160.0, 320.0)
_CONTIGUOUS_160 = 8
"""How far apart, in channel numbers, the centres of 80 and of 160 MHz lie (IEEE 802.11-2020, table 11-25)."""


@dataclass(frozen=True, slots=True)
class Elements:
    """What the elements say; ``None`` where they do not."""

    ssid: bytes
    channel: int | None
    width_mhz: float | None
    station_count: int | None
    utilisation_ratio: float | None
    security: str


def read(elements: bytes, *, privacy: bool) -> Elements:
    """The elements of a frame; what is cut off or malformed says nothing."""
    found: dict[int, bytes] = {}
    extended: dict[int, bytes] = {}
    for number, content in split(elements):
        if number == _EXTENSION and content:
            extended.setdefault(content[0], content[1:])
        else:
            found.setdefault(number, content)
    ds, load = found.get(_DS, b""), found.get(_BSS_LOAD, b"")
    ht = found.get(_HT_OPERATION, b"")
    told = len(load) >= 3  # noqa: PLR2004  stations and utilisation
    return Elements(
        ssid=visible(found.get(_SSID, b"")),
        channel=ds[0] if ds else ht[0] if ht else None,
        width_mhz=_width(found, extended),
        station_count=int.from_bytes(load[:2], "little") if told else None,
        utilisation_ratio=round(load[2] / _FULL, 4) if told else None,
        security=from_elements(elements, privacy=privacy),
    )


def visible(ssid: bytes) -> bytes:
    """The name, or nothing where an access point hides it behind zeros.

    >>> visible(bytes(6)), visible(b"lab")
    (b'', b'lab')
    """
    return b"" if not ssid.strip(_HIDDEN) else ssid


def _width(found: dict[int, bytes], extended: dict[int, bytes]) -> float | None:
    """The width of the channel: by the newest of the standards that tells it."""
    for told in (_eht(extended.get(_EHT_OPERATION, b"")), _he(extended.get(_HE_OPERATION, b""))):
        if told is not None:
            return told
    ht, vht = found.get(_HT_OPERATION, b""), found.get(_VHT_OPERATION, b"")
    if len(vht) >= 3 and vht[0]:  # noqa: PLR2004  width and two centres
        apart = abs(vht[2] - vht[1]) if vht[2] else 0
        return 160.0 if vht[0] == 2 or apart == _CONTIGUOUS_160 else 80.0  # noqa: PLR2004  the code for 160 MHz
    if len(ht) >= 2:  # noqa: PLR2004  channel and offset
        return 40.0 if ht[1] & 3 in {1, 3} and ht[1] & 4 else 20.0
    return None


def _he(body: bytes) -> float | None:
    """The 6 GHz information of an HE Operation element, where it is present (bit 17 of its parameters)."""
    if len(body) < 6 or not body[2] & 0x02:  # noqa: PLR2004  parameters, colour, MCS
        return None
    at = 6 + 3 * bool(body[1] & 0x40) + bool(body[1] & 0x80)
    if at + 5 > len(body):
        return None
    return _HE_WIDTHS[body[at + 1] & 3]


def _eht(body: bytes) -> float | None:
    if len(body) < 8 or not body[0] & 1:  # noqa: PLR2004  parameters, MCS and the width
        return None
    code = body[5] & 7
    return _EHT_WIDTHS[code] if code < len(_EHT_WIDTHS) else None
