"""Figures of cases: the short form of the simulated year, and what must hold of figures whatever happens."""

from __future__ import annotations

import random
from datetime import date

import msgspec
import pytest

from tests.bench.yearly.reckon import compare, periods, scopes_of, stories
from tests.bench.yearly.run import Year
from tests.bench.yearly.town import BEGINS_MS, FIRST, GRIDS, Town
from tests.integration.cases_house import CITY, MONDAY, OTHER_GRID, PHOTO, CaseHouse, by
from tests.integration.test_cases_walk import FORESEEN, step
from tracker.cases.kpi_counts import COUNTS
from tracker.cases.model import Change
from tracker.cases.records import RatingBody
from tracker.cases.states import Doer, State
from tracker.cases.stats_behind import Asked, Behind
from tracker.cases.stats_keys import KEYS, STOCKS, kept_of
from tracker.cases.stats_read import Period, Statistics
from tracker.clock import DAY_MS, local_day
from tracker.db.pool import Database

DAYS, CASES = 40, 150
COUNTY = "130523"
WHOLE = Asked(scope=COUNTY, prefix=COUNTY)
TABLES = ("case_kpi_day", "case_span_day", "case_heat")


@pytest.fixture
async def house(database: Database) -> CaseHouse:
    house = CaseHouse(database)
    await house.build()
    return house


def statistics_of(house: CaseHouse) -> Statistics:
    return Statistics(database=house.database, now_ms=house.clock)


def day_of(house: CaseHouse) -> Period:
    today = local_day(house.now_ms)
    return Period(first=today, end=date.fromordinal(today.toordinal() + 1))


async def figures(database: Database) -> dict[str, list[tuple[object, ...]]]:
    """Everything that is counted; rows that say nothing are the same as none."""
    found = {}
    for table in TABLES:
        rows = [tuple(row) for row in await database.fetch(f"select * from {table}")]
        head = 3 if table == "case_kpi_day" else len(rows[0]) - 1 if rows else 0
        found[table] = sorted(row for row in rows if any(row[head:]))
    return found


@pytest.mark.timeout(240)
async def test_a_simulated_month_is_reckoned_alike_by_the_oracle(database: Database) -> None:
    town = Town(database)
    await town.build()
    await town.books.get()
    year = Year(town=town, dice=random.Random(4))
    year.plan(CASES, DAYS)
    await year.run(BEGINS_MS + DAYS * DAY_MS, lambda _: None)
    ends_ms = BEGINS_MS + DAYS * DAY_MS
    statistics = Statistics(database=database, now_ms=lambda: ends_ms)
    compared = await compare(statistics, await stories(database), periods(FIRST, local_day(ends_ms)), lambda _: None)
    assert compared.differing == []
    assert compared.figures > 20_000  # counts, rates, scores and percentiles of every place, department and channel


@pytest.mark.timeout(240)
async def test_figures_counted_bit_by_bit_are_those_counted_anew(house: CaseHouse) -> None:
    dice, statistics = random.Random(11), statistics_of(house)
    case_ids = [(await house.create()).id for _ in range(6)]
    for n in range(160):
        house.now_ms += dice.randrange(4 * 3_600_000)
        try:
            await step(house, dice, case_ids)
        except FORESEEN:
            continue
        if n % 7 == 0:
            await house.watch.tick()
            await statistics.fold.now()
    await statistics.fold.now()
    before = await figures(house.database)
    assert await statistics.fold.anew() > 50
    assert await figures(house.database) == before
    assert before["case_kpi_day"]


async def test_an_event_is_counted_once_by_two_counters(house: CaseHouse) -> None:
    await house.until((await house.create()).id, State.CLOSED)
    one, other = statistics_of(house), statistics_of(house)
    assert await one.fold.now() > 0
    assert await other.fold.now() == 0
    assert (await other.counts([COUNTY], day_of(house)))[COUNTY]["reports"] == 1


async def test_a_reopened_case_counts_as_closed_where_it_was_until_then(house: CaseHouse) -> None:
    made = await house.create()
    await house.until(made.id, State.CLOSED)
    statistics, first = statistics_of(house), day_of(house)
    house.now_ms += DAY_MS
    await house.to(made.id, State.REOPENED, Doer.OPERATOR, reason="问题又出现了")
    both = Period(first=first.first, end=day_of(house).end)
    assert (await statistics.counts([COUNTY], first))[COUNTY]["closed"] == 1
    assert (await statistics.counts([COUNTY], both))[COUNTY]["closed"] == 0
    assert (await statistics.counts([COUNTY], both))[COUNTY]["reopened"] == 1


async def test_a_late_case_is_owed_until_it_ends_and_not_while_it_is_suspended(house: CaseHouse) -> None:
    made = await house.create()
    await house.until(made.id, State.HANDLING)
    statistics, monday = statistics_of(house), day_of(house)
    house.go_to("2026-11-24 09:00")
    tuesday = day_of(house)
    assert (await statistics.counts([COUNTY], monday))[COUNTY]["late_unhandled"] == 1
    await house.to(made.id, State.SUSPEND_REQ, Doer.DEPARTMENT, reason="等待材料", until_ms=house.now_ms + DAY_MS)
    await house.to(made.id, State.SUSPENDED, Doer.SHIFT_LEADER)
    counts = (await statistics.counts([COUNTY], tuesday))[COUNTY]
    assert {key: counts[key] for key in ("due", "late_unhandled", "suspended")} == {
        "due": 0, "late_unhandled": 0, "suspended": 1,
    }  # fmt: skip
    assert (await statistics.counts([COUNTY], monday))[COUNTY]["late_unhandled"] == 1


async def test_a_rating_after_the_closing_stands_for_the_visit(house: CaseHouse) -> None:
    made = await house.create()
    await house.until(made.id, State.CLOSED)
    statistics, first = statistics_of(house), day_of(house)
    assert (await statistics.counts([COUNTY], first))[COUNTY]["satisfied"] == 1
    house.now_ms += 3 * DAY_MS
    await house.records.rate(made.id, 1, RatingBody(rating=1), by(Doer.CITIZEN))
    counts = (await statistics.counts([COUNTY], first))[COUNTY]
    assert (counts["visited"], counts["satisfied"], counts["unsatisfied"]) == (1, 0, 1)


async def test_a_mistaken_dispatch_is_laid_to_who_made_it(house: CaseHouse) -> None:
    made = await house.create()
    await house.until(made.id, State.FILED)
    case = await house.case(made.id)
    change = {"to": State.DISPATCHED, "version": case.version}
    await house.cases.change(made.id, msgspec.convert(change, Change), by(Doer.DISPATCHER, account_id=7))
    await house.to(made.id, State.RETURN_REQ, Doer.DEPARTMENT, reason="不是我单位职责")
    case = await house.case(made.id)
    approve = {"to": State.FILED, "version": case.version}
    await house.cases.change(made.id, msgspec.convert(approve, Change), by(Doer.DISPATCHER, account_id=8))
    scopes = [f"{COUNTY}|a:7", f"{COUNTY}|a:8"]
    counts = await statistics_of(house).counts(scopes, day_of(house))
    assert [counts[scope]["wrong_dispatches"] for scope in scopes] == [1, 0]


async def worker_counts(house: CaseHouse, worker_id: int, period: Period) -> dict[str, int]:
    scope = f"{COUNTY}|w:{worker_id}"
    counts = (await statistics_of(house).counts([scope], period))[scope]
    return {key: n for key, n in counts.items() if n}


async def test_a_worker_has_what_they_report_verify_and_check(house: CaseHouse) -> None:
    made = await house.create(by(Doer.WORKER), channel="grid")
    await house.until(made.id, State.CLOSED)
    told = await house.create(channel="code")
    await house.to(told.id, State.VERIFYING, Doer.OPERATOR)
    await house.to(told.id, State.ACCEPTED, Doer.WORKER, media=[PHOTO | {"role": "verify"}])
    await house.to(told.id, State.FILED, Doer.SHIFT_LEADER, category="0102")
    assert await worker_counts(house, 17, day_of(house)) == {
        "reports": 1, "valid_reports": 1, "filed": 2, "public_verified": 1, "to_verify": 1, "verified_on_time": 1,
        "to_check": 1, "checked_on_time": 1,
    }  # fmt: skip


async def test_a_stage_is_owed_by_who_was_asked_whoever_ends_it(house: CaseHouse) -> None:
    told = await house.create(channel="code")
    await house.to(told.id, State.VERIFYING, Doer.OPERATOR, worker_id=18)
    house.now_ms += DAY_MS
    first, both = Period(first=local_day(MONDAY), end=local_day(house.now_ms)), day_of(house)
    assert await worker_counts(house, 18, first) == {"to_verify": 1}  # late, and not yet done
    await house.to(told.id, State.ACCEPTED, Doer.OPERATOR, media=[PHOTO | {"role": "verify"}])
    assert await worker_counts(house, 18, both) == {"to_verify": 1}  # done late
    assert await worker_counts(house, 17, both) == {"public_verified": 1}


async def test_a_worker_who_moves_answers_for_what_was_reported_before(house: CaseHouse) -> None:
    made = await house.create()
    await house.database.execute("update worker set grid_code = $1 where id = 17", OTHER_GRID)
    await house.database.execute("update register_version set version = version + 1")
    await house.register.refresh()
    await house.until(made.id, State.FILED)
    after = await house.create()
    await house.until(after.id, State.FILED)
    assert (await worker_counts(house, 17, day_of(house)))["filed"] == 1
    before = await figures(house.database)
    await statistics_of(house).fold.anew()
    assert await figures(house.database) == before


async def test_columns_are_the_keys(database: Database) -> None:
    rows = await database.fetch(
        "select column_name from information_schema.columns where table_name = 'case_kpi_day' order by ordinal_position"
    )
    assert [row["column_name"] for row in rows] == ["scope", "day", "hangs_on", *KEYS]


@pytest.mark.timeout(240)
async def test_behind_every_count_stand_its_cases(database: Database) -> None:
    town = Town(database)
    await town.build()
    await town.books.get()
    year = Year(town=town, dice=random.Random(9))
    year.plan(60, 20)
    ends_ms = BEGINS_MS + 20 * DAY_MS
    await year.run(ends_ms, lambda _: None)
    statistics = Statistics(database=database, now_ms=lambda: ends_ms)
    behind = Behind(database=database, statistics=statistics)
    period = Period(first=FIRST, end=local_day(ends_ms))
    counts = (await statistics.counts([COUNTY], period))[COUNTY]
    for count in ("reports", "valid_reports", "closed", "due", "rejected", "voided", "answered", "suspended", "merged"):
        found, cursor = await _all_behind(behind, count, period, limit=7)
        assert (len(found), cursor) == (counts[count], None), count
        assert len(set(found)) == len(found)
    handled, _ = await _all_behind(behind, "handled", period, limit=1000)
    assert 0 < len(handled) <= counts["handled"]  # a case handled twice is one case
    await _check_behind_workers(behind, statistics, period)


async def _check_behind_workers(behind: Behind, statistics: Statistics, period: Period) -> None:
    seen = set()
    for worker in range(1, len(GRIDS) + 1):
        asked = Asked(scope=f"{COUNTY}|w:{worker}", prefix=COUNTY, worker=worker)
        counts = (await statistics.counts([asked.scope], period))[asked.scope]
        for count in ("reports", "valid_reports", "filed", "public_verified", "to_verify", "verified_on_time"):
            found, _ = await _all_behind(behind, count, period, asked=asked, limit=2) if counts[count] else ([], None)
            assert len(found) == counts[count], (worker, count)
            seen |= {count} if found else set()
        checked, _ = await _all_behind(behind, "to_check", period, asked=asked, limit=2)
        assert len(checked) <= counts["to_check"] <= 3 * len(checked)  # a case that failed is checked again
    assert len(seen) == 6


async def _all_behind(
    behind: Behind, count: str, period: Period, *, limit: int, asked: Asked = WHOLE
) -> tuple[list[int], str | None]:
    found: list[int] = []
    cursor: str | None = None
    for _ in range(100):
        page, cursor = await behind.page(count, asked, period, cursor, limit)
        found += page
        if cursor is None:
            break
    return found, cursor


def test_every_stock_is_part_of_a_count() -> None:
    assert set(STOCKS) <= {key for count in COUNTS for key in kept_of(count)}


def test_scopes_of_a_thing_are_its_places_department_and_channel() -> None:
    assert list(scopes_of("130523100201", CITY, "grid")) == [
        "130523", "130523100", "130523100201", "130523|c:grid", "130523100|c:grid",
        f"130523|d:{CITY}", f"130523100|d:{CITY}",
    ]  # fmt: skip
