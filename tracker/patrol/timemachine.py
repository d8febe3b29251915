"""Where everybody was at a past minute: the newest fix of each worker in the quarter of an hour before."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
import numpy as np

from tracker.clock import day_start_ms, local_day, to_datetime, to_ms
from tracker.db.pool import Database
from tracker.db.queries import Queries
from tracker.tracks.compact_columns import unpack_columns
from tracker.tracks.model import Flag
from tracker.tracks.segment import COMPACT, RECORD, RECORDS, UNKNOWN_U16, plain

_SQL = Queries.beside(__file__, "timemachine.sql")
OLDEST_MS = 15 * 60_000  # older positions say nothing of that minute
_MOVING_CMS = 50
_SPOT_COLUMNS = [(RECORDS.names or ()).index(name) for name in ("dt", "lat", "lon", "speed", "flags")]
_SENDING, _MOVING, _PLACED, _HELP = 1, 2, 4, 8  # the state bits of docs/live.md; who sends is on duty


class Positions(msgspec.Struct, frozen=True, kw_only=True):
    """Columns of one length, by worker id; `state` has the bits of docs/live.md."""

    worker_id: list[int]
    lat: list[float]
    lon: list[float]
    age_ms: list[int]
    state: list[int]


class _Spot(NamedTuple):
    at_ms: int
    lat_e7: int
    lon_e7: int
    speed_cms: int
    flags: int


class TimeMachine:
    """Reads past positions from the segments of that day."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def positions(self, worker_ids: Sequence[int], time_ms: int) -> Positions:
        """Everybody's newest fix at or before an instant, if not older than a quarter of an hour."""
        midnight = to_datetime(day_start_ms(local_day(time_ms)))
        span = to_datetime(time_ms - OLDEST_MS), to_datetime(time_ms)
        rows = await self._database.fetch(_SQL.around, list(worker_ids), *span, midnight)
        return await asyncio.to_thread(positions_at, list(map(dict, rows)), time_ms)


def positions_at(rows: Iterable[Mapping[str, Any]], time_ms: int) -> Positions:
    """The newest fix of each worker among rows of (worker_id, started_at, data)."""
    newest: dict[int, _Spot] = {}
    for row in rows:
        spot = newest_in(to_ms(row["started_at"]), row["data"], time_ms)
        if spot and time_ms - spot.at_ms <= OLDEST_MS:
            newest[row["worker_id"]] = max(spot, newest.get(row["worker_id"], spot))
    spots = sorted(newest.items())
    return Positions(
        worker_id=[worker_id for worker_id, _ in spots],
        lat=[spot.lat_e7 / 1e7 for _, spot in spots],
        lon=[spot.lon_e7 / 1e7 for _, spot in spots],
        age_ms=[time_ms - spot.at_ms for _, spot in spots],
        state=[_state(spot) for _, spot in spots],
    )


def newest_in(started_at_ms: int, data: bytes, time_ms: int) -> _Spot | None:
    """The last record of a stored segment at or before an instant; of a plain one only a few are unpacked."""
    if data[0] == COMPACT:
        return _newest_packed(started_at_ms, data, time_ms)
    records = plain(data)
    for offset in range(len(records) - RECORD.size, 0, -RECORD.size):
        dt_ms, lat, lon, _, speed, *_, flags = RECORD.unpack_from(records, offset)
        if started_at_ms + dt_ms <= time_ms:
            return _Spot(started_at_ms + dt_ms, lat, lon, 0 if speed == UNKNOWN_U16 else speed, flags)
    return None


def _newest_packed(started_at_ms: int, data: bytes, time_ms: int) -> _Spot | None:
    dt_ms, lat, lon, speed, flags = unpack_columns(data[1:], _SPOT_COLUMNS)
    before = int(np.searchsorted(dt_ms, time_ms - started_at_ms, side="right"))
    if not before:
        return None
    last = before - 1
    return _Spot(
        started_at_ms + int(dt_ms[last]), int(lat[last]), int(lon[last]), max(0, int(speed[last])), int(flags[last])
    )


def _state(spot: _Spot) -> int:
    moving = _MOVING if spot.speed_cms > _MOVING_CMS else 0
    return _SENDING | moving | _PLACED | (_HELP if spot.flags & int(Flag.HELP) else 0)
