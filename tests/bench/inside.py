"""What an upload costs behind the HTTP server: bytes of a body to a receipt, through the real PostgreSQL.

    python tests/bench/inside.py [--workers 2000] [--rounds 20] [--profile FILE]

Every worker has one upload of ten fixes under way and sends the next when it is answered, as phones do. Duty, the grid,
the jump rule, repeats, presence and newest positions are on; HTTP, sign-in, coverage and the live map are not. CPU is
user and system time of this process and of all of PostgreSQL's; WAL is the distance between two log positions over
all that was committed. The floor is one bare COPY of the same segments in commits of the same size, in the same run.
"""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import gc
import math
import os
import random
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import orjson
import shapely
import uvloop

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # so that it also runs by its path

from tests.bench.load.cluster import cluster, log_bytes, postgres_s
from tests.bench.screening import deltas
from tracker import clock
from tracker.bus.local import LocalBus
from tracker.county.raster import Fence
from tracker.county.sheet import FenceSheet
from tracker.db.embedded import EmbeddedPostgres
from tracker.db.migrate import migrate
from tracker.db.pool import Database
from tracker.duty.book import DutyBook
from tracker.duty.model import Shift, Source
from tracker.errors import SanxunError
from tracker.ingest.dialects import native
from tracker.ingest.model import Receipt
from tracker.ingest.pipeline import Pipeline
from tracker.ingest.screen_columns import Rules
from tracker.metrics import Metrics
from tracker.people.model import Device
from tracker.tracks.partitions import Partitions
from tracker.tracks.store import TrackWriter

FIXES = 10
PING_MS = 15_000
VILLAGES = 500
DAY_START_MS = clock.day_start_ms(clock.local_day(clock.now_ms())) - clock.DAY_MS + 7 * 3_600_000


@dataclass(kw_only=True)
class Worker:
    """One phone with its bodies, oldest first, each with the time at which the server gets it."""

    device: Device
    bodies: list[tuple[int, bytes]] = field(default_factory=list)


def crowd(workers: int, rounds: int, *, compact: bool) -> list[Worker]:
    """Walkers in their own grids of half a kilometre, a fix every 15 s."""
    rng = random.Random(7)  # the same walks in every run
    made = []
    for worker in range(1, workers + 1):
        village = worker % VILLAGES
        one = Worker(device=Device(id=worker, worker_id=worker, grid_code=f"village {village}"))
        home_lat = 36.9 + village // 25 * 0.02 + rng.uniform(-0.006, 0.006)
        home_lon = 115.2 + village % 25 * 0.02 + rng.uniform(-0.006, 0.006)
        lat, lon, heading = home_lat, home_lon, rng.uniform(0, 6.28)
        at_ms = DAY_START_MS + worker
        for _ in range(rounds):
            fixes = []
            for _ in range(FIXES):
                at_ms += PING_MS
                heading += rng.uniform(-0.7, 0.7)
                if math.hypot(home_lat - lat, home_lon - lon) > 0.0022:
                    heading = math.atan2(home_lat - lat, home_lon - lon)
                lat, lon = lat + 0.00016 * math.sin(heading), lon + 0.0002 * math.cos(heading)
                fixes.append(
                    {
                        "t": at_ms, "lat": round(lat, 7), "lon": round(lon, 7), "acc": round(rng.uniform(4, 20), 1),
                        "spd": round(rng.uniform(0.5, 1.8), 2), "brg": round(rng.uniform(0, 359), 1), "bat": 76,
                    }
                )  # fmt: skip
            one.bodies.append((at_ms + 300, (compact_form if compact else object_form)(fixes)))
        made.append(one)
    return made


def object_form(fixes: list[dict[str, float]]) -> bytes:
    """As the phone page sends it."""
    return orjson.dumps({"sent_at": fixes[-1]["t"] + 200, "crs": "wgs84", "app": "bench/1", "fixes": fixes})


def compact_form(fixes: list[dict[str, float]]) -> bytes:
    """The same in columns of differences."""
    times, lats, lons, speeds = (
        [round(fix[name] * scale) for fix in fixes]
        for name, scale in (("t", 1), ("lat", 1e7), ("lon", 1e7), ("spd", 100))
    )
    return orjson.dumps(
        {
            "v": 1, "crs": "wgs84", "app": "bench/1", "sent": times[-1] + 200, "t0": times[0], "lat0": lats[0],
            "lon0": lons[0], "dt": deltas(times), "dlat": deltas(lats), "dlon": deltas(lons), "spd": speeds,
            "acc": [round(fix["acc"]) for fix in fixes], "brg": [round(fix["brg"]) for fix in fixes],
            "bat": [76] * len(fixes),
        }
    )  # fmt: skip


class Crowd:
    """Sends every body of every worker, one at a time for each."""

    def __init__(self, pipeline: Pipeline, workers: list[Worker]) -> None:
        self._pipeline = pipeline
        self._workers = workers
        self._left = len(workers)
        self._over = asyncio.get_running_loop().create_future()
        self.stored = 0

    async def send(self) -> None:
        """Return when the last upload is answered."""
        for worker in self._workers:
            self._next(worker.device, iter(worker.bodies))
        await self._over

    def _next(self, device: Device, bodies: Iterator[tuple[int, bytes]]) -> None:
        try:
            received_ms, body = next(bodies)
        except StopIteration:
            self._left -= 1
            if not self._left:
                self._over.set_result(None)
            return

        def done(answer: Receipt | SanxunError) -> None:
            if isinstance(answer, SanxunError):
                raise answer
            self.stored += answer.stored
            self._next(device, bodies)

        self._pipeline.submit(device, native.decode(body, received_ms), received_ms, done)


class House:
    """The embedded PostgreSQL with a pipeline as the program builds it."""

    def __init__(self, postgres: EmbeddedPostgres, database: Database) -> None:
        self.postgres = postgres
        self.database = database

    def pipeline(self, workers: int) -> tuple[Pipeline, list[asyncio.Task[None]]]:
        """A pipeline with its tasks."""
        metrics, book = Metrics(), DutyBook()
        for worker in range(1, workers + 1):
            shift = Shift(worker_id=worker, started_ms=DAY_START_MS - 1000, ended_ms=None, source=Source.PHONE)
            book.put(shift)
        fences = fences_of_villages()
        writer = TrackWriter(self.database, Partitions(self.database), takes_seat=True)
        pipeline = Pipeline(
            writer.write_group,
            LocalBus(metrics),
            metrics,
            clock.now_ms,
            rules=Rules(
                is_on_duty=book.is_on,
                is_on_duty_throughout=book.is_on_throughout,
                is_on_grid=lambda grid, lat, lon: fences[grid].holds(lat, lon),
                are_on_grid=FenceSheet(fences).hold,
            ),
            count_dropped=lambda _: None,
            gap_s=0.01,
            max_waiting_fixes=1_000_000,
        )
        return pipeline, [asyncio.create_task(work) for work in (pipeline.run(), writer.run())]


def fences_of_villages() -> dict[str, Fence]:
    """A fence for every village."""
    fences = {}
    for village in range(VILLAGES):
        lat, lon = 36.9 + village // 25 * 0.02, 115.2 + village % 25 * 0.02
        shape = shapely.box(lon - 0.012, lat - 0.01, lon + 0.012, lat + 0.01)
        fences[f"village {village}"] = Fence(shape, tolerance_m=60)
    return fences


async def measure(house: House, name: str, workers: list[Worker], profile: cProfile.Profile | None) -> None:
    """One way of sending: a line of the table."""
    await house.database.execute("truncate segment, presence, latest")
    await house.database.execute("checkpoint")
    pipeline, tasks = house.pipeline(len(workers))
    gc.collect()
    gc.freeze()  # as the server does when it has started
    gc.set_threshold(50_000, 50, 50)
    crowd_of = Crowd(pipeline, workers)
    log, began, client, postgres = (
        await log_bytes(house.database),
        time.time(),
        time.process_time(),
        postgres_s(house.postgres),
    )
    if profile:
        profile.enable()
    await crowd_of.send()
    if profile:
        profile.disable()
    client, postgres = time.process_time() - client, postgres_s(house.postgres) - postgres
    took, log = time.time() - began, await log_bytes(house.database) - log
    commits = await house.database.fetchval("select count(distinct xmin::text) from segment")
    line(name, crowd_of.stored, client, postgres, log, took, commits)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def floor(house: House) -> None:
    """The rows that are stored now, copied once more in commits of the same size by COPY alone."""
    rows = await house.database.fetch("select * from segment order by xmin::text::bigint")
    commits = await house.database.fetchval("select count(distinct xmin::text) from segment")
    await house.database.execute("truncate segment")
    records, columns = [tuple(row) for row in rows], list(rows[0].keys())
    size = -(-len(records) // commits)
    await house.database.execute("checkpoint")
    fixes = sum(row["fixes"] for row in rows)
    log, began, client, postgres = (
        await log_bytes(house.database),
        time.time(),
        time.process_time(),
        postgres_s(house.postgres),
    )
    async with house.database.connection() as connection:
        for at in range(0, len(records), size):
            await connection.copy_records_to_table("segment", records=records[at : at + size], columns=columns)
    client, postgres = time.process_time() - client, postgres_s(house.postgres) - postgres
    line(
        "floor: bare COPY of these",
        fixes,
        client,
        postgres,
        await log_bytes(house.database) - log,
        time.time() - began,
        commits,
    )


def line(name: str, fixes: int, client_s: float, postgres_s: float, log: int, took_s: float, commits: int) -> None:
    """One line of the table."""
    client, postgres = (used / fixes * 1e6 for used in (client_s, postgres_s))
    sys.stdout.write(
        f"{name:<28}{fixes / took_s:>10,.0f}{client:>9.2f}{postgres:>8.2f}{client + postgres:>8.2f}"
        f"{log / fixes:>9.1f}{fixes / max(1, commits):>10.0f}{os.getloadavg()[0]:>7.2f}\n"
    )
    sys.stdout.flush()


def decoding(workers: list[Worker]) -> float:
    """Seconds to decode every body once."""
    began = time.process_time()
    for worker in workers:
        for received_ms, body in worker.bodies:
            native.decode(body, received_ms)
    return time.process_time() - began


def main(options: argparse.Namespace) -> None:
    """Both forms and their floor, on a cluster of their own."""
    with cluster() as postgres:
        uvloop.run(run(postgres, options))


async def run(postgres: EmbeddedPostgres, options: argparse.Namespace) -> None:
    """The lines of the table."""
    database = Database(postgres.url)
    await migrate(database)
    house = House(postgres, database)
    head = f"{'':<28}{'pings/s':>10}{'process':>9}{'PG':>8}{'sum µs':>8}{'WAL B':>9}{'a commit':>10}{'load':>7}\n"
    sys.stdout.write(head)
    profile = cProfile.Profile() if options.profile else None
    for compact in (False, True):
        workers = crowd(options.workers, options.rounds, compact=compact)
        fixes = options.workers * options.rounds * FIXES
        sys.stdout.write(f"decode alone {decoding(workers) / fixes * 1e6:.2f} µs\n")
        await measure(house, "compact form" if compact else "object form", workers, profile)
    await floor(house)
    if profile:
        profile.dump_stats(options.profile)
    await database.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workers", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--profile", type=Path, default=None, help="write a cProfile of the process there")
    main(parser.parse_args())
