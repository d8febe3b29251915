from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from tests.integration.cases_house import CITY, PHOTO, CaseHouse
from tracker.cases.states import Doer, State
from tracker.db.pool import Database

ROOT = Path(__file__).resolve().parents[2]
WAIT_S = 20.0


@pytest.fixture
async def house(database: Database) -> CaseHouse:
    house = CaseHouse(database)
    await house.build()
    return house


async def rung(database: Database) -> list[tuple[str, str]]:
    """(stage, what) of every warning and escalation so far."""
    rows = await database.fetch("select data from case_event where kind = 'clock' order by case_id, seq")
    return [(row["data"]["stage"], row["data"]["what"]) for row in rows]


async def test_nothing_rings_before_its_time(house: CaseHouse) -> None:
    await house.create()
    house.now_ms += 24 * 60_000 - 1  # 80 % of 30 minutes are 24
    await house.watch.tick()
    assert await rung(house.database) == []


async def test_a_clock_warns_at_80_and_escalates_after_100_percent(house: CaseHouse) -> None:
    await house.create()
    house.now_ms += 24 * 60_000
    await house.watch.tick()
    assert await rung(house.database) == [("acceptance", "warning")]
    house.now_ms += 6 * 60_000
    await house.watch.tick()
    assert len(await rung(house.database)) == 1  # on the deadline itself nobody is late
    house.now_ms += 1
    await house.watch.tick()
    await house.watch.tick()
    assert await rung(house.database) == [("acceptance", "warning"), ("acceptance", "escalation")]


async def test_warnings_are_told_once(house: CaseHouse) -> None:
    made = await house.create()
    house.now_ms += 25 * 60_000
    for _ in range(3):
        await house.watch.tick()
    assert [news["id"] for news in house.news("warning")] == [made.id]
    assert house.news("warning")[0]["stage"] == "acceptance"


async def test_late_watching_escalates_without_a_warning(house: CaseHouse) -> None:
    await house.create()
    house.now_ms += 60 * 60_000
    await house.watch.tick()
    assert await rung(house.database) == [("acceptance", "escalation")]


async def test_a_warning_of_the_handling_clock_urges_the_department(house: CaseHouse) -> None:
    made = await house.create()
    await house.until(made.id, State.HANDLING)
    house.go_to("2026-11-23 13:42")  # 80 % of 4 h from 09:00: 3.2 h, 12 minutes after lunch
    await house.watch.tick()
    row = await house.database.fetchrow("select kind, level, department_code from case_supervision")
    assert row is not None
    assert tuple(row) == ("urge", "auto", CITY)
    assert (await house.case(made.id)).urges == 1


async def test_finished_clocks_stay_silent(house: CaseHouse) -> None:
    made = await house.create()
    await house.to(made.id, State.REJECTED, Doer.OPERATOR, reason="重复反映", reply="已在办理")
    house.go_to("2027-03-01 09:00")
    await house.watch.tick()
    assert await rung(house.database) == []


async def test_suspended_handling_stays_silent(house: CaseHouse) -> None:
    made = await house.create()
    await house.until(made.id, State.HANDLING)
    until_ms = house.now_ms + 30 * 86_400_000
    await house.to(made.id, State.SUSPEND_REQ, Doer.DEPARTMENT, reason="冬季不能施工", until_ms=until_ms)
    await house.to(made.id, State.SUSPENDED, Doer.SHIFT_LEADER)
    house.go_to("2026-12-10 09:00")
    await house.watch.tick()
    assert "handling" not in {stage for stage, _ in await rung(house.database)}


async def test_a_warning_does_not_disturb_an_open_form(house: CaseHouse) -> None:
    made = await house.create()
    seen = await house.case(made.id)
    house.now_ms += 25 * 60_000
    await house.watch.tick()
    assert (await house.case(made.id)).version == seen.version


async def test_many_watches_ring_each_clock_once(house: CaseHouse) -> None:
    for _ in range(12):
        await house.create()
    house.now_ms += 25 * 60_000
    await asyncio.gather(*(CaseHouse(house.database).with_clock(house.now_ms).watch.tick() for _ in range(4)))
    while len(await rung(house.database)) < 12:  # what was locked elsewhere comes with the next look
        await house.watch.tick()
    assert await rung(house.database) == [("acceptance", "warning")] * 12


async def test_watching_while_people_work_never_blocks(house: CaseHouse) -> None:
    made = [await house.create() for _ in range(6)]
    house.now_ms += 25 * 60_000
    ticks = [house.watch.tick() for _ in range(6)]
    changes = [house.to(one.id, State.ACCEPTED, Doer.OPERATOR) for one in made]
    await asyncio.wait_for(asyncio.gather(*ticks, *changes), WAIT_S)
    assert {(await house.case(one.id)).state for one in made} == {State.ACCEPTED}


async def test_an_extension_is_warned_of_again(house: CaseHouse) -> None:
    made = await house.create()
    await house.until(made.id, State.HANDLING)
    house.go_to("2026-11-23 14:00")
    await house.watch.tick()
    await house.to(made.id, State.EXTEND_REQ, Doer.DEPARTMENT, reason="车辆故障", extend=4)
    await house.to(made.id, State.HANDLING, Doer.SHIFT_LEADER)
    house.go_to("2026-11-23 17:00")  # 8 h: 80 % are 6.4 h, 16:24
    await house.watch.tick()
    told = await rung(house.database)
    assert told.count(("handling", "warning")) == 2
    assert ("handling", "escalation") not in told


_WATCHER = """
import asyncio, sys
sys.path.insert(0, {root!r})
from tests.integration.cases_house import CaseHouse
from tracker.cases import watch
from tracker.db.pool import Database

watch.AT_ONCE = 3

async def main():
    house = CaseHouse(Database({url!r}))
    house.now_ms = {now_ms}
    ring = house.watch._ring
    async def slowly(connection, case, clock, now_ms):
        done = await ring(connection, case, clock, now_ms)
        print("rung", case.id, flush=True)
        await asyncio.sleep({pause_s})
        return done
    house.watch._ring = slowly
    print("ready", flush=True)
    await house.watch.tick()
    print("done", flush=True)

asyncio.run(main())
"""


async def test_escalation_survives_kill_9_in_the_middle(house: CaseHouse) -> None:
    for _ in range(9):
        await house.create()
    house.now_ms += 60 * 60_000
    died = await _watcher(house, pause_s=0.2)
    for _ in range(5):  # inside the second batch
        await _line(died, "rung")
    died.send_signal(signal.SIGKILL)
    await died.wait()
    before = await rung(house.database)
    assert 0 < len(before) < 9  # the first batch holds, the second is rolled back
    after = await _watcher(house, pause_s=0)
    await _line(after, "done")
    await after.wait()
    per_case = await house.database.fetch(
        "select case_id, count(*) as n from case_event where kind = 'clock' group by 1"
    )
    assert sorted(row["n"] for row in per_case) == [1] * 9
    assert await house.database.fetchval("select count(*) from case_outbox where topic = 'case.escalation'") == 9


async def _watcher(house: CaseHouse, *, pause_s: float) -> asyncio.subprocess.Process:
    program = _WATCHER.format(root=str(ROOT), url=house.database.url, now_ms=house.now_ms, pause_s=pause_s)
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, stdout=asyncio.subprocess.PIPE, env=environment, cwd=ROOT
    )


async def _line(process: asyncio.subprocess.Process, wanted: str) -> None:
    assert process.stdout is not None
    while True:
        line = await asyncio.wait_for(process.stdout.readline(), WAIT_S)
        assert line, f"the watcher ended before {wanted!r}"
        if line.decode().startswith(wanted):
            return


async def test_secret_cases_tell_strangers_nothing(house: CaseHouse) -> None:
    await house.create(secret=True)
    await house.create(category="0603", complained_of=CITY)
    await house.watch.tick()
    for news in house.news("new"):
        assert set(news) == {"id", "version", "area", "what", "private"}


async def test_news_of_a_case_carry_nothing_personal(house: CaseHouse) -> None:
    made = await house.create()
    await house.until(made.id, State.HANDLING)
    await house.to(made.id, State.HANDLED, Doer.DEPARTMENT, result="已清", media=[PHOTO | {"role": "after"}])
    await house.watch.tick()
    text = str(house.heard)
    assert "13800001234" not in text
    assert "赵六" not in text
    assert "垃圾堆" not in text
