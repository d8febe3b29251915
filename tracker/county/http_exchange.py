"""Routes that bring files into the register and out of it."""

from __future__ import annotations

import asyncio
import tempfile
from datetime import date
from pathlib import Path

import msgspec
from aiohttp import web

from tracker.clock import NowMs, local_day, now_ms
from tracker.county.exports.run import check_format, export
from tracker.county.imports.cells import read_date
from tracker.county.imports.report import Kind
from tracker.county.imports.run import FORMATS, Author, ImportRequest, run_import
from tracker.county.register import Register
from tracker.county.upload import MAX_UPLOAD, receive
from tracker.db.pool import Database
from tracker.errors import BadValue
from tracker.jsonio import answer
from tracker.people.audit import Audit
from tracker.people.model import ACCOUNT_KEY, COUNTY_EXPORT, COUNTY_IMPORT
from tracker.people.peer import Peers
from tracker.routes import Param, Route

_KINDS = ", ".join(Kind)
MAX_IMPORTS = 2  # at the same time; each may hold some hundred megabytes while it reads


class ProblemItem(msgspec.Struct, frozen=True, kw_only=True):
    """One problem: where it stands, the value, and what is allowed there."""

    severity: str
    file: str
    line: int
    field: str
    value: str
    allowed: str


class ImportAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The report of an import or dry run; `more` problems are counted but not listed."""

    kind: str
    dry_run: bool
    applied: bool
    read: int
    added: int
    changed: int
    unchanged: int
    version: int
    errors: int
    warnings: int
    problems: list[ProblemItem]
    more: int


class ExchangeHttp:
    """Import and export. Uploads wait in folders under `scratch` (None: the system's own) and are removed."""

    def __init__(
        self, *, register: Register, database: Database, audit: Audit, peers: Peers,
        scratch: Path | None = None, now: NowMs = now_ms,
    ) -> None:  # fmt: skip
        self._register = register
        self._database = database
        self._audit = audit
        self._peers = peers
        self._scratch = scratch
        self._now = now
        self._turns = asyncio.Semaphore(MAX_IMPORTS)

    def routes(self) -> list[Route]:
        """Every route, for the web room."""
        return [self._import_route(), self._export_route()]

    def _import_route(self) -> Route:
        params = (
            Param(name="kind", about=_KINDS, required=True),
            Param(name="format", about=f"{', '.join(FORMATS)}; by the file's name when absent"),
            Param(name="dry_run", about="true: check everything, write nothing", type="boolean"),
            Param(name="valid_from", about="day from which changes hold; today when absent"),
            Param(name="crs", about="datum or EPSG code of coordinates; what the file says when absent"),
        )
        return Route(
            method="POST", path="/api/v1/import", handler=self.import_, room="county", permission=COUNTY_IMPORT,
            summary="Bring a file into the register; 400 with the same report when something is wrong",
            params=params, returns=ImportAnswer, max_body=MAX_UPLOAD, content="stream",
        )  # fmt: skip

    def _export_route(self) -> Route:
        params = (
            Param(name="kind", about=_KINDS, where="path", required=True),
            Param(name="format", about="geojson, shp, csv or xlsx", where="path", required=True),
            Param(name="area", about="12-digit division or 15-digit grid code; the caller's own area when absent"),
        )
        return Route(
            method="GET", path="/api/v1/export/{kind}.{format}", handler=self.export_, room="county",
            permission=COUNTY_EXPORT, summary="The register as a file", params=params,
            content="application/octet-stream",
        )  # fmt: skip

    async def import_(self, request: web.Request) -> web.StreamResponse:
        """Receive a file and import it; the register here is fresh before the answer goes out."""
        account, query = request[ACCOUNT_KEY], request.query
        kind, form = Kind.parse(query.get("kind", "")), query.get("format") or None
        if form is not None and form not in FORMATS:
            raise BadValue(field="format", value=form, allowed=", ".join(FORMATS))
        valid_from, dry_run = self._valid_from(query.get("valid_from", "")), _flag("dry_run", query.get("dry_run", ""))
        author = Author(account_id=account.id, area_code=account.area.code, address=self._peers.address(request))
        async with self._turns:
            folder = await asyncio.to_thread(lambda: tempfile.TemporaryDirectory(prefix="import-", dir=self._scratch))
            try:
                path = await receive(request, Path(folder.name), form)
                wanted = ImportRequest(
                    path=path, kind=kind, valid_from=valid_from, format=form, crs=query.get("crs") or None,
                    dry_run=dry_run, area=account.area,
                )  # fmt: skip
                report = await run_import(self._database, wanted, author)
            finally:
                await asyncio.to_thread(folder.cleanup)
        if report.applied:
            await self._register.refresh()
        return answer(report.to_json(), status=400 if report.problems.errors and not dry_run else 200)

    async def export_(self, request: web.Request) -> web.StreamResponse:
        """Write the file in a thread and note it in the audit."""
        account, snapshot = request[ACCOUNT_KEY], self._register.snapshot
        kind, form = Kind.parse(request.match_info["kind"]), request.match_info["format"]
        area = account.area_or_own(request.query.get("area"))
        check_format(kind, form)
        file = await asyncio.to_thread(export, snapshot, kind, form, area)
        await self._audit.write(
            "county.export", subject=f"register:{kind}", area_code=area.code, account_id=account.id,
            detail={"format": form, "bytes": len(file.data)}, address=self._peers.address(request),
        )  # fmt: skip
        disposition = f'attachment; filename="{file.filename}"'
        headers = {"Content-Disposition": disposition, "Cache-Control": "private, no-store"}
        return web.Response(body=file.data, content_type=file.content_type, headers=headers)

    def _valid_from(self, text: str) -> date:
        return read_date("valid_from", text) if text else local_day(self._now())


def _flag(name: str, text: str) -> bool:
    if text not in ("", "true", "false", "1", "0"):
        raise BadValue(field=name, value=text, allowed="true or false")
    return text in ("true", "1")
