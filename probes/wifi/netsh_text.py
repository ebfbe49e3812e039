"""What ``netsh wlan show networks mode=bssid`` and ``show interfaces`` print (Windows), in whatever language. Pure.

Windows translates every label and its translators change them, but neither the order of the lines nor the values that
are names of standards. So lines are known by their place and their values: below ``SSID n`` come the type of network,
the authentication and the cipher; below ``BSSID n`` the signal (per cent), the radio (``802.11…``), the band (``…GHz``,
since Windows 11) and the channel (the first plain number), then the load (``109 (42 %)``) with the number of stations
before it. Colons may be full-width. Windows tells no dBm before 11 24H2, which writes a plain negative number.

Of an interface the first lines are its name, its description, its GUID and its address; once it is connected the name
and the BSSID of the network follow, and the authentication stands behind the radio. With Wi-Fi 7 the address is that of
the multi-link device, and a line for each link tells the access point's BSSID, dBm, channel, band and width.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import NamedTuple

from probes.kinds import Band
from probes.wifi.bssid import OCTET
from probes.wifi.channels import band_by_channel, frequency_of
from probes.wifi.elements import visible
from probes.wifi.heard import Heard, signal_told
from probes.wifi.security import canonical

_SSID = re.compile(rb"^\s*SSID\s*\d+\s*(?::|\xef\xbc\x9a|\xa3\xba)[ \t]?(.*)$")
_ADDRESS = rf"{OCTET}(?:[:-]{OCTET}){{5}}"
_BSSID = re.compile(rf"^\s*(?!SSID\s*\d)[^:：]*?\d+\s*[:：]\s*({_ADDRESS})\s*$")
SIGN = re.compile(rf"^[ \t]*(?!SSID)[^:：\n]*\d[ \t]*[:：][ \t]*{_ADDRESS}[ \t\r]*$", re.MULTILINE)
"""How a list is known: by an address with its number."""
_LINK = re.compile(
    rf"^\d+, *[^:,]+: *{_ADDRESS}, *[^:,]+: *({_ADDRESS}), *[^:,]+: *(-?\d+)[^,]*, *[^:,]+: *(\d+),"
    r" *[^:,]+: *(2[.,]4|5|6) *GHz, *[^:,]+: *(\d+)"
)
"""What stands behind the colon: number of the link, own and the access point's address, dBm, channel, band, width."""
_LINE = re.compile(r"^\s*([^:：]+?)\s*[:：]\s*(.*?)\s*$")
_PERCENT = re.compile(r"^(\d{1,3})\s*[%％]$")
_RADIO = re.compile(r"^802\.11\w*", re.IGNORECASE)
_BAND = re.compile(r"^(2[.,]4|5|6)\s*(?:GHz|吉赫)", re.IGNORECASE)
_LOAD = re.compile(r"^(\d{1,3})\s*[(（]\s*\d+\s*[%％]\s*[)）]$")
_DBM = re.compile(r"^(-\d{1,3})(?:\s*dBm)?$", re.IGNORECASE)
_JOINED = re.compile(rb"^\s*SSID\s*(?::|\xef\xbc\x9a|\xa3\xba)[ \t]?(.*)$")
_MAC = re.compile(rf"^{_ADDRESS}$")
_GUID = re.compile(r"^\{?([0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})\}?$")
_CIPHERS = ("CCMP", "GCMP", "TKIP", "WEP", "AES")
_ACCOUNT = re.compile(
    r"enterprise|802\.1x|企业|企業|unternehmen|empresa|entreprise|aziend|エンタープライズ|엔터프라이즈|предприят|kurumsal|bedrijf"
    r"|przedsiębior|företag|virksomhed|bedrift|yritys|podnik",
    re.IGNORECASE,
)
_SHARED = re.compile(
    r"personal|个人|個人|persönlich|personnel|personale|パーソナル|개인|личн|kişisel|persoonlijk|osobis|pessoal|personlig",
    re.IGNORECASE,
)
_KNOWN = {
    "gbk": ("身份验证", "加密", "信号", "频道", "信道", "通道", "无线", "网络", "接口", "速率", "个人", "企业", "开放"),
    "cp950": ("驗證", "加密", "訊號", "頻道", "通道", "無線", "網路", "介面", "速率", "個人", "企業", "開放"),
}
_AD_HOC = re.compile(r"^(?:ad[ -]?hoc|临时|特定|對等|对等|臨機操作|アド ?ホック)", re.IGNORECASE)
_COUNTED = re.compile(r"[)）]$|QoS")
"""Labels of plain numbers that are no channel: rates, which have a unit behind them, and flags."""
_CHANNEL = re.compile(r"channel|[ck]an[aá]l|信道|频道|頻道|通道|チャネル|채널|канал", re.IGNORECASE)
_FULL, _LAST_CHANNEL = 255, 233


@dataclass
class _Network:
    ssid: bytes
    said: list[str] = field(default_factory=list)
    ad_hoc: bool = False
    radios: list[_Radio] = field(default_factory=list)


@dataclass
class _Radio:
    bssid: str
    quality: float | None = None
    dbm: float | None = None
    radio: str = ""
    band: Band | None = None
    channel: int | None = None
    width: float | None = None
    stations: int | None = None
    used: float | None = None
    last_number: int | None = None


def networks(output: bytes) -> tuple[Heard, ...]:
    """The networks of netsh's list, as the octets that it printed: UTF-8, UTF-16, GBK or an OEM code page."""
    found: list[_Network] = []
    for raw, line in _lines(output):
        radio = _BSSID.match(line)
        name = None if radio is not None else _SSID.match(raw)
        if name is not None:
            found.append(_Network(visible(name[1])))
        elif found and radio is not None:
            found[-1].radios.append(_Radio(radio[1].lower().replace("-", ":")))
        elif found and (told := _LINE.match(line)) is not None:
            _take(found[-1], told[1], told[2])
    return tuple(_heard(network, radio) for network in found for radio in network.radios)


@dataclass(frozen=True, slots=True)
class Interface:
    """A wireless card, and the network that it is connected to; ``None`` where there is none.

    Over several links at once ``heard`` is the first of them, and ``also`` are the others.
    """

    name: str
    description: str
    guid: str
    heard: Heard | None
    also: tuple[Heard, ...] = ()


def interfaces(output: bytes) -> tuple[Interface, ...]:
    """The cards of netsh's ``show interfaces``."""
    lines = [_Line(raw, told[1], told[2]) for raw, line in _lines(output) if (told := _LINE.match(line))]
    heads = [at - 2 for at, one in enumerate(lines) if at >= 2 and (one.label == "GUID" or _GUID.match(one.value))]  # noqa: PLR2004  name, description
    if not heads:
        # Somebody left out what tells the computer.
        heads = [at for at, one in enumerate(lines) if _JOINED.match(one.raw)]
        return tuple(_interface([_NOTHING] * 4 + lines[at:end]) for at, end in pairwise([*heads, len(lines)]))
    return tuple(_interface(lines[at:end]) for at, end in pairwise([*heads, len(lines)]))


def in_octets(output: bytes) -> bytes:
    r"""Output as it was printed; what PowerShell redirected into a file as UTF-16 becomes UTF-8 again.

    >>> in_octets("SSID 1 : 校园".encode("utf-16")).decode()
    'SSID 1 : 校园'
    """
    if output[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return output.decode("utf-16", "replace").encode()
    if output[1:2] == b"\x00":
        return output.decode("utf-16-le", "replace").encode()
    return output.removeprefix(b"\xef\xbb\xbf")


def _lines(output: bytes) -> Iterator[tuple[bytes, str]]:
    """Each line as its octets and as words; what a console of Taiwan or Hong Kong printed becomes UTF-8 first."""
    octets = in_octets(output)
    if _is_traditional(octets):
        octets = octets.decode("cp950", "replace").encode()
    yield from ((line, decoded(line)) for line in octets.splitlines())


def _is_traditional(octets: bytes) -> bool:
    """Big5 is hardly ever impossible GBK, so it is known by more words that make sense."""
    try:
        octets.decode()
    except UnicodeDecodeError:
        counts = [sum(octets.count(word.encode(encoding)) for word in words) for encoding, words in _KNOWN.items()]
        return counts[1] > counts[0]
    return False


def decoded(octets: bytes) -> str:
    """A line as words; only values are looked at, so that a label in an unknown code page does no harm."""
    for encoding in ("utf-8", "gbk"):
        try:
            return octets.decode(encoding)
        except UnicodeDecodeError:
            continue
    return octets.decode("cp850", "replace")


class _Line(NamedTuple):
    raw: bytes
    label: str
    value: str


_NOTHING = _Line(b"", "", "")


def _interface(lines: Sequence[_Line]) -> Interface:
    name, description, guid = (one.value for one in lines[:3])
    network: _Network | None = None
    links: list[_Radio] = []
    for raw, label, value in lines[4:]:
        named, link = _JOINED.match(raw), _LINK.match(value)
        if named is not None and network is None:
            network = _Network(visible(named[1]))
        elif network is not None and _MAC.match(value) and not network.radios:
            network.radios.append(_Radio(value.lower().replace("-", ":")))
        elif link is not None:
            links.append(_link(link))
        elif network is not None and network.radios:
            radio = network.radios[0]
            if radio.radio and len(network.said) < 3:  # noqa: PLR2004  as below SSID: the type, the two that count
                network.said.append(value)
            # Behind the signal, which is the last that is told of the radio, a number is the name of a profile.
            if radio.quality is None or not value.isdigit() or _CHANNEL.search(label):
                _take(network, label, value)
            if radio.radio and not network.said:
                network.said.append(radio.radio)
    heard = [replace(_heard(network, one), joined=True) for one in links or network.radios] if network else []
    card = Interface(name, description, f"{{{guid.strip('{}').lower()}}}", None)
    return replace(card, heard=heard[0], also=tuple(heard[1:])) if heard else card


def _link(told: re.Match[str]) -> _Radio:
    address, dbm, channel, band, width = told.groups()
    return _Radio(
        address.lower().replace("-", ":"),
        dbm=float(dbm),
        band=_band(band),
        channel=int(channel),
        width=float(width),
    )


def _take(network: _Network, label: str, value: str) -> None:
    """What a line says, by its value."""
    if not network.radios:
        network.ad_hoc = network.ad_hoc or (not network.said and _AD_HOC.match(value) is not None)
        network.said.append(value)
        return
    radio = network.radios[-1]
    percent, load, band = _PERCENT.match(value), _LOAD.match(value), _BAND.match(value)
    if percent is not None and radio.quality is None:
        radio.quality = min(float(percent[1]), 100.0)
    elif _RADIO.match(value) and not radio.radio:
        radio.radio = value.lower()
    elif band is not None and radio.band is None:
        radio.band = _band(band[1])
    elif load is not None and radio.used is None:
        radio.used, radio.stations = round(min(int(load[1]), _FULL) / _FULL, 4), radio.last_number
    elif (dbm := _DBM.match(value)) is not None and radio.dbm is None:
        radio.dbm = float(dbm[1])
    elif value.isascii() and value.isdigit():
        if radio.channel is None and not _COUNTED.search(label) and 0 < int(value[:4]) <= _LAST_CHANNEL:
            radio.channel = int(value[:4])
        radio.last_number = int(value[:6])


def _band(written: str) -> Band:
    return "2.4" if written.startswith("2") else "5" if written == "5" else "6"


def _heard(network: _Network, radio: _Radio) -> Heard:
    # Without a line for the band Windows is older than its knowledge of 6 GHz.
    band = radio.band or (None if radio.channel is None else band_by_channel(radio.channel))
    return Heard(
        bssid=radio.bssid,
        ssid=network.ssid,
        band_ghz=band,
        channel=radio.channel,
        frequency_mhz=None if band is None or radio.channel is None else frequency_of(radio.channel, band),
        width_mhz=radio.width,
        rssi_dbm=signal_told(radio.dbm),
        quality_percent=radio.quality,
        security=canonical(_security(*[*network.said, "", "", ""][1:3])),
        station_count=radio.stations,
        utilisation_ratio=radio.used,
        ad_hoc=network.ad_hoc,
    )


def _security(authentication: str, cipher: str) -> Iterator[str]:
    """By the names of standards; what has neither such a name nor a cipher is open, whatever the language calls it."""
    words, ciphers = authentication.upper(), cipher.upper()
    if "TKIP" in ciphers:
        yield "TKIP"
    if "OWE" in words or "ENHANCED OPEN" in words or "增强" in words or "增強" in words:
        yield "OWE"
    elif "WAPI" in words:
        yield "WAPI-PSK" if "PSK" in words else "WAPI-certificate"
    elif "WPA" in words:
        generation = "WPA3" if "WPA3" in words else "WPA2" if "WPA2" in words else "WPA"
        if _ACCOUNT.search(authentication):
            yield f"{generation}-802.1X"
        elif _SHARED.search(authentication) or "SAE" in words or "PSK" in words:
            yield "WPA3-SAE" if generation == "WPA3" else f"{generation}-PSK"
    elif "WEP" in ciphers or "WEP" in words:
        yield "WEP"
    elif authentication and cipher and not any(one in ciphers for one in _CIPHERS):
        yield "open"
