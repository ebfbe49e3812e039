"""What is let through to gufo-snmp, which panics at some of what is not BER."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.transport.snmp_shape import well_formed
from tests.snmp_agent import GET, Request, oid, string, tlv

ASKED = Request(b"\x01", GET, b"\x07", 0, [oid("1.3.6.1.2.1.1.5.0")])
WHOLE = ASKED.reply([(oid("1.3.6.1.2.1.1.5.0"), string("sw-1")), (oid("1.3.6.1.2.1.1.6.0"), string(b"x" * 300))])


def test_a_reply_passes() -> None:
    assert well_formed(WHOLE)


@pytest.mark.parametrize(
    "data",
    [
        "30",
        "3080",
        "308002010100",
        "3084ffffffff0201",
        "3003020101ff",
        "3004020201",
        "30020600",
        "1f8101",
        "a003040261",
    ],
    ids=str,
)
def test_what_is_cut_off_or_overlaps_does_not(data: str) -> None:
    assert not well_formed(bytes.fromhex(data))


@given(st.integers(1, len(WHOLE) - 1))
def test_no_beginning_of_a_reply_passes(length: int) -> None:
    assert not well_formed(WHOLE[:length])


@given(st.binary(max_size=80))
def test_anything_gets_an_answer(data: bytes) -> None:
    assert well_formed(data) in {True, False}
    assert well_formed(tlv(0x30, data)) is well_formed(data) or not data
