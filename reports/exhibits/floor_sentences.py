"""What is said of a floor's map: its areas, what was left out of it and why, and why nothing is decided."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from probes.text import Text, text
from reports.exhibits.exhibit import Material
from reports.polish import cut
from rules.calendar import local_day
from rules.wifi_map.floors import FloorPoints

if TYPE_CHECKING:
    from rules.wifi_map.coverage import Area, CoverageMap


def astray(on: FloorPoints) -> Iterator[Text]:
    """How many points lie outside of the floor."""
    if on.beyond:
        yield text(
            "{floor}: {n} points lie outside of its {width} by {height} m and are left out: are their positions in"
            " metres from the plan's top left corner?",
            floor=cut(floor_name(on), 40),
            n=on.beyond,
            width=f"{on.width_m:g}",
            height=f"{on.height_m:g}",
        )
    if on.beside:
        yield text(
            "{floor}: {n} points lie outside of its outline and are left out.",
            floor=cut(floor_name(on), 40),
            n=on.beside,
        )


def unmapped(on: FloorPoints) -> Text:
    """Why a floor with points has no map: nothing was heard there, or nothing that is a signal strength."""
    name, n = cut(floor_name(on), 40), len(on.readings)
    if any(one.untold for one in on.readings):
        return text(
            "{floor}: its {n} points only told percentages, which are no signal strength: survey with another system or"
            " card.",
            floor=name,
            n=n,
        )
    return text("{floor}: none of its {n} points heard the school's network.", floor=name, n=n)


def floor_name(on: FloorPoints) -> str:
    """What people call the floor."""
    floor = on.floor
    return floor.name or f"{floor.building} {floor.label}".strip()


def walked(material: Material, on: FloorPoints) -> datetime:
    """When the newest of a floor's points was measured: a map grows old without looking it."""
    seen = material.edition.assessment.observations
    return max(seen[id_].taken_at for one in on.readings for id_ in one.observations)


def sentences(material: Material, on: FloorPoints, best: CoverageMap, gone: Collection[str]) -> Iterator[Text]:
    """What a floor's map shows, ``best`` being that of the strongest signal, and what is to be known beside it."""
    name, area = cut(floor_name(on), 40), best.area
    if best.undecided is not None:
        yield text("{floor}: nothing is decided: {why}.", floor=name, why=best.undecided)
    else:
        yield text(
            "{floor}: of {area} m², {met} are met, {unmet} not met, {unsure} not determined; {n} points, the last of"
            " {date}, error at points left out {error} dB.",
            floor=name,
            area=f"{area.whole:.0f}",
            met=share(area.met, area),
            unmet=share(area.not_met, area),
            unsure=share(area.undetermined, area),
            n=len(on.readings),
            date=local_day(walked(material, on), material.campus.school.timezone).isoformat(),
            error="–" if best.left_out_db is None else f"{best.left_out_db:.1f}",
        )
    percent = sum(bool(one.untold) for one in on.readings)
    if percent:
        yield text(
            "{floor}: of {n} points some radios only told percentages, which are no signal strength; what only these"
            " could decide is not determined.",
            floor=name,
            n=percent,
        )
    if best.silent:
        names = ", ".join(cut(one, 30) for one in best.silent[:8])
        yield text("{floor}: the points show nothing of these access points: {names}.", floor=name, names=names)
    if gone:
        yield text(
            "{floor}: since it was walked, these access points have gone: {names}. Around them the map only shows what"
            " was then.",
            floor=name,
            names=", ".join(cut(one, 30) for one in sorted(gone)[:8]),
        )
    missing = "" if on.floor.plan is None or on.plan is not None or material.edition.redacted else on.floor.id
    if missing:
        yield text("{floor}: its plan could not be used.", floor=name)


def share(square_m: float, area: Area) -> str:
    """An area, and its share of the whole."""
    return f"{square_m:.0f} m² ({square_m / area.whole if area.whole else 0:.0%})"
