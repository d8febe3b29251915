"""What supervisors save, through the pages of the running program: reachable cells, a plan, a key point, leave."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect

from tests.acceptance.pages import PATIENCE_MS, PageAs
from tests.acceptance.program import Program, Worker, now_ms, until
from tracker.clock import local_day
from tracker.geo.cells import CellId, center

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(120)]

OFFLINE = "ERR_INTERNET_DISCONNECTED"
IN_REACH = """places => {
  const { map } = window.sanxun;
  const canvas = map.getCanvas();
  const { left, top } = canvas.getBoundingClientRect();
  const spots = places.map(([lon, lat]) => map.project([lon, lat])).map(({ x, y }) => [x + left, y + top]);
  return spots.findIndex(([x, y]) => document.elementFromPoint(x, y) === canvas);
}"""
SPOT = """([lon, lat]) => {
  const { left, top } = window.sanxun.map.getCanvas().getBoundingClientRect();
  const { x, y } = window.sanxun.map.project([lon, lat]);
  return [x + left, y + top];
}"""


WRITTEN = """field => {
  const { display, content } = getComputedStyle(field, "::before");
  return [display, content];
}"""


def ask(server: Program, path: str) -> Any:
    answer = server.call("GET", f"/api/v1/patrol{path}", as_account="county")
    assert answer.status == 200, answer.body
    return answer.json


def tomorrow() -> str:
    return (local_day(now_ms()) + timedelta(days=1)).isoformat()


async def opened_bar(page: Page) -> Locator:
    """The drawing bar, with the map at rest."""
    await page.get_by_role("button", name="编辑可巡范围").click()
    bar = page.locator(".reach-bar")
    await expect(bar).to_be_visible(timeout=PATIENCE_MS)
    await page.wait_for_function("() => !window.sanxun.map.isMoving()", timeout=PATIENCE_MS)
    return bar


async def click_cell(page: Page, cells: list[str]) -> str:
    """Click the first of the cells that no panel hides."""
    centers = [center(CellId(int(cell, 16))) for cell in cells]
    places = [[lon, lat] for lat, lon in centers]
    nth = int(await page.evaluate(IN_REACH, places))
    assert nth >= 0, "every cell is under a panel"
    await page.mouse.click(*await page.evaluate(SPOT, places[nth]))
    return cells[nth]


async def test_reachable_cells_are_drawn_on_the_map_and_hold_from_tomorrow_on(server: Program, page_as: PageAs) -> None:
    grid = server.worker().grid
    (before,) = ask(server, f"/reachable/{grid}")["versions"]
    reader = await page_as(server, "county", f"?tab=patrol&cov=1&grid={grid}")
    reader.expected = OFFLINE
    page = reader.page
    bar = await opened_bar(page)
    await expect(bar.locator(".reach-count")).to_have_text(f"{len(before['cells'])} 格")
    cell = await click_cell(page, before["cells"])
    await expect(bar).to_contain_text("移除 1")
    await page.keyboard.press("Control+z")
    await expect(bar.locator(".reach-count")).to_have_text(f"{len(before['cells'])} 格")
    await click_cell(page, [cell])
    await page.keyboard.press("Escape")  # changes are not given up by one key
    await expect(bar).to_contain_text("改动还没有保存")
    await bar.get_by_role("button", name="继续编辑").click()
    await page.context.set_offline(True)
    await bar.get_by_role("button", name="保存").click()
    await expect(bar.get_by_role("alert")).to_contain_text("没有保存，改动还在")
    await page.context.set_offline(False)
    await bar.get_by_role("button", name="保存").click()
    await expect(bar).to_be_hidden(timeout=PATIENCE_MS)
    drawn, kept = ask(server, f"/reachable/{grid}")["versions"]
    assert (drawn["source"], drawn["valid_from"]) == ("drawn", tomorrow())
    assert set(drawn["cells"]) == set(before["cells"]) - {cell}
    assert kept == before
    await opened_bar(page)
    await expect(bar.locator(".reach-count")).to_have_text(f"{len(drawn['cells'])} 格")
    await page.keyboard.press("Escape")
    await expect(bar).to_be_hidden()
    assert await reader.state("grid") == grid


async def test_who_may_only_look_is_not_offered_the_drawing(server: Program, page_as: PageAs) -> None:
    grid = server.worker().grid
    reader = await page_as(server, "screen", f"?tab=patrol&cov=1&grid={grid}")
    await expect(reader.page.locator(".grid-more")).to_be_visible(timeout=PATIENCE_MS)
    await expect(reader.page.get_by_role("button", name="编辑可巡范围")).to_have_count(0)


async def test_a_plan_a_key_point_and_leave_are_saved_on_the_patrol_page(server: Program, page_as: PageAs) -> None:
    worker = server.worker()
    village = worker.grid[:12]
    reader = await page_as(server, "county")
    page = reader.page
    await page.goto(f"{server.url}/patrol?tab=plans&area={village}")
    await saves_a_plan(page, server, village)
    await saves_a_key_point(page, server, worker)
    await saves_leave(page, server, worker)


async def test_a_day_is_written_alike_in_every_browser_until_it_is_edited(server: Program, page_as: PageAs) -> None:
    page = (await page_as(server, "county")).page
    await page.goto(f"{server.url}/patrol")
    field = page.get_by_label("日期", exact=True)
    await expect(field).to_have_attribute("data-shown", local_day(now_ms()).isoformat(), timeout=PATIENCE_MS)
    assert await field.evaluate(WRITTEN) == ["block", f'"{local_day(now_ms()).isoformat()}"']
    yesterday = (local_day(now_ms()) - timedelta(days=1)).isoformat()
    await field.fill(yesterday)
    await page.wait_for_url(f"**day={yesterday}**")
    await expect(page.get_by_label("日期", exact=True)).to_have_attribute("data-shown", yesterday)


async def saves_a_plan(page: Page, server: Program, village: str) -> None:
    await page.get_by_role("button", name="新方案").click()
    form = page.locator("dialog[open] form")
    await form.get_by_label("覆盖率").fill("55")
    await form.get_by_role("button", name="保存").click()
    await expect(page.locator("#toast")).to_contain_text(tomorrow(), timeout=PATIENCE_MS)
    plans = ask(server, f"/plans?area={village}")["plans"]
    (own,) = [one for one in plans if one["area_code"] == village]
    above = next(one for one in plans if one["area_code"] != village)
    assert (own["valid_from"], round(own["min_coverage"], 3), own["rounds"]) == (tomorrow(), 0.55, above["rounds"])


async def saves_a_key_point(page: Page, server: Program, worker: Worker) -> None:
    await page.get_by_role("button", name="新增", exact=True).click()
    form = page.locator("dialog[open] form")
    await form.get_by_role("combobox").first.select_option(worker.grid)
    await form.get_by_label("名称").fill("村东机井")
    await form.get_by_label("检查").fill("井盖完好\n\n警示牌在位")
    await form.get_by_role("button", name="保存").click()
    await expect(page.locator(".point", has_text="村东机井")).to_contain_text("警示牌在位", timeout=PATIENCE_MS)
    (point,) = ask(server, f"/key-points?area={worker.grid}")["points"]
    assert (point["checklist"], point["valid_from"]) == (["井盖完好", "警示牌在位"], tomorrow())


async def saves_leave(page: Page, server: Program, worker: Worker) -> None:
    card = server.call("GET", f"/api/v1/workers/{worker.id}", as_account="county").json
    today = local_day(now_ms())
    await page.get_by_role("button", name="登记请假").click()
    form = page.locator("dialog[open] form")
    await form.get_by_role("button", name="保存").click()
    await expect(form.get_by_role("alert")).to_contain_text("点选一人")
    await form.get_by_role("searchbox").fill(card["name"])
    await form.locator(".found-one", has_text=card["grid"]["name"]).click()
    await form.get_by_label("最后一天").fill((today + timedelta(days=2)).isoformat())
    await form.get_by_label("事由").fill("病假")
    await form.get_by_role("button", name="保存").click()
    line = page.locator(".leave", has_text=card["name"])
    await expect(line).to_contain_text("共 3 天", timeout=PATIENCE_MS)
    assert leaves(server, worker) == [(worker.id, today, today + timedelta(days=2), "病假")]
    until(lambda: states(server, worker) == ["excused"], "the round is excused")
    await line.get_by_role("button", name="结束或改期").click()
    await page.get_by_role("button", name="整个取消").click()
    await expect(line).to_have_count(0, timeout=PATIENCE_MS)
    assert leaves(server, worker) == []
    until(lambda: states(server, worker) != ["excused"], "the round is due again")


def leaves(server: Program, worker: Worker) -> list[tuple[int, date, date, str]]:
    found = ask(server, f"/leaves?area={worker.grid}")["leaves"]
    days = [[date.fromisoformat(one[key]) for key in ("from_day", "to_day")] for one in found]
    return [(one["worker_id"], *span, one["reason"]) for one, span in zip(found, days, strict=True)]


def states(server: Program, worker: Worker) -> list[str]:
    found: list[str] = ask(server, f"/rounds?area={worker.grid}")["grids"]["state"]
    return found
