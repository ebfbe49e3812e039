"""What the kernel knows of a TCP connection (``TCP_INFO``): on Linux; elsewhere nothing is known."""

from __future__ import annotations

import socket
import struct
import sys
from dataclasses import dataclass

# struct tcp_info of linux/tcp.h: 8 bytes of flags, 24 u32, then u64 and u32; it only ever grows at the end.
_RTT_AT = 68
_TOTAL_RETRANS_AT = 100
_BYTES_ACKED_AT = 120
_BYTES_RECEIVED_AT = 128
_MIN_RTT_AT = 148
_SIZE = 256


@dataclass(frozen=True, slots=True)
class TcpInfo:
    """One look at a connection.

    Attributes:
        rtt_ms: smoothed round-trip time, queues included.
        min_rtt_ms: the least seen in the last minutes; ``None`` before Linux 4.6.
        retransmits: segments sent again since the connection was made.
        acked: payload bytes that the other end has acknowledged; ``None`` before Linux 4.1.
        received: payload bytes that have arrived in order; ``None`` before Linux 4.1.
    """

    rtt_ms: float
    min_rtt_ms: float | None
    retransmits: int
    acked: int | None
    received: int | None


def tcp_info(sock: socket.socket) -> TcpInfo | None:
    """What is known of this connection; ``None`` where the system does not tell, or the connection is gone."""
    if not sys.platform.startswith("linux"):
        return None
    try:
        raw = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _SIZE)
    except OSError:
        return None
    return parse_tcp_info(raw)


def parse_tcp_info(raw: bytes) -> TcpInfo | None:
    """Read the kernel's structure, of which an old kernel gives less."""
    if len(raw) < _TOTAL_RETRANS_AT + 4:
        return None
    has_bytes, has_min_rtt = len(raw) >= _BYTES_RECEIVED_AT + 8, len(raw) >= _MIN_RTT_AT + 4
    return TcpInfo(
        rtt_ms=struct.unpack_from("=I", raw, _RTT_AT)[0] / 1000,
        min_rtt_ms=struct.unpack_from("=I", raw, _MIN_RTT_AT)[0] / 1000 if has_min_rtt else None,
        retransmits=struct.unpack_from("=I", raw, _TOTAL_RETRANS_AT)[0],
        acked=struct.unpack_from("=Q", raw, _BYTES_ACKED_AT)[0] if has_bytes else None,
        received=struct.unpack_from("=Q", raw, _BYTES_RECEIVED_AT)[0] if has_bytes else None,
    )
