"""What the router at the school's edge says of its way out: names of uplink ports, own addresses, next hops."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from probes import interfaces as column
from probes.campus import Campus, Device
from probes.consult import consult
from probes.errors import TransportError
from probes.interfaces import Interface
from probes.port_names import find_port
from probes.probe import Context
from probes.transport.snmp import SnmpSession, Table, Value
from probes.wayout.prefixes import Prefixes, parsed

MAX_INTERFACES = 5_000
MAX_ROUTES = 500  # default routes come first
_IPV4, _OCTETS = 1, 4  # InetAddressType, and how long such an address is
_POLICY_AT = 7

AD_ENT_IF_INDEX = "1.3.6.1.2.1.4.20.1.2"
ROUTE_NEXT_HOP = "1.3.6.1.2.1.4.21.1.7"  # ipRouteTable (RFC 1213), indexed by destination
CIDR_NEXT_HOP = "1.3.6.1.2.1.4.24.4.1.4"  # ipCidrRouteTable (RFC 2096)
INET_IF_INDEX = "1.3.6.1.2.1.4.24.7.1.7"  # inetCidrRouteTable (RFC 4292), which holds the next hop in its index

_NAMES_IT = re.compile(
    r"(?<![A-Za-z])(?:CERNET2?|JSERNET|CNGI)(?![A-Za-z])|教育网|教科网|教育城域网|教育专网|教育和科研|教育科研",
    re.IGNORECASE,
)
# A label that says it is not in use, or not any more, or not that network.
_DISCLAIMS = re.compile(
    r"停用|停机|废|预留|备用|空闲|未|待|拆|旧|^原|原(?:教|cernet|jsernet)|非教|不用|"
    r"(?<![A-Za-z])(?:un-?used|spare|reserved?|old|former|was|not|no(?![. ]*\d)|non|disabled?|down|planned|future|"
    r"backup|test)(?![A-Za-z])",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Clue:
    """Something that shows the education network; ``address`` where it is one that lies in its ranges."""

    what: str
    address: str | None = None


@dataclass(frozen=True)
class Router:
    """What one device at the edge said.

    Attributes:
        device: its id.
        clues: what shows the education network.
        raw: its answers, as kept.
        problem: why it could not be asked, or ``""``.
    """

    device: str
    clues: tuple[Clue, ...] = ()
    raw: tuple[str, ...] = ()
    problem: str = ""


def edge_devices(campus: Campus) -> list[Device]:
    """The devices that uplinks are plugged into and that can be asked, over SNMP, on their console or over REST."""
    ids = dict.fromkeys((uplink.port or "").partition(":")[0] for uplink in campus.uplink)
    found = (campus.find_device(id_) for id_ in ids if id_)
    return [one for one in found if one is not None and any((one.snmp, one.ssh, one.http))]


async def ask_router(ctx: Context, device: Device, prefixes: Prefixes) -> Router:
    """Ask over SNMP and, where that shows nothing, on the console or over REST for its default routes."""
    said = await _by_snmp(ctx, device, prefixes) if device.snmp is not None else Router(device.id)
    if said.clues or not any((device.ssh, device.http)):
        return said
    there = await _on_console(ctx, device, prefixes)
    problem = "; ".join(one for one in (said.problem, there.problem) if one)
    return Router(device.id, there.clues, (*said.raw, *there.raw), problem)


async def _by_snmp(ctx: Context, device: Device, prefixes: Prefixes) -> Router:
    """Read the device's ports, addresses and first routes; what it does not have is no clue."""
    try:
        async with ctx.snmp(device) as session:
            interfaces = await _interfaces(session)
            addresses = await session.table(AD_ENT_IF_INDEX, max_rows=MAX_INTERFACES)
            default = await session.get(f"{ROUTE_NEXT_HOP}.0.0.0.0")
            routes = await session.table(CIDR_NEXT_HOP, max_rows=MAX_ROUTES)
            newer = {} if routes else await session.table(INET_IF_INDEX, max_rows=MAX_ROUTES)
            raw = ctx.keep(session.raw())
    except TransportError as error:
        return Router(device.id, problem=str(error))
    hops = [*default.values(), *(value for row in routes.values() for value in row.values())]
    hops += [hop for index in newer if (hop := inet_next_hop(index)) is not None]
    clues = [
        *_labels(ctx.campus, device, interfaces),
        *_own_addresses(addresses, interfaces, prefixes),
        *_next_hops(hops, prefixes),
    ]
    return Router(device.id, tuple(dict.fromkeys(clues)), (raw,))


def inet_next_hop(index: str) -> str | None:
    """The IPv4 next hop in an index of inetCidrRouteTable.

    The index is kind, length and octets of the destination, its prefix, the policy with its length, and of the next hop
    kind, length and octets again.

    >>> inet_next_hop("1.4.0.0.0.0.0.2.0.0.1.4.202.112.1.1"), inet_next_hop("2.16.0.0")
    ('202.112.1.1', None)
    """
    parts = [int(part) for part in index.split(".") if part.isdigit()]
    if parts[:2] != [_IPV4, _OCTETS] or len(parts) < _POLICY_AT + 1:
        return None
    hop = parts[_POLICY_AT + 1 + parts[_POLICY_AT] :]
    return ".".join(map(str, hop[2:])) if hop[:2] == [_IPV4, _OCTETS] and len(hop) == 2 + _OCTETS else None


async def _on_console(ctx: Context, device: Device, prefixes: Prefixes) -> Router:
    """Its default routes, by what its dialect asks for them."""
    try:
        async with consult(ctx, device) as asked:
            answer = await asked.ask("default_route")
            raw = asked.keep()
    except TransportError as error:
        return Router(device.id, problem=str(error))
    hops: list[Value] = [row.groups.get("next_hop") for row in answer.rows]
    return Router(device.id, tuple(dict.fromkeys(_next_hops(hops, prefixes))), raw)


def names_education(alias: str) -> bool:
    """Whether a port's label says that it leads to the education network.

    >>> [names_education(alias) for alias in ("To-JSERNET 1G", "无锡教育城域网", "CERNET No.2")]
    [True, True, True]
    >>> [names_education(alias) for alias in ("原教育网", "教育网(停用)", "concernet", "old CERNET", "")]
    [False, False, False, False, False]
    """
    return bool(_NAMES_IT.search(alias)) and not _DISCLAIMS.search(alias)


async def _interfaces(session: SnmpSession) -> dict[str, Interface]:
    columns = (column.IF_DESCR, column.IF_NAME, column.IF_TYPE, column.IF_OPER, column.IF_ADMIN, column.IF_ALIAS)
    table = await session.table(*columns, max_rows=MAX_INTERFACES)
    return {index: Interface.read(index, row) for index, row in table.items()}


def _labels(campus: Campus, device: Device, interfaces: Mapping[str, Interface]) -> Iterator[Clue]:
    """Labels of the ports that the inventory calls uplinks, as far as they are up."""
    names = {index: (one.name, one.descr, f"{one.name}#{index}") for index, one in interfaces.items()}
    for uplink in campus.uplink:
        owner, _, port = (uplink.port or "").partition(":")
        found = find_port(port, names) if owner == device.id and port else []
        interface = interfaces[found[0]] if len(found) == 1 else None
        if interface is not None and interface.port.oper_up and names_education(interface.port.alias):
            yield Clue(f"port {device.id}:{port} is up and labelled “{interface.port.alias}”")


def _own_addresses(table: Table, interfaces: Mapping[str, Interface], prefixes: Prefixes) -> Iterator[Clue]:
    """Addresses of the device's own that the education network gave out, on interfaces that are up."""
    for address, row in table.items():
        interface = interfaces.get(str(row.get(AD_ENT_IF_INDEX)))
        if interface is not None and interface.port.oper_up and prefixes.knows(address):
            yield Clue(f"interface {interface.name} has the address {address}", address)


def _next_hops(values: list[Value], prefixes: Prefixes) -> Iterator[Clue]:
    for value in values:
        if isinstance(value, str) and parsed(value) is not None and prefixes.knows(value):
            yield Clue(f"a route's next hop is {value}", value)
