"""A floor's cells: each is decided for a place that lies on the floor, and together they are as large as it is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.wifi_map.cells import cut
from rules.wifi_map.floors import outside_by
from rules.wifi_map.rooms import inside

L_SHAPE = ((0.0, 0.0), (40.3, 0.0), (40.3, 9.5), (12.2, 9.5), (12.2, 30.7), (0.0, 30.7))


def enclosed(outline: tuple[tuple[float, float], ...]) -> float:
    x, y = np.array(outline).T
    return abs(float(x @ np.roll(y, -1) - y @ np.roll(x, -1))) / 2


@given(st.floats(0.3, 300), st.floats(0.3, 300), st.floats(0.9, 5))
def test_each_lies_on_the_floor_and_together_they_are_all_of_it(width: float, height: float, side: float) -> None:
    cells = cut(width, height, side)
    assert (cells.at > 0).all()
    assert (cells.at < (width, height)).all()
    assert len(cells.at) == cells.square_m.size
    assert cells.square_m.sum() == pytest.approx(width * height)
    assert (cells.square_m <= side**2 + 1e-9).all()


def test_the_last_of_a_row_is_as_narrow_as_what_is_left() -> None:
    cells = cut(58.3, 2.0, 1.0)
    assert cells.at[58].tolist() == pytest.approx([58.15, 0.5])
    assert cells.square_m[0, 58] == pytest.approx(0.3)
    assert cells.at[:3].tolist() == [[0.5, 0.5], [1.5, 0.5], [2.5, 0.5]]


@given(st.lists(st.tuples(st.floats(0, 40), st.floats(0, 25)), min_size=3, max_size=8))
def test_with_an_outline_each_lies_within_it(corners: list[tuple[float, float]]) -> None:
    cells = cut(40, 25, 1.0, corners)
    assert len(cells.at) == np.count_nonzero(cells.on_floor)
    assert inside(cells.at, np.array(corners)).all()
    whole = cut(40, 25, 0.2)
    around = float(np.hypot(*(np.array(corners) - np.roll(corners, -1, axis=0)).T).sum())
    enough = 0.04 * inside(whole.at, np.array(corners)).sum()
    assert cells.square_m.sum() == pytest.approx(enough, abs=0.1 + 0.15 * around)


def test_what_an_outline_leaves_out_is_no_cell_and_what_it_cuts_counts_in_part() -> None:
    cells = cut(40.3, 30.7, 1.0, L_SHAPE)
    assert cells.square_m.sum() == pytest.approx(enclosed(L_SHAPE), rel=0.01)
    assert not cells.on_floor[20, 20]
    assert cells.square_m[20, 12] == pytest.approx(0.2)
    assert cut(40.3, 30.7, 1.0).square_m.sum() == pytest.approx(40.3 * 30.7)


@pytest.mark.parametrize(("at", "away"), [
    ((5, 5), 0), ((0, 0), 0), ((12.2, 20), 0), ((15.2, 20), 3), ((43.3, 13.5), 5), ((-1, 10), 1), ((20, 40.7), 12.68),
])  # fmt: skip
def test_how_far_outside_an_outline_a_place_is(at: tuple[float, float], away: float) -> None:
    assert outside_by(at, L_SHAPE) == pytest.approx(away, abs=0.01)
