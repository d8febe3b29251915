"""Who walks along the border of the grid keeps minutes, ground and state, however the phone errs."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import numpy as np
import pytest

from tests.unit.patrol.patrol_house import COUNTY, DAY, GRID, MORNING, ROUNDS, fix, grid_ground, segment
from tracker.patrol.book import DayBook, GridDay
from tracker.patrol.ground import Ground
from tracker.patrol.model import Criteria, RoundResult, State
from tracker.patrol.plan import default_plan

GROUND = Ground([grid_ground(points=False)])
EDGE_X = 0.0025 * float(GROUND.per_lon[0])
FIXES = 361  # an hour, one each 10 s
PLAN = replace(default_plan(COUNTY, DAY), criteria=Criteria(min_coverage=0.05, min_minutes=59, min_confidence=0.1))


def drift(noise_m: float, chance: Random) -> list[tuple[float, float]]:
    """Errors as they are: 68 % within `noise_m`, wandering over some fifteen fixes instead of leaping at each."""
    leaps = np.array([[chance.gauss(0, 1) for _ in range(FIXES + 14)] for _ in "xy"])
    smooth = np.array([np.convolve(axis, np.ones(15) / np.sqrt(15), "valid") for axis in leaps])
    return [(x, y) for x, y in (smooth * noise_m / 1.51).T.tolist()]


def walked(outside_m: float, errors: list[tuple[float, float]]) -> RoundResult:
    """To and fro for an hour along a line so far outside the eastern border."""
    book = DayBook(DAY, GROUND, [GridDay(code=GRID, plan=PLAN, windows=ROUNDS, walkers=(1,))],
                   on_leave=frozenset(), is_on_duty=lambda _worker, _at_ms: True)  # fmt: skip
    book.finish_refold([1], book.prepare(book.begin_refold(1), []))
    way = [abs((12 * n + 220) % 880 - 440) - 220 for n in range(FIXES)]
    track = [fix(10 * n, EDGE_X + outside_m + x, way[n] + y) for n, (x, y) in enumerate(errors)]
    for begin in range(0, FIXES, 12):
        book.note([segment(1, track[begin : begin + 12])])
        book.advance(1000)
    return book.result(book.at[GRID, 1], MORNING.ends_ms)


STRAIGHT = [(0.0, 0.0)] * FIXES


@pytest.mark.parametrize(
    ("noise_m", "outside_m"), [(5, -10), (5, 0), (5, 10), (10, -10), (10, 0), (10, 10), (15, -10), (15, 0)]
)
def test_drift_across_the_border_takes_nothing_away(noise_m: float, outside_m: float) -> None:
    true = walked(outside_m, STRAIGHT)
    found = walked(outside_m, drift(noise_m, Random(4)))
    assert true.state is found.state is State.DONE
    assert found.minutes == true.minutes
    seen, known = (np.unpackbits(np.frombuffer(one.bitmap, np.uint8)).astype(bool) for one in (found, true))
    assert (seen & known).sum() >= 0.99 * known.sum()


def test_single_fixes_that_err_beyond_the_strip_take_nothing_away() -> None:
    chance = Random(2)
    errors = [(34.0, 0.0) if n % 12 == 5 else (chance.gauss(0, 1), 0.0) for n in range(FIXES)]
    found = walked(0, errors)
    assert (found.state, found.minutes) == (State.DONE, 60.0)


def test_who_walks_beyond_the_strip_is_not_in_the_grid() -> None:
    found = walked(60, drift(10, Random(4)))
    assert (found.state, found.minutes) == (State.MISSED, 0)
