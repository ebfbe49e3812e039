"""BSSIDs: the addresses of access points' radios, one by one or as a range with one prefix."""

from __future__ import annotations

import re
from collections.abc import Iterable

SPELLING = (
    r"^(?:[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){5}|[0-9A-Fa-f]{4}(?:[.-][0-9A-Fa-f]{4}){2}|[0-9A-Fa-f]{12})"
    r"(?:/(?:2[4-9]|3[0-9]|4[0-8]))?$"
)
"""As people and controllers write them; ``/40`` behind it means all addresses with the same first 40 bits."""

_BITS = 48


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
    if not bssid:
        return False  # macOS keeps it back
    number = _number(bssid)
    for one in known:
        address, _, bits = one.partition("/")
        shift = _BITS - int(bits or _BITS)
        if number >> shift == _number(address) >> shift:
            return True
    return False


def _number(address: str) -> int:
    return int(address.replace(":", ""), 16)
