"""Words on a map of coverage: which are legible where it is as wide as a page, and which where a phone shrinks it.

A drawing shrinks with its words. On a phone the style sheet writes them larger (``NARROW``) and leaves those out that
are of class ``roomy``: they would lie upon others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from unicodedata import east_asian_width

from markupsafe import Markup

from reports.svg import element

WIDE, NARROW = 12.0, 28.0
"""Heights of letters in lengths of the drawing, as ``exhibits.css`` has them."""
LEVEL_WIDTH, LEVEL_HEIGHT = 30.0, 24.0
"""Space for a level and its point where the map is wide."""
ABOVE = 7.0
_LATIN_EM = 0.6

Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""


@dataclass
class Words:
    """What was written on one map so far: points with their levels, and the boxes of what a phone shows."""

    levels: list[tuple[float, float]] = field(default_factory=list)
    narrow: list[Box] = field(default_factory=list)

    def name(  # noqa: PLR0913  what it says, where, and as what
        self, said: str, x: float, top: float, *, class_: str, most: float | None = None, centred: bool = False
    ) -> Markup:
        """A name below ``top``, from ``x`` on or around it; a phone shows it if it is no wider than ``most``."""
        wide = width(said, NARROW)
        left = x - wide / 2 if centred else x
        fits = (most is None or wide <= most) and self._place((left, top, left + wide, top + NARROW))
        return element("text", said, x=x, y=top, class_=class_ if fits else f"{class_} roomy")

    def level(self, said: str, x: float, y: float) -> Sequence[Markup]:
        """What was read at a point, above it; nothing where others are too near."""
        if any(abs(x - a) <= LEVEL_WIDTH and abs(y - b) <= LEVEL_HEIGHT for a, b in self.levels):
            return ()
        self.levels.append((x, y))
        half = width(said, NARROW) / 2
        fits = self._place((x - half, y - ABOVE - NARROW, x + half, y + ABOVE))
        return (element("text", said, x=x, y=y - ABOVE, class_="dbm" if fits else "dbm roomy"),)

    def _place(self, box: Box) -> bool:
        """Take the room of a box, if nothing is there."""
        left, top, right, bottom = box
        if any(left < one[2] and one[0] < right and top < one[3] and one[1] < bottom for one in self.narrow):
            return False
        self.narrow.append(box)
        return True


def width(said: str, height: float) -> float:
    """About how wide words are in letters of that height.

    >>> width("-62", 10.0), width("图书馆", 10.0)
    (18.0, 30.0)
    """
    return height * sum(1.0 if east_asian_width(one) in {"W", "F"} else _LATIN_EM for one in said)
