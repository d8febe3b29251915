from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
import shapely

from tests.unit.patrol.patrol_house import (
    COUNTY,
    DAY,
    GRID,
    LAT,
    LON,
    MIDNIGHT,
    MORNING,
    box,
    fix,
    grid_ground,
    steps,
    walks_of,
)
from tracker.bus.local import LocalBus
from tracker.bus.model import AreaEvent, Batch, Message, Stored
from tracker.county.model import Division, Grid, PlanFeature, Worker, WorkerRole
from tracker.county.register import Register
from tracker.county.store import Contents, bulk_load
from tracker.db.pool import Database
from tracker.geo.area import Area
from tracker.metrics import Metrics
from tracker.patrol.engine import PatrolEngine
from tracker.patrol.fold import fold
from tracker.patrol.ground import Ground
from tracker.patrol.model import RoundKey, RoundResult, State
from tracker.patrol.plan import default_plan
from tracker.patrol.store import add_plan
from tracker.patrol.walks import NEVER
from tracker.tracks.model import Dialect, Fix
from tracker.tracks.partitions import Partitions
from tracker.tracks.segment import by_day, pack
from tracker.tracks.store import Entry, TrackWriter

EAST = "130533100201002"
KEY = RoundKey(grid_code=GRID, day=DAY, ordinal=1)
SINCE = date(2026, 1, 1)
HOUR_S = 3600


def grid(code: str, lon: float) -> Grid:
    return Grid(code=code, name=code[-3:], color=0, valid_from=SINCE, boundary=box(lon), lon=lon, lat=LAT)


def worker(number: int, name: str, grid_code: str) -> Worker:
    return Worker(
        id=number, number=str(number), name=name, grid_code=grid_code, role=WorkerRole.WORKER, valid_from=SINCE
    )


def contents() -> Contents:
    lane = shapely.LineString([(LON - 0.0025, LAT), (LON + 0.0025, LAT)])
    return Contents(
        divisions=[
            Division(code=COUNTY, name="威县", valid_from=SINCE),
            Division(code="130533100000", name="洺州镇", valid_from=SINCE),
            Division(code="130533100201", name="东街村", valid_from=SINCE),
        ],
        grids=[grid(GRID, LON), grid(EAST, LON + 0.005)],
        workers=[
            worker(1, "甲", GRID),
            worker(2, "乙", EAST),
        ],
        plan=[PlanFeature(kind="lane", geometry=lane, village_code="130533100201")],
    )


class Town:
    """A small county with a clock of its own, its phones and its engine."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.now_ms = MORNING.starts_ms
        self.news: list[Message] = []
        self._writer = TrackWriter(database, Partitions(database))

    async def open(self) -> PatrolEngine:
        """A server just started."""
        metrics = Metrics()
        bus = LocalBus(metrics)
        register = Register(self.database, now=lambda: self.now_ms)
        await register.load()
        engine = PatrolEngine(
            database=self.database,
            register=register,
            bus=bus,
            metrics=metrics,
            now_ms=lambda: self.now_ms,
            is_on_duty=lambda _worker, _at_ms: True,
        )
        await engine.load()
        bus.subscribe("patrol", engine.read)
        bus.subscribe("test", self.news.append)
        self.bus, self.engine = bus, engine
        await engine.settle()
        return engine

    async def send(self, *fixes: Fix, worker: int = 1) -> None:
        """One upload, committed and told to the engine."""
        entry = Entry(
            worker_id=worker, device_id=1, dialect=Dialect.NATIVE, received_at_ms=self.now_ms, skew_ms=None,
            fixes=list(fixes), raw=None, quarantined=[],
        )  # fmt: skip
        await self._writer.write([entry])
        stored = [
            Stored(worker_id=worker, started_at_ms=day[0].recorded_at_ms, received_at_ms=self.now_ms, data=pack(day))
            for day in by_day(fixes)
        ]
        self.bus.publish(Batch(committed_at_ms=self.now_ms, fixes=len(fixes), newest=[], segments=stored))

    async def round(self, key: RoundKey = KEY) -> RoundResult:
        await self.engine.settle()
        found = await self.engine.round_of(key)
        assert found is not None
        return found


@pytest.fixture
async def town(database: Database) -> Town:
    await bulk_load(database, contents(), synthetic=True)
    made = Town(database)
    await made.open()
    return made


def lane_walk(from_s: float = 0, *, there: bool = True) -> list[Fix]:
    """Along the lane from west to east and back for 45 minutes, a fix each 10 s."""
    return [fix(from_s + 10 * n, abs((12 * n + 220) % 880 - 440) - 220 if there else 0, 0) for n in range(270)]


async def test_a_first_plan_and_reachable_cells_are_made(town: Town) -> None:
    plan = town.engine.plan_of(GRID, DAY)
    assert plan is not None
    assert [one.name for one in plan.rounds] == ["早巡", "午巡", "晚巡"]
    cells = await town.engine.cells_of([GRID], DAY)
    assert 15 <= len(cells[GRID]) <= 40  # a lane of 440 m, 40 m to each side, not the field of 160 cells
    rows = await town.database.fetch("select grid_code, source from reachable order by 1")
    assert [tuple(row) for row in rows] == [(GRID, "lanes"), (EAST, "unknown")]  # the lane only touches it


async def test_a_walk_along_the_lane_makes_the_round_done(town: Town) -> None:
    assert (await town.round()).state is State.OPEN
    town.now_ms += 46 * 60_000
    await town.send(*lane_walk())
    found = await town.round()
    assert found.state is State.DONE
    assert 0.7 * found.cells <= found.covered < found.cells == 7 * len((await town.engine.cells_of([GRID], DAY))[GRID])
    assert 44 <= found.minutes <= 45
    assert found.done_ms is not None
    assert MORNING.starts_ms < found.done_ms < town.now_ms
    assert [one.worker_id for one in await town.engine.walks_of(KEY)] == [1]


async def test_news_go_out_by_grid(town: Town) -> None:
    town.now_ms += 600_000
    await town.send(*lane_walk()[:30])
    await town.engine.settle()
    events = [one for one in town.news if isinstance(one, AreaEvent) and one.kind == "coverage"]
    assert [code for one in events for code, _ in one.parts] == [GRID]
    data = events[0].parts[0][1]
    assert data["drawn"] == len(data["new"]) > 0
    assert 0 < data["covered"] < data["cells"]


async def test_a_restart_comes_to_the_same(town: Town) -> None:
    town.now_ms += 46 * 60_000
    for n in range(0, 200, 7):
        await town.send(*lane_walk()[n : n + 7])
        town.engine.step()
    before = await town.round()
    await town.open()
    assert await town.round() == before


async def test_order_and_repeats_do_not_matter(town: Town) -> None:
    town.now_ms += 46 * 60_000
    walk = lane_walk()[:200]
    for n in (150, 50, 0, 100, 50):
        await town.send(*walk[n : n + 50])
        town.engine.step()
    scattered = await town.round()
    in_order = Ground([grid_ground(cells=(await town.engine.cells_of([GRID], DAY))[GRID], points=False)])
    walks = walks_of(in_order)
    fold(in_order, walks, steps(*walk))
    assert scattered.bitmap == np.packbits(walks.seen_of(0) < NEVER, bitorder="little").tobytes()
    assert (scattered.fixes, scattered.minutes) == (200, round(walks.inside_of(0).sum() / 60_000, 2))


async def test_silence_is_no_data_and_hurry_is_missed(town: Town) -> None:
    heard_all_along = [fix(30 * n, 0, 150) for n in range(480)]  # stands in the field for four hours
    town.now_ms = MORNING.ends_ms + 1
    await town.send(*heard_all_along, worker=1)
    assert (await town.round()).state is State.MISSED
    assert (await town.round(RoundKey(grid_code=EAST, day=DAY, ordinal=1))).state is State.NO_DATA


async def test_leave_excuses(town: Town) -> None:
    await town.database.execute("insert into patrol_leave values (1, $1, $1, '病假', null)", DAY)
    await town.engine.reload()
    town.now_ms = MORNING.ends_ms + 1
    assert (await town.round()).state is State.EXCUSED


async def test_a_plan_for_tomorrow_leaves_today_alone(town: Town) -> None:
    today = town.engine._book
    await add_plan(town.database, replace(default_plan(COUNTY, DAY + timedelta(days=1)), sight_radius_m=20), None)
    await town.engine.reload()
    await town.engine.settle()
    assert town.engine._book is today
    plans = [town.engine.plan_of(GRID, DAY + timedelta(days=n)) for n in (0, 1)]
    assert [one.sight_radius_m for one in plans if one] == [40, 20]


async def test_steps_after_the_window_make_it_late(town: Town) -> None:
    town.now_ms = MORNING.ends_ms + 50 * 60_000
    await town.send(*lane_walk(4 * HOUR_S + 60))
    found = await town.round()
    assert found.state is State.LATE
    assert found.covered >= 0.7 * found.cells


async def test_a_late_upload_revises_its_own_round(town: Town) -> None:
    town.now_ms = MORNING.ends_ms + 20 * 60_000
    assert (await town.round()).revised_ms is None
    await town.send(*lane_walk())
    found = await town.round()
    assert found.state is State.DONE
    assert found.revised_ms == town.now_ms
    noon = await town.round(RoundKey(grid_code=GRID, day=DAY, ordinal=2))
    assert noon.revised_ms is None


async def test_an_upload_of_yesterday_revises_the_table(town: Town) -> None:
    town.now_ms = MIDNIGHT + 30 * HOUR_S * 1000
    await town.engine.settle()
    assert town.engine.day > DAY
    before = await town.round()
    assert (before.state, before.revised_ms) == (State.NO_DATA, None)
    await town.send(*lane_walk())
    after = await town.round()
    assert after.state is State.DONE
    assert after.revised_ms == town.now_ms
    assert [one.worker_id for one in await town.engine.walks_of(KEY)] == [1]


async def test_an_upload_of_yesterday_is_not_lost_while_today_is_opened_anew(town: Town) -> None:
    town.now_ms = MIDNIGHT + 30 * HOUR_S * 1000
    await town.engine.settle()
    town.engine._open_again = True
    await town.send(*lane_walk())
    await town.engine._history_once()  # the new book comes before the next step
    assert (await town.round()).state is State.DONE


async def test_a_stop_writes_what_was_folded_last(town: Town) -> None:
    running = asyncio.create_task(town.engine.run())
    await asyncio.sleep(0)
    town.now_ms += 46 * 60_000
    await town.send(*lane_walk())
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    query = "select state from patrol_round where grid_code = $1 and ordinal = 1"
    assert await town.database.fetchval(query, GRID) == "done"


async def test_the_table_holds_what_memory_says(town: Town) -> None:
    town.now_ms += 46 * 60_000
    await town.send(*lane_walk())
    found = await town.round()
    row = await town.database.fetchrow("select * from patrol_round where grid_code = $1 and ordinal = 1", GRID)
    assert row is not None
    assert (row["state"], row["covered"], row["bitmap"]) == ("done", found.covered, found.bitmap)
    assert row["minutes"] == pytest.approx(found.minutes)


async def test_any_past_minute_can_be_asked(town: Town) -> None:
    town.now_ms += 46 * 60_000
    await town.send(*lane_walk())
    whole = await town.round()
    area = Area(GRID)
    halves = [await town.engine.rounds_at(area, MORNING.starts_ms + s * 1000) for s in (0, 300, 2760)]
    assert [one[0].covered for one in halves][::2] == [0, whole.covered]
    assert 0 < halves[1][0].covered < whole.covered
    town.now_ms += 86_400_000
    await town.engine.settle()
    again = await town.engine.rounds_at(area, MORNING.starts_ms + 300_000)
    assert again[0].bitmap == halves[1][0].bitmap


async def test_two_processes_come_to_the_same_by_refolding(town: Town) -> None:
    walk = lane_walk()
    town.now_ms += 46 * 60_000
    first = town.engine
    await town.send(*walk[::2])  # the other process is not told of this
    second = await town.open()
    await town.send(*walk[1::2])  # nor the first of that
    for one in (first, second):
        one._book.stale.update(one._book.workers)
        await one.settle()
    assert await first.round_of(KEY) == await second.round_of(KEY)
    third = await town.open()
    assert await third.round_of(KEY) == await first.round_of(KEY)


async def test_a_stopped_server_s_open_rounds_are_closed_later(town: Town) -> None:
    town.now_ms += 46 * 60_000
    await town.send(*lane_walk())
    await town.engine.settle()
    town.now_ms += 2 * 86_400_000
    await town.open()
    found = await town.round(RoundKey(grid_code=GRID, day=DAY, ordinal=3))
    assert (found.state, found.revised_ms) == (State.NO_DATA, None)
