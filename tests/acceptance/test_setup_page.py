"""The page where the county's administrator sets up its cases, in Chromium; and who is not let in."""

from __future__ import annotations

import base64
import hmac
import io
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect
from pypdf import PdfReader

from tests.acceptance.pages import PATIENCE_MS
from tests.acceptance.program import Program
from tests.acceptance.test_case_pages import ask, created, page_of, village_code

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(180)]


async def opened(page: Page, server: Program, tab: str) -> None:
    await page.goto(f"{server.url}/setup?tab={tab}")
    await expect(page.locator(".setup-head h2")).to_be_visible(timeout=PATIENCE_MS)


class Receiver(BaseHTTPRequestHandler):
    """Another system: answers with the server's `status`, keeps what came."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.came.append((dict(self.headers), body))  # type: ignore[attr-defined]
        self.send_response(self.server.status)  # type: ignore[attr-defined]
        self.end_headers()

    def log_message(self, *_words: object) -> None:
        """Quietly."""


@contextmanager
def receiver(status: int) -> Iterator[Any]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Receiver) as server:
        server.status, server.came = status, []  # type: ignore[attr-defined]
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def signature(secret: str, headers: Mapping[str, str], body: bytes) -> str:
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = b".".join((headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), body))
    return "v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode()


async def saved(page: Page) -> None:
    await page.locator("dialog button[type=submit]").click()
    await expect(page.locator("dialog")).not_to_be_visible(timeout=PATIENCE_MS)


async def test_a_changed_limit_holds_and_is_told_in_the_history(server: Program, browser: Browser) -> None:
    async with page_of(browser, server, "admin") as page:
        await opened(page, server, "categories")
        await page.locator("tr", has_text="0101").get_by_role("button", name="修改").click(timeout=PATIENCE_MS)
        await page.locator("dialog [name=limit]").fill("9")
        await page.locator("dialog [name=unit]").select_option("work_hour")
        await saved(page)
        await expect(page.locator("tr", has_text="0101")).to_contain_text("9 工作时", timeout=PATIENCE_MS)
        await opened(page, server, "history")
        newest = page.locator("tbody tr").first
        await expect(newest.locator("ins")).to_have_text("9 工作时", timeout=PATIENCE_MS)
        await expect(newest).to_contain_text("问题分类")
    settings = ask(server, "GET", "/api/v1/case-settings", account="admin")
    [category] = [one for one in settings["categories"] if one["code"] == "0101"]
    assert (category["limit"], category["unit"], bool(category["keywords"])) == (9, "work_hour", True)


async def test_a_question_of_a_category_is_asked_and_its_answer_read(server: Program, browser: Browser) -> None:
    async with page_of(browser, server, "admin") as page:
        await opened(page, server, "categories")
        row = page.locator("tr", has_text="0102")
        await row.get_by_role("button", name="修改").click(timeout=PATIENCE_MS)
        await page.get_by_role("button", name="再加一个问题").click()
        question = page.locator("dialog .question").last
        await question.get_by_label("问什么").fill("哪里坏了？")
        await question.get_by_role("textbox", name="代码（").fill("坏")
        await question.get_by_label("怎样回答").select_option(label="单选")
        await question.get_by_label("选项").fill("lamp=灯头\npole=灯杆")
        await page.locator("dialog button[type=submit]").click()
        await expect(page.locator("dialog")).to_be_visible()  # the browser itself refuses such a code
        await question.get_by_role("textbox", name="代码（").fill("part")
        await saved(page)
        await row.get_by_role("button", name="修改").click(timeout=PATIENCE_MS)
        await expect(page.locator("dialog .question").last.get_by_label("选项")).to_have_value("lamp=灯头\npole=灯杆")
    words = f"灯坏了 {uuid.uuid4().hex[:8]}"
    case = created(server, words, category="0102", attributes={"part": ["pole"]})
    async with page_of(browser, server, "operator") as desk:
        await desk.goto(f"{server.url}/desk?case={case['id']}")
        facts = desk.locator(".case .facts")
        await expect(facts.locator("dt", has_text="哪里坏了？")).to_be_visible(timeout=PATIENCE_MS)
        await expect(facts.locator("dd", has_text="灯杆")).to_be_visible()


async def test_a_citizen_is_asked_the_questions_of_the_chosen_category(server: Program, browser: Browser) -> None:
    name = f"机井{uuid.uuid4().hex[:4]}"
    category = {"group": "水利灌溉", "name": name, "icon": "lamp", "line": "水利", "department_name": "水务局"}
    choices = [{"key": "dry", "name": "没水"}, {"key": "power", "name": "没电"}]
    asked: list[dict[str, object]] = [
        {"code": "note", "datatype": "string", "description": "机井在村里哪片地？", "variable": False},
        {
            "code": "trouble",
            "datatype": "singlevaluelist",
            "description": "是什么毛病？",
            "required": True,
            "values": choices,
        },
        {"code": "signs", "datatype": "multivaluelist", "description": "还有哪些情况？", "values": choices},
        {"code": "acres", "datatype": "number", "description": "耽误浇几亩地？"},
        {"code": "since", "datatype": "datetime", "description": "什么时候坏的？"},
    ]
    body = category | {"limit": 3, "unit": "work_day", "attributes": asked}
    ask(server, "PUT", "/api/v1/case-settings/categories/0697", body, account="admin")
    words = f"机井坏了 {uuid.uuid4().hex[:8]}"
    async with page_of(browser, server, viewport={"width": 360, "height": 740}) as page:
        await page.goto(f"{server.url}/r/{village_code(server)}")
        await page.get_by_role("button", name="水利灌溉").click(timeout=PATIENCE_MS)
        await page.locator("#text").fill(words)
        await page.locator("#ask-acres").press_sequentially("3e")  # what the browser itself takes for no number
        await page.locator("form button[type=submit]").click()
        await expect(page.locator(".problem:visible")).to_have_count(2)
        await expect(page.locator("#ask-trouble")).to_be_focused()
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        await page.get_by_label("是什么毛病？").select_option(label="没电")
        await page.get_by_label("耽误浇几亩地？").fill("3.5")
        await page.get_by_label("什么时候坏的？").fill("2026-11-23T18:30")
        await page.get_by_label("没水").check()
        await page.locator("form button[type=submit]").click()
        await expect(page.locator(".taken .code")).to_be_visible(timeout=PATIENCE_MS)
    found = ask(server, "GET", f"/api/v1/cases?words={words[-8:]}")["cases"][0]
    detail = ask(server, "GET", f"/api/v1/cases/{found['id']}")
    answers = {"trouble": ["power"], "signs": ["dry"], "acres": ["3.5"], "since": ["2026-11-23T18:30+08:00"]}
    assert detail["attributes"] == answers


async def test_the_desk_asks_the_questions_of_the_chosen_category(server: Program, browser: Browser) -> None:
    name = f"涵洞{uuid.uuid4().hex[:4]}"
    category = {"group": "水利灌溉", "name": name, "icon": "lamp", "line": "水利", "department_name": "水务局"}
    asked: list[dict[str, object]] = [
        {"code": "deep", "datatype": "number", "description": "积水多深（厘米）？", "required": True},
        {"code": "note", "datatype": "string", "description": "旁边有什么标志？"},
    ]
    body = category | {"limit": 3, "unit": "work_day", "attributes": asked}
    ask(server, "PUT", "/api/v1/case-settings/categories/0695", body, account="admin")
    words = f"涵洞积水过不去 {uuid.uuid4().hex[:8]}"
    grid = ask(server, "GET", "/api/v1/roster", account="county")["workers"]["grid"][0]
    village = next(
        one for one in ask(server, "GET", "/api/v1/divisions")["divisions"] if one["code"] == grid[: len(one["code"])]
        and one["level"] == 3
    )  # fmt: skip
    async with page_of(browser, server, "operator") as page:
        await page.goto(f"{server.url}/desk?tab=new")
        form = page.locator("form.intake")
        await form.get_by_label("反映的内容").fill(words, timeout=PATIENCE_MS)
        await form.locator("input[list=villages]").fill(village["name"])
        await form.get_by_label("类别").select_option(label=f"水利灌溉 · {name}")
        await form.locator("button[type=submit]").click()
        await expect(page.locator("#ask-deep")).to_be_focused()
        await expect(form.locator(".problem:visible")).to_contain_text("这一项要填一下")
        await page.get_by_label("积水多深").fill("40")
        await form.locator("button[type=submit]").click()
        await expect(page.locator(".big-code")).to_be_visible(timeout=PATIENCE_MS)
    found = ask(server, "GET", f"/api/v1/cases?words={words[-8:]}")["cases"][0]
    assert ask(server, "GET", f"/api/v1/cases/{found['id']}")["attributes"] == {"deep": ["40"]}


async def test_a_new_text_is_offered_to_the_desk(server: Program, browser: Browser) -> None:
    title = f"路灯已修 {uuid.uuid4().hex[:6]}"
    async with page_of(browser, server, "admin") as page:
        await opened(page, server, "templates")
        await page.get_by_role("button", name="新增模板").click()
        await page.locator("dialog [name=title]").fill(title)
        await page.locator("dialog [name=body]").fill("您反映的路灯已经修好：{result}")
        await saved(page)
        await expect(page.locator("tr", has_text=title)).to_be_visible(timeout=PATIENCE_MS)
    offered = ask(server, "GET", "/api/v1/cases/config")["templates"]
    assert title in {one["title"] for one in offered}


async def test_a_key_is_shown_once_and_opens_the_intake(server: Program, browser: Browser) -> None:
    name = f"县热线平台 {uuid.uuid4().hex[:6]}"
    async with page_of(browser, server, "admin") as page:
        await opened(page, server, "keys")
        await page.get_by_role("button", name="生成对接密钥").click(timeout=PATIENCE_MS)
        await page.locator("dialog [name=name]").fill(name)
        await page.locator("dialog [name=channel]").select_option("hotline")
        await page.locator("dialog button[type=submit]").click()
        secret = page.locator("dialog .secret-text")
        await expect(secret).to_be_visible(timeout=PATIENCE_MS)
        key = await secret.inner_text()
        await page.locator("body").press("Escape")
        await expect(secret).to_be_visible()
        await page.get_by_role("button", name="我已保存").click()
        await expect(page.locator("tr", has_text=name)).to_contain_text("从未使用", timeout=PATIENCE_MS)
        await expect(secret).to_have_count(0)
        assert key not in await page.content()
    answer = server.call("GET", "/api/v1/intake/reports/none", headers={"Authorization": f"Bearer {key}"})
    assert answer.status == 404


async def test_a_retired_channel_takes_nothing_until_it_is_used_again(server: Program, browser: Browser) -> None:
    def is_offered() -> bool:
        channels = ask(server, "GET", "/api/v1/cases/config")["channels"]
        return "visit" in {one["code"] for one in channels if one["enabled"]}

    async with page_of(browser, server, "admin") as page:
        await opened(page, server, "channels")
        row = page.locator("tr", has_text="来信来访").filter(has_text="visit")
        await row.get_by_role("button", name="停用").click(timeout=PATIENCE_MS)
        await page.locator("dialog").get_by_role("button", name="停用").click()
        await expect(row).to_contain_text("已停用", timeout=PATIENCE_MS)
        assert not is_offered()
        await row.get_by_role("button", name="恢复启用").click()
        await expect(row.get_by_role("button", name="停用")).to_be_visible(timeout=PATIENCE_MS)
        assert is_offered()


async def test_a_message_that_was_refused_is_sent_again_by_hand(server: Program, browser: Browser) -> None:
    name = f"城管平台 {uuid.uuid4().hex[:6]}"
    with receiver(HTTPStatus.GONE) as other:  # gone for good: given up at once
        async with page_of(browser, server, "admin") as page:
            await opened(page, server, "hooks")
            await page.get_by_role("button", name="新增推送").click(timeout=PATIENCE_MS)
            await page.locator("dialog [name=name]").fill(name)
            await page.locator("dialog [name=url]").fill(f"http://127.0.0.1:{other.server_port}/")
            await page.locator("dialog button[type=submit]").click()
            secret = await page.locator("dialog .secret-text").inner_text(timeout=PATIENCE_MS)
            await page.get_by_role("button", name="我已保存").click()
            row = page.locator("tr", has_text=name)
            await row.get_by_role("button", name="试发").click(timeout=PATIENCE_MS)
            delivery = page.locator("dialog tbody tr")
            await expect(delivery).to_contain_text("未送达", timeout=PATIENCE_MS)
            await expect(delivery).to_contain_text("HTTP 410")
            other.status = HTTPStatus.OK
            await delivery.get_by_role("button", name="重发").click()
            await expect(delivery).to_contain_text("已送达", timeout=PATIENCE_MS)
            await page.get_by_role("button", name="关闭").click()
            await expect(row).to_contain_text("正常", timeout=PATIENCE_MS)
        (headers, body), again = other.came
    assert again[1] == body
    assert {name.lower(): value for name, value in headers.items()}["webhook-signature"] == signature(
        secret, headers, body
    )


async def test_what_the_server_refuses_stands_at_its_field(server: Program, browser: Browser) -> None:
    async with page_of(browser, server, "admin") as page:
        await opened(page, server, "hooks")
        await page.get_by_role("button", name="新增推送").click(timeout=PATIENCE_MS)
        await page.locator("dialog [name=name]").fill("城管平台")
        await page.locator("dialog [name=url]").fill("ftp://example.com")
        await page.locator("dialog button[type=submit]").click()
        field = page.locator("dialog .field", has=page.locator("[name=url]"))
        await expect(field.get_by_role("alert")).to_contain_text("https://", timeout=PATIENCE_MS)


async def test_others_are_told_that_they_may_not(server: Program, browser: Browser) -> None:
    async with page_of(browser, server, "operator") as page:
        await page.goto(f"{server.url}/setup")
        await expect(page.get_by_role("alert")).to_contain_text("没有权限", timeout=PATIENCE_MS)


async def test_the_administrator_finds_the_settings_from_wherever_one_lands(server: Program, browser: Browser) -> None:
    async with page_of(browser, server) as page:
        await page.goto(f"{server.url}/login?next=/desk")
        await page.locator("#name").fill("admin")
        await page.locator("#password").fill(server.accounts["admin"].password)
        await page.locator("#submit").click()
        await expect(page.get_by_role("alert")).to_contain_text("没有权限", timeout=PATIENCE_MS)
        await page.get_by_role("link", name="设置").click()
        await expect(page.locator(".setup-head h2")).to_be_visible(timeout=PATIENCE_MS)
        await page.get_by_role("link", name="地图").click()
        await page.locator(".account summary").click(timeout=PATIENCE_MS)
        await page.locator(".account .menu").get_by_role("link", name="设置").click()
        await expect(page.locator(".setup-head h2")).to_be_visible(timeout=PATIENCE_MS)
        await page.get_by_role("button", name="退出").click()
        await expect(page.locator("#password")).to_be_visible(timeout=PATIENCE_MS)


async def test_a_department_lands_on_its_desk(server: Program, browser: Browser) -> None:
    async with page_of(browser, server, "chengguan") as page:
        await page.goto(f"{server.url}/")
        await expect(page.locator(".rows")).to_be_visible(timeout=PATIENCE_MS)


async def test_posters_come_as_a_pdf_of_ones_own_area(server: Program) -> None:
    codes = [one for one in ask(server, "GET", "/api/v1/case-codes?limit=1000")["codes"] if not one["revoked_ms"]]
    answer = server.call("GET", "/api/v1/case-posters", as_account="operator")
    pages = PdfReader(io.BytesIO(answer.body)).pages
    assert (answer.headers["Content-Type"], len(pages)) == ("application/pdf", len(codes))
    assert codes[0]["area_name"] in "".join(page.extract_text() for page in pages)
    assert server.call("GET", f"/api/v1/case-posters?code={codes[0]['code']}", as_account="admin").status == 403
    assert server.call("GET", "/api/v1/case-posters?code=NOSUCH", as_account="operator").status == 404
    assert server.call("GET", "/api/v1/case-posters?area=110101000000", as_account="operator").status == 403
