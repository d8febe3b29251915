"""The jump rule for a whole commit says what it says fix by fix."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tracker.ingest.trail import Point, Tail, Trail
from tracker.ingest.trail_columns import Memory, walk
from tracker.tracks.model import Flag

STEP = st.tuples(
    st.sampled_from([1, 500, 1000, 15_000, 100_000, 200_000]),
    st.sampled_from([0, 0, 0, 0, 3, 40_000, 900_000]) | st.integers(-6_000_000, 6_000_000),
    st.booleans(),
)
UPLOADS = st.lists(
    st.lists(st.lists(STEP, min_size=1, max_size=12), min_size=1, max_size=4), min_size=1, max_size=4
)  # commits of workers of steps


def reference(tail: Tail, points: list[Point], measured: list[bool]) -> tuple[list[int], Tail]:
    trail = Trail(tail, points)
    return [trail.step(point, measured=one) for point, one in zip(points, measured, strict=True)], trail.tail()


@given(UPLOADS)
def test_equals_the_rule_fix_by_fix(commits: list[list[list[tuple[int, int, bool]]]]) -> None:
    memory, tails = Memory(), [Tail()] * 4
    places = [(0, 369_000_000, 1_150_000_000)] * 4
    for commit in commits:
        workers = list(range(len(commit)))
        fixes: list[list[Point]] = []
        for worker, steps in enumerate(commit):
            fixes.append([])
            for after, move, _ in steps:
                at, lat, lon = places[worker]
                places[worker] = at + after, lat + move, lon - move // 2
                fixes[-1].append(places[worker])
        measured = [[one for _, _, one in steps] for steps in commit]
        counts = np.array([len(one) for one in fixes])
        doubts, after_all = walk(
            memory.of(workers),
            counts,
            np.concatenate(fixes),
            np.concatenate(measured),
        )
        memory.put(workers, after_all)
        expected: list[int] = []
        for worker in workers:
            flags, tails[worker] = reference(tails[worker], fixes[worker], measured[worker])
            expected += flags
            assert memory.one(worker) == tails[worker]
        assert doubts.tolist() == expected


def test_sees_a_jump_and_a_rest() -> None:
    still = [(n * 100_000, 369_000_000, 1_150_000_000) for n in range(5)]
    points = np.array([*still, (500_000, 379_000_000, 1_150_000_000)])
    doubts, _ = walk(Memory().of([1]), np.array([6]), points, np.ones(6, np.bool_))
    assert doubts.tolist() == [0, 0, 0, Flag.FROZEN, Flag.FROZEN, Flag.JUMP]


def test_a_tail_comes_back_as_it_was_put() -> None:
    tail = Tail(points=((1, 2, 3), (4, 5, 6)), still_since_ms=4, still_fixes=1)
    memory = Memory()
    memory.put_one(9, tail)
    assert (memory.one(9), memory.one(8)) == (tail, Tail())
