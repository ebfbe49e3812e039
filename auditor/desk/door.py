"""Who may come in: this computer's browser, once the one-time address has been opened in it; no page of anybody else.

Bound to loopback the desk is still within reach of every page that the browser has open. So:

* ``Host`` has to be a name of loopback with our port, or a name that somebody points at 127.0.0.1 would be let in (DNS
  rebinding);
* the token in the printed address works once and is exchanged for a cookie that no script can read and no other site
  can make the browser send;
* other ports of this computer are the *same site* to a browser, so requests that such a page started
  (``Sec-Fetch-Site``) and posts from another ``Origin`` are refused as well, before a byte of their body is read;
* what is posted has bounds, whether or not it says its length.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from http import HTTPStatus
from time import monotonic
from typing import Any
from urllib.parse import parse_qs

from probes.text import Text, text

LARGEST_POST_BYTES = 220 * 1024 * 1024
_READING = frozenset({"GET", "HEAD"})

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    # Not no-referrer: then browsers post with “Origin: null”.
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
)


class TooLargeError(Exception):
    """More was posted than is taken."""


class Door:
    """Stands before the application.

    Args:
        app: what is behind it.
        port: on which the desk listens.
        say: a sentence in the user's language.
    """

    def __init__(self, app: App, port: int, say: Callable[[Text], str]) -> None:
        self._app = app
        self._say = say
        self._hosts = frozenset(f"{name}:{port}" for name in ("127.0.0.1", "localhost", "[::1]"))
        # Cookies know no ports, so two desks on one computer need names of their own.
        self._cookie = f"campus-desk-{port}"
        self._token: str | None = None
        self._sessions: set[str] = set()
        self.last_used = monotonic()

    def new_token(self) -> str:
        """The token of the next address; an earlier one that was not used is dead."""
        self._token = secrets.token_urlsafe(32)
        return self._token

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Let in, exchange the token, or refuse."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return  # a socket that is not accepted is closed
        refused = self._refused(scope)
        if refused is not None:
            await _answer(send, *refused)
            return
        if scope["path"] == "/enter":
            await self._enter(scope, send)
            return
        session = self._session(scope)
        if session is None:
            sentence = text("Open the address that the desk printed in its window; each address works once.")
            await _answer(send, HTTPStatus.FORBIDDEN, self._say(sentence))
            return
        self.last_used = monotonic()
        scope["state"] = {**scope.get("state", {}), "session": session}
        await self._inside(scope, receive, send)

    def _refused(self, scope: Message) -> tuple[HTTPStatus, str] | None:
        """What is wrong with where a request comes from, if anything."""
        hosts, method = _values(scope, b"host"), scope["method"]
        if len(hosts) != 1 or hosts[0].lower() not in self._hosts:
            return HTTPStatus.MISDIRECTED_REQUEST, self._say(text("This is no address of the desk."))
        sites = _values(scope, b"sec-fetch-site")
        allowed = {"same-origin", "none"} if method in _READING else {"same-origin"}
        elsewhere = self._say(text("The request came from another page, so nothing was done."))
        if any(one not in allowed for one in sites) and scope["path"] != "/enter":
            return HTTPStatus.FORBIDDEN, elsewhere
        return None if method in _READING else self._refused_post(scope, hosts[0], elsewhere)

    def _refused_post(self, scope: Message, host: str, elsewhere: str) -> tuple[HTTPStatus, str] | None:
        if scope["method"] != "POST":
            return HTTPStatus.METHOD_NOT_ALLOWED, self._say(text("This is not done here."))
        if _values(scope, b"origin") != [f"http://{host}"]:
            return HTTPStatus.FORBIDDEN, elsewhere
        length = next(iter(_values(scope, b"content-length")), "0")
        if not length.isdigit() or int(length) > LARGEST_POST_BYTES:
            return HTTPStatus.REQUEST_ENTITY_TOO_LARGE, self._too_large()
        return None

    def _too_large(self) -> str:
        most = LARGEST_POST_BYTES // 1024**2
        return self._say(text("More than {most} MB at once is not taken.", most=most))

    async def _enter(self, scope: Message, send: Send) -> None:
        given = next(iter(parse_qs(scope["query_string"].decode("latin-1")).get("token", [])), "")
        if scope["method"] != "GET" or self._token is None or not _same(given, self._token):
            sentence = text(
                "This address has been used, or is an old one. Press Enter in the desk's window for a new one."
            )
            await _answer(send, HTTPStatus.FORBIDDEN, self._say(sentence))
            return
        self._token = None
        session = secrets.token_urlsafe(32)
        self._sessions.add(session)
        self.last_used = monotonic()
        cookie = f"{self._cookie}={session}; Path=/; HttpOnly; SameSite=Strict"
        await _answer(send, HTTPStatus.SEE_OTHER, "", [(b"location", b"/"), (b"set-cookie", cookie.encode("ascii"))])

    def _session(self, scope: Message) -> str | None:
        for line in _values(scope, b"cookie"):
            for pair in line.split(";"):
                name, _, value = pair.strip().partition("=")
                found = next((one for one in self._sessions if name == self._cookie and _same(value, one)), None)
                if found is not None:
                    return found
        return None

    async def _inside(self, scope: Message, receive: Receive, send: Send) -> None:
        """Pass on, count what is received, add our headers."""
        received, began = 0, False

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > LARGEST_POST_BYTES:
                raise TooLargeError
            return message

        async def guarded(message: Message) -> None:
            nonlocal began
            if message["type"] == "http.response.start":
                began = True
                message["headers"] = _with_ours(message.get("headers", ()))
            await send(message)

        try:
            await self._app(scope, counted, guarded)
        except TooLargeError:
            if not began:
                await _answer(send, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, self._too_large())


def _with_ours(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    found = list(headers)
    names = {name.lower() for name, _ in found}
    ours = (*HEADERS, (b"content-security-policy", POLICY.encode()), (b"cache-control", b"no-store"))
    return found + [(name, value) for name, value in ours if name not in names]


def _values(scope: Message, name: bytes) -> list[str]:
    return [value.decode("latin-1") for key, value in scope["headers"] if key == name]


def _same(given: str, kept: str) -> bool:
    return secrets.compare_digest(given.encode(), kept.encode())


async def _answer(send: Send, status: HTTPStatus, words: str, headers: Iterable[tuple[bytes, bytes]] = ()) -> None:
    """Words without markup."""
    body = words.encode() + b"\n" if words else b""
    every = _with_ours([(b"content-type", b"text/plain; charset=utf-8"), *headers])
    if status is HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        every.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": int(status), "headers": every})
    await send({"type": "http.response.body", "body": body})
