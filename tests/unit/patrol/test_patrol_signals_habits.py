"""Honest habits that once looked like cheats, and a cheat that once hid among honest rounds."""

from __future__ import annotations

from random import Random

import numpy as np

from tests.unit.patrol.patrol_walkers import MORNING_S, day_of
from tracker.demo.walkers.phone import Habit
from tracker.demo.walkers.receiver import Receiver
from tracker.geo.projection import metres_per_degree
from tracker.patrol.footsteps import Footsteps
from tracker.patrol.signals import driving
from tracker.patrol.signals_pairs import copied, together

DAY_MS = 86_400_000
LAT_E7, LON_E7 = 369_700_000, 1_152_600_000


def placed(worker_id: int, seed: int, times: np.ndarray, x: np.ndarray, y: np.ndarray) -> Footsteps:
    """What a phone makes of true places in metres."""
    receiver = Receiver(Random(seed))
    measured = [receiver.measure((float(one), float(two)), 60.0)[0] for one, two in zip(x, y, strict=True)]
    per_lon, per_lat = metres_per_degree(LAT_E7 / 1e7)
    return Footsteps(
        worker_id=worker_id,
        t=times,
        lat_e7=np.array([LAT_E7 + round(north / per_lat * 1e7) for _, north in measured]),
        lon_e7=np.array([LON_E7 + round(east / per_lon * 1e7) for east, _ in measured]),
        accuracy_m=np.full(len(times), 8.0),
        speed_mps=np.full(len(times), np.nan),
        flags=np.zeros(len(times), np.int64),
    )


def at_rest(worker_id: int, seed: int, *, day: int = 0, hours: int = 8) -> Footsteps:
    times = int(MORNING_S * 1000) + day * DAY_MS + np.arange(hours * 60) * 60_000
    return placed(worker_id, seed, times, np.zeros(len(times)), np.zeros(len(times)))


def usual_walk(seed: int, day: int) -> Footsteps:
    """The same way each day at the own pace, which nobody keeps to the second: 5 % more or less each 100 m."""
    chance = np.random.default_rng(seed)
    metres = np.arange(0.0, 6000.0, 100.0)
    seconds = np.cumsum(100 / (1.2 * chance.normal(1, 0.03)) * np.exp(chance.normal(0, 0.05, len(metres))))
    at_s = np.arange(0.0, seconds[-1], 15.0)
    along = np.interp(at_s, seconds, metres)
    east = np.abs(along % 1200 - 600)  # to and fro on a lane of 600 m, each time a lane farther north
    times = (
        int(MORNING_S * 1000) + day * DAY_MS + np.round(at_s * 1000).astype(np.int64) + int(chance.integers(0, 900_000))
    )
    return placed(1, seed, times, east, along // 600 * 60)


def test_who_sits_at_home_each_day_repeats_no_track() -> None:
    assert copied(at_rest(1, 2, day=1), [at_rest(1, 1)]) is None


def test_colleagues_who_sit_together_all_day_carry_no_two_phones() -> None:
    assert together([at_rest(1, 3), at_rest(2, 4)]) == []


def test_who_walks_the_same_way_each_day_repeats_no_track() -> None:
    days = [usual_walk(seed, seed) for seed in range(30)]
    flagged = [place for place in range(3, 30) if copied(days[place], days[place - 3 : place])]
    assert flagged == []


def test_one_driven_round_is_found_among_walked_ones() -> None:
    walked = day_of(5, hours=7)
    drive = day_of(5, hours=1, habit=Habit.DRIVER)
    later = int(walked.t[-1] - drive.t[0]) + 3_600_000
    pairs = {name: (getattr(walked, name), getattr(drive, name)) for name in Footsteps.__slots__[1:]}
    pairs["t"] = walked.t, drive.t + later
    day = Footsteps(worker_id=5, **{name: np.concatenate(both) for name, both in pairs.items()})
    found = driving(day)
    assert found is not None
    assert found["from_ms"] > walked.t[-1]
    assert driving(walked) is None
