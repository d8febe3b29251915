"""Notices of changed tables reach those who keep copies; real PostgreSQL."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

from tracker.db.listen import Changes
from tracker.db.pool import Database
from tracker.errors import Unavailable

PATIENCE_S = 10.0
CHANGES = {
    "register": "update register_version set version = version + 1",
    "devices": "update device set revoked_at = now() where id = -1",
    "duty": "update duty_shift set ended_at = now() where worker_id = -1",
    "schedules": "delete from duty_schedule where worker_id = -1",
}
TERMINATE = """
select pg_terminate_backend(pid) from pg_stat_activity
where datname = current_database() and pid <> pg_backend_pid()"""


class Copy:
    """Counts how often each table was read."""

    def __init__(self) -> None:
        self.read = dict.fromkeys(CHANGES, 0)
        self.away = 0  # so many times the database does not answer

    async def refresh(self, word: str) -> None:
        if self.away:
            self.away -= 1
            raise Unavailable("away")
        self.read[word] += 1

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not condition():  # noqa: ASYNC110  # a copy does not tell
                await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def listening(database: Database) -> AsyncIterator[Copy]:
    """A copy that was read once, as when the connection is new."""
    copy = Copy()
    changes = Changes(database, {word: (lambda word=word: copy.refresh(word)) for word in CHANGES})  # type: ignore[misc]
    task = asyncio.create_task(changes.run())
    await copy.until(lambda: set(copy.read.values()) == {1})
    yield copy
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_each_change_is_heard_by_its_word_alone(database: Database) -> None:
    async with listening(database) as copy:
        for word, statement in CHANGES.items():
            before = dict(copy.read)
            await database.execute(statement)
            await copy.until(lambda word=word, before=before: copy.read[word] > before[word])  # type: ignore[misc]
            assert {other: copy.read[other] for other in CHANGES if other != word} == {
                other: before[other] for other in CHANGES if other != word
            }


async def test_the_last_use_of_a_phone_is_no_change(database: Database) -> None:
    async with listening(database) as copy:
        await database.execute("update device set last_seen_at = now(), app = 'x' where id = -1")
        await database.execute(CHANGES["duty"])
        await copy.until(lambda: copy.read["duty"] == 2)
        assert copy.read["devices"] == 1


async def test_all_is_read_again_when_the_connection_was_lost(database: Database) -> None:
    async with listening(database) as copy:
        await database.fetch(TERMINATE)
        await copy.until(lambda: set(copy.read.values()) == {2})


async def test_a_refresh_that_failed_is_tried_again(database: Database) -> None:
    async with listening(database) as copy:
        copy.away = 1
        await database.execute(CHANGES["devices"])
        await copy.until(lambda: copy.read["devices"] >= 2)
