"""Closing land from the desk: from tomorrow its cells and key points are asked of nobody, past rounds keep theirs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import shapely

from tests.integration.patrol_web import Office, new_office
from tests.integration.test_patrol_engine import EAST
from tests.unit.patrol.patrol_house import COUNTY, DAY, GRID, LAT, LON
from tracker.db.pool import Database
from tracker.people.model import Role

TOMORROW = DAY + timedelta(days=1)
WEST_HALF = shapely.geometry.mapping(shapely.box(LON - 0.01, LAT - 0.01, LON, LAT + 0.01))
ORDER = {"reason": "河水漫滩", "from_day": TOMORROW.isoformat(), "to_day": TOMORROW.isoformat(), "geometry": WEST_HALF}


@pytest.fixture
async def office(database: Database) -> AsyncIterator[Office]:
    async with new_office(database) as made:
        yield made


async def close(office: Office, **other: Any) -> int:
    return int((await office.ask("POST", "/patrol/closed", ORDER | other, status=201))["id"])


async def cells(office: Office, days: int) -> dict[str, int]:
    found = await office.town.engine.cells_of([GRID, EAST], DAY + timedelta(days=days))
    return {code: len(each) for code, each in found.items()}


async def test_closed_cells_are_not_asked_for_while_it_lasts(office: Office) -> None:
    before = await cells(office, 0)
    await close(office)
    assert await cells(office, 0) == await cells(office, 2) == before
    during = await cells(office, 1)
    assert 0.3 < during[GRID] / before[GRID] < 0.7
    assert during[EAST] == before[EAST]


async def test_the_next_day_is_opened_without_them(office: Office) -> None:
    await close(office)
    expected = await cells(office, 1)
    office.town.now_ms += 86_400_000
    await office.town.engine.settle()
    found = (await office.get("/patrol/rounds"))["grids"]
    assert dict(zip(found["code"], found["cells"], strict=True)) == expected


async def test_key_points_on_closed_land_are_not_asked_for(office: Office) -> None:
    for name, lon in (("西井", LON - 0.001), ("东井", LON + 0.001)):
        point = {"grid_code": GRID, "name": name, "kind": "well", "lon": lon, "lat": LAT}
        await office.ask("POST", "/patrol/key-points", point, status=201)
    await close(office)
    names = [[one.name for one in office.town.engine.key_points_of(GRID, DAY + timedelta(days=n))] for n in (1, 2)]
    assert names == [["东井"], ["西井", "东井"]]


async def test_it_is_listed_with_its_shape_where_it_takes_something(office: Office) -> None:
    closed_id = await close(office)
    (one,) = (await office.get("/patrol/closed"))["features"]
    days = {"from_day": ORDER["from_day"], "to_day": ORDER["to_day"]}
    assert one["properties"] == {"id": closed_id, "area_code": GRID, "grids": 1, "reason": "河水漫滩", **days}
    assert shapely.geometry.shape(one["geometry"]).bounds == pytest.approx(
        (LON - 0.0025, LAT - 0.0025, LON, LAT + 0.0025)
    )
    assert (await office.get(f"/patrol/closed?area={EAST}"))["features"] == []
    assert (await office.get(f"/patrol/closed?day={DAY + timedelta(days=2)}"))["features"] == []


async def test_one_that_has_begun_holds_to_the_end_of_the_day(office: Office) -> None:
    closed_id = await close(office, to_day=None)
    office.town.now_ms += 86_400_000
    await office.town.engine.settle()
    during = await cells(office, 1)
    await office.ask("DELETE", f"/patrol/closed/{closed_id}", status=204)
    assert await cells(office, 1) == during
    assert await cells(office, 2) == await cells(office, 0)
    await office.ask("DELETE", f"/patrol/closed/{closed_id}", status=404)


async def test_one_that_has_not_begun_leaves_no_trace_but_in_the_audit(office: Office) -> None:
    await office.ask("DELETE", f"/patrol/closed/{await close(office)}", status=204)
    assert (await office.get("/patrol/closed"))["features"] == []
    assert {"closed.add", "closed.end"} <= set(await office.audited())


async def test_only_ones_own_area_and_only_with_the_permission(office: Office) -> None:
    wide = await close(office, geometry=shapely.geometry.mapping(shapely.box(LON - 1, LAT - 1, LON + 1, LAT + 1)))
    office.area = GRID
    await office.refused("DELETE", f"/patrol/closed/{wide}")
    own = await close(office, geometry=shapely.geometry.mapping(shapely.box(LON - 1, LAT - 1, LON + 1, LAT + 1)))
    shown = {one["properties"]["id"]: one["properties"] for one in (await office.get("/patrol/closed"))["features"]}
    assert (shown[own]["area_code"], shown[own]["grids"], shown[wide]["grids"]) == (GRID, 1, 2)
    office.area, office.role = COUNTY, Role.VIEWER
    await office.refused("POST", "/patrol/closed", ORDER)
    await office.refused("DELETE", f"/patrol/closed/{own}")


@pytest.mark.parametrize(
    ("other", "field"),
    [
        ({"from_day": DAY.isoformat()}, "from_day"),
        ({"to_day": DAY.isoformat()}, "to_day"),
        ({"reason": " "}, "reason"),
        ({"geometry": {"type": "Point", "coordinates": [LON, LAT]}}, "geometry"),
        ({"geometry": shapely.geometry.mapping(shapely.box(0, 0, 1, 1))}, "geometry"),
    ],
)
async def test_what_cannot_be_closed_is_named(office: Office, other: dict[str, Any], field: str) -> None:
    await office.refused("POST", "/patrol/closed", ORDER | other, field=field)
