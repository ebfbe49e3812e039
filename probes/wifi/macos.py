"""Scanning on macOS: ``system_profiler``, which has the system scan, and ``airport`` where it is still there."""

from __future__ import annotations

from probes.observation import Reason
from probes.text import text
from probes.wifi import macos_text
from probes.wifi.heard import Heard, Sweep
from probes.wifi.running import run
from probes.wifi.scanner import MACOS_LOCATION, NO_CARD, Adapter, ScanError

AIRPORT = "/System/Library/PrivateFrameworks/Apple80211.framework/Versions/Current/Resources/airport"
PROFILER_S, AIRPORT_S = 40.0, 15.0


def open_macos(interface: str | None) -> MacScanner:
    """Raises ``ScanError`` where there is no card, or the system tells nothing."""
    ran = run(("networksetup", "-listallhardwareports"), PROFILER_S)
    ports = ran.words.split("Hardware Port: ")
    wireless = [one for one in ports if one.startswith(("Wi-Fi", "AirPort"))]
    names = [word for one in wireless for word in one.split() if word.startswith("en")]
    if not names:
        raise ScanError(Reason.NOT_SUPPORTED, NO_CARD)
    return MacScanner(Adapter(interface or names[0]))


class MacScanner:
    """Scans through what Apple ships."""

    def __init__(self, adapter: Adapter) -> None:
        self.adapter = adapter

    def scan(self) -> Sweep:
        """Scan once. Raises ``ScanError``, also where the system keeps back the names of all networks."""
        old = run((AIRPORT, "-s"), AIRPORT_S)
        listed = macos_text.listed(old.words) if old.code == 0 else ()
        if any(one.bssid for one in listed):
            return Sweep(listed, "airport", fresh=True)
        ran = run(("system_profiler", "SPAirPortDataType", "-json"), PROFILER_S)
        if ran.code is None:
            raise ScanError(Reason.TIMEOUT, text("system_profiler did not answer in {s} s", s=round(PROFILER_S)))
        networks = macos_text.profiled(ran.output)
        if networks and _all_nameless(networks):
            raise ScanError(Reason.NOT_PERMITTED, MACOS_LOCATION)
        return Sweep(networks, "system_profiler", fresh=None)


def _all_nameless(networks: tuple[Heard, ...]) -> bool:
    return all(not one.ssid and not one.bssid for one in networks)
