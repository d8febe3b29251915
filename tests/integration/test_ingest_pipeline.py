"""Uploads through the spine into the real database: each is answered once, and only when it is durable."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import numpy as np
import orjson
import pytest

from tracker import clock
from tracker.bus.local import LocalBus
from tracker.bus.model import Batch, Message
from tracker.db.pool import Database
from tracker.errors import SanxunError, Unavailable
from tracker.ingest.dialects import native
from tracker.ingest.model import Receipt, Upload
from tracker.ingest.pipeline import Pipeline
from tracker.ingest.screen_columns import Rules
from tracker.metrics import Metrics
from tracker.people.model import Device
from tracker.tracks.partitions import Partitions
from tracker.tracks.store import TrackWriter

NOON = clock.day_start_ms(clock.to_datetime(1_790_000_000_000).date()) + 12 * 3_600_000
RULES = Rules(
    is_on_duty=lambda worker, _at_ms: worker != 3,
    is_on_duty_throughout=lambda worker, _first_ms, _last_ms: worker != 3,
    is_on_grid=lambda _grid, _lat, _lon: True,
    are_on_grid=lambda _grids, _counts, lat, _lon: np.ones(len(lat), np.bool_),
)


class Spine:
    """A running pipeline and all that it says."""

    def __init__(self, database: Database, *, max_waiting_fixes: int = 10_000) -> None:
        self.metrics = Metrics()
        self.news: list[Message] = []
        bus = LocalBus(self.metrics)
        bus.subscribe("test", self.news.append)
        self.writer = TrackWriter(database, Partitions(database), takes_seat=True)
        self.pipeline = Pipeline(
            self.writer.write_group,
            bus,
            self.metrics,
            lambda: NOON,
            rules=RULES,
            count_dropped=lambda _dropped: None,
            gap_s=0.001,
            max_waiting_fixes=max_waiting_fixes,
        )

    async def take(self, *uploads: tuple[int, Upload]) -> list[Receipt]:
        """The receipts of uploads of (worker, upload) that come at the same moment."""
        devices = [Device(id=worker, worker_id=worker, grid_code="g") for worker, _ in uploads]
        work = (self.pipeline.take(device, one, NOON) for device, (_, one) in zip(devices, uploads, strict=True))
        return await asyncio.gather(*work)

    def count(self, name: str) -> float:
        return self.metrics.registry.get_sample_value(f"sanxun_{name}") or 0


@pytest.fixture
async def spine(database: Database) -> AsyncIterator[Spine]:
    one = Spine(database)
    running = asyncio.create_task(one.pipeline.run())
    yield one
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await one.writer.close()


def upload(*seconds: int, lat: float = 36.9753) -> Upload:
    fixes = [{"t": NOON - 600_000 + at * 1000, "lat": lat, "lon": 115.2661 + at * 1e-6, "acc": 8} for at in seconds]
    return native.decode(orjson.dumps({"crs": "wgs84", "sent_at": NOON, "fixes": fixes}), NOON)


async def test_uploads_of_one_moment_are_each_answered_with_their_own(spine: Spine, database: Database) -> None:
    receipts = await spine.take((1, upload(1, 2)), (2, upload(1)), (1, upload(2, 3)), (3, upload(1)))
    assert [(one.stored, one.duplicate, one.off_duty) for one in receipts] == [
        (2, 0, 0),
        (1, 0, 0),
        (1, 1, 0),
        (0, 0, 1),
    ]
    assert await database.fetchval("select sum(fixes) from segment") == 4
    assert [spine.count(f"fixes_{name}_total") for name in ("accepted", "stored", "duplicate", "off_duty")] == [
        6,
        4,
        1,
        1,
    ]


async def test_plain_and_odd_uploads_of_one_commit_are_stored_as_sent(spine: Spine, database: Database) -> None:
    await spine.take((1, upload(*range(20, 30))))
    receipts = await spine.take((1, upload(*range(5, 25))), (2, upload(1, 2)))
    assert [one.stored for one in receipts] == [15, 2]
    rows = await database.fetch("select worker_id, recorded_at, lat, lon from fix order by 1, 2")
    seen = [(row["worker_id"], clock.to_ms(row["recorded_at"]), row["lat"], round(row["lon"] * 1e6)) for row in rows]
    sent = [(1, at) for at in range(5, 30)] + [(2, 1), (2, 2)]
    assert seen == [(worker, NOON - 600_000 + at * 1000, 36.9753, 115_266_100 + at) for worker, at in sent]


async def test_overlapping_uploads_in_any_order_store_each_fix_once(spine: Spine) -> None:
    parts = [range(20, 30), range(5, 25), range(10), range(30)]
    assert [(await spine.take((1, upload(*part))))[0].stored for part in parts] == [10, 15, 5, 0]


async def test_a_bad_fix_is_named_and_the_others_are_stored(spine: Spine, database: Database) -> None:
    (receipt,) = await spine.take((1, upload(1, 2, 900)))
    assert receipt.stored == 2
    assert [(one.index, one.reason) for one in receipt.quarantined] == [(2, "future")]
    assert await database.fetchval("select reason from quarantine") == "future"


async def test_what_is_published_is_what_was_stored(spine: Spine) -> None:
    await spine.take((1, upload(1, 2)), (2, upload(5)))
    await spine.take((1, upload(1, 2)))
    batches = [one for one in spine.news if isinstance(one, Batch)]
    assert sum(one.fixes for one in batches) == 3
    assert {dot.worker_id for one in batches for dot in one.newest} == {1, 2}
    assert sum(len(part.data) // 23 for one in batches for part in one.segments) == 3


async def test_a_full_queue_answers_at_once_and_takes_nothing(database: Database) -> None:
    spine, answers = Spine(database, max_waiting_fixes=10), list[Receipt | SanxunError]()
    for _ in range(2):  # nobody commits
        spine.pipeline.submit(Device(id=1, worker_id=1, grid_code=""), upload(*range(8)), NOON, answers.append)
    assert [type(one) for one in answers] == [Unavailable]


async def test_a_database_that_is_away_answers_every_upload(database: Database) -> None:
    spine = Spine(Database("postgresql://nobody@127.0.0.1:9/none"))
    running = asyncio.create_task(spine.pipeline.run())
    results = await asyncio.gather(*(spine.take((worker, upload(1))) for worker in (1, 2)), return_exceptions=True)
    assert [type(one) for one in results] == [Unavailable] * 2
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert await database.fetchval("select count(*) from segment") == 0


async def test_who_waits_when_the_server_stops_is_told_so(database: Database) -> None:
    spine, answers = Spine(database), list[Receipt | SanxunError]()
    for worker in (1, 1, 2):
        device = Device(id=worker, worker_id=worker, grid_code="")
        spine.pipeline.submit(device, upload(1), NOON, answers.append)
    running = asyncio.create_task(spine.pipeline.run())
    await asyncio.sleep(0)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert [type(one) for one in answers] == [Unavailable] * 3


async def fail_storing(database: Database, code: str) -> None:
    """Let PostgreSQL refuse every fix of worker 2 with this SQLSTATE."""
    await database.execute(
        f"""
        create function fail() returns trigger language plpgsql as $$
        begin raise exception 'of the test' using errcode = '{code}'; end $$;
        create trigger fail before insert on segment for each row when (new.worker_id = 2) execute function fail()"""
    )


@pytest.mark.parametrize("code", ["22003", "22P02", "23502", "23505", "23514"])
async def test_what_is_refused_for_its_own_sake_is_quarantined(spine: Spine, database: Database, code: str) -> None:
    await fail_storing(database, code)
    receipts = await spine.take((1, upload(1)), (2, upload(1, 2)), (4, upload(1)))
    assert [(one.stored, one.duplicate) for one in receipts] == [(1, 0), (0, 2), (1, 0)]
    assert await database.fetchval("select count(*) from quarantine where reason = 'not_storable'") == 2


ILL = "08006 0A000 25006 40001 40P01 42501 42P01 53100 53200 54000 55P03 57014 57P01 58030 P0001 XX000 XX001"


@pytest.mark.parametrize("code", ILL.split())
async def test_an_ill_database_acknowledges_nothing(spine: Spine, database: Database, code: str) -> None:
    await fail_storing(database, code)
    with pytest.raises(Unavailable) as refused:
        await spine.take((2, upload(1, 2)))
    assert refused.value.retry_after_s > 0
    assert await database.fetchval("select count(*) from quarantine") == 0
    await database.execute("drop trigger fail on segment")
    assert [one.stored for one in await spine.take((2, upload(1, 2)))] == [2]


@pytest.mark.parametrize(
    "setting", ["default_transaction_read_only = on", "statement_timeout = 1"], ids=["read only", "too slow"]
)
async def test_a_database_that_refuses_to_work_acknowledges_nothing(database: Database, setting: str) -> None:
    await database.execute(
        """
        create function dawdle() returns trigger language plpgsql as $$ begin perform pg_sleep(9); return new; end $$;
        create trigger dawdle before insert on segment for each row execute function dawdle()"""
    )
    await database.execute(
        f"do $$ begin execute 'alter database ' || quote_ident(current_database()) || ' set {setting}'; end $$"
    )
    spine = Spine(Database(database.url))
    running = asyncio.create_task(spine.pipeline.run())
    with pytest.raises(Unavailable):
        await spine.take((2, upload(1)))
    assert await database.fetchval("select count(*) from quarantine") == 0
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await spine.writer.close()


async def test_each_upload_is_answered_once_where_the_database_fails_half_way(spine: Spine, database: Database) -> None:
    await fail_storing(database, "22003")
    await database.execute(
        """
        create function full_disk() returns trigger language plpgsql as $$
        begin raise exception 'of the test' using errcode = '53100'; end $$;
        create trigger full_disk before insert on quarantine for each row execute function full_disk()"""
    )
    answers: asyncio.Queue[tuple[int, type]] = asyncio.Queue()
    for worker in (1, 2, 4):

        def done(given: Receipt | SanxunError, worker: int = worker) -> None:
            answers.put_nowait((worker, type(given)))

        spine.pipeline.submit(Device(id=worker, worker_id=worker, grid_code="g"), upload(1), NOON, done)
    async with asyncio.timeout(15):
        told = [await answers.get() for _ in range(3)]
    assert told == [(1, Receipt), (2, Unavailable), (4, Unavailable)]
    assert answers.empty()
