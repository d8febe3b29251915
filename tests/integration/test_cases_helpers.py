"""Who is near, what is alike, many cases at once, and words for strangers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest

from tests.integration.cases_desk import Desk, desk_on
from tests.integration.cases_house import GRID, LAT, LON, OTHER_TOWNSHIP, TOWNSHIP, by
from tracker.cases.room import Outside
from tracker.cases.states import Doer, State
from tracker.db.pool import Database


@dataclass(frozen=True)
class Seen:
    worker_id: int
    recorded_at_ms: int
    lat: float
    lon: float


class World:
    """Where workers are, and who is on duty."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self.on: set[int] = {17, 19}

    def positions(self, _prefix: str) -> list[Seen]:
        return self.seen

    def on_duty(self, worker_id: int) -> bool:
        return worker_id in self.on


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
async def desk(database: Database, world: World) -> AsyncIterator[Desk]:
    async with desk_on(database, Outside(positions=world.positions, on_duty=world.on_duty)) as made:
        statement = "insert into worker (id, number, name, role, grid_code, valid_from) values ($1, $2, $3, $4, $5, $6)"
        await database.execute(statement, 19, "W19", "钱七", "worker", GRID, date(2020, 1, 1))
        await made.cases.register.load()
        now_ms = made.cases.now_ms
        world.seen = [Seen(17, now_ms - 30_000, LAT + 0.002, LON), Seen(19, now_ms - 5_000, LAT + 0.001, LON)]
        yield made


async def nearest(desk: Desk, case_id: int, who: str = "operator") -> list[dict[str, Any]]:
    status, found = await desk.call("GET", f"/api/v1/cases/{case_id}/nearest", who)
    assert status == 200, found
    return list(found["candidates"])


async def test_the_nearest_worker_on_duty_goes_first(desk: Desk) -> None:
    found = await nearest(desk, await desk.create())
    assert [one["worker_id"] for one in found] == [19, 17]  # nobody of the other township
    assert 110 < found[0]["distance_m"] < 113
    assert (found[0]["position_age_s"], found[0]["on_duty"], found[0]["grid_name"]) == (5, True, "第一网格")


async def test_of_who_is_off_duty_no_position_is_told(desk: Desk, world: World) -> None:
    world.on = {17}
    found = await nearest(desk, await desk.create())
    assert [(one["worker_id"], one["distance_m"], one["position_age_s"]) for one in found][1] == (19, None, None)


async def test_open_tasks_are_counted(desk: Desk) -> None:
    case_id = await desk.create()
    assert (await desk.change(await desk.create(), "verifying", "operator", worker_id=19))[0] == 200
    assert {one["worker_id"]: one["open_tasks"] for one in await nearest(desk, case_id)} == {17: 0, 19: 1}


async def test_the_worker_complained_of_is_never_proposed_nor_sent(desk: Desk) -> None:
    case_id = await desk.create(category="0603", complained_of="worker:19")
    assert [one["worker_id"] for one in await nearest(desk, case_id)] == [17]
    status, answer = await desk.change(case_id, "verifying", "operator", worker_id=19)
    assert (status, answer["error"]["reason"]) == (400, "worker.complained_of")
    _, detail = await desk.change(case_id, "verifying", "operator")
    assert detail["case"]["worker_id"] == 17


async def test_nobody_without_the_map_sees_where_workers_are(desk: Desk) -> None:
    case_id = await desk.create()
    await desk.cases.until(case_id, State.DISPATCHED)
    assert (await desk.call("GET", f"/api/v1/cases/{case_id}/nearest", "department:D-CITY"))[0] == 403
    path = f"/api/v1/cases/{case_id}/nearest"
    assert (await desk.call("GET", path, f"supervisor@{OTHER_TOWNSHIP}"))[0] == 404
    assert (await desk.call("GET", path, f"supervisor@{TOWNSHIP}"))[0] == 200


async def test_alike_cases_are_hinted_at_for_merging(desk: Desk) -> None:
    first = await desk.create(description="村口垃圾池满了没人清运味道很大")
    other = await desk.create(description="村口的垃圾池满了，没有人清运", lat=LAT + 0.0005)
    far = await desk.create(description="三号机井水泵坏了浇不上地", category="0206")
    _, found = await desk.call("GET", f"/api/v1/cases/{other}/similar", "operator")
    assert [one["id"] for one in found["cases"]] == [first, far]
    assert found["cases"][0]["score"] > 0.55 > found["cases"][1]["score"]
    _, detail = await desk.call("GET", f"/api/v1/cases/{other}", "operator")
    assert [one["id"] for one in detail["similar"]] == [first]
    _, detail = await desk.call("GET", f"/api/v1/cases/{other}", "inspector")
    assert detail["similar"] == []


async def test_a_merged_case_owes_every_reporter_an_answer(desk: Desk) -> None:
    first, other = await desk.create(), await desk.create(reporter={"name": "钱七", "phone": "13900002222"})
    for case_id in (first, other):
        await desk.change(case_id, "accepted", "operator")
    assert (await desk.change(other, "merged", "shift_leader", merge_into=first))[0] == 200
    await desk.cases.until(first, State.REPLY_DUE)
    status, answer = await desk.change(first, "closed", "shift_leader")
    assert (status, answer["error"]["reason"]) == (400, "needs.reply")
    version = (await desk.cases.case(first)).version
    body = {"version": version, "text": "垃圾已清运", "reporters": [1]}
    await desk.call("POST", f"/api/v1/cases/{first}/replies", "operator", body)
    assert (await desk.change(first, "closed", "shift_leader"))[0] == 400  # the other one has none
    body = {"version": version + 1, "text": "垃圾已清运"}
    _, detail = await desk.call("POST", f"/api/v1/cases/{first}/replies", "operator", body)
    assert {one["answer"] for one in detail["reporters"]} == {"垃圾已清运"}
    assert {one["case_id"] for one in detail["reporters"]} == {first, other}
    status, answer = await desk.change(first, "closed", "shift_leader")
    assert (status, answer["error"]["reason"], answer["error"]["field"]) == (409, "case.unvisited", None)


async def test_many_cases_change_at_once_and_one_loses_the_race(desk: Desk) -> None:
    ids = [await desk.create() for _ in range(3)]
    await desk.change(ids[1], "accepted", "operator")
    cases = [{"id": one, "version": 1} for one in ids] + [{"id": 999_999, "version": 1}]
    body = {"cases": cases, "change": {"to": "accepted"}}
    status, answer = await desk.call("POST", "/api/v1/case-bulk/changes", "operator", body)
    assert (status, answer["done"], answer["failed"]) == (200, 2, 2)
    assert [one["ok"] for one in answer["results"]] == [True, False, True, False]
    assert [one["error"]["code"] for one in answer["results"] if not one["ok"]] == ["conflict", "not_found"]
    assert answer["results"][1]["error"]["reason"] == "case.changed"
    statement = "select count(*) from audit where detail->>'bulk' = $1"
    assert await desk.cases.database.fetchval(statement, answer["bulk"]) == 3  # two changes and the request itself


async def test_many_cases_are_merged_into_one_at_once_and_none_waits_for_ever(desk: Desk) -> None:
    ids = [await desk.create() for _ in range(12)]
    for one in ids:
        await desk.change(one, "accepted", "operator")
    target = ids.pop(5)
    change = {"to": "merged", "merge_into": target}
    body = {"cases": [{"id": one, "version": 2} for one in ids], "change": change}
    _, answer = await desk.call("POST", "/api/v1/case-bulk/changes", "shift_leader", body)
    assert [one["id"] for one in answer["results"] if one["ok"]] == ids
    _, detail = await desk.call("GET", f"/api/v1/cases/{target}", "shift_leader")
    assert sum(one["kind"] == "merge" for one in detail["timeline"]) == len(ids)


async def test_many_cases_are_urged_at_once(desk: Desk) -> None:
    ids = [await desk.create() for _ in range(2)]
    body = {"cases": ids, "supervision": {"kind": "urge", "text": "请抓紧办理"}}
    _, answer = await desk.call("POST", "/api/v1/case-bulk/supervisions", "inspector", body)
    assert answer["done"] == 2
    assert {(await desk.cases.case(one)).urges for one in ids} == {1}


@pytest.mark.parametrize("ids", [[], [1, 1], list(range(1, 202))])
async def test_a_bulk_is_bounded(desk: Desk, ids: list[int]) -> None:
    body = {"cases": [{"id": one, "version": 1} for one in ids], "change": {"to": "accepted"}}
    status, answer = await desk.call("POST", "/api/v1/case-bulk/changes", "operator", body)
    assert (status, answer["error"]["reason"]) == (400, "bulk.size")


async def test_words_for_strangers_are_set_and_taken_back(desk: Desk) -> None:
    case_id = await desk.create()
    path = f"/api/v1/cases/{case_id}/public-text"
    body = {"version": 1, "public_text": "村口垃圾无人清运"}
    _, detail = await desk.call("POST", path, "operator", body)
    assert (detail["public_text"], detail["timeline"][-1]["kind"]) == ("村口垃圾无人清运", "edit")
    assert (await desk.call("POST", path, "operator", body))[0] == 409
    _, detail = await desk.call("POST", path, "operator", {"version": 2, "public_text": None})
    assert detail["public_text"] is None
    assert (await desk.call("POST", path, "dispatcher", {"version": 3, "public_text": "x y"}))[0] == 403


@pytest.mark.parametrize("more", [{"secret": True}, {"category": "0603", "complained_of": "D-CITY"}])
async def test_nothing_secret_is_released(desk: Desk, more: dict[str, Any]) -> None:
    case_id = await desk.create(**more)
    body = {"version": 1, "public_text": "村口垃圾无人清运"}
    status, answer = await desk.call("POST", f"/api/v1/cases/{case_id}/public-text", "operator", body)
    assert (status, answer["error"]["reason"]) == (409, "case.never_public")


async def test_a_phone_asks_whether_anything_waits(desk: Desk) -> None:
    reading, worker = desk.room.reading, by(Doer.WORKER)
    before = await reading.news_of_worker(17, worker)
    case_id = await desk.create()
    await desk.cases.to(case_id, State.VERIFYING, Doer.OPERATOR, worker_id=17)
    fresh = await reading.news_of_worker(17, worker)
    assert (before["todo"], fresh["todo"], fresh["late"]) == (0, 1, 0)
    assert fresh["tag"] != before["tag"]
    desk.cases.now_ms += 7 * 86_400_000
    late = await reading.news_of_worker(17, worker)
    assert (late["late"], late["tag"] != fresh["tag"]) == (1, True)
