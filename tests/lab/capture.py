"""What leaves a network interface: requests, questions and connections, one a line, until standard input ends.

    python capture.py eth0

Written on the packets themselves (AF_PACKET), so that it owes nothing to the program that it watches.
"""

from __future__ import annotations

import select
import socket
import struct
import sys

PACKET_OUTGOING = 4


def line_of(frame: bytes) -> str | None:
    """A word for an outgoing IPv4 packet; ``None`` for what is of no interest."""
    if frame[12:14] != b"\x08\x00":
        return None
    packet = frame[14:]
    head = (packet[0] & 15) * 4
    to = socket.inet_ntoa(packet[16:20])
    body = packet[head : struct.unpack(">H", packet[2:4])[0]]
    if packet[9] == 17:
        port = struct.unpack(">H", body[2:4])[0]
        if port == 53:
            return f"DNS {_name(body[8 + 12 :])} {to}"
        return f"UDP {to}:{port} {body[8:].decode('utf-8', 'replace')}"
    if packet[9] != 6:
        return f"protocol {packet[9]} to {to}"
    return _tcp(to, body)


def _tcp(to: str, body: bytes) -> str | None:
    port = struct.unpack(">H", body[2:4])[0]
    flags, data = body[13], body[(body[12] >> 4) * 4 :]
    if flags & 0x12 == 0x02:
        return f"SYN {to}:{port}"
    if data[:4] in (b"GET ", b"POST"):
        lines = data.decode("utf-8", "replace").split("\r\n")
        method, target, _ = lines[0].split(" ", 2)
        host = next(line[6:] for line in lines if line.lower().startswith("host: "))
        return f"{method} {target if target.startswith('http') else f'http://{host}{target}'} {to}:{port}"
    return None


def _name(question: bytes) -> str:
    labels, at = [], 0
    while question[at]:
        labels.append(question[at + 1 : at + 1 + question[at]].decode())
        at += question[at] + 1
    return ".".join(labels)


def main() -> None:
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0003)) as wire:
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        wire.bind((sys.argv[1], 0))
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        ended = False
        while True:
            readable, _, _ = select.select([wire, *([] if ended else [sys.stdin])], [], [], 0.5 if ended else None)
            if wire in readable:
                frame, about = wire.recvfrom(65535)
                found = line_of(frame) if about[2] == PACKET_OUTGOING else None
                if found:
                    sys.stdout.write(found + "\n")
            elif ended:
                break
            if not ended and sys.stdin in readable:
                ended = True


if __name__ == "__main__":
    main()
