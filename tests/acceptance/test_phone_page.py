"""The worker's phone page in Chromium: enrolment, duty, the queue over a reload without network, help, revocation."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Geolocation, Page, expect

from tests.acceptance.program import PATIENCE_S, Program, Worker, now_ms, until

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(240)]

LAT = 36.98
STEP_DEG = 0.0002  # 22 m: more than the page's 8 m
STEP_MS = 2_100  # the page keeps at most one fix in two seconds
PATIENCE_MS = PATIENCE_S * 1000


@dataclass(frozen=True, kw_only=True)
class Phone:
    """A worker's phone with the page on it."""

    worker: Worker
    code: str
    context: BrowserContext
    page: Page

    async def open(self) -> None:
        await self.page.goto(f"{self.worker.program.url}/phone#enrol={self.code}")
        await expect(self.page.locator("#screen-notice")).to_be_visible()

    async def agree(self) -> None:
        await self.page.locator("#consent").check()
        await self.page.locator("#accept").click()

    async def enrol(self) -> None:
        await self.open()
        await self.agree()
        await expect(self.page.locator("#screen-home")).to_be_visible()
        await self.page.evaluate("async () => { await navigator.serviceWorker.ready; }")

    async def stand(self, lat: float) -> None:
        await self.context.set_geolocation(place(lat))

    async def walk(self, first: int, last: int) -> list[float]:
        """Steps north, one kept fix each; gives the latitudes."""
        lats = [round(LAT + step * STEP_DEG, 7) for step in range(first, last)]
        for lat in lats:
            await self.stand(lat)
            await self.page.wait_for_timeout(STEP_MS)  # real time is what the page's throttle measures
        return lats

    async def says(self, element: str, words: str) -> None:
        await expect(self.page.locator(element)).to_contain_text(words, timeout=PATIENCE_MS)

    def desk(self, method: str, path: str, body: object = None) -> Any:
        """What the county's duty desk asks of the server."""
        return ask_as_desk(self.worker.program, method, path, body)


def ask_as_desk(server: Program, method: str, path: str, body: object = None) -> Any:
    answer = server.call(method, path, body, as_account="county", headers={"Origin": server.url})
    assert answer.status < 300, answer.body
    return answer.json


def place(lat: float) -> Geolocation:
    return {"latitude": lat, "longitude": 115.26, "accuracy": 8}


@pytest_asyncio.fixture(loop_scope="session")
async def phone(server: Program, browser: Browser) -> AsyncIterator[Phone]:
    """A small phone whose owner allows location, with a fresh code for a worker of its own."""
    worker = server.worker()
    code = ask_as_desk(server, "POST", "/api/v1/enrolments", {"worker_id": worker.id})["code"]
    context = await browser.new_context(
        viewport={"width": 360, "height": 740},
        has_touch=True,
        is_mobile=True,
        locale="zh-CN",
        geolocation=place(LAT),
        permissions=["geolocation"],
    )
    yield Phone(worker=worker, code=code, context=context, page=await context.new_page())
    await context.close()


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


@pytest.mark.slow
async def test_fifty_fixes_without_network_arrive_exactly_once(phone: Phone) -> None:
    await phone.enrol()
    started_ms = now_ms()
    await phone.context.set_offline(True)
    await phone.page.locator("#duty").click()
    await phone.says("#headline", "在岗")
    walked = await phone.walk(1, 26)
    await phone.page.reload()
    await phone.says("#headline", "没有网络")
    walked += await phone.walk(26, 51)
    await phone.says("#value-queue", "51 条")  # with 上岗 itself
    await phone.context.set_offline(False)
    await phone.says("#value-queue", "全部已发出")
    track = phone.desk("GET", f"/api/v1/workers/{phone.worker.id}/track?from={started_ms}&to={now_ms()}")
    assert [round(lat, 7) for lat in track["lat"]] == walked


async def test_help_reaches_the_desk(phone: Phone) -> None:
    await phone.enrol()
    await phone.page.locator("#help").click()
    await phone.page.locator("#help-yes").click()
    await phone.says("#headline", "正在求助")
    await phone.stand(36.99)
    await phone.says("#help-state", "已收到")
    card = f"/api/v1/workers/{phone.worker.id}"
    until(lambda: phone.desk("GET", card)["latest"]["lat"] == pytest.approx(36.99), "the desk sees the place")


async def test_off_duty_no_position_leaves_the_phone(phone: Phone) -> None:
    await phone.enrol()
    uploads: list[str] = []
    phone.page.on("request", lambda request: uploads.append(request.url) if "/pings" in request.url else None)
    await phone.walk(1, 3)
    await phone.says("#value-fix", "未采集")
    assert uploads == []


async def test_a_revoked_phone_keeps_its_queue(phone: Phone) -> None:
    await phone.enrol()
    await phone.page.locator("#duty").click()
    await phone.says("#value-queue", "全部已发出")
    newest = phone.desk("GET", f"/api/v1/workers/{phone.worker.id}/devices")["devices"][0]
    phone.desk("DELETE", f"/api/v1/devices/{newest['id']}")
    await phone.stand(36.97)
    await expect(phone.page.locator("#revoked")).to_be_visible(timeout=PATIENCE_MS)
    await expect(phone.page.locator("#revoked-kept")).to_have_text(re.compile("未发送的 1 条"))


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
