from __future__ import annotations

import asyncio
import time
from datetime import date, timedelta

import pytest

from tracker import clock
from tracker.db.pool import Database
from tracker.metrics import Metrics
from tracker.ops import keeper as keeper_module
from tracker.ops.keeper import Keeper
from tracker.tracks.partitions import Partitions
from tracker.tracks.reader import TrackReader

TODAY = date(2026, 11, 23)
PATIENCE_S = 10.0


class Stage:
    """A keeper whose clock the test owns."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.now_ms = clock.day_start_ms(TODAY) + 3_600_000
        self.metrics = Metrics()
        self.partitions = Partitions(database)
        self.keeper = Keeper(
            self.partitions,
            TrackReader(database),
            self.metrics,
            lambda: self.now_ms,
            ahead_days=3,
            retention_days=90,
        )

    def ahead(self) -> float | None:
        return self.metrics.registry.get_sample_value("sanxun_partitions_ahead_days")


@pytest.fixture
def stage(database: Database) -> Stage:
    return Stage(database)


async def test_today_and_the_days_ahead_get_partitions(stage: Stage) -> None:
    await stage.keeper.keep_once()
    assert await stage.partitions.existing() == [TODAY + timedelta(days=ahead) for ahead in range(4)]
    assert stage.ahead() == 3


async def test_keeping_house_twice_changes_nothing(stage: Stage) -> None:
    await stage.keeper.keep_once()
    await stage.keeper.keep_once()
    assert stage.ahead() == 3


async def test_the_day_at_the_edge_of_the_retention_stays(stage: Stage) -> None:
    edge = TODAY - timedelta(days=90)
    await stage.partitions.ensure_days([edge, edge - timedelta(days=1)])
    await stage.keeper.keep_once()
    assert (await stage.partitions.existing())[0] == edge


async def test_old_quarantine_goes_with_the_tracks(stage: Stage) -> None:
    edge = clock.to_datetime(clock.day_start_ms(TODAY - timedelta(days=90)))
    for moment in (edge - timedelta(seconds=1), edge):
        await stage.database.execute(
            "insert into quarantine (received_at, dialect, reason, body) values ($1, 1, 'x', '')", moment
        )
    await stage.keeper.keep_once()
    assert await stage.database.fetchval("select count(*) from quarantine") == 1


async def test_a_new_day_moves_the_partitions_on(stage: Stage) -> None:
    await stage.keeper.keep_once()
    stage.now_ms += 2 * 86_400_000
    await stage.keeper.keep_once()
    assert (await stage.partitions.existing())[-1] == TODAY + timedelta(days=5)


async def test_a_busy_loop_shows_in_the_lag(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper_module, "LAG_EVERY_S", 0.01)
    watching = asyncio.create_task(stage.keeper.watch_loop(), name="loop watch")
    deadline = time.monotonic() + PATIENCE_S
    lag = 0.0
    while lag < 0.03 and time.monotonic() < deadline:
        await asyncio.sleep(0)
        busy_until = time.monotonic() + 0.06
        while time.monotonic() < busy_until:
            pass  # what a slow handler does to everybody
        await asyncio.sleep(0)
        lag = stage.metrics.registry.get_sample_value("sanxun_loop_lag_seconds") or 0.0
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    assert lag >= 0.03


async def test_a_database_that_is_away_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper_module, "RETRY_S", 0.01)
    stage = Stage(Database("postgresql://nobody@/nothing?host=/nowhere"))
    keeping = asyncio.create_task(stage.keeper.run(), name="keeper")
    done, _ = await asyncio.wait([keeping], timeout=0.3)
    assert not done
    keeping.cancel()
    await asyncio.gather(keeping, return_exceptions=True)
