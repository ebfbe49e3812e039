"""One test answered: the server's part of the conversation, with a time limit on every step of it."""

from __future__ import annotations

import os
import queue
import socket
import sys
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field
from math import inf
from threading import Event
from time import monotonic

from probes.errors import AuditorError, TransportError
from probes.iperf3.flow import Flow, Sample, Stream, Way, counted, make_buffer, sample
from probes.iperf3.pace import Pace
from probes.iperf3.parameters import Parameters, Results
from probes.iperf3.protocol import (
    DOCUMENT_LIMIT,
    MOST_STREAMS,
    Complaint,
    Control,
    State,
    explained,
    not_iperf3,
)
from probes.iperf3.secret import checked, draw_nonce, is_proof, offers
from probes.iperf3.udp import UdpDoor, UdpFlow
from probes.observation import Reason
from probes.text import Text, text

TICK_S = 0.2
GRACE_S = 5.0
"""The client ends a test; this much past the agreed end the server does."""

PARAMETERS_LIMIT = 65_536
SHORTEST_S = 1e-6


class LimitError(AuditorError):
    """A limit under which nothing could be measured."""

    exit_code = 2


@dataclass(frozen=True)
class Limits:
    """What a responder allows.

    Attributes:
        seconds: of one test, the ramp included.
        mbps: highest rate in each direction, all streams together; ``None`` for none.
        idle_s: a test in which no data moves for so long is given up.
        streams: connections in one direction.
        tells_mbps: the client learns of ``mbps`` and does not take it for the network's; the demo wants it to.
        secret: what a client has to prove that it knows; ``None`` where anybody may ask.
    """

    seconds: float = 60.0
    mbps: float | None = None
    idle_s: float = 10.0
    streams: int = MOST_STREAMS
    secret: str | None = field(default=None, repr=False)
    tells_mbps: bool = True

    def __post_init__(self) -> None:
        """Refuse limits under which nothing could be measured."""
        for name, value in (("seconds", self.seconds), ("mbps", self.mbps), ("idle_s", self.idle_s)):
            if value is not None and not 0 < value < inf:
                raise LimitError(text("the limit {name} must be above 0, not {value}", name=name, value=value))
        if self.secret is not None:
            checked(self.secret)


class Session:
    """One client being served, in a thread of its own.

    Attributes:
        cookie: the test's name; data connections bear it too.
        over: set when no data moves any more and another test may begin.
        completed: the client has its results.
    """

    def __init__(  # noqa: PLR0913, PLR0917  the client, and what the responder lends
        self,
        sock: socket.socket,
        cookie: bytes,
        peer: str,
        limits: Limits,
        tell: Callable[[Text], None],
        when_over: Callable[[], None] = lambda: None,
    ) -> None:
        self.cookie = cookie
        self.over = Event()
        self.completed = False
        self._socket = sock
        self._peer = peer
        self._limits = limits
        self._tell = tell
        self._when_over = when_over
        self._control = Control(sock, peer)
        self._offered: queue.Queue[socket.socket] = queue.Queue()
        self._awaited = 0
        self._flows: list[Stream] = []
        self._stopping = False

    def offer(self, sock: socket.socket) -> bool:
        """Hand over a data connection that bears the cookie; false when none is awaited."""
        if self._awaited <= self._offered.qsize() or self._stopping:
            return False
        self._offered.put(sock)
        return True

    def stop(self) -> None:
        """End the test from another thread; the client is told."""
        self._stopping = True
        with suppress(OSError):  # closed already: then nothing is left to be stopped
            self._socket.shutdown(socket.SHUT_RD)

    def run(self) -> None:
        """Serve the client to the end, whatever it does."""
        try:
            self._serve()
        except TransportError as error:
            self._end(error)
        finally:
            self._close()
            self._make_way()
            self._socket.close()

    def _make_way(self) -> None:
        self.over.set()
        self._when_over()

    def _end(self, error: TransportError) -> None:
        why = text("the responder was stopped") if self._stopping else error.text
        self._tell(text("{peer}: test broken off: {why}", peer=self._peer, why=why))
        with suppress(TransportError):  # it may be gone
            self._control.send_state(State.SERVER_TERMINATE)

    def _close(self) -> None:
        for flow in self._flows:
            flow.halt()
        for flow in self._flows:
            flow.close()
        self._awaited = 0
        while not self._offered.empty():
            self._offered.get().close()

    def _serve(self) -> None:
        self._control.send_state(State.PARAM_EXCHANGE)
        document = self._control.receive_document(PARAMETERS_LIMIT)
        parameters = Parameters.read(document)
        complaint = self._objection(parameters) if self._may_ask(document) else Complaint.AUTHORISATION
        if complaint is not None:
            self._control.send_complaint(complaint)
            return
        self._gather(parameters)
        # Before the client is told: what it sends at once must not have arrived already when counting begins.
        began = sample(self._flows)
        self._control.send_state(State.TEST_START)
        cpu_began = os.times()
        for flow in self._flows:
            flow.start()
        self._control.send_state(State.TEST_RUNNING)
        first, last = self._watch(parameters, began)
        if last is None:
            return
        cpu_ended = os.times()
        elapsed = max(last.at - began.at, SHORTEST_S) / 100
        user, system = cpu_ended.user - cpu_began.user, cpu_ended.system - cpu_began.system
        results = Results(
            counted(first, last),
            (user + system) / elapsed,
            user / elapsed,
            self._flows[0].congestion(),
            self._limits.mbps if self._limits.tells_mbps else None,
        )
        self._report(first, last)
        self._close()
        self._exchange(results)

    def _may_ask(self, document: Mapping[str, object]) -> bool:
        """Whether the client knows the shared secret, if there is one."""
        secret = self._limits.secret
        if secret is None:
            return True
        if not offers(document):
            self._tell(text("{peer}: refused, it does not offer to prove the shared secret", peer=self._peer))
            return False
        nonce = draw_nonce()
        self._control.send_challenge(nonce)
        answer = self._control.receive_document(PARAMETERS_LIMIT)
        if is_proof(answer.get("proof"), secret, nonce, self.cookie, document):
            return True
        self._tell(text("{peer}: refused, its shared secret is another one", peer=self._peer))
        return False

    def _objection(self, parameters: Parameters) -> Complaint | None:
        """Why a test is refused. A stock client of 2022 knows ``DURATION``, not yet ``LONGER_THAN_ALLOWED``."""
        if not parameters.tcp and not parameters.udp:
            self._tell(text("{peer}: refused, this responder serves TCP and UDP tests only", peer=self._peer))
            return Complaint.NOT_IMPLEMENTED
        if parameters.omit_s + parameters.seconds > self._limits.seconds:
            self._tell(
                text("{peer}: refused, a test may last {limit} s", peer=self._peer, limit=f"{self._limits.seconds:g}")
            )
            return Complaint.DURATION
        if not 1 <= parameters.streams <= self._limits.streams:
            self._tell(text("{peer}: refused, too many streams", peer=self._peer))
            return Complaint.STREAMS
        wanted = parameters.bits_per_s * parameters.streams or inf
        if parameters.udp and self._limits.mbps is not None and wanted > self._limits.mbps * 1e6:
            self._tell(text("{peer}: refused, the rate is above the limit", peer=self._peer))
            return Complaint.TOTAL_RATE
        return None

    def _gather(self, parameters: Parameters) -> None:
        """Wait for the data connections; with both directions, those that the client sends on come first."""
        ways: list[Way] = (
            [] if parameters.reverse and not parameters.bidirectional else ["receive"] * parameters.streams
        )
        if parameters.reverse or parameters.bidirectional:
            ways += ["send"] * parameters.streams
        shared: dict[Way, list[Pace]] = {"send": [], "receive": []}
        if self._limits.mbps is not None:
            bits_per_s, streams = self._limits.mbps * 1e6, parameters.streams
            shared = {"send": [Pace(bits_per_s, streams)], "receive": [Pace(bits_per_s, streams)]}
        if parameters.udp:
            self._gather_udp(ways, parameters, shared)
        else:
            self._gather_tcp(ways, parameters, shared)
        sends, receives = "send" in ways, "receive" in ways
        doing = text("sending and receiving") if sends and receives else text("sending") if sends else text("receiving")
        self._tell(text("{peer}: test begins: {doing}, streams: {n}", peer=self._peer, doing=doing, n=len(ways)))

    def _gather_udp(self, ways: list[Way], parameters: Parameters, shared: dict[Way, list[Pace]]) -> None:
        with closing(UdpDoor(self._socket, self._peer)) as door:
            self._control.send_state(State.CREATE_STREAMS)
            deadline = monotonic() + self._control.step_s
            while len(self._flows) < len(ways):
                if monotonic() >= deadline or self._stopping:
                    raise _no_streams(self._peer)
                sock = door.next(TICK_S, more=len(self._flows) + 1 < len(ways))
                if sock is not None:
                    way = ways[len(self._flows)]
                    own = [Pace(parameters.bits_per_s)] if parameters.bits_per_s else []
                    paces = [*shared[way], *own] if way == "send" else []
                    self._flows.append(UdpFlow(sock, way, parameters.length, paces, wide=parameters.wide))

    def _gather_tcp(self, ways: list[Way], parameters: Parameters, shared: dict[Way, list[Pace]]) -> None:
        buffer = make_buffer()
        self._awaited = len(ways)
        self._control.send_state(State.CREATE_STREAMS)
        deadline = monotonic() + self._control.step_s
        for way in ways:
            sock = self._next_stream(deadline)
            _prepare(sock, parameters)
            own = [Pace(parameters.bits_per_s)] if way == "send" and parameters.bits_per_s else []
            try:
                self._flows.append(Flow(sock, way, buffer, [*shared[way], *own]))
            except OSError as error:
                sock.close()
                raise explained(error, self._peer) from error

    def _next_stream(self, deadline: float) -> socket.socket:
        while monotonic() < deadline and not self._stopping:
            try:
                sock = self._offered.get(timeout=TICK_S)
            except queue.Empty:
                continue
            self._awaited -= 1
            return sock
        raise _no_streams(self._peer)

    def _watch(self, parameters: Parameters, began: Sample) -> tuple[Sample, Sample | None]:
        """The samples at both ends of the window; no second one if the client gave up."""
        first, omitting = began, parameters.omit_s > 0
        length = parameters.omit_s + parameters.seconds if parameters.seconds else self._limits.seconds
        seen, moved_at = -1, began.at
        while True:
            now = monotonic()
            if omitting and now >= began.at + parameters.omit_s:
                first, omitting = sample(self._flows), False
            wait_s = min(TICK_S, began.at + parameters.omit_s - now) if omitting else TICK_S
            state = self._control.poll_state(wait_s)
            if state is State.TEST_END:
                return first, self._last_sample(udp=parameters.udp)
            if state is State.CLIENT_TERMINATE:
                self._tell(text("{peer}: the client gave up", peer=self._peer))
                return first, None
            if state is not None:
                raise not_iperf3(self._peer)
            moved = sum(flow.moved for flow in self._flows)
            for flow in self._flows:
                flow.ease()
            if moved != seen:
                seen, moved_at = moved, monotonic()
            self._check_time(began.at + length + GRACE_S, moved_at)

    def _last_sample(self, *, udp: bool) -> Sample:
        """As of now; of UDP with the datagrams that the word of the end has overtaken."""
        now = monotonic()
        for flow in self._flows:
            if udp and flow.way == "send":
                flow.halt()
        for flow in self._flows:
            flow.settle()
        return sample(self._flows, now)

    def _check_time(self, latest: float, moved_at: float) -> None:
        now = monotonic()
        if now > latest:
            raise TransportError(Reason.TIMEOUT, text("{peer} did not end the test in time", peer=self._peer))
        if now - moved_at > self._limits.idle_s:
            raise TransportError(Reason.TIMEOUT, text("no data moves with {peer}", peer=self._peer))

    def _report(self, first: Sample, last: Sample) -> None:
        seconds = max(last.at - first.at, SHORTEST_S)
        moved = [after - before for before, after in zip(first.moved, last.moved, strict=True)]
        for way, template in (
            ("receive", text("{peer}: received {mbps} Mbit/s over {seconds} s")),
            ("send", text("{peer}: sent {mbps} Mbit/s over {seconds} s")),
        ):
            amounts = [amount for flow, amount in zip(self._flows, moved, strict=True) if flow.way == way]
            if amounts:
                mbps = f"{sum(amounts) * 8 / seconds / 1e6:.1f}"
                self._tell(text(template.template, peer=self._peer, mbps=mbps, seconds=f"{seconds:.1f}"))

    def _exchange(self, results: Results) -> None:
        self._control.send_state(State.EXCHANGE_RESULTS)
        self._control.receive_document(DOCUMENT_LIMIT)
        self._control.send_document(results.document())
        self._make_way()
        self._control.send_state(State.DISPLAY_RESULTS)
        self.completed = True
        with suppress(TransportError):  # how the client says good-bye is its own business
            self._control.receive_state(GRACE_S)


def _no_streams(peer: str) -> TransportError:
    return TransportError(Reason.TIMEOUT, text("{peer} did not open its data connections", peer=peer))


def _prepare(sock: socket.socket, parameters: Parameters) -> None:
    """What a client may ask of a data connection; what the system refuses is left out, as iperf3 does."""
    options: list[tuple[int, int, int | bytes]] = []
    if parameters.no_delay:
        options.append((socket.IPPROTO_TCP, socket.TCP_NODELAY, 1))
    if parameters.window:
        options.append((socket.SOL_SOCKET, socket.SO_SNDBUF, parameters.window))
        options.append((socket.SOL_SOCKET, socket.SO_RCVBUF, parameters.window))
    if parameters.congestion and sys.platform.startswith("linux"):
        options.append((socket.IPPROTO_TCP, socket.TCP_CONGESTION, parameters.congestion.encode()[:15]))
    for level, option, value in options:
        with suppress(OSError):
            sock.setsockopt(level, option, value)
