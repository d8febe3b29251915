"""County roads: from the county seat to the towns, from the towns to every village, through their main streets."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence

import numpy as np
import shapely

from tracker.demo.county.frame import CountyFrame
from tracker.demo.county.local import Floats, to_degrees
from tracker.demo.county.model import Kind, PlanFeature
from tracker.demo.county.paths import Graph, tree, way
from tracker.demo.county.townships import Township
from tracker.demo.county.village import Drawn

LINKS_SHARE = 0.22  # of neighbouring villages that a by-road joins besides

Link = tuple[int, int]


def draw_roads(rng: np.random.Generator, frame: CountyFrame, villages: Sequence[Drawn]) -> Iterator[PlanFeature]:
    """County roads (class county), township roads (township) and by-roads (village)."""
    pieces = Pieces(frame, villages)
    graph = _graph(frame)
    hub = frame.seats[0]
    used: set[Link] = set()
    yield from _county_roads(frame, graph, hub, pieces, used)
    joined = {i for link in used for i in link} | set(frame.seats)
    parent = tree(graph, joined)
    for node, before in sorted(parent.items()):
        if node != before:
            used.add(_link(node, before))
            yield _road([pieces.between(node, before)], "township", 6.0, None)
    for link in sorted(frame.shared):
        if link not in used and rng.random() < LINKS_SHARE:
            yield _road([pieces.between(*link)], "village", 4.5, None)


def _county_roads(frame: CountyFrame, graph: Graph, hub: int, pieces: Pieces, used: set[Link]) -> Iterator[PlanFeature]:
    start = frame.townships[0].name
    for seat, township in _nearest_first(frame):
        route = way(tree(_eased(graph, used), [hub]), seat)
        fresh = [step for step in itertools.pairwise(route) if _link(*step) not in used]
        used |= {_link(*step) for step in fresh}
        if fresh:
            yield _road([pieces.between(*s) for s in fresh], "county", 10.0, f"{start[0]}{township.name[0]}线")


def _nearest_first(frame: CountyFrame) -> list[tuple[int, Township]]:
    hub = frame.cells[frame.seats[0]].centre
    pairs = list(zip(frame.seats[1:], frame.townships[1:], strict=True))
    return sorted(pairs, key=lambda pair: math.dist(hub, frame.cells[pair[0]].centre))


def _eased(graph: Graph, used: set[Link]) -> Graph:
    """Where a county road runs already the next one would rather join it."""
    return {
        node: [(other, cost * (0.5 if _link(node, other) in used else 1.0)) for other, cost in near]
        for node, near in graph.items()
    }


class Pieces:
    """The stretch of road between the crossroads of two neighbouring villages."""

    def __init__(self, frame: CountyFrame, villages: Sequence[Drawn]) -> None:
        self._frame, self._villages = frame, villages

    def between(self, a: int, b: int) -> Floats:
        """County metres from a's crossroads over their common border to b's."""
        chain = self._frame.edges[self._frame.shared[_link(a, b)]]
        border = chain[len(chain) // 2]
        out, into = (self._villages[i].way_out(border) for i in (a, b))
        return np.vstack([out, border[None], into[::-1]])


def _link(a: int, b: int) -> Link:
    return (a, b) if a < b else (b, a)


def _graph(frame: CountyFrame) -> dict[int, list[tuple[int, float]]]:
    graph: dict[int, list[tuple[int, float]]] = {}
    for (a, b), corners in frame.shared.items():
        chain = frame.edges[corners]
        length = sum(math.dist(frame.cells[i].centre, chain[len(chain) // 2]) for i in (a, b))
        graph.setdefault(a, []).append((b, length))
        graph.setdefault(b, []).append((a, length))
    return graph


def _road(pieces: Sequence[Floats], road_class: str, width_m: float, name: str | None) -> PlanFeature:
    points = to_degrees(np.vstack(pieces))
    moved = np.concatenate([[True], (np.diff(points, axis=0) != 0).any(axis=1)])
    return PlanFeature(
        village_code=None,
        kind=Kind.ROAD,
        name=name,
        props={"class": road_class, "width_m": width_m},
        geometry=shapely.LineString(points[moved]),
    )
