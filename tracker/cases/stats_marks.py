"""What a change leaves in its event for the statistics, so that figures need events alone; pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tracker.cases.rows import CaseFile, Clock
from tracker.cases.states import ENDED, Stage, State
from tracker.cases.worktime import Unit, WorkCalendar, used
from tracker.geo.cells import PRESENCE_RESOLUTION, cell_of

KEY = "kpi"  # of the event's data
_MINUTES = 60  # of a working hour


def marks(
    before: CaseFile | None,
    after: CaseFile,
    clocks: tuple[Sequence[Clock], Sequence[Clock]],
    *,
    calendar: WorkCalendar,
    now_ms: int,
    owed: int,
    workers: Sequence[int] = (),
) -> dict[str, Any]:
    """The marks of one change; `before` None for a new case, clocks before and after, `owed` reporters have no answer.

    `due`: deadlines of running stages in Unix ms; `done`: stages that ended, and whether on time; `case_due`: the
    handling deadline that an open case answers for; `worker`: who verifies or checks; `workers`: who serve in the grid
    of a new case; `first` and `handling`: working minutes that ended here.
    """
    found: dict[str, Any] = {"due": _due(clocks[1]), "done": _done(*clocks), "reworks": after.reworks}
    found |= {"department": after.department_code, "category": after.category_code, "case_due": _case_due(after)}
    found |= {"worker": after.worker_id, "workers": list(workers) or None}
    if after.state in ENDED:
        found |= {"on_time": after.on_time, "owed": owed}
    if before is None and after.lat_e7 is not None and after.lon_e7 is not None:
        found["cell"] = cell_of(after.lat_e7 / 1e7, after.lon_e7 / 1e7, PRESENCE_RESOLUTION)
    if before is not None and before.first_answer_ms is None and after.first_answer_ms is not None:
        arrived = min(one.started_ms for one in clocks[1])
        found["first"] = int(used(calendar, Unit.WORK_HOUR, arrived, now_ms) * _MINUTES)
    if before is not None and (before.state, after.state) == (State.HANDLING, State.HANDLED):
        last = max((one for one in clocks[1] if one.stage is Stage.HANDLING), key=lambda one: one.round)
        spent = used(calendar, Unit.WORK_HOUR, last.started_ms, now_ms, last.pauses)
        found["handling"] = int(spent * _MINUTES)
    return {name: value for name, value in found.items() if value is not None and value != {}}


def _due(clocks: Sequence[Clock]) -> dict[str, int]:
    running = [one for one in clocks if one.finished_ms is None and one.stage is not Stage.OVERALL]
    return {one.stage.value: one.deadline_ms for one in running if one.deadline_ms is not None}


def _done(before: Sequence[Clock], after: Sequence[Clock]) -> dict[str, bool]:
    """Stages that ended here on time or late; a cancelled one was neither."""
    ended = {(one.stage, one.round) for one in before if one.finished_ms is not None}
    return {
        one.stage.value: one.on_time
        for one in after
        if one.on_time is not None and (one.stage, one.round) not in ended and one.stage is not Stage.OVERALL
    }


def _case_due(case: CaseFile) -> int | None:
    """A reopened case answers for its new round only, from the next dispatch on."""
    is_owed = case.state not in ENDED and case.state is not State.REOPENED and case.department_code is not None
    return case.due_ms if is_owed else None
