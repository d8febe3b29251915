"""The patrol's routes as a supervisor's page sees them."""

from __future__ import annotations

import base64
import io
from collections.abc import AsyncIterator

import numpy as np
import openpyxl
import orjson
import pytest

from tests.integration.patrol_web import Office, new_office
from tests.integration.test_patrol_engine import EAST, lane_walk
from tests.unit.patrol.patrol_house import COUNTY, DAY, GRID, LAT, LON, MIDNIGHT, MORNING
from tracker.bus.model import AreaEvent
from tracker.db.pool import Database
from tracker.patrol.compliance import FORMULAS
from tracker.people.model import Role

FOREIGN = "130533101000"  # another township
VILLAGE = "130533100201"
DAY_TEXT = DAY.isoformat()
DAY_MS = 86_400_000


@pytest.fixture
async def office(database: Database) -> AsyncIterator[Office]:
    async with new_office(database) as made:
        yield made


async def walked(office: Office) -> Office:
    """The first worker has walked the morning round; it is 46 minutes old."""
    office.town.now_ms += 46 * 60_000
    await office.town.send(*lane_walk())
    await office.town.engine.settle()
    return office


async def day_over(office: Office) -> Office:
    """The next morning: one done round, five without data."""
    await walked(office)
    office.town.now_ms = MIDNIGHT + DAY_MS + 3_600_000
    await office.town.engine.settle()
    return office


async def test_rounds_are_columns_with_sums_of_areas(office: Office) -> None:
    await walked(office)
    found = await office.get("/patrol/rounds")
    assert [one["name"] for one in found["rounds"]] == ["早巡", "午巡", "晚巡"]
    assert (found["day"], found["round"]["ordinal"]) == (DAY_TEXT, 1)
    grids = found["grids"]
    assert (grids["code"], grids["state"]) == ([GRID, EAST], ["done", "open"])
    assert {len(column) for column in grids.values()} == {2}
    assert [(one["code"], one["grids"], one["done"]) for one in found["areas"]] == [
        ("130533100000", 2, 1), (VILLAGE, 2, 1),
    ]  # fmt: skip
    noon = await office.get(f"/patrol/rounds?area={GRID}&day={DAY_TEXT}&round=2")
    assert noon["grids"]["state"] == ["waiting"]


async def test_cells_come_with_bits_and_a_tag(office: Office) -> None:
    await walked(office)
    answer = await office.client.get("/api/v1/patrol/cells")
    found = orjson.loads(await answer.read())
    offset = found["grids"]["offset"]
    assert (offset[0], offset[-1], len(offset)) == (0, len(found["cells"]), 3)
    bits = np.unpackbits(np.frombuffer(base64.b64decode(found["seen"]), np.uint8), bitorder="little")
    rounds = await office.get("/patrol/rounds")
    drawn = [int(bits[offset[i] : offset[i + 1]].sum()) for i in (0, 1)]  # cells of which most was seen
    assert drawn == pytest.approx(rounds["grids"]["covered"], abs=5)
    assert drawn[0] > rounds["grids"]["covered"][1] == drawn[1] == 0
    again = await office.client.get("/api/v1/patrol/cells", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status == 304


async def test_one_round_says_what_is_met_and_is_audited(office: Office) -> None:
    await walked(office)
    found = await office.get(f"/patrol/rounds/{GRID}/{DAY_TEXT}/1")
    assert [(one["name"], one["met"]) for one in found["criteria"]] == [("coverage", True), ("minutes", True)]
    assert [one["worker_id"] for one in found["walkers"]] == [1]
    assert found["walkers"][0]["covered"] == found["covered"]
    assert len(found["cell_ids"]) == found["cells"]
    assert found["gaps"] == []
    assert "round.read" in await office.audited()
    east = await office.get(f"/patrol/rounds/{EAST}/{DAY_TEXT}/1")
    assert east["gaps"] == [{"worker_id": 2, "from_ms": MORNING.starts_ms, "to_ms": office.town.now_ms}]


async def test_the_work_list_has_the_not_started_round_and_its_worker(office: Office) -> None:
    await walked(office)
    (item,) = (await office.get("/patrol/work"))["items"]
    assert (item["grid"], item["worker_id"], item["name"], item["state"]) == (EAST, 2, "乙", "open")
    assert (item["minutes_left"], item["last_seen_ms"], item["answer"]) == (240 - 46, None, None)


async def test_an_urging_reaches_the_phone_and_the_answer_comes_back(office: Office) -> None:
    urged = await office.ask("POST", "/patrol/urge", {"worker_id": 2, "text": "请到东头看看"}, status=201)
    office.worker = 2
    (notice,) = (await office.get("/my/round"))["notices"]
    assert notice == urged == {"id": 1, "kind": "urge", "text": "请到东头看看", "created_ms": office.town.now_ms}
    await office.ask("POST", "/my/notices/1", {"answer": "马上去"}, status=204)
    assert (await office.get("/my/round"))["notices"] == []
    item = next(one for one in (await office.get("/patrol/work"))["items"] if one["worker_id"] == 2)
    assert (item["urged_ms"], item["seen_ms"], item["answer"]) == (office.town.now_ms, office.town.now_ms, "马上去")
    told = [one for one in office.town.news if isinstance(one, AreaEvent) and one.kind == "notice"]
    assert [(one.area_code, one.data["kind"]) for one in told] == [(EAST, "urge"), (EAST, "answer")]
    assert "patrol.urge" in await office.audited()


async def test_a_second_urging_at_once_is_too_many(office: Office) -> None:
    await office.ask("POST", "/patrol/urge", {"worker_id": 2}, status=201)
    found = await office.ask("POST", "/patrol/urge", {"worker_id": 2}, status=429)
    assert found["error"]["retry_after_s"] == 60


async def test_compliance_counts_by_grid_and_worker(office: Office) -> None:
    await day_over(office)
    found = await office.get(f"/patrol/compliance?from={DAY_TEXT}&to={DAY_TEXT}")
    assert found["formulas"] == dict(FORMULAS)
    assert [(one["key"], one["due"], one["done"], one["no_data"]) for one in found["rows"]] == [
        (GRID, 3, 1, 2), (EAST, 3, 0, 3),
    ]  # fmt: skip
    assert (found["total"]["due"], found["total"]["rate"], found["total"]["rate_known"]) == (6, 0.1667, 1.0)
    workers = await office.get(f"/patrol/compliance?from={DAY_TEXT}&to={DAY_TEXT}&by=worker")
    assert [(one["key"], one["name"], one["done"], one["rate"]) for one in workers["rows"]] == [
        ("1", "甲", 1, 0.3333), ("2", "乙", 0, 0.0),
    ]  # fmt: skip
    assert workers["rows"][0]["minutes"] == pytest.approx(44.8, abs=0.3)
    village = await office.get(f"/patrol/compliance?from={DAY_TEXT}&to={DAY_TEXT}&by=village")
    assert [(one["key"], one["name"], one["due"]) for one in village["rows"]] == [(VILLAGE, "东街村", 6)]


async def test_a_leave_excuses_the_worker_and_pages_follow_the_cursor(office: Office) -> None:
    leave = {"worker_id": 2, "from_day": DAY_TEXT, "to_day": DAY_TEXT, "reason": "病假"}
    made = await office.ask("POST", "/patrol/leaves", leave, status=201)
    assert {name: made[name] for name in leave} == leave
    await day_over(office)
    span = f"from={DAY_TEXT}&to={DAY_TEXT}&by=worker&limit=1"
    first = await office.get(f"/patrol/compliance?{span}")
    second = await office.get(f"/patrol/compliance?{span}&cursor={first['next']}")
    rows = {one["key"]: one for one in [*first["rows"], *second["rows"]]}
    assert second["next"] is None
    assert (rows["2"]["excused"], rows["2"]["rate"], rows["2"]["rank"]) == (3, None, None)


async def test_the_report_comes_as_files(office: Office) -> None:
    await day_over(office)
    span = f"from={DAY_TEXT}&to={DAY_TEXT}&by=worker"
    csv = await (await office.client.get(f"/api/v1/patrol/compliance.csv?{span}")).read()
    assert csv.startswith("\ufeff名次,编号,名称".encode())
    answer = await office.client.get(f"/api/v1/patrol/compliance.xlsx?{span}")
    book = openpyxl.load_workbook(io.BytesIO(await answer.read()))
    assert book.sheetnames == ["巡查考核", "公式"]
    assert [row[2] for row in book["巡查考核"].iter_rows(values_only=True)] == ["名称", "甲", "乙", "威县"]
    assert {"compliance.csv", "compliance.xlsx"} <= set(await office.audited())


async def test_the_time_machine_shows_places_and_coverage_of_then(office: Office) -> None:
    await day_over(office)
    then = MORNING.starts_ms + 302_000
    found = await office.get(f"/patrol/at?time={then}")
    assert (found["positions"]["worker_id"], found["positions"]["age_ms"]) == ([1], [2000])
    assert found["positions"]["lon"][0] == pytest.approx(LON, abs=0.003)
    whole = await office.get(f"/patrol/rounds?day={DAY_TEXT}&round=1")
    assert 0 < found["rounds"]["grids"]["covered"][0] < whole["grids"]["covered"][0]
    assert found["rounds"]["round"]["name"] == "早巡"
    later = await office.get(f"/patrol/at?time={MORNING.starts_ms + 62 * 60_000}")
    assert later["positions"]["worker_id"] == []
    assert "patrol.at" in await office.audited()


async def test_a_new_plan_begins_tomorrow_and_closes_the_old_one(office: Office) -> None:
    plan = {
        "area_code": VILLAGE, "valid_from": "2026-09-02", "min_coverage": 0.8,
        "rounds": [{"name": "夜巡", "starts": "20:00", "ends": "23:00"}],
    }  # fmt: skip
    made = await office.ask("POST", "/patrol/plans", plan, status=201)
    found = await office.get(f"/patrol/plans?area={VILLAGE}")
    shown = {one["id"]: one for one in found["plans"]}
    assert (shown[made["id"]]["min_coverage"], shown[made["id"]]["valid_to"]) == (pytest.approx(0.8), None)
    assert found["holding"] != made["id"]
    assert {one["area_code"] for one in found["plans"]} == {VILLAGE, COUNTY}
    again = await office.ask("POST", "/patrol/plans", plan | {"valid_from": "2026-09-05"}, status=201)
    shown = {one["id"]: one for one in (await office.get(f"/patrol/plans?area={VILLAGE}"))["plans"]}
    assert (shown[made["id"]]["valid_to"], again["id"] in shown) == ("2026-09-05", True)
    assert "plan.add" in await office.audited()


async def test_key_points_begin_tomorrow_and_end_with_today(office: Office) -> None:
    point = {"grid_code": GRID, "name": "水井", "kind": "well", "lon": LON, "lat": LAT, "checklist": ["看井盖"]}
    made = await office.ask("POST", "/patrol/key-points", point, status=201)
    (shown,) = (await office.get(f"/patrol/key-points?area={GRID}"))["points"]
    assert (shown["name"], shown["valid_from"], shown["checklist"]) == ("水井", "2026-09-02", ["看井盖"])
    await office.ask("DELETE", f"/patrol/key-points/{made['id']}", status=204)
    assert (await office.get("/patrol/key-points"))["points"] == []
    await office.ask("DELETE", f"/patrol/key-points/{made['id']}", status=404)


async def test_drawn_cells_count_from_tomorrow(office: Office) -> None:
    (before,) = (await office.get(f"/patrol/reachable/{GRID}"))["versions"]
    assert before["source"] == "lanes"
    found = await office.ask("PUT", f"/patrol/reachable/{GRID}", {"cells": before["cells"][:5]})
    drawn, old = found["versions"]
    assert (drawn["source"], drawn["valid_from"], drawn["cells"]) == ("drawn", "2026-09-02", before["cells"][:5])
    assert old == before
    await office.town.engine.settle()
    assert (await office.get("/patrol/rounds"))["grids"]["cells"][0] == len(before["cells"])


async def test_the_calendar_is_replaced_but_not_its_past(office: Office) -> None:
    days = [
        {"day": "2026-10-01", "kind": "rest", "name": "国庆节"},
        {"day": "2026-10-10", "kind": "work", "name": "调休"},
    ]
    found = await office.ask("PUT", "/patrol/calendar?year=2026", {"days": days})
    assert found == {"year": 2026, "known": True, "days": days}
    assert (await office.get("/patrol/calendar?year=2027"))["known"] is False
    past = [{"day": "2026-05-01", "kind": "rest", "name": "劳动节"}, *days]
    await office.refused("PUT", "/patrol/calendar?year=2026", {"days": past}, field="days")
    office.area = GRID
    await office.refused("PUT", "/patrol/calendar?year=2026", {"days": days})


async def test_a_signal_is_shown_with_evidence_and_decided_once(office: Office) -> None:
    await office.town.database.execute(
        "insert into patrol_signal (worker_id, day, kind, evidence) values (1, $1, 'frozen', $2)", DAY, {"minutes": 30}
    )
    (shown,) = (await office.get("/patrol/signals?open=1"))["signals"]
    assert (shown["name"], shown["signal"]["kind"], shown["signal"]["evidence"]) == ("甲", "frozen", {"minutes": 30})
    decision = {"decision": "dismissed", "note": "手机放在桌上"}
    await office.ask("POST", "/patrol/signals/1", decision, status=204)
    assert (await office.get("/patrol/signals?open=1"))["signals"] == []
    await office.ask("POST", "/patrol/signals/1", decision, status=409)
    assert "signal.decide" in await office.audited()


async def test_an_accepted_dispute_excuses_the_round(office: Office) -> None:
    await day_over(office)
    made = await office.ask("POST", "/my/disputes", {"day": DAY_TEXT, "ordinal": 2, "text": "手机坏了"}, status=201)
    await office.ask("POST", "/my/disputes", {"day": DAY_TEXT, "ordinal": 2, "text": "再说一遍"}, status=409)
    (shown,) = (await office.get("/patrol/disputes?open=1"))["disputes"]
    assert (shown["name"], shown["dispute"]["text"], shown["dispute"]["state"]) == ("甲", "手机坏了", "no_data")
    await office.ask("POST", f"/patrol/disputes/{made['id']}", {"decision": "accepted", "note": "属实"}, status=204)
    own = {one["ordinal"]: one for one in (await office.get("/my/rounds?days=2"))["rounds"] if one["day"] == DAY_TEXT}
    assert (own[2]["state"], own[2]["dispute"]["decision"]) == ("excused", "accepted")
    await office.ask("POST", f"/patrol/disputes/{made['id']}", {"decision": "refused"}, status=409)


async def test_an_accepted_dispute_outlives_late_data(office: Office) -> None:
    await day_over(office)
    await office.ask("POST", "/my/disputes", {"day": DAY_TEXT, "ordinal": 2, "text": "手机坏了"}, status=201)
    await office.ask("POST", "/patrol/disputes/1", {"decision": "accepted"}, status=204)
    await office.town.send(*lane_walk(5.2 * 3600)[:20])
    await office.town.engine.settle()
    found = await office.get(f"/patrol/rounds/{GRID}/{DAY_TEXT}/2")
    assert (found["state"], found["covered"] > 0) == ("excused", True)


PATHS = ["rounds", "cells", "work", "at?time=1", "plans", "key-points", "signals", "disputes"]
PATHS += [f"compliance{suffix}?from={DAY_TEXT}&to={DAY_TEXT}" for suffix in ("", ".csv", ".xlsx")]


@pytest.mark.parametrize("path", PATHS)
async def test_a_foreign_area_is_refused(office: Office, path: str) -> None:
    office.area = FOREIGN
    joint = "&" if "?" in path else "?"
    await office.refused("GET", f"/patrol/{path}{joint}area={COUNTY}")


async def test_writes_of_a_foreign_area_are_refused(office: Office) -> None:
    await day_over(office)
    await office.ask("POST", "/my/disputes", {"day": DAY_TEXT, "ordinal": 2, "text": "手机坏了"}, status=201)
    await office.town.database.execute(
        "insert into patrol_signal (worker_id, day, kind, evidence) values (1, $1, 'frozen', '{}')", DAY
    )
    point = {"grid_code": GRID, "name": "水井", "kind": "well", "lon": LON, "lat": LAT}
    made = await office.ask("POST", "/patrol/key-points", point, status=201)
    leave = await office.ask("POST", "/patrol/leaves", LEAVE, status=201)
    office.area = FOREIGN
    plan = {
        "area_code": GRID,
        "valid_from": "2026-09-09",
        "rounds": [{"name": "一", "starts": "06:00", "ends": "07:00"}],
    }
    await office.refused("POST", "/patrol/urge", {"worker_id": 1})
    await office.refused("POST", "/patrol/plans", plan)
    await office.refused("POST", "/patrol/key-points", point)
    await office.refused("DELETE", f"/patrol/key-points/{made['id']}")
    await office.refused("GET", f"/patrol/rounds/{GRID}/{DAY_TEXT}/1")
    await office.refused("GET", f"/patrol/reachable/{GRID}")
    await office.refused("PUT", f"/patrol/reachable/{GRID}", {"cells": []})
    await office.refused("POST", "/patrol/leaves", {"worker_id": 1, "from_day": "2026-09-02", "to_day": "2026-09-02"})
    await office.refused("PATCH", f"/patrol/leaves/{leave['id']}", {"to_day": "2026-09-09"})
    await office.refused("DELETE", f"/patrol/leaves/{leave['id']}")
    await office.ask("POST", "/patrol/signals/1", {"decision": "dismissed"}, status=404)
    await office.ask("POST", "/patrol/disputes/1", {"decision": "refused"}, status=404)


async def test_a_viewer_may_look_but_not_judge(office: Office) -> None:
    office.role = Role.VIEWER
    await office.get("/patrol/rounds")
    await office.refused("GET", f"/patrol/compliance?from={DAY_TEXT}&to={DAY_TEXT}")
    await office.refused("POST", "/patrol/urge", {"worker_id": 1})


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("rounds?day=yesterday", "day"),
        ("rounds?round=9", "round"),
        ("rounds?area=1", "area"),
        ("cells?day=0001-01-01", "day"),
        ("at?time=never", "time"),
        ("at?time=4102444800000", "time"),
        ("compliance?from=2026-09-02&to=2026-09-01", "to"),
        ("compliance?to=2026-09-01", "from"),
        ("compliance?from=2026-01-01&to=2026-09-01", "to"),
        ("compliance?from=2026-09-01&to=2026-09-01&by=name", "by"),
        (f"compliance?area={GRID}&from=2026-09-01&to=2026-09-01&by=township", "by"),
        ("compliance?from=2026-09-01&to=2026-09-01&cursor=x", "cursor"),
        (f"rounds/{GRID}/{DAY_TEXT}/x", "ordinal"),
        (f"rounds/{GRID}/{DAY_TEXT}/0", "ordinal"),
        (f"rounds/{GRID}/1.9.2026/1", "day"),
        ("signals?open=maybe", "open"),
        ("disputes?cursor=-1", "cursor"),
        ("calendar", "year"),
        ("calendar?year=1999", "year"),
        ("key-points?cursor=x", "cursor"),
    ],
)
async def test_a_bad_value_names_its_field(office: Office, path: str, field: str) -> None:
    await office.refused("GET", f"/patrol/{path}", field=field)


ROUND = {"name": "一", "starts": "06:00", "ends": "07:00"}
PLAN = {"area_code": GRID, "valid_from": "2026-09-09", "rounds": [ROUND]}
POINT = {"grid_code": GRID, "name": "水井", "kind": "well", "lon": LON, "lat": LAT}
LEAVE = {"worker_id": 1, "from_day": "2026-09-02", "to_day": "2026-09-02"}


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("urge", {"worker_id": 1, "text": "急" * 300}, "text"),
        ("urge", {"worker_id": "x"}, "worker_id"),
        ("plans", PLAN | {"valid_from": DAY_TEXT}, "valid_from"),
        ("plans", PLAN | {"min_coverage": 2}, "min_coverage"),
        ("plans", PLAN | {"walkers": "dogs"}, "walkers"),
        ("plans", PLAN | {"rounds": []}, "rounds"),
        ("plans", PLAN | {"rounds": [ROUND | {"starts": "6"}]}, "rounds.starts"),
        ("plans", PLAN | {"rounds": [ROUND, ROUND]}, "rounds"),
        ("key-points", POINT | {"kind": "dragon"}, "kind"),
        ("key-points", POINT | {"lon": 100.0}, "lon"),
        ("key-points", POINT | {"name": ""}, "name"),
        ("leaves", LEAVE | {"to_day": "2026-09-01"}, "to_day"),
        ("leaves", LEAVE | {"from_day": "2026-08-01"}, "from_day"),
        ("signals/1", {"decision": "perhaps"}, "decision"),
        ("disputes/1", {"decision": "confirmed"}, "decision"),
        ("disputes/1", {"decision": "refused", "note": "x" * 600}, "note"),
    ],
)
async def test_a_bad_body_names_its_field(office: Office, path: str, body: object, field: str) -> None:
    await office.refused("POST", f"/patrol/{path}", body, field=field)


@pytest.mark.parametrize("cells", [[], ["x"], ["8b31b0000000fff"], ["8a194ad32b07fff"], ["ffffffffffffffffffff"]])
async def test_wrong_cells_are_refused(office: Office, cells: list[str]) -> None:
    await office.refused("PUT", f"/patrol/reachable/{GRID}", {"cells": cells}, field="cells")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "urge", {"worker_id": 99}),
        ("POST", "leaves", LEAVE | {"worker_id": 99}),
        ("GET", "reachable/130533100201009", None),
        ("GET", f"rounds/{GRID}/2026-01-05/1", None),
        ("POST", "signals/77", {"decision": "dismissed"}),
        ("POST", "disputes/77", {"decision": "refused"}),
        ("DELETE", "key-points/77", None),
    ],
)
async def test_what_is_not_there_is_not_found(office: Office, method: str, path: str, body: object) -> None:
    await office.ask(method, f"/patrol/{path}", body, status=404)


async def test_leave_twice_is_refused(office: Office) -> None:
    await office.ask("POST", "/patrol/leaves", LEAVE, status=201)
    await office.refused("POST", "/patrol/leaves", LEAVE | {"to_day": "2026-09-05"}, field="from_day")


THEIRS = {"worker_id": 2, "from_day": "2026-09-03", "to_day": "2026-09-05", "reason": "病假"}


async def test_leaves_are_listed_changed_and_taken_back(office: Office) -> None:
    made = await office.ask("POST", "/patrol/leaves", THEIRS, status=201)
    assert (await office.get(f"/patrol/leaves?area={GRID}"))["leaves"] == []
    (shown,) = (await office.get(f"/patrol/leaves?area={EAST}"))["leaves"]
    assert shown == made == {"id": made["id"], "name": "乙", "grid": EAST} | THEIRS
    changed = await office.ask("PATCH", f"/patrol/leaves/{made['id']}", {"to_day": "2026-09-08"})
    assert (changed["id"], changed["to_day"]) == (made["id"], "2026-09-08")
    await office.ask("DELETE", f"/patrol/leaves/{made['id']}", status=204)
    assert (await office.get("/patrol/leaves"))["leaves"] == []
    await office.ask("DELETE", f"/patrol/leaves/{made['id']}", status=404)
    assert {"leave.add", "leave.change", "leave.drop"} <= set(await office.audited())


async def test_a_leave_entered_afterwards_excuses_closed_rounds_and_says_so(office: Office) -> None:
    await day_over(office)
    path = f"/patrol/rounds/{EAST}/{DAY_TEXT}/1"
    before = await office.get(path)
    assert (before["state"], before["revised_ms"]) == ("no_data", None)
    leave = {"worker_id": 2, "from_day": DAY_TEXT, "to_day": DAY_TEXT}
    made = await office.ask("POST", "/patrol/leaves", leave, status=201)
    await office.town.engine.settle()
    after = await office.get(path)
    assert (after["state"], after["revised_ms"]) == ("excused", office.town.now_ms)
    assert (await office.get(f"/patrol/rounds/{GRID}/{DAY_TEXT}/1"))["revised_ms"] is None
    await office.ask("DELETE", f"/patrol/leaves/{made['id']}", status=204)
    await office.town.engine.settle()
    assert (await office.get(path))["state"] == "no_data"


async def test_a_leave_of_today_excuses_the_round_that_is_over_and_says_so(office: Office) -> None:
    office.town.now_ms = MORNING.ends_ms + 20 * 60_000
    await office.town.engine.settle()
    path = f"/patrol/rounds/{EAST}/{DAY_TEXT}/1"
    assert (await office.get(path))["state"] == "no_data"
    leave = {"worker_id": 2, "from_day": DAY_TEXT, "to_day": DAY_TEXT}
    await office.ask("POST", "/patrol/leaves", leave, status=201)
    await office.town.engine.settle()
    after = await office.get(path)
    assert (after["state"], after["revised_ms"]) == ("excused", office.town.now_ms)


@pytest.mark.parametrize(
    ("to_day", "status"), [("2026-09-01", 400), ("2026-09-12", 400), ("2028-01-01", 400), ("2026-09-11", 200)]
)
async def test_a_leave_s_new_end_fits_its_start_and_the_next_leave(office: Office, to_day: str, status: int) -> None:
    made = await office.ask("POST", "/patrol/leaves", THEIRS, status=201)
    following = THEIRS | {"from_day": "2026-09-12", "to_day": "2026-09-13"}
    await office.ask("POST", "/patrol/leaves", following, status=201)
    found = await office.ask("PATCH", f"/patrol/leaves/{made['id']}", {"to_day": to_day}, status=status)
    assert status == 200 or (found["error"]["field"], found["error"]["value"]) == ("to_day", to_day)


async def test_a_leave_that_began_too_long_ago_is_ended_not_taken_back(office: Office) -> None:
    made = await office.ask("POST", "/patrol/leaves", THEIRS | {"to_day": "2026-10-30"}, status=201)
    office.town.now_ms += 20 * DAY_MS
    await office.refused("DELETE", f"/patrol/leaves/{made['id']}", field="from_day")
    await office.refused("PATCH", f"/patrol/leaves/{made['id']}", {"to_day": "2026-09-05"}, field="to_day")
    await office.ask("PATCH", f"/patrol/leaves/{made['id']}", {"to_day": "2026-09-21"})
