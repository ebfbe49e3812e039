"""The score over the nights: proven and possible points of every audit that the history remembers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from markupsafe import Markup

from probes.text import text
from reports.edition import Edition
from reports.language import say
from reports.scope import findings_of, sum_up
from reports.svg import drawing, element
from reports.wording import points, stamp
from rules.assessment import ZERO, Interval

WIDTH, HEIGHT = 640, 190
LEFT, RIGHT, TOP, BOTTOM = 44, 14, 14, 34
FEWEST = 2
MOST = 400
TICKS = 4


@dataclass(frozen=True, slots=True)
class Night:
    """One audit on the drawing."""

    at: datetime
    proven: Decimal
    possible: Decimal


@dataclass(frozen=True, slots=True)
class Trend:
    """The drawing and the sentence that says the same."""

    drawing: Markup
    said: str


def trend(edition: Edition) -> Trend | None:
    """The nights up to the one reported; nothing where there is no earlier one."""
    nights = _nights(edition)
    if len(nights) < FEWEST:
        return None
    zone = edition.assessment.campus.school.timezone
    first, last = nights[0], nights[-1]
    words = say(
        text(
            "{n} audits since {day}: proven points went from {first} to {last}, points at most from {most} to {now}.",
            n=len(nights),
            day=stamp(first.at, zone)[:10],
            first=points(first.proven),
            last=points(last.proven),
            most=points(first.possible),
            now=points(last.possible),
        ),
        edition.language,
    )
    return Trend(_drawn(edition, nights, words), words)


def _nights(edition: Edition) -> list[Night]:
    section = edition.section
    here = sum_up(findings_of(edition))
    nights = [Night(one.at, *_points(edition, one.proven, one.possible, one.indicators)) for one in edition.trend
              if section is None or one.indicators]  # fmt: skip
    nights.append(Night(edition.started_at, here.proven, here.possible))
    nights.sort(key=lambda night: night.at)
    if len(nights) > MOST:
        step = len(nights) / MOST
        nights = [nights[int(n * step)] for n in range(MOST - 1)] + nights[-1:]
    return nights


def _points(
    edition: Edition, proven: Decimal, possible: Decimal, indicators: Mapping[str, Interval]
) -> tuple[Decimal, Decimal]:
    """The points of a night; for a section those of its indicators."""
    if edition.section is None:
        return proven, possible
    own = [indicators[one.indicator.id] for one in findings_of(edition) if one.indicator.id in indicators]
    return sum((one.low for one in own), ZERO), sum((one.high for one in own), ZERO)


def _drawn(edition: Edition, nights: Sequence[Night], words: str) -> Markup:
    assessment = edition.assessment
    line = assessment.score.pass_line if edition.section is None else None
    top = max(
        float(sum_up(findings_of(edition)).total), *(float(night.possible) for night in nights), float(line or 0), 1
    )
    begin, end = nights[0].at, nights[-1].at
    span = max((end - begin).total_seconds(), 1)

    def x(moment: datetime) -> float:
        return LEFT + (moment - begin).total_seconds() / span * (WIDTH - LEFT - RIGHT)

    def y(number: float) -> float:
        return TOP + (1 - number / top) * (HEIGHT - TOP - BOTTOM)

    upper = " ".join(f"{x(one.at):.1f},{y(float(one.possible)):.1f}" for one in nights)
    lower = " ".join(f"{x(one.at):.1f},{y(float(one.proven)):.1f}" for one in reversed(nights))
    parts = [*_scale(top, y), element("polygon", points=f"{upper} {lower}", class_="open")]
    parts.append(element("polyline", points=lower, class_="proven"))
    if line is not None:
        at = y(float(line))
        parts.append(element("line", x1=LEFT, x2=WIDTH - RIGHT, y1=at, y2=at, class_="line"))
    parts.append(element("circle", cx=x(end), cy=y(float(nights[-1].proven)), r=4, class_="now"))
    zone = assessment.campus.school.timezone
    for moment, anchor in ((begin, "start"), (end, "end")):
        parts.append(element("text", stamp(moment, zone)[:10], x=x(moment), y=HEIGHT - 10, text_anchor=anchor))
    return drawing(WIDTH, HEIGHT, words, *parts, class_="trend")


def _scale(top: float, y: Callable[[float], float]) -> Iterator[Markup]:
    """Rulers at round numbers of points."""
    step = next((one for one in (0.5, 1, 2, 5, 10, 20, 25, 50) if top / one <= TICKS), 100)
    for n in range(int(top / step) + 1):
        at = y(n * step)
        yield element("line", x1=LEFT, x2=WIDTH - RIGHT, y1=at, y2=at, class_="ruler")
        yield element("text", f"{n * step:g}", x=LEFT - 8, y=at + 5, text_anchor="end", class_="scale")
