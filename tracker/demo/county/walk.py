"""The net of lanes and tracks that a worker can walk, whole or for one grid."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import shapely

from tracker.demo.county.local import M_PER_LAT, M_PER_LON
from tracker.demo.county.model import Kind, PlanFeature

LonLat = tuple[float, float]


@dataclass(frozen=True, kw_only=True, slots=True)
class WalkEdge:
    """A straight piece of lane between two nodes; `grids` are the codes of the grids on either side."""

    a: int
    b: int
    length_m: float
    use: str  # street, lane or track
    grids: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class WalkNetwork:
    """Nodes as longitude and latitude, and the edges between them by index."""

    nodes: tuple[LonLat, ...]
    edges: tuple[WalkEdge, ...]

    def of_grid(self, grid_code: str) -> WalkNetwork:
        """The part that a worker of that grid patrols; it is connected."""
        kept = [e for e in self.edges if grid_code in e.grids]
        used = sorted({i for e in kept for i in (e.a, e.b)})
        place = {old: new for new, old in enumerate(used)}
        return WalkNetwork(
            nodes=tuple(self.nodes[i] for i in used),
            edges=tuple(
                WalkEdge(a=place[e.a], b=place[e.b], length_m=e.length_m, use=e.use, grids=e.grids) for e in kept
            ),
        )

    def neighbours(self) -> tuple[tuple[tuple[int, float], ...], ...]:
        """For each node the nodes one edge away, with the edge's length in metres."""
        found: list[list[tuple[int, float]]] = [[] for _ in self.nodes]
        for edge in self.edges:
            found[edge.a].append((edge.b, edge.length_m))
            found[edge.b].append((edge.a, edge.length_m))
        return tuple(tuple(f) for f in found)


def walk_network(features: Iterable[PlanFeature]) -> WalkNetwork:
    """The net of one village's plan: its lanes meet where they share a point."""
    index: dict[LonLat, int] = {}
    edges: list[WalkEdge] = []
    for feature in features:
        if feature.kind != Kind.LANE:
            continue
        points = [(x, y) for x, y in shapely.get_coordinates(feature.geometry).tolist()]
        ids = [index.setdefault(p, len(index)) for p in points]
        for a, b, p, q in zip(ids, ids[1:], points, points[1:], strict=False):
            if a != b:
                edges.append(_edge(a, b, length_m(p, q), feature))
    return WalkNetwork(nodes=tuple(index), edges=tuple(edges))


def length_m(p: LonLat, q: LonLat) -> float:
    """Metres between two points of the county."""
    return math.hypot((p[0] - q[0]) * M_PER_LON, (p[1] - q[1]) * M_PER_LAT)


def _edge(a: int, b: int, length: float, feature: PlanFeature) -> WalkEdge:
    props = feature.props
    return WalkEdge(a=a, b=b, length_m=length, use=props["use"], grids=tuple(props["grids"]))
