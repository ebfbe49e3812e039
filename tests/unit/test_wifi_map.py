"""The map of coverage: right where it decides, silent where it cannot know, the same for the same points."""

from __future__ import annotations

import numpy as np
import pytest

from rules.wifi_map.decide import MET, NOT_MET, UNDETERMINED, decide
from rules.wifi_map.kriging import fit, student
from rules.wifi_map.trend import columns, sending
from rules.wifi_map.within import hull, within
from tests.wifi_floors import FAMILIES, SimulatedFloor, simulate

NOWHERE = np.empty((0, 2))
ASKED_DBM = -65.0


def cells_of(width: float, height: float) -> np.ndarray:
    x, y = np.meshgrid(np.arange(0, width) + 0.5, np.arange(0, height) + 0.5)
    return np.column_stack([x.ravel(), y.ravel()])


def spread(width: float, height: float, step: float) -> np.ndarray:
    x, y = np.meshgrid(np.arange(step / 2, width, step), np.arange(step / 2, height, step))
    return np.column_stack([x.ravel(), y.ravel()])


def judged(floor: SimulatedFloor, places: np.ndarray) -> tuple[int, int, int]:
    across = round(floor.plan.width / 0.5)
    some = np.arange(len(floor.cells)).reshape(-1, across)[::3, ::3].ravel()
    cells, truth = floor.cells[some], floor.truth[some] >= ASKED_DBM
    state = decide(floor.points, floor.dbm, places, cells, np.full(len(cells), ASKED_DBM)).state
    sure = state != UNDETERMINED
    return int(sure.sum()), int((sure & ((state == MET) != truth)).sum()), len(cells)


@pytest.mark.parametrize("family", ["grid", "concrete", "storeys", "dead", "unwalked", "corridor"])
def test_of_what_is_decided_hardly_anything_is_wrong(family: str) -> None:
    floors = [simulate(FAMILIES[family], seed) for seed in range(700, 704)]
    decided, wrong, _ = np.array([judged(one, one.told) for one in floors]).sum(0)
    assert wrong <= 0.02 * decided


def test_most_of_a_well_served_floor_is_decided_and_more_with_positions() -> None:
    floors = [simulate(FAMILIES["dense"], seed) for seed in range(700, 704)]
    known, unknown = (
        np.array([judged(one, one.told if told else NOWHERE) for one in floors]).sum(0) for told in (True, False)
    )
    assert known[0] >= 0.6 * known[2]
    assert known[0] >= unknown[0]
    assert known[1] <= 0.02 * known[0]
    assert unknown[1] <= 0.02 * unknown[0]


def test_a_strong_floor_is_met_and_a_weak_one_is_not() -> None:
    points = spread(40, 20, 4)
    cells = cells_of(40, 20)
    noise = np.random.default_rng(1).normal(0, 1, len(points))
    for level, state in ((-50.0, MET), (-80.0, NOT_MET)):
        found = decide(points, level + noise, NOWHERE, cells, np.full(len(cells), ASKED_DBM))
        assert set(found.state.tolist()) <= {state, UNDETERMINED}
        assert (found.state == state).mean() > 0.85


def test_nothing_is_guessed_outside_the_points_nor_at_corners() -> None:
    points = np.array([[15.0, 10.0], [25, 10], [20, 15], [20, 8], [18, 12], [22, 12], [17, 10], [23, 10]])
    cells = cells_of(60, 40)
    state = decide(points, np.full(8, -45.0), NOWHERE, cells, np.full(len(cells), ASKED_DBM)).state
    away = np.hypot(*(cells[:, None] - points[None]).transpose(2, 0, 1)).min(1)
    assert (state[away > 6.5] == UNDETERMINED).all()
    corner = (cells[:, 0] < 10) | (cells[:, 1] > 20) | (cells[:, 0] > 30)
    assert (state[corner] == UNDETERMINED).all()
    assert (state[(away < 1.5)] == MET).any()


def test_each_place_is_held_to_its_own_threshold() -> None:
    points, cells = spread(40, 20, 4), cells_of(40, 20)
    threshold = np.where(cells[:, 0] < 20, -65.0, -70.0)
    dbm = np.full(len(points), -67.5) + np.random.default_rng(2).normal(0, 0.5, len(points))
    state = decide(points, dbm, NOWHERE, cells, threshold).state
    assert MET not in state[cells[:, 0] < 20]
    assert NOT_MET not in state[cells[:, 0] > 20]


@pytest.mark.parametrize("points", [
    np.empty((0, 2)), np.array([[1.0, 1.0]]), np.array([[float(n), 3.0] for n in range(5)]),
])  # fmt: skip
def test_too_few_points_decide_nothing(points: np.ndarray) -> None:
    cells = cells_of(10, 10)
    found = decide(points, np.full(len(points), -40.0), np.array([[5.0, 5.0]]), cells, np.full(len(cells), ASKED_DBM))
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
    state = decide(points, dbm, np.array([[1.0, 1.0]]), cells, np.full(len(cells), ASKED_DBM)).state
    assert (state[cells[:, 0] > 16] == UNDETERMINED).all()


def test_the_order_of_points_and_a_second_look_change_nothing() -> None:
    floor = simulate(FAMILIES["rooms"], 5)
    cells = cells_of(floor.plan.width, floor.plan.height)
    asked = np.full(len(cells), ASKED_DBM)
    first = decide(floor.points, floor.dbm, floor.told, cells, asked)
    again = decide(floor.points, floor.dbm, floor.told, cells, asked)
    turned = decide(floor.points[::-1], floor.dbm[::-1], floor.told, cells, asked)
    assert (first.state == again.state).all()
    assert (first.state == turned.state).mean() > 0.999


def test_a_listed_access_point_that_does_not_send_is_told_from_those_that_do() -> None:
    points = spread(60, 20, 4)
    senders, dead = np.array([[5.0, 10.0], [30.0, 10.0]]), np.array([[55.0, 10.0]])
    away = np.hypot(*(points[:, None] - senders[None]).transpose(2, 0, 1)).min(1)
    dbm = -35 - 30 * np.log10(np.maximum(away, 1)) + np.random.default_rng(3).normal(0, 2, len(points))
    assert sending(points, dbm, np.vstack([senders, dead])).tolist() == senders.tolist()


def test_where_signal_does_not_fall_with_distance_positions_count_for_nothing() -> None:
    points = spread(40, 20, 4)
    dbm = -80 + 0.5 * points[:, 0]
    assert len(sending(points, dbm, np.array([[1.0, 10.0]]))) == 0


def test_the_error_at_points_left_out_is_that_of_leaving_them_out() -> None:
    rng = np.random.default_rng(4)
    points = rng.uniform(0, 30, (25, 2))
    dbm = -60 + 5 * np.sin(points[:, 0] / 6) + rng.normal(0, 1, 25)
    whole = fit(points, columns(points, NOWHERE), dbm)
    errors = []
    for n in range(25):
        rest = np.arange(25) != n
        mean, _, _ = fit(points[rest], columns(points[rest], NOWHERE), dbm[rest]).below(
            points[n : n + 1], columns(points[n : n + 1], NOWHERE), np.array([ASKED_DBM])
        )
        errors.append(dbm[n] - mean[0])
    assert np.sqrt(np.mean(whole.left_out_db**2)) == pytest.approx(np.sqrt(np.mean(np.square(errors))), rel=0.1)


@pytest.mark.parametrize(("t", "freedom", "below"), [
    (0.0, 5, 0.5), (2.015, 5, 0.95), (-2.015, 5, 0.05), (1.812, 10, 0.95), (1.645, 10_000, 0.95), (5.841, 3, 0.995),
])  # fmt: skip
def test_student(t: float, freedom: int, below: float) -> None:
    assert student(np.array([t]), freedom)[0] == pytest.approx(below, abs=0.002)


def test_hull_and_what_it_leaves_out() -> None:
    corners = hull(np.array([[0.0, 0.0], [4, 0], [4, 4], [0, 4], [2, 2], [2, 0]]))
    assert sorted(map(tuple, corners.tolist())) == [(0, 0), (0, 4), (4, 0), (4, 4)]
    cells = np.array([[2.0, 2.0], [9.0, 2.0], [-4.0, -4.0]])
    assert within(cells, corners).tolist() == [True, False, False]
