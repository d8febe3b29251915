"""Routes of the worker's own phone: the round now, own past rounds, answers to urging, disputes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
import shapely
from aiohttp import web
from numpy.typing import NDArray

from tracker.clock import NowMs, local_day, to_ms
from tracker.county.register import Register
from tracker.db.pool import Row
from tracker.errors import BadValue, NotFound
from tracker.geo.cells import CellId, center
from tracker.geo.projection import bearing_deg, haversine_m
from tracker.jsonio import answer, decode, lean
from tracker.patrol.disputes import Disputes
from tracker.patrol.engine import PatrolEngine
from tracker.patrol.http_answers import WindowAnswer, packed, window_answer
from tracker.patrol.http_common import ID
from tracker.patrol.http_phone_answers import (
    AnswerBody,
    DisputeBody,
    DisputeMade,
    GridAnswer,
    MyPoint,
    MyRound,
    MyTick,
    Nearest,
    OwnDispute,
    OwnRound,
    OwnRounds,
    Place,
    TicksBody,
)
from tracker.patrol.judge import needed
from tracker.patrol.model import Criteria, RoundKey, RoundResult, RoundWindow
from tracker.patrol.notices import Notices
from tracker.patrol.plans_admin import hex_ids
from tracker.patrol.reports import Reports
from tracker.patrol.spots import PER_CELL, drawn
from tracker.patrol.ticks import Tick, Ticks
from tracker.people.model import DEVICE_KEY
from tracker.people.params import path_id, query_int, storable
from tracker.routes import Access, Param, Route

MOST_DAYS = 31
MOST_ANSWER = 200
MOST_DISPUTE = 500
MOST_TICKS = 500
SIGHT_M = 40  # where there is no plan


class PhoneHttp:
    """Only ever about the phone's own worker."""

    def __init__(
        self,
        *,
        engine: PatrolEngine,
        register: Register,
        notices: Notices,
        reports: Reports,
        disputes: Disputes,
        ticks: Ticks,
        now_ms: NowMs,
    ) -> None:
        self._engine = engine
        self._register = register
        self._notices = notices
        self._reports = reports
        self._disputes = disputes
        self._ticks = ticks
        self._now_ms = now_ms

    def routes(self) -> list[Route]:
        """Every route, for the web room."""
        days = (Param(name="days", about=f"1..{MOST_DAYS}, 7 where absent", type="integer"),)
        said: dict[str, Any] = {"params": (ID,), "body": AnswerBody, "status": 204, "max_body": 4096}
        ticked: dict[str, Any] = {"body": TicksBody, "status": 204, "max_body": 64 * 1024}
        wrong: dict[str, Any] = {"body": DisputeBody, "returns": DisputeMade, "status": 201, "max_body": 8192}
        return [
            _route("GET", "/round", self.round, "The own round now", returns=MyRound),
            _route("GET", "/rounds", self.rounds, "Own past rounds and scores", params=days, returns=OwnRounds),
            _route("POST", "/notices/{id}", self.answer, "Answer a notice", **said),
            _route("POST", "/ticks", self.tick, "Tick lines of key points' checklists", **ticked),
            _route("POST", "/disputes", self.dispute, "Dispute the result of a round", **wrong),
        ]

    async def round(self, request: web.Request) -> web.StreamResponse:
        """Everything that the phone shows of the round now, or of the one that can still be made up."""
        worker_id = request[DEVICE_KEY].worker_id
        code, day, now_ms = self._grid(worker_id), self._engine.day, self._now_ms()
        windows = self._engine.windows_of(code, day)
        shown, result, visited = await self._shown(code, day, now_ms)
        cells = (await self._engine.cells_of([code], day)).get(code, np.empty(0, np.int64))
        centers = [center(CellId(cell)) for cell in cells.tolist()]
        bits = drawn(result.bitmap if result else b"", len(cells))
        seen = await self._notices.last_seen([worker_id])
        plan = self._engine.plan_of(code, day)
        criteria = plan.criteria if plan else Criteria()
        return lean(
            MyRound(
                now_ms=now_ms,
                round=window_answer(shown) if shown else None,
                next=self._next(code, windows, now_ms),
                grid=self._grid_answer(code),
                cells=hex_ids(cells.tolist()),
                centers=[(round(lon, 6), round(lat, 6)) for lat, lon in centers],
                seen=packed(bits),
                covered=whole_cells(result, criteria) if result else 0,
                total=len(cells),
                minutes=round(result.minutes, 1) if result else 0.0,
                min_minutes=criteria.min_minutes,
                min_coverage=criteria.min_coverage,
                sight_radius_m=plan.sight_radius_m if plan else SIGHT_M,
                key_points=await self._points(worker_id, code, (day, shown.ordinal if shown else 0), visited),
                nearest=nearest(centers, bits, seen.get(worker_id)) if shown else None,
                notices=await self._notices.for_phone(worker_id),
            )
        )

    async def rounds(self, request: web.Request) -> web.StreamResponse:
        """Own past rounds."""
        worker_id = request[DEVICE_KEY].worker_id
        days = query_int(request, "days", default=7, least=1, most=MOST_DAYS)
        code, today = self._grid(worker_id), local_day(self._now_ms())
        rows = await self._reports.own_rounds(worker_id, (today - timedelta(days=days - 1), today))
        names = {day: self._names(code, day) for day in {row["day"] for row in rows}}
        return answer(OwnRounds(rounds=[_own(row, names[row["day"]].get(row["ordinal"], "")) for row in rows]))

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """The worker's answer to a notice."""
        notice_id = path_id(request, "notice")
        body = decode(await request.read(), AnswerBody)
        text = _text("answer", body.answer, MOST_ANSWER)
        await self._notices.answer(request[DEVICE_KEY].worker_id, notice_id, text)
        return web.Response(status=204)

    async def dispute(self, request: web.Request) -> web.StreamResponse:
        """A dispute of a round of the own grid."""
        worker_id = request[DEVICE_KEY].worker_id
        body = decode(await request.read(), DisputeBody)
        code, text = self._grid(worker_id), _text("text", body.text, MOST_DISPUTE)
        RoundKey(grid_code=code, day=body.day, ordinal=body.ordinal)  # refuses a wrong ordinal
        made = await self._disputes.add(worker_id, code, (body.day, body.ordinal), text, self._now_ms())
        return answer(DisputeMade(id=made), status=201)

    async def tick(self, request: web.Request) -> web.StreamResponse:
        """Ticks of the own grid's checklists; asked twice, they are there once."""
        worker_id = request[DEVICE_KEY].worker_id
        body = decode(await request.read(), TicksBody)
        if not 1 <= len(body.ticks) <= MOST_TICKS:
            raise BadValue(field="ticks", value=len(body.ticks), allowed=f"1..{MOST_TICKS} ticks")
        ticks = [
            Tick(
                key_point=one.key_point,
                day=one.day,
                ordinal=one.ordinal,
                line=one.line,
                is_done=one.done,
                at_ms=one.at_ms,
            )
            for one in body.ticks
        ]
        await self._ticks.put(worker_id, self._grid(worker_id), ticks, self._now_ms())
        return web.Response(status=204)

    def _grid(self, worker_id: int) -> str:
        code = self._register.grid_of(worker_id)
        if code is None or code not in self._register.snapshot.grids:
            raise NotFound(kind="grid of worker", key=worker_id)
        return code

    def _next(self, code: str, windows: Sequence[RoundWindow], now_ms: int) -> WindowAnswer | None:
        tomorrow = self._engine.windows_of(code, self._engine.day + timedelta(days=1))
        coming = (one for one in (*windows, *tomorrow) if one.starts_ms > now_ms)
        following = next(coming, None)
        return window_answer(following) if following else None

    def _names(self, code: str, day: date) -> dict[int, str]:
        return {one.ordinal: one.name for one in self._engine.windows_of(code, day)}

    def _grid_answer(self, code: str) -> GridAnswer:
        grid = self._register.snapshot.grids[code]
        largest = max(shapely.get_parts(grid.boundary), key=lambda part: part.area)
        ring = [(round(lon, 6), round(lat, 6)) for lon, lat in largest.exterior.coords]
        return GridAnswer(code=code, name=grid.name, ring=ring)

    async def _shown(
        self, code: str, day: date, now_ms: int
    ) -> tuple[RoundWindow | None, RoundResult | None, frozenset[int]]:
        """The open round, or the one whose window has passed while it may still be made up; with its key points."""
        last = self._engine.present(code)
        if last is None or now_ms < last.starts_ms:
            return None, None, frozenset()
        key = RoundKey(grid_code=code, day=day, ordinal=last.ordinal)
        if now_ms >= last.ends_ms:
            made_up = self._engine.made_up(key)
            return (last, *made_up) if made_up else (None, None, frozenset())
        visited = frozenset(point for walk in await self._engine.walks_of(key) for point in walk.visited)
        return last, await self._engine.round_of(key), visited

    async def _points(
        self, worker_id: int, code: str, turn: tuple[date, int], visited: frozenset[int]
    ) -> list[MyPoint]:
        points = self._engine.key_points_of(code, turn[0])
        ticked: dict[int, list[MyTick]] = {}
        for one in await self._ticks.of_round(points, *turn):
            worker, own = self._register.worker(one.worker_id), one.worker_id == worker_id
            tick = MyTick(line=one.line, at_ms=one.at_ms, own=own, name=worker.name if worker else "")
            ticked.setdefault(one.key_point, []).append(tick)
        return [
            MyPoint(
                id=one.id,
                name=one.name,
                lon=one.lon,
                lat=one.lat,
                radius_m=one.radius_m,
                visited=one.id in visited,
                checklist=list(one.checklist),
                ticks=ticked.get(one.id, []),
            )
            for one in points
        ]


def nearest(centers: Sequence[Place], bits: NDArray[np.uint8], seen: tuple[int, float, float] | None) -> Nearest | None:
    """The nearest of the (lat, lon) centres whose bit is not set, from a position (ms, lat, lon)."""
    grey = [middle for middle, bit in zip(centers, bits.tolist(), strict=True) if not bit]
    if seen is None or not grey:
        return None
    _, lat, lon = seen
    to_lat, to_lon = min(grey, key=lambda middle: haversine_m(lat, lon, *middle))
    return Nearest(
        lon=round(to_lon, 6),
        lat=round(to_lat, 6),
        distance_m=round(haversine_m(lat, lon, to_lat, to_lon)),
        bearing=round(bearing_deg(lat, lon, to_lat, to_lon)) % 360,
    )


def _own(row: Row, name: str) -> OwnRound:
    disputed = None
    if row["dispute_id"] is not None:
        disputed = OwnDispute(
            id=row["dispute_id"], text=row["dispute_text"], decision=row["dispute_decision"], note=row["dispute_note"]
        )
    same = ("day", "ordinal", "state", "cells", "covered", "key_points", "visited", "longest_gap_s")
    return OwnRound(
        **{column: row[column] for column in same},
        name=name,
        starts_ms=to_ms(row["starts_at"]),
        ends_ms=to_ms(row["ends_at"]),
        minutes=round(row["minutes"], 1),
        confidence=round(row["confidence"], 3),
        revised_ms=to_ms(row["revised_at"]) if row["revised_at"] else None,
        own_covered=row["own_covered"] or 0,
        own_minutes=round(row["own_minutes"] or 0.0, 1),
        dispute=disputed,
    )


def _text(name: str, text: str, most: int) -> str:
    kept = storable(text, most + 1)
    if not 0 < len(kept) <= most:
        raise BadValue(field=name, value=text, allowed=f"1..{most} characters")
    return kept


def _route(method: str, path: str, handler: Any, summary: str, **more: Any) -> Route:
    return Route(
        method=method, path=f"/api/v1/my{path}", handler=handler, summary=summary, room="patrol",
        access=Access.DEVICE, **more,
    )  # fmt: skip


def whole_cells(result: RoundResult, criteria: Criteria) -> int:
    """The share that was seen in whole cells, which is how the phone counts on; enough only when it is enough."""
    enough = needed(result.cells // PER_CELL, criteria.min_coverage)
    is_met = result.covered >= needed(result.cells, criteria.min_coverage)
    whole = result.covered // PER_CELL
    return max(whole, enough) if is_met else min(whole, enough - 1)
