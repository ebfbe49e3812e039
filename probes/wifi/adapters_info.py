"""The network cards of Windows by ``GetAdaptersInfo`` (iphlpapi.h): gateways and leases, in no language at all."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from probes.wifi.netsh_text import decoded

WIRELESS_TYPE = 71
"""``IF_TYPE_IEEE80211`` of ipifcons.h."""

_SUCCESS, _BUFFER_OVERFLOW = 0, 111
_MOST_CARDS, _TRIES, _ROOM = 64, 3, 16 * 1024
_NOWHERE = frozenset({"", "0.0.0.0"})  # noqa: S104  an address that Windows writes for none
_TIME = ctypes.c_int64 if ctypes.sizeof(ctypes.c_void_p) > 4 else ctypes.c_int32  # noqa: PLR2004  octets of a pointer


@dataclass(frozen=True, slots=True)
class Card:
    """One card with its first IPv4 address; an empty word stands for what it has not.

    Attributes:
        guid: as wlanapi has it, ``{…}`` in small letters.
        leased_at: when its DHCP lease was had, in seconds since 1970; ``None`` without DHCP.
    """

    guid: str
    description: str
    wireless: bool
    address: str = ""
    gateway: str = ""
    leased_at: int | None = None


class _Words(ctypes.Structure):
    """``IP_ADDR_STRING``: an address and its mask as words, and the next one."""

    _fields_: ClassVar = [
        ("next", ctypes.c_void_p),
        ("address", ctypes.c_char * 16),
        ("mask", ctypes.c_char * 16),
        ("context", ctypes.c_uint32),
    ]


class Info(ctypes.Structure):
    """``IP_ADAPTER_INFO``."""

    _fields_: ClassVar = [
        ("next", ctypes.c_void_p),
        ("combo_index", ctypes.c_uint32),
        ("name", ctypes.c_char * 260),
        ("description", ctypes.c_char * 132),
        ("octets", ctypes.c_uint32),
        ("hardware", ctypes.c_ubyte * 8),
        ("index", ctypes.c_uint32),
        ("kind", ctypes.c_uint32),
        ("dhcp", ctypes.c_uint32),
        ("current", ctypes.c_void_p),
        ("addresses", _Words),
        ("gateways", _Words),
        ("server", _Words),
        ("wins", ctypes.c_int32),
        ("first_wins", _Words),
        ("second_wins", _Words),
        ("leased_at", _TIME),
        ("expires_at", _TIME),
    ]


def cards(library: Any = None) -> tuple[Card, ...]:
    """All cards with IPv4; none where Windows does not tell.

    Args:
        library: ``iphlpapi.dll``, which is loaded where it is ``None``.
    """
    try:
        asked = library or getattr(ctypes, "WinDLL", ctypes.CDLL)("iphlpapi.dll")
    except OSError:
        return ()
    size = ctypes.c_uint32(_ROOM)
    for _ in range(_TRIES):
        memory = ctypes.create_string_buffer(size.value)
        code = asked.GetAdaptersInfo(memory, ctypes.byref(size))
        if code == _SUCCESS:
            return tuple(_listed(memory))
        if code != _BUFFER_OVERFLOW:
            break
    return ()


def _listed(memory: Any) -> Iterator[Card]:
    at: int | None = ctypes.addressof(memory)
    for _ in range(_MOST_CARDS):
        if not at:
            return
        info = Info.from_address(at)
        yield _card(info)
        at = info.next


def _card(info: Info) -> Card:
    leased = int(info.leased_at) if info.dhcp and info.leased_at > 0 else None
    return Card(
        guid=info.name.decode("ascii", "replace").lower(),
        description=decoded(info.description),
        wireless=info.kind == WIRELESS_TYPE,
        address=_known(info.addresses.address),
        gateway=_known(info.gateways.address),
        leased_at=leased,
    )


def _known(octets: bytes) -> str:
    words = octets.decode("ascii", "replace")
    return "" if words in _NOWHERE else words
