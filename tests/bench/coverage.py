"""What coverage costs: the fold of live fixes each second, and of a day's history; CPU time of one core.

The day is one of 200 workers with a fix each 10 s for 24 hours in uploads of six minutes, walking in irregular grids
all of whose cells are reachable. The county's day is an extrapolation from it. `patrol_day.py` measures a day that is
stored in PostgreSQL, and commits as the engine takes them.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # so that it also runs by its path

from tests.bench.figures import Figures
from tracker.clock import day_start_ms
from tracker.geo.cells import cells_of_polygon
from tracker.patrol.calendar import Calendar
from tracker.patrol.fold import fold
from tracker.patrol.ground import GridGround, Ground
from tracker.patrol.model import RoundPattern, RoundWindow
from tracker.patrol.plan import default_plan, rounds_on
from tracker.patrol.steps import RECORD, Segment, Steps, decode
from tracker.patrol.walks import NEVER, Walk, Walks

WORKERS = 200
FIXES = 8640  # of one worker's day, one each 10 s
UPLOAD = 36
COUNTY_FIXES = 4215 * FIXES  # 36.4 million
LIVE = (1, 5, 20)  # fixes of each worker that are folded together
TURNS = 60
DAY = date(2026, 9, 1)


@dataclass(frozen=True, eq=False, kw_only=True)
class World:
    """The ground and its rounds; everybody walks in their own grid."""

    ground: Ground
    windows: tuple[RoundWindow, ...]

    def walks(self) -> Walks:
        """Nobody has made a step."""
        grids = range(len(self.ground.codes))
        return Walks(
            self.ground, [Walk(worker_id=one + 1, grid=one, window=each) for one in grids for each in self.windows]
        )


def main() -> None:
    """Print a line for each figure."""
    figures = Figures("coverage")
    chance = np.random.default_rng(7)
    grids = [_grid(place, chance) for place in range(WORKERS)]
    began = time.process_time()
    ground = Ground(grids)
    figures.add("ground of 4,215 grids (extrapolated)", (time.process_time() - began) / WORKERS * 4215, "s")
    windows = rounds_on(default_plan("130533000000", DAY), DAY, Calendar())
    world = World(ground=ground, windows=windows)
    lat, lon = _tracks(ground, chance)
    _measure_history(figures, world, _uploads(lat, lon))
    for together in LIVE:
        _measure_live(figures, world, lat, lon, together)
    figures.write()


def _measure_history(figures: Figures, world: World, uploads: list[Segment]) -> None:
    began = time.process_time()
    steps = decode(uploads)
    decoded = time.process_time() - began
    began = time.process_time()
    raw = np.frombuffer(b"".join([data[1:] for _, _, data in uploads]), RECORD)
    floor_us = _floor_us(raw, began)
    for name, windows in (("three rounds of the day", world.windows), ("one round of 24 hours", (_whole_day(),))):
        walks = World(ground=world.ground, windows=windows).walks()
        began = time.process_time()
        fold(world.ground, walks, steps)
        each_us = (time.process_time() - began + decoded) / len(steps) * 1e6
        figures.add(f"history, {name}: decode and fold a fix", each_us, "µs", floor=floor_us)
        figures.add(f"history, {name}: 36.4 million fixes (extrapolated)", each_us * COUNTY_FIXES / 60e6, "min")
        figures.add(f"history, {name}: spots seen", 100 * float((walks.seen_ms < NEVER).mean()), "%")


def _measure_live(
    figures: Figures, world: World, lat: NDArray[np.int32], lon: NDArray[np.int32], together: int
) -> None:
    """From the begin of the morning round on, so many fixes of everybody at once."""
    walks, spent_s = world.walks(), 0.0
    first = int((world.windows[0].starts_ms - day_start_ms(DAY)) // 10_000)
    count = WORKERS * together
    for turn in range(TURNS):
        at = first + turn * together
        when = day_start_ms(DAY) + 10_000 * np.tile(np.arange(at, at + together), WORKERS)
        steps = Steps(
            worker=np.repeat(np.arange(WORKERS) + 1, together),
            at_ms=when,
            lat_e7=lat[:, at : at + together].ravel(),
            lon_e7=lon[:, at : at + together].ravel(),
            is_good=np.ones(count, np.bool_),
        )
        began = time.process_time()
        fold(world.ground, walks, steps)
        spent_s += time.process_time() - began
    figures.add(f"live, {count} fixes of {WORKERS} workers together: a fix", spent_s / TURNS / count * 1e6, "µs")


def _floor_us(raw: NDArray[np.void], began: float) -> float:
    (raw["lat"].astype(np.int64) + raw["lon"]).sum()
    return (time.process_time() - began) / len(raw) * 1e6


def _grid(place: int, chance: np.random.Generator) -> GridGround:
    """A round of corners some 280 m from the middle: about 0.24 km2."""
    lat, lon = 36.8 + 0.006 * (place // 20), 115.0 + 0.0075 * (place % 20)
    turn, far = np.sort(chance.uniform(0, 2 * np.pi, 24)), chance.uniform(0.8, 1.2, 24)
    shape = shapely.Polygon(np.column_stack([lon + 0.0031 * far * np.cos(turn), lat + 0.0025 * far * np.sin(turn)]))
    cells = np.array(sorted(cells_of_polygon(shape)), np.int64)
    return GridGround(
        code=f"130533100{place:06d}", boundary=shape, cells=cells, sight_m=40.0, points=((1, lon, lat, 30.0),)
    )


def _tracks(ground: Ground, chance: np.random.Generator) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """A wandering walk of 12 m a step, turned back at the sides of a square of 400 m; a row a worker."""
    course = np.cumsum(chance.normal(0, 0.3, (WORKERS, FIXES)), axis=1)
    x, y = (np.cumsum(12 * part(course), axis=1) for part in (np.cos, np.sin))
    x, y = (np.abs((way + 200) % 800 - 400) - 200 for way in (x, y))
    lat = ground.lat0[:, None] + y / ground.per_lat[:, None]
    lon = ground.lon0[:, None] + x / ground.per_lon[:, None]
    return (lat * 1e7).astype(np.int32), (lon * 1e7).astype(np.int32)


def _uploads(lat: NDArray[np.int32], lon: NDArray[np.int32]) -> list[Segment]:
    records = np.zeros((WORKERS, FIXES // UPLOAD, UPLOAD), RECORD)
    records["dt"] = np.arange(UPLOAD) * 10_000
    records["lat"], records["lon"], records["accuracy"] = lat.reshape(records.shape), lon.reshape(records.shape), 80
    midnight, long_ms = day_start_ms(DAY), UPLOAD * 10_000
    return [
        (worker + 1, midnight + place * long_ms, b"\x01" + records[worker, place].tobytes())
        for worker in range(WORKERS)
        for place in range(FIXES // UPLOAD)
    ]


def _whole_day() -> RoundWindow:
    midnight = day_start_ms(DAY)
    pattern = RoundPattern(name="all", starts=0, ends=1440)
    end = midnight + pattern.ends * 60_000
    return RoundWindow(ordinal=1, name=pattern.name, starts_ms=midnight, ends_ms=end, until_ms=end)


if __name__ == "__main__":
    main()
