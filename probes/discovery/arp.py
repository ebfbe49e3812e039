"""Who answers ARP on our own segment: requests over a raw socket (RFC 826), paced by ourselves.

Frames get lost, so every silent address is asked twice, and again for as long as the yield of the passes says that
somebody is still missing: where 270 answered at first and 27 the second time, two or three more are there. From the
third pass on only blocks of addresses are asked in which somebody answered, for addresses are given out in rows.
"""

from __future__ import annotations

import select
import socket
import struct
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from time import monotonic

from probes.discovery.interface import Interface

LEAST_PASSES, MOST_PASSES = 2, 6
STILL_MISSING, HARDLY_MISSING = 0.1, 0.01
"""So many hosts by expectation are worth another pass; the lesser where that costs no time to speak of."""
CHEAP_S = 0.2
BLOCK = 32
SHORTEST_WAIT_S, LONGEST_WAIT_S = 0.05, 1.0
AGAIN_S = 0.3
"""Nobody is asked a second time before: in a range of few addresses slow hosts would be taken for lost frames."""
CATCH_UP_S = 0.015
BUFFER = 4 * 1024 * 1024
MOST_AT_ONCE = 4096

_ARP = 0x0806
_EVERYBODY = b"\xff" * 6
_FRAME = struct.Struct("!6s6sHHHBBH6s4s6s4s")
_ETHERNET, _IPV4, _REQUEST, _REPLY = 1, 0x0800, 1, 2
_FORCE_RECEIVE_BUFFER = 33  # SO_RCVBUFFORCE, which Python does not name


@dataclass
class Answers:
    """Who said that an address is theirs.

    Attributes:
        macs: by address, every card that claimed it, in the order in which they did.
        slowest_s: the longest that an answer took.
        yields: how many answered when they had been asked once, twice and so on.
    """

    macs: dict[str, list[bytes]] = field(default_factory=dict)
    slowest_s: float = 0.0
    yields: list[int] = field(default_factory=list)


def may_sweep(interface: Interface) -> bool:
    """Whether this process may send ARP frames on that card."""
    try:
        _open(interface.name).close()
    except (OSError, AttributeError):
        return False
    return True


def sweep(
    interface: Interface,
    addresses: Iterable[str],
    per_s: float,
    note: Callable[[str, str, float], None],
    cancelled: Callable[[], bool] = lambda: False,
) -> Answers:
    """Ask for every address on the card's segment; blocking.

    Args:
        interface: the card, with its own addresses.
        addresses: IPv4 addresses of that segment.
        per_s: frames a second at most.
        note: is told of each frame: kind, address, time.
        cancelled: asked now and then whether to stop.

    Raises:
        OSError: no raw socket may be opened there.
    """
    asked = {IPv4Address(one).packed: one for one in addresses if one != interface.address}
    with _open(interface.name) as wire:
        round_ = _Round(wire, interface, asked, per_s, note, cancelled)
        yields = round_.answers.yields
        while len(yields) < MOST_PASSES and not cancelled():
            yields.append(0)
            round_.run(round_.silent(neighbours_only=len(yields) > LEAST_PASSES))
            if len(yields) >= LEAST_PASSES:
                round_.settle()
                if missing(yields) < (HARDLY_MISSING if round_.costs_s() < CHEAP_S else STILL_MISSING):
                    break
        return round_.answers


def missing(yields: Sequence[int]) -> float:
    """How many hosts are still to be found, by how many answered when asked once, twice and so on.

    The share that did not answer the first time is what each pass loses; where nobody did, the tries they took say it.

    >>> round(missing([270, 27]), 1), round(missing([270, 27, 3]), 1), missing([300, 0]), missing([0, 4])
    (2.5, 0.3, 0.0, 1.0)
    """
    found = sum(yields)
    if not found:
        return 0.0
    tries = sum(times * answered for times, answered in enumerate(yields, 1))
    lost = 1 - (yields[0] / found if yields[0] else found / tries)
    return float(found * lost ** len(yields))


def _open(name: str) -> socket.socket:
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ARP))
    try:
        wire.bind((name, _ARP))
        wire.settimeout(0)
        # The usual buffers hold a few dozen frames and lose the rest in silence.
        for option in (socket.SO_RCVBUF, _FORCE_RECEIVE_BUFFER, socket.SO_SNDBUF):
            try:
                wire.setsockopt(socket.SOL_SOCKET, option, BUFFER)
            except OSError:
                continue  # forcing needs more rights than opening
    except OSError:
        wire.close()
        raise
    return wire


class _Round:
    """The passes over one set of addresses."""

    def __init__(  # noqa: PLR0913, PLR0917  what all passes share
        self,
        wire: socket.socket,
        interface: Interface,
        asked: dict[bytes, str],
        per_s: float,
        note: Callable[[str, str, float], None],
        cancelled: Callable[[], bool],
    ) -> None:
        self.wire = wire
        self.interface = interface
        self.asked = asked
        # In no second more than the rate, both its ends counted, also when a late wake-up has just been made up for.
        self.gap = (1.0 + CATCH_UP_S + 1 / per_s) / per_s
        self.note = note
        self.cancelled = cancelled
        self.answers = Answers()
        self.sent_at: dict[bytes, float] = {}
        self.free = monotonic()
        self.times_asked: Counter[bytes] = Counter()

    def run(self, targets: Sequence[bytes]) -> None:
        """One request for each target, reading what comes back meanwhile."""
        own_mac, own_address = self.interface.mac, IPv4Address(self.interface.address).packed
        for target in targets:
            patient = self.sent_at[target] + AGAIN_S if self.times_asked[target] == 1 else 0.0
            while (wait := max(self.free, patient) - monotonic()) > 0:
                self.listen(wait, once=True)
            if self.asked[target] in self.answers.macs:
                continue
            if self.cancelled():
                return
            frame = _FRAME.pack(
                _EVERYBODY, own_mac, _ARP, _ETHERNET, _IPV4, 6, 4, _REQUEST, own_mac, own_address, bytes(6), target
            )
            self._send(frame, target)

    def _send(self, frame: bytes, target: bytes) -> None:
        while True:
            try:
                self.wire.send(frame)
                break
            except BlockingIOError:
                select.select([], [self.wire], [], 0.05)
        now = monotonic()
        self.sent_at[target] = now
        self.times_asked[target] += 1
        # A late wake-up is made up for, a longer halt is not: that would be a burst.
        self.free = max(self.free + self.gap, now - CATCH_UP_S)
        self.note("arp", self.asked[target], now)

    def silent(self, *, neighbours_only: bool) -> list[bytes]:
        """The addresses that did not answer; only those in blocks where somebody did, if so wished."""
        found = [int(IPv4Address(one)) // BLOCK for one in self.answers.macs]
        blocks = set(found)
        silent = [one for one, address in self.asked.items() if address not in self.answers.macs]
        if not neighbours_only:
            return silent
        return [one for one in silent if int.from_bytes(one, "big") // BLOCK in blocks]

    def costs_s(self) -> float:
        """How long one more pass would take."""
        return len(self.silent(neighbours_only=True)) * self.gap

    def settle(self) -> None:
        """Wait for late answers, as long as the slowest so far suggests, and longer while nobody answered at all."""
        wait = max(4 * self.answers.slowest_s, SHORTEST_WAIT_S) if self.answers.macs else LONGEST_WAIT_S
        self.listen(min(wait, LONGEST_WAIT_S))

    def listen(self, seconds: float, *, once: bool = False) -> None:
        """Read answers for so long, or only what is there within it."""
        until = monotonic() + seconds
        while (left := until - monotonic()) > 0:
            if not select.select([self.wire], [], [], left)[0]:
                return
            self._drain()
            if once:
                return

    def _drain(self) -> None:
        for _ in range(MOST_AT_ONCE):  # a flood must not keep the search from going on
            try:
                frame = self.wire.recv(256)
            except (BlockingIOError, InterruptedError):
                return
            self._read(frame)

    def _read(self, frame: bytes) -> None:
        """An answer to us, or anybody's own request: both say that somebody has that address."""
        if len(frame) < _FRAME.size:
            return
        _, _, kind, hardware, protocol, mac_len, ip_len, operation, mac, address, _, _ = _FRAME.unpack_from(frame)
        shape = (kind, hardware, protocol, mac_len, ip_len)
        if shape != (_ARP, _ETHERNET, _IPV4, 6, 4) or operation not in {_REQUEST, _REPLY}:
            return
        name = self.asked.get(address)
        if name is None or mac == self.interface.mac or mac[0] & 1 or not any(mac):
            return
        if name not in self.answers.macs and self.times_asked[address]:
            self.answers.yields[self.times_asked[address] - 1] += 1
        known = self.answers.macs.setdefault(name, [])
        if mac not in known and len(known) < 8:  # noqa: PLR2004  more claims than that tell nothing new
            known.append(mac)
        if operation == _REPLY and address in self.sent_at:
            self.answers.slowest_s = max(self.answers.slowest_s, monotonic() - self.sent_at[address])
