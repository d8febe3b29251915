"""Reminders before a window ends and alarms after it: once each, with the right words, to the right phones."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.integration.patrol_web import Office, new_office, office_of
from tests.integration.test_patrol_engine import EAST, lane_walk
from tests.unit.patrol.patrol_house import DAY, GRID, MORNING, fix
from tracker.bus.model import AreaEvent
from tracker.db.pool import Database


@pytest.fixture
async def office(database: Database) -> AsyncIterator[Office]:
    async with new_office(database) as made:
        yield made


async def at_minutes_before_end(office: Office, minutes: int) -> None:
    office.town.now_ms = MORNING.ends_ms - minutes * 60_000
    await office.town.engine.settle()


async def sent(office: Office) -> list[tuple[int, str]]:
    rows = await office.town.database.fetch("select worker_id, kind from patrol_notice order by worker_id, id")
    return [(row["worker_id"], row["kind"]) for row in rows]


async def test_a_round_not_begun_is_reminded_half_an_hour_before_its_end_and_once(office: Office) -> None:
    await at_minutes_before_end(office, 31)
    assert await office.rooms.notices.remind() == 0
    await at_minutes_before_end(office, 30)
    assert await office.rooms.notices.remind() == 2
    assert await office.rooms.notices.remind() == 0
    assert await sent(office) == [(1, "reminder"), (2, "reminder")]
    (notice,) = (await office.get("/my/round"))["notices"]
    assert notice["text"] == "早巡还有 30 分钟结束，您还没有开始，请尽快上岗巡查。"
    (event,) = [one for one in office.town.news if isinstance(one, AreaEvent) and one.kind == "notice"]
    assert (event.data["kind"], [code for code, _ in event.parts]) == ("reminder", [GRID, EAST])


async def test_two_processes_remind_once(office: Office) -> None:
    await at_minutes_before_end(office, 20)
    async with office_of(office.town) as other:
        assert await office.rooms.notices.remind() + await other.rooms.notices.remind() == 2


async def test_a_done_round_is_left_in_peace(office: Office) -> None:
    office.town.now_ms += 46 * 60_000
    await office.town.send(*lane_walk())
    await at_minutes_before_end(office, 20)
    await office.rooms.notices.remind()
    office.town.now_ms = MORNING.ends_ms + 60_000
    await office.town.engine.settle()
    await office.rooms.notices.remind()
    assert await sent(office) == [(2, "reminder"), (2, "alarm")]


async def test_a_slow_round_is_reminded_with_its_share(office: Office) -> None:
    await at_minutes_before_end(office, 25)
    await office.town.send(*[fix(3.4 * 3600 + 10 * n, -220 + n, 0) for n in range(60)])
    await office.town.engine.settle()
    await office.rooms.notices.remind()
    text = await office.town.database.fetchval("select text from patrol_notice where worker_id = 1")
    assert text.startswith("早巡还有 25 分钟结束，已走到 ")


async def test_who_is_on_leave_hears_nothing(office: Office) -> None:
    await office.town.database.execute("insert into patrol_leave values (2, $1, $1, '', null)", DAY)
    await office.town.engine.reload()
    await at_minutes_before_end(office, 20)
    await office.rooms.notices.remind()
    assert await sent(office) == [(1, "reminder")]


async def test_silence_and_hurry_are_told_apart_after_the_end(office: Office) -> None:
    office.town.now_ms = MORNING.ends_ms + 60_000
    await office.town.send(*[fix(30 * n, 0, 150) for n in range(480)])
    await office.town.engine.settle()
    assert await office.rooms.notices.remind() == 2
    rows = await office.town.database.fetch("select text from patrol_notice order by worker_id")
    assert rows[0]["text"].startswith("早巡时间已过，走到 ")
    assert rows[0]["text"].endswith("没有达到要求。11:00 前走完，可记为补巡。")
    assert "没有收到您的定位" in rows[1]["text"]


async def test_a_round_is_alarmed_though_the_next_has_begun(office: Office) -> None:
    office.town.now_ms = MORNING.until_ms + 60_000
    await office.town.send(*[fix(30 * n, 0, 150) for n in range(480)])
    await office.town.engine.settle()
    assert await office.rooms.notices.remind() == 2
    text = await office.town.database.fetchval("select text from patrol_notice where worker_id = 1 and ordinal = 1")
    assert "补巡" not in text


async def test_old_ends_are_not_brought_up_after_a_restart(office: Office) -> None:
    office.town.now_ms = MORNING.starts_ms + 16 * 3_600_000 + 60_000  # more than two hours after the last round
    await office.town.engine.settle()
    assert await office.rooms.notices.remind() == 0
