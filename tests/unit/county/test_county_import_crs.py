"""Coordinates of files into WGS-84, and the traps of axes and zones."""

from __future__ import annotations

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import box
from shapely.geometry.base import BaseGeometry

from tracker.county.imports.crs import Reference, to_degrees
from tracker.errors import BadValue
from tracker.geo.datum import Crs, from_wgs84

PLACE = box(115.20, 36.90, 115.21, 36.91)


def projected(epsg: int, shape: BaseGeometry = PLACE) -> BaseGeometry:
    forward = pyproj.Transformer.from_crs(4490, epsg, always_xy=True)
    return shapely.transform(shape, lambda p: np.column_stack(forward.transform(p[:, 0], p[:, 1])))


def swapped(shape: BaseGeometry) -> BaseGeometry:
    return shapely.transform(shape, lambda points: points[:, ::-1])


def assert_back(shape: BaseGeometry, declared: str | None) -> list[str]:
    (back,), notes = to_degrees([shape], Reference.parse(declared) if declared else None)
    assert back is not None
    assert shapely.equals_exact(back, PLACE, 1e-9)
    return notes


@pytest.mark.parametrize("declared", [None, "wgs84", "CGCS2000", "EPSG:4490", "4326", "urn:ogc:def:crs:OGC:1.3:CRS84"])
def test_degrees_stay_as_they_are(declared: str | None) -> None:
    assert assert_back(PLACE, declared) == []


@pytest.mark.parametrize("epsg", [4526, 4547, 4509, 4498, 3857])
def test_metres_of_every_zone_come_back(epsg: int) -> None:
    assert assert_back(projected(epsg), f"EPSG:{epsg}") == []


@settings(deadline=None)
@given(st.integers(4513, 4554))
def test_all_three_degree_systems_come_back(epsg: int) -> None:
    zone = 25 + (epsg - 4513) % 21
    here = box(zone * 3, 36, zone * 3 + 0.01, 36.01)
    (back,), notes = to_degrees([projected(epsg, here)], Reference.parse(str(epsg)))
    assert back is not None
    assert shapely.equals_exact(back, here, 1e-9)
    assert notes == []


def test_the_wkt_of_a_prj_is_understood() -> None:
    assert assert_back(projected(4526), pyproj.CRS.from_epsg(4526).to_wkt("WKT1_ESRI")) == []


def test_latitude_before_longitude_is_swapped_and_said() -> None:
    assert "swapped" in assert_back(swapped(PLACE), None)[0]


def test_northing_before_easting_is_swapped_and_said() -> None:
    assert "swapped" in assert_back(swapped(projected(4526)), "4526")[0]
    assert "swapped" in assert_back(swapped(projected(4547)), "4547")[0]


def test_an_undeclared_zone_in_eastings_is_taken_off() -> None:
    assert "zone 38" in assert_back(projected(4526), "4547")[0]


def test_a_declared_zone_missing_in_eastings_is_put_on() -> None:
    assert "zone 38" in assert_back(projected(4547), "4526")[0]


def test_eastings_of_another_zone_are_refused_with_a_hint() -> None:
    with pytest.raises(BadValue, match="EPSG:4526"):
        to_degrees([projected(4526)], Reference.parse("4548"))


def test_undeclared_metres_are_refused_with_a_hint() -> None:
    with pytest.raises(BadValue, match="EPSG:4526"):
        to_degrees([projected(4526)], None)


@pytest.mark.parametrize("epsg", ["2436", "4214", "2362", "4610"])  # Beijing 1954 and Xi'an 1980
def test_old_datums_are_refused(epsg: str) -> None:
    with pytest.raises(BadValue, match="crs"):
        Reference.parse(epsg)


@pytest.mark.parametrize("text", ["mars", "EPSG:999999", "PROJCS[broken"])
def test_unknown_systems_are_refused(text: str) -> None:
    with pytest.raises(BadValue, match="crs"):
        Reference.parse(text)


def test_gcj02_is_shifted_back() -> None:
    lat, lon = from_wgs84(Crs.GCJ02, 36.90, 115.20)
    (back,), _ = to_degrees([shapely.Point(lon, lat)], Reference.parse("gcj02"))
    assert back is not None
    assert back.distance(shapely.Point(115.20, 36.90)) < 1e-8


def test_records_without_geometry_pass_through() -> None:
    assert to_degrees([None, PLACE, None], None) == ([None, PLACE, None], [])
