"""Joining a network anew and timing it, on the surveyor's word only: it drops the connection that there is.

Only a network is joined that the system has a profile of, so that nobody is asked for a password and nothing is stored.
The time runs from the order to join; a link and an address are looked for every twentieth of a second, where a program
has to be asked as often as that answers.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from time import monotonic, sleep
from typing import Protocol

from probes.observation import Reason
from probes.text import Text, text
from probes.wifi import iw_text, netsh_text, nmcli_text
from probes.wifi.macos_text import REDACTED
from probes.wifi.router import standing
from probes.wifi.running import Ran, run
from probes.wifi.scanner import MACOS_LOCATION, Adapter, ScanError

ASKED_S, LINK_S, ADDRESS_S, LEAVE_S, PAUSE_S = 15.0, 40.0, 30.0, 5.0, 0.05

_IP_CONFIG, _ACTIVATED = 70, 100
"""``NMDeviceState`` of NetworkManager."""


class JoinError(ScanError):
    """The network was not joined; the sentence says why, and what to do."""


class Way(Protocol):
    """How one system joins and leaves."""

    def leave(self) -> None:
        """Drop the connection."""

    def join(self, ssid: str) -> None:
        """Begin to join, without waiting for the end. Raises ``JoinError``."""

    def linked(self, ssid: str) -> bool:
        """Whether the card is on the network."""

    def settle(self) -> None:
        """Put back what joining changed beside the connection."""


def timed(card: Adapter, ssid: str, way: Way | None = None) -> Mapping[str, float]:
    """Leave, join, and time it: ``join_s``, and ``dhcp_s`` unless the address was never given up.

    Raises:
        JoinError: the network was not joined, or gave no address.
    """
    chosen = way or way_here(card)
    chosen.leave()
    gone = _when(lambda: standing(card) is None, LEAVE_S) is not None
    began = monotonic()
    try:
        chosen.join(ssid)
        linked = _when(lambda: chosen.linked(ssid), LINK_S)
        addressed = None if linked is None else _when(lambda: standing(card) is not None, ADDRESS_S)
    finally:
        chosen.settle()
    if linked is None:
        raise JoinError(Reason.TIMEOUT, text("{ssid} was not joined within {s} s", ssid=ssid, s=round(LINK_S)))
    join = {"join_s": round(linked - began, 3)}
    if addressed is None:
        sentence = text("{ssid} was joined, but gave no address and router within {s} s: does its DHCP server run?",
                        ssid=ssid, s=round(ADDRESS_S))  # fmt: skip
        raise JoinError(Reason.TIMEOUT, sentence)
    return {**join, "dhcp_s": round(addressed - linked, 3)} if gone else join


def way_here(card: Adapter) -> Way:
    """How this system joins. Raises ``JoinError`` where nothing is known that can."""
    if sys.platform == "win32":
        return ByNetsh(card)
    if sys.platform == "darwin":
        return ByNetworkSetup(card)
    manager = run(("nmcli", "--terse", "--fields", "DEVICE,STATE", "device"), ASKED_S)
    rows = [nmcli_text.escaped_fields(line) for line in manager.words.splitlines()]
    if manager.code == 0 and any(row[0] == card.name and row[-1] != "unmanaged" for row in rows):
        return ByManager(card)
    supplicant = run(("wpa_cli", "-i", card.name, "status"), ASKED_S)
    if supplicant.code == 0:
        return BySupplicant(card)
    if "ermission" in supplicant.complaint + supplicant.words:
        raise JoinError(Reason.NOT_PERMITTED, SUPPLICANT_CLOSED)
    sentence = text("{name} is run neither by NetworkManager nor by wpa_supplicant, so it cannot be let join",
                    name=card.name)  # fmt: skip
    raise JoinError(Reason.NOT_SUPPORTED, sentence)


class ByManager:
    """NetworkManager."""

    def __init__(self, card: Adapter) -> None:
        self._card = card

    def leave(self) -> None:
        """Disconnect; a card that is connected to nothing is no failure."""
        run(("nmcli", "device", "disconnect", self._card.name), ASKED_S)

    def join(self, ssid: str) -> None:
        """Bring the network's profile up."""
        known = next((uuid for uuid in self._profiles() if self._ssid(uuid) == ssid), None)
        if known is None:
            raise JoinError(Reason.EMPTY, unknown(ssid))
        ran = run(("nmcli", "--wait", "0", "connection", "up", "uuid", known, "ifname", self._card.name), ASKED_S)
        if ran.code != 0:
            denied = "not authorized" in ran.complaint.lower() or "privileges" in ran.complaint
            raise JoinError(Reason.NOT_PERMITTED, MANAGER_CLOSED) if denied else _refused(ssid, ran)

    def linked(self, ssid: str) -> bool:
        """Whether it has come to the address, which it does behind the keys of the one network that it was told."""
        told = run(("nmcli", "--get-values", "GENERAL.STATE", "device", "show", self._card.name), ASKED_S)
        state = told.words.partition(" ")[0]
        return bool(ssid) and state.isdigit() and _IP_CONFIG <= int(state) <= _ACTIVATED

    def settle(self) -> None:
        """Nothing was changed."""

    def _profiles(self) -> Iterator[str]:
        ran = run(("nmcli", "--terse", "--fields", "UUID,TYPE", "connection", "show"), ASKED_S)
        rows = (nmcli_text.escaped_fields(line) for line in ran.words.splitlines())
        yield from (row[0] for row in rows if len(row) == 2 and row[1] in {"802-11-wireless", "wifi"})  # noqa: PLR2004

    def _ssid(self, uuid: str) -> str:
        ran = run(
            ("nmcli", "--escape", "no", "--get-values", "802-11-wireless.ssid", "connection", "show", uuid), ASKED_S
        )
        return ran.words.rstrip("\n")


class BySupplicant:
    """wpa_supplicant by itself; the address comes from whatever DHCP client watches the link."""

    def __init__(self, card: Adapter) -> None:
        self._card = card
        self._others: list[str] = []

    def leave(self) -> None:
        """Disconnect."""
        self._ask("disconnect")

    def join(self, ssid: str) -> None:
        """Choose the network among those of its configuration."""
        rows = [line.split("\t") for line in self._ask("list_networks").words.splitlines()[1:]]
        networks = [row for row in rows if len(row) > 3]  # noqa: PLR2004  columns
        known = next((row[0] for row in networks if iw_text.ssid(row[1]) == ssid.encode()), None)
        if known is None:
            raise JoinError(Reason.EMPTY, unknown(ssid))
        ran = self._ask("select_network", known)
        if not ran.words.strip().endswith("OK"):
            raise _refused(ssid, ran)
        self._others = [row[0] for row in networks if row[0] != known and "DISABLED" not in row[3]]

    def linked(self, ssid: str) -> bool:
        """Whether the keys are agreed upon with that network."""
        told = dict(line.partition("=")[::2] for line in self._ask("status").words.splitlines())
        return told.get("wpa_state") == "COMPLETED" and iw_text.ssid(told.get("ssid", "")) == ssid.encode()

    def settle(self) -> None:
        """Choosing one disables the others; enabled before it is joined they would be chosen in its stead."""
        for one in self._others:
            self._ask("enable_network", one)

    def _ask(self, *words: str) -> Ran:
        return run(("wpa_cli", "-i", self._card.name, *words), ASKED_S)


class ByNetsh:
    """Windows."""

    def __init__(self, card: Adapter) -> None:
        self._card = card
        self._name = ""

    def leave(self) -> None:
        """Disconnect the card."""
        found = self._interface()
        self._name = found.name if found is not None else ""
        run(("netsh", "wlan", "disconnect", *self._which()), ASKED_S)

    def join(self, ssid: str) -> None:
        """Connect by the profile, which Windows calls by the network's name."""
        ran = run(("netsh", "wlan", "connect", f"name={ssid}", f"ssid={ssid}", *self._which()), ASKED_S)
        if ran.code != 0:
            shown = netsh_text.decoded(ran.output).strip()
            absent = "profile" in shown.lower() or "配置文件" in shown or "設定檔" in shown
            raise JoinError(Reason.EMPTY, unknown(ssid)) if absent else _refused(ssid, ran)

    def linked(self, ssid: str) -> bool:
        """Whether the card is connected: then Windows names its access point."""
        found = self._interface()
        return found is not None and found.heard is not None and found.heard.name == ssid

    def settle(self) -> None:
        """Nothing was changed."""

    def _interface(self) -> netsh_text.Interface | None:
        listed = netsh_text.interfaces(run(("netsh", "wlan", "show", "interfaces"), ASKED_S).output)
        wanted = [one for one in listed if one.guid == self._card.guid or one.name == self._card.name]
        return wanted[0] if wanted else listed[0] if len(listed) == 1 else None

    def _which(self) -> Sequence[str]:
        return (f"interface={self._name}",) if self._name else ()


class ByNetworkSetup:
    """macOS; the password comes from the key chain."""

    def __init__(self, card: Adapter) -> None:
        self._card = card

    def leave(self) -> None:
        """Switch the card off and on, which is the only way that macOS has; it may join by itself afterwards."""
        for state in ("off", "on"):
            run(("networksetup", "-setairportpower", self._card.name, state), ASKED_S)

    def join(self, ssid: str) -> None:
        """Join one of the preferred networks."""
        listed = run(("networksetup", "-listpreferredwirelessnetworks", self._card.name), ASKED_S).words
        if ssid not in {line.strip() for line in listed.splitlines()[1:]}:
            raise JoinError(Reason.EMPTY, unknown(ssid))
        ran = run(("networksetup", "-setairportnetwork", self._card.name, ssid), ASKED_S)
        # It ends with 0 also where it says that it failed.
        if ran.code != 0 or re.search(r"(?i)failed|could not|error", ran.words):
            raise _refused(ssid, ran)

    def linked(self, ssid: str) -> bool:
        """Whether the system names the network; where it keeps names back, whether the card has an address."""
        shown = run(("networksetup", "-getairportnetwork", self._card.name), ASKED_S).words.strip()
        if any(one in shown for one in REDACTED):
            raise JoinError(Reason.NOT_PERMITTED, MACOS_LOCATION)
        if shown.endswith(f": {ssid}"):
            return True
        # Since macOS 14.4 it may say that there is no network although there is one.
        return run(("ipconfig", "getifaddr", self._card.name), ASKED_S).code == 0

    def settle(self) -> None:
        """Nothing was changed."""


def unknown(ssid: str) -> Text:
    """The system has no profile of a network."""
    return text("this computer has no profile of {ssid}: join it once by hand, and let it be stored", ssid=ssid)


MANAGER_CLOSED = text(
    "NetworkManager does not let this user join networks: run in a session on the computer itself, or with sudo"
)
SUPPLICANT_CLOSED = text(
    "wpa_supplicant does not let this user control it: run with sudo, or add the user to the group of its"
    " ctrl_interface, such as “sudo usermod -aG netdev $USER”, and log in again"
)


def _refused(ssid: str, ran: Ran) -> JoinError:
    words = ran.complaint or netsh_text.decoded(ran.output[:400]).strip()
    return JoinError(Reason.REFUSED, text("{ssid} was not joined: {words}", ssid=ssid, words=words[:200] or "–"))


class _Holds(Protocol):
    def __call__(self) -> bool: ...


def _when(holds: _Holds, within_s: float) -> float | None:
    """``monotonic()`` at which something held first; ``None`` if it did not in time."""
    end = monotonic() + within_s
    while True:
        if holds():
            return monotonic()
        if monotonic() >= end:
            return None
        sleep(PAUSE_S)
