"""What the connection at a point is like, as far as the system tells: the way to the router, the join, the goodput.

A survey joins and leaves nothing by itself. Loss and delay are of echo requests over the wireless card. How long the
join and DHCP took is what the system wrote down of the last ones, unless the surveyor says that a network is to be
joined anew.
"""

from __future__ import annotations

import re
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median

from probes.errors import TransportError
from probes.instrument import nic_towards
from probes.iperf3.client import measure
from probes.iperf3.outcome import Direction, Order
from probes.iperf3.peer import Peer
from probes.text import Text, text
from probes.wifi import join_times, joining
from probes.wifi.netsh_text import decoded
from probes.wifi.router import Standing, standing
from probes.wifi.running import Ran, run
from probes.wifi.scanner import Adapter

ECHOES, ECHO_S = 10, 30.0
OMIT_S, SECONDS = 1.0, 5.0
WAYS: tuple[Direction, ...] = ("down", "up")

PING_CLOSED = text(
    "this user may not send echo requests, so loss and delay are not determined: run with sudo, or run"
    " “sudo setcap cap_net_raw+ep $(which ping)” once"
)
PING_MISSING = text("the program ping is missing, so loss and delay are not determined: install iputils-ping")

_REPLY = re.compile(r"\b(?:ttl|hlim)\s*[=:]\s*\d", re.IGNORECASE)
_TIME = re.compile(r"[=<＜]\s*(\d+(?:[.,]\d+)?)\s*(?:ms|毫秒)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Connected:
    """What was measured, by the names of a survey point's fields, and what kept the rest from being measured."""

    facts: Mapping[str, float]
    hindrances: tuple[Text, ...] = ()


def measured(card: Adapter, responder: str | None, join: str | None = None) -> Connected:
    """Everything that the system tells of the connection over this card.

    Args:
        card: the wireless card.
        responder: the throughput peer, ``host:port``.
        join: the network to join anew first, on the surveyor's word.
    """
    facts: dict[str, float] = {}
    hindrances: list[Text] = []
    if join is not None:
        try:
            facts |= joining.timed(card, join)
        except joining.JoinError as error:
            hindrances.append(error.text)
    where = standing(card)
    if join is None and where is not None:
        told, why = join_times.told(card, where)
        facts |= told
        hindrances += why
    if where is None:
        return Connected(facts, tuple(hindrances))
    echoes, hindrance = echoed_by(where, card)
    rates, hindered = goodput(responder) if responder else ({}, None)
    hindrances += [one for one in (hindrance, hindered) if one is not None]
    return Connected({**facts, **echoes, **rates}, tuple(hindrances))


def echoed_by(where: Standing, card: Adapter) -> tuple[Mapping[str, float], Text | None]:
    """Loss and median delay of echo requests to the router; else why they are not determined."""
    ran = run(_ping(where, card), ECHO_S)
    if not ran.found:
        return {}, PING_MISSING
    if _may_not(ran):
        return {}, PING_CLOSED
    found = echoed(decoded(ran.output))
    if not found:
        return {}, text("the router {router} answers no echo request: loss and delay to it are not determined",
                        router=where.router)  # fmt: skip
    return found, None


def echoed(output: str) -> dict[str, float]:
    """What ``ping`` prints, in whatever language: replies are the lines with a TTL, and their delays stand in ms.

    A router that answers nothing may be one that answers no echo requests, so that nothing is known.

    >>> echoed("64 bytes from 10.0.0.1: icmp_seq=1 ttl=64 time=0.42 ms")["gateway_loss_ratio"]
    0.9
    >>> echoed("来自 10.0.0.1 的回复: TTL 传输中过期。")
    {}
    """
    replies = [line for line in output.splitlines() if _REPLY.search(line) and "DUP!" not in line][:ECHOES]
    if not replies:
        return {}
    delays = [float(found[1].replace(",", ".")) for line in replies if (found := _TIME.search(line)) is not None]
    loss = {"gateway_loss_ratio": round(1 - len(replies) / ECHOES, 4)}
    return {**loss, "gateway_delay_ms": round(median(delays), 3)} if delays else loss


def _ping(where: Standing, card: Adapter) -> tuple[str, ...]:
    if sys.platform == "win32":
        return ("ping", "-n", str(ECHOES), *(("-S", where.address) if where.address else ()), where.router)
    if sys.platform == "darwin":
        return ("ping", "-n", "-c", str(ECHOES), "-i", "0.2", "-b", card.name, where.router)
    return ("ping", "-n", "-c", str(ECHOES), "-i", "0.2", "-W", "1", "-I", card.name, where.router)


def _may_not(ran: Ran) -> bool:
    said = ran.complaint.lower()
    return ran.code not in {0, 1} and ("not permitted" in said or "permission denied" in said or "root" in said)


def goodput(responder: str) -> tuple[Mapping[str, float], Text | None]:
    """TCP goodput over the wireless card, both ways; else why one or both are not known."""
    facts: dict[str, float] = {}
    try:
        peer = Peer.parse(responder)
        if not _leads_over_the_air(peer):
            return {}, text("goodput is not measured, as the way to {responder} does not lead over the wireless card:"
                            " pull out the cable", responder=responder)  # fmt: skip
        for way in WAYS:
            facts[f"{way}_mbps"] = round(measure(peer, Order(way, 1, OMIT_S, SECONDS)).mbps, 3)
    except TransportError as error:
        return facts, text("goodput to {responder} is not measured: {why}", responder=responder, why=error.text)
    return facts, None


def _leads_over_the_air(peer: Peer) -> bool:
    try:
        address = str(socket.getaddrinfo(peer.host, peer.port, type=socket.SOCK_STREAM)[0][4][0])
    except (OSError, UnicodeError):
        return True  # a name that is not known: the test itself says so
    nic = nic_towards(address)
    return nic is not None and bool(nic.wireless)
