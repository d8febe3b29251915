"""What a round came to: when every criterion was met, and its state."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracker.patrol.model import MINUTE_MS, Criteria, RoundWindow, State
from tracker.patrol.walks import NEVER, SLOT_MS

LEAST_MINUTES = 1  # of a grid whose ground is not yet known: nothing walked is not a round


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Union:
    """What all walkers of a round gave together; times in ms since the round began, NEVER for what has not happened."""

    seen_ms: NDArray[np.int32]  # by spot, when first
    visited_ms: NDArray[np.int32]  # by key point, when first
    inside_ms: NDArray[np.integer[Any]]  # ms on foot inside the grid, by minute of the round


@dataclass(frozen=True, kw_only=True, slots=True)
class Heard:
    """How much of the time on duty inside the window the phones were heard."""

    heard_ms: int
    duty_ms: int

    @property
    def confidence(self) -> float:
        """The share, 0..1; where nobody was on duty 0, and nothing follows from it."""
        duty_ms = max(self.duty_ms, self.heard_ms)
        return self.heard_ms / duty_ms if duty_ms else 0.0


def needed(spots: int, min_coverage: float) -> int:
    """How many spots the plan asks for; a share just reached by rounding is reached."""
    return ceil(spots * min_coverage - 1e-6)


def met_ms(union: Union, criteria: Criteria) -> int | None:
    """When the last criterion was met, in ms since the round began; None while one is missing."""
    least = criteria.min_minutes if len(union.seen_ms) else max(criteria.min_minutes, LEAST_MINUTES)
    times = [
        _nth(union.seen_ms, needed(len(union.seen_ms), criteria.min_coverage)),
        _nth(union.visited_ms, len(union.visited_ms) if criteria.all_key_points else 0),
        _minutes_met(union.inside_ms, least),
    ]
    last = max(times)
    return None if last == NEVER else last


def state_of(
    *, window: RoundWindow, now_ms: int, done_ms: int | None, excused: bool, heard: Heard, criteria: Criteria
) -> State:
    """The state at an instant. Nobody on duty is "missed": silence says "no data" only of who was on duty."""
    if done_ms is not None and done_ms < window.ends_ms:
        return State.DONE
    if excused and done_ms is None:
        return State.EXCUSED
    if now_ms < window.ends_ms:
        return State.WAITING if now_ms < window.starts_ms else State.OPEN
    if done_ms is not None:
        return State.LATE
    is_silent = heard.duty_ms > 0 and heard.confidence < criteria.min_confidence
    return State.NO_DATA if is_silent else State.MISSED


def _nth(times: NDArray[np.int32], count: int) -> int:
    return int(np.partition(times, count - 1)[count - 1]) if count else 0


def _minutes_met(inside_ms: NDArray[np.integer[Any]], min_minutes: int) -> int:
    """The last ms of the minute in which the sum is reached: minutes are kept whole."""
    if not min_minutes:
        return 0
    minute = int(np.searchsorted(np.cumsum(inside_ms), min_minutes * MINUTE_MS))
    return minute * SLOT_MS + SLOT_MS - 1 if minute < len(inside_ms) else NEVER
