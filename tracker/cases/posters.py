"""The QR code of a village's code as a picture, for the poster that the desk prints."""

from __future__ import annotations

import io
import re

import segno
from aiohttp import web

from tracker.errors import NotFound
from tracker.people.model import CASE_VIEW
from tracker.people.peer import Peers
from tracker.routes import Route, RouteTable, path_param

_CODE = re.compile(r"[0-9A-Za-z]{4,40}")


class PostersHttp:
    """One route."""

    def __init__(self, *, peers: Peers) -> None:
        self._peers = peers

    def routes(self) -> list[Route]:
        """Every route, for the web room."""
        table = RouteTable("cases", permission=CASE_VIEW, content="image/svg+xml")
        code = (path_param("code", "民情码"),)
        return [table.get("/api/v1/case-codes/{code}/qr.svg", self.qr, "The QR code of a 民情码 as SVG", params=code)]

    async def qr(self, request: web.Request) -> web.StreamResponse:
        """The address of the report page; one quarter of the code may be dirty or torn."""
        code = request.match_info["code"]
        if not _CODE.fullmatch(code):
            raise NotFound(kind="code", key=code)
        body = qr_svg(f"{self._peers.base_url(request)}/r/{code}")
        return web.Response(body=body, content_type="image/svg+xml", headers={"Cache-Control": "private, max-age=3600"})


def qr_svg(url: str) -> bytes:
    """A QR code with its quiet zone, without a size of its own."""
    out = io.BytesIO()
    made = segno.make(url, error="q", micro=False)
    made.save(out, kind="svg", xmldecl=False, svgns=True, omitsize=True, border=4, light="#fff")
    return out.getvalue()
