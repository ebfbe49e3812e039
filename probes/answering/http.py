"""HTTP and HTTPS: the first page, where its redirects lead, and where one logs in."""

from __future__ import annotations

from types import MappingProxyType
from urllib.parse import urlsplit

from probes.answering.answer import Answer
from probes.answering.sso import Login, asks_for_password, login_of
from probes.news.markup import decode
from probes.text import Text, listed, text
from probes.transport.web import NoPageError, Page, fetch

# A login that is asked for, a method not allowed and a redirect are answers of a living system; an error is not.
_ALIVE = frozenset({401, 403, 405, 407})
_GOOD = range(200, 400)
DEADLINE_S = 20.0

_NO_PAGE = MappingProxyType(
    {
        "tls": text("TLS failed"),
        "timeout": text("timed out"),
        "refused": text("refused"),
        "reset": text("broken off"),
        "unreachable": text("unreachable"),
        "redirects": text("redirected without end"),
        "broken": text("no HTTP"),
    }
)
"""The codes of ``NoPageError`` in words."""


def ask(url: str) -> Answer:
    """Visit the address; raises ``TransportError`` where nothing was learned. Blocking."""
    spoken = urlsplit(url).scheme
    try:
        page = fetch(url, deadline_s=DEADLINE_S)
    except NoPageError as error:
        return Answer(
            reachable=False,
            protocol=spoken,
            evidence=text("{what}: {words}", what=_NO_PAGE[error.code], words=error.detail[:200]),
        )
    return _read(page, url)


def _read(page: Page, url: str) -> Answer:
    words = decode(page.body, page.header("content-type").lower())
    login = login_of([*page.hops, page.url], words, page.url)
    password = asks_for_password(words)
    shown = [text("HTTP {status}", status=page.status)]
    if page.hops:
        shown.append(text("over {n} redirects to {host}", n=len(page.hops), host=_host(page.url)))
    if login is not None:
        shown.append(_to_log_in(login))
    elif password:
        shown.append(text("its own login page"))
    elsewhere = _host(page.url) if password and _host(page.url) != _host(url) else ""
    return Answer(
        reachable=page.status in _GOOD or page.status in _ALIVE,
        protocol=urlsplit(url).scheme,
        evidence=listed(shown),
        latency_ms=page.latency_ms,
        identity=login.host if login is not None else elsewhere,
        identity_protocol=login.protocol if login is not None else "",
        login=password,
    )


def _to_log_in(login: Login) -> Text:
    if login.by == "redirect":
        return text("redirect to log in at {host} ({protocol})", host=login.host, protocol=login.protocol)
    return text("link to log in at {host} ({protocol})", host=login.host, protocol=login.protocol)


def _host(address: str) -> str:
    return urlsplit(address).netloc.rpartition("@")[2]
