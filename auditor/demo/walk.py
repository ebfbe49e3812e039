"""The demo's Wi-Fi survey: the file that a teacher with a laptop would have brought back three weeks ago.

Nobody can walk through a simulated school. The file has the form of a real one, every name in it is invented, and the
audit reads it as it reads any other.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zlib import crc32

from auditor.demo.school import ROOMS, SCHOOL, Room
from auditor.version import VERSION
from probes.wifi.survey_file import Network, Point, Scan, Survey, written

SSIDS = ("SYSY-Office", "SYSY-Class")
POINTS, SCANS = 3, 5
_DAYS_AGO = timedelta(days=21)
_SCAN_S, _POINT_S = 4, 45
_PREFIX = "02:5e:9e"
"""A prefix of the locally administered range, which no maker of access points has."""


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
    rooms = [room for room in ROOMS if room.wifi]
    for number in range(len(rooms) * POINTS):
        room, at = rooms[number // POINTS], began + timedelta(seconds=number * _POINT_S)
        scans = tuple(_scan(room, number, n, at + timedelta(seconds=n * _SCAN_S)) for n in range(SCANS))
        yield Point(
            survey="demo", number=number + 1, place=room.id, taken_at=at, scans=scans,
            gateway_loss_ratio=0.0, gateway_delay_ms=2.0 + _chance(room.id, number) % 30 / 10,
        )  # fmt: skip


def _scan(room: Room, point: int, number: int, at: datetime) -> Scan:
    """Both networks of the access point in the room, on both bands; in the canteen somebody else bears one name."""
    loudness = -46.0 - _chance(room.id, point) % 13 - _chance(room.id, point, number) % 4
    base = f"{_PREFIX}:{_chance(room.id) >> 8 & 0xFF:02x}:{_chance(room.id) & 0xFF:02x}"
    networks = [
        Network(
            bssid=f"{base}:{16 * (band == '5') + index:02x}", ssid=ssid, own=True, band_ghz=band, channel=channel,
            rssi_dbm=loudness - less, noise_dbm=-95.0, security=security, age_ms=60.0,
        )
        for index, (ssid, security) in enumerate(zip(SSIDS, ("WPA2-802.1X", "WPA2-PSK+WPA3-SAE"), strict=True))
        for band, channel, less in (("5", 36 + 4 * (_chance(room.id) % 4), 0.0), ("2.4", 1, -3.0))
    ]  # fmt: skip
    if room.kind == "canteen":
        networks.append(
            Network(bssid=f"{_PREFIX}:ff:ff:01", ssid=SSIDS[1], suspicious="security", band_ghz="2.4", channel=6,
                    rssi_dbm=-58.0, security="open")
        )  # fmt: skip
    return Scan(taken_at=at, duration_s=3.2, method="iw", fresh=True, networks=tuple(networks))


def _chance(*of: object) -> int:
    """A number that is the same in every demo."""
    return crc32(repr(of).encode())
