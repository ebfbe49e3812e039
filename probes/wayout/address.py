"""Under which public addresses the campus is seen from outside, as services tell that are asked over HTTPS."""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv6Address
from typing import Any

from probes.wayout.https import NoAnswerError, Site, ask
from probes.wayout.names import Family, NoNameError, Resolve
from probes.wayout.prefixes import Address, is_public, parsed

_OK = 200
_LOOKS_LIKE_ONE = re.compile(
    r"(?<![0-9A-Za-z.:])(?:\d{1,3}(?:\.\d{1,3}){3}(?!\.?\d)|[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?![0-9A-Za-z:]))"
)


@dataclass(frozen=True)
class Told:
    """What one service said over one family; ``address`` is ``""`` where it said nothing usable."""

    url: str
    family: Family
    address: str
    detail: str

    def facts(self) -> dict[str, Any]:
        """For the evidence."""
        return {"url": self.url, "family": self.family, "address": self.address, "detail": self.detail}


def ask_service(url: str, family: Family, resolve: Resolve, context: ssl.SSLContext) -> Told:
    """Ask one service over one family; blocking."""
    try:
        site = Site.of(url)
        answer = ask(site, resolve(site.host, family), context)
    except (NoNameError, NoAnswerError, ValueError) as error:
        return Told(url, family, "", str(error))
    if answer.status != _OK:
        return Told(url, family, "", f"HTTP {answer.status}")
    address = told_in(answer.body, family)
    if address is None:
        return Told(url, family, "", "no single public address in its answer")
    if parsed(answer.address) == address:
        return Told(url, family, "", "it tells its own address")
    return Told(url, family, str(address), f"from {answer.address}")


def told_in(body: bytes, family: Family) -> Address | None:
    """The one public address of a family that a page holds, bare, in words or in JSON; ``None`` if none or several.

    >>> str(told_in('当前 IP：202.119.32.7  来自于：中国 江苏'.encode(), 4))
    '202.119.32.7'
    >>> told_in(b'{"you": "202.119.32.7", "me": "202.119.32.8"}', 4)
    """
    words = _LOOKS_LIKE_ONE.findall(body.decode("utf-8", "replace"))
    found = {parsed(word) for word in words}
    usable = {one for one in found if one is not None and one.version == family and is_public(one)}
    return usable.pop() if len(usable) == 1 else None


def addresses_of(told: Iterable[Told]) -> tuple[str, ...]:
    """Every address that was told, IPv4 first, in the order of the services."""
    found = dict.fromkeys(one.address for one in told if one.address)
    return tuple(sorted(found, key=lambda address: isinstance(parsed(address), IPv6Address)))
