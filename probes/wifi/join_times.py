"""How long the last join and its DHCP took, by what the system has written down of it. Pure but for asking the system.

On Linux that is the journal: of NetworkManager, else of wpa_supplicant together with systemd-networkd, dhclient or
dhcpcd. Windows keeps the joins in its event log, and the time of the lease with the card. macOS writes nothing down.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from operator import itemgetter

from probes.text import Text, text
from probes.wifi.router import Standing
from probes.wifi.running import run
from probes.wifi.scanner import Adapter

JOURNAL_S = 10.0
LONGEST_S = 120.0
"""What comes later after a join is a renewal, or another join of which the beginning is not known."""

JOURNAL_CLOSED = text(
    "how long joining took stands in the system's journal, which this user may not read: run with sudo, or run"
    " “sudo usermod -aG systemd-journal $USER” and log in again"
)
EVENTS_CLOSED = text(
    "how long joining took stands in Windows' event log, which this user may not read: add the user to the group"
    " “Event Log Readers”, or run as administrator"
)

_TELLERS = ("NetworkManager", "wpa_supplicant", "systemd-networkd", "dhclient", "dhcpcd")
_CHANNEL = "Microsoft-Windows-WLAN-AutoConfig/Operational"
_STARTED, _CONNECTED = "8000", "8001"
_ACCESS_DENIED = 5

_LINE = re.compile(r"^(\d+(?:\.\d+)?) \S+ ([\w.@-]+?)(?:\[\d+\])?: (.*)$")
_MANAGED = re.compile(r"\(([^()\s]+)\): state change: \S+ -> ([\w-]+)")
_MANAGER_STEPS = {"prepare": "begun", "ip-config": "joined", "ip-check": "addressed"}
# Who says it, how, and what it means; the group is the card.
_OTHERS = (
    ("wpa_supplicant", re.compile(r"^(\S+?): (?:SME: )?Trying to (?:authenticate|associate) with "), "begun"),
    ("wpa_supplicant", re.compile(r"^(\S+?): CTRL-EVENT-CONNECTED\b"), "joined"),
    ("systemd-networkd", re.compile(r"^(\S+?): DHCPv4 address "), "addressed"),
    ("dhcpcd", re.compile(r"^(\S+?): leased \d"), "addressed"),
    ("dhclient", re.compile(r"^DHCP(?:DISCOVER|REQUEST)\b.* on (\S+)"), "asked"),
)
_BOUND = re.compile(r"^bound to \d")
_EVENT = re.compile(r"<Event[ >].*?</Event>", re.DOTALL)
_EVENT_ID = re.compile(r"<EventID(?: [^>]*)?>(\d+)</EventID>")
_EVENT_AT = re.compile(r"""<TimeCreated SystemTime=['"]([^'"]+)['"]""")
_EVENT_CARD = re.compile(r"""<Data Name=['"]InterfaceGuid['"]>([^<]+)</Data>""")

Happened = tuple[float, str]
"""When, in seconds since 1970, and what: begun, joined or addressed."""


def told(card: Adapter, standing: Standing | None) -> tuple[Mapping[str, float], tuple[Text, ...]]:
    """``join_s`` and ``dhcp_s`` as far as they were written down, and what keeps them from being read."""
    if sys.platform == "win32":
        query = f"*[System[(EventID={_STARTED} or EventID={_CONNECTED})]]"
        ran = run(("wevtutil", "qe", _CHANNEL, f"/q:{query}", "/c:40", "/rd:true", "/f:xml"), JOURNAL_S)
        closed = ran.code == _ACCESS_DENIED
        return in_events(ran.words, card.guid, standing and standing.leased_at), (EVENTS_CLOSED,) * closed
    if sys.platform != "linux":
        return {}, ()
    words = [word for teller in _TELLERS for word in ("-t", teller)]
    ran = run(("journalctl", "-b", "-n", "4000", "-o", "short-unix", "--no-pager", *words), JOURNAL_S)
    found = in_journal(ran.words, card.name)
    return found, (JOURNAL_CLOSED,) if not found and "not seeing messages" in ran.complaint else ()


def in_journal(journal: str, interface: str) -> Mapping[str, float]:
    """The last whole join of a card; NetworkManager knows best, and what others say beside it is part of its steps."""
    lines = [found.groups() for line in journal.splitlines() if (found := _LINE.match(line)) is not None]
    rows = [(float(at), teller, words) for at, teller, words in lines]
    return lasted(_by_manager(rows, interface)) or lasted(_by_others(rows, interface))


def in_events(events: str, guid: str, leased_at: int | None) -> Mapping[str, float]:
    """The last join of a card by the events of WLAN AutoConfig, and its DHCP by the lease, which has whole seconds."""
    found: list[Happened] = []
    for event in _EVENT.findall(events):
        number, at, card = _EVENT_ID.search(event), _EVENT_AT.search(event), _EVENT_CARD.search(event)
        moment = None if at is None else _seconds(at[1])
        if number is None or moment is None or (guid and card is not None and card[1].lower() != guid):
            continue
        found.append((moment, "begun" if number[1] == _STARTED else "joined"))
    if leased_at is not None:
        joined = [at for at, what in found if what == "joined" and at < leased_at + 1]
        # The lease has whole seconds, so it may seem to be older than the join that it followed.
        found.append((max([float(leased_at), *joined]), "addressed"))
    return lasted(sorted(found, key=itemgetter(0)))


def lasted(steps: Iterable[Happened]) -> Mapping[str, float]:
    """How long the last join took that ended with an address, from the attempt that succeeded; else the last at all.

    Without an address it may be a change from one access point to the next.

    >>> lasted([(10.0, "begun"), (11.5, "joined"), (12.25, "addressed"), (1800.0, "addressed")])
    {'join_s': 1.5, 'dhcp_s': 0.75}
    """
    begun: float | None = None
    joined: float | None = None
    whole: dict[str, float] = {}
    last: dict[str, float] = {}
    for at, what in steps:
        if what == "begun":
            begun, joined = at, None
        elif what == "joined" and begun is not None:
            last = {"join_s": round(at - begun, 3)} if 0 <= at - begun <= LONGEST_S else {}
            begun, joined = None, at if last else None
        elif what == "addressed" and joined is not None:
            if 0 <= at - joined <= LONGEST_S:
                whole = {**last, "dhcp_s": round(at - joined, 3)}
            joined = None
    return whole or last


def _by_manager(rows: Sequence[tuple[float, str, str]], interface: str) -> Iterable[Happened]:
    for at, teller, words in rows:
        found = _MANAGED.search(words) if teller == "NetworkManager" else None
        if found is not None and found[1] == interface and found[2] in _MANAGER_STEPS:
            yield at, _MANAGER_STEPS[found[2]]


def _by_others(rows: Sequence[tuple[float, str, str]], interface: str) -> Iterable[Happened]:
    asking = ""
    for at, teller, words in rows:
        if teller == "dhclient" and _BOUND.match(words) and asking == interface:
            yield at, "addressed"  # dhclient tells the card only when it asks
        for who, pattern, what in _OTHERS:
            found = pattern.match(words) if who == teller else None
            if found is not None and what == "asked":
                asking = found[1]
            elif found is not None and found[1] == interface:
                yield at, what


def _seconds(written: str) -> float | None:
    """Windows writes seven digits of a second, of which Python takes six."""
    plain = re.sub(r"(\.\d{6})\d+", r"\1", written).replace("Z", "+00:00")
    try:
        return datetime.fromisoformat(plain).timestamp()
    except ValueError:
        return None
