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
DIRECTIONS: tuple[Direction, ...] = ("down", "up")


@dataclass(frozen=True)
class Run:
    """One test with what the machine did meanwhile."""

    outcome: Outcome
    core_percent: float | None
    limited: bool

    @property
    def busiest_percent(self) -> float:
        """Of the busiest core; or of the busiest stream, which may have wandered from core to core."""
        return max(self.core_percent or 0.0, 100 * self.outcome.cpu_share)


def _tests(campus: Campus) -> int:
    return len(DIRECTIONS) * campus.audit.throughput.repeats


def _length_s(campus: Campus) -> float:
    return campus.audit.throughput.omit_s + campus.audit.throughput.seconds


def _timeout_s(campus: Campus) -> float:
    return BUSY_S + _tests(campus) * (ceil(_length_s(campus)) + SLOW_STEPS_S)


def _expected_s(campus: Campus) -> float:
    return _tests(campus) * (_length_s(campus) + STEPS_S / 2)


def _expected_mb(campus: Campus) -> float:
    """Megabytes of one look, as a mean over the targets: a place may well have a gigabit port, so that is assumed."""
    rates = [UPLINK_MBPS for place in campus.place if place.responder is not None]
    rates += [uplink.contract_mbps or UPLINK_MBPS for uplink in campus.uplink if uplink.responder is not None]
    return (fmean(rates) if rates else UPLINK_MBPS) / 8 * _length_s(campus) * _tests(campus)


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
    lower bound only: it can prove the school right but not wrong. Raw evidence: every run with its curve.
    """
    settings = ctx.campus.audit.throughput
    peer = Peer.parse(target.responder or "")
    wanted = (target.contract_mbps or UPLINK_MBPS) if isinstance(target, Uplink) else PLACE_MBPS
    runs: list[Run] = []
    nic: Nic | None = None
    try:
        for number in range(_tests(ctx.campus)):
            order = Order(
                DIRECTIONS[number % len(DIRECTIONS)],
                settings.streams,
                settings.omit_s,
                settings.seconds,
                interval_s=1.0 if settings.seconds > SHORT_S else 0.25,
            )
            outcome, core_percent = await _measure(peer, order, known=bool(runs))
            nic = nic or await asyncio.to_thread(nic_towards, outcome.address)
            runs.append(_run(outcome, core_percent, wanted, nic))
    except TransportError as error:
        raw = (_keep(ctx, runs, nic, wanted),) if runs else ()
        yield ctx.unavailable(error.reason, error.text, raw=raw)
        return
    yield ctx.observe(_value(runs, nic, settings.streams), raw=(_keep(ctx, runs, nic, wanted),))


async def _measure(peer: Peer, order: Order, *, known: bool) -> tuple[Outcome, float | None]:
    """One test in a thread, which ends soon if this is cancelled."""
    cancelled = Event()
    watch = ProcessorWatch()
    try:
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
    return outcome, watch.busiest_percent()


def _run(outcome: Outcome, core_percent: float | None, wanted: float, nic: Nic | None) -> Run:
    percents = [core_percent or 0.0, 100 * outcome.cpu_share]
    if outcome.streams == 1 and outcome.peer_cpu_percent is not None:
        # Of a process: with several streams it may exceed one core without any of them being full.
        percents.append(outcome.peer_cpu_percent)
    limited = is_limited(outcome.mbps, wanted, nic.speed_mbps if nic else None, percents)
    return Run(outcome, core_percent, limited)


def _middle(runs: Sequence[Run], direction: Direction) -> Run:
    """The run in the middle; with an even number the lower of the two."""
    own = [run for run in runs if run.outcome.direction == direction]
    middle = median_low(run.outcome.mbps for run in own)
    return next(run for run in own if run.outcome.mbps == middle)


def _value(runs: Sequence[Run], nic: Nic | None, streams: int) -> Throughput:
    down, up = (_middle(runs, direction) for direction in DIRECTIONS)
    again = (down.outcome.retransmits, up.outcome.retransmits)
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
            limited=down.limited or up.limited,
        ),
    )


def _keep(ctx: Context, runs: Sequence[Run], nic: Nic | None, wanted: float) -> str:
    evidence = {
        "wanted_mbps": wanted,
        "nic": asdict(nic) if nic else None,
        "runs": [{**run.outcome.evidence(), "core_percent": run.core_percent, "limited": run.limited} for run in runs],
    }
    return ctx.keep(json.dumps(evidence, ensure_ascii=False, indent=1))
