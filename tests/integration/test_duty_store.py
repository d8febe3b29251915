"""Shifts and schedules on the real database, in one process and in two."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.integration.people_house import COUNTY, GRID, OTHER_GRID, OTHER_TOWNSHIP, House
from tests.integration.people_web import bearer, serving
from tracker.bus.model import DutyChanged, Message, Reader
from tracker.clock import local_day
from tracker.db.pool import Database
from tracker.duty.book import DutyBook
from tracker.duty.http import DutyHttp
from tracker.duty.model import DAY_MS, HOUR_MS, LONGEST_SHIFT_MS, Source, Window
from tracker.duty.store import Actor, DutyStore
from tracker.errors import BadValue, NotFound, Unavailable
from tracker.metrics import Metrics

PHONE = Actor(area_code=GRID, device_id=1)
DESK = Actor(area_code=GRID, account_id=1)
ALL_WEEK = [Window(weekday=day, starts=0, ends=1440) for day in range(1, 8)]


class RecordingBus:
    """Keeps what was published."""

    def __init__(self) -> None:
        self.messages: list[Message] = []

    def publish(self, message: Message) -> None:
        self.messages.append(message)

    def subscribe(self, name: str, reader: Reader) -> None:
        raise AssertionError(f"{name}: nobody reads here, not even {reader}")


class Process:
    """The duty room of one server process."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.book, self.bus, self.metrics = DutyBook(), RecordingBus(), Metrics()
        self.store = DutyStore(
            database=house.database,
            book=self.book,
            bus=self.bus,
            metrics=self.metrics,
            audit=house.audit,
            now_ms=house.clock,
        )

    def is_on(self, worker_id: int = 17) -> bool:
        return self.book.is_on(worker_id, self.house.now_ms)

    def on_duty(self) -> float:
        return self.metrics.registry.get_sample_value("sanxun_workers_on_duty") or 0.0

    def told(self) -> list[tuple[int, bool]]:
        return [(message.worker_id, message.on) for message in self.bus.messages if isinstance(message, DutyChanged)]


@pytest.fixture
async def process(database: Database) -> AsyncIterator[Process]:
    house = House(database)
    await house.register()
    built = Process(house)
    await built.store.load()
    yield built
    house.close()


async def test_going_on_and_off_is_told_once_each(process: Process) -> None:
    for _ in range(2):
        state = await process.store.go_on(17, None, PHONE)
        assert (state.on, state.source, process.on_duty()) == (True, Source.PHONE, 1.0)
    process.house.pass_minutes(30)
    for _ in range(2):
        assert not (await process.store.go_off(17, None, PHONE)).on
    assert process.told() == [(17, True), (17, False)]
    assert process.on_duty() == 0.0
    assert await process.house.database.fetchval("select count(*) from duty_shift") == 1


async def test_readers_that_begin_later_learn_who_is_on(process: Process) -> None:
    await process.store.go_on(17, None, PHONE)
    assert process.store.on_duty == {17}


async def test_old_shifts_leave_the_book(process: Process) -> None:
    began_ms = process.house.now_ms
    await process.store.go_on(17, None, PHONE)
    await process.store.tick()
    process.house.now_ms += 10 * DAY_MS
    await process.store.tick()
    assert not process.book.is_on(17, began_ms)


async def test_presses_at_once_open_one_shift(process: Process) -> None:
    await asyncio.gather(*(process.store.go_on(17, None, PHONE) for _ in range(8)))
    assert await process.house.database.fetchval("select count(*) from duty_shift") == 1


async def test_unknown_worker_has_no_duty(process: Process) -> None:
    with pytest.raises(NotFound):
        await process.store.go_on(99, None, PHONE)


async def test_offline_presses_count_for_the_past(process: Process) -> None:
    now_ms = process.house.now_ms
    await process.store.go_on(17, now_ms - 5 * HOUR_MS, PHONE)
    await process.store.go_off(17, now_ms - 3 * HOUR_MS, PHONE)
    expected = {-6: False, -4: True, -2: False}
    assert {hour: process.book.is_on(17, now_ms + hour * HOUR_MS) for hour in expected} == expected
    assert process.told() == [(17, True), (17, False)]


async def test_press_of_nine_days_ago_is_refused(process: Process) -> None:
    with pytest.raises(BadValue):
        await process.store.go_on(17, process.house.now_ms - 9 * DAY_MS, PHONE)


async def test_forgotten_shift_is_closed_at_the_limit(process: Process) -> None:
    began_ms = process.house.now_ms
    await process.store.go_on(17, None, PHONE)
    process.house.now_ms += LONGEST_SHIFT_MS + HOUR_MS
    await process.store.tick()
    row = await process.house.database.fetchrow("select source, ended_at - started_at as length from duty_shift")
    assert row is not None
    assert (row["source"], row["length"].total_seconds()) == ("limit", 12 * 3600)
    assert process.told() == [(17, True), (17, False)]
    assert process.book.is_on(17, began_ms + HOUR_MS)


async def test_supervisor_ends_a_shift(process: Process) -> None:
    await process.store.go_on(17, None, PHONE)
    process.house.pass_minutes(10)
    await process.store.go_off(17, None, DESK)
    assert await process.house.database.fetchval("select source from duty_shift") == "supervisor"
    assert not process.book.state(17, process.house.now_ms).on


async def test_supervisor_ends_a_window_of_the_schedule(process: Process) -> None:
    await process.store.set_schedule(17, ALL_WEEK, DESK)
    assert process.is_on()
    process.house.pass_minutes(5)
    assert not (await process.store.go_off(17, None, DESK)).on
    process.house.pass_minutes(1)
    assert not process.is_on()
    await process.store.load()
    assert not process.is_on()


async def test_everything_is_known_again_after_a_restart(process: Process) -> None:
    now_ms = process.house.now_ms
    await process.store.go_on(17, now_ms - 30 * HOUR_MS, PHONE)
    await process.store.go_off(17, now_ms - 29 * HOUR_MS, PHONE)
    await process.store.go_on(17, None, PHONE)
    windows = [Window(weekday=3, starts=480, ends=1440)]
    await process.store.set_schedule(18, windows, DESK)
    restarted = Process(process.house)
    await restarted.store.load()
    asked = [now_ms - 31 * HOUR_MS, now_ms - 29 * HOUR_MS - 1, now_ms - HOUR_MS, now_ms]
    assert [restarted.book.is_on(17, at_ms) for at_ms in asked] == [False, True, False, True]
    assert restarted.book.windows_of(18) == tuple(windows)


async def test_press_in_another_process_counts_after_a_tick(process: Process) -> None:
    other = Process(process.house)
    await other.store.load()
    now_ms = process.house.now_ms
    await process.store.go_on(17, now_ms - 6 * HOUR_MS, PHONE)
    await process.store.go_off(17, now_ms - 5 * HOUR_MS, PHONE)
    await process.store.go_on(18, None, PHONE)
    await other.store.tick()
    assert other.book.is_on(17, now_ms - 5 * HOUR_MS - 1)
    assert (other.is_on(18), other.told()) == (True, [(18, True)])


async def test_schedule_of_another_process_counts_after_a_tick(process: Process) -> None:
    other = Process(process.house)
    await other.store.load()
    await process.store.set_schedule(17, ALL_WEEK, DESK)
    await other.store.tick()
    assert other.is_on()
    await process.store.set_schedule(17, [], DESK)
    await other.store.tick()
    assert not other.is_on()


async def test_beginning_and_end_of_a_window_are_told(process: Process) -> None:
    midnight_ms = process.house.now_ms - (process.house.now_ms + 8 * HOUR_MS) % DAY_MS
    weekdays = [Window(weekday=day, starts=480, ends=720) for day in range(1, 8)]
    process.house.now_ms = midnight_ms + 7 * HOUR_MS
    await process.store.set_schedule(17, weekdays, DESK)
    for hour in (8, 9, 12):
        process.house.now_ms = midnight_ms + hour * HOUR_MS
        await process.store.tick()
    assert process.told() == [(17, True), (17, False)]


async def test_dropped_fixes_are_counted_by_day(process: Process) -> None:
    process.store.count_dropped({17: 3, 18: 1})
    process.store.count_dropped({17: 2})
    await process.store.flush_dropped()
    process.store.count_dropped({17: 10})
    await process.store.tick()
    rows = await process.house.database.fetch("select worker_id, day, fixes from duty_dropped order by worker_id")
    today = local_day(process.house.now_ms)
    assert [tuple(row) for row in rows] == [(17, today, 15), (18, today, 1)]


async def test_counts_wait_while_the_database_is_away(process: Process) -> None:
    process.store.count_dropped({17: 3})
    database, process.store._database = process.store._database, Database("postgresql://x@127.0.0.1:9/none")
    with pytest.raises(Unavailable):
        await process.store.tick()
    process.store._database = database
    process.store.count_dropped({17: 1})
    await process.store.tick()
    assert await database.fetchval("select fixes from duty_dropped") == 4


async def test_every_change_is_audited(process: Process) -> None:
    await process.store.go_on(17, None, PHONE)
    await process.store.go_on(17, None, PHONE)
    process.house.pass_minutes(1)
    await process.store.go_off(17, None, DESK)
    await process.store.set_schedule(17, ALL_WEEK[:1], DESK)
    rows = await process.house.database.fetch(
        "select action, subject, account_id, device_id, area_code from audit order by id"
    )
    assert [tuple(row) for row in rows] == [
        ("duty.on", "worker:17", None, 1, GRID),
        ("duty.off", "worker:17", 1, None, GRID),
        ("duty.schedule", "worker:17", 1, None, GRID),
    ]


class Site:
    """The duty routes, served, with a desk signed in and a phone enrolled."""

    def __init__(self, process: Process, client: Any) -> None:
        self.process = process
        self.client = client
        self.desk: dict[str, str] = {}
        self.phone: dict[str, str] = {}

    async def call(self, method: str, path: str, headers: dict[str, str], *, body: Any = None) -> tuple[int, Any]:
        async with self.client.request(method, path, json=body, headers=headers) as response:
            return response.status, await response.json()


@pytest.fixture
async def site(process: Process) -> AsyncIterator[Site]:
    house = process.house
    duty = DutyHttp(
        store=process.store,
        book=process.book,
        workers=house.workers,
        peers=house.peers,
        grid_of={17: GRID, 18: OTHER_GRID}.get,
        now_ms=house.clock,
    )
    async with serving(house.guard, duty.routes()) as client:
        built = Site(process, client)
        desk = await house.account("desk", area=COUNTY)
        built.desk = bearer(await house.sign_in("desk", create=False))
        made = await house.enrolments.create(desk, 17, base_url="", address="")
        built.phone = bearer((await house.enrolments.consume(made.code, "", address="")).token)
        yield built


async def test_phone_goes_on_and_off_duty(site: Site) -> None:
    status, answered = await site.call("POST", "/api/v1/duty/on", site.phone)
    assert (status, answered["on"], answered["worker"]["name"]) == (200, True, "王五")
    assert answered["until_ms"] - answered["since_ms"] == LONGEST_SHIFT_MS
    site.process.house.pass_minutes(10)
    assert (await site.call("GET", "/api/v1/duty", site.phone))[1]["on"] is True
    _, answered = await site.call("POST", "/api/v1/duty/off", site.phone)
    assert (answered["on"], answered["since_ms"], answered["source"]) == (False, None, None)
    assert answered["server_time_ms"] == site.process.house.now_ms


async def test_press_may_tell_when(site: Site) -> None:
    pressed_ms = site.process.house.now_ms - HOUR_MS
    _, answered = await site.call("POST", "/api/v1/duty/on", site.phone, body={"at_ms": pressed_ms})
    assert answered["since_ms"] == pressed_ms
    status, answered = await site.call("POST", "/api/v1/duty/off", site.phone, body={"at_ms": "yesterday"})
    assert (status, answered["error"]["field"]) == (400, "at_ms")


async def test_schedule_is_written_and_read(site: Site) -> None:
    body = {"windows": [{"weekday": 1, "starts": "08:00", "ends": "24:00"}]}
    assert await site.call("PUT", "/api/v1/workers/17/schedule", site.desk, body=body) == (200, body)
    assert await site.call("GET", "/api/v1/workers/17/schedule", site.desk) == (200, body)


async def test_overlapping_schedule_names_the_window(site: Site) -> None:
    windows = [{"weekday": 1, "starts": "08:00", "ends": "12:00"}, {"weekday": 1, "starts": "11:00", "ends": "13:00"}]
    status, answered = await site.call("PUT", "/api/v1/workers/17/schedule", site.desk, body={"windows": windows})
    assert (status, answered["error"]["field"]) == (400, "windows[1]")
    assert "08:00-12:00" in answered["error"]["message"]


async def test_supervisor_sends_a_worker_off(site: Site) -> None:
    await site.call("POST", "/api/v1/duty/on", site.phone)
    site.process.house.pass_minutes(5)
    status, answered = await site.call("POST", "/api/v1/workers/17/duty/off", site.desk)
    assert (status, answered["on"]) == (200, False)


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "schedule"), ("PUT", "schedule"), ("POST", "duty/off")],
)
async def test_workers_of_another_area_are_out_of_reach(site: Site, method: str, path: str) -> None:
    neighbour = bearer(await site.process.house.sign_in("neighbour", area=OTHER_TOWNSHIP))
    body: dict[str, list[Any]] = {"windows": []}
    assert (await site.call(method, f"/api/v1/workers/17/{path}", neighbour, body=body))[0] == 403
    assert (await site.call(method, f"/api/v1/workers/99/{path}", site.desk, body=body))[0] == 404
    assert (await site.call(method, f"/api/v1/workers/17/{path}", site.phone, body=body))[0] == 401
