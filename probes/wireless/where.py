"""In which place an access point hangs: by the inventory's own list, or by what it is called."""

from __future__ import annotations

import re
from collections.abc import Sequence

from probes.campus import Place

SHORTEST = 3
_SEPARATORS = re.compile(r"[\s_./\\-]+")


def place_of(name: str, location: str, places: Sequence[Place]) -> str | None:
    """The id of the place, or ``None`` where nothing or several things could be meant.

    A place that lists the access point under ``access_points`` has it. Else the id or the name of the place must stand
    in the access point's name or location, separators aside and not amid a longer number; the longest one counts.

    >>> library = Place(id="lib", kind="library", name="图书馆")
    >>> rooms = [Place(id="A-301", kind="classroom"), Place(id="A-30", kind="office"), library]
    >>> place_of("JXL-A301-AP1", "", rooms), place_of("AP17", "图书馆二楼", rooms), place_of("AP-A3010", "", rooms)
    ('A-301', 'lib', None)
    """
    listed = {place.id for place in places if name in place.access_points}
    if listed:
        return listed.pop() if len(listed) == 1 else None
    found: dict[str, int] = {}
    for place in places:
        for called in (place.id, place.name):
            length = max(_stands_in(called, said) for said in (name, location))
            found[place.id] = max(found.get(place.id, 0), length)
    longest = max(found.values(), default=0)
    best = [place for place, length in found.items() if length == longest]
    return best[0] if longest and len(best) == 1 else None


def _stands_in(called: str, said: str) -> int:
    """The length of a place's name as it stands in a text; 0 where it does not, or is too short to mean anything."""
    wanted = _SEPARATORS.sub("", called).casefold()
    if not wanted:
        return 0
    spelled = r"[\s_./\\-]*".join(map(re.escape, wanted))
    if len(wanted) < SHORTEST or (wanted.isalpha() and wanted.isascii()):
        return len(wanted) if re.fullmatch(spelled, said.casefold()) else 0
    before = r"(?<!\d)" if wanted[0].isdigit() else r"(?<![a-z])" if wanted[0].isascii() else ""
    after = r"(?!\d)" if wanted[-1].isdigit() else ""
    return len(wanted) if re.search(before + spelled + after, said.casefold()) else 0
