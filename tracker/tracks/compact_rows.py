"""What compaction makes of a worker's stored rows: one for each span, device, dialect and datum; nothing is lost."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from tracker import clock
from tracker.tracks.compact_columns import pack_columns, unpack_columns
from tracker.tracks.segment import COMPACT, MAX_FIXES, RECORDS, UNKNOWN_U16, plain

SPAN_MS = 2 * 3_600_000
PACKED_RAW = 0x80  # added to the datum byte where the coordinates as sent are packed columns
_DAY_MS = 86_400_000
_NO_SKEW = -0x80000000
_PAIRS = np.dtype([("lat", ">i4"), ("lon", ">i4")])
_UNSIGNED = ("accuracy", "speed", "bearing")  # unknown is stored as -1: beside 65535 every value would be wide

Ints = NDArray[np.int64]


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A stored row of `segment`; `parts` is None where it came with one upload."""

    worker_id: int
    started_at_ms: int
    ordinal: int
    ended_at_ms: int
    received_at_ms: int
    device_id: int
    dialect: int
    skew_ms: int | None
    fixes: int
    data: bytes
    raw: bytes | None
    parts: bytes | None


def row_of(record: Any) -> Row:
    """A row of the table."""
    values: dict[str, Any] = dict(record)
    for name in ("started_at", "ended_at", "received_at"):
        values[f"{name}_ms"] = clock.to_ms(values.pop(name))
    return Row(**values)


class _Fixes(msgspec.Struct, frozen=True, kw_only=True):
    """Fixes of one device, dialect and datum as columns of one length; `raw` is None where nothing was converted."""

    at_ms: Ints
    records: NDArray[np.void]
    received_ms: Ints
    skew_ms: Ints
    raw: NDArray[np.void] | None

    def take(self, rows: Ints | slice) -> _Fixes:
        return _Fixes(
            at_ms=self.at_ms[rows],
            records=self.records[rows],
            received_ms=self.received_ms[rows],
            skew_ms=self.skew_ms[rows],
            raw=None if self.raw is None else self.raw[rows],
        )


def merge(rows: Sequence[Row]) -> list[Row]:
    """The same fixes of one worker and local day in few rows, each inside one span and in order of time."""
    groups: dict[tuple[int, int, int], list[Row]] = {}
    for row in rows:
        groups.setdefault((row.device_id, row.dialect, _datum(row)), []).append(row)
    ordinals: dict[int, int] = {}
    merged = []
    for (device_id, dialect, datum), some in groups.items():
        for piece in _spans(_in_order(some)):
            start = int(piece.at_ms[0])
            ordinal = ordinals.get(start, 0)
            ordinals[start] = ordinal + 1
            merged.append(_row(some[0].worker_id, ordinal, (device_id, dialect, datum), piece))
    return merged


def spans_of(rows: Iterable[Row]) -> set[int]:
    """Beginnings in ms of the spans that the rows touch."""
    touched: set[int] = set()
    for row in rows:
        touched.update(range(row.started_at_ms // SPAN_MS * SPAN_MS, row.ended_at_ms + 1, SPAN_MS))
    return touched


def receipts(row: Row) -> list[tuple[int, int, int | None]]:
    """(fixes, received at ms, skew) of each upload of a row, in the order of its fixes."""
    if row.parts is None:
        return [(row.fixes, row.received_at_ms, row.skew_ms)]
    return [
        (count, row.started_at_ms + days * _DAY_MS + ms, None if skew == _NO_SKEW else skew)
        for count, days, ms, skew in unpack_columns(row.parts).T.tolist()
    ]


def raw_pairs(raw: bytes) -> list[tuple[int, int]]:
    """Coordinates as sent, whichever way they are stored."""
    return [(int(lat), int(lon)) for lat, lon in _pairs(raw)]


def _datum(row: Row) -> int:
    return 0 if row.raw is None else row.raw[0] & ~PACKED_RAW


def _in_order(rows: Sequence[Row]) -> _Fixes:
    records = np.frombuffer(b"".join([plain(row.data)[1:] for row in rows]), RECORDS)
    starts = np.repeat([row.started_at_ms for row in rows], [row.fixes for row in rows])
    counts, received, skew = zip(*(receipt for row in rows for receipt in receipts(row)), strict=True)
    known = np.array([_NO_SKEW if one is None else one for one in skew], np.int64)
    raws = [_pairs(row.raw) for row in rows if row.raw is not None]
    every = _Fixes(
        at_ms=starts + records["dt"].astype(np.int64),
        records=records,
        received_ms=np.repeat(np.array(received, np.int64), counts),
        skew_ms=np.repeat(known, counts),
        raw=np.concatenate(raws) if raws else None,
    )
    return every.take(np.argsort(every.at_ms, kind="stable"))


def _pairs(raw: bytes) -> NDArray[np.void]:
    if not raw[0] & PACKED_RAW:
        return np.frombuffer(raw, _PAIRS, offset=1)
    columns = unpack_columns(raw[1:])
    pairs = np.empty(columns.shape[1], _PAIRS)
    pairs["lat"], pairs["lon"] = columns
    return pairs


def _spans(fixes: _Fixes) -> Iterable[_Fixes]:
    """Pieces that stay inside a span and below the most fixes of a row."""
    turns = np.flatnonzero(np.diff(fixes.at_ms // SPAN_MS)) + 1
    for first, last in pairwise([0, *turns.tolist(), len(fixes.at_ms)]):
        for begin in range(first, last, MAX_FIXES):
            yield fixes.take(slice(begin, min(begin + MAX_FIXES, last)))


def _row(worker_id: int, ordinal: int, source: tuple[int, int, int], fixes: _Fixes) -> Row:
    device_id, dialect, datum = source
    start = int(fixes.at_ms[0])
    return Row(
        worker_id=worker_id,
        started_at_ms=start,
        ordinal=ordinal,
        ended_at_ms=int(fixes.at_ms[-1]),
        received_at_ms=int(fixes.received_ms.max()),
        device_id=device_id,
        dialect=dialect,
        skew_ms=None,
        fixes=len(fixes.at_ms),
        data=bytes([COMPACT]) + pack_columns(_columns(fixes, start)),
        raw=None if fixes.raw is None else _packed_raw(datum, fixes.raw),
        parts=_parts(fixes, start),
    )


def _columns(fixes: _Fixes, start_ms: int) -> Ints:
    columns = np.stack([fixes.records[name].astype(np.int64) for name in RECORDS.names or ()])
    columns[0] = fixes.at_ms - start_ms
    for number, name in enumerate(RECORDS.names or ()):
        if name in _UNSIGNED:
            columns[number][columns[number] == UNKNOWN_U16] = -1
    return columns


def _packed_raw(datum: int, raw: NDArray[np.void]) -> bytes:
    columns = np.stack([raw[name].astype(np.int64) for name in ("lat", "lon")])
    return bytes([datum | PACKED_RAW]) + pack_columns(columns)


def _parts(fixes: _Fixes, start_ms: int) -> bytes:
    """Runs of fixes of one upload: how many, when received (whole days after the start, and ms), the skew."""
    turns = (np.diff(fixes.received_ms) != 0) | (np.diff(fixes.skew_ms) != 0)
    begins = np.concatenate([[0], np.flatnonzero(turns) + 1])
    counts = np.diff(begins, append=len(fixes.at_ms))
    days, ms = np.divmod(fixes.received_ms[begins] - start_ms, _DAY_MS)
    return pack_columns(np.stack([counts, days, ms, fixes.skew_ms[begins]]))
