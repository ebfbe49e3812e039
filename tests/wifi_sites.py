"""Floors heard access point by access point and scan by scan, on which the map was tuned.

Another world than that of ``tests.wifi_floors``, which it has to prove itself on: rooms by splitting a floor again and
again, walls of gypsum, brick and concrete in one building, powers that differ, two bands, receivers that go deaf, a
path loss that breaks at a distance, floors with a corner missing. What an oracle would know is told as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
CELL_M = 1.0
STEP_M = 0.5
DEAF_DBM = -90.0
HEIGHT_M = 1.8
GRADES_DB = (2.0, 5.0, 12.0)


@dataclass(frozen=True)
class Site:
    """What the floors of a family have in common; pairs are the bounds of a uniform draw.

    Attributes:
        rooms: ``split`` (again and again), ``comb`` (rooms on both sides of a corridor) or ``hall`` (none).
        share_common: how much of the shadowing's variance all access points have in common.
        breaks_m: from here on signal falls by 1.5 exponents more; 0 for never.
        area_a_point: m² for each point; in rooms there are three at least.
        at_1m: of a 5 GHz radio; one of 2.4 GHz is 6 dB stronger.
    """

    rooms: str = "split"
    width_m: tuple[float, float] = (30, 70)
    height_m: tuple[float, float] = (16, 36)
    bent: bool = False
    aps: tuple[int, int] = (4, 8)
    exponent: tuple[float, float] = (2.2, 3.2)
    sigma: tuple[float, float] = (3, 6)
    length_m: tuple[float, float] = (2, 6)
    rough: bool = True
    share_common: float = 0.3
    walls_db: float = 1.0
    power_db: float = 1.5
    bands: tuple[str, ...] = ("5",)
    breaks_m: float = 0.0
    area_a_point: tuple[float, float] = (25, 40)
    walk: str = "rooms"
    scan_db: tuple[float, float] = (1, 3)
    scans: int = 5
    at_1m: tuple[float, float] = (-44, -34)
    storeys: int = 1
    unlisted: int = 0


SITES: dict[str, Site] = {
    "hall": Site(rooms="hall", walk="grid", sigma=(4, 7), share_common=0.0),
    "hall-few": Site(rooms="hall", walk="grid", aps=(2, 3), exponent=(2.6, 3.4), sigma=(5, 8)),
    "split": Site(),
    "split-many": Site(aps=(9, 12)),
    "comb": Site(rooms="comb", aps=(5, 10), exponent=(1.8, 2.6), sigma=(2, 4)),
    "comb-few": Site(rooms="comb", aps=(2, 4), exponent=(1.8, 2.6), sigma=(2, 4)),
    "concrete-only": Site(rooms="comb", walls_db=2.0, exponent=(1.8, 2.2), sigma=(2, 4), aps=(4, 9)),
    "powers": Site(power_db=6.0, aps=(5, 10)),
    "two-bands": Site(bands=("2.4", "5"), aps=(4, 8)),
    "bent": Site(bent=True, width_m=(40, 70), height_m=(25, 45), aps=(5, 10)),
    "sparse-walk": Site(area_a_point=(60, 100), walk="random", aps=(5, 10)),
    "corridor-only": Site(rooms="comb", walk="corridor", aps=(4, 8)),
    "noisy": Site(scan_db=(3, 3), scans=3),
    "long-smooth": Site(length_m=(6, 12), rough=False, rooms="hall", walk="random"),
    "breaking": Site(breaks_m=8.0, aps=(6, 12)),
    "threshold": Site(rooms="hall", walk="grid", sigma=(6, 6), exponent=(3, 3), at_1m=(-42, -40), aps=(3, 5)),
    "well-served": Site(aps=(10, 14), width_m=(30, 50), height_m=(16, 28), walls_db=0.5),
    "leaking": Site(storeys=2, aps=(3, 6)),
    "unlisted": Site(aps=(5, 9), unlisted=2),
}  # fmt: skip


@dataclass(frozen=True)
class Walked:
    """A floor's truth and what a survey says of it.

    Attributes:
        points: n × 2; ``scans`` n × radios × scans of dBm, NaN where a radio was not heard.
        bands: of each radio; ``told`` where the inventory says that access points hang.
        cells: of a metre; ``each`` the truth of each radio there.
        trend, trend_at: likewise what is left without shadowing, for an oracle, as is all that follows.
    """

    width: float
    height: float
    outlines: tuple[Array, ...]
    points: Array
    scans: Array
    bands: tuple[str, ...]
    told: Array
    cells: Array
    each: Array
    trend: Array
    trend_at: Array
    sigma: float
    length_m: float
    rough: bool
    share_common: float
    scan_db: float

    @property
    def truth(self) -> Array:
        """The strongest radio at each cell."""
        return self.each.max(1)

    def medians(self) -> Array:
        """n × radios: the median of a radio's scans, NaN where most did not hear it."""
        filled = np.where(np.isnan(self.scans), -200.0, self.scans)
        middle = np.median(filled, axis=2)
        return np.where(middle < -150, np.nan, middle)

    def noise_db2(self) -> float:
        """What the scans of a point say of the noise that is left in their median."""
        several = np.isfinite(self.scans).all(2)
        return float(self.scans[several].var(1, ddof=1).mean() / self.scans.shape[2])

    def strongest(self) -> Array:
        """n: the median over scans of the strongest."""
        filled = np.where(np.isnan(self.scans), -95.0, self.scans)
        return np.round(np.median(filled.max(1), axis=1), 1)


Room = tuple[float, float, float, float]


def walk(site: Site, seed: int) -> Walked:
    """The floor of a family with that number, and a walk through it."""
    rng = np.random.default_rng([seed, 77])
    width, height = (float(round(rng.uniform(*one))) for one in (site.width_m, site.height_m))
    rooms, walls = _rooms(site, width, height, rng)
    nodes = _grid(width, height, STEP_M)
    whole = _inhabited(site, nodes, width, height)
    cells_all = _grid(width, height, CELL_M)
    cells = cells_all[_inhabited(site, cells_all, width, height)]
    points = _walked(site, rooms, width, height, rng)
    points = points[_inhabited(site, points, width, height)]
    aps = _hung(site, nodes[whole], rng)
    exponent, sigma, length = (float(rng.uniform(*one)) for one in (site.exponent, site.sigma, site.length_m))
    at_1m = rng.uniform(*site.at_1m)
    common = _shadow(width, height, length, site.rough, rng)
    both = np.vstack([cells, points])
    trends, fields, bands = [], [], []
    for ap, storey in aps:
        power = rng.normal(0, site.power_db)
        own = _shadow(width, height, length, site.rough, rng)
        away = np.sqrt(((both - ap) ** 2).sum(1) + (HEIGHT_M + 3.2 * storey) ** 2)
        loss = 10 * exponent * np.log10(np.maximum(away, 1)) + 16 * storey
        if site.breaks_m:
            loss += 15 * np.maximum(np.log10(away / site.breaks_m), 0)
        walled = site.walls_db * _through(walls, ap, both)
        for band in site.bands:
            low = band == "2.4"
            mine = own
            level = at_1m + power
            if len(site.bands) > 1:
                level += rng.normal(0, 1) + (6.0 if low else 0.0)
                mine = np.sqrt(0.6) * own + np.sqrt(0.4) * _shadow(width, height, length, site.rough, rng)
            trend = level - loss - (0.75 if low else 1.0) * walled
            shade = np.sqrt(site.share_common) * common + np.sqrt(1 - site.share_common) * mine
            trends.append(trend)
            fields.append(trend + sigma * _sample(shade, both))
            bands.append(band)
    scan_db = float(rng.uniform(*site.scan_db))
    trend, field = np.array(trends).T, np.array(fields).T
    quiet = field[len(cells) :]
    scans = np.round(quiet[:, :, None] + rng.normal(0, scan_db, (*quiet.shape, site.scans)))
    scans[scans < DEAF_DBM] = np.nan
    told = np.array([ap for ap, storey in aps if storey == 0])
    return Walked(
        width, height, tuple(np.array([(a, b), (c, b), (c, d), (a, d)]) for a, b, c, d in rooms), points, scans,
        tuple(bands), told[: len(told) - site.unlisted], cells, field[: len(cells)], trend[: len(cells)],
        trend[len(cells) :], sigma, length, site.rough, site.share_common, scan_db,
    )  # fmt: skip


def _grid(width: float, height: float, step: float) -> Array:
    x, y = np.meshgrid(np.arange(0, width, step) + step / 2, np.arange(0, height, step) + step / 2)
    return np.column_stack([x.ravel(), y.ravel()])


def _inhabited(site: Site, at: Array, width: float, height: float) -> NDArray[np.bool_]:
    """All of the floor, or all but the quarter that a bent one lacks."""
    result: NDArray[np.bool_] = ~((at[:, 0] > width * 0.55) & (at[:, 1] > height * 0.5)) | np.array(not site.bent)
    return result


def _rooms(site: Site, width: float, height: float, rng: np.random.Generator) -> tuple[list[Room], list[Array]]:
    if site.rooms == "hall":
        return [], []
    if site.rooms == "comb":
        low, high = height / 2 - 1.2, height / 2 + 1.2
        rooms = []
        for bottom, top in ((0.0, low), (high, height)):
            cuts = np.append(np.arange(0, width - 5, rng.uniform(6, 9)), width)
            rooms += [(float(a), bottom, float(b), top) for a, b in pairwise(cuts)]
    else:
        rooms = _split((0.0, 0.0, width, height), rng)
    walls: dict[Room, Array] = {}
    for a, b, c, d in rooms:
        for wall in ((a, b, c, b), (a, d, c, d), (a, b, a, d), (c, b, c, d)):
            if (wall[0] == wall[2] and wall[0] in (0, width)) or (wall[1] == wall[3] and wall[1] in (0, height)):
                continue
            # Shared by two rooms: each of them brings half of it.
            walls[(*wall,)] = np.array([*wall, rng.choice(GRADES_DB) / (2 if site.rooms == "split" else 1)])
    return rooms, list(walls.values())


def _split(room: Room, rng: np.random.Generator) -> list[Room]:
    a, b, c, d = room
    if (c - a) * (d - b) < rng.uniform(50, 110):
        return [room]
    share = rng.uniform(0.35, 0.65)
    if c - a > d - b:
        middle = round(a + share * (c - a), 1)
        return _split((a, b, middle, d), rng) + _split((middle, b, c, d), rng)
    middle = round(b + share * (d - b), 1)
    return _split((a, b, c, middle), rng) + _split((a, middle, c, d), rng)


def _walked(site: Site, rooms: list[Room], width: float, height: float, rng: np.random.Generator) -> Array:
    area, a_point = width * height, rng.uniform(*site.area_a_point)
    wanted = max(10, round(area / a_point))
    if site.walk == "corridor":
        along = np.arange(1.5, width, 3.0)
        return np.column_stack([along, height / 2 + rng.uniform(-0.8, 0.8, len(along))])
    if site.walk == "grid" or not rooms:
        step = np.sqrt(area / wanted)
        x, y = np.meshgrid(np.arange(step / 2, width, step), np.arange(step / 2, height, step))
        some = np.column_stack([x.ravel(), y.ravel()]) + rng.uniform(-1, 1, (x.size, 2))
        return np.clip(some, 0.3, (width - 0.3, height - 0.3))
    if site.walk == "random":
        return rng.uniform(0.5, (width - 0.5, height - 0.5), (wanted, 2))
    places = []
    for a, b, c, d in rooms:
        n = max(3, round((c - a) * (d - b) / a_point))
        places.append(np.column_stack([rng.uniform(a + 0.6, c - 0.6, n), rng.uniform(b + 0.6, d - 0.6, n)]))
    if site.rooms == "comb":
        along = np.arange(3, width, 7.0)
        places.append(np.column_stack([along, np.full(len(along), height / 2)]))
    return np.vstack(places)


def _hung(site: Site, nodes: Array, rng: np.random.Generator) -> list[tuple[Array, int]]:
    """Access points well apart, each with the storey it hangs on, this one's first."""
    found = []
    for storey in range(site.storeys):
        n = int(rng.integers(site.aps[0], site.aps[1] + 1))
        chosen = [nodes[rng.integers(len(nodes))]]
        while len(chosen) < n:
            some = nodes[rng.integers(len(nodes), size=6)]
            apart = np.array([min(float(((one - other) ** 2).sum()) for other in chosen) for one in some])
            chosen.append(some[int(np.argmax(apart))])
        found += [(one, storey) for one in chosen]
    return found


def _through(walls: list[Array], ap: Array, at: Array) -> Array:
    """dB lost in the walls between."""
    lost = np.zeros(len(at))
    for x0, y0, x1, y1, loss in walls:
        axis, where, low, high = (0, x0, y0, y1) if x0 == x1 else (1, y0, x0, x1)
        a, b = ap[axis] - where, at[:, axis] - where
        with np.errstate(divide="ignore", invalid="ignore"):
            meets = ap[1 - axis] + (at[:, 1 - axis] - ap[1 - axis]) * a / (a - b)
        lost += loss * ((a * b < 0) & (meets >= low) & (meets <= high))
    return lost


def _shadow(width: float, height: float, length: float, rough: bool, rng: np.random.Generator) -> Array:  # noqa: FBT001
    """A Gaussian field of variance 1 on a grid of half a metre, by circulant embedding."""
    rows, columns = int(np.ceil(height / STEP_M)) + 1, int(np.ceil(width / STEP_M)) + 1
    down, across = 2 * rows + int(8 * length / STEP_M), 2 * columns + int(8 * length / STEP_M)
    y = np.minimum(np.arange(down), down - np.arange(down)) * STEP_M
    x = np.minimum(np.arange(across), across - np.arange(across)) * STEP_M
    away = np.hypot(y[:, None], x[None])
    rho = np.exp(-away / length) if rough else np.exp(-((away / length) ** 2))
    power = np.maximum(np.fft.fft2(rho).real, 0)
    white = rng.normal(size=power.shape) + 1j * rng.normal(size=power.shape)
    field: Array = np.fft.fft2(white * np.sqrt(power / power.size)).real[:rows, :columns]
    return field


def _sample(field: Array, at: Array) -> Array:
    """The field at places, from the node nearest."""
    result: Array = field[np.round(at[:, 1] / STEP_M).astype(int), np.round(at[:, 0] / STEP_M).astype(int)]
    return result
