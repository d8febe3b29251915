"""The QR code of a village's code as a picture, and posters of a whole area as one PDF to be printed."""

from __future__ import annotations

import asyncio
import io
import re

import segno
from aiohttp import web

from tracker.cases.poster_pdf import Poster, posters_pdf
from tracker.county.register import Register
from tracker.db.pool import Database
from tracker.db.queries import Queries
from tracker.errors import BadValue, NotFound
from tracker.people.model import ACCOUNT_KEY, CASE_VIEW
from tracker.people.params import storable
from tracker.people.peer import Peers
from tracker.routes import AREA_PARAM, Param, Route, RouteTable, path_param

_SQL = Queries.beside(__file__, "reading.sql")
MOST_POSTERS = 1000  # a county of 522 villages in one file took 5 s of one core
_CODE = re.compile(r"[0-9A-Za-z]{4,40}")


class PostersHttp:
    """Two routes."""

    def __init__(self, *, database: Database, register: Register, peers: Peers, hotline: str) -> None:
        self._database = database
        self._register = register
        self._peers = peers
        self._hotline = hotline

    def routes(self) -> list[Route]:
        """Every route, for the web room."""
        table = RouteTable("cases", permission=CASE_VIEW, content="image/svg+xml")
        code = (path_param("code", "民情码"),)
        sheets = RouteTable("cases", permission=CASE_VIEW, content="application/pdf")
        one = Param(name="code", about="only this 民情码")
        return [
            table.get("/api/v1/case-codes/{code}/qr.svg", self.qr, "The QR code of a 民情码 as SVG", params=code),
            sheets.get("/api/v1/case-posters", self.posters, "Posters of an area as PDF", params=(AREA_PARAM, one)),
        ]

    async def qr(self, request: web.Request) -> web.StreamResponse:
        """The address of the report page; one quarter of the code may be dirty or torn."""
        code = request.match_info["code"]
        if not _CODE.fullmatch(code):
            raise NotFound(kind="code", key=code)
        body = qr_svg(f"{self._peers.base_url(request)}/r/{code}")
        return web.Response(body=body, content_type="image/svg+xml", headers={"Cache-Control": "private, max-age=3600"})

    async def posters(self, request: web.Request) -> web.StreamResponse:
        """An A4 page for every code that holds, by village; codes of other areas are not found."""
        area = request[ACCOUNT_KEY].area_or_own(request.query.get("area"))
        code = storable(request.query["code"], 40) if "code" in request.query else None
        rows = await self._database.fetch(_SQL.posters, area.prefix, code, MOST_POSTERS + 1)
        if len(rows) > MOST_POSTERS:
            raise BadValue(field="area", value=area.code, allowed=f"an area with at most {MOST_POSTERS} codes")
        if not rows:
            raise NotFound(kind="code", key=code or area.code)
        base = self._peers.base_url(request)
        posters = [
            Poster(
                village=self._register.area_name(row["area_code"]), place=row["place"], code=row["code"],
                url=f"{base}/r/{row['code']}",
            )
            for row in rows
        ]  # fmt: skip
        # Drawing takes milliseconds a page: the loop goes on with what others ask.
        body = await asyncio.to_thread(posters_pdf, posters, hotline=self._hotline)
        headers = {"Content-Disposition": 'inline; filename="posters.pdf"', "Cache-Control": "private, no-store"}
        return web.Response(body=body, content_type="application/pdf", headers=headers)


def qr_svg(url: str) -> bytes:
    """A QR code with its quiet zone, without a size of its own."""
    out = io.BytesIO()
    made = segno.make(url, error="q", micro=False)
    made.save(out, kind="svg", xmldecl=False, svgns=True, omitsize=True, border=4, light="#fff")
    return out.getvalue()
