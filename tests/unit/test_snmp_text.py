"""Strings of devices made readable and harmless, and evidence written so that nothing in it is guessed."""

from __future__ import annotations

import pytest

from probes.transport.snmp_engine import VarBind
from probes.transport.snmp_text import evidence_line, plain_text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (b"GigabitEthernet0/0/1", "GigabitEthernet0/0/1"),
        ("教学楼三层".encode(), "教学楼三层"),
        ("教学楼三层".encode("gbk"), "教学楼三层"),
        ("教学楼三层".encode()[:-1], "教学楼三"),
        ("3楼".encode("gbk"), "3楼"),
        ("3楼·东".encode(), "3楼·东"),
        (b"\xff\xfe", "\\xff\\xfe"),
        (b"name\0\0\0", "name"),
        (b"  two  blanks  ", "two  blanks"),
        (b"line one\r\nline two\ttab", "line one line two tab"),
        (b"\x1b[31mred\x07\x7f", "[31mred"),
        ("\u202ereversed\u200b\u2028".encode(), "reversed"),
        ("\u3000宽".encode(), "宽"),
        (b"<script>alert(1)</script>", "<script>alert(1)</script>"),
        (b"x" * 300, "x" * 255),
        ("1.3.6.1", "1.3.6.1"),
        (b"", ""),
        (7, ""),
        (None, ""),
    ],
)
def test_a_readable_line(value: object, text: str) -> None:
    assert plain_text(value) == text


@pytest.mark.parametrize(
    ("value", "line"),
    [
        (VarBind("1.3.6.1.1", "Gauge32", 1000), "1.3.6.1.1 = Gauge32: 1000"),
        (VarBind("1.3.6.1.1", "ObjectIdentifier", "1.3.6"), "1.3.6.1.1 = ObjectIdentifier: 1.3.6"),
        (VarBind("1.3.6.1.1", "noSuchObject", None), "1.3.6.1.1 = noSuchObject"),
        (VarBind("1.3.6.1.1", "OctetString", b'say "\\"'), r'1.3.6.1.1 = OctetString: "say \"\\\""'),
        (VarBind("1.3.6.1.1", "OctetString", "楼".encode("gbk")), '1.3.6.1.1 = OctetString: "楼"'),
        (VarBind("1.3.6.1.1", "OctetString", b""), '1.3.6.1.1 = OctetString: ""'),
        (VarBind("1.3.6.1.1", "OctetString", b"a\nb"), "1.3.6.1.1 = OctetString: 61 0A 62"),
        (VarBind("1.3.6.1.1", "OctetString", b"\x80\xff"), "1.3.6.1.1 = OctetString: 80 FF"),
    ],
)
def test_a_line_of_evidence(value: VarBind, line: str) -> None:
    assert evidence_line(value) == line
