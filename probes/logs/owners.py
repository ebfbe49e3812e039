"""Which lines of a shared file are whose: the device that a line names as its writer, where lines do so.

That is the word behind the time stamp (RFC 3164, RFC 5424 and what vendors make of them) or the value of a field that
names the device. A name or address anywhere else in a line is what the line is about, and not who wrote it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

_STAMP = (
    rb"(?:[A-Z][a-z]{2} {1,2}\d{1,2}(?: \d{4})? \d\d:\d\d:\d\d(?:[.,:]\d+)?(?: \d{4})?"
    rb"|\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?)"
    rb"(?:Z|(?: ?[+-]\d\d:?\d\d)| (?:UTC|GMT|CST))?"
)
_KEYS = (
    rb"devname|devid|device_name|device_ip|devicename|deviceexternalid|dvchost|dvc|hostname|host_name|host|sysname"
    rb"|src_host|gateway|gateway_ip|fw|sensor|reporter|from_host|fromhost-ip|fromhost|observer"
)


def only_of(names: Sequence[str]) -> Callable[[bytes], bytes]:
    """A function that gives of whole lines those that one of the names wrote."""
    alternatives = b"|".join(re.escape(form) for name in names for form in _forms(name))
    end = rb"(?=[\s:,;\"'\]/|]|$)"
    pattern = re.compile(
        rb"(?im)^(?:"
        rb"[\x00\s]*(?:<\d{1,4}>)?(?:1 )?[*.%]?" + _STAMP + rb"[: ]{1,2}\[?(?:" + alternatives + rb")\]?" + end
        + rb"|[^\n]{0,4000}?(?<![\w-])(?:" + _KEYS + rb")[\"']?\s?[=:]\s?[\"']?(?:" + alternatives + rb")" + end
        + rb")[^\n]*(?:\n|$)"
    )  # fmt: skip
    found = [form.lower() for name in names for form in _forms(name)]

    def only(data: bytes) -> bytes:
        lowered = data.lower()
        if not any(one in lowered for one in found):
            return b""
        return b"".join(hit[0] for hit in pattern.finditer(data))

    return only


def _forms(name: str) -> set[bytes]:
    """A name as it may be written: Chinese ones in UTF-8 and in GBK."""
    return {name.encode(), name.encode("gb18030")}
