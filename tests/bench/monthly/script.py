"""The script of the month: for each worker and round a truth, the true trip, and what the phone sent of it and when."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from tests.bench.monthly.phones import Trip, moments, pace_of, packed, record, trip_of
from tests.bench.monthly.truths import EXPECTED, LEAVE_DAYS, LEAVE_SHARE, SHOWN_ONCE, Truth, draw, each_once
from tests.bench.monthly.ways import GridWays
from tracker.county.model import Worker
from tracker.patrol.model import Leave, RoundWindow
from tracker.tracks.model import Flag

HOUR_MS = 3_600_000
MAKE_UP_S = 3600.0  # after the window
WINDOW_S = 4 * 3600.0
QUALITIES = (0.7, 1.0, 1.0, 1.6)
DRIVE_MPS = (6.0, 9.0)
MUST_SEE = 0.78  # of the spots: who sees that many must be called done, whatever GPS and corners between fixes cost
WHOLE = frozenset({Truth.FULL, Truth.LATE_UPLOAD, Truth.MAKE_UP})
COVERED = WHOLE | {Truth.LANES, Truth.PART, Truth.SHORT}
Fixes = NDArray[np.void]


@dataclass(frozen=True, kw_only=True, slots=True)
class Made:
    """One worker's round as it really was, and the segment that the phone sent of it, if it sent any."""

    worker: Worker
    truth: Truth
    covered: int | None  # spots that the true path sees, where that is what the report should say
    signals: frozenset[str]
    received_ms: int
    fixes: int = 0
    started_ms: int = 0
    ended_ms: int = 0
    data: bytes = b""


class Script:
    """Writes the month round by round, in order of time; the same seed writes the same month."""

    def __init__(self, workers: Sequence[Worker], ways: Mapping[str, GridWays], *, seed: int, step_s: float) -> None:
        self.workers = sorted(workers, key=lambda one: one.grid_code)
        self._ways, self._seed, self._step_s = ways, seed, step_s
        self._yesterday: dict[tuple[int, str], tuple[date, Fixes]] = {}

    def leaves(self, first: date, days: int) -> list[Leave]:
        """Some workers are away for some days, the first of them for certain."""
        chance = np.random.default_rng([self._seed, 1])
        found = []
        for one in self.workers:
            takes, begins, lasts = chance.random(), int(chance.integers(0, days)), int(chance.integers(*LEAVE_DAYS))
            if takes < LEAVE_SHARE or one is self.workers[0]:
                from_day = first + timedelta(days=min(begins, days - 1))
                found.append(
                    Leave(worker_id=one.id or 0, from_day=from_day, to_day=from_day + timedelta(days=lasts - 1))
                )
        return found

    def round(self, day: date, window: RoundWindow, on_leave: frozenset[int], *, shows_all: bool) -> list[Made]:
        """Everybody's round; in one that `shows_all` each odd truth happens."""
        drawn = draw(np.random.default_rng([self._seed, 2, day.toordinal(), window.ordinal]), len(self.workers))
        if shows_all:
            each_once(drawn, _apart([place for place, one in enumerate(self.workers) if one.id not in on_leave]))
        for place, one in enumerate(self.workers):
            if one.id in on_leave:
                drawn[place] = Truth.LEAVE
        made = _Round(self, day, window, drawn)
        return [made.of(place) for place in range(len(drawn))]

    def ways_of(self, worker: Worker) -> GridWays:
        """The ways of a worker's own grid."""
        return self._ways[worker.grid_code]

    def chance(self, day: date, window: RoundWindow, worker: Worker) -> np.random.Generator:
        """A source of chance for one worker's round alone."""
        return np.random.default_rng([self._seed, 3, day.toordinal(), window.ordinal, worker.id or 0])

    def own(self, worker: Worker) -> np.random.Generator:
        """A source of chance for what is the same about a worker each day."""
        return np.random.default_rng([self._seed, 4, worker.id or 0])

    def quality(self, worker: Worker) -> float:
        """How well the worker's phone receives, the same each day."""
        return QUALITIES[(worker.id or 0) * 7919 % len(QUALITIES)]

    @property
    def step_s(self) -> float:
        """Seconds between two fixes in motion."""
        return self._step_s

    def remember(self, worker: Worker, name: str, day: date, fixes: Fixes) -> None:
        """An honest round that may be sent again tomorrow."""
        self._yesterday[worker.id or 0, name] = day, fixes

    def recall(self, worker: Worker, name: str, day: date) -> Fixes | None:
        """What was remembered of the day before."""
        known = self._yesterday.get((worker.id or 0, name))
        return known[1] if known and known[0] == day - timedelta(days=1) else None


class _Round:
    """One round of everybody; a colleague's trip may be needed before their turn."""

    def __init__(self, script: Script, day: date, window: RoundWindow, drawn: list[Truth]) -> None:
        self._script, self._day, self._window, self._drawn = script, day, window, drawn
        self._partner: dict[int, int] = {}
        for place, truth in enumerate(drawn):
            if truth is Truth.TWIN:
                self._settle_twin(place)
            elif truth is Truth.REPLAY and script.recall(script.workers[place], window.name, day) is None:
                drawn[place] = Truth.FULL

    def of(self, place: int) -> Made:
        """What one worker did and sent."""
        worker, truth = self._script.workers[place], self._drawn[place]
        chance = self._script.chance(self._day, self._window, worker)
        trip = self._trip(place, chance)
        if truth is Truth.MAKE_UP and trip.done_s - float(trip.knots_s[0]) > MAKE_UP_S * 4 / 3:
            self._drawn[place] = Truth.FULL  # a grid too large to be finished in the hour
            return self.of(place)
        if truth in WHOLE and trip.covered() < MUST_SEE * len(trip.grid.spot_x):
            self._drawn[place] = Truth.LANES
            return self.of(place)
        fixes = self._fixes(place, trip, chance)
        signals = EXPECTED[truth].signals | ({"together"} if place in self._partner.values() else set())
        covered = 0 if truth is Truth.ABSENT else trip.covered() if truth in COVERED else None
        late_ms = 5 * HOUR_MS if truth is Truth.LATE_UPLOAD else HOUR_MS if truth is Truth.MAKE_UP else 0
        made = Made(
            worker=worker, truth=truth, covered=covered, signals=frozenset(signals),
            received_ms=self._window.ends_ms + late_ms,
        )  # fmt: skip
        if fixes is None or not len(fixes):
            return made
        if truth is Truth.FULL:
            self._script.remember(worker, self._window.name, self._day, fixes)
        started_ms, ended_ms, data = packed(fixes, self._window.starts_ms)
        return replace(made, fixes=len(fixes), started_ms=started_ms, ended_ms=ended_ms, data=data)

    def _trip(self, place: int, chance: np.random.Generator) -> Trip:
        if place in self._partner:
            other = self._partner[place]
            return self._trip(other, self._script.chance(self._day, self._window, self._script.workers[other]))
        grid = self._script.ways_of(self._script.workers[place])
        way = grid.ways[int(chance.integers(len(grid.ways)))]
        pace = pace_of(self._script.own(self._script.workers[place]), chance)
        truth, whole_m = self._drawn[place], max(way.metres_to(0.95), 2400 * pace)
        match truth:
            case Truth.PART:
                trip = trip_of(grid, way, chance, along_m=way.metres_to(0.4), pace_mps=pace)
                if trip.covered() > 0.6 * len(grid.spot_x):  # the way home showed much
                    trip = trip_of(grid, way, chance, along_m=way.metres_to(0.25), pace_mps=pace)
            case Truth.SHORT:
                trip = trip_of(grid, way, chance, along_m=pace * 840, pace_mps=pace, pauses=False)
            case Truth.DRIVE:
                speed = float(chance.uniform(*DRIVE_MPS))
                trip = trip_of(grid, way, chance, along_m=way.length_m, pace_mps=speed, pauses=False)
            case Truth.MAKE_UP:
                trip = trip_of(grid, way, chance, along_m=way.metres_to(0.95), pace_mps=1.5, pauses=False)
                return trip.shifted(WINDOW_S - 0.35 * trip.done_s)
            case _:
                trip = trip_of(grid, way, chance, along_m=whole_m, pace_mps=pace)
        if truth is Truth.ABSENT:
            return trip.shifted(10 * WINDOW_S)
        (from_x, to_x), (from_y, to_y) = trip.home_leg()
        latest = WINDOW_S - 300 - trip.done_s - math.hypot(to_x - from_x, to_y - from_y) / pace
        return trip.shifted(chance.uniform(120, max(180.0, min(latest, 2400) if truth is Truth.DEAD else latest)))

    def _fixes(self, place: int, trip: Trip, chance: np.random.Generator) -> Fixes | None:
        worker, truth = self._script.workers[place], self._drawn[place]
        if truth in {Truth.OFF, Truth.LEAVE}:
            return None
        if truth is Truth.REPLAY:
            return self._script.recall(worker, self._window.name, self._day)
        end_s = WINDOW_S + (MAKE_UP_S if truth is Truth.MAKE_UP else 0)
        times = moments(None if truth is Truth.FROZEN else trip, chance, (0.0, end_s), self._script.step_s)
        if truth is Truth.DEAD:
            half_way_s = float(np.interp(trip.way.metres_to(0.5), trip.knots_m, trip.knots_s))
            times = times[times < min(6000.0, half_way_s)]
        fixes = record(trip, times, chance, quality=self._script.quality(worker), vague=truth is Truth.VAGUE)
        if truth is Truth.FROZEN:
            fixes["lat"], fixes["lon"], fixes["speed"] = fixes["lat"][0], fixes["lon"][0], 110
        elif truth is Truth.MOCK:
            fixes["flags"] |= int(Flag.MOCK)
        return fixes

    def _settle_twin(self, place: int) -> None:
        mine = self._script.workers[place]
        taken = set(self._partner.values())
        for other, worker in enumerate(self._script.workers):
            same = worker.grid_code[:12] == mine.grid_code[:12] and other != place
            if same and self._drawn[other] is Truth.FULL and other not in taken:
                self._partner[place] = other
                return
        self._drawn[place] = Truth.FULL


def _apart(places: Sequence[int]) -> list[int]:
    """Places for the odd truths, as far from each other as there are workers."""
    return [places[turn * len(places) // len(SHOWN_ONCE)] for turn in range(len(SHOWN_ONCE))]
