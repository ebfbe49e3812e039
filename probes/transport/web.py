"""How a web site is reached: one page with every bound that a hostile or dead server needs, and its certificate.

The page is fetched without trusting anybody: a site with a bad certificate is still a site, and what is wrong with
the certificate is a fact of its own (``probes.transport.certificate``). No proxy, no ``.netrc``: what is measured is
the way from the network in which the audit runs.
"""

from __future__ import annotations

import errno
import logging
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event, Timer
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from probes.errors import TransportError
from probes.observation import Reason
from probes.text import text
from probes.transport.certificate import CONNECT_S, lenient

if TYPE_CHECKING:
    import requests

READ_S = 10.0
DEADLINE_S = 30.0
BODY_LIMIT = 5_000_000
REDIRECTS = 10
CHUNK = 65_536

# Those cookies are the session's business and would let a reader of the bundle into it.
PRIVATE_HEADERS = frozenset({"set-cookie", "set-cookie2", "cookie", "authorization", "proxy-authorization"})

# Own machine without a way out: then nothing was learned about the site.
NO_ROUTE = frozenset({errno.ENETUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, 10051, 10050, 10049})


@dataclass(frozen=True)
class Page:
    """What a server answered.

    Attributes:
        url: where the redirects ended.
        status: HTTP status of the last answer.
        reason: its words.
        headers: of the last answer, in order, without cookies.
        hops: the addresses that redirected, in order.
        latency_ms: from the last request to the end of its headers, the connection included.
        body: at most ``BODY_LIMIT`` bytes, decompressed.
        truncated: there was more, or the time was up while reading.
    """

    url: str
    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    hops: tuple[str, ...]
    latency_ms: float
    body: bytes
    truncated: bool

    def header(self, name: str) -> str:
        """A header's value, or ``""``."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")


class NoPageError(Exception):
    """The network gave an answer, and the answer is that there is no page: refused, timed out, broken off.

    Attributes:
        code: ``refused``, ``timeout``, ``unreachable``, ``reset``, ``tls``, ``redirects`` or ``broken``.
        detail: the system's or library's own words.
    """

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


def fetch(url: str, *, deadline_s: float = DEADLINE_S) -> Page:
    """Get a page over at most ``REDIRECTS`` redirects; blocking, so call it in a thread.

    Raises:
        NoPageError: the site did not answer with a page (that is a measurement).
        TransportError: nothing was learned: the name does not resolve, or this machine has no route.
    """
    import requests  # noqa: PLC0415  costs 0.1 s

    with _session(deadline_s) as (session, expired):
        try:
            with session.get(url, timeout=(CONNECT_S, READ_S), stream=True, verify=False) as response:
                if expired.is_set():  # a connection that was shut inside the header looks like the header's end
                    raise NoPageError("timeout", f"no complete header within {deadline_s:g} s")
                body, truncated = _read(response)
                return _page(response, body, truncated=truncated)
        except requests.exceptions.TooManyRedirects as error:
            raise NoPageError("redirects", str(error)) from error
        except (requests.exceptions.RequestException, OSError, ValueError) as error:
            raise _explained(error, url) from error


def _page(response: requests.Response, body: bytes, *, truncated: bool) -> Page:
    shown = tuple((k, v) for k, v in response.headers.items() if k.lower() not in PRIVATE_HEADERS)
    return Page(
        url=response.url,
        status=response.status_code,
        reason=response.reason or "",
        headers=shown,
        hops=tuple(hop.url for hop in response.history),
        latency_ms=round(response.elapsed.total_seconds() * 1000, 1),
        body=body,
        truncated=truncated,
    )


def _read(response: requests.Response) -> tuple[bytes, bool]:
    """The body up to the limit. A body that breaks off after a good header is still a page."""
    import urllib3  # noqa: PLC0415  loaded already

    body = bytearray()
    try:
        while len(body) <= BODY_LIMIT:
            chunk = response.raw.read1(CHUNK, decode_content=True)
            if not chunk:
                return bytes(body), False
            body += chunk
    except (urllib3.exceptions.HTTPError, OSError):
        return bytes(body[:BODY_LIMIT]), True
    return bytes(body[:BODY_LIMIT]), True


@contextmanager
def _session(deadline_s: float) -> Iterator[tuple[requests.Session, Event]]:
    """A session whose connections are all shut when the deadline comes, whatever they wait for; and whether it came."""
    import requests  # noqa: PLC0415  loaded already
    import urllib3  # noqa: PLC0415  comes with it

    # Broken headers are the site's business. And certificates are checked, in ``certificate_of``.
    logging.getLogger("urllib3").setLevel(logging.ERROR)
    urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
    sockets: list[socket.socket] = []
    expired = Event()
    session = requests.Session()
    session.trust_env = False
    session.max_redirects = REDIRECTS
    session.headers["User-Agent"] = "Mozilla/5.0 (compatible; campus-auditor)"
    session.headers["Accept-Language"] = "zh-CN,zh;q=0.9,en;q=0.5"
    for scheme in ("http://", "https://"):
        session.mount(scheme, _adapter(sockets))
    timer = Timer(deadline_s, _shut, [sockets, expired])
    timer.daemon = True
    timer.start()
    try:
        yield session, expired
    finally:
        timer.cancel()
        session.close()
        for one in sockets:
            one.close()


def _shut(sockets: list[socket.socket], expired: Event) -> None:
    expired.set()
    for one in list(sockets):
        try:
            one.shutdown(socket.SHUT_RDWR)
        except OSError:
            continue  # that one was closed already


def _adapter(sockets: list[socket.socket]) -> Any:
    """An adapter that notes every socket it opens (as a duplicate: TLS takes the original away)."""
    from requests.adapters import HTTPAdapter  # noqa: PLC0415  loaded already
    from urllib3 import HTTPConnectionPool, HTTPSConnectionPool  # noqa: PLC0415

    def noted(connect: Callable[[Any], socket.socket]) -> Callable[[Any], socket.socket]:
        def _new_conn(connection: Any) -> socket.socket:
            opened = connect(connection)
            sockets.append(opened.dup())
            return opened

        return _new_conn

    def noting(pool: type) -> type:
        connection = pool.ConnectionCls  # type: ignore[attr-defined]
        noting_connection = type(connection.__name__, (connection,), {"_new_conn": noted(connection._new_conn)})  # noqa: SLF001  urllib3's own hook for a socket
        return type(pool.__name__, (pool,), {"ConnectionCls": noting_connection})

    class Adapter(HTTPAdapter):
        def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
            super().init_poolmanager(*args, ssl_context=lenient(), **kwargs)
            self.poolmanager.pool_classes_by_scheme = {
                "http": noting(HTTPConnectionPool),
                "https": noting(HTTPSConnectionPool),
            }

    return Adapter()


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and everything it wraps, outermost first."""
    seen: set[int] = set()
    queue: list[BaseException] = [error]
    while queue:
        one = queue.pop(0)
        if id(one) not in seen:
            seen.add(id(one))
            yield one
            queue += [
                inner
                for inner in (one.__cause__, one.__context__, getattr(one, "reason", None), *one.args)
                if isinstance(inner, BaseException)
            ]


def _explained(error: BaseException, url: str) -> NoPageError | TransportError:
    """What a library's error means: a fact about the site, or that nothing was learned."""
    causes = list(_causes(error))
    host = urlsplit(url).hostname or url
    if any(isinstance(one, socket.gaierror | UnicodeError) for one in causes):
        return TransportError(Reason.NAME_NOT_FOUND, text("the name {host} does not resolve", host=host))
    system = next((one for one in causes if isinstance(one, OSError) and one.errno), None)
    if system is not None and system.errno in NO_ROUTE:
        return TransportError(
            Reason.UNREACHABLE, text("this machine has no route to {host}: {detail}", host=host, detail=str(system))
        )
    return NoPageError(_code(causes), str(system or causes[-1]) or type(causes[-1]).__name__)


def _code(causes: list[BaseException]) -> str:
    import requests  # noqa: PLC0415  loaded already

    for code, classes in (
        ("tls", (ssl.SSLError,)),
        ("timeout", (TimeoutError, requests.exceptions.Timeout)),
        ("refused", (ConnectionRefusedError,)),
        ("reset", (ConnectionResetError, BrokenPipeError)),
    ):
        if any(isinstance(one, classes) for one in causes):
            return code
    return (
        "unreachable"
        if any(isinstance(one, OSError) and one.errno == errno.EHOSTUNREACH for one in causes)
        else "broken"
    )
