"""Routes of what supervisors set: plans, key points, reachable cells, the calendar."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import msgspec
from aiohttp import web

from tracker.clock import NowMs, local_day, to_datetime
from tracker.county.register import Register
from tracker.errors import BadValue, Forbidden, NotFound
from tracker.geo.area import Level
from tracker.geo.cells import RESOLUTION
from tracker.jsonio import answer, decode
from tracker.patrol.calendar import SpecialDay
from tracker.patrol.engine import PatrolEngine
from tracker.patrol.http_common import AREA, CURSOR, ID, Scribe, asked, cursor_of, parse_day, route
from tracker.patrol.http_plans_bodies import (
    CalendarAnswer,
    CalendarBody,
    Created,
    DayBody,
    PlanBody,
    PlansAnswer,
    PointBody,
    PointsAnswer,
    ReachableAnswer,
    ReachableBody,
)
from tracker.patrol.model import (
    Criteria,
    DayKind,
    KeyPoint,
    Plan,
    Walkers,
    patterns_from_json,
)
from tracker.patrol.plans_admin import POINTS_PAGE, PlansAdmin
from tracker.people.model import ACCOUNT_KEY, DUTY_EDIT, MAP_VIEW
from tracker.people.params import path_id, query_int
from tracker.routes import Param, Route

_GRID = (Param(name="grid", about="15-digit grid code", where="path", required=True),)
_YEAR = (Param(name="year", about="2020..2100", type="integer", required=True),)


class PlansHttp:
    """Every write is audited, and the engine takes it at once."""

    def __init__(
        self,
        *,
        admin: PlansAdmin,
        engine: PatrolEngine,
        register: Register,
        scribe: Scribe,
        now_ms: NowMs,
    ) -> None:
        self._admin = admin
        self._engine = engine
        self._register = register
        self._scribe = scribe
        self._now_ms = now_ms

    def routes(self) -> list[Route]:
        """Every route, for the web room."""
        return [*self._plan_routes(), *self._point_routes(), *self._ground_routes(), *self._day_routes()]

    def _plan_routes(self) -> list[Route]:
        make: dict[str, Any] = {"body": PlanBody, "returns": Created, "status": 201}
        return [
            route("GET", "/plans", self.plans, "Plans of an area", MAP_VIEW, params=(AREA,), returns=PlansAnswer),
            route("POST", "/plans", self.add_plan, "A new version of an area's plan", DUTY_EDIT, **make),
        ]

    def _point_routes(self) -> list[Route]:
        listing: dict[str, Any] = {"params": (AREA, CURSOR), "returns": PointsAnswer}
        make: dict[str, Any] = {"body": PointBody, "returns": Created, "status": 201}
        end: dict[str, Any] = {"params": (ID,), "status": 204}
        return [
            route("GET", "/key-points", self.points, "Key points of an area", MAP_VIEW, **listing),
            route("POST", "/key-points", self.add_point, "A new key point, from tomorrow on", DUTY_EDIT, **make),
            route("DELETE", "/key-points/{id}", self.end_point, "End a key point with today", DUTY_EDIT, **end),
        ]

    def _ground_routes(self) -> list[Route]:
        shown: dict[str, Any] = {"params": _GRID, "returns": ReachableAnswer}
        path = "/reachable/{grid}"
        return [
            route("GET", path, self.reachable, "A grid's reachable cells", MAP_VIEW, **shown),
            route(
                "PUT", path, self.put_reachable, "Draw a grid's reachable cells, from tomorrow on", DUTY_EDIT,
                body=ReachableBody, max_body=256 * 1024, **shown,
            ),
        ]  # fmt: skip

    def _day_routes(self) -> list[Route]:
        year: dict[str, Any] = {"params": _YEAR, "returns": CalendarAnswer}
        return [
            route("GET", "/calendar", self.calendar, "Holidays and 调休 workdays", DUTY_EDIT, **year),
            route(
                "PUT", "/calendar", self.put_calendar, "Replace a year's special days", DUTY_EDIT,
                body=CalendarBody, **year,
            ),
        ]  # fmt: skip

    async def plans(self, request: web.Request) -> web.StreamResponse:
        """Plans with their validity."""
        _, area = asked(request)
        holding = self._engine.plan_of(area.code, self._today())
        return answer(PlansAnswer(plans=await self._admin.plans(area), holding=holding.id if holding else None))

    async def add_plan(self, request: web.Request) -> web.StreamResponse:
        """A new version."""
        body = decode(await request.read(), PlanBody)
        account = request[ACCOUNT_KEY]
        plan = _plan(body)
        account.require_area(plan.area_code)
        plan_id = await self._admin.add_plan(plan, self._today(), account.id)
        detail = msgspec.to_builtins(body)
        await self._scribe.note(request, "plan.add", subject=f"plan:{plan_id}", area_code=plan.area_code, plan=detail)
        await self._engine.reload()
        return answer(Created(id=plan_id), status=201)

    async def points(self, request: web.Request) -> web.StreamResponse:
        """Key points, by id."""
        _, area = asked(request)
        found = await self._admin.key_points(area, self._today(), cursor_of(request, 0))
        following = str(found[-1].id) if len(found) == POINTS_PAGE else None
        return answer(PointsAnswer(points=found, next=following))

    async def add_point(self, request: web.Request) -> web.StreamResponse:
        """A new key point."""
        body = decode(await request.read(), PointBody)
        values = msgspec.structs.asdict(body) | {"checklist": tuple(body.checklist)}
        point = KeyPoint(**values, valid_from=self._today() + timedelta(days=1))
        request[ACCOUNT_KEY].require_area(point.grid_code)
        point_id = await self._admin.add_key_point(point, self._today())
        subject = f"key_point:{point_id}"
        await self._scribe.note(request, "key_point.add", subject=subject, area_code=point.grid_code, name=point.name)
        await self._engine.reload()
        return answer(Created(id=point_id), status=201)

    async def end_point(self, request: web.Request) -> web.StreamResponse:
        """It holds to the end of today."""
        point_id = path_id(request, "key point")
        grid = await self._admin.key_point_grid(point_id, self._today())
        if grid is None:
            raise NotFound(kind="key point", key=point_id)
        request[ACCOUNT_KEY].require_area(grid)
        await self._admin.end_key_point(point_id, self._today())
        await self._scribe.note(request, "key_point.end", subject=f"key_point:{point_id}", area_code=grid)
        await self._engine.reload()
        return web.Response(status=204)

    async def reachable(self, request: web.Request) -> web.StreamResponse:
        """Which cells, and why."""
        return answer(await self._reachable(self._grid(request)))

    async def put_reachable(self, request: web.Request) -> web.StreamResponse:
        """Draw them."""
        grid = self._grid(request)
        body = decode(await request.read(), ReachableBody)
        by = request[ACCOUNT_KEY].id, to_datetime(self._now_ms())
        count = await self._admin.put_reachable(grid, body.cells, self._today(), by)
        await self._scribe.note(request, "reachable.draw", subject=f"grid:{grid}", area_code=grid, cells=count)
        await self._engine.reload()
        return answer(await self._reachable(grid))

    async def calendar(self, request: web.Request) -> web.StreamResponse:
        """The year's special days."""
        return answer(await self._calendar(_year(request)))

    async def put_calendar(self, request: web.Request) -> web.StreamResponse:
        """Replace them; the calendar is the whole county's."""
        year, account = _year(request), request[ACCOUNT_KEY]
        if account.area.level is not Level.COUNTY:
            raise Forbidden(f"area {account.area.code}: the calendar is written by accounts of the whole county")
        body = decode(await request.read(), CalendarBody)
        days = [SpecialDay(day=one.day, kind=_kind(one.kind), name=one.name) for one in body.days]
        await self._admin.put_calendar(year, days, self._today())
        subject = f"calendar:{year}"
        await self._scribe.note(request, "calendar.write", subject=subject, area_code=account.area.code, days=len(days))
        await self._engine.reload()
        return answer(await self._calendar(year))

    async def _reachable(self, grid: str) -> ReachableAnswer:
        versions, proposed = await self._admin.reachable(grid), await self._admin.proposed(grid)
        return ReachableAnswer(grid=grid, resolution=RESOLUTION, versions=versions, proposed=proposed)

    def _today(self) -> date:
        return local_day(self._now_ms())

    def _grid(self, request: web.Request) -> str:
        grid = request.match_info["grid"]
        request[ACCOUNT_KEY].require_area(grid)
        return grid

    async def _calendar(self, year: int) -> CalendarAnswer:
        found = await self._admin.calendar(year)
        days = [DayBody(day=one.day, kind=str(one.kind), name=one.name) for one in found]
        return CalendarAnswer(year=year, known=bool(days), days=days)


def _plan(body: PlanBody) -> Plan:
    if body.walkers not in {*Walkers}:
        raise BadValue(field="walkers", value=body.walkers, allowed=", ".join(Walkers))
    parse_day("valid_from", body.valid_from.isoformat())
    return Plan(
        area_code=body.area_code,
        valid_from=body.valid_from,
        rounds=patterns_from_json([msgspec.structs.asdict(one) for one in body.rounds]),
        criteria=Criteria(
            min_coverage=body.min_coverage,
            min_minutes=body.min_minutes,
            all_key_points=body.all_key_points,
            min_confidence=body.min_confidence,
        ),
        sight_radius_m=body.sight_radius_m,
        walkers=Walkers(body.walkers),
    )


def _kind(text: str) -> DayKind:
    if text not in {DayKind.REST, DayKind.WORK}:
        raise BadValue(field="days.kind", value=text, allowed="rest, work")
    return DayKind(text)


def _year(request: web.Request) -> int:
    year = query_int(request, "year", default=0, least=2020, most=2100)
    if not year:
        raise BadValue(field="year", value="", allowed="2020..2100")
    return year
