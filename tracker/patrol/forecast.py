"""Whether an open round will be done in time at its present pace, with the numbers that say so."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tracker.patrol.model import MINUTE_MS, Criteria, Forecast, Verdict
from tracker.patrol.spots import PER_CELL, in_cells
from tracker.patrol.walks import NEVER

RECENT_MS = 20 * MINUTE_MS
SHORTEST_MS = 5 * MINUTE_MS  # a pace of less than this is luck
AT_RISK = 0.8  # of what is missing


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """Where an open round stands."""

    spots_missing: int  # to the plan's share
    covered: int
    minutes: float  # on foot, so far
    minutes_left: float  # to the end of the window
    pace: float  # spots a minute, of the best walker of the last 20 minutes; 0 when nobody walked in them
    has_begun: bool
    usual_minutes: float  # the grid's median of past rounds


def forecast(standing: Standing, criteria: Criteria) -> Forecast:
    """The verdict and its reasons."""
    left, missing = max(standing.minutes_left, 0.0), standing.spots_missing
    minutes_missing = max(criteria.min_minutes - standing.minutes, 0.0)
    # Who rests is judged by the pace of the walk so far, not as if they would never go on.
    pace = standing.pace or (standing.covered / standing.minutes if standing.minutes >= 1 else 0.0)
    why = {
        "cells_missing": in_cells(missing),
        "minutes_missing": round(minutes_missing, 1),
        "minutes_left": round(left, 1),
        "pace": round(pace / PER_CELL, 2),
        "cells_expected": in_cells(pace * left),
    }
    if not standing.has_begun:
        verdict = Verdict.WILL_MISS if left < standing.usual_minutes else Verdict.OK
        return Forecast(verdict=verdict, why=why | {"usual_minutes": round(standing.usual_minutes, 1)})
    share = min(_share(pace * left, missing), _share(left, minutes_missing))
    verdict = Verdict.OK if share >= 1 else Verdict.AT_RISK if share >= AT_RISK else Verdict.WILL_MISS
    return Forecast(verdict=verdict, why=why)


def pace_of(walks: Iterable[NDArray[np.int32]], since_ms: int) -> float:
    """Spots a minute of the best walker; each column tells when the walk first saw its spots, `since_ms` is now."""
    return max((_pace(seen, since_ms) for seen in walks), default=0.0)


def _pace(seen: NDArray[np.int32], since_ms: int) -> float:
    recent = seen[(seen < NEVER) & (seen > since_ms - RECENT_MS)]
    if not len(recent):
        return 0.0
    took = min(max(since_ms - int(recent.min()), SHORTEST_MS), RECENT_MS)
    return len(recent) * MINUTE_MS / took


def _share(expected: float, missing: float) -> float:
    return expected / missing if missing > 0 else 1.0
