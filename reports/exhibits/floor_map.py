"""Maps of Wi-Fi coverage: each floor and band with what is met, not met and not determined, and the points of it."""

from __future__ import annotations

import math
from base64 import b64encode
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from markupsafe import Markup

from probes.kinds import FloorPlan
from probes.text import Text, text
from reports.exhibits.exhibit import Exhibit, Grid, Key, Material, Plate, Row, limited
from reports.exhibits.floor_sentences import astray, floor_name, sentences, share, unmapped, walked
from reports.exhibits.floor_words import Words
from reports.polish import cut
from reports.svg import drawing, element, number
from rules.access_points import Air
from rules.wifi import Asked, asked_by
from rules.wifi_map.floors import BEST, UNHEARD_DBM, FloorPoints, Reading, floor_points

if TYPE_CHECKING:
    from rules.wifi_map.coverage import CoverageMap

WIDTH = 880.0
TALLEST = 900.0
MARGIN = 10.0
FOOT = 34.0
LONGEST_LABEL = 14
BARS_M = (1, 2, 5, 10, 20, 50, 100)
STATES = ((1, "met"), (0, "unmet"), (-1, "unsure"))
DRAWN = frozenset(state for state, _ in STATES)
LITTLE = 0.05
"""A place with more of its area not met than this is shown as bad, with more not determined as doubtful."""
FLOORS_DRAWN = 40
PLAN_OPACITY = "0.45"


@dataclass(frozen=True)
class Sheet:
    """How metres of a floor become lengths of the drawing."""

    on: FloorPoints

    @property
    def scale(self) -> float:
        """Lengths for a metre."""
        return min((WIDTH - 2 * MARGIN) / self.on.width_m, TALLEST / self.on.height_m)

    def at(self, x_m: float, y_m: float) -> tuple[float, float]:
        """Where a position of the floor is drawn."""
        return MARGIN + x_m * self.scale, MARGIN + y_m * self.scale

    @property
    def height(self) -> float:
        """Of the whole drawing, with the scale below."""
        return self.on.height_m * self.scale + 2 * MARGIN + FOOT


def floor_maps(material: Material) -> Exhibit | None:
    """A drawing for each floor and band, and a table of the places whose outline is known."""
    asked = asked_by(material.edition.assessment.rubric)
    floors = floor_points(material.campus, material.edition.assessment.observations.values())
    measured = [one for one in floors if one.bands()][:FLOORS_DRAWN]
    without = [one for one in floors if one.readings and not one.bands()][:FLOORS_DRAWN]
    outside = [one for one in floors if one.beyond or one.beside][:FLOORS_DRAWN]
    if asked is None or not (measured or without or outside):
        return None
    from rules.wifi_map.coverage import coverage_maps  # noqa: PLC0415  numpy costs 0.2 s

    say = material.say
    air = Air(material.latest("access_point").values(), material.latest("access_point_count").values())
    plates: list[Plate] = []
    rows: list[Row] = []
    said = [say(sentence) for one in outside for sentence in astray(one)]
    said += [say(unmapped(one)) for one in without]
    for floor_number, on in enumerate(measured, 1):
        maps = coverage_maps(on, material.campus, asked)
        gone = _gone(material, on, air)
        said += [say(sentence) for sentence in sentences(material, on, maps[0], gone)]
        plates += [_plate(material, on, one, floor_number, asked, gone) for one in maps]
        rows += _rows(material, on, maps[0])
    shown, more = limited(rows)
    names = text("Place"), text("Floor"), text("met"), text("not met"), text("not determined")
    return Exhibit(
        "floors",
        say(text("Maps of Wi-Fi coverage")),
        tuple(said),
        tuple(plates),
        Grid(tuple(say(one) for one in names), shown, more) if rows else None,
        tuple(_keys(material, asked, measured, air)) if measured else (),
        note=say(
            text(
                "Between its points a map is an estimate (kriging). It decides only where the estimate is safe; the"
                " rest is not determined, nor is what lies outside the points. Places are judged by their points alone."
            )
        ),
        folded=True,
    )


def _gone(material: Material, on: FloorPoints, air: Air) -> frozenset[str]:
    """The access points of a floor that have fallen, or are not listed any more, since it was walked."""
    since = walked(material, on)
    return frozenset(one.name for one in on.floor.access_point if any(air.gone_since(one.name, since)))


def _band(band: str) -> Text:
    return text("strongest of all bands") if band == BEST else text("{band} GHz", band=band)


def _plate(  # noqa: PLR0913, PLR0917  what is drawn, and by what it is judged
    material: Material, on: FloorPoints, one: CoverageMap, floor_number: int, asked: Asked, gone: Collection[str]
) -> Plate:
    say, sheet = material.say, Sheet(on)
    title = f"{cut(floor_name(on), 40)} · {say(_band(one.band))}"
    words = say(
        text("nothing is decided: {why}", why=one.undecided)
        if one.undecided is not None
        else text(
            "{met} met, {unmet} not met, {unsure} not determined; error at points left out {error} dB",
            met=share(one.area.met, one.area),
            unmet=share(one.area.not_met, one.area),
            unsure=share(one.area.undetermined, one.area),
            error="–" if one.left_out_db is None else f"{one.left_out_db:.1f}",
        )
    )
    # On a phone not all words have room: the names of places come first, then the points, then the access points.
    words_there = Words()
    outlines = [*_outlines(material, on, sheet, words_there)]
    points = [*_points(on.readings, one.band, sheet, asked, material, words_there)]
    parts = [
        *_picture(material, on, sheet, floor_number, first=one.band == BEST),
        *_within(on, sheet, f"outline-{floor_number}-{one.band.replace('.', '')}", [*_areas(one, sheet)]),
        *outlines,
        *_access_points(on, one, sheet, words_there, gone),
        *points,
        *_scale_bar(sheet),
    ]
    return Plate(title, drawing(WIDTH, sheet.height, f"{title} · {words}", *parts, class_="floor"), words)


def _picture(material: Material, on: FloorPoints, sheet: Sheet, floor_number: int, *, first: bool) -> Iterator[Markup]:
    """The plan, once in the page and repeated by reference; an image may neither run nor load anything."""
    value = None if on.plan is None else on.plan.value
    data = material.edition.raw.get(value.picture) if isinstance(value, FloorPlan) else None
    if not isinstance(value, FloorPlan) or not data:
        return
    name = f"plan-{floor_number}"
    if not first:
        yield element("use", href=f"#{name}")
        return
    address = f"data:{value.media_type};base64,{b64encode(data).decode()}"
    x, y = sheet.at(0, 0)
    size = {"width": value.width_m * sheet.scale, "height": value.height_m * sheet.scale}
    yield element("image", id=name, x=x, y=y, **size, href=address, preserveAspectRatio="none", opacity=PLAN_OPACITY)


def _within(on: FloorPoints, sheet: Sheet, name: str, areas: Sequence[Markup]) -> Iterator[Markup]:
    """Areas cut along the floor's outline, where it has one."""
    if on.floor.outline is None:
        yield from areas
        return
    yield element("clipPath", element("polygon", points=_corners(on.floor.outline, sheet)), id=name)
    yield element("g", *areas, clip_path=f"url(#{name})")


def _corners(outline: Sequence[tuple[float, float]], sheet: Sheet) -> str:
    return " ".join(f"{number(x)},{number(y)}" for x, y in (sheet.at(*corner) for corner in outline))


def _areas(one: CoverageMap, sheet: Sheet) -> Iterator[Markup]:
    """Each state as one path of rows of cells, and a line between states."""
    size = one.cell_m * sheet.scale
    grid = [[int(state) for state in row] for row in one.states]
    bounds = sheet.at(sheet.on.width_m, sheet.on.height_m)
    for state, class_ in STATES:
        path = "".join(_bar(run, size, bounds) for run in _runs(grid, state))
        if path:
            yield element("path", d=path, class_=class_)
    edges = _edges(grid, size, bounds)
    if edges:
        yield element("path", d=edges, class_="border")


def _runs(grid: Sequence[Sequence[int]], state: int) -> Iterator[tuple[int, int, int]]:
    """Row, first column and the one after the last, of neighbours in that state."""
    for row, cells in enumerate(grid):
        start: int | None = None
        for column, cell in enumerate((*cells, None)):
            if cell == state and start is None:
                start = column
            elif cell != state and start is not None:
                yield row, start, column
                start = None


def _bar(run: tuple[int, int, int], size: float, bounds: tuple[float, float]) -> str:
    row, start, end = run
    left, top = MARGIN + start * size, MARGIN + row * size
    right, bottom = min(MARGIN + end * size, bounds[0]), min(top + size, bounds[1])
    across, down = number(right - left), number(bottom - top)
    return f"M{number(left)} {number(top)}h{across}v{down}h-{across}z"


def _edges(grid: Sequence[Sequence[int]], size: float, bounds: tuple[float, float]) -> str:
    """The lines between cells of different states."""
    found = []
    for row, (above, below) in enumerate(pairwise(grid), 1):
        differ = [_apart(a, b) for a, b in zip(above, below, strict=True)]
        for _, start, end in _runs([differ], state=True):
            left, right = MARGIN + start * size, min(MARGIN + end * size, bounds[0])
            found.append(f"M{number(left)} {number(MARGIN + row * size)}h{number(right - left)}")
    columns = list(zip(*grid, strict=True))
    for column, (left_, right_) in enumerate(pairwise(columns), 1):
        differ = [_apart(a, b) for a, b in zip(left_, right_, strict=True)]
        for _, start, end in _runs([differ], state=True):
            top, bottom = MARGIN + start * size, min(MARGIN + end * size, bounds[1])
            found.append(f"M{number(MARGIN + column * size)} {number(top)}v{number(bottom - top)}")
    return "".join(found)


def _apart(one: int, other: int) -> bool:
    """Whether a line runs between two cells; where one is not on the floor its outline does."""
    return one != other and one in DRAWN and other in DRAWN


def _outlines(material: Material, on: FloorPoints, sheet: Sheet, words: Words) -> Iterator[Markup]:
    edge = on.floor.outline or ((0, 0), (on.width_m, 0), (on.width_m, on.height_m), (0, on.height_m))
    yield element("polygon", points=_corners(edge, sheet), class_="outer")
    for one in on.floor.place:
        corners = [sheet.at(*corner) for corner in one.outline]
        yield element("polygon", points=_corners(one.outline, sheet), class_="room")
        left, right, top = min(x for x, _ in corners), max(x for x, _ in corners), min(y for _, y in corners)
        name = cut(material.name(f"place:{one.id}"), LONGEST_LABEL)
        yield words.name(name, left + 5, top + 2, class_="name", most=right - left)


def _access_points(
    on: FloorPoints, one: CoverageMap, sheet: Sheet, words: Words, gone: Collection[str]
) -> Iterator[Markup]:
    """Each as a triangle, hollow where the points show nothing of it; one that has gone stands on its head."""
    for ap in on.floor.access_point:
        if one.band != BEST and one.band not in ap.bands_ghz:
            continue
        x, y = sheet.at(*ap.at)
        class_ = "ap gone" if ap.name in gone else "ap silent" if ap.name in one.silent else "ap"
        shape = f"M{x:.1f} {y + 6:.1f}l9-15h-18z" if ap.name in gone else f"M{x:.1f} {y - 9:.1f}l9 15h-18z"
        yield element("path", element("title", cut(ap.name, 40)), d=shape, class_=class_)
        yield words.name(cut(ap.name, LONGEST_LABEL), x, y + 9, class_="apname", centred=True)


def _points(  # noqa: PLR0913, PLR0917  what was read, where it is drawn, and by what it is judged
    readings: Sequence[Reading], band: str, sheet: Sheet, asked: Asked, material: Material, words: Words
) -> Iterator[Markup]:
    """Each point by whether it is as strong as asked there, with its dBm where that is legible; the weakest first.

    One whose percentages could turn that is neither: a ring, with the least that it can be.
    """
    weak, strong, open_ = "", "", ""
    labels: list[Markup] = []
    for one in sorted(readings, key=lambda one: (one.dbm.get(band, -math.inf), one.y_m, one.x_m)):
        (x, y), dbm = sheet.at(one.x_m, one.y_m), one.dbm.get(band)
        limit, most = asked.at(material.campus, f"place:{one.place}"), one.at_most.get(band)
        if dbm is not None and dbm >= limit:
            strong += f"M{number(x - 4)} {number(y)}a4 4 0 1 0 8 0a4 4 0 1 0-8 0z"
        elif most is not None and most >= limit:
            open_ += f"M{number(x - 4)} {number(y)}a4 4 0 1 0 8 0a4 4 0 1 0-8 0z"
        else:
            weak += f"M{number(x - 5)} {number(y - 5)}l10 10m0-10l-10 10"
        labels += words.level(_level(dbm, most), x, y)
    paths = (weak, "weak"), (strong, "strong"), (open_, "open")
    yield from (element("path", d=path, class_=class_) for path, class_ in paths if path)
    yield from labels


def _level(dbm: float | None, most: float | None) -> str:
    if dbm is None or dbm <= UNHEARD_DBM:
        return "–" if most is None else "%"
    return f"{dbm:.0f}" if most is None else f"≥{dbm:.0f}"


def _scale_bar(sheet: Sheet) -> Iterator[Markup]:
    metres = max((one for one in BARS_M if one * sheet.scale <= WIDTH / 4), default=BARS_M[0])
    y, right = sheet.height - 16, MARGIN + metres * sheet.scale
    yield element("path", d=f"M{MARGIN:g} {y - 6:.1f}v6H{right:.1f}v-6", class_="ruler")
    yield element("text", f"{metres} m", x=right + 8, y=y + 2, class_="metres")


def _rows(material: Material, on: FloorPoints, best: CoverageMap) -> Iterator[Row]:
    links: dict[str, list[str]] = {}
    for reading in on.readings:
        links.setdefault(reading.place, []).extend(reading.observations[:1])
    for id_, area in best.places.items():
        whole = area.whole or 1
        tone = "bad" if area.not_met / whole > LITTLE else "doubt" if area.undetermined / whole > LITTLE else ""
        shares = (share(square, area) for square in (area.met, area.not_met, area.undetermined))
        yield Row(
            (material.name(f"place:{id_}"), cut(floor_name(on), 30), *shares), tuple(links.get(id_, ())[:3]), tone
        )


def _keys(material: Material, asked: Asked, floors: Sequence[FloorPoints], air: Air) -> Iterator[Key]:
    say = material.say
    limits = {"room": f"{asked.room_dbm:g}", "wide": f"{asked.wide_dbm:g}"}
    yield Key("met", say(text("met: at least {room} dBm, {wide} dBm in large and outdoor places", **limits)))
    yield Key("unmet", say(text("not met")))
    yield Key("unsure", say(text("not determined")))
    yield Key("strong", say(text("point as strong as asked, with its dBm")))
    yield Key("weak", say(text("point that is weaker")))
    if any(one.at_most for on in floors for one in on.readings):
        yield Key("open", say(text("point where percentages leave it open")))
    if any(one.floor.access_point for one in floors):
        yield Key("apkey", say(text("access point; hollow where the points show nothing of it")))
    if any(_gone(material, one, air) for one in floors):
        yield Key("gonekey", say(text("access point that has gone since the survey")))
