"""Hosts: who is on the school's networks, and what kind of thing each is (1.2.1 to 1.2.4, 1.3.1).

Nobody is looked for unless the inventory has a table ``[discovery]`` in which somebody answers for it until a date.
What was sent is counted in the evidence. Cards are told apart by a keyed hash of their address.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from ipaddress import IPv4Address, IPv4Network
from threading import Event
from zoneinfo import ZoneInfo

from probes.campus import Campus, School
from probes.discovery.classify import UNKNOWN, Classed, classify
from probes.discovery.identify import identify
from probes.discovery.memory import Memory, Remembered
from probes.discovery.ranges import MOST_IN_ALL, Area, Network, fault_of, refused_range
from probes.discovery.search import Findings, Found, search
from probes.discovery.settings import DiscoverySettings
from probes.discovery.vendors import vendor_of
from probes.kinds import Exposure, Host
from probes.observation import Method, Observation, Reason
from probes.probe import Context, probe
from probes.switching.mac import from_octets
from probes.text import Text, text
from probes.trouble import said_by

MOST_SERVICES = 32


def _timeout_s(campus: Campus) -> float:
    return 120.0 + 6 * _expected_s(campus)


def _expected_s(campus: Campus) -> float:
    """By expectation a third of the addresses are in use, and each costs seventeen packets."""
    settings = campus.discovery
    if settings is None:
        return 0.1
    addresses = sum(one.num_addresses for one in _ranges(campus, settings) if fault_of(one) is None)
    return settings.listen_s + 8 + 3 * addresses / settings.arp_per_s + 17 * addresses / 3 / settings.probes_per_s


def _expected_mb(campus: Campus) -> float:
    return 0.0005 * _expected_s(campus) * (campus.discovery.probes_per_s if campus.discovery else 0) / 2


@probe(
    yields="host",
    on="school",
    touch="active",
    timeout_s=_timeout_s,
    expected_s=_expected_s,
    expected_mb=_expected_mb,
)
async def hosts(ctx: Context, school: School) -> AsyncIterator[Observation]:
    """Look for every host of the ranges allowed, and tell what each is and why; then those remembered of this month."""
    del school
    settings = ctx.campus.discovery
    refusal = _refusal(ctx, settings)
    if settings is None or refusal is not None:
        yield ctx.unavailable(*(refusal or _not_allowed()))
        return
    ranges = _ranges(ctx.campus, settings)
    for one in ranges:
        if (fault := fault_of(one)) is not None:
            yield ctx.unavailable(Reason.NOT_PERMITTED, refused_range(str(one), fault), subject=f"range:{one}")
    area = Area.of(
        [one for one in ranges if isinstance(one, IPv4Network) and fault_of(one) is None], settings.leave_out
    )
    if not 0 < len(area) <= MOST_IN_ALL:
        yield ctx.unavailable(Reason.NOT_CONFIGURED, _no_area(len(area)))
        return
    memory = await asyncio.to_thread(Memory, ctx.campus)
    findings = await _search(settings, area)
    async for observation in _told(ctx, findings, area, memory):
        yield observation


async def _search(settings: DiscoverySettings, area: Area) -> Findings:
    """The search in a thread, which ends soon after this task is given up."""
    stop = Event()
    try:
        return await asyncio.to_thread(search, settings, area, stop.is_set)
    finally:
        stop.set()


async def _told(ctx: Context, findings: Findings, area: Area, memory: Memory) -> AsyncIterator[Observation]:
    opened = await identify(ctx, list(findings.hosts.values()), findings.ledger)
    evidence = {**findings.written(), "ranges": [str(one) for one in area.ranges]}
    raw = (ctx.keep(json.dumps(evidence, ensure_ascii=False, indent=1)),)
    if not findings.hosts:
        yield ctx.unavailable(Reason.EMPTY, text("nobody answered in {ranges}", ranges=_named(area.ranges)), raw=raw)
        return
    if findings.missing:
        yield ctx.unavailable(Reason.NO_ANSWER, _lossy(findings), subject=f"range:{_named(area.ranges)}", raw=raw)
    now, seen = ctx.now(), set()
    for one in findings.hosts.values():
        classed = _classed(one)
        remembered = _remember(memory, one, classed, ctx, now)
        if remembered is not None:
            seen.add(remembered[0])
        value = _host(one, classed, remembered, opened.by_host, ctx.campus)
        yield ctx.observe(value, subject=one.address, raw=raw)
    for hashed, known in memory.absent(seen, now).items():
        if known.address not in findings.hosts and known.address in area:
            yield ctx.observe(_absent(hashed, known), subject=known.address, method=Method.READ)
    for server in _unknown_dhcp(findings, ctx.campus):
        told = text("it answers DHCP requests beside {known}, and is no device of the inventory", known=server[1])
        rogue = Exposure(what="rogue_dhcp", present=True, evidence=str(told))
        yield ctx.observe(rogue, subject=server[0], raw=raw, told=told)
    for credential, trouble in opened.troubles.items():
        yield ctx.unavailable(Reason.SECRET_MISSING, trouble, subject=f"credential:{credential}")
    try:
        await asyncio.to_thread(memory.save, now)
    except OSError as error:
        unsaved = text("what was seen tonight cannot be remembered: {error}", error=said_by(error))
        yield ctx.unavailable(Reason.FILE_UNREADABLE, unsaved)


def _unknown_dhcp(findings: Findings, campus: Campus) -> list[tuple[str, str]]:
    """Servers that answered DHCP requests while we listened and that nobody entered, each with one that is entered.

    Where none of those heard is entered, the inventory is more likely to lack the school's own server. That none was
    heard shows nothing: most answers go to the asking card alone.
    """
    heard = sorted(findings.heard.dhcp) if findings.heard is not None else []
    entered = {one.address for one in campus.device} | {one.gateway for one in findings.interfaces if one.gateway}
    known = [one for one in heard if one in entered]
    return [(one, known[0]) for one in heard if known and one not in entered]


def _lossy(findings: Findings) -> Text:
    tries = max(len(one) for one in findings.yields.values())
    return text(
        "this network loses so many frames that about {missing} more hosts are likely there that did not answer in"
        " {tries} tries: check cable and switch for errors, and search again",
        missing=findings.missing,
        tries=tries,
    )


def _classed(one: Found) -> Classed:
    """The class of a host; none for an address that only spoke up, since anybody can speak in its name."""
    classed = classify(one.seen)
    if one.how == "heard" and not one.macs:
        return replace(classed, what=UNKNOWN, why=("only heard", *classed.why))
    return classed


def _remember(
    memory: Memory, one: Found, classed: Classed, ctx: Context, now: datetime
) -> tuple[str, Remembered] | None:
    """The card's hash and record; none where no card, or more than one, claims the address."""
    if one.mac is None:
        return None
    hashed, stamp = memory.hash_of(one.mac), now.isoformat(timespec="seconds")
    subnet = _subnet(ctx.campus, one.address)
    seen = Remembered(stamp, stamp, one.address, classed.what, vendor_of(one.mac), subnet)
    # A card that stands in for others lends them neither its class nor its past.
    lent = one.stood_in_for and classed.what == UNKNOWN
    return hashed, seen if lent else memory.note(hashed, seen)


def _host(
    one: Found,
    classed: Classed,
    remembered: tuple[str, Remembered] | None,
    opened: Mapping[str, tuple[str, ...]],
    campus: Campus,
) -> Host:
    services = [str(stands) for stands in one.stands]
    if one.agent:
        services.append("161/udp snmp" + (f" enterprise {one.enterprise}" if one.enterprise is not None else ""))
    known = remembered[1] if remembered is not None else None
    return Host(
        mac_hash=remembered[0] if remembered is not None else None,
        mac_tail=(from_octets(one.mac) or "")[-5:] if one.mac else "",
        vendor=vendor_of(one.mac) if one.mac else "",
        what=known.what if known is not None and classed.what == UNKNOWN else classed.what,
        confidence=classed.confidence,
        why=(*_remarks(one, classed, known), *classed.why),
        services=tuple(services[:MOST_SERVICES]),
        name=next(iter(one.names), ""),
        about=one.seen.identity.sys_descr or next((stands.title for stands in one.stands if stands.title), ""),
        dialect=classed.dialect,
        opened_by=opened.get(one.address, ()),
        subnet=_subnet(campus, one.address),
        first_seen=known.first_seen if known is not None else None,
        last_seen=known.last_seen if known is not None else None,
    )


def _remarks(one: Found, classed: Classed, known: Remembered | None) -> list[str]:
    remarks = []
    if len(one.macs) > 1:
        remarks.append(f"{len(one.macs)} cards claim this address")
    if one.stood_in_for:
        who = "its card" if one.mac else "something"
        remarks.append(f"{who} answers for {one.stood_in_for} addresses")
    if known is not None and classed.what == UNKNOWN != known.what:
        remarks.append(f"{known.what} on an earlier day")
    return remarks


def _absent(hashed: str, known: Remembered) -> Host:
    return Host(
        mac_hash=hashed,
        vendor=known.vendor,
        what=known.what,
        why=("remembered",),
        subnet=known.subnet,
        first_seen=known.first_seen,
        last_seen=known.last_seen,
    )


def _ranges(campus: Campus, settings: DiscoverySettings) -> Sequence[Network]:
    return settings.ranges or tuple(dict.fromkeys(one.cidr for one in campus.subnet))


def _subnet(campus: Campus, address: str) -> str | None:
    """The id of the narrowest range of the inventory that holds the address."""
    holding = [one for one in campus.subnet if one.cidr.version == 4 and IPv4Address(address) in one.cidr]  # noqa: PLR2004
    return max(holding, key=lambda one: one.cidr.prefixlen).id if holding else None


def _refusal(ctx: Context, settings: DiscoverySettings | None) -> tuple[Reason, Text] | None:
    """Why nobody may be looked for tonight."""
    if settings is None:
        return None
    if ctx.now().astimezone(ZoneInfo(ctx.campus.school.timezone)).date() > settings.until:
        ended = text(
            "the search for hosts that {by} allowed ended on {until}: renew [discovery], or no host is looked for",
            by=settings.authorised_by,
            until=settings.until.isoformat(),
        )
        return Reason.NOT_PERMITTED, ended
    return None


def _not_allowed() -> tuple[Reason, Text]:
    return Reason.NOT_CONFIGURED, text(
        "no host is looked for, because the inventory has no [discovery] in which somebody allows it"
    )


def _no_area(addresses: int) -> Text:
    if addresses:
        return text(
            "{n} addresses are too many for one search, {most} at most: name the ranges in [discovery]",
            n=addresses,
            most=MOST_IN_ALL,
        )
    return text("there is no range to look in: write ranges in [discovery], or [[subnet]] entries")


def _named(ranges: Sequence[IPv4Network]) -> str:
    return ", ".join(str(one) for one in ranges[:8]) + (" …" if len(ranges) > 8 else "")  # noqa: PLR2004
