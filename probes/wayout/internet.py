"""Whether the Internet is there: independent sites are looked up and answer over HTTPS under their own names."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urljoin, urlsplit

from probes.wayout.https import NoAnswerError, Site, ask, ask_plainly, trust
from probes.wayout.names import Family, NoNameError, Resolve
from probes.wayout.prefixes import parsed

NEEDED = 2

# Well-known name servers in China and the world; no packet is sent to them, they only stand for "outside".
_OUTSIDE: tuple[tuple[socket.AddressFamily, str], ...] = (
    (socket.AF_INET, "223.5.5.5"),
    (socket.AF_INET6, "2400:3200::1"),
)
_HTTPS = 443
_NETWORK_LOGIN = 511  # RFC 6585, 6: Network Authentication Required

Outcome = Literal["answered", "silent", "intercepted", "inside", "no-route"]
"""``silent``: nothing came, or an error. ``intercepted``: somebody answered in its stead, as login pages do.
``inside``: the name leads to a private address. The last three say nothing about the Internet itself."""


@dataclass(frozen=True)
class Visit:
    """What became of the visit to a site; ``addresses`` are all that its name resolved to."""

    url: str
    outcome: Outcome
    detail: str
    addresses: tuple[str, ...] = ()

    def facts(self) -> dict[str, Any]:
        """For the evidence."""
        return {"url": self.url, "outcome": self.outcome, "detail": self.detail, "addresses": list(self.addresses)}


def internet(visits: Iterable[Visit], *, has_route: bool) -> bool | None:
    """Whether the Internet is there.

    True when two sites answered. False when that is ruled out: fewer would have answered even if every site that
    could not be judged (a login page came, a private address) had. None for anything between, and for a machine that
    has no route to the outside, which says nothing about the school.

    >>> internet([Visit("a", "answered", ""), Visit("b", "silent", ""), Visit("c", "intercepted", "")], has_route=True)
    """
    outcomes = [visit.outcome for visit in visits]
    answered = outcomes.count("answered")
    unclear = len(outcomes) - answered - outcomes.count("silent")
    if answered >= NEEDED:
        return True
    if not has_route or answered + unclear >= NEEDED or len(outcomes) < NEEDED:
        return None
    return False


def has_route() -> bool:
    """Whether this machine has a route to the outside. Connecting a UDP socket asks the kernel and sends nothing."""
    for family, address in _OUTSIDE:
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as probe:
                probe.connect((address, 53))
        except OSError:
            continue
        return True
    return False


@dataclass(frozen=True)
class Visitor:
    """Visits sites; ``resolve`` and ``context`` are its doors to the outside."""

    resolve: Resolve
    context: ssl.SSLContext = field(default_factory=trust)

    def visit(self, url: str) -> Visit:
        """Look a site up and ask it for its page; blocking, about twenty seconds at worst."""
        try:
            site = Site.of(url)
        except ValueError as error:
            return Visit(url, "inside", f"not an address: {error}")
        addresses, detail = self._addresses(site.host)
        if not addresses:
            return Visit(url, "silent", detail)
        if all(_is_inside(address) for address in addresses):
            return Visit(url, "inside", "its name leads to a private address", addresses)
        try:
            answer = ask(site, addresses, self.context)
        except NoAnswerError as error:
            return Visit(url, self._failed(site, addresses[0], error), str(error), addresses)
        elsewhere = _leads_elsewhere(url, answer.location) if answer.location else ""
        if elsewhere:
            return Visit(url, "intercepted", f"HTTP {answer.status}, sent on to {elsewhere}", addresses)
        return Visit(url, "answered", f"HTTP {answer.status} from {answer.address}", addresses)

    def _addresses(self, host: str) -> tuple[tuple[str, ...], str]:
        """IPv4 first, the second family only where there is none; or what went wrong."""
        wrong = []
        families: tuple[Family, Family] = (4, 6)
        for family in families:
            try:
                return self.resolve(host, family), ""
            except NoNameError as error:
                wrong.append(str(error))
                if error.code == "dns":
                    break  # asking a dead server again would only take time
        return (), "; ".join(dict.fromkeys(wrong))

    def _failed(self, site: Site, address: str, error: NoAnswerError) -> Outcome:
        if error.code in {"no-route", "certificate"}:
            return "no-route" if error.code == "no-route" else "intercepted"
        # Many login pages let HTTPS die and catch only plain HTTP.
        plain = ask_plainly(site.host, address) if site.port == _HTTPS else None
        if plain is None:
            return "silent"
        caught = plain.status == _NETWORK_LOGIN or _leads_elsewhere(f"http://{site.host}/", plain.location)
        return "intercepted" if caught else "silent"


def _is_inside(address: str) -> bool:
    """Private, but not loopback: an inventory that names this very machine means it."""
    found = parsed(address)
    return found is not None and not found.is_global and not found.is_loopback


def _leads_elsewhere(url: str, location: str) -> str:
    """The host of another site that a redirect leads to, or ``""``.

    >>> _leads_elsewhere("https://www.example.org/", "https://m.example.org/home")
    ''
    >>> _leads_elsewhere("https://www.example.org/", "http://10.1.1.1/login?url=www.example.org")
    '10.1.1.1'
    """
    try:
        here, there = urlsplit(url).hostname or "", urlsplit(urljoin(url, location)).hostname or ""
    except ValueError:
        return "an address that is none"
    own = here.removeprefix("www.")
    return "" if there in {here, own} or there.endswith(f".{own}") else there or "nowhere"
