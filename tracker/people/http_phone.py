"""What a phone asks the people room: the county's part of the privacy notice, and to keep a renewed consent."""

from __future__ import annotations

import msgspec
from aiohttp import hdrs, web

from tracker.jsonio import answer, decode
from tracker.people.consents import Consents
from tracker.people.enrolment import Consent
from tracker.people.model import DEVICE_KEY
from tracker.people.peer import Peers
from tracker.routes import Access, Route, RouteTable


class PhoneConfig(msgspec.Struct, frozen=True, kw_only=True):
    """The county's part of the privacy notice; empty texts where the county has set nothing."""

    handler: str
    contact: str
    call_phone: str
    retention_days: int


class ConsentBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which version of the notice was accepted, and when by the phone's clock."""

    notice_version: str
    consented_at_ms: int


class PhoneHttp:
    """The notice is open to anybody; consent is given by an enrolled phone."""

    def __init__(self, config: PhoneConfig, *, consents: Consents, peers: Peers) -> None:
        self._config = config
        self._consents = consents
        self._peers = peers

    def routes(self) -> list[Route]:
        """Every route, for the web room."""
        notice = RouteTable("people", access=Access.PUBLIC, returns=PhoneConfig)
        phone = RouteTable("people", access=Access.DEVICE, max_body=4096)
        said, kept = (
            "Who processes the workers' data, whom to call, and for how long tracks are kept",
            "Keep that the worker accepted another version of the privacy notice",
        )
        return [
            notice.get("/api/v1/phone-config", self.config, said),
            phone.post("/api/v1/my/consent", self.consent, kept, body=ConsentBody, status=204),
        ]

    async def config(self, _request: web.Request) -> web.StreamResponse:
        """The same for everybody; a phone asks again each day and keeps the last answer."""
        return answer(self._config, headers={hdrs.CACHE_CONTROL: "no-cache"})

    async def consent(self, request: web.Request) -> web.StreamResponse:
        """Sent twice, it is kept once."""
        body = decode(await request.read(), ConsentBody)
        consent = Consent(notice_version=body.notice_version, at_ms=body.consented_at_ms)
        await self._consents.record(request[DEVICE_KEY], consent, address=self._peers.address(request))
        return web.Response(status=204)
