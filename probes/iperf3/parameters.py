"""The two JSON documents of a test: what the client asks for, and what either end counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Literal

from probes.iperf3.protocol import MOST_STREAMS, number

CLIENT_VERSION = "3.12"
"""The version whose parameters are sent."""

UDP_LENGTH = 1400
"""Payload of a datagram that passes any line whole, PPPoE, tunnels and IPv6 included."""

MOST_RETRANSMITS = 2**40
"""Above it is iperf3's way to say "not known": -1, written by some versions as an unsigned number."""


@dataclass(frozen=True)
class Parameters:
    """What a client asks of a server.

    Attributes:
        tcp: whether it is a TCP test; UDP and SCTP are not.
        omit_s: seconds at the beginning that do not count.
        seconds: seconds that count; 0 where the client ends the test by an amount of data.
        streams: connections in each direction.
        reverse: the server sends.
        bidirectional: both send.
        bits_per_s: pace of each stream, 0 for none.
        window: size of the socket buffers, 0 for the system's.
        no_delay: without Nagle's algorithm.
        congestion: name of the congestion control, or "".
        udp: whether it is a UDP test.
        length: bytes of a datagram.
        wide: datagrams are numbered in 64 bits.
    """

    tcp: bool = True
    omit_s: float = 0.0
    seconds: float = 10.0
    streams: int = 1
    reverse: bool = False
    bidirectional: bool = False
    bits_per_s: float = 0.0
    window: int = 0
    no_delay: bool = False
    congestion: str = ""
    udp: bool = False
    length: int = UDP_LENGTH
    wide: bool = False

    def document(self) -> dict[str, object]:
        """As iperf3 writes it. Stock servers cut ``omit`` and ``time`` to whole seconds.

        ``time`` is only the server's safety limit, for the client ends the test: it is rounded up.
        """
        flags: dict[str, object] = {"reverse": True} if self.reverse else {}
        if self.bidirectional:
            flags["bidirectional"] = True
        if self.udp:
            flags |= {"bandwidth": round(self.bits_per_s), "udp_counters_64bit": 1}
        return {
            "udp" if self.udp else "tcp": True,
            "omit": int(self.omit_s) if self.omit_s == int(self.omit_s) else self.omit_s,
            "time": ceil(self.seconds),
            "num": 0,
            "blockcount": 0,
            "parallel": self.streams,
            **flags,
            "len": self.length if self.udp else 131072,
            "pacing_timer": 1000,
            "client_version": CLIENT_VERSION,
        }

    @classmethod
    def read(cls, document: Mapping[str, object]) -> Parameters:
        """From a client's document; nonsense becomes a default or a number that the server's limits refuse."""
        window = number(document, "window")
        congestion = document.get("congestion")
        return cls(
            tcp=not (document.get("udp") or document.get("sctp")),
            omit_s=max(number(document, "omit"), 0.0),
            seconds=max(number(document, "time"), 0.0),
            streams=int(number(document, "parallel", 1)),
            reverse=bool(document.get("reverse")),
            bidirectional=bool(document.get("bidirectional")),
            bits_per_s=max(number(document, "bandwidth"), 0.0),
            window=int(window) if 0 < window < 2**30 else 0,
            no_delay=bool(document.get("nodelay")),
            congestion=congestion if isinstance(congestion, str) else "",
            udp=bool(document.get("udp")),
            length=int(min(max(number(document, "len", UDP_LENGTH), 0), 2**30)) if document.get("udp") else UDP_LENGTH,
            wide=number(document, "udp_counters_64bit") > 0 or document.get("udp_counters_64bit") is True,
        )


@dataclass(frozen=True, slots=True)
class Datagrams:
    """What a sender has sent; or what a receiver was due, ``lost`` of which did not arrive, and the jitter then."""

    packets: int
    lost: int
    jitter_s: float

    def since(self, before: Datagrams) -> Datagrams:
        """The difference; the jitter is that of now."""
        return Datagrams(self.packets - before.packets, max(self.lost - before.lost, 0), self.jitter_s)


@dataclass(frozen=True)
class Counted:
    """What one end counted of one stream in the window after the ramp.

    Attributes:
        seconds: the window; ``None`` where an old version does not say.
        retransmits: segments sent again; ``None`` where not known, and always at a receiver.
        datagrams: of UDP; with versions before 3.14 at the other end the ramp is included.
        ramp: of UDP before the window began.
    """

    bytes: int
    seconds: float | None
    retransmits: int | None
    datagrams: Datagrams | None = None
    ramp: Datagrams | None = None


@dataclass(frozen=True)
class Results:
    """What one end counted, stream by stream, and its processor load in percent of one core.

    Attributes:
        allowed_mbps: what a responder of ours let pass in each direction, where it has a limit. Stock iperf3 reads
            over a key that it does not know.
    """

    streams: Sequence[Counted]
    cpu_percent: float | None
    cpu_user_percent: float = 0.0
    congestion: str = ""
    allowed_mbps: float | None = None

    def document(self) -> dict[str, object]:
        """As iperf3 writes it; the streams under the numbers that iperf3 gives them."""
        known = [one.retransmits for one in self.streams if one.retransmits is not None]
        total = self.cpu_percent or 0.0
        return {
            "cpu_util_total": total,
            "cpu_util_user": self.cpu_user_percent,
            "cpu_util_system": max(total - self.cpu_user_percent, 0.0),
            "sender_has_retransmits": 1 if known else -1,
            **({"congestion_used": self.congestion} if self.congestion else {}),
            **({"allowed_mbps": self.allowed_mbps} if self.allowed_mbps else {}),
            "streams": [
                {
                    "id": stream_id,
                    "bytes": one.bytes,
                    "retransmits": -1 if one.retransmits is None else one.retransmits,
                    "jitter": one.datagrams.jitter_s if one.datagrams else 0,
                    "errors": _total(one, "lost"),
                    "omitted_errors": one.ramp.lost if one.ramp else 0,
                    "packets": _total(one, "packets"),
                    "omitted_packets": one.ramp.packets if one.ramp else 0,
                    "start_time": 0,
                    "end_time": one.seconds or 0.0,
                }
                for stream_id, one in zip(stream_ids(len(self.streams)), self.streams, strict=True)
            ],
        }

    @classmethod
    def read(cls, document: Mapping[str, object]) -> Results | None:
        """From the other end's document; ``None`` where that makes no sense."""
        streams = document.get("streams")
        if not isinstance(streams, list) or not 0 < len(streams) <= 2 * MOST_STREAMS:
            return None
        has_retransmits = number(document, "sender_has_retransmits", -1) == 1
        counted = []
        for stream in streams:
            amount = number(stream, "bytes", -1) if isinstance(stream, dict) else -1
            if amount < 0:
                return None
            seconds = number(stream, "end_time") - number(stream, "start_time")
            again = number(stream, "retransmits", -1)
            known = has_retransmits and 0 <= again < MOST_RETRANSMITS
            retransmits = int(again) if known else None
            counted.append(Counted(int(amount), seconds if seconds > 0 else None, retransmits, _datagrams(stream)))
        cpu = number(document, "cpu_util_total", -1)
        allowed = number(document, "allowed_mbps")
        return cls(counted, cpu if cpu >= 0 else None, allowed_mbps=allowed if allowed > 0 else None)


def _total(one: Counted, name: Literal["packets", "lost"]) -> int:
    """Iperf3 writes the counts of the whole test, and beside them those of the ramp."""
    return sum(getattr(part, name) for part in (one.ramp, one.datagrams) if part is not None)


def _datagrams(stream: Mapping[str, object]) -> Datagrams | None:
    """Of a stream of UDP, the ramp left out; ``None`` where that makes no sense, as of TCP."""
    packets = number(stream, "packets") - number(stream, "omitted_packets")
    lost = number(stream, "errors") - number(stream, "omitted_errors")
    jitter_s = number(stream, "jitter", -1)
    if not (packets > 0 and 0 <= lost <= packets) or jitter_s < 0:
        return None
    return Datagrams(int(packets), int(lost), jitter_s)


def stream_ids(count: int) -> Sequence[int]:
    """The numbers of the streams: 1, 3, 4, 5, … – iperf3 has always left out the 2, and insists on it."""
    return [1, *range(3, count + 2)][:count]
