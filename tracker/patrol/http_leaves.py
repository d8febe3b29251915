"""Routes of leave: entered, listed, changed and taken back; the closed rounds of its days are judged again."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import msgspec
from aiohttp import web

from tracker.clock import NowMs, local_day
from tracker.county.register import Register
from tracker.errors import BadValue, NotFound
from tracker.jsonio import answer, decode
from tracker.patrol.engine import PatrolEngine
from tracker.patrol.http_common import AREA, CURSOR, ID, Scribe, asked, cursor_of, day_of, parse_day, route
from tracker.patrol.leaves import PAGE, Changed, Leaves, number_of, worker_of
from tracker.patrol.model import Leave
from tracker.people.model import ACCOUNT_KEY, DUTY_EDIT
from tracker.people.params import path_id, storable
from tracker.routes import Param, Route

_MOST_REASON = 200
_LISTED_DAYS = 366
_SPAN = (
    Param(name="from", about="first day, YYYY-MM-DD; today where absent"),
    Param(name="to", about="last day; a year after the first where absent"),
)


class LeaveBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Leave of a worker, both days inclusive."""

    worker_id: int
    from_day: date
    to_day: date
    reason: str = ""


class LeaveEnd(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Another last day."""

    to_day: date


class LeaveLine(msgspec.Struct, frozen=True, kw_only=True):
    """One leave with the worker's name and grid."""

    id: int
    worker_id: int
    name: str
    grid: str
    from_day: date
    to_day: date
    reason: str


class LeavesAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A page of leaves, by worker and first day."""

    leaves: list[LeaveLine]
    next: str | None


class LeavesHttp:
    """Every write is audited; reasons are nobody's business but the desk's, so reading asks for `duty.edit`, too."""

    def __init__(
        self, *, leaves: Leaves, engine: PatrolEngine, register: Register, scribe: Scribe, now_ms: NowMs
    ) -> None:
        self._leaves = leaves
        self._engine = engine
        self._register = register
        self._scribe = scribe
        self._now_ms = now_ms

    def routes(self) -> list[Route]:
        """Every route, for the web room."""
        listing: dict[str, Any] = {"params": (AREA, *_SPAN, CURSOR), "returns": LeavesAnswer}
        make: dict[str, Any] = {"body": LeaveBody, "returns": LeaveLine, "status": 201}
        change: dict[str, Any] = {"params": (ID,), "body": LeaveEnd, "returns": LeaveLine}
        one = "/leaves/{id}"
        return [
            route("GET", "/leaves", self.page, "Leaves of an area's workers", DUTY_EDIT, **listing),
            route("POST", "/leaves", self.add, "Leave of a worker: rounds are excused", DUTY_EDIT, **make),
            route("PATCH", one, self.change, "Another last day of a leave", DUTY_EDIT, **change),
            route("DELETE", one, self.drop, "Take a leave back as a whole", DUTY_EDIT, params=(ID,), status=204),
        ]

    async def page(self, request: web.Request) -> web.StreamResponse:
        """Those that touch the span."""
        _, area = asked(request)
        first = day_of(request, "from", self._today())
        last = day_of(request, "to", first + timedelta(days=_LISTED_DAYS))
        if last < first:
            raise BadValue(field="to", value=last, allowed=f"{first} or later")
        ids = [one.id for one in self._register.snapshot.workers.values() if one.id and area.contains(one.grid_code)]
        found = await self._leaves.page(ids, (first, last), cursor_of(request, 0))
        following = str(number_of(found[-1])) if len(found) == PAGE else None
        return answer(LeavesAnswer(leaves=[self._line(one) for one in found], next=following))

    async def add(self, request: web.Request) -> web.StreamResponse:
        """A new one."""
        body = decode(await request.read(), LeaveBody)
        grid = self._grid(request, body.worker_id)
        for name, day in (("from_day", body.from_day), ("to_day", body.to_day)):
            parse_day(name, day.isoformat())
        if len(body.reason) > _MOST_REASON:
            raise BadValue(field="reason", value=body.reason, allowed=f"at most {_MOST_REASON} characters")
        reason = storable(body.reason, _MOST_REASON)
        leave = Leave(worker_id=body.worker_id, from_day=body.from_day, to_day=body.to_day, reason=reason)
        await self._leaves.add(leave, today=self._today(), account_id=request[ACCOUNT_KEY].id)
        detail = {"from_day": leave.from_day, "to_day": leave.to_day, "reason": reason}
        await self._scribe.note(request, "leave.add", subject=f"worker:{leave.worker_id}", area_code=grid, **detail)
        await self._engine.judge_again(leave.worker_id, leave.from_day, leave.to_day)
        return answer(self._line(leave), status=201)

    async def change(self, request: web.Request) -> web.StreamResponse:
        """Shorter or longer; days that are over are judged again."""
        number, body = path_id(request, "leave"), decode(await request.read(), LeaveEnd)
        self._grid(request, worker_of(number), kind="leave", key=number)
        parse_day("to_day", body.to_day.isoformat())
        changed = await self._leaves.change(number, body.to_day, today=self._today())
        await self._changed(request, "leave.change", changed, to_day=body.to_day)
        return answer(self._line(replace(changed.before, to_day=body.to_day)))

    async def drop(self, request: web.Request) -> web.StreamResponse:
        """Its days are judged as if it had never been."""
        number = path_id(request, "leave")
        self._grid(request, worker_of(number), kind="leave", key=number)
        await self._changed(request, "leave.drop", await self._leaves.drop(number, today=self._today()))
        return web.Response(status=204)

    async def _changed(self, request: web.Request, action: str, changed: Changed, **more: object) -> None:
        before = changed.before
        detail = {"from_day": before.from_day, "was_to_day": before.to_day, "reason": before.reason, **more}
        grid = self._register.grid_of(before.worker_id) or ""
        await self._scribe.note(request, action, subject=f"worker:{before.worker_id}", area_code=grid, **detail)
        await self._engine.judge_again(before.worker_id, *changed.days)

    def _grid(self, request: web.Request, worker_id: int, *, kind: str = "worker", key: int | None = None) -> str:
        grid = self._register.grid_of(worker_id)
        if grid is None:
            raise NotFound(kind=kind, key=worker_id if key is None else key)
        request[ACCOUNT_KEY].require_area(grid)
        return grid

    def _line(self, leave: Leave) -> LeaveLine:
        worker = self._register.worker(leave.worker_id)
        return LeaveLine(
            id=number_of(leave),
            worker_id=leave.worker_id,
            name=worker.name if worker else "",
            grid=worker.grid_code if worker else "",
            from_day=leave.from_day,
            to_day=leave.to_day,
            reason=leave.reason,
        )

    def _today(self) -> date:
        return local_day(self._now_ms())
