"""The reachable cells of grids as they are kept: versions by day, worked out where there is none."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec
import numpy as np
import shapely
from numpy.typing import NDArray

from tracker.county.model import Grid
from tracker.db.pool import Database, Row
from tracker.db.queries import Queries
from tracker.patrol.closed import read_spans, shapes_of
from tracker.patrol.memory import give_back
from tracker.patrol.reachable import Drawn, Ints, Reach, Why, closed_cells, reachable_cells

log = logging.getLogger(__name__)

_SQL = Queries.beside(__file__, "reach.sql")
MOST_CELLS = 32_000  # of one grid, some 50 km2: the table counts in smallint


class Walked(msgspec.Struct, frozen=True, kw_only=True):
    """A cell outside the reachable ones that workers walked again and again."""

    cell: str  # hexadecimal
    days: int
    workers: int
    last_day: date


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Version:
    """What holds for a grid from a day on."""

    valid_from: date
    reach: Reach


async def reachable_on(database: Database, grids: Sequence[Grid], day: date) -> dict[str, Ints]:
    """The reachable cells of grids, without land closed that day; worked out and kept where there are none yet."""
    stored = await read_versions(database, day)
    missing = [grid for grid in grids if grid.code not in stored or stored[grid.code].valid_from < grid.valid_from]
    worked_out: dict[str, Reach] = {}
    if missing:
        worked_out = await work_out(database, missing, day)
        await put_versions(database, [(grid.code, grid.valid_from, worked_out[grid.code]) for grid in missing])
        log.info("reachable cells of %d grids worked out", len(missing), extra={"action": "patrol.reachable"})
    closed = shapes_of(await read_spans(database, day))
    found = {
        grid.code: worked_out.get(grid.code, stored[grid.code].reach if grid.code in stored else _NONE).cells
        for grid in grids
    }
    return _opened(found, grids, closed) if len(closed) else found


async def read_versions(database: Database, day: date) -> dict[str, Version]:
    """What holds for each grid on a day."""
    rows = await database.fetch(_SQL.on_day, day)
    return {
        row["grid_code"]: Version(
            valid_from=row["valid_from"],
            reach=Reach(
                source=row["source"], cells=np.array(row["cells"], np.int64), why=np.frombuffer(row["why"], np.uint8)
            ),
        )
        for row in rows
    }


async def put_versions(database: Database, rows: Sequence[tuple[str, date, Reach]]) -> None:
    """Keep versions: (grid, valid from, cells). One that was drawn for the same day stays."""
    values = [(code, day, reach.source, reach.cells.tolist(), reach.why.tobytes()) for code, day, reach in rows]
    await database.executemany(_SQL.add, values)


async def work_out(database: Database, grids: Sequence[Grid], day: date) -> dict[str, Reach]:
    """The cells as the drawn plan of now has them; seconds for a county, in a thread."""
    drawn = await read_drawn(database, day)
    found = await asyncio.to_thread(reachable_cells, [grid.boundary for grid in grids], drawn)
    del drawn
    give_back()  # of a county some 250 MB, and it is done once
    return {grid.code: _bounded(reach) for grid, reach in zip(grids, found, strict=True)}


async def read_drawn(database: Database, day: date) -> Drawn:
    """Lanes, houses, closed areas and key points of the whole county."""
    shapes: dict[str, list[bytes]] = {"lane": [], "house": [], "water": [], "closed": []}
    for row in await database.fetch(_SQL.drawn):
        shapes[row["kind"]].append(row["geometry"])
    points = [(row["lon"], row["lat"]) for row in await database.fetch(_SQL.points, day)]
    closed = shapely.from_wkb([*shapes["water"], *shapes["closed"]])
    return Drawn(
        lanes=shapely.from_wkb(shapes["lane"]),
        houses=shapely.from_wkb(shapes["house"]),
        closed=closed[shapely.get_dimensions(closed) == 2],  # a stream drawn as a line takes no ground
        points=np.array([shapely.Point(*place) for place in points], object),
    )


async def print_of_drawn(database: Database, day: date) -> str:
    """Changes when what `read_drawn` gives changes."""
    return str(await database.fetchval(_SQL.drawn_print, day))


async def read_walked(database: Database, codes: Sequence[str]) -> dict[str, list[Walked]]:
    """Cells of grids that were walked on several days, by grid; they may be reachable by now."""
    found: dict[str, list[Walked]] = {}
    for row in await database.fetch(_SQL.walked, list(codes)):
        one = Walked(cell=f"{row['cell']:x}", days=row["days"], workers=row["workers"], last_day=row["last_day"])
        found.setdefault(row["grid_code"], []).append(one)
    return found


async def write_walked(database: Database, grid: str, worker_id: int, day: date, cells: Sequence[int]) -> None:
    """Note cells that a worker walked on a day; twice is once."""
    await database.execute(_SQL.put_walked, grid, list(cells), day, worker_id)


async def drop_walked(database: Database, before: date) -> None:
    """Forget walks of earlier days."""
    await database.execute(_SQL.drop_walked, before)


async def read_accepted(database: Database, day: date) -> Sequence[Row]:
    """Rows (grid_code, worker_id, starts_at, ends_at) of what was walked in rounds that were done."""
    return await database.fetch(_SQL.accepted, day)


def with_tracks(reach: Reach, learned: Sequence[int], closed: Any = None) -> Reach:
    """Cells with those that were learned from tracks, without what is closed."""
    fresh = np.setdiff1d(np.array(learned, np.int64), reach.cells)
    if closed is not None:
        fresh = fresh[~closed_cells(fresh, closed)]
    if not len(fresh):
        return reach
    cells = np.concatenate([reach.cells, fresh])
    why = np.concatenate([reach.why, np.full(len(fresh), int(Why.TRACK), np.uint8)])
    order = np.argsort(cells)
    source = reach.source if reach.source == "lanes" else "tracks"
    return _bounded(Reach(source=source, cells=cells[order], why=why[order]))


def is_same(one: Reach, other: Reach) -> bool:
    """Whether nothing changed."""
    return one.source == other.source and np.array_equal(one.cells, other.cells) and np.array_equal(one.why, other.why)


def _opened(found: dict[str, Ints], grids: Sequence[Grid], closed: NDArray[Any]) -> dict[str, Ints]:
    """Cells without those whose centre is closed; only grids that a closed area touches are looked at."""
    touched = set(shapely.STRtree([grid.boundary for grid in grids]).query(closed, predicate="intersects")[1].tolist())
    codes = [grids[place].code for place in sorted(touched)]
    return found | {code: found[code][~closed_cells(found[code], closed)] for code in codes}


def _bounded(reach: Reach) -> Reach:
    return Reach(source=reach.source, cells=reach.cells[:MOST_CELLS], why=reach.why[:MOST_CELLS])


_NONE = Reach(source="unknown", cells=np.empty(0, np.int64), why=np.empty(0, np.uint8))
