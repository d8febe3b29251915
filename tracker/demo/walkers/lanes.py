"""The lanes of one grid as a graph that a person can walk."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

Place = tuple[float, float]  # metres east and north of the village's origin
M_PER_LAT = 111_195.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Frame:
    """A flat frame around a village: good to centimetres over its few kilometres."""

    lon0: float
    lat0: float

    def to_plane(self, lon: float, lat: float) -> Place:
        """Metres from the origin."""
        return (lon - self.lon0) * M_PER_LAT * math.cos(math.radians(self.lat0)), (lat - self.lat0) * M_PER_LAT

    def to_degrees(self, place: Place) -> tuple[float, float]:
        """(lat, lon) of a place in the plane."""
        east, north = place
        return self.lat0 + north / M_PER_LAT, self.lon0 + east / (M_PER_LAT * math.cos(math.radians(self.lat0)))


@dataclass(kw_only=True, slots=True)
class Lanes:
    """Nodes and their neighbours; `near[a]` lists the nodes one straight piece of lane away."""

    frame: Frame
    nodes: list[Place] = field(default_factory=list)
    near: list[list[int]] = field(default_factory=list)

    def length_m(self, a: int, b: int) -> float:
        """Length of the piece between two neighbours."""
        return math.dist(self.nodes[a], self.nodes[b])


def lanes_of_grid(features: Iterable[Mapping[str, Any]], grid_code: str) -> Lanes | None:
    """The lanes (GeoJSON LineStrings) that belong to a grid, or None when it has none."""
    lines = [
        feature["geometry"]["coordinates"]
        for feature in features
        if grid_code in feature["properties"].get("grids", ()) and feature["geometry"]["type"] == "LineString"
    ]
    if not lines:
        return None
    lanes = Lanes(frame=Frame(lon0=lines[0][0][0], lat0=lines[0][0][1]))
    index: dict[tuple[float, float], int] = {}
    for line in lines:
        ids = [_node(lanes, index, lon, lat) for lon, lat in line]
        for a, b in pairwise(ids):
            if a != b and b not in lanes.near[a]:
                lanes.near[a].append(b)
                lanes.near[b].append(a)
    return lanes


def _node(lanes: Lanes, index: dict[tuple[float, float], int], lon: float, lat: float) -> int:
    key = (round(lon, 6), round(lat, 6))  # lanes that meet share a point to the decimetre
    if key not in index:
        index[key] = len(lanes.nodes)
        lanes.nodes.append(lanes.frame.to_plane(lon, lat))
        lanes.near.append([])
    return index[key]
