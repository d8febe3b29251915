"""Compares four ways to store fixes on the embedded PostgreSQL, in one run: `python tests/bench/storage.py`.

Every way stores the same walks in the same commits. CPU is what the kernel charged to this process and to all of
PostgreSQL's; bytes are tables and indexes after a vacuum; WAL is the distance between two log positions.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from pathlib import Path

import uvloop

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # so that it also runs by its path

from tests.bench.figures import Figures
from tests.bench.load.cluster import cluster, load_average, log_bytes, postgres_s
from tracker import clock
from tracker.db.embedded import EmbeddedPostgres
from tracker.db.migrate import migrate
from tracker.db.pool import Database
from tracker.tracks import segment
from tracker.tracks.model import Dialect, Fix
from tracker.tracks.partitions import Partitions
from tracker.tracks.store import Entry, TrackWriter

FIXES_A_UPLOAD = 10
PING_MS = 15_000
DAY = clock.local_day(clock.now_ms()) - timedelta(days=1)
START_MS = clock.day_start_ms(DAY) + 8 * 3_600_000
HOUR_MS = 3_600_000

ROWS = (
    "(worker_id integer not null, recorded_at timestamptz not null, received_at timestamptz not null, "
    "lat_e7 integer not null, lon_e7 integer not null, accuracy_dm smallint, speed_cms smallint, "
    "bearing_cdeg integer, altitude_m smallint, battery smallint, flags integer not null, device_id integer not null"
)
COLUMNS = (
    "worker_id", "recorded_at", "received_at", "lat_e7", "lon_e7", "accuracy_dm", "speed_cms", "bearing_cdeg",
    "altitude_m", "battery", "flags", "device_id",
)  # fmt: skip
KINDS = (
    "integer", "timestamptz", "timestamptz", "integer", "integer", "smallint", "smallint", "integer",
    "smallint", "smallint", "integer", "integer",
)  # fmt: skip
SEGMENT_COLUMNS = (
    "worker_id", "started_at", "ordinal", "ended_at", "received_at", "device_id", "dialect", "skew_ms", "fixes", "data",
)  # fmt: skip

Commit = Callable[[list[Entry]], Awaitable[None]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Cost:
    """What one way cost for one fix."""

    name: str
    client_us: float
    postgres_us: float
    heap_bytes: float
    index_bytes: float
    wal_bytes: float


class Bench:
    """One embedded cluster, and the walks."""

    def __init__(self, postgres: EmbeddedPostgres, database: Database, groups: list[list[Entry]]) -> None:
        self.postgres = postgres
        self.database = database
        self.groups = groups
        self.fixes = sum(len(entry.fixes) for group in groups for entry in group)

    async def cost(self, name: str, tables: list[str], commit: Commit, groups: list[list[Entry]] | None = None) -> Cost:
        """Commit every group and say what it cost for one fix."""
        await self.database.execute("checkpoint")
        log, client, postgres = await log_bytes(self.database), time.process_time(), postgres_s(self.postgres)
        for group in self.groups if groups is None else groups:
            await commit(group)
        client, postgres = time.process_time() - client, postgres_s(self.postgres) - postgres
        log = await log_bytes(self.database) - log
        heap, index = await self._sizes(tables)
        return Cost(
            name=name,
            client_us=client / self.fixes * 1e6,
            postgres_us=postgres / self.fixes * 1e6,
            heap_bytes=heap / self.fixes,
            index_bytes=index / self.fixes,
            wal_bytes=log / self.fixes,
        )

    async def _sizes(self, tables: list[str]) -> tuple[int, int]:
        heap = index = 0
        for table in tables:
            await self.database.execute(f"vacuum {table}")
            rows = await self.database.fetch(
                "select pg_table_size(relid) as heap, pg_indexes_size(relid) as index from pg_partition_tree($1) "
                "where isleaf",
                table,
            )
            heap += sum(row["heap"] for row in rows)
            index += sum(row["index"] for row in rows)
        return heap, index


def walks(workers: int, uploads: int, uploads_a_commit: int) -> list[list[Entry]]:
    """Uploads of ten fixes of walking workers, in the order of their times, in groups as the committer makes them."""
    rng = random.Random(7)  # the same walks in every run
    places = {worker: (rng.randrange(369_000_000, 371_000_000), rng.randrange(1_151_000_000, 1_154_000_000))
              for worker in range(1, workers + 1)}  # fmt: skip
    entries = []
    for number in range(uploads):
        for worker in places:
            first_ms = START_MS + number * FIXES_A_UPLOAD * PING_MS + worker * 3
            fixes = list(_walk(rng, places, worker, first_ms))
            entries.append(_entry(worker, fixes))
    return [entries[at : at + uploads_a_commit] for at in range(0, len(entries), uploads_a_commit)]


def _walk(rng: random.Random, places: dict[int, tuple[int, int]], worker: int, first_ms: int) -> Iterator[Fix]:
    lat, lon = places[worker]
    for number in range(FIXES_A_UPLOAD):
        lat, lon = lat + rng.randrange(-1800, 1800), lon + rng.randrange(-2200, 2200)
        yield Fix(
            recorded_at_ms=first_ms + number * PING_MS + rng.randrange(900),
            lat_e7=lat,
            lon_e7=lon,
            accuracy_dm=rng.randrange(30, 200),
            speed_cms=rng.randrange(60, 190),
            bearing_cdeg=rng.randrange(36_000),
            altitude_m=31,
            battery=76,
        )
    places[worker] = lat, lon


def _entry(worker: int, fixes: list[Fix]) -> Entry:
    return Entry(
        worker_id=worker,
        device_id=worker,
        dialect=Dialect.NATIVE,
        received_at_ms=fixes[-1].recorded_at_ms + 300,
        skew_ms=0,
        fixes=fixes,
        raw=None,
        quarantined=[],
    )


def _rows(group: list[Entry]) -> list[tuple[object, ...]]:
    return [
        (
            entry.worker_id, clock.to_datetime(fix.recorded_at_ms), clock.to_datetime(entry.received_at_ms),
            fix.lat_e7, fix.lon_e7, fix.accuracy_dm, fix.speed_cms, fix.bearing_cdeg, fix.altitude_m, fix.battery,
            fix.flags, entry.device_id,
        )
        for entry in group
        for fix in entry.fixes
    ]  # fmt: skip


async def with_key(bench: Bench) -> Cost:
    """One row a fix with a primary key; what was sent again is dropped by ON CONFLICT."""
    await _create(bench.database, "row_key", f"{ROWS}, primary key (worker_id, recorded_at))", "recorded_at")
    arrays = ", ".join(f"${place}::{kind}[]" for place, kind in enumerate(KINDS, start=1))
    statement = f"insert into row_key ({', '.join(COLUMNS)}) select * from unnest({arrays}) on conflict do nothing"

    async def commit(group: list[Entry]) -> None:
        await bench.database.execute(statement, *map(list, zip(*_rows(group), strict=True)))

    return await bench.cost("row a fix, key (worker, time), ON CONFLICT", ["row_key"], commit)


async def with_brin(bench: Bench) -> Cost:
    """One row a fix by COPY with a BRIN index; nothing tells what was sent again."""
    await _create(bench.database, "row_brin", f"{ROWS})", "recorded_at")
    await bench.database.execute("create index on row_brin using brin (recorded_at)")

    async def commit(group: list[Entry]) -> None:
        async with bench.database.connection() as connection:
            await connection.copy_records_to_table("row_brin", records=_rows(group), columns=COLUMNS)

    return await bench.cost("row a fix, BRIN, COPY (repeats stay)", ["row_brin"], commit)


async def bare_segments(bench: Bench) -> Cost:
    """The table `segment` by COPY alone: the floor of the way that was chosen."""
    await _create(bench.database, "bare", "(like segment including all)", "started_at")

    async def commit(group: list[Entry]) -> None:
        records = [_segment(entry.worker_id, entry.fixes, entry.received_at_ms) for entry in group]
        async with bench.database.connection() as connection:
            await connection.copy_records_to_table("bare", records=records, columns=SEGMENT_COLUMNS)

    return await bench.cost("segment an upload, COPY alone", ["bare"], commit)


async def as_built(bench: Bench) -> Cost:
    """The real TrackWriter: repeats are found under the worker's lock, presence and newest positions are kept."""
    writer = TrackWriter(bench.database, Partitions(bench.database))

    async def commit(group: list[Entry]) -> None:
        written = await writer.write(group)
        assert sum(written.stored) == sum(len(entry.fixes) for entry in group)  # else no comparison

    return await bench.cost("segment an upload, TrackWriter as built", ["segment", "presence"], commit)


async def sent_again(bench: Bench) -> Cost:
    """Every upload of `as_built` once more: all of it must be found and nothing stored."""
    writer = TrackWriter(bench.database, Partitions(bench.database))

    async def commit(group: list[Entry]) -> None:
        assert not any((await writer.write(group)).stored)  # as as_built

    return await bench.cost("  the same uploads sent again", ["segment", "presence"], commit)


async def compacted(bench: Bench) -> Cost:
    """What reading the stored segments and writing one a worker and hour costs on top."""
    await _create(bench.database, "hourly", "(like segment including all)", "started_at")
    workers = sorted({entry.worker_id for group in bench.groups for entry in group})
    batches = [
        [_entry(worker, bench.groups[0][0].fixes) for worker in workers[at : at + 50]]
        for at in range(0, len(workers), 50)
    ]

    async def commit(group: list[Entry]) -> None:
        rows = await bench.database.fetch(
            "select worker_id, started_at, data from segment where worker_id = any($1) order by 1, 2",
            [entry.worker_id for entry in group],
        )
        records = []
        for (worker, _), some in groupby(rows, key=lambda row: (row["worker_id"], row["started_at"].hour)):
            fixes = [fix for row in some for fix in segment.unpack(clock.to_ms(row["started_at"]), row["data"])]
            records.append(_segment(worker, fixes, fixes[-1].recorded_at_ms))
        async with bench.database.connection() as connection:
            await connection.copy_records_to_table("hourly", records=records, columns=SEGMENT_COLUMNS)

    return await bench.cost("  compacted: a segment an hour, on top", ["hourly"], commit, batches)


def _segment(worker: int, fixes: list[Fix], received_at_ms: int) -> tuple[object, ...]:
    start, end = (clock.to_datetime(fixes[at].recorded_at_ms) for at in (0, -1))
    received = clock.to_datetime(received_at_ms)
    return (worker, start, 0, end, received, worker, int(Dialect.NATIVE), 0, len(fixes), segment.pack(fixes))


async def _create(database: Database, name: str, columns: str, by: str) -> None:
    await database.execute(f"create table {name} {columns} partition by range ({by})")
    first, last = (clock.to_datetime(START_MS + offset * HOUR_MS).isoformat() for offset in (-8, 16))
    await database.execute(f"create table {name}_day partition of {name} for values from ('{first}') to ('{last}')")


async def run(words: argparse.Namespace, postgres: EmbeddedPostgres) -> None:
    """Print one line for each way."""
    out, figures, costs = sys.stdout.write, Figures("storage"), list[Cost]()
    database = Database(postgres.url, max_connections=1)
    await migrate(database)
    version = await database.fetchval("show server_version")
    bench = Bench(postgres, database, walks(words.workers, words.uploads, words.commit))
    out(f"PostgreSQL {version}; {bench.fixes} fixes of {words.workers} workers, {words.commit} uploads a commit; ")
    out(f"{load_average()}\n{'way':44} {'CPU µs a fix':>22} {'bytes a fix':>22} {'WAL':>7}\n")
    out(f"{'':44} {'client':>7} {'server':>7} {'sum':>6} {'heap':>8} {'index':>6} {'sum':>6} {'bytes':>7}\n")
    for way in (with_key, with_brin, bare_segments, as_built, sent_again, compacted):
        cost = await way(bench)
        cpu, size = cost.client_us + cost.postgres_us, cost.heap_bytes + cost.index_bytes
        out(f"{cost.name:44} {cost.client_us:7.2f} {cost.postgres_us:7.2f} {cpu:6.2f} ")
        out(f"{cost.heap_bytes:8.1f} {cost.index_bytes:6.1f} {size:6.1f} {cost.wal_bytes:7.1f}\n")
        costs.append(cost)
    for cost in costs:
        figures.add(f"{cost.name.strip()}: CPU of a fix", cost.client_us + cost.postgres_us, "µs")
        figures.add(f"{cost.name.strip()}: bytes of a fix", cost.heap_bytes + cost.index_bytes, "B")
        figures.add(f"{cost.name.strip()}: log of a fix", cost.wal_bytes, "B")
    figures.write()
    await database.close()


def main() -> None:
    """Start a cluster of our own, measure, end it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, default=500)
    parser.add_argument("--uploads", type=int, default=72, help="of each worker; 24 are an hour")
    parser.add_argument("--commit", type=int, default=100, help="uploads in one commit")
    words = parser.parse_args()
    with cluster() as postgres:
        uvloop.run(run(words, postgres))


if __name__ == "__main__":
    main()
