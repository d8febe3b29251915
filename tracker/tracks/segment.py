"""The stored form of a segment: one version byte, then 23 bytes a fix, big-endian, readable by SQL (view `fix`).

Compaction writes the same records as packed columns under a version byte of its own; `plain` turns them back.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from tracker import clock
from tracker.errors import SanxunError
from tracker.geo.datum import Crs
from tracker.tracks.compact_columns import unpack_columns
from tracker.tracks.model import Fix

VERSION = 1
COMPACT = 2  # version byte, then tracker/tracks/compact_columns.py with a column for each field of the record
RECORD = struct.Struct(
    ">IiiHHHhBH"
)  # dt ms, lat e7, lon e7, accuracy dm, speed cm/s, bearing cdeg, altitude m, battery, flags
RECORDS = np.dtype([
    ("dt", ">i4"), ("lat", ">i4"), ("lon", ">i4"), ("accuracy", ">u2"), ("speed", ">u2"), ("bearing", ">u2"),
    ("altitude", ">i2"), ("battery", "u1"), ("flags", ">u2"),
])  # fmt: skip  # the same record as numpy reads it
Records = NDArray[np.void]  # of RECORDS
RAW = struct.Struct(">ii")
RAW_DATUM = {Crs.GCJ02: 1, Crs.BD09: 2}  # stored, so numbers never change; WGS-84 needs no raw
UNKNOWN_U16 = 0xFFFF
UNKNOWN_I16 = -0x8000
UNKNOWN_U8 = 0xFF
MAX_FIXES = 32767  # segment.fixes is a smallint


class UnknownSegment(SanxunError):
    """A stored segment has a version that this program does not know."""


def by_day(fixes: Sequence[Fix]) -> list[list[Fix]]:
    """Split fixes into time order and local days: a segment never leaves its partition."""
    ordered = sorted(fixes, key=lambda fix: fix.recorded_at_ms)
    if not ordered:
        return []
    if clock.day_number(ordered[0].recorded_at_ms) == clock.day_number(ordered[-1].recorded_at_ms):  # nearly always
        return [ordered]
    return [list(day) for _, day in groupby(ordered, key=lambda fix: clock.day_number(fix.recorded_at_ms))]


def pack(fixes: Sequence[Fix]) -> bytes:
    """Encode fixes in time order, all of one local day."""
    start = fixes[0].recorded_at_ms
    return bytes([VERSION]) + b"".join([RECORD.pack(fix.recorded_at_ms - start, *_readings(fix)) for fix in fixes])


def records_of(fixes: Sequence[Fix]) -> Records:
    """The records of any fixes as numpy reads them, with `dt` 0: it depends on the segment that they go to."""
    return np.array([(0, *_readings(fix)) for fix in fixes], RECORDS)


def unpack(started_at_ms: int, data: bytes) -> list[Fix]:
    """Decode a segment; raises UnknownSegment."""
    return [_fix(started_at_ms, record) for record in RECORD.iter_unpack(plain(data)[1:])]


def plain(data: bytes) -> bytes:
    """A stored segment as plain records behind the version byte, whichever way it is stored; raises UnknownSegment."""
    if data[0] == VERSION:
        return data
    if data[0] != COMPACT:
        raise UnknownSegment(f"segment version {data[0]}; this program knows {VERSION} and {COMPACT}")
    columns = unpack_columns(data[1:])
    records = np.empty(columns.shape[1], RECORDS)
    for name, column in zip(RECORDS.names or (), columns, strict=True):
        records[name] = column
    return bytes([VERSION]) + records.tobytes()


def pack_raw(crs: Crs, pairs: Sequence[tuple[int, int]]) -> bytes:
    """Encode (lat_e7, lon_e7) as sent, before they were converted: one byte for the datum, then 8 bytes a fix."""
    return bytes([RAW_DATUM[crs]]) + b"".join(RAW.pack(lat, lon) for lat, lon in pairs)


def unpack_raw(raw: bytes) -> tuple[Crs, list[tuple[int, int]]]:
    """The datum and the coordinates as they were sent."""
    crs = next(one for one, number in RAW_DATUM.items() if number == raw[0])
    return crs, [(lat, lon) for lat, lon in RAW.iter_unpack(raw[1:])]


def _readings(fix: Fix) -> tuple[int, ...]:
    return (
        fix.lat_e7,
        fix.lon_e7,
        UNKNOWN_U16 if fix.accuracy_dm is None else fix.accuracy_dm,
        UNKNOWN_U16 if fix.speed_cms is None else fix.speed_cms,
        UNKNOWN_U16 if fix.bearing_cdeg is None else fix.bearing_cdeg,
        UNKNOWN_I16 if fix.altitude_m is None else fix.altitude_m,
        UNKNOWN_U8 if fix.battery is None else fix.battery,
        fix.flags,
    )


def _fix(started_at_ms: int, record: tuple[int, ...]) -> Fix:
    dt, lat, lon, accuracy, speed, bearing, altitude, battery, flags = record
    return Fix(
        recorded_at_ms=started_at_ms + dt,
        lat_e7=lat,
        lon_e7=lon,
        accuracy_dm=None if accuracy == UNKNOWN_U16 else accuracy,
        speed_cms=None if speed == UNKNOWN_U16 else speed,
        bearing_cdeg=None if bearing == UNKNOWN_U16 else bearing,
        altitude_m=None if altitude == UNKNOWN_I16 else altitude,
        battery=None if battery == UNKNOWN_U8 else battery,
        flags=flags,
    )
