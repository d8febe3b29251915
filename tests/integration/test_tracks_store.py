from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Sequence

import pytest

from tracker import clock
from tracker.db.pool import Database
from tracker.geo.datum import Crs
from tracker.tracks.model import Dialect, Fix
from tracker.tracks.partitions import Partitions
from tracker.tracks.segment import unpack_raw
from tracker.tracks.store import Entry, Quarantined, TrackWriter

NOON = clock.day_start_ms(clock.to_datetime(1_790_000_000_000).date()) + 12 * 3_600_000


def fix(at_s: float, *, north: int = 0, battery: int | None = 80) -> Fix:
    return Fix(
        recorded_at_ms=NOON + int(at_s * 1000),
        lat_e7=369_753_000 + north,
        lon_e7=1_152_661_000,
        accuracy_dm=50,
        speed_cms=120,
        bearing_cdeg=9000,
        altitude_m=-3,
        battery=battery,
    )


def entry(*fixes: Fix, worker: int = 1, quarantined: Sequence[Quarantined] = ()) -> Entry:
    return Entry(
        worker_id=worker,
        device_id=7,
        dialect=Dialect.NATIVE,
        received_at_ms=NOON + 3_600_000,
        skew_ms=None,
        fixes=list(fixes),
        raw=None,
        quarantined=list(quarantined),
    )


@pytest.fixture(params=["beside others", "alone"])
async def writer(database: Database, request: pytest.FixtureRequest) -> AsyncIterator[TrackWriter]:
    one = TrackWriter(database, Partitions(database), takes_seat=request.param == "alone")
    yield one
    await one.close()


async def stored(database: Database, worker: int = 1) -> list[tuple[int, float]]:
    rows = await database.fetch("select recorded_at, lat from fix where worker_id = $1 order by 1, 2", worker)
    return [(clock.to_ms(row["recorded_at"]) - NOON, round(row["lat"] * 1e7) - 369_753_000) for row in rows]


async def test_a_fix_comes_back_as_it_went_in(database: Database, writer: TrackWriter) -> None:
    await writer.write([entry(fix(1))])
    row = await database.fetchrow("select * from fix")
    assert row is not None
    assert (row["lat"], row["lon"]) == (36.9753, 115.2661)
    assert [row[name] for name in ("accuracy_m", "speed_mps", "bearing_deg", "altitude_m", "battery", "flags")] == [
        5.0,
        pytest.approx(1.2),
        90.0,
        -3,
        80,
        0,
    ]


async def test_the_same_upload_twice_is_stored_once(database: Database, writer: TrackWriter) -> None:
    upload = entry(fix(1), fix(2), fix(3))
    first = await writer.write([upload])
    second = await writer.write([upload])
    assert (first.stored, second.stored) == ([3], [0])
    assert len(await stored(database)) == 3


async def test_a_partial_overlap_stores_only_what_is_new(database: Database, writer: TrackWriter) -> None:
    await writer.write([entry(fix(1), fix(2), fix(3))])
    written = await writer.write([entry(fix(2), fix(3), fix(4))])
    assert written.stored == [1]
    assert [at for at, _ in await stored(database)] == [1000, 2000, 3000, 4000]


async def test_two_uploads_of_one_batch_overlap_too(database: Database, writer: TrackWriter) -> None:
    written = await writer.write([entry(fix(1), fix(2)), entry(fix(2), fix(3))])
    assert written.stored == [2, 1]


async def test_two_fixes_may_share_a_time(database: Database, writer: TrackWriter) -> None:
    await writer.write([entry(fix(1))])
    written = await writer.write([entry(fix(1, north=500))])
    assert written.stored == [1]
    assert await stored(database) == [(1000, 0), (1000, 500)]


async def test_late_fixes_never_move_the_dot_back(database: Database, writer: TrackWriter) -> None:
    await writer.write([entry(fix(100))])
    late = await writer.write([entry(fix(50))])
    assert late.newest == []
    await writer.settle()
    row = await database.fetchrow("select recorded_at from latest")
    assert row is not None
    assert clock.to_ms(row["recorded_at"]) == NOON + 100_000


async def test_an_upload_over_midnight_stays_in_both_days(database: Database, writer: TrackWriter) -> None:
    written = await writer.write([entry(fix(12 * 3600 - 1), fix(12 * 3600 + 1))])
    assert written.stored == [2]
    assert await database.fetchval("select count(*) from segment") == 2


async def test_unknown_values_stay_unknown(database: Database, writer: TrackWriter) -> None:
    bare = Fix(recorded_at_ms=NOON, lat_e7=1, lon_e7=2)
    await writer.write([entry(bare)])
    row = await database.fetchrow("select accuracy_m, speed_mps, bearing_deg, altitude_m, battery from fix")
    assert row is not None
    assert list(row.values()) == [None] * 5


async def test_quarantined_parts_are_kept_with_their_reason(database: Database, writer: TrackWriter) -> None:
    bad = Quarantined(reason="future", field="t", value="2\x00\ud800", body=b"{}")
    await writer.write([entry(quarantined=[bad])])
    row = await database.fetchrow("select reason, field, value, body from quarantine")
    assert row is not None
    assert (row["reason"], row["field"], row["body"]) == ("future", "t", b"{}")


async def test_shuffled_doubled_uploads_by_two_writers_are_stored_once(database: Database) -> None:
    fixes = [fix(n * 5, north=n * 100) for n in range(120)]
    writers = [TrackWriter(database, Partitions(database)) for _ in range(2)]
    random.seed(7)
    uploads = [fixes[start : start + 10] for start in range(0, 120, 3)] * 2
    random.shuffle(uploads)

    async def send(which: int) -> int:
        return sum([(await writers[which].write([entry(*upload)])).stored[0] for upload in uploads[which::2]])

    counts = await asyncio.gather(send(0), send(1))
    assert sum(counts) == 120
    assert await stored(database) == [(n * 5000, n * 100) for n in range(120)]


async def test_presence_answers_who_was_near(database: Database, writer: TrackWriter) -> None:
    await writer.write([entry(fix(1), fix(2)), entry(fix(1), worker=2)])
    await writer.settle()
    assert await database.fetchval("select count(*) from presence") == 2


async def test_old_partitions_are_dropped(database: Database, writer: TrackWriter) -> None:
    partitions = Partitions(database)
    await writer.write([entry(fix(0)), entry(fix(86_400 * 3))])
    await writer.settle()
    today = clock.local_day(NOON)
    assert await partitions.existing() == [today, clock.local_day(NOON + 3 * 86_400_000)]
    dropped = await partitions.drop_before(clock.local_day(NOON + 86_400_000))
    assert len(dropped) == 3
    assert len(await stored(database)) == 1


async def test_coordinates_as_sent_are_kept_with_their_datum(database: Database, writer: TrackWriter) -> None:
    sent = [(369_757_451, 1_152_720_684)]
    converted = entry(fix(1))
    upload = Entry(
        **{name: getattr(converted, name) for name in converted.__struct_fields__} | {"raw": sent, "crs": Crs.GCJ02}
    )
    await writer.write([upload])
    raw = await database.fetchval("select raw from segment")
    assert unpack_raw(raw) == (Crs.GCJ02, sent)
