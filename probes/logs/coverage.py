"""A whole log store: every file read, days and gaps counted, doubtful records set aside."""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from pathlib import Path

from probes.kinds import LogCoverage
from probes.logs.forecast import forecast_days
from probes.logs.placing import SLOT, Calendar
from probes.logs.scan import FileReport, Scanner
from probes.logs.timeline import Day, add_days
from probes.logs.tree import Listing, list_files
from probes.logs.trust import distrusted
from probes.text import Text

_LISTINGS = 3
_DAY_S = 86400


@dataclass(slots=True)
class Store:
    """What a log store holds.

    Attributes:
        reports: one for every file that could be found, in the order of names.
        closed: directories that could not be listed, with the system's reason.
        left_out: files whose records are not believed, with the reason.
        days: the believed records, by ordinal of the local day.
    """

    calendar: Calendar
    now: datetime
    free: int
    reports: list[FileReport] = field(default_factory=list)
    closed: dict[str, str] = field(default_factory=dict)
    left_out: list[tuple[FileReport, Text]] = field(default_factory=list)
    days: dict[int, Day] = field(default_factory=dict)
    bytes_by_day: dict[int, float] = field(default_factory=lambda: defaultdict(float))


def read_store(root: Path, pattern: str, zone: tzinfo, now: datetime, stopped: Callable[[], bool]) -> Store:
    """Read every record of a store. Blocks for as long as it takes; memory does not grow with the records.

    Files that appear while others are read (rotation renames them) are read as well.

    Raises:
        OSError: the directory cannot be listed.
        StoppedError: ``stopped`` said so.
    """
    store = Store(Calendar(zone), now, shutil.disk_usage(root).free)
    scanner = Scanner(store.calendar, now, stopped)
    read: set[tuple[int, int]] = set()
    for _ in range(_LISTINGS):
        listing = list_files(root, pattern)
        store.closed.update(listing.closed)
        if not _read_new(listing, scanner, store, read):
            break
    store.reports.sort(key=lambda report: report.file.name)
    store.left_out = distrusted(store.reports)
    doubted = {id(report) for report, _ in store.left_out}
    for report in store.reports:
        if id(report) not in doubted:
            _add_up(store, report)
    return store


def _read_new(listing: Listing, scanner: Scanner, store: Store, read: set[tuple[int, int]]) -> bool:
    """Read the files that were not read yet; whether there were any."""
    new = [file for file in listing.files if file.identity not in read]
    for file in new:
        report = scanner.scan(file)
        if report is not None:
            read.add(file.identity)
            store.reports.append(report)
    return bool(new)


def _add_up(store: Store, report: FileReport) -> None:
    for number, day in report.days.items():
        store.bytes_by_day[number] += report.file.size * day.count / report.records
    add_days(store.days, report.days)
    report.days = {}


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
    return LogCoverage(
        oldest=oldest,
        newest=newest,
        span_days=(newest - oldest).total_seconds() / _DAY_S,
        days_with_records_ratio=len(store.days) / (last_day - first_day + 1),
        longest_gap_h=gap_h,
        longest_gap_from=gap_from,
        forecast_days=forecast_days(store.bytes_by_day, bytes_of(store), store.free),
        bytes=bytes_of(store),
        records=sum(day.count for day in store.days.values()),
        unreadable_files=sum(report.damaged for report in store.reports) + len(store.closed),
        undated_records=sum(report.undated for report in store.reports),
        late_records=sum(report.late for report in store.reports),
        step_back_h=max(report.step_back for report in store.reports) / 60,
        future_records=sum(report.future for report in store.reports),
        misplaced_records=sum(report.misplaced + report.absurd for report in store.reports),
        doubted_files=len(store.left_out),
        missing_days=tuple(date.fromordinal(day) for day in missing),
        first_day=date.fromordinal(first_day),
        day_counts=tuple(store.days[day].count if day in store.days else 0 for day in range(first_day, last_day + 1)),
        counted="exact",
        store="directory",
        origin="content",
    )


def bytes_of(store: Store) -> int:
    """Bytes of all files, as they lie on the disk."""
    return sum(report.file.size for report in store.reports)


def _moments(days: Mapping[int, Day]) -> Iterator[tuple[int, int]]:
    """First and last local second of every slot with records, in order."""
    for number in sorted(days):
        for slot, first, last in days[number].slots():
            begin = number * _DAY_S + slot * SLOT * 60
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
    if since > max(longest, _DAY_S):
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
        "records_per_day": {
            date.fromordinal(number).isoformat(): store.days[number].count for number in sorted(store.days)
        },
    }


def _file_evidence(store: Store, report: FileReport, not_believed: str | None) -> dict[str, object]:
    found: dict[str, object] = {
        "name": report.file.name,
        "bytes": report.file.size,
        "modified": datetime.fromtimestamp(report.file.modified, UTC).isoformat(timespec="seconds"),
        "format": report.form,
        "records": report.records,
        "first": _shown(store, report.low),
        "last": _shown(store, report.high),
        "undated": report.undated,
        "future": report.future,
        "older_than_ten_years": report.absurd,
        "out_of_order": report.misplaced,
        "problem": str(report.problem) if report.problem else "",
        "not_believed": not_believed or "",
    }
    return {key: value for key, value in found.items() if value not in ("", 0, None)}


def _shown(store: Store, minute: int | None) -> str | None:
    return None if minute is None else store.calendar.instant(minute * 60).isoformat(timespec="minutes")
