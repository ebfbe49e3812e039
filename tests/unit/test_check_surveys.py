"""``check`` counts the points of surveys that no map can show, before anybody walks home."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from auditor import inventory
from probes.wifi.survey_file import Network, Point, Scan, Survey, append

AT = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
HEARD = Network(bssid="00:25:9e:12:30:00", ssid="SYZX", band_ghz="5", channel=36, rssi_dbm=-60, own=True)
SCHOOL = """
[school]
name = "示例中学"
stages = ["junior"]
[wifi]
ssids = ["SYZX"]
[[place]]
id = "A-301"
kind = "classroom"
floor = "3"
[[place]]
id = "yard"
kind = "outdoor"
[[floor]]
id = "A3"
floor = "3"
width_m = 30.5
height_m = 20
"""


def said(folder: Path, *points: tuple[str, float | None, float | None]) -> list[str]:
    path = folder / "inventory.toml"
    path.write_text(SCHOOL, encoding="utf-8")
    file = folder / "surveys" / "w.jsonl"
    file.parent.mkdir(exist_ok=True)
    append(file, Survey(id="w1", school="示例中学", started_at=AT, by="张三", host="lab-7", system="Linux"))
    scan = Scan(taken_at=AT, duration_s=2, method="iw", fresh=True, networks=(HEARD,))
    for number, (place, x, y) in enumerate(points, 1):
        append(file, Point(survey="w1", number=number, place=place, x_m=x, y_m=y, taken_at=AT, scans=(scan,)))
    return [str(one) for one in inventory.warnings(inventory.load(path)) if "points of surveys" in str(one)]


@pytest.mark.parametrize(("points", "sentences"), [
    ([("A-301", 1.0, 1.0), ("A-301", 30.9, 20.0), ("A-301", None, None), ("yard", None, None)], []),
    ([("A-301", 1.0, 1.0), ("A-301", 500.0, 3.0), ("A-301", 3.0, 31.0)],
     ["2 points of surveys lie outside of the floor A3, and are left out of its map"]),
    ([("yard", 1.0, 1.0)], ["1 points of surveys belong to no [[floor]], and are on no map"]),
])  # fmt: skip
def test_points_that_no_map_shows_are_counted(
    tmp_path: Path, points: list[tuple[str, float | None, float | None]], sentences: list[str]
) -> None:
    assert said(tmp_path, *points) == sentences


def test_a_school_without_surveys_hears_nothing_of_them(tmp_path: Path) -> None:
    (tmp_path / "inventory.toml").write_text(SCHOOL, encoding="utf-8")
    assert not any("surveys" in str(one) for one in inventory.warnings(inventory.load(tmp_path / "inventory.toml")))
