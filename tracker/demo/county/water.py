"""Rivers and canals of the county: they follow village borders, so that no house stands in the water."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import shapely

from tracker.demo.county.frame import CountyFrame
from tracker.demo.county.local import Floats, to_degrees
from tracker.demo.county.model import Kind, PlanFeature
from tracker.demo.county.paths import Graph, tree, way

# name, use, width in metres, bearing of the mouth from the county's middle (degrees, counter-clockwise from
# east), and how far left of the middle the course runs as a share of the county's reach
COURSES = (
    ("沙河", "river", 46.0, 38.0, -0.42),
    ("东风渠", "canal", 20.0, 97.0, 0.30),
    ("民生渠", "canal", 15.0, 172.0, -0.48),
)


def draw_water(rng: np.random.Generator, frame: CountyFrame) -> Iterator[PlanFeature]:
    """Surfaces of the river and the canals; a small county has one canal."""
    courses = COURSES if len(frame.cells) > 60 else COURSES[1:2]
    graph, spots = _graph(rng, frame)
    for name, use, width, bearing, left in courses:
        line = _course(graph, spots, math.radians(bearing + float(rng.uniform(-8, 8))), left)
        yield PlanFeature(
            village_code=None,
            kind=Kind.WATER,
            name=name,
            props={"use": use, "width_m": width},
            geometry=shapely.transform(shapely.LineString(line).buffer(width / 2, quad_segs=2), to_degrees),
        )


def _graph(rng: np.random.Generator, frame: CountyFrame) -> tuple[Graph, dict[int, Floats]]:
    """Corners joined by the inner borders, each a little cheaper or dearer than its length."""
    graph: dict[int, list[tuple[int, float]]] = {}
    spots: dict[int, Floats] = {}
    for a, b in sorted(frame.shared.values()):
        chain = frame.edges[a, b]
        spots[a], spots[b] = chain[0], chain[-1]
        cost = math.dist(chain[0], chain[-1]) * float(rng.uniform(0.75, 1.3))
        graph.setdefault(a, []).append((b, cost))
        graph.setdefault(b, []).append((a, cost))
    return graph, spots


def _course(graph: Graph, spots: dict[int, Floats], bearing: float, left: float) -> Floats:
    """From one side of the county to the other, with the corners rounded off."""
    ahead = np.array([math.cos(bearing), math.sin(bearing)])
    aside = np.array([-ahead[1], ahead[0]])
    reach = max(float(np.hypot(*s)) for s in spots.values())
    along = {c: float(s @ ahead) for c, s in spots.items()}
    off = {c: 0.9 * abs(float(s @ aside) - left * reach) for c, s in spots.items()}
    mouth = max(spots, key=lambda c: along[c] - off[c])
    source = min(spots, key=lambda c: along[c] + off[c])
    route = np.array([spots[c] for c in way(tree(graph, [source]), mouth)])
    middles = (route[1:] + route[:-1]) / 2
    line = np.vstack([route[:1], middles, route[-1:]])
    for _ in range(3):
        line = _chaikin(line)
    return line


def _chaikin(line: Floats) -> Floats:
    cut = np.empty((2 * len(line) - 2, 2))
    cut[0::2] = 0.75 * line[:-1] + 0.25 * line[1:]
    cut[1::2] = 0.25 * line[:-1] + 0.75 * line[1:]
    return np.vstack([line[:1], cut, line[-1:]])
