"""What else passes the network card that measures: its own counters, less what the test itself moved."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from threading import Event, Thread
from time import monotonic
from types import TracebackType
from typing import Self

EVERY_S = 0.2
QUIET_S = 1.0
JOIN_S = 5.0

IPV4_HEADERS = 66
IPV6_HEADERS = 86
"""Ethernet, IP, TCP with time stamps. A driver that counts merged packets counts their bytes as merged, too."""

SEGMENT = 1448

OTHERS_OF_CARD = 0.05
OTHERS_OF_FIGURE = 0.2
"""Shares of the card's speed, and of the goodput, above which other traffic may have cost the test its rate."""


@dataclass(frozen=True, slots=True)
class Counters:
    """A card's counters at one moment (``monotonic``); ``None`` in place of them where the card is not known."""

    at: float
    bytes_in: float
    bytes_out: float
    packets_in: float
    packets_out: float

    def since(self, before: Counters) -> Counters | None:
        """The difference, ``at`` being seconds; ``None`` if a counter was reset or has wrapped meanwhile."""
        parts = [
            self.bytes_in - before.bytes_in,
            self.bytes_out - before.bytes_out,
            self.packets_in - before.packets_in,
            self.packets_out - before.packets_out,
        ]
        seconds = self.at - before.at
        return None if min(parts) < 0 or seconds <= 0 else Counters(seconds, *parts)


def card_counters(name: str) -> Counters | None:
    """A card's counters now; ``None`` where there is no such card, or the system does not tell."""
    import psutil  # noqa: PLC0415  heavy

    try:
        cards = psutil.net_io_counters(pernic=True, nowrap=False)
    except (OSError, RuntimeError):  # RuntimeError: no card at all
        return None
    found = cards.get(name)
    if found is None:
        return None
    return Counters(monotonic(), found.bytes_recv, found.bytes_sent, found.packets_recv, found.packets_sent)


class TrafficWatch:
    """Reads a card's counters every ``EVERY_S`` while the ``with`` lasts."""

    def __init__(self, read: Callable[[], Counters | None]) -> None:
        """Take what reads the counters."""
        self._read = read
        self._readings: list[Counters] = []
        self._ended = Event()
        self._thread = Thread(target=self._run, name="card", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    def end(self) -> None:
        """Take the last reading."""
        self._ended.set()
        self._thread.join(JOIN_S)

    def _run(self) -> None:
        last = False
        while not last:
            last = self._ended.is_set()
            reading = self._read()
            if reading is not None:
                self._readings.append(reading)
            self._ended.wait(EVERY_S)

    def whole(self) -> Counters | None:
        """What passed from the first reading to the last."""
        return self._readings[-1].since(self._readings[0]) if self._readings else None

    def between(self, start: float, end: float) -> Counters | None:
        """What passed between two moments (``monotonic``), evenly between readings; ``None`` unless both were seen."""
        first, last = self._at(start), self._at(end)
        return None if first is None or last is None else last.since(first)

    def _at(self, moment: float) -> Counters | None:
        index = bisect_right(self._readings, moment, key=lambda one: one.at)
        if not 0 < index < len(self._readings):
            return None
        before, after = self._readings[index - 1 : index + 1]
        passed = after.since(before)
        if passed is None:
            return None
        part = (moment - before.at) / passed.at
        return Counters(
            moment,
            before.bytes_in + part * passed.bytes_in,
            before.bytes_out + part * passed.bytes_out,
            before.packets_in + part * passed.packets_in,
            before.packets_out + part * passed.packets_out,
        )


def quiet_mbps(passed: Counters) -> float:
    """The busier direction of a card on which no test runs, in Mbit/s."""
    return max(passed.bytes_in, passed.bytes_out) * 8 / passed.at / 1e6


def others_mbps(passed: Counters, payload: int, retransmits: int, *, sending: bool, ipv6: bool) -> float:
    """What a card carried beside a test, in the test's direction, in Mbit/s; rather too little than too much.

    Args:
        passed: the card's counters over the test's window.
        payload: of the test, that passed the card in this window.
        retransmits: segments of the test that may have passed twice.
        sending: whether the test sends from here.
        ipv6: whether it runs over IPv6, whose headers are longer.
    """
    amount = passed.bytes_out if sending else passed.bytes_in
    packets = passed.packets_out if sending else passed.packets_in
    headers = packets * (IPV6_HEADERS if ipv6 else IPV4_HEADERS)
    return max(amount - headers - payload - retransmits * SEGMENT, 0.0) * 8 / passed.at / 1e6


def is_disturbed(mbps: float, nic_mbps: float | None, other_mbps: float | None) -> bool:
    """Whether other traffic was so much that a figure is a lower bound only. Unknown traffic is held against nobody."""
    if other_mbps is None:
        return False
    return other_mbps > OTHERS_OF_FIGURE * mbps or (nic_mbps is not None and other_mbps > OTHERS_OF_CARD * nic_mbps)
