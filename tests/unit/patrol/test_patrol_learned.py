from __future__ import annotations

import pytest

from tests.unit.patrol.patrol_house import LAT, LON, MORNING, box, fix, segment
from tracker.geo.cells import cell_of, cells_of_polygon, center
from tracker.patrol.footsteps import Footsteps, footsteps
from tracker.patrol.ground import plane_of
from tracker.patrol.learned import walked_cells
from tracker.tracks.model import Fix, Flag

SPANS = [(MORNING.starts_ms, MORNING.ends_ms)]
GROUND = {int(cell) for cell in cells_of_polygon(box())}
MIDDLE = cell_of(LAT, LON)
X, Y = plane_of(box()).to_xy(*center(MIDDLE))  # metres of the middle of a cell


def track(*fixes: Fix) -> Footsteps:
    worker, started_ms, data = segment(1, list(fixes))
    return footsteps(worker, [(started_ms, data)])


def through(off_m: float = 0.0, *, every_s: float = 10, accuracy_dm: int | None = 80, flags: int = 0) -> Footsteps:
    """A walk from west to east, `off_m` beside the middle of a cell, twelve metres each step."""
    steps = [
        fix(every_s * n, X - 60 + 12 * n, Y + off_m, accuracy_dm=accuracy_dm, flags=flags) for n in range(11)
    ]  # fmt: skip
    return track(*steps)


def test_a_walk_through_the_middle_of_cells_is_learned() -> None:
    found = walked_cells(through(), SPANS, GROUND)
    assert MIDDLE in found
    assert found <= GROUND


def test_known_cells_are_not_learned_again() -> None:
    assert MIDDLE not in walked_cells(through(), SPANS, GROUND - {MIDDLE})


def test_a_cell_that_is_only_clipped_at_its_edge_is_not_learned() -> None:
    assert MIDDLE not in walked_cells(through(20.0), SPANS, GROUND)


@pytest.mark.parametrize(
    "doubtful",
    [
        through(accuracy_dm=400),
        through(accuracy_dm=None),
        through(flags=int(Flag.MOCK)),
        through(every_s=3),  # 14 km/h: a bicycle
        through(every_s=120),  # where between two fixes nobody knows
    ],
)
def test_what_is_vague_made_up_driven_or_broken_proves_nothing(doubtful: Footsteps) -> None:
    assert walked_cells(doubtful, SPANS, GROUND) == set()


def test_only_the_accepted_rounds_count() -> None:
    later = [(MORNING.ends_ms, MORNING.until_ms)]
    assert walked_cells(through(), later, GROUND) == set()
