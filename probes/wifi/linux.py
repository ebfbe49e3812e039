"""Scanning on Linux: nl80211 through ``iw``, and NetworkManager where that is all there is.

``iw scan`` itself may wait for ever for an event that it missed. So a listener is started first, the scan is only
triggered, and what was heard is read when the listener tells the end, or the time is up. While the card is connected a
scan of all channels may not end either; then a few channels are scanned at a time.
"""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from time import monotonic, sleep
from typing import Self

from probes.observation import Reason
from probes.text import Text, text
from probes.wifi import iw_text, nmcli_text
from probes.wifi.heard import Sweep
from probes.wifi.running import Ran, run, stop
from probes.wifi.scanner import CAP_NET_ADMIN, HARD_OFF, NO_CARD, SWITCHED_OFF, Adapter, ScanError, down

SYS = Path("/sys")
QUICK_S, SCAN_S, PART_S, NMCLI_S = 10.0, 15.0, 5.0, 30.0
SUBSCRIBES_S = 0.3
AT_A_TIME = 6
"""Channels scanned at once while connected, so that the connection is not lost over it."""

_NOT_PERMITTED, _BUSY, _DOWN, _NO_DEVICE, _UNSUPPORTED, _RFKILL = (
    "(-1)", "(-16)", "(-100)", "(-19)", "(-95)", "(-132)")  # fmt: skip


def open_iw(interface: str | None) -> IwScanner:
    """Raises ``ScanError`` where there is no card, it is off, or ``iw`` is missing."""
    card = wireless_card(interface)
    if not run(("iw", "--version"), QUICK_S).found:
        raise ScanError(Reason.NOT_SUPPORTED, text("the program iw is missing: install the package iw"))
    return IwScanner(card)


def open_nmcli(interface: str | None) -> NmcliScanner:
    """Raises ``ScanError`` where there is no card, it is off, or NetworkManager does not run."""
    card = wireless_card(interface)
    ran = run(("nmcli", "--terse", "--fields", "RUNNING", "general"), QUICK_S)
    if ran.code != 0 or ran.words.strip() != "running":  # it also says “not running”
        raise ScanError(Reason.NOT_SUPPORTED, text("neither iw nor NetworkManager is there to scan with: install iw"))
    return NmcliScanner(card)


def wireless_card(interface: str | None, system: Path = SYS) -> Adapter:
    """The card asked for, or the first one; raises ``ScanError`` where there is none, or it is off."""
    cards = sorted(path.parent.name for path in (system / "class/net").glob("*/phy80211"))
    if interface is not None and interface not in cards:
        sentence = text("{name} is no wireless card of this computer; there are: {names}",
                        name=interface, names=", ".join(cards) or "–")  # fmt: skip
        raise ScanError(Reason.NOT_SUPPORTED, sentence)
    if not cards:
        raise ScanError(Reason.NOT_SUPPORTED, NO_CARD)
    name = interface or cards[0]
    _switched_on(name, system)
    driver = system / "class/net" / name / "device/driver"
    return Adapter(name, driver.resolve().name if driver.exists() else "")


def _switched_on(name: str, system: Path) -> None:
    card = system / "class/net" / name / "phy80211"
    for switch in sorted(card.resolve().glob("rfkill*")):
        if _reads(switch / "hard") == "1":
            raise ScanError(Reason.NOT_PERMITTED, HARD_OFF)
        if _reads(switch / "soft") == "1":
            raise ScanError(Reason.NOT_PERMITTED, SWITCHED_OFF)


def _reads(path: Path) -> str:
    try:
        return path.read_text("ascii", "replace").strip()
    except OSError:
        return ""


class IwScanner:
    """Scans through nl80211."""

    def __init__(self, adapter: Adapter) -> None:
        self.adapter = adapter
        self._asked_manager = False

    def scan(self) -> Sweep:
        """Scan and read what was heard, with its age; without the right to scan only what others let be heard."""
        began = monotonic()
        fresh = self._let_scan()
        # With -u it shows what it does not know, WAPI among it, without which such a network would pass for WEP.
        dump = run(("iw", "dev", self.adapter.name, "scan", "dump", "-u"), QUICK_S)
        if dump.code != 0:
            raise ScanError(*self._hindered(dump.complaint))
        noise = iw_text.noise(run(("iw", "dev", self.adapter.name, "survey", "dump"), QUICK_S).words)
        heard = iw_text.with_noise(iw_text.scan(dump.words), noise)
        if fresh:
            # What was heard before this scan was heard elsewhere, perhaps.
            limit_ms = (monotonic() - began) * 1000
            heard = tuple(one for one in heard if one.age_ms is None or one.age_ms <= limit_ms)
        if not heard and not fresh and not self._asked_manager:
            raise ScanError(Reason.NOT_PERMITTED, CAP_NET_ADMIN)
        return Sweep(heard, "iw", fresh)

    def _let_scan(self) -> bool:
        """Have a scan made; tells whether one was."""
        link = run(("iw", "dev", self.adapter.name, "link"), QUICK_S).words
        parts = [] if iw_text.joined(link) is None else list(self._parts())
        ended = []
        for part in parts or [()]:
            one = self._trigger(part, PART_S if parts else SCAN_S)
            if one is None:
                return self._manager_scans()
            ended.append(one)
        return all(ended)

    def _parts(self) -> Iterator[Sequence[str]]:
        phy = next((phy for name, phy, _ in iw_text.interfaces(run(("iw", "dev"), QUICK_S).words)
                    if name == self.adapter.name), "")  # fmt: skip
        channels = iw_text.usable(run(("iw", "phy", phy, "info"), QUICK_S).words) if phy else []
        for at in range(0, len(channels), AT_A_TIME):
            yield ("freq", *map(str, channels[at : at + AT_A_TIME]))

    def _trigger(self, words: Sequence[str], timeout_s: float) -> bool | None:
        """Trigger a scan and wait for its end; ``None`` where that is not permitted.

        Raises:
            ScanError: the card cannot.
        """
        with _Listener(self.adapter.name) as listener:
            ran = run(("iw", "dev", self.adapter.name, "scan", "trigger", *words), QUICK_S)
            if ran.code == 0 or _BUSY in ran.complaint:
                return listener.ended(timeout_s) or ran.code == 0
        if _NOT_PERMITTED in ran.complaint:
            return None
        raise ScanError(*self._hindered(ran.complaint))

    def _manager_scans(self) -> bool:
        """NetworkManager, or wpa_supplicant, has a scan made for whoever may ask it; iw then reads what it heard."""
        ran = run(("nmcli", "device", "wifi", "list", "--rescan", "yes", "ifname", self.adapter.name), NMCLI_S)
        if ran.code != 0:
            with _Listener(self.adapter.name) as listener:
                asked = run(("wpa_cli", "-i", self.adapter.name, "scan"), QUICK_S)
                self._asked_manager = asked.words.strip().endswith("OK") and listener.ended(SCAN_S)
            return self._asked_manager
        self._asked_manager = True
        return True

    def _hindered(self, complaint: str) -> tuple[Reason, Text]:
        name = self.adapter.name
        if _DOWN in complaint:
            return Reason.NOT_PERMITTED, down(name)
        if _RFKILL in complaint:
            return Reason.NOT_PERMITTED, SWITCHED_OFF
        if _NOT_PERMITTED in complaint:
            return Reason.NOT_PERMITTED, CAP_NET_ADMIN
        if _NO_DEVICE in complaint:
            return Reason.NOT_SUPPORTED, NO_CARD
        sentence = text("iw cannot scan with {name}: {words}", name=name, words=complaint[:200] or "–")
        return Reason.UNEXPECTED_ANSWER, sentence


class NmcliScanner:
    """Scans through NetworkManager, which tells percentages only."""

    def __init__(self, adapter: Adapter) -> None:
        self.adapter = adapter

    def scan(self) -> Sweep:
        """Scan and list. Raises ``ScanError``."""
        ran = Ran(None)
        for fields in (nmcli_text.FIELDS, nmcli_text.OLDER_FIELDS):
            ran = run(
                ("nmcli", "--terse", "--escape", "yes", "--fields", ",".join(fields), "device", "wifi", "list",
                 "--rescan", "yes", "ifname", self.adapter.name), NMCLI_S)  # fmt: skip
            if ran.code == 0:
                return Sweep(nmcli_text.networks(ran.words), "nmcli", fresh=True)
        if ran.code is None:
            raise ScanError(Reason.TIMEOUT, text("NetworkManager did not end its scan in {s} s", s=round(NMCLI_S)))
        sentence = text("NetworkManager cannot scan with {name}: {words}",
                        name=self.adapter.name, words=ran.complaint[:200] or "–")  # fmt: skip
        raise ScanError(Reason.UNEXPECTED_ANSWER, sentence)


class _Listener:
    """``iw event`` in the background, to know when a scan of this card ended."""

    def __init__(self, interface: str) -> None:
        self._interface = interface
        self._end = threading.Event()

    def __enter__(self) -> Self:
        self._child = subprocess.Popen(
            ("iw", "event"),  # noqa: S607  whichever iw the user's path finds
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()
        # iw subscribes before it reads anything; it says nothing when it has, so it gets a moment.
        sleep(SUBSCRIBES_S)
        return self

    def __exit__(self, *_: object) -> None:
        stop(self._child)
        self._child.wait()
        self._thread.join(1.0)

    def ended(self, timeout_s: float) -> bool:
        """Wait until the scan has ended; false where no end was heard in time."""
        return self._end.wait(timeout_s)

    def _listen(self) -> None:
        for line in self._child.stdout or ():
            words = line.decode("utf-8", "replace")
            if self._interface in words and ("scan finished" in words or "scan aborted" in words):
                self._end.set()
