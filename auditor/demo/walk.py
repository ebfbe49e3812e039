"""The demo's Wi-Fi survey: the file that a teacher with a laptop would have brought back three weeks ago.

Nobody can walk through a simulated school. The file has the form of a real one, every name in it is invented, and the
audit reads it as it reads any other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from auditor.demo import floor
from auditor.demo.air import OWN, PREFIX, SSIDS, chance
from auditor.demo.school import ROOMS, SCHOOL, Room
from auditor.version import VERSION
from probes.wifi.survey_file import Network, Point, Scan, Survey, written

POINTS, SCANS = 3, 5
_DAYS_AGO = timedelta(days=21)
_SCAN_S, _POINT_S = 4, 45
_DEAF_DBM = -90.0


def write_survey(directory: Path, now: datetime) -> None:
    """Write the survey of all rooms that need Wi-Fi, below ``directory``."""
    began = now - _DAYS_AGO
    survey = Survey(
        id="demo", school=SCHOOL, started_at=began, by="信息中心 陈示例", host="demo-laptop",
        system="Linux", adapter="wlan0", driver="simulated", version=VERSION,
    )  # fmt: skip
    folder = directory / "surveys"
    folder.mkdir(parents=True, exist_ok=True)
    lines = [written(survey), *(written(point) for point in _points(began))]
    (folder / "survey-demo.jsonl").write_bytes(b"".join(lines))


def _points(began: datetime) -> Iterator[Point]:
    stands = [(room, at) for room in ROOMS if room.wifi for at in _stands(room)]
    for number, (room, where) in enumerate(stands):
        at = began + timedelta(seconds=number * _POINT_S)
        scans = tuple(_scan(room, where, number, n, at + timedelta(seconds=n * _SCAN_S)) for n in range(SCANS))
        x_m, y_m = where or (None, None)
        yield Point(
            survey="demo", number=number + 1, place=room.id, floor=floor.LABEL if where else "", x_m=x_m, y_m=y_m,
            taken_at=at, scans=scans,
            gateway_loss_ratio=0.0, gateway_delay_ms=2.0 + chance(room.id, number) % 30 / 10,
        )  # fmt: skip


def _stands(room: Room) -> Sequence[tuple[float, float] | None]:
    """Where the points of a room are: on the plan, if there is one of its floor."""
    return floor.spots(room.id) if room.id in floor.CORNERS else (None,) * POINTS


def _scan(room: Room, where: tuple[float, float] | None, point: int, number: int, at: datetime) -> Scan:
    """Both networks of the access points heard, on both bands; in the canteen somebody else bears one name."""
    if where is None:
        loudness = -46.0 - chance(room.id, point) % 13 - chance(room.id, point, number) % 4
        own = OWN[room.id]
        networks = _networks(own.base, own.channel, loudness, loudness + 3)
    else:
        networks = [one for hung in floor.ACCESS_POINTS for one in _on_the_plan(hung, where, (point, number))]
    if room.kind == "canteen":
        networks.append(
            Network(bssid=f"{PREFIX}:ff:ff:01", ssid=SSIDS[1], suspicious="security", band_ghz="2.4", channel=6,
                    rssi_dbm=-58.0, security="open")
        )  # fmt: skip
    return Scan(taken_at=at, duration_s=3.2, method="iw", fresh=True, networks=tuple(networks))


def _on_the_plan(hung: floor.HungPoint, where: tuple[float, float], scan: tuple[int, int]) -> list[Network]:
    """An access point as it is heard at a place, a little otherwise at each scan."""
    wavers = chance(hung.name, *scan) % 5 - 2
    high, low = (round(floor.heard_dbm(hung, *where, low_band=one)) + wavers for one in (False, True))
    return _networks(hung.base, hung.channel, high, low)


def _networks(base: str, channel: int, high_dbm: float, low_dbm: float) -> list[Network]:
    """What one access point sends: its networks on 5 GHz and on 2.4 GHz, as far as a laptop hears that."""
    return [
        Network(
            bssid=f"{PREFIX}:{base}:{16 * (band == '5') + index:02x}", ssid=ssid, own=True, band_ghz=band, channel=on,
            rssi_dbm=dbm, noise_dbm=-95.0, security=security, age_ms=60.0,
        )
        for index, (ssid, security) in enumerate(zip(SSIDS, ("WPA2-802.1X", "WPA2-PSK+WPA3-SAE"), strict=True))
        for band, on, dbm in (("5", channel, high_dbm), ("2.4", 1, low_dbm))
        if dbm > _DEAF_DBM
    ]  # fmt: skip
