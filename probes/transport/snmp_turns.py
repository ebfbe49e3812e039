"""How many questions may be under way at once with one device, whichever probes ask them."""

from __future__ import annotations

import asyncio
from weakref import WeakKeyDictionary, WeakValueDictionary

# Several probes look at one device at the same time, each in a session of its own; its small processor is one.
_turns: WeakKeyDictionary[asyncio.AbstractEventLoop, WeakValueDictionary[tuple[str, int], asyncio.Semaphore]] = (
    WeakKeyDictionary()
)


def turns(address: str, port: int, at_once: int) -> asyncio.Semaphore:
    """The device's turns, shared by all sessions with it in this event loop; the first to ask says how many."""
    known = _turns.setdefault(asyncio.get_running_loop(), WeakValueDictionary())
    found = known.get((address, port))
    if found is None:
        found = known[address, port] = asyncio.Semaphore(at_once)
    return found
