"""A server that is killed, or misses batches, comes to the same as one that ran all along."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.integration.test_patrol_engine import EAST, HOUR_S, KEY, Town, contents, lane_walk
from tests.unit.patrol.patrol_house import DAY, GRID, MIDNIGHT, MORNING, fix
from tracker.county.store import bulk_load
from tracker.db.pool import Database
from tracker.patrol import store
from tracker.patrol.makeup import SLACK_MS
from tracker.patrol.model import RoundKey, RoundResult, State

NEXT_MORNING_MS = MIDNIGHT + 30 * HOUR_S * 1000
MINUTE_MS = 60_000


@pytest.fixture
async def town(database: Database) -> Town:
    await bulk_load(database, contents(), synthetic=True)
    made = Town(database)
    await made.open()
    return made


async def the_round(town: Town, key: RoundKey = KEY) -> RoundResult:
    found = await town.engine.round_of(key)
    assert found is not None
    return found


async def late_rows(town: Town) -> list[tuple[int, int]]:
    rows = await town.database.fetch("select worker_id, $1::date - day as days from patrol_late order by 1", DAY)
    return [tuple(row) for row in rows]


async def test_a_late_upload_survives_a_kill_before_it_is_folded(town: Town) -> None:
    town.now_ms = NEXT_MORNING_MS
    await town.engine.settle()
    town.now_ms += 3 * HOUR_S * 1000
    await town.engine.settle()
    await town.send(*lane_walk())  # of yesterday; the engine that heard of it is dropped here
    await town.open()
    found = await the_round(town)
    assert (found.state, found.revised_ms) == (State.DONE, town.now_ms)
    assert await late_rows(town) == [(1, 0)]


async def test_a_late_upload_that_nobody_heard_of_is_found_by_its_receipt(town: Town) -> None:
    town.now_ms = NEXT_MORNING_MS
    await town.engine.settle()
    town.now_ms += HOUR_S * 1000
    town.bus._readers.clear()  # the batch is lost between processes
    await town.send(*lane_walk())
    await town.engine.settle()
    assert (await the_round(town)).state is State.NO_DATA
    town.engine.catch_up(town.now_ms)
    await town.engine.settle()
    assert (await the_round(town)).state is State.DONE
    assert await late_rows(town) == [(1, 0)]


async def test_a_kill_in_the_night_closes_the_day_as_a_whole(town: Town) -> None:
    town.now_ms = MORNING.ends_ms + 20 * MINUTE_MS
    await town.engine.settle()
    town.now_ms = MIDNIGHT + 86_400_000 - 1000
    await town.send(*lane_walk())  # a second before midnight; killed before anything of it is folded
    town.now_ms += SLACK_MS + HOUR_S * 1000
    await town.open()
    assert (await the_round(town)).state is State.DONE
    rows = await store.read_day(town.database, DAY)
    assert {one.state for one in rows.values()} == {State.DONE, State.NO_DATA}


async def test_days_on_which_the_server_stood_still_are_closed_too(town: Town) -> None:
    await town.engine.settle()
    town.now_ms += 3 * 86_400_000
    await town.open()
    for days in (0, 1, 2):
        assert len(await store.read_day(town.database, DAY + timedelta(days=days))) == 6


async def test_batches_of_today_that_were_missed_are_caught_up_with(town: Town) -> None:
    walk = lane_walk()
    town.now_ms += 46 * MINUTE_MS
    readers = dict(town.bus._readers)
    await town.send(*walk[:90])
    town.bus._readers.clear()
    since_ms = town.now_ms
    await town.send(*walk[90:180])
    await town.send(fix(10, 0, 150), fix(20, 5, 150), worker=2)
    town.bus._readers.update(readers)
    await town.send(*walk[180:])
    town.engine.catch_up(since_ms)
    found = await town.round()
    east = await town.round(RoundKey(grid_code=EAST, day=DAY, ordinal=1))
    assert (found.fixes, east.fixes) == (270, 2)
    await town.open()
    assert await town.round() == found


async def test_batches_that_come_twice_change_nothing(town: Town) -> None:
    town.now_ms += 46 * MINUTE_MS
    await town.send(*lane_walk())
    found = await town.round()
    readers = dict(town.bus._readers)
    await town.send(*lane_walk())  # stored once more as it was sent, told again
    town.bus._readers.update(readers)
    for _ in range(3):
        town.engine.catch_up(MORNING.starts_ms)
        assert await town.round() == found


async def test_leave_that_was_entered_survives_a_kill(town: Town) -> None:
    town.now_ms = NEXT_MORNING_MS
    await town.engine.settle()
    assert (await the_round(town)).state is State.NO_DATA
    await town.database.execute("insert into patrol_leave values (1, $1, $1, '病假', null)", DAY)
    await town.engine.judge_again(1, DAY, DAY)
    await town.open()  # before the first engine folded anything
    assert (await the_round(town)).state is State.EXCUSED


async def test_the_mark_waits_for_what_is_not_yet_folded(town: Town) -> None:
    town.now_ms = NEXT_MORNING_MS
    await town.engine.settle()
    before = await store.read_mark(town.database)
    town.now_ms += HOUR_S * 1000
    await town.send(*lane_walk())
    await town.engine.write()
    assert await store.read_mark(town.database) == before
    await town.engine.settle()
    assert await store.read_mark(town.database) == town.now_ms
    assert (await the_round(town, RoundKey(grid_code=GRID, day=DAY, ordinal=1))).state is State.DONE
