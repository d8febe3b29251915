"""What compaction makes of a county's day, and what it costs: `python tests/bench/compaction.py`.

Loads uploads of ten fixes as the server stores them, with their presence, then compacts with the server's own
Compactor. Bytes are the files of tables, TOAST and indexes; CPU is what the kernel charged to this process and all of
PostgreSQL's.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import statistics
import sys
import time
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import numpy as np
import uvloop
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # so that it also runs by its path

from tests.bench.figures import say
from tests.bench.load.cluster import cluster, load_average, log_bytes, postgres_s
from tracker import clock
from tracker.db.embedded import EmbeddedPostgres
from tracker.db.migrate import migrate
from tracker.db.pool import Database
from tracker.geo.cells import PRESENCE_RESOLUTION, cell_of
from tracker.metrics import Metrics
from tracker.tracks import compact
from tracker.tracks.compact import Compactor
from tracker.tracks.partitions import Partitions
from tracker.tracks.reader import TrackReader
from tracker.tracks.segment import RECORDS, VERSION
from tracker.tracks.store import SLOT_MS

FIXES_A_UPLOAD = 10
WORKERS_AT_ONCE = 100
FIRST_HOUR = 8
HOUR_MS = 3_600_000
LATS, LONS = (36.82, 37.10), (115.05, 115.45)  # a county of about 1,000 km2
METRES_E7 = 90  # of latitude; good enough for longitude
BEAT_M = 350.0  # half the side of the square in which a worker walks
LOAD_TIMEOUT_S = 600.0
COLUMNS = (
    "worker_id", "started_at", "ended_at", "received_at", "device_id", "dialect", "skew_ms", "fixes", "data",
)  # fmt: skip
LAG_EVERY_S = 0.002
IDLE_S = 3.0

Walk = tuple[int, NDArray[np.int64], NDArray[np.void]]  # worker, times in ms, records with dt still 0


def walk(worker: int, start_ms: int, hours: int, every_s: int) -> Walk:
    """A walker who turns little by little, stays in the beat, and is measured with a noise of three metres."""
    rng = np.random.default_rng(worker)  # repeatable
    count = hours * 3600 // every_s
    heading = np.cumsum(rng.normal(0, 20, count))
    pace = np.clip(rng.normal(1.1, 0.3, count), 0, None)
    middle = rng.uniform(*LATS) * 1e7, rng.uniform(*LONS) * 1e7
    records = np.zeros(count, RECORDS)
    for name, centre, direction in (("lat", middle[0], np.cos), ("lon", middle[1], np.sin)):
        way = np.cumsum(pace * every_s * direction(np.radians(heading)))
        folded = np.abs((way + BEAT_M) % (4 * BEAT_M) - 2 * BEAT_M) - BEAT_M  # turns round at the edge
        records[name] = np.round(centre + (folded + rng.normal(0, 3, count)) * METRES_E7)
    records["accuracy"] = np.clip(rng.normal(80, 30, count), 30, None).astype(int)
    records["speed"] = np.round(pace * 100)
    records["bearing"] = np.round((heading + rng.normal(0, 8, count)) % 360).astype(int) % 360 * 100
    records["altitude"] = 31 + np.cumsum(rng.integers(-1, 2, count)) % 20
    records["battery"] = 95 - np.arange(count) * 70 // count
    at_ms = start_ms + np.arange(count) * every_s * 1000 + rng.integers(0, 900, count)
    return worker, at_ms.astype(np.int64), records


def rows_of(one: Walk) -> Iterator[tuple[object, ...]]:
    """One row for every upload of ten."""
    worker, at_ms, records = one
    late = np.random.default_rng(worker + 1).integers(200, 3000, len(at_ms))  # repeatable
    for first in range(0, len(at_ms), FIXES_A_UPLOAD):
        some, times = records[first : first + FIXES_A_UPLOAD].copy(), at_ms[first : first + FIXES_A_UPLOAD]
        some["dt"] = times - times[0]
        start, end, received = (clock.to_datetime(int(ms)) for ms in (times[0], times[-1], times[-1] + late[first]))
        yield (
            worker,
            start,
            end,
            received,
            worker,
            1,
            int(late[first] % 50),
            len(some),
            bytes([VERSION]) + some.tobytes(),
        )


def presence_of(one: Walk) -> set[tuple[int, object, int]]:
    """What the writer keeps beside the rows."""
    worker, at_ms, records = one
    slots = (at_ms // SLOT_MS * SLOT_MS).tolist()
    places = zip((records["lat"] / 1e7).tolist(), (records["lon"] / 1e7).tolist(), slots, strict=True)
    return {(cell_of(lat, lon, PRESENCE_RESOLUTION), clock.to_datetime(slot), worker) for lat, lon, slot in places}


async def load(database: Database, words: argparse.Namespace, start_ms: int) -> int:
    """Fill the day by COPY; returns how many fixes."""
    fixes = 0
    for first in range(1, words.workers + 1, WORKERS_AT_ONCE):
        some = range(first, min(first + WORKERS_AT_ONCE, words.workers + 1))
        walks = [walk(worker, start_ms, words.hours, words.every) for worker in some]
        by_time = sorted((row for one in walks for row in rows_of(one)), key=lambda row: str(row[3]))  # as they come
        async with database.connection() as connection:
            await connection.copy_records_to_table("segment", records=by_time, columns=COLUMNS)
            presence = sorted((row for one in walks for row in presence_of(one)), key=lambda row: str(row[1]))
            await connection.copy_records_to_table("presence", records=presence)
        fixes += sum(len(at_ms) for _, at_ms, _ in walks)
    return fixes


async def sizes(database: Database) -> dict[str, tuple[int, int]]:
    """Bytes of tables and of indexes, of tracks and of presence."""
    async with database.connection() as connection:
        await connection.execute("checkpoint", timeout=LOAD_TIMEOUT_S)
        found = {}
        for table in ("segment", "presence"):
            row = await connection.fetchrow(
                "select sum(pg_table_size(relid))::bigint, sum(pg_indexes_size(relid))::bigint "
                "from pg_partition_tree($1::text::regclass) where isleaf", table
            )  # fmt: skip
            found[table] = row[0], row[1]
        return found


async def watch_loop(lags: list[float]) -> None:
    """How late a timer fires, in ms: as much later is every phone answered that comes at that moment."""
    while True:
        due = time.perf_counter() + LAG_EVERY_S
        await asyncio.sleep(LAG_EVERY_S)
        lags.append((time.perf_counter() - due) * 1000)


@contextlib.asynccontextmanager
async def watched() -> AsyncIterator[list[float]]:
    """Watch the loop for the length of a block."""
    lags: list[float] = []
    watching = asyncio.create_task(watch_loop(lags), name="loop watch")
    yield lags
    watching.cancel()


async def read_days(database: Database, workers: int, start_ms: int) -> str:
    """How long the program takes to read a worker's day."""
    reader, took = TrackReader(database), []
    midnight = start_ms - FIRST_HOUR * HOUR_MS
    for worker in np.random.default_rng(5).integers(1, workers + 1, 30).tolist():
        began = time.perf_counter()
        await reader.track(worker, midnight, midnight + 24 * HOUR_MS - 1)
        took.append((time.perf_counter() - began) * 1000)
    return f"a worker's day {statistics.median(took):.1f} ms median, {max(took):.1f} ms worst"


async def run(words: argparse.Namespace, postgres: EmbeddedPostgres) -> None:
    """Load, measure, compact, measure."""
    database = Database(postgres.url, max_connections=2)
    await migrate(database)
    day = clock.local_day(clock.now_ms()) - timedelta(days=2)
    await Partitions(database).ensure_days([day])
    start_ms = clock.day_start_ms(day) + FIRST_HOUR * HOUR_MS
    fixes = await load(database, words, start_ms)
    async with database.connection() as connection:
        await connection.execute("vacuum (analyze, parallel 0)", timeout=LOAD_TIMEOUT_S)
    say(f"{fixes} fixes of {words.workers} workers, one per {words.every} s for {words.hours} h; {load_average()}")
    _tell("stored", await sizes(database), fixes)
    say(f"  {await read_days(database, words.workers, start_ms)}")
    async with watched() as idle:
        await asyncio.sleep(IDLE_S)
    compact.REST = 0.0  # the figure wanted is the work, not the rest between
    compactor = Compactor(database, Metrics(), clock.now_ms, after_ms=HOUR_MS)
    before = time.process_time(), postgres_s(postgres), await log_bytes(database), time.perf_counter()
    async with watched() as lags:
        await compactor.compact_once()
    after = time.process_time(), postgres_s(postgres), await log_bytes(database), time.perf_counter()
    client, server, wal, took = (late - early for late, early in zip(after, before, strict=True))
    say(
        f"compacted in {took:.0f} s: CPU µs a fix {client / fixes * 1e6:.2f} here, "
        f"{server / fixes * 1e6:.2f} PostgreSQL; WAL {wal / fixes:.1f} B a fix"
    )
    say(f"  timers fired late by {_late(lags)}, and by {_late(idle)} before")
    await compactor.compact_once()  # finds nothing: closes the day
    _tell("at rest", await sizes(database), fixes)
    say(f"  {await read_days(database, words.workers, start_ms)}")
    say(load_average(" after the run"))
    await database.close()


def _tell(what: str, found: dict[str, tuple[int, int]], fixes: int) -> None:
    parts = [f"{table} {heap / fixes:.2f} + index {index / fixes:.2f}" for table, (heap, index) in found.items()]
    total = sum(heap + index for heap, index in found.values())
    say(f"{what}: {total / fixes:.2f} bytes a fix ({', '.join(parts)})")


def _late(lags: list[float]) -> str:
    ordered = sorted(lags)
    return f"{ordered[len(ordered) // 2]:.1f} ms p50, {ordered[len(ordered) * 99 // 100]:.1f} p99"


def main() -> None:
    """Start a cluster of our own, measure, end it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, default=800)
    parser.add_argument("--hours", type=int, default=8)
    parser.add_argument("--every", type=int, default=10, help="seconds between two fixes")
    words = parser.parse_args()
    with cluster() as postgres:
        uvloop.run(run(words, postgres))


if __name__ == "__main__":
    main()
