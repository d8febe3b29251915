"""Random walks of legal and illegal changes on the real database: whatever happens, the books stay right."""

from __future__ import annotations

import asyncio
import random
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.integration.cases_house import CITY, PHOTO, WATER, CaseHouse, by
from tracker.cases.model import Change
from tracker.cases.records import ReplyBody, VisitBody
from tracker.cases.rows import CaseFile, Clock, read
from tracker.cases.states import ENDED, STATES, TRANSITIONS, Doer, Stage, State, Transition
from tracker.db.pool import Database
from tracker.errors import BadValue, Conflict, Forbidden, NotFound

FORESEEN = (BadValue, Conflict, Forbidden, NotFound)
STEPS = 90
FULL: dict[str, Any] = {
    "reason": "情况属实", "reply": "已为您办理", "result": "清理完毕", "extend": 2, "leader": "主任", "worker_id": 17,
    "media": [PHOTO | {"role": role} for role in ("verify", "after", "check")],
}  # fmt: skip


@pytest.fixture
async def house(database: Database) -> CaseHouse:
    house = CaseHouse(database)
    await house.build()
    return house


async def step(house: CaseHouse, dice: random.Random, case_ids: list[int]) -> None:
    """One random act by a random person: three in four along the table, the others anything at all."""
    case_id = dice.choice(case_ids)
    case = await house.case(case_id)
    ways = [row for (source, _), row in TRANSITIONS.items() if source is case.state]
    if case.state is State.VOID_REQ:
        ways = [row for row in ways if row.target in (case.prior_state, State.VOIDED)]
    if ways and dice.random() < 0.85:
        row = dice.choices(ways, [_weight(one) for one in ways])[0]
        to, doer = row.target, dice.choice(sorted(row.doers))
    else:
        to, doer = dice.choice(list(State)), dice.choice(list(Doer))
    body = {name: value for name, value in FULL.items() if dice.random() < 0.95}
    body |= {"to": to, "version": case.version - (dice.random() < 0.1), "merge_into": dice.choice(case_ids)}
    body |= {"until_ms": house.now_ms + 86_400_000, "approve": dice.random() < 0.7}
    if dice.random() < 0.3:
        body["department"] = dice.choice([CITY, WATER, "D-NOBODY"])
    department = case.department_code if doer is Doer.DEPARTMENT else None
    await house.cases.change(case_id, msgspec.convert(body, Change), by(doer, department=department))


def _weight(row: Transition) -> float:
    """Walks should be long: what ends a case early is rare."""
    return {State.VOID_REQ: 0.15, State.VOIDED: 0.1, State.REJECTED: 0.05, State.MERGED: 0.2}.get(row.target, 1.0)


async def answer(house: CaseHouse, case_id: int) -> None:
    """Answer and call back, as an operator would at the end."""
    case = await house.case(case_id)
    operator = by(Doer.OPERATOR)
    case = await house.records.reply(case_id, ReplyBody(version=case.version, text="已清理"), operator)
    followers = "(select id from case_file where merged_into = $1)"
    statement = f"select case_id from case_reporter where case_id = $1 or case_id in {followers}"
    rows = await house.database.fetch(statement, case_id)
    for row in rows:
        visit = VisitBody(version=case.version, reporter=1, outcome="basic", case_id=row["case_id"])
        case = await house.records.visit(case_id, visit, operator)


async def check(house: CaseHouse) -> None:
    """What must hold of every case at every moment."""
    for row in await house.database.fetch("select * from case_file"):
        case = read(CaseFile, row)
        clocks = [
            read(Clock, one)
            for one in await house.database.fetch("select * from case_clock where case_id = $1", case.id)
        ]
        events = await house.database.fetch("select * from case_event where case_id = $1 order by seq", case.id)
        check_events(case, [dict(one) for one in events])
        check_clocks(case, clocks)
        await check_answers(house, case)


def check_events(case: CaseFile, events: list[dict[str, Any]]) -> None:
    assert [one["seq"] for one in events] == list(range(1, case.events + 1))
    changes = [one for one in events if one["kind"] == "change"]
    assert changes[0]["to_state"] == "reported"
    assert changes[-1]["to_state"] == case.state
    for before, after in pairwise(changes):
        assert after["from_state"] == before["to_state"]
        row = TRANSITIONS[State(after["from_state"]), State(after["to_state"])]
        assert Doer(after["actor"]) in row.doers
    assert case.reworks == sum(one["from_state"] == "checking" and one["to_state"] == "filed" for one in changes)
    assert case.reopens == sum(one["from_state"] == "closed" for one in changes)


def check_clocks(case: CaseFile, clocks: list[Clock]) -> None:
    running = [one.stage for one in clocks if one.finished_ms is None]
    assert len(running) == len(set(running)), "a clock runs twice"
    assert bool(running) == STATES[case.state].open == (case.closed_ms is None)
    stage = STATES[case.state].stage
    assert stage is None or stage in running
    paused = [one for one in clocks if one.is_paused and one.finished_ms is None]
    place = case.prior_state if case.state is State.VOID_REQ else case.state
    assert [one.stage for one in paused] == ([Stage.HANDLING] if place is State.SUSPENDED else [])
    assert case.red_ms == min(
        (one.deadline_ms for one in clocks if one.finished_ms is None and one.deadline_ms), default=None
    )
    assert all(one.snapshot for one in clocks if one.finished_ms is not None)
    assert all(one.next_ms is None for one in clocks if one.finished_ms is not None)


async def check_answers(house: CaseHouse, case: CaseFile) -> None:
    """件件有回音: what has ended has answered everybody, followers included."""
    if case.state in ENDED and case.state is not State.MERGED:
        owed = await house.database.fetchval(
            "select count(*) from case_reporter where answered_at is null and "
            "(case_id = $1 or case_id in (select id from case_file where merged_into = $1))",
            case.id,
        )
        assert owed == 0, f"case {case.number} is {case.state} and owes {owed} answers"
    if case.state is State.MERGED:
        leader = await house.case(case.merged_into or 0)
        assert leader.state is not State.MERGED, "a chain of merged cases"
        assert leader.id != case.id


async def walk(house: CaseHouse, dice: random.Random, case_ids: list[int]) -> int:
    """Many steps with time going on; returns how many were refused."""
    refused = 0
    for _ in range(STEPS):
        try:
            await step(house, dice, case_ids)
        except FORESEEN:
            refused += 1
        open_reply = [one for one in case_ids if (await house.case(one)).state is State.REPLY_DUE]
        if open_reply and dice.random() < 0.5:
            await answer(house, dice.choice(open_reply))
        house.now_ms += dice.randrange(4 * 3_600_000)
        if dice.random() < 0.3:
            await house.watch.tick()
    return refused


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 1 << 32))
async def test_random_walks_keep_the_books_right(house: CaseHouse, seed: int) -> None:
    dice = random.Random(seed)
    case_ids = [(await house.create()).id for _ in range(3)]
    refused = await walk(house, dice, case_ids)
    await check(house)
    changes = await house.database.fetchval("select count(*) from case_event where kind = 'change'")
    audits = await house.database.fetchval("select count(*) from audit where action in ('case.change', 'case.create')")
    assert changes == audits
    assert refused < STEPS


async def test_walks_reach_most_of_the_table(house: CaseHouse) -> None:
    """Else the walks would prove little."""
    for seed in range(10):
        case_ids = [(await house.create()).id for _ in range(3)]
        await walk(house, random.Random(seed), case_ids)
    await check(house)
    seen = await house.database.fetch(
        "select distinct from_state, to_state from case_event where from_state is not null"
    )
    assert len(seen) >= 40, f"{len(seen)} of {len(TRANSITIONS)}"


async def test_a_crowd_acting_at_once_keeps_the_books_right(house: CaseHouse) -> None:
    """Eight people on three cases, without waiting for each other: conflicts, never a broken case or a deadlock."""
    case_ids = [(await house.create()).id for _ in range(3)]

    async def person(seed: int) -> int:
        dice, done = random.Random(seed), 0
        for _ in range(25):
            try:
                await step(house, dice, case_ids)
                done += 1
            except FORESEEN:
                continue
        return done

    done = await asyncio.wait_for(asyncio.gather(*(person(seed) for seed in range(8))), 60)
    await check(house)
    changes = await house.database.fetchval("select count(*) from case_event where kind = 'change'")
    assert changes == sum(done) + len(case_ids)
