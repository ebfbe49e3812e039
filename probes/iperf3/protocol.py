"""The control connection of iperf3: one byte a state, and two JSON documents behind a length.

After the behaviour of iperf 3.1 to 3.19: a client greets with a cookie on every connection that it opens, the first of
which is the control connection; from then on the server leads by naming states. Versions from 3.16 on move the streams
in threads of their own, but say nothing new on the wire; parameters that are not known here are ignored.
"""

from __future__ import annotations

import errno
import json
import math
import secrets
import socket
import struct
from collections.abc import Mapping
from contextlib import suppress
from enum import IntEnum
from time import monotonic
from typing import Any

from probes.errors import TransportError
from probes.observation import Reason
from probes.text import Text, text

DEFAULT_PORT = 5201
COOKIE_BYTES = 37
COOKIE_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
COOKIE_MARK = "campusauditor2"
"""How a client's cookie begins that knows ``State.QUEUED``; an iperf3 client makes one like it once in 2^70 tests."""

MOST_STREAMS = 128
"""As in iperf3 (``MAX_STREAMS``)."""

STEP_S = 10.0
"""How long the other end may take for one step of the conversation, a test's own duration apart."""

DOCUMENT_LIMIT = 1_000_000
"""Bytes of a JSON document; the results of 128 streams take 30,000, the server's own output included some more."""

NO_ROUTE = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN, 10051, 10065, 10050})
"""The last three are Windows' numbers."""


class State(IntEnum):
    """What an end says to the other (``iperf_api.h``). The last two are ours, said to nobody but our own ends."""

    TEST_START = 1
    TEST_RUNNING = 2
    TEST_END = 4
    PARAM_EXCHANGE = 9
    CREATE_STREAMS = 10
    SERVER_TERMINATE = 11
    CLIENT_TERMINATE = 12
    EXCHANGE_RESULTS = 13
    DISPLAY_RESULTS = 14
    IPERF_START = 15
    IPERF_DONE = 16
    ACCESS_DENIED = -1
    SERVER_ERROR = -2
    QUEUED = 100
    """Others are served first; a byte follows that tells the place in the queue, from 1 on."""
    CHALLENGE = 101
    """A document follows whose ``nonce`` is to be answered with a proof of the shared secret."""


class Complaint(IntEnum):
    """Why a server refuses (``i_errno`` of ``iperf_api.h``); a stock client shows its own sentence for it."""

    DURATION = 5
    STREAMS = 6
    NOT_IMPLEMENTED = 13
    TOTAL_RATE = 27
    LONGER_THAN_ALLOWED = 37
    PARAMETERS = 114
    AUTHORISATION = 142


def make_cookie() -> bytes:
    """A fresh name for one test: 36 characters, of which 22 are random, and a zero byte."""
    drawn = COOKIE_BYTES - 1 - len(COOKIE_MARK)
    return (COOKIE_MARK + "".join(secrets.choice(COOKIE_ALPHABET) for _ in range(drawn))).encode() + b"\0"


def knows_queues(cookie: bytes) -> bool:
    """Whether the client that made this cookie is one of ours."""
    return cookie.startswith(COOKIE_MARK.encode())


def explained(error: OSError, peer: str) -> TransportError:
    """What the system's error means, as an error with a coded reason."""
    meanings: tuple[tuple[type[OSError], Reason, Text], ...] = (
        (socket.gaierror, Reason.NAME_NOT_FOUND, text("the name of {peer} cannot be found", peer=peer)),
        (ConnectionRefusedError, Reason.REFUSED, text("{peer} refuses the connection", peer=peer)),
        (ConnectionError, Reason.UNEXPECTED_ANSWER, text("{peer} closed the connection in the middle", peer=peer)),
        (TimeoutError, Reason.NO_ANSWER, text("{peer} does not answer", peer=peer)),
        (PermissionError, Reason.NOT_PERMITTED, text("this machine may not connect to {peer}", peer=peer)),
    )
    if error.errno in NO_ROUTE and not isinstance(error, socket.gaierror):
        return TransportError(Reason.UNREACHABLE, text("there is no route to {peer}", peer=peer))
    for kind, reason, sentence in meanings:
        if isinstance(error, kind):
            return TransportError(reason, sentence)
    return TransportError(Reason.NO_ANSWER, text("{peer}: {error}", peer=peer, error=error))


def broken_off(peer: str) -> TransportError:
    """The other end closed the connection where it ought to have spoken."""
    return explained(ConnectionResetError(), peer)


def not_iperf3(peer: str) -> TransportError:
    """The other end says what iperf3 would not say."""
    return TransportError(Reason.UNEXPECTED_ANSWER, text("{peer} does not speak the iperf3 protocol", peer=peer))


class Control:
    """The control connection, with a limit on the time and size of everything that is received.

    Every method may raise ``TransportError``: ``no_answer`` or ``unexpected_answer``.

    Attributes:
        step_s: how long the other end may take for one step.
    """

    def __init__(self, sock: socket.socket, peer: str) -> None:
        self._socket = sock
        self.peer = peer
        self.step_s = STEP_S
        with suppress(OSError):  # a connection that is gone already: the first message will tell
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def far_end(self) -> tuple[Any, int]:
        """Address and family of the other end."""
        return self._socket.getpeername(), self._socket.family

    def send(self, data: bytes) -> None:
        """Send bytes."""
        try:
            self._socket.settimeout(self.step_s)
            self._socket.sendall(data)
        except OSError as error:
            raise explained(error, self.peer) from error

    def send_state(self, state: State) -> None:
        """Send one state."""
        self.send(struct.pack("b", state))

    def send_complaint(self, complaint: Complaint) -> None:
        """Send ``SERVER_ERROR`` with its two numbers, of which the second is the system's and here zero."""
        self.send(struct.pack(">bii", State.SERVER_ERROR, complaint, 0))

    def send_document(self, document: Mapping[str, object]) -> None:
        """Send a JSON document."""
        data = json.dumps(document, separators=(",", ":")).encode()
        self.send(struct.pack(">I", len(data)) + data)

    def receive(self, count: int, within_s: float | None = None) -> bytes:
        """Exactly so many bytes, all of them within the time (``step_s`` unless said)."""
        deadline = monotonic() + (self.step_s if within_s is None else within_s)
        data = bytearray()
        try:
            while len(data) < count:
                self._socket.settimeout(max(deadline - monotonic(), 0.001))
                part = self._socket.recv(count - len(data))
                if not part:
                    raise broken_off(self.peer)
                data += part
        except OSError as error:
            raise explained(error, self.peer) from error
        return bytes(data)

    def receive_state(self, within_s: float | None = None) -> State:
        """The next state."""
        return self._state(self.receive(1, within_s))

    def poll_state(self, within_s: float) -> State | None:
        """The next state, or ``None`` if there was none within the time."""
        try:
            self._socket.settimeout(max(within_s, 0.001))
            data = self._socket.recv(1)
        except TimeoutError:
            return None
        except OSError as error:
            raise explained(error, self.peer) from error
        if not data:
            raise broken_off(self.peer)
        return self._state(data)

    def _state(self, data: bytes) -> State:
        try:
            return State(struct.unpack("b", data)[0])
        except ValueError:
            raise not_iperf3(self.peer) from None

    def send_challenge(self, nonce: str) -> None:
        """Ask for the proof of a shared secret."""
        self.send_state(State.CHALLENGE)
        self.send_document({"nonce": nonce})

    def receive_place(self) -> int:
        """The number that follows ``QUEUED``."""
        return self.receive(1)[0]

    def receive_complaint(self) -> int:
        """The number that follows ``SERVER_ERROR``."""
        return int(struct.unpack(">ii", self.receive(8))[0])

    def receive_document(self, limit: int = DOCUMENT_LIMIT) -> Mapping[str, object]:
        """A JSON object of at most ``limit`` bytes."""
        length = struct.unpack(">I", self.receive(4))[0]
        if not 0 < length <= limit:
            raise not_iperf3(self.peer)
        try:
            document = json.loads(self.receive(length))
        except (ValueError, RecursionError):
            raise not_iperf3(self.peer) from None
        if not isinstance(document, dict):
            raise not_iperf3(self.peer)
        return document


def number(document: Mapping[str, object], key: str, default: float = 0.0) -> float:
    """A finite number of the document; the default where it is missing or anything else."""
    value = document.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return default
    try:
        return float(value) if math.isfinite(value) else default
    except OverflowError:
        return default
