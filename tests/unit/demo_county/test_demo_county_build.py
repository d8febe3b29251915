from __future__ import annotations

import itertools
from collections import Counter

import pytest
import shapely
from shapely.geometry.base import BaseGeometry

from tracker.demo.county.build import COUNTY_GRIDS, build_county
from tracker.demo.county.local import to_metres
from tracker.demo.county.model import DemoCounty, Grid, Kind, PlanFeature
from tracker.demo.county.townships import TOWNSHIPS

SQUARE_DEGREES = 1e-12  # less than a hundredth of a square metre


@pytest.fixture(scope="module")
def small() -> DemoCounty:
    return build_county(villages=6)


@pytest.fixture(scope="module")
def whole() -> DemoCounty:
    return build_county()


def area_km2(shape: BaseGeometry) -> float:
    return float(shapely.transform(shape, to_metres).area) / 1e6


def grid_features(county: DemoCounty, kind: Kind) -> Counter[str]:
    found: Counter[str] = Counter()
    for feature in county.features:
        if feature.kind == kind:
            grid = feature.props.get("grid")
            found.update(feature.props.get("grids", [grid] if grid else []))
    return found


def test_the_same_seed_draws_the_same_county(small: DemoCounty) -> None:
    assert build_county(villages=6) == small


def test_another_seed_draws_another_county(small: DemoCounty) -> None:
    assert build_county(7, villages=6).grids[0].boundary != small.grids[0].boundary


@pytest.mark.parametrize("villages", [2, 3, 5, 20, 45])
def test_small_counties_have_what_was_asked_for(villages: int) -> None:
    county = build_county(11, villages=villages)
    assert len(county.level(3)) == villages
    assert len(county.grids) == round(COUNTY_GRIDS * villages / 522)
    assert county.divisions[0].boundary.geom_type == "Polygon"


def test_the_small_county_tells_of_its_two_villages(small: DemoCounty) -> None:
    assert {"孙家寨村", "西河口村"} <= {d.name for d in small.level(3)}


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_the_whole_county_has_the_known_counts(whole: DemoCounty) -> None:
    assert [len(whole.level(n)) for n in (1, 2, 3)] == [1, 16, 522]
    assert (len(whole.grids), len(whole.workers)) == (4215, 4215)
    assert Counter(w.role for w in whole.workers)["leader"] == 522
    assert {(d.code, d.name) for d in whole.level(2)} == {(t.code, t.name) for t in TOWNSHIPS}
    assert area_km2(whole.divisions[0].boundary) == pytest.approx(1000, rel=0.01)


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_every_rule_holds_for_the_whole_county(whole: DemoCounty) -> None:
    check_tiling(whole)
    check_names(whole)
    houses, lanes = grid_features(whole, Kind.HOUSE), grid_features(whole, Kind.LANE)
    assert min(houses[g.code] for g in whole.grids) >= 3
    assert min(lanes[g.code] for g in whole.grids) >= 5


def test_areas_tile_without_gap_or_overlap(small: DemoCounty) -> None:
    check_tiling(small)


def check_tiling(county: DemoCounty) -> None:
    border = county.divisions[0].boundary
    for shapes in (
        [d.boundary for d in county.level(2)],
        [d.boundary for d in county.level(3)],
        [g.boundary for g in county.grids],
    ):
        assert all(shapely.is_valid(shapes))
        assert shapely.symmetric_difference(shapely.union_all(shapes), border).area < SQUARE_DEGREES
        assert sum(s.area for s in shapes) == pytest.approx(border.area, abs=SQUARE_DEGREES)


def test_every_area_lies_inside_its_parent(small: DemoCounty) -> None:
    ground = {d.code: d.boundary for d in small.divisions}
    children = [(d.boundary, d.parent_code) for d in small.divisions if d.parent_code]
    children += [(g.boundary, g.village_code) for g in small.grids]
    for shape, parent in children:
        assert shapely.difference(shape, ground[parent]).area < SQUARE_DEGREES


def test_codes_spell_the_tree(small: DemoCounty) -> None:
    for village in small.level(3):
        assert len(village.code) == 12
        assert village.code[:9] + "000" == village.parent_code
        assert 200 <= int(village.code[9:]) <= 399
    for grid in small.grids:
        assert len(grid.code) == 15
        assert grid.code[:12] == grid.village_code


def test_serials_count_from_one_without_a_gap(small: DemoCounty) -> None:
    for _, grids in itertools.groupby(small.grids, key=lambda g: g.village_code):
        serials = [int(g.code[12:]) for g in grids]
        assert serials == list(range(1, len(serials) + 1))


def test_serials_run_from_the_north_west(small: DemoCounty) -> None:
    spots: dict[str, list[Grid]] = {}
    for grid in small.grids:
        spots.setdefault(grid.village_code, []).append(grid)
    for grids in spots.values():
        assert grids[0].lat > grids[-1].lat
        assert grids[0].lon < grids[-1].lon


def test_names_are_not_given_twice(small: DemoCounty) -> None:
    check_names(small)


def check_names(county: DemoCounty) -> None:
    for names in (
        [d.name for d in county.level(3)],
        [g.name for g in county.grids],
        [w.name for w in county.workers],
        [w.number for w in county.workers],
        [w.phone for w in county.workers],
    ):
        assert len(set(names)) == len(names)


def test_neighbouring_grids_differ_in_colour(small: DemoCounty) -> None:
    shapes = [g.boundary for g in small.grids]
    for a, b in shapely.STRtree(shapes).query(shapes, predicate="touches").T.tolist():
        if shapes[a].intersection(shapes[b]).length > 0:
            assert small.grids[a].color != small.grids[b].color


def test_colours_fit_the_register(small: DemoCounty) -> None:
    assert {g.color for g in small.grids} <= set(range(8))


@pytest.mark.parametrize(("kind", "least"), [(Kind.LANE, 5), (Kind.HOUSE, 5), (Kind.FIELD, 1)])
def test_every_grid_has_lanes_houses_and_fields(small: DemoCounty, kind: Kind, least: int) -> None:
    found = grid_features(small, kind)
    assert min(found[g.code] for g in small.grids) >= least


def test_houses_stand_in_their_own_grid(small: DemoCounty) -> None:
    ground = {g.code: g.boundary for g in small.grids}
    houses = [f for f in small.features if f.kind == Kind.HOUSE]
    assert all(ground[f.props["grid"]].contains(f.geometry) for f in houses)


def test_houses_of_a_village_do_not_overlap(small: DemoCounty) -> None:
    houses = [f.geometry for f in small.features if f.kind == Kind.HOUSE]
    pairs = shapely.STRtree(houses).query(houses, predicate="overlaps")
    assert pairs.shape[1] == 0


def test_fields_keep_off_the_settlement(small: DemoCounty) -> None:
    built = [f.geometry for f in small.features if f.kind == Kind.SETTLEMENT]
    crops = [f.geometry for f in small.features if f.props.get("use") == "crop"]
    assert shapely.STRtree(crops).query(built, predicate="intersects").shape[1] == 0


def test_details_stay_within_their_village(small: DemoCounty) -> None:
    ground = {d.code: d.boundary.buffer(2e-7) for d in small.level(3)}

    def strays(feature: PlanFeature) -> bool:
        return feature.village_code is not None and not ground[feature.village_code].covers(feature.geometry)

    assert [f for f in small.features if strays(f)] == []


def test_shapes_are_valid_and_rounded(small: DemoCounty) -> None:
    shapes = [f.geometry for f in small.features if f.village_code]
    assert all(shapely.is_valid(shapes))
    points = shapely.get_coordinates(shapes)
    assert abs(points - points.round(7)).max() == 0


def test_every_village_has_its_centre(small: DemoCounty) -> None:
    centres = [f.village_code for f in small.features if f.props.get("use") == "center"]
    assert sorted(map(str, centres)) == [d.code for d in small.level(3)]


def test_the_overview_shows_settlements_roads_and_water(small: DemoCounty) -> None:
    assert {f.kind for f in small.overview()} == {Kind.SETTLEMENT, Kind.ROAD, Kind.WATER}


def test_roads_join_all_villages(small: DemoCounty) -> None:
    roads = shapely.union_all([f.geometry for f in small.features if f.kind == Kind.ROAD])
    assert roads.buffer(1e-8).geom_type == "Polygon"
    assert all(roads.distance(shapely.Point(d.lon, d.lat)) < 1e-7 for d in small.level(3))
