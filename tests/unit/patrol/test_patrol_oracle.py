from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.oracle.coverage import compare, main, read_track, tiles
from tests.unit.patrol.patrol_house import IRREGULAR, fix, grid_ground
from tracker.tracks.model import Fix

TRACKS = sorted(Path("tests/data/tracks").glob("*.gpx"))
stride = st.tuples(st.sampled_from([1, 5, 10, 45, 90, 91]), st.floats(-90, 90), st.floats(-90, 90))


@settings(max_examples=60, deadline=None)
@given(st.floats(-250, 250), st.floats(-250, 250), st.lists(stride, max_size=25))
def test_made_up_tracks_are_seen_as_the_oracle_sees_them(
    x: float, y: float, strides: list[tuple[int, float, float]]
) -> None:
    at_s, fixes = 0, [fix(0, x, y)]
    for took, run_x, run_y in strides:
        at_s, x, y = at_s + took, x + run_x, y + run_y
        fixes.append(fix(at_s, x, y))
    found = compare(fixes, [grid_ground(boundary=IRREGULAR, points=False)])
    assert (found.missed, found.invented) == (0, 0)
    assert abs(found.folded - found.buffered) <= 0.01 * found.buffered + found.on_the_line
    assert found.area_points <= 1  # of the reachable ground, by shapely's union of buffers


@pytest.mark.slow
@pytest.mark.parametrize("path", TRACKS, ids=lambda path: path.stem)
@pytest.mark.parametrize("walked", [False, True], ids=["recorded", "walked"])
def test_real_tracks_are_seen_as_the_oracle_sees_them(path: Path, walked: bool) -> None:  # noqa: FBT001  # a case
    fixes: list[Fix] = read_track(path, walked=walked)
    found = compare(fixes, tiles(fixes))
    assert (found.missed, found.invented) == (0, 0)
    assert found.folded or not walked
    assert found.area_points <= 1


def test_the_command_says_how_many_cells_differ(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(TRACKS[0])]) == 0
    head, *lines = capsys.readouterr().out.splitlines()
    assert head.split()[-4:] == ["missed", "invented", "on-line", "area"]
    assert [line.split()[-4:-2] for line in lines] == [["0", "0"], ["0", "0"]]


def test_the_share_of_a_walked_grid_is_that_of_the_area() -> None:
    """Where cells' centres alone were 1.6 points off on the average, and 8 at worst (docs/patrol.md)."""
    for apart_m in (70, 95, 120, 150, 190):
        lanes = list(range(-280, 281, apart_m))
        ways = [(x, y) for at, y in enumerate(lanes) for x in ((-230, 230), (230, -230))[at % 2]]
        points = [one for begin, end in pairwise(ways) for one in _between(begin, end)]
        found = compare([fix(10 * n, x, y) for n, (x, y) in enumerate(points)], [grid_ground(points=False)])
        assert (found.missed, found.invented) == (0, 0)
        assert found.area_points < 0.5


def _between(begin: tuple[float, float], end: tuple[float, float]) -> list[tuple[float, float]]:
    share = np.linspace(0, 1, max(2, int(np.hypot(end[0] - begin[0], end[1] - begin[1]) / 15)))
    return [(begin[0] + one * (end[0] - begin[0]), begin[1] + one * (end[1] - begin[1])) for one in share.tolist()]
