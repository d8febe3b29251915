"""The local plane against the ellipsoid, distances and bearings."""

from __future__ import annotations

from math import hypot, radians, tan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from tracker.geo.projection import LocalPlane, bearing_deg, haversine_m, metres_per_degree

ELLIPSOID = Geod(ellps="WGS84")
LATS = st.floats(-60, 60)
LONS = st.floats(-170, 170)
STEPS_DEG = st.floats(-0.1, 0.1)


@given(LATS, LONS, STEPS_DEG, STEPS_DEG)
def test_plane_keeps_its_stated_error(lat: float, lon: float, north: float, east: float) -> None:
    plane = LocalPlane(lat, lon)
    x, y = plane.to_xy(lat + north, lon + east)
    true_m = ELLIPSOID.inv(lon, lat, lon + east, lat + north)[2]
    bound = true_m * (abs(y) * tan(radians(abs(lat))) / 6.3e6 + 2e-4 * abs(y) / 1e4) + 1e-3
    assert abs(hypot(x, y) - true_m) <= bound + true_m * 2e-5


def test_ten_kilometres_are_right_within_twelve_metres() -> None:
    plane = LocalPlane(37.0, 115.2)
    lat, lon = plane.to_latlon(7000.0, 7000.0)
    true_m = ELLIPSOID.inv(115.2, 37.0, lon, lat)[2]
    assert abs(true_m - hypot(7000, 7000)) < 12


@given(LATS, LONS, STEPS_DEG, STEPS_DEG)
def test_plane_is_undone(lat: float, lon: float, north: float, east: float) -> None:
    plane = LocalPlane(lat, lon)
    back = plane.to_latlon(*plane.to_xy(lat + north, lon + east))
    assert back == pytest.approx((lat + north, lon + east), abs=1e-11)


def test_columns_agree_with_single_points() -> None:
    plane = LocalPlane(37.0, 115.2)
    lats, lons = np.array([36.9, 37.1]), np.array([115.0, 115.4])
    columns = np.column_stack(plane.to_xy(lats, lons))
    singles = [plane.to_xy(float(lat), float(lon)) for lat, lon in zip(lats, lons, strict=True)]
    np.testing.assert_allclose(columns, singles, rtol=1e-15)


def test_a_degree_is_as_long_as_on_the_ellipsoid() -> None:
    per_lon, per_lat = metres_per_degree(37.0)
    assert per_lon == pytest.approx(ELLIPSOID.inv(115.0, 37.0, 115.001, 37.0)[2] * 1000, rel=1e-6)
    assert per_lat == pytest.approx(ELLIPSOID.inv(115.0, 36.9995, 115.0, 37.0005)[2] * 1000, rel=1e-6)


@given(LATS, LONS, LATS, LONS)
def test_haversine_is_near_the_ellipsoid(lat1: float, lon1: float, lat2: float, lon2: float) -> None:
    true_m = ELLIPSOID.inv(lon1, lat1, lon2, lat2)[2]
    assert haversine_m(lat1, lon1, lat2, lon2) == pytest.approx(true_m, rel=0.006, abs=1e-6)


def test_haversine_reaches_the_antipode() -> None:
    assert haversine_m(0, 0, 0, 180) == pytest.approx(20_015_114, abs=2)


@pytest.mark.parametrize(
    ("to", "expected"),
    [((38.0, 115.0), 0), ((37.0, 115.001), 90), ((36.0, 115.0), 180), ((37.0, 114.999), 270)],
)
def test_bearing_runs_clockwise_from_north(to: tuple[float, float], expected: float) -> None:
    assert bearing_deg(37.0, 115.0, *to) == pytest.approx(expected, abs=0.001)


@given(LATS, LONS, LATS, LONS)
def test_bearing_is_below_a_full_turn(lat1: float, lon1: float, lat2: float, lon2: float) -> None:
    assert 0 <= bearing_deg(lat1, lon1, lat2, lon2) < 360


def test_bearing_just_west_of_north_does_not_round_to_a_full_turn() -> None:
    assert bearing_deg(0.0, 0.0, 1.0, -1e-20) < 360
