"""BSSIDs: the addresses of access points' radios, one by one or as a range with one prefix."""

from __future__ import annotations

import re
from collections.abc import Iterable

SPELLING = (
    r"^(?:[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){5}|[0-9A-Fa-f]{4}(?:[.-][0-9A-Fa-f]{4}){2}|[0-9A-Fa-f]{12})"
    r"(?:/(?:2[4-9]|3[0-9]|4[0-8]))?$"
)
"""As people and controllers write them; ``/40`` behind it means all addresses with the same first 40 bits."""

OCTET = r"[0-9A-Fa-fXx*]{2}"
ADDRESS = rf"{OCTET}(?::{OCTET}){{5}}"
"""As programs print it. Who shows a list to others may have put x or * for digits; such an address is nobody's."""

_BITS = 48
_WHOLE = re.compile(r"[0-9a-f]{2}(?::[0-9a-f]{2}){5}")
_MAKERS_BITS = 40
"""Prefixes that are shorter are a maker's, whose access points others have as well."""


def canonical(spelling: str) -> str:
    """In small letters with colons, and the prefix as it was.

    >>> canonical("0025-9E12-30A0"), canonical("00-25-9e-12-30-00/40")
    ('00:25:9e:12:30:a0', '00:25:9e:12:30:00/40')
    """
    address, slash, bits = spelling.partition("/")
    digits = re.sub(r"[^0-9a-f]", "", address.lower())
    return ":".join(digits[at : at + 2] for at in range(0, len(digits), 2)) + slash + bits


def is_among(bssid: str, known: Iterable[str]) -> bool:
    """Whether one address is one of those, or lies in one of those ranges.

    >>> is_among("00:25:9e:12:30:a1", ["00:25:9e:12:30:00/40"]), is_among("00:25:9e:12:31:a1", ["00:25:9e:12:30:00/40"])
    (True, False)
    """
    if not _WHOLE.fullmatch(bssid):
        return False  # macOS keeps it back, or it was made unknown
    number = _number(bssid)
    for one in known:
        address, _, bits = one.partition("/")
        shift = _BITS - int(bits or _BITS)
        if number >> shift == _number(address) >> shift:
            return True
    return False


def of_makers_left_out(known: Iterable[str]) -> list[str]:
    """Those ranges and addresses that tell more than who made a radio.

    >>> of_makers_left_out(["00:25:9e:00:00:00/24", "00:25:9e:12:30:00/40", "00:25:9e:12:30:a0"])
    ['00:25:9e:12:30:00/40', '00:25:9e:12:30:a0']
    """
    return [one for one in known if int(one.partition("/")[2] or _BITS) >= _MAKERS_BITS]


def _number(address: str) -> int:
    return int(address.replace(":", ""), 16)
