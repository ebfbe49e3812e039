"""A little DNS server for tests; also a program: ``name_server.py ADDRESS PORT NAME=ADDRESS …``."""

from __future__ import annotations

import ipaddress
import socket
import struct
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

Change = Callable[[bytes], bytes | None]


def answer(packet: bytes, names: Mapping[str, str]) -> bytes:
    """The answer to a question: the addresses of the asked family; NXDOMAIN without the name."""
    at, labels = 12, []
    while packet[at]:
        labels.append(packet[at + 1 : at + 1 + packet[at]].decode())
        at += packet[at] + 1
    question = packet[12 : at + 5]
    (kind,) = struct.unpack(">H", packet[at + 1 : at + 3])
    name = ".".join(labels).lower()
    addresses = [ipaddress.ip_address(one) for one in names.get(name, "").split(",") if one]
    fitting = [one.packed for one in addresses if kind == (1 if one.version == 4 else 28)]
    records = b"".join(b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 60, len(one)) + one for one in fitting)
    flags = 0x8180 if name in names else 0x8183
    return packet[:2] + struct.pack(">HHHHH", flags, 1, len(fitting), 0, 0) + question + records


def serve(wire: socket.socket, names: Mapping[str, str], change: Change = lambda reply: reply) -> None:
    """Answer until the socket is closed; ``change`` damages or withholds replies."""
    while True:
        try:
            packet, peer = wire.recvfrom(4096)
            if not packet:
                return
            reply = change(answer(packet, names))
            if reply is not None:
                wire.sendto(reply, peer)
        except OSError:
            return


@contextmanager
def name_server(names: Mapping[str, str], change: Change = lambda reply: reply) -> Iterator[int]:
    """A server on loopback; yields its UDP port."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
        wire.bind(("127.0.0.1", 0))
        thread = threading.Thread(target=serve, args=(wire, names, change), daemon=True)
        thread.start()
        try:
            yield int(wire.getsockname()[1])
        finally:
            wire.sendto(b"", wire.getsockname())
            thread.join(5)


if __name__ == "__main__":
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listening:
        listening.bind((sys.argv[1], int(sys.argv[2])))
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        serve(listening, dict(pair.split("=", 1) for pair in sys.argv[3:]))
