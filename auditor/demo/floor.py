"""A floor of the demo's school: its rooms on a plan, three access points, and how they are heard anywhere on it.

Signals fall by the laws that they follow indoors, with walls and with shadows of their own; so the map of this floor
decides most of it, is in doubt on some, and finds a far end that 5 GHz hardly reaches.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Any
from zlib import crc32

BUILDING, LABEL = "教学楼B", "1"
PLAN = "plans/building-b-1.svg"
WIDTH_M, HEIGHT_M = 33.0, 18.4
_PIXELS_A_METRE = 20
_LENGTH_M, _DEPTH_M = 9.0, 8.0
_LOWER_M = HEIGHT_M - _DEPTH_M
_AT_1M_DBM, _EXPONENT, _WALL_DB, _ABOVE_M = -36.0, 2.6, 5.0, 2.0
_SHADOW_DB, _SHADOW_M = 2.2, 3.1


@dataclass(frozen=True)
class HungPoint:
    """An access point: its name, where it hangs in metres, the last bytes of its BSSIDs, its channel on 5 GHz.

    ``serves`` are the rooms that hear it best; it hangs in the first of them.
    """

    name: str
    x_m: float
    y_m: float
    base: str
    channel: int
    serves: tuple[str, ...]


CORNERS: dict[str, tuple[float, float]] = {
    **{f"B-10{n + 1}": (n * _LENGTH_M, 0.0) for n in range(3)},
    **{f"B-10{n + 4}": (n * _LENGTH_M, _LOWER_M) for n in range(3)},
}
"""The top left corner of each room; three on each side of a corridor, and a staircase at the end."""
ACCESS_POINTS = (
    HungPoint("ap-b101", 4.5, 4.0, "b1:01", 36, ("B-101", "B-102")),
    HungPoint("ap-b103", 21.5, 3.0, "b1:03", 44, ("B-103", "B-102")),
    HungPoint("ap-b105", 12.0, 13.6, "b1:05", 149, ("B-105", "B-104", "B-106")),
)


def entry() -> dict[str, Any]:
    """The floor as the inventory says it."""
    return {
        "id": "B-1F",
        "name": "教学楼B 一层",
        "building": BUILDING,
        "floor": LABEL,
        "plan": PLAN,
        "metres_per_pixel": 1 / _PIXELS_A_METRE,
        "place": [{"id": id_, "outline": _outline(*corner)} for id_, corner in CORNERS.items()],
        "access_point": [{"name": one.name, "at": [one.x_m, one.y_m]} for one in ACCESS_POINTS],
    }


def spots(room: str) -> tuple[tuple[float, float], ...]:
    """Where the surveyor stood in a room: in three rows of two, also at the back."""
    left, top = CORNERS[room]
    return tuple((left + across, top + down) for down in (1.3, 4.1, 6.8) for across in (1.6, 7.3))


def heard_dbm(hung: HungPoint, x_m: float, y_m: float, *, low_band: bool) -> float:
    """What a laptop hears of an access point there, on average."""
    away = math.sqrt((x_m - hung.x_m) ** 2 + (y_m - hung.y_m) ** 2 + _ABOVE_M**2)
    walls = _walls((hung.x_m, hung.y_m), (x_m, y_m))
    turned = crc32(hung.name.encode()) % 100 / 16
    shadow = _SHADOW_DB * (math.sin(x_m / _SHADOW_M + turned) + math.sin(y_m / _SHADOW_M - turned))
    stronger = 4.0 if low_band else 0.0
    return _AT_1M_DBM - 10 * _EXPONENT * math.log10(away) - _WALL_DB * walls + shadow + stronger


def plan_svg() -> str:
    """The plan as somebody would have drawn it."""
    scale = _PIXELS_A_METRE
    width, height = (round(side * scale) for side in (WIDTH_M, HEIGHT_M))
    rooms = "".join(
        f'<rect x="{left * scale:g}" y="{top * scale:g}" width="{_LENGTH_M * scale:g}" height="{_DEPTH_M * scale:g}"/>'
        f'<path d="M{(left + 1) * scale:g} {(_DEPTH_M if top == 0 else _LOWER_M) * scale:g}h{scale}" class="door"/>'
        for left, top in CORNERS.values()
    )
    steps = "".join(f"M{(28 + n / 2) * scale:g} {scale}v{5 * scale}" for n in range(9))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
        "<style>rect,path{fill:none;stroke:#555;stroke-width:4}.door{stroke:#fff;stroke-width:6}"
        ".steps{stroke:#999;stroke-width:2}</style>"
        f'<rect x="2" y="2" width="{width - 4}" height="{height - 4}"/>{rooms}<path class="steps" d="{steps}"/></svg>'
    )


def _outline(left: float, top: float) -> list[list[float]]:
    right, bottom = left + _LENGTH_M, top + _DEPTH_M
    return [[left, top], [right, top], [right, bottom], [left, bottom]]


def _walls(one: tuple[float, float], other: tuple[float, float]) -> int:
    """How many walls the straight way passes, by walking along it."""
    steps = 60
    places = [_room(*(a + (b - a) * n / steps for a, b in zip(one, other, strict=True))) for n in range(steps + 1)]
    return sum(before != after for before, after in pairwise(places))


def _room(x_m: float, y_m: float) -> str:
    inside = (
        id_
        for id_, (left, top) in CORNERS.items()
        if left <= x_m < left + _LENGTH_M and top <= y_m < top + _DEPTH_M
    )  # fmt: skip
    return next(inside, "")
