from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.cases.model import Change, Facts
from tracker.cases.rules import GUARDS, MOST_REOPENS, NEEDS, REOPEN_DAYS, judge, offered
from tracker.cases.states import ENDED, STATES, TRANSITIONS, Doer, Stage, State, Transition, clock_moves
from tracker.cases.worktime import DAY_MS
from tracker.errors import BadValue, Conflict, Forbidden, SanxunError

NOW = 1_780_000_000_000
FULL = {
    "reason": "路已修好", "reply": "已为您办理", "result": "清理完毕",
    "category": "0102", "department": "D1", "worker_id": 17,
    "merge_into": 2, "extend": 2, "until_ms": NOW + DAY_MS, "leader": "主任",
}  # fmt: skip
PHOTOS = frozenset({"before", "after", "verify", "check"})


def facts(state: State, **more: Any) -> Facts:
    base = Facts(state=state, version=3, category="0102", media=PHOTOS, prior_state=State.HANDLING, closed_ms=NOW)
    return msgspec.structs.replace(base, **more)


def change(to: State, **more: object) -> Change:
    return msgspec.convert(FULL | {"to": to, "version": 3} | more, Change)


def test_every_need_and_guard_of_the_table_is_known() -> None:
    assert {name for row in TRANSITIONS.values() for name in row.needs} <= set(NEEDS)
    assert {name for row in TRANSITIONS.values() for name in row.guards} == set(GUARDS)


def test_every_state_can_be_reached_and_left() -> None:
    assert {target for _, target in TRANSITIONS} == set(State)
    assert {source for source, _ in TRANSITIONS} == set(State) - (ENDED - {State.CLOSED})


def test_open_states_all_lead_to_an_end() -> None:
    reached = {state: {target for source, target in TRANSITIONS if source is state} for state in State}
    good = set(ENDED)
    while more := {state for state in State if state not in good and reached[state] & good}:
        good |= more
    assert good == set(State)


@pytest.mark.parametrize("pair", list(TRANSITIONS), ids="-".join)
def test_every_row_of_the_table_can_be_followed(pair: tuple[State, State]) -> None:
    row = TRANSITIONS[pair]
    case = facts(pair[0], prior_state=pair[1] if pair[0] is State.VOID_REQ else None, self_handled=True)
    if "needs_no_check" in row.guards:
        case = msgspec.structs.replace(case, needs_check=False)
    for doer in row.doers:
        assert judge(case, change(pair[1]), doer, NOW) is row


@pytest.mark.parametrize("pair", list(TRANSITIONS), ids="-".join)
def test_no_row_opens_to_another_role(pair: tuple[State, State]) -> None:
    for doer in set(Doer) - TRANSITIONS[pair].doers:
        with pytest.raises(Forbidden):
            judge(facts(pair[0]), change(pair[1]), doer, NOW)


def test_what_is_not_in_the_table_is_refused() -> None:
    with pytest.raises(Conflict, match="reported cannot become handling"):
        judge(facts(State.REPORTED), change(State.HANDLING), Doer.DEPARTMENT, NOW)


def test_an_old_version_is_told_what_is_there_now() -> None:
    with pytest.raises(Conflict, match="it is now filed at version 3"):
        judge(facts(State.FILED), change(State.DISPATCHED, version=2), Doer.DISPATCHER, NOW)


def test_nothing_is_closed_without_an_answer() -> None:
    for state, target in TRANSITIONS:
        if target in ENDED - {State.MERGED}:
            case = facts(state, unanswered=1, self_handled=True)
            with pytest.raises(BadValue, match="reply"):
                judge(case, change(target, reply=" "), next(iter(TRANSITIONS[state, target].doers)), NOW)


def test_nothing_is_closed_without_a_return_visit() -> None:
    with pytest.raises(Conflict, match="return visit"):
        judge(facts(State.REPLY_DUE, unvisited=1), change(State.CLOSED), Doer.SHIFT_LEADER, NOW)


def test_the_unit_complained_of_gets_nothing() -> None:
    case = facts(State.FILED, complained_of="D1")
    with pytest.raises(BadValue, match="complained"):
        judge(case, change(State.DISPATCHED), Doer.DISPATCHER, NOW)
    with pytest.raises(BadValue, match="complained"):
        judge(case, change(State.DISPATCHED, department="D2", co_departments=["D1"]), Doer.DISPATCHER, NOW)


def test_more_time_is_asked_for_before_the_deadline() -> None:
    case = facts(State.HANDLING, deadline_ms=NOW - 1)
    with pytest.raises(Conflict, match="before the deadline"):
        judge(case, change(State.EXTEND_REQ), Doer.DEPARTMENT, NOW)


def test_a_second_extension_needs_a_leader() -> None:
    case = facts(State.HANDLING, extensions=1)
    with pytest.raises(BadValue, match="leader"):
        judge(case, change(State.EXTEND_REQ, leader=""), Doer.DEPARTMENT, NOW)


def test_reopening_has_an_end() -> None:
    late = facts(State.CLOSED, closed_ms=NOW - REOPEN_DAYS * DAY_MS - 1)
    often = facts(State.CLOSED, reopens=MOST_REOPENS)
    for case in (late, often):
        with pytest.raises(Conflict, match="reopened"):
            judge(case, change(State.REOPENED), Doer.CITIZEN, NOW)


def test_a_worker_shows_a_photo_and_an_operator_need_not() -> None:
    case = facts(State.CHECKING, media=frozenset())
    with pytest.raises(BadValue, match="photo"):
        judge(case, change(State.REPLY_DUE), Doer.WORKER, NOW)
    assert judge(case, change(State.REPLY_DUE), Doer.OPERATOR, NOW).target is State.REPLY_DUE


def test_a_refused_voiding_goes_back_where_it_was() -> None:
    with pytest.raises(Conflict, match="goes back to handling"):
        judge(facts(State.VOID_REQ), change(State.FILED), Doer.SHIFT_LEADER, NOW)


def test_offered_changes_leave_out_what_a_guard_forbids() -> None:
    case = facts(State.HANDLED, needs_check=True)
    assert {row.target for row in offered(case, Doer.OPERATOR, NOW)} == {State.CHECKING}
    assert offered(case, Doer.DEPARTMENT, NOW) == []


@given(st.lists(st.sampled_from(list(TRANSITIONS.values())), max_size=60))
def test_clocks_never_run_twice_nor_after_the_end(rows: list[Transition]) -> None:
    state, running, paused = State.REPORTED, {Stage.OVERALL, Stage.ACCEPTANCE}, set[Stage]()
    prior: State | None = None
    for row in rows:
        source, target = row.source, row.target
        if source is not state or (source is State.VOID_REQ and target not in (prior, State.VOIDED)):
            continue
        for move in clock_moves(source, target):
            match move.verb:
                case "start":
                    assert move.stage not in running
                    running.add(move.stage)
                case "pause":
                    assert move.stage in running
                    paused.add(move.stage)
                case "resume":
                    assert move.stage in paused
                    paused.discard(move.stage)
                case "finish":
                    assert move.stage in running - paused
                    running.discard(move.stage)
                case _:
                    running.discard(move.stage)
                    paused.discard(move.stage)
        prior = source if target is State.VOID_REQ else prior
        state = target
        assert bool(running) == STATES[state].open
        stage = STATES[state].stage
        assert stage is None or stage in running
        assert (Stage.HANDLING in paused) == (
            state is State.SUSPENDED or (state is State.VOID_REQ and prior is State.SUSPENDED)
        )


names = st.sampled_from(list(State))


@given(
    names,
    names,
    st.sampled_from(list(Doer)),
    st.integers(0, 2),
    st.dictionaries(st.sampled_from(sorted(FULL)), st.none()),
)
def test_any_change_is_a_row_or_a_foreseen_error(
    a: State, b: State, doer: Doer, owed: int, left_out: dict[str, None]
) -> None:
    given_values = {name: value for name, value in FULL.items() if name not in left_out}
    asked = msgspec.convert(given_values | {"to": b, "version": 3}, Change)
    case = facts(a, unanswered=owed, unvisited=owed)
    try:
        row = judge(case, asked, doer, NOW)
    except SanxunError:
        return
    assert TRANSITIONS[a, b] is row
    assert doer in row.doers
    assert not (b in ENDED - {State.MERGED} and owed and not asked.reply)
