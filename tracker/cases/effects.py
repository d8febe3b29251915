"""What a transition changes in the case file itself, beside its clocks; pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from tracker.cases.book import Book
from tracker.cases.clocks import lengthen, lights, limit_for, move, running
from tracker.cases.model import Actor, Change
from tracker.cases.rows import CaseFile, Clock
from tracker.cases.states import ENDED, Doer, Stage, State, Transition, clock_moves
from tracker.cases.worktime import Unit

_CENTRE = frozenset({Doer.OPERATOR, Doer.SHIFT_LEADER, Doer.DISPATCHER})


def changed(
    case: CaseFile, row: Transition, change: Change, actor: Actor, *, clocks: Sequence[Clock], book: Book, now_ms: int
) -> tuple[CaseFile, list[Clock]]:
    """The case file and all its clocks after the transition."""
    after = replace(case, **_fields(case, row, change, book, now_ms), updated_ms=now_ms, version=case.version + 1)
    if actor.doer in _CENTRE and after.first_answer_ms is None:
        after = replace(after, first_answer_ms=now_ms)
    return _with_clocks(case, after, row, change, clocks=clocks, book=book, now_ms=now_ms)


def _with_clocks(
    before: CaseFile,
    after: CaseFile,
    row: Transition,
    change: Change,
    *,
    clocks: Sequence[Clock],
    book: Book,
    now_ms: int,
) -> tuple[CaseFile, list[Clock]]:
    moves = clock_moves(row.source, row.target)
    limits = stage_limits(after, book)
    args: dict[str, Any] = {"now_ms": now_ms, "calendar": book.calendar, "limits": limits}
    moved = move(clocks, moves, department=after.department_code, **args)
    if row.source is State.EXTEND_REQ and change.approve:
        moved = lengthen(moved, Stage.HANDLING, change.extend or 0, book.calendar)
    return _timed(before, after, row, moved), moved


def _timed(before: CaseFile, after: CaseFile, row: Transition, clocks: Sequence[Clock]) -> CaseFile:
    yellow_ms, red_ms = lights(clocks)
    handling = running(clocks, Stage.HANDLING)
    due_ms = handling.deadline_ms if handling else after.due_ms
    if row.source is State.RETURN_REQ and row.target is State.FILED:
        due_ms = None
    after = replace(after, yellow_ms=yellow_ms, red_ms=red_ms, due_ms=due_ms)
    if row.target is State.HANDLED:
        last = max((one for one in clocks if one.stage is Stage.HANDLING), key=lambda one: one.round)
        after = replace(after, on_time=bool(last.on_time) and before.on_time is not False)
    return after


def stage_limits(case: CaseFile, book: Book) -> dict[Stage, tuple[int, Unit]]:
    """The limits of this case: its own for handling; day and night where it is urgent."""
    limits = dict(book.limits)
    if case.limit_value is not None and case.limit_unit is not None:
        limits[Stage.HANDLING] = (case.limit_value, case.limit_unit)
    return {stage: limit_for(limit, urgent=case.urgent) for stage, limit in limits.items()}


def _fields(case: CaseFile, row: Transition, change: Change, book: Book, now_ms: int) -> dict[str, Any]:
    fields: dict[str, Any] = {"state": row.target}
    if row.counts:
        fields[row.counts] = getattr(case, row.counts) + 1
    if change.urgent is not None and row.target is State.FILED:
        fields["urgent"] = change.urgent
    if change.worker_id is not None and row.target in (State.VERIFYING, State.CHECKING):
        fields["worker_id"] = change.worker_id
    if row.target is State.VOID_REQ:
        fields["prior_state"] = row.source
    if row.source is State.VOID_REQ:
        fields["prior_state"] = None
    if row.target in ENDED:
        fields["closed_ms"] = now_ms
    return fields | _of_target(case, row, change, book, now_ms)


def _of_target(case: CaseFile, row: Transition, change: Change, book: Book, now_ms: int) -> dict[str, Any]:
    match row.target:
        case State.FILED if row.source is State.ACCEPTED:
            category = book.category(change.category or case.category_code)
            limit = {"limit_value": category.limit, "limit_unit": category.unit}
            urgent = category.urgent if change.urgent is None else change.urgent
            return limit | {"category_code": category.code, "filed_ms": now_ms, "urgent": urgent or case.urgent}
        case State.FILED if row.source in (State.RETURN_REQ, State.REOPENED):
            return {"department_code": None, "co_departments": []} | _missing_limit(case, book)
        case State.DISPATCHED if row.source is State.FILED:
            chosen = change.department or case.department_code
            others = [code for code in dict.fromkeys(change.co_departments) if code != chosen]
            return {"department_code": chosen, "co_departments": others, "dispatched_ms": now_ms}
        case State.HANDLING if row.source is State.EXTEND_REQ and change.approve:
            return {"extensions": case.extensions + 1}
        case State.HANDLED if row.source is State.HANDLING:
            return {"result": change.result.strip(), "handled_ms": now_ms}
        case State.SUSPEND_REQ if row.source is State.HANDLING:
            return {"resume_ms": change.until_ms}  # counts once it is approved
        case State.HANDLING if row.source in (State.SUSPENDED, State.SUSPEND_REQ):
            return {"resume_ms": None}
        case State.MERGED:
            return {"merged_into": change.merge_into}
        case State.REOPENED:
            return {"closed_ms": None}
        case _:
            return {}


def _missing_limit(case: CaseFile, book: Book) -> dict[str, Any]:
    """A report that its worker had solved was never filed: reopened, it gets the limit of its category now."""
    category = book.categories.get(case.category_code or "")
    if case.limit_value is not None or category is None:
        return {}
    return {"limit_value": category.limit, "limit_unit": category.unit}
