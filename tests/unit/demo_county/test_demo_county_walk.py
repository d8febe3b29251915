from __future__ import annotations

import pytest
import shapely

from tracker.demo.county.build import build_county
from tracker.demo.county.model import DemoCounty
from tracker.demo.county.walk import WalkNetwork, length_m, walk_network


@pytest.fixture(scope="module")
def county() -> DemoCounty:
    return build_county(villages=6)


@pytest.fixture(scope="module")
def nets(county: DemoCounty) -> dict[str, WalkNetwork]:
    return {d.code: walk_network(county.of_village(d.code)) for d in county.level(3)}


def reached(net: WalkNetwork) -> int:
    near = net.neighbours()
    seen, queue = {0}, [0]
    for node in queue:
        fresh = {other for other, _ in near[node]} - seen
        seen |= fresh
        queue += fresh
    return len(seen)


def test_a_village_is_one_net(nets: dict[str, WalkNetwork]) -> None:
    assert all(reached(net) == len(net.nodes) for net in nets.values())


def test_every_grid_is_one_net(county: DemoCounty, nets: dict[str, WalkNetwork]) -> None:
    for grid in county.grids:
        net = nets[grid.village_code].of_grid(grid.code)
        assert reached(net) == len(net.nodes), grid.code


def test_a_grid_is_walked_within_its_border(county: DemoCounty, nets: dict[str, WalkNetwork]) -> None:
    for grid in county.grids:
        ground = grid.boundary.buffer(3e-7)
        net = nets[grid.village_code].of_grid(grid.code)
        lines = [shapely.LineString([net.nodes[e.a], net.nodes[e.b]]) for e in net.edges]
        outside = [line.wkt for line in lines if not ground.covers(line)]
        assert outside == [], grid.code


def test_a_grid_offers_houses_lanes_and_field_tracks(county: DemoCounty, nets: dict[str, WalkNetwork]) -> None:
    for grid in county.grids:
        edges = nets[grid.village_code].of_grid(grid.code).edges
        assert {"street", "lane", "track"} == {e.use for e in edges}
        assert sum(e.length_m for e in edges) > 1000


def test_length_is_in_metres() -> None:
    assert length_m((115.27, 36.97), (115.27, 36.98)) == pytest.approx(1109.8, abs=0.1)
