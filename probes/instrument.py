"""How fit this machine is for measuring throughput: its network card towards the peer, and its processor meanwhile."""

from __future__ import annotations

import socket
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Literal

Duplex = Literal["full", "half", "unknown"]

NIC_IS_FULL = 0.9
"""Share of a card's speed above which the card may be what bounds the goodput (TCP over Ethernet reaches 0.949)."""

NIC_CANNOT = 1.0
"""No payload exceeds the speed of the card; where it seems to, the driver's speed is made up (tunnels, TAP)."""

CORE_IS_BUSY = 95.0

WIRELESS_NAMES = ("wi-fi", "wlan", "wireless", "无线")
"""How Windows begins the names of its Wi-Fi cards."""

MOST_LAYERS = 4


@dataclass(frozen=True)
class Nic:
    """The network card that the route to the peer leaves by.

    Attributes:
        speed_mbps: as the driver reports it; ``None`` for loopback, Wi-Fi and whatever does not say.
        wireless: whether it is Wi-Fi; ``None`` where the system does not tell.
        usb: whether it hangs on USB, as docks and dongles do; ``None`` where the system does not tell.
    """

    name: str
    speed_mbps: float | None
    duplex: Duplex
    wireless: bool | None = None
    usb: bool | None = None


def nic_towards(address: str) -> Nic | None:
    """The card by which packets to this IP address leave; ``None`` where the system does not tell. Sends nothing."""
    import psutil  # noqa: PLC0415  heavy

    own = _source_address(address)
    if own is None:
        return None
    if ip_address(own).is_loopback or ip_address(own) == ip_address(address.partition("%")[0]):
        return Nic("loopback", None, "unknown")
    stats = psutil.net_if_stats()
    for name, addresses in psutil.net_if_addrs().items():
        if any(one.address.partition("%")[0] == own for one in addresses) and name in stats:
            found = stats[name]
            duplexes: dict[int, Duplex] = {psutil.NIC_DUPLEX_FULL: "full", psutil.NIC_DUPLEX_HALF: "half"}
            # 65535 and 2^32-1 are what drivers write for "unknown".
            known = 0 < found.speed < 2**31 and found.speed != 2**16 - 1
            speed = float(found.speed) if known else None
            return Nic(name, speed, duplexes.get(found.duplex, "unknown"), *attachment(name))
    return None


def attachment(name: str, folder: Path = Path("/sys/class/net")) -> tuple[bool | None, bool | None]:
    """Whether a card is Wi-Fi, and whether it hangs on USB.

    Linux tells both, also of the card under a VLAN. Elsewhere only the name may betray Wi-Fi.

    Args:
        name: of the card.
        folder: where Linux describes its cards.
    """
    here = folder / name
    if not here.is_dir():
        betrayed = name.casefold().startswith(WIRELESS_NAMES) and not sys.platform.startswith("linux")
        return (True if betrayed else None), None
    for _ in range(MOST_LAYERS):
        below = [one for one in here.iterdir() if one.name.startswith("lower_")]
        if len(below) != 1:
            break
        here = below[0].resolve()
    wireless = any((here / mark).exists() for mark in ("wireless", "phy80211"))
    return wireless, any(part.startswith("usb") for part in (here / "device").resolve().parts)


def _source_address(address: str) -> str | None:
    """The own address that the system would use towards another; connecting a UDP socket sends nothing."""
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(address, 9, type=socket.SOCK_DGRAM)[0]
        with socket.socket(family, kind, protocol) as sock:
            sock.connect(place)
            return str(sock.getsockname()[0]).partition("%")[0]
    except (OSError, UnicodeError):  # UnicodeError: a label of a host name that is empty or too long
        return None


class ProcessorWatch:
    """Load of the busiest core from its making until it is asked."""

    def __init__(self) -> None:
        self._before = _times()

    def busiest_percent(self) -> float | None:
        """Mean load since then of the core that had most to do; ``None`` where the system does not tell."""
        loads = []
        for (busy_before, all_before), (busy, everything) in zip(self._before, _times(), strict=False):
            if everything > all_before:
                loads.append(100 * (busy - busy_before) / (everything - all_before))
        return max(loads, default=None)


def _times() -> Sequence[tuple[float, float]]:
    """Seconds busy and seconds in all, core by core."""
    import psutil  # noqa: PLC0415  heavy

    cores = []
    for times in psutil.cpu_times(percpu=True):
        # guest time is counted in user time already (proc(5)).
        shares = {name: value for name, value in times._asdict().items() if name not in {"guest", "guest_nice"}}
        everything = sum(shares.values())
        cores.append((everything - shares.get("idle", 0.0) - shares.get("iowait", 0.0), everything))
    return cores


def is_limited(mbps: float, wanted_mbps: float, nic_mbps: float | None, busiest_percents: Sequence[float]) -> bool:
    """Whether a figure is a lower bound only, because the instrument itself was (nearly) at its end.

    Such a figure cannot count against the school. One that reaches what is asked for proves it all the same.

    Args:
        mbps: the goodput.
        wanted_mbps: what was to be shown; a card that is at least as fast is no obstacle.
        nic_mbps: speed of the card, if known.
        busiest_percents: of the busiest core, of the busiest stream, of the other end: any at ``CORE_IS_BUSY``?
    """
    nic_full = nic_mbps is not None and nic_mbps < wanted_mbps and NIC_IS_FULL <= mbps / nic_mbps <= NIC_CANNOT
    return nic_full or any(percent >= CORE_IS_BUSY for percent in busiest_percents)
