"""The gate of a measuring night: whether a test that loads the network may be done now.

In this order: the hours that the school allows, the data that one night may move, and how busy the way out is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol

from auditor.plan import Task
from auditor.runner import Refusal
from auditor.window import Window
from probes.campus import Campus
from probes.observation import Observation, Reason
from probes.text import Text, text
from probes.uplinks.meter import Load

LOOKS = 3
PAUSE_S = 60.0
MB_PER_GB = 1000


class Loads(Protocol):
    """Reads how busy the uplinks are."""

    async def __call__(self) -> Sequence[Load]:
        """The load of each uplink."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


class NightGate:
    """Lets tests through one by one.

    Tests are the tasks that are active and must run alone. Other active tasks are light, and only kept back on dates
    on which the school wants nothing tested at all; all others pass.

    Args:
        campus: its settings for the night and its time zone.
        loads: reads how busy the uplinks are; what it cannot read does not stop a test, but is noted.
        note: writes down each test that is begun or refused.
        spent_mb: what the tests of this night have moved so far, or were expected to where they did not tell.
        now: the present time.
        sleep: waits for so many seconds.
    """

    def __init__(  # noqa: PLR0913  the doors to clock, line and disk, each by its keyword
        self,
        campus: Campus,
        *,
        loads: Loads,
        note: Callable[[Mapping[str, object]], None],
        spent_mb: float = 0.0,
        now: Callable[[], datetime] = _utc_now,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._settings = campus.audit.night
        self._window = Window.of(campus)
        self._loads = loads
        self._note = note
        self._spent_mb = spent_mb
        self._now = now
        self._sleep = sleep

    async def why_not(self, task: Task) -> Refusal | None:
        """The reason against doing the task now, or ``None``; waits for a busy uplink for some minutes."""
        if task.probe.touch != "active":
            return None
        if not task.probe.exclusive:
            return self._closed(task) if self._window.is_blocked(self._now()) else None
        refusal = self._closed(task) or self._over_budget(task)
        loads: Sequence[Load] = ()
        if refusal is None:
            refusal, loads = await self._when_quiet(task)
        event = {"at": self._now().isoformat(), "probe": task.probe.name, "subject": task.subject}
        if refusal is not None:
            self._note({**event, "refused": refusal.reason.value, "uplinks": _written(loads)})
            return refusal
        # Before the test and not only after it: a test that is killed has moved its data all the same.
        self._spent_mb += task.expected_mb
        self._note({**event, "expected_mb": round(task.expected_mb, 3), "uplinks": _written(loads)})
        return None

    def saw(self, task: Task, observation: Observation) -> None:
        """Count what a test did move instead of what it might have: a room with a port of 100 Mbit/s moves less."""
        moved_mb = getattr(observation.value, "moved_mb", None)
        if moved_mb is None or task.probe.touch != "active" or not task.probe.exclusive:
            return
        self._spent_mb += moved_mb - task.expected_mb
        event = {"at": self._now().isoformat(), "probe": task.probe.name, "subject": task.subject}
        self._note({**event, "moved_mb": moved_mb, "instead_of_mb": round(task.expected_mb, 3)})

    def _closed(self, task: Task) -> Refusal | None:
        """Refused where the task would not come to its end within the allowed hours."""
        now, lasting = self._now(), timedelta(seconds=task.expected_s)
        until = self._window.open_until(now)
        blocked = self._window.is_blocked(now)
        if until is not None and now + lasting <= until and not blocked:
            return None
        opens = self._window.opens(now, lasting)
        if opens is None:
            sentence = text("the calendar in [audit.night] leaves no time for it within a year")
        else:
            sentence = text("it may be done from {when} on (school time)", when=self._window.local(opens))
        return Refusal(Reason.OUTSIDE_WINDOW, sentence)

    def _over_budget(self, task: Task) -> Refusal | None:
        left = self._settings.budget_gb * MB_PER_GB - self._spent_mb
        if task.expected_mb <= left:
            return None
        return Refusal(
            Reason.OVER_BUDGET,
            text(
                "it would move about {mb} MB, and of the night's {gb} GB {left} MB are left",
                mb=round(task.expected_mb),
                gb=f"{self._settings.budget_gb:g}",
                left=max(round(left), 0),
            ),
        )

    async def _when_quiet(self, task: Task) -> tuple[Refusal | None, Sequence[Load]]:
        """Look until the uplinks are quiet, some times at most; the window may close meanwhile."""
        loads: Sequence[Load] = ()
        for look in range(LOOKS):
            if look:
                await self._sleep(PAUSE_S)
            loads = await self._loads()
            closed = self._closed(task)
            if closed is not None:
                return closed, loads
            if not self._busy(loads):
                return None, loads
        return Refusal(Reason.LINK_BUSY, self._told(loads)), loads

    def _busy(self, loads: Sequence[Load]) -> Sequence[Load]:
        return [load for load in loads if load.share is not None and load.share > self._settings.busy_share]

    def _told(self, loads: Sequence[Load]) -> Text:
        """Which uplinks are busy, and which are not known to be."""
        busiest = max(self._busy(loads), key=lambda load: load.share or 0.0)
        told = text(
            "uplink {uplink} carried {mbps} Mbit/s, {percent} % of what it can, at the last of {looks} looks "
            "{seconds} s apart; above {limit} % it is left alone",
            uplink=busiest.uplink,
            mbps=round(busiest.mbps or 0.0, 1),
            percent=round(100 * (busiest.share or 0.0)),
            looks=LOOKS,
            seconds=f"{PAUSE_S:g}",
            limit=f"{100 * self._settings.busy_share:g}",
        )
        for load in loads:
            if load.unknown is not None:
                told = text(
                    "{told}; how busy {uplink} is could not be read: {why}",
                    told=told,
                    uplink=load.uplink,
                    why=load.unknown,
                )
        return told


def _written(loads: Sequence[Load]) -> list[dict[str, object]]:
    return [
        {
            "uplink": load.uplink,
            "mbps": None if load.mbps is None else round(load.mbps, 3),
            "share": None if load.share is None else round(load.share, 4),
            **({} if load.unknown is None else {"unknown": str(load.unknown)}),
        }
        for load in loads
    ]
