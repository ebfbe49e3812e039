"""What macOS tells: ``system_profiler SPAirPortDataType -json``, and the ``airport -s`` of older systems. Pure.

Without permission for the location macOS leaves out BSSIDs, and newer versions write ``<redacted>`` for names.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from probes.kinds import Band
from probes.wifi.channels import band_by_channel, frequency_of
from probes.wifi.elements import visible
from probes.wifi.heard import Heard, noise_told, signal_told
from probes.wifi.security import canonical

REDACTED = frozenset({"<redacted>", "<SSID Redacted>"})
"""What stands for a name that is kept back: the second comes from the driver, in the output of older tools."""

Where = tuple[int | None, Band | None, float | None]
"""Channel, band, and width in MHz."""
Levels = tuple[float | None, float | None]
"""Signal and noise in dBm."""

_OTHERS, _CURRENT = "spairport_airport_other_local_wireless_networks", "spairport_current_network_information"
_CHANNEL = re.compile(r"^(\d+)(?:\s*\((\d)\s*GHz(?:,\s*(\d+)\s*MHz)?\))?")
_SIGNAL = re.compile(r"^(-?\d+)\s*dBm(?:\s*/\s*(-?\d+)\s*dBm)?")
_OCTETS = r"[0-9a-fA-FXx*]{1,2}(?::[0-9a-fA-FXx*]{1,2}){5}"
_SEEN = (
    r"(?P<rssi>-?\d{1,3}) +(?P<channel>\d{1,3})(?P<beside>,[+-]?\d+)? +(?P<ht>[YN]) +(?P<country>[A-Za-z0-9-]{2})"
    r" +(?P<security>\S.*?)\s*$"
)
# A name ends one blank before the 17 columns of the address; where blanks were changed, nobody knows how many end it.
_AIRPORT = (
    re.compile(rf"^ *(?P<ssid>.*?) (?P<bssid>(?={_OCTETS} | {{17}})[0-9a-fA-FXx*: ]{{17}}) {_SEEN}"),
    re.compile(rf"^ *(?P<ssid>.*?)(?: +|^)(?P<bssid>{_OCTETS})? +{_SEEN}"),
)
_SUITE = re.compile(r"(WPA3?|WPA2|RSN)\(([^/()]*)/([^/()]*)/?[^()]*\)")
AMONG_STATIONS = re.compile(r"ibss|ad.?hoc|computer.to.computer|对等|點對點|点对点", re.IGNORECASE)
_OPEN = frozenset({"none", "open", "无", "開放", "开放", "無"})
_ACCOUNT = re.compile(r"enterprise|802\.1x|eap|企业|企業")
_SHARED = re.compile(r"personal|transition|psk|sae|个人|個人|过渡")
_BANDS: Mapping[str, Band] = {"2": "2.4", "5": "5", "6": "6"}


def profiled(output: str | bytes) -> tuple[Heard, ...]:
    """The networks of ``system_profiler SPAirPortDataType -json``; none where it is no such document."""
    try:
        document = json.loads(output)
        cards = [card for one in document["SPAirPortDataType"] for card in one.get("spairport_airport_interfaces", ())]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return ()
    return of_cards(cards)


def of_cards(cards: Iterable[Any]) -> tuple[Heard, ...]:
    """The networks of the cards of ``system_profiler``."""
    found = (one for card in cards if isinstance(card, Mapping) for one in _of_card(card))
    # A card that is connected to nothing has a current network without name and channel.
    return tuple(one for one in found if one.ssid or one.bssid or one.channel is not None)


def listed(output: str) -> tuple[Heard, ...]:
    """The networks of ``airport -s``."""
    lines = [line.rstrip("\r") for line in output.split("\n")]
    found = (next(filter(None, (form.match(line) for form in _AIRPORT)), None) for line in lines)
    return tuple(_from_list(one) for one in found if one is not None)


def _of_card(card: Mapping[str, Any]) -> Iterator[Heard]:
    current = card.get(_CURRENT)
    if isinstance(current, Mapping):
        yield _network(current, joined=True)
    others = card.get(_OTHERS)
    for one in others if isinstance(others, list) else ():
        if isinstance(one, Mapping):
            yield _network(one, joined=False)


def _network(one: Mapping[str, Any], *, joined: bool) -> Heard:
    name = str(one.get("_name", ""))
    return network(
        channel(str(one.get("spairport_network_channel", ""))),
        signal(str(one.get("spairport_signal_noise", ""))),
        bssid=bssid(str(one.get("spairport_network_bssid", ""))),
        ssid=b"" if name in REDACTED else visible(name.encode("utf-8", "surrogatepass")),
        security=mode(str(one.get("spairport_security_mode", ""))),
        joined=joined,
        ad_hoc=AMONG_STATIONS.search(str(one.get("spairport_network_type", ""))) is not None,
    )


def network(where: Where, levels: Levels, **told: Any) -> Heard:
    """A network by its channel and its signal, and what else is told of it under the names of ``Heard``."""
    number, band, width = where
    return Heard(
        band_ghz=band,
        channel=number,
        frequency_mhz=None if number is None or band is None else frequency_of(number, band),
        width_mhz=width,
        rssi_dbm=levels[0],
        noise_dbm=levels[1],
        **told,
    )


def signal(written: str) -> Levels:
    """Signal and noise in dBm; 0 dBm is how the system says that it does not know.

    >>> signal("-57 dBm / -92 dBm"), signal("-61 dBm / 0 dBm"), signal("802.11ax")
    ((-57.0, -92.0), (-61.0, None), (None, None))
    """
    found = _SIGNAL.match(written)
    if found is None:
        return None, None
    level, noise = (None if one is None else float(one) for one in found.groups())
    return signal_told(level), noise_told(noise)


def channel(written: str) -> Where:
    """Number, band and width of ``36 (5GHz, 80MHz)``, of ``36,1``, and of a number alone."""
    found = _CHANNEL.match(written)
    if found is None:
        return None, None, None
    number = int(found[1])
    band = _BANDS.get(found[2] or "") or band_by_channel(number)
    width = float(found[3]) if found[3] else 40.0 if re.match(r"^\d+,[+-]1$", written) else None
    return number, band, width


def mode(written: str) -> str:
    """Security as ``spairport_security_mode_wpa2_personal_mixed`` and its kin, or the same in words or in Chinese.

    >>> mode("WPA2/WPA3 Personal"), mode("WPA2 企业级"), mode("wpa2-psk"), mode("无"), mode("802.11ax")
    ('WPA2-PSK+WPA3-SAE', 'WPA2-802.1X', 'WPA2-PSK', 'open', '')
    """
    said = written.lower().removeprefix("spairport_security_mode_").replace(" ", "_").replace("/", "_")
    if said in _OPEN:
        return "open"
    if "owe" in said or "enhanced_open" in said or "增强" in said:
        return "open+OWE" if "transition" in said or "过渡" in said else "OWE"
    if said.startswith(("wep", "dynamic_wep", "static_wep")):
        return "WEP"
    if not said.startswith("wpa"):
        return ""
    kind = "802.1X" if _ACCOUNT.search(said) else "PSK" if _SHARED.search(said) else ""
    if not kind:
        return ""
    words = [f"{one.upper()}-{kind}" for one in re.findall(r"wpa[23]?", said)]
    if "mixed" in said or "混合" in said:
        words += [f"WPA-{kind}", f"WPA2-{kind}"]
    if "transition" in said or "过渡" in said:
        words += [f"WPA2-{kind}", f"WPA3-{kind}"]
    return canonical("WPA3-SAE" if one == "WPA3-PSK" else one for one in words)


def _from_list(found: re.Match[str]) -> Heard:
    number = int(found["channel"])
    band = band_by_channel(number)
    return Heard(
        bssid=bssid((found["bssid"] or "").strip()),
        ssid=b"" if found["ssid"].strip() in REDACTED else visible(found["ssid"].encode("utf-8", "surrogateescape")),
        band_ghz=band,
        channel=number,
        frequency_mhz=None if band is None else frequency_of(number, band),
        width_mhz={None: None, ",+1": 40.0, ",-1": 40.0}.get(found["beside"], 80.0),
        rssi_dbm=signal_told(float(found["rssi"])),
        security=_suites(found["security"]) or mode(found["security"]),
    )


def _suites(written: str) -> str:
    if written == "NONE":
        return "open"
    words: list[str] = ["WEP"] if written.startswith("WEP") else []
    for generation, managed, ciphers in _SUITE.findall(written):
        number = "WPA2" if generation == "RSN" else generation
        for one in managed.upper().split(","):
            if "SAE" in one:
                words.append("WPA3-SAE")
            elif "OWE" in one:
                words.append("OWE")
            elif "PSK" in one:
                words.append("WPA3-SAE" if number == "WPA3" else f"{number}-PSK")
            elif "802.1X" in one or "EAP" in one:
                words.append(f"{number}-802.1X")
        words += ["TKIP"] if "TKIP" in ciphers.upper() else []
    return canonical(words)


def bssid(written: str) -> str:
    """An address, of which macOS leaves out leading zeros; empty for what is none.

    >>> bssid("0:25:9e:a:30:A0"), bssid("<redacted>")
    ('00:25:9e:0a:30:a0', '')
    """
    parts = written.lower().split(":")
    return ":".join(f"{one:0>2}" for one in parts) if len(parts) == 6 else ""  # noqa: PLR2004  octets of an address
