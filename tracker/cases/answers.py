"""What the routes answer: the short form of a case for lists, the detail, the reporter's own view; docs/cases.md."""

from __future__ import annotations

from typing import Any

import msgspec

from tracker.cases.book import Book
from tracker.cases.rows import CaseFile, Clock
from tracker.cases.states import STATES, Stage
from tracker.cases.worktime import light
from tracker.county.register import Register

TITLE = 60  # characters


class CaseCard(msgspec.Struct, frozen=True, kw_only=True):
    """`Case` of docs/cases.md."""

    id: int
    number: str
    version: int
    state: str
    channel: str
    category: str | None
    category_name: str
    icon: str
    title: str
    address: str
    area: str
    area_name: str
    lat: float | None
    lon: float | None
    urgent: bool
    secret: bool
    light: str | None
    red_ms: int | None
    due_ms: int | None
    department: str | None
    department_name: str
    worker_id: int | None
    returns: int
    reworks: int
    reopens: int
    urges: int
    supervisions: int
    merged_into: int | None
    reported_ms: int
    updated_ms: int
    closed_ms: int | None
    distance_m: float | msgspec.UnsetType = msgspec.UNSET
    likeness: float | msgspec.UnsetType = msgspec.UNSET
    score: float | msgspec.UnsetType = msgspec.UNSET


class CasePage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of cases; `next` is the cursor of the following page, or None."""

    cases: list[CaseCard]
    next: str | None


class Named(msgspec.Struct, frozen=True, kw_only=True):
    """A code with its name."""

    code: str
    name: str


class ReporterInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A reporter, masked."""

    case_id: int
    ordinal: int
    name: str
    phone: str
    anonymous: bool
    secret: bool
    channel: str
    external_number: str
    reported_ms: int
    answer: str | None
    answered_ms: int | None
    outcome: str | None
    solved: bool | None
    visits: int
    rating: int | None
    rating_text: str


class MediaInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A photo."""

    ordinal: int
    ref: str
    role: str
    at_ms: int
    actor: str


class ClockInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A clock with its light."""

    stage: str
    round: int
    limit: int
    unit: str
    extended: int
    started_ms: int
    deadline_ms: int | None
    yellow_ms: int | None
    finished_ms: int | None
    on_time: bool | None
    paused: bool
    light: str | None


class SupervisionInfo(msgspec.Struct, frozen=True, kw_only=True):
    """One 催办 or 督办."""

    ordinal: int
    kind: str
    level: str
    text: str
    at_ms: int
    department: str | None
    due_ms: int | None
    reply: str | None
    replied_ms: int | None


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """One event of the timeline; `from` is spelt `from_` here."""

    seq: int
    at_ms: int
    kind: str
    from_: str | None = msgspec.field(name="from")
    to: str | None
    zh: str
    actor: str
    name: str
    department: str | None
    text: str
    data: dict[str, Any]


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """A change that the caller may make now."""

    to: str
    zh: str
    en: str
    needs: list[str]


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """Who would handle it and who would go there."""

    department: str | None
    department_name: str
    worker_id: int | None
    worker_name: str


class CaseDetail(msgspec.Struct, frozen=True, kw_only=True):
    """`CaseDetail` of docs/cases.md."""

    case: CaseCard
    description: str
    public_text: str | None
    attributes: dict[str, list[str]]
    result: str
    prior_state: str | None
    co_departments: list[Named]
    complained_of: str | None
    self_handled: bool
    limit: int | None
    unit: str | None
    on_time: bool | None
    reporters: list[ReporterInfo]
    media: list[MediaInfo]
    clocks: list[ClockInfo]
    supervisions: list[SupervisionInfo]
    timeline: list[Moment]
    merged: list[CaseCard]
    similar: list[CaseCard]
    changes: list[Offer]
    proposed: Proposal


def card(case: CaseFile, book: Book, register: Register, now_ms: int) -> CaseCard:
    """The short form of a case."""
    category = book.known.get(case.category_code or "")
    shared = {name: getattr(case, name) for name in _SHARED}
    shown = light(now_ms, case.yellow_ms, case.red_ms)
    return CaseCard(
        **shared,
        state=case.state.value,
        category=case.category_code,
        category_name=category.name if category else "",
        icon=category.icon if category else "",
        title=case.description[:TITLE],
        area=case.area_code,
        area_name=register.area_name(case.area_code),
        lat=None if case.lat_e7 is None else case.lat_e7 / 1e7,
        lon=None if case.lon_e7 is None else case.lon_e7 / 1e7,
        light=shown.value if shown else None,
        department=case.department_code,
        department_name=department_name(register, case.department_code),
    )


def department_name(register: Register, code: str | None) -> str:
    """The name of a department; the code itself where it is unknown."""
    known = register.snapshot.departments.get(code or "")
    return known.name if known else code or ""


def clock_info(clock: Clock, now_ms: int) -> ClockInfo:
    """A clock; once it is finished its light is that of its last moment."""
    shown = light(clock.finished_ms or now_ms, clock.yellow_ms, clock.deadline_ms)
    return ClockInfo(
        stage=clock.stage.value,
        round=clock.round,
        limit=clock.limit_value,
        unit=clock.limit_unit.value,
        extended=clock.extended,
        started_ms=clock.started_ms,
        deadline_ms=clock.deadline_ms,
        yellow_ms=clock.yellow_ms,
        finished_ms=clock.finished_ms,
        on_time=clock.on_time,
        paused=clock.is_paused,
        light=shown.value if shown else None,
    )


EVENT_ZH = {
    "note": "内部备注", "reply": "答复", "visit": "回访", "urge": "催办", "supervise": "督办", "answer": "督办回复",
    "merge": "并入案件",
    "rating": "评价", "clock": "时限提醒", "edit": "修改",
}  # fmt: skip


def event_zh(kind: str, to_state: str | None) -> str:
    """What happened, in one word."""
    return STATES[_state(to_state)].zh if kind == "change" and to_state else EVENT_ZH.get(kind, kind)


def _state(code: str) -> Any:
    return next(state for state in STATES if state == code)


STAGE_NAMES: dict[Stage, tuple[str, str]] = {
    Stage.ACCEPTANCE: ("受理时限", "Acceptance"),
    Stage.VERIFYING: ("核实时限", "Verification"),
    Stage.FILING: ("立案时限", "Filing"),
    Stage.DISPATCH: ("派遣时限", "Dispatch"),
    Stage.SIGNING: ("签收时限", "Signing"),
    Stage.HANDLING: ("处置时限", "Handling"),
    Stage.APPROVAL: ("审批时限", "Approval"),
    Stage.SEND_CHECK: ("核查派发时限", "Sending the check"),
    Stage.CHECKING: ("核查时限", "Check"),
    Stage.CLOSING: ("结案时限", "Closing"),
    Stage.REOPENING: ("重办受理时限", "Reopening"),
    Stage.OVERALL: ("全程时限", "Overall"),
}
_SHARED = (
    "id", "number", "version", "channel", "address", "urgent", "secret", "red_ms", "due_ms", "worker_id", "returns",
    "reworks",
    "reopens", "urges", "supervisions", "merged_into", "reported_ms", "updated_ms", "closed_ms",
)  # fmt: skip
