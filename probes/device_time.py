"""What time a device shows, from the groups that a dialect's patterns found in its answer.

Groups: ``epoch`` (seconds since 1970, then nothing else matters), or ``year month day hour minute second`` with the
zone in one of these ways: ``zone`` (``+08:00``), or ``zone_name zone_sign zone_offset`` (``Z5 add 05:00:00``) with
``shown_zone`` (the name beside the time, which must then be the same), or ``shown_zone`` alone, which decides only
when it is UTC. ``summer`` marks summer time, whose shift is not printed. Anything else is undecidable: ``None``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
UTC_NAMES = frozenset({"UTC", "GMT", "Z", "UCT"})
WIDEST_ZONE = timedelta(hours=14)


def shown_time(groups: Mapping[str, str]) -> tuple[datetime, bool] | None:
    """The device's time, and whether it shows whole seconds only; ``None`` where it cannot be decided.

    >>> shown_time({"epoch": "1795399205.25"})[0].isoformat()
    '2026-11-23T02:00:05.250000+00:00'
    """
    if "epoch" in groups:
        try:
            return datetime.fromtimestamp(float(groups["epoch"]), UTC), "." not in groups["epoch"]
        except (ValueError, OverflowError, OSError):
            return None
    zone = _zone(groups)
    if zone is None:
        return None
    try:
        second, _, fraction = groups["second"].partition(".")
        day = datetime(
            int(groups["year"]),
            _month(groups["month"]),
            int(groups["day"]),
            int(groups["hour"]),
            int(groups["minute"]),
            int(second),
            int(f"{fraction:0<6.6}"),
            timezone(zone),
        )
    except (KeyError, ValueError):
        return None
    return day, not fraction


def _month(month: str) -> int:
    return int(month) if month.isdigit() else MONTHS.index(month.lower()[:3]) + 1


def _zone(groups: Mapping[str, str]) -> timedelta | None:
    if groups.get("summer"):
        return None
    if "zone" in groups:
        return _offset(groups["zone"])
    shown, named = groups.get("shown_zone", ""), groups.get("zone_name", "")
    if named:
        if shown and shown.upper() != named.upper():
            return None
        return _offset(("-" if groups.get("zone_sign") == "minus" else "+") + groups.get("zone_offset", ""))
    return timedelta(0) if shown.upper() in UTC_NAMES else None


def _offset(written: str) -> timedelta | None:
    parts = re.fullmatch(r"([+-])(\d{1,2}):(\d\d)(?::\d\d)?", written)
    if parts is None:
        return None
    offset = timedelta(hours=int(parts[2]), minutes=int(parts[3]))
    return None if offset > WIDEST_ZONE else -offset if parts[1] == "-" else offset
