"""Honest simulated walkers raise no signal; every cheat is found, with evidence."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.unit.patrol.patrol_walkers import MORNING_S, carried_beside, day_of, replayed
from tracker.demo.walkers.phone import Habit
from tracker.patrol.footsteps import Footsteps, footsteps
from tracker.patrol.signals import (
    MAX_SPOTS,
    constant_accuracy,
    constant_interval,
    driving,
    frozen,
    mock,
    signals_of,
    teleport,
)
from tracker.patrol.signals_pairs import copied, exact_copies, together
from tracker.tracks.model import Fix, Flag
from tracker.tracks.segment import pack

HONEST = [day_of(seed) for seed in range(1, 41)]
DAY_S = 86_400.0


def kinds(day: Footsteps) -> set[str]:
    return {signal.kind for signal in signals_of(day)}


@pytest.mark.parametrize("day", HONEST, ids=lambda day: f"worker{day.worker_id}")
def test_an_honest_walker_raises_no_signal(day: Footsteps) -> None:
    assert kinds(day) == set()


def test_honest_walkers_of_one_village_do_not_go_as_one() -> None:
    assert together(HONEST[:20]) == []


def test_honest_days_are_not_copies_of_each_other() -> None:
    assert exact_copies(HONEST) == []
    days = [replace(day_of(seed, start_s=MORNING_S - DAY_S), worker_id=7) for seed in range(100, 115)]
    assert [copied(day, days) for day in HONEST[:10]] == [None] * 10


@pytest.mark.parametrize("seed", range(60, 70))
def test_a_frozen_phone_is_found(seed: int) -> None:
    found = kinds(day_of(seed, habit=Habit.FROZEN))
    assert found == {"frozen"}


@pytest.mark.parametrize("seed", range(60, 66))
def test_a_phone_that_admits_mock_is_found(seed: int) -> None:
    assert kinds(day_of(seed, habit=Habit.MOCK)) == {"mock"}


@pytest.mark.parametrize("seed", range(60, 72))
def test_a_driver_is_found(seed: int) -> None:
    found = driving(day_of(seed, habit=Habit.DRIVER))
    assert found is not None
    assert found["usual_top_kmh"] > 15


def test_a_drive_without_reported_speeds_is_found_too() -> None:
    day = day_of(61, habit=Habit.DRIVER)
    assert driving(replace(day, speed_mps=np.full(len(day), np.nan))) is not None


def test_a_drive_off_the_own_ground_is_no_signal() -> None:
    day = day_of(61, habit=Habit.DRIVER)
    assert driving(replace(day, flags=day.flags | int(Flag.OFF_GRID))) is None


def test_a_few_mock_fixes_are_a_mistake() -> None:
    day = HONEST[0]
    flags = day.flags.copy()
    flags[:3] |= int(Flag.MOCK)
    assert mock(replace(day, flags=flags)) is None


def moved_east(day: Footsteps, rows: slice, metres: float) -> Footsteps:
    lon = day.lon_e7.copy()
    lon[rows] += round(metres / 0.00886)
    return replace(day, lon_e7=lon)


def test_a_teleport_there_and_back_is_found_with_both_ends() -> None:
    good = HONEST[0].good()
    found = teleport(moved_east(good, slice(200, 400), 5000))
    assert found is not None
    assert [round(jump["metres"], -3) for jump in found["jumps"]] == [5000, 5000]
    assert found["from_ms"] == good.t[199]


def test_one_stray_fix_is_no_teleport() -> None:
    assert teleport(moved_east(HONEST[0].good(), slice(200, 201), 5000)) is None


def test_a_long_way_in_a_long_silence_is_no_teleport() -> None:
    good = HONEST[0].good()
    late = replace(good, t=np.where(np.arange(len(good)) >= 200, good.t + 3_600_000, good.t))
    assert teleport(moved_east(late, slice(200, None), 5000)) is None


def still(minutes: int, *, speed_mps: float, flags: int = 0) -> Footsteps:
    fixes = [
        Fix(
            recorded_at_ms=i * 30_000 + i % 7, lat_e7=369_700_000, lon_e7=1_152_600_000, accuracy_dm=40 + i % 5,
            speed_cms=round(speed_mps * 100), flags=flags,
        )
        for i in range(minutes * 2 + 1)
    ]  # fmt: skip
    return footsteps(1, [(fixes[0].recorded_at_ms, pack(fixes))])


def test_a_cached_place_at_rest_needs_long_to_be_shown() -> None:
    assert frozen(still(60, speed_mps=0)) is None
    assert frozen(still(95, speed_mps=0)) is not None


def test_a_still_place_that_claims_to_walk_is_shown_soon() -> None:
    assert frozen(still(19, speed_mps=1.2)) is None
    found = frozen(still(21, speed_mps=1.2))
    assert found is not None
    assert (found["minutes"], found["stays"][0]["claims_to_walk"]) == (21.0, 1.0)


def test_an_app_that_calls_a_place_old_is_not_accused() -> None:
    assert frozen(still(200, speed_mps=1.2, flags=int(Flag.STALE_FIX))) is None


def test_one_accuracy_all_day_is_found() -> None:
    day = HONEST[1]
    found = constant_accuracy(replace(day, accuracy_m=np.full(len(day), 5.0)))
    assert found is not None
    assert (found["accuracy_m"], found["share"]) == (5.0, 1.0)


def test_a_script_s_rhythm_is_found() -> None:
    day = HONEST[1]
    found = constant_interval(replace(day, t=np.int64(MORNING_S * 1000 + 437) + np.arange(len(day)) * 15_000))
    assert found is not None
    assert found["interval_ms"] == 15_000


def test_a_receiver_on_whole_seconds_has_hours_before_it_is_odd() -> None:
    day = HONEST[1]
    clock = np.int64(MORNING_S * 1000) + np.arange(len(day)) * 10_000
    assert constant_interval(replace(day, t=clock).where(np.arange(len(day)) < 700)) is None
    assert constant_interval(replace(day, t=clock).where(np.arange(len(day)) < 1100)) is not None


@pytest.mark.parametrize("seed", range(1, 11))
def test_two_phones_in_one_bag_are_found(seed: int) -> None:
    twin = carried_beside(HONEST[seed], 900, seed)
    found = together([*HONEST[:4], *([] if seed < 4 else [HONEST[seed]]), twin])
    assert [(one, other) for one, other, _ in found] == [(HONEST[seed].worker_id, 900)]
    assert found[0][2]["minutes"] >= 20


@pytest.mark.parametrize("noise_m", [0.0, 3.0, 6.0])
@pytest.mark.parametrize("seed", range(1, 7))
def test_a_replayed_day_is_found_under_noise(seed: int, noise_m: float) -> None:
    again = replayed(HONEST[seed], 900, DAY_S + 1234, noise_m=noise_m)
    found = copied(again, [HONEST[0], HONEST[seed]])
    assert found is not None
    assert (found["of_worker"], found["shift_s"]) == (HONEST[seed].worker_id, pytest.approx(DAY_S + 1234, abs=15))


def test_an_exact_copy_is_found_county_wide() -> None:
    again = replayed(HONEST[3], 900, 7 * DAY_S)
    ((later, earlier, evidence),) = exact_copies([*HONEST[:10], again])
    assert (later, earlier) == (10, 3)
    assert (evidence["of_worker"], evidence["shift_s"]) == (HONEST[3].worker_id, 7 * DAY_S)


def test_evidence_is_bounded_and_in_degrees() -> None:
    evidence = signals_of(day_of(60, habit=Habit.MOCK))[0].evidence
    assert len(evidence["spots"]) <= MAX_SPOTS
    at_ms, lon, lat = evidence["spots"][0]
    assert (evidence["from_ms"], round(lon), round(lat)) == (at_ms, 115, 37)


def test_an_empty_day_raises_no_signal() -> None:
    nothing = footsteps(1, [])
    assert kinds(nothing) == set()
    assert together([nothing, nothing]) == exact_copies([nothing]) == []
    assert copied(nothing, [HONEST[0]]) is None


def test_fixes_sent_twice_count_once() -> None:
    fixes = [Fix(recorded_at_ms=at, lat_e7=1, lon_e7=2) for at in (0, 1000)]
    assert len(footsteps(1, [(0, pack(fixes)), (0, pack(fixes[:1])), (1000, pack(fixes[1:]))])) == 2
