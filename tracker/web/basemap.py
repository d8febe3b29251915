"""A local PMTiles file as base map: one file, read by byte ranges, no internet."""

from __future__ import annotations

from pathlib import Path

from aiohttp import web

from tracker.errors import NotFound, WrongSetting
from tracker.people.model import MAP_VIEW
from tracker.routes import Route

PATH = "/basemap.pmtiles"


class BaseMap:
    """Serves the file of the setting `pmtiles`; raises WrongSetting when there is no such file."""

    def __init__(self, setting: str) -> None:
        self._file = Path(setting).expanduser() if setting else None
        if self._file is not None and not self._file.is_file():
            raise WrongSetting(key="pmtiles", value=setting, allowed="the path of a PMTiles file, or empty")

    def routes(self) -> list[Route]:
        """One route, for byte ranges."""
        return [
            Route(
                method="GET",
                path=PATH,
                handler=self._serve,
                summary="The local base map, by byte ranges",
                room="web",
                permission=MAP_VIEW,
                content="application/octet-stream",
            )
        ]

    async def _serve(self, _request: web.Request) -> web.StreamResponse:
        if self._file is None:
            raise NotFound(kind="base map", key="pmtiles")
        return web.FileResponse(self._file)
