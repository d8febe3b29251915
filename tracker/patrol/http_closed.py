"""Routes of land that is closed to patrols for a time."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec
import shapely
from aiohttp import web

from tracker.clock import NowMs, local_day, to_datetime
from tracker.county.register import Register
from tracker.errors import NotFound
from tracker.jsonio import answer, decode
from tracker.patrol.closed import MOST_REASON, ClosedLand, ClosedLine, Closing, polygons_of
from tracker.patrol.engine import PatrolEngine
from tracker.patrol.http_common import AREA, ID, Scribe, asked, day_of, parse_day, route
from tracker.patrol.http_plans_bodies import Created
from tracker.people.model import ACCOUNT_KEY, DUTY_EDIT, MAP_VIEW
from tracker.people.params import path_id, storable
from tracker.routes import Param, Route

_DAY = Param(name="day", about="YYYY-MM-DD: what is closed then or later; today where absent")
_MAX_BODY = 512 * 1024


class ClosedBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Land to close: GeoJSON in WGS-84 (a geometry, feature or collection with polygons); `to_day` is the last day."""

    reason: str
    from_day: date
    to_day: date | None = None
    geometry: dict[str, Any]


class ClosedFeature(msgspec.Struct, frozen=True, kw_only=True):
    """One closed area as GeoJSON."""

    type: str = "Feature"
    properties: ClosedLine
    geometry: dict[str, Any]


class ClosedAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """At most 500, by first day."""

    type: str = "FeatureCollection"
    features: list[ClosedFeature]


class ClosedHttp:
    """Every write is audited, and the engine takes it at once; it holds from tomorrow on."""

    def __init__(
        self, *, closed: ClosedLand, engine: PatrolEngine, register: Register, scribe: Scribe, now_ms: NowMs
    ) -> None:
        self._closed = closed
        self._engine = engine
        self._register = register
        self._scribe = scribe
        self._now_ms = now_ms

    def routes(self) -> list[Route]:
        """Every route, for the web room."""
        listing: dict[str, Any] = {"params": (AREA, _DAY), "returns": ClosedAnswer}
        make: dict[str, Any] = {"body": ClosedBody, "returns": Created, "status": 201, "max_body": _MAX_BODY}
        end: dict[str, Any] = {"params": (ID,), "status": 204}
        return [
            route("GET", "/closed", self.page, "Land that is closed to patrols", MAP_VIEW, **listing),
            route("POST", "/closed", self.add, "Close land of your own area, from tomorrow on", DUTY_EDIT, **make),
            route("DELETE", "/closed/{id}", self.end, "Open it again with the end of today", DUTY_EDIT, **end),
        ]

    async def page(self, request: web.Request) -> web.StreamResponse:
        """With shapes, for the map and the list."""
        _, area = asked(request)
        found = await self._closed.page(area, day_of(request, "day", self._today()))
        return answer(ClosedAnswer(features=[_feature(line, shape) for line, shape in found]))

    async def add(self, request: web.Request) -> web.StreamResponse:
        """Cut to the account's own grids."""
        body, account = decode(await request.read(), ClosedBody), request[ACCOUNT_KEY]
        for name, day in (("from_day", body.from_day), ("to_day", body.to_day or body.from_day)):
            parse_day(name, day.isoformat())
        closing = Closing(
            shape=polygons_of(msgspec.json.encode(body.geometry)),
            reason=storable(body.reason.strip(), MOST_REASON + 1),
            from_day=body.from_day,
            to_day=body.to_day,
        )
        own = [grid for code, grid in self._register.snapshot.grids.items() if account.area.contains(code)]
        by = account.id, to_datetime(self._now_ms())
        closed_id = await self._closed.add(closing, own, by, self._today())
        subject, area_code = f"closed:{closed_id}", await self._area_of(closed_id)
        detail = {"reason": closing.reason, "from_day": closing.from_day, "to_day": closing.to_day}
        await self._scribe.note(request, "closed.add", subject=subject, area_code=area_code, **detail)
        await self._engine.reload()
        return answer(Created(id=closed_id), status=201)

    async def end(self, request: web.Request) -> web.StreamResponse:
        """By accounts whose area holds all of it."""
        closed_id = path_id(request, "closed area")
        area_code = await self._area_of(closed_id)
        request[ACCOUNT_KEY].require_area(area_code)
        await self._closed.end(closed_id, self._today())
        await self._scribe.note(request, "closed.end", subject=f"closed:{closed_id}", area_code=area_code)
        await self._engine.reload()
        return web.Response(status=204)

    async def _area_of(self, closed_id: int) -> str:
        code = await self._closed.area_of(closed_id, self._today())
        if code is None:
            raise NotFound(kind="closed area", key=closed_id)
        return code

    def _today(self) -> date:
        return local_day(self._now_ms())


def _feature(line: ClosedLine, shape: Any) -> ClosedFeature:
    return ClosedFeature(properties=line, geometry=shapely.geometry.mapping(shape))
