"""The address under which this computer itself shows up in forwarding tables."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from probes.instrument import nic_towards
from probes.switching.mac import canonical, from_octets

_WIRELESS_NAME = re.compile(r"(?i)wl|wi-?fi|无线")


def own_addresses(towards: Iterable[str]) -> frozenset[str]:
    """Addresses of the wired cards by which these IP addresses are reached; of Wi-Fi none.

    An address on Wi-Fi is learnt on the port of an access point, which is not the room's socket.
    """
    import psutil  # noqa: PLC0415  heavy

    cards = {nic.name for address in towards if (nic := nic_towards(address)) is not None}
    found = set()
    for name, addresses in psutil.net_if_addrs().items():
        if name not in cards or _is_wireless(name):
            continue
        for one in addresses:
            digits = canonical(one.address) if one.family == psutil.AF_LINK else ""
            octets = bytes.fromhex(digits.replace(":", ""))
            if from_octets(octets) is not None:
                found.add(digits)
    return frozenset(found)


def _is_wireless(name: str) -> bool:
    return bool(_WIRELESS_NAME.match(name)) or Path("/sys/class/net", name, "wireless").exists()
