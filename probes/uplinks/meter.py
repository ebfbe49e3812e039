"""How busy the uplinks are at this moment.

Agents refresh their counters only now and then (net-snmp every 15 s), so two readings a moment apart say nothing. The
counters are watched until they have moved, and what went by is laid against the time in which they stood still: that
can only make a line look busier than it is, which is the safe side; with a second movement it becomes exact.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from time import monotonic

from probes.campus import Uplink
from probes.errors import TransportError
from probes.probe import World
from probes.text import Text, text
from probes.transport.snmp import open_session
from probes.uplinks.counters import PortCounters, Reading, began_anew, device_of, octets_between

POLL_S = 1.0
SHORTEST_S = 3.0
LONGEST_S = 35.0
"""Agents refresh their counters every 30 s at the slowest; only a line that looks busy, or whose counters stand still,
is watched for so long."""


@dataclass(frozen=True, slots=True)
class Load:
    """How busy an uplink is: the busier direction, and its share of the line; ``None`` for what is not known, and why.

    The line is as fast as its port, or as its contract where that is less.
    """

    uplink: str
    mbps: float | None = None
    share: float | None = None
    unknown: Text | None = None


@dataclass
class Watch:
    """Readings of one port as they come in.

    Attributes:
        capacity_mbps: of the line, if known.
    """

    capacity_mbps: float | None
    _seen: list[tuple[float, Reading]] = field(default_factory=list)

    def add(self, at_s: float, reading: Reading) -> None:
        """Take note of a reading if the counters have moved; a counter that began anew begins the watch anew."""
        if self._seen:
            last = self._seen[-1][1]
            if (last.in_octets, last.out_octets) == (reading.in_octets, reading.out_octets):
                return
            if not _comparable(last, reading):
                self._seen.clear()
        self._seen.append((at_s, reading))

    def bound_mbps(self, now_s: float) -> float | None:
        """No more than this went by; ``None`` while that cannot be told.

        What moved the counters went by before, in at least the time for which they had stood still, or stand still now.
        """
        if len(self._seen) <= 1:
            return None
        (start, before), (end, after) = self._seen[0], self._seen[-1]
        seconds = max(end - start, now_s - end)
        return _mbps(before, after, seconds) if seconds >= SHORTEST_S else None

    def exact_mbps(self) -> float | None:
        """This went by between two movements of the counters that lie far enough apart, or ``None``."""
        if len(self._seen) <= 2:  # noqa: PLR2004  the first reading, and the first movement from which time counts
            return None
        (start, before), (end, after) = self._seen[1], self._seen[-1]
        return _mbps(before, after, end - start) if end - start >= SHORTEST_S else None


def _comparable(before: Reading, after: Reading) -> bool:
    bits = before.bits
    pairs = ((before.in_octets, after.in_octets), (before.out_octets, after.out_octets))
    return bits == after.bits and not any(began_anew(*pair, bits) for pair in pairs)


def _mbps(before: Reading, after: Reading, seconds: float) -> float:
    octets = max(
        octets_between(before.in_octets, after.in_octets, after.bits),
        octets_between(before.out_octets, after.out_octets, after.bits),
    )
    return octets * 8 / 1e6 / seconds


class UplinkMeter:
    """Measures the present load of every uplink whose port can be asked over SNMP, all at once."""

    def __init__(
        self,
        world: World,
        *,
        clock: Callable[[], float] = monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._world = world
        self._clock = clock
        self._sleep = sleep

    async def __call__(self) -> list[Load]:
        """The load of each uplink that names a port; never an error, for what cannot be read is said in it."""
        return list(await asyncio.gather(*(self._one(uplink) for uplink in self._world.campus.uplink if uplink.port)))

    async def _one(self, uplink: Uplink) -> Load:
        device = device_of(self._world.campus, uplink)
        if device is None:
            unknown = text("the device of its port has no snmp in the inventory")
            return Load(uplink.id, unknown=unknown)
        try:
            async with open_session(self._world, device) as session:
                port = (uplink.port or "").partition(":")[2]
                counters = await PortCounters.find(session, self._world.campus, device, port)
                return await self._watched(uplink, counters)
        except TransportError as error:
            return Load(uplink.id, unknown=error.text)

    async def _watched(self, uplink: Uplink, counters: PortCounters) -> Load:
        campus = self._world.campus
        reading, began = await counters.read(), self._clock()
        speeds = [one for one in (reading.speed_mbps, uplink.contract_mbps) if one]
        watch = Watch(min(speeds, default=None))
        watch.add(began, reading)
        limit = (watch.capacity_mbps or 0.0) * campus.audit.night.busy_share
        while self._clock() - began < LONGEST_S:
            bound = watch.bound_mbps(self._clock())
            if watch.exact_mbps() is not None or (bound is not None and bound <= limit):
                break
            await self._sleep(POLL_S)
            watch.add(self._clock(), await counters.read())
        return _load(uplink, watch, self._clock())


def _load(uplink: Uplink, watch: Watch, now_s: float) -> Load:
    exact, bound = watch.exact_mbps(), watch.bound_mbps(now_s)
    mbps = bound if exact is None else exact
    if mbps is None:
        return Load(uplink.id, unknown=text("the counters of its port did not move"))
    if watch.capacity_mbps is None:
        return Load(uplink.id, mbps, unknown=text("neither the speed of its port nor its contract is known"))
    return Load(uplink.id, mbps, mbps / watch.capacity_mbps)
