"""Who answers a question put to all: mDNS (RFC 6762), SSDP (UPnP 1.1) and WS-Discovery (ONVIF).

One packet each, asked twice since nobody repeats it; replies come to a port of our own, so nothing has to be bound that
the system uses. What comes back is untrusted: bounded, parsed by hand, and counted only from addresses of the area.
"""

from __future__ import annotations

import re
import select
import socket
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from time import monotonic
from urllib.parse import urlsplit
from uuid import uuid4

from probes.discovery.doors import fragile_ports, get
from probes.discovery.interface import Interface
from probes.discovery.pace import Pacer
from probes.discovery.words import said

WAIT_S = 2.5
MOST_PACKETS = 4000
MOST_FROM_ONE = 40

_MDNS, _SSDP, _WSD = ("224.0.0.251", 5353), ("239.255.255.250", 1900), ("239.255.255.250", 3702)
_PTR, _TXT, _SRV, _IN = 12, 16, 33, 1
_HEADER, _RECORD = struct.Struct(">HHHHHH"), struct.Struct(">HHIH")
_SERVICES = (
    "_services._dns-sd._udp",
    "_ipp._tcp",
    "_printer._tcp",
    "_airplay._tcp",
    "_googlecast._tcp",
    "_workstation._tcp",
    "_smb._tcp",
    "_device-info._tcp",
    "_rtsp._tcp",
    "_http._tcp",
)
_SERVICE = re.compile(r"(?i)^(?:(?P<name>.{1,80})\.)?(?P<type>_[a-z0-9-]{1,20}\._(?:tcp|udp))\.local$")
_MODEL = re.compile(r"(?i)^(?:model|md|ty|product)=(.{1,100})")

Sign = tuple[str, str]
"""A protocol with what it told: ``("mdns", "_ipp._tcp")``, ``("name", "…")``, ``("model", "…")``."""


@dataclass(frozen=True, slots=True)
class Told:
    """What one host told of itself."""

    host: str
    sign: Sign


def ask_all(interface: Interface, inside: Callable[[str], bool], pacer: Pacer) -> list[Told]:
    """All three questions on one card; blocking, about three seconds. ``inside`` tells which addresses count."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
        try:
            wire.bind((interface.address, 0))
            wire.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(interface.address))
            # Not beyond the segment, whatever routers are told.
            wire.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 1)
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 * 1024 * 1024)
        except OSError:
            return []
        wire.settimeout(0)
        found: dict[Told, None] = {}
        count: dict[str, int] = {}
        for _ in range(2):
            for group, packet in _questions():
                pacer.take(group[0], "multicast")
                try:
                    wire.sendto(packet, group)
                except OSError:
                    continue  # no way to that group from here
            for host, packet in _packets(wire, monotonic() + WAIT_S / 2):
                if not inside(host):
                    continue
                for sign in _read(packet):
                    told = Told(host, sign)
                    if told not in found and count.get(host, 0) < MOST_FROM_ONE:
                        found[told] = None
                        count[host] = count.get(host, 0) + 1
    return _described(list(found), pacer)


def _questions() -> Iterator[tuple[tuple[str, int], bytes]]:
    questions = b"".join(_encoded(f"{name}.local") + struct.pack(">HH", _PTR, _IN) for name in _SERVICES)
    yield _MDNS, _HEADER.pack(0, 0, len(_SERVICES), 0, 0, 0) + questions
    search = (
        "M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\n"
        'MAN: "ssdp:discover"\r\nMX: 1\r\nST: ssdp:all\r\nUSER-AGENT: campus-auditor\r\n\r\n'
    )
    yield _SSDP, search.encode()
    yield _WSD, _WSD_PROBE.format(id=uuid4()).encode()


_WSD_PROBE = (
    '<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" '
    'xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" '
    'xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"><s:Header><a:Action>'
    "http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</a:Action><a:MessageID>urn:uuid:{id}</a:MessageID>"
    "<a:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To></s:Header><s:Body><d:Probe/></s:Body></s:Envelope>"
)


def _packets(wire: socket.socket, until: float) -> Iterator[tuple[str, bytes]]:
    for _ in range(MOST_PACKETS):
        left = until - monotonic()
        if left <= 0 or not select.select([wire], [], [], left)[0]:
            return
        try:
            packet, peer = wire.recvfrom(9000)
        except OSError:
            continue
        yield peer[0], packet


def _read(packet: bytes) -> Iterator[Sign]:
    """The signs in a reply of any of the three, told apart by their first bytes."""
    if packet[:5] == b"HTTP/":
        yield from _ssdp(packet)
    elif packet.lstrip()[:1] == b"<":
        yield from _wsd(packet)
    else:
        yield from mdns_signs(packet)


def _ssdp(packet: bytes) -> Iterator[Sign]:
    headers = dict(re.findall(r"(?im)^([a-z-]{1,20}):[ \t]*([^\r\n]{1,300})", packet[:4000].decode("utf-8", "replace")))
    headers = {key.lower(): value for key, value in headers.items()}
    if device := re.search(r"urn:[\w.-]{1,64}:device:([\w-]{1,40})", headers.get("st", "")):
        yield "ssdp", device[1]
    if server := headers.get("server"):
        yield "ssdp-server", said(server, 80)
    if location := headers.get("location"):
        yield "ssdp-location", location


def _wsd(packet: bytes) -> Iterator[Sign]:
    words = packet[:8000].decode("utf-8", "replace")
    if "ProbeMatch" not in words:
        return
    for type_ in re.findall(r"\b(?:\w{1,12}:)?(NetworkVideoTransmitter|Device|Computer|PrintDeviceType)\b", words):
        yield "wsd", type_
    for scope, value in re.findall(r"onvif://www\.onvif\.org/(name|hardware)/([^\s<]{1,100})", words):
        yield ("name" if scope == "name" else "model"), said(value, 80)


def mdns_signs(packet: bytes) -> Iterator[Sign]:
    """Services, names and models in an mDNS reply; nothing from a damaged one beyond the damage."""
    try:
        _, _, questions, *counts = _HEADER.unpack_from(packet)
        at = _HEADER.size
        for _ in range(min(questions, 32)):
            at = _name(packet, at)[1] + 4
        for _ in range(min(sum(counts), 200)):
            owner, at = _name(packet, at)
            kind, _, _, length = _RECORD.unpack_from(packet, at)
            at += _RECORD.size
            yield from _mdns_record(packet, owner, kind, at, length)
            at += length
    except (struct.error, IndexError, ValueError):
        return


def _mdns_record(packet: bytes, owner: str, kind: int, at: int, length: int) -> Iterator[Sign]:
    names = [owner] if kind in {_SRV, _TXT} else [owner, _name(packet, at)[0]] if kind == _PTR else []
    for name in names:
        if (hit := _SERVICE.match(name)) and not hit["type"].lower().startswith("_services."):
            yield "mdns", hit["type"].lower()
            if hit["name"] and not hit["name"].startswith("_"):
                yield "name", said(hit["name"], 80)
    if kind == _TXT:
        for text_ in _strings(packet[at : at + length]):
            if hit := _MODEL.match(text_):
                yield "model", said(hit[1], 80)


def _strings(data: bytes) -> Iterator[str]:
    at = 0
    while at < len(data):
        yield data[at + 1 : at + 1 + data[at]].decode("utf-8", "replace")
        at += data[at] + 1


def _name(packet: bytes, at: int) -> tuple[str, int]:
    """A name (RFC 1035, 4.1.4) and where it ends. Pointers may only lead back, so none can lead in a circle."""
    labels: list[str] = []
    end, limit = None, at
    while packet[at]:
        if packet[at] >= 0xC0:  # noqa: PLR2004  a pointer
            target = (packet[at] & 0x3F) << 8 | packet[at + 1]
            end = at + 2 if end is None else end
            if target >= limit:
                msg = "a pointer that does not lead back"
                raise ValueError(msg)
            at = limit = target
            continue
        length = packet[at]
        labels.append(packet[at + 1 : at + 1 + length].decode("utf-8", "replace"))
        at += length + 1
        if len(labels) > 32:  # noqa: PLR2004  no honest name has more
            msg = "an endless name"
            raise ValueError(msg)
    return ".".join(labels), (at + 1 if end is None else end)


def _encoded(name: str) -> bytes:
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"


def _described(found: list[Told], pacer: Pacer) -> list[Told]:
    """The descriptions that UPnP devices point to, if they point to themselves: name, model and maker."""
    kept = [one for one in found if one.sign[0] != "ssdp-location"]
    seen: set[str] = set()
    for one in found:
        if one.sign[0] != "ssdp-location" or one.host in seen:
            continue
        seen.add(one.host)
        kept += _description(one.host, one.sign[1], pacer)
    return kept


def _description(host: str, location: str, pacer: Pacer) -> list[Told]:
    try:
        parts = urlsplit(location)
        port = parts.port or 80
    except ValueError:
        return []
    if parts.scheme != "http" or parts.hostname != host or port in fragile_ports():
        return []
    pacer.take(host, "request")
    try:
        page = get(host, port, re.sub(r"[^!-~]", "", parts.path or "/")[:200])
    except OSError:
        return []
    found = []
    for tag, sign in (("friendlyName", "name"), ("modelName", "model"), ("manufacturer", "maker")):
        if hit := re.search(rf"(?s)<{tag}>(.{{1,200}}?)</{tag}>".encode(), page):
            found.append(Told(host, (sign, said(hit[1], 80))))
    return found
