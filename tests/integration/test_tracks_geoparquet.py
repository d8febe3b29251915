from __future__ import annotations

import importlib
from pathlib import Path

import duckdb
import orjson
import pyarrow.parquet as pq
import pytest
import shapely

from tracker import clock
from tracker.db.pool import Database
from tracker.errors import BadValue
from tracker.metrics import Metrics
from tracker.tracks import geoparquet
from tracker.tracks.compact import Compactor
from tracker.tracks.geoparquet import MissingExtra, write_day
from tracker.tracks.model import Dialect, Fix
from tracker.tracks.partitions import Partitions
from tracker.tracks.store import Entry, TrackWriter

MIDNIGHT = clock.day_start_ms(clock.local_day(1_790_000_000_000))
DAY = clock.local_day(MIDNIGHT)
EIGHT = MIDNIGHT + 8 * 3_600_000


def upload(worker: int, first: int, *, skew_ms: int | None = None) -> Entry:
    fixes = [
        Fix(
            recorded_at_ms=EIGHT + (first + n) * 10_000,
            lat_e7=369_753_000 + worker * 100_000 + n,
            lon_e7=1_152_661_003 + n,
            accuracy_dm=None if n == 3 else 55,
            speed_cms=120,
            altitude_m=-3,
            battery=80,
            flags=64,
        )
        for n in range(10)
    ]
    return Entry(
        worker_id=worker,
        device_id=worker + 10,
        dialect=Dialect.NATIVE,
        received_at_ms=fixes[-1].recorded_at_ms + 700,
        skew_ms=skew_ms,
        fixes=fixes,
        raw=None,
        quarantined=[],
    )


@pytest.fixture
async def county(database: Database) -> Database:
    """Two workers, of whom what came first is packed and the rest is not."""
    writer = TrackWriter(database, Partitions(database))
    await writer.write([upload(2, 0, skew_ms=-70), upload(1, 10)])
    await Compactor(database, Metrics(), lambda: EIGHT + 86_400_000, after_ms=0).compact_once()
    await writer.write([upload(1, 0)])
    return database


async def test_a_day_comes_back_row_by_row(county: Database, tmp_path: Path) -> None:
    assert await write_day(county, DAY, tmp_path / "day.parquet") == 30
    table = pq.read_table(tmp_path / "day.parquet").to_pylist()
    stored = await county.fetch("select * from fix order by worker_id, recorded_at")
    for row, one in zip(table, stored, strict=True):
        for name in (
            "worker_id",
            "recorded_at",
            "received_at",
            "altitude_m",
            "battery",
            "flags",
            "device_id",
            "skew_ms",
        ):
            assert row[name] == one[name], name
        assert row["accuracy_m"] == (None if one["accuracy_m"] is None else pytest.approx(one["accuracy_m"]))
        assert row["bearing_deg"] is None
        point = shapely.from_wkb(row["geometry"])
        assert (point.x, point.y) == (one["lon"], one["lat"])


async def test_the_metadata_are_those_of_geoparquet(county: Database, tmp_path: Path) -> None:
    await write_day(county, DAY, tmp_path / "day.parquet")
    geo = orjson.loads(pq.read_metadata(tmp_path / "day.parquet").metadata[b"geo"])
    column = geo["columns"][geo["primary_column"]]
    assert (geo["version"], column["encoding"], column["geometry_types"]) == ("1.1.0", "WKB", ["Point"])
    assert column["bbox"] == [115.2661003, 36.9853, 115.2661012, 36.9953009]
    for edge, path in column["covering"]["bbox"].items():
        assert path == ["bbox", edge]


async def test_boxes_hold_their_points(county: Database, tmp_path: Path) -> None:
    await write_day(county, DAY, tmp_path / "day.parquet")
    for row in pq.read_table(tmp_path / "day.parquet").to_pylist():
        point, box = shapely.from_wkb(row["geometry"]), row["bbox"]
        assert box["xmin"] <= point.x <= box["xmax"]
        assert box["ymin"] <= point.y <= box["ymax"]
        assert box["xmax"] - box["xmin"] < 1e-4


async def test_duckdb_reads_it(county: Database, tmp_path: Path) -> None:
    file = tmp_path / "day.parquet"
    await write_day(county, DAY, file)
    asked = (
        f"select worker_id, count(*), epoch_ms(min(recorded_at)), avg(speed_mps) from '{file}' "
        "where bbox.ymin > 36.99 group by 1"
    )
    with duckdb.connect() as connection:
        assert connection.execute(asked).fetchall() == [(2, 10, EIGHT, pytest.approx(1.2))]


async def test_row_groups_hold_whole_workers(county: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(geoparquet, "GROUP_FIXES", 5)
    await write_day(county, DAY, tmp_path / "day.parquet")
    metadata = pq.read_metadata(tmp_path / "day.parquet")
    assert [metadata.row_group(n).num_rows for n in range(metadata.num_row_groups)] == [20, 10]


async def test_an_empty_day_is_refused(county: Database, tmp_path: Path) -> None:
    with pytest.raises(BadValue, match="day"):
        await write_day(county, clock.local_day(MIDNIGHT - 1), tmp_path / "day.parquet")


async def test_without_the_package_the_error_says_how_to_get_it(
    county: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(importlib, "import_module", missing)
    with pytest.raises(MissingExtra, match=r"pip install 'sanxun\[geoparquet\]'"):
        await write_day(county, DAY, tmp_path / "day.parquet")
