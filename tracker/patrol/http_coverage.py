"""Routes that draw coverage: the hexagons of a round, now or at a past minute, and the county at a past minute."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from datetime import date

import numpy as np
from aiohttp import web

from tracker.clock import NowMs, day_start_ms, local_day
from tracker.county.register import Register
from tracker.errors import BadValue, Forbidden
from tracker.geo.area import Area, Level
from tracker.geo.cells import RESOLUTION
from tracker.jsonio import answer
from tracker.patrol.engine import PatrolEngine
from tracker.patrol.http_answers import AtAnswer, CellOffsets, CellsAnswer, PastCells, packed
from tracker.patrol.http_common import AREA, DAY, ROUND, Scribe, asked, asked_round, route, window_at
from tracker.patrol.http_rounds import rounds_answer
from tracker.patrol.model import RoundResult
from tracker.patrol.plans_admin import hex_ids
from tracker.patrol.spots import PER_CELL, drawn
from tracker.patrol.timemachine import TimeMachine
from tracker.people.model import HISTORY_VIEW, MAP_VIEW, Account
from tracker.routes import Param, Route
from tracker.tracks.http import instant

NOTED_FOR_MS = 10 * 60_000
MAX_CELLS = 200_000  # hexagons in one answer: 3 MB as text
_TIME = "Unix ms or RFC 3339"


class CoverageHttp:
    """Looks into the past leave a line in the audit."""

    def __init__(
        self, *, engine: PatrolEngine, register: Register, times: TimeMachine, scribe: Scribe, now_ms: NowMs
    ) -> None:
        self._engine = engine
        self._register = register
        self._times = times
        self._scribe = scribe
        self._now_ms = now_ms
        self._looks: dict[tuple[int, str, date], int] = {}  # when looks into the past were last noted

    def routes(self) -> list[Route]:
        """Every route, for the web room."""
        then = Param(name="time", about=f"{_TIME}: the round of that minute as it was; needs `history.view`")
        span = (AREA, DAY, ROUND, then)
        at = (AREA, Param(name="time", about=_TIME, required=True))
        return [
            route("GET", "/cells", self.cells, "Hexagons of one round", MAP_VIEW, params=span, returns=CellsAnswer),
            route("GET", "/at", self.at, "Positions and coverage then", HISTORY_VIEW, params=at, returns=AtAnswer),
        ]

    async def cells(self, request: web.Request) -> web.StreamResponse:
        """The area's hexagons and which were seen, now or at a past minute."""
        account, area = asked(request)
        found = await (
            self._cells_at(request, account, area) if "time" in request.query else self._cells(request, area)
        )
        tag = f'"{found.version}-{_print_of(found)}"'
        headers = {"ETag": tag, "Cache-Control": "private, no-cache", "Vary": "Accept-Encoding"}
        if request.headers.get("If-None-Match") == tag:
            return web.Response(status=304, headers=headers)
        return answer(found, headers=headers)

    async def _cells(self, request: web.Request, area: Area) -> CellsAnswer:
        day, window = asked_round(request, self._engine, area.code)
        results = await self._engine.rounds_of(area, day, window.ordinal) if window else []
        _check_size(area, results)
        return await self._cells_answer(day, window.ordinal if window else 0, results)

    async def _cells_at(self, request: web.Request, account: Account, area: Area) -> CellsAnswer:
        """The past is history: who may see the map alone may not see it."""
        if not account.may(HISTORY_VIEW):
            raise Forbidden(f"`time` needs the permission {HISTORY_VIEW}")
        time_ms = self._past_instant(request)
        await self._note_look(request, account, area, time_ms)
        known_ms = self._now_ms()
        results = await self._engine.rounds_at(area, time_ms)
        _check_size(area, results)
        firsts = await self._engine.first_seen_at(area, time_ms)
        columns = [firsts[one.grid_code] for one in results if one.grid_code in firsts]
        minutes = np.concatenate([*columns, np.empty(0, np.uint16)]).astype("<u2")
        starts_ms = results[0].starts_ms if results else day_start_ms(local_day(time_ms))
        past = PastCells(
            time_ms=time_ms,
            starts_ms=starts_ms,
            known_ms=known_ms,
            first_minute=base64.b64encode(minutes.tobytes()).decode(),
        )
        return await self._cells_answer(local_day(time_ms), results[0].ordinal if results else 0, results, past)

    def _past_instant(self, request: web.Request) -> int:
        time_ms = instant(request, "time")
        if time_ms > self._now_ms():
            raise BadValue(field="time", value=time_ms, allowed="not in the future")
        return time_ms

    async def at(self, request: web.Request) -> web.StreamResponse:
        """The area as it was at a past minute."""
        account, area = asked(request)
        time_ms = self._past_instant(request)
        await self._note_look(request, account, area, time_ms)
        workers = [one.id for one in self._register.snapshot.workers.values() if area.contains(one.grid_code)]
        positions = await self._times.positions([one for one in workers if one is not None], time_ms)
        results = await self._engine.rounds_at(area, time_ms)
        day = local_day(time_ms)
        window = window_at(self._engine.windows_of(area.code, day), time_ms)
        return answer(
            AtAnswer(
                time_ms=time_ms,
                positions=positions,
                rounds=rounds_answer(self._engine, self._register, area, day, window, results),
            )
        )

    async def _note_look(self, request: web.Request, account: Account, area: Area, time_ms: int) -> None:
        """One line in the audit for each person, area and day looked at in some minutes: playing asks every second."""
        look, now_ms = (account.id, area.code, local_day(time_ms)), self._now_ms()
        if now_ms - self._looks.get(look, -NOTED_FOR_MS) < NOTED_FOR_MS:
            return
        self._looks = {one: at for one, at in self._looks.items() if now_ms - at < NOTED_FOR_MS} | {look: now_ms}
        subject = f"area:{area.code}"
        await self._scribe.note(request, "patrol.at", subject=subject, area_code=area.code, time_ms=time_ms)

    async def _cells_answer(
        self, day: date, ordinal: int, results: Sequence[RoundResult], past: PastCells | None = None
    ) -> CellsAnswer:
        codes = [one.grid_code for one in results]
        ground = await self._engine.cells_of(codes, day)
        columns = [ground.get(code, np.empty(0, np.int64)) for code in codes]
        bits = [drawn(one.bitmap, len(column)) for one, column in zip(results, columns, strict=True)]
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
            past=past,
        )


def _check_size(area: Area, results: Sequence[RoundResult]) -> None:
    if area.level is Level.COUNTY and sum(one.cells for one in results) > PER_CELL * MAX_CELLS:
        raise BadValue(field="area", value=area.code, allowed=f"a township, or an area of {MAX_CELLS} cells at most")


def _print_of(found: CellsAnswer) -> str:
    """Changes when what was seen does."""
    first = found.past.first_minute if found.past else ""
    return hashlib.blake2b(f"{found.seen}{first}".encode(), digest_size=8).hexdigest()
