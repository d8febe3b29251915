"""What a phone records of a true trip: the demo's Receiver as columns, packed as segments are stored."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tests.bench.monthly.ways import GridWays, Way
from tracker.demo.walkers.person import PACE_MPS, TALK_EVERY_S, TALK_S
from tracker.demo.walkers.phone import STILL_EVERY_S
from tracker.demo.walkers.receiver import DRIFT_M, DRIFT_S, JITTER_M, OUTLIER_CHANCE, OUTLIER_M
from tracker.geo.projection import Floats
from tracker.tracks.model import Flag
from tracker.tracks.segment import RECORDS as RECORD
from tracker.tracks.segment import UNKNOWN_I16, UNKNOWN_U16, VERSION

INACCURATE_DM = 500
MOST_S = 190 * 60.0  # of a window of four hours
UNEVEN = 0.05  # nobody keeps a pace: spread of each piece's, which remembers half of the piece before
PIECE_M = 100.0
OWN_PACE = 0.05  # spread of a person's pace from round to round


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Trip:
    """From home along a way for `along_m` metres and straight home again; between knots the pace is even."""

    grid: GridWays
    way: Way
    pace_mps: float
    along_m: float
    knots_s: Floats  # seconds of the window
    knots_m: Floats  # metres of the way

    @property
    def done_s(self) -> float:
        """When the last metre of the way is walked."""
        return float(self.knots_s[-1])

    def home_leg(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """The straight way home, as (x of both ends, y of both ends)."""
        x, y = self.way.at(np.array([self.along_m, 0.0]))
        return (float(x[0]), float(x[1])), (float(y[0]), float(y[1]))

    def at(self, seconds: Floats) -> tuple[Floats, Floats, NDArray[np.bool_]]:
        """True places, and whether the person walks."""
        along = np.interp(seconds, self.knots_s, self.knots_m)
        x, y = self.way.at(along)
        (from_x, to_x), (from_y, to_y) = self.home_leg()
        leg_s = np.hypot(to_x - from_x, to_y - from_y) / self.pace_mps
        home = np.clip((seconds - self.done_s) / max(leg_s, 1.0), 0.0, 1.0)
        walks = (np.interp(seconds + 1.0, self.knots_s, self.knots_m) > along) | ((home > 0) & (home < 1))
        return x + home * (to_x - from_x), y + home * (to_y - from_y), walks

    def covered(self) -> int:
        """The cells that the true path sees: densely walked, without GPS."""
        return int(((self.way.seen_m <= self.along_m) | self.grid.seen_from(*self.home_leg())).sum())

    def shifted(self, seconds: float) -> Trip:
        """The same trip earlier or later."""
        return replace(self, knots_s=self.knots_s + seconds)


def trip_of(
    grid: GridWays, way: Way, chance: np.random.Generator, *, along_m: float, pace_mps: float, pauses: bool = True
) -> Trip:
    """A trip that begins at second 0, with a talk every ten minutes or so and an uneven pace between."""
    along_m = min(along_m, way.length_m, pace_mps * MOST_S * 0.8)
    ends = np.append(np.arange(PIECE_M, along_m, PIECE_M), along_m)
    uneven = chance.normal(0, UNEVEN, len(ends))
    uneven[1:] += uneven[:-1] / 2
    walked = np.diff(ends, prepend=0.0) / pace_mps * np.exp(uneven)
    talks = chance.uniform(*TALK_S, len(ends)) * (chance.random(len(ends)) < walked / TALK_EVERY_S) * pauses
    talks *= min(1.0, max(0.0, MOST_S - walked.sum()) / max(float(talks.sum()), 1.0))
    talks[-1] = 0.0
    after = np.cumsum(walked + talks)  # when each piece and the talk at its end are over
    knots_s = np.concatenate([[0.0], np.column_stack([after - talks, after]).ravel()])
    knots_m = np.concatenate([[0.0], np.repeat(ends, 2)])
    return Trip(grid=grid, way=way, pace_mps=pace_mps, along_m=along_m, knots_s=knots_s, knots_m=knots_m)


def pace_of(own: np.random.Generator, chance: np.random.Generator) -> float:
    """A villager's own pace, a little different in each round, m/s."""
    return float(np.clip(own.uniform(*PACE_MPS) * chance.normal(1, OWN_PACE), *PACE_MPS))


def moments(trip: Trip | None, chance: np.random.Generator, span_s: tuple[float, float], step_s: float) -> Floats:
    """When a phone takes fixes: each step in motion, each minute or so at rest; never quite on time."""
    slots = np.arange(span_s[0], span_s[1] - step_s, step_s) + chance.uniform(0, step_s * 0.8)
    times = slots + chance.uniform(-0.1, 0.1, len(slots)) * step_s
    if trip is None:
        every: Floats = times[:: max(1, round(STILL_EVERY_S / step_s))]
        return every
    walks = trip.at(times)[2]
    rest = np.arange(len(times)) % max(1, round(STILL_EVERY_S / step_s)) == 0
    chosen: Floats = times[walks | rest]
    return chosen


def record(
    trip: Trip, seconds: Floats, chance: np.random.Generator, *, quality: float = 1.0, vague: bool = False
) -> NDArray[np.void]:
    """Fixes of the true trip with the receiver's drift, jitter and outliers; `vague` is a phone that sees no sky."""
    x, y, walks = trip.at(seconds)
    east, north = (_drift(seconds, chance, DRIFT_M * quality * (8 if vague else 1)) for _ in range(2))
    accuracy = np.maximum(3.0, np.hypot(east, north) * chance.uniform(0.8, 1.6, len(seconds)))
    x, y = (one + drift + chance.normal(0, JITTER_M, len(seconds)) for one, drift in ((x, east), (y, north)))
    if vague:
        accuracy = np.maximum(accuracy, chance.uniform(60, 200, len(seconds)))
    far = chance.uniform(0.3, 1.0, len(seconds)) * OUTLIER_M * (chance.random(len(seconds)) < OUTLIER_CHANCE)
    angle = chance.uniform(0, 2 * np.pi, len(seconds))
    accuracy = np.where(far > 0, far * 1.2, accuracy)
    lat, lon = trip.grid.to_e7(x + far * np.cos(angle), y + far * np.sin(angle))
    found = np.zeros(len(seconds), RECORD)
    found["dt"], found["lat"], found["lon"] = np.round(seconds * 1000), lat, lon
    found["accuracy"] = np.round(accuracy * 10)
    found["speed"] = np.where(walks, round(trip.pace_mps * 100), 0)
    found["bearing"], found["altitude"], found["battery"] = UNKNOWN_U16, UNKNOWN_I16, 70
    found["flags"] = np.where(found["accuracy"] > INACCURATE_DM, int(Flag.INACCURATE), 0)
    return found


def packed(fixes: NDArray[np.void], starts_ms: int) -> tuple[int, int, bytes]:
    """A segment: its first and last time in Unix ms, and its data; the given `dt` count from `starts_ms`."""
    first, last = int(fixes["dt"][0]), int(fixes["dt"][-1])
    stored = fixes.copy()
    stored["dt"] -= first
    return starts_ms + first, starts_ms + last, bytes([VERSION]) + stored.tobytes()


def _drift(seconds: Floats, chance: np.random.Generator, metres: float) -> Floats:
    """Gauss-Markov: e^(-dt/tau) of the last error and fresh noise, summed at once instead of fix by fix."""
    late = (seconds - seconds[0]) / DRIFT_S
    keep = np.exp(-np.diff(late, prepend=0.0))
    fresh = metres * np.sqrt(1 - keep * keep) * chance.normal(0, 1, len(seconds))
    fresh[0] = chance.normal(0, metres)
    errors: Floats = np.exp(-late) * np.cumsum(fresh * np.exp(late))
    return errors
