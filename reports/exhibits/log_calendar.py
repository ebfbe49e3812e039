"""Six months of logs, day by day: every source as a calendar."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from types import MappingProxyType

from markupsafe import Markup

from probes.kinds import Canary, LogCoverage
from probes.observation import Observation, Status
from probes.text import Text, listed, text
from reports.exhibits.exhibit import Exhibit, Grid, Key, Material, Plate, Row
from reports.names import code_name
from reports.svg import boxes, drawing, element
from rules.calendar import local_day, months_before
from rules.conditions import shown_value
from rules.log_retention import RETENTION_MONTHS

DAYS = 184
"""Six calendar months have 181 to 184 days; the calendar shows the longest of them."""
PITCH, SIDE = 12, 10
LEFT, TOP = 20, 15
WEEK = 7

STATES: Mapping[str, Text] = MappingProxyType(
    {
        "kept": text("records, counted"),
        "sampled": text("records, sampled"),
        "missing": text("no record"),
        "outside": text("before the first or after the last record"),
    }
)


def log_calendar(material: Material) -> Exhibit | None:
    """Every source that was read, or could not be."""
    latest = [
        one
        for one in material.latest("log_coverage", lambda value: getattr(value, "origin", "")).values()
        if _from_content(one)
    ]
    if not latest:
        return None
    names = [text("Source"), text("Records"), text("Oldest"), text("Newest"), text("Days without a record")]
    names += [text("Longest gap"), text("Will last for"), text("Signed markers")]
    markers = {one.subject: one for one in material.latest("canary").values()}
    return Exhibit(
        "logs",
        material.say(text("Log calendar, the last {n} days", n=DAYS)),
        tuple(_said(material, latest)),
        tuple(_plate(material, one) for one in latest if isinstance(one.value, LogCoverage)),
        Grid(
            tuple(material.say(one) for one in names),
            tuple(_row(material, one, markers.get(one.subject)) for one in latest),
        ),
        tuple(Key(state, material.say(meaning)) for state, meaning in STATES.items()),
        material.say(
            text(
                "Counted in the school's time zone and from the records themselves; the red line marks the day six "
                "calendar months before they were read."
            )
        ),
    )


def _from_content(one: Observation) -> bool:
    return not isinstance(one.value, LogCoverage) or one.value.origin == "content"


def _said(material: Material, seen: list[Observation]) -> Iterator[str]:
    reaching = 0
    for one in seen:
        if isinstance(one.value, LogCoverage) and one.value.oldest is not None:
            zone = material.campus.school.timezone
            wanted = months_before(local_day(one.taken_at, zone), RETENTION_MONTHS)
            reaching += local_day(one.value.oldest, zone) <= wanted
    yield material.say(text("{n} of {total} sources reach back six calendar months.", n=reaching, total=len(seen)))
    if failed := sum(one.status is not Status.OK for one in seen):
        yield material.say(text("{n} could not be read.", n=failed))


def days_of(value: LogCoverage, last: date, timezone: str) -> dict[date, str]:
    """The state of each day up to ``last``, as keys of ``STATES``."""
    days = [last - timedelta(days=n) for n in range(DAYS - 1, -1, -1)]
    if value.oldest is None or value.newest is None:
        return dict.fromkeys(days, "outside")
    oldest, newest = local_day(value.oldest, timezone), local_day(value.newest, timezone)
    return {day: _state(value, day) if oldest <= day <= newest else "outside" for day in days}


def _state(value: LogCoverage, day: date) -> str:
    """A day between the oldest and the newest record."""
    if day in value.missing_days:
        return "missing"
    if value.first_day is not None and 0 <= (n := (day - value.first_day).days) < len(value.day_counts):
        count = value.day_counts[n]
        return "sampled" if count is None else "kept" if count else "missing"
    # Without a ratio nobody looked at the days between: what is known is that records stand at both ends.
    return "sampled" if value.days_with_records_ratio is None or value.counted == "sampled" else "kept"


def _plate(material: Material, one: Observation) -> Plate:
    value, zone = one.value, material.campus.school.timezone
    assert isinstance(value, LogCoverage)
    last = local_day(one.taken_at, zone)
    days = days_of(value, last, zone)
    counted = [text("{what} {n} days", what=meaning, n=n) for state, meaning in STATES.items()
               if (n := sum(one == state for one in days.values()))]  # fmt: skip
    words = listed(counted)
    name = material.name(one.subject)
    spoken = material.say(text("{name}: {what}", name=name, what=words))
    return Plate(name, _calendar(spoken, days, months_before(last, RETENTION_MONTHS)), material.say(words), (one.id,))


def _calendar(words: str, days: Mapping[date, str], wanted: date) -> Markup:
    """Weeks as columns, Monday above; months are named over their first week."""
    first = min(days)
    monday = first - timedelta(days=first.weekday())

    def at(day: date) -> tuple[float, float]:
        week, weekday = divmod((day - monday).days, WEEK)
        return LEFT + week * PITCH, TOP + weekday * PITCH

    shapes = [boxes([at(day) for day, one in days.items() if one == state], SIDE, state) for state in STATES]
    months = [element("text", str(day.month), x=at(day)[0], y=10, class_="month") for day in days if day.day == 1]
    ruler = []
    if wanted in days:
        x, y = at(wanted)
        ruler = [element("path", d=f"M{x - 1:g} {TOP + WEEK * PITCH - 1}V{y - 1:g}h{PITCH}V{TOP - 1}", class_="wanted")]
    weeks = (max(days) - monday).days // WEEK + 1
    return drawing(
        LEFT + weeks * PITCH, TOP + WEEK * PITCH + 1, words, *months, *(one for one in shapes if one), *ruler,
        class_="calendar",
    )  # fmt: skip


def _row(material: Material, one: Observation, marked: Observation | None) -> Row:
    say, zone = material.say, material.campus.school.timezone
    records = {f"log:{source.id}": source.records for source in material.campus.log_source}
    kinds = " · ".join(say(code_name(kind)) for kind in records.get(one.subject, ()))
    value = one.value
    if not isinstance(value, LogCoverage):
        failed = (material.name(one.subject), kinds, material.failure(one), "–", "–", "–", "–")
        return Row((*failed, _markers(material, marked)), (one.id,), "doubt")
    ends = tuple("–" if end is None else str(local_day(end, zone)) for end in (value.oldest, value.newest))
    gap = "–" if value.longest_gap_h is None else say(text("{n} h", n=f"{value.longest_gap_h:.0f}"))
    forecast = value.forecast_days
    lasts = "–" if forecast is None else say(shown_value(round(forecast), "forecast_days"))
    missing = "–" if value.days_with_records_ratio is None else str(len(value.missing_days))
    wanted = months_before(local_day(one.taken_at, zone), RETENTION_MONTHS)
    short = value.oldest is not None and local_day(value.oldest, zone) > wanted
    cells = (material.name(one.subject), kinds, *ends, missing, gap, lasts, _markers(material, marked))
    ids = (one.id,) if marked is None else (one.id, marked.id)
    return Row(cells, ids, "bad" if short else "")


def _markers(material: Material, marked: Observation | None) -> str:
    """What was found of signed markers in the same log."""
    if marked is None:
        return "–"
    value = marked.value
    if not isinstance(value, Canary):
        return material.failure(marked)
    if value.oldest is None:
        return material.say(text("none found"))
    since = str(local_day(value.oldest, material.campus.school.timezone))
    said = text("{n} days since {day}", n=value.days_found, day=since)
    if value.missing_days:
        said = text("{found}, {n} days missing", found=said, n=len(value.missing_days))
    return material.say(said)
