"""The composition root: opens every room in order, wires them, closes in reverse; the only file that knows them all."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import importlib.metadata
import logging
import secrets
from collections.abc import Coroutine, Mapping, Sequence
from typing import Any, Protocol
from urllib.parse import urlsplit

from aiohttp import web

from tracker import clock
from tracker.bus.local import LocalBus
from tracker.bus.model import Committed
from tracker.cases.doors import PhotoDoors
from tracker.cases.open311 import Open311Http
from tracker.cases.open311_keys import Open311KeysHttp
from tracker.cases.posters import PostersHttp
from tracker.cases.room import CaseRoom
from tracker.county.answers import Raster
from tracker.county.http import CardParts, CountyHttp
from tracker.county.http_exchange import ExchangeHttp
from tracker.county.register import Register
from tracker.county.snapshot import Snapshot
from tracker.db.embedded import EmbeddedPostgres
from tracker.db.migrate import migrate, pending
from tracker.db.pool import Database
from tracker.duty.book import DutyBook
from tracker.duty.http import DutyHttp
from tracker.duty.store import DutyStore
from tracker.errors import SanxunError, Unavailable
from tracker.geo.area import Area
from tracker.ingest.committer import Committer
from tracker.ingest.http import IngestHttp
from tracker.ingest.pipeline import Pipeline, Publisher
from tracker.live import socket
from tracker.live.http import LiveHttp
from tracker.live.hub import Hub, Rhythm
from tracker.live.pulse import Pulse
from tracker.media.http import Doors, MediaHttp
from tracker.media.room import Media
from tracker.metrics import Metrics
from tracker.ops.http import OpsHttp
from tracker.ops.keeper import Keeper
from tracker.patrol.engine import PatrolEngine
from tracker.patrol.rooms import PatrolRooms
from tracker.people.accounts import Accounts
from tracker.people.audit import Audit
from tracker.people.devices import Devices
from tracker.people.enrolment import Enrolments
from tracker.people.guard import Guard
from tracker.people.http import PeopleHttp
from tracker.people.http_phone import PhoneConfig, PhoneHttp
from tracker.people.model import CASE_CHANGE, CASE_VIEW
from tracker.people.passwords import Passwords
from tracker.people.peer import Peers
from tracker.people.sessions import Sessions
from tracker.people.sign_in import SignIn
from tracker.people.workers import WorkerBriefs
from tracker.routes import Route
from tracker.settings import Settings
from tracker.tracks.http import TracksHttp, latest_card
from tracker.tracks.model import Position
from tracker.tracks.partitions import Partitions
from tracker.tracks.reader import TrackReader
from tracker.tracks.store import TrackWriter
from tracker.web.application import build, runner
from tracker.web.basemap import PATH as BASE_MAP_PATH
from tracker.web.basemap import BaseMap
from tracker.web.openapi import openapi_route
from tracker.web.static import StaticFiles

log = logging.getLogger(__name__)

VERSION = importlib.metadata.version("sanxun")
GC_THRESHOLD = 50_000  # young objects between collections: uploads make many that die at once


class PartDied(SanxunError):
    """A background task that the server cannot do without ended; the process stops so that it is started anew."""


class Server:
    """One process of Sanxun. `start()`, then `run_until(stop)`, then always `stop()`."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.metrics = Metrics()
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._closing = contextlib.AsyncExitStack()
        self._failed: asyncio.Future[None] | None = None
        self._port = settings.port

    @property
    def url(self) -> str:
        """Where this machine reaches the server."""
        host = self.settings.host if self.settings.host not in {"0.0.0.0", "::"} else "127.0.0.1"  # noqa: S104
        return f"http://{host}:{self._port}"

    async def start(self) -> None:
        """Open everything; raises SanxunError with what is wrong."""
        self._failed = asyncio.get_running_loop().create_future()
        self.database = await self._open_database()
        applied = await migrate(self.database)
        log.info("%d migrations applied", len(applied), extra={"action": "migrated", "names": applied})
        self._build_rooms()
        await self._load_rooms()
        self._start_tasks()
        await self._listen()
        gc.collect()
        gc.freeze()  # what is loaded now stays: the collector need not walk over the county again and again
        gc.set_threshold(GC_THRESHOLD, 50, 50)

    async def run_until(self, stop: asyncio.Event) -> None:
        """Wait for `stop`; raises PartDied when a background task ends first."""
        waiting = asyncio.create_task(stop.wait(), name="stop signal")
        assert self._failed is not None  # noqa: S101  # start() was called
        watched: list[asyncio.Future[Any]] = [waiting, self._failed, *self._tasks.values()]
        await asyncio.wait(watched, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if self._failed.done():
            self._failed.result()
        for name, task in self._tasks.items():
            if task.done():
                error = None if task.cancelled() else task.exception()
                raise PartDied(f"the task {name!r} ended: {error!r}") from error

    async def stop(self) -> None:
        """Close everything in reverse order of opening."""
        await self._closing.aclose()

    async def _open_database(self) -> Database:
        url = self.settings.database
        if not url:
            embedded = EmbeddedPostgres(self.settings.data)
            url = embedded.start()
            self._closing.callback(embedded.stop)
            self._spawn("postgres", embedded.watch())
        database = Database(url)
        self._closing.push_async_callback(database.close)
        return database

    def _build_rooms(self) -> None:
        settings, database, metrics, now_ms = self.settings, self.database, self.metrics, clock.now_ms
        self.bus = LocalBus(metrics)
        self.audit = Audit(database)
        self.peers = Peers(trusted=_networks(settings.trusted_proxies), public_url=settings.public_url)
        passwords = Passwords()
        self._closing.callback(passwords.close)
        sign_in = SignIn(database=database, passwords=passwords, audit=self.audit, now_ms=now_ms)
        self.sessions = Sessions(
            database=database,
            sign_in=sign_in,
            audit=self.audit,
            now_ms=now_ms,
            longest_ms=settings.session_hours * 3_600_000,
            idle_ms=settings.session_idle_minutes * 60_000,
        )
        self.accounts = Accounts(
            database=database,
            passwords=passwords,
            sign_in=sign_in,
            sessions=self.sessions,
            audit=self.audit,
            now_ms=now_ms,
        )
        self.devices = Devices(database=database, now_ms=now_ms)
        self.workers = WorkerBriefs(database)
        self.register = Register(database)
        self.duty_book = DutyBook()
        self.duty = DutyStore(
            database=database, book=self.duty_book, bus=self.bus, metrics=metrics, audit=self.audit, now_ms=now_ms
        )
        self.patrol = PatrolEngine(
            database=database,
            register=self.register,
            bus=self.bus,
            metrics=metrics,
            now_ms=now_ms,
            is_on_duty=self._is_on_duty,
        )
        self.patrol_rooms = PatrolRooms(
            database=database,
            engine=self.patrol,
            register=self.register,
            bus=self.bus,
            audit=self.audit,
            peers=self.peers,
            now_ms=now_ms,
        )
        self.case_room = CaseRoom(
            database=database,
            register=self.register,
            audit=self.audit,
            peers=self.peers,
            bus=self.bus,
            now_ms=now_ms,
        )
        self.media = Media(database=database, folder=settings.data / "media", now_ms=now_ms)
        self.partitions = Partitions(database)
        self.reader = TrackReader(database)
        self.committer = Committer(
            TrackWriter(database, self.partitions).write,
            Publisher(self.bus, metrics, now_ms),
            metrics,
            gap_s=settings.commit_gap_ms / 1000,
            max_waiting_fixes=settings.ingest_queue_fixes,
        )
        self.keeper = Keeper(
            self.partitions,
            self.reader,
            metrics,
            now_ms,
            ahead_days=settings.partitions_ahead_days,
            retention_days=settings.retention_days,
        )
        self.hub = Hub(
            wire=socket.wire(), metrics=metrics, now_ms=now_ms, epoch=secrets.token_hex(6), rhythm=_rhythm(settings)
        )
        self.pulse = Pulse(self.hub, on_death=self._fail)
        self.sessions.on_ended(self.hub.end_session)
        self.sessions.in_use(self.hub.session_hashes)

    async def _load_rooms(self) -> None:
        await self.keeper.keep_once()
        await self.register.load()
        await self.devices.load()
        self.bus.subscribe("live", self.hub.read)
        latest = [_committed(position) for position in await self.reader.latest()]
        self._load_hub(self.register.snapshot, latest)
        await self.duty.load()
        await self.patrol.load()
        self.bus.subscribe("patrol", self.patrol.read)
        self.register.listeners.append(self._load_hub)

    def _load_hub(self, snapshot: Snapshot, latest: Sequence[Committed] = ()) -> None:
        workers = [
            (worker.id, worker.grid_code, worker.role == "leader")
            for worker in snapshot.workers.values()
            if worker.id is not None and snapshot.is_valid(worker)
        ]
        self.hub.load(workers=workers, latest=latest, version=snapshot.version.number)

    def _start_tasks(self) -> None:
        self._closing.push_async_callback(self._write_rest)
        self._spawn("committer", self.committer.run())
        self._spawn("keeper", self.keeper.run())
        self._spawn("loop watch", self.keeper.watch_loop())
        self._spawn("devices", self.devices.run())
        self._spawn("sessions", self.sessions.run())
        self._spawn("duty", self.duty.run())
        self._spawn("patrol", self.patrol.run())
        self._spawn("case watch", self.case_room.watch.run())
        self._spawn("media", self.media.run())
        for name, task in self.patrol_rooms.tasks().items():
            self._spawn(name, task)
        self.register.start()
        self._closing.push_async_callback(self.register.stop)
        self.pulse.start()
        self._closing.push_async_callback(self.pulse.stop)

    async def _write_rest(self) -> None:
        """What is only gathered in memory between two flushes."""
        with contextlib.suppress(Unavailable):
            await self.devices.flush_seen()
            await self.duty.flush_dropped()

    async def _listen(self) -> None:
        self.metrics.build_info.labels(VERSION).set(1)
        origin = urlsplit(self.settings.raster_url)
        application = build(
            self.routes(),
            check=self._guard().check,
            metrics=self.metrics,
            image_origin=f"{origin.scheme}://{origin.netloc}" if origin.netloc else "",
        )
        serving = runner(application)
        await serving.setup()
        self._closing.push_async_callback(serving.cleanup)
        self._closing.push_async_callback(self.pulse.stop)  # live sessions are told before the sockets close
        site = web.TCPSite(serving, self.settings.host, self.settings.port, backlog=4096)
        try:
            await site.start()
        except OSError as error:
            where = f"{self.settings.host}:{self.settings.port}"
            raise PartDied(f"cannot listen on {where}: {error.strerror}; choose another with --port") from error
        self._port = serving.addresses[0][1]

    def _guard(self) -> Guard:
        return Guard(
            sessions=self.sessions,
            devices=self.devices,
            peers=self.peers,
            ops_token=self.settings.ops_token or None,
        )

    def routes(self) -> list[Route]:
        """Every route of every room, and the document that describes them."""
        rooms: list[_HasRoutes] = [
            self._people_http(),
            self._duty_http(),
            self._ingest_http(),
            TracksHttp(self.reader, _Roster(self.register), self.audit.write, self.peers.address),
            LiveHttp(self.hub),
            self.patrol_rooms,
            self.case_room,
            PostersHttp(peers=self.peers),
            self._media_http(),
            self._open311_http(),
            Open311KeysHttp(database=self.database, audit=self.audit, peers=self.peers, now_ms=clock.now_ms),
            self._county_http(),
            ExchangeHttp(register=self.register, database=self.database, audit=self.audit, peers=self.peers),
            PhoneHttp(self._phone_config()),
            OpsHttp(self.metrics, {"database": self._probe_database, "partitions": self._probe_partitions}, VERSION),
            StaticFiles(),
            BaseMap(self.settings.pmtiles),
        ]
        routes = [route for room in rooms for route in room.routes()]
        return [*routes, openapi_route(routes, VERSION)]

    def _people_http(self) -> PeopleHttp:
        enrolments = Enrolments(
            database=self.database,
            devices=self.devices,
            workers=self.workers,
            audit=self.audit,
            now_ms=clock.now_ms,
        )
        return PeopleHttp(
            sessions=self.sessions,
            accounts=self.accounts,
            devices=self.devices,
            enrolments=enrolments,
            workers=self.workers,
            audit=self.audit,
            peers=self.peers,
            area_name=self.register.area_name,
        )

    def _media_http(self) -> MediaHttp:
        doors = PhotoDoors(database=self.database, gate=self.case_room.gate)
        return MediaHttp(
            media=self.media,
            doors=Doors(admit=doors.admit, account_sees=doors.account_sees, device_sees=doors.device_sees),
            peers=self.peers,
            now_ms=clock.now_ms,
            view=CASE_VIEW,
            send=CASE_CHANGE,
        )

    def _open311_http(self) -> Open311Http:
        return Open311Http(
            database=self.database,
            cases=self.case_room.cases,
            books=self.case_room.books,
            register=self.register,
            peers=self.peers,
            now_ms=clock.now_ms,
            contact=self.settings.data_contact,
        )

    def _phone_config(self) -> PhoneConfig:
        settings = self.settings
        return PhoneConfig(
            handler=settings.data_handler,
            contact=settings.data_contact,
            call_phone=settings.call_phone,
            retention_days=settings.retention_days,
        )

    def _duty_http(self) -> DutyHttp:
        return DutyHttp(
            store=self.duty,
            book=self.duty_book,
            workers=self.workers,
            peers=self.peers,
            grid_of=self.register.grid_of,
            now_ms=clock.now_ms,
        )

    def _ingest_http(self) -> IngestHttp:
        pipeline = Pipeline(
            self.committer,
            self.bus,
            self.metrics,
            clock.now_ms,
            is_on_duty=self._is_on_duty,
            count_dropped=self.duty.count_dropped,
            is_on_grid=self.register.is_on_grid,
        )
        return IngestHttp(
            pipeline,
            self.metrics,
            clock.now_ms,
            on_duty_now=self._on_duty_now,
            seen=self._seen,
            max_body=self.settings.upload_limit_kib * 1024,
        )

    def _county_http(self) -> CountyHttp:
        settings = self.settings
        raster = Raster(url=settings.raster_url, attribution=settings.raster_attribution, datum=settings.raster_datum)
        return CountyHttp(
            register=self.register,
            database=self.database,
            parts=CardParts(duty_since_ms=self._duty_since_ms, device=self._device_of, latest=self._latest_of),
            raster=raster if settings.raster_url else None,
            pmtiles=BASE_MAP_PATH if settings.pmtiles else None,
        )

    async def _duty_since_ms(self, worker_id: int) -> int | None:
        return self.duty_book.state(worker_id, clock.now_ms()).since_ms

    async def _device_of(self, worker_id: int) -> dict[str, Any] | None:
        phones = [one for one in await self.devices.of_worker(worker_id) if one.revoked_at_ms is None]
        if not phones:
            return None
        newest = max(phones, key=lambda one: one.last_seen_ms or 0)
        return {"app": newest.app, "last_seen_ms": newest.last_seen_ms, "count": len(phones)}

    async def _latest_of(self, worker_id: int) -> dict[str, Any] | None:
        position = await self.reader.latest_of(worker_id)
        return None if position is None else latest_card(position)

    def _seen(self, device_id: int, app: str, skew_ms: int | None) -> None:
        self.devices.seen(device_id, at_ms=clock.now_ms(), app=app, skew_ms=skew_ms)

    def _is_on_duty(self, worker_id: int, at_ms: int) -> bool:
        return not self.settings.duty_required or self.duty_book.is_on(worker_id, at_ms)

    def _on_duty_now(self, worker_id: int) -> bool:
        return not self.settings.duty_required or self.duty_book.state(worker_id, clock.now_ms()).on

    async def _probe_database(self) -> str | None:
        missing = await pending(self.database)
        return f"migrations are missing: {', '.join(missing)}" if missing else None

    async def _probe_partitions(self) -> str | None:
        ahead = await self.partitions.days_ahead(clock.local_day(clock.now_ms()))
        return None if ahead >= 1 else "there is no partition for tomorrow"

    def _spawn(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        task = self._tasks[name] = asyncio.create_task(work, name=name)
        self._closing.push_async_callback(_cancel, task)

    def _fail(self, error: BaseException) -> None:
        if self._failed is not None and not self._failed.done():
            self._failed.set_exception(PartDied(f"the live stream died: {error!r}"))


class _HasRoutes(Protocol):
    def routes(self) -> list[Route]: ...


class _Roster:
    """What the tracks room asks of the county register."""

    def __init__(self, register: Register) -> None:
        self._register = register

    def grid_of(self, worker_id: int) -> str | None:
        return self._register.grid_of(worker_id)

    def worker_ids(self, area: Area) -> list[int]:
        return [worker.id for worker in self._register.workers_in(area) if worker.id is not None]

    def worker_name(self, worker_id: int) -> str:
        worker = self._register.worker(worker_id)
        return worker.name if worker else str(worker_id)


async def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def _rhythm(settings: Settings) -> Rhythm:
    return Rhythm(tick_ms=settings.tick_ms, stale_s=settings.stale_s, offline_s=settings.offline_s)


def _networks(text: str) -> list[str]:
    return [network.strip() for network in text.split(",") if network.strip()]


def _committed(position: Position) -> Committed:
    fix = position.fix
    values: Mapping[str, Any] = {name: getattr(fix, name) for name in fix.__struct_fields__ if name != "altitude_m"}
    return Committed(worker_id=position.worker_id, received_at_ms=position.received_at_ms, **values)
