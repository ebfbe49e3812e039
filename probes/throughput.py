"""Goodput of a place or an uplink: TCP payload per second, counted at the receiver, down and up in turn.

Nothing is added for headers: 1 Gbit/s Ethernet carries 941 Mbit/s of TCP payload at best (1448 of 1538 bytes).
The ramp is left out, the window is ten seconds by default (YD/T 2400), and of the repeats the middle run counts; of an
even number the lower one. Where the inventory asks for it, both directions are also measured at the same time.
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

from probes.campus import Campus, Place, ThroughputSettings, Uplink
from probes.errors import TransportError
from probes.instrument import Figure, Nic, ProcessorWatch, limits_of, nic_towards
from probes.iperf3.client import Terms, measure_patiently
from probes.iperf3.outcome import DIRECTIONS as ONE_BY_ONE
from probes.iperf3.outcome import Course, Direction, Order, Outcome
from probes.iperf3.peer import Peer
from probes.iperf3.secret import checked
from probes.kinds import Instrument, Limit, Throughput
from probes.nic_traffic import QUIET_S, TrafficWatch, card_counters, others_mbps, quiet_mbps
from probes.observation import Observation
from probes.probe import Context, probe

PLACE_MBPS = 100.0
UPLINK_MBPS = 1000.0
"""What is to be shown (indicator 1.1.1: 千兆进校、百兆进班), where no contract says more or less."""

BUSY_S = 60.0
"""How long to try again with a stock server that serves somebody else, and has no queue."""

INTRUDED_S = 10.0
"""How long to try again, or to wait in a queue, where somebody else has come between two of our tests."""

QUEUE_S = 300.0
"""How long to wait in the queues of a responder, all tests of one target together."""

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
    """One direction of one test with what the machine did meanwhile, and what of it was a bound."""

    outcome: Outcome
    core_percent: float | None
    other_mbps: float | None
    limits: tuple[Limit, ...]

    @property
    def busiest_percent(self) -> float:
        """Of the busiest core; or of the busiest stream, which may have wandered from core to core."""
        return max(self.core_percent or 0.0, 100 * self.outcome.cpu_share)


@dataclass(frozen=True)
class Job:
    """What is measured, with what, and on what terms."""

    peer: Peer
    wanted_mbps: float
    card: Card
    secret: str | None


def _courses(campus: Campus) -> Sequence[Course]:
    """The tests over TCP, in their order."""
    settings = campus.audit.throughput
    one: tuple[Course, ...] = (*DIRECTIONS, "both") if settings.bidirectional else DIRECTIONS
    return one * settings.repeats


def _udp_tests(campus: Campus) -> int:
    return 0 if campus.audit.throughput.udp_mbps is None else len(DIRECTIONS)


def _length_s(campus: Campus) -> float:
    return campus.audit.throughput.omit_s + campus.audit.throughput.seconds


def _timeout_s(campus: Campus) -> float:
    tests = len(_courses(campus)) + _udp_tests(campus)
    return BUSY_S + QUEUE_S + tests * (ceil(_length_s(campus)) + SLOW_STEPS_S)


def _expected_s(campus: Campus) -> float:
    return (len(_courses(campus)) + _udp_tests(campus)) * (_length_s(campus) + STEPS_S / 2)


def _expected_mb(campus: Campus) -> float:
    """Megabytes of one look, as a mean over the targets. A place may have a gigabit port, which is assumed."""
    rates = [UPLINK_MBPS for place in campus.place if place.responder is not None]
    rates += [uplink.contract_mbps or UPLINK_MBPS for uplink in campus.uplink if uplink.responder is not None]
    settings = campus.audit.throughput
    over_udp = (settings.udp_mbps or 0.0) / 8 * settings.seconds * len(DIRECTIONS)
    ways = sum(len(ONE_BY_ONE[course]) for course in _courses(campus))
    return (fmean(rates) if rates else UPLINK_MBPS) / 8 * _length_s(campus) * ways + over_udp


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
    both directions, and ``seconds`` is the shorter of both windows. ``instrument.limited`` means that the
    instrument was the bound, and ``limits`` by what: the figure then proves the school neither right nor wrong. Raw
    evidence: every run with its curve.
    """
    settings = ctx.campus.audit.throughput
    peer = Peer.parse(target.responder or "")
    wanted = (target.contract_mbps or UPLINK_MBPS) if isinstance(target, Uplink) else PLACE_MBPS
    reference = target.responder_secret or settings.responder_secret
    secret = checked(ctx.world.secret(reference)) if reference is not None else None
    runs: list[Run] = []
    datagrams: list[Outcome] = []
    job = Job(peer, wanted, await _card(peer.host), secret)
    try:
        for course in _courses(ctx.campus):
            order = Order(
                course,
                settings.streams,
                settings.omit_s,
                settings.seconds,
                interval_s=1.0 if settings.seconds > SHORT_S else 0.25,
            )
            runs += await _measure(job, order, runs)
        for direction in DIRECTIONS if settings.udp_mbps is not None else ():
            order = Order(direction, 1, UDP_OMIT_S, settings.seconds, udp_mbps=settings.udp_mbps)
            datagrams += [run.outcome for run in await _measure(job, order, runs)]
    except TransportError as error:
        raw = (_keep(ctx, runs, job, datagrams),) if runs else ()
        yield ctx.unavailable(error.reason, error.text, raw=raw)
        return
    raw = (_keep(ctx, runs, job, datagrams),)
    value = _value(runs, job.card.nic, settings.streams)
    more = {**_of_udp(datagrams), "moved_mb": round(_moved_mb(runs, datagrams, settings), 3)}
    yield ctx.observe(value.model_copy(update=more), raw=raw)


async def _card(host: str) -> Card:
    nic = await asyncio.to_thread(nic_towards, host)
    before = card_counters(nic.name) if nic else None
    if nic is None or before is None:
        return Card(nic, None)
    await asyncio.sleep(QUIET_S)
    after = card_counters(nic.name)
    passed = after.since(before) if after else None
    return Card(nic, quiet_mbps(passed) if passed else None)


async def _measure(job: Job, order: Order, before: Sequence[Run]) -> list[Run]:
    """One test in a thread, which ends soon if this is cancelled; ``before``, those that came to their end."""
    cancelled = Event()
    watch = ProcessorWatch()
    nic = job.card.nic
    traffic = TrafficWatch(partial(card_counters, nic.name if nic else ""))
    terms = Terms(
        secret=job.secret,
        queue_s=max(QUEUE_S - sum(run.outcome.waited_s for run in before), INTRUDED_S),
        busy_s=INTRUDED_S if before else BUSY_S,
        absent_s=DOOR_S if before else 0.0,
    )
    try:
        with traffic:
            outcomes = await asyncio.to_thread(measure_patiently, job.peer, order, cancelled, terms)
    finally:
        cancelled.set()
    return [_run(outcome, watch.busiest_percent(), job, _other(outcome, traffic, job.card)) for outcome in outcomes]


def _other(outcome: Outcome, traffic: TrafficWatch, card: Card) -> float | None:
    """What passed the card just before the tests, or beside this one, whichever is more."""
    beside = _beside(outcome, traffic)
    return None if beside is None else max(beside, card.quiet_mbps or 0.0)


def _beside(outcome: Outcome, traffic: TrafficWatch) -> float | None:
    """What passed the card beside the test."""
    passed = traffic.between(*outcome.window) if outcome.window else None
    if passed is None or outcome.passed_bytes is None:
        return None
    sending, ipv6 = outcome.direction == "up", ":" in outcome.address
    return others_mbps(passed, outcome.passed_bytes, outcome.retransmits or 0, sending=sending, ipv6=ipv6)


def _run(outcome: Outcome, core_percent: float | None, job: Job, other_mbps: float | None) -> Run:
    # Of a process: with several streams it may exceed one core without any of them being full.
    of_one_core = outcome.streams == 1 and not outcome.at_once
    figure = Figure(
        outcome.mbps,
        job.wanted_mbps,
        core_percent=core_percent,
        stream_percent=100 * outcome.cpu_share,
        peer_percent=outcome.peer_cpu_percent if of_one_core else None,
        peer_mbps=outcome.peer_allowed_mbps,
        other_mbps=other_mbps,
    )
    return Run(outcome, core_percent, other_mbps, limits_of(figure, job.card.nic))


def _middle(runs: Sequence[Run], direction: Direction, *, at_once: bool = False) -> Run | None:
    """The run in the middle; with an even number the lower of the two; ``None`` where there was none."""
    own = [run for run in runs if run.outcome.direction == direction and run.outcome.at_once == at_once]
    if not own:
        return None
    middle = median_low(run.outcome.mbps for run in own)
    return next(run for run in own if run.outcome.mbps == middle)


def _moved_mb(runs: Sequence[Run], datagrams: Sequence[Outcome], settings: ThroughputSettings) -> float:
    """Payload of all tests; a ramp moves no more in a second than the window after it, and UDP all that is offered."""
    over_tcp = sum(run.outcome.mbps * (run.outcome.seconds + settings.omit_s) for run in runs)
    return (over_tcp + sum((settings.udp_mbps or 0.0) * one.seconds for one in datagrams)) / 8


def _value(runs: Sequence[Run], nic: Nic | None, streams: int) -> Throughput:
    found = {direction: _middle(runs, direction) for direction in DIRECTIONS}
    both = {direction: _middle(runs, direction, at_once=True) for direction in DIRECTIONS}
    known = [run for run in found.values() if run is not None]
    again = [run.outcome.retransmits for run in known]
    others = [run.other_mbps for run in known if run.other_mbps is not None]
    up = found["up"]
    rtt_ms = up.outcome.rtt_ms if up is not None else None
    return Throughput(
        down_mbps=_mbps(found["down"]),
        up_mbps=_mbps(up),
        both_down_mbps=_mbps(both["down"]),
        both_up_mbps=_mbps(both["up"]),
        streams=streams,
        seconds=round(min(run.outcome.seconds for run in known), 3),
        rtt_ms=None if rtt_ms is None else round(rtt_ms, 3),
        retransmits=None if None in again else sum(count or 0 for count in again),
        instrument=Instrument(
            nic_mbps=nic.speed_mbps if nic else None,
            duplex=nic.duplex if nic else "unknown",
            cpu_percent=round(min(max(run.busiest_percent for run in known), 100.0), 1),
            other_mbps=round(max(others), 3) if others else None,
            wireless=nic.wireless if nic else None,
            usb=nic.usb if nic else None,
            usb_mbps=nic.usb_mbps if nic else None,
            limited=any(run.limits for run in known),
            limited_down=_limited(found["down"]),
            limited_up=_limited(up),
            limits=tuple(dict.fromkeys(limit for run in known for limit in run.limits)),
        ),
    )


def _mbps(run: Run | None) -> float | None:
    return None if run is None else round(run.outcome.mbps, 3)


def _limited(run: Run | None) -> bool | None:
    return None if run is None else bool(run.limits)


def _of_udp(datagrams: Sequence[Outcome]) -> dict[str, float]:
    """The worse of both directions; nothing of what is not known of both."""
    losses = [one.loss_ratio for one in datagrams if one.loss_ratio is not None]
    jitters = [one.jitter_ms for one in datagrams if one.jitter_ms is not None]
    found = {"udp_loss_ratio": (losses, 6), "jitter_ms": (jitters, 3)}
    return {name: round(max(own), digits) for name, (own, digits) in found.items() if len(own) == len(DIRECTIONS)}


def _keep(ctx: Context, runs: Sequence[Run], job: Job, datagrams: Sequence[Outcome]) -> str:
    evidence = {
        "wanted_mbps": job.wanted_mbps,
        "nic": asdict(job.card.nic) if job.card.nic else None,
        "udp": [one.evidence() for one in datagrams],
        "runs": [
            {
                **run.outcome.evidence(),
                "core_percent": run.core_percent,
                "other_mbps": run.other_mbps,
                "limits": run.limits,
            }
            for run in runs
        ],
    }
    return ctx.keep(json.dumps(evidence, ensure_ascii=False, indent=1))
