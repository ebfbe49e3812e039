"""Files of surveys: nothing measured is lost, nothing altered counts, two people's files make one."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from probes.kinds import Radio, SurveyPoint
from probes.observation import Reason, Status
from probes.survey import survey
from probes.wifi.survey_file import Network, Point, Scan, Survey, append, merged, parse, read, written
from tests.world import TestWorld, campus, look

AT = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
AP, AP2, TWIN = "00:25:9e:12:30:a0", "00:25:9e:12:30:a1", "12:34:56:78:9a:bc"
WALK = Survey(id="w1", school="示例中学", started_at=AT, by="张三", host="lab-7", system="Linux 6.1", adapter="wlan0")


def heard(bssid: str = AP, dbm: float = -52, *, own: bool = True, **more: object) -> Network:
    given = {"ssid": "Campus" if own else "", "security": "WPA2-PSK", "band_ghz": "5", "channel": 36, **more}
    return Network.model_validate({"bssid": bssid, "rssi_dbm": dbm, "own": own, **given})


def point(number: int, *scans: tuple[Network, ...], place: str = "A-301", survey: str = "w1", **more: object) -> Point:
    at = AT + timedelta(minutes=number)
    taken = [Scan(taken_at=at + timedelta(seconds=n), networks=one, fresh=True) for n, one in enumerate(scans)]
    return Point.model_validate(
        {"survey": survey, "number": number, "place": place, "taken_at": at, "scans": taken, **more}
    )


def school(folder: Path, **wifi: object) -> TestWorld:
    settings = {"ssids": ["Campus"], "surveys": str(folder), **wifi}
    rooms = [{"id": "A-301", "kind": "classroom", "floor": "3"}]
    return TestWorld(campus(wifi=settings, place=rooms), at=AT + timedelta(days=60))


def test_a_line_comes_back_as_it_was_written() -> None:
    one = point(1, (heard(utilisation_ratio=0.25, station_count=7),), x_m=3.5, y_m=0.0, floor="3", dhcp_s=0.8)
    assert parse(written(one)) == one
    assert parse(written(WALK)) == WALK


@pytest.mark.parametrize("harm", [
    lambda line: line.replace(b"-52", b"-42"),
    lambda line: line[: len(line) // 2],
    lambda line: line.replace(b"survey/1", b"survey/9"),
    lambda _: b"[" * 5000,
    lambda _: b'{"check": 1}',
    lambda _: b"null",
    lambda _: b"\xff\xfe",
])  # fmt: skip
def test_what_was_altered_or_cut_off_does_not_count(harm: Callable[[bytes], bytes]) -> None:
    assert parse(harm(written(point(1, (heard(),))))) is None


def test_a_file_cut_off_anywhere_keeps_every_whole_point_and_goes_on(tmp_path: Path) -> None:
    whole = written(WALK) + written(point(1, (heard(),))) + written(point(2, (heard(),)))
    ends = [len(written(WALK)), len(written(WALK) + written(point(1, (heard(),)))), len(whole)]
    file = tmp_path / "w.jsonl"
    for cut in range(0, len(whole) + 1, 7):
        file.write_bytes(whole[:cut])
        assert len(read([file]).points) == sum(end <= cut for end in ends[1:])
        append(file, point(9, (heard(),)))
        assert read([file]).damaged == 0
        assert [one.number for one in read([file]).points][-1] == 9


def test_two_files_make_the_same_one_in_whatever_order(tmp_path: Path) -> None:
    a, b = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    other = WALK.model_copy(update={"id": "w2", "by": "李四"})
    for line in (WALK, point(2, (heard(),)), point(1, (heard(),))):
        append(a, line)
    for line in (other, point(1, (heard(),), survey="w2"), WALK, point(2, (heard(),))):
        append(b, line)
    assert list(merged(read([a, b]))) == list(merged(read([b, a])))
    assert [(one.survey, one.number) for one in read([a, b]).points] == [("w1", 1), ("w2", 1), ("w1", 2)]


async def test_a_survey_becomes_observations_as_of_when_it_was_measured(tmp_path: Path) -> None:
    append(tmp_path / "w.jsonl", WALK)
    foreign = heard("#1a2b", -70, own=False)
    append(tmp_path / "w.jsonl", point(1, (heard(), foreign), (heard(dbm=-54), heard(AP2, -60)), (), x_m=1.0, y_m=2.0))
    seen = await look(survey, school(tmp_path), campus().school)
    again = await look(survey, school(tmp_path), campus().school)
    assert [one.id for one in seen] == [one.id for one in again]  # the same in every audit
    points = [one for one in seen if isinstance(one.value, SurveyPoint)]
    (value,) = (one.value for one in points)
    assert (value.scans, value.own_scans, value.own_radios, value.foreign_radios) == (3, 2, 2, 1)
    assert (value.floor, value.x_m, value.y_m, value.adapter) == ("3", 1.0, 2.0, "wlan0")
    radios = [(one.value.own, one.value.scan, one.value.rssi_dbm) for one in seen if isinstance(one.value, Radio)]
    assert radios == [(True, 1, -52), (True, 2, -54), (True, 2, -60), (False, None, -70)]
    assert {one.subject for one in seen} == {"place:A-301"}
    assert {one.vantage for one in seen} == {"lab-7"}
    assert seen[2].taken_at == AT + timedelta(minutes=1, seconds=1)


async def test_a_place_measured_anew_counts_anew_and_an_old_walk_is_history(tmp_path: Path) -> None:
    file = tmp_path / "w.jsonl"
    append(file, WALK)
    for one in (point(1, (heard(),)), point(2, (heard(dbm=-80),), again=True)):
        append(file, one)
    seen = await look(survey, school(tmp_path), campus().school)
    assert [one.value.point for one in seen if isinstance(one.value, SurveyPoint)] == [2]
    append(file, point(60 * 24 * 40, (heard(),)))
    seen = await look(survey, school(tmp_path), campus().school)
    assert [one.value.point for one in seen if isinstance(one.value, SurveyPoint)] == [60 * 24 * 40]


async def test_a_twin_heard_alone_is_known_by_the_genuine_one_elsewhere(tmp_path: Path) -> None:
    file = tmp_path / "w.jsonl"
    append(file, WALK)
    twin = heard(TWIN, -40, security="open")
    append(file, point(1, (twin,)))
    append(file, point(2, (heard(),)))
    seen = await look(survey, school(tmp_path), campus().school)
    radios = {one.value.bssid: one.value for one in seen if isinstance(one.value, Radio)}
    assert (radios[AP].own, radios[TWIN].own, radios[TWIN].suspicious) == (True, False, "security")


async def test_the_inventory_of_today_decides_whose_network_it_was(tmp_path: Path) -> None:
    append(tmp_path / "w.jsonl", WALK)
    append(tmp_path / "w.jsonl", point(1, (heard(), heard(TWIN))))
    seen = await look(survey, school(tmp_path, bssids=["00:25:9e:12:30:00/40"]), campus().school)
    whose = {one.value.bssid: (one.value.own, one.value.suspicious) for one in seen if isinstance(one.value, Radio)}
    assert whose == {AP: (True, ""), TWIN: (False, "bssid")}
    seen = await look(survey, school(tmp_path, ssids=["Other"]), campus().school)
    assert not any(one.value.own for one in seen if isinstance(one.value, Radio))


async def test_what_was_not_walked_and_what_is_not_ours_says_so(tmp_path: Path) -> None:
    assert await look(survey, TestWorld(campus()), campus().school) == []
    (nothing,) = await look(survey, school(tmp_path / "none"), campus().school)
    assert (nothing.status, nothing.reason, nothing.subject) == (Status.UNAVAILABLE, Reason.NOT_SURVEYED, "place:A-301")
    append(tmp_path / "w.jsonl", WALK.model_copy(update={"school": "别的学校"}))
    append(tmp_path / "w.jsonl", point(1, (heard(),)))
    with (tmp_path / "w.jsonl").open("ab") as file:
        file.write(json.dumps({"point": {}}).encode() + b"\n")
    reasons = [one.reason for one in await look(survey, school(tmp_path), campus().school)]
    assert reasons == [Reason.FILE_UNREADABLE, Reason.UNEXPECTED_ANSWER, Reason.NOT_SURVEYED]


async def test_points_without_their_survey_s_line_say_that_they_do_not_count(tmp_path: Path) -> None:
    for number in (1, 2):
        append(tmp_path / "w.jsonl", point(number, (heard(),)))
    lost, nothing = await look(survey, school(tmp_path), campus().school)
    assert (lost.reason, lost.detail.partition(" of ")[0]) == (Reason.FILE_UNREADABLE, "2 points")
    assert nothing.reason is Reason.NOT_SURVEYED


async def test_a_clock_that_runs_a_year_ahead_makes_no_history_of_the_others(tmp_path: Path) -> None:
    append(tmp_path / "w.jsonl", WALK)
    append(tmp_path / "w.jsonl", point(1, (heard(),)))
    append(tmp_path / "v.jsonl", WALK.model_copy(update={"id": "w2"}))
    append(tmp_path / "v.jsonl", point(1, (heard(dbm=-40),), survey="w2", taken_at=AT + timedelta(days=365)))
    seen = await look(survey, school(tmp_path), campus().school)
    (ahead,) = (one.detail for one in seen if one.status is Status.UNAVAILABLE)
    assert ahead.startswith("1 points of a survey are dated in the future, up to 2027-11-20, and do not count")
    assert [one.value.survey for one in seen if isinstance(one.value, SurveyPoint)] == ["w1"]
