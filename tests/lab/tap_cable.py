"""A patch cable of two TAP devices: unlike veth they take ``ethtool -s``, so their speed and duplex can be chosen."""

from __future__ import annotations

import fcntl
import os
import secrets
import select
import struct
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

TUNSETIFF = 0x400454CA
IFF_TAP, IFF_NO_PI = 0x0002, 0x1000
LONGEST_FRAME = 2048


@contextmanager
def tap_cable(near: tuple[str, str], far: tuple[str, str], *, speed: int, duplex: str) -> Iterator[None]:
    """Join two (namespace, interface) by a cable of this speed and duplex, for as long as the block lasts."""
    ends: list[int] = []
    stop_reading, stop_writing = os.pipe()
    relay = threading.Thread(target=_relay, args=(ends, stop_reading), daemon=True)
    try:
        for namespace, name in (near, far):
            ends.append(_plug(namespace, name, speed, duplex))
        relay.start()
        yield
    finally:
        os.write(stop_writing, b"x")
        if relay.is_alive():
            relay.join(5)
        for descriptor in (*ends, stop_reading, stop_writing):
            os.close(descriptor)


def _plug(namespace: str, name: str, speed: int, duplex: str) -> int:
    descriptor = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    made = f"tap{secrets.token_hex(4)}"
    try:
        fcntl.ioctl(descriptor, TUNSETIFF, struct.pack("16sH22x", made.encode(), IFF_TAP | IFF_NO_PI))
        for command in (
            ["ip", "link", "set", made, "netns", namespace, "name", name],
            ["ip", "netns", "exec", namespace, *f"ethtool -s {name} speed {speed} duplex {duplex} autoneg off".split()],
            ["ip", "-n", namespace, "link", "set", name, "up"],
        ):
            subprocess.run(command, check=True, capture_output=True)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _relay(ends: list[int], stop: int) -> None:
    other = {ends[0]: ends[1], ends[1]: ends[0]}
    while True:
        ready, _, _ = select.select([stop, *ends], [], [])
        if stop in ready:
            return
        for end in ready:
            with suppress(OSError):  # an interface that is down, or a full queue: the frame is lost, as on a cable
                os.write(other[end], os.read(end, LONGEST_FRAME))
