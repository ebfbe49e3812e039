"""Hosts that answer ARP late or not always: ``python -m tests.arp_hosts FIRST LAST DELAY_S LOSS``; prints ``ready``.


Answers for every address from the first to the last, each with a card of its own.
"""

from __future__ import annotations

import heapq
import random
import select
import socket
import sys
from ipaddress import IPv4Address
from time import monotonic

ARP = 0x0806
REQUEST, REPLY = b"\x00\x01", b"\x00\x02"


def answer_all(first: IPv4Address, last: IPv4Address, delay_s: float, loss: float) -> None:
    chance = random.Random(2018)
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ARP))
    wire.bind(("eth0", ARP))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    due: list[tuple[float, bytes]] = []
    while True:
        left = max(0.0, due[0][0] - monotonic()) if due else None
        if select.select([wire], [], [], left)[0]:
            frame = wire.recv(256)
            asked = frame[38:42]
            if frame[20:22] == REQUEST and first.packed <= asked <= last.packed and chance.random() >= loss:
                card = b"\x02\x00" + asked
                reply = frame[6:12] + card + frame[12:20] + REPLY + card + asked + frame[22:32]
                heapq.heappush(due, (monotonic() + delay_s, reply))
        while due and due[0][0] <= monotonic():
            wire.send(heapq.heappop(due)[1])


if __name__ == "__main__":
    answer_all(IPv4Address(sys.argv[1]), IPv4Address(sys.argv[2]), float(sys.argv[3]), float(sys.argv[4]))
