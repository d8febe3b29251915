from __future__ import annotations

import random

import pytest

from tracker.tracks.model import Fix, Flag
from tracker.tracks.stops import distance_m, stops

LAT, LON = 369_753_000, 1_152_661_000
METRE_E7 = 89.9  # degrees of latitude × 10⁷ in one metre


def fix(at_s: float, north_m: float = 0, flags: int = 0) -> Fix:
    return Fix(recorded_at_ms=int(at_s * 1000), lat_e7=LAT + round(north_m * METRE_E7), lon_e7=LON, flags=flags)


def standing(from_s: int, to_s: int, north_m: float = 0) -> list[Fix]:
    """A phone at rest: GPS wanders some metres."""
    rng = random.Random(3)
    return [fix(at, north_m + rng.uniform(-8, 8)) for at in range(from_s, to_s + 1, 15)]


def walking(from_s: int, to_s: int, north_m: float) -> list[Fix]:
    return [fix(at, north_m + 1.4 * (at - from_s)) for at in range(from_s, to_s + 1, 15)]


def test_standing_five_minutes_is_a_stop() -> None:
    (stop,) = stops(standing(0, 300))
    assert (stop.from_ms, stop.to_ms) == (0, 300_000)
    assert stop.lat == pytest.approx(LAT / 1e7, abs=1e-4)
    assert stop.radius_m < 40


def test_standing_two_minutes_is_not_a_stop() -> None:
    assert stops(standing(0, 120)) == []


def test_walking_is_not_a_stop() -> None:
    assert stops(walking(0, 1200, 0)) == []


def test_two_stops_with_a_walk_between_are_two() -> None:
    track = standing(0, 300) + walking(315, 900, 0) + standing(915, 1300, 819)
    found = stops(track)
    assert len(found) == 2
    assert found[0].to_ms < found[1].from_ms


def test_silence_is_no_proof_of_staying() -> None:
    assert stops([fix(0), fix(3600)]) == []


@pytest.mark.parametrize("flag", [Flag.JUMP, Flag.INACCURATE, Flag.STALE_FIX])
def test_a_doubtful_fix_does_not_end_a_stop(flag: Flag) -> None:
    track = sorted([*standing(0, 300), fix(152, 900, flag)], key=lambda one: one.recorded_at_ms)
    assert len(stops(track)) == 1


def test_nothing_has_no_stops_and_no_length() -> None:
    assert (stops([]), distance_m([])) == ([], 0)


def test_a_straight_walk_has_its_length() -> None:
    assert distance_m(walking(0, 600, 0)) == pytest.approx(840, rel=0.002)


def test_a_jump_adds_no_distance() -> None:
    track = sorted([*walking(0, 600, 0), fix(301, 90_000, Flag.JUMP)], key=lambda one: one.recorded_at_ms)
    assert distance_m(track) == pytest.approx(840, rel=0.002)
