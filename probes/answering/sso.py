"""Where one logs in: a request to an identity provider (CAS, OAuth 2, OIDC, SAML 2) in a redirect, a link or a form."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal
from urllib.parse import parse_qs, urljoin, urlsplit

Protocol = Literal["cas", "oauth2", "oidc", "saml2"]

_LINKS = re.compile(r"""(?i)(?:href|action|src|location(?:\.href)?)\s*[=(]\s*["']([^"'\s<>]{8,2000})["']""")
_ACTION = re.compile(r"""(?i)<form[^>]{0,1000}?action\s*=\s*["']([^"']{1,500})["']""")
_POSTED = re.compile(r"""(?i)name\s*=\s*["']SAMLRequest["']""")
_PASSWORD = re.compile(r"""(?i)<input[^>]{0,400}type\s*=\s*["']?password""")
MOST_LINKS = 500
_LONGEST_FORM = 8_000


@dataclass(frozen=True, slots=True)
class Login:
    """An identity provider: its host (with the port, where one is named) and how it was asked."""

    host: str
    protocol: Protocol
    by: Literal["redirect", "link"]


def asked_at(address: str) -> tuple[str, Protocol] | None:
    """The identity provider that an address asks, if it is such a request.

    >>> asked_at("https://sso.school.example/cas/login?service=https%3A%2F%2Foa.school.example%2F")
    ('sso.school.example', 'cas')
    >>> asked_at("https://id.example:8443/authorize?response_type=code&client_id=oa&scope=openid")
    ('id.example:8443', 'oidc')
    >>> asked_at("https://oa.school.example/login?next=/") is None
    True
    """
    try:
        parts = urlsplit(address)
        query = parse_qs(parts.query, max_num_fields=100)
        host = (parts.hostname or "") + (f":{parts.port}" if parts.port else "")
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not host:
        return None
    if "SAMLRequest" in query:
        return host, "saml2"
    if "client_id" in query and "response_type" in query:
        return host, "oidc" if "openid" in " ".join(query.get("scope", ())).split() else "oauth2"
    if "service" in query and re.search(r"/login/?$", parts.path) and query["service"][0].startswith("http"):
        return host, "cas"
    return None


def login_of(visited: Iterable[str], page: str, base: str) -> Login | None:
    """The identity provider that a system sent us to, or else links to from its first page.

    Args:
        visited: the addresses that redirects led over, the last included.
        page: the HTML at the end.
        base: its address, for links.
    """
    for address in visited:
        found = asked_at(address)
        if found is not None:
            return Login(*found, "redirect")
    posted = _POSTED.search(page)
    if posted is not None:
        form = page[max(0, posted.start() - _LONGEST_FORM) : posted.start()]
        action = _ACTION.match(form, max(form.rfind("<form"), 0))
        if action is not None:
            host = urlsplit(urljoin(base, html.unescape(action[1]))).netloc.rpartition("@")[2]
            return Login(host, "saml2", "redirect")
    for number, link in enumerate(_LINKS.finditer(page)):
        if number >= MOST_LINKS:
            break
        try:
            found = asked_at(urljoin(base, html.unescape(link[1])))
        except ValueError:
            continue
        if found is not None:
            return Login(*found, "link")
    return None


def asks_for_password(page: str) -> bool:
    """Whether a page has a field for a password."""
    return _PASSWORD.search(page) is not None
