"""How soon phones are answered while compaction works on a big old day: `python tests/bench/beside.py [--rate 20000]`.

The same steady load, scheduled in advance, in one run of the real program: with nothing beside it, while an old day is
packed, while that day is closed (presence packed, leaves vacuumed and frozen), and with nothing beside it again. The
share of compaction is what server and PostgreSQL used more than in the first phase.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from urllib.request import urlopen

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # so that it also runs by its path

from tests.bench.compaction import FIRST_HOUR, HOUR_MS, load
from tests.bench.figures import Figures, say
from tests.bench.load.house import House, house
from tests.bench.load.requests import BATCH, Form
from tests.bench.pings import Bench, Costs, arguments
from tracker import clock
from tracker.db.pool import Database
from tracker.tracks.partitions import Partitions

LONGEST_S = 900.0  # of packing the old day
HOURS, EVERY_S = 8, 10  # of the old day, for each worker


async def fill(url: str, workers: int) -> int:
    """Store the uploads of a past day that nobody has filled; returns how many fixes."""
    database = Database(url, max_connections=2)
    day = clock.local_day(clock.now_ms()) - timedelta(days=2)
    while await _is_filled(database, day):  # by a run before on the same data
        day -= timedelta(days=1)
    await Partitions(database).ensure_days([day])
    words = argparse.Namespace(workers=workers, hours=HOURS, every=EVERY_S)
    fixes = await load(database, words, clock.day_start_ms(day) + FIRST_HOUR * HOUR_MS)
    await database.close()
    return fixes


async def _is_filled(database: Database, day: date) -> bool:
    span = clock.to_datetime(clock.day_start_ms(day)), clock.to_datetime(clock.day_start_ms(day + timedelta(days=1)))
    asked = "select exists (select from segment where started_at >= $1 and started_at < $2)"
    return bool(await database.fetchval(asked, *span))


def compacted(found: House) -> float:
    """How many fixes the program has packed."""
    with urlopen(f"http://127.0.0.1:{found.port}/metrics", timeout=5) as answer:
        lines = answer.read().decode().splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith("sanxun_compacted_fixes_total"))


def closed_rows(found: House) -> int:
    """Rows of packed presence."""
    return int(asyncio.run(found.ask("select count(*) from presence_day")))


def note(figures: Figures, name: str, costs: Costs, seconds: float) -> float:
    """Print a phase; gives the share of a core that server and PostgreSQL used."""
    figures.add(f"{name}: stored", costs.result.fixes / seconds, "pings/s")
    figures.add(f"{name}: refused or wrong", costs.result.refused + costs.result.wrong, "")
    figures.add(f"{name}: ack p50", costs.ack_ms(50), "ms")
    figures.add(f"{name}: ack p99", costs.ack_ms(99), "ms")
    figures.add(f"{name}: ack p99.9", costs.ack_ms(99.9), "ms")
    return figures.add(f"{name}: core used", costs.sum_us * costs.result.fixes / seconds / 1e4, "%")


def main(options: argparse.Namespace) -> None:
    """The four phases."""
    bench, figures, seconds = Bench(options), Figures("beside", options.file), options.seconds
    with house(options.data, options.villages, options.connections, options.viewers) as found:

        def phase(name: str) -> float:
            before = compacted(found)
            costs = bench.run(found, Form.COMPACT, rate=options.rate / BATCH, viewers=options.viewers, settle=False)
            used = note(figures, name, costs, seconds)
            figures.add(f"{name}: fixes packed meanwhile", compacted(found) - before, "")
            return used

        alone = phase("alone")
        packed, closed = compacted(found), closed_rows(found)
        fixes = asyncio.run(fill(found.database, options.workers))
        say(f"an old day of {fixes} fixes is stored")
        wait(lambda: compacted(found) > packed)
        figures.add("packing: compaction's share of a core", phase("packing") - alone, "%")
        wait(lambda: closed_rows(found) > closed)
        figures.add("closing: compaction's share of a core", phase("closing") - alone, "%")
        phase("alone again")
    figures.write()


def wait(happens: Callable[[], bool]) -> None:
    """Until it does."""
    end_s = time.monotonic() + LONGEST_S
    while not happens():
        if time.monotonic() > end_s:
            raise SystemExit("compaction does not get on")
        time.sleep(0.1)


if __name__ == "__main__":
    words = arguments()
    words.description = __doc__
    words.add_argument("--rate", type=float, default=20_000, help="pings/s")
    words.add_argument("--workers", type=int, default=1500, help="of the old day, 2,880 fixes each")
    words.set_defaults(seconds=20.0, viewers=20)
    main(words.parse_args())
