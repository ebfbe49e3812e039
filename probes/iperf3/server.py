"""The responder: listens, greets whoever connects, and serves one test at a time; the others wait for their turn."""

from __future__ import annotations

import os
import selectors
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Thread
from time import monotonic
from types import TracebackType
from typing import Self

from probes.errors import AuditorError
from probes.iperf3.protocol import COOKIE_BYTES, DEFAULT_PORT
from probes.iperf3.session import Limits, Session
from probes.iperf3.waiting import Waiter, WaitingLine, turn_away
from probes.text import Text, text

MOST_PORT = 65_535
GREETING_S = 5.0
MOST_GREETINGS = 64
LOOK_UP_S = 1.0
JOIN_S = 15.0


class ListenError(AuditorError):
    """The address or port cannot be listened on."""

    exit_code = 2


@dataclass(eq=False)
class _Greeting:
    """A connection that has not sent all of its cookie yet."""

    sock: socket.socket
    peer: str
    host: str
    deadline: float
    cookie: bytearray = field(default_factory=bytearray)


class Responder:
    """Serves iperf3 clients and our own. ``with Responder(…) as responder: responder.serve()``.

    Nobody can hold it up by saying nothing: greetings are awaited side by side, and each for ``GREETING_S`` only.

    Attributes:
        port: where it listens; of interest where 0 was asked for.
    """

    def __init__(
        self,
        address: str | None,
        port: int = DEFAULT_PORT,
        limits: Limits | None = None,
        tell: Callable[[Text], None] = lambda _: None,
    ) -> None:
        """Listen at once.

        Args:
            address: an address or host name of this machine; ``None`` for all, IPv4 and IPv6.
            port: TCP port; 0 for any free one.
            limits: what is allowed.
            tell: is given a sentence for whatever happens; it may be called from several threads.

        Raises:
            ListenError: the port is taken, or the address is not this machine's.
        """
        self._limits = limits or Limits()
        self._tell = tell
        self._listener = _listen(address, port)
        self._listener.settimeout(0)
        self.port: int = self._listener.getsockname()[1]
        self._waker, self._woken = socket.socketpair()
        self._waker.settimeout(0)
        self._woken.settimeout(0)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._selector.register(self._woken, selectors.EVENT_READ)
        self._greetings: list[_Greeting] = []
        self._line = WaitingLine(self._left)
        self._session: Session | None = None
        self._threads: list[Thread] = []
        self._stopping = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def serve(self, *, once: bool = False) -> None:
        """Serve until ``stop``, or until one test has come to its end."""
        shown = self._listener.getsockname()[0]
        self._tell(text("listening on {address}, TCP port {port}", address=shown, port=self.port))
        while not self._stopping and not (once and self._served_one()):
            for key, _ in self._selector.select(LOOK_UP_S if not self._greetings else 0.2):
                if key.fileobj is self._listener:
                    self._accept()
                elif key.fileobj is self._woken:
                    self._woken.recv(4096)
                elif isinstance(key.data, Waiter):
                    self._line.hear(key.data)
                else:
                    self._hear(key.data)
            self._dismiss_late()
            self._line.pass_time()
            self._call_next()

    def stop(self) -> None:
        """End ``serve`` soon; may be called from any thread and from a signal handler."""
        self._stopping = True
        self._wake()

    def close(self) -> None:
        """End the test under way, and let go of everything; ``serve`` must have ended."""
        if self._session is not None and not self._session.over.is_set():
            self._session.stop()
        for thread in self._threads:
            thread.join(JOIN_S)
        for greeting in list(self._greetings):
            self._dismiss(greeting)
        self._line.dissolve()
        self._selector.close()
        for sock in (self._listener, self._waker, self._woken):
            sock.close()

    def _wake(self) -> None:
        with suppress(OSError):  # awake already, or closed
            self._waker.send(b"\0")

    def _served_one(self) -> bool:
        return self._session is not None and self._session.completed and not self._threads[-1].is_alive()

    def _accept(self) -> None:
        try:
            sock, address = self._listener.accept()
        except OSError:
            return  # gone again
        sock.settimeout(0)
        greeting = _Greeting(sock, _shown(address), address[0], monotonic() + GREETING_S)
        if len(self._greetings) >= MOST_GREETINGS:
            self._dismiss(self._greetings[0])
        self._greetings.append(greeting)
        self._selector.register(sock, selectors.EVENT_READ, greeting)

    def _hear(self, greeting: _Greeting) -> None:
        if greeting not in self._greetings:
            return  # dismissed while this round was under way
        try:
            part = greeting.sock.recv(COOKIE_BYTES - len(greeting.cookie))
        except BlockingIOError:
            return
        except OSError:
            part = b""
        greeting.cookie += part
        if not part:
            self._dismiss(greeting)
        elif len(greeting.cookie) == COOKIE_BYTES:
            self._selector.unregister(greeting.sock)
            self._greetings.remove(greeting)
            self._place(greeting)

    def _place(self, greeting: _Greeting) -> None:
        """A stream of the test under way, a new test, or one that has to wait."""
        waiter = Waiter(greeting.sock, bytes(greeting.cookie), greeting.peer, greeting.host)
        under_way = self._session is not None and not self._session.over.is_set()
        if under_way and self._session is not None and waiter.cookie == self._session.cookie:
            if not self._session.offer(waiter.sock):
                self._turn_away(waiter)
        elif under_way or len(self._line):
            self._queue(waiter)
        else:
            self._begin(waiter)

    def _queue(self, waiter: Waiter) -> None:
        self._selector.register(waiter.sock, selectors.EVENT_READ, waiter)
        place = self._line.join(waiter)
        if place:
            self._tell(text("{peer}: another test is under way; waits as number {n}", peer=waiter.peer, n=place))
        else:
            self._selector.unregister(waiter.sock)
            self._turn_away(waiter)

    def _turn_away(self, waiter: Waiter) -> None:
        self._tell(text("{peer}: turned away, another test is under way", peer=waiter.peer))
        turn_away(waiter.sock)
        waiter.sock.close()

    def _left(self, waiter: Waiter) -> None:
        self._selector.unregister(waiter.sock)
        waiter.sock.close()
        self._tell(text("{peer}: waits no longer", peer=waiter.peer))

    def _call_next(self) -> None:
        if self._stopping or (self._session is not None and not self._session.over.is_set()):
            return
        waiter = self._line.next()
        if waiter is not None:
            self._selector.unregister(waiter.sock)
            self._begin(waiter)

    def _begin(self, waiter: Waiter) -> None:
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        self._session = Session(waiter.sock, waiter.cookie, waiter.peer, self._limits, self._tell, self._wake)
        thread = Thread(target=self._run, args=(self._session,), name="session", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _run(self, session: Session) -> None:
        session.run()
        self._wake()

    def _dismiss_late(self) -> None:
        now = monotonic()
        for greeting in [one for one in self._greetings if one.deadline < now]:
            self._dismiss(greeting)

    def _dismiss(self, greeting: _Greeting) -> None:
        self._greetings.remove(greeting)
        self._selector.unregister(greeting.sock)
        greeting.sock.close()


@contextmanager
def responding(
    address: str | None,
    port: int = 0,
    limits: Limits | None = None,
    tell: Callable[[Text], None] = lambda _: None,
) -> Iterator[Responder]:
    """A responder that serves in a thread of its own while the ``with`` lasts; arguments as of ``Responder``."""
    with Responder(address, port, limits, tell) as responder:
        thread = Thread(target=responder.serve, name="responder", daemon=True)
        thread.start()
        try:
            yield responder
        finally:
            responder.stop()
            thread.join(JOIN_S)


def _shown(address: tuple[str, int]) -> str:
    host = address[0].removeprefix("::ffff:")
    return f"[{host}]:{address[1]}" if ":" in host else f"{host}:{address[1]}"


def _listen(address: str | None, port: int) -> socket.socket:
    where = text("{address}, TCP port {port}", address=address or "*", port=port)
    if not 0 <= port <= MOST_PORT:
        raise ListenError(text("cannot listen on {where}: a port is at most 65535", where=where))
    try:
        if address is None and socket.has_dualstack_ipv6():
            return socket.create_server(("", port), family=socket.AF_INET6, dualstack_ipv6=True)
        found = socket.getaddrinfo(address, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, _, _, _, place = found[0]
        return socket.create_server(place[:2], family=family)
    except (socket.gaierror, UnicodeError, OverflowError) as error:
        raise ListenError(text("cannot listen on {where}: no such address", where=where)) from error
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise ListenError(text("cannot listen on {where}: {reason}", where=where, reason=reason)) from error
