"""Signals for review in one worker's day: what a made-up or driven track looks like. Never guilt, always with evidence.

Every threshold stands here with its reason; tests let honest simulated walkers through and find every cheat.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any

import msgspec
import numpy as np

from tracker.geo.projection import Floats
from tracker.patrol.footsteps import Footsteps, Ints, steps_m
from tracker.tracks.model import Flag

MAX_SPOTS = 50  # places in one piece of evidence: what a person looks at on a map

MOCK_LEAST = 5  # a developer's menu opened by mistake marks a fix or two
MOCK_SHARE = 0.02

TELEPORT_MPS = 40.0  # 144 km/h: no village road allows it
TELEPORT_M = 1000.0  # farther than a phone errs that claims to be good to 50 m
TELEPORT_STAY = 3  # fixes on both sides: one stray fix that comes back is a bad fix, not a journey

FROZEN_MOVING_S = 20 * 60  # one coordinate while the phone itself reports walking
FROZEN_STILL_S = 90 * 60  # at rest Android may repeat one cached place for long: only very long stillness is shown
FROZEN_LEAST = 10  # fixes
WALKING_MPS = 0.5
FROZEN_WALKING_SHARE = 0.3  # of the frozen fixes claim to walk

SAME_LEAST = 240  # fixes: an hour at one per 15 s
SAME_SHARE = (
    0.99  # phones round to steps and iPhones like "5 m", yet no receiver keeps one figure for an hour of walking
)
SAME_SPAN_S = 3600

STEADY_LEAST = 120  # intervals
STEADY_SHARE = 0.98  # Android's timers miss by milliseconds each time
STEADY_SPAN_S = 1800
STEADY_WHOLE_SHARE = 0.995  # receivers' own clocks tick on whole seconds: there, only hours without one miss are odd
STEADY_WHOLE_SPAN_S = 3 * 3600
STEADY_LONGEST_MS = 120_000

FAST_MPS = 15 / 3.6  # the speed at which coverage stops to count, docs/patrol.md
FAST_GAP_S = 90.0
FAST_LEAST_S = 5 * 60  # a lift to the other end of the village is shorter
FAST_SHARE = 0.3  # of the time in motion on the own ground
FAST_HOUR_S = 10 * 60  # or this long within one hour, mostly in motion: one round of three that was driven
FAST_HOUR_SHARE = 0.5
FAST_STEP_M = 30.0  # below it the error of two fixes can look like a drive

Evidence = dict[str, Any]


class Signal(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to look at: the kind, and the numbers, times and places behind it."""

    worker_id: int
    kind: str
    evidence: Evidence


def signals_of(day: Footsteps) -> list[Signal]:
    """Every signal of one worker's fixes of one day."""
    found = ((kind, look(day)) for kind, look in DETECTORS.items())
    return [Signal(worker_id=day.worker_id, kind=kind, evidence=what) for kind, what in found if what]


def mock(day: Footsteps) -> Evidence | None:
    """The phone itself says that positions were made up."""
    rows = np.flatnonzero(day.flags & int(Flag.MOCK))
    if len(rows) < max(MOCK_LEAST, MOCK_SHARE * len(day)):
        return None
    share = round(len(rows) / len(day), 4)
    return _evidence(day, rows, fixes=len(rows), of=len(day), share=share)


def teleport(day: Footsteps) -> Evidence | None:
    """Somewhere, and soon after far away, for some fixes each."""
    good = day.good()
    metres, seconds = steps_m(good)
    if not len(metres):
        return None
    cuts = np.flatnonzero((metres > TELEPORT_M) & (metres > TELEPORT_MPS * np.maximum(seconds, 0.001))) + 1
    stays = [part for part in np.split(np.arange(len(good)), cuts) if len(part) >= TELEPORT_STAY]
    jumps: list[Evidence] = []
    for before, after in pairwise(stays):
        between = good.where(np.array([before[-1], after[0]]))
        far_m, taken_s = (float(column[0]) for column in steps_m(between))
        if far_m > TELEPORT_M and far_m > TELEPORT_MPS * max(taken_s, 0.001):
            jumps.append({"from": between.spot(0), "to": between.spot(1), "metres": round(far_m), "seconds": taken_s})
    if not jumps:
        return None
    return {
        "count": len(jumps),
        "jumps": jumps[:MAX_SPOTS],
        "from_ms": jumps[0]["from"][0],
        "to_ms": jumps[-1]["to"][0],
    }


def frozen(day: Footsteps) -> Evidence | None:
    """One coordinate to the last digit for long: a real phone's position wanders even at rest."""
    known = day.where((day.flags & int(Flag.STALE_FIX)) == 0)  # an app that says "still the old one" is honest
    changes = np.flatnonzero((np.diff(known.lat_e7) != 0) | (np.diff(known.lon_e7) != 0)) + 1
    stays: list[Evidence] = []
    for rows in np.split(np.arange(len(known)), changes):
        lasted_s = float(known.t[rows[-1]] - known.t[rows[0]]) / 1000 if len(rows) >= FROZEN_LEAST else 0.0
        walking = float(np.mean(np.nan_to_num(known.speed_mps[rows]) > WALKING_MPS)) if lasted_s else 0.0
        if lasted_s >= (FROZEN_MOVING_S if walking >= FROZEN_WALKING_SHARE else FROZEN_STILL_S):
            stays.append({
                "spot": known.spot(int(rows[0])), "to_ms": int(known.t[rows[-1]]), "minutes": round(lasted_s / 60, 1),
                "fixes": len(rows), "claims_to_walk": round(walking, 3),
            })  # fmt: skip
    if not stays:
        return None
    minutes = round(sum(one["minutes"] for one in stays), 1)
    span = {"from_ms": stays[0]["spot"][0], "to_ms": stays[-1]["to_ms"]}
    return {"minutes": minutes, "stays": stays[:MAX_SPOTS], **span}


def constant_accuracy(day: Footsteps) -> Evidence | None:
    """The same accuracy to the decimetre over an hour and more of walking."""
    metres, _ = steps_m(day)
    walking = day.where(np.flatnonzero(metres > 5.0) + 1)
    known = walking.where(~np.isnan(walking.accuracy_m))
    if len(known) < SAME_LEAST or known.t[-1] - known.t[0] < SAME_SPAN_S * 1000:
        return None
    values, counts = np.unique(known.accuracy_m, return_counts=True)
    most = int(counts.argmax())
    if counts[most] < SAME_SHARE * len(known):
        return None
    rows = np.flatnonzero(known.accuracy_m == values[most])
    share = round(int(counts[most]) / len(known), 4)
    return _evidence(known, rows, accuracy_m=float(values[most]), share=share, fixes=len(rows))


def constant_interval(day: Footsteps) -> Evidence | None:
    """The same interval to the millisecond: a script's rhythm, not a phone's timer."""
    gaps_ms = np.diff(day.t)
    if len(gaps_ms) < STEADY_LEAST:
        return None
    values, counts = np.unique(gaps_ms, return_counts=True)
    usual_ms, times = int(values[counts.argmax()]), int(counts.max())
    is_whole = bool(np.mean(day.t % 1000 == 0) > 0.9)
    share = STEADY_WHOLE_SHARE if is_whole else STEADY_SHARE
    span_s = STEADY_WHOLE_SPAN_S if is_whole else STEADY_SPAN_S
    if times < share * len(gaps_ms) or times * usual_ms < span_s * 1000 or not 0 < usual_ms <= STEADY_LONGEST_MS:
        return None
    rows = np.flatnonzero(gaps_ms == usual_ms)
    return _evidence(day, rows, interval_ms=usual_ms, share=round(times / len(gaps_ms), 4), intervals=times)


def driving(day: Footsteps) -> Evidence | None:
    """Through the own ground at more than 15 km/h for a good part of the time in motion, of the day or of an hour."""
    home = day.good()
    home = home.where((home.flags & int(Flag.OFF_GRID | Flag.JUMP)) == 0)  # the way to work may be driven
    if len(home) < 2:
        return None
    metres, seconds = steps_m(home)
    near = (seconds > 0) & (seconds <= FAST_GAP_S)
    pace = metres / np.maximum(seconds, 0.001)
    fast = near & (_both_fast(home.speed_mps) | ((pace > FAST_MPS) & (metres > FAST_STEP_M)))
    fast_s, moving_s = seconds * fast, seconds * (near & ((pace > WALKING_MPS) | fast))
    rows = _fast_part(home.t[:-1], fast_s, moving_s)
    if rows is None:
        return None
    spent_s, active_s, quick = float(fast_s[rows].sum()), float(moving_s[rows].sum()), np.flatnonzero(fast[rows])
    figures = {"fast_minutes": round(spent_s / 60, 1), "moving_minutes": round(active_s / 60, 1)}
    top_kmh = round(float(np.percentile(pace[rows][quick], 95)) * 3.6, 1)
    share = round(spent_s / active_s, 3)
    return _evidence(home, quick + rows.start, **figures, share=share, usual_top_kmh=top_kmh)


def _fast_part(t: Ints, fast_s: Floats, moving_s: Floats) -> slice | None:
    """The legs that say it: all of the day, or the hour with most of it; None if it was not driven."""
    fast, moving = (np.concatenate([[0.0], np.cumsum(column)]) for column in (fast_s, moving_s))
    if fast[-1] >= FAST_LEAST_S and fast[-1] >= FAST_SHARE * moving[-1]:
        return slice(0, len(t))
    ends = np.searchsorted(t, t + 3_600_000)
    most = int(np.argmax(fast[ends] - fast[:-1]))
    hour_s, active_s = fast[ends[most]] - fast[most], moving[ends[most]] - moving[most]
    is_driven = hour_s >= FAST_HOUR_S and hour_s >= FAST_HOUR_SHARE * active_s
    return slice(most, int(ends[most])) if is_driven else None


DETECTORS: Mapping[str, Callable[[Footsteps], Evidence | None]] = {
    "mock": mock,
    "teleport": teleport,
    "frozen": frozen,
    "constant_accuracy": constant_accuracy,
    "constant_interval": constant_interval,
    "driving": driving,
}


def _both_fast(speed_mps: Floats) -> Any:
    known = np.nan_to_num(speed_mps)
    return (known[:-1] > FAST_MPS) & (known[1:] > FAST_MPS)


def _evidence(day: Footsteps, rows: Ints, **figures: object) -> Evidence:
    """Figures, the span, and some of the places."""
    shown = rows[:: max(1, -(-len(rows) // MAX_SPOTS))]
    span = {"from_ms": int(day.t[rows[0]]), "to_ms": int(day.t[rows[-1]])}
    return {**figures, **span, "spots": [day.spot(int(row)) for row in shown]}
