"""What the connection at a point is like, as far as the system tells: the gateway, the join, the goodput.

A survey joins and leaves nothing by itself. Loss and delay are of echo requests over the wireless card. How long the
join and DHCP took is read from NetworkManager's own journal of the connection that is up, and not determined elsewhere.
"""

from __future__ import annotations

import re
import socket
import struct
import sys
from collections.abc import Mapping
from pathlib import Path
from statistics import median

from probes.errors import TransportError
from probes.instrument import nic_towards
from probes.iperf3.client import measure
from probes.iperf3.outcome import Order
from probes.iperf3.peer import Peer
from probes.wifi.running import run

ECHOES, ECHO_S, JOURNAL_S = 10, 30.0, 10.0
OMIT_S, SECONDS = 1.0, 5.0

_REPLY = re.compile(r"ttl[=:\s]", re.IGNORECASE)
_TIME = re.compile(r"[=<＜]\s*(\d+(?:[.,]\d+)?)\s*(?:ms|毫秒)", re.IGNORECASE)
_STATE = re.compile(r"^(\d+\.\d+) .*?\((\S+?)\): state change: (\S+) -> (\S+)")


def gateway(interface: str, routes: Path = Path("/proc/net/route")) -> str | None:
    """The router of the wireless card (Linux); ``None`` where there is none, or the system tells it otherwise."""
    try:
        lines = routes.read_text("ascii").splitlines()[1:]
    except OSError:
        return None
    for line in lines:
        fields = line.split()
        if len(fields) > 3 and fields[0] == interface and fields[1] == "00000000" and int(fields[3], 16) & 2:  # noqa: PLR2004
            return socket.inet_ntoa(struct.pack("<I", int(fields[2], 16)))
    return None


def echoes(host: str, interface: str) -> dict[str, float]:
    """Loss and median delay of echo requests; nothing where none could be sent."""
    if sys.platform == "win32":
        command = ("ping", "-n", str(ECHOES), host)
    elif sys.platform == "darwin":
        command = ("ping", "-n", "-c", str(ECHOES), "-i", "0.2", host)
    else:
        command = ("ping", "-n", "-c", str(ECHOES), "-i", "0.2", "-W", "1", "-I", interface, host)
    ran = run(command, ECHO_S)
    return echoed(ran.output.decode("utf-8", "replace")) if ran.code in {0, 1} and ran.output else {}


def echoed(output: str) -> dict[str, float]:
    """What ``ping`` prints, in whatever language: replies are the lines with a TTL, and their delays stand in ms.

    >>> echoed("64 bytes from 10.0.0.1: icmp_seq=1 ttl=64 time=0.42 ms")["gateway_loss_ratio"]
    0.9
    """
    replies = [line for line in output.splitlines() if _REPLY.search(line)][:ECHOES]
    delays = [float(found[1].replace(",", ".")) for line in replies if (found := _TIME.search(line)) is not None]
    loss = {"gateway_loss_ratio": round(1 - len(replies) / ECHOES, 4)}
    return {**loss, "gateway_delay_ms": round(median(delays), 3)} if delays else loss


def joining(interface: str) -> dict[str, float]:
    """How long the last join and its DHCP took, by NetworkManager's journal; nothing where it cannot be read."""
    if sys.platform != "linux":
        return {}
    command = ("journalctl", "-u", "NetworkManager", "-b", "-n", "2000", "-o", "short-unix", "--no-pager", "-q")
    return joined_in(run(command, JOURNAL_S).words, interface)


def joined_in(journal: str, interface: str) -> dict[str, float]:
    """From the changes of state of the last connection: prepare, then config, then ip-config, then ip-check."""
    at: dict[str, float] = {}
    last: Mapping[str, float] = {}
    for line in journal.splitlines():
        found = _STATE.match(line)
        if found is None or found[2] != interface:
            continue
        if found[4] == "prepare":
            at = {}
        at[found[4]] = float(found[1])
        if found[4] == "ip-check" and {"prepare", "ip-config"} <= at.keys():
            last = dict(at)
    if not last:
        return {}
    return {
        "join_s": round(max(last["ip-config"] - last["prepare"], 0.0), 3),
        "dhcp_s": round(max(last["ip-check"] - last["ip-config"], 0.0), 3),
    }


def goodput(responder: str) -> dict[str, float]:
    """TCP goodput over the wireless card, both ways; nothing where the way leads through another card or fails."""
    try:
        peer = Peer.parse(responder)
        nic = nic_towards(peer.host)
        if nic is None or not nic.wireless:
            return {}
        down, up = (measure(peer, Order(way, 1, OMIT_S, SECONDS)) for way in ("down", "up"))
    except (TransportError, ValueError):
        # ValueError: a name, of which the card towards it is not known
        return {}
    return {"down_mbps": round(down.mbps, 3), "up_mbps": round(up.mbps, 3)}


def all_of(interface: str, responder: str | None) -> dict[str, float]:
    """Everything that the system tells of the connection over this card."""
    router = gateway(interface)
    if router is None:
        return {}
    found = {**echoes(router, interface), **joining(interface)}
    return {**found, **goodput(responder)} if responder else found
