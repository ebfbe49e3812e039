"""The school's website: does it answer, is its certificate sound, and when was something last published there?

What the network where the audit runs answers is a measurement: a refused connection or a silence is ``reachable =
false``, with the system's words as evidence. Where nothing was learned about the site (the name does not resolve, or
this machine has no route at all), the observation is *unavailable*.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic
from typing import Any
from urllib.parse import urljoin, urlsplit
from zoneinfo import ZoneInfo

from probes.campus import Service, ServiceKind, Target
from probes.errors import TransportError
from probes.kinds import Website
from probes.news.dates import Item
from probes.news.feeds import feed_items
from probes.news.markup import Node, decode, icp_number, parse
from probes.news.newest_item import feed_addresses, page_items, refresh_address
from probes.observation import Observation, Reason
from probes.probe import Context, probe
from probes.text import text
from probes.transport.certificate import Certificate, certificate_of
from probes.transport.web import DEADLINE_S, NoPageError, Page, fetch

VISIT_S = 90.0
REFRESHES = 2
EVIDENCE_ITEMS = 10
HTTP_ERRORS = 400
READABLE = ("html", "xml", "json", "text", "rss", "atom")


def _is_website(target: Target) -> bool:
    return isinstance(target, Service) and target.what is ServiceKind.WEBSITE


@probe(
    yields="website",
    on="service",
    needs=("url",),
    only=_is_website,
    touch="read",
    timeout_s=VISIT_S + 60,
    expected_s=3,
    expected_mb=1,
)
async def website(ctx: Context, service: Service) -> AsyncIterator[Observation]:
    """Visit the site, its certificate and its sources of news; needs no credential and sends no cookie of its own."""
    assert service.url is not None
    visit = _Visit(ctx.now(), ZoneInfo(ctx.campus.school.timezone))
    value = await asyncio.to_thread(visit.of, service.url, service.news_url)
    evidence = json.dumps(visit.evidence, ensure_ascii=False, indent=1)
    yield ctx.observe(value, raw=(ctx.keep(evidence),))


@dataclass
class _Visit:
    """One visit to a site: what was found, and the evidence that grows with it."""

    now: datetime
    zone: ZoneInfo
    evidence: dict[str, Any] = field(default_factory=dict)
    items: list[Item] = field(default_factory=list)
    started: float = field(default_factory=monotonic)

    def of(self, url: str, news_url: str | None) -> Website:
        """All of it, in a thread."""
        _well_formed(url)
        self.evidence["asked"] = url
        try:
            page, tree = self._front_page(url)
        except NoPageError as error:
            self.evidence |= {"error": error.code, "detail": error.detail}
            problem = self._certificate(url).problem if error.code == "tls" else ""
            return Website(reachable=False, certificate_problem=problem)
        certificate = self._certificate(page.url)
        facts = {
            "http_status": page.status,
            "latency_ms": page.latency_ms,
            "https_valid_days": certificate.valid_days,
            "certificate_problem": certificate.problem,
        }
        if page.status >= HTTP_ERRORS:
            return Website(reachable=False, **facts)
        self._gather(page, tree, news_url)
        newest = self._newest()
        today = self.now.astimezone(self.zone).date()
        return Website(
            reachable=True,
            newest_item_age_days=None if newest is None else float((today - newest.on).days),
            newest_item="" if newest is None else newest.title,
            icp_number=icp_number(tree),
            **facts,
        )

    def _front_page(self, url: str) -> tuple[Page, Node]:
        """The page that a visitor ends up on, ``<meta http-equiv="refresh">`` included."""
        for _ in range(REFRESHES + 1):
            page = fetch(url, deadline_s=self._left())
            self._record(page)
            tree = parse(_text_of(page))
            onward = refresh_address(tree, page.url) if page.status < HTTP_ERRORS else None
            if onward is None:
                return page, tree
            self.evidence.setdefault("refreshed", []).append(page.url)
            url = onward
        raise NoPageError("redirects", "more than two pages in a row that only refresh")

    def _record(self, page: Page) -> None:
        self.evidence |= {
            "url": page.url,
            "redirects": list(page.hops),
            "status": f"HTTP {page.status} {page.reason}".rstrip(),
            "headers": [f"{key}: {value}" for key, value in page.headers],
            "latency_ms": page.latency_ms,
            "bytes": len(page.body),
            "truncated": page.truncated,
        }

    def _certificate(self, url: str) -> Certificate:
        parts = urlsplit(url)
        if parts.scheme != "https" or parts.hostname is None:
            return Certificate("", None, {})
        certificate = certificate_of(parts.hostname, parts.port or 443, self.now)
        self.evidence["certificate"] = {"problem": certificate.problem, **certificate.facts}
        return certificate

    def _gather(self, page: Page, tree: Node, news_url: str | None) -> None:
        """Items from the address for news, the page, and the feeds it names; from the sitemap only for want of them."""
        if news_url is not None:
            self._add_source(news_url)
        self._add(page.url, page_items(tree, self.now, self.zone))
        for address in feed_addresses(tree, page.url):
            self._add_source(address)
        if not self.items:
            self._add_source(urljoin(page.url, "/sitemap.xml"))

    def _add_source(self, url: str) -> None:
        """Items of a further page or feed. One that fails takes nothing away from the others."""
        if self._left() < 1:
            self._note(url, "skipped: the time was up")
            return
        try:
            page = fetch(url, deadline_s=self._left())
        except (NoPageError, TransportError) as error:
            self._note(url, str(error))
            return
        if page.status >= HTTP_ERRORS:
            self._note(url, f"HTTP {page.status}")
            return
        body = _text_of(page)
        items = feed_items(body, self.now, self.zone)
        if items is None:
            tree = parse(body)
            items = page_items(tree, self.now, self.zone)
        self._add(url, items)

    def _add(self, url: str, items: list[Item]) -> None:
        today = self.now.astimezone(self.zone).date()
        past = [item for item in items if item.on <= today]
        self.items += past
        self._note(url, f"{len(past)} dated items")

    def _note(self, url: str, outcome: str) -> None:
        self.evidence.setdefault("sources", []).append({"url": url, "outcome": outcome})

    def _newest(self) -> Item | None:
        """The newest item, and the ten newest into the evidence; of equals the first found stands in front."""
        ranked = sorted(dict.fromkeys(self.items), key=lambda item: item.on, reverse=True)
        self.evidence["newest_items"] = [
            {"on": item.on.isoformat(), "title": item.title, "source": item.source} for item in ranked[:EVIDENCE_ITEMS]
        ]
        return ranked[0] if ranked else None

    def _left(self) -> float:
        return max(0.1, min(DEADLINE_S, VISIT_S - (monotonic() - self.started)))


def _text_of(page: Page) -> str:
    kind = page.header("content-type").lower()
    return decode(page.body, kind) if not kind or any(name in kind for name in READABLE) else ""


def _well_formed(url: str) -> None:
    try:
        parts = urlsplit(url)
        fault = "" if parts.hostname and (parts.port is None or parts.port > 0) else "no host"
    except ValueError as error:
        fault = str(error)
    if fault:
        raise TransportError(
            Reason.NOT_CONFIGURED, text("the address {url} is not one: {detail}", url=url, detail=fault)
        )
