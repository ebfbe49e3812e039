"""Bands and channels by centre frequency, after IEEE 802.11-2020, annex E, and 802.11ax for 6 GHz."""

from __future__ import annotations

from probes.kinds import Band

_FIRST_24, _LAST_24, _JAPAN_24, _FOURTEEN = 2412, 2472, 2484, 14
_BASE_24, _BASE_5, _BASE_6, _SPACING = 2407, 5000, 5950, 5
_49_FIRST, _49_LAST, _BASE_49 = 4910, 4980, 4000
_FIRST_5, _LAST_5 = 5150, 5924
_FIRST_6, _LAST_6, _TWO_6 = 5925, 7125, 5935

HIGHEST = {"2.4": 14, "5": 196, "6": 233}
"""The highest number of a channel in each band."""


def band_of(frequency_mhz: float) -> Band | None:
    """The band of a frequency.

    >>> band_of(2437), band_of(5180), band_of(5885), band_of(5955), band_of(900)
    ('2.4', '5', '5', '6', None)
    """
    if _FIRST_24 - 11 <= frequency_mhz <= _JAPAN_24 + 11:
        return "2.4"
    if _FIRST_5 <= frequency_mhz <= _LAST_5 or _49_FIRST <= frequency_mhz <= _49_LAST:
        return "5"
    return "6" if _FIRST_6 <= frequency_mhz <= _LAST_6 else None


def channel_of(frequency_mhz: float) -> int | None:
    """The number of the channel around a frequency.

    >>> [channel_of(f) for f in (2412, 2472, 2484, 5180, 5825, 4920, 5935, 5955, 6415, 7115, 60480)]
    [1, 13, 14, 36, 165, 184, 2, 1, 93, 233, None]
    """
    whole = round(frequency_mhz)
    match band_of(frequency_mhz):
        case "2.4":
            return _FOURTEEN if whole == _JAPAN_24 else (whole - _BASE_24) // _SPACING or None
        case "5":
            return (whole - (_BASE_49 if whole <= _49_LAST else _BASE_5)) // _SPACING
        case "6":
            return 2 if whole == _TWO_6 else (whole - _BASE_6) // _SPACING or None
        case _:
            return None


def frequency_of(channel: int, band: Band) -> float | None:
    """The centre of a channel of a band in MHz; ``None`` for a number that the band does not have.

    >>> [frequency_of(n, b) for n, b in ((6, "2.4"), (14, "2.4"), (149, "5"), (5, "6"), (99, "2.4"))]
    [2437.0, 2484.0, 5745.0, 5975.0, None]
    """
    if not 1 <= channel <= HIGHEST[band]:
        return None
    if band == "2.4":
        return float(_JAPAN_24 if channel == _FOURTEEN else _BASE_24 + _SPACING * channel)
    if band == "6":
        return float(_TWO_6 if channel == 2 else _BASE_6 + _SPACING * channel)  # noqa: PLR2004  the one channel off the raster
    return float((_BASE_49 if channel >= 182 else _BASE_5) + _SPACING * channel)  # noqa: PLR2004  4.9 GHz starts there


def band_by_channel(channel: int) -> Band | None:
    """The band by a channel's number alone, as of systems that do not tell it and know nothing of 6 GHz.

    >>> band_by_channel(11), band_by_channel(157), band_by_channel(0)
    ('2.4', '5', None)
    """
    if 1 <= channel <= HIGHEST["2.4"]:
        return "2.4"
    return "5" if HIGHEST["2.4"] < channel <= HIGHEST["5"] else None
