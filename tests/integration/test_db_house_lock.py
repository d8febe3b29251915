"""One house at a time, and the next one soon after it; real PostgreSQL."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tracker.app import Server
from tracker.db.house_lock import HouseLock, HouseLost, identity
from tracker.db.pool import Database
from tracker.settings import Settings

TERMINATE = """
select count(pg_terminate_backend(pid)) from pg_locks join pg_stat_activity using (pid)
where locktype = 'advisory' and datname = current_database()"""


@contextlib.asynccontextmanager
async def process(database: Database) -> AsyncIterator[HouseLock]:
    """A lock on a pool of its own, as another process has it."""
    own = Database(database.url, max_connections=2)
    lock = HouseLock(own)
    yield lock
    await lock.release()
    await own.close()


async def is_taken(lock: HouseLock) -> bool:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(0.6):
            await lock.take()
            return True
    return False


async def test_the_second_stands_by_until_the_first_has_gone(database: Database) -> None:
    async with process(database) as first, process(database) as second:
        assert await is_taken(first)
        assert not await is_taken(second)
        await first.release()
        assert await is_taken(second)


async def test_a_house_that_lost_its_connection_takes_the_lock_again(database: Database) -> None:
    async with process(database) as first:
        await first.take()
        await database.fetchval(TERMINATE)
        holding = asyncio.create_task(first.hold())
        async with process(database) as second, asyncio.timeout(20):
            while await is_taken(second):
                await second.release()
        holding.cancel()
        await asyncio.gather(holding, return_exceptions=True)


async def test_a_house_that_was_followed_by_another_ends(database: Database) -> None:
    async with process(database) as first, process(database) as second:
        await first.take()
        await database.fetchval(TERMINATE)
        await second.take()
        await second.release()
        with pytest.raises(HouseLost):
            async with asyncio.timeout(20):
                await first.hold()


async def test_processes_of_one_installation_have_one_identity(database: Database, postgres: object) -> None:
    other = Database(database.url, max_connections=1)
    assert await identity(database) == await identity(other)
    await other.close()


async def test_of_two_servers_without_a_bus_the_second_stands_by(database: Database, tmp_path: Path) -> None:
    first, second = (Server(Settings(database=database.url, data=tmp_path, port=0)) for _ in range(2))
    waits = asyncio.Event()
    second.on_stand_by = waits.set
    starting: asyncio.Task[None] | None = None
    try:
        await first.start()
        starting = asyncio.create_task(second.start())
        async with asyncio.timeout(15):
            await waits.wait()
        assert not starting.done()
        await first.stop()
        async with asyncio.timeout(15):
            await starting
    finally:
        if starting is not None:
            starting.cancel()
            await asyncio.gather(starting, return_exceptions=True)
        await second.stop()
        await first.stop()
