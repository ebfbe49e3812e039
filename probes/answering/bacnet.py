"""BACnet/IP (ASHRAE 135, Annex J): Who-Is to one address, and the I-Am that names the device. Nothing is written.

Asked only where the inventory says ``protocol = "bacnet"``.
"""

from __future__ import annotations

import select
import socket
from time import monotonic

from probes.answering.answer import ANSWER_S, Answer, failed, since
from probes.text import text

PORT = 47808
_WHO_IS = bytes.fromhex("810a00080100 1008")
_I_AM = b"\x10\x00"
_DEVICE = 8


def ask(host: str, port: int | None) -> Answer:
    """An I-Am from that host. Many answer to everybody's port and not to ours, so both are listened on."""
    try:
        address = socket.getaddrinfo(host, port or PORT, socket.AF_INET, socket.SOCK_DGRAM)[0][4]
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                wire.bind(("", PORT))
            except OSError:
                wire.bind(("", 0))  # something here speaks BACnet already
            began = monotonic()
            wire.sendto(_WHO_IS, address)
            while (left := began + ANSWER_S - monotonic()) > 0 and select.select([wire], [], [], left)[0]:
                packet, peer = wire.recvfrom(1500)
                if peer[0] == address[0] and packet != _WHO_IS:
                    return _read(packet, since(began))
            raise TimeoutError
    except OSError as error:
        return failed("bacnet", error)


def _read(packet: bytes, latency: float) -> Answer:
    at = packet.find(_I_AM)
    if packet[:1] != b"\x81" or at < 0:
        return Answer(reachable=False, protocol="bacnet", evidence=text("what answers is no I-Am"))
    body = packet[at + 2 :]
    number = int.from_bytes(body[1:5], "big") if body[:1] == b"\xc4" else 0
    if number >> 22 == _DEVICE:
        evidence = text("I-Am device {number}", number=number & 0x3FFFFF)
    else:
        evidence = text("I-Am device without number")
    return Answer(reachable=True, protocol="bacnet", evidence=evidence, latency_ms=latency)
