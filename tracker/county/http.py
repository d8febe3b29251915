"""Routes that read the register: divisions, grids, roster, cards, the drawn plan, and what the map page needs."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from tracker.county import answers, layers
from tracker.county.cache import Build, GzipCache
from tracker.county.model import is_village
from tracker.county.register import Register
from tracker.county.store import QUERIES
from tracker.db.pool import Database
from tracker.errors import NotFound
from tracker.geo.area import Area
from tracker.geo.cells import RESOLUTION
from tracker.jsonio import answer, encode
from tracker.people.model import ACCOUNT_KEY, MAP_VIEW
from tracker.people.params import path_id
from tracker.routes import Access, Handler, Param, Route

_AREA = Param(name="area", about="12-digit division or 15-digit grid code; the caller's own area when absent")
_GEOJSON = "application/geo+json"


@dataclass(frozen=True, kw_only=True, slots=True)
class CardParts:
    """What other rooms know of a worker; each takes the worker's id and answers None where there is nothing."""

    duty_since_ms: Callable[[int], Awaitable[int | None]]  # None: off duty
    device: Callable[[int], Awaitable[dict[str, Any] | None]]  # {app, last_seen_ms}
    latest: Callable[[int], Awaitable[dict[str, Any] | None]]


class CountyHttp:
    """The reading routes of the county room. `raster` and `pmtiles` are None where no base map is set."""

    def __init__(
        self, *, register: Register, database: Database, parts: CardParts,
        raster: answers.Raster | None = None, pmtiles: str | None = None,
    ) -> None:  # fmt: skip
        self._register = register
        self._database = database
        self._parts = parts
        self._raster = raster
        self._pmtiles = answers.PmTiles(url=pmtiles) if pmtiles else None
        self._cache = GzipCache()
        register.listeners.append(lambda _: self._cache.clear())

    def routes(self) -> list[Route]:
        """Every route, for the web room."""
        return [*self._list_routes(), *self._map_routes()]

    def _list_routes(self) -> list[Route]:
        worker_id = Param(name="id", about="the worker's id", where="path", type="integer", required=True)
        return [
            _get("/api/v1/divisions", self.divisions, "The caller's divisions and those above", answers.DivisionList),
            _get("/api/v1/departments", self.departments, "Departments of the area", answers.DepartmentList, _AREA),
            _get("/api/v1/roster", self.roster, "Workers of the area, as columns", answers.Roster, _AREA),
            _get("/api/v1/workers/{id}", self.card, "The card of one worker", answers.WorkerCard, worker_id),
        ]

    def _map_routes(self) -> list[Route]:
        code = Param(name="code", about="12-digit village code", where="path", required=True)
        return [
            _get("/api/v1/map-config", self.map_config, "What the map page needs first", answers.MapConfig),
            _get("/api/v1/grids", self.grids, "Grids of the area as GeoJSON", None, _AREA, content=_GEOJSON),
            _get("/api/v1/plan/overview", self.overview, "The county's plan in layers of GeoJSON", None),
            _get("/api/v1/plan/villages/{code}", self.village, "A village's plan in layers of GeoJSON", None, code),
        ]

    async def divisions(self, request: web.Request) -> web.StreamResponse:
        """The caller's subtree and its ancestors."""
        area = request[ACCOUNT_KEY].area

        async def build() -> bytes:
            return await asyncio.to_thread(lambda: encode(answers.divisions_of(snapshot, area)))

        snapshot = self._register.snapshot
        return await self._cached(request, f"divisions-{area.code}", build)

    async def departments(self, request: web.Request) -> web.StreamResponse:
        """Departments of the area."""
        area = _area(request)
        here = [one for one in self._register.snapshot.departments.values() if area.contains(one.area_code)]
        return answer(answers.departments_of(here))

    async def roster(self, request: web.Request) -> web.StreamResponse:
        """Workers of the area."""
        area, snapshot = _area(request), self._register.snapshot

        async def build() -> bytes:
            return await asyncio.to_thread(lambda: encode(answers.roster_of(snapshot, area)))

        return await self._cached(request, f"roster-{area.code}", build)

    async def card(self, request: web.Request) -> web.StreamResponse:
        """One worker, with what the other rooms know of them."""
        worker_id = path_id(request, "worker")
        worker = self._register.worker(worker_id)
        # Outside one's area and never existed look alike: ids are not for counting.
        if worker is None or not request[ACCOUNT_KEY].area.contains(worker.grid_code):
            raise NotFound(kind="worker", key=worker_id)
        parts = self._parts
        since, device, latest = await asyncio.gather(
            parts.duty_since_ms(worker_id), parts.device(worker_id), parts.latest(worker_id)
        )
        snapshot = self._register.snapshot
        return answer(answers.card_of(snapshot, worker, duty_since_ms=since, device=device, latest=latest))

    async def map_config(self, _request: web.Request) -> web.StreamResponse:
        """Base maps, the county's place, and the resolution of cells."""
        snapshot = self._register.snapshot
        return answer(answers.MapConfig(
            raster=self._raster, pmtiles=self._pmtiles, county=answers.map_county(snapshot),
            cells={"resolution": RESOLUTION}, synthetic=snapshot.version.synthetic,
        ))  # fmt: skip

    async def grids(self, request: web.Request) -> web.StreamResponse:
        """Grids of the area."""
        area, snapshot = _area(request), self._register.snapshot

        async def build() -> bytes:
            return await asyncio.to_thread(layers.grids_json, snapshot, area)

        return await self._cached(request, f"grids-{area.code}", build, content_type=_GEOJSON)

    async def overview(self, request: web.Request) -> web.StreamResponse:
        """The county's plan: outlines and roads, the same for every caller."""
        snapshot = self._register.snapshot

        async def build() -> bytes:
            rows = await self._database.fetch(QUERIES.overview_plan)
            return await asyncio.to_thread(layers.overview_json, snapshot, rows)

        return await self._cached(request, "overview", build)

    async def village(self, request: web.Request) -> web.StreamResponse:
        """The plan of one village of the caller's area."""
        code, snapshot = request.match_info["code"], self._register.snapshot
        village = snapshot.divisions.get(code)
        if village is None or not is_village(code):
            raise NotFound(kind="village", key=code)
        _require_village(request, code)

        async def build() -> bytes:
            rows = await self._database.fetch(QUERIES.village_plan, code)
            return await asyncio.to_thread(layers.village_json, snapshot, village, rows)

        return await self._cached(request, f"village-{code}", build)

    async def _cached(
        self, request: web.Request, key: str, build: Build, *, content_type: str = "application/json"
    ) -> web.Response:
        tag = f"{self._register.snapshot.tag}-{key}"
        headers = {"ETag": f'"{tag}"', "Cache-Control": "private, no-cache", "Vary": "Accept-Encoding"}
        if any(one.value == tag for one in request.if_none_match or ()):
            return web.Response(status=304, headers=headers)
        body = await self._cache.get(tag, build)
        if "gzip" in request.headers.get("Accept-Encoding", ""):
            headers["Content-Encoding"] = "gzip"
        else:
            body = await asyncio.to_thread(gzip.decompress, body)
        return web.Response(body=body, headers=headers, content_type=content_type, charset="utf-8")


def _get(
    path: str, handler: Handler, summary: str, returns: Any, *params: Param, content: str = "application/json"
) -> Route:
    return Route(
        method="GET", path=path, handler=handler, summary=summary, room="county", access=Access.SIGNED_IN,
        permission=MAP_VIEW, params=params, returns=returns, content=content,
    )  # fmt: skip


def _area(request: web.Request) -> Area:
    return request[ACCOUNT_KEY].area_or_own(request.query.get("area"))


def _require_village(request: web.Request, code: str) -> None:
    """Let in whoever oversees the village, or works in one grid of it."""
    account = request[ACCOUNT_KEY]
    if code not in account.area.ancestors():
        account.require_area(code)
