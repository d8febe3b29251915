"""The lists of work at the desk, by role, as data."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from tracker.cases.states import OPEN_STATES, Doer, State


class Queue(msgspec.Struct, frozen=True, kw_only=True):
    """A list of work at the desk."""

    key: str
    zh: str
    en: str
    states: list[State]
    doers: frozenset[Doer]


def _queue(key: str, zh: str, en: str, states: Sequence[State], *doers: Doer) -> Queue:
    return Queue(key=key, zh=zh, en=en, states=list(states), doers=frozenset(doers))


S, D = State, Doer
DESK = [one for one in Doer if one not in (D.WORKER, D.CITIZEN, D.SYSTEM)]
QUEUES = (
    _queue("accept", "待受理", "To accept", [S.REPORTED], D.OPERATOR, D.SHIFT_LEADER),
    _queue("verify", "核实中", "Being verified", [S.VERIFYING], D.OPERATOR, D.SHIFT_LEADER),
    _queue("file", "待立案", "To file", [S.ACCEPTED, S.REOPENED], D.SHIFT_LEADER),
    _queue("dispatch", "待派遣", "To dispatch", [S.FILED], D.DISPATCHER),
    _queue("decide", "待审批", "To decide", [S.EXTEND_REQ, S.SUSPEND_REQ, S.VOID_REQ], D.SHIFT_LEADER),
    _queue("returned", "回退审批", "Returns to decide", [S.RETURN_REQ], D.DISPATCHER),
    _queue("sign", "待签收", "To sign for", [S.DISPATCHED], D.DEPARTMENT),
    _queue("handle", "处置中", "In handling", [S.HANDLING], D.DEPARTMENT, D.DISPATCHER, D.INSPECTOR, D.SUPERVISOR),
    _queue("waiting", "审批中", "Waiting for a decision", [S.RETURN_REQ, S.EXTEND_REQ, S.SUSPEND_REQ], D.DEPARTMENT),
    _queue("suspended", "挂账", "Suspended", [S.SUSPENDED], D.DEPARTMENT, D.SHIFT_LEADER, D.INSPECTOR, D.SUPERVISOR),
    _queue("check", "待核查", "To have checked", [S.HANDLED], D.OPERATOR, D.SHIFT_LEADER),
    _queue("checking", "核查中", "Being checked", [S.CHECKING], D.OPERATOR, D.SHIFT_LEADER),
    _queue("reply", "待回复", "To answer and close", [S.REPLY_DUE], D.OPERATOR, D.SHIFT_LEADER),
    _queue("open", "全部在办", "All open", OPEN_STATES, *DESK),
)  # fmt: skip
