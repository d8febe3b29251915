from __future__ import annotations

import random
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.oracle.obvious import Blackboard, walk
from tests.unit.patrol.patrol_house import IRREGULAR, MORNING, ROUNDS, fix, grid_ground, segment, steps, walks_of
from tracker.patrol.fold import fold
from tracker.patrol.ground import Ground
from tracker.patrol.steps import decode
from tracker.patrol.walks import NEVER, Walks
from tracker.tracks.model import Fix, Flag

GROUND = Ground([grid_ground()])
UNEVEN = Ground([grid_ground(boundary=IRREGULAR)])
NOON_WALK = 1  # row of the second round

stride = st.tuples(
    st.sampled_from([0, 1_000, 5_000, 10_000, 30_000, 90_000, 90_001, 400_000]),  # ms
    st.floats(-60, 60),
    st.floats(-60, 60),
    st.sampled_from([None, 30, 500, 501]),  # accuracy dm
    st.sampled_from([0, 0, 0, Flag.MOCK, Flag.JUMP, Flag.STALE_FIX, Flag.FROZEN]),
)
tracks = st.tuples(
    st.floats(-400, 400), st.floats(-400, 400), st.integers(-3_600, 5 * 3600), st.lists(stride, max_size=60)
)


def track(start: tuple[float, float, int, list[tuple[int, float, float, int | None, int]]]) -> list[Fix]:
    x, y, at_s, strides = start
    at_ms = at_s * 1000
    fixes = []
    for took, run_x, run_y, accuracy, flags in strides:
        at_ms, x, y = at_ms + took, x + run_x, y + run_y
        fixes.append(fix(at_ms / 1000, x, y, accuracy_dm=accuracy, flags=flags))
    return fixes


def board_of(walks: Walks, row: int) -> Blackboard:
    seen, visited, inside = walks.seen_of(row), walks.visited_of(row), walks.inside_of(row)
    return Blackboard(
        seen={place: int(seen[place]) for place in np.flatnonzero(seen < NEVER).tolist()},
        visited={GROUND.point_ids[0][place]: int(visited[place]) for place in np.flatnonzero(visited < NEVER).tolist()},
        on_foot_ms={minute: int(inside[minute]) for minute in np.flatnonzero(inside).tolist()},
        heard_ms=int(walks.heard_ms[row]),
        longest_gap_ms=int(walks.gap_ms[row]),
        fixes=int(walks.fixes[row]),
    )


def folded(fixes: list[Fix]) -> Walks:
    walks = walks_of(GROUND)
    if fixes:
        fold(GROUND, walks, steps(*fixes))
    return walks


@settings(max_examples=300, deadline=None)
@given(tracks)
def test_the_fold_equals_the_obvious_loop_in_an_irregular_grid(
    start: tuple[float, float, int, list[tuple[int, float, float, int | None, int]]],
) -> None:
    fixes = track(start)
    walks = walks_of(UNEVEN)
    if fixes:
        fold(UNEVEN, walks, steps(*fixes))
    assert board_of(walks, 0) == walk(grid_ground(boundary=IRREGULAR), MORNING, fixes)


@settings(max_examples=300, deadline=None)
@given(tracks)
def test_the_fold_equals_the_obvious_loop(
    start: tuple[float, float, int, list[tuple[int, float, float, int | None, int]]],
) -> None:
    fixes = track(start)
    walks = folded(fixes)
    for row, window in enumerate(ROUNDS):
        assert board_of(walks, row) == walk(grid_ground(), window, fixes)


@settings(max_examples=100, deadline=None)
@given(tracks, st.randoms(use_true_random=False))
def test_order_and_repeats_change_nothing(
    start: tuple[float, float, int, list[tuple[int, float, float, int | None, int]]], chance: random.Random
) -> None:
    fixes = track(start)
    shuffled = [*fixes, *fixes[::2]]
    chance.shuffle(shuffled)
    segments = [segment(1, [one]) for one in shuffled]
    walks = walks_of(GROUND)
    if segments:
        fold(GROUND, walks, decode(segments))
    assert all(board_of(walks, row) == board_of(folded(fixes), row) for row in range(3))


@settings(max_examples=100, deadline=None)
@given(tracks, st.lists(st.integers(0, 60), max_size=5))
def test_any_split_in_time_gives_the_same(
    start: tuple[float, float, int, list[tuple[int, float, float, int | None, int]]], cuts: list[int]
) -> None:
    fixes = sorted(track(start), key=lambda one: (one.recorded_at_ms, one.lat_e7, one.lon_e7))
    fixes = [
        one for place, one in enumerate(fixes) if not place or one.recorded_at_ms > fixes[place - 1].recorded_at_ms
    ]
    walks = walks_of(GROUND)
    for low, high in pairwise(sorted({0, len(fixes), *(cut for cut in cuts if cut < len(fixes))})):
        late = fold(GROUND, walks, steps(*fixes[low:high])).late_workers
        assert not len(late)
    assert all(board_of(walks, row) == board_of(folded(fixes), row) for row in range(3))


def test_many_walkers_at_once_are_folded_as_one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks and runs of legs, and legs taken in order of time across walks, change nothing."""
    chance = random.Random(3)
    ways = {}
    for worker in (1, 2, 3):
        x = y = 0.0
        fixes = []
        for n in range(200):
            resting = 40 < n < 80
            x, y = x + (0 if resting else chance.gauss(0, 15)), y + (0 if resting else chance.gauss(0, 15))
            fixes.append(fix(10 * n + worker, x, y))
        ways[worker] = fixes
    alone = {}
    for worker, fixes in ways.items():
        walks = walks_of(GROUND, workers=(worker,))
        for begin in range(0, 200, 7):
            fold(GROUND, walks, steps(*fixes[begin : begin + 7], worker=worker))
        alone[worker] = board_of(walks, 0)
    for pairs_at_once in (50, 1000, 10**6):
        monkeypatch.setattr("tracker.patrol.fold.PAIRS_AT_ONCE", pairs_at_once)
        walks = walks_of(GROUND, workers=(1, 2, 3))
        fold(GROUND, walks, decode([segment(worker, fixes) for worker, fixes in ways.items()]))
        assert {worker: board_of(walks, 3 * (worker - 1)) for worker in ways} == alone


def test_standing_still_sees_what_is_around() -> None:
    walks = folded([fix(10, 0, 0), fix(20, 0, 0)])
    assert 20 <= int((walks.seen_of(0) < NEVER).sum()) <= 25  # 40 m around hold some 22 spots of 225 m2


def test_a_lone_fix_sees_nothing() -> None:
    assert not board_of(folded([fix(10, 0, 0)]), 0).seen


def test_ninety_seconds_are_joined_and_a_moment_more_is_not() -> None:
    assert board_of(folded([fix(0, 0, 0), fix(90, 50, 0)]), 0).seen
    assert not board_of(folded([fix(0, 0, 0), fix(90.001, 50, 0)]), 0).seen


def test_who_drives_sees_nothing() -> None:
    assert board_of(folded([fix(0, 0, 0), fix(10, 41, 0)]), 0).seen
    assert not board_of(folded([fix(0, 0, 0), fix(10, 42, 0)]), 0).seen  # 15 km/h are 41.7 m in 10 s


def test_a_vague_fix_is_passed_over() -> None:
    through = [fix(0, 0, 0), fix(10, 300, 300, accuracy_dm=501), fix(20, 10, 0)]
    assert board_of(folded(through), 0).seen == board_of(folded([through[0], through[2]]), 0).seen


def test_minutes_count_inside_the_grid_and_a_little_beyond_its_border() -> None:
    edge_x = 0.0025 * GROUND.per_lon[0]
    near = [fix(0, edge_x + 25, 0), fix(60, edge_x + 25, 5)]
    far = [fix(0, edge_x + 35, 0), fix(60, edge_x + 35, 5)]
    assert board_of(folded(near), 0).on_foot_ms == {1: 60_000}
    assert board_of(folded(far), 0).on_foot_ms == {}


def test_steps_after_the_window_are_kept_apart_by_their_time() -> None:
    after_s = (MORNING.ends_ms - MORNING.starts_ms) / 1000 + 60
    walks = folded([fix(after_s, 0, 0), fix(after_s + 10, 5, 0)])
    seen = walks.seen_of(0)
    assert (seen < NEVER).any()
    assert seen.min() >= MORNING.ends_ms - MORNING.starts_ms
    assert walks.fixes[0] == 0


def test_what_comes_late_is_reported_and_not_folded() -> None:
    walks = folded([fix(100, 0, 0), fix(110, 5, 0)])
    before = board_of(walks, 0)
    result = fold(GROUND, walks, steps(fix(50, 100, 0), fix(120, 10, 0)))
    assert result.late_workers.tolist() == [1]
    assert board_of(walks, 0) == before


def test_one_late_worker_does_not_hold_up_another() -> None:
    walks = walks_of(GROUND, workers=(1, 2))
    fold(GROUND, walks, steps(fix(100, 0, 0)))
    both = decode([segment(1, [fix(50, 0, 0)]), segment(2, [fix(0, 0, 0), fix(10, 5, 0)])])
    result = fold(GROUND, walks, both)
    assert result.late_workers.tolist() == [1]
    assert board_of(walks, NOON_WALK + 2).seen  # rows are by worker: the second's morning is row 3


def test_one_worker_may_walk_several_grids() -> None:
    west = grid_ground()
    east = grid_ground("130533100201002", points=False)
    ground = Ground([west, east])
    walks = walks_of(ground)
    fold(ground, walks, steps(fix(0, 0, 0), fix(10, 5, 0)))
    assert (walks.seen_of(0) == walks.seen_of(1)).all()
    assert walks.fixes.tolist() == [2, 2, 0, 0, 0, 0]


def test_walks_are_replaced_one_by_one() -> None:
    walks = walks_of(GROUND, workers=(1, 2))
    fresh = walks_of(GROUND, workers=(2,))
    fold(GROUND, fresh, steps(fix(0, 0, 0), fix(10, 5, 0), worker=2))
    walks.put(walks.rows_of_workers([2]), fresh)
    assert board_of(walks, 3) == board_of(fresh, 0)
    assert not board_of(walks, 0).seen


def test_ground_that_did_not_change_is_taken_over() -> None:
    grids = [grid_ground(), grid_ground("130533100201002", IRREGULAR)]
    old = Ground(grids)
    moved = grid_ground("130533100201002", IRREGULAR, sight_m=50.0, points=False)
    new, afresh = Ground([moved, grid_ground()], old), Ground([moved, grid_ground()])
    assert new.part_like(grid_ground()) is not None
    assert old.part_like(moved) is None
    for name, column in vars(afresh).items():
        if isinstance(column, np.ndarray) and column.dtype != object:
            assert (getattr(new, name) == column).all(), name
