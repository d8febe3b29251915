"""The door for channels without a program: a file of reports that an operator uploads."""

from __future__ import annotations

import msgspec
from aiohttp import web

from tracker.cases import callers, intake_rows
from tracker.cases.book import Books
from tracker.cases.cases import Cases
from tracker.cases.importing import RowResult, import_rows
from tracker.cases.intake import NewCase
from tracker.cases.intake_rows import MOST_PROBLEMS, Problem
from tracker.clock import NowMs
from tracker.county.register import Register
from tracker.jsonio import answer
from tracker.people.audit import Audit
from tracker.people.model import ACCOUNT_KEY, CASE_INTAKE
from tracker.people.peer import Peers
from tracker.routes import Param, Route, RouteTable

MOST_FILE = 4 * 1024 * 1024
SHOWN = 20  # rows of a preview


class PreviewRow(msgspec.Struct, frozen=True, kw_only=True):
    """A line as it was understood."""

    line: int
    external_number: str
    description: str
    category_name: str
    area: str
    area_name: str
    reported_ms: int
    urgent: bool


class ImportAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """In a preview, and wherever a line is wrong, nothing is imported: `results` is empty, the three counts are 0."""

    rows: int
    good: int
    created: int
    again: int
    failed: int
    results: list[RowResult]
    problems: list[Problem]
    more_problems: int
    preview: list[PreviewRow]


class ImportsHttp:
    """/api/v1/case-imports."""

    def __init__(
        self, *, cases: Cases, books: Books, register: Register, audit: Audit, peers: Peers, now_ms: NowMs
    ) -> None:
        self._cases = cases
        self._books = books
        self._register = register
        self._audit = audit
        self._peers = peers
        self._now_ms = now_ms

    def routes(self) -> list[Route]:
        """The one route."""
        asked = (
            Param(name="channel", about="code of a channel", required=True),
            Param(name="dry_run", about="true: only check and show", type="boolean"),
        )
        table = RouteTable("cases", permission=CASE_INTAKE, max_body=MOST_FILE)
        about = "Reports of a channel as CSV"
        return [table.post("/api/v1/case-imports", self.upload, about, params=asked, returns=ImportAnswer)]

    async def upload(self, request: web.Request) -> web.StreamResponse:
        """Check every row; where all are good, import them and tell what became of each."""
        account, book = request[ACCOUNT_KEY], await self._books.get()
        channel = book.channel(request.query.get("channel", "")).code
        data = await request.read()
        table = intake_rows.read(data, channel, book, self._register.grid_at, self._now_ms(), own=account.area)
        is_preview = request.query.get("dry_run", "").lower() in ("true", "1") or bool(table.problems)
        results: list[RowResult] = []
        if not is_preview:
            results = await import_rows(self._cases, table.good, callers.at_desk(request, self._peers))
        again, failed = (sum(getattr(one, name) for one in results) for name in ("again", "failed"))
        created = len(results) - again - failed
        if results:
            await self._audit.write(
                "case.import",
                subject=f"channel:{channel}",
                area_code=account.area.code,
                account_id=account.id,
                detail={"rows": table.rows, "created": created, "failed": failed},
                address=self._peers.address(request),
            )
        return answer(
            ImportAnswer(
                rows=table.rows,
                good=len(table.good),
                created=created,
                again=again,
                failed=failed,
                results=results,
                problems=table.problems[:MOST_PROBLEMS],
                more_problems=max(0, len(table.problems) - MOST_PROBLEMS),
                preview=[self._preview(one.line, one.new) for one in table.good[:SHOWN]],
            )
        )

    def _preview(self, line: int, new: NewCase) -> PreviewRow:
        return PreviewRow(
            line=line,
            external_number=new.intake.external_number,
            description=new.intake.description[:60],
            category_name=new.category_name,
            area=new.area_code,
            area_name=self._register.area_name(new.area_code),
            reported_ms=new.reported_ms,
            urgent=new.urgent,
        )
