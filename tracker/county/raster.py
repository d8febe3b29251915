"""Where a point lies, by a raster of small pixels: certain pixels answer at once, pixels on a border ask the polygon.

A raster of degrees was chosen over a map of hexagons because a look-up is two integer divisions and one read
(hexagons cost the cell's computation first), and because its answers are exact: they equal the polygons' own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import shapely
from numpy.typing import NDArray

from tracker.county.model import Boundary
from tracker.geo.projection import metres_per_degree

E7 = 10_000_000
STEP_E7 = 2000  # side of a pixel: 22 m of latitude, 18 m of longitude at 37 degrees
_MAX_PIXELS = 60_000_000  # a county of 150 km by 150 km; larger ones get larger pixels
_REACH = 0.75  # half the diagonal of a pixel (0.707), and what the round corners of a buffer lose
_CORNER_SEGMENTS = 4  # of a buffer by _REACH; they lose 2 % of it

Mask = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True, slots=True)
class Frame:
    """A raster's place: its south-west corner and pixel side in degrees x 1e7, its rows (north) and columns (east)."""

    south_e7: int
    west_e7: int
    step_e7: int
    rows: int
    columns: int

    @classmethod
    def around(cls, bounds: Sequence[float], *, margin_e7: int = 0) -> Self:
        """The frame of (west, south, east, north) in degrees, with a margin and two spare pixels at each side."""
        step = STEP_E7
        while True:
            pad = margin_e7 + 2 * step
            west, south = (int(edge * E7) - pad for edge in bounds[:2])
            columns, rows = ((int(bounds[i + 2] * E7) + pad - low) // step + 1 for i, low in ((0, west), (1, south)))
            if rows * columns <= _MAX_PIXELS:
                return cls(south_e7=south, west_e7=west, step_e7=step, rows=rows, columns=columns)
            step *= 2

    def to_pixels(self, shape: Any) -> Any:
        """The geometry (degrees) in this frame's pixel units."""

        def moved(points: NDArray[np.float64]) -> NDArray[np.float64]:
            return (points * E7 - (self.west_e7, self.south_e7)) / self.step_e7

        return shapely.transform(shape, moved)


def certain_and_possible(shape: Boundary, frame: Frame) -> tuple[tuple[slice, slice], Mask, Mask]:
    """For a geometry in pixel units: a window of the frame, the pixels wholly inside, and those inside or touched."""
    larger = shape.buffer(_REACH, quad_segs=_CORNER_SEGMENTS)
    west, south, east, north = (int(edge) for edge in larger.bounds)
    rows = slice(max(south, 0), min(north + 1, frame.rows))
    columns = slice(max(west, 0), min(east + 1, frame.columns))
    smaller = shape.buffer(-_REACH, quad_segs=_CORNER_SEGMENTS)
    return (rows, columns), _filled(smaller, rows, columns), _filled(larger, rows, columns)


def _filled(shape: Any, rows: slice, columns: slice) -> Mask:
    """Pixels of the window whose centre lies inside, by counting the edges west of it (even-odd rule)."""
    height, width = rows.stop - rows.start, columns.stop - columns.start
    turns = np.zeros((height, width + 1), np.int32)
    for ring in _rings(shape):
        x0, y0 = ring[:-1].T - [[columns.start + 0.5], [rows.start + 0.5]]
        x1, y1 = ring[1:].T - [[columns.start + 0.5], [rows.start + 0.5]]
        low, high = np.minimum(y0, y1), np.maximum(y0, y1)
        first = np.clip(np.ceil(low), 0, height).astype(np.int64)
        count = np.maximum(np.clip(np.ceil(high), 0, height).astype(np.int64) - first, 0)
        edge = np.repeat(np.arange(len(count)), count)
        row = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count) + first[edge]
        x = x0[edge] + (row - y0[edge]) * (x1[edge] - x0[edge]) / (y1[edge] - y0[edge])
        np.add.at(turns, (row, np.clip(np.ceil(x), 0, width).astype(np.int64)), 1)
    inside: Mask = (np.cumsum(turns, axis=1)[:, :-1] & 1).astype(bool)
    return inside


def _rings(shape: Any) -> list[NDArray[np.float64]]:
    return [shapely.get_coordinates(ring) for part in shapely.get_parts(shape) for ring in shapely.get_rings(part)]


class Locator:
    """Which of many areas a point lies in: the first in the given order whose polygon has it inside or on its edge."""

    def __init__(self, codes: Sequence[str], shapes: Sequence[Boundary]) -> None:
        self._codes = list(codes)
        self._shapes = list(shapes)
        shapely.prepare(self._shapes)
        self._frame = Frame.around(shapely.total_bounds(self._shapes).tolist() if self._shapes else (0, 0, 0, 0))
        # Values of the raster index this table: nobody, then each area for certain, then sets of candidates.
        self._choices: list[tuple[int, ...]] = [(), *((index,) for index in range(len(self._shapes)))]
        self._pixels = memoryview(self._drawn().tobytes()).cast("I")

    @property
    def bytes_held(self) -> int:
        """Memory of the raster."""
        return self._pixels.nbytes

    def find(self, lat_e7: int, lon_e7: int) -> str | None:
        """The code of the area at a point in degrees x 1e7; None outside all."""
        frame = self._frame
        row = (lat_e7 - frame.south_e7) // frame.step_e7
        column = (lon_e7 - frame.west_e7) // frame.step_e7
        if not (0 <= row < frame.rows and 0 <= column < frame.columns):
            return None
        value = self._pixels[row * frame.columns + column]
        if value <= len(self._codes):
            return self._codes[value - 1] if value else None
        for index in self._choices[value]:
            if shapely.intersects_xy(self._shapes[index], lon_e7 / E7, lat_e7 / E7):
                return self._codes[index]
        return None

    def _drawn(self) -> NDArray[np.uint32]:
        pixels = np.zeros((self._frame.rows, self._frame.columns), np.uint32)
        known: dict[tuple[int, ...], int] = {}
        for index, shape in enumerate(self._frame.to_pixels(np.array(self._shapes, object))):
            window, certain, possible = certain_and_possible(shape, self._frame)
            part = pixels[window]
            part[certain & (part == 0)] = index + 1
            self._add_candidate(part, possible & (part != index + 1), index, known)
        return pixels

    def _add_candidate(
        self, part: NDArray[np.uint32], where: Mask, index: int, known: dict[tuple[int, ...], int]
    ) -> None:
        before = part[where]
        after = before.copy()
        for value in np.unique(before).tolist():
            candidates = (*self._choices[value], index)
            if candidates not in known:  # a border's lone candidate is not the same as the area for certain
                known[candidates] = len(self._choices)
                self._choices.append(candidates)
            after[before == value] = known[candidates]
        part[where] = after


class Fence:
    """Whether a point lies in one area or within a tolerance of it."""

    __slots__ = ("_columns", "_pixels", "_rows", "_scale", "_shape_m", "_south", "_step", "_tolerance_m", "_west")

    def __init__(self, shape: Boundary, *, tolerance_m: float) -> None:
        west, south, east, north = shape.bounds
        per_lon, per_lat = metres_per_degree((south + north) / 2)
        self._scale = np.array([per_lon, per_lat])
        self._tolerance_m = tolerance_m
        self._shape_m = shapely.transform(shape, lambda points: points * self._scale)
        shapely.prepare(self._shape_m)
        margin_e7 = int(tolerance_m / per_lon * E7) + 1
        frame = Frame.around((west, south, east, north), margin_e7=margin_e7)
        self._south, self._west, self._step = frame.south_e7, frame.west_e7, frame.step_e7
        self._rows, self._columns = frame.rows, frame.columns
        wider_m = self._shape_m.buffer(tolerance_m, quad_segs=16)
        wider = frame.to_pixels(shapely.transform(wider_m, lambda points: points / self._scale))
        self._pixels = self._drawn(wider, frame)

    @property
    def bytes_held(self) -> int:
        """Memory of the raster."""
        return len(self._pixels)

    @property
    def frame(self) -> tuple[int, int, int, int, int]:
        """South, west, step (degrees x 1e7), rows and columns of the raster."""
        return self._south, self._west, self._step, self._rows, self._columns

    @property
    def pixels(self) -> bytes:
        """The raster, row by row from the south: 0 outside, 1 inside, 2 to be asked by `holds`."""
        return self._pixels

    def holds(self, lat_e7: int, lon_e7: int) -> bool:
        """Say whether the point (degrees x 1e7) is inside or within the tolerance."""
        row = (lat_e7 - self._south) // self._step
        column = (lon_e7 - self._west) // self._step
        if not (0 <= row < self._rows and 0 <= column < self._columns):
            return False
        value = self._pixels[row * self._columns + column]
        return value == 1 or (value == 2 and self._asked(lat_e7, lon_e7))

    def _asked(self, lat_e7: int, lon_e7: int) -> bool:
        x, y = lon_e7 / E7 * self._scale[0], lat_e7 / E7 * self._scale[1]
        return bool(shapely.dwithin(self._shape_m, shapely.Point(x, y), self._tolerance_m))

    @staticmethod
    def _drawn(wider: Boundary, frame: Frame) -> bytes:
        pixels = np.zeros((frame.rows, frame.columns), np.uint8)
        window, certain, possible = certain_and_possible(wider, frame)
        pixels[window] = np.where(certain, 1, np.where(possible, 2, 0))
        return pixels.tobytes()
