"""What macOS prints for people: ``system_profiler SPAirPortDataType``, ``wdutil info``, ``airport -I``, CoreWLAN. Pure.

``system_profiler`` is translated: what a line says is known by its value, a network by the lines below its name.
``wdutil`` and ``airport -I`` tell of the network that the card is connected to, and nothing else; a CoreWLAN network is
what ``CWNetwork`` prints as its description.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile

from probes.kinds import Band
from probes.wifi.elements import visible
from probes.wifi.heard import Heard, noise_told, signal_told
from probes.wifi.macos_text import AMONG_STATIONS, REDACTED, Where, bssid, channel, mode, network, signal

_CURRENT = re.compile(r"current|当前|目前|現在", re.IGNORECASE)
_MAC = re.compile(r"^[0-9A-Fa-fXx*]{1,2}(?::[0-9A-Fa-fXx*]{1,2}){5}$")
_PAIR = re.compile(r"^\s*([^:：]+?)\s*[:：]\s?(.*?)\s*$")
_COMPACT = re.compile(r"^([256])g(\d+)/(\d+)")
_CHANNEL = re.compile(r"^\d+ \(\d\s*GHz(?:, \d+\s*MHz)?\)$")
_CORE = re.compile(
    r"<CWNetwork: [^>]*> \[ssid=(?P<ssid>.*?), bssid=(?P<bssid>[^,]*), security=(?P<security>.*?),"
    r" rssi=(?P<rssi>-?\d+), channel=<CWChannel: [^>]*> \[channelNumber=(?P<number>\d+)\((?P<band>\d)GHz\),"
    r" channelWidth=\{(?P<width>\d+)MHz\}\]"
)
_BANDS: Mapping[str, Band] = {"2": "2.4", "5": "5", "6": "6"}
_NAMELESS = REDACTED | {"", "None", "(null)", "<hidden>"}


def profiled(output: str) -> tuple[Heard, ...]:
    """The networks of ``system_profiler SPAirPortDataType`` without ``-json``, in whatever language."""
    lines = [line.rstrip("\r") for line in output.split("\n") if line.strip()]
    return tuple(_profiled(lines))


def described(output: str) -> tuple[Heard, ...]:
    """The networks that CoreWLAN describes."""
    return tuple(
        _heard(
            {"ssid": one["ssid"], "bssid": one["bssid"], "security": one["security"], "rssi": one["rssi"]},
            (int(one["number"]), _BANDS.get(one["band"]), float(one["width"])),
        )
        for one in _CORE.finditer(output)
    )


def connected(output: str) -> tuple[Heard, ...]:
    """The network that ``wdutil info`` or ``airport -I`` say the card is connected to, if to any."""
    told: dict[str, str] = {}
    for line in output.split("\n"):
        found = _PAIR.match(line)
        if found is not None:
            # Blanks at the ends of a name are its own.
            key = found[1].lower()
            told.setdefault(key, line[found.start(2) :].rstrip("\r") if key == "ssid" else found[2])
    rssi, noise = told.get("rssi", told.get("agrctlrssi", "")), told.get("noise", told.get("agrctlnoise", ""))
    if not re.match(r"-\d", rssi):
        return ()
    security = told.get("security") or told.get("link auth", "")
    if security in {"wpa", "wpa2", "wpa3"}:
        security += " enterprise"  # how airport calls it, which says psk or sae otherwise
    said = {
        "ssid": told.get("ssid", ""),
        "bssid": told.get("bssid", ""),
        "security": security,
        "rssi": rssi,
        "noise": noise,
    }
    return (_heard(said, _where(told.get("channel", "")), joined=True),)


def _profiled(lines: Sequence[str]) -> Iterator[Heard]:
    """A network is a line with nothing but a name and a colon, and lines of one depth below it, one with a channel."""
    section = ""
    for at, line in enumerate(lines):
        if not line.endswith((":", "：")):
            continue
        below = _below(lines, at)
        values = [found[2] for one in below if (found := _PAIR.match(one)) is not None]
        told = next((one for one in values if _CHANNEL.match(one)), None)
        if told is None:
            section = line if not values else section
            continue
        # The name begins two columns before what is said of the network, so that blanks in it are not lost.
        name = line[max(_depth(below[0]) - 2, 0) : -1]
        yield network(
            channel(told),
            next((levels for value in values if (levels := signal(value))[0] is not None), (None, None)),
            bssid=next((bssid(one) for one in values if _MAC.match(one)), ""),
            ssid=_name(name),
            security=next((words for one in values if (words := mode(one))), ""),
            joined=bool(_CURRENT.search(section)),
            ad_hoc=any(AMONG_STATIONS.search(one) for one in values),
        )


def _below(lines: Sequence[str], at: int) -> list[str]:
    """What is said of a name: the lines of one depth behind it; a name that begins with blanks may stand as deep."""
    behind = lines[at + 1 :]
    deep = _depth(behind[0]) if behind else 0
    if deep > _depth(lines[at]) + 2:
        return []
    return list(takewhile(lambda line: _depth(line) == deep and not line.endswith((":", "：")), behind))


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _where(written: str) -> Where:
    """``5g44/40`` of newer systems, ``44 (5GHz, 40MHz)`` and ``48,80`` of older ones."""
    compact = _COMPACT.match(written)
    if compact is not None:
        return int(compact[2]), _BANDS[compact[1]], float(compact[3])
    number, band, width = channel(written.partition(",")[0] if "(" not in written else written)
    beside = re.match(r"^\d+,(\d+)$", written)
    if beside is not None:
        # The width in MHz, or on which side of the channel a second one lies.
        width = float(beside[1]) if int(beside[1]) >= 20 else 40.0  # noqa: PLR2004  the narrowest
    return number, band, width


def _heard(said: Mapping[str, str], where: Where, *, joined: bool = False) -> Heard:
    rssi, noise = (
        float(found[0]) if (found := re.match(r"-\d+", said.get(one, ""))) else None for one in ("rssi", "noise")
    )
    name = said["ssid"].strip("\"'") if said["ssid"][:1] in {'"', "'"} else said["ssid"]
    told = {"bssid": bssid(said["bssid"]), "ssid": _name(name), "security": mode(said["security"])}
    return network(where, (signal_told(rssi), noise_told(noise)), **told, joined=joined)


def _name(shown: str) -> bytes:
    return b"" if shown in _NAMELESS else visible(shown.encode("utf-8", "surrogateescape"))
