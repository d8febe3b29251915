from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from typing import Any

import pytest

from tracker import clock
from tracker.db.pool import Database
from tracker.geo.datum import Crs
from tracker.metrics import Metrics
from tracker.tracks import compact
from tracker.tracks.compact import Compactor
from tracker.tracks.compact_rows import raw_pairs
from tracker.tracks.model import Dialect, Fix
from tracker.tracks.partitions import Partitions, hot_name
from tracker.tracks.reader import TrackReader
from tracker.tracks.store import Entry, TrackWriter

HOUR_MS = 3_600_000
MIDNIGHT = clock.day_start_ms(clock.local_day(1_790_000_000_000))
NEXT_DAY = MIDNIGHT + 30 * HOUR_MS
EVERYTHING = "select * from fix order by worker_id, recorded_at, lat, lon"


def fix(at_s: float, *, north: int = 0, **more: Any) -> Fix:
    return Fix(recorded_at_ms=MIDNIGHT + int(at_s * 1000), lat_e7=369_753_000 + north, lon_e7=1_152_661_000, **more)


def walk(hours: float, *, every_s: int = 60) -> list[Fix]:
    rng = random.Random(7)
    return [
        fix(
            8 * 3600 + n * every_s,
            north=rng.randrange(-5000, 5000),
            accuracy_dm=rng.choice([None, 40, 65534]),
            speed_cms=rng.choice([None, 0, 130]),
            bearing_cdeg=rng.choice([None, 0, 35_999]),
            altitude_m=rng.choice([None, -3, 900]),
            battery=rng.choice([None, 0, 100]),
            flags=rng.choice([0, 1, 1024]),
        )
        for n in range(int(hours * 3600 / every_s))
    ]


def entry(fixes: Sequence[Fix], *, worker: int = 1, device: int = 7, skew_ms: int | None = None) -> Entry:
    return Entry(
        worker_id=worker,
        device_id=device,
        dialect=Dialect.NATIVE,
        received_at_ms=max(one.recorded_at_ms for one in fixes) + 700,
        skew_ms=skew_ms,
        fixes=list(fixes),
        raw=None,
        quarantined=[],
    )


def in_tens(fixes: Sequence[Fix], **more: Any) -> list[Entry]:
    return [entry(fixes[at : at + 10], **more) for at in range(0, len(fixes), 10)]


class Stage:
    """A writer and a compactor on the day after."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.writer = TrackWriter(database, Partitions(database))
        self.metrics = Metrics()
        self.compactor = Compactor(database, self.metrics, lambda: NEXT_DAY, after_ms=HOUR_MS)

    async def fixes(self) -> list[tuple[Any, ...]]:
        """Every column of the view but where its segment begins."""
        return [tuple(row)[:-1] for row in await self.database.fetch(EVERYTHING)]

    async def rows(self) -> tuple[int, int]:
        """How many rows are plain, how many packed."""
        row = await self.database.fetchrow(
            "select count(*) filter (where not packed), count(*) filter (where packed) from segment"
        )
        assert row is not None
        return row[0], row[1]


@pytest.fixture
def stage(database: Database, monkeypatch: pytest.MonkeyPatch) -> Stage:
    monkeypatch.setattr(compact, "REST", 0.0)
    return Stage(database)


async def test_the_view_tells_the_same_before_and_after(stage: Stage) -> None:
    await stage.writer.write([*in_tens(walk(2.5)), *in_tens(walk(1), worker=2, device=9, skew_ms=-1234)])
    before = await stage.fixes()
    assert await stage.compactor.compact_once() == len(before) == 210
    assert await stage.fixes() == before
    assert await stage.rows() == (0, 3)


async def test_the_reader_gives_the_same_track(stage: Stage) -> None:
    await stage.writer.write(in_tens(walk(3)))
    reader = TrackReader(stage.database)
    before = await reader.track(1, MIDNIGHT, NEXT_DAY)
    await stage.compactor.compact_once()
    assert await reader.track(1, MIDNIGHT, NEXT_DAY) == before
    assert len(before.fixes) == 180


async def test_uploads_sent_again_are_found_in_packed_rows(stage: Stage) -> None:
    uploads = in_tens(walk(2))
    await stage.writer.write(uploads)
    await stage.compactor.compact_once()
    assert (await stage.writer.write(uploads)).stored == [0] * len(uploads)


async def test_what_comes_late_is_merged_by_the_next_pass(stage: Stage) -> None:
    fixes = walk(1, every_s=10)
    await stage.writer.write(in_tens(fixes[::2]))
    await stage.compactor.compact_once()
    late = await stage.writer.write(in_tens(fixes))
    assert sum(late.stored) == 180
    before = await stage.fixes()
    await stage.compactor.compact_once()
    assert await stage.rows() == (0, 1)
    assert await stage.fixes() == before
    assert len(before) == 360


async def test_an_upload_over_many_hours_becomes_a_row_a_span(stage: Stage) -> None:
    await stage.writer.write([entry(walk(10))])
    await stage.compactor.compact_once()
    assert await stage.rows() == (0, 5)


async def test_the_present_span_is_left_alone(stage: Stage) -> None:
    now_ms = MIDNIGHT + 14 * HOUR_MS  # what came before twelve is due
    early = Compactor(stage.database, stage.metrics, lambda: now_ms, after_ms=HOUR_MS)
    await stage.writer.write(in_tens(walk(6)))
    assert await early.compact_once() == 240
    assert await stage.rows() == (12, 2)


async def test_what_came_a_moment_ago_is_left_to_others_who_read_it(stage: Stage) -> None:
    just_now = entry(walk(1))
    values = {name: getattr(just_now, name) for name in just_now.__struct_fields__}
    await stage.writer.write([Entry(**values | {"received_at_ms": NEXT_DAY - 60_000})])
    assert await stage.compactor.compact_once() == 0


async def test_coordinates_as_sent_stay_with_their_fix(stage: Stage) -> None:
    fixes = walk(1)
    sent = [(one.lat_e7 + 1234, one.lon_e7 - 4321) for one in fixes]
    plain = entry(fixes)
    values = {name: getattr(plain, name) for name in plain.__struct_fields__}
    await stage.writer.write([Entry(**values | {"raw": sent, "crs": Crs.GCJ02})])
    await stage.compactor.compact_once()
    raw = await stage.database.fetchval("select raw from segment where packed")
    assert raw_pairs(raw) == sent


async def test_phones_of_one_worker_stay_apart(stage: Stage) -> None:
    fixes = walk(1)
    await stage.writer.write([entry(fixes[::2], device=7), entry(fixes[1::2], device=8)])
    before = await stage.fixes()
    await stage.compactor.compact_once()
    assert await stage.fixes() == before
    assert await stage.rows() == (0, 2)


async def test_an_emptied_day_gives_its_disk_back(stage: Stage) -> None:
    await stage.writer.write([one for worker in range(1, 9) for one in in_tens(walk(6, every_s=20), worker=worker)])
    leaf = hot_name(clock.local_day(MIDNIGHT))
    size = "select pg_total_relation_size($1::text::regclass)"
    before = await stage.database.fetchval(size, leaf)
    await stage.compactor.compact_once()
    await stage.compactor.compact_once()  # finds nothing: closes the day
    assert await stage.database.fetchval(size, leaf) < before / 4
    assert stage.metrics.registry.get_sample_value("sanxun_compaction_waiting_bytes") == 0


async def test_a_leaf_in_use_is_given_back_later(stage: Stage) -> None:
    await stage.writer.write(in_tens(walk(1)))
    await stage.compactor.compact_once()
    async with stage.database.transaction() as reading:
        await reading.fetchval("select count(*) from segment")
        await stage.compactor.compact_once()  # does not wait for the reader
        assert await reading.fetchval("select sum(fixes) from segment") == 60


async def test_a_failure_in_the_middle_changes_nothing(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    await stage.writer.write(in_tens(walk(2)))
    before = await stage.fixes()

    def broken(_row: object) -> tuple[object, ...]:
        raise OSError("the connection broke after the rows were taken out")

    with monkeypatch.context() as patch:
        patch.setattr(compact, "_record", broken)
        with pytest.raises(Exception, match="connection broke"):
            await stage.compactor.compact_once()
    assert await stage.fixes() == before
    assert await stage.rows() == (12, 0)


async def test_only_one_of_two_compacts(stage: Stage) -> None:
    await stage.writer.write(in_tens(walk(1)))
    async with stage.database.transaction() as other:
        await other.fetchval(compact.queries.try_lock)
        assert await stage.compactor.compact_once() == 0
    assert await stage.compactor.compact_once() == 60


async def test_writers_and_readers_never_see_a_fix_twice_or_not_at_all(stage: Stage) -> None:
    fixes = walk(4, every_s=10)
    uploads = [entry(fixes[at : at + 10], worker=worker) for at in range(0, len(fixes), 7) for worker in (1, 2, 3)]
    random.Random(5).shuffle(uploads)
    first, rest = uploads[: len(uploads) // 3], uploads[len(uploads) // 3 :] + uploads[:60]
    acked = sum((await stage.writer.write(first)).stored)
    writing = True

    async def write() -> None:
        nonlocal acked, writing
        for one in rest:
            acked += sum((await stage.writer.write([one])).stored)
        writing = False

    async def pack() -> None:
        while writing:
            await stage.compactor.compact_once()

    async def watch() -> None:
        before = 0
        while writing:
            least = acked
            found = await stage.database.fetchval("select sum(fixes) from segment")
            assert least <= found <= acked + 10  # one upload may be committed and not yet counted here
            assert found >= before
            before = found

    await asyncio.gather(write(), pack(), watch())
    await stage.compactor.compact_once()
    stored = await stage.fixes()
    assert acked == len(stored) == len(set(stored)) == 3 * len(fixes)


@pytest.mark.parametrize("seed", range(8))
async def test_any_uploads_in_any_order_are_stored_once(stage: Stage, seed: int) -> None:
    rng = random.Random(seed)
    sent = [fix(at, north=at) for at in rng.sample(range(8 * 3600, 12 * 3600), rng.randrange(1, 90))]
    for _ in range(4):
        some = rng.sample(sent, rng.randrange(1, len(sent) + 1))
        await stage.writer.write([entry(some, device=rng.choice([1, 2]))])
        await stage.compactor.compact_once()
    await stage.writer.write([entry(sent)])
    await stage.compactor.compact_once()
    rows = await stage.database.fetch("select recorded_at from fix order by 1")
    assert [clock.to_ms(row["recorded_at"]) for row in rows] == sorted(one.recorded_at_ms for one in sent)
