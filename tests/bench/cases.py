"""Asks lists, counts and figures of many made-up cases: `tests/bench/cases.py --cases 10000000 [--plans]`."""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path

import orjson
import uvloop

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # so that it also runs by its path

from tests.bench.figures import Figures, say
from tracker.cases.lists import FOR_EVER, MOST_ID, OPEN_OF_DEPARTMENT, OPEN_WINDOW, WINDOW
from tracker.cases.lists import SQL as LISTS
from tracker.cases.stats_fold import SQL
from tracker.cases.stats_read import PERIOD, SERIES
from tracker.clock import LOCAL
from tracker.db.embedded import EmbeddedPostgres
from tracker.db.migrate import migrate
from tracker.db.pool import Database, Row
from tracker.db.queries import Queries

ROOT = Path(__file__).resolve().parents[2]
_SQL = Queries.beside(str(ROOT / "tracker" / "cases" / "reading.py"), "reading.sql")
_HEAT = Queries.beside(str(ROOT / "tracker" / "cases" / "http_stats.py"), "stats_heat.sql")
NOW = datetime(2026, 11, 23, 10, tzinfo=LOCAL)
COUNTY, TOWNSHIP, VILLAGE = "130523", "130523105", "130523105210"
LONGEST_MS = 50.0
RUNS = 7
MOST_CASES = 10_000_000  # one each ten seconds: 1,157 days
_SIZE = "select pg_size_pretty(pg_total_relation_size($1::text::regclass))"

# 16 townships of 32 villages with 8 grids; 26 departments; 31 categories. One case in a hundred is open, and the open
# ones lie all over the table, so that hardly two share a page: worse than any county.
_FILL = """
insert into case_file (id, number, state, channel, category_code, description, area_code, department_code,
  red_at, yellow_at, due_at, reported_at, closed_at, updated_at)
select n, n::text, case when n % 100 <> 0 then 'closed' else (array['reported', 'accepted', 'filed', 'dispatched',
    'handling', 'handled', 'checking', 'reply_due'])[1 + (n / 1600) % 8] end,
  (array['grid', 'code', 'centre', 'hotline'])[1 + n % 4], lpad((101 + n % 31)::text, 4, '0'),
  '村口垃圾没人清运 ' || n,
  '130523' || (100 + (n + n / 100) % 16) || (200 + (n / 1600) % 32) || lpad((1 + (n / 512) % 8)::text, 3, '0'),
  'D' || ((n / 100) % 26)::text,
  case when n % 100 = 0 then $3::timestamptz + ((n % 977) - 488) * interval '10 minutes' end,
  case when n % 100 = 0 then $3 + ((n % 977) - 500) * interval '10 minutes' end,
  $3 - (10000000 - n) * interval '10 seconds', $3 - (10000000 - n) * interval '10 seconds',
  case when n % 100 <> 0 then $3 - (9990000 - n) * interval '10 seconds' end, $3
from generate_series($1::bigint, $2::bigint) as n
"""


_CHANGE = """
update case_file set version = version + 1, updated_at = updated_at + interval '1 minute'
where id in (select id from case_file where closed_at is null order by id % 977, id limit $1)
"""
VACUUMED_AFTER = 20_000  # changes: migrations/0011

# Figures of every day of these cases for the county, townships, villages, departments and channels.
_FILL_FIGURES = """
insert into case_kpi_day (scope, day, hangs_on, reports, filed, closed, closed_on_time, done_handling,
  ontime_handling, late_handling, ended, answered)
select scope, day, day, 9, 8, 7, 6, 8, 7, (extract(day from day)::integer % 3) - 1, 8, 8
from generate_series($1::date, $2::date, interval '1 day') as d(day), (
  select '130523' as scope
  union all select '130523' || (100 + t) from generate_series(0, 15) t
  union all select '130523' || (100 + t) || (200 + v) from generate_series(0, 15) t, generate_series(0, 31) v
  union all select '130523|d:D' || n from generate_series(0, 25) n
  union all select '130523' || (100 + t) || '|d:D' || n from generate_series(0, 15) t, generate_series(0, 25) n
  union all select '130523|c:c' || n from generate_series(0, 9) n
  union all select '130523' || (100 + t) || '|c:c' || n from generate_series(0, 15) t, generate_series(0, 9) n
) as s
"""
_FILL_SPANS = """
insert into case_span_day (scope, day, kind, minutes, n)
select '130523', day, kind, m * 5, 1 + m % 7 from generate_series($1::date, $2::date, interval '1 day') as d(day),
  (values ('first'), ('handling')) k(kind), generate_series(1, 120) m
"""
_FILL_HEAT = """
insert into case_heat (day, cell, category, hour, village_code, private, n)
select ($3::timestamptz - (10000000 - n) * interval '10 seconds')::date, 617865906348359679 + n % 12000,
  lpad((101 + n % 31)::text, 4, '0'), n % 24, '130523' || (100 + n % 12000 % 16) || (200 + n % 12000 / 16 % 32),
  n % 40 = 0, 1
from generate_series($1::bigint, $2::bigint) as n
on conflict do nothing
"""


def figures() -> dict[str, tuple[str, Sequence[object]]]:
    """What the page of statistics asks, with its values."""
    county, end = ["130523"], date(2026, 11, 24)
    month, year, three = date(2026, 10, 24), date(2025, 11, 24), date(2023, 11, 24)
    departments = [f"130523|d:D{n}" for n in range(26)]
    heat = ("130523", None, [f"{n:04}" for n in range(101, 132)], None, 0, 24)
    return {
        "figures of a month, county": (PERIOD, (county, month, end)),
        "figures of three years, county": (PERIOD, (county, three, end)),
        "26 departments, a year": (PERIOD, (departments, year, end)),
        "512 villages, a year": (
            PERIOD, ([f"130523{100 + t}{200 + v}" for t in range(16) for v in range(32)], year, end),
        ),
        "series of a year by day": (SERIES, (county, year, end, "day")),
        "series of three years by month": (SERIES, (county, three, end, "month")),
        "percentiles of a year": (SQL.spans, (county, year, end)),
        "heat of a month": (_HEAT.cells, (month, end, *heat)),
        "heat of a year": (_HEAT.cells, (year, end, *heat)),
    }  # fmt: skip


def changed() -> dict[str, tuple[str, Sequence[object]]]:
    """The counts again, when the next vacuum is just due: they must look at the rows themselves, not at the index."""
    named = {f"{name}, {VACUUMED_AFTER} changes later": one for name, one in questions().items() if "counts" in name}
    return {name: one for name, one in named.items() if "county" in name or "department" in name}


def questions() -> dict[str, tuple[str, Sequence[object]]]:
    """Every list of the desk with its values."""
    first = (datetime(1970, 1, 1, tzinfo=LOCAL), 0)
    none: tuple[None, ...] = (None, None, None)
    states = [
        "reported",
        "verifying",
        "accepted",
        "filed",
        "dispatched",
        "handling",
        "handled",
        "checking",
        "reply_due",
    ]

    def queue(
        wanted: list[str], area: str, department: str | None, light: str | None = None, words: str | None = None
    ) -> tuple[object, ...]:
        one, several = (wanted[0] if len(wanted) == 1 else None), None
        place = (None, area[:9], None) if area == TOWNSHIP else (area, None, None)
        until = NOW if light == "red" else FOR_EVER + timedelta(hours=1)
        begin = (NOW, 0) if light == "green" else first
        window = (one, several, *place, department, *begin, until, OPEN_WINDOW)
        return (*window, department, None, None, light, NOW, words, 101)

    def newest(area: str, township: str | None, village: str | None, department: str | None) -> tuple[object, ...]:
        prefix = area if township is village is None else None
        return (0, MOST_ID, None, prefix, township, village, *((department,) * 2), *none, 101)

    def searched(states: list[str] | None, words: str | None, department: str | None = None) -> tuple[object, ...]:
        low = MOST_CASES - WINDOW
        return (low, MOST_CASES, states, COUNTY, None, None, *((department,) * 2), None, None, words, 101)

    return {
        "queue of one state, county": (LISTS.open_cases, queue(["reported"], COUNTY, None)),
        "queue of one state, red only": (LISTS.open_cases, queue(["handling"], COUNTY, None, "red")),
        "queue of one state, township": (LISTS.open_cases, queue(["handling"], TOWNSHIP, None)),
        "queue of a department": (OPEN_OF_DEPARTMENT, queue(["dispatched"], COUNTY, "D7")),
        "all open, department": (OPEN_OF_DEPARTMENT, queue(states, COUNTY, "D7")),
        "queue of a department without": (OPEN_OF_DEPARTMENT, queue(["dispatched"], COUNTY, "D99")),
        "all open, green, county": (LISTS.open_cases, queue(states, COUNTY, None, "green")),
        "all open, county": (LISTS.open_cases, queue(states, COUNTY, None)),
        "all open, last page": (
            LISTS.open_cases,
            (*queue(states, COUNTY, None)[:6], FOR_EVER, 0, *queue(states, COUNTY, None)[8:]),
        ),
        "one window of all open, words that are nowhere": (
            LISTS.open_cases,
            queue(states, COUNTY, None, None, "没有这样的话"),
        ),
        "newest, county": (LISTS.newest_cases, newest(COUNTY, None, None, None)),
        "newest, township": (LISTS.newest_cases, newest(TOWNSHIP, TOWNSHIP, None, None)),
        "newest, village": (LISTS.newest_cases, newest(VILLAGE, None, VILLAGE, None)),
        "newest, department": (LISTS.newest_cases, newest(COUNTY, None, None, "D7")),
        "one window, words that are nowhere": (LISTS.newest_cases, searched(None, "没有这样的话")),
        "one window, a state that is nowhere": (LISTS.newest_cases, searched(["voided"], None)),
        "one window, a department without": (LISTS.newest_cases, searched(None, None, "D99")),
        "counts and lights, county": (_SQL.count_open, (NOW,)),
        "counts and lights, township": (_SQL.count_open_township, (NOW, TOWNSHIP)),
        "counts and lights, village": (_SQL.count_open_near, (NOW, VILLAGE)),
        "counts and lights, department": (_SQL.count_of_department, (NOW, COUNTY, "D7")),
    }


async def run(folder: Path, cases: int, *, plans: bool) -> float:
    """Fill a new folder, ask, print; returns the slowest median in ms of the lists and counts."""
    is_new = not (folder / "data").exists()
    server = EmbeddedPostgres(folder / "data")
    server.start()
    database = Database(server.url)
    try:
        if is_new:
            await migrate(database)
            await _fill_figures(database, cases)
            await _fill(database, cases)
        book = Figures("cases")
        await _ask(database, book, figures(), plans=plans)
        slowest = await _ask(database, book, questions(), plans=plans)
        await database.execute(_CHANGE, VACUUMED_AFTER)
        await _ask(database, book, changed(), plans=plans)
        book.write()
        return slowest
    finally:
        await database.close()
        server.stop()


async def _fill(database: Database, cases: int) -> None:
    started = time.monotonic()
    step = 200_000
    for low in range(1, cases + 1, step):
        await database.execute(_FILL, low, min(low + step - 1, cases), NOW)
    await database.execute("vacuum analyze case_file")
    size = await database.fetchval("select pg_size_pretty(pg_total_relation_size('case_file'))")
    say(f"{cases} cases in {time.monotonic() - started:.0f} s, {size} with indexes")


async def _fill_figures(database: Database, cases: int) -> None:
    started = time.monotonic()
    first = (NOW - timedelta(seconds=10 * min(cases, MOST_CASES))).date()
    for statement in (_FILL_FIGURES, _FILL_SPANS):
        await database.execute(statement, first, NOW.date())
    step = 500_000
    for low in range(max(1, MOST_CASES + 1 - cases), MOST_CASES + 1, step):
        await database.execute(_FILL_HEAT, low, min(low + step - 1, MOST_CASES), NOW)
    await database.execute("vacuum analyze case_kpi_day, case_span_day, case_heat")
    rows = await database.fetchval("select count(*) from case_kpi_day")
    sizes = [await database.fetchval(_SIZE, table) for table in ("case_kpi_day", "case_heat")]
    spent_s = time.monotonic() - started
    say(f"{rows} rows of figures {sizes[0]}, heat {sizes[1]}, in {spent_s:.0f} s")


async def _ask(
    database: Database, book: Figures, asked: dict[str, tuple[str, Sequence[object]]], *, plans: bool
) -> float:
    slowest = 0.0
    for name, (statement, values) in asked.items():
        times = [await _timed(database, statement, values) for _ in range(RUNS)]
        middle = statistics.median(time_ms for time_ms, _ in times)
        slowest = max(slowest, middle)
        book.add(name, middle, "ms")
        say(f"{'':<32} first {times[0][0]:8.2f} ms   {times[-1][1]}")
        if plans and "counts" in name:
            say("\n".join(row[0] for row in await _explained(database, statement, values)))
    return slowest


async def _explained(database: Database, statement: str, values: Sequence[object]) -> list[Row]:
    async with database.transaction() as connection:
        await connection.execute("set local plan_cache_mode = force_custom_plan")
        rows: list[Row] = await connection.fetch(f"explain (analyze, costs off, buffers) {statement}", *values)
        return rows


async def _timed(database: Database, statement: str, values: Sequence[object]) -> tuple[float, str]:
    async with database.transaction() as connection:
        await connection.execute("set local plan_cache_mode = force_custom_plan")
        rows = await connection.fetch(f"explain (analyze, format json) {statement}", *values)
    plan = rows[0][0]
    tree = (plan if isinstance(plan, list) else orjson.loads(plan))[0]
    return tree["Planning Time"] + tree["Execution Time"], ", ".join(dict.fromkeys(_indexes(tree["Plan"])))


def _indexes(node: dict[str, object]) -> list[str]:
    """What the plan reads."""
    own = [str(node.get("Index Name") or node["Node Type"])] if "Scan" in str(node["Node Type"]) else []
    children: object = node.get("Plans", [])
    assert isinstance(children, list)  # of EXPLAIN's own making
    return own + [name for child in children for name in _indexes(child)]


def main() -> int:
    """Read the words, run, and say whether every list was quick enough."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=1_000_000)
    parser.add_argument("--plans", action="store_true", help="print the plans of the counts, too")
    parser.add_argument("--data", type=Path, help="a folder that is kept; one that is filled already is only asked")
    words = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sanxun-bench-") as passing:
        folder: Path = words.data or Path(passing)
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o755)
        slowest = uvloop.run(run(folder, words.cases, plans=words.plans))
    say(f"slowest {slowest:.1f} ms, allowed {LONGEST_MS:.0f} ms")
    return 0 if slowest < LONGEST_MS else 1


if __name__ == "__main__":
    sys.exit(main())
