"""Which doors of a host are open, and what stands on them: TCP connections and the least that each protocol allows."""

from __future__ import annotations

import errno
import re
import selectors
import socket
import ssl
import tomllib
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import zip_longest
from time import monotonic, sleep
from typing import Any, Literal

from probes.discovery.pace import Pacer
from probes.discovery.words import said
from probes.transport.certificate import lenient

# Below a second, so that the system never sends its SYN a second time.
CONNECT_S = 0.9
TALK_S = 3.0
AT_ONCE = 400
TALKERS = 24
MOST_READ = 16_384

_TITLE = re.compile(rb"(?is)<title[^>]*>(.{0,400}?)</title")
_SERVER = re.compile(rb"(?im)^Server:[ \t]*([^\r\n]{0,200})")
_REALM = re.compile(rb"(?im)^WWW-Authenticate:[^\r\n]{0,200}realm=\"([^\"\r\n]{0,100})")
_OPEN = {0, errno.EISCONN}


@dataclass(frozen=True, slots=True)
class Door:
    """A TCP port and how it is spoken to."""

    port: int
    name: str
    speaks: Literal["banner", "http", "https", "rtsp", "connect"]


@dataclass(frozen=True, slots=True)
class Fragile:
    """Ports that a search never touches, and why (Chinese and English in one)."""

    ports: frozenset[int]
    why: str


@dataclass(frozen=True, slots=True)
class Stands:
    """What stands on an open door: ``words`` is what it said of itself."""

    host: str
    port: int
    name: str
    words: str = ""
    title: str = ""

    def __str__(self) -> str:
        """As an observation has it."""
        return f"{self.port}/tcp {self.name} {self.words}".rstrip()


@cache
def doors() -> tuple[Door, ...]:
    """The doors that are knocked at."""
    found = tuple(Door(**one) for one in _table()["door"])
    touched = {door.port for door in found} & fragile_ports()
    if touched:
        msg = f"ports.toml: {sorted(touched)} stand under both door and fragile"
        raise ValueError(msg)
    return found


@cache
def fragile() -> tuple[Fragile, ...]:
    """The ports never touched."""
    return tuple(Fragile(frozenset(one["ports"]), one["why"]) for one in _table()["fragile"])


def fragile_ports() -> frozenset[int]:
    """All ports never touched."""
    return frozenset().union(*(one.ports for one in fragile()))


def _table() -> dict[str, list[dict[str, Any]]]:
    return tomllib.loads((files("probes") / "discovery" / "ports.toml").read_text("utf-8"))


def knock(
    hosts: Sequence[str],
    pacer: Pacer,
    ports: Iterable[Door] | None = None,
    cancelled: Callable[[], bool] = lambda: False,
    refusing: set[str] | None = None,
) -> dict[str, list[Door]]:
    """The open doors of each host; blocking. One connection a door, closed at once.

    Hosts take turns, so that none is knocked at faster than it may be and all together as fast as they may. Those that
    refuse a connection, and so are there, are added to ``refusing``.
    """
    wanted = tuple(doors() if ports is None else ports)
    never = fragile_ports()
    pending = [(host, door) for door in wanted if door.port not in never for host in hosts]
    found: dict[str, list[Door]] = {host: [] for host in hosts}
    with selectors.DefaultSelector() as selector:
        while (pending or selector.get_map()) and not cancelled():
            wait = _start_some(pending, selector, pacer) if len(selector.get_map()) < AT_ONCE else CONNECT_S
            for key, _ in selector.select(min(wait, 0.05) if selector.get_map() else 0):
                _settle(key, selector, found, refusing)
            if not selector.get_map() and pending:
                sleep(min(wait, 0.05))
            _give_up(selector)
        for key in list(selector.get_map().values()):
            _close(key, selector)
    return found


def _start_some(pending: list[tuple[str, Door]], selector: selectors.BaseSelector, pacer: Pacer) -> float:
    """Begin the next connection that may be begun; the seconds until the one after it."""
    for at, (host, door) in enumerate(pending[:64]):
        if pacer.host_free_in(host) > 0:
            continue
        wait = pacer.attempt(host, "tcp")
        if wait > 0:
            return wait
        del pending[at]
        _begin(host, door, selector)
        return 0.0
    return 0.02


def _begin(host: str, door: Door, selector: selectors.BaseSelector) -> None:
    wire = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    wire.settimeout(0)
    try:
        code = wire.connect_ex((host, door.port))
    except OSError:
        code = errno.EHOSTUNREACH
    if code in {0, errno.EINPROGRESS, errno.EWOULDBLOCK}:
        selector.register(wire, selectors.EVENT_WRITE, (host, door, monotonic() + CONNECT_S))
    else:
        wire.close()


def _settle(
    key: selectors.SelectorKey,
    selector: selectors.BaseSelector,
    found: dict[str, list[Door]],
    refusing: set[str] | None,
) -> None:
    host, door, _ = key.data
    wire = key.fileobj
    assert isinstance(wire, socket.socket)
    code = wire.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if code in _OPEN:
        found[host].append(door)
    elif code == errno.ECONNREFUSED and refusing is not None:
        refusing.add(host)
    _close(key, selector)


def _give_up(selector: selectors.BaseSelector) -> None:
    now = monotonic()
    for key in [one for one in selector.get_map().values() if one.data[2] < now]:
        _close(key, selector)


def _close(key: selectors.SelectorKey, selector: selectors.BaseSelector) -> None:
    selector.unregister(key.fileobj)
    assert isinstance(key.fileobj, socket.socket)
    key.fileobj.close()


def talk(open_doors: dict[str, list[Door]], pacer: Pacer) -> list[Stands]:
    """What stands on every open door; blocking, a few at once. A door that says nothing is still open."""
    # Hosts take turns here, too: the first door of each, then the second.
    rounds = zip_longest(*([(host, door) for door in own] for host, own in open_doors.items()))
    asked = [one for row in rounds for one in row if one is not None]
    with ThreadPoolExecutor(TALKERS, thread_name_prefix="banner") as threads:
        return list(threads.map(lambda one: _talk(one[0], one[1], pacer), asked))


def _talk(host: str, door: Door, pacer: Pacer) -> Stands:
    speak = {"banner": _banner, "http": _http, "https": _http, "rtsp": _rtsp}.get(door.speaks)
    if speak is None:
        return Stands(host, door.port, door.name)
    pacer.take(host, "request")
    try:
        return speak(host, door)
    except (OSError, ValueError):
        return Stands(host, door.port, door.name)


def _banner(host: str, door: Door) -> Stands:
    """The first line of a protocol whose server speaks first. Of Telnet only that it is there."""
    with socket.create_connection((host, door.port), CONNECT_S) as wire:
        wire.settimeout(TALK_S)
        words = wire.recv(512)
    shown = "" if door.name == "telnet" else said(words.split(b"\n")[0])
    return Stands(host, door.port, door.name, shown)


def _http(host: str, door: Door) -> Stands:
    """Server, realm and title of the first page; redirects are not followed: they may lead anywhere."""
    answer = get(host, door.port, "/", tls=door.speaks == "https")
    head, _, body = answer.partition(b"\r\n\r\n")
    if not head.startswith(b"HTTP/"):
        return Stands(host, door.port, door.name)
    title = _TITLE.search(body)
    return Stands(host, door.port, door.name, _words(head), said(title[1]) if title else "")


def get(host: str, port: int, path: str, *, tls: bool = False) -> bytes:
    """The beginning of the answer to one GET; raises ``OSError``."""
    until = monotonic() + TALK_S
    with socket.create_connection((host, port), CONNECT_S) as plain:
        plain.settimeout(TALK_S)
        with _wrapped(plain, host) if tls else plain as wire:
            shown = f"[{host}]" if ":" in host else host
            request = f"GET {path} HTTP/1.1\r\nHost: {shown}\r\nUser-Agent: campus-auditor\r\nConnection: close\r\n\r\n"
            wire.sendall(request.encode("ascii", "replace"))
            return _read(wire, until)


def _wrapped(plain: socket.socket, host: str) -> ssl.SSLSocket:
    return lenient().wrap_socket(plain, server_hostname=host)


def _read(wire: socket.socket, until: float) -> bytes:
    """At most so much, and not for longer than that: a server may drip a byte a second."""
    answer = bytearray()
    while len(answer) < MOST_READ and (left := until - monotonic()) > 0:
        wire.settimeout(left)
        try:
            chunk = wire.recv(4096)
        except OSError:
            break
        if not chunk:
            break
        answer += chunk
    return bytes(answer)


def _rtsp(host: str, door: Door) -> Stands:
    """OPTIONS (RFC 2326, 10.1), which changes nothing and needs no login; who asks for one names the realm."""
    shown = f"[{host}]" if ":" in host else host
    request = f"OPTIONS rtsp://{shown}:{door.port}/ RTSP/1.0\r\nCSeq: 1\r\nUser-Agent: campus-auditor\r\n\r\n"
    with socket.create_connection((host, door.port), CONNECT_S) as wire:
        wire.sendall(request.encode())
        wire.settimeout(TALK_S)
        answer = wire.recv(4096)
    name = "rtsp" if answer.startswith(b"RTSP/") else "tcp"
    return Stands(host, door.port, name, _words(answer))


def _words(head: bytes) -> str:
    """What a server calls itself, and what it wants a login for."""
    hits = (pattern.search(head) for pattern in (_SERVER, _REALM))
    return " ".join(said(hit[1], 80) for hit in hits if hit is not None)
