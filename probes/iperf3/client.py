"""One test, over TCP or UDP, asked of an iperf3 server; payload counted where it arrives."""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from threading import Event
from time import monotonic

from probes.errors import TransportError
from probes.iperf3.complaint import complained
from probes.iperf3.flow import Flow, Stream, Way, counted, make_buffer, sample
from probes.iperf3.outcome import DIRECTIONS, Direction, Order, Outcome, Window, curve, marks
from probes.iperf3.pace import Pace
from probes.iperf3.parameters import UDP_LENGTH, Counted, Parameters, Results
from probes.iperf3.peer import Peer
from probes.iperf3.protocol import Control, State, broken_off, explained, make_cookie, not_iperf3
from probes.iperf3.secret import METHOD, OFFER, proof
from probes.iperf3.udp import UdpFlow, call
from probes.observation import Reason
from probes.text import text

CONNECT_S = 5.0
STALL_S = 10.0
TICK_S = 0.2
END_S = 30.0
"""The word that the test is over waits behind the data in the line's queues."""

QUEUE_WORD_S = 30.0
"""A responder tells everybody in its queue now and then where he stands; one that falls silent is gone."""

WHY_S = 0.5
RETRY_S = 0.5
CLOCK_SLACK_S = 1.0
LEAST_OF_WINDOW = 0.5


@dataclass(frozen=True)
class Terms:
    """On what terms a test is asked for.

    Attributes:
        secret: what the responder's owner has agreed upon with us; ``None`` for nothing.
        queue_s: how long to wait in the responder's queue.
        busy_s: how long ``measure_patiently`` tries again where there is no queue, and somebody else is served.
        absent_s: how long it does where nobody lets us in; a stock server closes its door between two tests.
    """

    secret: str | None = field(default=None, repr=False)
    queue_s: float = 0.0
    busy_s: float = 0.0
    absent_s: float = 0.0


FREELY = Terms()


def measure_patiently(peer: Peer, order: Order, cancelled: Event, terms: Terms) -> Sequence[Outcome]:
    """Run one test as ``measure_all`` does, but try again for as long as the terms say."""
    began = monotonic()
    busy_s, absent_s = max(terms.busy_s, terms.absent_s), terms.absent_s
    patience = {Reason.BUSY: busy_s, Reason.REFUSED: absent_s, Reason.UNEXPECTED_ANSWER: absent_s}
    while True:
        try:
            return measure_all(peer, order, cancelled, terms)
        except TransportError as error:
            if monotonic() - began >= patience.get(error.reason, 0.0) or cancelled.wait(RETRY_S):
                raise


def measure(peer: Peer, order: Order, cancelled: Event | None = None, terms: Terms = FREELY) -> Outcome:
    """The outcome of a test in one direction; for the rest see ``measure_all``."""
    (outcome,) = measure_all(peer, order, cancelled, terms)
    return outcome


def measure_all(peer: Peer, order: Order, cancelled: Event | None = None, terms: Terms = FREELY) -> Sequence[Outcome]:
    """Run one test; blocking, so call it in a thread. It ends within the test's time and a few steps of 10 s.

    Args:
        peer: an iperf3 server or our responder.
        order: what to measure.
        cancelled: set it from elsewhere to end within a fraction of a second.
        terms: the secret, and the patience with a queue.

    Returns:
        An outcome for each direction, in the order of ``DIRECTIONS``.

    Raises:
        TransportError: ``refused``, ``no_answer``, ``unreachable``, ``name_not_found``, ``busy``, ``not_permitted``,
            ``authentication_failed``, ``unexpected_answer``, ``timeout`` (data stopped), ``interrupted``.
    """
    with ExitStack() as stack:
        sock = stack.enter_context(closing(_dial(peer)))
        return _Test(peer, order, terms, Control(sock, str(peer)), cancelled or Event(), stack).run()


def _dial(peer: Peer) -> socket.socket:
    try:
        return socket.create_connection((peer.host, peer.port), CONNECT_S)
    except UnicodeError:  # a label of a host name that is empty or too long
        raise explained(socket.gaierror(), str(peer)) from None
    except OSError as error:
        raise explained(error, str(peer)) from error


class _Test:
    def __init__(  # noqa: PLR0913, PLR0917  what a test is made of
        self, peer: Peer, order: Order, terms: Terms, control: Control, cancelled: Event, stack: ExitStack
    ) -> None:
        self._peer = str(peer)
        self._order = order
        self._terms = terms
        self._address, self._family = control.far_end()
        self._control = control
        self._cancelled = cancelled
        self._stack = stack
        self._cookie = make_cookie()
        self._udp = order.udp_mbps is not None
        self._directions = DIRECTIONS[order.course]
        self._waited_s = 0.0

    def run(self) -> Sequence[Outcome]:
        self._control.send(self._cookie)
        self._wait_for_turn()
        self._ask()
        flows = self._connect_streams()
        self._expect(State.TEST_START)
        cpu_began = os.times()
        for flow in flows:
            flow.start()
        window = self._watch(flows)
        cpu_ended = os.times()
        if self._udp:
            _end(flows)
        self._control.send_state(State.TEST_END)
        for flow in flows:
            if flow.way == "send":
                flow.halt()
        self._expect(State.EXCHANGE_RESULTS, within_s=END_S)
        first, last = window.ends
        ours = counted(first, last)
        elapsed = max(last.at - window.began.at, 1e-6)
        cpu = 100 * (cpu_ended.user + cpu_ended.system - cpu_began.user - cpu_began.system) / elapsed
        self._control.send_document(Results(ours, cpu).document())
        theirs = Results.read(self._control.receive_document())
        self._expect(State.DISPLAY_RESULTS)
        self._control.send_state(State.IPERF_DONE)
        for flow in flows:
            flow.close(abort=True)
        if theirs is None or len(theirs.streams) != len(flows):
            raise not_iperf3(self._peer)
        return [self._outcome(direction, window, flows, theirs) for direction in self._directions]

    def _wait_for_turn(self) -> None:
        """Until the responder asks what we want; it may say how many are served before us."""
        began, queued = monotonic(), 0
        while True:
            state = self._expect(State.PARAM_EXCHANGE, State.QUEUED, within_s=QUEUE_WORD_S if queued else None)
            self._waited_s = monotonic() - began if queued else 0.0
            if state is State.PARAM_EXCHANGE:
                return
            queued = self._control.receive_place()
            if self._waited_s >= self._terms.queue_s:
                raise TransportError(
                    Reason.BUSY,
                    text("{peer} is busy; in its queue we would be number {n}", peer=self._peer, n=queued),
                )

    def _ask(self) -> None:
        """Say what is wanted, and prove the secret where the responder asks for it."""
        secret, document = self._terms.secret, dict(self._parameters().document())
        if secret is not None:
            document[OFFER] = METHOD
        self._control.send_document(document)
        if self._expect(State.CREATE_STREAMS, State.CHALLENGE) is State.CREATE_STREAMS:
            return
        nonce = self._control.receive_document().get("nonce")
        if secret is None or not isinstance(nonce, str):
            raise not_iperf3(self._peer)
        self._control.send_document({"proof": proof(secret, nonce, self._cookie, document)})
        self._expect(State.CREATE_STREAMS)

    def _parameters(self) -> Parameters:
        order = self._order
        return Parameters(
            omit_s=order.omit_s,
            seconds=order.seconds,
            streams=order.streams,
            reverse=order.course == "down",
            bidirectional=order.course == "both",
            udp=self._udp,
            bits_per_s=self._stream_bits_per_s,
        )

    @property
    def _stream_bits_per_s(self) -> float:
        return (self._order.udp_mbps or 0.0) * 1e6 / self._order.streams

    def _connect_streams(self) -> Sequence[Stream]:
        flows: list[Stream] = []
        buffer = make_buffer()
        for direction in self._directions:
            way: Way = "send" if direction == "up" else "receive"
            flows += self._open_udp(way) if self._udp else self._open_tcp(way, buffer)
        return flows

    def _open_udp(self, way: Way) -> Sequence[Stream]:
        flows = []
        for _ in range(self._order.streams):
            sock = call(self._family, self._address, self._peer, CONNECT_S)
            paces = [Pace(self._stream_bits_per_s)] if way == "send" else []
            flow = UdpFlow(sock, way, UDP_LENGTH, paces, wide=True)
            self._stack.callback(flow.close)
            flows.append(flow)
        return flows

    def _open_tcp(self, way: Way, buffer: bytearray) -> Sequence[Stream]:
        flows = []
        for _ in range(self._order.streams):
            sock = socket.socket(self._family, socket.SOCK_STREAM)
            try:
                sock.settimeout(CONNECT_S)
                sock.connect(self._address)
                sock.sendall(self._cookie)
                flow = Flow(sock, way, buffer)
            except OSError as error:
                sock.close()
                raise explained(error, self._peer) from error
            self._stack.callback(flow.close, abort=True)
            flows.append(flow)
        return flows

    def _expect(self, *wanted: State, within_s: float | None = None) -> State:
        deadline = monotonic() + (self._control.step_s if within_s is None else within_s)
        while True:
            state = self._control.poll_state(min(TICK_S, deadline - monotonic()))
            if state is not None:
                return self._checked(state, wanted)
            self._look_up()
            if monotonic() >= deadline:
                raise TransportError(Reason.NO_ANSWER, text("{peer} does not answer any more", peer=self._peer))

    def _checked(self, state: State, wanted: Sequence[State]) -> State:
        if state in wanted:
            return state
        if state is State.ACCESS_DENIED:
            raise TransportError(Reason.BUSY, text("{peer} is busy with another test", peer=self._peer))
        if state is State.SERVER_TERMINATE:
            raise TransportError(Reason.INTERRUPTED, text("{peer} ended the test", peer=self._peer))
        if state is State.SERVER_ERROR:
            code = self._control.receive_complaint()
            raise complained(code, self._peer, with_secret=self._terms.secret is not None)
        raise not_iperf3(self._peer)

    def _look_up(self) -> None:
        if self._cancelled.is_set():
            self._control.send_state(State.CLIENT_TERMINATE)
            raise TransportError(Reason.INTERRUPTED, text("the test with {peer} was cancelled", peer=self._peer))

    def _watch(self, flows: Sequence[Stream]) -> Window:
        """Take a sample at every mark, while nothing else is said or goes wrong."""
        window = Window(sample(flows))
        stalls = [_Stall([flow for flow in flows if flow.way == way]) for way in {flow.way for flow in flows}]
        for mark, omitted in marks(self._order):
            while (left := window.began.at + mark - monotonic()) > 0:
                state = self._control.poll_state(min(left, TICK_S))
                if state is not None:
                    self._checked(state, [State.TEST_RUNNING])
                self._look_up()
                for flow in flows:
                    flow.ease()
                for stall in stalls:
                    if stall.ended():
                        self._hear_why()
                    if stall.lasts_s() > STALL_S:
                        raise TransportError(Reason.TIMEOUT, text("no data moves with {peer}", peer=self._peer))
            seen = sample(flows)
            window.samples.append((seen, omitted))
            if omitted:
                window.first = seen
        return window

    def _hear_why(self) -> None:
        """The data ended before its time: a server that was stopped says so at the same moment."""
        state = self._control.poll_state(WHY_S)
        if state is not None:
            self._checked(state, [State.TEST_RUNNING])
        raise broken_off(self._peer)

    def _outcome(self, direction: Direction, whole: Window, every: Sequence[Stream], theirs: Results) -> Outcome:
        up, count, start = direction == "up", self._order.streams, self._directions.index(direction)
        own = slice(start * count, (start + 1) * count)
        window, flows, told = whole.only(own), every[own], theirs.streams[own]
        first, last = window.ends
        ours = counted(first, last)
        sent = sum(one.bytes for one in ours)
        seconds, amount = last.at - first.at, sent
        again = [one.retransmits for one in (ours if up else told)]
        if up:
            seconds, amount = self._believed(window, told, flows)
        rtts = [one.rtt_ms for one, omitted in window.samples if not omitted and one.rtt_ms is not None]
        least = [info.min_rtt_ms for info in last.infos if info is not None and info.min_rtt_ms is not None]
        known = [one.datagrams for one in (told if up else ours) if self._udp and one.datagrams]
        datagrams = known if len(known) == len(flows) else []
        return Outcome(
            direction=direction,
            peer=self._peer,
            address=self._address[0],
            streams=len(flows),
            bytes=amount,
            seconds=seconds,
            mbps=amount * 8 / seconds / 1e6,
            sent_bytes=sent if up else None,
            retransmits=None if None in again or self._udp else sum(one or 0 for one in again),
            rtt_ms=sum(rtts) / len(rtts) if rtts else None,
            min_rtt_ms=min(least, default=None),
            intervals=tuple(curve(window, by_acked=up)),
            cpu_share=max(flow.cpu_share or 0.0 for flow in flows),
            peer_cpu_percent=theirs.cpu_percent,
            peer_allowed_mbps=theirs.allowed_mbps,
            packets=sum(one.packets for one in datagrams) if datagrams else None,
            lost_packets=sum(one.lost for one in datagrams) if datagrams else None,
            jitter_ms=1000 * sum(one.jitter_s for one in datagrams) / len(datagrams) if datagrams else None,
            window=(first.at, last.at),
            passed_bytes=max(sent, (last.acked or 0) - (first.acked or 0)) if up else sent,
            at_once=len(self._directions) > 1,
            waited_s=round(self._waited_s, 3),
        )

    def _believed(self, window: Window, told: Sequence[Counted], flows: Sequence[Stream]) -> tuple[float, int]:
        """The receiver's window and bytes, if they can be true: not more than was sent, in about the time it took."""
        first, last = window.ends
        windows = [one.seconds for one in told if one.seconds is not None]
        seconds = max(windows, default=self._order.seconds)
        amount = sum(one.bytes for one in told)
        longest = monotonic() - window.began.at + CLOCK_SLACK_S
        if amount > sum(flow.moved for flow in flows) or not (
            LEAST_OF_WINDOW * (last.at - first.at) <= seconds <= longest
        ):
            raise TransportError(
                Reason.UNEXPECTED_ANSWER,
                text("{peer} claims to have received what was not sent", peer=self._peer),
            )
        return seconds, amount


class _Stall:
    """Watches whether the flows of one direction still move."""

    def __init__(self, flows: Sequence[Stream]) -> None:
        self._flows = flows
        self._moved, self._at = -1, monotonic()

    def ended(self) -> bool:
        return all(flow.ended for flow in self._flows)

    def lasts_s(self) -> float:
        """For how long nothing has moved."""
        moved, now = sum(flow.moved for flow in self._flows), monotonic()
        if moved != self._moved:
            self._moved, self._at = moved, now
        return now - self._at


def _end(flows: Sequence[Stream]) -> None:
    """Let UDP senders end before the word that the test is over, which could overtake their last datagrams."""
    for flow in flows:
        if flow.way == "send":
            flow.halt()
    for flow in flows:
        if flow.way == "send":
            flow.close()
