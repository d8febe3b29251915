"""Metres around the county's middle and inside a village's own turned frame, and the way back to degrees."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

LON0, LAT0 = 115.27, 36.97
M_PER_LON = 89_042.0  # one degree of longitude on the ellipsoid at 36.97 N
M_PER_LAT = 110_982.0  # one degree of latitude there
DECIMALS = 7  # stored precision, about one centimetre

Floats = NDArray[np.float64]
Geometries = NDArray[np.object_]
Point = tuple[float, float]


def to_degrees(metres: Floats) -> Floats:
    """(n, 2) east and north metres to longitude and latitude, rounded to the stored precision."""
    return np.round(metres / (M_PER_LON, M_PER_LAT) + (LON0, LAT0), DECIMALS)


def to_metres(degrees: Floats) -> Floats:
    """(n, 2) longitude and latitude to east and north metres."""
    return (degrees - (LON0, LAT0)) * (M_PER_LON, M_PER_LAT)


@dataclass(frozen=True, kw_only=True, slots=True)
class Frame:
    """A village's own axes: origin in county metres, x along the main street, turned by `angle` radians."""

    x: float
    y: float
    angle: float

    def inside(self, metres: Floats) -> Floats:
        """County metres to this frame."""
        return (metres - (self.x, self.y)) @ self._turn()

    def degrees(self, local: Floats) -> Floats:
        """Points of this frame to longitude and latitude."""
        return to_degrees(local @ self._turn().T + (self.x, self.y))

    def drawn(self, shapes: Geometries) -> Geometries:
        """Shapes of this frame as shapes in degrees."""
        moved: Geometries = shapely.transform(shapes, self.degrees)
        return moved

    def _turn(self) -> Floats:
        cos, sin = math.cos(self.angle), math.sin(self.angle)
        return np.array([[cos, -sin], [sin, cos]])
