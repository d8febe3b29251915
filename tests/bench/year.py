"""A simulated year of cases through the functions of the program, its figures, and an independent reckoning of them.

    python tests/bench/year.py [--cases 20000] [--days 365] [--data FOLDER]

Every case goes its way through `Cases.change` and its like on a real database, with the time given from outside;
then every count and rate of every month, for the county, each township, department and channel is read as the desk
reads it and set beside what tests/oracle/cases.py finds in the raw event log by other means. A FOLDER that holds a year
already is only asked again.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path

import uvloop

from tests.bench.yearly.reckon import compare, periods, stories, table
from tests.bench.yearly.run import Year
from tests.bench.yearly.town import BEGINS_MS, COUNTY, FIRST, Town
from tracker.cases.stats_read import Statistics
from tracker.clock import DAY_MS, local_day
from tracker.db.embedded import EmbeddedPostgres
from tracker.db.migrate import migrate
from tracker.db.pool import Database


def say(text: str) -> None:
    """Print at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


async def live(database: Database, cases: int, days: int) -> None:
    """The year itself."""
    await database.execute("alter system set synchronous_commit = off")  # a simulation may be lost
    await database.execute("select pg_reload_conf()")
    town = Town(database)
    await town.build()
    year = Year(town=town, dice=random.Random(20260101))
    year.plan(cases, days)
    started = time.monotonic()
    await town.books.get()
    await year.run(BEGINS_MS + days * DAY_MS, say)
    spent_s = time.monotonic() - started
    events = await database.fetchval("select count(*) from case_event")
    say(f"{cases} cases, {year.acts} acts ({year.refused} refused), {events} events in {spent_s:.0f} s")


async def check(database: Database, days: int) -> int:
    """Count, reckon, set side by side, print; returns how many figures differ."""
    ends_ms = BEGINS_MS + days * DAY_MS
    statistics = Statistics(database=database, now_ms=lambda: ends_ms)
    started = time.monotonic()
    events = await statistics.fold.anew()
    say(f"{events} events counted in {time.monotonic() - started:.1f} s")
    told = await stories(database)
    wanted = periods(FIRST, local_day(ends_ms))
    compared = await compare(statistics, told, wanted, say)
    for line in [
        *compared.differing[:40],
        *table(len(told), (await statistics.counts([COUNTY[:6]], wanted[-1]))[COUNTY[:6]]),
    ]:
        say(line)
    say(f"{compared.figures} figures compared, {len(compared.differing)} differ")
    return len(compared.differing)


async def run(folder: Path, cases: int, days: int) -> int:
    """Live it unless it was lived, then reckon; returns how many figures differ."""
    is_new = not (folder / "data").exists()
    server = EmbeddedPostgres(folder / "data")
    server.start()
    database = Database(server.url)
    try:
        if is_new:
            await migrate(database)
            await live(database, cases, days)
        return await check(database, days)
    finally:
        await database.close()
        server.stop()


def main() -> int:
    """Read the words and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=20_000)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--data", type=Path)
    words = parser.parse_args()
    if words.data is not None:
        words.data.mkdir(parents=True, exist_ok=True)
        words.data.chmod(0o755)
        return int(uvloop.run(run(words.data, words.cases, words.days)) > 0)
    with tempfile.TemporaryDirectory(prefix="sanxun-year-") as folder:
        Path(folder).chmod(0o755)
        return int(uvloop.run(run(Path(folder), words.cases, words.days)) > 0)


if __name__ == "__main__":
    sys.exit(main())
