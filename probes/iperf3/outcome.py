"""What is asked of a test, and what comes of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from types import MappingProxyType
from typing import Literal

from probes.iperf3.flow import Sample

Direction = Literal["up", "down"]
"""``up``: this machine sends. ``down``: it receives."""

Course = Literal["up", "down", "both"]
"""What a test does: one direction, or both at the same time."""

DIRECTIONS: Mapping[Course, Sequence[Direction]] = MappingProxyType(
    {"up": ("up",), "down": ("down",), "both": ("up", "down")}
)
"""In the order in which the data connections are opened."""


@dataclass(frozen=True)
class Order:
    """What to measure: ``seconds`` after a ramp of ``omit_s``, over ``streams`` connections in each direction.

    With ``udp_mbps`` it is a UDP test at this rate in each direction, all streams together.
    """

    course: Course
    streams: int = 1
    omit_s: float = 5.0
    seconds: float = 10.0
    interval_s: float = 1.0
    udp_mbps: float | None = None


@dataclass(frozen=True)
class Interval:
    """A piece of the curve, seen from this end.

    Attributes:
        from_s: since the test began.
        mbps: payload that arrived; when sending, that was acknowledged (or, where the system does not tell, was handed
            to the system).
        rtt_ms: at the end of the interval, smoothed, queues included; when sending.
        omitted: part of the ramp.
    """

    from_s: float
    to_s: float
    mbps: float
    rtt_ms: float | None
    retransmits: int | None
    omitted: bool


@dataclass(frozen=True)
class Outcome:
    """One test that came to its end.

    Attributes:
        address: the peer's IP address.
        bytes: payload that the receiver counted in its window after the ramp.
        seconds: the receiver's window.
        mbps: the goodput, and nothing but ``bytes * 8 / seconds``.
        sent_bytes: what this end handed to its system in the window, when it was the sender.
        retransmits: by the sender, in the window.
        rtt_ms: mean of the smoothed round-trip times under load, when sending (iperf3's ``mean_rtt``).
        min_rtt_ms: the least round-trip time, when sending.
        intervals: the curve.
        cpu_share: processor time of this end's busiest stream, as a share of one core.
        peer_cpu_percent: what the other end says of its own, in percent of one core.
        peer_allowed_mbps: the highest rate that the other end lets pass, where it has a limit.
        packets: datagrams that were due at the receiver in the window; UDP only, as the following.
        lost_packets: how many of them did not arrive.
        jitter_ms: at the receiver, after RFC 1889; the mean of the streams.
        window: when this end's window began and ended (``monotonic``).
        passed_bytes: payload that passed between this end and its card in that window, rather too much than too little.
        at_once: the other direction was measured at the same time.
        waited_s: how long the responder served others first.
    """

    direction: Direction
    peer: str
    address: str
    streams: int
    bytes: int
    seconds: float
    mbps: float
    sent_bytes: int | None
    retransmits: int | None
    rtt_ms: float | None
    min_rtt_ms: float | None
    intervals: Sequence[Interval]
    cpu_share: float
    peer_cpu_percent: float | None
    peer_allowed_mbps: float | None = None
    packets: int | None = None
    lost_packets: int | None = None
    jitter_ms: float | None = None
    window: tuple[float, float] | None = None
    passed_bytes: int | None = None
    at_once: bool = False
    waited_s: float = 0.0

    @property
    def loss_ratio(self) -> float | None:
        """Share of the datagrams that did not arrive."""
        return None if not self.packets or self.lost_packets is None else min(self.lost_packets / self.packets, 1.0)

    def evidence(self) -> dict[str, object]:
        """Everything that means something to others, for JSON."""
        return {name: value for name, value in asdict(self).items() if name not in {"window", "passed_bytes"}}


@dataclass
class Window:
    """The samples of a test: one when it began, one a mark.

    Attributes:
        samples: each with whether it ends a piece of the ramp.
        first: that which begins the window, if there was a ramp.
    """

    began: Sample
    samples: list[tuple[Sample, bool]] = field(default_factory=list)
    first: Sample | None = None

    @property
    def ends(self) -> tuple[Sample, Sample]:
        """The samples at both ends of what counts."""
        return self.first or self.began, self.samples[-1][0]

    def only(self, flows: slice) -> Window:
        """The same window, of some of the flows."""
        first = self.first.only(flows) if self.first else None
        return Window(self.began.only(flows), [(one.only(flows), omitted) for one, omitted in self.samples], first)


def marks(order: Order) -> Iterator[tuple[float, bool]]:
    """When to take samples, and whether that ends a piece of the ramp; the last of the ramp begins the window."""
    for start, length, omitted in ((0.0, order.omit_s, True), (order.omit_s, order.seconds, False)):
        count = max(round(length / order.interval_s), 1) if length else 0
        for index in range(count):
            yield start + length * (index + 1) / count, omitted


def curve(window: Window, *, by_acked: bool) -> Iterator[Interval]:
    """The curve: by what was acknowledged, when sending and known, otherwise by what moved."""
    before = window.began
    for seen, omitted in window.samples:
        moved = sum(seen.moved) - sum(before.moved)
        if by_acked and seen.acked is not None and before.acked is not None:
            moved = seen.acked - before.acked
        known = seen.retransmits is not None and before.retransmits is not None
        yield Interval(
            from_s=round(before.at - window.began.at, 3),
            to_s=round(seen.at - window.began.at, 3),
            mbps=round(moved * 8 / max(seen.at - before.at, 1e-6) / 1e6, 3),
            rtt_ms=seen.rtt_ms,
            retransmits=(seen.retransmits or 0) - (before.retransmits or 0) if known else None,
            omitted=omitted,
        )
        before = seen
