"""Fixes of well-formed uploads as columns: packed when they are decoded, joined when they are committed.

An upload of ten waits for its commit as one `bytes` and not as ten objects of nine numbers, and a commit joins
hundreds of uploads by one `b"".join`: 0.03 µs a fix, and nothing for the garbage collector to walk.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracker.ingest.model import Form, RawFix, Upload
from tracker.tracks.model import Flag

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

ROW = struct.Struct("=q7d3?5x")  # of Form.ROWS; padded so that numbers stay aligned
COLUMNS = ("t", "lat", "lon", "acc", "spd", "brg", "alt", "bat", "mock", "chg", "help")
_ROW = np.dtype(
    [(name, "?" if name in COLUMNS[8:] else "i8" if name == "t" else "f8") for name in COLUMNS] + [("", "V5")]
)
START = 3  # Form.COLUMNS: t0, lat0, lon0, then eight columns of 8-byte numbers
_E7 = 1e7

MOCK_BIT, CHARGING_BIT, HELP_BIT = 1, 2, 4  # of `flg` in the compact form
FLAGS = tuple(
    (int(Flag.MOCK) if bits & MOCK_BIT else 0)
    | (int(Flag.CHARGING) if bits & CHARGING_BIT else 0)
    | (int(Flag.HELP) if bits & HELP_BIT else 0)
    for bits in range(8)
)
_FLAGS = np.array(FLAGS, np.int64)


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Columns:
    """Fixes of many uploads as the phones sent them, in SI units; a reading below 0 or NaN is unknown."""

    at_ms: Ints
    lat: Floats  # degrees, WGS-84
    lon: Floats
    accuracy_m: Floats
    speed_mps: Floats
    bearing_deg: Floats
    altitude_m: Floats  # here only NaN is unknown
    battery: Floats  # percent
    flags: Ints

    def where(self, some: Mask) -> Columns:
        """Only some of them; the order stays."""
        return Columns(**{one.name: getattr(self, one.name)[some] for one in fields(self)})


def joined(uploads: Iterable[Upload]) -> Columns:
    """The fixes of packed uploads, those of Form.ROWS before those of Form.COLUMNS; else in the given order."""
    listed = list(uploads)
    rows = [one.packed for one in listed if one.form is Form.ROWS]
    columns = [one for one in listed if one.form is Form.COLUMNS]
    if not columns:
        return _from_rows(rows)
    compact = _from_columns([one.packed for one in columns], [one.packed_fixes for one in columns])
    if not rows:
        return compact
    first = _from_rows(rows)
    return Columns(
        **{one.name: np.concatenate([getattr(first, one.name), getattr(compact, one.name)]) for one in fields(Columns)}
    )


def raw_fixes(upload: Upload) -> list[RawFix]:
    """One by one, as the exact reader of the dialect gives them."""
    if upload.form is Form.LIST:
        return upload.fixes
    return [
        RawFix(
            index=index,
            recorded_at_ms=at_ms,
            lat=lat,
            lon=lon,
            accuracy_m=accuracy if accuracy >= 0 else None,
            speed_mps=speed if speed >= 0 else None,
            bearing_deg=bearing if bearing >= 0 else None,
            altitude_m=None if math.isnan(altitude) else altitude,
            battery=battery if battery >= 0 else None,
            flags=flags,
        )
        for index, (at_ms, lat, lon, accuracy, speed, bearing, altitude, battery, flags) in enumerate(_values(upload))
    ]


def _values(upload: Upload) -> Iterable[tuple[Any, ...]]:
    """The columns fix by fix."""
    if upload.form is Form.ROWS:  # without numpy, which costs 60 µs for a single upload
        unpacked = ROW.iter_unpack(upload.packed)
        return ((*row[:8], FLAGS[row[8] * MOCK_BIT + row[9] * CHARGING_BIT + row[10] * HELP_BIT]) for row in unpacked)
    one = joined([upload])
    return zip(*(getattr(one, name.name).tolist() for name in fields(Columns)), strict=True)


def _from_rows(packed: Sequence[bytes]) -> Columns:
    rows = np.frombuffer(b"".join(packed), _ROW)
    bits = rows["mock"] * MOCK_BIT + rows["chg"] * CHARGING_BIT + rows["help"] * HELP_BIT
    at_ms, *readings = (np.ascontiguousarray(rows[name]) for name in COLUMNS[:8])
    return _columns(at_ms, *readings, bits)


def _from_columns(packed: Sequence[bytes], counts: Sequence[int]) -> Columns:
    data = b"".join(packed)
    whole, real = np.frombuffer(data, np.int64), np.frombuffer(data, np.float64)
    count = np.array(counts, np.int64)
    ends = np.cumsum(count * 8 + START)
    starts = ends - (count * 8 + START)
    first = np.cumsum(count) - count
    place = np.repeat(starts + START - first, count) + np.arange(count.sum())
    step = np.repeat(count, count)
    at_ms, lat, lon = (_summed(whole[place + n * step], whole[starts + n], first, count) for n in range(3))
    accuracy, speed, bearing, battery = (real[place + n * step] for n in range(3, 7))
    bits = whole[place + 7 * step] & 7
    return _columns(
        at_ms, lat / _E7, lon / _E7, accuracy, speed / 100, bearing, np.full(len(at_ms), np.nan), battery, bits
    )


def _summed(deltas: Ints, start: Ints, first: Ints, count: Ints) -> Ints:
    """Running sums within each upload; a wrap-around of the whole sum cancels out, as an upload's own cannot wrap."""
    sums = np.cumsum(deltas)
    sums += np.repeat(start - sums[first] + deltas[first], count)
    return sums


def _columns(at_ms: Ints, *rest: NDArray[np.generic]) -> Columns:
    *readings, bits = rest
    values = dict(zip((one.name for one in fields(Columns)), (at_ms, *readings, _FLAGS[bits]), strict=True))
    return Columns(**values)
