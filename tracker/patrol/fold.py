"""The coverage fold: what steps add to walks, for many workers at once.

    A spot of the grid counts as seen when it lies within the sight radius of the straight line between two
    consecutive good fixes of one person on foot that are at most 90 seconds apart.

Every sum is elementwise over the segments between consecutive good fixes, so one fold of a day, a thousand folds of a
second each, and a fold of any other split give the same bits, as long as each worker's steps come in order of time.
Steps that come too late for that are not folded but reported: their worker's walks are then folded anew, from all.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from tracker.geo.projection import Floats
from tracker.patrol.ground import PIECE_M, Ground
from tracker.patrol.spots import PER_CELL
from tracker.patrol.steps import Ints, Mask, Steps
from tracker.patrol.walks import NEVER, Walks

GAP_MS = 90_000
FASTEST_M_PER_MS = 15 / 3.6 / 1000  # 15 km/h: faster is no walk
SLOT_MS = 60_000  # minutes on foot are kept by the minute of the round
RUN = 8  # legs looked at together
PAIRS_AT_ONCE = 50_000  # (leg, cell) pairs looked at together: more would not fit the processor's cache


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Folded:
    """What a fold did: walks that changed, and workers whose steps came behind what was folded before."""

    rows: Ints
    late_workers: Ints
    steps: int


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class _Legs:
    """Good steps that follow another good step of the same walk, and the leg between the two, in metres."""

    row: Ints
    grid: Ints
    at_ms: Ints  # of its end
    took_ms: Ints
    x: Floats  # of its begin
    y: Floats
    run_x: Floats
    run_y: Floats
    is_inside: Mask  # at least one end: a single fix that errs across the border takes nothing away

    def where(self, some: Mask) -> _Legs:
        return _Legs(**{name: getattr(self, name)[some] for name in self.__slots__})


def fold(ground: Ground, walks: Walks, steps: Steps) -> Folded:
    """Add steps (`ordered`) to the walks in place; workers that come late are left as they were."""
    row, at = walks.rows_of(steps)
    is_behind = steps.at_ms[at] <= walks.heard_to_ms[row]
    late = np.unique(steps.worker[at[is_behind]])
    if len(late):
        on_time = ~np.isin(steps.worker[at], late)
        row, at = row[on_time], at[on_time]
    if len(row):
        _fold(ground, walks, row, steps.where(at))
    return Folded(
        rows=row[np.append(True, row[1:] != row[:-1])] if len(row) else row, late_workers=late, steps=len(steps)
    )


def _fold(ground: Ground, walks: Walks, row: Ints, steps: Steps) -> None:
    walks.fixes += np.bincount(row[steps.at_ms < walks.ends_ms[row]], minlength=len(walks)).astype(np.int32)
    ends = np.append(np.flatnonzero(np.diff(row)), len(row) - 1)
    walks.heard_to_ms[row[ends]] = steps.at_ms[ends]
    good = steps.is_good
    row, steps = row[good], steps.where(good)
    if not len(row):
        return
    x, y = ground.to_xy(walks.grid[row], steps.lat_e7, steps.lon_e7)
    inside = ground.is_inside(walks.grid[row], x, y)
    legs = _join(ground, walks, row, steps, x, y, inside)
    _add_points(ground, walks, row, steps.at_ms, x, y)
    _add_silence(walks, row, steps.at_ms, legs)
    _remember(walks, row, steps, inside)
    metres2 = legs.run_x * legs.run_x + legs.run_y * legs.run_y
    farthest = FASTEST_M_PER_MS * legs.took_ms
    on_foot = legs.where((legs.took_ms > 0) & (legs.took_ms <= GAP_MS) & (metres2 <= farthest * farthest))
    _add_minutes(walks, on_foot)
    _add_spots(ground, walks, on_foot)


def _join(ground: Ground, walks: Walks, row: Ints, steps: Steps, x: Floats, y: Floats, inside: Mask) -> _Legs:
    """Legs from each good step back to the one before it, which may have been folded earlier."""
    is_first = np.append(True, row[1:] != row[:-1])
    first = np.flatnonzero(is_first)
    from_x, from_y, from_inside = np.roll(x, 1), np.roll(y, 1), np.roll(inside, 1)
    from_ms = np.roll(steps.at_ms, 1)
    known = row[first]
    grid = walks.grid[row]
    from_x[first], from_y[first] = ground.to_xy(grid[first], walks.last_lat_e7[known], walks.last_lon_e7[known])
    from_inside[first] = walks.last_inside[known]
    from_ms[first] = walks.last_ms[known]
    legs = _Legs(
        row=row, grid=grid, at_ms=steps.at_ms, took_ms=steps.at_ms - from_ms,
        x=from_x, y=from_y, run_x=x - from_x, run_y=y - from_y, is_inside=inside | from_inside,
    )  # fmt: skip
    has_begin = ~is_first
    has_begin[first] = walks.last_ms[known] >= 0
    return legs.where(has_begin)


def _add_points(ground: Ground, walks: Walks, row: Ints, at_ms: Ints, x: Floats, y: Floats) -> None:
    grid = walks.grid[row]
    count = ground.point_at[grid + 1] - ground.point_at[grid]
    if not count.any():
        return
    step, place = _spread(count)
    point = ground.point_at[grid[step]] + place
    away_x, away_y = ground.point_x[point] - x[step], ground.point_y[point] - y[step]
    near = away_x * away_x + away_y * away_y <= ground.point_m2[point]
    step, place = step[near], place[near]
    when = at_ms[step] - walks.starts_ms[row[step]]
    np.minimum.at(walks.visited_ms, walks.point_at[row[step]] + place, when.astype(np.int32))


def _add_silence(walks: Walks, row: Ints, at_ms: Ints, legs: _Legs) -> None:
    """Within the window alone: time heard (gaps of at most 90 s), the longest gap between two good fixes, the edges."""
    in_window = at_ms < walks.ends_ms[row]
    np.minimum.at(walks.first_ms, row[in_window], at_ms[in_window])
    np.maximum.at(walks.window_last_ms, row[in_window], at_ms[in_window])
    legs = legs.where(legs.at_ms < walks.ends_ms[legs.row])
    np.maximum.at(walks.gap_ms, legs.row, legs.took_ms)
    short = legs.took_ms <= GAP_MS
    np.add.at(walks.heard_ms, legs.row[short], legs.took_ms[short])


def _remember(walks: Walks, row: Ints, steps: Steps, inside: Mask) -> None:
    last = np.append(np.flatnonzero(np.diff(row)), len(row) - 1)
    where = row[last]
    walks.last_ms[where] = steps.at_ms[last]
    walks.last_lat_e7[where], walks.last_lon_e7[where] = steps.lat_e7[last], steps.lon_e7[last]
    walks.last_inside[where] = inside[last]


def _add_minutes(walks: Walks, legs: _Legs) -> None:
    legs = legs.where(legs.is_inside)
    slot = walks.slot_at[legs.row] + (legs.at_ms - walks.starts_ms[legs.row]) // SLOT_MS
    np.add.at(walks.inside_ms, slot, legs.took_ms.astype(np.int32))


def _add_spots(ground: Ground, walks: Walks, legs: _Legs) -> None:
    """In order of time for all walks together, so that what was seen a moment ago need not be looked at again."""
    pieces = np.maximum(1, np.ceil(np.hypot(legs.run_x, legs.run_y) / PIECE_M)).astype(np.int64)
    leg, place = _spread(pieces)
    share = (place + 0.5) / pieces[leg]
    middle_x, middle_y = legs.x[leg] + share * legs.run_x[leg], legs.y[leg] + share * legs.run_y[leg]
    square = ground.squares(legs.grid[leg], middle_x, middle_y)
    on = np.flatnonzero(square >= 0)
    leg, square = leg[on], square[on]
    first, count = _runs(legs.row[leg], square)
    near = ground.near_at[square[first] + 1] - ground.near_at[square[first]]
    if near.sum() > PAIRS_AT_ONCE:
        order = np.argsort(legs.at_ms[leg[first]], kind="stable")
        first, count, near = first[order], count[order], near[order]
    for some in _chunks(near):
        _see(ground, walks, legs, leg, square, first[some], count[some])


def _runs(row: Ints, square: Ints) -> tuple[Ints, Ints]:
    """Where legs of one walk that follow each other in one square begin, and how many they are: 1 to RUN."""
    begins = np.ones(len(row), np.bool_)
    begins[1:] = (row[1:] != row[:-1]) | (square[1:] != square[:-1])
    first = np.flatnonzero(begins)
    begins |= (np.arange(len(row)) - first[np.cumsum(begins) - 1]) % RUN == 0
    first = np.flatnonzero(begins)
    return first, np.diff(np.append(first, len(row)))


def _see(ground: Ground, walks: Walks, legs: _Legs, leg: Ints, square: Ints, first: Ints, count: Ints) -> None:
    """The rule itself: the distance of each spot from the leg, against the sight radius."""
    near_at = ground.near_at[square[first]]
    run, place = _spread(ground.near_at[square[first] + 1] - near_at)
    cell = ground.near[near_at[run] + place].astype(np.int64)  # its place within the grid
    at = walks.cell_at[legs.row[leg[first]]][run] + cell
    news = np.flatnonzero(~walks.is_whole[at])  # most cells have been seen before
    run, cell, at = run[news], cell[news], at[news]
    pair, place = _spread(count[run])
    leg, cell, at = leg[first[run[pair]] + place], cell[pair], at[pair]
    grid = legs.grid[leg]
    centre = ground.cell_at[grid] + cell
    from_x, from_y = ground.cell_x[centre] - legs.x[leg], ground.cell_y[centre] - legs.y[leg]
    run_x, run_y = legs.run_x[leg], legs.run_y[leg]
    within = np.flatnonzero(_away2(from_x, from_y, run_x, run_y) <= ground.near_m2[grid])
    leg, grid, at = leg[within], grid[within], at[within]
    spot_x = from_x[within, None] + ground.spot_x[grid]
    spot_y = from_y[within, None] + ground.spot_y[grid]
    away2 = _away2(spot_x, spot_y, run_x[within, None], run_y[within, None])
    row, spot = np.nonzero(away2 <= ground.sight_m2[grid, None])
    when = (legs.at_ms[leg] - walks.starts_ms[legs.row[leg]]).astype(np.int32)
    np.minimum.at(walks.seen_ms, PER_CELL * at[row] + spot, when[row])
    walks.is_whole[at] = (walks.seen_ms.reshape(-1, PER_CELL)[at] < NEVER).all(axis=1)


def _away2(x: Floats, y: Floats, run_x: Floats, run_y: Floats) -> Floats:
    """The square of the distance between (x, y) and the line from (0, 0) to (run_x, run_y)."""
    squared = run_x * run_x + run_y * run_y
    along = np.clip((x * run_x + y * run_y) / np.where(squared > 0, squared, 1.0), 0.0, 1.0)
    off_x, off_y = x - along * run_x, y - along * run_y
    away2: Floats = off_x * off_x + off_y * off_y
    return away2


def _spread(count: Ints) -> tuple[Ints, Ints]:
    """For each row `count` pairs of (row, 0), (row, 1) … as two columns."""
    row = np.repeat(np.arange(len(count)), count)
    return row, np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)


def _chunks(count: NDArray[np.int64]) -> list[slice]:
    """Slices of rows whose pairs fit into memory."""
    total = np.cumsum(count)
    if not len(total) or total[-1] <= PAIRS_AT_ONCE:
        return [slice(None)]
    cuts = np.searchsorted(total, np.arange(PAIRS_AT_ONCE, int(total[-1]), PAIRS_AT_ONCE))
    edges = [0, *np.unique(cuts).tolist(), len(total)]
    return [slice(low, high) for low, high in pairwise(edges) if high > low]
