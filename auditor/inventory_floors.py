"""What must hold of ``[[floor]]`` and no type says: a size or a scale, places that exist, outlines that lie on it."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from auditor.inventory_links import Slip, Tables, unknown
from probes.text import text
from probes.written.tomlfile import quoted
from probes.written.tomlscan import Path
from rules.wifi_map.floors import EDGE_M, outside_by

PLANS = (".png", ".svg", ".pdf")
TRIANGLE = 3
LEAST_AREA_M2 = 0.1
MOST = sys.float_info.max

Corner = tuple[float, float]


def floors(tables: Tables) -> Iterator[Slip]:
    """Everything that is wrong in them."""
    places = tables.ids("place")
    for path, entry in tables.entries("floor"):
        yield from _plan(tables, path, entry)
        outlines = entry.get("place")
        for number, one in enumerate(outlines if isinstance(outlines, list) else ()):
            named = one.get("id") if isinstance(one, Mapping) else None
            where = (*path, "place", number, "id")
            if isinstance(named, str) and named not in places:
                yield where, unknown(tables, where, named, "place", places)
        yield from _beyond(tables, path, entry)
        yield from _areas(tables, path, entry)


def _plan(tables: Tables, path: Path, entry: Mapping[str, Any]) -> Iterator[Slip]:
    plan, scale = entry.get("plan"), entry.get("scale")
    scaled = "metres_per_pixel" in entry, "scale" in entry
    sized = "width_m" in entry and "height_m" in entry
    where = (*path, "plan" if "plan" in entry else "id")
    key = tables.document.key(where)
    if isinstance(plan, str) and not plan.lower().endswith(PLANS):
        yield where, text("{key} is {plan}; it has to be a PNG, SVG or PDF file", key=key, plan=quoted(plan))
    elif plan is not None and not any(scaled):
        sentence = text("{key}: a plan needs its scale: metres_per_pixel, or two points of reference in scale", key=key)
        yield where, sentence
    elif plan is None and not sized:
        yield where, text("{key}: a floor needs a plan with its scale, or width_m and height_m", key=key)
    if all(scaled):
        where = (*path, "scale")
        sentence = text("{key}: give the scale or metres_per_pixel, not both", key=tables.document.key(where))
        yield where, sentence
    if isinstance(scale, Mapping) and scale.get("one") == scale.get("other") and "one" in scale:
        where = (*path, "scale")
        sentence = text("{key}: its two points are the same; take two far apart", key=tables.document.key(where))
        yield where, sentence


def _beyond(tables: Tables, path: Path, entry: Mapping[str, Any]) -> Iterator[Slip]:
    """Positions that lie outside a floor whose size is given, which metres mistaken for pixels do."""
    width, height = _number(entry.get("width_m")), _number(entry.get("height_m"))
    if width is None or height is None:
        return
    for where, position in _positions(path, entry):
        right, down = position
        if right > width or down > height:
            yield (
                where,
                text(
                    "{key} is at {right} m, {down} m, outside the floor of {width} × {height} m",
                    key=tables.document.key(where),
                    right=f"{right:g}",
                    down=f"{down:g}",
                    width=f"{width:g}",
                    height=f"{height:g}",
                ),
            )


def _areas(tables: Tables, path: Path, entry: Mapping[str, Any]) -> Iterator[Slip]:
    """Outlines that enclose nothing, and places that lie outside of the floor's own."""
    edge = _corners(entry.get("outline"))
    for where, corners in (((*path, "outline"), edge), *_outlines(path, entry)):
        if len(corners) > TRIANGLE - 1 and _area(corners) < LEAST_AREA_M2:
            key = tables.document.key(where)
            yield where, text("{key} encloses no area; give its corners one after the other, all around", key=key)
    if len(edge) < TRIANGLE or _area(edge) < LEAST_AREA_M2:
        return
    for where, corners in _outlines(path, entry):
        if corners and all(outside_by(one, edge) > EDGE_M for one in (*corners, _middle(corners))):
            yield where, text("{key} lies outside of the floor's outline", key=tables.document.key(where))


def _area(corners: list[Corner]) -> float:
    """What a polygon encloses, in m²; where it crosses itself its parts are subtracted from each other."""
    turned = zip(corners, (*corners[1:], corners[0]), strict=True)
    return abs(sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in turned)) / 2


def _middle(corners: list[Corner]) -> Corner:
    x, y = zip(*corners, strict=True)
    return sum(x) / len(x), sum(y) / len(y)


def _positions(path: Path, entry: Mapping[str, Any]) -> Iterator[tuple[Path, Corner]]:
    yield from (((*path, "outline"), one) for one in _corners(entry.get("outline")))
    yield from ((where, one) for where, corners in _outlines(path, entry) for one in corners)
    several = entry.get("access_point")
    for number, one in enumerate(several if isinstance(several, list) else ()):
        yield from (
            ((*path, "access_point", number, "at"), at)
            for at in _corners([one.get("at") if isinstance(one, Mapping) else None])
        )


def _outlines(path: Path, entry: Mapping[str, Any]) -> Iterator[tuple[Path, list[Corner]]]:
    several = entry.get("place")
    for number, one in enumerate(several if isinstance(several, list) else ()):
        if isinstance(one, Mapping):
            yield (*path, "place", number, "outline"), _corners(one.get("outline"))


def _corners(given: object) -> list[Corner]:
    """Those that are positions; what is wrong with others is said elsewhere."""
    found = []
    for one in given if isinstance(given, list) else ():
        right, down = map(_number, one) if isinstance(one, list) and len(one) == 2 else (None, None)  # noqa: PLR2004  right and down
        if right is not None and down is not None:
            found.append((right, down))
    return found


def _number(value: object) -> float | None:
    """Of what a TOML file holds; there a number with a decimal point is a ``Decimal``. None beyond all floats."""
    if isinstance(value, int | Decimal) and not isinstance(value, bool) and -MOST < value < MOST:
        return float(value)
    return None
