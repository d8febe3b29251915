"""What people do next with a case, and when: every way of the state table, with the shares of a busy county."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from tests.bench.yearly.town import DEPARTMENTS, GRIDS, PEOPLE, place_of
from tests.integration.cases_house import PHOTO
from tracker.cases.book import Book
from tracker.cases.model import Actor
from tracker.cases.rows import CaseFile
from tracker.cases.states import Doer, State
from tracker.cases.worktime import Unit
from tracker.clock import DAY_MS, day_number

HOUR_MS = 3_600_000
_LOCAL_MS = 8 * HOUR_MS
CHANNELS = {
    "grid": 34, "code": 22, "centre": 14, "hotline": 12, "secretary": 4, "partynet": 3, "inspection": 3, "visit": 3,
    "message": 3, "transfer": 2,
}  # fmt: skip
_HOURS = {Unit.MINUTE: 1 / 60, Unit.WORK_HOUR: 1.5, Unit.WORK_DAY: 24, Unit.NATURAL_DAY: 24}  # about, by the clock
_COUNTY_CODES = [code for code, _, _ in DEPARTMENTS if code.startswith("D")]
REPORTER = {"name": "赵六", "phone": "13800001234"}
S = State


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One act: a change of state where `to` is given, else what is named."""

    doer: Doer
    to: State | None = None
    act: str = "change"
    body: dict[str, Any] | None = None


def report(dice: random.Random, book: Book) -> tuple[Actor, dict[str, Any]]:
    """A report with who files it."""
    grid = dice.choices(GRIDS, [1 + n % 5 for n in range(len(GRIDS))])[0]
    channel = dice.choices(list(CHANNELS), list(CHANNELS.values()))[0]
    codes = list(book.categories)
    category = dice.choices(codes, [1 + len(codes) - n for n in range(len(codes))])[0]
    lat, lon = place_of(grid)
    worker_id = GRIDS.index(grid) + 1
    is_self = channel == "grid" and dice.random() < 0.25
    known = channel == "grid" or dice.random() < 0.7 or book.categories[category].urgent
    body: dict[str, Any] = {
        "client_id": str(UUID(int=dice.getrandbits(128))), "channel": channel, "description": "村口的问题请尽快处理",
        "category": category if known else None, "self_handled": is_self, "secret": dice.random() < 0.02,
        "lat": lat + dice.gauss(0, 0.002), "lon": lon + dice.gauss(0, 0.002),
        "area": grid, "reporter": {} if channel == "grid" or dice.random() < 0.2 else REPORTER,
    }  # fmt: skip
    if is_self:
        body["media"] = [PHOTO | {"role": "before"}, PHOTO | {"role": "after"}]
    doer = Doer.WORKER if channel == "grid" else Doer.CITIZEN if channel == "code" else Doer.OPERATOR
    return actor_of(doer, dice, worker_id=worker_id), body


def actor_of(doer: Doer, dice: random.Random, *, worker_id: int | None = None, department: str | None = None) -> Actor:
    """Somebody of the role; departments and workers are those of the case."""
    account = dice.choice(PEOPLE[doer.value]) if doer.value in PEOPLE else None
    is_worker, is_department = doer is Doer.WORKER, doer is Doer.DEPARTMENT
    return Actor(
        doer=doer,
        area="130523000000",
        account_id=account,
        worker_id=worker_id if is_worker else None,
        department=department if is_department else None,
    )


def next_step(case: CaseFile, dice: random.Random, book: Book, open_cases: list[int]) -> tuple[float, Step] | None:
    """Hours until the next act and the act; None where the case rests."""
    if case.state not in (S.CLOSED, S.VOID_REQ, S.SUSPENDED) and case.closed_ms is None and dice.random() < 0.004:
        return 1.0, _to(Doer.DISPATCHER, S.VOID_REQ, reason="重复登记")
    chosen = _WAYS.get(case.state)
    return None if chosen is None else chosen(case, dice, book, open_cases)


def at_work(dice: random.Random, at_ms: int) -> int:
    """Most things are done in the day: what falls into the night waits for the morning, nine times in ten."""
    hour = (at_ms + _LOCAL_MS) % DAY_MS / HOUR_MS
    if 8.2 <= hour < 18.2 or dice.random() < 0.1:
        return at_ms
    morning = day_number(at_ms) * DAY_MS - _LOCAL_MS + int((8.5 + dice.random() * 3) * HOUR_MS)
    return morning if morning > at_ms else morning + DAY_MS


def _to(doer: Doer, state: State, **body: Any) -> Step:
    return Step(doer=doer, to=state, body=body)


def _reported(case: CaseFile, dice: random.Random, book: Book, _open: list[int]) -> tuple[float, Step]:
    wait = dice.expovariate(1 / 0.35)
    if case.self_handled and dice.random() < 0.9:
        return wait, _to(Doer.OPERATOR, S.CLOSED, reply="网格员已当场解决，谢谢")
    if dice.random() < 0.05:
        return wait, _to(Doer.OPERATOR, S.REJECTED, reason="不属受理范围", reply="建议您向有关部门反映")
    if book.channels[case.channel].verify and dice.random() < 0.7:
        return wait, _to(Doer.OPERATOR, S.VERIFYING)
    return wait, _to(Doer.SHIFT_LEADER if dice.random() < 0.1 else Doer.OPERATOR, S.ACCEPTED)


def _verifying(_case: CaseFile, dice: random.Random, _book: Book, _open: list[int]) -> tuple[float, Step]:
    doer = Doer.WORKER if dice.random() < 0.85 else Doer.OPERATOR
    if dice.random() < 0.15:
        return dice.expovariate(1 / 3), _to(doer, S.REJECTED, reason="现场没有发现", reply="经核实没有发现您说的情况")
    return dice.expovariate(1 / 3), _to(doer, S.ACCEPTED, media=[PHOTO | {"role": "verify"}])


def _accepted(case: CaseFile, dice: random.Random, book: Book, open_cases: list[int]) -> tuple[float, Step]:
    wait, chance = dice.expovariate(1 / 0.7), dice.random()
    if chance < 0.03:
        return wait, _to(Doer.SHIFT_LEADER, S.REJECTED, reason="不符合立案条件", reply="该事项已另行办理")
    if chance < 0.07 and open_cases:
        return wait, _to(Doer.SHIFT_LEADER, S.MERGED, merge_into=dice.choice(open_cases))
    calm = [one.code for one in book.categories.values() if not one.urgent]
    return wait, _to(Doer.SHIFT_LEADER, S.FILED, category=case.category_code or dice.choice(calm))


def _filed(case: CaseFile, dice: random.Random, _book: Book, _open: list[int]) -> tuple[float, Step]:
    wait, body = dice.expovariate(1 / 0.6), {}
    if case.department_code is None and dice.random() < 0.12:
        others = dice.sample(_COUNTY_CODES, dice.randint(0, 2))
        body = {"department": dice.choice(_COUNTY_CODES), "co_departments": others}
    return wait, _to(Doer.DISPATCHER, S.DISPATCHED, **body)


def _dispatched(_case: CaseFile, dice: random.Random, _book: Book, _open: list[int]) -> tuple[float, Step]:
    wait = dice.expovariate(1 / 2)
    if dice.random() < 0.07:
        return wait, _to(Doer.DEPARTMENT, S.RETURN_REQ, reason="不是我单位职责")
    return wait, _to(Doer.DEPARTMENT, S.HANDLING)


def _return_req(_case: CaseFile, dice: random.Random, _book: Book, _open: list[int]) -> tuple[float, Step]:
    if dice.random() < 0.6:
        return dice.expovariate(1 / 2), _to(Doer.DISPATCHER, S.FILED)
    return dice.expovariate(1 / 2), _to(Doer.DISPATCHER, S.HANDLING, reason="属你单位职责")


def _handling(case: CaseFile, dice: random.Random, _book: Book, _open: list[int]) -> tuple[float, Step]:
    limit, chance = (case.limit_value or 1) * _HOURS[case.limit_unit or Unit.WORK_DAY], dice.random()
    if chance < 0.06 and case.extensions < 2:
        leader = {"leader": "主任"} if case.extensions else {}
        asked = _to(Doer.DEPARTMENT, S.EXTEND_REQ, reason="需要施工", extend=dice.randint(1, 3), **leader)
        return limit * dice.random() * 0.7, asked
    if chance < 0.10:
        return limit * dice.random(), Step(doer=Doer.DEPARTMENT, to=S.SUSPEND_REQ, act="suspend")
    if chance < 0.14:
        return limit * dice.random(), Step(doer=Doer.SHIFT_LEADER, act="supervise")
    photos = [PHOTO | {"role": "after"}]
    late = dice.choice([1.3, 2.5]) if dice.random() < 0.15 else 1.0
    return limit * late * dice.betavariate(2, 2), _to(Doer.DEPARTMENT, S.HANDLED, result="已经处理完毕", media=photos)


def _extend_req(_case: CaseFile, dice: random.Random, _book: Book, _open: list[int]) -> tuple[float, Step]:
    approve = dice.random() < 0.75
    reason = "" if approve else "请抓紧办理"
    return dice.expovariate(1 / 3), _to(Doer.SHIFT_LEADER, S.HANDLING, approve=approve, reason=reason)


def _suspend_req(_case: CaseFile, dice: random.Random, _book: Book, _open: list[int]) -> tuple[float, Step]:
    if dice.random() < 0.75:
        return dice.expovariate(1 / 3), _to(Doer.SHIFT_LEADER, S.SUSPENDED)
    return dice.expovariate(1 / 3), _to(Doer.SHIFT_LEADER, S.HANDLING, reason="具备施工条件")


def _suspended(case: CaseFile, dice: random.Random, _book: Book, _open: list[int]) -> tuple[float, Step]:
    if dice.random() < 0.1:
        return dice.random() * 48, _to(Doer.DISPATCHER, S.VOID_REQ, reason="已由其他项目解决")
    if dice.random() < 0.4:
        return dice.random() * 72, _to(Doer.DEPARTMENT, S.HANDLING)
    return max(1.0, ((case.resume_ms or 0) - case.updated_ms) / HOUR_MS + 2), Step(doer=Doer.SYSTEM, act="look")


def _handled(case: CaseFile, dice: random.Random, book: Book, _open: list[int]) -> tuple[float, Step]:
    needs_check = book.categories[case.category_code or ""].needs_check
    return dice.expovariate(1 / 1.2), _to(Doer.OPERATOR, S.CHECKING if needs_check else S.REPLY_DUE)


def _checking(_case: CaseFile, dice: random.Random, _book: Book, _open: list[int]) -> tuple[float, Step]:
    doer = Doer.WORKER if dice.random() < 0.9 else Doer.OPERATOR
    if dice.random() < 0.09:
        return dice.expovariate(1 / 5), _to(doer, S.FILED, reason="现场没有处理好")
    return dice.expovariate(1 / 5), _to(doer, S.REPLY_DUE, media=[PHOTO | {"role": "check"}])


def _reply_due(_case: CaseFile, dice: random.Random, _book: Book, _open: list[int]) -> tuple[float, Step]:
    return dice.expovariate(1 / 4), Step(doer=Doer.OPERATOR, act="finish")


def _closed(_case: CaseFile, dice: random.Random, _book: Book, _open: list[int]) -> tuple[float, Step] | None:
    chance = dice.random()
    if chance < 0.04:
        doer = dice.choice([Doer.OPERATOR, Doer.CITIZEN])
        return 24 * 14 * dice.random(), _to(doer, S.REOPENED, reason="问题又出现了")
    return (24 * 10 * dice.random(), Step(doer=Doer.CITIZEN, act="rate")) if chance < 0.12 else None


def _reopened(_case: CaseFile, dice: random.Random, _book: Book, _open: list[int]) -> tuple[float, Step]:
    return dice.expovariate(1 / 2), _to(Doer.SHIFT_LEADER, S.FILED)


def _void_req(case: CaseFile, dice: random.Random, _book: Book, _open: list[int]) -> tuple[float, Step]:
    if dice.random() < 0.6 or case.prior_state is None:
        return dice.expovariate(1 / 3), _to(Doer.SHIFT_LEADER, S.VOIDED, reply="该事项已合并登记")
    return dice.expovariate(1 / 3), _to(Doer.SHIFT_LEADER, case.prior_state, reason="需要继续办理")


_WAYS: dict[State, Callable[[CaseFile, random.Random, Book, list[int]], tuple[float, Step] | None]] = {
    S.REPORTED: _reported, S.VERIFYING: _verifying, S.ACCEPTED: _accepted, S.FILED: _filed, S.DISPATCHED: _dispatched,
    S.RETURN_REQ: _return_req, S.HANDLING: _handling, S.EXTEND_REQ: _extend_req, S.SUSPEND_REQ: _suspend_req,
    S.SUSPENDED: _suspended, S.HANDLED: _handled, S.CHECKING: _checking, S.REPLY_DUE: _reply_due, S.CLOSED: _closed,
    S.REOPENED: _reopened, S.VOID_REQ: _void_req,
}  # fmt: skip
