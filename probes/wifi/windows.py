"""Scanning on Windows: wlanapi through ctypes, and ``netsh`` where that fails."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable
from dataclasses import replace
from time import time
from typing import Any
from uuid import UUID

from probes.observation import Reason
from probes.text import text
from probes.wifi import netsh_text, wlan_list
from probes.wifi.heard import Heard, Sweep
from probes.wifi.running import run
from probes.wifi.scanner import HARD_OFF, NO_CARD, WINDOWS_LOCATION, WINDOWS_SERVICE, Adapter, ScanError

NETSH_S, SCAN_S = 20.0, 6.0
"""Microsoft asks drivers to end a scan within four seconds."""

_CLIENT_VERSION = 2
_SOURCE_ACM, _SCAN_COMPLETE, _SCAN_FAIL = 0x08, 7, 8
_ANY_BSS = 3
_ACCESS_DENIED, _POWER_STATE, _NOT_ACTIVE, _NOT_FOUND = 5, 0x139F, 1062, 1168
_EPOCH_FILETIME = 116_444_736_000_000_000
_INFO_HEAD, _INFO_SIZE, _GUID_SIZE, _NAME_SIZE = 8, 532, 16, 512
_LOCATION_WORDS = ("ms-settings:privacy-location", "location", "位置", "standort", "ubicación")
_SERVICE_WORDS = ("wlansvc",)


def open_wlanapi(interface: str | None) -> WlanApiScanner:
    """Raises ``ScanError`` where the library, its service or a card is missing."""
    try:
        library: Any = getattr(ctypes, "WinDLL", ctypes.CDLL)("wlanapi.dll")
    except OSError as error:
        raise ScanError(Reason.NOT_SUPPORTED, WINDOWS_SERVICE) from error
    return WlanApiScanner(library, interface)


def open_netsh(interface: str | None) -> NetshScanner:
    """Raises ``ScanError`` where ``netsh`` tells nothing about Wi-Fi."""
    ran = run(("netsh", "wlan", "show", "interfaces"), NETSH_S)
    if not ran.found:
        raise ScanError(Reason.NOT_SUPPORTED, text("netsh is missing on this computer"))
    complain_of(ran.output + ran.complaint.encode())
    return NetshScanner(Adapter(interface or "Wi-Fi"))


class NetshScanner:
    """Lists what Windows heard, mostly in per cent; Windows scans by itself every minute or so."""

    def __init__(self, adapter: Adapter) -> None:
        self.adapter = adapter

    def scan(self) -> Sweep:
        """List the networks. Raises ``ScanError``."""
        ran = run(("netsh", "wlan", "show", "networks", "mode=bssid"), NETSH_S)
        networks = netsh_text.networks(ran.output)
        if not networks:
            complain_of(ran.output + ran.complaint.encode())
        if ran.code is None:
            raise ScanError(Reason.TIMEOUT, text("netsh did not answer in {s} s", s=round(NETSH_S)))
        return Sweep(_with_joined(networks), "netsh", fresh=None)


def _with_joined(networks: tuple[Heard, ...]) -> tuple[Heard, ...]:
    """Of the network that the card is connected to Windows 11 24H2 tells dBm, and every Windows which one it is."""
    shown = netsh_text.interfaces(run(("netsh", "wlan", "show", "interfaces"), NETSH_S).output)
    joined = {one.bssid: one for card in shown if card.heard is not None for one in (card.heard, *card.also)}
    return tuple(
        replace(one, joined=True, rssi_dbm=one.rssi_dbm if one.rssi_dbm is not None else joined[one.bssid].rssi_dbm)
        if one.bssid in joined
        else one
        for one in networks
    )


def complain_of(output: bytes) -> None:
    """Raise the ``ScanError`` for what netsh says instead of a list, in whatever language; nothing where it is one."""
    words = "\n".join(netsh_text.decoded(line) for line in netsh_text.in_octets(output).splitlines()).lower()
    if any(one in words for one in _SERVICE_WORDS):
        raise ScanError(Reason.NOT_PERMITTED, WINDOWS_SERVICE)
    if any(one in words for one in _LOCATION_WORDS) and "ssid" not in words:
        raise ScanError(Reason.NOT_PERMITTED, WINDOWS_LOCATION)


class WlanApiScanner:
    """Scans through wlanapi: dBm, ages, and the information elements as they were sent."""

    def __init__(self, library: Any, interface: str | None) -> None:
        self._library = library
        self._handle = ctypes.c_void_p()
        version = ctypes.c_uint32()
        check(library.WlanOpenHandle(_CLIENT_VERSION, None, ctypes.byref(version), ctypes.byref(self._handle)))
        cards = self._cards()
        chosen = [one for one in cards if interface is None or interface.lower() in one[1].lower()]
        if not chosen:
            raise ScanError(Reason.NOT_SUPPORTED, NO_CARD)
        self._guid = ctypes.create_string_buffer(chosen[0][0], _GUID_SIZE)
        self.adapter = Adapter(chosen[0][1], guid=f"{{{UUID(bytes_le=chosen[0][0])}}}")

    def scan(self) -> Sweep:
        """Scan, wait for the end, and read the list. Raises ``ScanError``."""
        fresh = self._let_scan()
        found = ctypes.c_void_p()
        check(
            self._library.WlanGetNetworkBssList(self._handle, self._guid, None, _ANY_BSS, 0, None, ctypes.byref(found))
        )
        try:
            size = ctypes.cast(found, ctypes.POINTER(ctypes.c_uint32))[0]
            memory = ctypes.string_at(found, size)
        finally:
            self._library.WlanFreeMemory(found)
        now = _EPOCH_FILETIME + int(time() * 10_000_000)
        return Sweep(wlan_list.networks(memory, now), "wlanapi", fresh)

    def _let_scan(self) -> bool:
        end, complete = threading.Event(), [False]

        def told(data: Any, _context: Any) -> None:
            notification = ctypes.cast(data, ctypes.POINTER(ctypes.c_uint32))
            if notification[0] == _SOURCE_ACM and notification[1] in {_SCAN_COMPLETE, _SCAN_FAIL}:
                complete[0] = notification[1] == _SCAN_COMPLETE
                end.set()

        callback = _callback_type()(told)
        register = self._library.WlanRegisterNotification
        register(self._handle, _SOURCE_ACM, 0, callback, None, None, None)
        try:
            check(self._library.WlanScan(self._handle, self._guid, None, None, None))
            end.wait(SCAN_S)
        finally:
            register(self._handle, 0, 0, None, None, None, None)
        return complete[0]

    def _cards(self) -> list[tuple[bytes, str]]:
        found = ctypes.c_void_p()
        check(self._library.WlanEnumInterfaces(self._handle, None, ctypes.byref(found)))
        try:
            count = ctypes.cast(found, ctypes.POINTER(ctypes.c_uint32))[0]
            memory = ctypes.string_at(found, _INFO_HEAD + count * _INFO_SIZE)
        finally:
            self._library.WlanFreeMemory(found)
        return cards_in(memory, count)


def cards_in(memory: bytes, count: int) -> list[tuple[bytes, str]]:
    """The cards of a ``WLAN_INTERFACE_INFO_LIST``: GUID and description of each."""
    cards = []
    for number in range(count):
        entry = memory[_INFO_HEAD + number * _INFO_SIZE :][:_INFO_SIZE]
        name = entry[_GUID_SIZE : _GUID_SIZE + _NAME_SIZE].decode("utf-16-le", "replace").partition("\0")[0]
        cards.append((entry[:_GUID_SIZE], name))
    return cards


def check(code: int) -> None:
    """Raise the ``ScanError`` for an error code of wlanapi; 0 is success."""
    if not code:
        return
    known = {
        _ACCESS_DENIED: (Reason.NOT_PERMITTED, WINDOWS_LOCATION),
        _NOT_ACTIVE: (Reason.NOT_PERMITTED, WINDOWS_SERVICE),
        _POWER_STATE: (Reason.NOT_PERMITTED, HARD_OFF),
        _NOT_FOUND: (Reason.NOT_SUPPORTED, NO_CARD),
    }
    if code in known:
        raise ScanError(*known[code])
    raise ScanError(Reason.UNEXPECTED_ANSWER, text("Windows refuses the scan with error {code}", code=code))


def _callback_type() -> Callable[[Callable[[Any, Any], None]], Any]:
    factory: Any = getattr(ctypes, "WINFUNCTYPE", ctypes.CFUNCTYPE)
    kind: Callable[[Callable[[Any, Any], None]], Any] = factory(None, ctypes.c_void_p, ctypes.c_void_p)
    return kind
