"""Routes of the work list: who is behind, and 督促."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import msgspec
from aiohttp import web

from tracker.clock import NowMs
from tracker.county.register import Register
from tracker.errors import BadValue, NotFound
from tracker.geo.area import Area
from tracker.jsonio import answer, decode
from tracker.patrol.engine import PatrolEngine
from tracker.patrol.http_answers import WorkAnswer, WorkItem, forecast_why, forecast_word
from tracker.patrol.http_common import AREA, ID, Scribe, asked, present_rounds, route
from tracker.patrol.model import MINUTE_MS, RoundResult, State, Verdict
from tracker.patrol.notices import Notice, Notices, Urged
from tracker.patrol.spots import PER_CELL, in_cells
from tracker.people.model import ACCOUNT_KEY, DUTY_EDIT, MAP_VIEW
from tracker.people.params import path_id, storable
from tracker.routes import Route

MOST_ITEMS = 500
MOST_TEXT = 200  # characters of an urging: it is read on a phone while walking
_QUIET = frozenset({State.DONE, State.LATE, State.EXCUSED, State.WAITING})
_VERDICTS = {Verdict.WILL_MISS: 2, Verdict.AT_RISK: 3, Verdict.OK: 4}


class UrgeBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom to urge; an empty text stands for the usual one."""

    worker_id: int
    text: str = ""


class WorkHttp:
    """The work list and urging."""

    def __init__(
        self, *, engine: PatrolEngine, register: Register, notices: Notices, scribe: Scribe, now_ms: NowMs
    ) -> None:
        self._engine = engine
        self._register = register
        self._notices = notices
        self._scribe = scribe
        self._now_ms = now_ms

    def routes(self) -> list[Route]:
        """Every route, for the web room."""
        work = {"params": (AREA,), "returns": WorkAnswer}
        urge = {"body": UrgeBody, "returns": Notice, "max_body": 4096, "status": 201}
        undo = {"params": (ID,), "status": 204}
        return [
            route("GET", "/work", self.work, "Rounds that need somebody, the most urgent first", MAP_VIEW, **work),
            route("POST", "/urge", self.urge, "督促: urge a worker", DUTY_EDIT, **urge),
            route("DELETE", "/urge/{id}", self.withdraw, "Take an own urging back within a minute", DUTY_EDIT, **undo),
        ]

    async def work(self, request: web.Request) -> web.StreamResponse:
        """Overdue and not started rounds first."""
        _, area = asked(request)
        day = self._engine.day
        rounds = [one for one in await self._present_rounds(area, day) if needs_hand(one)]
        rounds.sort(key=urgency)
        listed = [(one, worker) for one in rounds[:MOST_ITEMS] for worker in self._own_workers(one.grid_code)]
        ids = [worker for _, worker in listed[:MOST_ITEMS] if worker is not None]
        urged, seen = await self._notices.urged(ids, day), await self._notices.last_seen(ids)
        items = [
            self._item(one, worker, urged.get(worker or 0), seen.get(worker or 0))
            for one, worker in listed[:MOST_ITEMS]
        ]
        return answer(WorkAnswer(items=items, total=sum(len(self._own_workers(one.grid_code)) for one in rounds)))

    async def urge(self, request: web.Request) -> web.StreamResponse:
        """The phone shows it with its next look; the answer comes back in the list and as an event."""
        body = decode(await request.read(), UrgeBody)
        account, grid = request[ACCOUNT_KEY], self._register.grid_of(body.worker_id)
        if grid is None:
            raise NotFound(kind="worker", key=body.worker_id)
        account.require_area(grid)
        if len(body.text) > MOST_TEXT:
            raise BadValue(field="text", value=body.text, allowed=f"at most {MOST_TEXT} characters")
        notice = await self._notices.urge(body.worker_id, grid, storable(body.text, MOST_TEXT), account.id)
        subject = f"worker:{body.worker_id}"
        await self._scribe.note(request, "patrol.urge", subject=subject, area_code=grid, text=notice.text)
        return answer(notice, status=201)

    async def withdraw(self, request: web.Request) -> web.StreamResponse:
        """The phone no longer shows it with its next look; asked twice, it is done once."""
        notice_id = path_id(request, "notice")
        worker_id = await self._notices.withdraw(notice_id, request[ACCOUNT_KEY].id)
        grid = self._register.grid_of(worker_id) or request[ACCOUNT_KEY].area.code
        subject = f"worker:{worker_id}"
        await self._scribe.note(request, "patrol.urge_withdraw", subject=subject, area_code=grid, notice=notice_id)
        return web.Response(status=204)

    async def _present_rounds(self, area: Area, day: date) -> list[RoundResult]:
        """The present round of each grid: grids with plans of their own may be in another one."""
        codes = [grid.code for grid in self._register.snapshot.grids_in(area)]
        present = present_rounds(self._engine, codes)
        found: list[RoundResult] = []
        for ordinal in sorted({window.ordinal for window in present.values()}):
            results = await self._engine.rounds_of(area, day, ordinal)
            found += [one for one in results if one.grid_code in present and present[one.grid_code].ordinal == ordinal]
        return found

    def _own_workers(self, grid_code: str) -> Sequence[int | None]:
        own = [worker.id for worker in self._register.workers_in(Area(grid_code))]
        return own or [None]

    def _item(
        self, one: RoundResult, worker_id: int | None, urged: Urged | None, seen: tuple[int, float, float] | None
    ) -> WorkItem:
        worker = self._register.worker(worker_id) if worker_id else None
        return WorkItem(
            grid=one.grid_code,
            grid_name=self._register.area_name(one.grid_code),
            worker_id=worker_id,
            name=worker.name if worker else "",
            ordinal=one.ordinal,
            state=str(one.state),
            forecast=forecast_word(one),
            why=forecast_why(one),
            covered=in_cells(one.covered),
            cells=one.cells // PER_CELL,
            minutes_left=max(0, (one.ends_ms - self._now_ms()) // MINUTE_MS),
            last_seen_ms=seen[0] if seen else None,
            urged_ms=urged.urged_ms if urged else None,
            seen_ms=urged.seen_ms if urged else None,
            answer=urged.answer if urged else None,
            answered_ms=urged.answered_ms if urged else None,
        )


def needs_hand(one: RoundResult) -> bool:
    """Whether somebody should do something about it: not for an open round that was begun and will be done in time."""
    if one.state is not State.OPEN:
        return one.state not in _QUIET
    is_slow = one.forecast is not None and one.forecast.verdict is not Verdict.OK
    return is_slow or one.covered == 0


def urgency(one: RoundResult) -> tuple[int, int, str]:
    """Overdue first, then not started, then by forecast; in each, the one that ends first."""
    if one.state in {State.MISSED, State.NO_DATA}:
        rank = 0
    elif one.covered == 0 and one.fixes == 0:
        rank = 1
    else:
        rank = _VERDICTS[one.forecast.verdict] if one.forecast else 4
    return rank, one.ends_ms, one.grid_code
