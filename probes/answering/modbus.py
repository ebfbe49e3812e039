"""Modbus/TCP: Read Device Identification (function 43/14), basic: maker, product, revision. No register is touched.

Asked only where the inventory says ``protocol = "modbus"``: one connection, one question.
"""

from __future__ import annotations

import struct
from time import monotonic

from probes.answering.answer import Answer, failed, other, read_exactly, since, tcp
from probes.discovery.words import said
from probes.text import in_its_words, text

PORT = 502
_FUNCTION, _FAULT = 0x2B, 0xAB
_HEAD = struct.Struct(">HHHB")
_NUMBER = 0x4341


def ask(host: str, port: int | None) -> Answer:
    """The identification, or the exception of a device that has none: both are Modbus."""
    body = bytes([_FUNCTION, 0x0E, 0x01, 0x00])
    began = monotonic()
    try:
        with tcp(host, port or PORT) as wire:
            wire.sendall(_HEAD.pack(_NUMBER, 0, len(body) + 1, 0xFF) + body)
            number, protocol, length, _ = _HEAD.unpack(read_exactly(wire, _HEAD.size))
            latency = since(began)
            if (number, protocol) != (_NUMBER, 0) or not 2 < length < 256:  # noqa: PLR2004  bounds of a frame
                return other("modbus")
            told = read_exactly(wire, length - 1)
    except OSError as error:
        return failed("modbus", error)
    if told[0] == _FAULT:
        shown = text("exception {code}: it does not identify itself", code=told[1])
    elif told[0] == _FUNCTION:
        objects = " ".join(_objects(told))
        shown = in_its_words(objects) if objects else text("no identification")
    else:
        return other("modbus")
    return Answer(reachable=True, protocol="modbus", evidence=shown, latency_ms=latency)


def _objects(told: bytes) -> list[str]:
    found, at = [], 7
    for _ in range(min(told[6] if len(told) > 6 else 0, 8)):  # noqa: PLR2004  where the count stands
        if at + 2 > len(told):
            break
        found.append(said(told[at + 2 : at + 2 + told[at + 1]], 60))
        at += 2 + told[at + 1]
    return found
