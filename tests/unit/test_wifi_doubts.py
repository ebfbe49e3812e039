"""What a map must not be sure of: percentages, positions that cannot be right, points that span no area."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from statistics import median
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.campus import Campus
from probes.kinds import Radio, SurveyPoint, Value
from probes.observation import Observation
from reports.html import render
from reports.redaction import redacted
from rules.load import load_rubric
from rules.wifi import asked_by
from rules.wifi_map.coverage import OUTSIDE, CoverageMap, coverage_maps
from rules.wifi_map.decide import NOT_MET, UNDETERMINED
from rules.wifi_map.floors import BEST, FloorPoints, Reading, floor_points
from rules.wifi_map.untold import told
from tests.editions import Log, edition_of
from tests.walked import AT, seen, survey_of, tables, walked_floor
from tests.world import campus

WHOLE = walked_floor()
ASKED = asked_by(load_rubric("jiangsu-2018"))
assert ASKED is not None
WEAKEST = -150.0


@cache
def walked() -> tuple[Observation, ...]:
    """On 5 GHz alone: one map less to draw."""
    return tuple(one for one in survey_of(WHOLE) if not isinstance(one.value, Radio) or one.value.band_ghz == "5")


def first(points: int) -> list[Observation]:
    return [one for one in walked() if isinstance(one.value, Radio | SurveyPoint) and (one.value.point or 0) <= points]


def school(**change: object) -> Campus:
    """The school of that floor, with something else in its table."""
    given_ = tables(WHOLE)
    given_["floor"][0] |= change
    return campus(**given_)


def changed(alter: Callable[[Any], dict[str, object]]) -> list[Observation]:
    """The survey with some of its values told otherwise, as a file would have them."""
    return [
        one.model_copy(update={"value": type(one.value).model_validate(one.value.model_dump() | alter(one.value))})
        for one in walked()
        if isinstance(one.value, Value)
    ]


def mapped(observations: Iterable[Observation], school_: Campus | None = None) -> tuple[FloorPoints, CoverageMap]:
    there = school_ or school()
    (on,) = floor_points(there, observations)
    assert ASKED is not None
    return on, coverage_maps(on, there, ASKED)[0]


@cache
def plain() -> tuple[FloorPoints, CoverageMap]:
    return mapped(walked())


def decided(one: CoverageMap) -> int:
    return int(np.count_nonzero(one.states >= 0))


def in_percent(value: Any) -> dict[str, object]:
    return {"rssi_dbm": None, "quality_percent": 60} if isinstance(value, Radio) else {}


def test_a_floor_whose_positions_are_right_is_decided() -> None:
    on, best = plain()
    assert (on.beyond, on.beside, best.undecided, best.silent) == (0, 0, None, ())
    assert decided(best) > 0.5 * best.states.size


def test_one_percentage_at_each_point_takes_nothing_away() -> None:
    on, best = mapped(
        changed(lambda one: in_percent(one) if isinstance(one, Radio) and one.scan == 1 and "01" in one.bssid else {})
    )
    assert len(on.readings) == len(plain()[0].readings)
    assert not any(one.untold for one in on.readings)
    assert decided(best) > 0.9 * decided(plain()[1])


def test_a_radio_that_only_tells_percentages_leaves_open_what_it_could_decide_and_nothing_else() -> None:
    strongest = max(
        {key for one in plain()[0].readings for key in one.radios},
        key=lambda key: sum(key in one.radios for one in plain()[0].readings),
    )
    on, best = mapped(
        changed(lambda one: in_percent(one) if isinstance(one, Radio) and one.bssid == strongest[1] else {})
    )
    kept = told(on.readings, BEST)
    # Points that heard nothing else tell nothing; the rest of the others is kept.
    assert len(kept.readings) == sum(bool(one.radios) or not one.untold for one in on.readings)
    assert not any(strongest in one.radios for one in kept.readings)
    there = np.array([(one.x_m, one.y_m) for one in on.readings if strongest in one.untold])
    unmet = np.argwhere(best.states == NOT_MET)[:, ::-1] + 0.5
    assert np.hypot(*(unmet[:, None] - there[None]).transpose(2, 0, 1)).min(initial=99) > 6.5
    # What is met stays so: the radio can only add to it.
    assert (plain()[1].states[best.states == 1] != NOT_MET).mean() > 0.97


def test_a_floor_of_percentages_alone_has_no_map_and_says_why() -> None:
    (on,) = floor_points(school(), changed(in_percent))
    assert on.bands() == ()
    page = page_of(changed(in_percent))
    assert f"its {len(on.readings)} points only told percentages" in page


def logged(observations: Sequence[Observation]) -> Log:
    log = Log()
    log.observations += observations
    return log


def page_of(observations: Sequence[Observation], school_: Campus | None = None) -> str:
    return render(edition_of(logged(observations), school_ or school(), "en", None))


@given(st.lists(st.tuples(st.integers(-90, -40), st.booleans()) | st.none(), min_size=1, max_size=7))
def test_whatever_a_percentage_stands_for_lies_between_what_is_told(scans: list[tuple[int, bool] | None]) -> None:
    """Each scan heard the radio or not, and told dBm or hid it behind a percentage."""
    where = {"survey": "w", "point": 1, "floor": "2", "x_m": 5.0, "y_m": 5.0}
    heard = [(n, *one) for n, one in enumerate(scans, 1) if one is not None]
    log = [seen("place:R01", SurveyPoint(**where, scans=len(scans), own_scans=len(heard)), AT)] + [
        seen("place:R01", Radio(ssid="A", bssid="b", band_ghz="5", channel=36, own=True, scan=n, **where,
                                rssi_dbm=None if hidden else dbm, quality_percent=50 if hidden else None), AT)
        for n, dbm, hidden in heard
    ]  # fmt: skip
    (on,) = floor_points(school(), log)
    (reading,) = on.readings
    true = median([-95 if one is None else one[0] for one in scans])
    least = reading.dbm[BEST]
    assert least <= true <= reading.at_most.get(BEST, least)
    middle = median([-200 if one is None else one[0] for one in scans])
    if ("5", "b") in reading.radios:
        assert middle > -95
    elif ("5", "b") not in reading.untold:
        assert middle <= -95
    if not any(hidden for _, _, hidden in heard):
        assert not reading.untold
        assert not reading.at_most


def test_what_hides_behind_a_radio_without_an_address_is_open_though_another_told_dbm() -> None:
    where = {"survey": "w", "point": 1, "floor": "2", "x_m": 5.0, "y_m": 5.0}
    radios = [
        Radio(ssid="A", bssid=bssid, band_ghz="5", channel=36, own=True, scan=1, rssi_dbm=dbm,
              quality_percent=None if dbm else 50, **where)
        for bssid, dbm in (("", -70), ("", None), ("b", -72), ("b", None))
    ]  # fmt: skip
    (on,) = floor_points(school(), [seen("place:R01", one, AT) for one in radios])
    (reading,) = on.readings
    assert (reading.radios, reading.untold) == ({("5", "b"): -72.0}, {("5", "")})


def test_points_are_left_out_rather_than_a_radio_that_few_of_them_leave_open() -> None:
    def readings(untold: dict[int, set[str]]) -> list[Reading]:
        return [
            Reading(float(n), 0.0, "R1", {}, (), {("5", one): -60.0 for one in {"a", "b"} - untold.get(n, set())}, 0.0,
                    {}, frozenset(("5", one) for one in untold.get(n, ())))
            for n in range(12)
        ]  # fmt: skip

    few = told(readings({3: {"a"}, 7: {"b"}}), BEST)
    assert [one.x_m for one in few.readings] == [float(n) for n in range(12) if n not in {3, 7}]
    assert len(few.open_at) == 0
    many = told(readings({n: {"a"} for n in range(8)}), BEST)
    assert len(many.readings) == len(many.open_at) == 12
    assert all(set(one.radios) == {("5", "b")} for one in many.readings)
    assert many.may_be_stronger(np.array([[3.0, 1.0], [30.0, 1.0]])).tolist() == [True, False]
    assert len(told(readings({3: {"a"}}), "2.4").readings) == 12


def moved(where: Callable[[float, float], tuple[float, float]]) -> list[Observation]:
    return changed(lambda one: dict(zip(("x_m", "y_m"), where(one.x_m, one.y_m), strict=True)))


@pytest.mark.parametrize(("observations", "change", "why"), [
    (lambda: moved(lambda x, y: (y, x)), {}, r"\d\d of \d\d points lie outside of the floor"),
    (walked, {"width_m": 30.0}, r"\d\d of \d\d points lie outside of the floor"),
    (walked, {"outline": [[0, 0], [20, 0], [20, 20], [0, 20]]}, r"\d\d of \d\d points lie outside of the floor"),
    (lambda: moved(lambda x, y: (48 - x, y)), {}, r"\d\d of \d\d points lie more than 3 m outside of the place"),
    (lambda: moved(lambda x, y: (x / 2, y / 2)), {}, r"\d\d of \d\d points lie more than 3 m outside of the place"),
    (walked, {"access_point": [{"name": f"ap-{n}", "at": [2 + n, 0.5]} for n in range(4)]},
     "the points bear out none of the 4 access points listed"),
    (lambda: moved(lambda x, _: (x, 10.0)), {"place": []}, "all points lie on a line"),
    (lambda: first(5), {}, "5 points are too few for a map; at least 6 are needed"),
])  # fmt: skip
def test_what_cannot_be_right_decides_nothing_and_says_so(
    observations: Callable[[], Sequence[Observation]], change: dict[str, Any], why: str
) -> None:
    there = school(**change)
    _, best = mapped(observations(), there)
    assert set(best.states.ravel().tolist()) <= {UNDETERMINED, OUTSIDE}
    assert re.search(why, str(best.undecided))
    assert best.area.met == best.area.not_met == 0


def test_a_point_or_two_that_are_misspelt_are_left_out_and_the_others_decide() -> None:
    observations = changed(lambda one: {"x_m": 500.0} if one.point in {3, 9} else {})
    on, best = mapped(observations)
    assert (on.beyond, best.undecided) == (2, None)
    assert decided(best) > 0.8 * decided(plain()[1])


def test_a_point_at_the_very_edge_is_on_the_floor() -> None:
    on, _ = mapped(moved(lambda x, y: (48.4, y) if x > 46.5 else (x, y)))
    assert on.beyond == 0
    assert max(one.x_m for one in on.readings) == 48.0


def test_nothing_outside_the_outline_is_drawn_decided_or_counted() -> None:
    outline = [[0, 0], [48, 0], [48, 8.5], [24.5, 8.5], [24.5, 20], [0, 20]]
    there = school(outline=outline)
    on, best = mapped(walked(), there)
    assert on.beside > 0
    assert best.area.whole == pytest.approx(48 * 8.5 + 24.5 * 11.5, rel=0.002)
    assert (best.states[9:, 25:] == OUTSIDE).all()
    assert (best.states[:8] != OUTSIDE).all()
    assert decided(best) > 0.4 * np.count_nonzero(best.states != OUTSIDE)
    page = page_of(walked(), there)
    assert re.search(r"of 690 m², \d+ m² \(\d+%\) are met", page)
    assert f"{on.beside} points lie outside of its outline and are left out" in page
    assert len(set(re.findall(r'clip-path="url\(#(outline-1-\w+)\)"', page))) == 2
    assert page.count("<clipPath") == 2
    published = render(redacted(edition_of(logged(walked()), there, "en", None)))
    assert re.findall(r'points="([^"]+)" class="outer"', published) == re.findall(
        r'points="([^"]+)" class="outer"', page
    )
    assert re.search(r"of 690 m², \d+ m² \(\d+%\) are met", published)


def test_the_report_says_why_nothing_is_decided() -> None:
    page = page_of(moved(lambda x, y: (y, x)))
    assert re.search(
        r"A 楼二层: nothing is decided: \d\d of \d\d points lie outside of the floor: correct its size", page
    )
