"""One network as one scan heard it, the same from every system."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal
from unicodedata import category

from probes.kinds import Band
from probes.wifi.channels import band_of, channel_of

LONGEST_SSID = 32
"""Octets (IEEE 802.11-2020, 9.4.2.2)."""

_WEAKEST_DBM, _QUIETEST_DBM = -127.0, -120.0
"""What drivers write that do not know; 20 MHz have a thermal noise of −101 dBm."""


@dataclass(frozen=True, slots=True)
class Heard:
    """One network (BSS) as a scan heard it; ``None`` means that the system did not tell.

    Attributes:
        bssid: in small letters with colons.
        ssid: the octets as they were sent; empty where the network hides its name.
        rssi_dbm, quality_percent: as they were told; neither is made from the other.
        security: canonical words, see ``probes.wifi.security``; empty where it is not told.
        age_ms: how long before the end of the scan it was heard.
        ad_hoc: whether stations send it among themselves (IBSS, mesh), so that it is no access point's.
        joined: whether this computer is connected to it.
    """

    bssid: str
    ssid: bytes = b""
    band_ghz: Band | None = None
    channel: int | None = None
    frequency_mhz: float | None = None
    width_mhz: float | None = None
    rssi_dbm: float | None = None
    noise_dbm: float | None = None
    quality_percent: float | None = None
    security: str = ""
    age_ms: float | None = None
    station_count: int | None = None
    utilisation_ratio: float | None = None
    joined: bool = False
    ad_hoc: bool = False

    @property
    def name(self) -> str:
        """The SSID for people."""
        return ssid_text(self.ssid)


Method = Literal[
    "iw", "iwlist", "wpa_cli", "nmcli", "wlanapi", "netsh", "system_profiler", "corewlan", "airport", "wdutil", "file"
]
"""How the system was asked."""


@dataclass(frozen=True, slots=True)
class Sweep:
    """One scan: everything that was heard, and whether the system scanned anew for it.

    Attributes:
        unread: how many networks of a list that was saved begin like one and could not be read.
        joined_only: whether only the network was told that the card is connected to, so that what is missing from it
            may well have been heard.
    """

    networks: tuple[Heard, ...]
    method: Method
    fresh: bool | None = None
    unread: int = 0
    joined_only: bool = False


def ssid_text(octets: bytes) -> str:
    r"""The name as people would read it: UTF-8, else GBK as older Chinese devices send it, else with octets escaped.

    Control characters and those that turn the direction of writing are escaped, so that a name cannot disguise itself.

    >>> ssid_text("校园网".encode()), ssid_text("校园网".encode("gbk")), ssid_text(b"a\x00\xffb"), ssid_text(b"")
    ('校园网', '校园网', 'a\\x00\\xffb', '')
    """
    for encoding in ("utf-8", "gbk"):
        try:
            words = octets.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding == "gbk" and not words.isprintable():
            break
        if encoding == "utf-8" and any(category(one) == "Cn" for one in words):
            continue  # no letters at all in Unicode: GBK that happens to be UTF-8 in form
        return "".join(one if one.isprintable() else _escaped(one) for one in words)
    return "".join(chr(one) if 0x20 <= one < 0x7F else f"\\x{one:02x}" for one in octets)  # noqa: PLR2004  printable ASCII


def _escaped(character: str) -> str:
    return "".join(f"\\x{octet:02x}" for octet in character.encode("utf-8", "surrogatepass"))


def signal_told(dbm: float | None) -> float | None:
    """A signal in dBm, as far as it says anything: drivers that do not know write 0, or −127 and less.

    >>> signal_told(-65.5), signal_told(0), signal_told(-127), signal_told(None)
    (-65.5, None, None, None)
    """
    return dbm if dbm is not None and _WEAKEST_DBM < dbm < 0 else None


def noise_told(dbm: float | None) -> float | None:
    """A noise in dBm, as far as it says anything: one far below thermal noise would make any signal a good one.

    >>> noise_told(-95), noise_told(-127), noise_told(0)
    (-95, None, None)
    """
    return dbm if dbm is not None and _QUIETEST_DBM < dbm < 0 else None


def is_called(octets: bytes, name: str) -> bool:
    """Whether an SSID is the name that a person wrote, in either encoding of Chinese.

    >>> is_called("校园网".encode("gbk"), "校园网"), is_called(b"campus", "Campus")
    (True, False)
    """
    if octets == name.encode():
        return True
    try:
        return octets == name.encode("gbk")
    except UnicodeEncodeError:
        return False


def placed(frequency_mhz: float) -> tuple[Band | None, int | None]:
    """Band and channel of a frequency."""
    return band_of(frequency_mhz), channel_of(frequency_mhz)


def strongest_first(networks: Iterable[Heard]) -> list[Heard]:
    """In the order of their signal, then by address; those of which nothing is told last."""
    return sorted(
        networks,
        key=lambda one: (
            -(one.rssi_dbm if one.rssi_dbm is not None else (one.quality_percent or 0) / 2 - 150),
            one.bssid,
        ),
    )
