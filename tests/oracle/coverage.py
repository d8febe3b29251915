"""An independent, slow measure of coverage, and `make oracle FILES="a.gpx b.gpx"` to set it beside the fold.

It shares nothing with the fold but the definition: another projection (azimuthal equidistant of PROJ), the line walked
in steps of 0.5 m, spots at the centres of H3's own finer cells, and shapely's union of buffers. A spot that lies within
5 cm of the sight radius may fall on either side (the samples' sagitta and the two projections differ by millimetres):
it is counted as "on the line". `area_points` sets the share of spots beside that of the cells' area under the union of
buffers: no sampling at all.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import gpxpy
import h3.api.basic_int as h3
import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from tracker.geo.cells import RESOLUTION, cells_of_polygon
from tracker.patrol.fold import fold
from tracker.patrol.ground import GridGround, Ground
from tracker.patrol.model import RoundWindow
from tracker.patrol.steps import decode
from tracker.patrol.walks import NEVER, Walk, Walks
from tracker.tracks.model import Fix, Flag
from tracker.tracks.segment import by_day, pack

SIGHT_M = 40.0
STEP_M = 0.5
ON_THE_LINE_M = 0.05
TILE_DEG = (0.006, 0.005)  # a synthetic grid: some 530 m by 550 m
WALKING_M_S = 1.2
Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What the two say of one track; `missed` and `invented` must be 0."""

    spots: int
    folded: int
    dense: int
    buffered: int
    missed: int
    invented: int
    on_the_line: int
    area_points: float  # of a hundred, by which the share of spots differs from that of the area


def compare(fixes: Sequence[Fix], grids: Sequence[GridGround]) -> Verdict:
    """Fold the fixes of one worker over the grids, and measure the same slowly."""
    return _verdict(_folded(fixes, grids), [_measured(fixes, grid) for grid in grids])


def on_foot(fixes: Iterable[Fix], to_xy: pyproj.Transformer) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    """The legs that count: between consecutive good fixes, at most 90 s and 15 km/h."""
    good = sorted({(one.recorded_at_ms, one.lat_e7, one.lon_e7) for one in fixes if _is_good(one)})
    places = [to_xy.transform(lon / 1e7, lat / 1e7) for _, lat, lon in good]
    legs = []
    for (begin, a), (end, b) in pairwise(zip(good, places, strict=True)):
        took_s = (end[0] - begin[0]) / 1000
        if 0 < took_s <= 90 and np.hypot(b[0] - a[0], b[1] - a[1]) / took_s * 3.6 <= 15:
            legs.append((a, b))
    return legs


def tiles(fixes: Sequence[Fix]) -> list[GridGround]:
    """Square grids, as large as a real one, under all of a track; every cell of them is reachable."""
    wide, high = TILE_DEG
    here = {(one.lon_e7 // round(wide * 1e7), one.lat_e7 // round(high * 1e7)) for one in fixes}
    around = sorted({(column + dx, row + dy) for column, row in here for dx in (-1, 0, 1) for dy in (-1, 0, 1)})
    return [_tile(place, column, row) for place, (column, row) in enumerate(around)]


def read_track(path: Path, *, walked: bool) -> list[Fix]:
    """Fixes of a GPX file; `walked` gives them the times of an even walk instead of their own."""
    points = [
        point
        for track in gpxpy.parse(path.read_text(encoding="utf-8")).tracks
        for part in track.segments
        for point in part.points
    ]
    metres = np.cumsum([0.0, *(a.distance_2d(b) or 0.0 for a, b in pairwise(points))])
    fixes = []
    for point, far in zip(points, metres.tolist(), strict=True):
        own_ms = round(point.time.timestamp() * 1000) if point.time else 0
        at_ms = 1_790_000_000_000 + round(far / WALKING_M_S * 1000) if walked else own_ms
        place = {"lat_e7": round(point.latitude * 1e7), "lon_e7": round(point.longitude * 1e7)}
        fixes.append(Fix(recorded_at_ms=at_ms, **place))
    return fixes


def main(paths: Sequence[str]) -> int:
    """Print a line for each file, as recorded and as walked; 1 when the two disagree anywhere."""
    columns = f"{'fixes':>6} {'spots':>6} {'fold':>6} {'dense':>6} {'buffer':>6} missed invented on-line area"
    sys.stdout.write(f"{'file':34} {'times':9} {columns}\n")
    wrong = 0
    for path in map(Path, paths):
        for walked in (False, True):
            fixes = read_track(path, walked=walked)
            found = compare(fixes, tiles(fixes))
            wrong += found.missed + found.invented
            counts = f"{len(fixes):6} {found.spots:6} {found.folded:6} {found.dense:6} {found.buffered:6}"
            times = "walked" if walked else "recorded"
            verdict = f"{found.missed:6} {found.invented:8} {found.on_the_line:7} {found.area_points:4.2f}"
            sys.stdout.write(f"{path.name:34} {times:9} {counts} {verdict}\n")
    return 1 if wrong else 0


@dataclass(frozen=True, kw_only=True)
class _Measured:
    dense: NDArray[np.bool_]
    buffered: NDArray[np.bool_]
    metres: Floats  # of each spot from the nearest leg
    area_m2: float  # of the cells
    buffered_m2: float  # of it


def _folded(fixes: Sequence[Fix], grids: Sequence[GridGround]) -> list[NDArray[np.bool_]]:
    times = [one.recorded_at_ms for one in fixes]
    span = RoundWindow(ordinal=1, name="all", starts_ms=min(times), ends_ms=max(times) + 1, until_ms=max(times) + 1)
    ground = Ground(grids)
    walks = Walks(ground, [Walk(worker_id=1, grid=place, window=span) for place in range(len(grids))])
    fold(ground, walks, decode((1, day[0].recorded_at_ms, pack(day)) for day in by_day(fixes)))
    return [walks.seen_of(int(row)) < NEVER for row in np.argsort(walks.grid)]


def _measured(fixes: Sequence[Fix], grid: GridGround) -> _Measured:
    west, south, east, north = grid.boundary.bounds
    plane = f"+proj=aeqd +lat_0={(south + north) / 2} +lon_0={(west + east) / 2} +ellps=WGS84"
    to_xy = pyproj.Transformer.from_crs("EPSG:4326", plane, always_xy=True)
    spots = [spot for cell in grid.cells.tolist() for spot in h3.cell_to_children(cell)]
    places = np.array([h3.cell_to_latlng(spot) for spot in spots]).reshape(-1, 2)
    centres = shapely.points(*to_xy.transform(places[:, 1], places[:, 0]))
    ground = shapely.union_all([_hexagon(cell, to_xy) for cell in grid.cells.tolist()])
    reach = shapely.box(*shapely.total_bounds(centres)).buffer(2 * grid.sight_m)
    legs: Any = shapely.linestrings(np.array(on_foot(fixes, to_xy)).reshape(-1, 2, 2))
    legs = legs[shapely.intersects(legs, reach)]
    if not len(legs):
        nothing = np.zeros(len(centres), np.bool_)
        return _Measured(
            dense=nothing, buffered=nothing, metres=np.full(len(centres), np.inf),
            area_m2=ground.area, buffered_m2=0.0,
        )  # fmt: skip
    points: Any = shapely.points(np.concatenate([_sampled(leg) for leg in legs]))
    samples = shapely.STRtree(points)
    dense = np.zeros(len(centres), np.bool_)
    dense[samples.query(centres, predicate="dwithin", distance=grid.sight_m)[0]] = True
    swath = shapely.union_all(shapely.buffer(legs, grid.sight_m, quad_segs=64))
    metres = shapely.distance(centres, shapely.multilinestrings(legs))
    return _Measured(
        dense=dense, buffered=shapely.contains(swath, centres), metres=metres,
        area_m2=ground.area, buffered_m2=shapely.intersection(ground, swath).area,
    )  # fmt: skip


def _verdict(folded: Sequence[NDArray[np.bool_]], measured: Sequence[_Measured]) -> Verdict:
    seen = np.concatenate(folded)
    dense, buffered = (np.concatenate([getattr(one, name) for one in measured]) for name in ("dense", "buffered"))
    metres = np.concatenate([one.metres for one in measured])
    area_m2, buffered_m2 = (sum(getattr(one, name) for one in measured) for name in ("area_m2", "buffered_m2"))
    on_the_line = np.abs(metres - SIGHT_M) <= ON_THE_LINE_M
    return Verdict(
        spots=len(seen),
        folded=int(seen.sum()),
        dense=int(dense.sum()),
        buffered=int(buffered.sum()),
        missed=int((dense & ~seen & ~on_the_line).sum()),
        invented=int((seen & ~dense & ~on_the_line).sum()),
        on_the_line=int(on_the_line.sum()),
        area_points=100 * abs(float(seen.mean()) - buffered_m2 / area_m2),
    )


def _hexagon(cell: int, to_xy: pyproj.Transformer) -> shapely.Polygon:
    return shapely.Polygon([to_xy.transform(lon, lat) for lat, lon in h3.cell_to_boundary(cell)])


def _sampled(leg: shapely.LineString) -> Floats:
    begin, end = shapely.get_coordinates(leg).astype(np.float64)
    count = int(np.ceil(leg.length / STEP_M)) + 1
    walked: Floats = begin + np.linspace(0, 1, count)[:, None] * (end - begin)
    return walked


def _tile(place: int, column: int, row: int) -> GridGround:
    wide, high = TILE_DEG
    boundary = shapely.box(column * wide, row * high, (column + 1) * wide, (row + 1) * high)
    cells = np.array(sorted(cells_of_polygon(boundary, RESOLUTION)), np.int64)
    return GridGround(code=f"130533100201{place:03d}", boundary=boundary, cells=cells, sight_m=SIGHT_M)


def _is_good(one: Fix) -> bool:
    accurate = one.accuracy_dm is None or one.accuracy_dm <= 500
    return accurate and not one.flags & (Flag.JUMP | Flag.MOCK | Flag.STALE_FIX)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or [str(one) for one in sorted(Path("tests/data/tracks").glob("*.gpx"))]))
