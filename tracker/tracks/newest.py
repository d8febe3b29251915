"""Newest positions: which dots a commit moves, and the table `latest` that keeps them."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from tracker import clock
from tracker.bus.model import Committed
from tracker.db.pool import Connection, Row
from tracker.db.queries import Queries
from tracker.tracks.group import Group, Segments
from tracker.tracks.model import Fix
from tracker.tracks.segment import UNKNOWN_U8, UNKNOWN_U16

queries = Queries.beside(__file__)

Newest = tuple[Committed, int]  # with the device that sent it


def moved(group: Group, segments: Segments, last_ms: list[int]) -> list[Newest]:
    """The newest stored fix of each upload that is later than what was stored of its worker before."""
    upload = segments.upload
    is_last = np.append(upload[1:] != upload[:-1], True) if len(upload) else np.zeros(0, np.bool_)
    ends = (segments.begins + segments.counts - 1)[is_last]
    later = segments.at_ms[ends] > np.array(last_ms, np.int64)[upload[is_last]]
    ends, upload = ends[later], upload[is_last][later]
    records = segments.records[ends].tolist()
    return [
        (_committed(group.workers[one], at_ms, group.received_ms[one], record), group.devices[one])
        for one, at_ms, record in zip(upload.tolist(), segments.at_ms[ends].tolist(), records, strict=True)
    ]


def of_row(row: Row, fix: Fix) -> Newest:
    """The newest fix of a stored segment."""
    readings = {
        name: getattr(fix, name)
        for name in (
            "recorded_at_ms",
            "lat_e7",
            "lon_e7",
            "accuracy_dm",
            "speed_cms",
            "bearing_cdeg",
            "battery",
            "flags",
        )
    }
    received_ms = clock.to_ms(row["received_at"])
    return Committed(worker_id=row["worker_id"], received_at_ms=received_ms, **readings), row["device_id"]


async def move(connection: Connection, newest: Iterable[Newest]) -> None:
    """Write them down; the dot only moves forward in time."""
    listed = sorted(newest, key=lambda one: one[0].worker_id)
    if not listed:
        return
    positions = [position for position, _ in listed]
    await connection.execute(
        queries.move_latest,
        [one.worker_id for one in positions],
        [clock.to_datetime(one.recorded_at_ms) for one in positions],
        [clock.to_datetime(one.received_at_ms) for one in positions],
        [one.lat_e7 for one in positions],
        [one.lon_e7 for one in positions],
        [one.accuracy_dm for one in positions],
        [one.speed_cms for one in positions],
        [one.bearing_cdeg for one in positions],
        [one.battery for one in positions],
        [one.flags for one in positions],
        [device for _, device in listed],
    )


def _committed(worker_id: int, at_ms: int, received_ms: int, record: tuple[int, ...]) -> Committed:
    _, lat, lon, accuracy, speed, bearing, _, battery, flags = record
    return Committed(
        worker_id=worker_id,
        recorded_at_ms=at_ms,
        received_at_ms=received_ms,
        lat_e7=lat,
        lon_e7=lon,
        accuracy_dm=None if accuracy == UNKNOWN_U16 else accuracy,
        speed_cms=None if speed == UNKNOWN_U16 else speed,
        bearing_cdeg=None if bearing == UNKNOWN_U16 else bearing,
        battery=None if battery == UNKNOWN_U8 else battery,
        flags=flags,
    )
