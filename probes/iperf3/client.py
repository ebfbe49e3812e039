"""One test, over TCP or UDP, asked of an iperf3 server; payload counted where it arrives."""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from contextlib import ExitStack, closing
from threading import Event
from time import monotonic

from probes.errors import TransportError
from probes.iperf3.flow import Flow, Stream, Way, counted, make_buffer, sample
from probes.iperf3.outcome import Order, Outcome, Window, curve, marks
from probes.iperf3.pace import Pace
from probes.iperf3.parameters import UDP_LENGTH, Parameters, Results
from probes.iperf3.peer import Peer
from probes.iperf3.protocol import (
    Complaint,
    Control,
    State,
    broken_off,
    explained,
    make_cookie,
    not_iperf3,
)
from probes.iperf3.udp import UdpFlow, call
from probes.observation import Reason
from probes.text import Text, text

CONNECT_S = 5.0
STALL_S = 10.0
TICK_S = 0.2
END_S = 30.0
"""The word that the test is over waits behind the data in the line's queues."""

WHY_S = 0.5
RETRY_S = 0.5
CLOCK_SLACK_S = 1.0
LEAST_OF_WINDOW = 0.5


def measure_patiently(
    peer: Peer, order: Order, cancelled: Event, *, busy_s: float = 0.0, absent_s: float = 0.0
) -> Outcome:
    """Run one test as ``measure`` does, but try again for a while.

    Args:
        peer: an iperf3 server or our responder.
        order: what to measure.
        cancelled: set it from elsewhere to end within a fraction of a second.
        busy_s: how long to wait for a peer that serves somebody else.
        absent_s: how long to wait for one that does not let us in; a stock server closes its door between two tests.
    """
    began = monotonic()
    patience = {Reason.BUSY: max(busy_s, absent_s), Reason.REFUSED: absent_s, Reason.UNEXPECTED_ANSWER: absent_s}
    while True:
        try:
            return measure(peer, order, cancelled)
        except TransportError as error:
            if monotonic() - began >= patience.get(error.reason, 0.0) or cancelled.wait(RETRY_S):
                raise


def measure(peer: Peer, order: Order, cancelled: Event | None = None) -> Outcome:
    """Run one test; blocking, so call it in a thread. It ends within the test's time and a few steps of 10 s.

    Args:
        peer: an iperf3 server or our responder.
        order: what to measure.
        cancelled: set it from elsewhere to end within a fraction of a second.

    Raises:
        TransportError: ``refused``, ``no_answer``, ``unreachable``, ``name_not_found``, ``busy``, ``not_permitted``,
            ``authentication_failed``, ``unexpected_answer``, ``timeout`` (data stopped), ``interrupted``.
    """
    with ExitStack() as stack:
        sock = stack.enter_context(closing(_dial(peer)))
        return _Test(peer, order, sock, cancelled or Event(), stack).run()


def _dial(peer: Peer) -> socket.socket:
    try:
        return socket.create_connection((peer.host, peer.port), CONNECT_S)
    except UnicodeError:  # a label of a host name that is empty or too long
        raise explained(socket.gaierror(), str(peer)) from None
    except OSError as error:
        raise explained(error, str(peer)) from error


class _Test:
    def __init__(self, peer: Peer, order: Order, sock: socket.socket, cancelled: Event, stack: ExitStack) -> None:
        self._peer = peer
        self._order = order
        self._address = sock.getpeername()
        self._family = sock.family
        self._control = Control(sock, str(peer))
        self._cancelled = cancelled
        self._stack = stack
        self._cookie = make_cookie()
        self._udp = order.udp_mbps is not None

    def run(self) -> Outcome:
        self._control.send(self._cookie)
        self._expect(State.PARAM_EXCHANGE)
        self._control.send_document(self._parameters().document())
        self._expect(State.CREATE_STREAMS)
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
        if self._order.direction == "up":
            for flow in flows:
                flow.halt()
        self._expect(State.EXCHANGE_RESULTS, END_S)
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
            raise not_iperf3(str(self._peer))
        return self._outcome(window, flows, theirs)

    def _parameters(self) -> Parameters:
        order = self._order
        return Parameters(
            omit_s=order.omit_s,
            seconds=order.seconds,
            streams=order.streams,
            reverse=order.direction == "down",
            udp=self._udp,
            bits_per_s=self._stream_bits_per_s,
        )

    @property
    def _stream_bits_per_s(self) -> float:
        return (self._order.udp_mbps or 0.0) * 1e6 / self._order.streams

    def _connect_streams(self) -> Sequence[Stream]:
        way: Way = "send" if self._order.direction == "up" else "receive"
        return self._open_udp(way) if self._udp else self._open_tcp(way)

    def _open_udp(self, way: Way) -> Sequence[Stream]:
        flows = []
        for _ in range(self._order.streams):
            sock = call(self._family, self._address, str(self._peer), CONNECT_S)
            paces = [Pace(self._stream_bits_per_s)] if way == "send" else []
            flow = UdpFlow(sock, way, UDP_LENGTH, paces, wide=True)
            self._stack.callback(flow.close)
            flows.append(flow)
        return flows

    def _open_tcp(self, way: Way) -> Sequence[Stream]:
        buffer = make_buffer()
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
                raise explained(error, str(self._peer)) from error
            self._stack.callback(flow.close, abort=True)
            flows.append(flow)
        return flows

    def _expect(self, wanted: State, within_s: float | None = None) -> None:
        deadline = monotonic() + (self._control.step_s if within_s is None else within_s)
        while True:
            state = self._control.poll_state(min(TICK_S, deadline - monotonic()))
            if state is not None:
                return self._check(state, wanted)
            self._look_up()
            if monotonic() >= deadline:
                raise TransportError(Reason.NO_ANSWER, text("{peer} does not answer any more", peer=str(self._peer)))

    def _check(self, state: State, wanted: State | None) -> None:
        peer = str(self._peer)
        if state is wanted:
            return
        if state is State.ACCESS_DENIED:
            raise TransportError(Reason.BUSY, text("{peer} is busy with another test", peer=peer))
        if state is State.SERVER_TERMINATE:
            raise TransportError(Reason.INTERRUPTED, text("{peer} ended the test", peer=peer))
        if state is State.SERVER_ERROR:
            raise _complaint(self._control.receive_complaint(), peer)
        raise not_iperf3(peer)

    def _look_up(self) -> None:
        if self._cancelled.is_set():
            self._control.send_state(State.CLIENT_TERMINATE)
            raise TransportError(Reason.INTERRUPTED, text("the test with {peer} was cancelled", peer=str(self._peer)))

    def _watch(self, flows: Sequence[Stream]) -> Window:
        """Take a sample at every mark, while nothing else is said or goes wrong."""
        window = Window(sample(flows))
        last_moved, moved_at = sum(window.began.moved), monotonic()
        for mark, omitted in marks(self._order):
            while (left := window.began.at + mark - monotonic()) > 0:
                state = self._control.poll_state(min(left, TICK_S))
                if state not in (None, State.TEST_RUNNING):
                    self._check(state, None)
                self._look_up()
                moved = sum(flow.moved for flow in flows)
                for flow in flows:
                    flow.ease()
                if moved != last_moved:
                    last_moved, moved_at = moved, monotonic()
                if all(flow.ended for flow in flows):
                    self._hear_why()
                if monotonic() - moved_at > STALL_S:
                    raise TransportError(Reason.TIMEOUT, text("no data moves with {peer}", peer=str(self._peer)))
            seen = sample(flows)
            window.samples.append((seen, omitted))
            if omitted:
                window.first = seen
        return window

    def _hear_why(self) -> None:
        """The data ended before its time: a server that was stopped says so at the same moment."""
        state = self._control.poll_state(WHY_S)
        if state not in (None, State.TEST_RUNNING):
            self._check(state, None)
        raise broken_off(str(self._peer))

    def _outcome(self, window: Window, flows: Sequence[Stream], theirs: Results) -> Outcome:
        first, last = window.ends
        up = self._order.direction == "up"
        ours = counted(first, last)
        sent = sum(one.bytes for one in ours)
        seconds, amount = last.at - first.at, sent
        again = [one.retransmits for one in (ours if up else theirs.streams)]
        if up:
            seconds, amount = self._believed(window, theirs, flows)
        rtts = [one.rtt_ms for one, omitted in window.samples if not omitted and one.rtt_ms is not None]
        least = [info.min_rtt_ms for info in last.infos if info is not None and info.min_rtt_ms is not None]
        known = [one.datagrams for one in (theirs.streams if up else ours) if self._udp and one.datagrams]
        datagrams = known if len(known) == len(flows) else []
        return Outcome(
            direction=self._order.direction,
            peer=str(self._peer),
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
            packets=sum(one.packets for one in datagrams) if datagrams else None,
            lost_packets=sum(one.lost for one in datagrams) if datagrams else None,
            jitter_ms=1000 * sum(one.jitter_s for one in datagrams) / len(datagrams) if datagrams else None,
            window=(first.at, last.at),
            passed_bytes=max(sent, (last.acked or 0) - (first.acked or 0)) if up else sent,
        )

    def _believed(self, window: Window, theirs: Results, flows: Sequence[Stream]) -> tuple[float, int]:
        """The receiver's window and bytes, if they can be true: not more than was sent, in about the time it took."""
        first, last = window.ends
        windows = [one.seconds for one in theirs.streams if one.seconds is not None]
        seconds = max(windows, default=self._order.seconds)
        amount = sum(one.bytes for one in theirs.streams)
        longest = monotonic() - window.began.at + CLOCK_SLACK_S
        if amount > sum(flow.moved for flow in flows) or not (
            LEAST_OF_WINDOW * (last.at - first.at) <= seconds <= longest
        ):
            raise TransportError(
                Reason.UNEXPECTED_ANSWER,
                text("{peer} claims to have received what was not sent", peer=str(self._peer)),
            )
        return seconds, amount


def _end(flows: Sequence[Stream]) -> None:
    """Let UDP senders end before the word that the test is over, which could overtake their last datagrams."""
    for flow in flows:
        if flow.way == "send":
            flow.halt()
    for flow in flows:
        if flow.way == "send":
            flow.close()


def _complaint(code: int, peer: str) -> TransportError:
    """What a server's number means."""
    known: dict[int, tuple[Reason, Text]] = {
        Complaint.AUTHORISATION: (Reason.AUTHENTICATION_FAILED, text("{peer} asks for a login", peer=peer)),
        Complaint.DURATION: (Reason.NOT_PERMITTED, text("{peer} does not allow a test this long", peer=peer)),
        Complaint.LONGER_THAN_ALLOWED: (
            Reason.NOT_PERMITTED,
            text("{peer} does not allow a test this long", peer=peer),
        ),
        Complaint.STREAMS: (Reason.NOT_PERMITTED, text("{peer} does not allow so many streams", peer=peer)),
        Complaint.TOTAL_RATE: (Reason.NOT_PERMITTED, text("{peer} does not allow so high a rate", peer=peer)),
        Complaint.NOT_IMPLEMENTED: (Reason.NOT_SUPPORTED, text("{peer} cannot run this test", peer=peer)),
    }
    return TransportError(
        *known.get(
            code, (Reason.UNEXPECTED_ANSWER, text("{peer} reports the iperf3 error {code}", peer=peer, code=code))
        )
    )
