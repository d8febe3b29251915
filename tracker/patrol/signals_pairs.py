"""Signals between two tracks: two phones moving as one, and a way that was walked once and sent twice.

No track is compared with every other. Candidates come from tables of signatures: a cell and a minute for phones that go
together, a cell and its arrival times for a shifted copy, a hash of exact steps for a copied file. Only candidates are
then laid over each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from tracker.geo.projection import Floats
from tracker.patrol.footsteps import Footsteps, Ints
from tracker.patrol.signals import MAX_SPOTS, Evidence

STEP_MS = 30_000  # tracks are laid over each other twice a minute
GAP_MS = 90_000  # beyond it nobody knows where a phone was
CLOSE_M = 15.0  # two phones in one bag, each with some 5 m of error
SMOOTHED = 7  # samples: the median of 3.5 minutes, as each single distance errs by 10 m
TOGETHER_MS = 20 * 60_000
TOGETHER_PATH_M = 400.0  # moved while together: two colleagues who sit and rest are no signal
PATH_STEP_M = 25.0  # in two minutes: at rest the errors of GPS move less, yet hours of them would sum up to a walk
COPY_CLOSE_M = 10.0  # one track and some noise lie closer than two walks of a habit
COPY_WALK_MS = 30 * 60_000  # in motion: who walks one way each day keeps one pace for ten minutes, hardly for thirty
SHIFT_LEAST_MS = 5 * 60_000  # below it, it is two who walk behind each other: that is `together`
VOTE_MS = 30_000
VOTES_LEAST = 12  # cells that agree on one shift before the tracks are laid over each other
CANDIDATE_SHIFTS = 3
CELL_M = 45.0  # as wide as a coverage cell; a square one is quicker and serves the same
MEET_MS = 120_000
MEETINGS_LEAST = 8  # of these two-minute buckets: 16 minutes
EXACT_RUN = 6  # steps in a row alike to the last digit: by chance, never

Bools = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True, slots=True)
class Likeness:
    """How close two tracks must be (smoothed distance), for how long, and how much of it they must walk."""

    close_m: float
    least_ms: int
    walk_ms: int
    path_m: float


TOGETHER = Likeness(close_m=CLOSE_M, least_ms=TOGETHER_MS, walk_ms=0, path_m=TOGETHER_PATH_M)
COPY = Likeness(close_m=COPY_CLOSE_M, least_ms=COPY_WALK_MS, walk_ms=COPY_WALK_MS, path_m=0.0)


def together(tracks: Sequence[Footsteps]) -> list[tuple[int, int, Evidence]]:
    """Pairs of workers (ids) whose phones moved as one; give the tracks of one village and day."""
    known = [track for track in (one.good() for one in tracks) if len(track) > 1]
    if not known:
        return []
    origin = known[0].origin
    found = []
    for one, other in _meeting_pairs(known, origin):
        evidence = _overlay(known[one], known[other], 0, origin, TOGETHER)
        if evidence:
            found.append((known[one].worker_id, known[other].worker_id, evidence))
    return found


def copied(track: Footsteps, earlier: Iterable[Footsteps]) -> Evidence | None:
    """Whether a part of the track repeats an earlier one, five minutes later or more; the errors of GPS may differ."""
    mine = track.good()
    if len(mine) < 2:
        return None
    for other in (one.good() for one in earlier):
        if len(other) < 2:
            continue
        for shift_ms in _likely_shifts(mine, other):
            evidence = _overlay(mine, other, shift_ms, mine.origin, COPY)
            if evidence:
                return {**evidence, "of_worker": other.worker_id, "shift_s": round(shift_ms / 1000)}
    return None


def exact_copies(tracks: Sequence[Footsteps]) -> list[tuple[int, int, Evidence]]:
    """Pairs (later, earlier) of tracks that hold the same steps to the last digit: found by hashes alone.

    They are positions in `tracks`: two may be of one worker, on different days.
    """
    prints = [_prints(track) for track in tracks]
    keys = np.concatenate([keys for keys, _ in prints] or [np.empty(0, np.uint64)])
    owner = np.repeat(np.arange(len(tracks)), [len(keys) for keys, _ in prints])
    rows = np.concatenate([rows for _, rows in prints] or [np.empty(0, np.int64)])
    order = np.lexsort((owner, keys))
    keys, owner, rows = keys[order], owner[order], rows[order]
    same = (keys[1:] == keys[:-1]) & (owner[1:] != owner[:-1])
    alike: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for at in np.flatnonzero(same).tolist():
        one, other = (int(owner[at]), int(rows[at])), (int(owner[at + 1]), int(rows[at + 1]))
        alike.setdefault((one[0], other[0]), []).append((one[1], other[1]))
    return [_exact(tracks, pair, hits) for pair, hits in alike.items()]


def _exact(
    tracks: Sequence[Footsteps], pair: tuple[int, int], hits: list[tuple[int, int]]
) -> tuple[int, int, Evidence]:
    first = [int(tracks[place].t[row]) for place, row in zip(pair, hits[0], strict=True)]
    later, earlier = pair if first[0] >= first[1] else pair[::-1]
    mine = sorted(hit[0] if later == pair[0] else hit[1] for hit in hits)
    track, shown = tracks[later], mine[:: max(1, -(-len(mine) // MAX_SPOTS))]
    evidence: Evidence = {
        "of_worker": tracks[earlier].worker_id,
        "exact": True,
        "runs": len(hits),
        "shift_s": abs(first[0] - first[1]) // 1000,
        "from_ms": int(track.t[mine[0]]),
        "to_ms": int(track.t[min(mine[-1] + EXACT_RUN, len(track) - 1)]),
        "spots": [track.spot(row) for row in shown],
    }
    return later, earlier, evidence


def _prints(track: Footsteps) -> tuple[NDArray[np.uint64], Ints]:
    """Hashes of runs of steps between different places, and the row where each run begins."""
    moved = np.flatnonzero((np.diff(track.lat_e7) != 0) | (np.diff(track.lon_e7) != 0))
    if len(moved) < EXACT_RUN:
        return np.empty(0, np.uint64), np.empty(0, np.int64)
    lat, lon = track.lat_e7[moved].astype(np.uint64), track.lon_e7[moved].astype(np.uint64)
    keys = np.zeros(len(moved) - EXACT_RUN + 1, np.uint64)
    for step in range(EXACT_RUN):
        end = len(moved) - EXACT_RUN + 1 + step
        for column in (lat, lon):
            keys = (keys ^ column[step:end]) * np.uint64(0x9E3779B97F4A7C15)
            keys ^= keys >> np.uint64(29)
    chosen = keys % np.uint64(4) == 0  # a quarter is enough to find any copied minute, and a quarter of the memory
    return keys[chosen], moved[: len(keys)][chosen]


def _meeting_pairs(tracks: Sequence[Footsteps], origin: tuple[int, int]) -> list[tuple[int, int]]:
    """Pairs that shared a cell in many buckets of time: positions in `tracks`."""
    there: dict[tuple[int, int, int], set[int]] = {}
    for place, track in enumerate(tracks):
        east, north = track.metres(origin)
        columns = (
            track.t // MEET_MS,
            np.floor(east / CELL_M).astype(np.int64),
            np.floor(north / CELL_M).astype(np.int64),
        )
        for spot in set(zip(*(column.tolist() for column in columns), strict=True)):
            there.setdefault(spot, set()).add(place)
    buckets: dict[tuple[int, int], set[int]] = {}
    for (bucket, _, _), places in there.items():
        for pair in combinations(sorted(places), 2):
            buckets.setdefault(pair, set()).add(bucket)
    return sorted(pair for pair, met in buckets.items() if len(met) >= MEETINGS_LEAST)


def _likely_shifts(mine: Footsteps, other: Footsteps) -> list[int]:
    """Shifts (mine minus other, ms) on which arrivals in the same cells agree most."""
    origin = mine.origin
    my_cells, my_times = _arrivals(mine, origin)
    their_cells, their_times = _arrivals(other, origin)
    order = np.argsort(their_cells, kind="stable")
    their_cells, their_times = their_cells[order], their_times[order]
    low, high = np.searchsorted(their_cells, my_cells, "left"), np.searchsorted(their_cells, my_cells, "right")
    count = high - low
    row = np.repeat(np.arange(len(my_cells)), count)
    at = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count) + low[row]
    shifts = my_times[row] - their_times[at]
    shifts = shifts[shifts >= SHIFT_LEAST_MS]
    buckets, votes = np.unique(np.floor_divide(shifts, VOTE_MS), return_counts=True)
    best = np.argsort(-votes, kind="stable")[:CANDIDATE_SHIFTS]
    chosen = [int(buckets[place]) for place in best if votes[place] >= VOTES_LEAST]
    return [int(np.median(shifts[np.abs(shifts // VOTE_MS - bucket) <= 1])) for bucket in chosen]


def _arrivals(track: Footsteps, origin: tuple[int, int]) -> tuple[Ints, Ints]:
    """When the track came into each square of the ground: square ids and times."""
    east, north = track.metres(origin)
    cells = np.floor(east / CELL_M).astype(np.int64) * 1_000_003 + np.floor(north / CELL_M).astype(np.int64)
    fresh = np.ones(len(cells), bool)
    fresh[1:] = np.diff(cells) != 0
    return cells[fresh], track.t[fresh]


def _overlay(
    mine: Footsteps, other: Footsteps, shift_ms: int, origin: tuple[int, int], like: Likeness
) -> Evidence | None:
    """A time in which `mine` went where `other` had been `shift_ms` before; None if none is long and far enough."""
    first = max(int(mine.t[0]), int(other.t[0]) + shift_ms)
    last = min(int(mine.t[-1]), int(other.t[-1]) + shift_ms)
    if last - first < like.least_ms:
        return None
    grid = np.arange(first, last + 1, STEP_MS)
    x, y, known = _at(mine, grid, origin)
    their_x, their_y, theirs_known = _at(other, grid - shift_ms, origin)
    apart = np.where(known & theirs_known, np.hypot(x - their_x, y - their_y), np.inf)
    close = _smoothed(apart) <= like.close_m
    for rows in _runs(close):
        path_m, walk_ms = _walked(x[rows], y[rows])
        is_long = grid[rows[-1]] - grid[rows[0]] >= like.least_ms
        if is_long and path_m >= like.path_m and walk_ms >= like.walk_ms:
            return _close_evidence(grid, rows, apart, path_m, mine)
    return None


def _close_evidence(grid: Ints, rows: Ints, apart: Floats, path_m: float, mine: Footsteps) -> Evidence:
    inside = np.flatnonzero((mine.t >= grid[rows[0]]) & (mine.t <= grid[rows[-1]]))
    shown = inside[:: max(1, -(-len(inside) // MAX_SPOTS))]
    metres = apart[rows][np.isfinite(apart[rows])]
    return {
        "minutes": round(int(grid[rows[-1]] - grid[rows[0]]) / 60_000, 1),
        "path_m": round(path_m),
        "median_apart_m": round(float(np.median(metres)), 1),
        "from_ms": int(grid[rows[0]]),
        "to_ms": int(grid[rows[-1]]),
        "spots": [mine.spot(int(row)) for row in shown],
    }


def _at(track: Footsteps, times: Ints, origin: tuple[int, int]) -> tuple[Floats, Floats, Bools]:
    """Places between fixes at these times, and whether the silence around each is short enough to say so."""
    east, north = track.metres(origin)
    after = np.clip(np.searchsorted(track.t, times), 1, len(track) - 1)
    known = track.t[after] - track.t[after - 1] <= GAP_MS
    return np.interp(times, track.t, east), np.interp(times, track.t, north), known


def _smoothed(apart: Floats) -> Floats:
    half = SMOOTHED // 2
    padded = np.pad(apart, half, mode="edge")
    smooth: Floats = np.median(np.lib.stride_tricks.sliding_window_view(padded, SMOOTHED), axis=1)
    return smooth


def _runs(mask: Bools) -> list[Ints]:
    """Rows of each unbroken run, the longest first."""
    edges = np.flatnonzero(np.diff(mask.astype(np.int8))) + 1
    parts = [part for part in np.split(np.arange(len(mask)), edges) if len(part) and mask[part[0]]]
    return sorted(parts, key=len, reverse=True)


def _walked(x: Floats, y: Floats) -> tuple[float, int]:
    """Metres and time in motion, of every fourth place; who rests has none, however long."""
    steps_m = np.hypot(np.diff(x[::4]), np.diff(y[::4]))
    moves = steps_m > PATH_STEP_M
    return float(steps_m[moves].sum()), int(moves.sum()) * 4 * STEP_MS
