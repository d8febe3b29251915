from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest

from tests.integration.cases_desk import Desk, desk_on
from tests.integration.cases_house import CITY, LAT, LON, OTHER_TOWNSHIP, VILLAGE
from tests.integration.people_web import bearer
from tracker.cases import lists
from tracker.cases.gate import BITS, REPORTS_PER_ADDRESS, is_solved
from tracker.cases.states import State
from tracker.clock import to_datetime
from tracker.db.pool import Database
from tracker.people.model import Role
from tracker.people.tokens import digest

REF = "b" * 40


@pytest.fixture
async def desk(database: Database) -> AsyncIterator[Desk]:
    async with desk_on(database) as made:
        yield made


LAMPS: dict[str, Any] = {
    "group": "公共设施", "name": "路灯成片不亮", "icon": "lamp", "line": "住建", "department_name": "住房和城乡建设",
    "limit": 3, "unit": "work_day",
}  # fmt: skip


async def public_code(desk: Desk) -> dict[str, Any]:
    status, made = await desk.call("POST", "/api/v1/case-codes", "admin", {"area": VILLAGE, "place": "村委会门口"})
    assert status == 201
    status, code = await desk.call("GET", f"/api/v1/public/codes/{made['code']}")
    assert status == 200
    return dict(code)


def solved(code: dict[str, Any], client_id: str) -> dict[str, str]:
    salt = code["challenge"]["salt"]
    nonce = next(str(n) for n in range(1 << 24) if is_solved(salt, client_id, str(n), code["challenge"]["bits"]))
    return {"salt": salt, "nonce": nonce}


def report(code: dict[str, Any], **more: Any) -> dict[str, Any]:
    client_id = str(uuid4())
    body = {"client_id": client_id, "code": code["code"], "description": "我家门口路灯不亮", "category": "0202"}
    return body | {"challenge": solved(code, client_id), "phone": "13911112222"} | more


async def test_the_whole_way_over_http(desk: Desk) -> None:
    case_id = await desk.create()
    city = f"department:{CITY}"
    photo = [{"ref": REF, "role": "after"}]
    steps: list[tuple[str, str, dict[str, Any]]] = [
        ("accepted", "operator", {}), ("filed", "shift_leader", {}), ("dispatched", "dispatcher", {}),
        ("handling", city, {}),
        ("handled", city, {"result": "已清运", "media": photo}), ("checking", "operator", {}),
        ("reply_due", "operator", {}),
    ]  # fmt: skip
    detail: dict[str, Any] = {}
    for to, who, more in steps:
        status, detail = await desk.change(case_id, to, who, **more)
        assert (status, detail["case"]["state"]) == (200, to)
    path = f"/api/v1/cases/{case_id}"
    version = detail["case"]["version"]
    _, detail = await desk.call("POST", f"{path}/replies", "operator", {"version": version, "text": "垃圾已清运"})
    visit = {"version": detail["case"]["version"], "reporter": 1, "outcome": "satisfied", "solved": True}
    _, detail = await desk.call("POST", f"{path}/visits", "operator", visit)
    status, detail = await desk.change(case_id, "closed", "shift_leader")
    assert (status, detail["case"]["state"], detail["on_time"]) == (200, "closed", True)
    assert [one["to"] for one in detail["timeline"] if one["kind"] == "change"][-1] == "closed"
    assert {one["stage"] for one in detail["clocks"]} >= {"overall", "acceptance", "handling", "closing"}


async def test_an_old_version_gets_409_and_hears_what_happened(desk: Desk) -> None:
    case_id = await desk.create()
    await desk.change(case_id, "accepted", "operator")
    body = {"to": "accepted", "version": 1}
    status, answer = await desk.call("POST", f"/api/v1/cases/{case_id}/changes", "operator", body)
    assert status == 409
    assert "operator: reported → accepted" in answer["error"]["message"]


async def test_a_role_may_not_make_anothers_change(desk: Desk) -> None:
    case_id = await desk.create()
    assert (await desk.change(case_id, "accepted", "dispatcher"))[0] == 403
    assert (await desk.change(case_id, "accepted", "inspector"))[0] == 403


async def test_personal_data_is_masked_at_the_desk(desk: Desk) -> None:
    case_id = await desk.create()
    _, detail = await desk.call("GET", f"/api/v1/cases/{case_id}", "operator")
    assert (detail["reporters"][0]["name"], detail["reporters"][0]["phone"]) == ("赵**", "138****1234")
    body = {"reporter": 1, "field": "phone", "reason": "回访"}
    assert await desk.call("POST", f"/api/v1/cases/{case_id}/reveal", "operator", body) == (
        200,
        {"value": "13800001234"},
    )
    assert (await desk.call("POST", f"/api/v1/cases/{case_id}/reveal", "dispatcher", body))[0] == 403


async def test_a_department_sees_its_cases_and_no_reporter(desk: Desk) -> None:
    case_id, other = await desk.create(), await desk.create()
    for to, who in (("accepted", "operator"), ("filed", "shift_leader"), ("dispatched", "dispatcher")):
        await desk.change(case_id, to, who)
    city, water = f"department:{CITY}", "department:D-WATER"
    _, page = await desk.call("GET", "/api/v1/cases", city)
    assert [one["id"] for one in page["cases"]] == [case_id]
    status, detail = await desk.call("GET", f"/api/v1/cases/{case_id}", city)
    assert (status, detail["reporters"]) == (200, [])
    assert (await desk.call("GET", f"/api/v1/cases/{other}", city))[0] == 404
    assert (await desk.call("GET", f"/api/v1/cases/{case_id}", water))[0] == 404


async def test_a_complaint_is_hidden_from_the_unit_in_every_list(desk: Desk) -> None:
    case_id = await desk.create(category="0603", complained_of=CITY)
    for to, who in (("accepted", "operator"), ("filed", "shift_leader")):
        await desk.change(case_id, to, who)
    await desk.change(case_id, "dispatched", "dispatcher", department="D-XF", co_departments=["D-WATER"])
    assert (await desk.change(case_id, "handling", "department:D-XF"))[0] == 200
    city = f"department:{CITY}"
    _, page = await desk.call("GET", "/api/v1/cases", city)
    _, queues = await desk.call("GET", "/api/v1/cases/queues", city)
    assert page["cases"] == []
    assert {one["total"] for one in queues["queues"]} == {0}
    assert (await desk.call("GET", f"/api/v1/cases/{case_id}", city))[0] == 404
    assert (await desk.call("GET", f"/api/v1/cases/{case_id}", "department:D-WATER"))[0] == 200


async def test_queues_count_lights(desk: Desk) -> None:
    await desk.create()
    desk.cases.now_ms += 25 * 60_000
    await desk.create()
    desk.cases.now_ms += 6 * 60_000
    _, answer = await desk.call("GET", "/api/v1/cases/queues", "operator")
    accept = next(one for one in answer["queues"] if one["key"] == "accept")
    assert (accept["total"], accept["green"], accept["yellow"], accept["red"]) == (2, 1, 0, 1)
    _, page = await desk.call("GET", "/api/v1/cases", "operator", queue="accept", light="red")
    assert [one["light"] for one in page["cases"]] == ["red"]


@pytest.mark.parametrize(
    "query", [{"queue": "accept"}, {}, {"queue": "open"}, {"area": VILLAGE}, {"area": "130523100000"}]
)
async def test_pages_follow_each_other_without_gap_or_repeat(desk: Desk, query: dict[str, str]) -> None:
    made = []
    for _ in range(7):
        made.append(await desk.create())
        desk.cases.now_ms += 60_000
    seen: list[int] = []
    cursor: str | None = ""
    while cursor is not None:
        more = {"cursor": cursor} if cursor else {}
        status, page = await desk.call("GET", "/api/v1/cases", "operator", limit="3", **query, **more)
        assert status == 200, page
        seen += [one["id"] for one in page["cases"]]
        cursor = page["next"]
    assert seen == (made if "queue" in query else made[::-1])


async def test_lists_are_narrowed(desk: Desk) -> None:
    lamp = await desk.create(description="路灯坏了三天", category="0202", channel="hotline")
    await desk.create()
    for query in (
        {"category": "0202"},
        {"channel": "hotline"},
        {"words": "路灯"},
        {"queue": "accept", "words": "路灯"},
    ):
        _, page = await desk.call("GET", "/api/v1/cases", "operator", **query)
        assert [one["id"] for one in page["cases"]] == [lamp], query
    assert (await desk.call("GET", "/api/v1/cases", "operator", area=OTHER_TOWNSHIP))[1]["cases"] == []


async def test_a_search_looks_through_some_cases_and_says_where_to_go_on(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "WINDOW", 2)
    monkeypatch.setattr(lists, "LOOKS", 2)
    lamp = await desk.create(description="路灯坏了三天")
    for _ in range(5):
        await desk.create()
    _, page = await desk.call("GET", "/api/v1/cases", "operator", words="路灯")
    assert (page["cases"], page["next"]) == ([], str(lamp + 2))
    _, page = await desk.call("GET", "/api/v1/cases", "operator", words="路灯", cursor=page["next"])
    assert [one["id"] for one in page["cases"]] == [lamp]
    number = page["cases"][0]["number"]
    _, page = await desk.call("GET", "/api/v1/cases", "operator", words=number)
    assert ([one["id"] for one in page["cases"]], page["next"]) == ([lamp], None)


async def test_so_does_a_search_in_a_queue_also_among_cases_without_a_deadline(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "OPEN_WINDOW", 2)
    monkeypatch.setattr(lists, "LOOKS", 2)
    made = [await desk.create(description="路灯坏了" if n in (5, 6) else "村口垃圾") for n in range(8)]
    await desk.cases.database.execute("update case_file set red_at = null where id = any ($1)", made[3:])
    pages: list[list[int]] = []
    cursor: str | None = None
    while cursor is not None or not pages:
        more = {"cursor": cursor} if cursor else {}
        _, page = await desk.call("GET", "/api/v1/cases", "operator", queue="open", words="路灯", **more)
        pages.append([one["id"] for one in page["cases"]])
        cursor = page["next"]
    assert pages == [[], [made[5], made[6]], []]


async def test_lights_are_where_their_deadlines_are(desk: Desk) -> None:
    green, yellow, red, none = [await desk.create() for _ in range(4)]
    for case_id, red_s, yellow_s in ((green, 60, 30), (yellow, 60, -1), (red, -1, -30), (none, None, None)):
        at = [None if s is None else to_datetime(desk.cases.now_ms + s * 1000) for s in (red_s, yellow_s)]
        await desk.cases.database.execute(
            "update case_file set red_at = $2, yellow_at = $3 where id = $1", case_id, *at
        )
    for light, case_id in (("green", green), ("yellow", yellow), ("red", red), ("none", none)):
        _, page = await desk.call("GET", "/api/v1/cases", "operator", queue="open", light=light)
        assert [one["id"] for one in page["cases"]] == [case_id], light


@pytest.mark.parametrize(
    "query",
    [
        {"queue": "nothing"},
        {"state": "x"},
        {"cursor": "abc"},
        {"light": "red"},
        {"limit": "0"},
        {"queue": "open", "light": "blue"},
    ],
)
async def test_wrong_questions_are_told(desk: Desk, query: dict[str, str]) -> None:
    assert (await desk.call("GET", "/api/v1/cases", "operator", **query))[0] == 400


@pytest.mark.parametrize(
    "more",
    [
        {"description": ""}, {"channel": "fax"}, {"category": "9999"}, {"lat": 91}, {"lat": 10.0}, {"lon": None},
        {"reporter": {"phone": "call me"}}, {"media": [{"ref": "../x"}]}, {"unknown": 1}, {"client_id": "x"},
    ],
)  # fmt: skip
async def test_wrong_reports_are_refused(desk: Desk, more: dict[str, Any]) -> None:
    body = {"client_id": str(uuid4()), "channel": "centre", "description": "垃圾", "lat": LAT, "lon": LON}
    assert (await desk.call("POST", "/api/v1/cases", "operator", body | more))[0] == 400


async def test_the_operator_is_helped(desk: Desk) -> None:
    await desk.create(description="村口垃圾堆了一个星期没人清运")
    await desk.create(description="路灯不亮", category="0202")
    _, found = await desk.call("GET", "/api/v1/case-helpers/category", "operator", text="门口垃圾没人清运，很臭味")
    assert found["categories"][0]["code"] == "0102"
    place = {"lat": str(LAT + 0.001), "lon": str(LON)}
    _, alike = await desk.call("GET", "/api/v1/case-helpers/similar", "operator", text="垃圾堆了没人清运", **place)
    assert alike["cases"][0]["title"].startswith("村口垃圾")
    assert 100 < alike["cases"][0]["distance_m"] < 120  # a thousandth of a degree of latitude
    _, caller = await desk.call("GET", "/api/v1/case-helpers/caller", "operator", phone="13800001234")
    assert len(caller["cases"]) == 2


async def test_the_tables_are_served_as_data(desk: Desk) -> None:
    _, config = await desk.call("GET", "/api/v1/cases/config", "operator")
    assert len(config["channels"]) == 10
    assert len(config["categories"]) >= 30
    assert {one["code"] for one in config["states"]} == set(State)
    assert {"from", "to", "roles", "needs"} <= set(config["transitions"][0])


async def test_a_citizen_reports_without_signing_in(desk: Desk) -> None:
    code = await public_code(desk)
    status, made = await desk.call("POST", "/api/v1/public/reports", body=report(code, lat=LAT, lon=LON))
    assert (status, made["again"]) == (201, False)
    status, shown = await desk.call("GET", f"/api/v1/public/reports/{made['query_code']}")
    assert (status, shown["state"], shown["number"]) == (200, "reported", made["number"])
    assert shown["timeline"][0]["zh"] == "待受理"
    assert "13911112222" not in str(shown)


async def test_a_citizens_phone_gets_the_table_compressed(desk: Desk) -> None:
    path = f"/api/v1/public/codes/{(await public_code(desk))['code']}"
    async with desk.client.get(path, headers={"Accept-Encoding": "gzip"}) as answer:
        assert (answer.headers.get("Content-Encoding"), answer.status) == ("gzip", 200)
        assert (await answer.json())["categories"]


@pytest.mark.parametrize(("answers", "wrong"), [({}, ""), ({"poles": ["two"]}, "two")])
async def test_a_citizen_answers_what_the_category_requires(
    desk: Desk, answers: dict[str, list[str]], wrong: str
) -> None:
    await ask_in(desk, "0298", [POLES])
    code = await public_code(desk)
    assert POLES.items() <= next(one for one in code["categories"] if one["code"] == "0298")["attributes"][0].items()
    body = report(code, category="0298", attributes=answers)
    status, answer = await desk.call("POST", "/api/v1/public/reports", body=body)
    assert (status, answer["error"]["field"]) == (400, "attribute[poles]")
    assert f"'{wrong}'" in answer["error"]["message"]
    status, _ = await desk.call("POST", "/api/v1/public/reports", body=body | {"attributes": {"poles": ["2"]}})
    assert status == 201


async def test_a_citizen_without_a_position_is_in_the_codes_village(desk: Desk) -> None:
    code = await public_code(desk)
    await desk.call("POST", "/api/v1/public/reports", body=report(code))
    assert await desk.cases.database.fetchval("select area_code from case_file") == VILLAGE


async def test_who_lost_the_answer_gets_the_query_code_with_the_next(desk: Desk) -> None:
    body = report(await public_code(desk))
    first, second = [await desk.call("POST", "/api/v1/public/reports", body=body) for _ in range(2)]
    assert first[1]["number"] == second[1]["number"]
    assert (second[1]["again"], second[1]["query_code"]) == (True, first[1]["query_code"])
    stored = await desk.cases.database.fetchval("select string_agg(key, ' ') from case_key")
    assert first[1]["query_code"] not in stored


POLES: dict[str, Any] = {"code": "poles", "datatype": "number", "description": "坏了几盏？", "required": True}


async def ask_in(desk: Desk, category: str, asked: list[dict[str, Any]]) -> None:
    path = f"/api/v1/case-settings/categories/{category}"
    assert (await desk.call("PUT", path, "admin", LAMPS | {"attributes": asked}))[0] == 204


async def test_a_report_sent_again_is_answered_whatever_has_become_required(desk: Desk) -> None:
    await ask_in(desk, "0298", [])
    body = report(await public_code(desk), category="0298")
    centre = {
        "client_id": str(uuid4()),
        "channel": "centre",
        "description": "路灯不亮",
        "area": VILLAGE,
        "category": "0298",
    }
    doors = (("/api/v1/public/reports", "", body), ("/api/v1/cases", "operator", centre))
    first = [await desk.call("POST", path, who, sent) for path, who, sent in doors]
    await ask_in(desk, "0298", [POLES])
    again = [await desk.call("POST", path, who, sent) for path, who, sent in doors]
    assert [(status, made["again"]) for status, made in again] == [(201, True)] * 2
    assert [made["number"] for _, made in again] == [made["number"] for _, made in first]


async def test_a_report_of_a_phone_sent_again_is_answered_though_its_question_is_gone(desk: Desk) -> None:
    await phone(desk)
    await ask_in(desk, "0298", [POLES])
    body = worker_report(category="0298", attributes={"poles": ["2"]})
    _, made = await on_phone(desk, "POST", "/api/v1/my/cases", body)
    await ask_in(desk, "0298", [])
    status, again = await on_phone(desk, "POST", "/api/v1/my/cases", body)
    assert (status, again["id"], again["again"]) == (201, made["id"], True)


async def test_the_desk_answers_what_the_category_requires(desk: Desk) -> None:
    await ask_in(desk, "0298", [POLES])
    body = {
        "client_id": str(uuid4()),
        "channel": "centre",
        "description": "路灯不亮",
        "area": VILLAGE,
        "category": "0298",
    }
    status, refused = await desk.call("POST", "/api/v1/cases", "operator", body)
    assert (status, refused["error"]["field"]) == (400, "attribute[poles]")
    status, _ = await desk.call("POST", "/api/v1/cases", "operator", body | {"attributes": {"poles": ["2"]}})
    assert status == 201


async def test_a_bot_is_refused(desk: Desk) -> None:
    code = await public_code(desk)
    good = report(code)
    wrong_nonce = good | {"challenge": good["challenge"] | {"nonce": "x"}}
    other_client = good | {"client_id": str(uuid4())}
    for body in (
        good | {"website": "https://spam"},
        wrong_nonce,
        other_client,
        good | {"challenge": {"salt": "1.2", "nonce": "3"}},
    ):
        assert (await desk.call("POST", "/api/v1/public/reports", body=body))[0] == 400
    assert await desk.cases.database.fetchval("select count(*) from case_file") == 0
    assert BITS >= 12


async def test_an_old_salt_is_refused(desk: Desk) -> None:
    body = report(await public_code(desk))
    desk.cases.now_ms += 31 * 60_000
    status, answer = await desk.call("POST", "/api/v1/public/reports", body=body)
    assert (status, answer["error"]["field"]) == (400, "challenge.salt")


async def test_a_flood_from_one_place_is_stopped(desk: Desk) -> None:
    code = await public_code(desk)
    for _ in range(REPORTS_PER_ADDRESS):
        assert (await desk.call("POST", "/api/v1/public/reports", body=report(code)))[0] == 201
    assert (await desk.call("POST", "/api/v1/public/reports", body=report(code)))[0] == 429
    desk.cases.now_ms += 3_600_000
    code = await public_code(desk)
    assert (await desk.call("POST", "/api/v1/public/reports", body=report(code)))[0] == 201


async def test_a_revoked_code_leads_nowhere(desk: Desk) -> None:
    code = await public_code(desk)
    assert (await desk.call("DELETE", f"/api/v1/case-codes/{code['code']}", "admin"))[0] == 204
    assert (await desk.call("GET", f"/api/v1/public/codes/{code['code']}"))[0] == 404
    assert (await desk.call("POST", "/api/v1/public/reports", body=report(code)))[0] == 404


async def test_a_citizen_rates_and_reopens(desk: Desk) -> None:
    _, made = await desk.call("POST", "/api/v1/public/reports", body=report(await public_code(desk), category="0102"))
    path = f"/api/v1/public/reports/{made['query_code']}"
    case_id = int(await desk.cases.database.fetchval("select id from case_file"))
    assert (await desk.call("POST", f"{path}/rating", body={"rating": 5}))[0] == 409
    assert (await desk.call("POST", f"{path}/reopen", body={"reason": "还没有清"}))[0] == 409
    await desk.cases.until(case_id, State.CLOSED)
    _, shown = await desk.call("GET", path)
    assert (shown["answer"], shown["can_rate"], shown["can_reopen"]) == ("垃圾已清理，谢谢您的反映", True, True)
    status, shown = await desk.call("POST", f"{path}/rating", body={"rating": 1, "text": "没有解决"})
    assert (status, shown["rating"]) == (200, 1)
    status, shown = await desk.call("POST", f"{path}/reopen", body={"reason": "第二天又堆满了"})
    assert (status, shown["state"]) == (200, "reopened")


async def test_an_unknown_query_code_is_404(desk: Desk) -> None:
    assert (await desk.call("GET", "/api/v1/public/reports/2222222222"))[0] == 404


async def test_query_codes_cannot_be_tried_for_ever(desk: Desk) -> None:
    statuses = [(await desk.call("GET", f"/api/v1/public/reports/{n}"))[0] for n in range(301)]
    assert set(statuses[:300]) == {404}
    assert statuses[300] == 429


async def test_the_database_opens_nothing_by_query_code(desk: Desk) -> None:
    _, made = await desk.call("POST", "/api/v1/public/reports", body=report(await public_code(desk)))
    rows = await desk.cases.database.fetch("select key from case_key")
    assert made["query_code"] not in {row["key"] for row in rows}


async def phone(desk: Desk) -> dict[str, str]:
    by = await desk.people.account("enroller", Role.SUPERVISOR)
    statement = "insert into device (worker_id, token_hash, created_by) values (17, $1, $2)"
    await desk.people.database.execute(statement, digest("phone-token"), by.id)
    await desk.people.devices.load()
    return bearer("phone-token")


async def on_phone(desk: Desk, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    headers = bearer("phone-token")
    async with desk.client.request(method, path, json=body, headers=headers) as answer:
        return answer.status, await answer.json(content_type=None)


async def somebody_waits(desk: Desk) -> None:
    async with asyncio.timeout(5):
        while not len(desk.room.waiting):  # noqa: ASYNC110 - the condition is in the room, without an event of its own
            await asyncio.sleep(0.005)


async def test_a_phone_that_waits_is_told_at_once(desk: Desk) -> None:
    await phone(desk)
    path = "/api/v1/my/case-news?wait=50"
    _, before = await on_phone(desk, "GET", path)  # another tag than none: answered without waiting
    case_id = await desk.create()
    asked = asyncio.create_task(on_phone(desk, "GET", f"{path}&tag={before['tag']}"))
    await somebody_waits(desk)
    await desk.change(case_id, "verifying", "operator", worker_id=17)
    await desk.cases.watch.tick()
    _, fresh = await asyncio.wait_for(asked, 5)
    assert (before["todo"], fresh["todo"]) == (0, 1)


async def test_phones_that_wait_are_answered_when_the_server_stops_and_by_their_next_request(desk: Desk) -> None:
    await phone(desk)
    _, news = await on_phone(desk, "GET", "/api/v1/my/case-news")
    path = f"/api/v1/my/case-news?wait=50&tag={news['tag']}"
    older = asyncio.create_task(on_phone(desk, "GET", path))
    await somebody_waits(desk)
    newer = asyncio.create_task(on_phone(desk, "GET", path))
    assert await asyncio.wait_for(older, 5) == (200, news)
    desk.room.waiting.close()
    assert await asyncio.wait_for(newer, 5) == (200, news)
    assert await asyncio.wait_for(on_phone(desk, "GET", path), 5) == (200, news)


def worker_report(**more: Any) -> dict[str, Any]:
    body = {"client_id": str(uuid4()), "channel": "grid", "description": "机井盖不见了", "category": "0203"}
    return body | {"lat": LAT, "lon": LON, "media": [{"ref": REF, "role": "report"}]} | more


async def test_a_worker_reports_from_the_phone(desk: Desk) -> None:
    await phone(desk)
    body = worker_report(at_ms=desk.cases.now_ms - 3_600_000)
    status, made = await on_phone(desk, "POST", "/api/v1/my/cases", body)
    again = await on_phone(desk, "POST", "/api/v1/my/cases", body)
    assert (status, again[1]["id"], again[1]["again"]) == (201, made["id"], True)
    case = await desk.cases.case(made["id"])
    assert (case.reporter_worker, case.urgent, case.reported_ms) == (17, True, desk.cases.now_ms - 3_600_000)
    _, mine = await on_phone(desk, "GET", "/api/v1/my/cases")
    assert [one["id"] for one in mine["reported"]] == [made["id"]]


@pytest.mark.parametrize("more", [{"media": []}, {"category": None}, {"lat": None, "lon": None}, {"channel": "centre"}])
async def test_a_worker_needs_photo_category_and_position(desk: Desk, more: dict[str, Any]) -> None:
    await phone(desk)
    assert (await on_phone(desk, "POST", "/api/v1/my/cases", worker_report(**more)))[0] == 400


async def test_a_worker_outside_all_grids_reports_in_the_own_one(desk: Desk) -> None:
    await phone(desk)
    _, made = await on_phone(desk, "POST", "/api/v1/my/cases", worker_report(lat=37.0, lon=115.0))
    assert (await desk.cases.case(made["id"])).area_code == "130523100201001"


async def test_a_worker_verifies_what_was_given_to_them(desk: Desk) -> None:
    await phone(desk)
    case_id = await desk.create()
    await desk.change(case_id, "verifying", "operator")
    _, mine = await on_phone(desk, "GET", "/api/v1/my/cases")
    assert [one["case"]["id"] for one in mine["todo"]] == [case_id]
    assert mine["todo"][0]["reporters"] == []
    assert {one["to"] for one in mine["todo"][0]["changes"]} == {"accepted", "rejected"}
    version = mine["todo"][0]["case"]["version"]
    path = f"/api/v1/my/cases/{case_id}/changes"
    change: dict[str, Any] = {"to": "accepted", "version": version}
    assert (await on_phone(desk, "POST", path, change))[0] == 400  # without a photo
    status, card = await on_phone(desk, "POST", path, change | {"media": [{"ref": REF, "role": "verify"}]})
    assert (status, card["state"]) == (200, "accepted")


async def test_a_worker_reaches_no_other_case(desk: Desk) -> None:
    await phone(desk)
    case_id = await desk.create()
    body = {"to": "accepted", "version": 1, "media": [{"ref": REF, "role": "verify"}]}
    assert (await on_phone(desk, "POST", f"/api/v1/my/cases/{case_id}/changes", body))[0] == 404


async def test_self_handled_reports_are_closed_at_once(desk: Desk) -> None:
    await phone(desk)
    photos = [{"ref": REF, "role": "before"}, {"ref": REF, "role": "after"}]
    _, made = await on_phone(desk, "POST", "/api/v1/my/cases", worker_report(self_handled=True, media=photos))
    status, detail = await desk.change(made["id"], "closed", "operator", reply="已现场处理，感谢")
    assert (status, detail["case"]["state"]) == (200, "closed")
