"""Routes of judging people fairly: the compliance report and its files, signals and disputes with their decisions."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Any

import msgspec
from aiohttp import web

from tracker.clock import NowMs
from tracker.county.register import Register
from tracker.errors import BadValue
from tracker.geo.area import Area
from tracker.jsonio import answer, decode
from tracker.patrol.compliance import FORMULAS
from tracker.patrol.disputes import PAGE as DISPUTES_PAGE
from tracker.patrol.disputes import Decision, Dispute, Disputes
from tracker.patrol.http_answers import ComplianceAnswer
from tracker.patrol.http_common import AREA, BIG_ID, CURSOR, ID, Scribe, asked, cursor_of, day_of, is_yes, route
from tracker.patrol.report_files import FORMATS
from tracker.patrol.reports import By, Report, Reports
from tracker.patrol.signals_job import PAGE as SIGNALS_PAGE
from tracker.patrol.signals_job import SignalLine, Signals
from tracker.people.model import ACCOUNT_KEY, DUTY_EDIT, HISTORY_VIEW
from tracker.people.params import path_id, query_int, query_text, storable
from tracker.routes import Param, Route

PAGE_ROWS = 1000
MOST_NOTE = 500
_SPAN = (
    AREA,
    Param(name="from", about="first day, YYYY-MM-DD", required=True),
    Param(name="to", about="last day, YYYY-MM-DD; a quarter at most", required=True),
    Param(name="by", about="worker, grid, village or township; grid where absent"),
)
_LIMIT = Param(name="limit", about=f"1..{PAGE_ROWS}", type="integer")


class DecisionBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A decision and why."""

    decision: str
    note: str = ""


class SignalShown(msgspec.Struct, frozen=True, kw_only=True):
    """A signal with the worker's name and grid."""

    signal: SignalLine
    name: str
    grid: str


class SignalsAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A page of signals, newest first."""

    signals: list[SignalShown]
    next: str | None


class DisputeShown(msgspec.Struct, frozen=True, kw_only=True):
    """A dispute with the worker's name and the grid's."""

    dispute: Dispute
    name: str
    grid_name: str


class DisputesAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A page of disputes, newest first."""

    disputes: list[DisputeShown]
    next: str | None


class ReviewHttp:
    """Every read of the report, and every decision, leaves a line in the audit."""

    def __init__(
        self,
        *,
        reports: Reports,
        signals: Signals,
        disputes: Disputes,
        register: Register,
        scribe: Scribe,
        now_ms: NowMs,
    ) -> None:
        self._reports = reports
        self._signals = signals
        self._disputes = disputes
        self._register = register
        self._scribe = scribe
        self._now_ms = now_ms

    def routes(self) -> list[Route]:
        """Every route, for the web room."""
        return [*self._report_routes(), *self._case_routes()]

    def _report_routes(self) -> list[Route]:
        page: dict[str, Any] = {"params": (*_SPAN, CURSOR, _LIMIT), "returns": ComplianceAnswer}
        return [
            route("GET", "/compliance", self.compliance, "What rounds of a span came to", HISTORY_VIEW, **page),
            *(self._file_route(suffix) for suffix in FORMATS),
        ]

    def _file_route(self, suffix: str) -> Route:
        async def handler(request: web.Request) -> web.StreamResponse:
            return await self._file(request, suffix)

        media, _ = FORMATS[suffix]
        path, about = f"/compliance.{suffix}", f"The report as {suffix.upper()}"
        return route("GET", path, handler, about, HISTORY_VIEW, params=_SPAN, content=media)

    def _case_routes(self) -> list[Route]:
        opened = Param(name="open", about="1: only those without a decision")
        signals: dict[str, Any] = {"params": (AREA, opened, CURSOR), "returns": SignalsAnswer}
        disputes: dict[str, Any] = {"params": (AREA, opened, CURSOR), "returns": DisputesAnswer}
        decide: dict[str, Any] = {"params": (ID,), "body": DecisionBody, "status": 204, "max_body": 8192}
        return [
            route("GET", "/signals", self.signals, "Signals for review, with evidence", HISTORY_VIEW, **signals),
            route("POST", "/signals/{id}", self.decide_signal, "Decide a signal", DUTY_EDIT, **decide),
            route("GET", "/disputes", self.disputes, "Workers' disputes", HISTORY_VIEW, **disputes),
            route("POST", "/disputes/{id}", self.decide_dispute, "Decide a dispute", DUTY_EDIT, **decide),
        ]

    async def compliance(self, request: web.Request) -> web.StreamResponse:
        """A page of the report."""
        area, span, by = _asked_report(request)
        start = cursor_of(request, 0)
        limit = query_int(request, "limit", default=PAGE_ROWS, least=1, most=PAGE_ROWS)
        report = await self._read(request, "compliance.read", area, span, by)
        following = str(start + limit) if start + limit < len(report.rows) else None
        return answer(
            ComplianceAnswer(
                area=area.code,
                from_day=span[0],
                to_day=span[1],
                by=str(by),
                formulas=dict(FORMULAS),
                county_mean=report.county_mean,
                total=report.total,
                days=report.days,
                rows=report.rows[start : start + limit],
                next=following,
            )
        )

    async def _file(self, request: web.Request, suffix: str) -> web.Response:
        area, span, by = _asked_report(request)
        report = await self._read(request, f"compliance.{suffix}", area, span, by)
        media, write = FORMATS[suffix]
        title = f"{self._register.area_name(area.code)} {span[0]} — {span[1]}"
        body = await asyncio.to_thread(write, [*report.rows, report.total], title)
        name = f"patrol-{area.code}-{span[0]}-{span[1]}-{by}.{suffix}"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return web.Response(body=body, content_type=media, headers=headers)

    async def _read(self, request: web.Request, action: str, area: Area, span: tuple[date, date], by: By) -> Report:
        detail = {"from_day": span[0], "to_day": span[1], "by": str(by)}
        await self._scribe.note(request, action, subject=f"area:{area.code}", area_code=area.code, **detail)
        return await self._reports.read(area, span, by)

    async def signals(self, request: web.Request) -> web.StreamResponse:
        """Signals of the area's workers."""
        _, area = asked(request)
        undecided, before = is_yes(request, "open"), cursor_of(request, BIG_ID)
        ids = [one.id for one in self._register.snapshot.workers.values() if one.id and area.contains(one.grid_code)]
        await self._scribe.note(request, "signals.read", subject=f"area:{area.code}", area_code=area.code)
        lines = await self._signals.page(ids, undecided=undecided, before=before)
        shown = [
            SignalShown(signal=one, name=self._name(one.worker_id), grid=self._grid(one.worker_id)) for one in lines
        ]
        return answer(SignalsAnswer(signals=shown, next=str(lines[-1].id) if len(lines) == SIGNALS_PAGE else None))

    async def decide_signal(self, request: web.Request) -> web.StreamResponse:
        """Confirmed or dismissed, once."""
        signal_id = path_id(request, "signal")
        by = await self._decision(request, ("confirmed", "dismissed"))
        await self._signals.decide(signal_id, by, self._now_ms())
        return web.Response(status=204)

    async def disputes(self, request: web.Request) -> web.StreamResponse:
        """Disputes of the area's rounds."""
        _, area = asked(request)
        undecided, before = is_yes(request, "open"), cursor_of(request, BIG_ID)
        await self._scribe.note(request, "disputes.read", subject=f"area:{area.code}", area_code=area.code)
        lines = await self._disputes.page(area, undecided=undecided, before=before)
        shown = [
            DisputeShown(dispute=one, name=self._name(one.worker_id), grid_name=self._register.area_name(one.grid_code))
            for one in lines
        ]
        return answer(DisputesAnswer(disputes=shown, next=str(lines[-1].id) if len(lines) == DISPUTES_PAGE else None))

    async def decide_dispute(self, request: web.Request) -> web.StreamResponse:
        """Accepted or refused, once; an accepted round is excused."""
        dispute_id = path_id(request, "dispute")
        by = await self._decision(request, ("accepted", "refused"))
        await self._disputes.decide(dispute_id, by, self._now_ms())
        return web.Response(status=204)

    async def _decision(self, request: web.Request, allowed: tuple[str, str]) -> Decision:
        body = decode(await request.read(), DecisionBody)
        if body.decision not in allowed:
            raise BadValue(field="decision", value=body.decision, allowed=", ".join(allowed))
        if len(body.note) > MOST_NOTE:
            raise BadValue(field="note", value=body.note, allowed=f"at most {MOST_NOTE} characters")
        account = request[ACCOUNT_KEY]
        return Decision(
            decision=body.decision,
            note=storable(body.note, MOST_NOTE),
            account_id=account.id,
            address=self._scribe.address(request),
            area=account.area,
        )

    def _name(self, worker_id: int) -> str:
        worker = self._register.worker(worker_id)
        return worker.name if worker else str(worker_id)

    def _grid(self, worker_id: int) -> str:
        return self._register.grid_of(worker_id) or ""


def _asked_report(request: web.Request) -> tuple[Area, tuple[date, date], By]:
    _, area = asked(request)
    text = query_text(request, "by") or By.GRID
    if text not in {*By}:
        raise BadValue(field="by", value=text, allowed=", ".join(By))
    return area, (day_of(request, "from"), day_of(request, "to")), By(text)
