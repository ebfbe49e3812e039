"""Whether a datagram has the shape of BER at all, looked at before it is decoded; what has not counts as not received.

gufo-snmp 0.13 ends in a Rust panic, with a message on the terminal, where a length leads out of its container or an
OID is empty; and it leaves out what does not fit its numbers, so that it reads another row's number in an OID.
"""

from __future__ import annotations

import re

_CONSTRUCTED, _LONG_TAG, _LONG_LENGTH, _OID = 0x20, 0x1F, 0x80, 0x06
_MOST_LENGTH_BYTES = 4

_SHORT, _LONG, _ANY = range(1, 6), range(1, 10), range(2**32)
_SIZES = {0x02: range(1, 9), 0x41: _SHORT, 0x42: _SHORT, 0x43: _SHORT, 0x46: _LONG, 0x47: _SHORT}
"""How many octets numbers can have, by tag; a set first bit needs a zero in front of it."""

# A part of an OID has 32 bits (RFC 2578, 3.5), so five octets of which the first has four, and the last of all ends.
_NO_OID = re.compile(rb"[\x90-\xff][\x80-\xff]{3}|[\x80-\xff]{5}|[\x80-\xff]\Z", re.DOTALL)


def well_formed(data: bytes, *, plain: bool = False) -> bool:
    """Whether every element ends within the one it lies in, and no OID is empty (X.690, 8.1; definite lengths only).

    Args:
        data: a datagram.
        plain: whether numbers and OIDs also have to be of a size that they can have.

    >>> well_formed(bytes.fromhex("3006020101040161")), well_formed(bytes.fromhex("3006020101040261"))
    (True, False)
    >>> well_formed(bytes.fromhex("06062b8f80808000")), well_formed(bytes.fromhex("06062b9080808000"), plain=True)
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
            elif plain and (size not in _SIZES.get(tag, _ANY) or (tag == _OID and _NO_OID.search(data, at, at + size))):
                return False
            else:
                at += size
    except IndexError:
        return False
