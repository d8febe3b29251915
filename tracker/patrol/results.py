"""Results of rounds and walks out of the folded columns: whole, or as of a past instant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from tracker.patrol.forecast import Standing, forecast, pace_of
from tracker.patrol.judge import Heard, Union, met_ms, needed, state_of
from tracker.patrol.model import MINUTE_MS, Forecast, Plan, RoundResult, RoundWindow, State, WalkResult
from tracker.patrol.spots import drawn_ms
from tracker.patrol.walks import NEVER, Walks

NEVER_MIN = 65_535  # what a column of two bytes has for a cell that was not seen


@dataclass(frozen=True, kw_only=True, slots=True)
class OnDuty:
    """A worker's time on duty in a window so far: how much, and from when to when; all 0 when there was none."""

    ms: int
    first_ms: int
    last_ms: int


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Round:
    """One round of one grid and what its result needs; `rows` are its walks, `duty` stands beside them."""

    grid_code: str
    day: date
    window: RoundWindow
    plan: Plan
    rows: Sequence[int]
    spots: int
    point_ids: Sequence[int]
    excused: bool
    usual_minutes: float


def result_of(walks: Walks, one: Round, duty: Sequence[OnDuty], now_ms: int) -> RoundResult:
    """What the round came to by `now_ms`, which may lie in the past: steps after it are then not counted."""
    window, criteria = one.window, one.plan.criteria
    union = _until(_union(walks, one), now_ms - window.starts_ms)
    met = met_ms(union, criteria)
    done_ms = None if met is None else window.starts_ms + met
    heard = Heard(heard_ms=sum(int(walks.heard_ms[row]) for row in one.rows), duty_ms=sum(worker.ms for worker in duty))
    state = state_of(window=window, now_ms=now_ms, done_ms=done_ms, excused=one.excused, heard=heard, criteria=criteria)
    counted = union if state is State.LATE else _until(union, window.ends_ms - window.starts_ms)
    seen = counted.seen_ms < NEVER
    covered, minutes = int(np.count_nonzero(seen)), float(counted.inside_ms.sum()) / MINUTE_MS
    is_open = state is State.OPEN
    return RoundResult(
        grid_code=one.grid_code, day=one.day, ordinal=window.ordinal, plan_id=one.plan.id,
        starts_ms=window.starts_ms, ends_ms=window.ends_ms, state=state,
        cells=one.spots, covered=covered, bitmap=_packed(seen), minutes=round(minutes, 2),
        key_points=len(one.point_ids), visited=int(np.count_nonzero(counted.visited_ms < NEVER)),
        confidence=round(heard.confidence, 4),
        longest_gap_s=min((_gap_s(walks, *pair, window, now_ms) for pair in _rows(one, duty)), default=0),
        fixes=sum(int(walks.fixes[row]) for row in one.rows), done_ms=done_ms if state is not State.WAITING else None,
        forecast=_forecast(walks, one, covered, minutes, now_ms) if is_open else None,
    )  # fmt: skip


def with_time_after(walks: Walks, one: Round, found: RoundResult, now_ms: int) -> RoundResult:
    """The round with what was walked after its window, too: what is still to be made up."""
    union = _until(_union(walks, one), now_ms - one.window.starts_ms)
    seen = union.seen_ms < NEVER
    return replace(
        found,
        covered=int(np.count_nonzero(seen)),
        bitmap=_packed(seen),
        minutes=round(float(union.inside_ms.sum()) / MINUTE_MS, 2),
        visited=int(np.count_nonzero(union.visited_ms < NEVER)),
    )


def walk_of(walks: Walks, one: Round, row: int, duty: OnDuty, state: State, now_ms: int) -> WalkResult:
    """One worker's share: of the window, or with the time after it when that made the round late."""
    window = one.window
    most = (window.until_ms if state is State.LATE else window.ends_ms) - window.starts_ms
    share = _until(_union(walks, one, [row]), most)
    heard = Heard(heard_ms=int(walks.heard_ms[row]), duty_ms=duty.ms)
    visited = np.flatnonzero(share.visited_ms < NEVER).tolist()
    return WalkResult(
        worker_id=int(walks.worker[row]), grid_code=one.grid_code, day=one.day, ordinal=window.ordinal,
        bitmap=_packed(share.seen_ms < NEVER), minutes=round(float(share.inside_ms.sum()) / MINUTE_MS, 2),
        fixes=int(walks.fixes[row]), longest_gap_s=_gap_s(walks, row, duty, window, now_ms),
        confidence=round(heard.confidence, 4), visited=tuple(one.point_ids[place] for place in visited),
    )  # fmt: skip


def signature_of(walks: Walks, one: Round) -> tuple[bytes, float, int]:
    """What the window itself came to; when this changes after the end, late data has revised the round."""
    share = _until(_union(walks, one), one.window.ends_ms - one.window.starts_ms)
    minutes = float(share.inside_ms.sum()) / MINUTE_MS
    return _packed(share.seen_ms < NEVER), round(minutes, 2), int(np.count_nonzero(share.visited_ms < NEVER))


def first_minutes(walks: Walks, one: Round) -> NDArray[np.uint16]:
    """In which minute of the round each cell was first seen, also after the window; NEVER_MIN where it was not."""
    seen_ms = drawn_ms(_union(walks, one).seen_ms)
    return np.where(seen_ms < NEVER, seen_ms // MINUTE_MS, NEVER_MIN).astype(np.uint16)


def _rows(one: Round, duty: Sequence[OnDuty]) -> list[tuple[int, OnDuty]]:
    return list(zip(one.rows, duty, strict=True))


def _union(walks: Walks, one: Round, rows: Sequence[int] | None = None) -> Union:
    rows = one.rows if rows is None else rows
    slots = (one.window.until_ms - one.window.starts_ms + MINUTE_MS - 1) // MINUTE_MS
    if len(rows) == 1:
        row = rows[0]
        return Union(seen_ms=walks.seen_of(row), visited_ms=walks.visited_of(row), inside_ms=walks.inside_of(row))
    seen = np.full(one.spots, NEVER, np.int32)
    visited = np.full(len(one.point_ids), NEVER, np.int32)
    inside = np.zeros(slots, np.int64)
    for row in rows:
        np.minimum(seen, walks.seen_of(row), out=seen)
        np.minimum(visited, walks.visited_of(row), out=visited)
        inside += walks.inside_of(row)
    return Union(seen_ms=seen, visited_ms=visited, inside_ms=inside)


def _until(union: Union, since_ms: int) -> Union:
    """Without what happened at or after an instant of the round; minutes are cut whole."""
    never = np.int32(NEVER)
    return Union(
        seen_ms=np.where(union.seen_ms < since_ms, union.seen_ms, never),
        visited_ms=np.where(union.visited_ms < since_ms, union.visited_ms, never),
        inside_ms=union.inside_ms[: max(0, -(-since_ms // MINUTE_MS))],
    )


def _gap_s(walks: Walks, row: int, duty: OnDuty, window: RoundWindow, now_ms: int) -> int:
    """The longest silence inside the window; before the first and after the last fix only the time on duty counts."""
    begin, end = (duty.first_ms, duty.last_ms) if duty.ms else (window.starts_ms, min(now_ms, window.ends_ms))
    last = int(walks.window_last_ms[row])
    if last < 0:
        return max(end - begin, 0) // 1000
    return max(int(walks.first_ms[row]) - begin, int(walks.gap_ms[row]), end - last, 0) // 1000


def _forecast(walks: Walks, one: Round, covered: int, minutes: float, now_ms: int) -> Forecast:
    since_ms = now_ms - one.window.starts_ms
    standing = Standing(
        spots_missing=max(0, needed(one.spots, one.plan.criteria.min_coverage) - covered),
        covered=covered,
        minutes=minutes,
        minutes_left=(one.window.ends_ms - now_ms) / MINUTE_MS,
        pace=pace_of((walks.seen_of(row) for row in one.rows), since_ms),
        has_begun=covered > 0,
        usual_minutes=one.usual_minutes or one.plan.criteria.min_minutes,
    )
    return forecast(standing, one.plan.criteria)


def _packed(seen: NDArray[np.bool_]) -> bytes:
    return np.packbits(seen, bitorder="little").tobytes()
