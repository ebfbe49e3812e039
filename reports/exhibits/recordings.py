"""How far back the video of every camera reaches, against what is asked."""

from __future__ import annotations

from markupsafe import Markup

from probes.kinds import Recording
from probes.observation import Observation
from probes.text import text
from reports.exhibits.exhibit import Exhibit, Grid, Key, Material, Row, limited
from reports.svg import drawing, element

WIDTH, HEIGHT = 300, 16
# Half as much again as asked fills the drawing.
ROOM = 1.5
DAYS = 30


def recordings(material: Material) -> Exhibit | None:
    """Every camera or recorder that was asked."""
    latest = list(material.latest("recording").values())
    if not latest:
        return None
    say = material.say
    every = [_row(material, one) for one in latest]
    enough = sum(not row.tone for row in every)
    rows, more = limited(every)
    # 30 days, and 90 where the site is listed; the inventory says which camera stands in such a place.
    days = sorted({one.value.keep_days for one in latest if isinstance(one.value, Recording)})
    asked = " / ".join(map(str, days)) or str(DAYS)
    names = text("Camera"), text("Days kept"), text("days"), text("channels on line")
    return Exhibit(
        "recordings",
        say(text("Video recordings")),
        (say(text("{n} of {total} reach back {days} days.", n=enough, total=len(latest), days=asked)),),
        grid=Grid(tuple(say(one) for one in names), rows, more),
        keys=(Key("asked", say(text("asked: {n} days", n=asked))),),
    )


def _row(material: Material, one: Observation) -> Row:
    value, name = one.value, material.name(one.subject)
    if not isinstance(value, Recording):
        return Row((name, material.failure(one), "–", "–"), (one.id,), "doubt")
    on_line = "–" if value.channels_ok is None else str(value.channels_ok)  # ONVIF does not tell
    channels = "–" if value.channels is None else f"{on_line} / {value.channels}"
    if value.span_days is None:
        return Row((name, "–", "–", channels), (one.id,), "doubt")
    tone = "bad" if value.span_days < value.keep_days else ""
    return Row(
        (name, _bar(value.span_days, float(value.keep_days)), f"{value.span_days:.0f}", channels), (one.id,), tone
    )


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
