"""Scanning, the same on every system: find what can scan here, and let it.

Each way of asking a system is a class in a module of its own; what hinders it becomes a ``ScanError`` that names the
switch to set.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from probes.errors import TransportError
from probes.observation import Reason
from probes.text import Text, text
from probes.wifi.heard import Sweep


class ScanError(TransportError):
    """The system does not scan; the sentence says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Adapter:
    """The wireless card that scans; ``guid`` is how Windows knows it, ``{…}`` in small letters."""

    name: str
    driver: str = ""
    guid: str = ""


class Scanner(Protocol):
    """One way of asking the system. Calls block; ``scan`` for some seconds."""

    adapter: Adapter

    def scan(self) -> Sweep:
        """Scan once. Raises ``ScanError``."""


def find_scanner(interface: str | None = None) -> Scanner:
    """What can scan on this computer, the best way first.

    Raises:
        ScanError: nothing can.
    """
    hindrance: ScanError | None = None
    for open_scanner in _ways():
        try:
            return open_scanner(interface)
        except ScanError as error:
            # The first way is the best one, so what hinders it is what to put right.
            hindrance = hindrance or error
    raise hindrance or ScanError(Reason.NOT_SUPPORTED, text("this system has no way of scanning that is known here"))


class _Open(Protocol):
    def __call__(self, interface: str | None) -> Scanner: ...


def _ways() -> Iterator[_Open]:
    if sys.platform == "linux":
        from probes.wifi.linux import open_iw, open_nmcli  # noqa: PLC0415  each system's own

        yield from (open_iw, open_nmcli)
    elif sys.platform == "win32":
        from probes.wifi.windows import open_netsh, open_wlanapi  # noqa: PLC0415

        yield from (open_wlanapi, open_netsh)
    elif sys.platform == "darwin":
        from probes.wifi.macos import open_macos  # noqa: PLC0415

        yield open_macos


NO_CARD = text("this computer has no wireless card, or its driver is missing: use a laptop, or plug in a USB card")
SWITCHED_OFF = text(
    "the wireless card is switched off by software: turn Wi-Fi on, or run “rfkill unblock wifi” as root"
)
HARD_OFF = text("the wireless card is switched off by a switch or key of the laptop: turn it on there")
WINDOWS_LOCATION = text(
    "Windows tells nobody about Wi-Fi without its location service: turn on Settings > Privacy & security > Location >"
    " “Location services”, and below it “Let desktop apps access your location” (command: start"
    " ms-settings:privacy-location); on 24H2 and later the program must also run from a terminal of the user"
)
WINDOWS_SERVICE = text("the service “WLAN AutoConfig” is not running: run “net start wlansvc” as administrator")
MACOS_LOCATION = text(
    "macOS tells no names and BSSIDs without permission for the location: System Settings > Privacy & Security >"
    " Location Services, and turn it on for the terminal that this runs in"
)
NO_ADDRESSES = text(
    "this system keeps the addresses (BSSIDs) of networks back, and the inventory lists ours under wifi.bssids: survey"
    " with Windows or Linux, as a name alone proves nothing"
)
CAP_NET_ADMIN = text(
    "scanning needs the right CAP_NET_ADMIN: run with sudo, or run “sudo setcap cap_net_admin+ep $(which iw)” once;"
    " until then only what the system heard by itself is read"
)


def down(interface: str) -> Text:
    """The card is not switched on."""
    return text("the wireless card {name} is down: run “ip link set {name} up” as root", name=interface)
