"""Rows of the database as frozen values and back; columns `…_at` are instants there and Unix ms `…_ms` here."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeVar

import msgspec

from tracker.cases.states import Stage, State
from tracker.cases.worktime import Unit
from tracker.clock import to_datetime, to_ms

T = TypeVar("T")


class CaseFile(msgspec.Struct, frozen=True, kw_only=True):
    """A case file as it stands (migrations/0006: case_file)."""

    id: int
    number: str
    version: int
    events: int
    state: State
    prior_state: State | None
    channel: str
    category_code: str | None
    description: str
    public_text: str | None
    attributes: dict[str, list[str]]
    address: str
    lat_e7: int | None
    lon_e7: int | None
    area_code: str
    secret: bool
    complained_of: str | None
    urgent: bool
    self_handled: bool
    worker_id: int | None
    reporter_worker: int | None
    department_code: str | None
    co_departments: list[str]
    merged_into: int | None
    limit_value: int | None
    limit_unit: Unit | None
    resume_ms: int | None
    due_ms: int | None
    yellow_ms: int | None
    red_ms: int | None
    returns: int
    refusals: int
    extensions: int
    reworks: int
    reopens: int
    urges: int
    supervisions: int
    result: str
    on_time: bool | None
    reported_ms: int
    first_answer_ms: int | None
    filed_ms: int | None
    dispatched_ms: int | None
    handled_ms: int | None
    closed_ms: int | None
    updated_ms: int


class Clock(msgspec.Struct, frozen=True, kw_only=True):
    """One clock of a case (migrations/0006: case_clock); `extended` in the unit of the limit."""

    stage: Stage
    round: int
    limit_value: int
    limit_unit: Unit
    extended: int = 0
    started_ms: int
    pauses: list[tuple[int, int | None]] = []
    yellow_ms: int | None = None
    deadline_ms: int | None = None
    finished_ms: int | None = None
    on_time: bool | None = None
    snapshot: dict[str, Any] | None = None
    department_code: str | None = None
    warned_ms: int | None = None
    escalated_ms: int | None = None
    next_ms: int | None = None

    @property
    def is_paused(self) -> bool:
        """Whether a pause is open."""
        return bool(self.pauses) and self.pauses[-1][1] is None


class Reporter(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who is owed an answer (migrations/0006: case_reporter), with name and phone opened."""

    case_id: int
    ordinal: int
    name: str = ""
    phone: str = ""
    secret: bool = False
    channel: str
    external_number: str = ""
    reported_ms: int
    anonymous: bool = False
    answer: str | None = None
    answered_ms: int | None = None
    answered_by: int | None = None
    visits: int = 0
    outcome: str | None = None
    solved: bool | None = None
    rating: int | None = None
    rating_text: str = ""
    rated_ms: int | None = None


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """What happened (migrations/0006: case_event)."""

    kind: str
    actor: str
    from_state: State | None = None
    to_state: State | None = None
    account_id: int | None = None
    worker_id: int | None = None
    department_code: str | None = None
    text: str = ""
    data: dict[str, Any] = {}
    public: bool = False


def read(kind: type[T], row: Any) -> T:
    """A Struct from a row that has its columns, and maybe more."""
    values = {}
    for name in kind.__struct_fields__:  # type: ignore[attr-defined]
        column = f"{name[:-3]}_at" if name.endswith("_ms") else name
        value = row[column]
        values[name] = to_ms(value) if isinstance(value, datetime) else value
    return msgspec.convert(values, kind)


def columns(kind: type[Any]) -> list[str]:
    """The names of the columns of a Struct, in the order of `values`."""
    return [f"{name[:-3]}_at" if name.endswith("_ms") else name for name in kind.__struct_fields__]


def values(one: Any) -> list[Any]:
    """The values of a Struct for the database, in the order of its fields."""
    found = []
    for name in one.__struct_fields__:
        value = getattr(one, name)
        found.append(to_datetime(value) if name.endswith("_ms") and value is not None else value)
    return found
