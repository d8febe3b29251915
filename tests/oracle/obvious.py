"""The coverage rule as on a blackboard: one worker, one round, one loop over all spots; the fold equals it exactly."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray

from tracker.geo.cells import CellId, cell_of, center
from tracker.geo.projection import LocalPlane
from tracker.patrol.ground import BORDER_M, GridGround, plane_of
from tracker.patrol.model import RoundWindow
from tracker.patrol.spots import offsets_about
from tracker.tracks.model import Fix, Flag


@dataclass
class Blackboard:
    """What one walk comes to; times in ms since the round began."""

    seen: dict[int, int] = field(default_factory=dict)  # place of the spot -> when first
    visited: dict[int, int] = field(default_factory=dict)  # id of the key point -> when first
    on_foot_ms: dict[int, int] = field(default_factory=dict)  # minute of the round -> ms on foot inside the grid
    heard_ms: int = 0
    longest_gap_ms: int = 0
    fixes: int = 0


def walk(grid: GridGround, window: RoundWindow, fixes: Iterable[Fix]) -> Blackboard:
    """Fold one worker's fixes of a day, in any order."""
    plane = plane_of(grid.boundary)
    around = shapely.buffer(shapely.transform(grid.boundary, lambda one: _flat(plane, one)), BORDER_M)
    board = Blackboard()
    unique = {(fix.recorded_at_ms, fix.lat_e7, fix.lon_e7): fix for fix in sorted(fixes, key=is_good)}
    mine = [unique[key] for key in sorted(unique) if window.starts_ms <= key[0] < window.until_ms]
    board.fixes = sum(fix.recorded_at_ms < window.ends_ms for fix in mine)
    good = [(fix.recorded_at_ms, *plane.to_xy(fix.lat_e7 / 1e7, fix.lon_e7 / 1e7)) for fix in mine if is_good(fix)]
    for at, x, y in good:
        for name, lon, lat, radius in grid.points:
            px, py = plane.to_xy(lat, lon)
            if (px - x) * (px - x) + (py - y) * (py - y) <= radius**2:
                board.visited.setdefault(name, at - window.starts_ms)
    offsets = offsets_about(cell_of(plane.lat0, plane.lon0), plane).T.tolist()
    centres = [plane.to_xy(*center(CellId(cell))) for cell in grid.cells.tolist()]
    spots = [(x + off_x, y + off_y) for x, y in centres for off_x, off_y in offsets]
    for begin, end in pairwise(good):
        _leg(board, window, begin, end)
        if not is_on_foot(begin, end):
            continue
        since = end[0] - window.starts_ms
        if any(shapely.intersects_xy(around, x, y) for _, x, y in (begin, end)):
            minute = since // 60_000
            board.on_foot_ms[minute] = board.on_foot_ms.get(minute, 0) + end[0] - begin[0]
        for place, spot in enumerate(spots):
            if _distance2(spot, begin[1:], end[1:]) <= grid.sight_m * grid.sight_m:
                board.seen.setdefault(place, since)
    return board


def is_good(fix: Fix) -> bool:
    """Accurate to 50 m, and not called a jump, a mock or a stale position."""
    vague = fix.accuracy_dm is not None and fix.accuracy_dm > 500
    return not vague and not fix.flags & (Flag.JUMP | Flag.MOCK | Flag.STALE_FIX)


def is_on_foot(begin: tuple[int, float, float], end: tuple[int, float, float]) -> bool:
    """At most 90 s apart, and at most 15 km/h."""
    took, run_x, run_y = end[0] - begin[0], end[1] - begin[1], end[2] - begin[2]
    farthest = 15 / 3.6 / 1000 * took
    return 0 < took <= 90_000 and run_x * run_x + run_y * run_y <= farthest * farthest


def _leg(
    board: Blackboard, window: RoundWindow, begin: tuple[int, float, float], end: tuple[int, float, float]
) -> None:
    took = end[0] - begin[0]
    if end[0] < window.ends_ms:
        board.longest_gap_ms = max(board.longest_gap_ms, took)
        board.heard_ms += took if took <= 90_000 else 0


def _distance2(at: tuple[float, float], begin: tuple[float, ...], end: tuple[float, ...]) -> float:
    run_x, run_y = end[0] - begin[0], end[1] - begin[1]
    x, y = at[0] - begin[0], at[1] - begin[1]
    squared = run_x * run_x + run_y * run_y
    along = min(max((x * run_x + y * run_y) / (squared or 1.0), 0.0), 1.0)
    off_x, off_y = x - along * run_x, y - along * run_y
    return off_x * off_x + off_y * off_y


def _flat(plane: LocalPlane, points: NDArray[np.float64]) -> NDArray[np.float64]:

    return np.column_stack(plane.to_xy(points[:, 1], points[:, 0]))
