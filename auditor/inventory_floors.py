"""What must hold of ``[[floor]]`` and no type says: a size or a scale, places that exist, outlines that lie on it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from auditor.inventory_links import Slip, Tables, unknown
from probes.text import text
from probes.written.tomlfile import quoted
from probes.written.tomlscan import Path

PLANS = (".png", ".svg", ".pdf")


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


def _positions(path: Path, entry: Mapping[str, Any]) -> Iterator[tuple[Path, tuple[float, float]]]:
    for table, key in (("place", "outline"), ("access_point", "at")):
        several = entry.get(table)
        for number, one in enumerate(several if isinstance(several, list) else ()):
            given = one.get(key) if isinstance(one, Mapping) else None
            corners = [given] if key == "at" else given if isinstance(given, list) else []
            for corner in corners:
                right, down = map(_number, corner) if isinstance(corner, list) and len(corner) == 2 else (None, None)  # noqa: PLR2004  right and down
                if right is not None and down is not None:
                    yield (*path, table, number, key), (right, down)


def _number(value: object) -> float | None:
    """Of what a TOML file holds; there a number with a decimal point is a ``Decimal``."""
    return float(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else None
