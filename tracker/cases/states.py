"""THE state table: every state and transition of a case as data, with roles, needs, guards, counts and clocks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """States of a case on the server; `draft` exists on phones only."""

    REPORTED = "reported"
    VERIFYING = "verifying"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    FILED = "filed"
    DISPATCHED = "dispatched"
    HANDLING = "handling"
    RETURN_REQ = "return_req"
    EXTEND_REQ = "extend_req"
    SUSPEND_REQ = "suspend_req"
    SUSPENDED = "suspended"
    VOID_REQ = "void_req"
    VOIDED = "voided"
    HANDLED = "handled"
    CHECKING = "checking"
    REPLY_DUE = "reply_due"
    CLOSED = "closed"
    REOPENED = "reopened"
    MERGED = "merged"


class Stage(StrEnum):
    """Clocks: one for each stage, `handling` (处置时限) across several, `overall` from the report to the end."""

    ACCEPTANCE = "acceptance"
    VERIFYING = "verifying"
    FILING = "filing"
    DISPATCH = "dispatch"
    SIGNING = "signing"
    HANDLING = "handling"
    APPROVAL = "approval"
    SEND_CHECK = "send_check"
    CHECKING = "checking"
    CLOSING = "closing"
    REOPENING = "reopening"
    OVERALL = "overall"


class Doer(StrEnum):
    """Who can make a change."""

    OPERATOR = "operator"
    SHIFT_LEADER = "shift_leader"
    DISPATCHER = "dispatcher"
    DEPARTMENT = "department"
    INSPECTOR = "inspector"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"
    WORKER = "worker"
    CITIZEN = "citizen"
    SYSTEM = "system"


@dataclass(frozen=True, kw_only=True, slots=True)
class StateInfo:
    """One row of the table of states; `open` is also its Open311 status."""

    code: State
    zh: str
    en: str
    open: bool = True
    stage: Stage | None = None

    @property
    def open311(self) -> str:
        """`open` or `closed`, the only two words that Open311 has."""
        return "open" if self.open else "closed"


@dataclass(frozen=True, kw_only=True, slots=True)
class Transition:
    """One row of the table of transitions. `no` is its number in docs/cases.md; needs and guards stand in rules.py."""

    no: int
    source: State
    target: State
    doers: frozenset[Doer]
    zh: str
    en: str
    needs: tuple[str, ...] = ()
    guards: tuple[str, ...] = ()
    counts: str = ""  # column that it raises by one


def _state(code: State, zh: str, en: str, stage: Stage | None = None, *, is_open: bool = True) -> StateInfo:
    return StateInfo(code=code, zh=zh, en=en, open=is_open, stage=stage)


S = State
STATES: dict[State, StateInfo] = {
    info.code: info
    for info in (
        _state(S.REPORTED, "待受理", "Reported", Stage.ACCEPTANCE),
        _state(S.VERIFYING, "待核实", "Being verified", Stage.VERIFYING),
        _state(S.ACCEPTED, "待立案", "Accepted", Stage.FILING),
        _state(S.REJECTED, "不予受理", "Rejected", is_open=False),
        _state(S.FILED, "待派遣", "Filed", Stage.DISPATCH),
        _state(S.DISPATCHED, "待签收", "Dispatched", Stage.SIGNING),
        _state(S.HANDLING, "处置中", "In handling", Stage.HANDLING),
        _state(S.RETURN_REQ, "回退待审批", "Return asked for", Stage.APPROVAL),
        _state(S.EXTEND_REQ, "延期待审批", "Extension asked for", Stage.APPROVAL),
        _state(S.SUSPEND_REQ, "挂账待审批", "Suspension asked for", Stage.APPROVAL),
        _state(S.SUSPENDED, "挂账", "Suspended"),
        _state(S.VOID_REQ, "作废待审批", "Voiding asked for", Stage.APPROVAL),
        _state(S.VOIDED, "作废", "Void", is_open=False),
        _state(S.HANDLED, "待核查派发", "Handled", Stage.SEND_CHECK),
        _state(S.CHECKING, "核查中", "Being checked", Stage.CHECKING),
        _state(S.REPLY_DUE, "待回复", "Reply due", Stage.CLOSING),
        _state(S.CLOSED, "结案", "Closed", is_open=False),
        _state(S.REOPENED, "重办", "Reopened", Stage.REOPENING),
        _state(S.MERGED, "并案", "Merged", is_open=False),
    )
}

OPEN_STATES = tuple(code for code, info in STATES.items() if info.open)
ENDED = frozenset(code for code, info in STATES.items() if not info.open)

_OPERATOR = frozenset({Doer.OPERATOR, Doer.SHIFT_LEADER})  # a shift leader may do what an operator may
_LEADER = frozenset({Doer.SHIFT_LEADER})
_DISPATCHER = frozenset({Doer.DISPATCHER})
_DEPARTMENT = frozenset({Doer.DEPARTMENT})
_ON_THE_SPOT = _OPERATOR | {Doer.WORKER}


def _row(
    no: int,
    source: State,
    target: State,
    doers: frozenset[Doer],
    zh: str,
    en: str,
    *,
    needs: str = "",
    guards: str = "",
    counts: str = "",
) -> Transition:
    lists = {"needs": tuple(needs.split()), "guards": tuple(guards.split())}
    return Transition(no=no, source=source, target=target, doers=doers, zh=zh, en=en, counts=counts, **lists)


_TABLE = (
    _row(2, S.REPORTED, S.VERIFYING, _OPERATOR, "发核实", "Have it verified", needs="worker_id"),
    _row(2, S.VERIFYING, S.ACCEPTED, _ON_THE_SPOT, "核实属实", "Verified", needs="media:verify"),
    _row(2, S.VERIFYING, S.REJECTED, _ON_THE_SPOT, "核实不属实", "Not confirmed", needs="reason reply"),
    _row(3, S.REPORTED, S.ACCEPTED, _OPERATOR, "受理", "Accept"),
    _row(3, S.REPORTED, S.REJECTED, _OPERATOR, "不予受理", "Reject", needs="reason reply"),
    _row(4, S.ACCEPTED, S.FILED, _LEADER, "立案", "File", needs="category"),
    _row(4, S.ACCEPTED, S.REJECTED, _LEADER, "不予立案", "Do not file", needs="reason reply"),
    _row(4, S.ACCEPTED, S.MERGED, _LEADER, "并案", "Merge", needs="merge_into"),
    _row(5, S.FILED, S.DISPATCHED, _DISPATCHER, "派遣", "Dispatch", needs="department", guards="not_complained_of"),
    _row(6, S.DISPATCHED, S.HANDLING, _DEPARTMENT, "签收", "Sign for it"),
    _row(6, S.DISPATCHED, S.RETURN_REQ, _DEPARTMENT, "申请回退", "Ask to return", needs="reason"),
    _row(6, S.RETURN_REQ, S.FILED, _DISPATCHER, "同意回退", "Take back", counts="returns"),
    _row(6, S.RETURN_REQ, S.HANDLING, _DISPATCHER, "不同意回退", "Refuse return", needs="reason", counts="refusals"),
    _row(7, S.HANDLING, S.EXTEND_REQ, _DEPARTMENT, "申请延期", "Ask for more time", needs="reason extend",
         guards="before_deadline second_needs_leader"),
    _row(7, S.EXTEND_REQ, S.HANDLING, _LEADER, "审批延期", "Decide on more time", needs="approve"),
    _row(8, S.HANDLING, S.SUSPEND_REQ, _DEPARTMENT, "申请挂账", "Ask to suspend", needs="reason until_ms"),
    _row(8, S.SUSPEND_REQ, S.SUSPENDED, _LEADER, "同意挂账", "Suspend"),
    _row(8, S.SUSPEND_REQ, S.HANDLING, _LEADER, "不同意挂账", "Refuse suspension", needs="reason"),
    _row(8, S.SUSPENDED, S.HANDLING, _LEADER | _DEPARTMENT | {Doer.SYSTEM}, "挂账恢复", "Resume"),
    _row(9, S.HANDLING, S.HANDLED, _DEPARTMENT, "处置完成", "Handled", needs="result media:after"),
    _row(10, S.HANDLED, S.CHECKING, _OPERATOR, "发核查", "Have it checked", needs="worker_id"),
    _row(10, S.HANDLED, S.REPLY_DUE, _OPERATOR, "转回复", "Go on to the reply", guards="needs_no_check"),
    _row(10, S.CHECKING, S.REPLY_DUE, _ON_THE_SPOT, "核查通过", "Check passed", needs="media:check"),
    _row(10, S.CHECKING, S.FILED, _ON_THE_SPOT, "核查不通过", "Check failed", needs="reason", counts="reworks"),
    _row(11, S.REPLY_DUE, S.CLOSED, _LEADER, "结案", "Close", guards="answered visited"),
    _row(12, S.CLOSED, S.REOPENED, _OPERATOR | {Doer.CITIZEN}, "重办", "Reopen",
         needs="reason", guards="may_reopen", counts="reopens"),
    _row(12, S.REOPENED, S.FILED, _LEADER, "重新立案", "File again"),
    _row(13, S.REPORTED, S.CLOSED, _OPERATOR, "自处理结案", "Close self-handled", needs="reply", guards="self_handled"),
)  # fmt: skip

_VOIDABLE = tuple(code for code in OPEN_STATES if code is not S.VOID_REQ)
_VOIDING = (
    *(
        _row(14, one, S.VOID_REQ, _DISPATCHER, "申请作废", "Ask to void", needs="reason")
        for one in _VOIDABLE
    ),
    _row(14, S.VOID_REQ, S.VOIDED, _LEADER, "同意作废", "Void", guards="answered"),
    *(
        _row(14, S.VOID_REQ, one, _LEADER, "不同意作废", "Refuse voiding", needs="reason", guards="was_there")
        for one in _VOIDABLE
    ),
)  # fmt: skip

TRANSITIONS: dict[tuple[State, State], Transition] = {(one.source, one.target): one for one in (*_TABLE, *_VOIDING)}


def from_state(state: State) -> Iterator[Transition]:
    """The rows that lead away from a state."""
    return (one for one in TRANSITIONS.values() if one.source is state)


@dataclass(frozen=True, kw_only=True, slots=True)
class ClockMove:
    """What a transition does to one clock."""

    verb: str  # start, finish, pause, resume, cancel (ends without being on time or late)
    stage: Stage


_ASIDE = {S.EXTEND_REQ, S.SUSPEND_REQ, S.SUSPENDED}  # beside handling: its clock goes on, or is only paused


def clock_moves(source: State | None, target: State) -> list[ClockMove]:
    """The moves of the clocks when a case goes from one state to another; `source` None: a new case."""
    if source is None:
        return [_move("start", Stage.OVERALL), _move("start", Stage.ACCEPTANCE)]
    if target in ENDED:
        return _ending(source, target)
    if target is S.VOID_REQ:
        return [_move("start", Stage.APPROVAL)] if STATES[source].stage is not Stage.APPROVAL else []
    if source is S.VOID_REQ:
        return [_move("finish", Stage.APPROVAL)] if STATES[target].stage is not Stage.APPROVAL else []
    return [*_leaving(source, target), *_entering(source, target)]


def _ending(source: State, target: State) -> list[ClockMove]:
    verb = "finish" if target is S.CLOSED else "cancel"
    stage = STATES[source].stage
    last = [] if stage is None else [_move("finish", stage)]
    others = [_move("cancel", one) for one in Stage if one not in (Stage.OVERALL, stage)]
    return [*last, *others, _move(verb, Stage.OVERALL)]


def _leaving(source: State, target: State) -> list[ClockMove]:
    if source is S.RETURN_REQ and target is S.FILED:
        return [_move("finish", Stage.APPROVAL), _move("cancel", Stage.HANDLING)]  # the next department gets its own
    if source is S.SUSPEND_REQ and target is S.SUSPENDED:
        return [_move("finish", Stage.APPROVAL), _move("pause", Stage.HANDLING)]
    if source is S.SUSPENDED:
        return [_move("resume", Stage.HANDLING)]
    stage = STATES[source].stage
    if stage is None or (source is S.HANDLING and target in _ASIDE):
        return []
    return [_move("finish", stage)]


def _entering(source: State, target: State) -> list[ClockMove]:
    if target is S.DISPATCHED:
        return [_move("start", Stage.SIGNING), _move("start", Stage.HANDLING)]
    if target is S.REOPENED:
        return [_move("start", Stage.OVERALL), _move("start", Stage.REOPENING)]
    stage = STATES[target].stage
    if stage is None or target is S.HANDLING or source is S.VOID_REQ:
        return []
    return [_move("start", stage)]


def _move(verb: str, stage: Stage) -> ClockMove:
    return ClockMove(verb=verb, stage=stage)
