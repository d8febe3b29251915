"""Days of simulated walkers as the detectors see them: screened, packed, unpacked, in columns."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from random import Random
from typing import Any

import numpy as np

from tracker.demo.walkers.lanes import Frame, Lanes
from tracker.demo.walkers.phone import Habit, Phone
from tracker.demo.walkers.receiver import Receiver
from tracker.geo.datum import Crs
from tracker.geo.projection import metres_per_degree
from tracker.ingest.model import RawFix, Upload
from tracker.ingest.screen import screen
from tracker.patrol.footsteps import Footsteps, footsteps
from tracker.tracks.model import Dialect, Flag
from tracker.tracks.segment import pack

MORNING_S = 1_795_500_000.0  # 2026-11-23 some hours of the day; which does not matter


def village(columns: int = 7, rows: int = 6, block_m: float = 55.0) -> Lanes:
    """Straight lanes between blocks of houses."""
    lanes = Lanes(frame=Frame(lon0=115.26, lat0=36.97))
    for row in range(rows):
        for column in range(columns):
            lanes.nodes.append((column * block_m + 7 * math.sin(row), row * block_m + 5 * math.sin(column)))
            lanes.near.append([])
    for row in range(rows):
        for column in range(columns):
            here = row * columns + column
            for other in [here + 1] * (column + 1 < columns) + [here + columns] * (row + 1 < rows):
                lanes.near[here].append(other)
                lanes.near[other].append(here)
    return lanes


def sent_by(
    seed: int, *, habit: Habit = Habit.HONEST, hours: float = 8.0, start_s: float = MORNING_S
) -> list[dict[str, Any]]:
    """What a phone queues in a day."""
    now_s = start_s + Random(seed).uniform(0, 600)
    phone, end_s = Phone(village(), seed, now_s, habit), start_s + hours * 3600
    while now_s < end_s:
        now_s = phone.step(now_s)
    return list(phone.waiting)


def columns_of(worker_id: int, sent: Sequence[dict[str, Any]]) -> Footsteps:
    """What the detectors see of it."""
    raw = [
        RawFix(
            index=index, recorded_at_ms=one["t"], lat=one["lat"], lon=one["lon"], accuracy_m=one["acc"],
            speed_mps=one["spd"], flags=int(Flag.MOCK) if one.get("mock") else 0,
        )
        for index, one in enumerate(sent)
    ]  # fmt: skip
    upload = Upload(dialect=Dialect.NATIVE, crs=Crs.WGS84, fixes=raw, rejected=[])
    fixes = screen(upload, received_at_ms=sent[-1]["t"] + 1000).fixes
    half = len(fixes) // 2
    parts = [part for part in (fixes[half:], fixes[:half]) if part]
    return footsteps(worker_id, [(part[0].recorded_at_ms, pack(part)) for part in parts])


def day_of(seed: int, *, habit: Habit = Habit.HONEST, hours: float = 8.0, start_s: float = MORNING_S) -> Footsteps:
    """A day of one simulated worker, whose id is the seed."""
    return columns_of(seed, sent_by(seed, habit=habit, hours=hours, start_s=start_s))


def carried_beside(track: Footsteps, worker_id: int, seed: int) -> Footsteps:
    """A second phone in the same bag: the same way, another receiver's errors, its own moments."""
    random = Random(seed)
    receiver = Receiver(random)
    times = np.arange(int(track.t[0]) + 4000, int(track.t[-1]), 17_000)
    times += np.array([random.randrange(900) for _ in times])
    east, north = track.metres(track.origin)
    true = zip(np.interp(times, track.t, east), np.interp(times, track.t, north), strict=True)
    return _placed(track, worker_id, times, [receiver.measure((x, y), 17.0) for x, y in true])


def replayed(track: Footsteps, worker_id: int, later_s: float, *, noise_m: float = 0.0, seed: int = 1) -> Footsteps:
    """The same track sent again later, with some noise added against a simple comparison."""
    times = track.t + int(later_s * 1000)
    if not noise_m:
        return replace(track, worker_id=worker_id, t=times)
    random = Random(seed)
    places = zip(*track.metres(track.origin), strict=True)
    moved = [((x + random.gauss(0, noise_m), y + random.gauss(0, noise_m)), random.uniform(3, 9)) for x, y in places]
    return _placed(track, worker_id, times, moved)


def _placed(
    like: Footsteps, worker_id: int, times: Any, measured: list[tuple[tuple[float, float], float]]
) -> Footsteps:
    lat0, lon0 = like.origin
    per_lon, per_lat = metres_per_degree(lat0 / 1e7)
    return Footsteps(
        worker_id=worker_id,
        t=np.asarray(times, np.int64),
        lat_e7=np.array([round(lat0 + place[1] / per_lat * 1e7) for place, _ in measured]),
        lon_e7=np.array([round(lon0 + place[0] / per_lon * 1e7) for place, _ in measured]),
        accuracy_m=np.array([claimed for _, claimed in measured]),
        speed_mps=np.full(len(measured), np.nan),
        flags=np.zeros(len(measured), np.int64),
    )
