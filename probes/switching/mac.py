"""MAC addresses: read in every spelling, and masked wherever something leaves the probe.

A MAC address names a person's machine. Observations and raw evidence keep the last four hexadecimal digits, which tell
two panels of a school apart well enough to follow what was found, and nobody across schools.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

SPELLING = (
    r"^(?:[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){5}|[0-9A-Fa-f]{4}(?:[.-][0-9A-Fa-f]{4}){2}|[0-9A-Fa-f]{12}"
    r"|\*\*(?::\*\*){3}(?::[0-9A-Fa-f]{2}){2})$"
)
"""As people and consoles write them; the last alternative is the masked form, as snapshots of inventories hold it."""

_OCTETS = 6
_GROUP_BIT = 1
_IN_TEXT = re.compile(
    r"(?<![0-9A-Fa-f])(?<![0-9A-Fa-f][:.-])(?:"
    r"[0-9A-Fa-f]{2}(?P<sign>[: -])(?:[0-9A-Fa-f]{2}(?P=sign)){4}[0-9A-Fa-f]{2}"
    r"|[0-9A-Fa-f]{4}(?P<wide>[.-])[0-9A-Fa-f]{4}(?P=wide)[0-9A-Fa-f]{4}"
    r"|(?=[0-9A-Fa-f-]*\d)[0-9A-Fa-f]{6}-[0-9A-Fa-f]{6}"
    r"|(?=[0-9A-Fa-f]*\d)[0-9A-Fa-f]{12}"
    r")(?![0-9A-Fa-f:.-])"
)
_IN_HEX = re.compile(r"(?<=: )(?:[0-9A-F]{2} ){5}[0-9A-F]{2}$", re.MULTILINE)
# dot1dTpFdbTable and dot1qTpFdbTable end their index with the address; quirks repeat such OIDs.
_IN_INDEX = re.compile(
    r"\b(1\.3\.6\.1\.2\.1\.17\.(?:4\.3\.1\.\d+|7\.1\.2\.2\.1\.\d+)(?:\.\d+)*?)"
    r"\.\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\.(\d{1,3}\.\d{1,3})(?=\s|$)",
    re.MULTILINE,
)


def canonical(spelling: str) -> str:
    """The address in small letters with colons.

    >>> {canonical(one) for one in ("00-19-C6-01-0E-3C", "0019-c601-0e3c", "0019.C601.0E3C", "0019c6010e3c")}
    {'00:19:c6:01:0e:3c'}
    """
    digits = re.sub(r"[^0-9a-f*]", "", spelling.lower())
    return ":".join(digits[at : at + 2] for at in range(0, len(digits), 2))


def is_whole(mac: str) -> bool:
    """Whether the address is there at all, not only what masking left of it."""
    return "*" not in mac


def masked(mac: str) -> str:
    """What may be shown of an address.

    >>> masked("00:19:c6:01:0e:3c")
    '**:**:**:**:0e:3c'
    """
    return "**:**:**:**:" + ":".join(mac.split(":")[-2:])


def from_octets(octets: Sequence[int]) -> str | None:
    """The address of one machine; ``None`` for a group address, zeros and what has not six octets."""
    if len(octets) != _OCTETS or not any(octets) or octets[0] & _GROUP_BIT or max(octets) > 255:  # noqa: PLR2004  octets
        return None
    return ":".join(f"{octet:02x}" for octet in octets)


def mask_text(words: str) -> str:
    """The words with every address in them masked, however it is written.

    >>> mask_text("panel 0019-c601-0e3c on eth0")
    'panel **:**:**:**:0e:3c on eth0'
    """
    return _IN_TEXT.sub(lambda found: masked(canonical(found[0])), words)


def mask_evidence(raw: str, addresses: Collection[str] = ()) -> str:
    """SNMP evidence with every address in it masked, in indexes and in values.

    Args:
        raw: what ``SnmpSession.raw()`` gives.
        addresses: OIDs whose value is known to be an address, so that it is masked also where it reads as a word.
    """
    lines = []
    for line in raw.splitlines():
        oid, sign, _ = line.partition(" = ")
        lines.append(f"{oid} = OctetString: (address)" if sign and oid in addresses else line)
    without = _IN_INDEX.sub(lambda found: f"{found[1]}.*.*.*.*.{found[2]}", "\n".join([*lines, ""]))
    without = _IN_HEX.sub(lambda found: masked(canonical(found[0])), without)
    return mask_text(without)
