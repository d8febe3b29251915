"""Times of recordings: which can be used, how the others are repaired, moved to now, and put on duty."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.demo.replay.problems import BrokenRecording
from tracker.demo.replay.recording import Point, Recording, read_recording
from tracker.demo.replay.times import presses, problems, repaired, require_times, shifted, usable

TRACKS = Path(__file__).parents[2] / "data" / "tracks"
TIMES = st.lists(st.none() | st.integers(0, 10**7), min_size=1, max_size=40)


def points(*times: int | None) -> list[Point]:
    return [
        Point(line=n, number=n, lat=1.0, lon=2.0, at_ms=at, time=None if at is None else str(at))
        for n, at in enumerate(times, start=1)
    ]


def times(found: list[Point]) -> list[int | None]:
    return [point.at_ms for point in found]


def test_increasing_times_are_all_usable() -> None:
    assert usable(points(1, 2, 5)) == [True, True, True]


def test_one_wild_time_costs_only_itself() -> None:
    assert usable(points(1, 9_000_000, 2, 3)) == [True, False, True, True]


def test_of_equal_times_one_is_usable() -> None:
    assert sum(usable(points(7, 7, 7))) == 1


def test_a_point_without_time_is_not_usable() -> None:
    assert usable(points(1, None, 3)) == [True, False, True]


@given(TIMES)
def test_usable_times_increase(at: list[int | None]) -> None:
    every = points(*at)
    kept = [one.at_ms for one, good in zip(every, usable(every), strict=True) if good and one.at_ms is not None]
    assert kept == sorted(set(kept))
    assert bool(kept) == any(one is not None for one in at)


@pytest.mark.parametrize(("name", "bad"), [("Mojstrovka.gpx", 183), ("korita-zbevnica.gpx", 358)])
def test_bad_times_of_real_recordings_are_counted(name: str, bad: int) -> None:
    assert len(problems(read_recording(TRACKS / name).points)) == bad


@pytest.mark.parametrize("name", ["around-visnjan-with-car.gpx", "cerknicko-jezero.gpx"])
def test_good_recordings_need_no_repair(name: str) -> None:
    require_times(read_recording(TRACKS / name))


def test_the_message_says_how_many_and_how_to_repair() -> None:
    recording = Recording(file=Path("a.gpx"), segments=1, waypoints=0, points=tuple(points(1, None)))
    with pytest.raises(BrokenRecording, match=r"1 of 2 points have no usable time; .*--repair-times"):
        require_times(recording)


def test_an_unreadable_time_is_told_as_written() -> None:
    odd = Point(line=9, number=3, lat=1.0, lon=2.0, at_ms=None, time="yesterday")
    assert problems([odd])[0].told(Path("a.gpx")).startswith("a.gpx:9: point 3: time 'yesterday': is no time")


def test_repair_goes_on_after_the_last_good_time() -> None:
    assert times(repaired(points(1000, None, None), 500, 0)) == [1000, 1500, 2000]


def test_repair_counts_back_from_the_first_good_time() -> None:
    assert times(repaired(points(None, None, 9000), 500, 0)) == [8000, 8500, 9000]


def test_repair_fits_between_good_times() -> None:
    assert times(repaired(points(1000, None, None, 1300), 500, 0)) == [1000, 1100, 1200, 1300]


def test_repair_without_any_time_ends_at_the_given_one() -> None:
    assert times(repaired(points(None, None), 500, 7000)) == [6500, 7000]


@given(TIMES, st.integers(1, 60_000))
def test_repair_keeps_good_times_and_never_goes_back(at: list[int | None], step_ms: int) -> None:
    before = points(*at)
    after = repaired(before, step_ms, 10**8)
    every = [one.at_ms or 0 for one in after]
    assert every == sorted(every)
    assert all(a.at_ms == b.at_ms for a, b, good in zip(before, after, usable(before), strict=True) if good)


def test_shifting_puts_the_last_point_there() -> None:
    assert times(shifted(points(1000, 4000), 100_000)) == [97_000, 100_000]


def test_a_short_track_needs_one_press() -> None:
    assert presses(points(1000, 2000, 3000), 10_000) == [1000]


def test_a_track_longer_than_a_shift_is_pressed_again() -> None:
    assert presses(points(0, 6000, 12_000, 15_000, 30_000), 10_000) == [0, 12_000, 30_000]
