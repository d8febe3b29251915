"""Which fine resolution: measures H3 11 and 12 on a county of 4,215 irregular grids (python -m tests.bench.cells)."""

from __future__ import annotations

import sys
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import shapely
from shapely import LineString, MultiPoint, MultiPolygon, box

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # so that it also runs by its path

from tests.bench.figures import Figures, say
from tracker.geo.cells import RESOLUTION, cell_of, cells_of_polygon, center
from tracker.geo.projection import Floats, LocalPlane
from tracker.geo.shapes import area_m2, in_metres, repair
from tracker.geo.walk import crossed_cells, seen_cells

GRIDS = 4215
COUNTY = box(115.08, 36.84, 115.42, 37.142)  # some 1,012 km2 about Weixian
SIGHT_M = 40.0
NOISES_M = (5.0, 10.0, 15.0)
WALKED_GRIDS = 300
RESOLUTIONS = (11, 12)


def main() -> None:
    """Measure both resolutions and print one column for each."""
    random = np.random.default_rng(4215)
    grids = county(random)
    sizes_km2 = np.array([area_m2(grid) for grid in grids]) / 1e6
    say(f"{len(grids)} grids, mean {sizes_km2.mean():.3f} km2, {sizes_km2.min():.3f} to {sizes_km2.max():.3f}")
    columns = [measure(grids, resolution, random) for resolution in RESOLUTIONS]
    for name in columns[0]:
        say(f"{name:58}" + "".join(f"{column[name]:>14.3f}" for column in columns))
    say(f"chosen: {RESOLUTION}")
    figures = Figures("cells")
    for name, value in columns[RESOLUTIONS.index(RESOLUTION)].items():
        figures.add(name, value, "")
    figures.write()


def county(random: np.random.Generator) -> list[MultiPolygon]:
    """Grids as they are drawn: the Voronoi cells of places that keep some distance from each other."""
    west, south, east, north = COUNTY.bounds
    side = int(np.ceil(np.sqrt(GRIDS)))
    at = np.array([(column, row) for column in range(side) for row in range(side)])[:GRIDS]
    places = (at + random.uniform(0.1, 0.9, at.shape)) / (side, GRIDS / side)
    spots = MultiPoint(places * (east - west, north - south) + (west, south))
    return [
        repair(shapely.intersection(cell, COUNTY)) for cell in shapely.voronoi_polygons(spots, extend_to=COUNTY).geoms
    ]


def measure(grids: list[MultiPolygon], resolution: int, random: np.random.Generator) -> dict[str, float]:
    """All figures of one resolution."""
    tracemalloc.start()
    kept = [np.array(sorted(cells_of_polygon(grid, resolution)), np.int64) for grid in grids]
    traced, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    counts = np.array([len(cells) for cells in kept])
    seconds = timed(lambda: [cells_of_polygon(grid, resolution) for grid in grids])
    return {
        "cells of a grid, mean": counts.mean(),
        "cells of a grid, fewest": counts.min(),
        "all grids to cells, s": seconds,
        "all cells as int64 columns, MB": traced / 1e6,
        "latlng_to_cell, us": place_us(resolution, random),
        "exact walk of a 20 m segment, us": walk_us(resolution, random),
        f"seen_cells of a 20 m segment, sight {SIGHT_M:.0f} m, warm, us": seen_us(resolution, random),
        **area_errors(grids, counts, resolution),
        **noise_shares(resolution, random),
        **coverage_errors(grids, kept, resolution, random),
    }


def timed(work: Callable[[], object], rounds: int = 1) -> float:
    start = time.perf_counter()
    for _ in range(rounds):
        work()
    return (time.perf_counter() - start) / rounds


def scattered(count: int, random: np.random.Generator) -> tuple[Floats, Floats]:
    west, south, east, north = COUNTY.bounds
    return random.uniform(south, north, count), random.uniform(west, east, count)


def steps(count: int, random: np.random.Generator, step_m: float = 20.0) -> Floats:
    """Segments of one length in all directions: rows lat1, lon1, lat2, lon2."""
    lat, lon = scattered(count, random)
    plane, turn = LocalPlane(37.0, 115.25), random.uniform(0, 2 * np.pi, count)
    x, y = plane.to_xy(lat, lon)
    return np.array([lat, lon, *plane.to_latlon(x + step_m * np.cos(turn), y + step_m * np.sin(turn))])


def place_us(resolution: int, random: np.random.Generator) -> float:
    lat, lon = (column.tolist() for column in scattered(100_000, random))
    return timed(lambda: [cell_of(a, b, resolution) for a, b in zip(lat, lon, strict=True)]) / 100_000 * 1e6


def walk_us(resolution: int, random: np.random.Generator) -> float:
    rows = steps(10_000, random).T.tolist()
    return timed(lambda: [crossed_cells(a, b, c, d, resolution) for a, b, c, d in rows]) / 10_000 * 1e6


def seen_us(resolution: int, random: np.random.Generator) -> float:
    lat1, lon1, lat2, lon2 = steps(10_000, random)

    def see() -> object:
        return seen_cells(lat1, lon1, lat2, lon2, sight_m=SIGHT_M, resolution=resolution)

    see()
    return timed(see) / 10_000 * 1e6


def area_errors(grids: list[MultiPolygon], counts: Floats, resolution: int) -> dict[str, float]:
    """How far the number of a grid's cells is from its area, in cells' areas taken over the county."""
    areas = np.array([area_m2(grid) for grid in grids])
    errors = np.abs(counts * (areas.sum() / counts.sum()) / areas - 1) * 100
    cell_m2 = areas.sum() / counts.sum()
    return {
        "area of a cell, m2": cell_m2,
        "distance of neighbouring centres, m": np.sqrt(cell_m2 * 2 / np.sqrt(3)),
        "area of a grid by its cells, mean error, %": errors.mean(),
        "area of a grid by its cells, 95th percentile, %": np.percentile(errors, 95),
    }


def noise_shares(resolution: int, random: np.random.Generator) -> dict[str, float]:
    """How often GPS noise alone puts a fix into another cell (noise: 68 % of fixes within so many metres)."""
    plane = LocalPlane(37.0, 115.25)
    lat, lon = scattered(20_000, random)
    true = [cell_of(a, b, resolution) for a, b in zip(lat.tolist(), lon.tolist(), strict=True)]
    shares = {}
    for noise_m in NOISES_M:
        x, y = plane.to_xy(lat, lon) + random.normal(0, noise_m / 1.51, (2, len(lat)))
        moved = zip(*(column.tolist() for column in plane.to_latlon(x, y)), strict=True)
        wrong = sum(cell_of(a, b, resolution) != cell for (a, b), cell in zip(moved, true, strict=True))
        shares[f"fixes in a wrong cell at {noise_m:.0f} m noise, %"] = wrong / len(true) * 100
    return shares


def coverage_errors(
    grids: list[MultiPolygon],
    kept: list[np.ndarray[tuple[int], np.dtype[np.int64]]],
    resolution: int,
    random: np.random.Generator,
) -> dict[str, float]:
    """Seen share of walked grids by cells against the area of the buffered line, in points of a hundred."""
    plain, noisy = [], []
    for at in random.choice(len(grids), WALKED_GRIDS, replace=False):
        plane = LocalPlane(*center(int(kept[at][0])))  # type: ignore[arg-type]
        flat = in_metres(grids[at], plane)
        line = lanes(flat.bounds, random)
        true = shapely.intersection(LineString(line).buffer(SIGHT_M), flat).area / flat.area
        plain.append(abs(seen_share(line, plane, kept[at], resolution) - true) * 100)
        shaken = line + drift(len(line), 10.0, random)
        noisy.append(abs(seen_share(shaken, plane, kept[at], resolution) - true) * 100)
    return {
        "seen share against shapely, mean error, points": float(np.mean(plain)),
        "seen share against shapely, 95th percentile": float(np.percentile(plain, 95)),
        "the same with 10 m of drift, mean error": float(np.mean(noisy)),
        "the same with 10 m of drift, 95th percentile": float(np.percentile(noisy, 95)),
    }


def drift(count: int, noise_m: float, random: np.random.Generator) -> Floats:
    """GPS error as it is: it wanders over some thirty fixes instead of leaping at each; rows x, y in metres."""
    leaps = random.normal(0, 1, (count + 29, 2))
    smooth = np.array([np.convolve(axis, np.ones(30) / np.sqrt(30), "valid") for axis in leaps.T]).T
    return smooth * noise_m / 1.51


def lanes(bounds: tuple[float, ...], random: np.random.Generator) -> Floats:
    """A walk to and fro over about half of a grid, a fix each 10 m: rows x, y in metres."""
    west, south, east, north = bounds
    apart = random.uniform(90, 220)
    turns = [
        (x, y) for at, y in enumerate(np.arange(south, north, apart)) for x in ((west, east), (east, west))[at % 2]
    ]
    walk = LineString(turns)
    return shapely.get_coordinates(walk.segmentize(10.0))


def seen_share(
    line: Floats, plane: LocalPlane, cells: np.ndarray[tuple[int], np.dtype[np.int64]], resolution: int
) -> float:
    lat, lon = plane.to_latlon(line[:, 0], line[:, 1])
    seen = seen_cells(lat[:-1], lon[:-1], lat[1:], lon[1:], sight_m=SIGHT_M, resolution=resolution)
    return float(np.isin(cells, seen).mean())


if __name__ == "__main__":
    main()
