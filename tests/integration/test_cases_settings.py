from __future__ import annotations

import stat
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.cases_desk import Desk, desk_on
from tests.integration.cases_house import RING, TOWNSHIP, CaseHouse
from tracker.cases.keyring import KeyFile, reseal, rotated
from tracker.cases.persons import Persons
from tracker.cases.states import Doer, State
from tracker.db.pool import Database
from tracker.errors import WrongSetting

PATH = "/api/v1/case-settings"
LAMP: dict[str, Any] = {
    "group": "公共设施", "name": "路灯故障", "icon": "lamp", "line": "住建", "department_name": "住房和城乡建设",
    "limit": 3, "unit": "work_day", "keywords": ["路灯"],
}  # fmt: skip


@pytest.fixture
async def desk(database: Database) -> AsyncIterator[Desk]:
    async with desk_on(database) as made:
        yield made


async def put(desk: Desk, path: str, body: Any, who: str = "admin", method: str = "PUT") -> tuple[int, Any]:
    return await desk.call(method, f"{PATH}/{path}", who, body)


async def category(desk: Desk, code: str) -> dict[str, Any] | None:
    _, config = await desk.call("GET", "/api/v1/cases/config", "operator")
    return next((one for one in config["categories"] if one["code"] == code), None)


async def test_a_category_is_made_changed_and_retired_with_a_history(desk: Desk) -> None:
    assert (await put(desk, "categories/0299", LAMP))[0] == 204
    assert (await category(desk, "0299") or {})["limit"] == 3
    assert (await put(desk, "categories/0299", LAMP | {"limit": 5}))[0] == 204
    case_id = await desk.create(category="0299")
    assert (await put(desk, "categories/0299", None, method="DELETE"))[0] == 204
    assert await category(desk, "0299") is None
    _, detail = await desk.call("GET", f"/api/v1/cases/{case_id}", "operator")
    assert detail["case"]["category_name"] == "路灯故障"  # the case keeps it
    _, history = await desk.call("GET", f"{PATH}/history", "admin", kind="category", key="0299")
    limits = [((one["before"] or {}).get("limit"), (one["after"] or {}).get("limit")) for one in history["changes"]]
    assert limits == [(5, None), (3, 5), (None, 3)]
    _, all_of_it = await desk.call("GET", PATH, "admin")
    assert next(one for one in all_of_it["categories"] if one["code"] == "0299")["enabled"] is False
    lines = "select count(*) from audit where action = 'case_setting.change'"
    assert await desk.cases.database.fetchval(lines) == 3


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("categories/29", LAMP), ("categories/0299", LAMP | {"limit": 0}), ("categories/0299", LAMP | {"unit": "week"}),
        ("categories/0299", LAMP | {"icon": "<svg>"}), ("categories/0299", LAMP | {"department_code": "D-NOBODY"}),
        ("categories/0299", LAMP | {"attributes": [{"code": "A", "datatype": "singlevaluelist", "description": "x"}]}),
        ("channels/Fax!", {"name": "传真", "kind": "paper"}), ("channels/fax", {"name": "", "kind": "paper"}),
        ("channels/fax", {"name": "传真", "kind": "fax"}), ("limits/signing", {"limit": -1, "unit": "minute"}),
    ],
)  # fmt: skip
async def test_wrong_settings_are_refused(desk: Desk, path: str, body: Any) -> None:
    assert (await put(desk, path, body))[0] == 400


@pytest.mark.parametrize("who", ["shift_leader", "operator", f"admin@{TOWNSHIP}"])
async def test_only_the_countys_admin_sets_up(desk: Desk, who: str) -> None:
    assert (await desk.call("GET", PATH, who))[0] == 403
    assert (await put(desk, "categories/0299", LAMP, who))[0] == 403
    assert (await desk.call("GET", "/api/v1/webhooks", who))[0] == 403


async def test_a_new_channel_takes_reports_until_it_is_retired(desk: Desk) -> None:
    assert (await put(desk, "channels/fax", {"name": "传真", "kind": "paper"}))[0] == 204
    await desk.create(channel="fax")
    assert (await put(desk, "channels/fax", None, method="DELETE"))[0] == 204
    body = {
        "client_id": "7f1d2c1e-0000-4000-8000-000000000003",
        "channel": "fax",
        "description": "垃圾",
        "area": TOWNSHIP,
    }
    assert (await desk.call("POST", "/api/v1/cases", "operator", body))[0] == 400
    assert (await put(desk, "channels/grid", None, method="DELETE"))[0] == 400
    _, config = await desk.call("GET", "/api/v1/cases/config", "operator")
    fax = next(one for one in config["channels"] if one["code"] == "fax")
    assert (fax["name"], fax["enabled"]) == ("传真", False)  # the case keeps its name


async def test_a_text_is_added_changed_and_retired(desk: Desk) -> None:
    body = {"kind": "reply", "title": "已转办", "body": "您反映的问题已转有关单位。"}
    status, made = await put(desk, "templates", body, method="POST")
    assert status == 201
    assert (await put(desk, f"templates/{made['id']}", body | {"title": "已转交"}))[0] == 204
    _, config = await desk.call("GET", "/api/v1/cases/config", "operator")
    assert next(one for one in config["templates"] if one["id"] == made["id"])["title"] == "已转交"
    assert (await put(desk, f"templates/{made['id']}", None, method="DELETE"))[0] == 204
    assert (await put(desk, f"templates/{made['id']}", None, method="DELETE"))[0] == 404
    assert (await put(desk, "templates/9999", body))[0] == 404


async def test_running_clocks_keep_their_limits(desk: Desk) -> None:
    old = await desk.create()
    before = await desk.cases.database.fetchval("select deadline_at from case_clock where stage = 'acceptance'")
    assert (await put(desk, "limits/acceptance", {"limit": 10, "unit": "minute"}))[0] == 204
    await desk.create()
    statement = "select limit_value, deadline_at from case_clock where stage = 'acceptance' order by case_id"
    rows = await desk.cases.database.fetch(statement)
    assert [row["limit_value"] for row in rows] == [30, 10]
    assert rows[0]["deadline_at"] == before
    await desk.cases.to(old, State.ACCEPTED, Doer.OPERATOR)
    finished = await desk.cases.database.fetchrow(
        "select limit_value, snapshot from case_clock where stage = 'acceptance' and case_id = $1", old
    )
    assert finished is not None
    assert (finished["limit_value"], finished["snapshot"]["limit"]) == (30, 30)
    assert (await put(desk, "limits/nothing", {"limit": 10, "unit": "minute"}))[0] == 404


async def test_working_hours_change_from_a_coming_day_on(desk: Desk) -> None:
    body = {"from": "2026-12-01", "weekdays": [1, 2, 3, 4, 5, 6], "hours": [["08:00", "12:00"], ["14:00", "18:00"]]}
    assert (await put(desk, "plans", body, method="POST"))[0] == 204
    _, found = await desk.call("GET", PATH, "admin")
    assert [one["from"] for one in found["plans"]] == ["2000-01-01", "2026-12-01"]
    assert (await put(desk, "plans/2026-12-01", None, method="DELETE"))[0] == 204
    assert (await put(desk, "plans/2026-12-01", None, method="DELETE"))[0] == 404


@pytest.mark.parametrize(
    "more",
    [{"from": "2026-11-23"}, {"from": "2000-01-01"}, {"weekdays": []}, {"weekdays": [8]}, {"hours": []},
     {"hours": [["12:00", "08:00"]]}, {"hours": [["8", "12:00"]]}],
)  # fmt: skip
async def test_past_and_impossible_hours_are_refused(desk: Desk, more: dict[str, Any]) -> None:
    body = {"from": "2026-12-01", "weekdays": [1], "hours": [["08:00", "12:00"]]} | more
    assert (await put(desk, "plans", body, method="POST"))[0] == 400


async def test_webhooks_are_set_up_over_http(desk: Desk) -> None:
    body = {"name": "市平台", "url": "https://hook.example/x", "kinds": ["case.warning"], "department": "D-CITY"}
    status, made = await desk.call("POST", "/api/v1/webhooks", "admin", body)
    assert (status, made["secret"][:6]) == (201, "whsec_")
    _, listed = await desk.call("GET", "/api/v1/webhooks", "admin")
    assert made["secret"] not in str(listed)
    assert [(one["url"], one["kinds"]) for one in listed["webhooks"]] == [("https://hook.example/x", ["case.warning"])]
    one = f"/api/v1/webhooks/{made['id']}"
    assert (await desk.call("PUT", one, "admin", body | {"kinds": []}))[0] == 204
    assert (await desk.call("POST", f"{one}/test", "admin"))[0] == 200
    _, page = await desk.call("GET", f"{one}/deliveries", "admin", state="waiting")
    assert [row["kind"] for row in page["deliveries"]] == ["webhook.test"]
    assert (await desk.call("DELETE", one, "admin"))[0] == 204
    assert (await desk.call("PUT", one, "admin", body))[0] == 404
    assert (await desk.call("POST", f"{one}/resend", "admin"))[1] == {"count": 0}
    rows = await desk.cases.database.fetch("select secret_sealed::text from webhook")
    assert made["secret"] not in str(rows)
    audit = str(await desk.cases.database.fetch("select detail from audit where action like 'webhook.%'"))
    assert made["secret"] not in audit


@pytest.mark.parametrize(
    "more",
    [{"url": "http://10.0.0.1/"}, {"url": "gopher://x.example"}, {"kinds": ["case.secret"]}, {"area": "110101000000"},
     {"department": "D-NOBODY"}, {"secret": "short"}, {"name": ""}],
)  # fmt: skip
async def test_a_wrong_webhook_is_refused(desk: Desk, more: dict[str, Any]) -> None:
    body = {"name": "市平台", "url": "https://hook.example/x"} | more
    assert (await desk.call("POST", "/api/v1/webhooks", "admin", body))[0] == 400


async def test_names_and_phones_lie_sealed(desk: Desk) -> None:
    await desk.create()
    tables = ("case_reporter", "case_file", "case_event", "case_outbox", "case_key", "audit")
    for table in tables:
        rows = await desk.cases.database.fetch(f"select to_jsonb(t)::text as row from {table} t")
        text = "".join(row["row"] for row in rows)
        assert [word for word in ("赵六", "13800001234", "3800001") if word in text] == [], table
    _, caller = await desk.call("GET", "/api/v1/case-helpers/caller", "operator", phone="+86 138-0000-1234")
    assert len(caller["cases"]) == 1


async def test_reading_a_name_is_audited(desk: Desk) -> None:
    case_id = await desk.create()
    body = {"reporter": 1, "field": "name", "reason": "回访"}
    assert await desk.call("POST", f"/api/v1/cases/{case_id}/reveal", "operator", body) == (200, {"value": "赵六"})
    row = await desk.cases.database.fetchval("select detail from audit where action = 'case.reveal'")
    assert (row["field"], row["reason"]) == ("name", "回访")


async def test_the_first_start_makes_a_key_file_for_its_user_only(database: Database, tmp_path: Path) -> None:
    file = KeyFile(tmp_path / "data" / "person-keys.json")
    ring = await file.load(database)
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
    assert (await file.load(database)).keys == ring.keys
    assert [one.name for one in file.path.parent.iterdir()] == ["person-keys.json"]


async def test_another_key_file_stops_the_start(database: Database, tmp_path: Path) -> None:
    await KeyFile(tmp_path / "one.json").load(database)
    other = KeyFile(tmp_path / "two.json")
    other.write(RING)
    with pytest.raises(WrongSetting, match="backup"):
        await other.load(database)
    with pytest.raises(WrongSetting, match="person_keys"):
        await KeyFile(tmp_path / "gone.json").load(database)


@pytest.mark.parametrize("text", ["", "{}", '{"current":"x","keys":{},"index":""}', "not json"])
async def test_a_damaged_key_file_is_told(database: Database, tmp_path: Path, text: str) -> None:
    file = KeyFile(tmp_path / "keys.json")
    file.path.write_text(text)
    with pytest.raises(WrongSetting, match="person_keys"):
        await file.load(database)


async def test_a_fresh_key_seals_everything_anew(database: Database, tmp_path: Path) -> None:
    house, file = CaseHouse(database), KeyFile(tmp_path / "keys.json")
    await house.build()
    file.write(RING)
    await file.load(database)
    made = [await house.create() for _ in range(5)]
    file.write(rotated(RING))
    ring = await file.load(database)
    assert await reseal(database, ring, at_once=2) == 5
    assert await reseal(database, ring) == 0
    rows = await database.fetch("select case_id, phone_sealed from case_reporter order by case_id")
    opened = [Persons(file.read).open(row["phone_sealed"], f"case_reporter:{row['case_id']}:1:phone") for row in rows]
    assert opened == ["13800001234"] * len(made)
    assert {bytes(row["phone_sealed"])[1:9].decode() for row in rows} == {ring.current}
