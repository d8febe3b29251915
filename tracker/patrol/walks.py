"""Walks as columns: how far each worker has come in each round of each grid that their steps count for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tracker.patrol.ground import Ground
from tracker.patrol.model import RoundWindow
from tracker.patrol.spots import PER_CELL
from tracker.patrol.steps import Ints, Steps

NEVER = np.iinfo(np.int32).max
SLOT_MS = 60_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Walk:
    """One worker in one round of one grid; `grid` is its place in the ground."""

    worker_id: int
    grid: int
    window: RoundWindow


class Walks:
    """The state of many walks. Times within a round are kept in ms since its begin, NEVER for what has not happened.

    Keeping when a spot was first seen, not whether, gives the window's coverage, the late one, the time of completion,
    the pace and any past minute from one column.
    """

    def __init__(self, ground: Ground, walks: Sequence[Walk]) -> None:
        ordered = sorted(walks, key=lambda one: (one.worker_id, one.window.starts_ms, one.grid))
        self.worker = np.array([one.worker_id for one in ordered], np.int64)
        self.grid = np.array([one.grid for one in ordered], np.int64)
        self.ordinal = np.array([one.window.ordinal for one in ordered], np.int64)
        self.starts_ms = np.array([one.window.starts_ms for one in ordered], np.int64)
        self.ends_ms = np.array([one.window.ends_ms for one in ordered], np.int64)
        self.until_ms = np.array([one.window.until_ms for one in ordered], np.int64)
        self.cell_at = _offsets((ground.cell_at[1:] - ground.cell_at[:-1])[self.grid])
        self.spot_at = PER_CELL * self.cell_at
        self.point_at = _offsets((ground.point_at[1:] - ground.point_at[:-1])[self.grid])
        self.slot_at = _offsets((self.until_ms - self.starts_ms + SLOT_MS - 1) // SLOT_MS)
        self._workers, self._first = np.unique(self.worker, return_index=True)
        self._counts = np.diff(np.append(self._first, len(self.worker)))
        self._reset()

    def __len__(self) -> int:
        return len(self.worker)

    def _reset(self) -> None:
        count = len(self)
        self.seen_ms = np.full(self.spot_at[-1], NEVER, np.int32)
        self.is_whole = np.zeros(self.cell_at[-1], np.bool_)  # every spot of the cell has been seen: no need to look
        self.visited_ms = np.full(self.point_at[-1], NEVER, np.int32)
        self.inside_ms = np.zeros(self.slot_at[-1], np.int32)
        self.fixes = np.zeros(count, np.int32)
        self.heard_to_ms = np.full(count, -1, np.int64)  # the last step of all, good or not
        self.heard_ms = np.zeros(count, np.int64)
        self.gap_ms = np.zeros(count, np.int64)
        self.first_ms = np.full(count, np.iinfo(np.int64).max, np.int64)
        self.window_last_ms = np.full(count, -1, np.int64)
        self.last_ms = np.full(count, -1, np.int64)  # the last good step
        self.last_lat_e7 = np.zeros(count, np.int32)
        self.last_lon_e7 = np.zeros(count, np.int32)
        self.last_inside = np.zeros(count, np.bool_)

    def rows_of(self, steps: Steps) -> tuple[Ints, Ints]:
        """Pairs (walk, step) of steps and the walks they belong to, by walk, then by time; other steps are left out."""
        if not len(self._workers):
            return np.empty(0, np.int64), np.empty(0, np.int64)
        place = np.minimum(np.searchsorted(self._workers, steps.worker), len(self._workers) - 1)
        count = np.where(self._workers[place] == steps.worker, self._counts[place], 0)
        at = np.repeat(np.arange(len(steps)), count)
        row = np.repeat(self._first[place] - (np.cumsum(count) - count), count) + np.arange(len(at))
        when = steps.at_ms[at]
        belongs = (when >= self.starts_ms[row]) & (when < self.until_ms[row])
        row, at = row[belongs], at[belongs]
        if np.any(row[1:] < row[:-1]):  # a worker of several grids
            order = np.argsort(row, kind="stable")
            row, at = row[order], at[order]
        return row, at

    def rows_of_workers(self, workers: Sequence[int]) -> Ints:
        """All walks of some workers."""
        return np.flatnonzero(np.isin(self.worker, np.array(workers, np.int64)))

    def put(self, rows: Ints, fresh: Walks) -> None:
        """Replace walks by those of `fresh`, made of the same walks alone."""
        for name in PER_WALK:
            getattr(self, name)[rows] = getattr(fresh, name)
        for name, at in PER_PART:
            mine, theirs = getattr(self, at), getattr(fresh, at)
            for place, row in enumerate(rows.tolist()):
                column = getattr(fresh, name)
                getattr(self, name)[mine[row] : mine[row + 1]] = column[theirs[place] : theirs[place + 1]]

    def seen_of(self, row: int) -> NDArray[np.int32]:
        """When each spot of the grid was first seen in this walk."""
        return self.seen_ms[self.spot_at[row] : self.spot_at[row + 1]]

    def visited_of(self, row: int) -> NDArray[np.int32]:
        """When each key point of the grid was first visited in this walk."""
        return self.visited_ms[self.point_at[row] : self.point_at[row + 1]]

    def inside_of(self, row: int) -> NDArray[np.int32]:
        """Milliseconds on foot inside the grid, by minute of the round."""
        return self.inside_ms[self.slot_at[row] : self.slot_at[row + 1]]


PER_WALK = (
    "fixes", "heard_to_ms", "heard_ms", "gap_ms", "first_ms", "window_last_ms",
    "last_ms", "last_lat_e7", "last_lon_e7", "last_inside",
)  # fmt: skip
PER_PART = (("seen_ms", "spot_at"), ("is_whole", "cell_at"), ("visited_ms", "point_at"), ("inside_ms", "slot_at"))


def _offsets(counts: Ints) -> Ints:
    return np.concatenate([[0], np.cumsum(counts, dtype=np.int64)])
