"""Jumps and frozen coordinates along a worker's fixes."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.geo.projection import haversine_m
from tracker.ingest.trail import NO_TAIL, TAIL_FIXES, Point, Tail, Trail, is_jump
from tracker.tracks.model import Flag

LAT, LON = 369_753_000, 1_152_661_000
METRE = 89.9  # of latitude, in e7
MINUTE = 60_000


def at(ms: int, north_m: float = 0) -> Point:
    return ms, LAT + round(north_m * METRE), LON


def walk(*points: Point, tail: Tail = NO_TAIL, measured: bool = True) -> tuple[list[int], Tail]:
    trail = Trail(tail, sorted(points))
    flags = [trail.step(point, measured=measured) for point in sorted(points)]
    return flags, trail.tail()


@pytest.mark.parametrize(
    ("after_ms", "north_m", "expected"),
    [
        (10_000, 395, False),
        (10_000, 405, True),
        (10_000, -405, True),
        (1_000, 39, False),
        (1_000, 41, True),
        (999, 99, False),
        (0, 99, False),
        (0, 101, True),
        (3_600_000, 100_000, False),
    ],
)
def test_knows_a_jump_by_its_speed(after_ms: int, north_m: float, expected: bool) -> None:  # noqa: FBT001
    assert is_jump(after_ms, round(north_m * METRE), 0, LAT) is expected


@pytest.mark.parametrize(("east_m", "expected"), [(395, False), (405, True), (-395, False), (-405, True)])
def test_knows_that_degrees_of_longitude_are_shorter(east_m: float, expected: bool) -> None:  # noqa: FBT001
    east_e7 = round(east_m * METRE / math.cos(math.radians(LAT / 1e7)))
    assert is_jump(10_000, 0, east_e7, LAT) is expected


@given(st.integers(1000, 600_000), st.integers(-(10**6), 10**6), st.integers(-(10**6), 10**6))
def test_agrees_with_the_distance_on_the_globe(after_ms: int, north: int, east: int) -> None:
    metres = haversine_m(LAT / 1e7, LON / 1e7, (LAT + north) / 1e7, (LON + east) / 1e7)
    speed = metres / after_ms * 1000
    if not 39.5 < speed < 40.5:
        assert is_jump(after_ms, north, east, LAT + north) == (speed > 40)


def test_flags_the_jump_there_and_the_jump_back() -> None:
    flags, _ = walk(at(0), at(10_000, 10), at(20_000, 5000), at(30_000, 20), at(40_000, 30))
    assert flags == [0, 0, Flag.JUMP, Flag.JUMP, 0]


def test_compares_with_the_upload_before() -> None:
    _, tail = walk(at(0))
    assert walk(at(10_000, 500), tail=tail)[0] == [Flag.JUMP]
    assert walk(at(10_000, 300), tail=tail)[0] == [0]


def test_compares_a_late_fix_with_its_neighbour_in_time() -> None:
    _, tail = walk(at(0), at(100_000, 3_000), at(200_000, 6_000))
    assert walk(at(90_000, 2_900), tail=tail)[0] == [0]
    assert walk(at(110_000, 5_900), tail=tail)[0] == [Flag.JUMP]


def test_knows_nothing_before_the_first_fix() -> None:
    _, tail = walk(at(100_000, 3_000))
    assert walk(at(99_000), tail=tail)[0] == [0]


@pytest.mark.parametrize(
    ("points", "frozen"),
    [
        ([at(0), at(2 * MINUTE), at(4 * MINUTE), at(6 * MINUTE)], [0, 0, 0, 1]),
        ([at(0), at(3 * MINUTE), at(6 * MINUTE)], [0, 0, 0]),
        ([at(0), at(MINUTE), at(2 * MINUTE), at(3 * MINUTE), at(4 * MINUTE), at(5 * MINUTE)], [0, 0, 0, 0, 0, 1]),
        ([at(0), at(2 * MINUTE), at(4 * MINUTE, 1), at(6 * MINUTE, 1), at(8 * MINUTE, 1)], [0, 0, 0, 0, 0]),
    ],
)
def test_flags_coordinates_that_never_move(points: list[Point], frozen: list[int]) -> None:
    assert walk(*points)[0] == [Flag.FROZEN * one for one in frozen]


def test_remembers_stillness_between_uploads() -> None:
    tail = NO_TAIL
    flags = []
    for minute in range(7):
        new, tail = walk(at(minute * MINUTE), tail=tail)
        flags += new
    assert flags == [0, 0, 0, 0, 0, Flag.FROZEN, Flag.FROZEN]


def test_does_not_count_a_repeated_fix_as_stillness() -> None:
    _, tail = walk(at(0), at(3 * MINUTE))
    for _ in range(5):
        flags, tail = walk(at(3 * MINUTE), tail=tail)
        assert flags == [0]
    assert walk(at(6 * MINUTE), tail=tail)[0] == [0]


def test_does_not_count_a_fix_twice_within_an_upload() -> None:
    assert walk(at(0), *[at(6 * MINUTE)] * 4)[0] == [0] * 5


def test_remembers_stillness_across_a_late_upload() -> None:
    _, tail = walk(*(at(minute * MINUTE) for minute in range(5)))
    _, tail = walk(at(-10 * MINUTE, 50), tail=tail)
    assert walk(at(5 * MINUTE), tail=tail)[0] == [Flag.FROZEN]


def test_needs_an_accuracy_to_call_a_fix_frozen() -> None:
    flags, _ = walk(*(at(minute * MINUTE) for minute in range(9)), measured=False)
    assert flags == [0] * 9


def test_gives_the_same_flags_when_an_upload_comes_again() -> None:
    upload = [at(0), at(10_000, 5_000), at(20_000, 5_010)]
    first, tail = walk(*upload)
    again, same_tail = walk(*upload, tail=tail)
    assert first == again == [0, Flag.JUMP, 0]
    assert tail == same_tail


def test_leaves_the_tail_alone_without_fixes() -> None:
    tail = Tail(points=(at(0),), still_since_ms=0, still_fixes=1)
    assert walk(tail=tail) == ([], tail)


POINTS = st.lists(st.builds(at, st.integers(0, 10**6), st.integers(-5000, 5000)), max_size=30)


@given(st.lists(POINTS, max_size=6))
def test_remembers_the_newest_points_in_any_order_of_uploads(uploads: list[list[Point]]) -> None:
    forward = backward = NO_TAIL
    for upload in uploads:
        _, forward = walk(*set(upload), tail=forward)
    for upload in reversed(uploads):
        _, backward = walk(*set(upload), tail=backward)
    everything = sorted({point for upload in uploads for point in upload})
    assert forward.points == backward.points == tuple(everything[-TAIL_FIXES:])
