"""Whether a datagram has the shape of BER at all, looked at before gufo-snmp decodes it.

gufo-snmp 0.13 ends in a Rust panic, with a message on the terminal, where a length leads out of its container or an
OID is empty. What is not well-formed counts as not received.
"""

from __future__ import annotations

_CONSTRUCTED, _LONG_TAG, _LONG_LENGTH, _OID = 0x20, 0x1F, 0x80, 0x06
_MOST_LENGTH_BYTES = 4


def well_formed(data: bytes) -> bool:
    """Whether every element ends within the one it lies in, and no OID is empty (X.690, 8.1; definite lengths only).

    >>> well_formed(bytes.fromhex("3006020101040161")), well_formed(bytes.fromhex("3006020101040261"))
    (True, False)
    """
    at, end = 0, len(data)
    outer: list[int] = []
    try:
        while True:
            while at == end:
                if not outer:
                    return True
                end = outer.pop()
            tag, size = data[at], data[at + 1]
            at += 2
            if size & _LONG_LENGTH:
                width = size & ~_LONG_LENGTH
                size = int.from_bytes(data[at : at + width], "big")
                at += width
                if not 0 < width <= _MOST_LENGTH_BYTES:
                    return False
            if at + size > end or tag & _LONG_TAG == _LONG_TAG or (tag == _OID and not size):
                return False
            if tag & _CONSTRUCTED:
                outer.append(end)
                end = at + size
            else:
                at += size
    except IndexError:
        return False
