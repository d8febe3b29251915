"""A day's fixes as GeoParquet 1.1, which DuckDB, QGIS and GeoPandas read: points sorted by worker and time."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracker import clock
from tracker.db.pool import Database
from tracker.db.queries import Queries
from tracker.errors import BadValue, SanxunError
from tracker.jsonio import encode
from tracker.tracks.compact_rows import Row, receipts, row_of
from tracker.tracks.segment import RECORDS, UNKNOWN_I16, UNKNOWN_U8, UNKNOWN_U16, plain

queries = Queries.beside(__file__, "geoparquet.sql")

GROUP_FIXES = 100_000  # of one row group, and all that is held in memory at once: some 20 MB
INSTALL = "pip install 'sanxun[geoparquet]'"
_POINT = np.dtype([("order", "u1"), ("kind", "<u4"), ("x", "<f8"), ("y", "<f8")])  # WKB, little-endian
_EDGES = ("xmin", "ymin", "xmax", "ymax")

_OF_ROWS = ("worker_id", "device_id", "dialect")

Values = NDArray[Any]
Places = NDArray[np.float64]


class MissingExtra(SanxunError):
    """A package that only this needs is not installed; the message says how to get it."""


async def write_day(database: Database, day: date, path: Path) -> int:
    """Write a local day's fixes; returns how many. Raises MissingExtra, BadValue for an empty day or a bad path."""
    arrow, parquet = _packages()
    span = tuple(clock.to_datetime(clock.day_start_ms(one)) for one in (day, day + timedelta(days=1)))
    counts = [(row["worker_id"], row["fixes"]) for row in await database.fetch(queries.workers_of_day, *span)]
    if not counts:
        raise BadValue(field="day", value=day, allowed="a day of which fixes are stored")
    schema = _schema(arrow)
    extent = np.array([np.inf, np.inf, -np.inf, -np.inf])
    try:
        writer = parquet.ParquetWriter(path, schema, compression="zstd", write_page_index=True)
    except OSError as error:
        raise BadValue(field="file", value=path, allowed=f"a file that can be written ({error.strerror})") from None
    with writer:
        for workers in _groups(counts):
            rows = [row_of(one) for one in await database.fetch(queries.rows_of_workers, workers, *span)]
            columns, places = columns_of(rows)
            writer.write_table(_table(arrow, schema, columns, places), row_group_size=len(places))
            extent = _wider(extent, places)
        writer.add_key_value_metadata({"geo": encode(_geo(extent)).decode()})
    return sum(fixes for _, fixes in counts)


def columns_of(rows: Sequence[Row]) -> tuple[dict[str, Values], Places]:
    """Everything about each fix by column, masked where unknown, and its (lon, lat); by worker and time."""
    counts = [row.fixes for row in rows]
    records = np.frombuffer(b"".join([plain(row.data)[1:] for row in rows]), RECORDS)
    of_rows = {name: np.repeat([getattr(row, name) for row in rows], counts) for name in _OF_ROWS}
    columns = {
        **of_rows,
        "recorded_at": np.repeat([row.started_at_ms for row in rows], counts) + records["dt"].astype(np.int64),
        "accuracy_m": _known(records["accuracy"], UNKNOWN_U16) / 10,
        "speed_mps": _known(records["speed"], UNKNOWN_U16) / 100,
        "bearing_deg": _known(records["bearing"], UNKNOWN_U16) / 100,
        "altitude_m": _known(records["altitude"], UNKNOWN_I16),
        "battery": _known(records["battery"], UNKNOWN_U8),
        "flags": records["flags"].astype(np.int64),
        **_receipts(rows),
    }
    places = np.stack([records["lon"], records["lat"]], axis=1).astype(np.float64) / 1e7
    order = np.lexsort((columns["recorded_at"], columns["worker_id"]))
    return {name: values[order] for name, values in columns.items()}, places[order]


def _receipts(rows: Sequence[Row]) -> dict[str, Values]:
    counts, received, skew = zip(*(one for row in rows for one in receipts(row)), strict=True)
    known = np.ma.masked_array([one or 0 for one in skew], [one is None for one in skew])
    return {
        "received_at": np.repeat(received, counts),
        "skew_ms": np.ma.masked_array(np.repeat(known.data, counts), np.repeat(known.mask, counts)),
    }


def _known(column: NDArray[Any], unknown: int) -> Values:
    values: Values = np.ma.masked_equal(column.astype(np.int64), unknown)
    return values


def _groups(counts: Sequence[tuple[int, int]]) -> Iterator[list[int]]:
    """Whole workers, together not much more than a row group."""
    group: list[int] = []
    held = 0
    for worker, fixes in counts:
        group.append(worker)
        held += fixes
        if held >= GROUP_FIXES:
            yield group
            group, held = [], 0
    if group:
        yield group


def _schema(arrow: Any) -> Any:
    moment = arrow.timestamp("ms", "UTC")
    edges = arrow.struct([arrow.field(edge, arrow.float32(), nullable=False) for edge in _EDGES])
    kinds = {
        "worker_id": arrow.int32(), "recorded_at": moment, "accuracy_m": arrow.float32(), "speed_mps": arrow.float32(),
        "bearing_deg": arrow.float32(), "altitude_m": arrow.int16(), "battery": arrow.uint8(), "flags": arrow.uint16(),
        "received_at": moment, "device_id": arrow.int32(), "dialect": arrow.int8(), "skew_ms": arrow.int32(),
        "geometry": arrow.binary(), "bbox": edges,
    }  # fmt: skip
    return arrow.schema(list(kinds.items()))


def _table(arrow: Any, schema: Any, columns: dict[str, Values], places: Places) -> Any:
    arrays = {"geometry": _points(arrow, places), "bbox": _boxes(arrow, schema, places)}
    for field in schema:
        if field.name not in arrays:
            values = columns[field.name]
            mask = np.ma.getmaskarray(values) if np.ma.isMaskedArray(values) else None
            arrays[field.name] = arrow.array(np.ma.getdata(values), mask=mask).cast(field.type, safe=False)
    return arrow.table([arrays[name] for name in schema.names], schema=schema)


def _points(arrow: Any, places: Places) -> Any:
    points = np.empty(len(places), _POINT)
    points["order"], points["kind"], points["x"], points["y"] = 1, 1, places[:, 0], places[:, 1]
    offsets = np.arange(len(places) + 1, dtype=np.int32) * _POINT.itemsize
    buffers = [None, arrow.py_buffer(offsets), arrow.py_buffer(points.tobytes())]
    return arrow.Array.from_buffers(arrow.binary(), len(places), buffers)


def _boxes(arrow: Any, schema: Any, places: Places) -> Any:
    """A box of single precision around each point, so that readers skip row groups: rounded outwards."""
    near = places.astype(np.float32)
    low = np.where(near > places, np.nextafter(near, np.float32(-np.inf)), near)
    high = np.where(near < places, np.nextafter(near, np.float32(np.inf)), near)
    edges = [low[:, 0], low[:, 1], high[:, 0], high[:, 1]]
    return arrow.StructArray.from_arrays([arrow.array(edge) for edge in edges], fields=list(schema.field("bbox").type))


def _wider(extent: Places, places: Places) -> Places:
    return np.concatenate([np.minimum(extent[:2], places.min(axis=0)), np.maximum(extent[2:], places.max(axis=0))])


def _geo(extent: Places) -> dict[str, Any]:
    """The metadata; without `crs` coordinates are longitude and latitude on WGS-84 (OGC:CRS84)."""
    geometry = {
        "encoding": "WKB",
        "geometry_types": ["Point"],
        "bbox": extent.tolist(),
        "covering": {"bbox": {edge: ["bbox", edge] for edge in _EDGES}},
    }
    return {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": geometry}}


def _packages() -> tuple[Any, Any]:
    try:
        return importlib.import_module("pyarrow"), importlib.import_module("pyarrow.parquet")
    except ImportError:
        raise MissingExtra(f"GeoParquet needs a package that is not installed: {INSTALL}") from None
