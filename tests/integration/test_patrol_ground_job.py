"""What is learned from tracks over some days, and what changes in the plan do to worked out cells."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import shapely

from tests.integration.patrol_web import Office, new_office, office_of
from tests.integration.test_patrol_engine import EAST, Town, contents, lane_walk
from tests.unit.patrol.patrol_house import DAY, GRID, LAT, LON, MIDNIGHT, fix
from tracker.county.store import bulk_load
from tracker.db.pool import Database
from tracker.geo.cells import CellId, cell_of, center
from tracker.patrol.reach import read_versions
from tracker.patrol.reachable import Why
from tracker.tracks.model import Fix

DAY_MS = 86_400_000
DAY_S = 86_400
HIDDEN = fix(0, 0, 150)  # 150 m north of the lane
HIDDEN_CELL = cell_of(HIDDEN.lat_e7 / 1e7, HIDDEN.lon_e7 / 1e7)


@pytest.fixture
async def office(database: Database) -> AsyncIterator[Office]:
    async with new_office(database) as made:
        yield made


def detour(day: int) -> list[Fix]:
    """After the lane, through the middle of a cell that no lane shows, and back."""
    lat, lon = center(HIDDEN_CELL)
    x, y = (lon - LON) * 88_900, (lat - LAT) * 110_980
    since = DAY_S * day
    there = [fix(since + 2700 + 10 * n, x, y - 60 + 10 * n) for n in range(13)]
    return [*lane_walk(since), *there]


async def walk_days(office: Office, days: int) -> None:
    for day in range(days):
        office.town.now_ms = MIDNIGHT + day * DAY_MS + 12 * 3_600_000
        await office.town.engine.settle()
        await office.town.send(*detour(day))
        await office.town.engine.settle()
        office.town.now_ms = MIDNIGHT + (day + 1) * DAY_MS + 3_600_000
        await office.town.engine.settle()
        await office.rooms.ground.learn(DAY + timedelta(days=day))


async def shown(office: Office, grid: str = GRID) -> dict[str, Any]:
    found: dict[str, Any] = await office.get(f"/patrol/reachable/{grid}")
    return found


async def test_a_cell_says_why_it_is_reachable(office: Office) -> None:
    found = await shown(office)
    (version,) = found["versions"]
    assert (version["source"], len(version["why"])) == ("lanes", len(version["cells"]))
    assert set(version["why"]) == {int(Why.LANE)}
    assert found["proposed"] == []


async def test_ways_walked_on_three_days_are_proposed_and_not_forced(office: Office) -> None:
    await walk_days(office, 2)
    assert (await shown(office))["proposed"] == [], "two days of one worker may be chance"
    office.town.now_ms = MIDNIGHT + 2 * DAY_MS
    await walk_days(office, 3)
    found = await shown(office)
    proposed = {one["cell"]: one for one in found["proposed"]}
    assert f"{HIDDEN_CELL:x}" in proposed
    assert (proposed[f"{HIDDEN_CELL:x}"]["days"], proposed[f"{HIDDEN_CELL:x}"]["workers"]) == (3, 1)
    assert await office.rooms.ground.renew(office.town.engine.today) == 0, "who knows its lanes is asked first"
    cells = [*found["versions"][0]["cells"], f"{HIDDEN_CELL:x}"]
    saved = await office.ask("PUT", f"/patrol/reachable/{GRID}", {"cells": cells})
    newest, before = saved["versions"]
    assert (newest["source"], before["source"]) == ("drawn", "lanes")
    assert newest["why"][newest["cells"].index(f"{HIDDEN_CELL:x}")] == int(Why.TRACK)
    assert f"{HIDDEN_CELL:x}" not in {one["cell"] for one in saved["proposed"]}


async def test_a_cell_drawn_by_hand_says_so(office: Office) -> None:
    found = await shown(office)
    saved = await office.ask(
        "PUT", f"/patrol/reachable/{GRID}", {"cells": [*found["versions"][0]["cells"], f"{HIDDEN_CELL:x}"]}
    )
    newest = saved["versions"][0]
    assert newest["why"][newest["cells"].index(f"{HIDDEN_CELL:x}")] == int(Why.HAND)


async def test_tracks_under_suspicion_teach_nothing(office: Office) -> None:
    await office.town.database.execute(
        "insert into patrol_signal (worker_id, day, kind, evidence) "
        "select 1, d::date, 'mock', '{}' from generate_series($1::date, $1::date + 2, '1 day') d",
        DAY,
    )
    await walk_days(office, 3)
    assert (await shown(office))["proposed"] == []


async def test_a_grid_without_ways_learns_by_itself_and_never_changes_the_past(database: Database) -> None:
    await bulk_load(database, replace(contents(), plan=[]), synthetic=True)
    town = Town(database)
    await town.open()
    async with office_of(town) as office:
        versions = await read_versions(database, DAY)
        assert (versions[GRID].reach.source, len(versions[GRID].reach.cells)) == ("unknown", 0)
        await walk_days(office, 3)
        state = await office.get(f"/patrol/rounds/{GRID}/{DAY}/1")
        assert (state["state"], [one["name"] for one in state["criteria"]]) == ("done", ["minutes"])
        assert await office.rooms.ground.renew(office.town.engine.today) == 1
        tomorrow = office.town.engine.today + timedelta(days=1)
        learned = (await read_versions(database, tomorrow))[GRID].reach
        assert learned.source == "tracks"
        assert HIDDEN_CELL in learned.cells.tolist()
        assert set(learned.why.tolist()) == {int(Why.TRACK)}
        assert len((await read_versions(database, office.town.engine.today))[GRID].reach.cells) == 0
        assert await office.rooms.ground.renew(office.town.engine.today) == 0, "nothing new"
        assert (await read_versions(database, tomorrow))[EAST].reach.source == "unknown"


async def test_water_drawn_later_is_taken_out_from_tomorrow_on(office: Office) -> None:
    today = office.town.engine.today
    before = (await read_versions(office.town.database, today))[GRID].reach
    pond = shapely.box(LON - 0.001, LAT - 0.001, LON, LAT + 0.001)
    await office.town.database.execute(
        "insert into plan_feature (village_code, kind, geometry) values ($1, 'water', $2)", GRID[:12], pond.wkb
    )
    assert await office.rooms.ground.renew(today) == 1
    after = (await read_versions(office.town.database, today + timedelta(days=1)))[GRID].reach
    gone = set(before.cells.tolist()) - set(after.cells.tolist())
    assert gone
    assert all(pond.contains(shapely.Point(*center(CellId(cell))[::-1])) for cell in gone)
    assert (await read_versions(office.town.database, today))[GRID].reach.cells.tolist() == before.cells.tolist()
