"""What the markers in a log prove: how far back it reaches, and on which days it lost one that was sent.

A marker is believed where its signature is right, its time has come, and the line's own stamp agrees with it within
a day. A copy of an old marker in a later line is a replay, and a line without a stamp says nothing about when it was
written: neither is believed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo

from probes.kinds import Canary
from probes.logs.placing import Calendar
from probes.logs.search.lines import Line
from probes.logs.stamps import Forms, stamp_of
from probes.safeguards.marker import Marker, markers_in

AGREES = timedelta(hours=26)
"""A day and a bit: a log kept in UTC, or sent on after midnight, is no replay."""

AHEAD = timedelta(minutes=5)
SENT_NIGHTLY = frozenset("sh")


@dataclass
class Finds:
    """What was found so far in one log; ``unread`` names what of it could not be read whole."""

    believed: dict[str, datetime] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    refused: Counter[str] = field(default_factory=Counter)
    examples: list[tuple[str, str, str]] = field(default_factory=list)
    unread: tuple[str, ...] = ()

    def refuse(self, why: str, line: Line, marker: Marker) -> None:
        """Count a marker that is not believed, and keep the first few."""
        self.refused[why] += 1
        if len(self.examples) < 20:  # noqa: PLR2004  enough for the evidence
            self.examples.append((why, line.file, marker.words))


def gather(lines: Iterable[Line], key: bytes, now: datetime, zone: tzinfo) -> Finds:
    """Go through the lines with markers."""
    finds, calendar = Finds(), Calendar(zone)
    for line in lines:
        stamped: datetime | bool | None = False
        for marker in markers_in(key, line.data):
            if not marker.genuine:
                finds.refuse("forged", line, marker)
            elif marker.channel not in SENT_NIGHTLY:
                continue  # of a drill, which has its own judgement
            elif marker.at > now + AHEAD:
                finds.refuse("forged", line, marker)
            else:
                if stamped is False:
                    stamped = time_of(line.data, marker.at, calendar)
                _weigh(finds, line, marker, stamped if isinstance(stamped, datetime) else None)
    return finds


def _weigh(finds: Finds, line: Line, marker: Marker, stamped: datetime | None) -> None:
    if stamped is None:
        finds.refuse("without a time", line, marker)
    elif abs(stamped - marker.at) > AGREES:
        finds.refuse("replayed", line, marker)
    else:
        finds.believed[marker.words] = marker.at
        finds.files.setdefault(marker.words, line.file)


def time_of(line: bytes, near: datetime, calendar: Calendar) -> datetime | None:
    """The line's own time, its year inferred from a moment that lies near; to the minute."""
    stamp = stamp_of(line) or stamp_of(line, Forms.EPOCH | Forms.EMBEDDED | Forms.LOOSE_KEY)
    minute = calendar.minute_of(stamp, calendar.minute_at(near)) if stamp is not None else None
    try:
        return None if minute is None else calendar.instant(minute * 60)
    except (ValueError, OverflowError):
        return None


def canary(finds: Finds, sent: Sequence[datetime] | None, now: datetime, zone: tzinfo) -> Canary:
    """The value of an observation. ``sent`` is the ledger; ``None`` where there is none."""
    times = sorted(finds.believed.values())
    found = {_day(at, zone) for at in times}
    days = None if sent is None else {_day(at, zone) for at in sent}
    today = _day(now, zone)
    missing: list[date] = []
    if times and days is not None:
        missing = sorted(day for day in days - found if min(found) <= day < today)
    return Canary(
        oldest=times[0] if times else None,
        newest=times[-1] if times else None,
        span_days=round((now - times[0]).total_seconds() / 86400, 3) if times else None,
        days_found=len(found),
        days_sent=None if days is None else len(days),
        missing_days=tuple(missing),
        unreadable_files=len(finds.unread),
        forged=finds.refused["forged"],
        replayed=finds.refused["replayed"] + finds.refused["without a time"],
    )


def _day(at: datetime, zone: tzinfo) -> date:
    return at.astimezone(zone).date()


def evidence(finds: Finds) -> dict[str, object]:
    """For the bundle: every day with its marker and file, and what was not believed."""
    ordered = sorted(finds.believed.items(), key=lambda item: item[1])
    return {
        "believed": [{"at": at.isoformat(), "file": finds.files[words], "marker": words} for words, at in ordered],
        "not_read_whole": list(finds.unread),
        "not_believed": dict(finds.refused),
        "examples": [{"why": why, "file": file, "marker": words} for why, file, words in finds.examples],
    }
