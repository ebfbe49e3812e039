"""How fit this machine is for measuring throughput: its network card towards the peer, and its processor meanwhile."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Literal

from probes.kinds import Limit
from probes.nic_traffic import is_disturbed

Duplex = Literal["full", "half", "unknown"]

NIC_IS_FULL = 0.9
"""Share of a card's speed above which the card may be what bounds the goodput (TCP over Ethernet reaches 0.949)."""

SHOWN = 0.9
"""Share of a nominal rate that TCP has to reach to show it: Ethernet leaves 0.94, and measuring takes a little."""

USB_IS_FULL = 0.5
"""USB moves little more than half of its nominal rate: 280 to 330 of 480 Mbit/s."""

NIC_CANNOT = 1.0
"""No payload exceeds the speed of the card; where it seems to, the driver's speed is made up (tunnels, TAP)."""

CORE_IS_BUSY = 95.0

STREAM_IS_IDLE = 10.0
"""A stream that takes less of a core than this gets its share of a busy one, too: others do not hold it back."""

LIMIT_IS_FULL = 0.9
"""A figure this near to the rate that the other end allows says no more of the network than that it carries so much."""

WIRELESS_NAMES = ("wi-fi", "wlan", "wireless", "无线")
"""How Windows begins the names of its Wi-Fi cards."""

MOST_LAYERS = 4


@dataclass(frozen=True)
class Figure:
    """A goodput, and what went on beside it.

    Attributes:
        mbps: the goodput.
        wanted_mbps: the nominal rate that was to be shown.
        core_percent: load of this machine's busiest core; ``None`` where the system does not tell.
        stream_percent: processor time of its busiest stream, of one core.
        peer_percent: what the other end says of its process, where that tells of one core.
        peer_mbps: the highest rate that the other end lets pass (``respond --max-mbps``).
        other_mbps: what else passed the card; ``None`` where not known, which is held against nobody.
    """

    mbps: float
    wanted_mbps: float
    core_percent: float | None = None
    stream_percent: float = 0.0
    peer_percent: float | None = None
    peer_mbps: float | None = None
    other_mbps: float | None = None


@dataclass(frozen=True)
class Nic:
    """The network card that the route to the peer leaves by.

    Attributes:
        speed_mbps: as the driver reports it; ``None`` for loopback, Wi-Fi and whatever does not say.
        wireless: whether it is Wi-Fi; ``None`` where the system does not tell.
        usb: whether it hangs on USB, as docks and dongles do; ``None`` where the system does not tell.
        usb_mbps: speed of the slowest USB line on the way to it: 480 at an old socket; ``None`` where not known.
    """

    name: str
    speed_mbps: float | None
    duplex: Duplex
    wireless: bool | None = None
    usb: bool | None = None
    usb_mbps: float | None = None


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


def attachment(name: str, folder: Path = Path("/sys/class/net")) -> tuple[bool | None, bool | None, float | None]:
    """Whether a card is Wi-Fi, whether it hangs on USB, and how fast that USB is in Mbit/s.

    Linux tells all three, also of the card under a VLAN. Elsewhere only the name may betray Wi-Fi.

    Args:
        name: of the card.
        folder: where Linux describes its cards.
    """
    here = folder / name
    if not here.is_dir():
        betrayed = name.casefold().startswith(WIRELESS_NAMES) and not sys.platform.startswith("linux")
        return (True if betrayed else None), None, None
    for _ in range(MOST_LAYERS):
        below = [one for one in here.iterdir() if one.name.startswith("lower_")]
        if len(below) != 1:
            break
        here = below[0].resolve()
    wireless = any((here / mark).exists() for mark in ("wireless", "phy80211"))
    device = (here / "device").resolve()
    usb = any(part.startswith("usb") for part in device.parts)
    return wireless, usb, _usb_mbps(device) if usb else None


def _usb_mbps(device: Path) -> float | None:
    """The slowest of the USB devices, hubs and socket that a card hangs on (sysfs writes ``480`` or ``5000``)."""
    speeds = []
    for one in (device, *device.parents):
        try:
            speeds.append(float((one / "speed").read_text(encoding="ascii")))
        except (OSError, ValueError):
            continue
    return min((speed for speed in speeds if speed > 0), default=None)


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


def limits_of(figure: Figure, nic: Nic | None) -> tuple[Limit, ...]:
    """What of the instrument made a figure a lower bound only; empty where it speaks of the network.

    Such a figure counts neither for the school nor against it. What shows all that was to be shown was not limited by
    anything that matters, except that Wi-Fi is not the wire that was to be measured.

    Args:
        figure: one direction of one test.
        nic: the card that measured, if known.
    """
    found: list[Limit] = ["wireless"] if nic is not None and nic.wireless else []
    if figure.mbps >= SHOWN * figure.wanted_mbps:
        return tuple(found)
    if nic is not None:
        found += _of_card(figure, nic)
    if figure.stream_percent >= (STREAM_IS_IDLE if (figure.core_percent or 0.0) >= CORE_IS_BUSY else CORE_IS_BUSY):
        found.append("processor")
    if figure.peer_percent is not None and figure.peer_percent >= CORE_IS_BUSY:
        found.append("responder")
    if figure.peer_mbps is not None and figure.mbps >= LIMIT_IS_FULL * figure.peer_mbps:
        found.append("responder_limit")
    if is_disturbed(figure.mbps, nic.speed_mbps if nic else None, figure.other_mbps):
        found.append("other_traffic")
    return tuple(found)


def _of_card(figure: Figure, nic: Nic) -> Iterator[Limit]:
    """A card that is as fast as what is wanted is no obstacle, unless it speaks half duplex."""
    if (
        nic.speed_mbps is not None
        and nic.speed_mbps < figure.wanted_mbps
        and NIC_IS_FULL <= figure.mbps / nic.speed_mbps <= NIC_CANNOT
    ):
        yield "card"
    if nic.duplex == "half":
        yield "half_duplex"
    if nic.usb_mbps is not None and nic.usb_mbps < figure.wanted_mbps and figure.mbps >= USB_IS_FULL * nic.usb_mbps:
        yield "usb"
