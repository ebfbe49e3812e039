"""What is seen of logs: how far they reach back, and whether marks are found again."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from probes.values.base import NonNegative, Share, Value


class LogCoverage(Value):
    """How far back a log store reaches. Subject ``log:<source>``.

    ``origin`` tells whether the records themselves were read (``content``) or a device's setting (``setting``);
    ``store`` is the kind of store. ``missing_days`` lists the calendar days (school's time zone) between oldest and
    newest without a record.

    The calendar: ``day_counts[n]`` is about the day ``first_day + n``, up to the newest record's. A number above 0 are
    its records, counted; 0: it has none; ``None``: it has records, at least one was seen, but they were not counted.

    ``counted`` is ``exact`` where every record was read, and ``sampled`` where each day was only looked into. Then
    ``records`` is ``None``, ``longest_gap_h`` is the longest gap that was found (``None``: no day-long one), and the
    counts of doubtful records are of those looked at. ``longest_unseen_h`` is the longest time between two records
    that were looked at: no gap is longer.

    Clocks: ``late_records`` stand an hour or more behind a younger one, ``step_back_h`` is the furthest that one does;
    ``future_records`` lie after the time of the audit or of the file's last change, ``misplaced_records`` contradict
    their neighbours, and the records of ``doubted_files`` contradict the other files; these three count for nothing.

    ``forecast_days`` is 36,525 where it would be a hundred years or more.

    Of a setting: ``hosts`` are the log servers that the device is set to send to, ``None`` where it was not asked;
    ``buffer_records`` and ``quota_mb`` are how many records, or how much of them, it keeps itself before the oldest go.
    """

    oldest: AwareDatetime | None = None
    newest: AwareDatetime | None = None
    span_days: NonNegative | None = None
    days_with_records_ratio: Share | None = None
    longest_gap_h: NonNegative | None = None
    longest_gap_from: AwareDatetime | None = None
    longest_unseen_h: NonNegative | None = None
    forecast_days: NonNegative | None = None
    bytes: int | None = None
    records: int | None = None
    unreadable_files: int | None = None
    undated_records: int | None = None
    late_records: int | None = None
    step_back_h: NonNegative | None = None
    future_records: int | None = None
    misplaced_records: int | None = None
    doubted_files: int | None = None
    missing_days: tuple[date, ...] = ()
    first_day: date | None = None
    day_counts: tuple[int | None, ...] = ()
    counted: Literal["exact", "sampled"] | None = None
    store: str = ""
    hosts: tuple[str, ...] | None = None
    buffer_records: Annotated[int, Field(ge=0)] | None = None
    quota_mb: NonNegative | None = None
    origin: Literal["content", "setting"]


class Trace(Value):
    """Whether a marked request was found again in the audit log. Subject ``control:trace``.

    ``delay_s`` is how long after the request the record could be read at the latest; ``fields`` which of ``time``,
    ``user``, ``ip`` and ``mac`` the records hold with the values that are right for this computer.
    """

    found: bool
    delay_s: NonNegative | None = None
    fields: tuple[str, ...] = ()
    sent_at: AwareDatetime | None = None
    drill: str = ""
    place: str | None = None
    log_source: str = ""


class Marker(Value):
    """A signed marker that was sent, to be found in the logs later. Subject ``marker:<channel>``."""

    channel: Literal["syslog", "http"]
    to: str
    sent_at: AwareDatetime
    marker: str


class Canary(Value):
    """The signed markers of former nights that a log store still holds. Subject ``log:<source>``.

    Days are those of the school's calendar. ``missing_days`` are days between the oldest marker found and today on
    which one was sent here and is not there, as far as the log could be read: ``unreadable_files`` could not, or not
    whole. ``forged`` and ``replayed`` are markers that were not believed.
    """

    oldest: AwareDatetime | None = None
    newest: AwareDatetime | None = None
    span_days: NonNegative | None = None
    days_found: int = 0
    days_sent: int | None = None
    missing_days: tuple[date, ...] = ()
    unreadable_files: int | None = None
    forged: int = 0
    replayed: int = 0
