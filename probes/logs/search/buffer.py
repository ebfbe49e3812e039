"""Searching what a device itself still shows: its recent alerts where the dialect knows them, and its log buffer."""

from __future__ import annotations

import asyncio
from asyncio import AbstractEventLoop
from collections.abc import Iterator

from probes.campus import Device
from probes.dialect.answers import command_rows
from probes.logs.search.lines import Line, Marks, Wanted, moment_marks
from probes.logs.stores.buffer import buffer_of, understood
from probes.probe import Context


class DeviceHaystack:
    """One device. Every search is a session of its console; ``loop`` is where those run."""

    pause_s = 10.0

    def __init__(self, ctx: Context, device: Device, loop: AbstractEventLoop) -> None:
        self._ctx = ctx
        self._device = device
        self._loop = loop
        self._before: frozenset[bytes] = frozenset()
        self.tells_alerts: bool | None = None

    def marks(self) -> Marks:
        """The moment; what the device shows then is no news any more."""
        self._before = frozenset(line.data for line in self._wait_for_lines())
        return moment_marks(self._ctx.now())

    def find(self, wanted: Wanted) -> Iterator[Line]:
        """The alerts first; lines of the buffer that are none of them after."""
        known = frozenset() if wanted.since is None else self._before
        yield from (line for line in self._wait_for_lines() if wanted.hit(line.data) and line.data not in known)

    def _wait_for_lines(self) -> list[Line]:
        return asyncio.run_coroutine_threadsafe(self._lines(), self._loop).result()

    async def _lines(self) -> list[Line]:
        alerts: dict[str, str] = {}
        async with self._ctx.ssh(self._device) as session:
            for command in session.dialect.commands("recent_alerts"):
                shown = await session.run(command.send)
                if understood(session, shown):
                    self.tells_alerts = True
                    rows = command_rows(command, shown).rows
                    alerts.update((row.groups["line"].strip(), command.send) for row in rows if "line" in row.groups)
            name, shown = await buffer_of(session)
        now, device = self._ctx.now().timestamp(), self._device.id
        rest = {line.strip(): name for line in shown.splitlines() if line.strip() not in alerts}
        return [
            Line(line.encode("utf-8", "replace"), f"{device}: {sent}", now, alert=line in alerts)
            for line, sent in (*alerts.items(), *rest.items())
        ]
