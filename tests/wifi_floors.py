"""Floors whose coverage is known: walls, access points, shadowing, and surveys with all that goes wrong in surveys.

A floor is one of a family; families differ in what the map's own model does not know (walls, storeys, correlation
lengths, noise that is not the same everywhere). Truth is the field without the noise of measuring, on a grid of half a
metre; points stand on that grid.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
STEP_M = 0.5
SCANS = 5
DEAF_DBM = -93.0


@dataclass(frozen=True)
class Wall:
    """A wall along an axis: at ``at`` on axis ``axis`` (0: x is fixed), from ``start`` to ``end`` on the other."""

    axis: int
    at: float
    start: float
    end: float
    loss_db: float


@dataclass(frozen=True)
class Plan:
    """A building's floor: its size, its rooms as (x0, y0, x1, y1), its walls."""

    width: float
    height: float
    rooms: tuple[tuple[float, float, float, float], ...]
    walls: tuple[Wall, ...]


@dataclass(frozen=True)
class SimulatedFloor:
    """What a survey tells of a floor, and what is true of it.

    ``dbm`` is the strongest at each point; ``each`` all that is heard, n × access points, NaN where one is not;
    ``noise_db2`` what scanning leaves in these on average.
    """

    plan: Plan
    points: Array
    dbm: Array
    each: Array
    noise_db2: float
    told: Array
    cells: Array
    truth: Array


@dataclass(frozen=True)
class Kind:
    """What the floors of a family have in common; two numbers are the bounds of a uniform draw."""

    exponent: tuple[float, float] = (1.8, 4.0)
    sigma: tuple[float, float] = (3.0, 8.0)
    length_m: tuple[float, float] = (2.0, 10.0)
    smooth: bool = False
    own_shadow: float = 0.5
    wall_db: tuple[float, float] = (0.0, 0.0)
    width_m: tuple[float, float] = (30.0, 80.0)
    height_m: tuple[float, float] = (15.0, 40.0)
    aps: tuple[int, int] = (2, 12)
    noise_db: tuple[float, float] = (1.0, 3.0)
    uneven_noise: bool = False
    bias_db: float = 0.0
    storeys: int = 1
    dead: float = 0.0
    misplaced_m: float = 0.0
    missing_rooms: float = 0.0
    walk: str = "rooms"
    area_a_point: tuple[float, float] = (20.0, 20.0)


FAMILIES: dict[str, Kind] = {
    "ordinary": Kind(walk="grid", exponent=(2.5, 3.5), sigma=(3, 5), length_m=(4, 10), aps=(3, 6)),
    "dense": Kind(walk="grid", exponent=(2.5, 3.5), sigma=(3, 5), length_m=(4, 10), aps=(10, 16)),
    "open": Kind(walk="random", length_m=(3, 8)),
    "rooms": Kind(wall_db=(3, 10), exponent=(1.8, 3.0)),
    "grid": Kind(walk="grid", wall_db=(2, 8), exponent=(1.8, 3.0)),
    "short": Kind(length_m=(0.5, 2), walk="grid"),
    "long": Kind(length_m=(12, 30), wall_db=(0, 6)),
    "smooth": Kind(length_m=(4, 10), smooth=True, walk="random"),
    "concrete": Kind(wall_db=(8, 15), exponent=(1.8, 2.2), sigma=(3, 5)),
    "storeys": Kind(storeys=3, wall_db=(3, 8), exponent=(1.8, 3)),
    "uneven": Kind(uneven_noise=True, noise_db=(2, 5), wall_db=(0, 8)),
    "biased": Kind(bias_db=2.0, wall_db=(0, 8)),
    "dead": Kind(dead=1.0, wall_db=(0, 8), aps=(3, 12)),
    "misplaced": Kind(misplaced_m=4.0, wall_db=(0, 8)),
    "unwalked": Kind(missing_rooms=0.25, wall_db=(3, 10), exponent=(1.8, 3.0)),
    "corridor": Kind(walk="corridor", wall_db=(3, 10), exponent=(1.8, 3.0)),
    "sparse": Kind(walk="random", area_a_point=(30, 60), wall_db=(0, 6)),
    "small": Kind(width_m=(12, 30), height_m=(8, 15), aps=(1, 3), wall_db=(2, 10), exponent=(1.8, 3.0)),
    "few": Kind(aps=(1, 3), wall_db=(0, 8)),
}


def simulate(kind: Kind, seed: int) -> SimulatedFloor:
    """The floor of a family with that number."""
    rng = np.random.default_rng(seed)
    plan = _plan(kind, rng)
    cells = _nodes(plan)
    field, heard_from = _field(kind, plan, cells, rng)
    places = _walk(kind, plan, rng)
    chosen = _nearest_nodes(places, plan)
    noise, noise_db2 = _noise(kind, plan, cells[chosen], field.shape[1], rng)
    each = np.round(field[chosen] + noise + rng.uniform(-kind.bias_db, kind.bias_db))
    dbm = each.max(1)
    each[each < DEAF_DBM] = np.nan
    told = heard_from + rng.normal(0, kind.misplaced_m / np.sqrt(2), heard_from.shape)
    if rng.random() < kind.dead:
        told = np.vstack([told, _scattered(plan, 1, rng)])
    return SimulatedFloor(plan, cells[chosen], dbm, each, noise_db2, told, cells, field.max(1))


def _draw(bounds: tuple[float, float], rng: np.random.Generator) -> float:
    return float(rng.uniform(*bounds))


def _plan(kind: Kind, rng: np.random.Generator) -> Plan:
    width, height = round(_draw(kind.width_m, rng)), round(_draw(kind.height_m, rng))
    corridor = (height / 2 - 1.25, height / 2 + 1.25)
    loss = _draw(kind.wall_db, rng)
    cuts = [0.0]
    while width - cuts[-1] > 13:
        cuts.append(cuts[-1] + rng.uniform(6, 10))
    cuts.append(float(width))
    rooms, walls = [], [Wall(1, at, 0, width, loss) for at in corridor]
    for low, high in ((0.0, corridor[0]), (corridor[1], float(height))):
        for left, right in pairwise(cuts):
            rooms.append((left, low, right, high))
            walls.append(Wall(0, right, low, high, loss))
    return Plan(width, height, tuple(rooms), tuple(walls))


def _nodes(plan: Plan) -> Array:
    x, y = np.meshgrid(np.arange(0, plan.width, STEP_M) + STEP_M / 2, np.arange(0, plan.height, STEP_M) + STEP_M / 2)
    return np.column_stack([x.ravel(), y.ravel()])


def _nearest_nodes(places: Array, plan: Plan) -> NDArray[np.int64]:
    across, down = int(np.ceil(plan.width / STEP_M)), int(np.ceil(plan.height / STEP_M))
    column = np.clip((places[:, 0] / STEP_M).astype(int), 0, across - 1)
    row = np.clip((places[:, 1] / STEP_M).astype(int), 0, down - 1)
    return np.unique(row * across + column)


def _scattered(plan: Plan, n: int, rng: np.random.Generator) -> Array:
    """Access points in different rooms or in the corridor, as far from each other as some tries give."""
    best, widest = None, -1.0
    for _ in range(20):
        some = np.column_stack([rng.uniform(1, plan.width - 1, n), rng.uniform(1, plan.height - 1, n)])
        apart = np.hypot(*(some[:, None] - some[None]).transpose(2, 0, 1)) + 1e3 * np.eye(n)
        if best is None or apart.min() > widest:
            best, widest = some, float(apart.min())
    assert best is not None
    return best


def _field(kind: Kind, plan: Plan, cells: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    """The signal of each everywhere, and where the access points stand that send on this floor."""
    exponent, sigma, length = _draw(kind.exponent, rng), _draw(kind.sigma, rng), _draw(kind.length_m, rng)
    at_1m = rng.uniform(-42, -28)
    common = _shadow(plan, length, kind.smooth, rng)
    fields = []
    here = np.empty((0, 2))
    for storey in range(kind.storeys):
        aps = _scattered(plan, int(rng.integers(kind.aps[0], kind.aps[1] + 1)), rng)
        here = aps if storey == 0 else here
        for ap in aps:
            away = np.sqrt(((cells - ap) ** 2).sum(1) + (2.0 if storey == 0 else 3.5 * storey) ** 2)
            path = at_1m + rng.normal(0, 1.5) - 10 * exponent * np.log10(np.maximum(away, 1))
            path -= 18 * storey + _through(plan, ap, cells)
            own = _shadow(plan, length, kind.smooth, rng)
            shadow = np.sqrt(1 - kind.own_shadow) * common + np.sqrt(kind.own_shadow) * own
            fields.append(path + sigma * shadow)
    return np.column_stack(fields), here


def _through(plan: Plan, ap: Array, cells: Array) -> Array:
    """The loss of the walls between an access point and each cell."""
    loss = np.zeros(len(cells))
    for wall in plan.walls:
        if not wall.loss_db:
            continue
        a, b = ap[wall.axis] - wall.at, cells[:, wall.axis] - wall.at
        other = 1 - wall.axis
        with np.errstate(divide="ignore", invalid="ignore"):
            meets = ap[other] + (cells[:, other] - ap[other]) * a / (a - b)
        loss += wall.loss_db * ((a * b < 0) & (meets >= wall.start) & (meets <= wall.end))
    return loss


def _shadow(plan: Plan, length: float, smooth: bool, rng: np.random.Generator) -> Array:  # noqa: FBT001
    """A Gaussian field of variance 1 by circulant embedding."""
    rows, columns = int(np.ceil(plan.height / STEP_M)), int(np.ceil(plan.width / STEP_M))
    down, across = 2 * rows + int(6 * length / STEP_M), 2 * columns + int(6 * length / STEP_M)
    y = np.minimum(np.arange(down), down - np.arange(down)) * STEP_M
    x = np.minimum(np.arange(across), across - np.arange(across)) * STEP_M
    away = np.hypot(y[:, None], x[None]) / length
    power = np.maximum(np.fft.fft2(np.exp(-(away**2) / 2) if smooth else np.exp(-away)).real, 0)
    white = rng.normal(size=power.shape) + 1j * rng.normal(size=power.shape)
    field = np.fft.fft2(white * np.sqrt(power / power.size)).real
    result: Array = field[:rows, :columns].ravel()
    return result


def _walk(kind: Kind, plan: Plan, rng: np.random.Generator) -> Array:
    area = plan.width * plan.height
    wanted = max(8, round(area / _draw(kind.area_a_point, rng)))
    if kind.walk == "random":
        return rng.uniform(0.5, (plan.width - 0.5, plan.height - 0.5), (wanted, 2))
    if kind.walk == "grid":
        step = np.sqrt(area / wanted)
        x, y = np.meshgrid(np.arange(step / 2, plan.width, step), np.arange(step / 2, plan.height, step))
        return np.column_stack([x.ravel(), y.ravel()]) + rng.uniform(-1, 1, (x.size, 2))
    along = np.arange(2, plan.width - 1, 4.0)
    middle = np.column_stack([along, np.full(len(along), plan.height / 2)])
    if kind.walk == "corridor":
        return np.vstack([middle, middle + np.array([1.5, 0.8])])
    places = [middle[::2]]
    for left, low, right, high in plan.rooms:
        if rng.random() < kind.missing_rooms:
            continue
        n = max(3, round((right - left) * (high - low) / 20))
        places.append(np.column_stack([rng.uniform(left + 0.7, right - 0.7, n), rng.uniform(low + 0.7, high - 0.7, n)]))
    return np.vstack(places)


def _noise(kind: Kind, plan: Plan, at: Array, aps: int, rng: np.random.Generator) -> tuple[Array, float]:
    """What is left of the noise of five scans in their median, and what its variance is taken for."""
    spread = _draw(kind.noise_db, rng) * (1 + 2 * at[:, 0] / plan.width if kind.uneven_noise else np.ones(len(at)))
    readings = rng.normal(0, 1, (SCANS, len(at), aps)) * spread[:, None]
    return np.median(readings, 0), float((spread**2).mean() / SCANS)
