"""The patrol's routes as a worker's phone sees them."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator

import numpy as np
import pytest

from tests.integration.patrol_web import Office, new_office
from tests.integration.test_patrol_engine import lane_walk
from tests.unit.patrol.patrol_house import DAY, GRID, LAT, LON, MIDNIGHT, MORNING, fix
from tracker.db.pool import Database

DAY_MS = 86_400_000


@pytest.fixture
async def office(database: Database) -> AsyncIterator[Office]:
    async with new_office(database) as made:
        yield made


async def test_the_round_now_shows_grey_cells_and_the_way_to_the_nearest(office: Office) -> None:
    office.town.now_ms += 10 * 60_000
    await office.town.send(*lane_walk()[:20])
    await office.town.engine.settle()
    found = await office.get("/my/round")
    assert (found["round"]["name"], found["next"]["name"]) == ("早巡", "午巡")
    assert (found["grid"]["code"], found["grid"]["ring"][0]) == (GRID, found["grid"]["ring"][-1])
    assert len(found["cells"]) == len(found["centers"]) == found["total"]
    bits = np.unpackbits(np.frombuffer(base64.b64decode(found["seen"]), np.uint8), bitorder="little")
    assert 0 < found["covered"] < found["total"]
    assert int(bits.sum()) == pytest.approx(found["covered"], abs=3)  # drawn are cells of which most was seen
    place = found["centers"].index([found["nearest"]["lon"], found["nearest"]["lat"]])
    assert bits[place] == 0
    assert 0 < found["nearest"]["distance_m"] < 300
    assert (found["min_minutes"], found["min_coverage"]) == (30, 0.7)


async def test_after_a_done_round_there_is_only_the_next(office: Office) -> None:
    office.town.now_ms += 46 * 60_000
    await office.town.send(*lane_walk())
    office.town.now_ms = MORNING.ends_ms + 60_000
    await office.town.engine.settle()
    found = await office.get("/my/round")
    assert (found["round"], found["next"]["name"], found["covered"]) == (None, "午巡", 0)
    office.town.now_ms = MIDNIGHT + DAY_MS - 60_000
    night = await office.get("/my/round")
    assert night["next"]["starts_ms"] == MORNING.starts_ms + DAY_MS


async def test_a_round_that_was_not_done_is_shown_while_it_can_be_made_up(office: Office) -> None:
    office.town.now_ms = MORNING.ends_ms + 60_000
    await office.town.engine.settle()
    found = await office.get("/my/round")
    assert (found["round"]["name"], found["next"]["name"], found["covered"]) == ("早巡", "午巡", 0)
    later_s = (MORNING.ends_ms - MORNING.starts_ms) // 1000
    office.town.now_ms = MORNING.ends_ms + 30 * 60_000
    await office.town.send(*lane_walk(later_s)[:20])
    await office.town.engine.settle()
    begun = await office.get("/my/round")
    assert begun["round"]["ends_ms"] < begun["now_ms"]
    assert 0 < begun["covered"] < begun["total"]
    assert begun["minutes"] > 0
    assert (await office.get(f"/patrol/rounds/{GRID}/{DAY.isoformat()}/1"))["covered"] == 0  # the window's own
    office.town.now_ms = MORNING.ends_ms + 3_600_000  # noon has begun
    assert (await office.get("/my/round"))["round"]["name"] == "午巡"


async def test_key_points_are_ticked_off(office: Office) -> None:
    await office.town.database.execute(
        "insert into key_point (grid_code, name, kind, lon, lat, checklist, valid_from) "
        "values ($1, '水井', 'well', $2, $3, '{看井盖}', '2026-01-01'), "
        "($1, '学校', 'school', $2 + 0.002, $3, '{}', '2026-01-01')",
        GRID, LON, LAT,
    )  # fmt: skip
    await office.town.engine.reload()
    office.town.now_ms += 600_000
    await office.town.send(fix(60, 0, 0), fix(70, 5, 0))
    await office.town.engine.settle()
    points = (await office.get("/my/round"))["key_points"]
    assert [(one["name"], one["visited"], one["checklist"]) for one in points] == [
        ("水井", True, ["看井盖"]), ("学校", False, []),
    ]  # fmt: skip


async def test_own_past_rounds_have_the_own_share(office: Office) -> None:
    office.town.now_ms += 46 * 60_000
    await office.town.send(*lane_walk())
    await office.town.engine.settle()
    office.town.now_ms = MIDNIGHT + DAY_MS + 3_600_000
    await office.town.engine.settle()
    rounds = (await office.get("/my/rounds?days=3"))["rounds"]
    assert [(one["ordinal"], one["state"]) for one in rounds] == [(3, "no_data"), (2, "no_data"), (1, "done")]
    assert rounds[-1]["own_covered"] == rounds[-1]["covered"] > 0
    assert (rounds[-1]["name"], rounds[-1]["dispute"]) == ("早巡", None)


async def test_another_worker_s_notice_cannot_be_answered(office: Office) -> None:
    await office.ask("POST", "/patrol/urge", {"worker_id": 2}, status=201)
    await office.ask("POST", "/my/notices/1", {"answer": "好"}, status=404)


async def test_a_notice_is_answered_once(office: Office) -> None:
    await office.ask("POST", "/patrol/urge", {"worker_id": 1}, status=201)
    await office.ask("POST", "/my/notices/1", {"answer": "好"}, status=204)
    await office.ask("POST", "/my/notices/1", {"answer": "又好"}, status=409)


async def test_a_worker_without_a_grid_has_no_round(office: Office) -> None:
    office.worker = 99
    await office.ask("GET", "/my/round", status=404)


@pytest.mark.parametrize(
    ("method", "path", "body", "field"),
    [
        ("GET", "rounds?days=99", None, "days"),
        ("POST", "notices/1", {"answer": " "}, "answer"),
        ("POST", "notices/1", {"answer": "x" * 300}, "answer"),
        ("POST", "disputes", {"day": "2026-08-01", "ordinal": 1, "text": "晚了"}, "day"),
        ("POST", "disputes", {"day": DAY.isoformat(), "ordinal": 0, "text": "错了"}, "ordinal"),
        ("POST", "disputes", {"day": DAY.isoformat(), "ordinal": 1, "text": ""}, "text"),
        ("POST", "disputes", {"day": DAY.isoformat(), "ordinal": 1, "text": "还没完"}, "ordinal"),
    ],
)
async def test_a_bad_value_names_its_field(office: Office, method: str, path: str, body: object, field: str) -> None:
    await office.refused(method, f"/my/{path}", body, field=field)


async def test_a_round_that_never_was_cannot_be_disputed(office: Office) -> None:
    await office.ask("POST", "/my/disputes", {"day": DAY.isoformat(), "ordinal": 9, "text": "无"}, status=404)
