"""Who waits at a responder that serves one test at a time: first come, first served, and everybody is told his place.

An iperf3 client knows no queues: it waits in silence and is served as if nobody had been before it. Only when the queue
is full, or its time is over, it is turned away in its own words ("the server is busy running a test").
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from time import monotonic

from probes.iperf3.protocol import State, knows_queues

MOST = 16
MOST_OF_ONE = 4
"""Of one address; several computers may share one behind a NAT."""

LONGEST_S = 900.0
WORD_EVERY_S = 5.0


@dataclass(eq=False)
class Waiter:
    """A client that has greeted.

    Attributes:
        peer: its address and port, for people.
        host: its address alone.
    """

    sock: socket.socket
    cookie: bytes
    peer: str
    host: str
    since: float = field(default_factory=monotonic)


class WaitingLine:
    """The queue. It is used by one thread only.

    Args:
        left: is told of everybody who leaves without having been served; the socket is still open then.
    """

    def __init__(self, left: Callable[[Waiter], None]) -> None:
        self._line: list[Waiter] = []
        self._left = left
        self._next_word = 0.0

    def __len__(self) -> int:
        return len(self._line)

    def __iter__(self) -> Iterator[Waiter]:
        return iter(tuple(self._line))

    def join(self, waiter: Waiter) -> int:
        """Take somebody in; gives the place, from 1 on, or 0 where there is none left."""
        own = sum(one.host == waiter.host for one in self._line)
        if len(self._line) >= MOST or own >= MOST_OF_ONE:
            return 0
        self._line.append(waiter)
        place = len(self._line)
        self._say_place(waiter, place)  # who is gone already leaves again
        return place

    def next(self) -> Waiter | None:
        """Whose turn it is; the others are told that they have moved up."""
        if not self._line:
            return None
        first = self._line.pop(0)
        self._tell_all()
        return first

    def hear(self, waiter: Waiter) -> None:
        """Somebody who waits has sent something, or has gone: either ends his waiting."""
        self._leave(waiter)
        self._tell_all()

    def pass_time(self) -> None:
        """Call now and then: turns away who has waited too long, and tells the others that they are not forgotten."""
        now = monotonic()
        for waiter in [one for one in self._line if now - one.since > LONGEST_S]:
            turn_away(waiter.sock)
            self._leave(waiter)
        if now >= self._next_word:
            self._next_word = now + WORD_EVERY_S
            self._tell_all()

    def dissolve(self) -> None:
        """Nobody will be served any more."""
        for waiter in list(self._line):
            _say(waiter.sock, State.SERVER_TERMINATE)
            self._leave(waiter)

    def _tell_all(self) -> None:
        for place, waiter in enumerate(tuple(self._line), 1):
            self._say_place(waiter, place)

    def _say_place(self, waiter: Waiter, place: int) -> None:
        if knows_queues(waiter.cookie) and not _say(waiter.sock, State.QUEUED, bytes([min(place, 255)])):
            self._leave(waiter)

    def _leave(self, waiter: Waiter) -> None:
        if waiter in self._line:
            self._line.remove(waiter)
            self._left(waiter)


def turn_away(sock: socket.socket) -> None:
    """Tell a client, in iperf3's words, that the server is busy."""
    _say(sock, State.ACCESS_DENIED)


def _say(sock: socket.socket, state: State, more: bytes = b"") -> bool:
    """Say a state without waiting; false where it cannot be said."""
    with suppress(OSError):  # gone, or it does not read
        sock.settimeout(0)
        said = state.to_bytes(1, "big", signed=True) + more
        return sock.send(said) == len(said)
    return False
