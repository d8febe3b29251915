"""The past on the running program: a link to a minute shows its hexagons, and play goes on from there."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest

from tests.acceptance.pages import PATIENCE_MS, PageAs, Reader
from tests.acceptance.program import Program, now_ms, until
from tests.acceptance.test_patrol_page import GREEN, PACE_MPS, WALK_S, figures, ground_of, walk_begins_ms

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(300)]

DRAWN = "() => window.sanxun.patrol.coverage.cells.size > 0"
MINUTE_MS = 60_000


def link(grid: str, at_ms: int) -> str:
    at = datetime.fromtimestamp(at_ms / 1000, UTC) + timedelta(hours=8)
    moment = {"day": at.date().isoformat(), "t": at.strftime("%H:%M:%S")}
    return "?" + urlencode({"tab": "patrol", "cov": 1, "grid": grid, **moment})


async def greens(reader: Reader, *, least: int) -> int:
    await reader.page.wait_for_function(DRAWN, timeout=PATIENCE_MS)
    await reader.page.wait_for_function(f"([least]) => ({GREEN})().length >= least", arg=[least], timeout=PATIENCE_MS)
    return len(await reader.page.evaluate(GREEN))


async def test_a_link_to_a_past_minute_shows_its_hexagons_and_play_goes_on(server: Program, page_as: PageAs) -> None:
    worker = server.worker()
    begins_ms = walk_begins_ms(server)
    ends_ms = begins_ms + WALK_S * 1000
    worker.go_on_duty(begins_ms).send(*ground_of(worker).way(begins_ms, PACE_MPS, WALK_S))
    until(lambda: figures(server, worker.grid)["covered"], "the walk is folded")
    until(lambda: now_ms() > (ends_ms // MINUTE_MS + 1) * MINUTE_MS, "the walk's last minute is over", 90)
    middle_ms = (begins_ms + WALK_S * 500) // MINUTE_MS * MINUTE_MS
    reader = await page_as(server, "county", link(worker.grid, middle_ms))
    half = await greens(reader, least=1)
    whole = await greens(await page_as(server, "county", f"?tab=patrol&cov=1&grid={worker.grid}"), least=half + 1)
    assert 0 < half < whole
    assert re.search(r"day=.*&t=|t=.*&day=", reader.page.url), "the link can be kept"
    await reader.page.evaluate("() => window.sanxun.state.set({ playing: true, speed: 60 })")
    await greens(reader, least=whole)
