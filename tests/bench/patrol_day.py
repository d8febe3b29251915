"""A whole day of the county read from PostgreSQL and folded again, and live commits as they are wired; real figures.

    python tests/bench/patrol_day.py [--workers 700] [--upload 10] [--compact] [--data FOLDER]

The county is the demo's, with all its grids and reachable cells. So many of its workers have a fix each 10 s for 24
hours in stored uploads; the rest have none, and the county's day is extrapolated from the fixes that were read.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tests.bench.load.house import cpu_s, stat
from tests.bench.monthly.house import FIRST, House, house_in
from tracker.bus.model import Batch, Stored
from tracker.clock import day_start_ms, to_datetime
from tracker.demo.county.build import SEED, build_county
from tracker.demo.county.frame import COUNTY_VILLAGES
from tracker.patrol import store
from tracker.patrol.days import REFOLD_WORKERS, refold
from tracker.patrol.memory import give_back
from tracker.patrol.walks import NEVER
from tracker.tracks.compact import Compactor
from tracker.tracks.model import Dialect
from tracker.tracks.segment import RECORDS, VERSION, plain

FIXES = 8640  # of one worker's day, one each 10 s
STEP_MS = 10_000
COUNTY_FIXES = 4215 * FIXES  # 36.4 million
COMMITS = (200, 1000, 4000)  # uploads in one commit of the live part
LIVE_UPLOADS = 12_000  # of each size of commit
LIVE_WORKERS = 300
COLUMNS = ("worker_id", "started_at", "ordinal", "ended_at", "received_at", "device_id", "dialect", "fixes", "data")
Upload = tuple[int, int, bytes]


class Clock:
    """Wall and processor seconds since the last look: ours, and PostgreSQL's (its first process is `postmaster`)."""

    def __init__(self, postmaster: int) -> None:
        self.wall_s = self.own_s = self.postgres_s = 0.0
        self._postmaster = postmaster
        self.look()

    def look(self) -> tuple[float, float, float]:
        """Wall, own, PostgreSQL's."""
        now = time.perf_counter(), time.process_time(), cpu_s(self._postmaster, children=True)
        before = self.wall_s, self.own_s, self.postgres_s
        self.wall_s, self.own_s, self.postgres_s = now
        return now[0] - before[0], now[1] - before[1], now[2] - before[2]


def main(words: Sequence[str] | None = None) -> None:
    """Print a line for each figure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--workers", type=int, default=700, help="who have stored tracks")
    parser.add_argument("--upload", type=int, default=10, help="fixes in an upload")
    parser.add_argument("--compact", action="store_true", help="compact the stored day first, as an hour later")
    parser.add_argument("--data", type=Path, default=None, help="keep the data folder there; default: a temporary one")
    asked = parser.parse_args(words)
    with tempfile.TemporaryDirectory(prefix="sanxun-day-") as folder:
        Path(folder).chmod(0o755)  # the database runs under another user when we are root
        asyncio.run(_measure(asked, asked.data or Path(folder) / "data"))
    _say("load average after the run", os.getloadavg()[0], "")


async def _measure(asked: argparse.Namespace, folder: Path) -> None:
    async with house_in(folder) as house:
        grids = asked.workers / 4215 if asked.workers < 50 else 1.0
        county = await asyncio.to_thread(build_county, SEED, max(2, round(COUNTY_VILLAGES * grids)))
        await house.fill(county, 2)
        del county
        house.now_ms = day_start_ms(FIRST)
        clock = Clock(await _postmaster(house))
        await house.engine.settle()
        _say("open the day of the county: our CPU", clock.look()[1], "s")
        _say("resident memory with an empty day", _resident_mb(), "MB")
        workers = _spread_out(house, asked.workers)
        await _store(house, _uploads(house, workers, asked.upload))
        give_back()
        house.now_ms = day_start_ms(FIRST) + 86_400_000 - 1000
        if asked.compact:
            await Compactor(house.database, house.metrics, lambda: house.now_ms, after_ms=0).compact_once()
        await _measure_refold(house, workers, clock)
        _measure_live(house, _uploads(house, workers[:LIVE_WORKERS], asked.upload), asked.upload)


async def _measure_refold(house: House, workers: list[int], clock: Clock) -> None:
    book, fixes = house.engine._book, len(workers) * FIXES
    clock.look()
    for begin in range(0, len(workers), REFOLD_WORKERS):
        some = workers[begin : begin + REFOLD_WORKERS]
        await asyncio.to_thread(_floor, await store.read_segments(house.database, some, FIRST))
    floor = clock.look()
    book.stale.update(workers)
    while book.stale:
        await refold(house.database, book)
    taken = clock.look()
    _say(f"fixes of {len(workers)} workers, stored and read", fixes / 1e6, "million")
    for name, (wall_s, own_s, postgres_s) in (("read and one numpy pass", floor), ("read and refold", taken)):
        _say(f"{name}: a fix, our CPU", own_s / fixes * 1e6, "µs")
        _say("  PostgreSQL's CPU", postgres_s / fixes * 1e6, "µs")
        _say("  36.4 million fixes, wall (extrapolated)", wall_s / fixes * COUNTY_FIXES / 60, "min")
    _say("resident memory after it", _resident_mb(), "MB")
    seen = np.concatenate([book.walks.seen_of(row) for row in book.walks.rows_of_workers(workers).tolist()])
    _say("spots of these walks that were seen", 100 * float((seen < NEVER).mean()), "%")


def _measure_live(house: House, uploads: list[Upload], size: int) -> None:
    """Uploads of the morning round in the order of their time, in commits; each fifth of a second is folded."""
    window = house.engine._book.rounds[0].window
    house.now_ms = window.ends_ms
    morning = sorted((one for one in uploads if window.starts_ms <= one[1] < window.ends_ms), key=lambda one: one[1])
    for place, commit in enumerate(COMMITS):
        mine = morning[place * LIVE_UPLOADS : (place + 1) * LIVE_UPLOADS]
        _forget(house)
        read_s, portions = 0.0, [0.0]
        for begin in range(0, len(mine), commit):
            batch = _batch(mine[begin : begin + commit], house.now_ms)
            began = time.process_time()
            house.engine.read(batch)
            read_s += time.process_time() - began
            while house.engine._book.pending:
                began = time.process_time()
                house.engine.fold()
                portions.append(time.process_time() - began)
        each_us = (read_s + sum(portions)) / max(1, len(mine) * size) * 1e6
        _say(f"live, {commit} uploads of {size} together: a fix, read and fold", each_us, "µs")
        _say("  the longest portion", 1000 * max(portions), "ms")


def _forget(house: House) -> None:
    """Everybody begins anew."""
    house.engine._book.walks._reset()


def _batch(uploads: Sequence[Upload], now_ms: int) -> Batch:
    segments = [Stored(worker_id=who, started_at_ms=at, received_at_ms=now_ms, data=data) for who, at, data in uploads]
    return Batch(committed_at_ms=now_ms, fixes=0, newest=[], segments=segments)


def _floor(segments: Sequence[Upload]) -> float:
    """The least that a reader of these bytes does: one pass over each coordinate."""
    raw = np.frombuffer(b"".join([plain(one[2])[1:] for one in segments]), RECORDS)
    return float(raw["lat"].sum() + raw["lon"].sum())


def _spread_out(house: House, count: int) -> list[int]:
    """Workers of grids all over the county."""
    everybody = sorted(one.id for one in house.register.snapshot.workers.values() if one.id)
    return everybody[:: max(1, len(everybody) // count)][:count]


def _uploads(house: House, workers: Sequence[int], size: int) -> list[Upload]:
    """Everybody wanders within 200 m of the middle of their grid, 12 m each 10 s."""
    chance, ground = np.random.default_rng(7), house.engine._book.ground
    midnight, found = day_start_ms(FIRST), []
    for worker in workers:
        grid = ground.index[house.register.grid_of(worker) or ""]
        lat, lon = _track(chance, ground.lat0[grid], ground.lon0[grid], ground.per_lat[grid], ground.per_lon[grid])
        records = np.zeros((FIXES // size, size), RECORDS)
        records["dt"] = np.arange(size) * STEP_MS
        records["lat"], records["lon"] = lat.reshape(records.shape), lon.reshape(records.shape)
        records["accuracy"], records["speed"], records["battery"] = 80, 120, 90
        head = bytes([VERSION])
        found += [(worker, midnight + n * size * STEP_MS, head + row.tobytes()) for n, row in enumerate(records)]
    return found


def _track(
    chance: np.random.Generator, lat0: float, lon0: float, per_lat: float, per_lon: float
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    course = np.cumsum(chance.normal(0, 0.3, FIXES))
    x, y = (np.abs((np.cumsum(12 * part) + 200) % 800 - 400) - 200 for part in (np.cos(course), np.sin(course)))
    noise = chance.normal(0, 3, (2, FIXES))
    lat = (lat0 + (y + noise[0]) / per_lat) * 1e7
    return lat.astype(np.int32), ((lon0 + (x + noise[1]) / per_lon) * 1e7).astype(np.int32)


async def _store(house: House, uploads: Sequence[Upload]) -> None:
    size = (len(uploads[0][2]) - 1) // RECORDS.itemsize
    async with house.database.connection() as connection:
        await connection.copy_records_to_table("segment", records=_rows(uploads, size), columns=COLUMNS, timeout=600)
    await house.database.execute("analyze segment")


def _rows(uploads: Sequence[Upload], size: int) -> Iterator[tuple[object, ...]]:
    for worker, at_ms, data in uploads:
        began, ended = to_datetime(at_ms), to_datetime(at_ms + (size - 1) * STEP_MS)
        yield worker, began, 0, ended, ended, 1, int(Dialect.NATIVE), size, data


async def _postmaster(house: House) -> int:
    return int(stat(await house.database.fetchval("select pg_backend_pid()"))[1])


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def _say(what: str, figure: float, unit: str) -> None:
    sys.stdout.write(f"{what:66} {figure:9.2f} {unit}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
