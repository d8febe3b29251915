"""Routes of duty: 上岗 and 下岗 on the phone, and a supervisor's view and schedule."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
from aiohttp import web

from tracker.clock import NowMs
from tracker.duty.book import DutyBook
from tracker.duty.model import DutyState, Source
from tracker.duty.schedule import WindowBody, clock_of, read_windows
from tracker.duty.store import Actor, DutyStore
from tracker.errors import NotFound
from tracker.jsonio import answer, decode
from tracker.people.model import ACCOUNT_KEY, DEVICE_KEY, DUTY_EDIT, Device
from tracker.people.params import path_id
from tracker.people.peer import Peers
from tracker.people.workers import WorkerBrief, WorkerBriefs
from tracker.routes import Access, Route, RouteTable, path_param

GridOf = Callable[[int], str | None]
T = TypeVar("T")


class Press(msgspec.Struct, frozen=True, kw_only=True):
    """Body of a press; `at_ms` where it was pressed without network, at most 8 days ago."""

    at_ms: int | None = None


class DutyAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The phone's worker and whether they are on duty; times in Unix ms."""

    on: bool
    since_ms: int | None
    until_ms: int | None
    source: Source | None
    worker: WorkerBrief
    server_time_ms: int


class ScheduleBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A weekly schedule: at most 14 windows that do not overlap; none = no schedule."""

    windows: list[WindowBody]


class DutyHttp:
    """The room's routes; `grid_of` gives a worker's present grid code, None for an unknown worker."""

    def __init__(
        self,
        *,
        store: DutyStore,
        book: DutyBook,
        workers: WorkerBriefs,
        peers: Peers,
        grid_of: GridOf,
        now_ms: NowMs,
    ) -> None:
        self._store = store
        self._book = book
        self._workers = workers
        self._peers = peers
        self._grid_of = grid_of
        self._now_ms = now_ms

    def routes(self) -> list[Route]:
        """Every route, for the web room."""
        phone = RouteTable("duty", access=Access.DEVICE, returns=DutyAnswer)
        people = RouteTable("duty", permission=DUTY_EDIT, params=(path_param("id", "worker", "integer"),))
        press: dict[str, Any] = {"body": Press, "max_body": 1024}
        own, worker, weekly = "/api/v1/duty", "/api/v1/workers/{id}", ScheduleBody
        read = "A worker's weekly schedule, for apps without a duty button"
        write = "Replace a worker's weekly schedule"
        return [
            phone.get(own, self.read, "Whether the phone's worker is on duty"),
            phone.post(f"{own}/on", self.go_on, "上岗: go on duty; twice is once", **press),
            phone.post(f"{own}/off", self.go_off, "下岗: go off duty; twice is once", **press),
            people.post(f"{worker}/duty/off", self.send_off, "End a worker's duty", returns=DutyState),
            people.get(f"{worker}/schedule", self.read_schedule, read, returns=weekly),
            people.put(f"{worker}/schedule", self.write_schedule, write, body=weekly, returns=weekly),
        ]

    async def read(self, request: web.Request) -> web.StreamResponse:
        """The state of the phone's worker."""
        device = request[DEVICE_KEY]
        return await self._answer(device, self._book.state(device.worker_id, self._now_ms()))

    async def go_on(self, request: web.Request) -> web.StreamResponse:
        """The phone's worker goes on duty."""
        device, press = request[DEVICE_KEY], await _body(request, Press, Press())
        state = await self._store.go_on(device.worker_id, press.at_ms, self._phone(request, device))
        return await self._answer(device, state)

    async def go_off(self, request: web.Request) -> web.StreamResponse:
        """The phone's worker goes off duty."""
        device, press = request[DEVICE_KEY], await _body(request, Press, Press())
        state = await self._store.go_off(device.worker_id, press.at_ms, self._phone(request, device))
        return await self._answer(device, state)

    async def send_off(self, request: web.Request) -> web.StreamResponse:
        """A supervisor ends a worker's duty."""
        worker_id, by = self._worker_in_area(request)
        return answer(await self._store.go_off(worker_id, None, by))

    async def read_schedule(self, request: web.Request) -> web.StreamResponse:
        """The weekly schedule."""
        worker_id, _ = self._worker_in_area(request)
        return self._answer_schedule(worker_id)

    async def write_schedule(self, request: web.Request) -> web.StreamResponse:
        """Replace the weekly schedule."""
        worker_id, by = self._worker_in_area(request)
        windows = read_windows(decode(await request.read(), ScheduleBody).windows)
        await self._store.set_schedule(worker_id, windows, by)
        return self._answer_schedule(worker_id)

    def _phone(self, request: web.Request, device: Device) -> Actor:
        return Actor(area_code=device.grid_code, device_id=device.id, address=self._peers.address(request))

    def _worker_in_area(self, request: web.Request) -> tuple[int, Actor]:
        worker_id = path_id(request, "worker")
        grid = self._grid_of(worker_id)
        if grid is None:
            raise NotFound(kind="worker", key=worker_id)
        account = request[ACCOUNT_KEY]
        account.require_area(grid)
        return worker_id, Actor(area_code=grid, account_id=account.id, address=self._peers.address(request))

    def _answer_schedule(self, worker_id: int) -> web.Response:
        windows = self._book.windows_of(worker_id)
        bodies = [WindowBody(weekday=w.weekday, starts=clock_of(w.starts), ends=clock_of(w.ends)) for w in windows]
        return answer(ScheduleBody(windows=bodies))

    async def _answer(self, device: Device, state: DutyState) -> web.Response:
        worker = await self._workers.get(device.worker_id)
        return answer(DutyAnswer(**msgspec.structs.asdict(state), worker=worker, server_time_ms=self._now_ms()))


async def _body(request: web.Request, kind: type[T], empty: T) -> T:
    """The body, or `empty` where there is none: a press needs none."""
    body = await request.read()
    return decode(body, kind) if body.strip() else empty
