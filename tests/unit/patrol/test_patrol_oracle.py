from __future__ import annotations

from pathlib import Path

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


@pytest.mark.slow
@pytest.mark.parametrize("path", TRACKS, ids=lambda path: path.stem)
@pytest.mark.parametrize("walked", [False, True], ids=["recorded", "walked"])
def test_real_tracks_are_seen_as_the_oracle_sees_them(path: Path, walked: bool) -> None:  # noqa: FBT001  # a case
    fixes: list[Fix] = read_track(path, walked=walked)
    found = compare(fixes, tiles(fixes))
    assert (found.missed, found.invented) == (0, 0)
    assert found.folded or not walked


def test_the_command_says_how_many_cells_differ(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(TRACKS[0])]) == 0
    head, *lines = capsys.readouterr().out.splitlines()
    assert head.split()[-3:] == ["missed", "invented", "on-line"]
    assert [line.split()[-3:-1] for line in lines] == [["0", "0"], ["0", "0"]]
