"""The map of coverage: right where it decides, silent where it cannot know, the same for the same points."""

from __future__ import annotations

import numpy as np
import pytest

from probes.kinds import Radio
from rules.wifi_map.decide import MET, NOT_MET, UNDETERMINED, Decided, decide, most_sure
from rules.wifi_map.floors import Reading, floor_points
from rules.wifi_map.kriging import Points, fit
from rules.wifi_map.radios import Heard, heard, one_radio, thinned
from rules.wifi_map.rooms import Rooms, rooms
from rules.wifi_map.strongest import Likeness, below, expected, normal, normal_score
from rules.wifi_map.trend import Source, columns, sources
from rules.wifi_map.within import hull, within
from tests.walked import AT, seen, tables, walked_floor
from tests.wifi_floors import FAMILIES, SimulatedFloor, simulate
from tests.world import campus

NOWHERE = np.empty((0, 2))
ASKED_DBM = -65.0


def cells_of(width: float, height: float) -> np.ndarray:
    x, y = np.meshgrid(np.arange(0, width) + 0.5, np.arange(0, height) + 0.5)
    return np.column_stack([x.ravel(), y.ravel()])


def spread(width: float, height: float, step: float) -> np.ndarray:
    x, y = np.meshgrid(np.arange(step / 2, width, step), np.arange(step / 2, height, step))
    return np.column_stack([x.ravel(), y.ravel()])


def drawn(floor: SimulatedFloor) -> Rooms | None:
    outlines = [np.array([(a, b), (c, b), (c, d), (a, d)]) for a, b, c, d in floor.plan.rooms]
    return rooms(outlines)


def told_of(floor: SimulatedFloor) -> Heard:
    return Heard(floor.points, floor.each, ("5",) * floor.each.shape[1], floor.noise_db2)


def asked(cells: np.ndarray, dbm: float = ASKED_DBM) -> np.ndarray:
    return np.full(len(cells), dbm)


def judged(floor: SimulatedFloor, places: np.ndarray, *, strongest: bool = False) -> tuple[int, int, int]:
    across = round(floor.plan.width / 0.5)
    some = np.arange(len(floor.cells)).reshape(-1, across)[::3, ::3].ravel()
    cells, truth = floor.cells[some], floor.truth[some] >= ASKED_DBM
    what = one_radio(floor.points, floor.dbm) if strongest else told_of(floor)
    state = decide(what, places, cells, asked(cells), drawn(floor)).state
    sure = state != UNDETERMINED
    return int(sure.sum()), int((sure & ((state == MET) != truth)).sum()), len(cells)


@pytest.mark.parametrize("strongest", [False, True])
def test_of_what_is_decided_hardly_anything_is_wrong(strongest: bool) -> None:  # noqa: FBT001  pytest's
    families = ("grid", "concrete", "storeys", "dead", "unwalked", "corridor", "small")
    floors = [simulate(FAMILIES[one], seed) for one in families for seed in ((702,) if strongest else (702, 704))]
    decided, wrong, cells = np.array([judged(one, one.told, strongest=strongest) for one in floors]).sum(0)
    assert decided > 0.4 * cells
    assert wrong <= 0.02 * decided


def test_most_of_a_well_served_floor_is_decided_and_more_with_positions() -> None:
    floors = [simulate(FAMILIES["dense"], seed) for seed in range(700, 703)]
    known, unknown = (
        np.array([judged(one, one.told if told else NOWHERE) for one in floors]).sum(0) for told in (True, False)
    )
    assert known[0] >= 0.7 * known[2]
    assert known[1] <= 0.02 * known[0]
    assert unknown[1] <= 0.02 * unknown[0]


def test_a_strong_floor_is_met_and_a_weak_one_is_not() -> None:
    points = spread(40, 20, 4)
    cells = cells_of(40, 20)
    noise = np.random.default_rng(1).normal(0, 1, len(points))
    for level, state in ((-50.0, MET), (-80.0, NOT_MET)):
        found = decide(one_radio(points, level + noise), NOWHERE, cells, asked(cells))
        assert set(found.state.tolist()) <= {state, UNDETERMINED}
        assert (found.state == state).mean() > 0.85


def test_nothing_is_guessed_outside_the_points_nor_at_corners() -> None:
    points = np.array([[15.0, 10.0], [25, 10], [20, 15], [20, 8], [18, 12], [22, 12], [17, 10], [23, 10]])
    cells = cells_of(60, 40)
    state = decide(one_radio(points, np.full(8, -45.0)), NOWHERE, cells, asked(cells)).state
    away = np.hypot(*(cells[:, None] - points[None]).transpose(2, 0, 1)).min(1)
    assert (state[away > 6.5] == UNDETERMINED).all()
    corner = (cells[:, 0] < 10) | (cells[:, 1] > 20) | (cells[:, 0] > 30)
    assert (state[corner] == UNDETERMINED).all()
    assert (state[(away < 1.5)] == MET).any()


def test_each_place_is_held_to_its_own_threshold() -> None:
    points, cells = spread(40, 20, 4), cells_of(40, 20)
    threshold = np.where(cells[:, 0] < 20, -65.0, -70.0)
    dbm = np.full(len(points), -67.5) + np.random.default_rng(2).normal(0, 0.5, len(points))
    state = decide(one_radio(points, dbm), NOWHERE, cells, threshold).state
    assert MET not in state[cells[:, 0] < 20]
    assert NOT_MET not in state[cells[:, 0] > 20]


@pytest.mark.parametrize("points", [
    np.empty((0, 2)), np.array([[1.0, 1.0]]), np.array([[float(n), 3.0] for n in range(5)]),
])  # fmt: skip
def test_too_few_points_decide_nothing(points: np.ndarray) -> None:
    cells = cells_of(10, 10)
    found = decide(one_radio(points, np.full(len(points), -40.0)), np.array([[5.0, 5.0]]), cells, asked(cells))
    assert (found.state == UNDETERMINED).all()
    assert found.left_out_db is None


@pytest.mark.parametrize("points", [
    np.array([[float(n), 3.0] for n in range(12)]),
    np.repeat(np.array([[1.0, 1.0], [5.0, 5.0]]), 5, axis=0),
    np.array([[1.0, 1.0]] * 8),
])  # fmt: skip
def test_points_on_a_line_or_a_spot_do_no_harm(points: np.ndarray) -> None:
    cells = cells_of(20, 20)
    dbm = np.full(len(points), -50.0)
    state = decide(one_radio(points, dbm), np.array([[1.0, 1.0]]), cells, asked(cells)).state
    assert (state[cells[:, 0] > 16] == UNDETERMINED).all()


def test_the_order_of_points_and_radios_and_a_second_look_change_nothing() -> None:
    floor = simulate(FAMILIES["rooms"], 5)
    cells = cells_of(floor.plan.width, floor.plan.height)

    def state(points: slice, radios: slice) -> np.ndarray:
        one = Heard(floor.points[points], floor.each[points][:, radios], ("5",) * floor.each.shape[1], floor.noise_db2)
        return decide(one, floor.told, cells, asked(cells), drawn(floor)).state

    forward, backward = slice(None), slice(None, None, -1)
    first = state(forward, forward)
    assert (first == state(forward, forward)).all()
    assert (first == state(backward, forward)).mean() > 0.999
    assert (first == state(forward, backward)).mean() > 0.999


def falling(points: np.ndarray, places: np.ndarray, seed: int = 3) -> np.ndarray:
    """What points hear of each access point, exponent 3, errors of 2 dB, nothing below −90 dBm."""
    away = np.sqrt(((points[:, None] - places[None]) ** 2).sum(2) + 4)
    dbm = -35 - 30 * np.log10(away) + np.random.default_rng(seed).normal(0, 2, away.shape)
    return np.where(dbm < -90, np.nan, dbm)


SENDERS = np.array([[5.0, 10.0], [30.0, 10.0]])
DEAD = np.array([[55.0, 10.0]])


def test_each_radio_is_found_among_the_access_points_and_a_dead_one_has_none() -> None:
    points = spread(60, 20, 4)
    found = sources(Heard(points, falling(points, SENDERS), ("5", "5")), np.vstack([DEAD, SENDERS]), -90.0)
    assert [one.listed for one in found] == [(1,), (2,)]


def test_a_radio_that_hangs_where_none_is_listed_is_sought_where_it_is_best_explained() -> None:
    points = spread(60, 20, 4)
    (found,) = sources(Heard(points, falling(points, SENDERS[1:]), ("5",)), DEAD, -90.0)
    assert found.listed == ()
    assert np.hypot(*(found.places[0] - SENDERS[1])) < 4


def test_one_name_for_all_access_points_follows_the_nearest_that_sends() -> None:
    points = spread(60, 20, 4)
    together = one_radio(points, np.nanmax(falling(points, SENDERS), axis=1))
    (found,) = sources(together, np.vstack([SENDERS, DEAD]), -90.0)
    assert found.listed == (0, 1)


def test_scans_thinned_out_to_their_strongest_radio_give_no_other_map_than_without_names() -> None:
    points, cells = spread(60, 20, 4), cells_of(60, 20)
    each = falling(points, SENDERS)
    thinned = np.where(each == np.nanmax(each, axis=1, keepdims=True), each, np.nan)
    several = Heard(points, each, ("5", "5")), Heard(points, thinned, ("5", "5")), one_radio(points, np.nanmax(each, 1))
    states = [decide(one, SENDERS, cells, asked(cells)).state for one in several]
    for other in states[1:]:
        both = (states[0] != UNDETERMINED) & (other != UNDETERMINED)
        assert (states[0][both] == other[both]).mean() > 0.98


def test_networks_of_one_radio_are_one_and_names_make_no_difference() -> None:
    def readings(names: tuple[str, str, str]) -> list[Reading]:
        a, b, c = names
        return [
            Reading(float(n), 0.0, "R1", {}, (), {("5", a): -50.0 - n, ("5", b): -51.0 - n, ("5", c): -80.0 + n}, 0.5)
            for n in range(8)
        ]

    one, other = heard(readings(("a0", "a1", "b0")), "5"), heard(readings(("x", "c", "m")), "5")
    assert one.dbm.shape == (8, 2)
    assert (one.dbm == other.dbm).all()
    assert one.noise_db2 == 0.5
    assert heard(readings(("a0", "a1", "b0")), "2.4").dbm.shape == (8, 0)


def test_walls_between_are_counted_once_however_they_are_drawn() -> None:
    thick = [np.array([(a, 0), (a + 7.8, 0), (a + 7.8, 6), (a, 6)]) for a in (0.0, 8.0, 16.0)]
    thin = [np.array([(a, 0), (a + 8.0, 0), (a + 8.0, 6), (a, 6)]) for a in (0.0, 8.0, 16.0)]
    for outlines in (thick, thin):
        drawn_ = rooms(outlines)
        assert drawn_ is not None
        at = np.array([[3.0, 3.0], [12.0, 3.0], [20.0, 3.0], [3.0, 9.0]])
        assert drawn_.walls(np.array([4.0, 3.0]), at).tolist() == [0, 1, 2, 1]
        assert drawn_.shared(at, at).tolist() == [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0]]
    assert rooms([]) is None


def test_a_wall_stands_where_it_is_drawn_and_not_half_a_metre_beside() -> None:
    (left, right), corridor = ((0.0, 9.3), (9.3, 18.6)), 6.1
    drawn_ = rooms([np.array([(a, 0), (b, 0), (b, corridor), (a, corridor)]) for a, b in (left, right)])
    assert drawn_ is not None
    at = np.array([[9.2, 3.0], [9.4, 3.0], [4.0, 6.0], [4.0, 6.2], [14.0, 6.2]])
    assert drawn_.walls(np.array([4.0, 3.0]), at).tolist() == [0, 1, 0, 1, 2]
    many = np.random.default_rng(1).uniform((0, 0), (18.6, 8.0), (400_000, 2))
    # So many that they are computed in blocks: no other walls than one by one.
    assert drawn_.walls(np.array([4.0, 3.0]), many)[::40_000].tolist() == [
        drawn_.walls(np.array([4.0, 3.0]), one[None])[0] for one in many[::40_000]
    ]


def test_silence_does_not_make_a_law_flatter() -> None:
    rng = np.random.default_rng(12)
    outlines = [np.array([(a, 0), (a + 8, 0), (a + 8, 8), (a, 8)]) for a in range(0, 64, 8)]
    drawn_ = rooms(outlines)
    assert drawn_ is not None
    points, place = rng.uniform((0, 0), (64, 8), (120, 2)), np.array([3.0, 4.0])
    away = np.sqrt(((points - place) ** 2).sum(1) + 4)
    dbm = -35 - 22 * np.log10(away) - 8 * drawn_.walls(place, points) + rng.normal(0, 2, 120)
    known = dbm[:, None] >= -90
    trend = columns(points, (Source(place[None], 2.0, (0,)),), drawn_)
    heard_ = Points(points, np.where(known, dbm[:, None], -90), known, trend, ("5",), None, (0,))
    wall_db = fit(heard_)[1][0].beta[-1]
    assert known.mean() < 0.6
    assert wall_db == pytest.approx(8, abs=1.5)


def test_silence_where_a_signal_is_expected_tells_that_there_is_none() -> None:
    points, cells = spread(60, 20, 4), cells_of(60, 20)
    each = falling(points, SENDERS)
    # Behind something nobody told of nothing is heard, though the access point is near.
    each[points[:, 0] > 32] = np.nan
    state = decide(Heard(points, each, ("5", "5")), SENDERS, cells, asked(cells)).state
    assert not (state[cells[:, 0] > 38] == MET).any()
    assert (state[cells[:, 0] < 12] == MET).mean() > 0.5


@pytest.mark.parametrize("seed", range(3))
def test_points_tell_a_smooth_field_from_a_rough_one(seed: int) -> None:
    rng = np.random.default_rng(seed)
    points = rng.uniform((0, 0), (40, 20), (120, 2))
    away = np.hypot(*(points[:, None] - points[None]).transpose(2, 0, 1))
    shares = []
    for correlation in (np.exp(-((away / 6) ** 2)), np.exp(-away / 6)):
        dbm = -60 + 4 * np.linalg.cholesky(correlation + 1e-6 * np.eye(len(points))) @ rng.normal(size=len(points))
        shares.append(sum(one.weight for one in fit(field(points, dbm))[1] if one.shape.smooth))
    assert shares[0] > 0.9
    assert shares[1] < 0.5


def test_more_points_and_radios_than_can_be_computed_with_are_averaged_and_left_out() -> None:
    rng = np.random.default_rng(8)
    points = rng.uniform(0, (60, 20), (3000, 2))
    many = np.hstack([falling(points, SENDERS), np.full((3000, 200), -88.0)])
    one = thinned(Heard(points, many, ("5",) * 202))
    assert len(one.at) <= 400
    assert one.dbm.shape == (len(one.at), 96)
    assert np.abs(np.nanmax(one.dbm, 1) - np.nanmax(falling(one.at, SENDERS), 1)).mean() < 3
    few = Heard(points[:50], many[:50, :3], ("5",) * 3)
    assert (thinned(few).at == few.at).all()


def test_a_floor_may_be_as_large_as_the_inventory_allows() -> None:
    points = spread(2000, 2000, 180)
    large = rooms([np.array([(0, 0), (2000, 0), (2000, 2000), (0, 2000)])])
    cells = cells_of(20, 20) * 100
    found = decide(Heard(points, falling(points, SENDERS), ("5", "5")), NOWHERE, cells, asked(cells), large)
    assert (found.state == UNDETERMINED).mean() > 0.9


def field(points: np.ndarray, dbm: np.ndarray) -> Points:
    trend = columns(points, (Source(np.array([[15.0, 15.0]]), 2.0, ()),), None)
    return Points(points, dbm[:, None], np.ones((len(points), 1), dtype=bool), trend, ("5",), None, (0,))


def test_the_error_at_points_left_out_is_that_of_leaving_them_out() -> None:
    rng = np.random.default_rng(4)
    points = rng.uniform(0, 30, (25, 2))
    dbm = -60 + 5 * np.sin(points[:, 0] / 6) + rng.normal(0, 1, 25)
    whole = field(points, dbm)
    first = fit(whole)[1][0]
    foretold = first.left_out(whole)[0][0]
    for n in range(0, 25, 4):
        rest = np.arange(25) != n
        apart = np.hypot(*(points[rest] - points[n]).T)[:, None]
        alone = next(one for one in fit(field(points[rest], dbm[rest]))[1] if one.shape == first.shape)
        mean, _ = alone.predicted(apart, None, whole.trend[n : n + 1], whole.columns, 0.0)
        assert foretold[n] == pytest.approx(mean[0, 0], abs=1.2)


@pytest.mark.parametrize(("t", "freedom", "under"), [
    (0.0, 5, 0.5), (2.015, 5, 0.95), (-2.015, 5, 0.05), (1.812, 10, 0.95), (1.645, 10_000, 0.95), (5.841, 3, 0.995),
])  # fmt: skip
def test_student(t: float, freedom: float, under: float) -> None:
    assert normal(normal_score(np.array([t]), freedom))[0] == pytest.approx(under, abs=0.002)


def test_the_strongest_of_several_is_weak_when_all_are() -> None:
    mean, variance = np.full((3, 1), -65.0), np.full((3, 1), 9.0)
    alone = below(ASKED_DBM, mean, variance, Likeness(), 1e9)[0]
    together = below(ASKED_DBM, mean, variance, Likeness(0.9), 1e9)[0]
    two_here = below(ASKED_DBM, mean, variance, Likeness(0.0, 0.9, (0, 1, 0)), 1e9)[0]
    assert alone == pytest.approx(1 / 8, abs=1e-6)
    assert alone < two_here < 1 / 4 < together < 1 / 2
    # The expected greatest of three normal errors is 0.846 standard deviations (order statistics).
    assert expected(mean, variance, Likeness(), 1e9)[0] == pytest.approx(-65 + 3 * 0.846, abs=0.6)


def test_what_is_hardly_known_is_not_decided() -> None:
    unsure = np.array([0.5, 0.2, 0.11, 0.89, np.nan, 0.0, 1.0])
    assert most_sure(unsure).tolist() == [UNDETERMINED] * 5 + [MET, NOT_MET]
    doubtful = np.full(100, 0.05)
    assert (most_sure(doubtful) == UNDETERMINED).all()
    assert (most_sure(np.append(doubtful, np.zeros(900))) == MET).all()


def test_noise_that_scans_tell_of_is_not_taken_for_the_floors_own() -> None:
    rng = np.random.default_rng(6)
    points, cells = spread(40, 20, 4), cells_of(40, 20)
    dbm = np.full(len(points), -60.0) + rng.normal(0, 2.5, len(points))
    known, unknown = (
        (decide(one_radio(points, dbm, noise), NOWHERE, cells, asked(cells)).state == MET).sum() for noise in (6.0, 0.0)
    )
    assert known > unknown


def test_more_points_on_a_floor_decide_more_of_it() -> None:
    cells = cells_of(60, 20)
    decided = []
    for step in (8.0, 5.0, 3.0):
        points = spread(60, 20, step)
        state = decide(Heard(points, falling(points, SENDERS), ("5", "5")), SENDERS, cells, asked(cells)).state
        decided.append(int((state != UNDETERMINED).sum()))
    assert decided[1] > 1.3 * decided[0]
    assert decided[2] > 0.95 * decided[1]


@pytest.mark.parametrize("dbm", [np.full((12, 3), np.nan), np.full((12, 0), -50.0)])
def test_points_that_heard_nothing_decide_nothing_met(dbm: np.ndarray) -> None:
    cells = cells_of(20, 12)
    points = np.resize(spread(20, 12, 4.5), (12, 2))
    found = decide(Heard(points, dbm, ("5",) * dbm.shape[1]), SENDERS, cells, asked(cells))
    assert isinstance(found, Decided)
    assert MET not in found.state


def test_hull_and_what_it_leaves_out() -> None:
    corners = hull(np.array([[0.0, 0.0], [4, 0], [4, 4], [0, 4], [2, 2], [2, 0]]))
    assert sorted(map(tuple, corners.tolist())) == [(0, 0), (0, 4), (4, 0), (4, 4)]
    cells = np.array([[2.0, 2.0], [9.0, 2.0], [-4.0, -4.0]])
    speaks, beside = within(cells, corners)
    assert speaks.tolist() == [True, False, False]
    assert not beside.any()


def test_of_radios_without_addresses_the_strongest_of_a_scan_counts() -> None:
    where = {"survey": "w1", "point": 1, "floor": "2", "x_m": 3.0, "y_m": 3.0}
    of_macos = [
        Radio(ssid="Campus", bssid="", band_ghz="5", channel=36, rssi_dbm=dbm, own=True, scan=1, **where)
        for dbm in (-80, -50, -70)
    ]
    (on,) = floor_points(campus(**tables(walked_floor())), [seen("place:R01", one, AT) for one in of_macos])
    assert on.readings[0].radios == {("5", ""): -50}
    assert on.readings[0].dbm == {"5": -50, "best": -50}
