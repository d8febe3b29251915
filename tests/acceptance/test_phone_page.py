"""The worker's phone page in Chromium: enrolment, duty, my round, reload without network, urging, help."""

from __future__ import annotations

import base64
import re
from datetime import timedelta
from typing import Any

import pytest
from playwright.async_api import Browser, Route, expect

from tests.acceptance.phones import COUNT_VIBRATIONS, HOUR_MS, LAT, PATIENCE_MS, STEP_DEG, Phone
from tests.acceptance.program import Program, now_ms, until
from tracker.clock import LOCAL, to_datetime

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(240)]


async def test_nothing_is_sent_before_consent(phone: Phone) -> None:
    sent: list[str] = []
    phone.page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    await phone.open()
    await expect(phone.page.locator("#accept")).to_be_disabled()
    assert sent == []


async def test_the_code_leaves_the_address(phone: Phone) -> None:
    await phone.open()
    assert phone.page.url == f"{phone.worker.program.url}/phone"


async def test_a_used_code_says_what_to_do(phone: Phone) -> None:
    await phone.enrol()
    await phone.page.goto("about:blank")
    await phone.open()
    await phone.agree()
    await phone.says("#notice-problem", "重新生成")


async def test_fifty_fixes_without_network_arrive_exactly_once(phone: Phone) -> None:
    started_ms = await phone.own_clock()
    await phone.enrol()
    await phone.go_on_duty_without_network()
    walked = [LAT, *await phone.walk(1, 26)]
    await phone.page.reload()
    await phone.says("#headline", "没有网络")
    walked += await phone.walk(26, 51)
    await phone.context.set_offline(False)
    await phone.says("#value-queue", "全部已发出")
    track = phone.desk("GET", f"/api/v1/workers/{phone.worker.id}/track?from={started_ms}&to={now_ms()}")
    assert [round(lat, 7) for lat in track["lat"]] == walked


async def test_consent_is_recorded_with_the_notice_that_was_shown(phone: Phone) -> None:
    await phone.open()
    shown = await phone.page.locator("#notice-version").text_content()
    async with phone.page.expect_request("**/api/v1/enrol") as sent:
        await phone.agree()
    body = (await sent.value).post_data_json
    assert body is not None
    assert f"版本 {body['notice_version']}" == shown
    assert abs(body["consented_at_ms"] - now_ms()) < PATIENCE_MS


async def test_my_round_is_the_servers(phone: Phone) -> None:
    await phone.enrol()
    mine = phone.worker.program.call("GET", "/api/v1/my/round", token=phone.worker.token).json
    await phone.says("#round-title", mine["round"]["name"] if mine["round"] else "现在不在巡查时间")


async def test_cells_seen_without_network_are_provisional(phone: Phone) -> None:
    mine = await open_round(phone)
    await phone.own_clock()
    await phone.enrol()
    await phone.says("#bar-words", f"已走到 0 块，共 {len(mine['cells'])} 块")
    await phone.go_on_duty_without_network()
    lon, lat = mine["centers"][0]
    for step in range(3):
        await phone.context.clock.fast_forward(20_000)
        await phone.context.set_geolocation({"longitude": lon, "latitude": lat + step * STEP_DEG, "accuracy": 8})
        await phone.says("#value-queue", f"{step + 3} 条")
    await phone.says("#bar-here", "本机先记的")
    await phone.page.reload()
    await phone.says("#bar-here", "本机先记的")
    await phone.says("#way-words", "约")


async def open_round(phone: Phone) -> Any:
    """The server's own answer, with a round that is open at any hour and not begun; answers the page."""
    mine = phone.worker.program.call("GET", "/api/v1/my/round", token=phone.worker.token).json
    window = {"ordinal": 1, "name": "早巡", "starts_ms": now_ms() - HOUR_MS, "ends_ms": now_ms() + HOUR_MS}
    nothing = base64.b64encode(bytes(-(-len(mine["cells"]) // 8))).decode()
    mine |= {"round": window, "seen": nothing, "covered": 0, "minutes": 0, "min_coverage": 0.7}

    async def answer(route: Route) -> None:
        await route.fulfill(json=mine | {"now_ms": now_ms()})

    await phone.context.route("**/api/v1/my/round", answer)
    return mine


async def test_urging_is_shown_at_once_and_answered_without_network(phone: Phone) -> None:
    await phone.context.add_init_script(COUNT_VIBRATIONS)
    phone.desk("POST", "/api/v1/patrol/urge", {"worker_id": phone.worker.id, "text": "北头还没走到"})
    await phone.enrol()
    await phone.says("#urgings", "北头还没走到")
    assert await phone.page.evaluate("window.vibrations") >= 1
    await phone.context.set_offline(True)
    await phone.page.locator(".urging", has_text="北头还没走到").get_by_role("button", name="马上去").click()
    await phone.says("#urgings", "有网络就发出")
    await phone.page.reload()
    await phone.says("#urgings", "有网络就发出")
    await phone.context.set_offline(False)
    until(lambda: not phone.worker.urgings(), "it is answered")


async def test_missed_round_is_disputed(phone: Phone) -> None:
    yesterday = to_datetime(now_ms()).astimezone(LOCAL).date() - timedelta(days=1)
    missed = {
        "day": yesterday.isoformat(),
        "ordinal": 2,
        "name": "午巡",
        "state": "missed",
        "cells": 100,
        "covered": 58,
    }
    figures = {"minutes": 31.0, "key_points": 2, "visited": 2, "longest_gap_s": 60, "dispute": None}
    past = {"rounds": [missed | figures]}
    sent: list[Any] = []

    async def take(route: Route) -> None:
        sent.append(route.request.post_data_json)
        await route.fulfill(status=201, json={"id": 1})

    await phone.context.route("**/api/v1/my/rounds?days=14", lambda route: route.fulfill(json=past))
    await phone.context.route("**/api/v1/my/disputes", take)
    await phone.enrol()  # the page asks for past rounds as soon as it knows its worker
    await phone.page.locator("#open-past").click()
    await phone.says("#past-days", "还差 12 块")
    await phone.page.get_by_role("button", name="有异议").click()
    await phone.page.locator("#write-text").fill("雨大，走的是堤上。")
    await phone.page.locator("#write-send").click()
    await phone.says("#past-days", "已交给管理人员")
    assert sent == [{"day": missed["day"], "ordinal": 2, "text": "雨大，走的是堤上。"}]


async def test_help_reaches_the_desk(phone: Phone) -> None:
    await phone.enrol()
    await phone.page.locator("#help").click()
    await phone.page.locator("#help-yes").click()
    await phone.says("#headline", "正在求助")
    await phone.stand(36.99)
    await phone.says("#help-state", "已收到")
    card = f"/api/v1/workers/{phone.worker.id}"
    seen = until(lambda: phone.desk("GET", card)["latest"], "the desk sees a place")  # within a second, see storage.md
    until(lambda: phone.desk("GET", card)["latest"]["lat"] == pytest.approx(36.99), f"it is the new one, not {seen}")


async def test_off_duty_no_position_leaves_the_phone(phone: Phone) -> None:
    await phone.enrol()
    uploads: list[str] = []
    phone.page.on("request", lambda request: uploads.append(request.url) if "/pings" in request.url else None)
    for step in (1, 2):
        await phone.stand(LAT + step * STEP_DEG)
    await phone.says("#value-fix", "未采集")
    assert uploads == []


async def test_without_permission_to_locate_nobody_is_told_to_wait_for_the_way(phone: Phone) -> None:
    await open_round(phone)
    await phone.context.clear_permissions()
    await phone.enrol()
    await phone.page.locator("#duty").click()
    await phone.says("#notices", "没有定位权限")
    await expect(phone.page.locator("#bar-words")).to_be_visible()
    await expect(phone.page.locator("#way")).to_be_hidden()


async def test_a_revoked_phone_keeps_its_queue(phone: Phone) -> None:
    await phone.enrol()
    await phone.page.locator("#duty").click()
    await phone.says("#value-queue", "全部已发出")
    newest = phone.desk("GET", f"/api/v1/workers/{phone.worker.id}/devices")["devices"][0]
    phone.desk("DELETE", f"/api/v1/devices/{newest['id']}")
    await phone.stand(36.97)
    await expect(phone.page.locator("#revoked")).to_be_visible(timeout=PATIENCE_MS)
    await expect(phone.page.locator("#revoked-kept")).to_have_text(re.compile("未发送的 [12] 条"))


async def test_signing_in_leads_back_to_the_wished_page(server: Program, browser: Browser) -> None:
    account = server.accounts["county"]
    context = await browser.new_context(locale="zh-CN")
    page = await context.new_page()
    await page.goto(f"{server.url}/login?next=/phone")
    await page.locator("#name").fill(account.name)
    await page.locator("#password").fill("wrong")
    await page.locator("#submit").click()
    await expect(page.locator("#problem")).to_contain_text("不正确")
    await page.locator("#password").fill(account.password)
    await page.locator("#submit").click()
    await page.wait_for_url(lambda url: url.endswith("/phone") and "/login" not in url, wait_until="commit")
    await context.close()
