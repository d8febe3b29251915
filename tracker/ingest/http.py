"""Routes of phones: decode in the app's dialect, take, answer exactly what the app needs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

from tracker.clock import NowMs
from tracker.geo.datum import Crs
from tracker.ingest.dialects import native, osmand, overland, owntracks
from tracker.ingest.door import NativeDoor, OnDuty, Seen
from tracker.ingest.model import Receipt, Upload
from tracker.ingest.pipeline import Pipeline
from tracker.metrics import Metrics
from tracker.people.model import DEVICE_KEY, Device
from tracker.routes import Access, Route

Decode = Callable[[web.Request, Device, bytes, int], Upload]
Answer = Callable[[Receipt, Device, int], web.Response]  # (…, the present time in Unix ms)


class IngestHttp:
    """One address per app; `native` is the same for the fast lane."""

    def __init__(
        self, pipeline: Pipeline, metrics: Metrics, now_ms: NowMs, *, on_duty: OnDuty, seen: Seen, max_body: int
    ) -> None:
        self._pipeline = pipeline
        self._now_ms = now_ms
        self._max_body = max_body
        self.native = NativeDoor(pipeline, metrics, now_ms, on_duty=on_duty, seen=seen)

    def routes(self) -> list[Route]:
        """One address per dialect, because the replies that the apps need conflict."""
        native_route = self._route(
            "POST",
            "/api/v1/pings",
            self._handler(_decode_native, self._answer_native),
            "Positions from a phone: object or compact form",
            body=native.Message,
            returns=native.Reply,
        )
        osmand_handler = self._handler(_decode_osmand, _answer_osmand)
        return [
            native_route,
            self._route("GET", "/osmand", osmand_handler, "OsmAnd and Traccar client, in the query"),
            self._route("POST", "/osmand", osmand_handler, "Traccar client: query, form or JSON"),
            self._route("POST", "/owntracks", self._handler(_decode_owntracks, _answer_owntracks), "OwnTracks"),
            self._route("POST", "/overland", self._handler(_decode_overland, _answer_overland), "Overland"),
        ]

    def _route(
        self,
        method: str,
        path: str,
        handler: Callable[[web.Request], Awaitable[web.Response]],
        summary: str,
        *,
        body: type | None = None,
        returns: type | None = None,
    ) -> Route:
        return Route(
            method=method,
            path=path,
            handler=handler,
            summary=summary,
            room="ingest",
            access=Access.DEVICE,
            body=body,
            returns=returns,
            max_body=self._max_body,
        )

    def _handler(self, decode: Decode, reply: Answer) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def handler(request: web.Request) -> web.Response:
            received_at_ms = self._now_ms()
            device = request[DEVICE_KEY]
            self._pipeline.check_room(device.worker_id)
            upload = decode(request, device, await request.read(), received_at_ms)
            receipt = await self._pipeline.take(device, upload, received_at_ms)
            return reply(receipt, device, self.native.note(device, upload, received_at_ms))

        return handler

    def _answer_native(self, receipt: Receipt, device: Device, now_ms: int) -> web.Response:
        return web.Response(body=self.native.reply(receipt, device, now_ms), content_type=native.CONTENT_TYPE)


def _decode_native(_request: web.Request, _device: Device, body: bytes, received_at_ms: int) -> Upload:
    return native.decode(body, received_at_ms)


def _decode_osmand(request: web.Request, device: Device, body: bytes, received_at_ms: int) -> Upload:
    return osmand.decode(request.query, request.content_type, body, received_at_ms, Crs(device.crs))


def _answer_osmand(receipt: Receipt, _device: Device, _now_ms: int) -> web.Response:
    return web.Response(body=osmand.reply(receipt), content_type="text/plain")


def _decode_owntracks(_request: web.Request, device: Device, body: bytes, received_at_ms: int) -> Upload:
    return owntracks.decode(body, received_at_ms, Crs(device.crs))


def _answer_owntracks(receipt: Receipt, _device: Device, _now_ms: int) -> web.Response:
    return web.Response(body=owntracks.reply(receipt), content_type=owntracks.CONTENT_TYPE)


def _decode_overland(_request: web.Request, device: Device, body: bytes, received_at_ms: int) -> Upload:
    return overland.decode(body, received_at_ms, Crs(device.crs))


def _answer_overland(receipt: Receipt, _device: Device, _now_ms: int) -> web.Response:
    return web.Response(body=overland.reply(receipt), content_type=overland.CONTENT_TYPE)
