"""The access points as their controllers list them, and how well places hear the school's own networks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

from markupsafe import Markup

from probes.campus import subject_of
from probes.kinds import AccessPoint, Radio, SurveyPoint
from probes.observation import Observation, Status
from probes.text import text
from reports.exhibits.exhibit import LONGEST_NAME, Exhibit, Grid, Key, Material, Plate, Row, limited
from reports.exhibits.switches import natural
from reports.polish import cut
from reports.svg import boxes, drawing, element
from rules.access_points import Air
from rules.wifi import Asked, asked_by
from rules.wifi_map.floors import BANDS, BEST
from rules.wifi_points import NOTHING_DBM, medians

PITCH, SIDE, COLUMNS = 15, 12, 22
LISTED_WHOLE = 12
"""So many access points are all in the table; of more only those offline, and those that hear their clients badly."""

WIDTH, HEIGHT = 300, 22
WEAKEST_DBM, STRONGEST_DBM = -95.0, -35.0
LINKS = 2


def access_points(material: Material) -> Exhibit | None:
    """One drawing for each controller, and the table of those that are offline."""
    latest = sorted(material.latest("access_point").values(), key=lambda one: natural(one.subject))
    if not latest:
        return None
    by_controller: dict[str, list[Observation]] = defaultdict(list)
    for one in latest:
        if isinstance(one.value, AccessPoint):
            by_controller[one.value.controller].append(one)
    say = material.say
    air = Air(latest, ())
    wanted = asked_by(material.edition.assessment.rubric)
    up = {one.id: one for one in latest if _is_online(one, air)}
    clients = sum(getattr(one.value, "clients", None) or 0 for one in up.values())
    weak = {one.id for one in up.values() if wanted is not None and _hears_less(one, wanted.wide_dbm)}
    shown = [one for one in latest if len(latest) <= LISTED_WHOLE or one.id not in up or one.id in weak]
    names = (
        text("Access point"),
        text("Place"),
        text("online or not"),
        text("clients"),
        text("Clients' signal"),
        text("model"),
    )
    rows, more = limited([_row(material, one, air) for one in shown])
    return Exhibit(
        "aps",
        say(text("Access points")),
        (
            say(text("{n} of {total} access points are online, with {clients} clients.",
                     n=len(up), total=len(air.points), clients=clients)),
            *([say(text("{n} hear half of their clients at {dbm} dBm or weaker: their places may need another survey.",
                        n=len(weak), dbm=f"{wanted.wide_dbm:g}"))] if weak and wanted is not None else []),
        ),
        tuple(_plate(material, controller, own, air) for controller, own in by_controller.items()),
        Grid(tuple(say(one) for one in names), rows, more) if rows else None,
        (Key("online", say(text("online"))), Key("offline", say(text("offline")))),
    )  # fmt: skip


def _is_online(one: Observation, air: Air) -> bool:
    return isinstance(one.value, AccessPoint) and one.value.online and air.is_in_newest_list(one)


def _hears_less(one: Observation, dbm: float) -> bool:
    median = one.value.client_rssi_dbm if isinstance(one.value, AccessPoint) else None
    return median is not None and median <= dbm


def _plate(material: Material, controller: str, seen: Sequence[Observation], air: Air) -> Plate:
    placed: dict[bool, list[tuple[float, float]]] = defaultdict(list)
    for n, one in enumerate(seen):
        row, column = divmod(n, COLUMNS)
        placed[_is_online(one, air)].append((column * PITCH + 1, row * PITCH + 1))
    online, offline = placed[True], placed[False]
    crosses = "".join(f"M{x:g} {y:g}l{SIDE} {SIDE}m0-{SIDE}l-{SIDE} {SIDE}" for x, y in offline)
    shapes = [boxes(online, SIDE, "online"), boxes(offline, SIDE, "offline")]
    shapes += [element("path", d=crosses, class_="cross")] if crosses else []
    words = material.say(text("{n} online, {off} offline", n=len(online), off=len(offline)))
    height = ((len(seen) - 1) // COLUMNS + 1) * PITCH
    front = drawing(COLUMNS * PITCH, height, words, *(one for one in shapes if one), class_="aps")
    return Plate(material.device(controller), front, words)


def _row(material: Material, one: Observation, air: Air) -> Row:
    value, name = one.value, material.name(one.subject)
    if not isinstance(value, AccessPoint):
        return Row((name, "–", material.failure(one), "–", "–", "–"), (one.id,), "doubt")
    place = material.listed([material.name(f"place:{id_}") for id_ in _served(material, one.subject, value)]) or "–"
    online, listed = _is_online(one, air), air.is_in_newest_list(one)
    state = material.say(text("online") if online else text("offline") if listed else text("no longer listed"))
    clients = "–" if value.clients is None or not listed else str(value.clients)
    median = value.client_rssi_dbm
    signal = "–" if median is None or not listed else material.say(text("{dbm} dBm", dbm=f"{median:g}"))
    model = cut(value.model, LONGEST_NAME) or "–"
    return Row((name, place, state, clients, signal, model), (one.id,), "" if online else "bad")


def _served(material: Material, subject: str, value: AccessPoint) -> list[str]:
    """The places that name it in the inventory, as several may; else the one where it hangs by its own name."""
    naming = [one.id for one in material.campus.place if subject.removeprefix("ap:") in one.access_points]
    return naming or ([] if value.place is None else [value.place])


def signals(material: Material) -> Exhibit | None:
    """How strong the school's own networks are in every place that was walked through."""
    by_place: dict[str, list[Observation]] = defaultdict(list)
    for one in (*material.by_kind.get("survey_point", ()), *material.by_kind.get("radio", ())):
        if one.status is Status.OK:
            by_place[one.subject].append(one)
    wanted = asked_by(material.edition.assessment.rubric)
    rows = [
        _signal(material, subject, by_place[subject], wanted)
        for subject in map(subject_of, material.campus.place)
        if subject in by_place
    ]
    if not rows:
        return None
    say = material.say
    shown, more = limited(rows)
    return Exhibit(
        "signals",
        say(text("Wireless signal in the places")),
        (say(text("{n} places were walked through.", n=len(rows))), *_doubts(material, rows)),
        grid=Grid((say(text("Place")), say(text("Signal")), *(f"{band} GHz" for band in BANDS)), shown, more),
        keys=(
            *(Key(f"band{band.replace('.', '')}", f"{band} GHz") for band in BANDS),
            *(
                ()
                if wanted is None
                else (
                    Key("asked", say(text("asked: {dbm} dBm in rooms, {wide} dBm in large and outdoor places",
                                          dbm=f"{wanted.room_dbm:g}", wide=f"{wanted.wide_dbm:g}"))),
                )
            ),
        ),
    )  # fmt: skip


def _doubts(material: Material, rows: Sequence[Row]) -> Iterator[str]:
    if weak := sum(row.tone == "bad" for row in rows):
        yield material.say(text("In {n} the median of the strongest signal is weaker than asked.", n=weak))
    if silent := sum(row.tone == "doubt" for row in rows):
        yield material.say(text("In {n} no network of the school was heard.", n=silent))


def _signal(material: Material, subject: str, seen: Sequence[Observation], wanted: Asked | None) -> Row:
    """The medians of a place, as they are judged: the last scan alone might be of its best corner, or its worst."""
    newest, days = max(one.taken_at for one in seen), None if wanted is None else wanted.max_age_days
    counted = [one for one in seen if days is None or newest - one.taken_at <= timedelta(days=float(days))]
    walked = [one.id for one in counted if isinstance(one.value, SurveyPoint)]
    links, name = tuple((walked or [one.id for one in counted])[:LINKS]), material.name(subject)
    if not any(isinstance(one.value, Radio) and one.value.own and one.value.rssi_dbm is not None for one in counted):
        return Row((name, *("–" for _ in range(4))), links, "doubt")
    found = medians(counted, wanted.scans if wanted is not None else 1)
    figures = tuple(f"{round(found[band], 1):g} dBm" if band in found else "–" for band in BANDS)
    weak = wanted is not None and found.get(BEST, NOTHING_DBM) < wanted.at(material.campus, subject)
    return Row((name, _scale(found, wanted), *figures), links, "bad" if weak else "")


def _scale(found: Mapping[str, float], wanted: Asked | None) -> Markup:
    def at(dbm: float) -> float:
        share = (dbm - WEAKEST_DBM) / (STRONGEST_DBM - WEAKEST_DBM)
        return min(max(share, 0), 1) * (WIDTH - 12) + 6

    parts = [
        element("line", x1=0, x2=WIDTH, y1=HEIGHT / 2, y2=HEIGHT / 2, class_="axis"),
        *(
            element("line", x1=at(dbm), x2=at(dbm), y1=0, y2=HEIGHT, class_="asked")
            for dbm in (() if wanted is None else (wanted.room_dbm, wanted.wide_dbm))
        ),
    ]
    for band in (one for one in BANDS if one in found):
        x = at(found[band])
        if band == "2.4":
            parts.append(element("circle", cx=x, cy=HEIGHT / 2, r=5, class_="band24"))
        elif band == "5":
            parts.append(element("rect", x=x - 5, y=HEIGHT / 2 - 5, width=10, height=10, class_="band5"))
        else:
            parts.append(element("path", d=f"M{x:.1f} {HEIGHT / 2 - 6}l6 11h-12z", class_="band6"))
    return drawing(WIDTH, HEIGHT, "", *parts, class_="scale")
