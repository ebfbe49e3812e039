"""A floor that somebody walked with a laptop: an inventory with its plan, and the observations of a survey of it."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import numpy as np

from probes.kinds import KINDS, AccessPoint, FloorPlan, Radio, SurveyPoint, Value
from probes.observation import Method, Observation, Status
from reports.edition import Edition, Language
from tests.editions import Log, edition_of
from tests.wifi_floors import Kind, SimulatedFloor, simulate
from tests.world import campus

AT = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
SCANS = 5
PIXEL = b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==")


def walked_floor(seed: int = 3, **kind: Any) -> SimulatedFloor:
    """A floor of 48 by 20 metres of rooms along a corridor."""
    given = {"width_m": (48, 48), "height_m": (20, 20), "wall_db": (6, 6), "exponent": (2.6, 2.6), "sigma": (4, 4)}
    return simulate(Kind(**{**given, "aps": (3, 3), **kind}), seed)  # type: ignore[arg-type]


def tables(floor: SimulatedFloor, *, listed: bool = True) -> dict[str, Any]:
    """The inventory's tables of that floor: its places with outlines, and its access points."""
    rooms = [(f"R{n:02}", room) for n, room in enumerate(floor.plan.rooms, 1)]
    return {
        "place": [
            {"id": id_, "kind": "classroom", "name": f"教室 {id_}", "building": "A 楼", "floor": "2"}
            for id_, _ in rooms
        ],
        "floor": [
            {
                "id": "A2", "name": "A 楼二层", "building": "A 楼", "floor": "2",
                "width_m": floor.plan.width, "height_m": floor.plan.height,
                "place": [
                    {"id": id_, "outline": [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]}
                    for id_, (x0, y0, x1, y1) in rooms
                ],
                "access_point": [
                    {"name": f"ap-{n}", "at": tuple(np.clip(at, 0, None).round(1).tolist())}
                    for n, at in enumerate(floor.told, 1)
                ] if listed else [],
            }
        ],
    }  # fmt: skip


def survey_of(floor: SimulatedFloor, *, seed: int = 1) -> Iterator[Observation]:
    """Every point with five scans of each access point on two bands, 2.4 GHz being 6 dB stronger, and a summary."""
    rng = np.random.default_rng(seed)
    for number, ((x, y), heard) in enumerate(zip(floor.points.tolist(), floor.each.tolist(), strict=True), 1):
        place = f"place:{_room(floor, x, y)}"
        at = AT + timedelta(minutes=number)
        where = {"survey": "w1", "point": number, "floor": "2", "x_m": x, "y_m": y}
        yield seen(place, SurveyPoint(**where, scans=SCANS, own_scans=SCANS, own_radios=2), at)
        for scan in range(1, SCANS + 1):
            noise = rng.normal(0, 1, 2).round()
            bands = ("5", 36, 0, noise[0]), ("2.4", 6, 6, noise[1])
            for (ap, dbm), (band, channel, stronger, one) in product(enumerate(heard), bands):
                if not np.isnan(dbm):
                    radio = Radio(ssid="SYZX-Class", bssid=f"00:25:9e:12:{ap:02}:{channel:02}", band_ghz=band,
                                  channel=channel, rssi_dbm=dbm - 6 + stronger + one, own=True, scan=scan,
                                  **where)  # fmt: skip
                    yield seen(place, radio, at + timedelta(seconds=scan))


def walked_edition(
    language: Language = "en",
    section: str | None = None,
    *,
    listed: bool = True,
    name: str = "A 楼二层",
    fallen: AccessPoint | None = None,
    days: int = 0,
) -> Edition:
    """A report of that floor, its plan a picture of one grey pixel; ``fallen`` is what the second access point is said
    to be ``days`` after the walk began."""
    floor, log = walked_floor(), Log()
    given = tables(floor, listed=listed)
    given["floor"][0]["name"] = name
    log.observations += survey_of(floor)
    (picture,) = log.keep(PIXEL)
    value = FloorPlan(picture=picture, media_type="image/png", width_px=960, height_px=400, width_m=48, height_m=20)
    if fallen is not None:
        log.observations.append(seen("ap:ap-2", fallen, AT + timedelta(days=days)))
    log.observations.append(
        Observation(kind="floor_plan", subject="floor:A2", status=Status.OK, taken_at=AT, duration_s=0,
                    probe="floor_plans", vantage="x", method=Method.READ, raw=(picture,), value=value).sealed()
    )  # fmt: skip
    return edition_of(log, campus(**given), language, section)


def seen(subject: str, value: Value, at: datetime) -> Observation:
    """An observation, as the survey probe makes it."""
    kind = next(name for name, type_ in KINDS.items() if type_ is type(value))
    return Observation(
        kind=kind, subject=subject, status=Status.OK, taken_at=at, duration_s=2.0, probe="survey", vantage="lab-7",
        method=Method.MEASURED, value=value,
    ).sealed()  # fmt: skip


def _room(floor: SimulatedFloor, x: float, y: float) -> str:
    away = [max(x0 - x, x - x1, 0) + max(y0 - y, y - y1, 0) for x0, y0, x1, y1 in floor.plan.rooms]
    return f"R{away.index(min(away)) + 1:02}"
