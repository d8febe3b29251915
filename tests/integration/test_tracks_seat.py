"""One writer alone, several beside each other, and writers that die: what is stored stays exact."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Callable

import pytest

from tracker import clock
from tracker.db.pool import Connection, Database
from tracker.errors import Unavailable
from tracker.tracks import store
from tracker.tracks.model import Dialect, Fix
from tracker.tracks.partitions import Partitions
from tracker.tracks.seat import Seat
from tracker.tracks.store import SLOT_MS, Entry, TrackWriter

NOON = clock.day_start_ms(clock.to_datetime(1_790_000_000_000).date()) + 12 * 3_600_000
MakeWriter = Callable[[], TrackWriter]


def entry(*seconds: int, worker: int = 1) -> Entry:
    fixes = [Fix(recorded_at_ms=NOON + at * 1000, lat_e7=369_753_000 + at, lon_e7=1_152_661_000) for at in seconds]
    return Entry(
        worker_id=worker,
        device_id=7,
        dialect=Dialect.NATIVE,
        received_at_ms=NOON + 3_600_000,
        skew_ms=None,
        fixes=fixes,
        raw=None,
        quarantined=[],
    )


@pytest.fixture
async def make(database: Database) -> AsyncIterator[MakeWriter]:
    made: list[TrackWriter] = []

    def one() -> TrackWriter:
        made.append(TrackWriter(database, Partitions(database), takes_seat=True))
        return made[-1]

    yield one
    for writer in made:
        await writer.close()


async def stored(database: Database, worker: int = 1) -> list[int]:
    rows = await database.fetch("select recorded_at from fix where worker_id = $1 order by 1", worker)
    return [(clock.to_ms(row["recorded_at"]) - NOON) // 1000 for row in rows]


async def newest(database: Database, worker: int = 1) -> int:
    at = await database.fetchval("select recorded_at from latest where worker_id = $1", worker)
    return (clock.to_ms(at) - NOON) // 1000


async def kill_writers(database: Database) -> None:
    """As kill -9 of the process: what it holds in memory is gone, its connection ends."""
    await database.execute("select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory'")


async def test_alone_the_newest_position_is_written_behind(database: Database, make: MakeWriter) -> None:
    writer = make()
    await writer.write([entry(1, 2)])
    assert await newest(database) < 0
    await writer.settle()
    assert await newest(database) == 2


async def test_many_newest_positions_are_written_in_parts(
    database: Database, make: MakeWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "FLUSH_ROWS", 2)
    writer = make()
    await writer.write([entry(worker, worker=worker) for worker in range(1, 6)])
    await writer.settle()
    assert [await newest(database, worker) for worker in range(1, 6)] == [1, 2, 3, 4, 5]


async def test_after_a_kill_the_next_start_mends_what_was_behind(database: Database, make: MakeWriter) -> None:
    await make().write([entry(1, 2), entry(5, worker=2)])
    await kill_writers(database)
    await make().mend()
    assert [await newest(database, worker) for worker in (1, 2)] == [2, 5]


async def present(database: Database) -> list[tuple[int, int]]:
    rows = await database.fetch("select distinct worker_id, slot from presence order by 1, 2")
    return [(row["worker_id"], (clock.to_ms(row["slot"]) - NOON) // SLOT_MS) for row in rows]


async def test_alone_presence_is_written_behind(database: Database, make: MakeWriter) -> None:
    writer = make()
    await writer.write([entry(1, 2)])
    assert await present(database) == []
    await writer.settle()
    assert await present(database) == [(1, 0)]


async def test_presence_is_behind_by_a_bounded_number_of_fixes(
    database: Database, make: MakeWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "SEEN_FIXES", 3)
    writer = make()
    await writer.write([entry(1, 2)])
    assert await present(database) == []
    await writer.write([entry(3)])
    await writer.write([entry(4)])
    assert await present(database) == [(1, 0)]


async def test_presence_of_a_late_upload_is_written_with_it(database: Database, make: MakeWriter) -> None:
    writer = make()
    await writer.write([entry(3600)])
    await writer.settle()
    await writer.write([entry(1)])
    await kill_writers(database)
    assert await present(database) == [(1, 0), (1, 4)]


async def test_after_a_kill_the_next_start_mends_presence_of_every_segment(
    database: Database, make: MakeWriter
) -> None:
    writer = make()
    await writer.write([entry(1)])
    await writer.settle()
    await writer.write([entry(1000), entry(5, worker=2)])
    await writer.write([entry(2000)])
    await kill_writers(database)
    assert await present(database) == [(1, 0)]
    await make().mend()
    assert await present(database) == [(1, 0), (1, 1), (1, 2), (2, 0)]


async def test_a_restarted_writer_knows_what_was_stored(database: Database, make: MakeWriter) -> None:
    await make().write([entry(1, 2)])
    await kill_writers(database)
    assert (await make().write([entry(2, 3)])).stored == [1]
    assert await stored(database) == [1, 2, 3]


async def test_a_writer_whose_connection_breaks_goes_on_exactly(database: Database, make: MakeWriter) -> None:
    writer = make()
    await writer.write([entry(1, 2)])
    await kill_writers(database)

    with contextlib.suppress(Unavailable):  # as a phone it is told to come again
        await writer.write([entry(2, 3)])
    await writer.write([entry(2, 3)])
    assert (await writer.write([entry(1, 2, 3)])).stored == [0]
    assert await stored(database) == [1, 2, 3]


async def test_a_connection_that_breaks_while_the_seat_is_taken_tells_the_phone_to_come_again(
    database: Database,
) -> None:
    async def break_it(connection: Connection) -> None:
        await connection.fetch("select pg_terminate_backend(pg_backend_pid())")

    seat = Seat(database, arrive=break_it, leave=break_it)
    with pytest.raises(Unavailable):
        async with seat.taken():
            pass
    assert not seat.is_taken


async def test_a_second_writer_makes_the_first_share(database: Database, make: MakeWriter) -> None:
    first, second = make(), make()
    await first.write([entry(1, 2)])
    assert (await second.write([entry(2, 3)])).stored == [1]
    assert (await first.write([entry(3, 4)])).stored == [1]
    assert await newest(database) == 4  # beside others it moves with the commit


async def test_who_remains_writes_alone_again(database: Database, make: MakeWriter) -> None:
    first, second = make(), make()
    await first.write([entry(1)])
    await second.write([entry(2)])
    await second.close()
    await first.settle()
    await first.write([entry(2, 3)])
    assert await newest(database) == 2
    await first.settle()
    assert (await newest(database), await stored(database)) == (3, [1, 2, 3])


async def test_a_second_writer_mends_what_a_killed_first_left(database: Database, make: MakeWriter) -> None:
    first = make()
    await first.write([entry(1, 2)])
    await kill_writers(database)
    second, third = make(), make()
    counts = await asyncio.gather(second.write([entry(1, 2)]), third.write([entry(2, 3)]))
    assert sum(sum(one.stored) for one in counts) == 1
    assert await stored(database) == [1, 2, 3]


async def test_shuffled_uploads_through_changing_writers_are_stored_once(database: Database, make: MakeWriter) -> None:
    rng = random.Random(7)
    uploads = [list(range(start, start + 10)) for start in range(0, 110, 3)] * 2
    rng.shuffle(uploads)
    writers = [make() for _ in range(2)]
    total = 0
    for number, upload in enumerate(uploads):
        written = await rng.choice(writers).write([entry(*upload), entry(*upload, worker=2)])
        total += sum(written.stored)
        if number % 10 == 9:
            await rng.choice(writers).close()
    expected = sorted({at for upload in uploads for at in upload})
    assert [await stored(database, worker) for worker in (1, 2)] == [expected] * 2
    assert total == 2 * len(expected)
