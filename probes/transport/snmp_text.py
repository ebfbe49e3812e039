"""Turning what devices send into text that is safe to keep and to show."""

from __future__ import annotations

import codecs
import re
import unicodedata

from probes.transport.snmp_engine import VarBind

_LONGEST_SHOWN = 1024
_FIRST_THREE_BYTE_CHARACTER = 0x800
_LINE_BREAKS = re.compile(r"[^\S ]+")  # blanks of every kind but the plain one


def plain_text(value: object, longest: int = 255) -> str:
    r"""A device's string as one line of readable text, or ``""`` for what is no string.

    Switches store names in whatever encoding the console had: UTF-8 is tried (also when a length limit cut its last
    character), then GBK, and what is neither is escaped. Control characters, direction overrides and the like go.

    >>> plain_text("教学楼".encode()), plain_text("教学楼".encode("gbk")), plain_text(b"\xff\x00")
    ('教学楼', '教学楼', '\\xff')
    >>> plain_text(b"ge0/1\x1b[31m\r\nadmin\x00")
    'ge0/1[31m admin'
    >>> plain_text(None)
    ''
    """
    if isinstance(value, bytes):
        value = _decode(value.rstrip(b"\0"))
    if not isinstance(value, str):
        return ""
    visible = "".join(char for char in _LINE_BREAKS.sub(" ", value) if _is_visible(char))
    return visible.strip()[:longest]


def _is_visible(char: str) -> bool:
    """Neither a control, format, private, surrogate nor unassigned character."""
    return not unicodedata.category(char).startswith("C")


def _decode(data: bytes) -> str:
    if data.isascii():  # nearly all; the rest takes a hundred times as long
        return data.decode("ascii")
    in_utf8, in_gbk = _utf8(data), _gbk(data)
    if in_utf8 is None:
        return data.decode("ascii", "backslashreplace") if in_gbk is None else in_gbk
    # "3楼" in GBK is "3¥" in UTF-8, and no Chinese text has only two-byte characters in UTF-8.
    latin_only = not in_utf8.isascii() and all(ord(char) < _FIRST_THREE_BYTE_CHARACTER for char in in_utf8)
    return in_gbk if latin_only and in_gbk is not None else in_utf8


def _utf8(data: bytes) -> str | None:
    """The text without a last character that a length limit cut, or ``None`` if this is no UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        head = decoder.decode(data)
    except UnicodeDecodeError:
        return None
    cut_off = decoder.getstate()[0]
    return None if cut_off and head.isascii() else head


def _gbk(data: bytes) -> str | None:
    try:
        return data.decode("gbk")
    except UnicodeDecodeError:
        return None


def evidence_line(varbind: VarBind) -> str:
    """One variable as a line ``oid = type: value``; strings that are not readable stand in hexadecimal.

    >>> evidence_line(VarBind("1.3.6.1.2.1.1.5.0", "OctetString", b"sw-1"))
    '1.3.6.1.2.1.1.5.0 = OctetString: "sw-1"'
    >>> evidence_line(VarBind("1.3.6.1.2.1.2.2.1.6.1", "OctetString", bytes.fromhex("0019c6010e3c")))
    '1.3.6.1.2.1.2.2.1.6.1 = OctetString: 00 19 C6 01 0E 3C'
    """
    value = varbind.value
    if value is None:
        return f"{varbind.oid} = {varbind.type}"
    shown = _shown(value[:_LONGEST_SHOWN]) if isinstance(value, bytes) else str(value)
    return f"{varbind.oid} = {varbind.type}: {shown}"


def _shown(data: bytes) -> str:
    body = data.removesuffix(b"\0")
    decoded = _decode(body)
    readable = decoded.isprintable() if decoded.isascii() else all(_is_visible(char) for char in decoded)
    if readable and _encodes_back(decoded, body):
        return '"' + decoded.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return data.hex(" ").upper()


def _encodes_back(decoded: str, data: bytes) -> bool:
    """Whether the text stands for exactly these bytes, so that nothing was guessed or escaped."""
    return any(decoded.encode(encoding, "replace") == data for encoding in ("utf-8", "gbk"))
