"""The fences in one piece say what each of them says."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from shapely import box

from tracker.county.raster import E7, Fence
from tracker.county.sheet import FenceSheet

NORTH = Fence(box(115.20, 36.91, 115.215, 36.92), tolerance_m=60)
FENCES = {"a": NORTH, "b": Fence(box(115.21, 36.90, 115.22, 36.912), tolerance_m=60), "c": NORTH}
POINTS = st.lists(
    st.tuples(st.integers(int(36.895 * E7), int(36.925 * E7)), st.integers(int(115.195 * E7), int(115.225 * E7))),
    max_size=8,
)


@given(st.lists(st.tuples(st.sampled_from(["a", "b", "c", "nowhere", ""]), POINTS), max_size=6))
def test_holds_what_the_fences_hold(uploads: list[tuple[str, list[tuple[int, int]]]]) -> None:
    sheet = FenceSheet(FENCES)
    counts = np.array([len(points) for _, points in uploads], np.int64)
    points = np.array([point for _, points in uploads for point in points], np.int64).reshape(-1, 2)
    for _ in range(2):  # the second time every fence is known
        held = sheet.hold([grid for grid, _ in uploads], counts, points[:, 0], points[:, 1])
        assert held.tolist() == [
            FENCES[grid].holds(*point) if grid in FENCES else True for grid, points in uploads for point in points
        ]
