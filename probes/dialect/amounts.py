"""Numbers, speeds and dates out of the text of devices; what can't be decided is ``None``."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Literal

DateOrder = Literal["ymd", "dmy", "mdy"]

_NUMBER = re.compile(r"[-+]?\d[\d,]*(?:\.\d+)?")
_SPEED = re.compile(r"(?i)(?<![\w.])(\d+(?:\.\d+)?) *([kmgt]?)(?:b(?:it)?(?:/s|ps)?|bps)?(?![\w.])")
_PER_MBPS = {"k": 1e-3, "m": 1.0, "g": 1e3, "t": 1e6}
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NUMBERS = re.compile(r"(?<!\d)(\d{1,4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,4})(?!\d)")
_SQUEEZED = re.compile(r"(?<!\d)(20\d\d)([01]\d)([0-3]\d)(?:[ T_-]?\d{4,6})?(?!\d)")
_NAMED = (
    re.compile(
        r"(?i)\b(?P<month>[a-z]{3})[a-z]*\.?[ -]+(?P<day>\d{1,2})(?:st|nd|rd|th)?,?[ -]"
        r"(?:[^\n]*?[ -])??(?P<year>\d{4})\b"
    ),
    re.compile(r"(?i)\b(?P<day>\d{1,2})[ -](?P<month>[a-z]{3})[a-z]*[ -](?P<year>\d{4})\b"),
)
_TIME = re.compile(r"(?<!\d)([012]?\d):([0-5]\d)(?::([0-5]\d))?")
_FOUR_DIGITS = 1000
_OCTETS_LOCAL, _OCTETS_WITH_ZONE = 8, 11


def as_number(said: str) -> float | None:
    """The first number in a text; commas part thousands.

    >>> as_number("35%"), as_number("CPU 1,234.5 MB"), as_number("-3 days"), as_number("none")
    (35.0, 1234.5, -3.0, None)
    """
    found = _NUMBER.search(said)
    return _finite(float(found[0].replace(",", ""))) if found else None


def as_mbps(said: str) -> float | None:
    """A speed as consoles print it, in Mbit/s; a plain number is Mbit/s, and *auto* alone says nothing.

    >>> as_mbps("1G(a)"), as_mbps("a-1000"), as_mbps("100M"), as_mbps("2.5Gbps"), as_mbps("auto"), as_mbps("10 Gb/s")
    (1000.0, 1000.0, 100.0, 2500.0, None, 10000.0)
    """
    found = _SPEED.search(said.strip().removeprefix("a-").removeprefix("A-"))
    return _finite(float(found[1]) * _PER_MBPS[found[2].lower() or "m"]) if found else None


def _finite(number: float) -> float | None:
    """Hundreds of digits are no amount of anything."""
    return number if math.isfinite(number) else None


def as_date(said: str, order: DateOrder = "ymd") -> datetime | None:
    """A date, with the time of day where one is given, taken as UTC: what matters are days.

    Years of four digits only. ``order`` decides ``03/04/2026``; a year in front is never in doubt.

    >>> as_date("87.00567(2026-11-20 04:35)"), as_date("Mon Nov 23 08:00:00 2026"), as_date("20261123")
    (datetime.datetime(2026, 11, 20, 4, 35, tzinfo=datetime.timezone.utc), \
datetime.datetime(2026, 11, 23, 8, 0, tzinfo=datetime.timezone.utc), \
datetime.datetime(2026, 11, 23, 0, 0, tzinfo=datetime.timezone.utc))
    >>> as_date("03/04/2026"), as_date("03/04/2026", "dmy").month, as_date("2026年3月4日").day, as_date("1.2.3")
    (None, 4, 4, None)
    """
    day = _day(said, order)
    if day is None:
        return None
    time = _TIME.search(said)
    hour, minute, second = (int(part or 0) for part in time.groups()) if time else (0, 0, 0)
    try:
        return datetime(*day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None


def _day(said: str, order: DateOrder) -> tuple[int, int, int] | None:
    for pattern in _NAMED:
        named = pattern.search(said)
        if named and named["month"].lower() in _MONTHS:
            return int(named["year"]), _MONTHS.index(named["month"].lower()) + 1, int(named["day"])
    numbers = _NUMBERS.search(said)
    if numbers:
        first, second, third = (int(part) for part in numbers.groups())
        if first >= _FOUR_DIGITS:
            return first, second, third
        if third < _FOUR_DIGITS or order == "ymd":
            return None
        return (third, second, first) if order == "dmy" else (third, first, second)
    squeezed = _SQUEEZED.search(said)
    return (int(squeezed[1]), int(squeezed[2]), int(squeezed[3])) if squeezed else None


def date_and_time(octets: bytes) -> tuple[datetime, bool] | None:
    """SNMP's DateAndTime (RFC 2579) and whether it is whole seconds; ``None`` without a zone or for no date.

    >>> date_and_time(bytes.fromhex("07ea0b170e140500 2b0800"))[0].isoformat()
    '2026-11-23T14:20:05+08:00'
    """
    if len(octets) != _OCTETS_WITH_ZONE or chr(octets[8]) not in "+-":
        return None
    away = timedelta(hours=octets[9], minutes=octets[10])
    try:
        zone = timezone(-away if octets[8] == ord("-") else away)
        moment = datetime(
            int.from_bytes(octets[:2], "big"), octets[2], octets[3], octets[4], octets[5], octets[6], tzinfo=zone
        )
    except ValueError:
        return None
    return moment + timedelta(milliseconds=100 * octets[7]), octets[7] == 0
