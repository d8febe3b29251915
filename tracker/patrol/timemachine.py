"""Where everybody was at a past minute: the newest fix of each worker in the quarter of an hour before."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec
import numpy as np

from tracker.clock import day_start_ms, local_day, to_datetime, to_ms
from tracker.db.pool import Database, Row
from tracker.db.queries import Queries
from tracker.patrol.footsteps import Footsteps, footsteps
from tracker.tracks.model import Flag

_SQL = Queries.beside(__file__, "timemachine.sql")
OLDEST_MS = 15 * 60_000  # older positions say nothing of that minute
MOVING_MPS = 0.5
_SENDING, _MOVING, _PLACED, _HELP = 1, 2, 4, 8  # the state bits of docs/live.md; who sends is on duty


class Positions(msgspec.Struct, frozen=True, kw_only=True):
    """Columns of one length, by worker id; `state` has the bits of docs/live.md."""

    worker_id: list[int]
    lat: list[float]
    lon: list[float]
    age_ms: list[int]
    state: list[int]


class TimeMachine:
    """Reads past positions from the segments of that day."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def positions(self, worker_ids: Sequence[int], time_ms: int) -> Positions:
        """Everybody's newest fix at or before an instant, if not older than a quarter of an hour."""
        midnight = to_datetime(day_start_ms(local_day(time_ms)))
        span = to_datetime(time_ms - OLDEST_MS), to_datetime(time_ms)
        return positions_at(await self._database.fetch(_SQL.around, list(worker_ids), *span, midnight), time_ms)


def positions_at(rows: Iterable[Row], time_ms: int) -> Positions:
    """The newest fix of each worker among rows of (worker_id, started_at, data)."""
    segments: dict[int, list[tuple[int, bytes]]] = {}
    for row in rows:
        segments.setdefault(row["worker_id"], []).append((to_ms(row["started_at"]), row["data"]))
    found = [(track, _newest(track, time_ms)) for track in map(footsteps, segments, segments.values())]
    known = sorted(
        ((track, row) for track, row in found if row is not None and time_ms - int(track.t[row]) <= OLDEST_MS),
        key=lambda one: one[0].worker_id,
    )
    return Positions(
        worker_id=[track.worker_id for track, _ in known],
        lat=[int(track.lat_e7[row]) / 1e7 for track, row in known],
        lon=[int(track.lon_e7[row]) / 1e7 for track, row in known],
        age_ms=[time_ms - int(track.t[row]) for track, row in known],
        state=[_state(track, row) for track, row in known],
    )


def _newest(track: Footsteps, time_ms: int) -> int | None:
    row = int(np.searchsorted(track.t, time_ms, side="right")) - 1
    return row if row >= 0 else None


def _state(track: Footsteps, row: int) -> int:
    moving = _MOVING if np.nan_to_num(track.speed_mps[row]) > MOVING_MPS else 0
    return _SENDING | moving | _PLACED | (_HELP if track.flags[row] & int(Flag.HELP) else 0)
