"""A checklist ticked on a phone without a network, and what the desk sees of it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from playwright.async_api import expect

from tests.acceptance.phones import PATIENCE_MS, Phone
from tests.acceptance.program import PATIENCE_S, Worker, now_ms, until
from tracker.clock import local_day
from tracker.db.opened import open_database

TICKS_WAIT = """async (worker) => {
  const opening = indexedDB.open("sanxun-phone");
  await new Promise((resolve) => (opening.onsuccess = resolve));
  const reading = opening.result.transaction("values").objectStore("values").get(`outbox:${worker}`);
  await new Promise((resolve) => (reading.onsuccess = resolve));
  opening.result.close();
  return (reading.result ?? []).filter((one) => one.id.startsWith("tick:") && one.state === "waiting").length;
}"""

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(120)]


def my_round(worker: Worker) -> Any:
    return worker.program.call("GET", "/api/v1/my/round", token=worker.token).json


async def query(phone: Phone, statement: str, *args: object) -> Any:
    async with open_database("", phone.worker.program.data) as database:
        return await database.fetch(statement, *args)


async def with_a_well(phone: Phone) -> None:
    """A key point that holds today: the desk's own begin tomorrow."""
    lon, lat = my_round(phone.worker)["centers"][0]
    point = {"grid_code": phone.worker.grid, "name": "村东机井", "kind": "well", "lon": lon, "lat": lat}
    made = phone.desk("POST", "/api/v1/patrol/key-points", point | {"checklist": ["井盖完好", "警示牌在位"]})
    await query(phone, "update key_point set valid_from = $2 where id = $1", made["id"], local_day(now_ms()))
    phone.desk("POST", "/api/v1/patrol/key-points", point | {"name": "北桥"})  # whatever is written is read again
    until(lambda: my_round(phone.worker)["key_points"], "the key point holds")


async def until_waiting(phone: Phone, ticks: int) -> None:
    """The phone has kept so many ticks that the server does not have yet."""
    async with asyncio.timeout(PATIENCE_S):
        while await phone.page.evaluate(TICKS_WAIT, phone.worker.id) != ticks:  # noqa: ASYNC110 - the page is elsewhere
            await asyncio.sleep(0.05)


def checklist(phone: Phone) -> Any:
    shown = my_round(phone.worker)
    day = local_day(shown["round"]["starts_ms"])
    path = f"/api/v1/patrol/rounds/{phone.worker.grid}/{day}/{shown['round']['ordinal']}"
    (point,) = phone.worker.program.call("GET", path, as_account="county").json["points"]
    return point["checklist"]


async def test_ticks_made_without_a_network_reach_the_desk_once(phone: Phone) -> None:
    await with_a_well(phone)
    await phone.enrol()
    await phone.says("#points", "村东机井")
    await phone.context.set_offline(True)
    await phone.page.locator("#points summary").click()
    boxes = phone.page.locator("#points input[type=checkbox]")
    await boxes.nth(0).check()
    await boxes.nth(1).check()
    await boxes.nth(1).uncheck()
    await until_waiting(phone, 3)
    await phone.page.reload()
    await phone.page.locator("#points summary").click()
    await expect(boxes.nth(0)).to_be_checked(timeout=PATIENCE_MS)
    await expect(boxes.nth(1)).not_to_be_checked()
    assert [line["ticks"] for line in checklist(phone)] == [[], []]
    await phone.context.set_offline(False)
    await until_waiting(phone, 0)
    first, second = until(lambda: ticked(phone), "the desk has the tick")
    assert [(one["worker_id"], one["at_ms"] > 0) for one in first["ticks"]] == [(phone.worker.id, True)]
    assert second["ticks"] == []
    kept = await query(phone, "select line, is_done from patrol_tick where worker_id = $1", phone.worker.id)
    assert sorted((row["line"], row["is_done"]) for row in kept) == [(0, True), (1, False)]


def ticked(phone: Phone) -> Any:
    lines = checklist(phone)
    return lines if lines[0]["ticks"] else None
