"""Whether logs were kept for six months, from what was read of them and what devices are set to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from probes.kinds import LogCoverage
from probes.observation import Observation
from probes.text import Text, text
from rules.assessment import Truth
from rules.calendar import local_day, months_after, months_before
from rules.conditions import Judged, Question
from rules.markers import Window, with_markers

# 网络安全法 (2025 amendment, in force 2026-01-01) 第二十三条第（三）项: network logs for not less than six months.
RETENTION_MONTHS = 6
# Proposals: a strict reviewer accepts single missing days, not missing weeks.
DAYS_WITH_RECORDS = Decimal("0.99")
LONGEST_GAP_H = 24


def kept_six_months(observations: Sequence[Observation], question: Question) -> Judged:
    """Log records reach back six calendar months without holes, as read from the records themselves.

    Judged on the day the records were read, so that an old bundle does not come of age by lying in a drawer. A
    device's setting is compared, never counted: 180 days set and 41 days found is a conflict, decided by the content.
    Signed markers found in the log support the verdict or contradict it, and never pass it (``rules/markers.py``).
    """
    contents = [one for one in observations if isinstance(one.value, LogCoverage) and one.value.origin == "content"]
    settings = [one for one in observations if _is_set(one)]
    ids = tuple(one.id for one in (*contents, *settings))
    if not contents:
        return Judged(Truth.UNKNOWN, text("only a setting is known; the records were not read"), ids)
    newest = max(contents, key=lambda one: one.taken_at)
    judged = _despite_closed_files(newest, _reach(newest, question))
    judged = with_markers(judged, newest, question.markers, _window(newest, question))
    ids = (*ids, *judged.observations)
    if not settings:
        return Judged(judged.truth, judged.shown, ids, conflict=judged.conflict)
    setting = max(settings, key=lambda one: one.taken_at)
    if not _contradicts(newest, setting, judged):
        return Judged(judged.truth, judged.shown, ids, conflict=judged.conflict)
    disputed = text(
        "conflict: set to {setting} days, the records reach back {found} days; {verdict}",
        setting=_days(setting),
        found=_days(newest),
        verdict=judged.shown,
    )
    return Judged(judged.truth, disputed, ids, conflict=True)


def _window(content: Observation, question: Question) -> Window:
    zone = question.campus.school.timezone
    read_on = local_day(content.taken_at, zone)
    wanted = months_before(read_on, RETENTION_MONTHS)
    return Window(wanted, (1 - DAYS_WITH_RECORDS) * (read_on - wanted).days, zone)


def _is_set(one: Observation) -> bool:
    """Whether it tells for how many days a device is set to keep its log; some only tell where they send it."""
    value = one.value
    return isinstance(value, LogCoverage) and value.origin == "setting" and value.span_days is not None


def _days(one: Observation) -> int:
    return int(one.value.span_days or 0) if isinstance(one.value, LogCoverage) else 0


def _contradicts(content: Observation, setting: Observation, judged: Judged) -> bool:
    """The records reach back further than the setting would leave, or fall short of the law and of the setting."""
    set_days, found_days = _days(setting), _days(content)
    return set_days + 1 < found_days or (judged.truth is Truth.FALSE and found_days + 1 < set_days)


def _despite_closed_files(one: Observation, judged: Judged) -> Judged:
    """What is missing may stand in a file that could not be read, so it is not known to be missing."""
    unread = one.value.unreadable_files if isinstance(one.value, LogCoverage) else None
    if judged.truth is not Truth.FALSE or not unread:
        return judged
    shown = text("{verdict}, but {n} files could not be read whole", verdict=judged.shown, n=unread)
    return Judged(Truth.UNKNOWN, shown)


def _reach(one: Observation, question: Question) -> Judged:
    value, zone = one.value, question.campus.school.timezone
    if not isinstance(value, LogCoverage) or value.oldest is None or value.newest is None:
        return Judged(Truth.UNKNOWN, text("no dated record found"))
    read_on = local_day(one.taken_at, zone)
    wanted = months_before(read_on, RETENTION_MONTHS)
    oldest = local_day(value.oldest, zone)
    if oldest > wanted:
        return Judged(Truth.FALSE, _too_young(value, zone, oldest, read_on))
    return _unbroken(value, zone, wanted, read_on)


def _too_young(value: LogCoverage, zone: str, oldest: date, read_on: date) -> Text:
    """Not yet six months old: a state of its own, with the day on which it can pass if nothing is lost until then."""
    since = _whole_since(value, zone, oldest, read_on)
    full = months_after(since, RETENTION_MONTHS)
    said = text("oldest record {oldest}, not yet six months; full on {full}", oldest=str(oldest), full=str(full))
    if since > oldest:
        said = text(
            "oldest record {oldest}, without holes only since {since}, not yet six months; full on {full}",
            oldest=str(oldest),
            since=str(since),
            full=str(full),
        )
    return _with_forecast(said, value, full - since)


def _whole_since(value: LogCoverage, zone: str, oldest: date, read_on: date) -> date:
    """From when on the records could serve: behind the last hole that would not be accepted."""
    since = oldest
    window = (read_on - months_before(read_on, RETENTION_MONTHS)).days
    missing = sorted(value.missing_days)
    while (holes := [day for day in missing if day >= since]) and _too_many(len(holes), window):
        since = holes[0] + timedelta(days=1)
    while since in missing:
        since += timedelta(days=1)
    began = value.longest_gap_from
    if value.longest_gap_h is not None and value.longest_gap_h > LONGEST_GAP_H and began is not None:
        since = max(since, local_day(began + timedelta(hours=value.longest_gap_h), zone))
    return since


def _too_many(missing: int, window: int) -> bool:
    return missing > 0 and 1 - Decimal(missing) / window < DAYS_WITH_RECORDS


def _with_forecast(said: Text, value: LogCoverage, needed: timedelta) -> Text:
    """With the warning that the store will be full before it holds six months."""
    if value.forecast_days is None or value.forecast_days >= needed.days:
        return said
    return text("{verdict}; at this growth the store holds only {n} days", verdict=said, n=round(value.forecast_days))


def _unbroken(value: LogCoverage, zone: str, wanted: date, read_on: date) -> Judged:
    """Old enough; now the holes within the six months."""
    missing = [day for day in value.missing_days if day >= wanted]
    if value.days_with_records_ratio is None or (value.longest_gap_h is None and value.longest_unseen_h is None):
        return Judged(Truth.UNKNOWN, text("the records inside were not counted"))
    if _too_many(len(missing), (read_on - wanted).days):
        holes = text(
            "{n} days without a record in the last six months, from {first} to {last}",
            n=len(missing),
            first=str(missing[0]),
            last=str(missing[-1]),
        )
        return Judged(Truth.FALSE, holes)
    if (gap := _gap(value, zone, wanted)) is not None:
        return gap
    oldest = "" if value.oldest is None else str(local_day(value.oldest, zone))
    said = text("unbroken since {oldest}", oldest=oldest)
    if value.counted == "sampled":
        said = text("unbroken since {oldest}, a record seen on every day", oldest=oldest)
    return Judged(Truth.TRUE, _with_forecast(said, value, read_on - wanted))


def _gap(value: LogCoverage, zone: str, wanted: date) -> Judged | None:
    """What a gap of more than a day within the six months decides; ``None`` where there is none.

    Where records were not counted, a gap between those that were looked at may be as long as ``longest_unseen_h``.
    """
    began, hours = value.longest_gap_from, value.longest_gap_h
    if hours is not None and hours > LONGEST_GAP_H:
        ended = None if began is None else local_day(began + timedelta(hours=hours), zone)
        if ended is None or ended >= wanted:
            since = "?" if began is None else str(local_day(began, zone))
            return Judged(Truth.FALSE, text("a gap of {hours} h from {since}", hours=round(hours), since=since))
        return None
    unseen = value.longest_unseen_h
    if unseen is not None and unseen > LONGEST_GAP_H:
        return Judged(Truth.UNKNOWN, text("a gap may be as long as {hours} h; count every record", hours=round(unseen)))
    return None
