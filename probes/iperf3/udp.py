"""UDP as iperf3 sends it: numbered datagrams with their time of departure; loss and jitter are found on arrival."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterable
from contextlib import suppress
from threading import Event, Thread
from time import monotonic, thread_time, time

from probes.iperf3.flow import JOIN_S, LOOK_UP_S, Way
from probes.iperf3.pace import Pace
from probes.iperf3.parameters import Datagrams
from probes.iperf3.protocol import explained, not_iperf3
from probes.iperf3.tcp_info import TcpInfo

HELLO = struct.pack("<I", 0x36373839)
WELCOME = struct.pack("<I", 0x39383736)
WELCOMES = frozenset({WELCOME, struct.pack(">I", 0x39383736), *(struct.pack(end + "I", 987654321) for end in "<>")})
"""As of iperf 3.11 and of older versions, whichever way round the other machine writes numbers."""

NARROW = struct.Struct(">III")
WIDE = struct.Struct(">IIQ")
"""Head of a datagram: seconds, microseconds, number; the number in 64 bits where the client asks for it."""

LARGEST = 65_507
WAIT_AT_LEAST_S = 0.001
QUIET_S = 0.1
SETTLE_S = 1.0
BUFFER = 4 << 20
# SO_RCVBUFFORCE of Linux, which Python does not name.
_FORCED = 33 if hasattr(socket, "SO_PEERCRED") else None

JITTER_GAIN = 1 / 16
"""RFC 1889, 6.3.1."""


class UdpFlow:
    """One stream over a connected UDP socket; used as a ``Flow`` is.

    A datagram that is too short for its head, or that the other end numbered zero, is not counted.
    """

    def __init__(self, sock: socket.socket, way: Way, length: int, paces: Iterable[Pace] = (), *, wide: bool) -> None:
        """Take the socket; ``length`` of a datagram in bytes, ``wide`` for 64-bit numbers."""
        self.moved = 0
        self.ended = False
        self.way = way
        self.cpu_share: float | None = None
        self._socket = sock
        self._head = WIDE if wide else NARROW
        self._length = min(max(length, self._head.size), LARGEST)
        self._paces = tuple(paces)
        self._packets = self._lost = 0
        self._jitter_s = 0.0
        self._transit: float | None = None
        self._heard_at = monotonic()
        self._halted = Event()
        self._thread = Thread(target=self._run, name=f"udp-{way}", daemon=True)
        for option in (getattr(socket, "SO_SNDBUF", None), getattr(socket, "SO_RCVBUF", None), _FORCED):
            if option is not None:
                with suppress(OSError):  # the system has a limit, or allows it to root only
                    sock.setsockopt(socket.SOL_SOCKET, option, BUFFER)
        sock.settimeout(LOOK_UP_S)

    def start(self) -> None:
        """Begin to move."""
        self._thread.start()

    def ease(self) -> None:
        """Nothing: each datagram has to be looked at."""

    def settle(self) -> None:
        """Let what is still on its way arrive; the sender must have ended."""
        deadline = monotonic() + SETTLE_S
        while self.way == "receive" and not self.ended and monotonic() < min(self._heard_at + QUIET_S, deadline):
            self._halted.wait(QUIET_S / 10)

    def halt(self) -> None:
        """Ask the thread to end; it does within ``LOOK_UP_S``."""
        self._halted.set()

    def close(self, *, abort: bool = False) -> None:  # noqa: ARG002  as of a TCP flow; datagrams are gone either way
        """End, and close the socket."""
        self.halt()
        if self._thread.is_alive():
            self._thread.join(JOIN_S)
        self._socket.close()

    def count(self) -> int:
        """Payload bytes so far, heads included, as iperf3 counts."""
        return self.moved

    def datagrams(self) -> Datagrams:
        """Datagrams sent so far; or due so far, how many of them did not arrive, and the jitter now."""
        return Datagrams(self._packets, self._lost, self._jitter_s)

    def info(self) -> TcpInfo | None:
        """Nothing: it is not TCP."""
        return None

    def congestion(self) -> str:
        """None."""
        return ""

    def _run(self) -> None:
        began, cpu_began = monotonic(), thread_time()
        try:
            self._send() if self.way == "send" else self._receive()
        except OSError:
            self.ended = True
        self.cpu_share = (thread_time() - cpu_began) / max(monotonic() - began, 1e-6)

    def _send(self) -> None:
        datagram = bytearray(self._length)
        while not self._halted.is_set():
            seconds, part = divmod(time(), 1)
            number = self._packets + 1
            # A 32-bit number begins anew, as iperf3's does.
            shown = number if self._head is WIDE else number & 0xFFFFFFFF
            self._head.pack_into(datagram, 0, int(seconds) & 0xFFFFFFFF, int(part * 1e6), shown)
            try:
                count = self._socket.send(datagram)
            except (BlockingIOError, TimeoutError):
                continue
            self._packets = number
            self.moved += count
            for pace in self._paces:
                owed_s = pace.owed_s(count)
                if owed_s > WAIT_AT_LEAST_S:
                    self._halted.wait(owed_s)

    def _receive(self) -> None:
        buffer = bytearray(LARGEST)
        while not self._halted.is_set():
            try:
                count = self._socket.recv_into(buffer)
            except (BlockingIOError, TimeoutError):
                continue
            if count >= self._head.size:
                self._arrived(count, *self._head.unpack_from(buffer))

    def _arrived(self, count: int, seconds: int, microseconds: int, number: int) -> None:
        """Account for a datagram as iperf3 does: a gap is a loss, until a late one fills it."""
        if not number:
            return
        self._heard_at = monotonic()
        self.moved += count
        if number > self._packets:
            self._lost += number - 1 - self._packets
            self._packets = number
        elif self._lost:
            self._lost -= 1
        transit = time() - seconds - microseconds / 1e6
        if self._transit is not None:
            self._jitter_s += (abs(transit - self._transit) - self._jitter_s) * JITTER_GAIN
        self._transit = transit


def call(family: int, address: tuple[str, int], peer: str, within_s: float) -> socket.socket:
    """A connected socket on which the server has answered our hello."""
    sock = socket.socket(family, socket.SOCK_DGRAM)
    try:
        sock.settimeout(within_s)
        sock.connect(address)
        sock.send(HELLO)
        answer = sock.recv(64)
    except OSError as error:
        sock.close()
        raise explained(error, peer) from error
    if answer not in WELCOMES:
        sock.close()
        raise not_iperf3(peer)
    return sock


class UdpDoor:
    """Where a responder awaits the datagram that opens a stream: the address and port of the control connection."""

    def __init__(self, control: socket.socket, peer: str) -> None:
        """Listen at once; raises ``TransportError`` where the port is taken."""
        self._peer = peer
        own, other = control.getsockname()[0], control.getpeername()[0]
        self._other = other.removeprefix("::ffff:").partition("%")[0]
        plain = control.family == socket.AF_INET or own.startswith("::ffff:")
        self._family = socket.AF_INET if plain else socket.AF_INET6
        rest = () if plain else control.getsockname()[2:]
        self._place = (own.removeprefix("::ffff:"), control.getsockname()[1], *rest)
        self._socket: socket.socket | None = self._listen()

    def _listen(self) -> socket.socket:
        sock = socket.socket(self._family, socket.SOCK_DGRAM)
        try:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind(self._place)
        except OSError as error:
            sock.close()
            raise explained(error, self._peer) from error
        return sock

    def next(self, within_s: float, *, more: bool) -> socket.socket | None:
        """The socket of the next stream, or ``None`` if nobody called in time; ``more`` if others follow."""
        stream = self._socket
        if stream is None:
            return None
        stream.settimeout(max(within_s, 0.001))
        try:
            said, place = stream.recvfrom(64)
            if len(said) != len(HELLO) or place[0].partition("%")[0] != self._other:
                return None
            stream.connect(place)
            self._socket = None
            self._socket = self._listen() if more else None
            stream.send(WELCOME)
        except (TimeoutError, ConnectionError):  # ConnectionError: what somebody else said has been refused
            return None
        except OSError as error:
            raise explained(error, self._peer) from error
        return stream

    def close(self) -> None:
        """Listen no more; the streams stay."""
        if self._socket is not None:
            self._socket.close()
