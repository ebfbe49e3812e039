"""How many questions may be under way at once with one device, and how many a second, whichever probes ask them."""

from __future__ import annotations

import asyncio
from types import TracebackType
from weakref import WeakKeyDictionary

# A clock that is a little off must not make the rate one too many in some second.
_SLACK = 1.02


class Turns:
    """A device's turns, as an asynchronous context around each question.

    Args:
        at_once: how many questions may be under way.
        per_s: how many may begin in a second; ``None`` for as fast as it answers.
    """

    def __init__(self, at_once: int, per_s: float | None) -> None:
        self._free = asyncio.Semaphore(at_once)
        self._gap_s = _SLACK / per_s if per_s else 0.0
        self._next = 0.0
        self._pace = asyncio.Lock()

    async def __aenter__(self) -> None:
        """Wait for a turn."""
        await self._free.acquire()
        if not self._gap_s:
            return
        clock = asyncio.get_running_loop().time
        try:
            async with self._pace:  # one waits after the other, so that nobody makes up for a late wake-up
                await asyncio.sleep(self._next - clock())
                self._next = clock() + self._gap_s
        except asyncio.CancelledError:
            self._free.release()
            raise

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let the next one ask."""
        self._free.release()


# Several probes look at one device, at the same time and one after the other, each in a session of its own.
_turns: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[tuple[str, int], Turns]] = WeakKeyDictionary()


def turns(address: str, port: int, at_once: int, per_s: float | None = None) -> Turns:
    """The device's turns, shared by all sessions with it in this event loop; the first to ask says how many."""
    known = _turns.setdefault(asyncio.get_running_loop(), {})
    return known.setdefault((address, port), Turns(at_once, per_s))
