"""Asks a county's 90 days of tracks the questions of the product and shows how: `python tests/bench/questions.py`.

Loads two days of segments and presence by COPY, compacts the first and repeats its packed rows for all days between,
then runs every question through EXPLAIN (ANALYZE, BUFFERS), first as the database plans it for the given values and
then as a generic plan, and through the program's own reader.
"""

from __future__ import annotations

import argparse
import random
import re
import statistics
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import orjson
import uvloop

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # so that it also runs by its path

from tests.bench.figures import Figures, say
from tests.bench.load.cluster import cluster, load_average
from tracker import clock
from tracker.db.migrate import migrate
from tracker.db.pool import Database
from tracker.geo.cells import PRESENCE_RESOLUTION, cell_of, disk
from tracker.metrics import Metrics
from tracker.tracks import compact, segment
from tracker.tracks.compact import Compactor
from tracker.tracks.model import Fix
from tracker.tracks.partitions import Partitions
from tracker.tracks.reader import TrackReader
from tracker.tracks.store import SLOT_MS, queries

PING_MS = 15_000
FIXES_A_UPLOAD = 10
ROUNDS_AT_H = (8, 10, 15)  # local hours at which everybody walks
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
LATS, LONS = (36.82, 37.10), (115.05, 115.45)  # a county of about 1,000 km2
COLUMNS = (
    "worker_id", "started_at", "ordinal", "ended_at", "received_at", "device_id", "dialect", "skew_ms", "fixes", "data",
)  # fmt: skip
REPEAT_SEGMENTS = """
insert into segment
  (worker_id, started_at, ordinal, ended_at, received_at, device_id, dialect, fixes, data, parts, packed)
select
  worker_id, started_at + $3, ordinal, ended_at + $3, received_at + $3, device_id, dialect, fixes, data, parts, packed
from segment where started_at >= $1 and started_at < $2"""
REPEAT_PRESENCE = """
insert into presence_day (cell, midnight, worker_id, quarters)
select cell, midnight + $3, worker_id, quarters from presence_day where midnight >= $1 and midnight < $2"""
REPEATS = 5
LOAD_TIMEOUT_S = 600.0
_PARTITION = re.compile(r"_(\d{8})")


@dataclass(frozen=True, kw_only=True, slots=True)
class Beat:
    """A worker's daily uploads: offset from local midnight, length, packed fixes; and the cells they touch."""

    worker: int
    lat: float
    lon: float
    uploads: list[tuple[int, int, bytes]]
    presence: list[tuple[int, int]]  # cell, offset of the quarter hour


def beats(workers: int, minutes: int) -> list[Beat]:
    """One beat for each worker, repeated every day: walks of `minutes` at each round, with a fix every 15 s."""
    rng = random.Random(11)  # the same county in every run
    return [_beat(rng, worker, minutes) for worker in range(1, workers + 1)]


def _beat(rng: random.Random, worker: int, minutes: int) -> Beat:
    lat, lon = rng.uniform(*LATS), rng.uniform(*LONS)
    uploads, presence = [], set()
    for hour in ROUNDS_AT_H:
        begin = hour * HOUR_MS + rng.randrange(HOUR_MS // 2)
        for number in range(minutes * 60_000 // PING_MS // FIXES_A_UPLOAD):
            fixes = list(_fixes(rng, begin + number * FIXES_A_UPLOAD * PING_MS, lat, lon))
            uploads.append((fixes[0].recorded_at_ms, fixes[-1].recorded_at_ms, segment.pack(fixes)))
            presence |= {
                (
                    cell_of(fix.lat_e7 / 1e7, fix.lon_e7 / 1e7, PRESENCE_RESOLUTION),
                    fix.recorded_at_ms // SLOT_MS * SLOT_MS,
                )
                for fix in fixes
            }
    return Beat(worker=worker, lat=lat, lon=lon, uploads=uploads, presence=sorted(presence))


def _fixes(rng: random.Random, begin_ms: int, lat: float, lon: float) -> Iterator[Fix]:
    """Ten fixes within some 250 m of the middle of the beat; times count from local midnight."""
    for number in range(FIXES_A_UPLOAD):
        yield Fix(
            recorded_at_ms=begin_ms + number * PING_MS,
            lat_e7=round((lat + rng.gauss(0, 0.0008)) * 1e7),
            lon_e7=round((lon + rng.gauss(0, 0.001)) * 1e7),
            accuracy_dm=rng.randrange(30, 200),
            speed_cms=rng.randrange(60, 190),
            bearing_cdeg=rng.randrange(36_000),
            altitude_m=31,
            battery=76,
        )


async def load(database: Database, county: list[Beat], days: list[date]) -> None:
    """Fill segment and presence of these days, and latest."""
    for day in days:
        midnight = clock.day_start_ms(day)
        async with database.connection() as connection:
            await connection.copy_records_to_table("segment", records=_segments(county, midnight), columns=COLUMNS)
            await connection.copy_records_to_table("presence", records=_presence(county, midnight))
    await database.execute(
        "insert into latest (worker_id, recorded_at, received_at, lat_e7, lon_e7, flags, device_id) "
        "select worker_id, max(ended_at), max(received_at), 369000000, 1152000000, 0, worker_id "
        "from segment where started_at >= $1 group by 1",
        clock.to_datetime(clock.day_start_ms(days[-1])),
    )


async def pack(database: Database, days: list[date]) -> None:
    """Compact the first day, as the server has done it by then, and repeat it for all that follow but the newest."""
    compact.REST = 0.0  # nobody else is there
    compactor = Compactor(database, Metrics(), lambda: clock.day_start_ms(days[1]), after_ms=0)
    while await compactor.compact_once():
        pass
    first = [clock.to_datetime(clock.day_start_ms(day)) for day in days[:2]]
    async with database.connection() as connection:
        for number in range(1, len(days) - 1):
            for statement in (REPEAT_SEGMENTS, REPEAT_PRESENCE):
                await connection.execute(statement, *first, timedelta(days=number), timeout=LOAD_TIMEOUT_S)
        await connection.execute("vacuum (analyze, parallel 0)", timeout=LOAD_TIMEOUT_S)


def _segments(county: list[Beat], midnight: int) -> Iterator[tuple[object, ...]]:
    for beat in county:
        for start, end, data in beat.uploads:
            times = [clock.to_datetime(midnight + offset) for offset in (start, end, end + 300)]
            yield (beat.worker, times[0], 0, times[1], times[2], beat.worker, 1, 0, FIXES_A_UPLOAD, data)


def _presence(county: list[Beat], midnight: int) -> Iterator[tuple[int, object, int]]:
    for beat in county:
        for cell, slot in beat.presence:
            yield cell, clock.to_datetime(midnight + slot), beat.worker


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """What EXPLAIN says of one run."""

    partitions: int
    nodes: str
    pages: int
    planning_ms: float
    execution_ms: float
    rows: int


async def explain(database: Database, statement: str, args: tuple[object, ...], mode: str) -> Plan:
    """Explain a run of the prepared statement with these values; the middle of several runs by time."""
    values = f"({', '.join(map(_literal, args))})" if args else ""
    async with database.connection() as connection:
        await connection.execute(f"set plan_cache_mode = {mode}; prepare question as {statement}")
        plans = [await _explained(connection, f"execute question{values}") for _ in range(REPEATS)]
        await connection.execute("deallocate question; reset plan_cache_mode")
    return sorted(plans, key=lambda plan: plan.execution_ms)[REPEATS // 2]


def _literal(value: object) -> str:
    if isinstance(value, list):
        return f"array[{', '.join(map(_literal, value))}]"
    return f"'{value.isoformat()}'::timestamptz" if isinstance(value, datetime) else str(value)


async def _explained(connection: Any, statement: str) -> Plan:
    found = await connection.fetchval(f"explain (analyze, buffers, format json) {statement}")
    top = (orjson.loads(found) if isinstance(found, str) else found)[0]
    nodes = list(_nodes(top["Plan"]))
    scans = [node for node in nodes if "Relation Name" in node or "Index Name" in node]
    ran = [node for node in scans if node.get("Actual Loops")]
    names = [str(node.get("Index Name", node.get("Relation Name"))) for node in ran]
    kinds = sorted({str(node["Node Type"]) for node in ran})
    plain = sorted({_PARTITION.sub("", name) for name in names})
    return Plan(
        partitions=len({day for name in names for day in _PARTITION.findall(name)}),
        nodes=f"{', '.join(kinds)} on {', '.join(plain)}",
        pages=top["Plan"]["Shared Hit Blocks"] + top["Plan"]["Shared Read Blocks"],
        planning_ms=top["Planning Time"],
        execution_ms=top["Execution Time"],
        rows=int(top["Plan"]["Actual Rows"]),
    )


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node.get("Plans", ()):
        yield from _nodes(child)


def statements(county: list[Beat], day: date, newest: date) -> dict[str, tuple[str, tuple[object, ...]]]:
    """Every question of tracker/tracks/store.sql with the values of a packed day, and some of the newest day."""
    beat = county[len(county) // 2]
    midnight = clock.day_start_ms(day)
    whole = [clock.to_datetime(midnight + offset) for offset in (0, 0, DAY_MS - 1)]
    hours, hours_now = (
        [clock.to_datetime(clock.day_start_ms(one) + hour * HOUR_MS) for hour in (8, 10)] for one in (day, newest)
    )
    week = [clock.to_datetime(midnight - 6 * DAY_MS), clock.to_datetime(midnight + DAY_MS)]
    now = [clock.to_datetime(clock.day_start_ms(newest) + offset) for offset in (0, DAY_MS - 1)]
    cells = disk(cell_of(beat.lat, beat.lon, PRESENCE_RESOLUTION), 2)
    everybody = [one.worker for one in county]
    again = [[beat.worker], *([one] for one in (whole[0], hours[0], hours[1]))]
    return {
        "one worker, one day": (queries.worker_segments, (beat.worker, *whole)),
        "who was in 19 cells, 2 hours": (queries.present, (cells, *hours)),
        "who was in 19 cells, newest day": (queries.present, (cells, *hours_now)),
        "who was in 19 cells, a day": (queries.present, (cells, whole[0], whole[2])),
        "segments of 10 workers, 2 hours": (queries.segments_of_workers, (everybody[:10], whole[0], *hours)),
        "an upload sent again": (queries.overlapping, tuple(again)),
        "activity of the county, one day": (queries.activity, (everybody, whole[0], whole[2])),
        "activity of the county, newest day": (queries.activity, (everybody, *now)),
        "activity of the county, a week": (queries.activity, (everybody, *week)),
        "newest positions of all": (queries.all_latest, ()),
        "newest position of one": (queries.one_latest, (beat.worker,)),
    }


async def through_reader(database: Database, county: list[Beat], days: dict[str, date], figures: Figures) -> None:
    """Time the program's own answers, from the call to the values."""
    reader = TrackReader(database)
    rng = random.Random(5)  # repeatable
    everybody = [beat.worker for beat in county]
    some = rng.choices(county, k=20)

    async def track(beat: Beat, *, midnight: int) -> int:
        return len((await reader.track(beat.worker, midnight, midnight + DAY_MS - 1)).fixes)

    async def near(beat: Beat, *, midnight: int) -> int:
        span = midnight + 8 * HOUR_MS, midnight + 10 * HOUR_MS
        return len(await reader.near(beat.lat, beat.lon, 300, *span, everybody))

    async def latest(_beat: Beat, *, midnight: int) -> int:
        return len(await reader.latest())

    for name, ask in (("track: one day", track), ("near: 300 m, 2 hours", near), ("latest: all", latest)):
        for which, day in days.items():
            await _time(figures, f"{name}, {which}", partial(ask, midnight=clock.day_start_ms(day)), some)


async def _time(figures: Figures, name: str, ask: Callable[[Beat], Awaitable[int]], some: list[Beat]) -> None:
    took, found = [], []
    for beat in some:
        started = time.perf_counter()
        found.append(await ask(beat))
        took.append((time.perf_counter() - started) * 1000)
    middle, worst = statistics.median(took), max(took)
    say(f"{name:32} {middle:8.1f} ms median {worst:8.1f} ms worst, {statistics.mean(found):6.0f} found")
    figures.add(f"{name}: median", middle, "ms")
    figures.add(f"{name}: worst", worst, "ms")


async def run(words: argparse.Namespace, url: str) -> None:
    """Load, explain, time."""
    database = Database(url, max_connections=1)
    await migrate(database)
    today = clock.local_day(clock.now_ms())
    days = [today - timedelta(days=back) for back in range(words.days, 0, -1)]
    county, started = beats(words.workers, words.minutes), time.perf_counter()
    await Partitions(database).ensure_days([*days, today])
    await load(database, county, [days[0], days[-1]])
    await pack(database, days)
    fixes = await database.fetchval("select sum(fixes) from segment")
    say(
        f"{words.workers} workers, {words.days} days, {fixes} fixes, ready after "
        f"{time.perf_counter() - started:.0f} s; {await _sizes(database)}; {load_average()}"
    )
    asked = {"packed": days[len(days) // 2], "newest": days[-1]}
    await explain_all(database, statements(county, *asked.values()))
    figures = Figures("questions")
    await through_reader(database, county, asked, figures)
    figures.write()
    await database.close()


async def _sizes(database: Database) -> str:
    rows = await database.fetch(
        "select t.name, sum(pg_total_relation_size(p.relid)) / 1e6 as mb "
        "from unnest(array['segment', 'presence', 'presence_day']) as t (name), "
        "pg_partition_tree(t.name::regclass) as p "
        "where p.isleaf group by 1 order by 1"
    )
    return ", ".join(f"{row['name']} {row['mb']:.0f} MB" for row in rows)


async def explain_all(database: Database, questions: dict[str, tuple[str, tuple[object, ...]]]) -> None:
    """Two lines for each question."""
    for name, (statement, args) in questions.items():
        for mode in ("force_custom_plan", "force_generic_plan"):
            plan = await explain(database, statement, args, mode)
            say(
                f"{name:32} {mode[6:-5]:8} {plan.partitions:2} partitions, {plan.pages:6} pages, {plan.rows:6} rows, "
                f"plan {plan.planning_ms:6.2f} ms, run {plan.execution_ms:7.2f} ms, {plan.nodes}"
            )


def main() -> None:
    """Start a cluster of our own, ask, end it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, default=4215)
    parser.add_argument("--days", type=int, default=90)
    parser.add_argument("--minutes", type=int, default=10, help="of walking at each of the three rounds a day")
    words = parser.parse_args()
    with cluster() as postgres:
        uvloop.run(run(words, postgres.url))


if __name__ == "__main__":
    main()
