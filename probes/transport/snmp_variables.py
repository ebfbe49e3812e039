"""The variables of a reply, read from their BER (X.690) as plain Python.

pyasn1 builds a handful of objects for each variable, which takes two thirds of what reading a switch costs, and lets a
single value against its constraints spoil the whole reply. So pyasn1 reads the message down to its list of variables
(``snmp_community.py``), and this the list: names, and the types of RFC 3416 (3) and RFC 2578 (7.1).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from ipaddress import IPv4Address

from probes.transport.snmp_engine import END_OF_MIB, UNREADABLE, Value, VarBind

_SEQUENCE, _NAME = 0x30, 0x06
_MOST_PARTS, _LARGEST_PART = 128, 2**32 - 1  # RFC 2578, 3.5


def variables(data: bytes) -> list[VarBind]:
    """The variables in the contents of a list of them.

    A value against its type's rules is ``UNREADABLE``; it costs none of the others.

    Args:
        data: what was let through by ``well_formed``, so that every length is right.

    Raises:
        ValueError: no list of variables.
    """
    return [_variable(data, start, end) for tag, start, end in elements(data) if _is_a(tag, _SEQUENCE)]


def elements(data: bytes, at: int = 0, end: int | None = None) -> Iterator[tuple[int, int, int]]:
    """Tag, first octet of the contents and the octet behind them, of each element in turn."""
    end = len(data) if end is None else end
    while at < end:
        tag, size = data[at], data[at + 1]
        at += 2
        if size & 0x80:
            width = size & 0x7F
            size = int.from_bytes(data[at : at + width], "big")
            at += width
        yield tag, at, at + size
        at += size


def _is_a(tag: int, wanted: int) -> bool:
    if tag != wanted:
        raise ValueError(f"tag {tag:#x} where {wanted:#x} belongs")
    return True


def _variable(data: bytes, at: int, end: int) -> VarBind:
    (name, name_at, name_end), (tag, value_at, value_end) = elements(data, at, end)
    _is_a(name, _NAME)
    oid = dotted(data[name_at:name_end])
    kind, read = _TYPES.get(tag, (UNREADABLE, _nothing))
    try:
        return VarBind(oid, kind, read(data[value_at:value_end]))
    except ValueError:
        return VarBind(oid, UNREADABLE, None)


def dotted(body: bytes) -> str:
    """An OID's contents as text (X.690, 8.19).

    >>> dotted(bytes.fromhex("2b060104018f51")), dotted(bytes.fromhex("8837"))
    ('1.3.6.1.4.1.2001', '2.999')
    """
    if body.isascii():  # every part fits one octet
        parts = list(body)
    else:
        parts, part = [], 0
        for octet in body:
            part = part << 7 | octet & 0x7F
            if part > _LARGEST_PART:
                raise ValueError("a part of an OID beyond 32 bits")
            if octet < 0x80:  # noqa: PLR2004  the bit that says that more follows
                parts.append(part)
                part = 0
    if not body or body[-1] & 0x80 or len(parts) >= _MOST_PARTS:
        raise ValueError("an OID that is empty, cut off or too long")
    first = min(parts[0] // 40, 2)
    return ".".join(map(str, (first, parts[0] - 40 * first, *parts[1:])))


def _signed(body: bytes) -> int:
    if not 0 < len(body) <= 8:  # noqa: PLR2004  octets; more than the 4 of the standard, for some send as their machine counts
        raise ValueError("an integer of no possible length")
    return int.from_bytes(body, "big", signed=True)


def _unsigned(bits: int) -> Callable[[bytes], int]:
    def read(body: bytes) -> int:
        # Many agents leave out the zero in front of a set first bit; none means a negative number by it.
        value = int.from_bytes(body, "big")
        if not body or value >> bits:
            raise ValueError("an unsigned number of no possible length")
        return value

    return read


def _address(body: bytes) -> str:
    return str(IPv4Address(body))  # AddressValueError is a ValueError


def _nothing(_body: bytes) -> None:
    return None


_TYPES: Mapping[int, tuple[str, Callable[[bytes], Value]]] = {
    0x02: ("Integer", _signed),
    0x04: ("OctetString", bytes),
    0x05: ("Null", _nothing),
    0x06: ("ObjectIdentifier", dotted),
    0x40: ("IpAddress", _address),
    0x41: ("Counter32", _unsigned(32)),
    0x42: ("Gauge32", _unsigned(32)),
    0x43: ("TimeTicks", _unsigned(32)),
    0x44: ("Opaque", bytes),
    0x46: ("Counter64", _unsigned(64)),
    0x47: ("Unsigned32", _unsigned(32)),  # RFC 1442, which old agents still follow
    0x80: ("noSuchObject", _nothing),
    0x81: ("noSuchInstance", _nothing),
    0x82: (END_OF_MIB, _nothing),
}
