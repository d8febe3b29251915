"""The values of the register."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point, Polygon, box

from tests.unit.county.county_house import a_division, a_grid, a_worker
from tracker.county.model import PlanFeature, is_village, label_point
from tracker.errors import BadValue
from tracker.geo.area import Area, Level


def test_a_villages_parent_follows_from_its_code() -> None:
    assert a_division("130533106201", "东村").parent_code == "130533106000"


def test_a_county_has_no_parent() -> None:
    assert a_division("130533000000", "威县").parent_code is None


@pytest.mark.parametrize("code", ["1305331062", "130533000201", "130533106201001", "13053310620x"])
def test_a_wrong_division_code_is_refused(code: str) -> None:
    with pytest.raises(BadValue, match="code"):
        a_division(code, "东村")


def test_a_grid_belongs_to_the_village_its_code_begins_with() -> None:
    assert a_grid("130533106201001", 0).village_code == "130533106201"


@pytest.mark.parametrize("code", ["130533106201", "130533106201000", "130533106000001"])
def test_a_grid_code_without_village_or_serial_is_refused(code: str) -> None:
    with pytest.raises(BadValue, match="grid code"):
        a_grid(code, 0)


def test_a_boundary_with_latitude_first_is_refused() -> None:
    with pytest.raises(BadValue, match="longitude first"):
        a_grid("130533106201001", 0, boundary=box(36.9, 115.2, 36.91, 115.21))


def test_an_end_before_the_beginning_is_refused() -> None:
    with pytest.raises(BadValue, match="valid_to"):
        a_division("130533000000", "威县", valid_to=date(2023, 1, 1))


@pytest.mark.parametrize("name", ["", " 东村", "东\n村", "村" * 101])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(BadValue, match="name"):
        a_division("130533000000", name)


@pytest.mark.parametrize("phone", ["1380000123", "phone", "138-0000-1234"])
def test_a_phone_that_is_none_is_refused(phone: str) -> None:
    with pytest.raises(BadValue, match="phone"):
        a_worker("W1", "130533106201001", phone=phone)


@settings(deadline=None)
@given(st.from_regex(r"[0-9]{12}", fullmatch=True) | st.text(max_size=13))
def test_a_village_is_what_its_code_says(code: str) -> None:
    try:
        expected = len(code) == 12 and Area(code).level is Level.VILLAGE
    except BadValue:
        expected = False
    assert is_village(code) == expected


def test_a_masked_phone_keeps_its_ends() -> None:
    worker = a_worker("W1", "130533106201001", phone="13812345678")
    assert (worker.phone_masked, worker.phone_tail) == ("138****5678", "5678")


def test_a_worker_without_phone_masks_to_nothing() -> None:
    assert a_worker("W1", "130533106201001", phone=None).phone_masked == ""


def test_an_unknown_kind_of_plan_feature_is_refused() -> None:
    with pytest.raises(BadValue, match="kind"):
        PlanFeature(kind="castle", geometry=box(0, 0, 1, 1))


def test_a_label_point_lies_inside_a_crescent() -> None:
    crescent = Polygon([(0, 0), (9, 0), (9, 1), (1, 1), (1, 2), (9, 2), (9, 3), (0, 3)])
    lon, lat = label_point(crescent)
    assert not crescent.contains(crescent.centroid)
    assert crescent.contains(Point(lon, lat))
