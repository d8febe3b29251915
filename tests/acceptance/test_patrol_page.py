"""The patrol on the running program: hexagons turn green on two maps, 督促 goes out and its answer comes back."""

from __future__ import annotations

import asyncio
import base64
import csv
import io
import math
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from itertools import pairwise
from typing import Any

import openpyxl
import pytest
from playwright.async_api import expect

from tests.acceptance.pages import PATIENCE_MS, PageAs, Reader
from tests.acceptance.program import Program, Worker, fix, now_ms, until
from tests.acceptance.test_database_away import query
from tracker.clock import day_start_ms, local_day
from tracker.geo.cells import CellId, center, children

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(300)]

SOON_S = 5.0  # from an acknowledged upload to the hexagons on both maps
WALK_S, EVERY_S, PACE_MPS = 180, 5, 3.5  # three minutes at a quick run: the map of a test need not wait for a stroll
STROLL_MPS = 1.2
PER_LAT = 111_195.0  # metres per degree
SIGHT_M, MARGIN_M = 40.0, 0.5  # centres come with six decimals
CELL_M, DRAWN_FROM = 20.0, 4  # from the middle of a cell to its spots, and of how many of the seven it is drawn as seen
HOUR_MS = 3_600_000
MOST_FIXES = 1000  # in one native upload
COUNTED = ("due", "done", "late", "missed", "no_data", "excused")
GREEN = """() => {
  const { map } = window.sanxun;
  const source = map.getSource("coverage-cells");
  if (!source) return [];
  const isSeen = ({ id, properties }) => properties.seen || map.getFeatureState({ source: "coverage-cells", id }).seen;
  const middle = ({ geometry }) => {
    const ring = geometry.coordinates[0].slice(0, -1);
    return [0, 1].map((n) => ring.reduce((sum, corner) => sum + corner[n], 0) / ring.length);
  };
  return (source.serialize().data.features ?? []).filter(isSeen).map(middle);
}"""
COVERS = "([code, covered]) => (window.sanxun.patrol.store.values.grids.get(code)?.covered ?? 0) >= covered"
GREENS = f"([least]) => ({GREEN})().length >= least"

Place = tuple[float, float]  # lon, lat


@dataclass(frozen=True, kw_only=True)
class Ground:
    """A worker's reachable cells, and a way past all of them."""

    worker: Worker
    cells: list[str]
    centers: list[Place]

    def way(self, begins_ms: int, pace_mps: float, seconds: int | None = None) -> list[dict[str, object]]:
        """Fixes from cell to nearest cell and back; as long as asked for, or all the way."""
        there = along(nearest_first(self.centers), pace_mps * EVERY_S)
        places = [*there, *reversed(there)]
        taken = places if seconds is None else places[: seconds // EVERY_S]
        return [fix(begins_ms + n * EVERY_S * 1000, lat, lon, spd=pace_mps) for n, (lon, lat) in enumerate(taken)]

    def seen_along(self, fixes: Sequence[dict[str, Any]], reach_m: float) -> set[str]:
        """Cells most of whose seven spots lie so near to the way, by a calculation of the test's own."""
        way = [(one["lon"], one["lat"]) for one in fixes]
        legs = list(pairwise(way))
        pairs = zip(self.cells, self.centers, strict=True)
        close = [cell for cell, middle in pairs if min(metres_to(middle, *leg) for leg in legs) <= reach_m + CELL_M]
        return {cell for cell in close if spots_seen(cell, legs, reach_m) >= DRAWN_FROM}


def spots_seen(cell: str, legs: Sequence[tuple[Place, Place]], reach_m: float) -> int:
    spots = [center(spot) for spot in children(CellId(int(cell, 16)))]
    return sum(min(metres_to((lon, lat), *leg) for leg in legs) <= reach_m for lat, lon in spots)


def metres(one: Place, other: Place) -> Place:
    return (other[0] - one[0]) * PER_LAT * math.cos(math.radians(one[1])), (other[1] - one[1]) * PER_LAT


def metres_to(middle: Place, begin: Place, end: Place) -> float:
    (ax, ay), (bx, by) = metres(middle, begin), metres(middle, end)
    along_x, along_y = bx - ax, by - ay
    length2 = along_x**2 + along_y**2
    share = min(1.0, max(0.0, -(ax * along_x + ay * along_y) / length2)) if length2 else 0.0
    return math.hypot(ax + share * along_x, ay + share * along_y)


def nearest_first(places: Sequence[Place]) -> list[Place]:
    way, left = [places[0]], list(places[1:])
    while left:
        following = min(left, key=lambda one: math.hypot(*metres(way[-1], one)))
        left.remove(following)
        way.append(following)
    return way


def along(way: Sequence[Place], step_m: float) -> list[Place]:
    """Places on the way, each at most a step from the one before."""
    found: list[Place] = [way[0]]
    for begin, end in pairwise(way):
        steps = max(1, math.ceil(math.hypot(*metres(begin, end)) / step_m))
        move = (end[0] - begin[0]) / steps, (end[1] - begin[1]) / steps
        found += [(round(begin[0] + n * move[0], 7), round(begin[1] + n * move[1], 7)) for n in range(1, steps + 1)]
    return found


def ground_of(worker: Worker) -> Ground:
    mine = my_round(worker)
    return Ground(worker=worker, cells=mine["cells"], centers=[(lon, lat) for lon, lat in mine["centers"]])


def my_round(worker: Worker) -> Any:
    return worker.program.call("GET", "/api/v1/my/round", token=worker.token).json


def ask(server: Program, path: str, name: str = "county") -> Any:
    answer = server.call("GET", f"/api/v1/patrol{path}", as_account=name)
    assert answer.status == 200, answer.body
    return answer.json


def figures(server: Program, grid: str, more: str = "") -> dict[str, Any]:
    """One grid's line of a round."""
    grids = ask(server, f"/rounds?area={grid}{more}")["grids"]
    return {name: column[0] for name, column in grids.items()}


def seen_cells(server: Program, grid: str) -> set[str]:
    detail = ask(server, f"/rounds/{grid}/{today()}/{ask(server, f'/rounds?area={grid}')['round']['ordinal']}")
    bits = base64.b64decode(detail["seen"])
    return {cell for n, cell in enumerate(detail["cell_ids"]) if bits[n // 8] >> n % 8 & 1}


def today() -> date:
    return local_day(now_ms())


def walk_begins_ms(server: Program) -> int:
    """So long ago that the walk ends now; waits where the present round is younger than a walk."""
    starts_ms = ask(server, "/rounds")["round"]["starts_ms"]
    until(lambda: now_ms() - starts_ms > (WALK_S + 10) * 1000, "the round is older than a walk", WALK_S + 20)
    return now_ms() - WALK_S * 1000


def settled(server: Program) -> bool:
    """Whether the day was opened and everything stored has been folded."""
    said = server.call("GET", "/metrics").body.decode()
    rounds = sum(float(count) for count in re.findall(r"^sanxun_patrol_rounds\{.*\} (.*)$", said, re.MULTILINE))
    behind = re.findall(r"^sanxun_coverage_(?:stale_workers|queue_segments) (.*)$", said, re.MULTILINE)
    return rounds > 0 and behind == ["0.0", "0.0"]


@pytest.fixture(scope="module")
def county(fragile_server: Program) -> Program:
    """The program with a plan that held yesterday, too."""
    earlier = "update patrol_plan set valid_from = valid_from - 7 where created_by is null returning id"
    assert query(fragile_server, earlier)
    assert fragile_server.stop() == 0, fragile_server.said
    fragile_server.start()
    until(lambda: settled(fragile_server), "the patrol is settled")
    return fragile_server


@dataclass(frozen=True, kw_only=True)
class Late:
    """What became of yesterday's second round when its fixes came in two parts, and of the rounds beside it."""

    worker: Worker
    first: dict[str, Any]
    second: dict[str, Any]
    others: list[dict[str, Any]]


@pytest.fixture(scope="module")
def late(county: Program) -> Late:
    """A worker whose phone sends yesterday's round today, in two parts."""
    yesterday = today() - timedelta(days=1)
    noon_ms = day_start_ms(yesterday) + 9 * HOUR_MS
    worker = county.worker().go_on_duty(noon_ms - HOUR_MS)
    way = ground_of(worker).way(noon_ms, STROLL_MPS)
    way = way[:: len(way) // MOST_FIXES + 1]  # one upload, also in the largest grid
    found: list[Any] = []
    for part in (way[: len(way) // 6], way):  # the first part comes twice
        worker.send(*part)
        least = found[-1]["covered"] if found else 0
        found.append(until(partial(covered_beyond, worker, yesterday, least), "it is folded"))
    others = [ask(county, f"/rounds/{worker.grid}/{yesterday}/{ordinal}") for ordinal in (1, 3)]
    return Late(worker=worker, first=found[0], second=found[1], others=others)


def covered_beyond(worker: Worker, day: date, least: int) -> Any:
    answer = worker.program.call("GET", f"/api/v1/patrol/rounds/{worker.grid}/{day}/2", as_account="county")
    return answer.json if answer.status == 200 and answer.json["covered"] > least else None


async def test_hexagons_turn_green_on_two_maps_within_seconds(county: Program, page_as: PageAs) -> None:
    worker = county.worker(inside=county.accounts["township"].area)
    begins_ms = walk_begins_ms(county)
    worker.go_on_duty(begins_ms)
    ground = ground_of(worker)
    way = ground.way(begins_ms, PACE_MPS, WALK_S)
    where = f"?tab=patrol&cov=1&grid={worker.grid}"
    readers = [await page_as(county, name, where) for name in ("county", "township")]
    shown = "() => window.sanxun.patrol.coverage.cells.size > 0"
    await asyncio.gather(*(one.page.wait_for_function(shown, timeout=PATIENCE_MS) for one in readers))
    took_s = []
    for part in (way[:18], way[18:]):
        worker.send(*part)
        sent_s = time.monotonic()
        least = len(ground.seen_along(way[: way.index(part[-1]) + 1], SIGHT_M - MARGIN_M))
        await asyncio.gather(*(is_green(one, worker.grid, least) for one in readers))
        took_s.append(time.monotonic() - sent_s)
    assert min(took_s) < SOON_S
    seen = seen_cells(county, worker.grid)
    assert ground.seen_along(way, SIGHT_M - MARGIN_M) <= seen <= ground.seen_along(way, SIGHT_M + MARGIN_M)
    middles = dict(zip(ground.cells, ground.centers, strict=True))
    for reader in readers:
        green = await reader.page.evaluate(GREEN)
        assert {cell for cell in middles if is_among(middles[cell], green)} == seen


async def is_green(reader: Reader, grid: str, least: int) -> None:
    await reader.page.wait_for_function(COVERS, arg=[grid, least], timeout=PATIENCE_MS, polling=50)
    await reader.page.wait_for_function(GREENS, arg=[least], timeout=PATIENCE_MS, polling=50)


def is_among(middle: Place, places: Sequence[Sequence[float]]) -> bool:
    return any(math.hypot(*metres(middle, (lon, lat))) < 5 for lon, lat in places)


async def test_the_work_list_has_not_started_rounds_first_and_none_on_its_way(county: Program) -> None:
    worker = county.worker()
    begins_ms = walk_begins_ms(county)
    before = [one["grid"] for one in ask(county, "/work")["items"]]
    worker.go_on_duty(begins_ms).send(*ground_of(worker).way(begins_ms, PACE_MPS, WALK_S))
    until(lambda: figures(county, worker.grid)["covered"], "the walk is folded")
    listed = [(one["grid"], bool(one["covered"]), one["forecast"]) for one in ask(county, "/work")["items"]]
    assert [covered for _, covered, _ in listed] == sorted(covered for _, covered, _ in listed)
    assert not any(covered and forecast == "ok" for _, covered, forecast in listed)
    idle = [grid for grid, covered, _ in listed if not covered]
    assert worker.grid in before
    assert worker.grid not in idle
    assert len(idle) > 1


async def test_an_urging_reaches_the_phone_and_the_answer_the_list(county: Program, page_as: PageAs) -> None:
    worker = county.worker(inside=county.accounts["township"].area)
    reader = await page_as(county, "township", f"?tab=patrol&pa={worker.grid[:12]}")
    await reader.page.locator(".segments .segment").nth(1).click()
    item = next(one for one in ask(county, f"/work?area={worker.grid}", "township")["items"] if one["worker_id"])
    row = reader.page.locator(".work", has=reader.page.get_by_text(item["grid_name"], exact=True))
    await row.get_by_role("button", name="督促", exact=True).click()  # one click, nothing is asked
    until(worker.urgings, "the phone has it")
    await reader.page.get_by_role("button", name="撤回").click()
    until(lambda: not worker.urgings(), "it was taken back")
    await row.get_by_role("button", name="督促", exact=True).click()
    (notice,) = until(worker.urgings, "the phone has it")
    assert "请" in notice["text"]
    answered = worker.post(f"/api/v1/my/notices/{notice['id']}", {"answer": "十分钟后到"})
    assert answered.status == 204, answered.body
    await expect(row.locator(".work-answer")).to_contain_text("十分钟后到", timeout=PATIENCE_MS)
    await expect(row.locator(".work-answer")).to_contain_text(item["name"])
    (item,) = [one for one in ask(county, f"/work?area={worker.grid}")["items"] if one["worker_id"] == worker.id]
    assert item["answer"] == "十分钟后到"
    assert worker.urgings() == []


async def test_a_restart_changes_no_coverage(county: Program) -> None:
    worker = county.worker()
    begins_ms = walk_begins_ms(county)
    worker.go_on_duty(begins_ms).send(*ground_of(worker).way(begins_ms, PACE_MPS, WALK_S))
    until(lambda: figures(county, worker.grid)["covered"], "the walk is folded")
    until(lambda: settled(county), "all is folded")
    before, seen = ask(county, "/rounds")["grids"], seen_cells(county, worker.grid)
    assert county.stop() == 0, county.said
    county.start()
    walked = ("code", "cells", "covered", "minutes", "visited", "state")
    at_once = ask(county, "/rounds")["grids"]
    assert [at_once[name] for name in walked] == [before[name] for name in walked]
    until(lambda: settled(county), "history was folded again")
    after = ask(county, "/rounds")["grids"]
    assert [after[name] for name in walked] == [before[name] for name in walked]
    assert seen_cells(county, worker.grid) == seen


async def test_a_late_upload_revises_its_own_round_only(late: Late) -> None:
    assert (late.first["state"], late.first["revised_ms"]) == ("no_data", None)
    assert (late.second["state"], late.second["revised_ms"] is not None) == ("done", True)
    assert late.second["covered"] > late.first["covered"] > 0
    assert [(one["covered"], one["revised_ms"]) for one in late.others] == [(0, None), (0, None)]


async def test_compliance_files_open_and_agree_with_the_api(county: Program, late: Late) -> None:
    span = f"from={today() - timedelta(days=1)}&to={today()}&by=grid"
    found = ask(county, f"/compliance?{span}")
    mine = next(one for one in found["rows"] if one["key"] == late.worker.grid)
    assert mine["done"] >= 1
    assert {name: sum(one[name] for one in found["rows"]) for name in COUNTED} == {
        name: found["total"][name] for name in COUNTED
    }
    text = county.call("GET", f"/api/v1/patrol/compliance.csv?{span}", as_account="county").body.decode("utf-8-sig")
    title, *lines, sums = csv.reader(io.StringIO(text))
    book = county.call("GET", f"/api/v1/patrol/compliance.xlsx?{span}", as_account="county").body
    sheet, about = openpyxl.load_workbook(io.BytesIO(book)).worksheets
    head, *cells, foot = sheet.iter_rows(values_only=True)
    assert list(head) == title
    for name, column in zip(COUNTED, ("应巡", "按时完成", "补巡完成", "未巡", "无数据", "请假"), strict=True):
        at = title.index(column)
        in_files = [sum(int(line[at]) for line in lines), int(sums[at])]
        in_files += [sum(int(str(row[at])) for row in cells), int(str(foot[at]))]
        assert in_files == [found["total"][name]] * 4
    assert about.max_row > len(COUNTED)


async def test_another_township_sees_none_of_it(county: Program, late: Late, page_as: PageAs) -> None:
    foreign = county.worker(outside=county.accounts["township"].area)
    reader = await page_as(county, "township", "?tab=patrol&cov=1")
    watcher = await page_as(county, "county", "?tab=patrol&cov=1")
    begins_ms = walk_begins_ms(county)
    way = ground_of(foreign).way(begins_ms, PACE_MPS, WALK_S)
    foreign.go_on_duty(begins_ms).send(*way)
    await watcher.page.wait_for_function(COVERS, arg=[foreign.grid, 1], timeout=PATIENCE_MS)
    assert not any(foreign.grid in text for text in reader.texts)
    assert any(foreign.grid in text for text in watcher.texts)
    assert not await reader.page.evaluate("(code) => window.sanxun.patrol.store.values.grids.has(code)", foreign.grid)
    assert foreign.grid not in {one["grid"] for one in ask(county, "/work", "township")["items"]}
    assert foreign.grid not in ask(county, "/rounds", "township")["grids"]["code"]
    asked = [
        f"rounds?area={foreign.grid}", f"cells?area={foreign.grid}", f"work?area={foreign.grid}",
        f"rounds/{foreign.grid}/{today()}/1", f"reachable/{foreign.grid}", f"at?area={foreign.grid}&time={now_ms()}",
        f"compliance?area={foreign.grid}&from={today()}&to={today()}", f"signals?area={foreign.grid}",
        f"disputes?area={foreign.grid}", f"key-points?area={foreign.grid}", f"plans?area={foreign.grid}",
    ]  # fmt: skip
    refused = [county.call("GET", f"/api/v1/patrol/{path}", as_account="township").status for path in asked]
    assert refused == [403] * len(asked)
    urged = county.call(
        "POST", "/api/v1/patrol/urge", {"worker_id": foreign.id}, as_account="township", headers={"Origin": county.url}
    )
    assert urged.status == 403
    assert foreign.urgings() == []
