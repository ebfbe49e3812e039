"""The demo's web filter, a proxy; its behaviour management, which logs who asks for what; and its recorder.

The recorder keeps the gate's pictures long enough but not the hall's.
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

from auditor.demo.archives import ARCHIVES, PATHS, SCHOOL_TIME
from auditor.demo.website import QuietServer
from probes.transport.exchange import Request, exchange

BLOCKED_HOST = "games.example"
BLOCK_TEXT = "该网页已被学校拦截"
VIEWER = "viewer"
AUDITOR = "auditor"
"""The account with which the auditing computer is logged in at the behaviour management."""
_CARD = "02:5e:10:00:00:01"
KEPT_DAYS = {1: 42, 2: 17}
"""Days of recordings by channel."""


class _Handler(BaseHTTPRequestHandler):
    timeout = 20

    def log_message(self, *_: object) -> None:
        """Keep quiet: the demo's output belongs to the audit."""

    def answer(self, status: int, body: bytes, kind: str, challenge: str = "") -> None:
        """Send a whole answer."""
        self.send_response(status)
        if challenge:
            self.send_header("WWW-Authenticate", challenge)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class _Filter(_Handler):
    def do_GET(self) -> None:
        """Fetch the page, or say that it is blocked."""
        if urlsplit(self.path).hostname == BLOCKED_HOST:
            page = f'<!DOCTYPE html><meta charset="utf-8"><h1>{BLOCK_TEXT}</h1>'
            self.answer(403, page.encode(), "text/html; charset=utf-8")
            return
        found = exchange(Request(self.path))
        self.answer(found.status or 502, found.body, found.header("content-type") or "text/plain")


def start_filter() -> ThreadingHTTPServer:
    """The web filter on an ephemeral port of loopback."""
    return _started(_Filter)


def start_gateway(directory: Path, web: int) -> ThreadingHTTPServer:
    """The behaviour management in front of the website: what is asked for stands in its export of the day."""
    archive = next(one for one in ARCHIVES if one.id == "behaviour")
    writing = threading.Lock()

    def note(client: str, url: str) -> None:
        at = datetime.now(SCHOOL_TIME)
        file = directory / PATHS[archive.id] / at.strftime(archive.name)
        record = f"{at:%Y-%m-%d %H:%M:%S},{AUDITOR},{client},{_CARD},{url},教育,放行\n"
        with writing, file.open("a", encoding="gb18030") as export:
            export.write(record if export.tell() else f"{archive.heading}\n{record}")

    class Gateway(_Handler):
        def do_GET(self) -> None:
            """Note it, and fetch the page."""
            note(self.client_address[0], f"http://{self.headers.get('Host', '-')}{self.path}")
            found = exchange(Request(f"http://127.0.0.1:{web}{urlsplit(self.path).path}"))
            self.answer(found.status or 502, found.body, found.header("content-type") or "text/plain")

    return _started(Gateway)


def start_recorder(password: str) -> ThreadingHTTPServer:
    """A recorder that speaks ISAPI to whoever logs in as ``viewer``."""

    class Recorder(_Handler):
        def do_GET(self) -> None:
            """Clock and channels."""
            paths: dict[str, Callable[[], str]] = {
                "/ISAPI/System/time": _time,
                "/ISAPI/ContentMgmt/InputProxy/channels/status": _channels,
            }
            self._reply(paths.get(self.path))

        def do_POST(self) -> None:
            """The search."""
            body = self.rfile.read(min(int(self.headers.get("Content-Length", "0")), 65536)).decode("utf-8", "replace")
            search = "/ISAPI/ContentMgmt/search"
            self._reply((lambda: _search(body)) if self.path == search else None)

        def _reply(self, made: Callable[[], str] | None) -> None:
            if not _is_viewer(self.headers.get("Authorization", ""), self.command, password):
                self.answer(401, b"", "text/plain", 'Digest realm="NVR", nonce="demo", qop="auth"')
            elif made is None:
                self.answer(404, b"", "text/plain")
            else:
                self.answer(200, made().encode(), "application/xml")

    return _started(Recorder)


def _started(handler: type[BaseHTTPRequestHandler]) -> ThreadingHTTPServer:
    server = QuietServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True).start()
    return server


def _is_viewer(proof: str, method: str, password: str) -> bool:
    """Whether a digest (RFC 7616, MD5) is the viewer's."""
    parts = dict(re.findall(r'(\w+)="?([^",]+)"?', proof.removeprefix("Digest ")))

    def md5(words: str) -> str:
        return hashlib.md5(words.encode(), usedforsecurity=False).hexdigest()

    names = ("nonce", "nc", "cnonce", "qop")
    middle = ":".join(parts.get(name, "") for name in names)
    secret = md5(f"{VIEWER}:{parts.get('realm', '')}:{password}")
    request = md5(f"{method}:{parts.get('uri', '')}")
    return parts.get("response") == md5(f"{secret}:{middle}:{request}")


def _time() -> str:
    return f"<Time><localTime>{datetime.now(SCHOOL_TIME):%Y-%m-%dT%H:%M:%S}+08:00</localTime></Time>"


def _channels() -> str:
    rows = (f"<InputProxyChannelStatus><id>{n}</id><online>true</online></InputProxyChannelStatus>" for n in KEPT_DAYS)
    return f"<InputProxyChannelStatusList>{''.join(rows)}</InputProxyChannelStatusList>"


def _search(body: str) -> str:
    """One recording a day, a page at a time."""
    track, begin, at = (
        re.search(rf"<{name}>([^<]+)<", body) for name in ("trackID", "startTime", "searchResultPostion")
    )
    channel = int(track[1]) // 100 if track else 0
    since = datetime.fromisoformat(begin[1]) if begin else datetime.now(UTC)
    now = datetime.now(UTC)
    days = [now - timedelta(days=ago) for ago in range(KEPT_DAYS.get(channel, 0), 0, -1)]
    found = [day for day in days if day + timedelta(days=1) >= since]
    first = int(at[1]) if at else 0
    page = found[first : first + 40]
    items = "".join(
        f"<searchMatchItem><timeSpan><startTime>{day:%Y-%m-%dT%H:%M:%SZ}</startTime>"
        f"<endTime>{day + timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}</endTime></timeSpan></searchMatchItem>"
        for day in page
    )
    state = "NO MATCHES" if not found else "MORE" if first + len(page) < len(found) else "OK"
    return f"<CMSearchResult><responseStatusStrg>{state}</responseStatusStrg>{items}</CMSearchResult>"
