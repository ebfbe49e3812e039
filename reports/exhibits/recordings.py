"""How far back the video of every camera reaches, against what is asked."""

from __future__ import annotations

from decimal import Decimal

from markupsafe import Markup

from probes.kinds import Recording
from probes.observation import Observation
from probes.text import text
from reports.exhibits.exhibit import Exhibit, Grid, Key, Material, Row, limited
from reports.svg import drawing, element

WIDTH, HEIGHT = 300, 16
# Half as much again as asked fills the drawing.
ROOM = 1.5


def recordings(material: Material) -> Exhibit | None:
    """Every camera or recorder that was asked."""
    latest = list(material.latest("recording").values())
    if not latest:
        return None
    asked = _asked_days(material)
    say = material.say
    rows, more = limited([_row(material, one, asked) for one in latest])
    enough = sum(not row.tone for row in rows)
    names = text("Camera"), text("Days kept"), text("days"), text("channels recording")
    return Exhibit(
        "recordings",
        say(text("Video recordings")),
        (say(text("{n} of {total} reach back {days} days.", n=enough, total=len(latest), days=f"{asked:f}")),),
        grid=Grid(tuple(say(one) for one in names), rows, more),
        keys=(Key("asked", say(text("asked: {n} days", n=f"{asked:f}"))),),
    )


def _asked_days(material: Material) -> Decimal:
    facts = (
        criterion.fact
        for indicator in material.edition.assessment.rubric.indicator
        for criterion in indicator.criterion
        if criterion.fact is not None
    )
    conditions = (one for fact in facts for one in fact.conditions if one.kind == "recording")
    return next((one.at_least for one in conditions if one.at_least is not None), Decimal(30))


def _row(material: Material, one: Observation, asked: Decimal) -> Row:
    value, name = one.value, material.name(one.subject)
    if not isinstance(value, Recording):
        return Row((name, material.failure(one), "–", "–"), (one.id,), "doubt")
    channels = "–" if value.channels is None else f"{value.channels_ok or 0} / {value.channels}"
    if value.span_days is None:
        return Row((name, "–", "–", channels), (one.id,), "doubt")
    tone = "bad" if value.span_days < asked else ""
    return Row((name, _bar(value.span_days, float(asked)), f"{value.span_days:.0f}", channels), (one.id,), tone)


def _bar(days: float, asked: float) -> Markup:
    def at(n: float) -> float:
        return min(n / (asked * ROOM), 1) * WIDTH

    return drawing(
        WIDTH,
        HEIGHT,
        "",
        element("rect", x=0, y=4, width=max(at(days), 1.0), height=8, class_="down"),
        element("line", x1=at(asked), x2=at(asked), y1=0, y2=HEIGHT, class_="asked"),
        class_="bars",
        fit="stretch",
    )
