"""The doors for other systems: keys, files, and what every door asks of photos and complaints."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest

from tests.integration.cases_desk import Desk, desk_on
from tests.integration.cases_house import GRID, LAT, LON, OTHER_GRID, TOWNSHIP, VILLAGE
from tests.integration.people_web import bearer
from tracker.cases import importing
from tracker.cases.cases import Created
from tracker.cases.intake import NewCase
from tracker.cases.model import Actor
from tracker.cases.program_keys import ProgramKeys
from tracker.cases.room import Outside
from tracker.cases.states import State
from tracker.clock import to_datetime
from tracker.db.pool import Database
from tracker.errors import TooMany, Unavailable

PATH = "/api/v1/intake/reports"
HEAD = "工单号,问题描述,类别,村代码,姓名,电话,反映时间,是否紧急"
ROW = "A-1,村口垃圾没人清运,暴露垃圾,130523100201,赵六,13800001234,2026/11/20 8:05,否"
STORED = {"a" * 32}


async def missing(refs: Sequence[str]) -> list[str]:
    return [ref for ref in refs if ref not in STORED]


@pytest.fixture
async def desk(database: Database) -> AsyncIterator[Desk]:
    async with desk_on(database, Outside(missing=missing)) as made:
        yield made


async def key(desk: Desk, channel: str = "hotline") -> str:
    status, made = await desk.call("POST", "/api/v1/intake-keys", "admin", {"name": "市热线", "channel": channel})
    assert status == 201, made
    return str(made["api_key"])


async def send(desk: Desk, api_key: str, **more: Any) -> tuple[int, Any]:
    body = {"external_number": "H-7", "description": "村口垃圾没人清运", "lat": LAT, "lon": LON} | more
    async with desk.client.post(PATH, json=body, headers=bearer(api_key)) as answer:
        return answer.status, await answer.json()


async def look(desk: Desk, api_key: str, number: str) -> tuple[int, Any]:
    async with desk.client.get(f"{PATH}/{number}", headers=bearer(api_key)) as answer:
        return answer.status, await answer.json()


async def upload(desk: Desk, data: str | bytes, who: str = "operator", **query: str) -> tuple[int, Any]:
    body = data.encode() if isinstance(data, str) else data
    headers = bearer(await desk.token(who)) | {"Content-Type": "text/csv"}
    params = {"channel": "hotline"} | query
    async with desk.client.post("/api/v1/case-imports", data=body, params=params, headers=headers) as answer:
        return answer.status, await answer.json()


async def cases(desk: Desk) -> int:
    return int(await desk.cases.database.fetchval("select count(*) from case_file"))


async def test_a_program_reports_into_its_channel_once(desk: Desk) -> None:
    api_key = await key(desk)
    first, again = await send(desk, api_key), await send(desk, api_key)
    assert (first[0], first[1]["again"], again[1]["again"]) == (201, False, True)
    assert again[1]["number"] == first[1]["number"]
    assert first[1]["query_code"] == again[1]["query_code"] is not None
    row = await desk.cases.database.fetchrow("select channel, area_code from case_file")
    assert row is not None
    assert tuple(row) == ("hotline", GRID)
    outside = await desk.cases.database.fetchval("select external_number from case_reporter")
    assert outside == "H-7"


async def test_a_program_follows_its_own_report(desk: Desk) -> None:
    api_key, other = await key(desk), await key(desk, "message")
    await send(desk, api_key, category="0102")
    status, shown = await look(desk, api_key, "H-7")
    assert (status, shown["state"], shown["open"], shown["answer"]) == (200, "reported", True, None)
    case_id = int(await desk.cases.database.fetchval("select id from case_file"))
    await desk.cases.until(case_id, State.CLOSED)
    _, shown = await look(desk, api_key, "H-7")
    assert (shown["state"], shown["answer"]) == ("closed", "垃圾已清理，谢谢您的反映")
    assert (await look(desk, other, "H-7"))[0] == 404


async def test_without_a_good_key_nothing_comes_in(desk: Desk) -> None:
    api_key = await key(desk)
    assert (await send(desk, "wrong"))[0] == 403
    _, listed = await desk.call("GET", "/api/v1/intake-keys", "admin")
    assert api_key not in str(listed)
    assert (await desk.call("DELETE", f"/api/v1/intake-keys/{listed['keys'][0]['id']}", "admin"))[0] == 204
    assert (await send(desk, api_key))[0] == 403
    assert await cases(desk) == 0


async def test_a_key_of_open311_opens_no_intake(desk: Desk) -> None:
    _, made = await desk.call("POST", "/api/v1/open311-keys", "admin", {"name": "街拍"})
    assert (await send(desk, made["api_key"]))[0] == 403


async def test_wrong_keys_are_counted(desk: Desk) -> None:
    statuses = [(await send(desk, f"wrong{n}"))[0] for n in range(31)]
    assert (statuses[0], statuses[-1]) == (403, 429)


async def test_reports_of_a_key_are_limited_for_all_processes_together(desk: Desk) -> None:
    api_key = await key(desk)
    now = to_datetime(desk.cases.now_ms)
    await desk.cases.database.execute("update program_key set counted = 599, counts_from = $1", now)
    desk.cases.now_ms += 60_000
    elsewhere = ProgramKeys(purpose="intake", database=desk.cases.database, now_ms=desk.cases.clock)
    await elsewhere.check(api_key, "10.0.0.9")
    with pytest.raises(TooMany) as told:
        await elsewhere.check(api_key, "10.0.0.9")
    assert told.value.retry_after_s == 59 * 60
    assert (await send(desk, api_key))[0] == 429
    assert (await look(desk, api_key, "H-7"))[0] == 404  # looking is not counted
    desk.cases.now_ms += 59 * 60_000
    assert (await send(desk, api_key))[0] == 201


async def test_keys_lie_as_digests(desk: Desk) -> None:
    api_key = await key(desk)
    rows = await desk.cases.database.fetch("select * from program_key")
    assert api_key not in str([dict(row) for row in rows])


@pytest.mark.parametrize(
    "more",
    [
        {"external_number": " "}, {"description": ""}, {"category": "9999"}, {"lat": 10.0}, {"area": "110101001001"},
        {"channel": "centre"}, {"media": [{"ref": "b" * 32}]}, {"complained_of": "D-NOBODY"}, {"at_ms": 1},
    ],
)  # fmt: skip
async def test_a_wrong_report_of_a_program_is_refused(desk: Desk, more: dict[str, Any]) -> None:
    body = more if "lat" in more or "area" not in more else more | {"lat": None, "lon": None}
    assert (await send(desk, await key(desk), **body))[0] == 400
    assert await cases(desk) == 0


async def test_only_the_countys_admin_makes_keys(desk: Desk) -> None:
    body = {"name": "x", "channel": "hotline"}
    assert (await desk.call("POST", "/api/v1/intake-keys", "shift_leader", body))[0] == 403
    assert (await desk.call("POST", "/api/v1/intake-keys", f"admin@{TOWNSHIP}", body))[0] == 403


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk"])
async def test_a_file_comes_in_in_every_encoding(desk: Desk, encoding: str) -> None:
    status, made = await upload(desk, f"{HEAD}\n{ROW}\n".encode(encoding))
    assert (status, made["rows"], made["created"], made["problems"]) == (200, 1, 1, [])
    row = await desk.cases.database.fetchrow("select category_code, area_code, reported_at from case_file")
    assert row is not None
    assert (row["category_code"], row["area_code"]) == ("0102", VILLAGE)
    assert row["reported_at"].isoformat() == "2026-11-20T00:05:00+00:00"


async def test_a_preview_imports_nothing(desk: Desk) -> None:
    _, shown = await upload(desk, f"{HEAD}\n{ROW}\n", dry_run="true")
    assert (shown["good"], shown["created"], await cases(desk)) == (1, 0, 0)
    (row,) = shown["preview"]
    assert (row["line"], row["external_number"], row["category_name"]) == (2, "A-1", "暴露垃圾")


async def test_one_bad_row_keeps_all_out_and_every_problem_is_named(desk: Desk) -> None:
    bad = ["A-2,,,130523100201,,,,", "A-3,路灯不亮,没有的类别,130523100201,,,,", "A-4,路灯不亮,0202,999,,,,",
           "A-1,路灯不亮,,130523100201,,,,", "A-5,路灯不亮,,130523100201,,abc,,", "A-6,路灯不亮,,130523100201,,,昨天,",
           "A-7,路灯不亮,,130523100201,,,,也许"]  # fmt: skip
    status, made = await upload(desk, "\n".join([HEAD, ROW, *bad]))
    assert (status, made["created"], await cases(desk)) == (200, 0, 0)
    problems = [(one["line"], one["field"], one["value"]) for one in made["problems"]]
    assert problems == [
        (3, "description", ""), (4, "category", "没有的类别"), (5, "area", "999"), (6, "external_number", "A-1"),
        (7, "phone", "(not shown)"), (8, "reported_at", "昨天"), (9, "urgent", "也许"),
    ]  # fmt: skip


async def test_a_file_sent_twice_is_imported_once(desk: Desk) -> None:
    await upload(desk, f"{HEAD}\n{ROW}\n")
    _, made = await upload(desk, f"{HEAD}\n{ROW}\n{ROW.replace('A-1', 'A-2')}\n")
    assert (made["created"], made["again"], await cases(desk)) == (1, 1, 2)


async def test_a_line_that_cannot_be_stored_holds_up_no_other_and_comes_with_the_next_try(desk: Desk) -> None:
    rows = [ROW.replace("A-1", f"A-{n}").replace("村口", f"村口{n % 2}号") for n in range(3)]  # two say the same
    data = "\n".join([HEAD, *rows])
    await desk.cases.database.execute("create unique index said_twice on case_file (description)")
    _, made = await upload(desk, data)
    assert [(one["line"], one["error"] and one["error"]["code"]) for one in made["results"]] == [
        (2, None), (3, None), (4, "conflict"),
    ]  # fmt: skip
    assert (made["created"], made["failed"], await cases(desk)) == (2, 1, 2)
    await desk.cases.database.execute("drop index said_twice")
    _, made = await upload(desk, data)
    assert ([one["again"] for one in made["results"]], await cases(desk)) == ([True, True, False], 3)


async def test_where_the_database_goes_away_every_line_that_was_not_reached_says_so(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "AT_ONCE", 2)
    create_all, calls = desk.room.cases.create_all, iter([True, False])

    async def once(reports: Sequence[NewCase], actor: Actor) -> list[Created]:
        if next(calls):
            return await create_all(reports, actor)
        raise Unavailable("the database is away")

    monkeypatch.setattr(desk.room.cases, "create_all", once)
    rows = [ROW.replace("A-1", f"A-{n}") for n in range(5)]
    _, made = await upload(desk, "\n".join([HEAD, *rows]))
    assert [one["error"] and one["error"]["code"] for one in made["results"]] == [None] * 2 + ["unavailable"] * 3
    assert (made["created"], made["failed"], await cases(desk)) == (2, 3, 2)


@pytest.mark.parametrize(
    "data", [b"", b"\xff\xfe\x00", "只有一列\n一\n", f"{HEAD}\n", "工单号,内容,内容\n1,一二,三四\n"]
)
async def test_what_is_no_table_is_refused(desk: Desk, data: str | bytes) -> None:
    assert (await upload(desk, data))[0] == 400


async def test_too_many_rows_are_refused(desk: Desk) -> None:
    rows = [ROW.replace("A-1", f"A-{n}") for n in range(1001)]
    status, answer = await upload(desk, "\n".join([HEAD, *rows]), dry_run="true")
    assert (status, answer["error"]["field"]) == (400, "file")


async def test_an_operator_of_a_township_imports_there_only(desk: Desk) -> None:
    far = ROW.replace("130523100201", OTHER_GRID[:12])
    _, made = await upload(desk, f"{HEAD}\n{far}\n", f"operator@{TOWNSHIP}")
    assert [one["field"] for one in made["problems"]] == ["area"]
    assert (await upload(desk, f"{HEAD}\n{ROW}\n", "dispatcher"))[0] == 403


async def test_no_door_takes_a_photo_that_nobody_uploaded(desk: Desk) -> None:
    photo = {"media": [{"ref": "b" * 32}]}
    report = {"client_id": "7f1d2c1e-0000-4000-8000-000000000001", "channel": "centre", "description": "垃圾"}
    place = {"lat": LAT, "lon": LON}
    status, answer = await desk.call("POST", "/api/v1/cases", "operator", report | place | photo)
    assert (status, answer["error"]["field"], answer["error"]["reason"]) == (400, "media.ref", "photo.unknown")
    case_id = await desk.create()
    assert (await desk.change(case_id, "accepted", "operator", **photo))[0] == 400
    good = {"media": [{"ref": "a" * 32}]}
    assert (await desk.change(case_id, "accepted", "operator", **good))[0] == 200


async def test_a_complaint_names_somebody_who_is_known(desk: Desk) -> None:
    report = {"client_id": "7f1d2c1e-0000-4000-8000-000000000002", "channel": "centre", "description": "态度不好"}
    for about, expected in (("D-NOBODY", 400), ("worker:999", 400), ("worker:x", 400), ("worker:17", 201)):
        body = report | {"area": VILLAGE, "complained_of": about}
        assert (await desk.call("POST", "/api/v1/cases", "operator", body))[0] == expected, about
