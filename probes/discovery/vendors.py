"""Who made a network card: the first octets of its address, by IEEE's registry as Wireshark keeps it.

The list comes with scapy (``scapy.libs.manuf``), whose release tells its age; without scapy no vendor is named.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from probes.discovery.words import said

_LOCAL_BIT = 0x02
RANDOMISED = "(randomised)"
"""Stands for the vendor of an address that its owner made up, as phones and tablets do on Wi-Fi."""


def vendor_of(mac: bytes) -> str:
    """The vendor's name, ``RANDOMISED`` for an address made up locally, or ``""``."""
    if len(mac) != 6:  # noqa: PLR2004  octets
        return ""
    if mac[0] & _LOCAL_BIT:
        return RANDOMISED
    names = _names()
    digits = mac.hex()
    # Blocks of 36, 28 and 24 bits; the narrowest is the true owner.
    return next((found for length in (9, 7, 6) if (found := names.get(digits[:length]))), "")


def source() -> str:
    """Where the names are from, for the evidence."""
    try:
        return f"IEEE registry as in Wireshark's manuf, of scapy {version('scapy')}"
    except PackageNotFoundError:
        return "none: scapy is not installed"


@cache
def _names() -> Mapping[str, str]:
    """Names by hexadecimal prefix of 6, 7 or 9 digits."""
    try:
        from scapy.libs.manuf import DATA  # noqa: PLC0415  costs 0.2 s
    except ImportError:
        return {}
    found: dict[str, str] = {}
    for line in DATA.splitlines():
        words = line.split("\t")
        prefix, _, bits = words[0].strip().partition("/")
        digits = prefix.replace(":", "").replace("-", "").lower()
        if len(words) > 1 and digits and not digits.startswith("#"):
            length = int(bits) // 4 if bits.isdigit() else 6
            found[digits[:length]] = said(words[-1].strip(), 60)
    return found
