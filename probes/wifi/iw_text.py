r"""What ``iw`` prints (Linux, nl80211): scans, channel surveys, links and interfaces. Pure.

``iw`` writes every octet of an SSID that is not printable ASCII, and the backslash, as ``\xNN``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from probes.wifi.bssid import ADDRESS
from probes.wifi.channels import channel_of, frequency_of
from probes.wifi.elements import visible
from probes.wifi.heard import Heard, noise_told, placed, signal_told
from probes.wifi.security import canonical, wapi

_BSS = re.compile(rf"^\s*BSS ({ADDRESS})(?![0-9A-Fa-f:])(.*)$")
_ELEMENT = re.compile(r"^([A-Za-z][^:*]*):\s?(.*)$")
_ITEM = re.compile(r"^\*?\s*([A-Za-z][^:]*):\s?(.*)$")
_ESCAPE = re.compile(rb"\\x([0-9a-fA-F]{2})")
_AKM = re.compile(r"(?:FT/)?IEEE 802\.1X(?:/\S+)?|(?:FT/)?FILS/\S+|[0-9a-f]{2}(?:-[0-9a-f]{2}){2}:\d+|\S+")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
# iw writes the fraction of a negative number with a sign of its own: “-65.-50 dBm”.
_SIGNAL = re.compile(r"(-?)(\d+)\.-?(\d+) dBm|(-?\d+) dBm")
_LINK = re.compile(rf"^\s+Link \d+ BSSID ({ADDRESS})")
_PROTECTED = "Privacy"
_CONTIGUOUS_160 = 8

# In WPA3's compatibility mode the RSN element is for older devices, and newer ones heed what overrides it.
_GENERATIONS = {"WPA": "WPA", "RSN": "WPA2", "RSN Element Override": "WPA2", "RSN Element Override 2": "WPA2"}

# How iw calls the suites, and those that its version does not know by their numbers.
_SUITES: Mapping[str, str] = {
    "PSK": "PSK",
    "PSK/SHA-256": "PSK",
    "FT/PSK": "PSK",
    "00-0f-ac:19": "PSK",
    "00-0f-ac:20": "PSK",
    "FT/PSK/SHA-384": "PSK",
    "PSK/SHA-384": "PSK",
    "SAE": "WPA3-SAE",
    "FT/SAE": "WPA3-SAE",
    "00-0f-ac:8": "WPA3-SAE",
    "00-0f-ac:9": "WPA3-SAE",
    "00-0f-ac:24": "WPA3-SAE",
    "00-0f-ac:25": "WPA3-SAE",
    "SAE-EXT-KEY": "WPA3-SAE",
    "FT/SAE-EXT-KEY": "WPA3-SAE",
    "SAE/GROUP-DEPEND": "WPA3-SAE",
    "FT/SAE/GROUP-DEPEND": "WPA3-SAE",
    "OWE": "OWE",
    "00-0f-ac:18": "OWE",
    "DPP": "DPP",
    "50-6f-9a:2": "DPP",
    "00-0f-ac:1": "802.1X",
    "00-0f-ac:2": "PSK",
    "00-0f-ac:3": "802.1X",
    "00-0f-ac:4": "PSK",
    "00-0f-ac:5": "802.1X",
    "00-0f-ac:6": "PSK",
    "00-0f-ac:11": "WPA3-802.1X",
    "00-0f-ac:12": "WPA3-802.1X",
    "00-0f-ac:13": "WPA3-802.1X",
    "00-0f-ac:14": "802.1X",
    "00-0f-ac:15": "802.1X",
    "OSEN": "802.1X",
    "50-6f-9a:1": "802.1X",
    "00-0f-ac:22": "WPA3-802.1X",
    "00-0f-ac:23": "WPA3-802.1X",
}


@dataclass
class _Bss:
    bssid: str
    joined: bool
    plain: dict[str, str] = field(default_factory=dict)
    sections: dict[str, dict[str, str]] = field(default_factory=dict)


def scan(output: str) -> tuple[Heard, ...]:
    """The networks of ``iw dev … scan`` or ``iw dev … scan dump``; what is cut off at the end keeps what it says."""
    return tuple(_heard(one) for one in _blocks(output))


def noise(output: str) -> dict[int, float]:
    """Of ``iw dev … survey dump``: the noise in dBm by frequency in MHz, where the driver tells it."""
    found: dict[int, float] = {}
    frequency: int | None = None
    for line in _lines(output):
        key, _, value = (part.strip() for part in line.partition(":"))
        number = _number(value)
        if key == "frequency":
            frequency = None if number is None else round(number)
        elif key == "noise" and frequency is not None and number is not None:
            told = noise_told(number)
            if told is not None:
                found[frequency] = told
    return found


def with_noise(networks: Iterable[Heard], noise: Mapping[int, float]) -> tuple[Heard, ...]:
    """Networks with the noise of their channels, as far as the driver tells it."""
    return tuple(
        one
        if one.frequency_mhz is None or one.noise_dbm is not None
        else replace(one, noise_dbm=noise.get(round(one.frequency_mhz)))
        for one in networks
    )


def interfaces(output: str) -> Iterator[tuple[str, str, str]]:
    """Of ``iw dev``: each interface with its phy and its type."""
    phy, name = "", ""
    for line in _lines(output):
        words = line.split()
        if line.startswith("phy#"):
            phy = "phy" + line[4:].strip()
        elif words[:1] == ["Interface"] and len(words) > 1:
            name = words[1]
        elif words[:1] == ["type"] and name:
            yield name, phy, " ".join(words[1:])
            name = ""


def usable(output: str) -> list[int]:
    """Of ``iw phy … channels`` or ``iw phy … info``: the frequencies that may be used."""
    found = re.findall(r"^\s*\* (\d{4})(?:\.\d+)? MHz \[\d+\](?!.*disabled)", output, re.MULTILINE)
    return list(dict.fromkeys(int(one) for one in found))


def joined(output: str) -> str | None:
    """Of ``iw dev … link``: the BSSID of the access point that the card is connected to."""
    found = re.search(rf"^\s*Connected to ({ADDRESS})", output, re.MULTILINE)
    return found[1].lower() if found else None


def link(output: str) -> tuple[Heard, ...]:
    """Of ``iw dev … link``: the network that the card is connected to, each of its links by itself.

    Over several links the signal is told of all of them together, and so of none.
    """
    address = joined(output)
    if address is None:
        return ()
    name, signal, links = "", "", [(address, "")]
    for line in _lines(output):
        key, _, value = line.lstrip().partition(": ")
        part = _LINK.match(line)
        if part is not None:
            links = [*(one for one in links if one[0] != address or one[1]), (part[1].lower(), "")]
        elif key == "freq":
            links[-1] = (links[-1][0], value)
        elif key == "SSID":
            name = name or value
        elif key == "signal":
            signal = value
    return tuple(_linked(one, frequency, ssid(name), _dbm(signal) if len(links) == 1 else None)
                 for one, frequency in links)  # fmt: skip


def _linked(address: str, frequency: str, name: bytes, dbm: float | None) -> Heard:
    mhz = _number(frequency)
    band, channel = (None, None) if mhz is None else placed(mhz)
    return Heard(address, name, band, channel, mhz, rssi_dbm=dbm, joined=True)


def ssid(written: str) -> bytes:
    r"""The octets of an SSID as iw writes it.

    >>> ssid(r"\xe6\xa0\xa1 A\x5cb").decode(), ssid(r"\x00\x00\x00")
    ('校 A\\b', b'')
    """
    octets = _ESCAPE.sub(lambda found: bytes([int(found[1], 16)]), written.encode("utf-8", "surrogateescape"))
    return visible(octets)


def _lines(output: str) -> list[str]:
    """Lines end where iw ends them, and not at what else Unicode has for it: names and texts come from strangers."""
    return [line.rstrip("\r") for line in output.split("\n")]


def _blocks(output: str) -> Iterator[_Bss]:
    """Cut into networks, elements, and the items below an element, by their indentation."""
    bss: _Bss | None = None
    outer, section = 0, ""
    for line in _lines(output):
        head = _BSS.match(line)
        if head is not None:
            if bss is not None:
                yield bss
            joined = head[2].rstrip().endswith(("-- associated", "-- joined"))
            bss, outer, section = _Bss(head[1].lower(), joined), 0, ""
            continue
        words = line.strip()
        if bss is None or not words:
            continue
        depth = len(line) - len(line.lstrip())
        outer = outer or depth
        if depth <= outer and not words.startswith("*"):
            section = _element(bss, line.lstrip())
        elif section:
            _item(bss, section, words)
    if bss is not None:
        yield bss


def _element(bss: _Bss, line: str) -> str:
    found = _ELEMENT.match(line)
    if found is None:
        return ""
    name, rest = found[1].strip(), found[2]
    # Of a beacon and a probe response the first says it all, but that a beacon may hide the name.
    if name == "SSID" and visible(ssid(bss.plain.get(name, ""))):
        return name
    if name == "last seen" and "ms ago" not in rest:
        return name
    bss.plain[name] = rest
    bss.sections.setdefault(name, {})
    if rest.strip().startswith("*"):
        _item(bss, name, rest.strip())
    return name


def _item(bss: _Bss, section: str, words: str) -> None:
    found = _ITEM.match(words)
    if found is not None:
        bss.sections.setdefault(section, {}).setdefault(found[1].strip(), found[2].strip())


def _heard(bss: _Bss) -> Heard:
    frequency = _number(bss.plain.get("freq", ""))
    channel = _number(bss.plain.get("DS Parameter set", "").replace("channel", ""))
    if frequency is None and channel is not None:
        frequency = frequency_of(int(channel), "2.4")
    band, by_frequency = (None, None) if frequency is None else placed(frequency)
    signal, load = bss.plain.get("signal", ""), bss.sections.get("BSS Load", {})
    stations, used = _number(load.get("station count", "")), load.get("channel utilisation", "")
    return Heard(
        bssid=bss.bssid,
        ssid=ssid(bss.plain.get("SSID", "")),
        band_ghz=band,
        channel=by_frequency if by_frequency is not None else channel_of(frequency) if frequency else None,
        frequency_mhz=frequency,
        width_mhz=_width(bss),
        rssi_dbm=_dbm(signal),
        # A driver without a calibrated scale tells parts of a hundred.
        quality_percent=_number(signal) if "/100" in signal else None,
        security=_security(bss),
        age_ms=_number(bss.plain.get("last seen", "")),
        station_count=None if stations is None else int(stations),
        utilisation_ratio=_ratio(used),
        joined=bss.joined,
        ad_hoc="IBSS" in bss.plain.get("capability", "").split() or "MESH ID" in bss.plain,
    )


def _dbm(signal: str) -> float | None:
    found = _SIGNAL.match(signal.strip())
    return None if found is None else signal_told(float(found[4] or f"{found[1]}{found[2]}.{found[3]}"))


def _security(bss: _Bss) -> str:
    words: list[str] = []
    for section, generation in _GENERATIONS.items():
        if section not in bss.plain:
            continue
        items = bss.sections[section]
        # iw always tells them, unless the element is malformed or the output was cut off: then nothing is known.
        for suite in _AKM.findall(items.get("Authentication suites", "")):
            name = _SUITES.get(suite, "802.1X" if "802.1X" in suite or "FILS" in suite else "")
            if "SUITE-B" in suite or (suite.endswith("SHA-384") and "802.1X" in suite):
                name = "WPA3-802.1X"
            words.append(f"{generation}-{name}" if name in {"PSK", "802.1X"} else name)
        if "TKIP" in items.get("Pairwise ciphers", ""):
            words.append("TKIP")
    words += wapi(_octets(bss.plain.get("Unknown IE (68)", "")))
    if not words and "RSN" not in bss.plain and "WPA" not in bss.plain:
        capability = bss.plain.get("capability")
        return "" if capability is None else "WEP" if _PROTECTED in capability.split() else "open"
    return canonical(words)


def _octets(written: str) -> bytes:
    try:
        return bytes.fromhex(written)
    except ValueError:
        return b""


def _width(bss: _Bss) -> float | None:
    for standard in ("EHT Oper", "HE Oper"):
        section = next((items for name, items in bss.sections.items() if name.startswith(standard)), {})
        widths = [float(one) for one in re.findall(r"\d+", section.get("Channel Width", ""))]
        if widths:
            return max(widths)  # “80+80 or 160 MHz”
    vht = bss.sections.get("VHT operation", {})
    told = re.search(r"\((\d+)(?:\+\d+)? MHz\)", vht.get("channel width", ""))
    if told is not None:
        first, second = (_number(vht.get(f"center freq segment {n}", "")) for n in (1, 2))
        doubled = bool(second) and abs((second or 0) - (first or 0)) == _CONTIGUOUS_160
        return 160.0 if doubled else float(told[1])
    ht = bss.sections.get("HT operation")
    if ht is None:
        return None
    return 40.0 if ht.get("secondary channel offset") in {"above", "below"} else 20.0


def _ratio(words: str) -> float | None:
    found = re.match(r"(\d+)/(\d+)", words)
    return round(int(found[1]) / int(found[2]), 4) if found and 0 <= int(found[1]) <= int(found[2]) > 0 else None


def _number(words: str) -> float | None:
    found = _NUMBER.match(words.strip())
    return float(found[0]) if found else None
