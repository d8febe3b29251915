"""Static files from memory: compressed once, revalidated by ETag, nothing outside the folder."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from tracker.errors import NotFound
from tracker.routes import Access, Param, Route

FOLDER = Path(__file__).resolve().parents[2] / "static"
COMPRESS_FROM = 1024  # bytes; smaller files do not gain
TYPES = {
    ".mjs": "text/javascript",
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".html": "text/html",
    ".txt": "text/plain",
}
PAGES = {
    "/": "pages/map.html",
    "/login": "pages/login.html",
    "/phone": "pages/phone.html",
    "/patrol": "pages/patrol.html",
    "/desk": "pages/desk.html",
    "/setup": "pages/setup.html",
    "/r/{code}": "pages/report.html",
    "/q/": "pages/query.html",
    "/q/{code}": "pages/query.html",
}
ROOT_FILES = {"/sw.js": "sw.js", "/manifest.webmanifest": "manifest.webmanifest", "/favicon.ico": "icons/app-192.png"}


@dataclass(frozen=True, kw_only=True, slots=True)
class _File:
    body: bytes
    compressed: bytes | None
    etag: str
    content_type: str
    changed_ns: int


class StaticFiles:
    """Serves one folder; a file that changed on disk is read again, so that developing needs no restart."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._folder = folder
        self._files: dict[Path, _File] = {}

    def routes(self) -> list[Route]:
        """Pages, the files that must stand at the root, and /static/."""
        fixed = [self._fixed(path, name) for path, name in (PAGES | ROOT_FILES).items()]
        tail = Param(name="name", about="path below static/", where="path", required=True)
        everything = Route(
            method="GET",
            path="/static/{name:.+}",
            handler=self._any,
            summary="A static file",
            room="web",
            access=Access.PUBLIC,
            params=(tail,),
            content="*/*",
        )
        return [*fixed, everything]

    def _fixed(self, path: str, name: str) -> Route:
        async def handler(request: web.Request) -> web.Response:
            return self._answer(request, name)

        return Route(
            method="GET",
            path=path,
            handler=handler,
            summary=f"The file {name}",
            room="web",
            access=Access.PUBLIC,
            content="text/html" if name.endswith(".html") else "*/*",
        )

    async def _any(self, request: web.Request) -> web.Response:
        return self._answer(request, request.match_info["name"])

    def _answer(self, request: web.Request, name: str) -> web.Response:
        found = self._find(name)
        headers = {"ETag": found.etag, "Cache-Control": "no-cache", "Vary": "Accept-Encoding"}
        if any(one.value in {"*", found.etag.strip('"')} for one in request.if_none_match or ()):
            return web.Response(status=304, headers=headers)
        body = found.body
        if found.compressed is not None and _takes_gzip(request.headers.get("Accept-Encoding", "")):
            body = found.compressed
            headers["Content-Encoding"] = "gzip"
        charset = "utf-8" if found.content_type.startswith("text/") else None
        return web.Response(body=body, headers=headers, content_type=found.content_type, charset=charset)

    def _find(self, name: str) -> _File:
        try:
            path = (self._folder / name).resolve()
            inside = path.is_relative_to(self._folder.resolve())
            changed_ns = path.stat().st_mtime_ns if inside and path.is_file() else 0
        except (OSError, ValueError):  # too long, or with a NUL
            raise NotFound(kind="file", key=name) from None
        if not changed_ns or any(part.startswith(".") for part in path.relative_to(self._folder.resolve()).parts):
            raise NotFound(kind="file", key=name)
        known = self._files.get(path)  # by the real path: a name can be spelt in endless ways
        if known is None or known.changed_ns != changed_ns:
            known = self._files[path] = _read(path, changed_ns)
        return known


def _takes_gzip(accept_encoding: str) -> bool:
    ways = (way.replace(" ", "").lower().split(";") for way in accept_encoding.split(","))
    return any(name == "gzip" and not set(rest) & {"q=0", "q=0.0", "q=0.00", "q=0.000"} for name, *rest in ways)


def _read(path: Path, changed_ns: int) -> _File:
    body = path.read_bytes()
    content_type = TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    text = content_type.startswith("text/") or path.suffix in {".svg", ".json", ".webmanifest"}
    compressed = gzip.compress(body, 6, mtime=0) if text and len(body) >= COMPRESS_FROM else None
    etag = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
    return _File(body=body, compressed=compressed, etag=etag, content_type=content_type, changed_ns=changed_ns)
