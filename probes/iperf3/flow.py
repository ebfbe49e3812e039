"""What moves the payload: one thread a stream on a blocking socket, one system call a chunk.

Blocking calls of 1 MiB cost least: Python's lock is released while the kernel copies, and there is nothing to poll. A
time limit on the socket itself lets the thread look up now and then, at no cost while data moves.
"""

from __future__ import annotations

import os
import socket
import struct
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from threading import Event, Thread
from time import monotonic, sleep, thread_time
from typing import Literal, Protocol

from probes.iperf3.pace import Pace
from probes.iperf3.parameters import Counted, Datagrams
from probes.iperf3.tcp_info import TcpInfo, tcp_info

CHUNK = 1 << 20
PERIOD = 1 << 17
LOOK_UP_S = 0.2
SETTLE_S = 0.001
BATCH_S = 0.004
MOST_BATCH = 1 << 17
JOIN_S = 5.0

_LINUX = sys.platform.startswith("linux")
# On Linux TCP throws received bytes away without copying them; elsewhere the flag means something else.
_DISCARD = socket.MSG_TRUNC if _LINUX else 0

_LINGER = "hh" if sys.platform == "win32" else "ii"

Way = Literal["send", "receive"]


class Stream(Protocol):
    """What a test needs of a stream, TCP (``Flow``, which says what each means) or UDP."""

    moved: int
    ended: bool
    way: Way
    cpu_share: float | None

    def start(self) -> None: ...  # noqa: D102  see Flow
    def ease(self) -> None: ...  # noqa: D102
    def settle(self) -> None: ...  # noqa: D102
    def halt(self) -> None: ...  # noqa: D102
    def close(self, *, abort: bool = False) -> None: ...  # noqa: D102
    def count(self) -> int: ...  # noqa: D102
    def datagrams(self) -> Datagrams | None: ...  # noqa: D102
    def info(self) -> TcpInfo | None: ...  # noqa: D102
    def congestion(self) -> str: ...  # noqa: D102


def make_buffer() -> bytearray:
    """What the flows of one test send from and receive into.

    The part that is sent is random, so that no compressing line looks faster, and small enough to stay in the
    processor's cache, which makes sending a tenth cheaper.
    """
    return bytearray(os.urandom(PERIOD)).ljust(CHUNK, b"\0")


class Flow:
    """One stream.

    Attributes:
        moved: payload bytes so far; written by the flow's thread only, so that anybody may read it.
        ended: the other end closed the stream, or it broke.
        cpu_share: processor time of the thread as a share of its life; ``None`` until it has ended.
    """

    def __init__(self, sock: socket.socket, way: Way, buffer: bytearray, paces: Iterable[Pace] = ()) -> None:
        self.moved = 0
        self.ended = False
        self.way = way
        self.cpu_share: float | None = None
        self._socket = sock
        self._paces = tuple(paces)
        chunk = min((pace.chunk(len(buffer)) for pace in self._paces), default=len(buffer))
        self._buffer = memoryview(buffer)[:chunk]
        self._halted = Event()
        self._eased = (monotonic(), 0)
        self._arrived_before = None if way == "send" or self._paces else self._arrived()
        self._thread = Thread(target=self._run, name=f"flow-{way}", daemon=True)
        _limit_waiting(sock)

    def start(self) -> None:
        """Begin to move."""
        self._thread.start()

    def ease(self) -> None:
        """Call now and then: a receiver is woken for what arrives in ``BATCH_S`` at its present rate, not each packet.

        That saves half of its processor time at 100 Mbit/s. It is done only where ``count`` does not depend on it.
        """
        if self._arrived_before is None:
            return
        now, moved = monotonic(), self.moved
        batch = max(min(int((moved - self._eased[1]) / max(now - self._eased[0], BATCH_S) * BATCH_S), MOST_BATCH), 1)
        self._eased = (now, moved)
        with suppress(OSError):  # it ended meanwhile
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, batch)

    def settle(self) -> None:
        """Let a thread that is held to a pace come to its first read: of what it did not read ``count`` knows nothing.

        A test may be over before the thread has run at all; everything else that arrived ``count`` knows.
        """
        until = monotonic() + LOOK_UP_S
        while self._paces and self.way == "receive" and not (self.moved or self.ended) and monotonic() < until:
            sleep(SETTLE_S)

    def halt(self) -> None:
        """Ask the thread to end; it does within ``LOOK_UP_S``."""
        self._halted.set()

    def close(self, *, abort: bool = False) -> None:
        """End, and close the connection; what was not read yet is thrown away.

        Args:
            abort: throw away what was not sent yet, too, instead of letting the system send it behind the test's back.
                The other end sees a reset, which a stock client that still receives takes for an error.
        """
        self.halt()
        with suppress(OSError):  # closed from the other end already
            if self.way == "receive":
                self._socket.shutdown(socket.SHUT_RDWR)
            elif abort:
                self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack(_LINGER, 1, 0))
        if self._thread.is_alive():
            self._thread.join(JOIN_S)
        self._socket.close()

    def count(self) -> int:
        """Payload bytes so far, exactly now.

        At the receiver by the kernel's own count, where it has one, so that the figure does not depend on when the
        thread came to read; a stream that is held to a pace counts what was read.
        """
        if self._arrived_before is None:
            return self.moved
        arrived = self._arrived()
        return self.moved if arrived is None else arrived - self._arrived_before

    def _arrived(self) -> int | None:
        info = tcp_info(self._socket)
        return None if info is None else info.received

    def datagrams(self) -> Datagrams | None:
        """None: it is not UDP."""
        return None

    def info(self) -> TcpInfo | None:
        """What the kernel knows, at the sending end."""
        return tcp_info(self._socket) if self.way == "send" else None

    def congestion(self) -> str:
        """Name of the congestion control, where the system tells."""
        if not _LINUX:
            return ""
        try:
            raw = self._socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, 16)
        except OSError:
            return ""
        return raw.split(b"\0")[0].decode("ascii", "replace")

    def _run(self) -> None:
        began = monotonic()
        cpu_began = thread_time()
        try:
            self._send() if self.way == "send" else self._receive()
        except OSError:
            self.ended = True
        self.cpu_share = (thread_time() - cpu_began) / max(monotonic() - began, 1e-6)

    def _send(self) -> None:
        paces, halted, send = self._paces, self._halted.is_set, self._sender()
        while not halted():
            try:
                count = send()
            except (BlockingIOError, TimeoutError):
                continue
            self.moved += count
            for pace in paces:
                self._halted.wait(pace.owed_s(count))

    def _sender(self) -> Callable[[], int]:
        """One system call that sends a chunk, or as much of it as there is time for."""
        sock, whole, piece = self._socket, len(self._buffer), self._buffer[:PERIOD]
        if whole <= PERIOD or not hasattr(sock, "sendmsg"):  # Windows has no sendmsg
            return partial(sock.send, piece)
        return partial(sock.sendmsg, [piece] * (whole // PERIOD))

    def _receive(self) -> None:
        receive, scratch, size = self._socket.recv_into, self._buffer, len(self._buffer)
        paces, halted = self._paces, self._halted.is_set
        while not halted():
            try:
                count = receive(scratch, size, _DISCARD)
            except (BlockingIOError, TimeoutError):
                continue
            if not count:
                self.ended = True
                return
            self.moved += count
            for pace in paces:
                self._halted.wait(pace.owed_s(count))


def _limit_waiting(sock: socket.socket) -> None:
    """Let blocking calls return after ``LOOK_UP_S``, by the kernel's own clock where there is one for it."""
    if sys.platform == "win32":
        sock.settimeout(LOOK_UP_S)
        return
    sock.settimeout(None)
    limit = struct.pack("ll", 0, int(LOOK_UP_S * 1_000_000))
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)


@dataclass(frozen=True, slots=True)
class Sample:
    """All flows at one moment (``monotonic``): payload bytes so far, what the kernel knows of senders, and of UDP."""

    at: float
    moved: tuple[int, ...]
    infos: tuple[TcpInfo | None, ...]
    datagrams: tuple[Datagrams | None, ...]

    def only(self, flows: slice) -> Sample:
        """The same moment, of some of the flows."""
        return Sample(self.at, self.moved[flows], self.infos[flows], self.datagrams[flows])

    @property
    def retransmits(self) -> int | None:
        """Segments sent again by all flows; ``None`` unless known of every one."""
        known = [info.retransmits for info in self.infos if info is not None]
        return sum(known) if known and len(known) == len(self.infos) else None

    @property
    def acked(self) -> int | None:
        """Bytes that the other end has acknowledged; ``None`` unless known of every flow."""
        known = [info.acked for info in self.infos if info is not None and info.acked is not None]
        return sum(known) if known and len(known) == len(self.infos) else None

    @property
    def rtt_ms(self) -> float | None:
        """Mean of the flows' smoothed round-trip times."""
        known = [info.rtt_ms for info in self.infos if info is not None]
        return sum(known) / len(known) if known else None


def sample(flows: Sequence[Stream], at: float | None = None) -> Sample:
    """Look at all flows now; ``at`` if what they count belongs to an earlier moment."""
    when = monotonic() if at is None else at
    return Sample(
        when,
        tuple(flow.count() for flow in flows),
        tuple(flow.info() for flow in flows),
        tuple(flow.datagrams() for flow in flows),
    )


def counted(first: Sample, last: Sample) -> list[Counted]:
    """What each flow moved between two moments."""
    seconds = last.at - first.at
    streams = zip(first.moved, last.moved, first.infos, last.infos, first.datagrams, last.datagrams, strict=True)
    return [
        Counted(
            after - before,
            seconds,
            info.retransmits - (was.retransmits if was else 0) if info else None,
            seen.since(earlier) if seen and earlier else None,
            earlier,
        )
        for before, after, was, info, earlier, seen in streams
    ]
