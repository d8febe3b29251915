from __future__ import annotations

import asyncio
from datetime import datetime
from uuid import uuid4

import pytest

from tests.integration.cases_house import CITY, OTHER_TOWNSHIP, PHOTO, WATER, CaseHouse, by
from tracker.cases.model import Change
from tracker.cases.records import AnswerBody, NoteBody, RatingBody, ReplyBody, RevealBody, SuperviseBody, VisitBody
from tracker.cases.states import Doer, State
from tracker.clock import LOCAL, to_ms
from tracker.db.pool import Database
from tracker.errors import BadValue, Conflict, Forbidden, NotFound, Unavailable


@pytest.fixture
async def house(database: Database) -> CaseHouse:
    house = CaseHouse(database)
    await house.build()
    return house


async def test_a_case_goes_the_straight_way(house: CaseHouse) -> None:
    made = await house.create()
    case = await house.until(made.id, State.CLOSED)
    assert (case.department_code, case.worker_id, case.on_time) == (CITY, 17, True)
    assert case.closed_ms == house.now_ms
    assert case.red_ms is None


async def test_every_change_leaves_event_audit_and_message(house: CaseHouse) -> None:
    made = await house.create()
    await house.until(made.id, State.CLOSED)
    counts = [await house.database.fetchval(f"select count(*) from {table}") for table in ("case_event", "case_outbox")]
    audit = await house.database.fetchval("select count(*) from audit where action like 'case.%'")
    assert counts == [11, 11]  # the report, eight changes, a reply and a visit
    assert audit == 11
    assert await house.database.fetchval("select array_agg(seq order by seq) from case_event") == list(range(1, 12))


async def test_a_report_sent_twice_is_one_case(house: CaseHouse) -> None:
    client = str(uuid4())
    first, again = [await house.create(client_id=client) for _ in range(2)]
    assert (again.id, again.number, again.again, again.query_code) == (first.id, first.number, True, first.query_code)
    assert await house.database.fetchval("select count(*) from case_file") == 1


async def test_ten_reports_at_once_with_one_client_id_are_one_case(house: CaseHouse) -> None:
    client = str(uuid4())
    made = await asyncio.gather(*(house.create(client_id=client) for _ in range(10)))
    assert len({one.id for one in made}) == 1
    assert sum(not one.again for one in made) == 1


async def test_an_external_number_comes_in_once(house: CaseHouse) -> None:
    first = await house.create(channel="hotline", external_number="A-1")
    other = await house.create(channel="message", external_number="A-1")
    again = await house.create(channel="hotline", external_number="A-1")
    assert again.id == first.id != other.id
    assert again.query_code is None  # the number alone may be known to others


async def test_of_two_operators_one_wins(house: CaseHouse) -> None:
    made = await house.create()
    reject = Change(to=State.REJECTED, version=1, reason="重复", reply="您好，已在办理")
    both = await asyncio.gather(
        house.cases.change(made.id, Change(to=State.ACCEPTED, version=1), by(Doer.OPERATOR)),
        house.cases.change(made.id, reject, by(Doer.OPERATOR)),
        return_exceptions=True,
    )
    lost = [one for one in both if isinstance(one, Conflict)]
    assert len(lost) == 1
    assert "somebody was first" in str(lost[0])
    assert "operator: reported →" in str(lost[0])
    assert await house.database.fetchval("select count(*) from case_event") == 2


async def test_a_refused_change_leaves_nothing(house: CaseHouse) -> None:
    made = await house.create()
    with pytest.raises(Forbidden):
        await house.to(made.id, State.ACCEPTED, Doer.DISPATCHER)
    assert await house.database.fetchval("select count(*) from case_event") == 1
    assert (await house.case(made.id)).state is State.REPORTED


async def test_events_cannot_be_changed(house: CaseHouse) -> None:
    await house.create()
    for statement in ("update case_event set text = 'x'", "delete from case_event"):
        with pytest.raises(Unavailable, match="only ever added"):
            await house.database.execute(statement)


async def test_nothing_closes_without_an_answer(house: CaseHouse) -> None:
    made = await house.create()
    await house.until(made.id, State.REPLY_DUE)
    with pytest.raises(BadValue, match="answer"):
        await house.to(made.id, State.CLOSED, Doer.SHIFT_LEADER)


async def test_nothing_closes_without_a_return_visit(house: CaseHouse) -> None:
    made = await house.create()
    case = await house.until(made.id, State.REPLY_DUE)
    await house.records.reply(made.id, ReplyBody(version=case.version, text="已清理"), by(Doer.OPERATOR))
    with pytest.raises(Conflict, match="return visit"):
        await house.to(made.id, State.CLOSED, Doer.SHIFT_LEADER)


async def test_three_vain_calls_make_a_reporter_unreachable(house: CaseHouse) -> None:
    made = await house.create()
    case = await house.until(made.id, State.REPLY_DUE)
    case = await house.records.reply(made.id, ReplyBody(version=case.version, text="已清理"), by(Doer.OPERATOR))
    for _ in range(3):
        visit = VisitBody(version=case.version, reporter=1, outcome="no_contact")
        case = await house.records.visit(made.id, visit, by(Doer.OPERATOR))
    assert await house.database.fetchval("select outcome from case_reporter") == "unreachable"
    assert (await house.to(made.id, State.CLOSED, Doer.SHIFT_LEADER)).state is State.CLOSED


async def test_an_anonymous_reporter_needs_no_call(house: CaseHouse) -> None:
    made = await house.create(reporter={})
    case = await house.until(made.id, State.REPLY_DUE)
    await house.records.reply(made.id, ReplyBody(version=case.version, text="已清理"), by(Doer.OPERATOR))
    assert (await house.to(made.id, State.CLOSED, Doer.SHIFT_LEADER)).state is State.CLOSED


async def test_a_rejection_answers_the_reporter(house: CaseHouse) -> None:
    made = await house.create()
    await house.to(made.id, State.REJECTED, Doer.OPERATOR, reason="不属于受理范围", reply="建议您向法院起诉")
    assert await house.database.fetchval("select answer from case_reporter") == "建议您向法院起诉"


async def test_merged_cases_are_answered_with_the_one_they_follow(house: CaseHouse) -> None:
    main, other, third = [await house.create() for _ in range(3)]
    for one in (other, third, main):
        await house.to(one.id, State.ACCEPTED, Doer.OPERATOR)
    await house.to(third.id, State.MERGED, Doer.SHIFT_LEADER, merge_into=other.id)
    await house.to(other.id, State.MERGED, Doer.SHIFT_LEADER, merge_into=main.id)
    assert (await house.case(third.id)).merged_into == main.id
    case = await house.until(main.id, State.REPLY_DUE)
    case = await house.records.reply(main.id, ReplyBody(version=case.version, text="都已清理"), by(Doer.OPERATOR))
    assert await house.database.fetchval("select array_agg(answer) from case_reporter") == ["都已清理"] * 3
    for owner in (main.id, other.id):
        visit = VisitBody(version=case.version, reporter=1, outcome="satisfied", case_id=owner)
        case = await house.records.visit(main.id, visit, by(Doer.OPERATOR))
    with pytest.raises(Conflict, match="1 reporters"):
        await house.to(main.id, State.CLOSED, Doer.SHIFT_LEADER)
    visit = VisitBody(version=case.version, reporter=1, outcome="basic", case_id=third.id)
    await house.records.visit(main.id, visit, by(Doer.OPERATOR))
    await house.to(main.id, State.CLOSED, Doer.SHIFT_LEADER)


async def test_two_cases_cannot_swallow_each_other(house: CaseHouse) -> None:
    one, two = [await house.create() for _ in range(2)]
    for made in (one, two):
        await house.to(made.id, State.ACCEPTED, Doer.OPERATOR)
    results = await asyncio.gather(
        house.to(one.id, State.MERGED, Doer.SHIFT_LEADER, merge_into=two.id),
        house.to(two.id, State.MERGED, Doer.SHIFT_LEADER, merge_into=one.id),
        return_exceptions=True,
    )
    assert sum(isinstance(result, BadValue) for result in results) == 1
    with pytest.raises(Conflict):
        await house.to(one.id, State.MERGED, Doer.SHIFT_LEADER, merge_into=one.id)


async def test_the_unit_complained_of_never_sees_the_complaint(house: CaseHouse) -> None:
    made = await house.create(category="0102", complained_of=CITY)
    await house.until(made.id, State.FILED)
    with pytest.raises(BadValue, match="department"):  # the responsible one is the unit complained of: nobody is left
        await house.to(made.id, State.DISPATCHED, Doer.DISPATCHER)
    with pytest.raises(BadValue, match="complained"):
        await house.to(made.id, State.DISPATCHED, Doer.DISPATCHER, department=CITY)
    await house.to(made.id, State.DISPATCHED, Doer.DISPATCHER, department=WATER)
    with pytest.raises(NotFound):
        await house.records.note(made.id, NoteBody(text="看看是谁"), by(Doer.DEPARTMENT, department=CITY))


async def test_another_department_and_another_township_see_nothing(house: CaseHouse) -> None:
    made = await house.create()
    await house.until(made.id, State.DISPATCHED)
    for actor in (by(Doer.DEPARTMENT, department=WATER), by(Doer.OPERATOR, area=OTHER_TOWNSHIP)):
        with pytest.raises(NotFound):
            await house.records.note(made.id, NoteBody(text="不该看见"), actor)


async def test_a_return_is_counted_and_given_to_another(house: CaseHouse) -> None:
    made = await house.create()
    await house.until(made.id, State.DISPATCHED)
    await house.to(made.id, State.RETURN_REQ, Doer.DEPARTMENT, reason="不是我单位职责", suggest=WATER)
    case = await house.to(made.id, State.FILED, Doer.DISPATCHER)
    assert (case.returns, case.department_code, case.due_ms) == (1, None, None)
    case = await house.to(made.id, State.DISPATCHED, Doer.DISPATCHER, department=WATER)
    assert case.department_code == WATER
    assert case.due_ms is not None


async def test_an_approved_extension_moves_the_deadline(house: CaseHouse) -> None:
    made = await house.create()
    before = await house.until(made.id, State.HANDLING)
    await house.to(made.id, State.EXTEND_REQ, Doer.DEPARTMENT, reason="车辆故障", extend=2)
    case = await house.to(made.id, State.HANDLING, Doer.SHIFT_LEADER)
    assert (before.due_ms, case.due_ms) == (
        local("2026-11-23 14:30"),
        local("2026-11-23 16:30"),
    )  # 4 h and 6 h from 09:00
    assert case.extensions == 1


async def test_a_refused_extension_moves_nothing(house: CaseHouse) -> None:
    made = await house.create()
    before = await house.until(made.id, State.HANDLING)
    await house.to(made.id, State.EXTEND_REQ, Doer.DEPARTMENT, reason="车辆故障", extend=2)
    case = await house.to(made.id, State.HANDLING, Doer.SHIFT_LEADER, approve=False, reason="可以借车")
    assert (case.due_ms, case.extensions) == (before.due_ms, 0)


async def test_suspension_stops_the_handling_clock_only(house: CaseHouse) -> None:
    made = await house.create()
    await house.until(made.id, State.HANDLING)
    house.go_to("2026-11-23 10:00")
    await house.to(made.id, State.SUSPEND_REQ, Doer.DEPARTMENT, reason="大雪", until_ms=house.now_ms + 86_400_000)
    case = await house.to(made.id, State.SUSPENDED, Doer.SHIFT_LEADER)
    overall = await house.database.fetchrow("select deadline_at from case_clock where stage = 'overall'")
    assert case.due_ms is None
    assert overall is not None
    assert case.red_ms is not None  # the overall clock goes on
    house.go_to("2026-11-24 10:00")
    await house.watch.tick()
    resumed = await house.case(made.id)
    assert resumed.state is State.HANDLING
    assert resumed.due_ms == local("2026-11-24 14:30")  # 1 of 4 h used on Monday: 3 h from 10:00, lunch between


async def test_a_failed_check_goes_round_again(house: CaseHouse) -> None:
    made = await house.create()
    await house.until(made.id, State.CHECKING)
    case = await house.to(made.id, State.FILED, Doer.WORKER, reason="还有一半没有清")
    assert (case.reworks, case.department_code) == (1, CITY)
    case = await house.to(made.id, State.DISPATCHED, Doer.DISPATCHER)
    rounds = await house.database.fetchval("select max(round) from case_clock where stage = 'handling'")
    assert rounds == 2


async def test_lateness_is_decided_when_it_is_handled(house: CaseHouse) -> None:
    made = await house.create()
    await house.until(made.id, State.HANDLING)
    house.go_to("2026-11-23 14:30:01")  # the limit of 4 working hours ended at 14:30
    case = await house.to(made.id, State.HANDLED, Doer.DEPARTMENT, result="已清", media=[PHOTO | {"role": "after"}])
    assert case.on_time is False


async def test_voiding_can_be_refused(house: CaseHouse) -> None:
    made = await house.create()
    await house.until(made.id, State.HANDLING)
    await house.to(made.id, State.VOID_REQ, Doer.DISPATCHER, reason="误报")
    case = await house.to(made.id, State.HANDLING, Doer.SHIFT_LEADER, reason="现场属实")
    assert (case.state, case.prior_state) == (State.HANDLING, None)


async def test_reopening_owes_a_new_answer(house: CaseHouse) -> None:
    made = await house.create()
    await house.until(made.id, State.CLOSED)
    case = await house.to(made.id, State.REOPENED, Doer.CITIZEN, reason="又堆起来了")
    assert (case.reopens, case.closed_ms) == (1, None)
    assert await house.database.fetchval("select answer from case_reporter") is None
    await house.to(made.id, State.FILED, Doer.SHIFT_LEADER)


async def test_an_urging_is_answered_once(house: CaseHouse) -> None:
    made = await house.create()
    await house.until(made.id, State.HANDLING)
    urged = SuperviseBody(kind="supervise", level="key", text="请书记过问")
    case = await house.records.supervise(made.id, urged, by(Doer.INSPECTOR))
    assert case.supervisions == 1
    city = by(Doer.DEPARTMENT, department=CITY)
    await house.records.answer(made.id, 1, AnswerBody(reply="下午清完"), city)
    with pytest.raises(Conflict):
        await house.records.answer(made.id, 1, AnswerBody(reply="再答一次"), city)


async def test_a_rating_counts_once_and_after_the_answer(house: CaseHouse) -> None:
    made = await house.create()
    citizen = by(Doer.CITIZEN)
    with pytest.raises(Conflict):
        await house.records.rate(made.id, 1, RatingBody(rating=5), citizen)
    await house.until(made.id, State.CLOSED)
    await house.records.rate(made.id, 1, RatingBody(rating=2, text="太慢"), citizen)
    assert await house.database.fetchval("select outcome from case_reporter") == "unsatisfied"
    with pytest.raises(Conflict):
        await house.records.rate(made.id, 1, RatingBody(rating=5), citizen)


async def test_clear_text_is_given_with_a_reason_and_audited(house: CaseHouse) -> None:
    made = await house.create()
    body = RevealBody(reporter=1, field="phone", reason="回访")
    assert await house.records.reveal(made.id, body, by(Doer.OPERATOR)) == "13800001234"
    detail = await house.database.fetchval("select detail from audit where action = 'case.reveal'")
    assert detail == {"field": "phone", "reporter": 1, "reason": "回访"}


async def test_a_department_gets_no_clear_text(house: CaseHouse) -> None:
    made = await house.create()
    await house.until(made.id, State.HANDLING)
    body = RevealBody(reporter=1, field="phone", reason="想知道")
    with pytest.raises(NotFound):
        await house.records.reveal(made.id, body, by(Doer.DEPARTMENT, department=CITY))


def local(text: str) -> int:
    return to_ms(datetime.fromisoformat(text).replace(tzinfo=LOCAL))


async def test_a_self_handled_case_gets_its_limit_when_reopened(house: CaseHouse) -> None:
    photos = [PHOTO | {"role": "before"}, PHOTO | {"role": "after"}]
    made = await house.create(self_handled=True, media=photos)
    await house.to(made.id, State.CLOSED, Doer.OPERATOR, reply="已现场处理")
    await house.to(made.id, State.REOPENED, Doer.OPERATOR, reason="问题又出现了")
    case = await house.to(made.id, State.FILED, Doer.SHIFT_LEADER)
    assert (case.limit_value, case.limit_unit) == (4, "work_hour")


async def test_a_refused_voiding_does_not_lose_the_extension_asked_for(house: CaseHouse) -> None:
    made = await house.create()
    await house.until(made.id, State.HANDLING)
    before = (await house.case(made.id)).due_ms
    await house.to(made.id, State.EXTEND_REQ, Doer.DEPARTMENT, reason="需要施工", extend=2)
    await house.to(made.id, State.VOID_REQ, Doer.DISPATCHER, reason="重复登记")
    await house.to(made.id, State.EXTEND_REQ, Doer.SHIFT_LEADER, reason="不是重复")
    case = await house.to(made.id, State.HANDLING, Doer.SHIFT_LEADER, approve=True)
    assert (case.due_ms or 0) > (before or 0)
