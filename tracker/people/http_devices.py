"""Routes for enrolling, listing, changing and revoking workers' phones."""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from aiohttp import hdrs, web

from tracker.errors import BadValue
from tracker.jsonio import answer, decode
from tracker.people.audit import Audit
from tracker.people.devices import DeviceInfo, Devices
from tracker.people.enrolment import MOST_NAME, Consent, Enrolled, Enrolment, Enrolments
from tracker.people.http_session import Done
from tracker.people.model import ACCOUNT_KEY, DEVICE_ENROL, Account
from tracker.people.params import path_id, storable
from tracker.people.peer import Peers
from tracker.people.workers import WorkerBriefs
from tracker.routes import Access, Route, RouteTable, path_param


class EnrolmentBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Body of POST /api/v1/enrolments."""

    worker_id: int


class EnrolBody(msgspec.Struct, frozen=True, kw_only=True):
    """Body of POST /api/v1/enrol, from a phone; consent is recorded where both of its fields are given."""

    code: str
    device_name: str = ""
    notice_version: str | None = None
    consented_at_ms: int | None = None


class DeviceChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Body of PATCH /api/v1/devices/{id}; `crs` is for apps that cannot say in which datum they send."""

    name: str | None = None
    crs: Literal["wgs84", "gcj02", "bd09"] | None = None


class DeviceList(msgspec.Struct, frozen=True, kw_only=True):
    """A worker's phones, newest first."""

    devices: list[DeviceInfo]


class DevicesHttp:
    """The routes of enrolment and of phones."""

    def __init__(
        self, *, devices: Devices, enrolments: Enrolments, workers: WorkerBriefs, audit: Audit, peers: Peers
    ) -> None:
        self._devices = devices
        self._enrolments = enrolments
        self._workers = workers
        self._audit = audit
        self._peers = peers

    def routes(self) -> list[Route]:
        """Every route, for the web room."""
        table, phone = RouteTable("people", permission=DEVICE_ENROL), RouteTable("people", access=Access.PUBLIC)
        device, one = "/api/v1/devices/{id}", (path_param("id", "device", "integer"),)
        worker = (path_param("id", "worker", "integer"),)
        code = "A code and QR code for one phone of a worker, good once and for 15 minutes"
        change: dict[str, Any] = {"params": one, "body": DeviceChange, "returns": DeviceInfo}
        return [
            table.post("/api/v1/enrolments", self.create, code, body=EnrolmentBody, returns=Enrolment, status=201),
            phone.post(
                "/api/v1/enrol",
                self.enrol,
                "Turn a code into the phone's token",
                body=EnrolBody,
                returns=Enrolled,
                max_body=4096,
            ),
            table.get(
                "/api/v1/workers/{id}/devices",
                self.list_devices,
                "A worker's phones",
                params=worker,
                returns=DeviceList,
            ),
            table.patch(device, self.change, "Name a phone, or declare the datum its app sends", **change),
            table.delete(device, self.revoke, "Revoke a phone's token", params=one, returns=Done, status=200),
        ]

    async def create(self, request: web.Request) -> web.StreamResponse:
        """Hand out a code."""
        body = decode(await request.read(), EnrolmentBody)
        base_url, address = self._peers.base_url(request), self._peers.address(request)
        account = request[ACCOUNT_KEY]
        made = await self._enrolments.create(account, body.worker_id, base_url=base_url, address=address)
        return answer(made, status=201, headers={hdrs.CACHE_CONTROL: "no-store"})

    async def enrol(self, request: web.Request) -> web.StreamResponse:
        """Take a code in."""
        body = decode(await request.read(), EnrolBody)
        address = self._peers.address(request)
        consent = _consent(body)
        enrolled = await self._enrolments.consume(body.code, body.device_name, address=address, consent=consent)
        return answer(enrolled, headers={hdrs.CACHE_CONTROL: "no-store"})

    async def list_devices(self, request: web.Request) -> web.StreamResponse:
        """List a worker's phones."""
        worker = await self._workers.get(path_id(request, "worker"))
        request[ACCOUNT_KEY].require_area(worker.grid)
        return answer(DeviceList(devices=await self._devices.of_worker(worker.id)))

    async def change(self, request: web.Request) -> web.StreamResponse:
        """Change a phone's name or datum."""
        body = decode(await request.read(), DeviceChange)
        device, grid = await self._device_in_area(request)
        name = storable(body.name, MOST_NAME) if body.name is not None else None
        await self._devices.change(device.id, name=name, crs=body.crs)
        await self._write("device.change", request, device, grid)
        return answer(await self._devices.get(device.id))

    async def revoke(self, request: web.Request) -> web.StreamResponse:
        """Revoke a phone; doing it twice is no error."""
        device, grid = await self._device_in_area(request)
        if await self._devices.revoke(device.id):
            await self._write("device.revoke", request, device, grid)
        return answer(Done())

    async def _device_in_area(self, request: web.Request) -> tuple[DeviceInfo, str]:
        device = await self._devices.get(path_id(request, "device"))
        worker = await self._workers.get(device.worker_id)
        account: Account = request[ACCOUNT_KEY]
        account.require_area(worker.grid)
        return device, worker.grid

    async def _write(self, action: str, request: web.Request, device: DeviceInfo, grid: str) -> None:
        await self._audit.write(
            action,
            subject=f"worker:{device.worker_id}",
            area_code=grid,
            account_id=request[ACCOUNT_KEY].id,
            device_id=device.id,
            detail={"device": device.id, "name": device.name},
            address=self._peers.address(request),
        )


def _consent(body: EnrolBody) -> Consent | None:
    if body.notice_version is None and body.consented_at_ms is None:
        return None
    if body.notice_version is None or body.consented_at_ms is None:
        missing = "notice_version" if body.notice_version is None else "consented_at_ms"
        raise BadValue(field=missing, value="", allowed="both notice_version and consented_at_ms, or neither")
    return Consent(notice_version=body.notice_version, at_ms=body.consented_at_ms)
