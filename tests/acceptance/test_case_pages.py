"""From a scanned village code to an answered, rated case: the citizens' pages and the desk in Chromium."""

from __future__ import annotations

import asyncio
import math
import re
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from playwright.async_api import Browser, Page, Route, expect

from tests.acceptance.pages import PATIENCE_MS, WATCH_VIOLATIONS
from tests.acceptance.phones import photo
from tests.acceptance.program import Program, now_ms, until

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(180)]


@asynccontextmanager
async def page_of(browser: Browser, server: Program, account: str = "", **more: Any) -> AsyncIterator[Page]:
    """A page of a citizen, or of an account; it may neither throw nor break the page's own policy."""
    context = await browser.new_context(**{"locale": "zh-CN", "viewport": {"width": 1280, "height": 800}} | more)
    if account:
        await context.add_cookies([{"name": "sanxun_session", "value": server.cookie(account), "url": server.url}])
    await context.add_init_script(WATCH_VIOLATIONS)
    page = await context.new_page()
    thrown: list[str] = []
    page.on("pageerror", lambda error: thrown.append(str(error)))
    yield page
    assert (thrown, await page.evaluate("() => window.violations")) == ([], [])
    await context.close()


def ask(server: Program, method: str, path: str, body: object = None, account: str = "operator") -> Any:
    answer = server.call(method, path, body, as_account=account, headers={"Origin": server.url})
    assert answer.status < 300, answer.body
    return answer.json if answer.body else None


def village_code(server: Program) -> str:
    codes = ask(server, "GET", "/api/v1/case-codes")["codes"]
    return next(str(one["code"]) for one in codes if one["revoked_ms"] is None)


def created(server: Program, words: str, **more: object) -> Any:
    """A case that the desk took down."""
    grid = ask(server, "GET", "/api/v1/roster", account="county")["workers"]["grid"][0]
    intake = {"client_id": str(uuid.uuid4()), "channel": "hotline", "description": words, "area": grid}
    return ask(server, "POST", "/api/v1/cases", intake | {"reporter": {"name": "王某", "phone": "13800001234"}} | more)


async def take_and_lose(route: Route) -> None:
    """The server takes the request, the answer is lost on its way."""
    await route.fetch()
    await route.abort()


async def report(page: Page, server: Program, words: str) -> str:
    """What a citizen does behind a village code; gives the query code."""
    await page.goto(f"{server.url}/r/{village_code(server)}")
    await page.locator("#text").fill(words)
    await page.locator("#photo").set_input_files(photo())
    await expect(page.locator(".photo img")).to_be_visible()
    await page.locator("#phone").fill("13800005678")
    await page.locator("form button[type=submit]").click()
    code = page.locator(".taken .code")
    await expect(code).to_be_visible(timeout=PATIENCE_MS)
    return "".join((await code.inner_text()).split())


async def test_a_citizens_report_is_answered_and_rated(server: Program, browser: Browser) -> None:
    words = f"街口路灯不亮 {uuid.uuid4().hex[:8]}"
    small = {"width": 360, "height": 740}
    async with page_of(browser, server, viewport=small) as citizen, page_of(browser, server, "operator") as desk:
        code = await report(citizen, server, words)
        await citizen.goto(f"{server.url}/q/{code}")
        await expect(citizen.locator("main")).to_contain_text(words, timeout=PATIENCE_MS)
        await expect(citizen.locator("[aria-current=step]")).to_be_visible()
        await desk.goto(f"{server.url}/desk?words={words[-8:]}")
        await desk.locator(".row", has_text=words).click(timeout=PATIENCE_MS)
        await expect(desk.locator(".case img").first).to_be_visible(timeout=PATIENCE_MS)
        await expect(desk.locator(".case")).to_contain_text("138****5678")
        await desk.get_by_role("button", name="不予受理").click()
        dialog = desk.locator("dialog")
        areas = dialog.locator("textarea")
        for n in range(await areas.count()):
            await areas.nth(n).fill("路灯昨晚已经修好，请您再看看")
        await dialog.locator("button[type=submit]").click()
        await expect(dialog).not_to_be_visible(timeout=PATIENCE_MS)
        await citizen.reload()
        await expect(citizen.locator(".answer")).to_contain_text("路灯昨晚已经修好", timeout=PATIENCE_MS)
        steps = citizen.locator(".steps li")
        await expect(steps).to_have_text([re.compile("已收到"), re.compile("不予受理")])  # nobody handled or checked it
        await citizen.locator(".star").nth(4).click()
        await citizen.locator(".choice").first.click()
        await citizen.route("**/rating", take_and_lose, times=1)
        await citizen.get_by_role("button", name="提交评价").click()
        await expect(citizen.get_by_role("alert").first).to_contain_text("连不上", timeout=PATIENCE_MS)
        await citizen.get_by_role("button", name="提交评价").click()  # the server has it already
        await expect(citizen.locator(".stars")).to_contain_text("★★★★★", timeout=PATIENCE_MS)
        await citizen.evaluate("() => { document.documentElement.style.fontSize = '200%'; }")
        assert await citizen.evaluate("() => document.documentElement.scrollWidth <= innerWidth")


async def test_a_slow_phone_is_told_how_far_it_is(server: Program, browser: Browser) -> None:
    async with page_of(browser, server) as citizen:
        await citizen.goto(f"{server.url}/r/{village_code(server)}")
        await citizen.locator("#text").fill("路灯一闪一闪")
        await citizen.locator("#photo").set_input_files([photo("olive"), photo("brown")])
        await expect(citizen.locator(".photo img")).to_have_count(2)
        held: list[Route] = []
        await citizen.route("**/api/v1/public/reports", lambda route: held.append(route))  # noqa: PLW0108 (a built-in cannot be marked)
        await citizen.locator("form button[type=submit]").click()
        await expect(citizen.get_by_role("status")).to_contain_text("照片已传 2 张，共 2 张", timeout=PATIENCE_MS)
        await expect(citizen.get_by_role("status")).to_contain_text("关掉也不会丢")
        await held[0].continue_()
        await expect(citizen.locator(".taken .code")).to_be_visible(timeout=PATIENCE_MS)


async def test_a_report_that_did_not_go_out_goes_by_itself_later(server: Program, browser: Browser) -> None:
    async with page_of(browser, server) as citizen:
        await citizen.clock.install()
        await citizen.goto(f"{server.url}/r/{village_code(server)}")
        await citizen.route("**/api/v1/public/reports", lambda route: route.abort(), times=1)
        await citizen.locator("#text").fill("路灯又不亮了")
        await citizen.locator("form button[type=submit]").click()
        await expect(citizen.get_by_role("status")).to_contain_text("还没发出去", timeout=PATIENCE_MS)
        await citizen.clock.fast_forward(6_000)
        await expect(citizen.locator(".taken .code")).to_be_visible(timeout=PATIENCE_MS)


async def test_who_lost_the_answer_still_gets_the_query_code(server: Program, browser: Browser) -> None:
    words = f"桥面有洞 {uuid.uuid4().hex[:8]}"
    async with page_of(browser, server) as citizen:
        await citizen.goto(f"{server.url}/r/{village_code(server)}")
        await citizen.route("**/api/v1/public/reports", take_and_lose, times=1)
        await citizen.locator("#text").fill(words)
        await citizen.locator("form button[type=submit]").dblclick()
        await expect(citizen.locator(".taken .code")).to_be_visible(timeout=PATIENCE_MS)
        assert len(ask(server, "GET", f"/api/v1/cases?words={words[-8:]}")["cases"]) == 1
        await citizen.get_by_role("link", name="看办理进度").click()
        await expect(citizen.locator("main")).to_contain_text(words, timeout=PATIENCE_MS)


async def test_a_wrong_query_code_says_so(server: Program, browser: Browser) -> None:
    async with page_of(browser, server) as page:
        await page.goto(f"{server.url}/q/ABCDEFGH23")
        await expect(page.get_by_role("alert")).to_be_visible(timeout=PATIENCE_MS)


async def test_an_unknown_village_code_is_not_a_blank_page(server: Program, browser: Browser) -> None:
    async with page_of(browser, server) as page:
        await page.goto(f"{server.url}/r/NOSUCHCODE")
        await expect(page.get_by_role("alert")).to_be_visible(timeout=PATIENCE_MS)


@pytest.mark.parametrize("path", ["/r/NOSUCHCODE", "/q/", "/phone"])
async def test_without_scripts_a_page_says_so_and_waits_for_nothing(
    server: Program, browser: Browser, path: str
) -> None:
    context = await browser.new_context(java_script_enabled=False)
    page = await context.new_page()
    await page.goto(server.url + path)
    await expect(page.locator("noscript .notice")).to_be_visible()
    await expect(page.get_by_text("正在打开")).not_to_be_visible()
    await context.close()


async def test_the_desk_goes_by_keyboard(server: Program, browser: Browser) -> None:
    words = f"井盖丢了 {uuid.uuid4().hex[:8]}"
    created(server, words)
    async with page_of(browser, server, "operator") as desk:
        await desk.goto(f"{server.url}/desk?words={words[-8:]}")
        await expect(desk.locator(".row", has_text=words)).to_be_visible(timeout=PATIENCE_MS)
        await desk.locator("body").press("ArrowDown")
        await desk.locator("body").press("Enter")
        await expect(desk.locator("main.case")).to_contain_text(words, timeout=PATIENCE_MS)
        await desk.locator("body").press("n")
        await expect(desk.locator("main.pane textarea").first).to_be_visible(timeout=PATIENCE_MS)


async def test_an_empty_page_of_a_long_search_offers_to_look_further(server: Program, browser: Browser) -> None:
    words = f"桥栏断了 {uuid.uuid4().hex[:8]}"
    created(server, words)
    async with page_of(browser, server, "operator") as desk:
        # Half a million cases would have to be passed over for the server to answer so by itself.
        answer = {"cases": [], "next": str(10**17)}
        await desk.route(re.compile(r"/api/v1/cases\?(?!.*cursor)"), lambda route: route.fulfill(json=answer))
        await desk.goto(f"{server.url}/desk?words={words[-8:]}")
        await expect(desk.locator(".rows")).to_have_text(
            "查过的案件里没有符合条件的，后面还有没查的。", timeout=PATIENCE_MS
        )
        await desk.get_by_role("button", name="继续查").click()
        await expect(desk.locator(".row", has_text=words)).to_be_visible(timeout=PATIENCE_MS)


async def test_the_slower_of_two_operators_is_told(server: Program, browser: Browser) -> None:
    words = f"墙要倒了 {uuid.uuid4().hex[:8]}"
    case = created(server, words)
    async with page_of(browser, server, "operator") as desk:
        await desk.goto(f"{server.url}/desk?words={words[-8:]}")
        await desk.locator(".row", has_text=words).click(timeout=PATIENCE_MS)
        await desk.get_by_role("button", name="受理", exact=True).click()
        ask(server, "POST", f"/api/v1/cases/{case['id']}/changes", {"to": "accepted", "version": 1})
        await desk.locator("dialog button[type=submit]").click()
        await expect(desk.locator("dialog [role=alert]")).to_contain_text("有人先动了", timeout=PATIENCE_MS)


async def test_a_new_case_comes_up_on_the_desk_by_itself(server: Program, browser: Browser) -> None:
    async with page_of(browser, server, "operator") as desk:
        await desk.goto(f"{server.url}/desk?queue=accept")
        await expect(desk.locator(".rows")).to_be_visible(timeout=PATIENCE_MS)
        words = f"水管漏水 {uuid.uuid4().hex[:8]}"
        created(server, words)
        await expect(desk.locator("#desk")).to_contain_text(words, timeout=PATIENCE_MS)


async def test_a_departments_desk_gets_a_dispatched_case_by_itself(server: Program, browser: Browser) -> None:
    words = f"路面塌陷 {uuid.uuid4().hex[:8]}"
    case = created(server, words, category="0101")
    department = ask(server, "GET", "/api/v1/session", account="chengguan")["department"]
    async with page_of(browser, server, "chengguan") as desk:
        async with desk.expect_websocket(lambda one: one.url.endswith("/api/v1/case-live"), timeout=PATIENCE_MS):
            await desk.goto(f"{server.url}/desk?queue=sign")
        await expect(desk.locator(".rows")).to_be_visible(timeout=PATIENCE_MS)
        for account, step in (
            ("operator", {"to": "accepted"}),
            ("leader", {"to": "filed"}),
            ("dispatcher", {"to": "dispatched", "department": department}),
        ):
            version = ask(server, "GET", f"/api/v1/cases/{case['id']}")["case"]["version"]
            ask(server, "POST", f"/api/v1/cases/{case['id']}/changes", step | {"version": version}, account)
        await expect(desk.locator("#desk")).to_contain_text(words, timeout=PATIENCE_MS)


async def test_a_photo_is_seen_by_who_may_and_by_nobody_else(server: Program, browser: Browser) -> None:
    words = f"沟里有死鱼 {uuid.uuid4().hex[:8]}"
    async with page_of(browser, server) as citizen:
        await report(citizen, server, words)
    cases = until(lambda: ask(server, "GET", f"/api/v1/cases?words={words[-8:]}")["cases"], "the report")
    [shown] = ask(server, "GET", f"/api/v1/cases/{cases[0]['id']}")["media"]
    path = f"/api/v1/media/{shown['ref']}"
    seen = server.call("GET", path, as_account="operator")
    assert (seen.status, seen.headers["Content-Type"], seen.body[:2]) == (200, "image/jpeg", b"\xff\xd8")
    assert server.call("GET", path).status == 401
    assert server.call("GET", path, as_account="screen").status in {403, 404}


async def test_several_cases_are_changed_at_once_and_the_lost_one_is_named(server: Program, browser: Browser) -> None:
    words = f"树倒了 {uuid.uuid4().hex[:8]}"
    cases = [created(server, f"{words} {n}") for n in range(3)]
    async with page_of(browser, server, "operator") as desk:
        await desk.goto(f"{server.url}/desk?words={words[-8:]}")
        await expect(desk.locator(".row", has_text=words)).to_have_count(3, timeout=PATIENCE_MS)
        for n in range(3):
            await desk.locator(".row input[type=checkbox]").nth(n).check()
        ask(server, "POST", f"/api/v1/cases/{cases[1]['id']}/changes", {"to": "accepted", "version": 1})
        await desk.get_by_role("button", name="批量处理 3 件").click()
        dialog = desk.locator("dialog")
        await dialog.locator("select").select_option(label="受理")
        await dialog.get_by_role("button", name="开始").click()
        await expect(dialog).to_contain_text("办成 2 件，共 3 件", timeout=PATIENCE_MS)
        await expect(dialog.locator(".problem")).to_contain_text(cases[1]["number"])
    states = [ask(server, "GET", f"/api/v1/cases/{one['id']}")["case"]["state"] for one in cases]
    assert states == ["accepted"] * 3


async def test_the_nearest_worker_on_duty_is_offered(server: Program, browser: Browser) -> None:
    worker = server.worker().go_on_duty()
    place = {"lat": 36.981, "lon": 115.261}
    worker.send({"t": now_ms(), "acc": 8, **place})
    case = created(server, f"护栏坏了 {uuid.uuid4().hex[:8]}", area=worker.grid)
    async with page_of(browser, server, "operator") as desk:
        await desk.goto(f"{server.url}/desk?case={case['id']}")
        await desk.get_by_role("button", name="发核实").click(timeout=PATIENCE_MS)
        choice = desk.locator("dialog select")
        found = ask(server, "GET", f"/api/v1/cases/{case['id']}/nearest")["candidates"]
        assert any(one["worker_id"] == worker.id and one["on_duty"] for one in found)
        await expect(choice.locator(f"option[value='{worker.id}']")).to_be_attached(timeout=PATIENCE_MS)


LOWER = 0.0006  # degrees; a sign this far below the middle stands close to the time bar of a phone
UNCOVERED = """(card) => {
  const { left, right, top, bottom } = card.getBoundingClientRect();
  const corners = [[left + 9, top + 9], [right - 9, top + 9], [left + 9, bottom - 9], [right - 9, bottom - 9]];
  return corners.every(([x, y]) => card.contains(document.elementFromPoint(x, y)));
}"""


@pytest.mark.parametrize("size", [(1280, 800), (360, 740)])
async def test_the_map_tells_who_is_nearest_to_a_case(server: Program, browser: Browser, size: tuple[int, int]) -> None:
    worker = server.worker().go_on_duty()
    lat, lon = worker.home()
    worker.send({"t": now_ms(), "acc": 8, "lat": lat, "lon": lon})
    words = f"井盖丢了 {uuid.uuid4().hex[:8]}"
    created(server, words, lat=lat, lon=lon + LOWER)  # beside the worker's own dot
    name = ask(server, "GET", f"/api/v1/workers/{worker.id}")["name"]
    width, height = size
    async with page_of(browser, server, "operator", viewport={"width": width, "height": height}) as page:
        await page.goto(f"{server.url}/?at={lon + LOWER:.5f},{lat + LOWER:.5f},17")
        card = page.locator(".maplibregl-popup-content")
        below = LOWER / math.cos(math.radians(lat)) / (360 / 512 / 2**17)
        for _ in range(int(PATIENCE_MS / 500)):  # a sign on the canvas is drawn when it is drawn
            if box := await page.locator("#map canvas").bounding_box(timeout=PATIENCE_MS):
                await page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2 + below)
            if await card.is_visible():
                break
            await asyncio.sleep(0.5)
        await expect(card).to_contain_text(words)
        await card.get_by_text("谁最近").click()
        await expect(card.locator(".case-nearest")).to_contain_text(name, timeout=PATIENCE_MS)
        await page.wait_for_function(UNCOVERED, arg=await card.element_handle(), timeout=PATIENCE_MS)
        await card.get_by_role("button", name=name).click()
        await expect(page.locator("#card")).to_contain_text(name, timeout=PATIENCE_MS)
