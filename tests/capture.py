"""Counts what a host sends: ``python -m tests.capture INTERFACE FILE``; writes a JSON line a frame until SIGTERM."""

from __future__ import annotations

import json
import signal
import socket
import struct
import sys
import time
from ipaddress import IPv4Address

OUTGOING = 4


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    wire.setsockopt(socket.SOL_SOCKET, 33, 16 * 1024 * 1024)
    wire.bind((sys.argv[1], 0))
    with open(sys.argv[2], "w", buffering=1) as file:  # noqa: PTH123
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        while True:
            frame, (_, kind, direction, *_) = wire.recvfrom(200)
            if direction == OUTGOING:
                file.write(json.dumps({"at": time.monotonic(), **described(frame, kind)}) + "\n")


def described(frame: bytes, kind: int) -> dict[str, object]:
    """Of an own frame: to whom, and what it starts: ``syn``, ``udp``, ``arp``, ``icmp`` or nothing new."""
    if kind == 0x0806:
        return {"what": "arp", "to": str(IPv4Address(frame[38:42])), "asked": frame[20:22] == b"\0\1"}
    if kind != 0x0800:
        return {"what": "other", "to": ""}
    to, protocol, body = str(IPv4Address(frame[30:34])), frame[23], frame[14 + (frame[14] & 15) * 4 :]
    port = struct.unpack_from("!H", body, 2)[0] if protocol in {6, 17} else 0
    if protocol == 6:
        return {"what": "syn" if body[13] & 0x12 == 2 else "tcp", "to": to, "port": port}
    return {"what": {17: "udp", 1: "icmp"}.get(protocol, "ip"), "to": to, "port": port}


if __name__ == "__main__":
    main()
