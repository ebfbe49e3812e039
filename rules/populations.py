"""Who is asked about: the members of a population, taken from the campus.

A member is what a share counts: a classroom, a required kind of log, a required role. Behind it stand one or more
entities (two firewalls in one role), each of which has its own subject for every kind of observation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from probes.campus import Campus, Place, PlaceKind, Uplink, subject_of
from probes.observation import Observation
from probes.text import Text, in_its_words, listed, text
from rules.rubric import Fact

CLASSROOMS = frozenset({PlaceKind.CLASSROOM, PlaceKind.SMART_CLASSROOM})
PUBLIC_AREAS = frozenset(
    {PlaceKind.LIBRARY, PlaceKind.ACTIVITY, PlaceKind.ADMINISTRATION, PlaceKind.CANTEEN, PlaceKind.DORMITORY}
)
# 1.1.2 speaks of the main teaching, office and activity places (主要教学、办公、活动场所); a place's ``wifi`` wins.
WIFI_PLACES = CLASSROOMS | {
    PlaceKind.COMPUTER_ROOM,
    PlaceKind.LABORATORY,
    PlaceKind.RECORDING_ROOM,
    PlaceKind.OFFICE,
    PlaceKind.ADMINISTRATION,
    PlaceKind.MEETING,
    PlaceKind.ACTIVITY,
    PlaceKind.LIBRARY,
    PlaceKind.HALL,
    PlaceKind.GYM,
}
PLACES: Mapping[str, Callable[[Place], bool]] = {
    "classrooms": lambda place: place.kind in CLASSROOMS,
    "smart_classrooms": lambda place: place.kind is PlaceKind.SMART_CLASSROOM,
    "wifi_places": lambda place: place.kind in WIFI_PLACES if place.wifi is None else place.wifi,
    "public_areas": lambda place: place.kind in PUBLIC_AREAS,
}

MOST_NAMED = 5
ONE_BY_ONE = frozenset({"equipment", "systems"})

NOT_NAMED = text("the inventory does not name it")
NO_LOG_SOURCE = text("the inventory names no log source with these records")


@dataclass(frozen=True, slots=True)
class Entity:
    """One thing under one name: the subject of each kind of observation about it.

    Attributes:
        subject: for every kind that ``by_kind`` does not name.
        by_kind: other subjects; an empty tuple says that nothing can be observed, because the inventory lacks the map.
        where: fields that an observation must have to be about this entity at all.
        via: the observations by which the other subjects were found where the inventory lacks the map.
    """

    subject: str | None
    by_kind: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    where: Mapping[str, str] = field(default_factory=dict)
    via: tuple[str, ...] = ()

    def subjects(self, kind: str) -> tuple[str, ...] | None:
        """The subjects to look for; ``None`` means any subject of the kind."""
        if kind in self.by_kind:
            return self.by_kind[kind]
        return None if self.subject is None else (self.subject,)


@dataclass(frozen=True, slots=True)
class Member:
    """What a share counts as one.

    Attributes:
        combine: whether any of the entities suffices, or all of them must hold.
        absent: why there can be no observation, where the inventory names no entity.
    """

    id: str
    label: str
    entities: tuple[Entity, ...]
    combine: Literal["any", "all"] = "any"
    absent: Text = NOT_NAMED


def members(
    fact: Fact, campus: Campus, port_found: Callable[[str], Observation | None] = lambda _: None
) -> tuple[Member, ...]:
    """The members of a fact's population.

    Args:
        fact: names the population and, where it asks for roles or kinds, which (``of``).
        campus: what the inventory describes.
        port_found: the observation that found the port of a place by forwarding tables, if there is one; it is asked
            where the inventory gives no port.
    """
    if fact.population in PLACES:
        wanted = PLACES[fact.population]
        return tuple(_place(place, port_found) for place in campus.place if wanted(place))
    if fact.of and fact.population not in ONE_BY_ONE:
        return tuple(_asked_for(fact, wanted, campus) for wanted in fact.of)
    whole = Member("campus", "campus", (Entity("campus", {"trace": ("control:trace",)}),))
    listed: dict[str, Callable[[], Iterable[Member]]] = {
        "campus": lambda: [whole],
        "uplinks": lambda: (_uplink(uplink) for uplink in campus.uplink),
        "cameras": lambda: (_single(subject_of(camera), camera.name or camera.id) for camera in campus.camera),
        "equipment": lambda: (_single(one.id, one.name or one.id) for one in campus.device if _of(one.role, fact)),
        "systems": lambda: (
            _single(subject_of(one), one.name or one.id) for one in campus.service if _of(one.what, fact)
        ),
    }
    return tuple(listed[fact.population]()) if fact.population in listed else ()


def excused(fact: Fact, campus: Campus) -> Text | None:
    """The places that would be asked about, but for the inventory's bare word that they need no Wi-Fi."""
    if fact.population != "wifi_places":
        return None
    names = [one.name or one.id for one in campus.place if one.kind in WIFI_PLACES and one.wifi is False]
    if not names:
        return None
    return text(
        "the inventory leaves out {n} places, as needing no Wi-Fi: {names}",
        n=len(names),
        names=listed([in_its_words(one) for one in names], most=MOST_NAMED),
    )


def _of(kind: str, fact: Fact) -> bool:
    return not fact.of or kind in fact.of


def _single(subject: str, label: str) -> Member:
    return Member(subject, label, (Entity(subject),))


def _place(place: Place, port_found: Callable[[str], Observation | None]) -> Member:
    found = None if place.port else port_found(subject_of(place))
    port = (place.port,) if place.port else (found.subject,) if found is not None else ()
    via = (found.id,) if found is not None else ()
    entity = Entity(subject_of(place), {"port": port, "host": place.terminals}, via=via)
    return Member(subject_of(place), place.name or place.id, (entity,))


def _uplink(uplink: Uplink) -> Member:
    entity = Entity(subject_of(uplink), {"port": (uplink.port,) if uplink.port else ()})
    return Member(subject_of(uplink), uplink.name or uplink.id, (entity,))


def _asked_for(fact: Fact, wanted: str, campus: Campus) -> Member:
    """One member for a role, record type or kind of service that the rubric asks for."""
    combine: Literal["any", "all"] = "all" if fact.each else "any"
    match fact.population:
        case "controls":
            return Member(f"control:{wanted}", wanted, (Entity(None, where={"what": wanted}),))
        case "devices":
            devices = tuple(Entity(device.id) for device in campus.device if device.role == wanted)
            return Member(f"role:{wanted}", wanted, devices, combine)
        case "logs":
            logs = tuple(Entity(subject_of(log)) for log in campus.log_source if wanted in log.records)
            # A second firewall's log does not make up for the first one's: every source is judged.
            return Member(f"records:{wanted}", wanted, logs, "all", NO_LOG_SOURCE)
        case _:
            services = tuple(Entity(subject_of(service)) for service in campus.service if service.what == wanted)
            return Member(f"service-kind:{wanted}", wanted, services, combine)
