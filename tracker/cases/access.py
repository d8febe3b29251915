"""Who may see a case: by area, by department, by being the worker of it; what may not be seen does not exist; pure."""

from __future__ import annotations

from tracker.cases.model import WORKER_MARK, Actor
from tracker.cases.rows import CaseFile
from tracker.cases.states import Doer
from tracker.errors import NotFound
from tracker.geo.area import Area


def may_see(case: CaseFile, actor: Actor) -> bool:
    """Whether this case exists for this actor."""
    if actor.doer in (Doer.SYSTEM, Doer.CITIZEN):  # a citizen came by the query code of this very case
        return True
    if actor.doer is Doer.WORKER:
        return not is_complained_of(case, actor.worker_id) and actor.worker_id in (case.worker_id, case.reporter_worker)
    if not Area.parse(actor.area).contains(case.area_code):
        return False
    if actor.department is not None and case.complained_of == actor.department:
        return False
    if actor.doer is Doer.DEPARTMENT:
        return actor.department is not None and actor.department in (case.department_code, *case.co_departments)
    return True


def is_complained_of(case: CaseFile, worker_id: int | None) -> bool:
    """Whether the case is a complaint about this worker."""
    return worker_id is not None and case.complained_of == f"{WORKER_MARK}{worker_id}"


def require(case: CaseFile, actor: Actor) -> None:
    """Raise NotFound where the case does not exist for this actor."""
    if not may_see(case, actor):
        raise NotFound(kind="case", key=case.id)


def sees_reporters(case: CaseFile, actor: Actor) -> bool:
    """Reporters are the centre's: a department and a worker see nobody."""
    return actor.doer in (Doer.OPERATOR, Doer.SHIFT_LEADER, Doer.DISPATCHER, Doer.INSPECTOR, Doer.SUPERVISOR) and (
        not case.secret or actor.doer in (Doer.OPERATOR, Doer.SHIFT_LEADER)
    )
