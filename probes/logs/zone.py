"""The school's time zone, whose calendar the days are of."""

from __future__ import annotations

from datetime import timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from probes.errors import TransportError
from probes.observation import Reason
from probes.probe import Context
from probes.text import text


def school_zone(ctx: Context) -> tzinfo:
    """The zone that the inventory names; raises ``TransportError`` where this computer does not know it."""
    name = ctx.campus.school.timezone
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        if name == "Asia/Shanghai":
            return timezone(timedelta(hours=8))  # Windows brings no zone data along
        detail = text("time zone {zone} is not known to this computer", zone=name)
        raise TransportError(Reason.NOT_CONFIGURED, detail) from None
