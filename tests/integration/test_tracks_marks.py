"""Commits of other processes are heard of by the bus, or else read from history; real PostgreSQL."""

from __future__ import annotations

import pytest

from tracker.bus.model import Batch
from tracker.db.pool import Database
from tracker.metrics import Metrics
from tracker.tracks.group import Entry, of_entries
from tracker.tracks.marks import Marks
from tracker.tracks.model import Dialect, Fix, Flag
from tracker.tracks.partitions import Partitions
from tracker.tracks.store import TrackWriter, Written

NOON_MS = 1_700_020_800_000
WORKER = 7


class Reader:
    """The house's view, with what it had to read from history."""

    def __init__(self, database: Database) -> None:
        self.missed: list[tuple[Batch, int]] = []
        self.marks = Marks(database, Metrics(), lambda batch, first_ms: self.missed.append((batch, first_ms)))


def fix(second: int, **more: int) -> Fix:
    return Fix(recorded_at_ms=NOON_MS + second * 1000, lat_e7=369_753_000 + second, lon_e7=1_152_661_000, **more)


async def write(database: Database, *fixes: Fix, worker: int = WORKER) -> Written:
    entry = Entry(
        worker_id=worker, device_id=1, dialect=Dialect.NATIVE, received_at_ms=NOON_MS + 60_000, skew_ms=0,
        fixes=list(fixes), raw=None, quarantined=[],
    )  # fmt: skip
    return await TrackWriter(database, Partitions(database), marks=True).write_group(of_entries([entry]))


async def marks_left(database: Database) -> int:
    count: int = await database.fetchval("select count(*) from commit_mark")
    return count


def batch_of(written: Written) -> Batch:
    return Batch(committed_at_ms=0, fixes=1, newest=written.newest, segments=written.segments, mark=written.mark)


async def test_a_commit_that_was_heard_of_is_not_read_again(database: Database) -> None:
    reader = Reader(database)
    reader.marks.read(batch_of(await write(database, fix(1))))
    for _ in range(3):
        await reader.marks.look()
    assert reader.missed == []
    assert await marks_left(database) == 0


async def test_a_commit_that_nobody_told_of_is_read_from_history(database: Database) -> None:
    written = await write(database, fix(1), fix(2))
    reader = Reader(database)
    await reader.marks.look()
    assert reader.missed == []  # the bus may still bring it
    await reader.marks.look()
    ((batch, first_ms),) = reader.missed
    assert batch.segments == written.segments
    assert [one.recorded_at_ms for one in batch.newest] == [NOON_MS + 2000]
    assert first_ms == NOON_MS + 60_000
    assert await marks_left(database) == 0


async def test_a_batch_that_comes_late_is_in_time_between_two_looks(database: Database) -> None:
    written = await write(database, fix(1))
    reader = Reader(database)
    await reader.marks.look()
    reader.marks.read(batch_of(written))
    await reader.marks.look()
    assert reader.missed == []


async def test_a_call_for_help_is_not_lost_behind_a_later_fix(database: Database) -> None:
    await write(database, fix(1, flags=int(Flag.HELP)), fix(2))
    reader = Reader(database)
    for _ in range(2):
        await reader.marks.look()
    ((batch, _),) = reader.missed
    assert [bool(one.flags & Flag.HELP) for one in batch.newest] == [True, False]


async def test_what_stores_nothing_leaves_no_mark(database: Database) -> None:
    await write(database, fix(1))
    again = await write(database, fix(1))
    assert again.mark == 0
    assert await marks_left(database) == 1


async def test_a_commit_that_fails_leaves_no_mark(database: Database) -> None:
    await database.execute("create function fail() returns trigger language plpgsql as $$ begin raise 'no'; end $$")
    await database.execute("create trigger fail before update on latest for each row execute function fail()")
    with pytest.raises(Exception, match="no"):
        await write(database, fix(1))
    assert await marks_left(database) == 0


async def test_the_only_writer_marks_its_commits_as_well(database: Database) -> None:
    writer = TrackWriter(database, Partitions(database), takes_seat=True, marks=True)
    entry = Entry(
        worker_id=WORKER, device_id=1, dialect=Dialect.NATIVE, received_at_ms=NOON_MS, skew_ms=0, fixes=[fix(1)],
        raw=None, quarantined=[],
    )  # fmt: skip
    written = await writer.write_group(of_entries([entry]))
    await writer.close()
    assert written.mark
    assert await marks_left(database) == 1
