"""Which cells beside the known ways a worker really walked: the pure rule behind what is learned from tracks."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import numpy as np

from tracker.geo.cells import CellId, cell_of, center
from tracker.geo.projection import LocalPlane
from tracker.geo.walk import crossed_cells
from tracker.patrol.footsteps import Footsteps, steps_m
from tracker.tracks.model import Flag

ACCURATE_M = 25.0  # half a cell's width: a vaguer fix does not tell which cell it is in
DEEP_M = (
    12.0  # so near to its middle a cell must be crossed: the errors of a phone on the lane beside it do not reach it
)
LONGEST_M = 60.0  # of a leg: a longer one may have gone around what it seems to cross
LONGEST_S = 60.0
FASTEST_MPS = 7 / 3.6  # brisk walking; faster is a bicycle or a car
_UNPROVEN = int(Flag.MOCK | Flag.JUMP | Flag.INACCURATE | Flag.STALE_FIX)

Place = tuple[float, float]  # lat, lon


def walked_cells(track: Footsteps, spans: Sequence[tuple[int, int]], wanted: Collection[int]) -> set[int]:
    """The wanted cells that the track crosses within the spans (Unix ms, the end exclusive), on foot, beyond doubt."""
    found: set[int] = set()
    for start_ms, end_ms in spans:
        found.update(_in_span(track, start_ms, end_ms, wanted))
    return found


def _in_span(track: Footsteps, start_ms: int, end_ms: int, wanted: Collection[int]) -> Iterable[int]:
    sure = (track.accuracy_m <= ACCURATE_M) & ((track.flags & _UNPROVEN) == 0)  # NaN: unknown, not sure
    steps = track.where(sure & (track.t >= start_ms) & (track.t < end_ms))
    if len(steps) < 2:
        return
    metres, seconds = steps_m(steps)
    on_foot = (metres <= LONGEST_M) & (seconds <= LONGEST_S) & (metres <= FASTEST_MPS * np.maximum(seconds, 1.0))
    places = list(zip((steps.lat_e7 / 1e7).tolist(), (steps.lon_e7 / 1e7).tolist(), strict=True))
    is_new = [cell_of(*place) in wanted for place in places]
    for at in np.flatnonzero(on_foot).tolist():
        if is_new[at] or is_new[at + 1]:
            leg = places[at], places[at + 1]
            yield from (cell for cell in crossed_cells(*leg[0], *leg[1]) if cell in wanted and _is_deep(cell, *leg))


def _is_deep(cell: CellId, start: Place, end: Place) -> bool:
    """Whether the leg comes near to the middle of the cell."""
    plane = LocalPlane(*center(cell))  # the middle is (0, 0)
    (x, y), (to_x, to_y) = plane.to_xy(*start), plane.to_xy(*end)
    run_x, run_y = to_x - x, to_y - y
    length2 = run_x * run_x + run_y * run_y
    along = min(1.0, max(0.0, -(x * run_x + y * run_y) / length2)) if length2 else 0.0
    return bool((x + along * run_x) ** 2 + (y + along * run_y) ** 2 <= DEEP_M * DEEP_M)
