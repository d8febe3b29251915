"""Datum shifts: agreement with the open libraries, and undoing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.errors import BadValue
from tracker.geo.datum import Crs, from_wgs84, in_shift_box, to_wgs84
from tracker.geo.projection import haversine_m

# Computed alike by gcoord 1.0.7 and coord-convert 0.2.1: WGS-84 then GCJ-02, as (lat, lon).
GCJ_VECTORS = [
    ((36.9753, 115.2661), (36.975745086305935, 115.27206844400315)),
    ((36.90, 115.05), (36.90051611697772, 115.05608100961146)),
    ((37.10, 115.45), (37.10066492706884, 115.45615021152848)),
]
# Round trips are asked away from the box's edge, where the shift stops at once.
LATS = st.floats(0.85, 55.80)
LONS = st.floats(72.03, 137.80)
SHIFTED = st.sampled_from([Crs.GCJ02, Crs.BD09])
LIMIT_M = {Crs.GCJ02: 0.0005, Crs.BD09: 0.2}


@pytest.mark.parametrize(("wgs", "gcj"), GCJ_VECTORS)
def test_gcj_agrees_with_open_libraries(wgs: tuple[float, float], gcj: tuple[float, float]) -> None:
    assert from_wgs84(Crs.GCJ02, *wgs) == pytest.approx(gcj, abs=1e-12)


def test_bd_agrees_with_open_libraries() -> None:
    expected = (36.98147052998382, 115.27867193273241)
    assert from_wgs84(Crs.BD09, 36.9753, 115.2661) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(("wgs", "gcj"), GCJ_VECTORS)
def test_county_shift_is_half_a_kilometre(wgs: tuple[float, float], gcj: tuple[float, float]) -> None:
    assert 507 < haversine_m(*wgs, *gcj) < 558


@given(SHIFTED, LATS, LONS)
def test_shift_is_undone(crs: Crs, lat: float, lon: float) -> None:
    there_and_back = to_wgs84(crs, *from_wgs84(crs, lat, lon))
    assert haversine_m(lat, lon, *there_and_back) <= LIMIT_M[crs]


@given(SHIFTED, LATS, LONS)
def test_shift_is_redone(crs: Crs, lat: float, lon: float) -> None:
    back_and_there = from_wgs84(crs, *to_wgs84(crs, lat, lon))
    assert haversine_m(lat, lon, *back_and_there) <= LIMIT_M[crs]


@given(
    st.sampled_from(Crs),
    st.lists(st.tuples(st.floats(-90, 90), st.floats(-180, 180)), min_size=1, max_size=9),
)
def test_columns_agree_with_single_points(crs: Crs, points: list[tuple[float, float]]) -> None:
    lats, lons = np.array(points).T
    for convert in (from_wgs84, to_wgs84):
        columns = np.column_stack(convert(crs, lats, lons))
        singles = np.array([convert(crs, lat, lon) for lat, lon in points])
        np.testing.assert_allclose(columns, singles, rtol=0, atol=1e-11)


@given(st.sampled_from(Crs), st.floats(-90, 90), st.floats(-180, 180))
def test_every_place_on_earth_gives_numbers(crs: Crs, lat: float, lon: float) -> None:
    assert np.isfinite(from_wgs84(crs, lat, lon)).all()
    assert np.isfinite(to_wgs84(crs, lat, lon)).all()


@pytest.mark.parametrize("crs", Crs)
def test_london_is_not_shifted(crs: Crs) -> None:
    assert from_wgs84(crs, 51.5, -0.12) == (51.5, -0.12)
    assert to_wgs84(crs, 51.5, -0.12) == (51.5, -0.12)


def test_box_is_not_china() -> None:
    assert in_shift_box(37.5665, 126.978), "Seoul is shifted by every library"


def test_wgs_is_left_alone() -> None:
    assert from_wgs84(Crs.WGS84, 36.9, 115.1) == (36.9, 115.1) == to_wgs84(Crs.WGS84, 36.9, 115.1)


def test_names_are_read() -> None:
    assert [Crs.parse(name) for name in ("wgs84", "gcj02", "bd09")] == list(Crs)


def test_an_unknown_datum_is_refused() -> None:
    with pytest.raises(BadValue, match=r"coord_type.*'nad27'.*wgs84, gcj02, bd09"):
        Crs.parse("nad27", field="coord_type")
