"""The worker's phone page in Chromium: report trouble without a network, verify a citizen's report on the spot."""

from __future__ import annotations

import asyncio
import re
import uuid
from typing import Any

import pytest
from playwright.async_api import Locator, expect

from tests.acceptance.phones import LAT, PATIENCE_MS, Phone, photo
from tests.acceptance.program import until

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(120)]


def desk(phone: Phone, method: str, path: str, body: object = None, account: str = "operator") -> Any:
    """What an operator asks of the server."""
    server = phone.worker.program
    answer = server.call(method, path, body, as_account=account, headers={"Origin": server.url})
    assert answer.status < 300, answer.body
    return answer.json if answer.body else None


def to_verify(phone: Phone, words: str) -> int:
    """A citizen's report that the worker is sent to; gives the case's id."""
    intake = {
        "client_id": str(uuid.uuid4()),
        "channel": "hotline",
        "description": words,
        "area": phone.worker.grid,
        "reporter": {"name": "王某", "phone": "13800001234"},
    }
    created = desk(phone, "POST", "/api/v1/cases", intake)
    wish = {"to": "verifying", "version": 1, "worker_id": phone.worker.id}
    desk(phone, "POST", f"/api/v1/cases/{created['id']}/changes", wish)
    return int(created["id"])


async def knows_its_tasks(phone: Phone) -> None:
    """The county's own data may have a task or two for this worker."""
    await expect(phone.page.locator("#tasks-brief")).not_to_be_empty(timeout=PATIENCE_MS)


async def fill(phone: Phone, words: str, group: Locator | None = None) -> None:
    """The form with everything but photos."""
    page = phone.page
    await page.locator("#open-report").click()
    tiles = page.locator("#report-body .tiles")
    await (group or tiles.first.get_by_role("button", name="市容环境")).click(timeout=PATIENCE_MS)
    await tiles.nth(1).locator("button").first.click()
    await page.locator("#case-text").fill(words)
    await expect(page.locator(".place-row [data-level=good]")).to_be_visible(timeout=PATIENCE_MS)


async def test_a_report_without_a_network_arrives_once_and_whole(phone: Phone) -> None:
    await phone.enrol()
    await knows_its_tasks(phone)
    await phone.context.set_offline(True)
    words = f"路灯杆歪了 {uuid.uuid4().hex[:8]}"
    await fill(phone, words)
    await phone.page.locator("#report-body input[type=file]:enabled").first.set_input_files(photo())
    await expect(phone.page.locator(".photo img")).to_be_visible()
    await phone.page.get_by_role("button", name="上报", exact=True).click()
    await phone.says("#report-brief", "1 件待发送")
    await phone.page.reload()
    await phone.says("#report-brief", "1 件待发送")
    await phone.context.set_offline(False)
    await expect(phone.page.locator("#report-brief")).not_to_contain_text("待发送", timeout=PATIENCE_MS)
    [case] = until(lambda: desk(phone, "GET", f"/api/v1/cases?words={words[-8:]}")["cases"], "the report")
    detail = desk(phone, "GET", f"/api/v1/cases/{case['id']}")
    assert (case["channel"], round(case["lat"], 5)) == ("grid", LAT)
    assert [one["role"] for one in detail["media"]] == ["report"]
    await phone.page.locator("#open-tasks").click()
    await phone.says("#case-reported", case["number"])


async def test_a_report_says_what_it_lacks(phone: Phone) -> None:
    await phone.enrol()
    await fill(phone, "路面塌了一块")
    send = phone.page.get_by_role("button", name="上报", exact=True)
    await send.click()
    await expect(phone.page.get_by_role("alert")).to_contain_text("至少拍一张")
    await phone.page.locator("#case-solved").check()
    await send.click()
    await expect(phone.page.get_by_role("alert")).to_contain_text("处理前、处理后")
    assert await phone.page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")


async def test_a_report_answers_the_questions_of_its_category(phone: Phone) -> None:
    group, words = f"专项{uuid.uuid4().hex[:4]}", f"井盖破了 {uuid.uuid4().hex[:8]}"
    choices = [{"key": "broken", "name": "破损"}, {"key": "gone", "name": "丢失"}]
    state: dict[str, object] = {
        "code": "state",
        "datatype": "singlevaluelist",
        "description": "井盖怎么了？",
        "required": True,
    }
    asked: list[dict[str, object]] = [
        state | {"values": choices},
        {"code": "covers", "datatype": "number", "description": "有几个？"},
    ]
    body: dict[str, object] = {
        "group": group,
        "name": "井盖",
        "icon": "lamp",
        "line": "城建",
        "department_name": "住建局",
    }
    body |= {"limit": 3, "unit": "work_day", "attributes": asked}
    desk(phone, "PUT", "/api/v1/case-settings/categories/0696", body, account="admin")
    await phone.enrol()
    page, send = phone.page, phone.page.get_by_role("button", name="上报", exact=True)
    await fill(phone, words, page.locator("#report-body .tiles").first.get_by_role("button", name=group))
    await page.locator("#report-body input[type=file]:enabled").first.set_input_files(photo())
    await send.click()
    await expect(page.locator("#ask-state")).to_be_focused()
    assert await page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    await page.get_by_label("井盖怎么了？").select_option(label="丢失")
    await page.get_by_label("有几个？").fill("2")
    await send.click()
    [case] = until(lambda: desk(phone, "GET", f"/api/v1/cases?words={words[-8:]}")["cases"], "the report")
    detail = desk(phone, "GET", f"/api/v1/cases/{case['id']}")
    assert detail["attributes"] == {"state": ["gone"], "covers": ["2"]}


async def test_a_citizens_report_is_verified_on_the_spot(phone: Phone) -> None:
    await phone.enrol()
    await knows_its_tasks(phone)
    case_id = to_verify(phone, "村口垃圾没人清")
    page = phone.page
    await page.locator("#open-tasks").click()
    task = page.locator("#case-todo .task").filter(has_text="村口垃圾没人清")
    await expect(task).to_be_visible(timeout=PATIENCE_MS)
    await expect(task).not_to_contain_text("王某")
    await expect(task).to_contain_text("还没分类")
    await task.get_by_role("button", name="属实", exact=True).click()
    await task.get_by_role("button", name="提交").click()
    await expect(task.get_by_role("alert")).to_contain_text("拍一张")
    await task.locator("input[type=file]").set_input_files(photo("brown"))
    await expect(task.locator(".photo img")).to_be_visible()
    await task.get_by_role("button", name="提交").click()
    await expect(task).to_have_count(0, timeout=PATIENCE_MS)
    assert desk(phone, "GET", f"/api/v1/cases/{case_id}")["case"]["state"] == "accepted"


async def test_a_new_task_comes_with_the_answer_that_the_phone_waits_for(phone: Phone) -> None:
    waits = re.compile(r"/api/v1/my/case-news\?tag=[^&]+&wait=50")
    async with phone.page.expect_request(waits, timeout=PATIENCE_MS) as asked:
        await phone.enrol()
    held = await asked.value
    await knows_its_tasks(phone)
    to_verify(phone, "桥头护栏松了")
    async with asyncio.timeout(PATIENCE_MS / 1000):  # shorter than the server would hold it
        answer = await held.response()
    assert answer is not None
    assert (await answer.json())["tag"] not in held.url
    await phone.page.locator("#open-tasks").click()
    await expect(phone.page.locator("#case-todo")).to_contain_text("桥头护栏松了", timeout=PATIENCE_MS)


async def test_who_signs_out_is_told_of_what_has_not_gone_out(phone: Phone) -> None:
    await phone.enrol()
    await knows_its_tasks(phone)
    await phone.context.set_offline(True)
    words = f"桥栏断了 {uuid.uuid4().hex[:8]}"
    await fill(phone, words)
    await phone.page.locator("#report-body input[type=file]:enabled").first.set_input_files(photo())
    await phone.page.get_by_role("button", name="上报", exact=True).click()
    await phone.says("#report-brief", "1 件待发送")
    await phone.page.locator("#open-settings").click()
    await phone.page.locator("#leave").click()
    await phone.says("#leave-unsent", "还有 1 件")
    await phone.context.set_offline(False)
    await expect(phone.page.locator("#leave-unsent")).to_be_hidden(timeout=PATIENCE_MS)
    until(lambda: desk(phone, "GET", f"/api/v1/cases?words={words[-8:]}")["cases"], "the report")


async def test_the_phones_way_back_leads_home_and_keeps_what_was_begun(phone: Phone) -> None:
    await phone.enrol()
    page = phone.page
    await knows_its_tasks(phone)
    await fill(phone, "墙上有裂缝")
    await page.go_back()
    await expect(page.locator("#screen-home")).to_be_visible()
    await page.locator("#open-report").click()
    await expect(page.locator("#case-text")).to_have_value("墙上有裂缝")
    await page.locator("#close-report").click()
    await page.locator("#open-settings").click()
    await page.go_back()
    await expect(page.locator("#screen-home")).to_be_visible()
    assert page.url == f"{phone.worker.program.url}/phone"
