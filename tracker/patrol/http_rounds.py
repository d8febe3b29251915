"""Routes of rounds: their progress on the map, and everything about one of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
from aiohttp import web

from tracker.clock import NowMs
from tracker.county.register import Register
from tracker.errors import BadValue, NotFound
from tracker.geo.area import Area
from tracker.jsonio import answer
from tracker.patrol.engine import PatrolEngine
from tracker.patrol.gaps import Gaps
from tracker.patrol.http_answers import (
    CheckAnswer,
    Criterion,
    OneRound,
    PointAnswer,
    RoundsAnswer,
    TickAnswer,
    WalkAnswer,
    area_progress,
    forecast_why,
    forecast_word,
    grid_columns,
    packed,
    window_answer,
)
from tracker.patrol.http_common import AREA, DAY, ROUND, Scribe, asked, asked_round, parse_day, route
from tracker.patrol.judge import needed
from tracker.patrol.model import Criteria, Plan, RoundKey, RoundResult, RoundWindow, WalkResult
from tracker.patrol.plans_admin import hex_ids
from tracker.patrol.spots import PER_CELL, drawn, in_cells
from tracker.patrol.ticks import Ticks
from tracker.people.model import ACCOUNT_KEY, HISTORY_VIEW, MAP_VIEW
from tracker.routes import Param, Route

_KEY = (
    Param(name="grid", about="15-digit grid code", where="path", required=True),
    Param(name="day", about="YYYY-MM-DD", where="path", required=True),
    Param(name="ordinal", about="1, 2, 3 … of the day", where="path", type="integer", required=True),
)


class RoundsHttp:
    """Reads of rounds; past ones leave a line in the audit."""

    def __init__(
        self,
        *,
        engine: PatrolEngine,
        register: Register,
        gaps: Gaps,
        ticks: Ticks,
        scribe: Scribe,
        now_ms: NowMs,
    ) -> None:
        self._engine = engine
        self._register = register
        self._gaps = gaps
        self._ticks = ticks
        self._scribe = scribe
        self._now_ms = now_ms

    def routes(self) -> list[Route]:
        """Every route, for the web room."""
        span = (AREA, DAY, ROUND)
        one = "/rounds/{grid}/{day}/{ordinal}"
        return [
            route("GET", "/rounds", self.rounds, "Progress of one round", MAP_VIEW, params=span, returns=RoundsAnswer),
            route("GET", one, self.one, "Everything about one round", HISTORY_VIEW, params=_KEY, returns=OneRound),
        ]

    async def rounds(self, request: web.Request) -> web.StreamResponse:
        """One round of every grid of the area."""
        _, area = asked(request)
        day, window = asked_round(request, self._engine, area.code)
        results = await self._engine.rounds_of(area, day, window.ordinal) if window else []
        return answer(rounds_answer(self._engine, self._register, area, day, window, results))

    async def one(self, request: web.Request) -> web.StreamResponse:
        """One round of one grid."""
        key = _key(request)
        request[ACCOUNT_KEY].require_area(key.grid_code)
        result = await self._engine.round_of(key)
        if result is None:
            raise NotFound(kind="round", key=f"{key.grid_code} {key.day} {key.ordinal}")
        subject = f"round:{key.grid_code}/{key.day}/{key.ordinal}"
        await self._scribe.note(request, "round.read", subject=subject, area_code=key.grid_code)
        return answer(await self._one_round(key, result))

    async def _one_round(self, key: RoundKey, result: RoundResult) -> OneRound:
        walks = await self._engine.walks_of(key)
        ground = await self._engine.cells_of([key.grid_code], key.day)
        cells = ground.get(key.grid_code, np.empty(0, np.int64))
        plan = self._engine.plan_of(key.grid_code, key.day)
        names = {one.ordinal: one.name for one in self._engine.windows_of(key.grid_code, key.day)}
        workers = self._engine.walkers_of(key.grid_code, key.day)
        points = await self._points(key, walks)
        return OneRound(
            grid=key.grid_code,
            grid_name=self._register.area_name(key.grid_code),
            day=key.day,
            ordinal=key.ordinal,
            name=names.get(key.ordinal, ""),
            starts_ms=result.starts_ms,
            ends_ms=result.ends_ms,
            state=str(result.state),
            cells=result.cells // PER_CELL,
            covered=in_cells(result.covered),
            minutes=round(result.minutes, 1),
            key_points=result.key_points,
            visited=result.visited,
            confidence=round(result.confidence, 3),
            min_confidence=_criteria(plan).min_confidence,
            longest_gap_s=result.longest_gap_s,
            fixes=result.fixes,
            done_ms=result.done_ms,
            revised_ms=result.revised_ms,
            forecast=forecast_word(result),
            why=forecast_why(result),
            criteria=criteria_of(result, _criteria(plan)),
            walkers=[self._walk(walk) for walk in walks],
            points=points,
            gaps=await self._gaps.read(workers, result.starts_ms, min(result.ends_ms, self._now_ms())),
            cell_ids=hex_ids(cells.tolist()),
            seen=packed(drawn(result.bitmap, len(cells))),
        )

    def _walk(self, walk: WalkResult) -> WalkAnswer:
        worker = self._register.worker(walk.worker_id)
        return WalkAnswer(
            worker_id=walk.worker_id,
            name=worker.name if worker else str(walk.worker_id),
            covered=in_cells(int.from_bytes(walk.bitmap).bit_count()),
            minutes=round(walk.minutes, 1),
            fixes=walk.fixes,
            longest_gap_s=walk.longest_gap_s,
            confidence=round(walk.confidence, 3),
            visited=list(walk.visited),
        )

    async def _points(self, key: RoundKey, walks: Sequence[WalkResult]) -> list[PointAnswer]:
        visited = {point for walk in walks for point in walk.visited}
        points = self._engine.key_points_of(key.grid_code, key.day)
        ticked: dict[tuple[int, int], list[TickAnswer]] = {}
        for tick in await self._ticks.of_round(points, key.day, key.ordinal):
            worker = self._register.worker(tick.worker_id)
            shown = TickAnswer(worker_id=tick.worker_id, name=worker.name if worker else "", at_ms=tick.at_ms)
            ticked.setdefault((tick.key_point, tick.line), []).append(shown)
        return [
            PointAnswer(
                id=one.id,
                name=one.name,
                kind=one.kind,
                lon=one.lon,
                lat=one.lat,
                visited=one.id in visited,
                checklist=[
                    CheckAnswer(text=text, ticks=ticked.get((one.id, line), []))
                    for line, text in enumerate(one.checklist)
                ],
            )
            for one in points
        ]


def rounds_answer(
    engine: PatrolEngine,
    register: Register,
    area: Area,
    day: date,
    window: RoundWindow | None,
    results: Sequence[RoundResult],
) -> RoundsAnswer:
    """One round of an area with the sums of its divisions and the day's other rounds."""
    names = {code: one.name for code, one in register.snapshot.divisions.items()}
    return RoundsAnswer(
        day=day,
        round=window_answer(window) if window else None,
        rounds=[window_answer(one) for one in engine.windows_of(area.code, day)],
        grids=grid_columns(results),
        areas=area_progress(results, area, names),
    )


def criteria_of(result: RoundResult, wanted: Criteria) -> list[Criterion]:
    """What the plan wants of a round, what was reached, and whether it is enough.

    A grid whose ground is not yet known has no cells, and nobody is judged by coverage there.
    """
    found = []
    if result.cells:
        share, enough = result.covered / result.cells, needed(result.cells, wanted.min_coverage)
        met = result.covered >= enough
        found.append(Criterion(name="coverage", wanted=wanted.min_coverage, reached=round(share, 4), met=met))
    is_long = result.minutes >= wanted.min_minutes
    found.append(Criterion(name="minutes", wanted=wanted.min_minutes, reached=round(result.minutes, 1), met=is_long))
    if wanted.all_key_points and result.key_points:
        all_seen = result.visited >= result.key_points
        found.append(Criterion(name="key_points", wanted=result.key_points, reached=result.visited, met=all_seen))
    return found


def _criteria(plan: Plan | None) -> Criteria:
    return plan.criteria if plan else Criteria()


def _key(request: web.Request) -> RoundKey:
    ordinal = request.match_info["ordinal"]
    if not (ordinal.isascii() and ordinal.isdigit() and len(ordinal) < 3):
        raise BadValue(field="ordinal", value=ordinal, allowed="1, 2, 3 …")
    day = parse_day("day", request.match_info["day"])
    return RoundKey(grid_code=request.match_info["grid"], day=day, ordinal=int(ordinal))
