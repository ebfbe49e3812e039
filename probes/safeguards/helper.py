"""The other end of the tests: serves an ordinary file and the EICAR file, answers 204, and knocks back.

It does nothing for strangers that could hurt others: files are a few bytes, knocks need the shared secret and go to
the asking address only, each address may have one a minute and all together thirty.
"""

from __future__ import annotations

import hmac
import json
import secrets
import socket
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from threading import BoundedSemaphore, Lock, Thread
from time import monotonic
from typing import Any

from probes.errors import AuditorError
from probes.safeguards.harmless import EICAR_PATH, NEUTRAL, NEUTRAL_PATH, OWN_HEADER, eicar
from probes.safeguards.knock import CHALLENGE_PATH, KNOCK_PATH, SIGNATURE_HEADER, Door, asked, sign
from probes.text import Text, text
from probes.trouble import said_by

KNOCK_S = 2.0
NONCE_S = 30.0
MOST_NONCES = 256
MOST_CONNECTIONS = 32
LONGEST_BODY = 4096
HEARING_S = 5.0
SHORTEST_SECRET = 12


class HelperError(AuditorError):
    """The helper cannot be started as it was asked to."""

    exit_code = 2


@dataclass(frozen=True)
class Manners:
    """What the helper allows.

    Attributes:
        secret: shared with the schools; without one nobody is knocked at.
        every_s: seconds between two knocks at one address.
        most_per_minute: knocks at all addresses together.
        neutral: host and port of a third party that must be reachable, to tell silence from being cut off.
    """

    secret: str | None = None
    every_s: float = 60.0
    most_per_minute: int = 30
    neutral: tuple[str, int] | None = None

    def __post_init__(self) -> None:
        """Refuse a secret that could be guessed."""
        if self.secret is not None and len(self.secret) < SHORTEST_SECRET:
            raise HelperError(text("the shared secret must have {n} characters or more", n=SHORTEST_SECRET))


@dataclass
class _Desk:
    """Challenges given out and knocks done, for all connections together."""

    manners: Manners
    nonces: OrderedDict[str, tuple[str, float]] = field(default_factory=OrderedDict)
    last: OrderedDict[str, float] = field(default_factory=OrderedDict)
    recent: deque[float] = field(default_factory=deque)
    lock: Lock = field(default_factory=Lock)

    def challenge(self, address: str) -> str:
        """A nonce that this address may use once."""
        nonce = secrets.token_hex(16)
        with self.lock:
            self.nonces[nonce] = (address, monotonic() + NONCE_S)
            while len(self.nonces) > MOST_NONCES:
                self.nonces.popitem(last=False)
        return nonce

    def redeem(self, nonce: str, address: str) -> bool:
        """Whether that nonce was given to this address and is still good; it is not afterwards."""
        with self.lock:
            given, until = self.nonces.pop(nonce, ("", 0.0))
        return given == address and monotonic() < until

    def may_knock(self, address: str) -> bool:
        """Whether it is not too soon; if so, it counts."""
        now = monotonic()
        with self.lock:
            while self.recent and self.recent[0] < now - 60:
                self.recent.popleft()
            soon = now - self.last.get(address, float("-inf")) < self.manners.every_s
            if soon or len(self.recent) >= self.manners.most_per_minute:
                return False
            self.recent.append(now)
            self.last[address] = now
            self.last.move_to_end(address)
            while len(self.last) > MOST_NONCES:
                self.last.popitem(last=False)
        return True


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(
        self, place: tuple[str, int], family: socket.AddressFamily, desk: _Desk, tell: Callable[[Text], None]
    ) -> None:
        self.address_family = family
        self.desk = desk
        self.tell = tell
        self._places = BoundedSemaphore(MOST_CONNECTIONS)
        super().__init__(place, _Handler)

    def server_bind(self) -> None:
        # Without the look-up of the host's own name that the standard library does here.
        if self.address_family == socket.AF_INET6:
            self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = "campus-auditor", self.server_address[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        if not self._places.acquire(blocking=False):
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._places.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is nothing to be told."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = HEARING_S
    server_version = "campus-auditor"
    sys_version = ""

    def do_GET(self) -> None:
        """Files, 204, and challenges."""
        path = self.path.partition("?")[0]
        files = {NEUTRAL_PATH: lambda: NEUTRAL, EICAR_PATH: eicar}
        if path in files:
            self._answer(200, files[path](), "application/octet-stream")
        elif path == CHALLENGE_PATH and self.server.desk.manners.secret is not None:
            nonce = self.server.desk.challenge(self._peer())
            self._answer(200, json.dumps({"nonce": nonce, "address": self._peer()}).encode(), "application/json")
        elif path.endswith("/generate_204"):
            self._answer(204, b"", "")
        else:
            self._answer(404, b"", "")

    def do_POST(self) -> None:
        """A knock."""
        length = self.headers.get("Content-Length", "")
        if self.path != KNOCK_PATH or not length.isdigit() or int(length) > LONGEST_BODY:
            self._answer(404, b"", "")
            return
        body = self.rfile.read(int(length))
        desk, peer, wanted = self.server.desk, self._peer(), asked(body)
        secret, signature = desk.manners.secret, self.headers.get(SIGNATURE_HEADER, "")
        genuine = (
            secret is not None
            and wanted is not None
            and hmac.compare_digest(sign(secret, "knock", wanted[0], body).encode(), signature.encode())
        )
        if not genuine or wanted is None or secret is None or not desk.redeem(wanted[0], peer):
            self.server.tell(text("{peer}: turned away, its request to knock is not signed as agreed", peer=peer))
            self._answer(403, b"", "")
            return
        if not desk.may_knock(peer):
            self._answer(429, b"", "")
            return
        self.server.tell(text("{peer}: tried {n} of its own ports on request", peer=peer, n=len(wanted[1])))
        seen = json.dumps(_knocked(peer, wanted[1], desk.manners.neutral)).encode()
        self._answer(200, seen, "application/json", sign(secret, "answer", wanted[0], seen))

    def log_message(self, *_: object) -> None:
        """Requests are not logged."""

    def _peer(self) -> str:
        return str(self.client_address[0]).removeprefix("::ffff:")

    def _answer(self, status: int, body: bytes, kind: str, signature: str = "") -> None:
        self.send_response(status)
        self.send_header(OWN_HEADER, "1")
        self.send_header("Connection", "close")
        self.send_header("Cache-Control", "no-store")
        if kind:
            self.send_header("Content-Type", kind)
        if signature:
            self.send_header(SIGNATURE_HEADER, signature)
        if status != 204:  # noqa: PLR2004  it has no body by definition
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _knocked(address: str, ports: tuple[int, ...], neutral: tuple[str, int] | None) -> dict[str, object]:
    with ThreadPoolExecutor(len(ports) + 1) as pool:
        way_out = pool.submit(lambda: neutral and _door(*neutral) != "silent")
        seen = dict(zip(ports, pool.map(lambda port: _door(address, port), ports), strict=True))
        egress = None if neutral is None else bool(way_out.result())
    return {"address": address, "ports": {str(port): door for port, door in seen.items()}, "egress": egress}


def _door(address: str, port: int) -> Door:
    """One connection, closed at once; nothing is sent."""
    try:
        socket.create_connection((address, port), KNOCK_S).close()
    except ConnectionRefusedError:
        return "refused"
    except OSError:
        return "silent"
    return "open"


@contextmanager
def helping(
    address: str | None, port: int, manners: Manners, tell: Callable[[Text], None] = lambda _: None
) -> Iterator[int]:
    """A helper in a thread of its own while the ``with`` lasts; gives the port it listens on.

    Args:
        address: an IP address of this machine; ``None`` for all, IPv4 and IPv6.
        port: TCP port; 0 for any free one.
        manners: what it allows.
        tell: is given a sentence for whatever happens, from several threads.

    Raises:
        HelperError: the address or the port cannot be had.
    """
    try:
        six = address is None and socket.has_dualstack_ipv6()
        family = socket.AF_INET6 if six or (address and ip_address(address).version == 6) else socket.AF_INET  # noqa: PLR2004
        server = _Server(("" if address is None else address, port), family, _Desk(manners), tell)
    except (OSError, ValueError, OverflowError) as error:
        reason = said_by(error) if isinstance(error, OSError) else text("it has to be an IP address of this computer")
        where = text("{address}, TCP port {port}", address=address or "*", port=port)
        raise HelperError(text("cannot listen on {where}: {reason}", where=where, reason=reason)) from error
    thread = Thread(target=server.serve_forever, args=(0.1,), name="helper", daemon=True)
    thread.start()
    tell(text("serving tests of safeguards on TCP port {port}", port=server.server_port))
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
