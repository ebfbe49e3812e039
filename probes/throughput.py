"""Goodput of a place or an uplink: TCP payload per second, counted at the receiver, down and up in turn.

Nothing is added for headers: 1 Gbit/s Ethernet carries 941 Mbit/s of TCP payload at best (1448 of 1538 bytes).
The ramp is left out, the window is ten seconds by default (YD/T 2400), and with repeats the middle run counts; of an
even number the lower one.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from math import ceil
from statistics import fmean, median_low
from threading import Event

from probes.campus import Campus, Place, Uplink
from probes.errors import TransportError
from probes.instrument import Nic, ProcessorWatch, is_limited, nic_towards
from probes.iperf3.client import measure_patiently
from probes.iperf3.outcome import Direction, Order, Outcome
from probes.iperf3.peer import Peer
from probes.kinds import Instrument, Throughput
from probes.nic_traffic import QUIET_S, TrafficWatch, card_counters, is_disturbed, others_mbps, quiet_mbps
from probes.observation import Observation
from probes.probe import Context, probe

PLACE_MBPS = 100.0
UPLINK_MBPS = 1000.0
"""What is to be shown (indicator 1.1.1: 千兆进校、百兆进班), where no contract says more or less."""

BUSY_S = 60.0
"""How long to wait for a responder that serves somebody else."""

INTRUDED_S = 10.0
"""How long to wait for one that was served to somebody else between two of our tests."""

DOOR_S = 3.0
STEPS_S = 2.0
SLOW_STEPS_S = 20.0

SHORT_S = 5.0
UDP_OMIT_S = 0.0
"""UDP is sent at its rate from the beginning, and versions before 3.14 count what they lost in a ramp."""

DIRECTIONS: tuple[Direction, ...] = ("down", "up")


@dataclass(frozen=True)
class Card:
    """The card that measures, and what passed it before the first test; ``None`` where not known."""

    nic: Nic | None
    quiet_mbps: float | None


@dataclass(frozen=True)
class Run:
    """One test with what the machine did meanwhile."""

    outcome: Outcome
    core_percent: float | None
    other_mbps: float | None
    limited: bool

    @property
    def busiest_percent(self) -> float:
        """Of the busiest core; or of the busiest stream, which may have wandered from core to core."""
        return max(self.core_percent or 0.0, 100 * self.outcome.cpu_share)


def _tests(campus: Campus) -> int:
    return len(DIRECTIONS) * campus.audit.throughput.repeats


def _udp_tests(campus: Campus) -> int:
    return 0 if campus.audit.throughput.udp_mbps is None else len(DIRECTIONS)


def _length_s(campus: Campus) -> float:
    return campus.audit.throughput.omit_s + campus.audit.throughput.seconds


def _timeout_s(campus: Campus) -> float:
    return BUSY_S + (_tests(campus) + _udp_tests(campus)) * (ceil(_length_s(campus)) + SLOW_STEPS_S)


def _expected_s(campus: Campus) -> float:
    return (_tests(campus) + _udp_tests(campus)) * (_length_s(campus) + STEPS_S / 2)


def _expected_mb(campus: Campus) -> float:
    """Megabytes of one look, as a mean over the targets: a place may well have a gigabit port, so that is assumed."""
    rates = [UPLINK_MBPS for place in campus.place if place.responder is not None]
    rates += [uplink.contract_mbps or UPLINK_MBPS for uplink in campus.uplink if uplink.responder is not None]
    settings = campus.audit.throughput
    over_udp = (settings.udp_mbps or 0.0) / 8 * settings.seconds * len(DIRECTIONS)
    return (fmean(rates) if rates else UPLINK_MBPS) / 8 * _length_s(campus) * _tests(campus) + over_udp


@probe(
    yields="throughput",
    on=("place", "uplink"),
    needs=("responder",),
    touch="active",
    exclusive=True,
    timeout_s=_timeout_s,
    expected_s=_expected_s,
    expected_mb=_expected_mb,
)
async def throughput(ctx: Context, target: Place | Uplink) -> AsyncIterator[Observation]:
    """Goodput to the responder in a place, or to the reference server beyond an uplink.

    Yields one ``throughput`` observation. Its ``rtt_ms`` is the mean under load while sending, ``retransmits`` counts
    both directions, and ``seconds`` is the shorter of both windows. ``instrument.limited`` means that the figure is a
    lower bound only: it can prove the school right but not wrong. So it is where this machine's card or processor was
    at its end, where other traffic passed the card, and over Wi-Fi. Raw evidence: every run with its curve.
    """
    settings = ctx.campus.audit.throughput
    peer = Peer.parse(target.responder or "")
    wanted = (target.contract_mbps or UPLINK_MBPS) if isinstance(target, Uplink) else PLACE_MBPS
    runs: list[Run] = []
    datagrams: list[Outcome] = []
    card = await _card(peer.host)
    nic = card.nic
    try:
        for number in range(_tests(ctx.campus)):
            order = Order(
                DIRECTIONS[number % len(DIRECTIONS)],
                settings.streams,
                settings.omit_s,
                settings.seconds,
                interval_s=1.0 if settings.seconds > SHORT_S else 0.25,
            )
            runs.append(await _measure(peer, order, wanted, card, known=bool(runs)))
        for direction in DIRECTIONS if settings.udp_mbps is not None else ():
            order = Order(direction, 1, UDP_OMIT_S, settings.seconds, udp_mbps=settings.udp_mbps)
            datagrams.append((await _measure(peer, order, wanted, card, known=True)).outcome)
    except TransportError as error:
        raw = (_keep(ctx, runs, nic, wanted, datagrams),) if runs else ()
        yield ctx.unavailable(error.reason, error.text, raw=raw)
        return
    raw = (_keep(ctx, runs, nic, wanted, datagrams),)
    yield ctx.observe(_value(runs, nic, settings.streams).model_copy(update=_of_udp(datagrams)), raw=raw)


async def _card(host: str) -> Card:
    nic = await asyncio.to_thread(nic_towards, host)
    before = card_counters(nic.name) if nic else None
    if nic is None or before is None:
        return Card(nic, None)
    await asyncio.sleep(QUIET_S)
    after = card_counters(nic.name)
    passed = after.since(before) if after else None
    return Card(nic, quiet_mbps(passed) if passed else None)


async def _measure(peer: Peer, order: Order, wanted: float, card: Card, *, known: bool) -> Run:
    """One test in a thread, which ends soon if this is cancelled."""
    cancelled = Event()
    watch = ProcessorWatch()
    traffic = TrafficWatch(partial(card_counters, card.nic.name if card.nic else ""))
    try:
        with traffic:
            outcome = await asyncio.to_thread(
                measure_patiently,
                peer,
                order,
                cancelled,
                busy_s=INTRUDED_S if known else BUSY_S,
                absent_s=DOOR_S if known else 0.0,
            )
    finally:
        cancelled.set()
    beside = _beside(outcome, traffic)
    other = None if beside is None else max(beside, card.quiet_mbps or 0.0)
    return _run(outcome, watch.busiest_percent(), wanted, card.nic, other)


def _beside(outcome: Outcome, traffic: TrafficWatch) -> float | None:
    """What passed the card beside the test."""
    passed = traffic.between(*outcome.window) if outcome.window else None
    if passed is None or outcome.passed_bytes is None:
        return None
    sending, ipv6 = outcome.direction == "up", ":" in outcome.address
    return others_mbps(passed, outcome.passed_bytes, outcome.retransmits or 0, sending=sending, ipv6=ipv6)


def _run(outcome: Outcome, core_percent: float | None, wanted: float, nic: Nic | None, other: float | None) -> Run:
    percents = [core_percent or 0.0, 100 * outcome.cpu_share]
    if outcome.streams == 1 and outcome.peer_cpu_percent is not None:
        # Of a process: with several streams it may exceed one core without any of them being full.
        percents.append(outcome.peer_cpu_percent)
    speed = nic.speed_mbps if nic else None
    limited = is_limited(outcome.mbps, wanted, speed, percents) or is_disturbed(outcome.mbps, speed, other)
    return Run(outcome, core_percent, other, limited or bool(nic and nic.wireless))


def _middle(runs: Sequence[Run], direction: Direction) -> Run:
    """The run in the middle; with an even number the lower of the two."""
    own = [run for run in runs if run.outcome.direction == direction]
    middle = median_low(run.outcome.mbps for run in own)
    return next(run for run in own if run.outcome.mbps == middle)


def _value(runs: Sequence[Run], nic: Nic | None, streams: int) -> Throughput:
    down, up = (_middle(runs, direction) for direction in DIRECTIONS)
    again = (down.outcome.retransmits, up.outcome.retransmits)
    others = [run.other_mbps for run in (down, up) if run.other_mbps is not None]
    return Throughput(
        down_mbps=round(down.outcome.mbps, 3),
        up_mbps=round(up.outcome.mbps, 3),
        streams=streams,
        seconds=round(min(down.outcome.seconds, up.outcome.seconds), 3),
        rtt_ms=None if up.outcome.rtt_ms is None else round(up.outcome.rtt_ms, 3),
        retransmits=None if None in again else sum(count or 0 for count in again),
        instrument=Instrument(
            nic_mbps=nic.speed_mbps if nic else None,
            duplex=nic.duplex if nic else "unknown",
            cpu_percent=round(min(max(down.busiest_percent, up.busiest_percent), 100.0), 1),
            other_mbps=round(max(others), 3) if others else None,
            wireless=nic.wireless if nic else None,
            usb=nic.usb if nic else None,
            limited=down.limited or up.limited,
        ),
    )


def _of_udp(datagrams: Sequence[Outcome]) -> dict[str, float]:
    """The worse of both directions; nothing of what is not known of both."""
    losses = [one.loss_ratio for one in datagrams if one.loss_ratio is not None]
    jitters = [one.jitter_ms for one in datagrams if one.jitter_ms is not None]
    found = {"udp_loss_ratio": (losses, 6), "jitter_ms": (jitters, 3)}
    return {name: round(max(own), digits) for name, (own, digits) in found.items() if len(own) == len(DIRECTIONS)}


def _keep(ctx: Context, runs: Sequence[Run], nic: Nic | None, wanted: float, datagrams: Sequence[Outcome]) -> str:
    evidence = {
        "wanted_mbps": wanted,
        "nic": asdict(nic) if nic else None,
        "udp": [one.evidence() for one in datagrams],
        "runs": [
            {
                **run.outcome.evidence(),
                "core_percent": run.core_percent,
                "other_mbps": run.other_mbps,
                "limited": run.limited,
            }
            for run in runs
        ],
    }
    return ctx.keep(json.dumps(evidence, ensure_ascii=False, indent=1))
