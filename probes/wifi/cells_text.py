"""What ``iwlist scan`` (wireless-tools) and ``iwinfo scan`` (OpenWrt) print: a cell for each network. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from probes.wifi.bssid import ADDRESS
from probes.wifi.channels import band_by_channel
from probes.wifi.elements import read, visible
from probes.wifi.heard import Heard, noise_told, placed, signal_told
from probes.wifi.iw_text import ssid
from probes.wifi.security import canonical

SIGN = re.compile(rf"^\s*Cell \d+ - Address: ?({ADDRESS})", re.MULTILINE)
"""How the first line of a cell reads."""

_NAME = re.compile(r'^\s*ESSID: ?(?:"(.*)"|unknown|off/any|<hidden>)\s*$', re.MULTILINE)
_FREQUENCY = re.compile(r"Frequency: ?(\d+(?:\.\d+)?) GHz")
_CHANNEL = re.compile(r"Channel: ?(\d{1,3})\b")
_SIGNAL = re.compile(r"Signal(?: level)?[:=] ?(-\d+) dBm")
_SHARE = re.compile(r"Signal level[:=] ?(\d+)/100")
_NOISE = re.compile(r"Noise level[:=] ?(-\d+) dBm")
_AGE = re.compile(r"Last beacon: ?(\d+) ?ms ago")
_AMONG_STATIONS = re.compile(r"Mode: ?(?:Ad-Hoc|Mesh)|Extra: ?Mesh Network")
_ELEMENT = re.compile(r"IE: Unknown: ((?:[0-9A-Fa-f]{2})+)")
_SUITES = re.compile(r"IE: (?:IEEE 802\.11i/(WPA2)|(WPA)) Version \d+(.*?)(?=IE: |\Z)", re.DOTALL)
_MANAGED = re.compile(r"Authentication Suites \(\d+\) : (.*)")
_ENCRYPTION = re.compile(r"^([ \t]*)Encryption: (.*)$", re.MULTILINE)
# What iwinfo is since OpenWrt has it in ucode: it names the suites of the RSN element alone, and no generation.
_BY_SUITE = re.compile(r"NONE$|802\.1x|SAE|OWE|FT |FILS|WPA PSK[2-]|.* / ")
_INDENTED = re.compile(r"^(?:\t\t| {16})Primary Channel", re.MULTILINE)
# What wireless-tools does not know it calls by the number of its suite.
_NUMBERS = {"8": "WPA3-SAE", "9": "WPA3-SAE", "18": "OWE", "24": "WPA3-SAE", "12": "WPA3-802.1X"}


def networks(output: str) -> tuple[Heard, ...]:
    """The networks of all cells."""
    cells = list(SIGN.finditer(output))
    ends = [one.start() for one in cells[1:]] + [len(output)]
    return tuple(_heard(one[1], output[one.end() : end]) for one, end in zip(cells, ends, strict=True))


def _heard(address: str, whole: str) -> Heard:
    name = _NAME.search(whole)
    # The name is a stranger's, and says nothing but itself.
    said = whole if name is None else whole[: name.start()] + whole[name.end() :]
    frequency = _number(_FREQUENCY, said)
    mhz = None if frequency is None else float(round(frequency * 1000))
    band, channel = (None, None) if mhz is None else placed(mhz)
    told = _number(_CHANNEL, said)
    if band is None and told is not None:
        channel, band = int(told), band_by_channel(int(told))
    # What iwlist does not know it shows as it was sent.
    beside = read(b"".join(map(bytes.fromhex, _ELEMENT.findall(said))), privacy="Encryption key:on" in said)
    return Heard(
        bssid=address.lower(),
        ssid=b"" if name is None or name[1] is None else visible(ssid(name[1])),
        band_ghz=band,
        channel=channel,
        frequency_mhz=mhz,
        rssi_dbm=signal_told(_number(_SIGNAL, said)),
        noise_dbm=noise_told(_number(_NOISE, said)),
        quality_percent=_number(_SHARE, said),
        width_mhz=beside.width_mhz,
        security=_security(said, beside.security),
        age_ms=_number(_AGE, said),
        station_count=beside.station_count,
        utilisation_ratio=beside.utilisation_ratio,
        ad_hoc=_AMONG_STATIONS.search(said) is not None,
    )


def _security(said: str, beside: str) -> str:
    """What is said of it in words, and what the elements say that are shown as they were sent."""
    encryption = _ENCRYPTION.search(said)
    if encryption is not None:
        indent, shown = encryption.groups()
        by_suite = "\t" in indent or _BY_SUITE.match(shown) or _INDENTED.search(said)
        return canonical(_of_suites(shown) if by_suite else _in_words(shown))
    words: list[str] = []
    told = _SUITES.findall(said)
    for newer, older, body in told:
        managed = _MANAGED.search(body)
        words += _suites(newer or older, managed[1].split() if managed else ())
        words += ["TKIP"] if re.search(r"Pairwise Ciphers .*TKIP", body) else []
    # Without an element for it, security is what the bit for privacy says.
    by_bit = beside in {"open", "WEP"}
    if by_bit and "Encryption key:" not in said:
        return canonical(words)
    return canonical(words if by_bit and told else [*words, *beside.split("+")])


def _suites(generation: str, managed: Sequence[str]) -> Iterator[str]:
    for one in managed:
        number = one.strip("()")
        yield _NUMBERS.get(number, "")
        yield f"{generation}-PSK" if "PSK" in one else f"{generation}-802.1X" if "802.1" in one else ""


def _in_words(encryption: str) -> Iterator[str]:
    """Such as ``mixed WPA2/WPA3 PSK/SAE (CCMP)``."""
    words = set(re.split(r"[\s/(),]+", encryption))
    kind = "802.1X" if "802.1X" in words else "PSK" if "PSK" in words else ""
    yield from (f"{one}-{kind}" for one in ("WPA", "WPA2") if kind and one in words)
    yield "WPA3-SAE" if "SAE" in words else "WPA3-802.1X" if {"WPA3", "802.1X"} <= words else ""
    yield from (one for one in ("OWE", "WEP", "TKIP") if one in words)
    yield "open" if "none" in words else ""


def _of_suites(words: str) -> Iterator[str]:
    """Such as ``WPA PSK / SAE (CCMP)``, where the first is WPA2; ``NONE`` may as well be WEP or WPA, which it skips."""
    suites, _, ciphers = words.partition(" (")
    for one in suites.split(" / "):
        if "802.1x" in one or "FILS" in one:
            yield "WPA3-802.1X" if re.search(r"802\.1x-(?:192bit|SHA384)", one) else "WPA2-802.1X"
        else:
            yield "WPA2-PSK" if "PSK" in one else "WPA3-SAE" if "SAE" in one else one
    yield "TKIP" if "TKIP" in ciphers else ""


def _number(pattern: re.Pattern[str], said: str) -> float | None:
    found = pattern.search(said)
    return None if found is None else float(found[1])
