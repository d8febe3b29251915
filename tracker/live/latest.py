"""Newest positions as rows, for those who want a list rather than a stream."""

from __future__ import annotations

import msgspec

from tracker.live.board import Board
from tracker.live.frames import UNKNOWN_BATTERY, UNKNOWN_U16, Records, State

MAX_ROWS = 1000


class LatestRow(msgspec.Struct, frozen=True, kw_only=True):
    """A worker's newest position, WGS-84; `bearing` in degrees clockwise from north, to 1.4 degrees."""

    worker_id: int
    recorded_at_ms: int
    lat: float
    lon: float
    accuracy_m: float | None
    speed_mps: float | None
    bearing: float | None
    battery: int | None
    on_duty: bool
    moving: bool
    asks_for_help: bool
    flags: int


class LatestPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of rows; `next` is the cursor of the following page, null on the last."""

    rows: list[LatestRow]
    next: int | None


def latest_page(board: Board, prefix: str, *, after: int, limit: int) -> LatestPage:
    """Up to `limit` positions of the audience, of workers with an id above `after`."""
    records = board.snapshot(prefix).records
    wanted = ((records.state & State.HAS_POSITION) != 0) & (records.worker_id > after)
    order = sorted((int(records.worker_id[i]), int(i)) for i in wanted.nonzero()[0])
    rows = [_row(records, i) for _, i in order[:limit]]
    return LatestPage(rows=rows, next=rows[-1].worker_id if len(order) > limit else None)


def _row(records: Records, i: int) -> LatestRow:
    state = State(int(records.state[i]))
    accuracy_dm, speed_cms = int(records.accuracy_dm[i]), int(records.speed_cms[i])
    battery = int(records.battery[i])
    return LatestRow(
        worker_id=int(records.worker_id[i]),
        recorded_at_ms=int(records.recorded_at_ms[i]),
        lat=int(records.lat_e7[i]) / 1e7,
        lon=int(records.lon_e7[i]) / 1e7,
        accuracy_m=None if accuracy_dm == UNKNOWN_U16 else accuracy_dm / 10,
        speed_mps=None if speed_cms == UNKNOWN_U16 else speed_cms / 100,
        bearing=int(records.bearing[i]) * 360 / 256 if State.BEARING_KNOWN in state else None,
        battery=None if battery == UNKNOWN_BATTERY else battery,
        on_duty=State.ON_DUTY in state,
        moving=State.MOVING in state,
        asks_for_help=State.ASKS_FOR_HELP in state,
        flags=int(records.flags[i]),
    )
