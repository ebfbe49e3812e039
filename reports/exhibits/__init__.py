"""What was observed, drawn: each exhibit stands under the category whose indicators ask for it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from reports.edition import Edition
from reports.exhibits import access_points, floor_map, log_calendar, recordings, rooms, security, switches, topology
from reports.exhibits.documents import documents
from reports.exhibits.exhibit import Exhibit, Maker, Material, home_of
from rules.rubric import Heading

# What each exhibit is drawn from, and by what. It stands under the first category that asks for one of the kinds; the
# order here is that on the page.
EXHIBITS: tuple[tuple[tuple[str, ...], Maker], ...] = (
    (("throughput",), rooms.uplinks),
    (("throughput",), rooms.rooms),
    (("port",), switches.switches),
    (("neighbour", "port"), topology.topology),
    (("radio",), access_points.signals),
    (("radio",), floor_map.floor_maps),
    (("access_point", "radio"), access_points.access_points),
    (("safeguard",), security.safeguards),
    (("control",), security.controls),
    (("log_coverage",), log_calendar.log_calendar),
    (("trace",), security.trace),
    (("clock", "log_coverage"), security.clocks),
    (("exposure", "safeguard"), security.exposures),
    (("recording",), recordings.recordings),
)
# The category of this kind shows its documents in the whole report too: rules and assessments have to be in date.
DOCUMENTED = ("log_coverage",)


def gather(edition: Edition) -> Mapping[str, tuple[Exhibit, ...]]:
    """The exhibits by the id of their category, those of the edition's section only."""
    material, found = Material(edition), defaultdict[str, list[Exhibit]](list)
    covered = {one.id for one in _covered(edition)}
    for category in _documented(edition):
        papers = documents(material, category)
        if papers is not None:
            found[category.id].append(papers)
    for kinds, make in EXHIBITS:
        home = home_of(edition, kinds)
        exhibit = make(material) if home is not None and home.id in covered else None
        if home is not None and exhibit is not None:
            found[home.id].append(exhibit)
    return {category: tuple(several) for category, several in found.items()}


def _covered(edition: Edition) -> Iterator[Heading]:
    section = edition.section
    for one in edition.assessment.rubric.category:
        if section is None or one.id == section.id or one.id.startswith(f"{section.id}."):
            yield one


def _documented(edition: Edition) -> Iterator[Heading]:
    home = home_of(edition, DOCUMENTED)
    return (one for one in _covered(edition) if edition.section is not None or one == home)


def links_of(exhibits: Mapping[str, tuple[Exhibit, ...]]) -> Iterator[str]:
    """The observations that exhibits refer to."""
    for exhibit in (one for several in exhibits.values() for one in several):
        for plate in exhibit.plates:
            yield from plate.links
        for row in exhibit.grid.rows if exhibit.grid is not None else ():
            yield from row.links
