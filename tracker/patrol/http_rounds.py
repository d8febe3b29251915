"""Routes of rounds on the map: progress, hexagons, one round, and the county at a past minute."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date

import numpy as np
from aiohttp import web

from tracker.clock import NowMs, local_day
from tracker.county.register import Register
from tracker.errors import BadValue, NotFound
from tracker.geo.area import Area, Level
from tracker.geo.cells import RESOLUTION
from tracker.jsonio import answer
from tracker.patrol.engine import PatrolEngine
from tracker.patrol.gaps import Gaps
from tracker.patrol.http_answers import (
    AtAnswer,
    CellOffsets,
    CellsAnswer,
    Criterion,
    OneRound,
    PointAnswer,
    RoundsAnswer,
    WalkAnswer,
    area_progress,
    bits_of,
    forecast_why,
    forecast_word,
    grid_columns,
    packed,
    window_answer,
)
from tracker.patrol.http_common import AREA, DAY, ROUND, Scribe, asked, asked_round, parse_day, route, window_at
from tracker.patrol.judge import needed
from tracker.patrol.model import Criteria, Plan, RoundKey, RoundResult, RoundWindow, WalkResult
from tracker.patrol.plans_admin import hex_ids
from tracker.patrol.timemachine import TimeMachine
from tracker.people.model import ACCOUNT_KEY, HISTORY_VIEW, MAP_VIEW, Account
from tracker.routes import Param, Route
from tracker.tracks.http import instant

NOTED_FOR_MS = 10 * 60_000
MAX_CELLS = 200_000  # hexagons in one answer: 3 MB as text
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
        times: TimeMachine,
        gaps: Gaps,
        scribe: Scribe,
        now_ms: NowMs,
    ) -> None:
        self._engine = engine
        self._register = register
        self._times = times
        self._gaps = gaps
        self._scribe = scribe
        self._now_ms = now_ms
        self._looks: dict[tuple[int, str, date], int] = {}  # when looks into the past were last noted

    def routes(self) -> list[Route]:
        """Every route, for the web room."""
        span = (AREA, DAY, ROUND)
        at = (AREA, Param(name="time", about="Unix ms or RFC 3339", required=True))
        one = "/rounds/{grid}/{day}/{ordinal}"
        return [
            route("GET", "/rounds", self.rounds, "Progress of one round", MAP_VIEW, params=span, returns=RoundsAnswer),
            route("GET", "/cells", self.cells, "Hexagons of one round", MAP_VIEW, params=span, returns=CellsAnswer),
            route("GET", one, self.one, "Everything about one round", HISTORY_VIEW, params=_KEY, returns=OneRound),
            route("GET", "/at", self.at, "Positions and coverage then", HISTORY_VIEW, params=at, returns=AtAnswer),
        ]

    async def rounds(self, request: web.Request) -> web.StreamResponse:
        """One round of every grid of the area."""
        _, area = asked(request)
        day, window = asked_round(request, self._engine, area.code)
        results = await self._engine.rounds_of(area, day, window.ordinal) if window else []
        return answer(self._rounds_answer(area, day, window, results))

    async def cells(self, request: web.Request) -> web.StreamResponse:
        """The area's hexagons and which were seen."""
        _, area = asked(request)
        day, window = asked_round(request, self._engine, area.code)
        results = await self._engine.rounds_of(area, day, window.ordinal) if window else []
        if area.level is Level.COUNTY and sum(one.cells for one in results) > MAX_CELLS:
            raise BadValue(
                field="area", value=area.code, allowed=f"a township, or an area of {MAX_CELLS} cells at most"
            )
        found = await self._cells_answer(day, window.ordinal if window else 0, results)
        tag = f'"{found.version}-{hashlib.blake2b(found.seen.encode(), digest_size=8).hexdigest()}"'
        headers = {"ETag": tag, "Cache-Control": "private, no-cache", "Vary": "Accept-Encoding"}
        if request.headers.get("If-None-Match") == tag:
            return web.Response(status=304, headers=headers)
        return answer(found, headers=headers)

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

    async def at(self, request: web.Request) -> web.StreamResponse:
        """The area as it was at a past minute."""
        account, area = asked(request)
        time_ms = instant(request, "time")
        if time_ms > self._now_ms():
            raise BadValue(field="time", value=time_ms, allowed="not in the future")
        await self._note_look(request, account, area, time_ms)
        workers = [one.id for one in self._register.snapshot.workers.values() if area.contains(one.grid_code)]
        positions = await self._times.positions([one for one in workers if one is not None], time_ms)
        results = await self._engine.rounds_at(area, time_ms)
        day = local_day(time_ms)
        window = window_at(self._engine.windows_of(area.code, day), time_ms)
        return answer(
            AtAnswer(time_ms=time_ms, positions=positions, rounds=self._rounds_answer(area, day, window, results))
        )

    async def _note_look(self, request: web.Request, account: Account, area: Area, time_ms: int) -> None:
        """One line in the audit for each person, area and day looked at in some minutes: playing asks every second."""
        look, now_ms = (account.id, area.code, local_day(time_ms)), self._now_ms()
        if now_ms - self._looks.get(look, -NOTED_FOR_MS) < NOTED_FOR_MS:
            return
        self._looks = {one: at for one, at in self._looks.items() if now_ms - at < NOTED_FOR_MS} | {look: now_ms}
        subject = f"area:{area.code}"
        await self._scribe.note(request, "patrol.at", subject=subject, area_code=area.code, time_ms=time_ms)

    def _rounds_answer(
        self, area: Area, day: date, window: RoundWindow | None, results: Sequence[RoundResult]
    ) -> RoundsAnswer:
        names = {code: one.name for code, one in self._register.snapshot.divisions.items()}
        return RoundsAnswer(
            day=day,
            round=window_answer(window) if window else None,
            rounds=[window_answer(one) for one in self._engine.windows_of(area.code, day)],
            grids=grid_columns(results),
            areas=area_progress(results, area, names),
        )

    async def _cells_answer(self, day: date, ordinal: int, results: Sequence[RoundResult]) -> CellsAnswer:
        codes = [one.grid_code for one in results]
        ground = await self._engine.cells_of(codes, day)
        columns = [ground.get(code, np.empty(0, np.int64)) for code in codes]
        bits = [bits_of(one.bitmap, len(column)) for one, column in zip(results, columns, strict=True)]
        cells = np.concatenate([*columns, np.empty(0, np.int64)])
        print_of = hashlib.blake2b(cells.tobytes() + ",".join(codes).encode(), digest_size=8)
        return CellsAnswer(
            version=print_of.hexdigest(),
            resolution=RESOLUTION,
            day=day,
            ordinal=ordinal,
            grids=CellOffsets(code=codes, offset=[0, *np.cumsum([len(one) for one in columns]).tolist()]),
            cells=hex_ids(cells.tolist()),
            seen=packed(np.concatenate([*bits, np.empty(0, np.uint8)])),
        )

    async def _one_round(self, key: RoundKey, result: RoundResult) -> OneRound:
        walks = await self._engine.walks_of(key)
        ground = await self._engine.cells_of([key.grid_code], key.day)
        cells = ground.get(key.grid_code, np.empty(0, np.int64))
        plan = self._engine.plan_of(key.grid_code, key.day)
        names = {one.ordinal: one.name for one in self._engine.windows_of(key.grid_code, key.day)}
        workers = self._engine.walkers_of(key.grid_code, key.day)
        points = self._points(key, walks)
        return OneRound(
            grid=key.grid_code,
            grid_name=self._register.area_name(key.grid_code),
            day=key.day,
            ordinal=key.ordinal,
            name=names.get(key.ordinal, ""),
            starts_ms=result.starts_ms,
            ends_ms=result.ends_ms,
            state=str(result.state),
            cells=result.cells,
            covered=result.covered,
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
            walkers=[self._walk(walk, result.cells) for walk in walks],
            points=points,
            gaps=await self._gaps.read(workers, result.starts_ms, min(result.ends_ms, self._now_ms())),
            cell_ids=hex_ids(cells.tolist()),
            seen=packed(bits_of(result.bitmap, len(cells))),
        )

    def _walk(self, walk: WalkResult, cells: int) -> WalkAnswer:
        worker = self._register.worker(walk.worker_id)
        return WalkAnswer(
            worker_id=walk.worker_id,
            name=worker.name if worker else str(walk.worker_id),
            covered=int(bits_of(walk.bitmap, cells).sum()),
            minutes=round(walk.minutes, 1),
            fixes=walk.fixes,
            longest_gap_s=walk.longest_gap_s,
            confidence=round(walk.confidence, 3),
            visited=list(walk.visited),
        )

    def _points(self, key: RoundKey, walks: Sequence[WalkResult]) -> list[PointAnswer]:
        visited = {point for walk in walks for point in walk.visited}
        points = self._engine.key_points_of(key.grid_code, key.day)
        return [
            PointAnswer(id=one.id, name=one.name, kind=one.kind, lon=one.lon, lat=one.lat, visited=one.id in visited)
            for one in points
        ]


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
