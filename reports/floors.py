"""Floors for publication: their geometry and what was measured on it, and no picture or name of anything."""

from __future__ import annotations

from probes.campus import Floor, FloorPlace
from probes.text import text
from reports.edition import Language
from reports.language import say
from reports.pseudonyms import Pseudonyms
from rules.assessment import Assessment
from rules.wifi_map.floors import FloorPoints, floor_points


def floors_without_names(assessment: Assessment, names: Pseudonyms, language: Language) -> tuple[Floor, ...]:
    """The floors, numbered."""
    floors = floor_points(assessment.campus, assessment.observations.values())
    return tuple(_renamed(on, number, names, language) for number, on in enumerate(floors, 1))


def floors_of_places(assessment: Assessment) -> dict[str, str]:
    """By the id of a place, the other name of the floor on which its points were measured."""
    floors = floor_points(assessment.campus, assessment.observations.values())
    return {reading.place: f"f{number}" for number, on in enumerate(floors, 1) for reading in on.readings}


def _renamed(on: FloorPoints, number: int, names: Pseudonyms, language: Language) -> Floor:
    floor = on.floor
    return Floor(
        id=f"f{number}",
        name=say(text("Floor {n}", n=number), language),
        width_m=on.width_m,
        height_m=on.height_m,
        outline=floor.outline,
        place=tuple(
            FloorPlace(id=names.subject(f"place:{one.id}").partition(":")[2], outline=one.outline)
            for one in floor.place
        ),
        access_point=tuple(
            one.model_copy(update={"name": names.ids.get(("ap:", one.name), f"AP {n}")})
            for n, one in enumerate(floor.access_point, 1)
        ),
    )  # fmt: skip
