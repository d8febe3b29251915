"""Area codes: what they name, what they contain, what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.errors import BadValue
from tracker.geo.area import Area, Level

COUNTY = "130533000000"
TOWNSHIP = "130533100000"
VILLAGE = "130533100201"
GRID = "130533100201003"


@pytest.mark.parametrize(
    ("code", "level", "prefix"),
    [
        (COUNTY, Level.COUNTY, "130533"),
        (TOWNSHIP, Level.TOWNSHIP, "130533100"),
        (VILLAGE, Level.VILLAGE, VILLAGE),
        (GRID, Level.GRID, GRID),
    ],
)
def test_code_tells_level_and_prefix(code: str, level: Level, prefix: str) -> None:
    area = Area.parse(code)
    assert (area.level, area.prefix, area.code) == (level, prefix, code)


def test_levels_number_from_county_to_grid() -> None:
    assert [int(Area.parse(code).level) for code in (COUNTY, TOWNSHIP, VILLAGE, GRID)] == [1, 2, 3, 4]


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "130533",
        "1305331002010031",
        "13053310020a",
        "130533100201 ",
        "130533100201\n",
        "1305331002010",
        "130500000000",  # a prefecture
        "130000000000",  # a province
        "130533000201",  # a village without a township
        "130533100000003",  # a grid without a village
        "130533100201000",  # serials begin at 001
        "130533000000000",
        "１３０５３３１００２０１",  # wide digits
    ],
)
def test_refuses_what_is_no_area(bad: str) -> None:
    with pytest.raises(BadValue) as caught:
        Area.parse(bad)
    assert caught.value.field == "area"
    assert caught.value.value == bad


@given(st.text(max_size=16) | st.text("0123456789", min_size=12, max_size=15))
def test_any_text_gives_an_area_or_bad_value(text: str) -> None:
    try:
        area = Area.parse(text)
    except BadValue:
        return
    assert area.contains(text)
    assert text.startswith(area.prefix)


def test_an_area_contains_itself_and_all_below() -> None:
    chain = [COUNTY, TOWNSHIP, VILLAGE, GRID]
    for depth, code in enumerate(chain):
        contained = [Area.parse(code).contains(other) for other in chain]
        assert contained == [at >= depth for at in range(4)]


@pytest.mark.parametrize("elsewhere", ["130534000000", "130533101201", "130533100202", "130533100202003"])
def test_a_village_does_not_contain_its_neighbours(elsewhere: str) -> None:
    assert not Area.parse(VILLAGE).contains(elsewhere)


def test_a_prefix_is_not_a_contained_code() -> None:
    assert not Area.parse(COUNTY).contains("130533")


def test_ancestors_run_from_the_county_down() -> None:
    assert Area.parse(GRID).ancestors() == (COUNTY, TOWNSHIP, VILLAGE)
    assert Area.parse(TOWNSHIP).ancestors() == (COUNTY,)
    assert Area.parse(COUNTY).ancestors() == ()


@given(st.integers(0, 2), st.integers(1, 999), st.integers(1, 999), st.integers(1, 999))
def test_every_ancestor_contains_its_descendant(at: int, township: int, village: int, serial: int) -> None:
    grid = Area.parse(f"130533{township:03}{village:03}{serial:03}")
    assert Area.parse(grid.ancestors()[at]).contains(grid.code)


def test_areas_with_one_code_are_equal_and_hash_alike() -> None:
    assert {Area.parse(VILLAGE), Area.parse(VILLAGE)} == {Area(VILLAGE)}
