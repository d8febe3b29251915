"""What a phone must know before anybody signs in: who processes the data, whom to call, how long tracks are kept."""

from __future__ import annotations

import msgspec
from aiohttp import hdrs, web

from tracker.jsonio import answer
from tracker.routes import Access, Route


class PhoneConfig(msgspec.Struct, frozen=True, kw_only=True):
    """The county's part of the privacy notice; empty texts where the county has set nothing."""

    handler: str
    contact: str
    call_phone: str
    retention_days: int


class PhoneHttp:
    """The one route of the phone page that is open to anybody."""

    def __init__(self, config: PhoneConfig) -> None:
        self._config = config

    def routes(self) -> list[Route]:
        """Every route, for the web room."""
        return [
            Route(
                method="GET",
                path="/api/v1/phone-config",
                handler=self.config,
                summary="Who processes the workers' data, whom to call, and for how long tracks are kept",
                room="people",
                access=Access.PUBLIC,
                returns=PhoneConfig,
            )
        ]

    async def config(self, _request: web.Request) -> web.StreamResponse:
        """The same for everybody; a phone asks again each day and keeps the last answer."""
        return answer(self._config, headers={hdrs.CACHE_CONTROL: "no-cache"})
