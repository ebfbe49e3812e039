"""What is read from the variables of a reply: table by table, and against pyasn1 where it reads them too."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyasn1.codec.ber import encoder
from pyasn1.type import univ
from pysnmp.proto import rfc1902

from probes.transport.snmp_engine import UNREADABLE, VarBind
from probes.transport.snmp_shape import well_formed
from probes.transport.snmp_variables import dotted, variables
from tests.snmp_agent import tlv

NAME = bytes.fromhex("06062b060102010a")
OID = "1.3.6.1.2.1.10"


def one(tag: int, body: str) -> VarBind:
    (read,) = variables(tlv(0x30, NAME + tlv(tag, bytes.fromhex(body))))
    assert read.oid == OID
    return read


@pytest.mark.parametrize(
    ("tag", "body", "kind", "value"),
    [
        (0x02, "00", "Integer", 0),
        (0x02, "ff", "Integer", -1),
        (0x02, "80000000", "Integer", -(2**31)),
        (0x02, "ffffffffffffff85", "Integer", -123),
        (0x04, "", "OctetString", b""),
        (0x04, "c4e3ff00", "OctetString", b"\xc4\xe3\xff\x00"),
        (0x05, "", "Null", None),
        (0x06, "2b0601", "ObjectIdentifier", "1.3.6.1"),
        (0x06, "00", "ObjectIdentifier", "0.0"),
        (0x40, "c0a80101", "IpAddress", "192.168.1.1"),
        (0x41, "00ffffffff", "Counter32", 2**32 - 1),
        (0x42, "ffffffff", "Gauge32", 2**32 - 1),
        (0x42, "3b9aca00", "Gauge32", 1_000_000_000),
        (0x43, "01", "TimeTicks", 1),
        (0x44, "9f780441200000", "Opaque", bytes.fromhex("9f780441200000")),
        (0x46, "00ffffffffffffffff", "Counter64", 2**64 - 1),
        (0x46, "ffffffffffffffff", "Counter64", 2**64 - 1),
        (0x47, "07", "Unsigned32", 7),
        (0x80, "", "noSuchObject", None),
        (0x81, "", "noSuchInstance", None),
        (0x82, "", "endOfMibView", None),
        (0x02, "", UNREADABLE, None),
        (0x02, "010203040506070809", UNREADABLE, None),
        (0x41, "", UNREADABLE, None),
        (0x42, "ffffffffffffffff", UNREADABLE, None),
        (0x43, "0100000000", UNREADABLE, None),
        (0x46, "01ffffffffffffffff", UNREADABLE, None),
        (0x40, "c0a801", UNREADABLE, None),
        (0x40, "c0a8010101", UNREADABLE, None),
        (0x06, "2b8f", UNREADABLE, None),
        (0x06, "2b9080808000", UNREADABLE, None),
        (0x06, "2b" + "01" * 127, UNREADABLE, None),
        (0x01, "ff", UNREADABLE, None),
        (0x30, "020101", UNREADABLE, None),
    ],
)
def test_a_value_is_what_its_type_says_or_unreadable(tag: int, body: str, kind: str, value: object) -> None:
    assert one(tag, body) == VarBind(OID, kind, value)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "listed",
    [
        tlv(0x31, NAME + tlv(5, b"")),
        tlv(0x30, NAME),
        tlv(0x30, b""),
        tlv(0x30, NAME + tlv(5, b"") * 2),
        tlv(0x30, tlv(4, b"name") + tlv(5, b"")),
        tlv(0x30, tlv(6, b"\x2b\x86") + tlv(5, b"")),
        tlv(0x30, tlv(6, b"") + tlv(5, b"")),
        tlv(0x02, b"\x01"),
    ],
    ids=["a set", "no value", "nothing", "two values", "a string as name", "half a name", "no name", "a number"],
)
def test_what_is_no_list_of_variables_is_refused_whole(listed: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        variables(listed)


PARTS = st.lists(st.integers(0, 2**32 - 1), max_size=60)


@given(st.one_of(st.tuples(st.integers(0, 1), st.integers(0, 39)), st.tuples(st.just(2), st.integers(0, 2**31))), PARTS)
def test_an_oid_reads_as_pyasn1_wrote_it(head: tuple[int, int], parts: list[int]) -> None:
    path = (*head, *parts)
    body = encoder.encode(univ.ObjectIdentifier(path))
    size = 2 if body[1] < 0x80 else 2 + (body[1] & 0x7F)
    assert dotted(body[size:]) == ".".join(map(str, path))


@given(
    st.one_of(
        st.integers(-(2**31), 2**31 - 1).map(rfc1902.Integer32),
        st.integers(0, 2**32 - 1).flatmap(
            lambda n: st.sampled_from([rfc1902.Counter32(n), rfc1902.Gauge32(n), rfc1902.TimeTicks(n)])
        ),
        st.integers(0, 2**64 - 1).map(rfc1902.Counter64),
    )
)
def test_a_number_reads_as_pyasn1_wrote_it(number: object) -> None:
    (read,) = variables(tlv(0x30, NAME + encoder.encode(number)))
    assert read.value == int(number)  # type: ignore[call-overload]


@given(st.binary(max_size=120))
def test_whatever_is_well_formed_reads_or_is_refused(data: bytes) -> None:
    if well_formed(data):
        try:
            read = variables(data)
        except ValueError:
            return
        assert all(isinstance(one, VarBind) for one in read)
