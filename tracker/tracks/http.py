"""Routes of history: track, replay, files, who was near, activity, quarantine. Every read of a track is audited."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Protocol

import msgspec
from aiohttp import web

from tracker import clock
from tracker.errors import BadValue, NotFound
from tracker.geo.area import Area
from tracker.jsonio import answer
from tracker.people.model import ACCOUNT_KEY, HISTORY_VIEW, QUARANTINE_VIEW, Account
from tracker.routes import Param, Permission, Route
from tracker.tracks.export import FORMATS
from tracker.tracks.model import Fix, Position
from tracker.tracks.reader import QuarantinedPart, TrackReader, Visit, check_span
from tracker.tracks.stops import Stop, distance_m, stops

MAX_ID = 2**63 - 1
FILE_LIMIT = 100_000  # fixes in an exported file
STEP_S = 900

Wrote = Callable[..., Awaitable[None]]
AddressOf = Callable[[web.Request], str]  # the caller's, also behind a trusted proxy


class Roster(Protocol):
    """What this room must know of the county register."""

    def grid_of(self, worker_id: int) -> str | None:
        """The worker's 15-digit grid code, None for a stranger."""

    def worker_ids(self, area: Area) -> Sequence[int]:
        """Workers whose grid lies in the area."""

    def worker_name(self, worker_id: int) -> str:
        """The worker's name for a file."""


class TrackAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A worker's fixes as columns of equal length, and the stops among them."""

    worker_id: int
    from_ms: int
    to_ms: int
    t: list[int]
    lat: list[float]
    lon: list[float]
    accuracy_m: list[float | None]
    speed_mps: list[float | None]
    bearing: list[float | None]
    flags: list[int]
    stops: list[Stop]
    distance_m: float
    next: int | None


class NearAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Who was near here then, nearest first."""

    visits: list[Visit]


class ActivityAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Workers seen in each step."""

    from_ms: int
    step_s: int
    workers: list[int]


class QuarantineAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A page of quarantined parts; `next` is the cursor of the following page."""

    parts: list[QuarantinedPart]
    next: str | None


class TracksHttp:
    """`audit` writes a line: audit(action=…, subject=…, area_code=…, account_id=…, detail=…, address=…)."""

    def __init__(self, reader: TrackReader, roster: Roster, audit: Wrote, address_of: AddressOf) -> None:
        self._reader = reader
        self._roster = roster
        self._audit = audit
        self._address_of = address_of

    def routes(self) -> list[Route]:
        """All routes of the room."""
        span = (
            Param(name="from", about="Unix ms or RFC 3339", required=True),
            Param(name="to", about="Unix ms or RFC 3339", required=True),
        )
        area = Param(name="area", about="division or grid code")
        place = tuple(Param(name=name, about=name, type="number", required=True) for name in ("lat", "lon", "radius_m"))
        pages = (Param(name="limit", about="1..1000", type="integer"), Param(name="cursor", about="`next` of a page"))
        worker = "/api/v1/workers/{id}/track"
        return [
            _get(worker, self._track, "A worker's fixes and stops", span, TrackAnswer),
            *(self._file_route(worker, suffix, span) for suffix in FORMATS),
            _get("/api/v1/near", self._near, "Who was near here then", (*place, *span, area), NearAnswer),
            _get(
                "/api/v1/activity", self._activity, "Workers seen in each quarter hour", (*span, area), ActivityAnswer
            ),
            _get(
                "/api/v1/quarantine",
                self._quarantine,
                "What could not be stored, and why",
                pages,
                QuarantineAnswer,
                QUARANTINE_VIEW,
            ),
        ]

    def _file_route(self, base: str, suffix: str, span: Sequence[Param]) -> Route:
        media, _ = FORMATS[suffix]

        async def handler(request: web.Request) -> web.Response:
            return await self._file(request, suffix)

        return Route(
            method="GET",
            path=f"{base}.{suffix}",
            handler=handler,
            summary=f"A worker's track as {suffix}",
            room="tracks",
            permission=HISTORY_VIEW,
            params=tuple(span),
            content=media,
        )

    async def _track(self, request: web.Request) -> web.Response:
        worker_id, from_ms, to_ms = await self._allowed(request, "track.read")
        found = await self._reader.track(worker_id, from_ms, to_ms)
        built = await asyncio.to_thread(_columns, worker_id, from_ms, to_ms, found.fixes, found.next_ms)
        return answer(built)

    async def _file(self, request: web.Request, suffix: str) -> web.Response:
        worker_id, from_ms, to_ms = await self._allowed(request, "track.export")
        found = await self._reader.track(worker_id, from_ms, to_ms, FILE_LIMIT)
        media, write = FORMATS[suffix]
        body = await asyncio.to_thread(write, self._roster.worker_name(worker_id), found.fixes)
        filename = f"track-{worker_id}-{clock.local_day(from_ms)}.{suffix}"
        headers = {"Content-Disposition": f'attachment; filename="{filename}"'}
        return web.Response(body=body, content_type=media, headers=headers)

    async def _allowed(self, request: web.Request, action: str) -> tuple[int, int, int]:
        """The worker and span asked for, after the check of the area, written to the audit before anything is read."""
        account = request[ACCOUNT_KEY]
        worker_id = integer(request.match_info["id"], "id", 1, 2**31 - 1)
        grid = self._roster.grid_of(worker_id)
        if grid is None or not account.area.contains(grid):
            raise NotFound(kind="worker", key=worker_id)
        from_ms, to_ms = instant(request, "from"), instant(request, "to")
        check_span(from_ms, to_ms, 7 * 86_400_000)
        await self._write_audit(account, request, action, f"worker:{worker_id}", grid, from_ms, to_ms)
        return worker_id, from_ms, to_ms

    async def _write_audit(
        self, account: Account, request: web.Request, action: str, subject: str, area: str, from_ms: int, to_ms: int
    ) -> None:
        await self._audit(
            action=action,
            subject=subject,
            area_code=area,
            account_id=account.id,
            detail={"from_ms": from_ms, "to_ms": to_ms},
            address=self._address_of(request),
        )

    async def _near(self, request: web.Request) -> web.Response:
        account = request[ACCOUNT_KEY]
        area = account.area_or_own(request.query.get("area"))
        lat, lon = decimal(request, "lat", -90, 90), decimal(request, "lon", -180, 180)
        radius_m = decimal(request, "radius_m", 1, 2000)
        from_ms, to_ms = instant(request, "from"), instant(request, "to")
        subject = f"place:{lat:.5f},{lon:.5f}"
        await self._write_audit(account, request, "near.read", subject, area.code, from_ms, to_ms)
        visits = await self._reader.near(lat, lon, radius_m, from_ms, to_ms, self._roster.worker_ids(area))
        return answer(NearAnswer(visits=visits[:1000]))

    async def _activity(self, request: web.Request) -> web.Response:
        area = request[ACCOUNT_KEY].area_or_own(request.query.get("area"))
        from_ms, to_ms = instant(request, "from"), instant(request, "to")
        counts = await self._reader.activity(self._roster.worker_ids(area), from_ms, to_ms)
        return answer(ActivityAnswer(from_ms=from_ms // (STEP_S * 1000) * STEP_S * 1000, step_s=STEP_S, workers=counts))

    async def _quarantine(self, request: web.Request) -> web.Response:
        area = request[ACCOUNT_KEY].area
        limit = integer(request.query.get("limit", "100"), "limit", 1, 1000)
        before = integer(request.query.get("cursor", str(MAX_ID)), "cursor", 1, MAX_ID)
        parts = await self._reader.quarantine(
            self._roster.worker_ids(area), with_unknown=area.level == 1, before=before, limit=limit
        )
        following = str(parts[-1].id) if len(parts) == limit else None
        return answer(QuarantineAnswer(parts=parts, next=following))


def latest_card(position: Position) -> dict[str, object]:
    """A newest position in the units of the API, for the card of a worker."""
    fix = position.fix
    return {
        "recorded_at_ms": fix.recorded_at_ms,
        "received_at_ms": position.received_at_ms,
        "lat": fix.lat_e7 / 1e7,
        "lon": fix.lon_e7 / 1e7,
        "accuracy_m": None if fix.accuracy_dm is None else fix.accuracy_dm / 10,
        "speed_mps": None if fix.speed_cms is None else fix.speed_cms / 100,
        "bearing": None if fix.bearing_cdeg is None else fix.bearing_cdeg / 100,
        "battery": fix.battery,
        "flags": fix.flags,
    }


def _get(
    path: str,
    handler: Callable[[web.Request], Awaitable[web.StreamResponse]],
    summary: str,
    params: Sequence[Param],
    returns: type,
    permission: Permission = HISTORY_VIEW,
) -> Route:
    return Route(
        method="GET",
        path=path,
        handler=handler,
        summary=summary,
        room="tracks",
        permission=permission,
        params=tuple(params),
        returns=returns,
    )


def _columns(worker_id: int, from_ms: int, to_ms: int, fixes: Sequence[Fix], next_ms: int | None) -> TrackAnswer:
    return TrackAnswer(
        worker_id=worker_id,
        from_ms=from_ms,
        to_ms=to_ms,
        t=[fix.recorded_at_ms for fix in fixes],
        lat=[fix.lat_e7 / 1e7 for fix in fixes],
        lon=[fix.lon_e7 / 1e7 for fix in fixes],
        accuracy_m=[None if fix.accuracy_dm is None else fix.accuracy_dm / 10 for fix in fixes],
        speed_mps=[None if fix.speed_cms is None else fix.speed_cms / 100 for fix in fixes],
        bearing=[None if fix.bearing_cdeg is None else fix.bearing_cdeg / 100 for fix in fixes],
        flags=[fix.flags for fix in fixes],
        stops=stops(fixes),
        distance_m=round(distance_m(fixes), 1),
        next=next_ms,
    )


def instant(request: web.Request, name: str) -> int:
    """A required query parameter as Unix ms; RFC 3339 with a zone is understood too."""
    text = request.query.get(name, "")
    allowed = "Unix ms, or RFC 3339 with a zone such as 2026-11-23T08:00:00+08:00"
    if text.lstrip("-").isdecimal():
        return integer(text, name, 0, 4_102_444_800_000)
    try:
        return clock.to_ms(datetime.fromisoformat(text.replace(" ", "+")))
    except ValueError:
        raise BadValue(field=name, value=text, allowed=allowed) from None


def integer(text: str, name: str, low: int, high: int) -> int:
    """A whole number in a range; raises BadValue."""
    if text.isdecimal() and len(text) < 20 and low <= int(text) <= high:
        return int(text)
    raise BadValue(field=name, value=text, allowed=f"a whole number from {low} to {high}")


def decimal(request: web.Request, name: str, low: float, high: float) -> float:
    """A required number in a range; raises BadValue."""
    text = request.query.get(name, "")
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if low <= value <= high:
        return value
    raise BadValue(field=name, value=text, allowed=f"a number from {low:g} to {high:g}")
