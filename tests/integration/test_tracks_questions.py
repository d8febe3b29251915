from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest

from tracker import clock
from tracker.db.pool import Database
from tracker.geo.cells import PRESENCE_RESOLUTION, cell_of
from tracker.geo.projection import haversine_m
from tracker.metrics import Metrics
from tracker.tracks import compact
from tracker.tracks.compact import Compactor
from tracker.tracks.model import Dialect, Fix
from tracker.tracks.partitions import Partitions
from tracker.tracks.reader import TrackReader, cells_within
from tracker.tracks.store import Entry, TrackWriter, queries

DAY = date(2026, 11, 20)
MIDNIGHT = clock.day_start_ms(DAY)
DAY_MS = 86_400_000
QUARTER_MS = 900_000
PLACE = (36.9753, 115.2661)


_ADD_SEGMENT = """
insert into segment (worker_id, started_at, ended_at, received_at, device_id, dialect, fixes, data)
values (1, $1, $1, $1, 1, 1, 1, '')"""


def entry(worker: int, fixes: Sequence[Fix]) -> Entry:
    return Entry(
        worker_id=worker,
        device_id=worker,
        dialect=Dialect.NATIVE,
        received_at_ms=fixes[-1].recorded_at_ms + 500,
        skew_ms=None,
        fixes=list(fixes),
        raw=None,
        quarantined=[],
    )


def about(rng: random.Random, at_ms: int, spread_deg: float = 0.01) -> Fix:
    def maybe(high: int) -> int | None:
        return rng.choice([None, 0, high, rng.randint(0, high)])

    return Fix(
        recorded_at_ms=at_ms,
        lat_e7=round((PLACE[0] + rng.uniform(-spread_deg, spread_deg)) * 1e7),
        lon_e7=round((PLACE[1] + rng.uniform(-spread_deg, spread_deg)) * 1e7),
        accuracy_dm=maybe(65534),
        speed_cms=maybe(65534),
        bearing_cdeg=maybe(35999),
        altitude_m=rng.choice([None, -32767, 32767, rng.randint(-100, 4000)]),
        battery=maybe(100),
        flags=rng.randint(0, 65535),
    )


class County:
    """Thirty workers walking about one place for two days, and what is known of them without SQL."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.reader = TrackReader(database)
        self._writer = TrackWriter(database, Partitions(database))
        rng = random.Random(23)
        self.fixes = {
            worker: [about(rng, at) for at in sorted(rng.sample(range(MIDNIGHT, MIDNIGHT + 2 * DAY_MS), 60))]
            for worker in range(1, 31)
        }

    async def fill(self) -> None:
        for worker, fixes in self.fixes.items():
            uploads = [entry(worker, fixes[at : at + 10]) for at in range(0, len(fixes), 10)]
            await self._writer.write(uploads)


@pytest.fixture
async def county(database: Database) -> County:
    made = County(database)
    await made.fill()
    return made


async def test_the_sql_view_reads_segments_as_the_program_does(database: Database, county: County) -> None:
    rows = await database.fetch("select * from fix order by worker_id, recorded_at")
    read = {worker: [_fix(row) for row in rows if row["worker_id"] == worker] for worker in county.fixes}
    assert read == county.fixes


def _fix(row: Any) -> Fix:
    def scaled(name: str, scale: int) -> int | None:
        return None if row[name] is None else round(row[name] * scale)

    return Fix(
        recorded_at_ms=clock.to_ms(row["recorded_at"]),
        lat_e7=round(row["lat"] * 1e7),
        lon_e7=round(row["lon"] * 1e7),
        accuracy_dm=scaled("accuracy_m", 10),
        speed_cms=scaled("speed_mps", 100),
        bearing_cdeg=scaled("bearing_deg", 100),
        altitude_m=row["altitude_m"],
        battery=row["battery"],
        flags=row["flags"],
    )


async def test_a_track_is_what_was_sent_between_two_instants(county: County) -> None:
    span = MIDNIGHT + DAY_MS // 2, MIDNIGHT + DAY_MS * 3 // 2
    for worker, fixes in county.fixes.items():
        found = await county.reader.track(worker, *span)
        assert found.fixes == [fix for fix in fixes if span[0] <= fix.recorded_at_ms <= span[1]]
        assert found.next_ms is None


async def test_a_long_track_says_where_to_go_on(county: County) -> None:
    whole = county.fixes[3]
    read, start = [], MIDNIGHT
    for _ in range(10):
        page = await county.reader.track(3, start, MIDNIGHT + 2 * DAY_MS, limit=13)
        read.extend(page.fixes)
        if page.next_ms is None:
            break
        start = page.next_ms
    assert read == whole


@pytest.mark.parametrize("radius_m", [30, 150, 299, 800, 2000])
async def test_near_finds_exactly_who_was_there(county: County, radius_m: int) -> None:
    rng = random.Random(radius_m)
    for _ in range(12):
        place = PLACE[0] + rng.uniform(-0.01, 0.01), PLACE[1] + rng.uniform(-0.01, 0.01)
        start = MIDNIGHT + rng.randrange(DAY_MS)
        span = start, start + rng.randrange(QUARTER_MS, DAY_MS)
        visits = await county.reader.near(*place, radius_m, *span, list(county.fixes))
        found = {visit.worker_id: (visit.first_ms, visit.last_ms, visit.fixes) for visit in visits}
        assert found == _were_near(county, place, radius_m, span)
        assert [visit.nearest_m for visit in visits] == sorted(visit.nearest_m for visit in visits)


def _were_near(
    county: County, place: tuple[float, float], radius_m: float, span: tuple[int, int]
) -> dict[int, tuple[int, int, int]]:
    found = {}
    for worker, fixes in county.fixes.items():
        times = [
            fix.recorded_at_ms
            for fix in fixes
            if span[0] <= fix.recorded_at_ms <= span[1]
            and float(haversine_m(*place, fix.lat_e7 / 1e7, fix.lon_e7 / 1e7)) <= radius_m
        ]
        if times:
            found[worker] = (times[0], times[-1], len(times))
    return found


async def test_near_tells_nothing_of_workers_elsewhere(county: County) -> None:
    visits = await county.reader.near(*PLACE, 2000, MIDNIGHT, MIDNIGHT + DAY_MS, [4, 5])
    assert {visit.worker_id for visit in visits} == {4, 5}


async def test_answers_stay_the_same_while_days_are_packed(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compact, "REST", 0.0)
    before = await _answers(county)
    for late in (0, 1):
        compactor = Compactor(county.database, Metrics(), lambda: MIDNIGHT + 3 * DAY_MS, after_ms=0)
        while await compactor.compact_once():
            assert await _answers(county) == before
        assert await county.database.fetchval("select count(*) from presence") == 0
        assert await _answers(county) == before
        for fixes in county.fixes.values():  # again, and something new
            fixes.append(about(random.Random(late), fixes[-1].recorded_at_ms + 1))
        await county.fill()
        before = await _answers(county)


async def _answers(county: County) -> list[object]:
    rng = random.Random(4)
    answers: list[object] = [await county.reader.activity(list(county.fixes), MIDNIGHT, MIDNIGHT + 2 * DAY_MS)]
    for _ in range(8):
        start = MIDNIGHT + rng.randrange(DAY_MS)
        span = start, start + rng.randrange(QUARTER_MS, DAY_MS)
        answers.append(await county.reader.near(*PLACE, rng.randrange(30, 2000), *span, list(county.fixes)))
    cells = await county.database.fetch("select * from present order by cell, slot, worker_id")
    expected = {
        (cell_of(fix.lat_e7 / 1e7, fix.lon_e7 / 1e7, PRESENCE_RESOLUTION), fix.recorded_at_ms // QUARTER_MS, worker)
        for worker, fixes in county.fixes.items()
        for fix in fixes
    }
    assert {(row[0], clock.to_ms(row[1]) // QUARTER_MS, row[2]) for row in cells} == expected
    assert len(cells) == len(expected)
    return answers


@pytest.mark.parametrize("seed", range(6))
async def test_present_is_what_a_plain_scan_finds(county: County, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compact, "REST", 0.0)
    if seed % 2:  # the first of both days is packed
        await Compactor(county.database, Metrics(), lambda: MIDNIGHT + DAY_MS, after_ms=0).compact_once()
        await Compactor(county.database, Metrics(), lambda: MIDNIGHT + DAY_MS, after_ms=0).compact_once()
    rng = random.Random(seed)
    for _ in range(20):
        first = MIDNIGHT + rng.randrange(-4, 2 * 96) * QUARTER_MS
        last = first + rng.randrange(DAY_MS)
        cells = cells_within(PLACE[0] + rng.uniform(-0.01, 0.01), PLACE[1], rng.randrange(1, 900))
        found = await county.database.fetch(queries.present, cells, _instant(first), _instant(last))
        assert {row["worker_id"] for row in found} == {
            worker
            for worker, fixes in county.fixes.items()
            for fix in fixes
            if first <= fix.recorded_at_ms // QUARTER_MS * QUARTER_MS <= last
            and cell_of(fix.lat_e7 / 1e7, fix.lon_e7 / 1e7, PRESENCE_RESOLUTION) in cells
        }


@pytest.mark.parametrize(("first", "last"), [(0, 96), (37, 96 + 5)])
async def test_activity_counts_each_worker_once_a_quarter(county: County, first: int, last: int) -> None:
    workers = list(range(1, 21))
    counts = await county.reader.activity(workers, MIDNIGHT + first * QUARTER_MS + 1, MIDNIGHT + last * QUARTER_MS)
    seen = {
        (worker, (fix.recorded_at_ms - MIDNIGHT) // QUARTER_MS) for worker in workers for fix in county.fixes[worker]
    }
    assert counts == [sum(at == quarter for _, at in seen) for quarter in range(first, last)]


async def test_the_newest_position_is_the_last_one(county: County) -> None:
    latest = {position.worker_id: position.fix for position in await county.reader.latest()}
    assert {worker: fix.recorded_at_ms for worker, fix in latest.items()} == {
        worker: fixes[-1].recorded_at_ms for worker, fixes in county.fixes.items()
    }
    one = await county.reader.latest_of(7)
    assert one is not None
    assert one.fix == latest[7]


async def test_who_never_sent_has_no_newest_position(county: County) -> None:
    assert await county.reader.latest_of(999) is None


@pytest.mark.parametrize("mode", ["force_custom_plan", "force_generic_plan"])
@pytest.mark.parametrize("name", ["worker_segments", "present", "segments_of_workers", "activity", "overlapping"])
async def test_every_question_reads_only_its_day(database: Database, name: str, mode: str) -> None:
    await Partitions(database).ensure_days(DAY + timedelta(days=number) for number in range(30))
    day = MIDNIGHT + 10 * DAY_MS
    midnight, start, end = (f"'{clock.to_datetime(day + hour * 3_600_000)}'::timestamptz" for hour in (0, 8, 10))
    values = {
        "worker_segments": f"1, {midnight}, {start}, {end}",
        "present": f"array[1, 2], {start}, {end}",
        "segments_of_workers": f"array[1, 2], {midnight}, {start}, {end}",
        "activity": f"array[1, 2], {start}, {end}",
        "overlapping": f"array[1], array[{midnight}], array[{start}], array[{end}]",
    }[name]
    async with database.connection() as connection:
        await connection.execute(f"set plan_cache_mode = {mode}; set enable_seqscan = off")
        await connection.execute(_ADD_SEGMENT, _instant(day))
        await connection.execute(f"prepare question as {getattr(queries, name)}")
        plan = "\n".join(row[0] for row in await connection.fetch(f"explain (analyze) execute question ({values})"))
        await connection.execute("deallocate question; reset all")
    ran = [line for line in plan.splitlines() if "_2026" in line and "never executed" not in line]
    assert ran, plan
    assert all(f"{DAY + timedelta(days=10):%Y%m%d}" in line for line in ran), plan


def _instant(ms: int) -> object:
    return clock.to_datetime(ms)
