"""Hexagons of a past minute, urgings that are taken back, ticks of checklists, and the days of a report."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from typing import Any

import numpy as np
import pytest

from tests.integration.patrol_web import Office, office_of
from tests.integration.test_patrol_engine import EAST, Town, contents, lane_walk
from tests.unit.patrol.patrol_house import DAY, GRID, LAT, LON, MIDNIGHT, MORNING
from tracker.bus.model import AreaEvent
from tracker.county.store import bulk_load
from tracker.db.pool import Database
from tracker.people.model import Role

MINUTE_MS = 60_000
DAY_MS = 86_400_000
NEVER = 65_535
DAY_TEXT = DAY.isoformat()


@pytest.fixture
async def office(database: Database) -> AsyncIterator[Office]:
    await bulk_load(database, contents(), synthetic=True)
    await database.execute(
        "insert into key_point (grid_code, name, kind, lon, lat, checklist, valid_from) "
        "values ($1, '机井', 'well', $2, $3, '{井盖完好,警示牌在位}', '2026-01-01')",
        GRID, LON, LAT,
    )  # fmt: skip
    town = Town(database)
    await town.open()
    async with office_of(town) as made:
        yield made


async def walked(office: Office) -> None:
    office.town.now_ms = MORNING.starts_ms + 46 * MINUTE_MS
    await office.town.send(*lane_walk())
    await office.town.engine.settle()


def bits(text: str) -> list[int]:
    return [int(bit) for bit in np.unpackbits(np.frombuffer(base64.b64decode(text), np.uint8), bitorder="little")]


async def cells_at(office: Office, minute: int) -> dict[str, Any]:
    found: dict[str, Any] = await office.get(f"/patrol/cells?time={MORNING.starts_ms + minute * MINUTE_MS}")
    return found


@pytest.mark.parametrize("is_past_day", [False, True])
async def test_one_answer_draws_every_minute_of_the_round(office: Office, *, is_past_day: bool) -> None:
    await walked(office)
    if is_past_day:
        office.town.now_ms = MIDNIGHT + DAY_MS + 3_600_000
        await office.town.engine.settle()
    found = await cells_at(office, 30)
    first = np.frombuffer(base64.b64decode(found["past"]["first_minute"]), "<u2")
    assert (found["day"], found["ordinal"], len(first)) == (DAY_TEXT, 1, len(found["cells"]))
    assert (found["past"]["starts_ms"], found["past"]["known_ms"]) == (MORNING.starts_ms, office.town.now_ms)
    for minute in (0, 3, 5, 30, 46):
        seen = bits((await cells_at(office, minute))["seen"])[: len(first)]
        assert seen == [int(at < minute) for at in first.tolist()]
    assert 0 < int((first < 5).sum()) < int((first < NEVER).sum())


async def test_the_last_minute_is_what_the_round_shows_now(office: Office) -> None:
    await walked(office)
    now = await office.get("/patrol/cells")
    assert now["past"] is None
    assert (await cells_at(office, 46))["seen"] == now["seen"]


async def test_the_past_of_hexagons_is_history_and_leaves_a_line(office: Office) -> None:
    await walked(office)
    await cells_at(office, 30)
    assert "patrol.at" in await office.audited()
    office.role = Role.VIEWER
    await office.refused("GET", f"/patrol/cells?time={MORNING.starts_ms}")
    await office.get("/patrol/cells")


async def test_the_future_has_no_hexagons(office: Office) -> None:
    await office.refused("GET", f"/patrol/cells?time={office.town.now_ms + MINUTE_MS}", field="time")


async def test_an_urging_is_taken_back_within_a_minute(office: Office) -> None:
    urged = await office.ask("POST", "/patrol/urge", {"worker_id": 2}, status=201)
    for _ in range(2):  # the answer may be lost
        await office.ask("DELETE", f"/patrol/urge/{urged['id']}", status=204)
    office.worker = 2
    assert (await office.get("/my/round"))["notices"] == []
    told = [one.data["kind"] for one in office.town.news if isinstance(one, AreaEvent) and one.kind == "notice"]
    assert told == ["urge", "withdrawn"]
    await office.ask("POST", "/patrol/urge", {"worker_id": 2}, status=201)
    assert "patrol.urge_withdraw" in await office.audited()


async def test_what_was_answered_or_is_old_cannot_be_taken_back(office: Office) -> None:
    urged = await office.ask("POST", "/patrol/urge", {"worker_id": 2}, status=201)
    office.worker = 2
    await office.ask("POST", f"/my/notices/{urged['id']}", {"answer": "马上去"}, status=204)
    await office.ask("DELETE", f"/patrol/urge/{urged['id']}", status=409)
    office.town.now_ms += 61_000
    again = await office.ask("POST", "/patrol/urge", {"worker_id": 2}, status=201)
    office.town.now_ms += 61_000
    await office.ask("DELETE", f"/patrol/urge/{again['id']}", status=409)
    await office.ask("DELETE", "/patrol/urge/999", status=404)


async def test_notices_say_who_answered_and_when(office: Office) -> None:
    urged = await office.ask("POST", "/patrol/urge", {"worker_id": 2}, status=201)
    office.worker, office.town.now_ms = 2, office.town.now_ms + 5000
    await office.ask("POST", f"/my/notices/{urged['id']}", {"answer": "马上去"}, status=204)
    answer = [one.data for one in office.town.news if isinstance(one, AreaEvent) and one.kind == "notice"][-1]
    assert (answer["name"], answer["answered_ms"], answer["answer"]) == ("乙", office.town.now_ms, "马上去")
    items = (await office.get(f"/patrol/work?area={EAST}"))["items"]
    assert [one["answered_ms"] for one in items] == [office.town.now_ms]


def tick(line: int, at_ms: int, *, done: bool = True) -> dict[str, Any]:
    return {"key_point": 1, "day": DAY_TEXT, "ordinal": 1, "line": line, "at_ms": at_ms, "done": done}


async def test_ticks_are_kept_once_and_seen_by_the_desk_and_by_colleagues(office: Office) -> None:
    at_ms = office.town.now_ms
    for _ in range(3):
        await office.ask("POST", "/my/ticks", {"ticks": [tick(0, at_ms), tick(1, at_ms + 1000)]}, status=204)
    await office.ask("POST", "/my/ticks", {"ticks": [tick(1, at_ms + 2000, done=False)]}, status=204)
    await office.ask("POST", "/my/ticks", {"ticks": [tick(1, at_ms + 1000)]}, status=204)  # late, and older
    (point,) = (await office.get(f"/patrol/rounds/{GRID}/{DAY_TEXT}/1"))["points"]
    assert point["checklist"] == [
        {"text": "井盖完好", "ticks": [{"worker_id": 1, "name": "甲", "at_ms": at_ms}]},
        {"text": "警示牌在位", "ticks": []},
    ]
    (mine,) = (await office.get("/my/round"))["key_points"]
    assert mine["ticks"] == [{"line": 0, "at_ms": at_ms, "own": True, "name": "甲"}]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"line": 2}, "ticks.line"),
        ({"key_point": 99}, "ticks.key_point"),
        ({"ordinal": 13}, "ticks.ordinal"),
        ({"day": "2026-08-01"}, "ticks.day"),
        ({"at_ms": 0}, "ticks.at_ms"),
    ],
)
async def test_a_tick_that_cannot_be_names_its_field(office: Office, change: dict[str, Any], field: str) -> None:
    await office.refused("POST", "/my/ticks", {"ticks": [tick(0, office.town.now_ms) | change]}, field=field)
    await office.refused("POST", "/my/ticks", {"ticks": []}, field="ticks")


async def test_the_phone_is_told_how_far_it_sees_and_how_near_it_must_come(office: Office) -> None:
    found = await office.get("/my/round")
    assert (found["sight_radius_m"], found["key_points"][0]["radius_m"]) == (40, 30)


async def test_a_report_has_its_days(office: Office) -> None:
    await walked(office)
    office.town.now_ms = MIDNIGHT + DAY_MS + 3_600_000
    await office.town.engine.settle()
    found = await office.get("/patrol/compliance?from=2026-08-25&to=2026-09-02&by=grid")
    (day,) = found["days"]
    assert day["day"] == DAY_TEXT
    same = ("due", "done", "late", "missed", "no_data", "excused", "rate", "no_data_share", "minutes")
    assert {name: day[name] for name in same} == {name: found["total"][name] for name in same}
