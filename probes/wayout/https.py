"""One question over HTTPS to a server that must prove its name; with bounds for servers that are slow or hostile.

Unlike ``probes.transport.web``, nothing counts here that was not said under a certificate which a browser trusts: a
login page that answers in a site's stead, or a box that opens TLS, is told from the site itself.
"""

from __future__ import annotations

import errno
import http.client
import os
import socket
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Timer
from typing import Literal
from urllib.parse import urlsplit

from probes.transport.web import NO_ROUTE

CONNECT_S = 5.0
DEADLINE_S = 10.0
BODY_LIMIT = 65_536
MOST_TRIES = 2

Code = Literal["refused", "timeout", "unreachable", "no-route", "reset", "certificate", "tls", "broken"]
"""``no-route``: this machine has no way to there. ``certificate``: somebody answered who is not the site."""


class NoAnswerError(Exception):
    """No answer of the site itself was had.

    Attributes:
        code: what became of it.
        detail: the system's own words.
    """

    def __init__(self, code: Code, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code: Code = code
        self.detail = detail


@dataclass(frozen=True)
class Site:
    """Where a page lies.

    >>> Site.of("https://www.example.org/a?b")
    Site(host='www.example.org', port=443, path='/a?b')
    """

    host: str
    port: int
    path: str

    @classmethod
    def of(cls, url: str) -> Site:
        """From an address that begins with ``https://``; ``ValueError`` for one that is none."""
        parts = urlsplit(url)
        if not parts.hostname:
            raise ValueError(url)
        return cls(parts.hostname, parts.port or 443, (parts.path or "/") + (f"?{parts.query}" if parts.query else ""))


@dataclass(frozen=True)
class Answer:
    """What a server answered. Redirects are not followed; ``address`` is the one that was connected to."""

    status: int
    location: str
    body: bytes
    address: str


def trust() -> ssl.SSLContext:
    """A context that believes what a browser believes: the public roots, or those of ``SSL_CERT_FILE``."""
    import certifi  # noqa: PLC0415  comes with requests

    own = os.environ.get("SSL_CERT_FILE", "")
    context = ssl.create_default_context(cafile=own if Path(own).is_file() else certifi.where())
    # Browsers do not insist on RFC 5280 to the letter, as Python 3.13 does by default.
    context.verify_flags &= ~getattr(ssl, "VERIFY_X509_STRICT", 0)
    return context


def ask(site: Site, addresses: Sequence[str], context: ssl.SSLContext, *, deadline_s: float = DEADLINE_S) -> Answer:
    """The answer to one GET, from the first of the addresses that connects; blocking.

    Raises:
        NoAnswerError: of the last address that was tried, or the first at which somebody else answered.
    """
    last = NoAnswerError("broken", "no address to connect to")
    for address in addresses[:MOST_TRIES]:
        try:
            return _ask_at(site, address, context, deadline_s / min(len(addresses), MOST_TRIES))
        except NoAnswerError as error:
            last = error
            if error.code == "certificate":
                break
    raise last


def ask_plainly(host: str, address: str, *, deadline_s: float = CONNECT_S) -> Answer | None:
    """What answers on port 80 without any proof, or ``None``. For finding login pages, and for nothing else."""
    try:
        with _connection(address, 80, deadline_s) as plain:
            return _talk(plain, Site(host, 80, "/"), address)
    except (OSError, http.client.HTTPException, ValueError):
        return None


def _ask_at(site: Site, address: str, context: ssl.SSLContext, deadline_s: float) -> Answer:
    try:
        with (
            _connection(address, site.port, deadline_s) as plain,
            context.wrap_socket(plain, server_hostname=site.host) as secured,
        ):
            return _talk(secured, site, address)
    except ssl.SSLCertVerificationError as error:
        raise NoAnswerError("certificate", error.verify_message or str(error)) from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise NoAnswerError(_code(error), str(error) or type(error).__name__) from error


@contextmanager
def _connection(address: str, port: int, deadline_s: float) -> Iterator[socket.socket]:
    """A connection that is shut when the time is up, whatever it waits for: a drip of bytes renews every timeout."""
    with socket.create_connection((address, port), timeout=min(CONNECT_S, deadline_s)) as plain:
        handle = plain.dup()  # TLS takes the original away
        timer = Timer(deadline_s, _shut, [handle])
        timer.daemon = True
        timer.start()
        try:
            yield plain
        finally:
            timer.cancel()
            handle.close()


def _shut(handle: socket.socket) -> None:
    try:
        handle.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # it was over already


def _talk(connection: socket.socket, site: Site, address: str) -> Answer:
    client = http.client.HTTPConnection(site.host, site.port)
    client.sock = connection
    client.putrequest("GET", site.path, skip_accept_encoding=True)
    client.putheader("User-Agent", "Mozilla/5.0 (compatible; campus-auditor)")
    client.putheader("Accept", "text/plain, application/json, text/html;q=0.9, */*;q=0.5")
    client.putheader("Connection", "close")
    client.endheaders()
    response = client.getresponse()
    return Answer(response.status, response.headers.get("Location", ""), _body(response), address)


def _body(response: http.client.HTTPResponse) -> bytes:
    """At most ``BODY_LIMIT`` bytes; one that breaks off after a good header is still an answer."""
    body = bytearray()
    try:
        while len(body) < BODY_LIMIT and (chunk := response.read1(BODY_LIMIT - len(body))):
            body += chunk
    except (OSError, http.client.HTTPException, ValueError):
        return bytes(body)
    return bytes(body)


def _code(error: Exception) -> Code:
    number = error.errno if isinstance(error, OSError) else None
    if number in NO_ROUTE:
        return "no-route"
    if number == errno.EHOSTUNREACH:
        return "unreachable"
    for code, kind in _CODES:
        if isinstance(error, kind):
            return code
    return "broken"


_CODES: tuple[tuple[Code, type[Exception]], ...] = (
    ("tls", ssl.SSLError),
    ("timeout", TimeoutError),
    ("refused", ConnectionRefusedError),
    ("reset", ConnectionError),
)
