"""One HTTP request, sent exactly as it was planned, and what came of it.

Unlike ``probes.transport.web`` nothing is followed, repeated or added: a test of a safeguard must send what its plan
says. Every fate of a connection is an answer here, because to tell them apart is what such a test is about.
"""

from __future__ import annotations

import errno
import io
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.client import HTTPException, HTTPResponse
from time import monotonic
from types import MappingProxyType
from typing import Literal, cast
from urllib.parse import urlsplit

from probes.text import Text, text
from probes.transport.certificate import lenient

DEADLINE_S = 10.0
CONNECT_S = 5.0
BODY_LIMIT = 512 * 1024
TOO_LONG = "too long"
AGENT = "campus-auditor"

Fate = Literal["answered", "refused", "reset", "closed", "timeout", "unreachable", "tls", "malformed"]

_FATES: dict[int, Fate] = {
    errno.ECONNREFUSED: "refused",
    errno.ECONNRESET: "reset",
    errno.EPIPE: "reset",
    errno.ECONNABORTED: "reset",
    errno.ETIMEDOUT: "timeout",
}

_SAID: Mapping[Fate, Text] = MappingProxyType(
    {
        "refused": text("connection refused"),
        "reset": text("connection reset"),
        "closed": text("connection closed without an answer"),
        "timeout": text("no answer in time"),
        "unreachable": text("not reached"),
        "tls": text("TLS could not be agreed on"),
        "malformed": text("an answer that is no HTTP"),
    }
)


# Of these the system or a library says more; of the others only the number of bytes is known.
_TOLD_BY_OTHERS = frozenset({"unreachable", "tls", "malformed"})


@dataclass(frozen=True)
class Request:
    """An HTTP request.

    Attributes:
        url: http or https; its query stands as it is to be sent.
        proxy: host and port of a proxy that is asked instead of the server.
        from_address: address of this computer to send from.
        shown_url: how the plan writes the address, where a part of it is made only when it is sent.
    """

    url: str
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    proxy: tuple[str, int] | None = None
    from_address: str | None = None
    shown_url: str = ""

    @property
    def host(self) -> str:
        """The host that the address names."""
        return urlsplit(self.url).hostname or ""

    @property
    def port(self) -> int:
        """The port that the address names."""
        parts = urlsplit(self.url)
        return parts.port or (443 if parts.scheme == "https" else 80)

    @property
    def secure(self) -> bool:
        """Whether it goes over TLS."""
        return self.url.startswith("https:")

    @property
    def line(self) -> str:
        """The request as a plan writes it."""
        through = f" through the proxy {self.proxy[0]}:{self.proxy[1]}" if self.proxy else ""
        source = f" from {self.from_address}" if self.from_address else ""
        return f"{self.method} {self.shown_url or self.url}{through}{source}"

    def message(self) -> bytes:
        """The bytes that are sent."""
        parts = urlsplit(self.url)
        target = self.url if self.proxy and not self.secure else (parts.path or "/")
        if parts.query and target is not self.url:
            target += "?" + parts.query
        host = parts.netloc.rpartition("@")[2]
        lines = [
            f"{self.method} {target} HTTP/1.1",
            f"Host: {host}",
            f"User-Agent: {AGENT}",
            "Accept: */*",
            "Connection: close",
            *(f"{name}: {value}" for name, value in self.headers),
            *([f"Content-Length: {len(self.body)}"] if self.body or self.method == "POST" else []),
        ]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + self.body


@dataclass(frozen=True)
class Answer:
    """What came of a request.

    Attributes:
        fate: ``answered`` where there was a whole HTTP header, otherwise how the connection ended without one.
        connected: the connection stood, if only for TLS to begin.
        delivered: the whole request was handed over.
        complete: the body came to its end.
        broken_by: how it ended before that.
        local: own address and port of the connection.
        remote: the other end's.
    """

    fate: Fate
    detail: str = ""
    status: int = 0
    reason: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    connected: bool = False
    delivered: bool = False
    complete: bool = False
    broken_by: str = ""
    local: tuple[str, int] | None = None
    remote: tuple[str, int] | None = None
    seconds: float = field(default=0.0, compare=False)

    def header(self, name: str) -> str:
        """A header's value, or ``""``."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")

    @property
    def words(self) -> str:
        """The body as text, in UTF-8 or as devices in China write."""
        for encoding in ("utf-8", "gb18030"):
            try:
                return self.body.decode(encoding)
            except UnicodeDecodeError:
                continue
        return self.body.decode("utf-8", "replace")

    @property
    def said(self) -> Text:
        """What was seen, for people."""
        if self.fate != "answered":
            what, told = _SAID[self.fate], self.detail if self.fate in _TOLD_BY_OTHERS else ""
            return text("{what} ({detail})", what=what, detail=told) if told else what
        location, n = self.header("location"), len(self.body)
        seen = text("HTTP {status} {reason}, {n} bytes", status=self.status, reason=self.reason[:60], n=n)
        seen = text("{seen}, leading on to {location}", seen=seen, location=location[:200]) if location else seen
        return seen if self.complete else text("{seen}, broken off", seen=seen)

    @property
    def line(self) -> str:
        """What was seen, in one line of a transcript."""
        if self.fate != "answered":
            return f"{self.fate}: {self.detail}" if self.detail else self.fate
        whole = "" if self.complete else f", broken off ({self.broken_by})"
        location = self.header("location")
        onward = f", to {location[:200]}" if location else ""
        return f"HTTP {self.status} {self.reason[:60]}{onward}, {len(self.body)} bytes{whole}"


@dataclass
class _Reading:
    """What has come so far."""

    data: bytearray = field(default_factory=bytearray)
    ended_by: str = ""


def exchange(request: Request, address: str | None = None, *, deadline_s: float = DEADLINE_S) -> Answer:
    """Send one request and read its answer, both within the deadline. Blocking, so call it in a thread.

    Args:
        request: what to send.
        address: IP address of the server, so that no name is looked up here; the host itself where it is ``None``.
        deadline_s: seconds for everything.
    """
    until = monotonic() + deadline_s
    target = request.proxy or (address or request.host, request.port)
    so_far = Answer("unreachable")
    began = monotonic()
    try:
        with _plain(request, target, until) as plain:
            so_far = replace(so_far, connected=True, local=_end(plain.getsockname()), remote=_end(plain.getpeername()))
            with _secured(request, plain) as wire:
                wire.sendall(request.message())
                so_far = replace(so_far, delivered=True)
                reading = _read(wire, until)
    except ssl.SSLEOFError as error:
        return replace(so_far, fate="closed", detail=str(error.reason or error))
    except ssl.SSLError as error:
        return replace(so_far, fate="tls", detail=str(error.reason or error))
    except TimeoutError:
        return replace(so_far, fate="timeout", detail=f"nothing for {monotonic() - began:.0f} s")
    except (OSError, UnicodeError) as error:
        code = getattr(error, "errno", None) or 0
        return replace(so_far, fate=_FATES.get(code, "unreachable"), detail=_words_of(error))
    return replace(_parsed(reading, so_far), seconds=monotonic() - began)


def _words_of(error: OSError | UnicodeError) -> str:
    return (getattr(error, "strerror", None) or str(error)).lower()


def _end(name: object) -> tuple[str, int] | None:
    return (str(name[0]), int(name[1])) if isinstance(name, tuple) and len(name) > 1 else None


def _plain(request: Request, target: tuple[str, int], until: float) -> socket.socket:
    source = (request.from_address, 0) if request.from_address else None
    wait = max(0.1, min(CONNECT_S, until - monotonic()))
    return socket.create_connection(target, timeout=wait, source_address=source)


@contextmanager
def _secured(request: Request, plain: socket.socket) -> Iterator[socket.socket]:
    if not request.secure:
        yield plain
        return
    with lenient().wrap_socket(plain, server_hostname=request.host) as wire:
        yield wire


def _read(wire: socket.socket, until: float) -> _Reading:
    """Everything up to the end that the header announces, the other end's closing, the limit or the deadline."""
    got = _Reading()
    while len(got.data) < BODY_LIMIT:
        left = until - monotonic()
        if left <= 0:
            got.ended_by = "timeout"
            break
        wire.settimeout(left)
        try:
            part = wire.recv(65536)
        except TimeoutError:
            got.ended_by = "timeout"
            break
        except OSError as error:
            got.ended_by = _FATES.get(error.errno or 0, "reset")
            break
        if not part:
            got.ended_by = "closed"
            break
        got.data += part
        if _is_whole(bytes(got.data)):
            break
    else:
        got.ended_by = TOO_LONG
    return got


def _is_whole(data: bytes) -> bool:
    """Whether an answer with this header has come to its announced end."""
    head, found, body = data.partition(b"\r\n\r\n")
    if not found:
        return False
    lower = head.lower()
    if lower[9:12] in (b"204", b"304"):
        return True
    if b"\r\ntransfer-encoding: chunked" in lower:
        return body.endswith(b"0\r\n\r\n")
    for line in lower.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.strip() == b"content-length" and value.strip().isdigit() and len(value) < 20:  # noqa: PLR2004  digits
            return len(body) >= int(value)
    return False


class _Replay(io.BytesIO):
    """Bytes read before, as ``HTTPResponse`` wants them: from a socket."""

    def makefile(self, *_: object) -> io.BytesIO:
        return self


def _parsed(got: _Reading, so_far: Answer) -> Answer:
    data = bytes(got.data)
    if not data or (b"\r\n\r\n" not in data and b"\n\n" not in data):
        # Junk in place of an answer is no connection that was cut off.
        begun = data[:5] == b"HTTP/"[: len(data)]
        fate = cast("Fate", got.ended_by if begun and got.ended_by in _SAID else "malformed")
        detail = f"{len(data)} bytes, no complete header" if data else "no answer"
        return replace(so_far, fate=fate, detail=detail)
    response = HTTPResponse(cast("socket.socket", _Replay(data)))
    try:
        response.begin()
        body = response.read(BODY_LIMIT)
        complete = response.length in (None, 0) and (got.ended_by in ("", "closed"))
        if response.chunked and got.ended_by:
            complete = response.isclosed()
    except (HTTPException, ValueError, OSError) as error:
        if not response.headers:
            return replace(so_far, fate="malformed", detail=str(error)[:200])
        body, complete = bytes(getattr(error, "partial", b"")), False
    return replace(
        so_far,
        fate="answered",
        status=response.status,
        reason=response.reason or "",
        headers=tuple(response.headers.items()),
        body=body,
        complete=complete,
        broken_by="" if complete else got.ended_by or TOO_LONG,
    )
