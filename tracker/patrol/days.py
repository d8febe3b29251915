"""Open the book of a day: its plans, ground, walkers and leaves, out of the register and the patrol's tables."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import shapely
from numpy.typing import NDArray

from tracker.county.model import Grid, Worker
from tracker.county.snapshot import Snapshot
from tracker.db.pool import Database
from tracker.patrol import store
from tracker.patrol.book import DayBook, GridDay
from tracker.patrol.calendar import Calendar
from tracker.patrol.closed import Span, read_spans
from tracker.patrol.duties import IsOnDuty
from tracker.patrol.ground import GridGround, Ground
from tracker.patrol.model import KeyPoint, Plan, RoundWindow, Walkers
from tracker.patrol.plan import Plans, rounds_on
from tracker.patrol.reach import reachable_on

log = logging.getLogger(__name__)

Ints = NDArray[np.int64]
REFOLD_WORKERS = 50  # at once: a day of theirs is some 10 MB, in up to 400,000 uploads of one fix


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Setting:
    """What the patrol is told by people: plans, calendar, key points, closed land."""

    plans: Plans
    calendar: Calendar
    points: Mapping[str, Sequence[KeyPoint]]
    closed: Sequence[Span] = ()

    def windows(self, code: str, day: date) -> tuple[RoundWindow, ...]:
        """The rounds of a grid or division on a day."""
        plan = self.plans.holding(code, day)
        return rounds_on(plan, day, self.calendar) if plan else ()

    def points_of(self, grid_code: str, day: date) -> list[KeyPoint]:
        """The key points that a grid has on a day, without those on closed land."""
        return [one for one in self.points.get(grid_code, ()) if one.holds_on(day) and not self._is_closed(one, day)]

    def _is_closed(self, point: KeyPoint, day: date) -> bool:
        return any(span.holds_on(day) and shapely.contains_xy(span.shape, point.lon, point.lat) for span in self.closed)


async def read_setting(database: Database) -> Setting:
    """All of it; it is small."""
    return Setting(
        plans=await store.read_plans(database),
        calendar=await store.read_calendar(database),
        points=await store.read_key_points(database),
        closed=await read_spans(database),
    )


class Walkable:
    """Who walks where on a day, by the register's present state: a worker's earlier grids are not kept there."""

    def __init__(self, snapshot: Snapshot, plans: Plans, day: date) -> None:
        self._plans, self._day = plans, day
        self._by_grid: dict[str, list[int]] = {}
        self._by_village: dict[str, list[int]] = {}
        self._grids_of_village: dict[str, list[str]] = {}
        for worker in snapshot.workers.values():
            if worker.id is not None and serves_on(worker, day):
                self._by_grid.setdefault(worker.grid_code, []).append(worker.id)
                self._by_village.setdefault(worker.grid_code[:12], []).append(worker.id)
        for code in snapshot.grids:
            self._grids_of_village.setdefault(code[:12], []).append(code)

    def workers(self, grid_code: str) -> list[int]:
        """Ids of the workers whose steps count for the grid."""
        plan = self._plans.holding(grid_code, self._day)
        if plan is None:
            return []
        whole = plan.walkers is Walkers.VILLAGE
        return sorted(self._by_village.get(grid_code[:12], ()) if whole else self._by_grid.get(grid_code, ()))

    def grids(self, worker_id: int, own: str) -> list[str]:
        """The grids for which a worker's steps count, their own first."""
        near = self._grids_of_village.get(own[:12], [])
        return sorted((code for code in near if worker_id in self.workers(code)), key=lambda code: (code != own, code))


def serves_on(worker: Worker, day: date) -> bool:
    """Whether the worker is valid on a day."""
    return worker.valid_from <= day and (worker.valid_to is None or worker.valid_to > day)


async def open_day(
    database: Database,
    setting: Setting,
    snapshot: Snapshot,
    day: date,
    *,
    is_on_duty: IsOnDuty,
    only: Collection[str] | None = None,
    known: Ground | None = None,
) -> DayBook:
    """The book of a day with all workers stale, for some grids or all; seconds of work for a county, in a thread.

    `known` is ground that was built before: what has not changed of it is used again.
    """
    grids = [one for code, one in sorted(snapshot.grids.items()) if only is None or code in only]
    plans = {grid.code: setting.plans.holding(grid.code, day) for grid in grids}
    grids = [grid for grid in grids if plans[grid.code] is not None]
    cells = await reachable_on(database, grids, day)
    usual = await store.read_usual_minutes(database, day)
    walkable = Walkable(snapshot, setting.plans, day)
    days = [
        GridDay(
            code=grid.code,
            plan=_some(plans[grid.code]),
            windows=setting.windows(grid.code, day),
            walkers=tuple(walkable.workers(grid.code)),
            usual_minutes=usual.get(grid.code, 0.0),
        )
        for grid in grids
    ]
    parts = [
        _grid_ground(grid, cells[grid.code], one.plan, setting, day) for grid, one in zip(grids, days, strict=True)
    ]
    on_leave = await store.read_leaves(database, day)

    def build() -> DayBook:
        return DayBook(day, Ground(parts, known), days, on_leave=on_leave, is_on_duty=is_on_duty)

    book = await asyncio.to_thread(build)
    book.remember(await store.read_day(database, day))
    return book


def is_as_planned(book: DayBook, setting: Setting, on_leave: frozenset[int]) -> bool:
    """Whether a book would be opened just so today: most changes begin tomorrow, and folding a day anew is work."""
    day = book.day
    return book.on_leave == on_leave and all(
        _id_of(setting.plans.holding(one.code, day)) == one.plan.id  # its end may have been set
        and [point.id for point in setting.points_of(one.code, day)] == book.ground.point_ids[place]
        and rounds_on(one.plan, day, setting.calendar) == one.windows
        for place, one in enumerate(book.grids)
    )


async def refold(database: Database, book: DayBook, most: int = REFOLD_WORKERS) -> list[int]:
    """Bring some stale workers of a book up to date from history; returns the rounds that may have changed."""
    workers = book.begin_refold(most)
    try:
        segments = await store.read_segments(database, workers, book.day)
        fresh = await asyncio.to_thread(book.prepare, workers, segments)
    except BaseException:
        book.give_up_refold(workers)
        raise
    return book.finish_refold(workers, fresh)


def _grid_ground(grid: Grid, cells: Ints, plan: Plan, setting: Setting, day: date) -> GridGround:
    points = setting.points_of(grid.code, day)
    return GridGround(
        code=grid.code,
        boundary=grid.boundary,
        cells=cells,
        sight_m=float(plan.sight_radius_m),
        points=tuple((point.id, point.lon, point.lat, float(point.radius_m)) for point in points),
    )


def _id_of(plan: Plan | None) -> int | None:
    return plan.id if plan else None


def _some(plan: Plan | None) -> Plan:
    assert plan is not None  # noqa: S101  # grids without a plan were left out
    return plan
