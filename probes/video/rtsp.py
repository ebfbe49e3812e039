"""Does a stream really play? RTSP (RFC 2326) over TCP: describe, set up, play, see a few RTP packets, tear down."""

from __future__ import annotations

import re
import socket
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import monotonic

from probes.observation import Reason
from probes.text import Text, in_its_words, text
from probes.transport.exchange import AGENT
from probes.trouble import said_by
from probes.video.digest import authorization
from probes.video.door import Login

WANTED = 3
LONGEST_HEAD = 64 * 1024
_RTP_VERSION = 2


@dataclass(frozen=True)
class Playing:
    """Whether pictures came (``None``: the server could not be asked, for that reason), and what was seen."""

    ok: bool | None
    seen: Text
    reason: Reason = Reason.NO_ANSWER


@dataclass(frozen=True)
class Stream:
    """What is to be played, and by whom. ``since`` is a moment of a recording; ``None`` plays what is there."""

    address: str
    port: int
    path: str
    login: Login
    since: datetime | None = None
    timeout_s: float = 8.0

    @property
    def url(self) -> str:
        """The address without a login."""
        host = f"[{self.address}]" if ":" in self.address else self.address
        return f"rtsp://{host}:{self.port}{self.path}"


class _BrokenError(Exception):
    """The server did not do as it should; the words say what."""


def plays(stream: Stream) -> Playing:
    """Play it for a moment. Blocking, so call it in a thread."""
    try:
        with socket.create_connection((stream.address, stream.port), stream.timeout_s) as wire:
            return _Talk(stream, wire).play()
    except ConnectionRefusedError as error:
        return Playing(None, _no_door(stream, error), Reason.REFUSED)
    except (OSError, UnicodeError) as error:
        return Playing(None, _no_door(stream, error))


def _no_door(stream: Stream, error: OSError | UnicodeError) -> Text:
    told = said_by(error) if isinstance(error, OSError) else in_its_words(error)
    return text("RTSP port {port}: {error}", port=stream.port, error=told)


def _status(method: str, status: int) -> Text:
    return text("{method}: {status}", method=method, status=status)


@dataclass
class _Talk:
    stream: Stream
    wire: socket.socket
    until: float = 0.0
    number: int = 0
    buffer: bytearray = field(default_factory=bytearray)
    offered: list[str] = field(default_factory=list)

    def play(self) -> Playing:
        self.until = monotonic() + self.stream.timeout_s
        session = ""
        try:
            self._ask("OPTIONS", self.stream.url)
            status, _, body = self._ask("DESCRIBE", self.stream.url, "Accept: application/sdp")
            if status != 200:  # noqa: PLR2004  OK
                denied = status == 401  # noqa: PLR2004  Unauthorized
                return Playing(None if denied else False, _status("DESCRIBE", status), Reason.AUTHENTICATION_FAILED)
            track = _track(body.decode("utf-8", "replace"), self.stream)
            if track is None:
                return Playing(ok=False, seen=text("no video in the description"))
            status, headers, _ = self._ask("SETUP", track, "Transport: RTP/AVP/TCP;unicast;interleaved=0-1")
            session = headers.get("session", "").partition(";")[0].strip()[:200]
            if status != 200 or not session:  # noqa: PLR2004
                return Playing(ok=False, seen=_status("SETUP", status))
            return self._packets(session)
        except (TimeoutError, _BrokenError) as error:
            return Playing(ok=False, seen=in_its_words(error) if str(error) else text("no answer in time"))
        except OSError as error:
            return Playing(ok=False, seen=said_by(error))
        finally:
            if session:
                with suppress(OSError):
                    self._send("TEARDOWN", self.stream.url, f"Session: {session}")

    def _packets(self, session: str) -> Playing:
        since = self.stream.since
        range_ = "npt=0-" if since is None else f"clock={since.astimezone(UTC):%Y%m%dT%H%M%SZ}-"
        status, _, _ = self._ask("PLAY", self.stream.url, f"Session: {session}", f"Range: {range_}")
        if status != 200:  # noqa: PLR2004
            return Playing(ok=False, seen=_status("PLAY", status))
        seen = 0
        while seen < WANTED:
            head = self._bytes(4)
            if head[0] != 0x24:  # noqa: PLR2004  "$" begins an interleaved packet (RFC 2326, 10.12)
                raise _BrokenError("what follows PLAY is no RTP")
            data = self._bytes(int.from_bytes(head[2:4], "big"))
            seen += head[1] == 0 and len(data) > 12 and data[0] >> 6 == _RTP_VERSION  # noqa: PLR2004  RTP's head
        return Playing(ok=True, seen=text("{n} RTP packets", n=seen))

    def _ask(self, method: str, url: str, *lines: str) -> tuple[int, dict[str, str], bytes]:
        self._send(method, url, *lines)
        status, headers, body = self._answer()
        offered = [value for name, value in headers.items() if name.startswith("www-authenticate")]
        if status == 401 and offered and not self.offered and self.stream.login.user:  # noqa: PLR2004
            self.offered = offered
            self._send(method, url, *lines)
            status, headers, body = self._answer()
        return status, headers, body

    def _send(self, method: str, url: str, *lines: str) -> None:
        self.number += 1
        login = self.stream.login
        header = authorization(self.offered, method, url, login.user, login.password) if self.offered else None
        proof = [f"Authorization: {header}"] if header else []
        words = "\r\n".join(
            [f"{method} {url} RTSP/1.0", f"CSeq: {self.number}", f"User-Agent: {AGENT}", *proof, *lines]
        )
        self.wire.sendall(words.encode() + b"\r\n\r\n")

    def _answer(self) -> tuple[int, dict[str, str], bytes]:
        while b"\r\n\r\n" not in self.buffer:
            if len(self.buffer) > LONGEST_HEAD:
                raise _BrokenError("a header without end")
            self._more()
        head, _, rest = bytes(self.buffer).partition(b"\r\n\r\n")
        self.buffer = bytearray(rest)
        first, *others = head.decode("utf-8", "replace").split("\r\n")
        found = re.match(r"RTSP/\d\.\d (\d{3})", first)
        if found is None:
            raise _BrokenError(f"no RTSP: {first[:60]}")
        headers: dict[str, str] = {}
        for line in others:
            name, _, value = line.partition(":")
            key = name.strip().lower()
            headers[f"{key}#{len(headers)}" if key == "www-authenticate" else key] = value.strip()
        length = headers.get("content-length", "0")
        body = self._bytes(int(length)) if length.isdigit() and int(length[:7]) <= LONGEST_HEAD else b""
        return int(found[1]), headers, body

    def _bytes(self, count: int) -> bytes:
        while len(self.buffer) < count:
            self._more()
        taken = bytes(self.buffer[:count])
        del self.buffer[:count]
        return taken

    def _more(self) -> None:
        left = self.until - monotonic()
        if left <= 0:
            raise TimeoutError("no answer in time")
        self.wire.settimeout(left)
        part = self.wire.recv(65536)
        if not part:
            raise _BrokenError("the server closed the connection")
        self.buffer += part


def _track(sdp: str, stream: Stream) -> str | None:
    """The address of the first video (RFC 2326, C.1.1), at this very server."""
    _, found, video = sdp.partition("m=video")
    if not found:
        return None
    control = re.search(r"^a=control:(\S+)", video.partition("\nm=")[0], re.MULTILINE)
    name = control[1] if control else "*"
    if name == "*":
        return stream.url
    if name.lower().startswith("rtsp://"):
        path = "/" + name.split("/", 3)[3] if name.count("/") > 2 else "/"  # noqa: PLR2004  scheme and host
        return stream.url.removesuffix(stream.path) + path
    return f"{stream.url.rstrip('/')}/{name.lstrip('/')}"
