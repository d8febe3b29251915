"""Shapes of areas: read, repaired, measured, labelled and written, in WGS-84 degrees (lon, lat)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import numpy as np
import orjson
import shapely
from shapely import MultiPolygon, Polygon
from shapely.algorithms.polylabel import polylabel
from shapely.geometry.base import BaseGeometry

from tracker.errors import BadValue
from tracker.geo.projection import LocalPlane

Shape = TypeVar("Shape", bound=BaseGeometry)

_DECIMALS = 7  # of a degree: one centimetre
_ALLOWED = "a polygon with an area, longitude first, in WGS-84 degrees"
_LABEL_SHARE = 0.01  # the label may miss the roomiest spot by a hundredth of the shape's width


def repair(shape: BaseGeometry, field: str = "shape") -> MultiPolygon:
    """The polygons of any geometry: valid, flat, outer rings counter-clockwise (RFC 7946).

    Self-crossings are cut, lines and points are dropped. BadValue (with `field`) if no area is left or if the
    coordinates cannot be degrees, as in swapped latitude and longitude of China.
    """
    flat = shapely.force_2d(shape)
    _refuse_foreign_degrees(flat, field)
    valid = flat if flat.is_valid else shapely.make_valid(flat, method="structure", keep_collapsed=False)
    parts = shapely.get_parts(shapely.get_parts([valid]))
    polygons = [part for part in parts if isinstance(part, Polygon) and part.area > 0]
    if not polygons:
        raise BadValue(field=field, value=shape.wkt[:80], allowed=_ALLOWED)
    whole = MultiPolygon([shapely.orient_polygons(part) for part in polygons])
    return whole if whole.is_valid else _joined(polygons)


def _joined(polygons: list[Polygon]) -> MultiPolygon:
    """Parts that share an edge, which the structure method can leave behind, made into one."""
    merged = shapely.union_all(polygons)
    parts = [part for part in shapely.get_parts(merged) if isinstance(part, Polygon)]
    return MultiPolygon([shapely.orient_polygons(part) for part in parts])


def from_wkb(wkb: bytes, field: str = "shape") -> MultiPolygon:
    """Read and repair a shape from WKB; BadValue (with `field`) if it is none."""
    try:
        with np.errstate(invalid="ignore"):  # what is not a number is refused by its own message
            shape = shapely.from_wkb(wkb)
    except shapely.errors.ShapelyError as error:
        raise BadValue(field=field, value=f"{len(wkb)} bytes: {error}", allowed="WKB") from None
    return repair(shape, field)


def to_wkb(shape: MultiPolygon) -> bytes:
    """Little-endian WKB without an SRID, as the database keeps it."""
    return bytes(shapely.to_wkb(shape, byte_order=1, output_dimension=2))


def from_geojson(source: Mapping[str, Any] | str | bytes, field: str = "shape") -> MultiPolygon:
    """Read and repair a GeoJSON geometry, feature or collection; BadValue (with `field`) if it is none."""
    text = source if isinstance(source, str | bytes) else orjson.dumps(source)
    try:
        shape = shapely.from_geojson(text)
    except (shapely.errors.ShapelyError, UnicodeDecodeError) as error:
        raise BadValue(field=field, value=text[:80], allowed=f"GeoJSON ({error})") from None
    return repair(shape, field)


def to_geojson(shape: MultiPolygon) -> dict[str, Any]:
    """A GeoJSON geometry rounded to the centimetre: Polygon where there is one part, else MultiPolygon."""
    rounded = shapely.transform(shape, lambda degrees: np.round(degrees, _DECIMALS))
    single: BaseGeometry = rounded.geoms[0] if len(rounded.geoms) == 1 else rounded
    geometry: dict[str, Any] = orjson.loads(shapely.to_geojson(single))
    return geometry


def plane_of(shape: BaseGeometry) -> LocalPlane:
    """The metric plane about the middle of the shape's bounds."""
    west, south, east, north = shape.bounds
    return LocalPlane((south + north) / 2, (west + east) / 2)


def in_metres(shape: Shape, plane: LocalPlane) -> Shape:
    """The shape in metres of a plane."""
    origin = np.array([plane.lon0, plane.lat0])
    scale = np.array([plane.metres_per_degree_x, plane.metres_per_degree_y])
    return shapely.transform(shape, lambda degrees: (degrees - origin) * scale)


def area_m2(shape: BaseGeometry) -> float:
    """Area in square metres; within 0.01 % of the ellipsoid's for shapes up to a county."""
    return in_metres(shape, plane_of(shape)).area


def length_m(shape: BaseGeometry) -> float:
    """Length of a line, or of a polygon's rings, in metres; within 0.01 % for grids, 0.5 % for a county."""
    return in_metres(shape, plane_of(shape)).length


def label_point(shape: MultiPolygon) -> tuple[float, float]:
    """The place (lat, lon) inside the largest part that is farthest from its edge: where a name fits best."""
    largest = max(shape.geoms, key=lambda part: part.area)
    plane = plane_of(largest)
    flat = in_metres(largest, plane)
    west, south, east, north = flat.bounds
    spot = polylabel(flat, tolerance=max(east - west, north - south) * _LABEL_SHARE)
    return plane.to_latlon(spot.x, spot.y)


def _refuse_foreign_degrees(shape: BaseGeometry, field: str) -> None:
    lon, lat = shapely.get_coordinates(shape).T
    good = (np.abs(lon) <= 180) & (np.abs(lat) <= 90)  # false for what is not a number, too
    if not good.all():
        first = int(np.argmin(good))
        raise BadValue(field=field, value=f"longitude {lon[first]}, latitude {lat[first]}", allowed=_ALLOWED)
