"""One search for hosts: listen, sweep, ask all at once, knock, and put together what each host showed of itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from probes.dialect import Identity
from probes.discovery import agents, arp, doors, heard, interface, multicast, reach, vendors
from probes.discovery.classify import Seen
from probes.discovery.doors import Stands
from probes.discovery.interface import Interface
from probes.discovery.multicast import Told
from probes.discovery.pace import Ledger, Pacer
from probes.discovery.ranges import Area
from probes.discovery.settings import DiscoverySettings
from probes.switching.mac import from_octets, masked

# A card that answers for more addresses than this stands in for others (a router with proxy ARP, a trap).
MOST_ADDRESSES = 8
COMMON_PORTS = frozenset({22, 80, 443, 445})
# A range in which more than this share answers an echo request is answered for by something in front of it.
EVERYBODY = 0.95

_WORDS = frozenset({"name", "model", "maker", "ssdp-server"})


@dataclass
class Found:
    """One address that somebody has.

    Attributes:
        macs: the cards that claim it; several mean that it is given twice.
        how: by what it was found: arp, table, echo, connection or heard.
        seen: its signs.
        stands: what stands on its doors.
        names: what it calls itself, the first heard first.
        agent: whether it has an SNMP agent that answered without any credential.
        stood_in_for: how many addresses its card answers for, where they are too many to be all its own.
    """

    address: str
    macs: list[bytes]
    how: str
    seen: Seen = field(default_factory=Seen)
    stands: list[Stands] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    agent: bool = False
    enterprise: int | None = None
    stood_in_for: int = 0

    @property
    def mac(self) -> bytes | None:
        """Its card, if only one claims the address."""
        return self.macs[0] if len(self.macs) == 1 else None


@dataclass
class Findings:
    """Everything that a search found.

    Attributes:
        yields: by card, how many hosts answered ARP when they had been asked once, twice and so on.
    """

    interfaces: Sequence[Interface]
    settings: interface.Settings
    heard: heard.Heard | None
    hosts: dict[str, Found]
    ledger: Ledger
    ipv6: dict[str, bytes] = field(default_factory=dict)
    yields: dict[str, Sequence[int]] = field(default_factory=dict)

    @property
    def missing(self) -> int:
        """How many hosts are likely there that no answer came from."""
        return round(sum(arp.missing(one) for one in self.yields.values()))

    def written(self) -> Mapping[str, Any]:
        """For the evidence: what this computer is, what was heard, and what was sent."""
        listened = self.heard
        return {
            "interfaces": [
                {
                    "name": one.name,
                    "address": f"{one.address}/{one.network.prefixlen}",
                    "gateway": one.gateway,
                    "ipv6": list(one.address6),
                }
                for one in self.interfaces
            ],
            "name_servers": list(self.settings.name_servers),
            "dhcp_lease": {"server": self.settings.dhcp_server, "seconds": self.settings.lease_s},
            "vendors": vendors.source(),
            "heard": None
            if listened is None
            else {
                "frames": listened.frames,
                "dhcp_servers": listened.dhcp,
                "neighbours": [
                    {"protocol": one.protocol, "name": one.name, "port": one.port, "about": one.about}
                    for one in list(listened.neighbours)[:64]
                ],
                "groups": {group: sorted(who)[:64] for group, who in sorted(listened.groups.items())[:256]},
            },
            "arp_answered_when_asked_so_often": self.yields,
            "likely_missing": self.missing,
            "ipv6_hosts": sorted((address, masked(from_octets(mac) or "")) for address, mac in self.ipv6.items())[
                :1000
            ],
            "duplicate_addresses": [one.address for one in self.hosts.values() if len(one.macs) > 1],
            "answers_for_others": self._stand_ins(),
            "traffic": self.ledger.written(),
        }

    def _stand_ins(self) -> dict[str, int]:
        return {
            masked(from_octets(one.mac) or ""): one.stood_in_for
            for one in self.hosts.values()
            if one.stood_in_for and one.mac
        }


def search(settings: DiscoverySettings, area: Area, cancelled: Callable[[], bool]) -> Findings:
    """Look for every host of the area; blocking, minutes for large ranges."""
    cards = [one for one in interface.interfaces() if settings.interface is None or one.name == settings.interface]
    ledger = Ledger()
    pacer = Pacer(settings.probes_per_s, settings.host_probes_per_s, ledger)
    listened = heard.listen(cards[0], settings.listen_s, cancelled) if cards and settings.listen_s else None
    found = Findings(cards, interface.settings(), listened, {}, ledger)
    _sweep(found, settings, area, pacer, cancelled)
    _add_heard(found, area)
    for card in cards:
        if card.address6:
            reach.ask_ipv6(card.name, pacer)
        found.ipv6 |= reach.ipv6_neighbours(card.name)
    _mark_stand_ins(found, area)
    told = [one for card in cards for one in multicast.ask_all(card, area.__contains__, pacer)]
    _add_told(found, told, area)
    _ask_each(found, pacer, cancelled)
    for one in found.hosts.values():
        _sum_up(one, found)
    found.hosts = dict(sorted(found.hosts.items(), key=lambda one: IPv4Address(one[0])))
    return found


def _sweep(
    found: Findings, settings: DiscoverySettings, area: Area, pacer: Pacer, cancelled: Callable[[], bool]
) -> None:
    """Our own segments by ARP, or by the system's table where this process may not; the rest by echo requests."""
    own = {one.address for one in found.interfaces}
    near, far = area.part([one.network for one in found.interfaces])
    for card in found.interfaces:
        here = [one for one in near if IPv4Address(one) in card.network and one not in own]
        if not here:
            continue
        if card.mac and arp.may_sweep(card):
            answers = arp.sweep(card, here, settings.arp_per_s, found.ledger.note, cancelled)
            found.yields[card.name] = answers.yields
            for address, macs in answers.macs.items():
                found.hosts[address] = Found(address, macs, "arp")
        else:
            for address, mac in reach.by_table(here, pacer, cancelled).items():
                found.hosts[address] = Found(address, [mac], "table")
    remote = [one for one in far if one not in own]
    answered = reach.by_echo(remote, pacer, cancelled) if remote else set()
    if answered is None:
        common, refusing = [one for one in doors.doors() if one.port in COMMON_PORTS], set[str]()
        knocked = doors.knock(remote, pacer, common, cancelled, refusing)
        there = refusing.union(address for address, open_ in knocked.items() if open_)
        found.hosts |= {address: Found(address, [], "connection") for address in there}
    else:
        found.hosts |= {address: Found(address, [], "echo") for address in answered}


def _add_heard(found: Findings, area: Area) -> None:
    """Hosts that spoke up by themselves, and the names that cards gave DHCP servers."""
    if found.heard is None:
        return
    networks: list[IPv4Network] = [one.network for one in found.interfaces]
    found.ipv6 |= {address: mac for address, mac in found.heard.macs.items() if ":" in address}
    for address, mac in found.heard.macs.items():
        if address in area and address not in found.hosts and any(IPv4Address(address) in one for one in networks):
            found.hosts[address] = Found(address, [mac], "heard")
    for one in found.hosts.values():
        name, vendor_class = found.heard.names.get(one.mac or b"", ("", ""))
        one.seen.add("words", name, vendor_class)
        one.names += [name] if name else []
    _add_told(found, found.heard.told, area)
    for neighbour in found.heard.neighbours:
        if neighbour.address in found.hosts:
            host = found.hosts[neighbour.address]
            host.seen.add("lldp", *neighbour.can)
            host.seen.add("words", neighbour.about)
            host.names.append(neighbour.name)


def _mark_stand_ins(found: Findings, area: Area) -> None:
    """Cards that answer for more addresses than one machine has, and ranges behind a router where everybody answers."""
    own = Counter(one.mac for one in found.hosts.values() if one.mac)
    for one in found.hosts.values():
        if one.mac and own[one.mac] > MOST_ADDRESSES:
            one.stood_in_for = own[one.mac]
    for network in area.ranges:
        answered = [one for one in found.hosts.values() if not one.macs and IPv4Address(one.address) in network]
        if len(answered) > max(MOST_ADDRESSES, EVERYBODY * (network.num_addresses - 2)):
            for one in answered:
                one.stood_in_for = len(answered)


def _add_told(found: Findings, told: Iterable[Told], area: Area) -> None:
    for one in told:
        if one.host not in area:
            continue
        host = found.hosts.setdefault(one.host, Found(one.host, [], "heard"))
        on, words = one.sign
        if on in {"mdns", "ssdp", "wsd"}:
            host.seen.add(on, words)  # type: ignore[arg-type]
        elif on in _WORDS:
            host.seen.add("words", words)
            if on == "name" and words not in host.names:
                host.names.append(words)


def _ask_each(found: Findings, pacer: Pacer, cancelled: Callable[[], bool]) -> None:
    """Knock at every host's doors; one machine that stands in for many is one machine, and not knocked at for each."""
    gateways = {one.gateway for one in found.interfaces}
    real = [one.address for one in found.hosts.values() if not one.stood_in_for or one.address in gateways]
    real.sort(key=IPv4Address)
    for host, number in agents.agents(real, pacer, cancelled).items():
        found.hosts[host].agent = True
        found.hosts[host].enterprise = number
    opened = doors.knock(real, pacer, cancelled=cancelled)
    for stands in doors.talk(opened, pacer) if not cancelled() else ():
        found.hosts[stands.host].stands.append(stands)


def _sum_up(one: Found, found: Findings) -> None:
    """The signs of what was learned, and what the host says of itself on its doors."""
    if one.mac:
        one.seen.add("vendor", vendors.vendor_of(one.mac))
    if one.address in {card.gateway for card in found.interfaces}:
        one.seen.add("fact", "gateway")
    if one.enterprise is not None:
        one.seen.add("fact", f"agent of {one.enterprise}")
    one.seen.add("door", *(f"{stands.port} {stands.name}" for stands in one.stands))
    one.seen.add("words", *(stands.words for stands in one.stands), *(stands.title for stands in one.stands))
    http = [words for stands in one.stands if stands.name.startswith("http") for words in (stands.words, stands.title)]
    ssh = next((stands.words for stands in one.stands if stands.name == "ssh"), "")
    one.seen.identity = Identity(ssh=ssh, http="\n".join(words for words in http if words))
