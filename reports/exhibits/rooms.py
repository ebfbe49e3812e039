"""Throughput of every room and uplink as bars against what is asked and what the line can carry."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from markupsafe import Markup

from probes.campus import Place, Uplink, subject_of
from probes.kinds import Throughput
from probes.observation import Observation
from probes.text import text
from reports.exhibits.exhibit import Exhibit, Grid, Key, Material, Row, limited
from reports.svg import drawing, element

RATES_MBPS = (10, 100, 1_000, 2_500, 10_000)
WIDTH, HEIGHT = 300, 24
# The longest bar stands for a quarter more than the line carries, so that both marks are well inside.
ROOM = 1.25


def rooms(material: Material) -> Exhibit | None:
    """The rooms in the inventory's order."""
    return _exhibit(material, material.campus.place, "classrooms", "rooms")


def uplinks(material: Material) -> Exhibit | None:
    """The lines out of the school."""
    return _exhibit(material, material.campus.uplink, "uplinks", "uplinks")


def _exhibit(material: Material, members: Sequence[Place | Uplink], population: str, id_: str) -> Exhibit | None:
    latest = {one.subject: one for one in material.latest("throughput").values()}
    seen = [(one, latest[subject_of(one)]) for one in members if subject_of(one) in latest]
    if not seen:
        return None
    asked = asked_mbps(material, population)
    rows, more = limited([_row(material, subject_of(one), found, asked) for one, found in seen])
    title = text("Throughput of the rooms") if population == "classrooms" else text("Throughput of the uplinks")
    say = material.say
    return Exhibit(
        id_,
        say(title),
        tuple(_said(material, [found for _, found in seen], asked)),
        grid=Grid((say(text("What")), say(text("Measured")), say(text("download")), say(text("upload"))), rows, more),
        keys=tuple(_keys(material, asked, seen)),
    )


def asked_mbps(material: Material, population: str) -> Decimal | None:
    """The goodput that the rubric asks of a population."""
    facts = (
        criterion.fact
        for indicator in material.edition.assessment.rubric.indicator
        for criterion in indicator.criterion
        if criterion.fact is not None and criterion.fact.population == population
    )
    return next(
        (fact.at_least for fact in facts if fact.kind == "throughput" and fact.at_least is not None),
        None,
    )


def line_mbps(asked: Decimal | None) -> int:
    """The rate of the line that can just carry what is asked.

    >>> line_mbps(Decimal(90)), line_mbps(Decimal(900)), line_mbps(None)
    (100, 1000, 1000)
    """
    return next((rate for rate in RATES_MBPS if rate >= (asked or Decimal(1_000))), RATES_MBPS[-1])


def _said(material: Material, seen: Sequence[Observation], asked: Decimal | None) -> Iterator[str]:
    values = [one.value for one in seen if isinstance(one.value, Throughput) and one.value.down_mbps is not None]
    if asked is not None:
        enough = sum(value.down_mbps is not None and value.down_mbps >= asked for value in values)
        yield material.say(
            text("{n} of {total} measured reach {asked} Mbit/s.", n=enough, total=len(values), asked=f"{asked:f}")
        )
    if bound := sum(value.instrument.limited for value in values):
        yield material.say(
            text("For {n} the measuring machine was itself the limit: the network can do at least that.", n=bound)
        )
    if failed := len(seen) - len(values):
        yield material.say(text("{n} could not be measured.", n=failed))


def _row(material: Material, subject: str, one: Observation, asked: Decimal | None) -> Row:
    name, value = material.name(subject), one.value
    if not isinstance(value, Throughput):
        return Row((name, material.failure(one), "–", "–"), (one.id,), "doubt")
    short = asked is not None and value.down_mbps is not None and value.down_mbps < asked
    tone = "doubt" if value.instrument.limited else "bad" if short else ""
    figures = tuple("–" if rate is None else f"{rate:.1f}" for rate in (value.down_mbps, value.up_mbps))
    return Row((name, _bars(value, line_mbps(asked), asked), *figures), (one.id,), tone)


def _bars(value: Throughput, line: int, asked: Decimal | None) -> Markup:
    """Both directions as bars; a rate beyond the drawing ends in a notch, a bound of the instrument is hatched."""

    def at(mbps: float) -> float:
        return min(mbps / (line * ROOM), 1) * WIDTH

    limited_ = " limited" if value.instrument.limited else ""
    parts = []
    for rate, top, name in ((value.down_mbps, 4, "down"), (value.up_mbps, 13, "up")):
        if rate is None:
            continue
        parts.append(element("rect", x=0, y=top, width=max(at(rate), 1.0), height=7, class_=name + limited_))
        if rate > line * ROOM:
            parts.append(element("path", d=f"M{WIDTH - 14} {top - 1}l6 9h4l-6-9z", class_="beyond"))
    parts.append(element("line", x1=at(line), x2=at(line), y1=0, y2=HEIGHT, class_="carries"))
    if asked is not None:
        parts.append(element("line", x1=at(float(asked)), x2=at(float(asked)), y1=0, y2=HEIGHT, class_="asked"))
    return drawing(WIDTH, HEIGHT, "", *parts, class_="bars", fit="stretch")


def _keys(material: Material, asked: Decimal | None, seen: Sequence[tuple[object, Observation]]) -> Iterator[Key]:
    say = material.say
    yield Key("down", say(text("download")))
    yield Key("up", say(text("upload")))
    if any(isinstance(one.value, Throughput) and one.value.instrument.limited for _, one in seen):
        yield Key("limited", say(text("limited by the measuring machine")))
    if asked is not None:
        yield Key("asked", say(text("asked: {rate} Mbit/s", rate=f"{asked:f}")))
    yield Key("carries", say(text("speed of the line: {rate} Mbit/s", rate=line_mbps(asked))))
