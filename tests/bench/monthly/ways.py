"""The ways that people of a grid walk: long true paths of the demo's Person over the grid's lanes, kept to be cut."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from tracker.demo.county.model import DemoCounty, Kind
from tracker.demo.walkers.lanes import Frame, Lanes, lanes_of_grid
from tracker.demo.walkers.person import Person
from tracker.geo.cells import CellId, center, children
from tracker.geo.projection import Floats

WAYS = 3  # of each grid; pace, pauses and the phone's errors differ every day
SPACING_M = 5.0
STEP_S = 5.0
STEPS = 3000  # a bit over four hours with the rests, which are cut out
SIGHT_M = 40.0
OUTSIDE_M = 60.0  # how far beyond the border people live, so that standing at home is not patrolling


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Way:
    """A true path that begins at home, a point each SPACING_M, and when it first sees each spot, in metres."""

    x: NDArray[np.float32]
    y: NDArray[np.float32]
    seen_m: Floats  # by spot; inf: never

    @property
    def length_m(self) -> float:
        """Length of all of it."""
        return (len(self.x) - 1) * SPACING_M

    def at(self, along_m: Floats) -> tuple[Floats, Floats]:
        """Places at these metres of the way."""
        place = np.clip(along_m, 0.0, self.length_m) / SPACING_M
        low = np.minimum(place.astype(np.int64), len(self.x) - 2)
        share = place - low
        x = self.x[low] + share * (self.x[low + 1] - self.x[low])
        return x, self.y[low] + share * (self.y[low + 1] - self.y[low])

    def metres_to(self, share: float) -> float:
        """How far one must go to see that share of the spots, or as much of it as the way shows at all."""
        seen = np.sort(self.seen_m[np.isfinite(self.seen_m)])
        wanted = int(np.ceil(share * len(self.seen_m)))
        return float(seen[min(wanted, len(seen)) - 1])


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class GridWays:
    """One grid: its frame, the spots of its cells in it (seven each, as coverage is counted), and the ways."""

    frame: Frame
    spot_x: Floats
    spot_y: Floats
    ways: tuple[Way, ...]

    def to_e7(self, x: Floats, y: Floats) -> tuple[Any, Any]:
        """Degrees x 1e7 of places in the frame."""
        lat0, lon0 = self.frame.to_degrees((0.0, 0.0))
        lat1, lon1 = self.frame.to_degrees((1000.0, 1000.0))
        lat, lon = lat0 + y * (lat1 - lat0) / 1000, lon0 + x * (lon1 - lon0) / 1000
        return np.round(lat * 1e7).astype(np.int32), np.round(lon * 1e7).astype(np.int32)

    def seen_from(self, x: tuple[float, float], y: tuple[float, float]) -> NDArray[np.bool_]:
        """The spots within sight of a straight leg: the definition itself, without any of the program's code."""
        run_x, run_y = x[1] - x[0], y[1] - y[0]
        squared = max(run_x * run_x + run_y * run_y, 1e-9)
        along = np.clip(((self.spot_x - x[0]) * run_x + (self.spot_y - y[0]) * run_y) / squared, 0.0, 1.0)
        off_x, off_y = self.spot_x - x[0] - along * run_x, self.spot_y - y[0] - along * run_y
        near: NDArray[np.bool_] = off_x * off_x + off_y * off_y <= SIGHT_M * SIGHT_M
        return near


def lanes_by_grid(county: DemoCounty) -> dict[str, list[dict[str, Any]]]:
    """The lanes of each grid as GeoJSON features, as the walkers read them from the server."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for one in county.features:
        if one.kind == Kind.LANE:
            line = {"type": "LineString", "coordinates": shapely.get_coordinates(one.geometry).tolist()}
            for code in one.props.get("grids", ()):
                found[code].append({"properties": {"grids": [code]}, "geometry": line})
    return found


def grid_ways(code: str, boundary: Any, cells: Sequence[int], features: Sequence[Mapping[str, Any]]) -> GridWays:
    """Walk a grid's lanes a few times; a few milliseconds each."""
    lanes = lanes_of_grid(features, code)
    if lanes is None:
        raise ValueError(f"grid {code} has no lanes")
    spots = [center(spot) for cell in cells for spot in children(CellId(cell))]
    places = np.array([lanes.frame.to_plane(lon, lat) for lat, lon in spots])
    ring = shapely.transform(boundary, lambda points: np.array([lanes.frame.to_plane(*one) for one in points]))
    ways = tuple(_way(lanes, ring, places, int(code[6:]) * WAYS + turn) for turn in range(WAYS))
    return GridWays(frame=lanes.frame, spot_x=places[:, 0].copy(), spot_y=places[:, 1].copy(), ways=ways)


def _way(lanes: Lanes, ring: Any, cells: Floats, seed: int) -> Way:
    person = Person(lanes, Random(seed))  # people, not secrets
    places = [person.place]
    for _ in range(STEPS):
        person.advance(STEP_S)
        if person.moving:
            places.append(person.place)
    corners = np.array([_home(ring, places[0]), *places])
    metres = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(corners, axis=0).T))])
    even = np.arange(0.0, metres[-1], SPACING_M)
    x, y = (np.interp(even, metres, column) for column in corners.T)
    apart = (x[:, None] - cells[:, 0]) ** 2 + (y[:, None] - cells[:, 1]) ** 2 <= SIGHT_M * SIGHT_M
    seen = np.where(apart.any(axis=0), apart.argmax(axis=0) * SPACING_M, np.inf)
    return Way(x=x.astype(np.float32), y=y.astype(np.float32), seen_m=seen)


def _home(ring: Any, start: tuple[float, float]) -> tuple[float, float]:
    """From the first corner straight away from the grid's middle until well outside."""
    middle = shapely.centroid(ring)
    away = np.array(start) - (middle.x, middle.y)
    towards = away / max(float(np.hypot(*away)), 1e-9) if np.hypot(*away) > 1 else np.array([1.0, 0.0])
    steps = np.array(start) + towards * np.arange(0, 4000, 20.0)[:, None]
    far = shapely.distance(ring, shapely.points(steps)) > OUTSIDE_M
    east, north = steps[int(np.argmax(far))].tolist()
    return east, north
