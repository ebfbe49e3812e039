"""Whether a place is covered: by points and scans, by what was not heard too, and never by a percentage."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from probes.kinds import Radio, SurveyPoint, Value
from probes.observation import Method, Observation, Status
from reports.exhibits import gather
from rules.assessment import Truth
from rules.judge import judge
from rules.load import load_rubric
from rules.wifi_points import medians
from tests.editions import Log, edition_of
from tests.world import campus

AT = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
NOW = AT + timedelta(days=3)


def seen(value: Value, at: datetime, place: str = "place:A-301") -> Observation:
    kind = "radio" if isinstance(value, Radio) else "survey_point"
    return Observation(
        kind=kind, subject=place, status=Status.OK, taken_at=at, duration_s=1, probe="survey", vantage="lab",
        method=Method.MEASURED, value=value,
    ).sealed()  # fmt: skip


def radio(dbm: float | None, **more: Any) -> Radio:
    given = {"ssid": "Campus", "bssid": "00:25:9e:12:30:a0", "band_ghz": "5", "channel": 36, "own": True, **more}
    return Radio.model_validate({**given, "rssi_dbm": dbm})


def walk(
    points: int = 3, scans: int = 5, dbm: float | None = -60, heard: int | None = None, **more: Any
) -> list[Observation]:
    """So many points of so many scans each, of which ``heard`` heard our network."""
    heard = scans if heard is None else heard
    found = []
    for point in range(1, points + 1):
        at = AT + timedelta(minutes=point)
        found.append(seen(SurveyPoint(survey="w", point=point, scans=scans, own_scans=heard, foreign_radios=3), at))
        found += [seen(radio(dbm, survey="w", point=point, scan=n, **more), at) for n in range(1, heard + 1)]
    return found


def verdict(observations: list[Observation], kind: str = "classroom") -> tuple[Truth, str]:
    school = campus(place=[{"id": "A-301", "kind": kind, "wifi": True}])
    found = judge(load_rubric("jiangsu-2018"), observations, school, NOW)
    finding = next(one for one in found.findings if one.indicator.id == "1.1.2")
    (one,) = [verdict for part in finding.parts for verdict in part.verdicts]
    return one.truth, str(one.shown)


@pytest.mark.parametrize(("observations", "kind", "truth", "words"), [
    (walk(), "classroom", Truth.TRUE, "median -60.0 dBm of 15 scans"),
    (walk(dbm=-65), "classroom", Truth.TRUE, "-65.0"),
    (walk(dbm=-66), "classroom", Truth.FALSE, "-66.0"),
    (walk(dbm=-66), "outdoor", Truth.TRUE, "-66.0"),
    (walk(dbm=-71), "gym", Truth.FALSE, "-71.0"),
    (walk(points=2), "classroom", Truth.UNKNOWN, "2 points with 5 scans or more; 3 are asked"),
    (walk(scans=4), "classroom", Truth.UNKNOWN, "0 points"),
    (walk(heard=2), "classroom", Truth.FALSE, "not heard in 9 of 15 scans"),
    (walk(heard=3), "classroom", Truth.TRUE, "of 15 scans"),
    (walk(heard=0), "classroom", Truth.FALSE, "own network not heard"),
    (walk(dbm=None, quality_percent=80), "classroom", Truth.UNKNOWN, "percentages"),
    (walk(noise_dbm=-75), "classroom", Truth.FALSE, "only 15.0 dB above the noise"),
    (walk(noise_dbm=-90), "classroom", Truth.TRUE, "-60.0"),
    ([seen(radio(-60), AT)], "classroom", Truth.TRUE, "of 1 scans"),
    ([seen(SurveyPoint(survey="w", point=n, scans=5, own_scans=0), AT) for n in (1, 2, 3)], "classroom", Truth.UNKNOWN,
     "no network at all was heard"),
])  # fmt: skip
def test_a_place_is_held_to_what_was_heard_there(
    observations: list[Observation], kind: str, truth: Truth, words: str
) -> None:
    found = verdict(observations, kind)
    assert found[0] is truth, found
    assert words in found[1]


def at_point(number: int, scans: int, dbm: float, **where: Any) -> list[Observation]:
    """One point all of whose scans heard us alike."""
    at = AT + timedelta(minutes=number)
    given = {"survey": "w", "point": number, **where}
    return [seen(SurveyPoint(**given, scans=scans, own_scans=scans), at),
            *(seen(radio(dbm, **given, scan=n), at) for n in range(1, scans + 1))]  # fmt: skip


@pytest.mark.parametrize(("points", "truth", "words"), [
    # The same chair three times is one point, whatever number it bears.
    ([at_point(n, 5, -50, x_m=2.0, y_m=3.0) for n in (1, 2, 3)], Truth.UNKNOWN, "; points at one spot count once"),
    ([at_point(n, 5, -50, x_m=2.0 * n, y_m=3.0) for n in (1, 2, 3)], Truth.TRUE, "median -50.0 dBm of 15 scans"),
    ([at_point(n, 5, -50, x_m=2.0, y_m=3.0, floor=f"{n}") for n in (1, 2, 3)], Truth.TRUE, "15 scans"),
    # Two visits to one spot add up.
    ([at_point(n, 3, -50, x_m=n // 2 * 3.0, y_m=1.0) for n in range(6)], Truth.TRUE, "18 scans"),
    # Fifty scans at the best point do not outvote five at each of two that fail.
    ([at_point(1, 50, -50), at_point(2, 5, -80), at_point(3, 5, -80)], Truth.FALSE, "median -80.0 dBm of 60 scans"),
    # Nor do four looks from the best chair, or single scans at good ones that make no whole point.
    ([*(at_point(n, 5, -50, x_m=1.0, y_m=1.0) for n in range(4)),
      at_point(5, 5, -80, x_m=4.0, y_m=1.0), at_point(6, 5, -80, x_m=7.0, y_m=1.0)], Truth.FALSE, "median -80.0 dBm"),
    ([*(at_point(n, 5, -70) for n in range(3)), *(at_point(n, 1, -50) for n in range(3, 7))], Truth.FALSE, "-70.0 dBm"),
    # What is of none of the survey's points fills no silence of theirs.
    ([walk(heard=0), [seen(radio(-40), AT + timedelta(minutes=n)) for n in range(15)]], Truth.FALSE, "not heard"),
])  # fmt: skip
def test_a_place_is_as_good_as_its_points(points: list[list[Observation]], truth: Truth, words: str) -> None:
    found = verdict([one for point in points for one in point])
    assert found[0] is truth, found
    assert words in found[1]


def test_scans_that_only_told_a_percentage_leave_open_what_they_could_change() -> None:
    some = walk()
    told = [one for one in some if isinstance(one.value, SurveyPoint)]
    radios = [one.value for one in some if isinstance(one.value, Radio)]
    bare = {"rssi_dbm": None, "quality_percent": 90.0}
    mixed = [seen(one if n % 2 else one.model_copy(update=bare), AT) for n, one in enumerate(radios)]
    assert verdict(told + mixed)[0] is Truth.UNKNOWN
    few = [seen(one if n else one.model_copy(update={"rssi_dbm": None}), AT) for n, one in enumerate(radios)]
    assert verdict(told + few)[0] is Truth.TRUE


def test_a_walk_rests_on_its_points_and_not_on_hundreds_of_radios() -> None:
    observations = walk()
    school = campus(place=[{"id": "A-301", "kind": "classroom"}])
    found = judge(load_rubric("jiangsu-2018"), observations, school, NOW)
    finding = next(one for one in found.findings if one.indicator.id == "1.1.2")
    (one,) = [verdict for part in finding.parts for verdict in part.verdicts]
    assert set(one.observations) == {one.id for one in observations if isinstance(one.value, SurveyPoint)}


def test_places_that_the_inventory_leaves_out_are_named_beside_the_share() -> None:
    rooms = [{"id": "A-301", "kind": "classroom"}, {"id": "A-302", "kind": "office", "name": "教务处", "wifi": False},
             {"id": "M-1", "kind": "machine-room", "wifi": False}]  # fmt: skip
    found = judge(load_rubric("jiangsu-2018"), walk(), campus(place=rooms), NOW)
    (part,) = next(one for one in found.findings if one.indicator.id == "1.1.2").parts
    assert len(part.verdicts) == 1
    assert [str(one) for one in part.waived] == ["the inventory leaves out 1 places, as needing no Wi-Fi: 教务处"]


def test_medians_are_told_band_by_band_as_they_are_judged() -> None:
    far = walk(dbm=-71) + [one for one in walk(dbm=-66, band_ghz="2.4", channel=6) if isinstance(one.value, Radio)]
    assert medians(far) == {"best": -66, "5": -71, "2.4": -66}
    assert medians(walk(heard=2, dbm=-50)) == {}  # most scans heard nothing
    assert medians(walk(dbm=None)) == {}
    assert medians([]) == {}


@pytest.mark.parametrize(("last_dbm", "others_dbm", "tone"), [(-40.0, -80.0, "bad"), (-80.0, -60.0, "")])
def test_the_report_shows_what_was_judged_and_not_the_last_scan(last_dbm: float, others_dbm: float, tone: str) -> None:
    found = walk(dbm=others_dbm)
    last = max(
        found, key=lambda one: (one.value.point, one.value.scan or 0) if isinstance(one.value, Radio) else (0, 0)
    )
    found[found.index(last)] = seen(radio(last_dbm, survey="w", point=3, scan=5), last.taken_at + timedelta(minutes=9))
    log = Log()
    log.observations += found
    school = campus(place=[{"id": "A-301", "kind": "classroom", "wifi": True}])
    (exhibit,) = (one for several in gather(edition_of(log, school, "en", None)).values()
                  for one in several if one.id == "signals")  # fmt: skip
    assert exhibit.grid is not None
    (row,) = exhibit.grid.rows
    assert (row.cells[3], row.tone) == (f"{others_dbm:.0f} dBm", tone)
    assert verdict(found)[0] is (Truth.FALSE if tone == "bad" else Truth.TRUE)
