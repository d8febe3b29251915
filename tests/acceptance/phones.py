"""A worker's phone in Chromium with the phone page on it, and what the duty desk asks for it."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from PIL import Image
from playwright.async_api import Browser, BrowserContext, FilePayload, Geolocation, Page, expect

from tests.acceptance.program import PATIENCE_S, Program, Worker
from tracker.clock import LOCAL

LAT = 36.98
STEP_DEG = 0.0002  # 22 m: more than the page's 8 m
STEP_MS = 2_100  # the page keeps at most one fix in two seconds
BEHIND_S = 115  # the page's clock begins so far in the past that fifty steps end before now
PATIENCE_MS = PATIENCE_S * 1000
HOUR_MS = 3_600_000
# The browser stamps positions by the machine's clock; the page shall live by its own clock alone.
STAMP_BY_PAGE_CLOCK = """
for (const name of ["watchPosition", "getCurrentPosition"]) {
  const real = Geolocation.prototype[name];
  Geolocation.prototype[name] = function (heard, failed, options) {
    const stamped = (position) => heard({ timestamp: Date.now(), coords: position.coords });
    return real.call(this, stamped, failed, options);
  };
}
"""
COUNT_VIBRATIONS = "window.vibrations = 0; navigator.vibrate = () => { window.vibrations += 1; return true; };"


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

    async def own_clock(self) -> int:
        """The page lives by a clock that the test moves; gives its time in Unix ms."""
        begun = datetime.now(LOCAL) - timedelta(seconds=BEHIND_S)
        await self.context.clock.install(time=begun)
        await self.context.add_init_script(STAMP_BY_PAGE_CLOCK)
        return int(begun.timestamp() * 1000)

    async def walk(self, first: int, last: int) -> list[float]:
        """Steps north without network, one kept fix each by the page's own clock; gives the latitudes."""
        lats = [round(LAT + step * STEP_DEG, 7) for step in range(first, last)]
        for step, there in enumerate(lats, first):
            await self.context.clock.fast_forward(STEP_MS)
            await self.stand(there)
            await self.says("#value-queue", f"{step + 2} 条")  # with 上岗 and the fix where it was pressed
        return lats

    async def go_on_duty_without_network(self) -> None:
        await self.context.set_offline(True)
        await self.page.locator("#duty").click()
        await self.says("#value-queue", "2 条")  # 上岗 itself, and where it was pressed

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


@asynccontextmanager
async def phone_of_its_own(server: Program, browser: Browser) -> AsyncIterator[Phone]:
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


def photo(colour: str = "olive") -> FilePayload:
    """A picture as a camera gives it: larger than what is sent."""
    data = io.BytesIO()
    Image.new("RGB", (2400, 1800), colour).save(data, "JPEG")
    return {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": data.getvalue()}
