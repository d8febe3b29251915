"""The background look for signals on stored tracks."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from tests.unit.patrol.patrol_house import COUNTY, DAY, GRID, box
from tests.unit.patrol.patrol_walkers import carried_beside, day_of, replayed, sent_by
from tracker.clock import day_start_ms, local_day
from tracker.county.model import Division, Grid, Worker, WorkerRole
from tracker.county.register import Register
from tracker.county.store import Contents, bulk_load
from tracker.db.pool import Database
from tracker.demo.walkers.phone import Habit
from tracker.patrol.footsteps import Footsteps
from tracker.patrol.signals_job import SETTLE_MS, Signals
from tracker.people.audit import Audit
from tracker.tracks.model import Dialect, Fix
from tracker.tracks.partitions import Partitions
from tracker.tracks.store import Entry, TrackWriter

NIGHT_MS = day_start_ms(local_day(1_795_500_000_000))
START_S = NIGHT_MS / 1000 + 8 * 3600


def fixes_of(track: Footsteps) -> list[Fix]:
    return [
        Fix(
            recorded_at_ms=int(track.t[row]), lat_e7=int(track.lat_e7[row]), lon_e7=int(track.lon_e7[row]),
            accuracy_dm=int(track.accuracy_m[row] * 10),
            speed_cms=None if np.isnan(track.speed_mps[row]) else int(track.speed_mps[row] * 100),
            flags=int(track.flags[row]),
        )
        for row in range(len(track))
    ]  # fmt: skip


@pytest.fixture
async def signals(database: Database) -> Signals:
    since = DAY.replace(month=1)
    village = [
        Worker(id=n, number=str(n), name=f"工{n}", grid_code=GRID, role=WorkerRole.WORKER, valid_from=since)
        for n in range(1, 8)
    ]
    grid = Grid(code=GRID, name="一", color=0, valid_from=since, boundary=box(), lon=115.26, lat=36.97)
    divisions = [Division(code=COUNTY, name="威县", valid_from=since)]
    divisions += [Division(code=code, name="村", valid_from=since) for code in ("130533100000", "130533100201")]
    await bulk_load(database, Contents(divisions=divisions, grids=[grid], workers=village), synthetic=True)
    register = Register(database)
    await register.load()
    return Signals(
        database=database, register=register, audit=Audit(database), now_ms=lambda: NIGHT_MS + 86_400_000,
        round_ends=lambda day: [day_start_ms(day) + 10 * 3_600_000],
    )  # fmt: skip


async def store(database: Database, *tracks: Footsteps) -> None:
    writer = TrackWriter(database, Partitions(database))
    for track in tracks:
        fixes = fixes_of(track)
        entry = Entry(
            worker_id=track.worker_id, device_id=1, dialect=Dialect.NATIVE, received_at_ms=NIGHT_MS, skew_ms=None,
            fixes=fixes, raw=None, quarantined=[],
        )  # fmt: skip
        await writer.write([entry])


async def test_each_cheat_of_a_village_is_found_and_nobody_else(signals: Signals, database: Database) -> None:
    honest, driver = day_of(1, hours=4, start_s=START_S), day_of(2, hours=4, start_s=START_S, habit=Habit.DRIVER)
    frozen, mock = (day_of(n, hours=4, start_s=START_S, habit=h) for n, h in ((3, Habit.FROZEN), (4, Habit.MOCK)))
    bag = carried_beside(honest, 5, 5)
    yesterday = day_of(6, hours=4, start_s=START_S - 86_400)
    await store(database, honest, driver, frozen, mock, bag, yesterday, replayed(yesterday, 7, 86_400))
    day = local_day(NIGHT_MS)
    assert await signals.examine(day) == 6
    lines = await signals.page(range(1, 8), undecided=True, before=1 << 40)
    assert sorted((one.worker_id, one.kind) for one in lines) == [
        (1, "together"), (2, "driving"), (3, "frozen"), (4, "mock"), (5, "together"), (7, "copied"),
    ]  # fmt: skip
    (copy,) = [one for one in lines if one.kind == "copied"]
    assert (copy.evidence["of_worker"], copy.evidence["shift_s"]) == (6, 86_400)


async def test_a_second_look_adds_nothing_and_keeps_decisions(signals: Signals, database: Database) -> None:
    await store(database, day_of(3, hours=3, start_s=START_S, habit=Habit.FROZEN))
    day = local_day(NIGHT_MS)
    await signals.examine(day)
    await database.execute("update patrol_signal set decision = 'confirmed', evidence = '{}'")
    await signals.examine(day)
    (line,) = await signals.page([3], undecided=False, before=1 << 40)
    assert (line.decision, line.evidence) == ("confirmed", {})


async def test_days_are_due_after_each_round_and_after_midnight(signals: Signals) -> None:
    ten = NIGHT_MS + 10 * 3_600_000 + SETTLE_MS
    assert signals.due_days(ten - 2, ten - 1) == []
    assert signals.due_days(ten - 1, ten) == [local_day(NIGHT_MS)]
    midnight = NIGHT_MS + 86_400_000 + SETTLE_MS
    assert signals.due_days(midnight - 1, midnight) == [local_day(NIGHT_MS)]


async def test_what_came_late_is_looked_at_once_more(signals: Signals, database: Database) -> None:
    late = day_of(6, hours=4, start_s=START_S - 86_400)
    await store(database, day_of(1, hours=4, start_s=START_S), replayed(late, 7, 86_400))
    assert await signals.examine(local_day(NIGHT_MS)) == 0
    yesterday = local_day(NIGHT_MS) - timedelta(days=1)
    await store(database, late, day_of(3, hours=3, start_s=START_S - 86_400, habit=Habit.FROZEN))
    assert await signals.examine_late() == 0  # nobody said that something came
    await database.execute("insert into patrol_late values (6, $1, now()), (3, $1, now()), (99, $1, now())", yesterday)
    await signals.examine_late()
    lines = await signals.page(range(1, 8), undecided=True, before=1 << 40)
    found = sorted((one.worker_id, one.kind, one.day - yesterday) for one in lines)
    assert found == [(3, "frozen", timedelta()), (7, "copied", timedelta(days=1))]
    assert await database.fetchval("select count(*) from patrol_late") == 0


def test_the_simulator_walks_the_day_that_is_asked_for() -> None:
    assert local_day(sent_by(1, hours=1, start_s=START_S)[0]["t"]) == local_day(NIGHT_MS)
