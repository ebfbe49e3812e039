"""The way out of the campus: is the Internet there, under which address is it reached, and through whose network?

Nothing outside the school is contacted unless the inventory has a table ``[egress]``; without it only the devices at
the edge are asked. Everything that proves, or fails to prove, the education network stands in the raw evidence.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any, Self, TypeVar

from probes.campus import School
from probes.kinds import Egress
from probes.observation import Method, Observation, Reason
from probes.probe import Context, probe
from probes.text import text
from probes.wayout import system_trace, trace
from probes.wayout.address import Told, addresses_of, ask_service
from probes.wayout.education import Finding, Seen, judge_education, via_education
from probes.wayout.https import NoAnswerError, Site, ask
from probes.wayout.internet import Visit, Visitor, has_route, internet
from probes.wayout.names import Family, NoNameError, resolver
from probes.wayout.path import Path, better
from probes.wayout.prefixes import Prefixes, is_public, parsed, shipped
from probes.wayout.router import Router, ask_router, edge_devices
from probes.wayout.settings import EgressSettings

AT_ONCE = 24
MOST_TRACES = 3
_FAMILIES: tuple[Family, Family] = (4, 6)
_GOOD = range(200, 300)

T = TypeVar("T")


@probe(
    yields="egress",
    on="school",
    touch="active",
    timeout_s=180.0,
    expected_s=lambda campus: 15.0 if campus.egress else 2.0,
    expected_mb=lambda campus: 0.5 if campus.egress else 0.05,
)
async def egress(ctx: Context, school: School) -> AsyncIterator[Observation]:
    """Visit sites, ask for the public address, trace the path, and ask the devices at the edge."""
    del school  # there is one, and the context knows it
    settings = ctx.campus.egress
    prefixes = shipped().with_bureau(settings.education_networks if settings else ())
    asked = [ask_router(ctx, device, prefixes) for device in edge_devices(ctx.campus)]
    routers, outside = await asyncio.gather(asyncio.gather(*asked), _look_outside(settings))
    seen = Seen(
        addresses=addresses_of(outside.told),
        paths=outside.paths,
        routers=routers,
        inside_only=outside.inside_only,
        complete=settings is not None and settings.education_networks_complete,
    )
    finding = judge_education(seen, prefixes)
    evidence = json.dumps(_evidence(outside, routers, finding, prefixes), ensure_ascii=False, indent=1)
    raw = (ctx.keep(evidence), *(digest for router in routers for digest in router.raw))
    if finding.verdict != "yes" and not outside.has_route:
        yield _nothing_learned(ctx, settings, raw)
        return
    method = Method.MEASURED if settings else Method.READ
    yield ctx.observe(_value(outside, seen, finding, prefixes), method=method, raw=raw)


@dataclass(frozen=True)
class _Outside:
    """What was seen outside. Without a route, or with nobody to ask, everything is empty."""

    has_route: bool = False
    visits: Sequence[Visit] = ()
    told: Sequence[Told] = ()
    paths: Sequence[Path] = ()
    inside_only: bool | None = None


async def _look_outside(settings: EgressSettings | None) -> _Outside:
    if settings is None or not has_route():
        return _Outside()
    resolve = resolver([str(one) for one in settings.resolvers])
    visitor = Visitor(resolve)
    services = [(url, family) for url in settings.address_services for family in _FAMILIES]
    with _Threads() as threads:
        visits, told, inside_only = await asyncio.gather(
            threads.all(partial(visitor.visit, url) for url in settings.sites),
            threads.all(partial(ask_service, url, family, resolve, visitor.context) for url, family in services),
            threads.all(partial(_opens, url, visitor) for url in [settings.education_only] if url),
        )
        targets = _targets(visits) if settings.trace else {}
        paths = await _paths(targets, threads)
    opened = inside_only[0] if inside_only else None
    return _Outside(has_route=True, visits=visits, told=told, paths=paths, inside_only=opened)


class _Threads:
    """Threads of this look's own: what waits for a dead site must not keep other probes waiting."""

    def __enter__(self) -> Self:
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="egress")
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def all(self, calls: Iterable[Callable[[], T]]) -> list[T]:
        """The results of blocking calls that run side by side, in their order."""
        loop = asyncio.get_running_loop()
        return await asyncio.gather(*(loop.run_in_executor(self._pool, call) for call in calls))


def _opens(url: str, visitor: Visitor) -> bool:
    """Whether a page opens, properly: servers for insiders often answer others with a refusal of their own."""
    try:
        site = Site.of(url)
        return ask(site, visitor.resolve(site.host, 4), visitor.context).status in _GOOD
    except (NoNameError, NoAnswerError, ValueError):
        return False


def _targets(visits: Sequence[Visit]) -> dict[str, int]:
    """The IPv4 addresses of the first sites, each with its port."""
    found: dict[str, int] = {}
    for visit in visits:
        for address in visit.addresses[:1]:
            known = parsed(address)
            if known is not None and known.version == 4 and is_public(known):  # noqa: PLR2004  the IP version
                found[address] = Site.of(visit.url).port
    return dict(list(found.items())[:MOST_TRACES])


async def _paths(targets: Mapping[str, int], threads: _Threads) -> list[Path]:
    """Our own one after another: routers report only a few expired packets a second, and the first are shared."""
    if not trace.may_trace():
        return await threads.all(partial(system_trace.trace, address) for address in targets)
    return [path for one in targets.items() for path in await threads.all([partial(trace.trace, *one)])]


def _value(outside: _Outside, seen: Seen, finding: Finding, prefixes: Prefixes) -> Egress:
    public_ip = next(iter(seen.addresses), None)
    telling = [path for path in seen.paths if via_education(path, prefixes)]
    shown = better(telling or seen.paths, "")
    owner = prefixes.find(finding.address or public_ip or "")
    return Egress(
        public_ip=public_ip,
        asn=owner.asn if owner else None,
        network=owner.name if owner else None,
        hops=shown.hops,
        via_cernet=finding.verdict,
        internet=internet(outside.visits, has_route=outside.has_route),
    )


def _evidence(outside: _Outside, routers: Sequence[Router], finding: Finding, prefixes: Prefixes) -> dict[str, Any]:
    return {
        "route_to_the_outside": outside.has_route,
        "sites": [visit.facts() for visit in outside.visits],
        "address_services": [one.facts() for one in outside.told],
        "paths": [path.facts() for path in outside.paths],
        "education_only_page_opens": outside.inside_only,
        "edge_devices": [
            {"device": one.device, "clues": [clue.what for clue in one.clues], "problem": one.problem}
            for one in routers
        ],
        "education_network": {"verdict": finding.verdict, "because": list(finding.because)},
        "prefixes": {"date": prefixes.date.isoformat(), "sources": list(prefixes.sources)},
    }


def _nothing_learned(ctx: Context, settings: EgressSettings | None, raw: tuple[str, ...]) -> Observation:
    if settings is None:
        why = text(
            "the inventory has no table [egress], without which nothing outside the school is contacted: add the line"
            " [egress] to look at the Internet, the public address and the path"
        )
        return ctx.unavailable(Reason.NOT_CONFIGURED, why, raw=raw)
    why = text("this computer has no route to the outside: check its network cable, address and gateway")
    return ctx.unavailable(Reason.UNREACHABLE, why, raw=raw)
