"""How a network is secured, in canonical words, from its information elements; and how one gets into it.

Words: ``open``, ``OWE``, ``WEP``, ``WPA-PSK``, ``WPA-802.1X``, ``WPA2-PSK``, ``WPA2-802.1X``, ``WPA3-SAE``,
``WPA3-802.1X``, ``DPP``, ``WAPI-PSK``, ``WAPI-certificate``, and ``TKIP`` beside them where it is still allowed.
Several are joined by ``+`` in this order.
"""

from __future__ import annotations

from collections.abc import Iterable

from probes.wifi.settings import Family

ORDER = (
    "open",
    "OWE",
    "WEP",
    "WPA-PSK",
    "WPA-802.1X",
    "WPA2-PSK",
    "WPA2-802.1X",
    "WPA3-SAE",
    "WPA3-802.1X",
    "DPP",
    "WAPI-PSK",
    "WAPI-certificate",
    "TKIP",
)
STRENGTH: tuple[Family, ...] = ("open", "wep", "owe", "personal", "enterprise")
"""The families, the easiest to get into first."""

# AKM suite types of the RSN element (IEEE 802.11-2020, table 9-151); 12 and 23 are the 192-bit and 384-bit suites.
_AKM = {
    1: "WPA2-802.1X",
    2: "WPA2-PSK",
    3: "WPA2-802.1X",
    4: "WPA2-PSK",
    5: "WPA2-802.1X",
    6: "WPA2-PSK",
    8: "WPA3-SAE",
    9: "WPA3-SAE",
    11: "WPA3-802.1X",
    12: "WPA3-802.1X",
    13: "WPA3-802.1X",
    14: "WPA2-802.1X",
    15: "WPA2-802.1X",
    18: "OWE",
    19: "WPA2-PSK",
    20: "WPA2-PSK",
    22: "WPA3-802.1X",
    23: "WPA3-802.1X",
    24: "WPA3-SAE",
    25: "WPA3-SAE",
}
_WPA_AKM = {1: "WPA-802.1X", 2: "WPA-PSK"}
_TKIP = 2
_RSN_OUI, _MICROSOFT_OUI, _WFA_OUI = b"\x00\x0f\xac", b"\x00\x50\xf2", b"\x50\x6f\x9a"
_DPP_TYPE = 2
_RSN, _VENDOR, _WAPI = 48, 221, 68
_WPA_TYPE = b"\x00\x50\xf2\x01"
_RSN_OVERRIDES = (b"\x50\x6f\x9a\x29", b"\x50\x6f\x9a\x2a")
"""What newer devices heed instead of the RSN element, in WPA3's compatibility mode: the second in Wi-Fi 7."""


def canonical(words: Iterable[str]) -> str:
    """Words joined in their order, each once; what is no such word is left out.

    >>> canonical(["WPA3-SAE", "WPA2-PSK", "WPA2-PSK"]), canonical([])
    ('WPA2-PSK+WPA3-SAE', '')
    """
    found = set(words)
    return "+".join(one for one in ORDER if one in found)


def family_of(security: str) -> Family | None:
    """How one gets in at the easiest; ``None`` where it is not known.

    >>> [family_of(one) for one in ("WPA2-PSK+WPA3-SAE", "WPA2-802.1X", "WPA-PSK+TKIP", "open", "OWE", "")]
    ['personal', 'enterprise', 'personal', 'open', 'owe', None]
    """
    words = set(security.split("+"))
    if "open" in words:
        return "open"
    if "WEP" in words:
        return "wep"
    if words & {"WPA-PSK", "WPA2-PSK", "WPA3-SAE", "WAPI-PSK", "DPP"}:
        return "personal"
    if words & {"WPA-802.1X", "WPA2-802.1X", "WPA3-802.1X", "WAPI-certificate"}:
        return "enterprise"
    return "owe" if "OWE" in words else None


def from_elements(elements: bytes, *, privacy: bool) -> str:
    """The words for the information elements of a beacon or a probe response.

    Args:
        elements: as they were sent, one after the other: id, length, content.
        privacy: the bit of that name in the capabilities: without RSN and WPA it means WEP.
    """
    words: list[str] = []
    for number, content in split(elements):
        if number == _RSN:
            words += _suites(content[2:], _RSN_OUI, _AKM)
        elif number == _VENDOR and content.startswith(_WPA_TYPE):
            words += _suites(content[6:], _MICROSOFT_OUI, _WPA_AKM)
        elif number == _VENDOR and content.startswith(_RSN_OVERRIDES):
            words += _suites(content[6:], _RSN_OUI, _AKM)
        elif number == _WAPI:
            words += wapi(content)
    if not words:
        words = ["WEP" if privacy else "open"]
    return canonical(words)


def split(elements: bytes) -> Iterable[tuple[int, bytes]]:
    """Elements one by one; one that is cut off ends them."""
    at = 0
    while at + 2 <= len(elements):
        number, length = elements[at], elements[at + 1]
        if at + 2 + length > len(elements):
            return
        yield number, elements[at + 2 : at + 2 + length]
        at += 2 + length


def _suites(body: bytes, oui: bytes, akm: dict[int, str]) -> list[str]:
    """The words of an RSN or WPA element, behind its version: group cipher, pairwise ciphers, key management."""
    # An element may end after any field; what is left out has its default, CCMP (TKIP in WPA) and 802.1X.
    ciphers, rest = _list(body[4:])
    managed, _ = _list(rest)
    words = [akm[one[3]] for one in managed if one[:3] == oui and one[3] in akm]
    words += ["DPP" for one in managed if one[:3] == _WFA_OUI and one[3] == _DPP_TYPE]
    if not managed:
        words = [akm[1]]
    if any(one[:3] == oui and one[3] == _TKIP for one in ciphers) or (not ciphers and oui == _MICROSOFT_OUI):
        words.append("TKIP")
    return words


def _list(body: bytes) -> tuple[list[bytes], bytes]:
    if len(body) < 2:  # noqa: PLR2004  the count itself
        return [], b""
    count = int.from_bytes(body[:2], "little")
    whole = body[2 : 2 + 4 * count]
    return [whole[at : at + 4] for at in range(0, len(whole) - 3, 4)], body[2 + 4 * count :]


def wapi(content: bytes) -> list[str]:
    """The words of a WAPI element (GB 15629.11): key management 1 is by certificate, 2 by a shared key."""
    managed, _ = _list(content[2:])
    names = {1: "WAPI-certificate", 2: "WAPI-PSK"}
    return [names[one[3]] for one in managed if one[3] in names]
