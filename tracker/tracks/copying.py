"""Rows of `segment` in PostgreSQL's binary COPY format, written by numpy for all uploads of a commit at once.

Rows with the same number of fixes have the same shape, so a commit of a thousand uploads of ten is one table of bytes
filled column by column: 0.06 µs a fix, where tuples and the driver's encoder took 0.5 and the packing of records 0.8.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracker.db.pool import Connection
from tracker.tracks.group import Group, Ints, Segments
from tracker.tracks.segment import RECORDS, VERSION, pack_raw

HEAD = b"PGCOPY\n\xff\r\n\0" + bytes(8)
END = b"\xff\xff"
COLUMNS = (
    "worker_id", "started_at", "ordinal", "ended_at", "received_at", "device_id", "dialect", "fixes", "data",
    "skew_ms", "raw",
)  # fmt: skip
_NUMBERS = (">i4", ">i8", ">i2", ">i8", ">i8", ">i4", ">i2", ">i2")  # of COLUMNS before `data`
PRESENCE_COLUMNS = ("cell", "slot", "worker_id")
_PRESENCE = np.dtype([
    ("columns", ">i2"), ("of cell", ">i4"), ("cell", ">i8"), ("of slot", ">i4"), ("slot", ">i8"),
    ("of worker_id", ">i4"), ("worker_id", ">i4"),
])  # fmt: skip  # `of` is the length of what follows
_EPOCH_2000_MS = 946_684_800_000  # PostgreSQL counts microseconds from here
_NULL = b"\xff\xff\xff\xff"
_LENGTH = struct.Struct(">i")
_NO_SKEW = -(2**31)
_TEMPLATES = 4096  # shapes that are remembered: every number of fixes up to 1000, with and without skew

Bytes = NDArray[np.void]


def presence_payload(keys: Sequence[tuple[int, int, int]]) -> bytearray:
    """The COPY stream of `presence`: (cell, quarter hour as Unix ms, worker)."""
    rows = np.empty(len(keys), _PRESENCE)
    cells, slots, workers = np.array(keys, np.int64).reshape(-1, len(PRESENCE_COLUMNS)).T
    rows["columns"], rows["of cell"], rows["of slot"], rows["of worker_id"] = len(PRESENCE_COLUMNS), 8, 8, 4
    rows["cell"], rows["slot"], rows["worker_id"] = cells, _micros(slots), workers
    return bytearray(HEAD + rows.tobytes() + END)


class Rows:
    """The segments of one commit as COPY rows; `data` of each can be had again for the bus."""

    def __init__(self, group: Group, segments: Segments, ordinals: Ints) -> None:
        self._group = group
        self._segments = segments
        self._columns = _columns(group, segments, ordinals)
        skews = [_NO_SKEW if skew is None else skew for skew in group.skews_ms]
        self._skews = np.array(skews, np.int64)[segments.upload]
        self.data: list[bytes] = [b""] * len(segments.counts)

    def payload(self) -> bytearray:
        """The whole COPY stream."""
        stream = bytearray(HEAD)
        for rows in self._shapes():
            stream += self._table(rows)
        stream += END
        return stream

    def _shapes(self) -> Iterator[Ints]:
        """Places of segments that have the same number of fixes, all with or all without skew."""
        shapes = self._segments.counts * 2 + (self._skews != _NO_SKEW)
        if not len(shapes):
            return
        if np.all(shapes == shapes[:1]):  # nearly always: phones send as many as they are told to
            yield np.arange(len(shapes))
            return
        order = np.argsort(shapes, kind="stable")
        yield from np.split(order, np.flatnonzero(np.diff(shapes[order])) + 1)

    def _table(self, rows: Ints) -> bytes:
        segments, first = self._segments, int(rows[0])
        count, has_skew = int(segments.counts[first]), bool(self._skews[first] != _NO_SKEW)
        template = _template(count, has_skew=has_skew)
        table = np.repeat(template, len(rows))
        for name, values in self._columns.items():
            table[name] = values[rows]
        if has_skew:
            table["skew_ms"] = self._skews[rows]
        places = segments.begins[rows][:, None] + np.arange(count)
        table["records"] = segments.records[places].view(np.uint8).reshape(len(rows), count * RECORDS.itemsize)
        written = table.tobytes()
        size, begin = template.itemsize, template.dtype.fields["version"][1]  # type: ignore[index]
        length = 1 + count * RECORDS.itemsize
        for at, row in enumerate(rows.tolist()):
            self.data[row] = written[at * size + begin : at * size + begin + length]
        return self._with_raw(written, rows, size) if self._group.raw else written

    def _with_raw(self, written: bytes, rows: Ints, size: int) -> bytes:
        """Put coordinates as sent in place of the null that ends the row."""
        parts = []
        for at, row in enumerate(rows.tolist()):
            line, raw = written[at * size : (at + 1) * size], self._raw(row)
            parts.append(line if raw is None else line[: -len(_NULL)] + _LENGTH.pack(len(raw)) + raw)
        return b"".join(parts)

    def _raw(self, row: int) -> bytes | None:
        segments, upload = self._segments, int(self._segments.upload[row])
        if upload not in self._group.raw:
            return None
        crs, pairs = self._group.raw[upload]
        stored = np.arange(segments.begins[row], segments.begins[row] + segments.counts[row])
        places = stored if segments.kept is None else segments.kept[stored]
        first = int(self._group.counts[:upload].sum())
        return pack_raw(crs, [pairs[place - first] for place in places.tolist()])


async def copy(connection: Connection, table: str, columns: Sequence[str], stream: bytearray) -> None:
    """Send a COPY stream."""
    await connection.copy_to_table(table, source=stream, columns=columns, format="binary")


def _columns(group: Group, segments: Segments, ordinals: Ints) -> dict[str, Ints]:
    def of_upload(values: list[int]) -> Ints:
        return np.array(values, np.int64)[segments.upload]

    return {
        "worker_id": of_upload(group.workers),
        "started_at": _micros(segments.started_ms()),
        "ordinal": ordinals,
        "ended_at": _micros(segments.ended_ms()),
        "received_at": _micros(of_upload(group.received_ms)),
        "device_id": of_upload(group.devices),
        "dialect": of_upload(group.dialects),
        "fixes": segments.counts,
    }


def _micros(ms: Ints) -> Ints:
    return (ms - _EPOCH_2000_MS) * 1000


@lru_cache(maxsize=_TEMPLATES)
def _template(count: int, *, has_skew: bool) -> Bytes:
    """One row of this shape, with the lengths of all columns filled in."""
    numbers = list(zip(COLUMNS, _NUMBERS, strict=False))
    kinds: list[tuple[Any, ...]] = [("columns", ">i2")]
    for name, kind in numbers:
        kinds += [(f"length of {name}", ">i4"), (name, kind)]
    kinds += [("length of data", ">i4"), ("version", "u1"), ("records", "u1", (count * RECORDS.itemsize,))]
    kinds += [("length of skew_ms", ">i4"), *([("skew_ms", ">i4")] if has_skew else []), ("length of raw", ">i4")]
    row = np.zeros(1, np.dtype(kinds))
    row["columns"] = len(COLUMNS)
    for name, kind in numbers:
        row[f"length of {name}"] = int(kind[-1])
    row["length of data"], row["version"] = 1 + count * RECORDS.itemsize, VERSION
    row["length of skew_ms"], row["length of raw"] = 4 if has_skew else -1, -1
    return row
