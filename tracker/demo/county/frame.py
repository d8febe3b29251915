"""The county's frame: relaxed village cells with natural shared borders, grouped into townships."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import shapely

from tracker.demo.county.local import Floats, to_degrees
from tracker.demo.county.townships import TOWNSHIPS, Township

COUNTY_AREA_M2 = 1_000e6
COUNTY_VILLAGES = 522
CELL_AREA_M2 = COUNTY_AREA_M2 / COUNTY_VILLAGES
PITCH_M = math.sqrt(2 * CELL_AREA_M2 / math.sqrt(3))  # of a hexagonal lattice with such cells
SHORT_EDGE_M = 110.0  # shorter edges are merged into one corner
STEP_M = 62.0  # at most this far between two border points

Edge = tuple[int, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class Cell:
    """One village's ground: its border as degrees (closed, clockwise) and its neighbours' indices."""

    ring: Floats
    centre: Floats  # county metres
    neighbours: frozenset[int]
    township: int  # index into Frame.townships


@dataclass(frozen=True, kw_only=True, slots=True)
class CountyFrame:
    """All cells, the townships they belong to, and which cell is each township's seat."""

    cells: tuple[Cell, ...]
    townships: tuple[Township, ...]
    seats: tuple[int, ...]
    edges: dict[Edge, Floats]  # border chains by corner pair, county metres
    shared: dict[Edge, Edge]  # two neighbouring cells (smaller first) to the corners between which they meet


def draw_frame(seed: int, villages: int) -> CountyFrame:
    """Cells and townships of a county with that many villages."""
    rng = np.random.default_rng([seed, 1])
    rings, corners = _merge_short(*_voronoi(_relaxed(rng, villages), villages))
    corners = _scaled(rings, corners, villages)
    edges = _chains(seed, rings, corners)
    shared = _shared(rings)
    neighbours = _neighbours(shared, len(rings))
    centres = np.array([_centroid(corners[list(ring)]) for ring in rings])
    townships = _chosen_townships(villages)
    groups = _grouped(centres, neighbours, townships)
    cells = tuple(
        Cell(
            ring=to_degrees(_border(ring, edges)),
            centre=centres[i],
            neighbours=frozenset(neighbours[i]),
            township=groups[i],
        )
        for i, ring in enumerate(rings)
    )
    return CountyFrame(
        cells=cells,
        townships=townships,
        seats=_seats(centres, groups, len(townships)),
        edges=edges,
        shared=shared,
    )


def _relaxed(rng: np.random.Generator, villages: int) -> Floats:
    """Village points first, then the ring of points outside that closes the county's border."""
    lattice = _lattice(PITCH_M, 27) + rng.normal(0, 0.27 * PITCH_M, (len(_lattice(PITCH_M, 27)), 2))
    theta = np.arctan2(lattice[:, 1], lattice[:, 0])
    reach = np.hypot(*lattice.T) / _outline(rng, theta, min(1.0, villages / 120))
    order = np.argsort(reach)
    kept = order[reach[order] < reach[order[villages - 1]] + 4 * PITCH_M]
    points: Floats = lattice[kept]
    movable = len(points) if villages > COUNTY_VILLAGES // 4 else villages + 12
    for _ in range(2):
        cells = _cells(points)
        middle = shapely.get_coordinates(shapely.centroid(cells))
        near = np.hypot(*(middle - points).T) < PITCH_M
        near[movable:] = False
        points[near] += 0.75 * (middle - points)[near]
    return points


def _lattice(pitch: float, half: int) -> Floats:
    rows, columns = np.mgrid[-half : half + 1, -half : half + 1]
    x = (columns + 0.5 * (rows % 2)) * pitch
    return np.column_stack([x.ravel(), (rows * pitch * math.sqrt(3) / 2).ravel()])


def _outline(rng: np.random.Generator, theta: Floats, rough: float) -> Floats:
    """A county is no circle: a few slow waves, a little wider than high; a small one stays in one piece."""
    wave = 1 + 0.07 * np.cos(2 * theta)
    for order, size in ((2, 0.08), (3, 0.12), (5, 0.07), (7, 0.05)):
        wave += rough * size * np.cos(order * theta + rng.uniform(0, 2 * math.pi))
    return wave


def _cells(points: Floats) -> np.ndarray:
    diagram = shapely.voronoi_polygons(shapely.multipoints(points), ordered=True)
    return shapely.get_parts(diagram)


def _voronoi(points: Floats, villages: int) -> tuple[list[list[int]], Floats]:
    """Each village's corners as indices (clockwise) and where the corners are, in metres."""
    index: dict[tuple[float, float], int] = {}
    rings: list[list[int]] = []
    for cell in shapely.orient_polygons(_cells(points)[:villages], exterior_cw=True):
        spots = np.round(shapely.get_coordinates(cell)[:-1], 2).tolist()
        ring = [index.setdefault((x, y), len(index)) for x, y in spots]
        rings.append([c for k, c in enumerate(ring) if c != ring[k - 1]])
    return rings, np.array(list(index))


def _merge_short(rings: list[list[int]], corners: Floats) -> tuple[list[list[int]], Floats]:
    """Four villages meet where two corners were almost one."""
    root = list(range(len(corners)))
    for a, b in _pairs(rings):
        if math.dist(corners[a], corners[b]) < SHORT_EDGE_M and root[a] == a and root[b] == b:
            root[b] = a
            corners[a] = (corners[a] + corners[b]) / 2
    merged = [[root[c] for c in ring] for ring in rings]
    return [[c for k, c in enumerate(ring) if c != ring[k - 1]] for ring in merged], corners


def _pairs(rings: list[list[int]]) -> list[Edge]:
    pairs = {(min(a, b), max(a, b)) for ring in rings for a, b in zip(ring, ring[1:] + ring[:1], strict=True)}
    return sorted(pairs)


def _scaled(rings: list[list[int]], corners: Floats, villages: int) -> Floats:
    polygons = [shapely.Polygon(corners[ring]) for ring in rings]
    scale = math.sqrt(CELL_AREA_M2 * villages / float(shapely.area(polygons).sum()))
    return corners * scale


def _chains(seed: int, rings: list[list[int]], corners: Floats) -> dict[Edge, Floats]:
    """Every edge is drawn once, from a generator of its own, so that both neighbours share each point."""
    return {(a, b): _chain(np.random.default_rng([seed, 2, a, b]), corners[a], corners[b]) for a, b in _pairs(rings)}


def _chain(rng: np.random.Generator, start: Floats, end: Floats) -> Floats:
    """A border from corner to corner: along field edges (with jogs), a ditch (winding) or a road (straight)."""
    length = float(np.hypot(*(end - start)))
    style = rng.random()
    if length < 260 or style < 0.15:
        profile = [(0.0, 0.0), (1.0, 0.0)]
    elif style < 0.45:
        profile = _winding(rng, length)
    else:
        profile = _jogs(rng, length)
    along = (end - start) / length
    across = np.array([-along[1], along[0]])
    points = [start + t * length * along + offset * across for t, offset in profile]
    return _densified(np.array(points))


def _winding(rng: np.random.Generator, length: float) -> list[tuple[float, float]]:
    swing = rng.uniform(8, 26)
    waves = rng.uniform(0.8, 1.8)
    phase = rng.uniform(0, 2 * math.pi)
    ts = np.linspace(0, 1, max(4, round(length / 55)))
    return [(t, swing * math.sin(math.pi * t) * math.sin(2 * math.pi * waves * t + phase)) for t in ts.tolist()]


def _jogs(rng: np.random.Generator, length: float) -> list[tuple[float, float]]:
    """Right-angled steps where one family's field ends and the next begins."""
    count = max(2, round(length / rng.uniform(130, 240)))
    turns = (np.arange(1, count + 1) + rng.uniform(-0.25, 0.25, count)) / (count + 1)
    offsets = [0.0, *rng.uniform(-30, 30, count - 1).tolist(), 0.0]
    profile = [(0.0, 0.0)]
    for k, t in enumerate(turns.tolist()):
        profile += [(t, offsets[k]), (t, offsets[k + 1])]
    return [*profile, (1.0, 0.0)]


def _densified(points: Floats) -> Floats:
    dense = shapely.segmentize(shapely.LineString(points), STEP_M)
    return shapely.get_coordinates(dense)


def _border(ring: list[int], edges: dict[Edge, Floats]) -> Floats:
    parts = []
    for a, b in zip(ring, ring[1:] + ring[:1], strict=True):
        chain = edges[a, b] if a < b else edges[b, a][::-1]
        parts.append(chain[:-1])
    joined = np.vstack(parts)
    return np.vstack([joined, joined[:1]])


def _shared(rings: list[list[int]]) -> dict[Edge, Edge]:
    owners: dict[Edge, list[int]] = {}
    for i, ring in enumerate(rings):
        for a, b in zip(ring, ring[1:] + ring[:1], strict=True):
            owners.setdefault((min(a, b), max(a, b)), []).append(i)
    return {(cells[0], cells[1]): edge for edge, cells in owners.items() if len(cells) == 2}


def _neighbours(shared: dict[Edge, Edge], count: int) -> list[set[int]]:
    found: list[set[int]] = [set() for _ in range(count)]
    for a, b in shared:
        found[a].add(b)
        found[b].add(a)
    return found


def _centroid(corners: Floats) -> Floats:
    middle: Floats = shapely.get_coordinates(shapely.Polygon(corners).centroid)[0]
    return middle


def _chosen_townships(villages: int) -> tuple[Township, ...]:
    """All sixteen for a whole county; the two that the demo tells of for a small one."""
    count = min(len(TOWNSHIPS), max(2 if villages > 3 else 1, round(villages * len(TOWNSHIPS) / COUNTY_VILLAGES)))
    if count == len(TOWNSHIPS):
        return TOWNSHIPS
    told = ("130533106000", "130533101000")
    chosen = sorted(TOWNSHIPS, key=lambda t: (t.code not in told, t.code))[:count]
    return tuple(sorted(chosen, key=lambda t: t.code))


def _grouped(centres: Floats, neighbours: list[set[int]], townships: tuple[Township, ...]) -> list[int]:
    """Each village to its nearest township middle; middles drift; strays join whom they border."""
    places = np.array([[t.east, t.north] for t in townships])
    middle = (places - places.mean(axis=0)) * (np.abs(centres).max(axis=0) * 0.78)
    nearest = np.zeros(len(centres), dtype=np.intp)
    for _ in range(4):
        nearest = np.argmin(np.hypot(*(centres[:, None] - middle[None]).transpose(2, 0, 1)), axis=1)
        for t in range(len(middle)):
            if (nearest == t).any():
                middle[t] = centres[nearest == t].mean(axis=0)
    return _connected([int(t) for t in nearest], neighbours, len(townships))


def _connected(groups: list[int], neighbours: list[set[int]], count: int) -> list[int]:
    for township in range(count):
        parts = _parts([i for i, t in enumerate(groups) if t == township], neighbours)
        for part in sorted(parts, key=len)[:-1]:
            around = [groups[n] for i in part for n in neighbours[i] if groups[n] != township]
            for i in part:
                groups[i] = max(sorted(set(around)), key=around.count)
    return groups


def _parts(members: list[int], neighbours: list[set[int]]) -> list[list[int]]:
    left, parts = set(members), []
    while left:
        queue = [min(left)]
        left.discard(queue[0])
        for i in queue:
            fresh = sorted(neighbours[i] & left)
            left -= set(fresh)
            queue += fresh
        parts.append(queue)
    return parts


def _seats(centres: Floats, groups: list[int], count: int) -> tuple[int, ...]:
    seats = []
    for township in range(count):
        members = np.flatnonzero(np.array(groups) == township)
        middle = centres[members].mean(axis=0)
        seats.append(int(members[np.argmin(np.hypot(*(centres[members] - middle).T))]))
    return tuple(seats)
