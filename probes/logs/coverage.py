"""A whole log store in figures: days and gaps counted, doubtful records set aside."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from probes.kinds import LogCoverage
from probes.logs.forecast import forecast_days
from probes.logs.placing import DAY, SLOT, Calendar
from probes.logs.scan import FileReport
from probes.logs.timeline import Day, add_days
from probes.logs.trust import distrusted
from probes.text import Text

DAY_S = 86400
_DAY_H = 24.0


@dataclass(slots=True)
class Store:
    """What a log store holds.

    Attributes:
        free: bytes that the store may still take; ``None`` where that is not known.
        kind: of store, as the inventory calls it.
        reports: one for every file that could be found, in the order of names.
        closed: directories that could not be listed, with the system's reason.
        left_out: files whose records are not believed, with the reason.
        days: the believed records, by ordinal of the local day; of files that were only glanced at, those seen.
    """

    calendar: Calendar
    now: datetime
    free: int | None
    kind: str = "directory"
    reports: list[FileReport] = field(default_factory=list)
    closed: dict[str, str] = field(default_factory=dict)
    left_out: list[tuple[FileReport, Text]] = field(default_factory=list)
    days: dict[int, Day] = field(default_factory=dict)
    bytes_by_day: dict[int, float] = field(default_factory=lambda: defaultdict(float))

    def settle(self) -> None:
        """Decide which files are believed, and add up their days; once, when all have been read."""
        self.reports.sort(key=lambda report: report.file.name)
        self.left_out = distrusted(self.reports)
        doubted = {id(report) for report, _ in self.left_out}
        for report in self.reports:
            if id(report) not in doubted:
                self._add_up(report)

    def _add_up(self, report: FileReport) -> None:
        days = report.days or _days_of(report.moments)
        for number, day in days.items():
            self.bytes_by_day[number] += report.bytes * day.count / report.records
        add_days(self.days, days)
        report.days = {}

    def glanced(self) -> list[FileReport]:
        """The believed files that were only glanced at."""
        doubted = {id(report) for report, _ in self.left_out}
        return [report for report in self.reports if report.moments and id(report) not in doubted]


def _days_of(moments: tuple[int, ...]) -> dict[int, Day]:
    found: dict[int, Day] = {}
    for moment in moments:
        number, second = divmod(moment, DAY_S)
        slot, within = divmod(second, SLOT * 60)
        found.setdefault(number, Day()).note(slot, within, within, 1)
    return found


def coverage(store: Store) -> LogCoverage | None:
    """The store in figures; ``None`` if it has no dated record that is believed.

    ``span_days`` is the time from the oldest record to the newest. The longest gap is the longest time between two
    records that follow each other, or from the newest one until now if that is more than a day: a log that has stopped.
    It is exact to the second from ten minutes up; shorter ones are those between full ten minutes.
    ``missing_days`` and the ratio are about the days from the oldest record's to the newest's.
    """
    if not store.days:
        return None
    first_day, last_day = min(store.days), max(store.days)
    oldest, newest = (store.calendar.instant(second) for second in _ends(store.days))
    missing = [day for day in range(first_day, last_day + 1) if day not in store.days]
    gap_from, gap_h = _longest_gap(store, newest)
    glanced = store.glanced()
    # Between records that were only looked at there may be others; day-long gaps were looked into until they were sure.
    told = not glanced or (gap_h is not None and gap_h > _DAY_H)
    return LogCoverage(
        oldest=oldest,
        newest=newest,
        span_days=(newest - oldest).total_seconds() / DAY_S,
        days_with_records_ratio=len(store.days) / (last_day - first_day + 1),
        longest_gap_h=gap_h if told else None,
        longest_gap_from=gap_from if told else None,
        longest_unseen_h=gap_h,
        forecast_days=None if store.free is None else forecast_days(store.bytes_by_day, bytes_of(store), store.free),
        bytes=bytes_of(store),
        records=None if glanced else sum(day.count for day in store.days.values()),
        unreadable_files=sum(report.damaged for report in store.reports) + len(store.closed),
        undated_records=sum(report.undated for report in store.reports),
        late_records=sum(report.late for report in store.reports),
        step_back_h=max(report.step_back for report in store.reports) / 60,
        future_records=sum(report.future for report in store.reports),
        misplaced_records=sum(report.misplaced + report.absurd for report in store.reports),
        doubted_files=len(store.left_out),
        missing_days=tuple(date.fromordinal(day) for day in missing),
        first_day=date.fromordinal(first_day),
        day_counts=_calendar(store, glanced),
        counted="sampled" if glanced else "exact",
        store=store.kind,
        origin="content",
    )


def _calendar(store: Store, glanced: list[FileReport]) -> tuple[int | None, ...]:
    """Each day's records: counted, or ``None`` where files that were only glanced at may hold more of them."""
    first, last = min(store.days), max(store.days)
    uncounted: set[int] = set()
    for report in glanced:
        begin = (report.low or 0) // DAY
        uncounted.update(range(max(begin, first), min((report.reach or 0) // DAY, last) + 1))
    return tuple(
        0 if day not in store.days else None if day in uncounted else store.days[day].count
        for day in range(first, last + 1)
    )


def bytes_of(store: Store) -> int:
    """Bytes of all files, as they lie on the disk."""
    return round(sum(report.bytes for report in store.reports))


def _moments(days: Mapping[int, Day]) -> Iterator[tuple[int, int]]:
    """First and last local second of every slot with records, in order."""
    for number in sorted(days):
        for slot, first, last in days[number].slots():
            begin = number * DAY_S + slot * SLOT * 60
            yield begin + first, begin + last


def _ends(days: Mapping[int, Day]) -> tuple[int, int]:
    """The very first and the very last second."""
    first = next(_moments({min(days): days[min(days)]}))[0]
    *_, (_, last) = _moments({max(days): days[max(days)]})
    return first, last


def _longest_gap(store: Store, newest: datetime) -> tuple[datetime | None, float | None]:
    """When the longest gap began, and its hours; nothing with a single record that is not a day old."""
    longest = begin = end = 0
    before: int | None = None
    for first, last in _moments(store.days):
        if before is not None and first - before > longest:
            begin, end, longest = before, first, first - before
        before = last
    since = (store.now - newest).total_seconds()
    if since > max(longest, DAY_S):
        return newest, since / 3600
    if not longest:
        return None, None
    started = store.calendar.instant(begin)
    return started, (store.calendar.instant(end) - started).total_seconds() / 3600


def evidence(store: Store) -> dict[str, object]:
    """What the figures rest on, for the bundle: every file, what was left out and why, and records per day."""
    reasons = {id(report): str(text) for report, text in store.left_out}
    return {
        "read_at": store.now.astimezone(UTC).isoformat(),
        "free_bytes": store.free,
        "files": [_file_evidence(store, report, reasons.get(id(report))) for report in store.reports],
        "directories_not_readable": store.closed,
        "counted": "sampled" if store.glanced() else "exact",
        "records_seen_per_day": {
            date.fromordinal(number).isoformat(): store.days[number].count for number in sorted(store.days)
        },
    }


def _file_evidence(store: Store, report: FileReport, not_believed: str | None) -> dict[str, object]:
    found: dict[str, object] = {
        "name": report.file.name,
        "bytes": report.file.size,
        "modified": datetime.fromtimestamp(report.file.modified, UTC).isoformat(timespec="seconds"),
        "format": report.form,
        "counted": "glanced at" if report.moments else "",
        "records": report.records,
        "first": _shown(store, report.low),
        "last": _shown(store, report.high),
        "undated": report.undated,
        "future": report.future,
        "older_than_ten_years": report.absurd,
        "out_of_order": report.misplaced,
        "late": report.late,
        "problem": str(report.problem) if report.problem else "",
        "not_believed": not_believed or "",
    }
    return {key: value for key, value in found.items() if value not in ("", 0, None)}


def _shown(store: Store, minute: int | None) -> str | None:
    return None if minute is None else store.calendar.instant(minute * 60).isoformat(timespec="minutes")
