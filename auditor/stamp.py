"""How the last nightly run went: ``night.json`` beside the bundles. It tells a missed night."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from probes.campus import Campus
from probes.text import Text, plain

FILE = "night.json"
TRIES = 3
"""A night that was cut short, by a kill or a power cut, is begun so many times at most."""

DAY = timedelta(days=1)


class Stamp(BaseModel):
    """The last run.

    Attributes:
        night: the date of the night that it was for.
        ended: ``None`` while it runs, and for ever where it was killed.
        tries: how often that night was begun.
        code: the exit code.
        said: why it failed, as template and parameters.
        bundle: what it wrote.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    night: date
    began: AwareDatetime
    ended: AwareDatetime | None = None
    tries: int = 1
    code: int | None = None
    said: dict[str, Any] | None = None
    bundle: str | None = None


def load(parent: Path) -> Stamp | None:
    """The stamp, or ``None`` where there is none that can be read."""
    try:
        return Stamp.model_validate_json((parent / FILE).read_bytes())
    except (OSError, ValidationError):
        return None


def save(parent: Path, stamp: Stamp) -> None:
    """Write the stamp; where it cannot be written the audit itself will say so in a moment."""
    partial = parent / (FILE + ".partial")
    try:
        parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(stamp.model_dump_json(indent=1), encoding="utf-8")
        partial.replace(parent / FILE)
    except OSError:
        partial.unlink(missing_ok=True)


def starts(campus: Campus) -> str:
    """The time of day at which the timer starts: the schedule's, else when the night's window begins."""
    return campus.schedule.at or campus.audit.night.from_


def due(campus: Campus, now: datetime) -> datetime:
    """When the timer was to start last, in UTC."""
    zone = ZoneInfo(campus.school.timezone)
    hour = datetime.strptime(starts(campus), "%H:%M").time()  # noqa: DTZ007  a time of day
    today = now.astimezone(zone).date()
    start = datetime.combine(today, hour, zone).astimezone(UTC)
    return start if start <= now else datetime.combine(today - DAY, hour, zone).astimezone(UTC)


def upcoming(campus: Campus, now: datetime) -> datetime:
    """When the timer is to start next, in UTC, before the random delay."""
    zone = ZoneInfo(campus.school.timezone)
    last = due(campus, now).astimezone(zone)
    return datetime.combine(last.date() + DAY, last.timetz().replace(tzinfo=None), zone).astimezone(UTC)


def is_missed(campus: Campus, now: datetime, stamp: Stamp | None) -> bool:
    """Whether the last night that was due has not been done, and is worth another try.

    The regular start gets its random delay first. What ended, well or badly, is not tried again before the next night;
    what was cut short is, some times.
    """
    start = due(campus, now)
    if stamp is None or stamp.began < start:
        return now >= start + timedelta(minutes=campus.schedule.delay_minutes + 1)
    return stamp.ended is None and stamp.tries < TRIES


class Run:
    """The run under way, for the one who knows how it goes on to say so."""

    def __init__(self) -> None:
        self.code: int | None = None
        self.said: Text | None = None
        self.bundle: str | None = None
        self.is_over = True

    def go_on(self) -> None:
        """Leave the night open: it was stopped on request, and goes on when the timer looks again."""
        self.is_over = False


@contextmanager
def stamped(parent: Path, night: date, now: datetime) -> Iterator[Run]:
    """Stamp the begin and the end of a run; a kill leaves the begin."""
    before = load(parent)
    again = before is not None and before.night == night and before.ended is None
    stamp = Stamp(night=night, began=now, tries=before.tries + 1 if before is not None and again else 1)
    save(parent, stamp)
    run = Run()
    yield run
    save(
        parent,
        stamp.model_copy(
            update={
                "ended": datetime.now(UTC) if run.is_over else None,
                "code": run.code,
                "said": None if run.said is None else plain(run.said),
                "bundle": run.bundle,
            }
        ),
    )
