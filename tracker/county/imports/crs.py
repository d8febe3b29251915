"""Coordinates of files into WGS-84 degrees: CGCS2000 in degrees or Gauss-Krüger metres, and the traps of axis and zone.

CGCS2000 and WGS-84 differ by less than a metre here and count as one. Beijing 1954 and Xi'an 1980 do not: their shift
is unpublished and tens of metres large, so they are refused instead of guessed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pyproj
import pyproj.exceptions
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from tracker.errors import BadValue
from tracker.geo.datum import Crs as Datum
from tracker.geo.datum import to_wgs84

_ALLOWED = (
    "wgs84, cgcs2000, gcj02, bd09, or an EPSG code on CGCS2000 or WGS-84: 4490, 4513..4533 (3-degree zone in front "
    "of the easting), 4534..4554 (without)"
)
_NAMED = {"wgs84": Datum.WGS84, "cgcs2000": Datum.WGS84, "gcj02": Datum.GCJ02, "bd09": Datum.BD09}
_MAJOR_AXIS_M = 6_378_137.0
_MILLION = 1_000_000.0
_CHINA_LON, _CHINA_LAT = (72.0, 137.0), (3.0, 55.0)  # a frame to tell axes apart, not a claim

Points = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True)
class Reference:
    """How a file's numbers are meant: degrees in a datum, or metres of a projection."""

    text: str
    datum: Datum = Datum.WGS84
    projected: pyproj.CRS | None = None

    @classmethod
    def parse(cls, text: str) -> Reference:
        """Read a name, an EPSG code (`EPSG:4526`, `4526`) or the WKT of a .prj; raises BadValue (field `crs`)."""
        named = _NAMED.get(re.sub(r"[^a-z0-9]", "", text.lower()))
        if named is not None:
            return cls(text=text, datum=named)
        code = re.fullmatch(r"(?:EPSG:+|urn:ogc:def:crs:EPSG:[^:]*:)?(\d{4,6})", text.strip(), re.IGNORECASE)
        if re.fullmatch(r"urn:ogc:def:crs:OGC:[^:]*:CRS84", text.strip(), re.IGNORECASE):
            return cls(text=text)
        try:
            crs = pyproj.CRS.from_epsg(int(code[1])) if code else pyproj.CRS.from_wkt(text)
        except pyproj.exceptions.CRSError:
            raise BadValue(field="crs", value=text, allowed=_ALLOWED) from None
        return cls._of(text, crs)

    @classmethod
    def _of(cls, text: str, crs: pyproj.CRS) -> Reference:
        ellipsoid = crs.ellipsoid
        if ellipsoid is None or abs(ellipsoid.semi_major_metre - _MAJOR_AXIS_M) > 0.5:
            raise BadValue(field="crs", value=crs.name, allowed=_ALLOWED)
        return cls(text=text, projected=crs if crs.is_projected else None)


def to_degrees(
    shapes: list[BaseGeometry | None], declared: Reference | None
) -> tuple[list[BaseGeometry | None], list[str]]:
    """Geometries in WGS-84 degrees, longitude first, and a sentence for each repair; raises BadValue (field `crs`)."""
    column = np.array(shapes, dtype=object)
    points = shapely.get_coordinates(column)
    if not len(points):
        return shapes, []
    if not np.isfinite(points).all():
        raise BadValue(field="boundary", value="nan or infinite", allowed="finite coordinates")
    reference = declared or _guessed(points)
    notes: list[str] = []
    if reference.projected is None:
        degrees = _geographic(points, reference, notes)
    else:
        degrees = _unprojected(points, reference.projected, notes)
    return list(shapely.set_coordinates(shapely.force_2d(column), degrees)), notes


def zone_hint(easting: float) -> str:
    """What an easting with a zone in front of it says about its EPSG code; empty when it says nothing."""
    zone = int(easting // _MILLION)
    return f" (eastings begin with {zone}: EPSG:{4513 + zone - 25}?)" if 25 <= zone <= 45 else ""


def _guessed(points: Points) -> Reference:
    if np.abs(points).max() <= 180:
        return Reference(text="wgs84")
    x = float(np.median(points.max(axis=1)))
    raise BadValue(field="crs", value="not declared", allowed=_ALLOWED + zone_hint(x))


def _geographic(points: Points, reference: Reference, notes: list[str]) -> Points:
    x, y = np.median(points, axis=0)
    if _within(x, _CHINA_LAT) and _within(y, _CHINA_LON):
        notes.append("latitude stood before longitude: swapped")
        points = points[:, ::-1]
    if np.abs(points[:, 0]).max() > 180 or np.abs(points[:, 1]).max() > 90:
        raise BadValue(field="crs", value=f"{x:.1f} {y:.1f}", allowed="degrees, for metres declare their EPSG code")
    lat, lon = to_wgs84(reference.datum, points[:, 1].copy(), points[:, 0].copy())
    return np.column_stack([lon, lat])


def _unprojected(points: Points, crs: pyproj.CRS, notes: list[str]) -> Points:
    if np.abs(points).max() <= 180:
        notes.append("coordinates are degrees although metres are declared: read as degrees")
        return _geographic(points, Reference(text="wgs84"), notes)
    if _is_gauss_krueger(crs):
        x, y = np.median(points, axis=0)
        if _is_northing(x) and _is_easting(y):
            notes.append("northing stood before easting: swapped")
            points = points[:, ::-1]
        points = _with_right_zone(points, crs, notes)
    lon, lat = pyproj.Transformer.from_crs(crs, crs.geodetic_crs, always_xy=True).transform(points[:, 0], points[:, 1])
    if not (np.isfinite(lon).all() and np.isfinite(lat).all()):
        raise BadValue(field="crs", value=crs.name, allowed="coordinates inside the declared projection")
    return np.column_stack([lon, lat])


def _with_right_zone(points: Points, crs: pyproj.CRS, notes: list[str]) -> Points:
    easting = float(np.median(points[:, 0]))
    false_easting, meridian = _parameter(crs, "False easting"), _parameter(crs, "Longitude of natural origin")
    found, declared = int(easting // _MILLION), int(false_easting // _MILLION)
    if found == declared:
        return points
    zones = {int(meridian / 3), int((meridian + 3) / 6)}
    if (declared and found) or (found and found not in zones):
        allowed = f"eastings of {crs.name}, meridian {meridian:g}{zone_hint(easting)}"
        raise BadValue(field="crs", value=f"easting {easting:.0f}", allowed=allowed)
    notes.append(
        f"eastings carry the zone {found}, the declared system does not: taken off"
        if found
        else f"the declared system carries the zone {declared}, eastings do not: put on"
    )
    moved: Points = points + np.array([(declared - found) * _MILLION, 0.0])
    return moved


def _parameter(crs: pyproj.CRS, name: str) -> float:
    operation = crs.coordinate_operation
    return next((float(one.value) for one in operation.params if one.name == name), 0.0) if operation else 0.0


def _is_gauss_krueger(crs: pyproj.CRS) -> bool:
    operation = crs.coordinate_operation
    return operation is not None and operation.method_name == "Transverse Mercator"


def _is_northing(metres: float) -> bool:
    return _MILLION <= metres < 6.5 * _MILLION


def _is_easting(metres: float) -> bool:
    return 0 < metres < _MILLION or 13 * _MILLION <= metres < 46 * _MILLION


def _within(value: float, limits: tuple[float, float]) -> bool:
    return limits[0] <= value <= limits[1]
