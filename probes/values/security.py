"""What is seen of safeguards: functions, tests, weaknesses, recordings."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import AwareDatetime

from probes.values.base import NonNegative, Value


class Safeguard(Value):
    """A security function on a device. Subject ``<device>``."""

    function: Literal["firewall", "ids", "antivirus", "web_filter", "behaviour", "waf", "scanner"]
    running: bool | None = None
    version: str = ""
    signature_age_days: NonNegative | None = None
    licence_days_left: float | None = None
    policy_active: bool | None = None


class Control(Value):
    """A harmless test of a security function. Subject ``control:<id>``.

    ``conclusion`` says whether the function did what it is there for; a test that could not run, or did not decide, is
    an *unavailable* observation. ``sent`` and ``seen`` are what the test did and what came of it, in order.
    """

    what: Literal["url_filter", "malware", "ids_alert", "inbound_deny", "authentication", "waf"]
    blocked: bool | None = None
    detected: bool | None = None
    evidence: str = ""
    conclusion: Literal["works", "does_not_work", "undetermined"] = "undetermined"
    sent: tuple[str, ...] = ()
    seen: tuple[str, ...] = ()


class Exposure(Value):
    """A weakness of a device's own management. Subject ``<device>``."""

    what: str
    present: bool
    evidence: str = ""


class Recording(Value):
    """How far back a recorder's video reaches. Subject ``camera:<id>``.

    ``keep_days`` is what has to be kept; ``playable`` tells whether the oldest recording gave pictures, ``live``
    whether the camera gives any now. ``channels_ok`` of ``channels`` of the whole recorder are on line.
    ``missing_days`` are days of those to be kept on which nothing was recorded; ``None`` where it is not told.
    """

    oldest: AwareDatetime | None = None
    span_days: NonNegative | None = None
    channels_ok: int | None = None
    channels: int | None = None
    keep_days: int = 30
    playable: bool | None = None
    live: bool | None = None
    missing_days: tuple[date, ...] | None = None
