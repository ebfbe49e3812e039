"""What goes over an iperf3 control connection, as bytes, for made-up servers and clients."""

from __future__ import annotations

import json
import struct

from probes.iperf3.protocol import State


def state(number: State) -> bytes:
    return struct.pack("b", number)


def document(content: object) -> bytes:
    data = json.dumps(content).encode()
    return struct.pack(">I", len(data)) + data


def complaint(number: int) -> bytes:
    return state(State.SERVER_ERROR) + struct.pack(">ii", number, 0)
