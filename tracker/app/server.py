"""The life of one process: open the database, build the house, listen, and close everything in reverse."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
from collections.abc import Callable, Coroutine, Iterator
from typing import Any
from urllib.parse import urlsplit

from tracker import clock
from tracker.app.base import VERSION, Base
from tracker.app.house import House
from tracker.app.outpost import Outpost
from tracker.app.place import Place
from tracker.bus.local import LocalBus
from tracker.bus.model import Bus
from tracker.bus.nats import NatsBus
from tracker.db.embedded import EmbeddedPostgres
from tracker.db.house_lock import HouseLock, identity
from tracker.db.migrate import migrate
from tracker.db.pool import Database
from tracker.errors import SanxunError
from tracker.ingest.dialects.native import CONTENT_TYPE
from tracker.metrics import Metrics
from tracker.ops.siblings import Siblings
from tracker.people.audit import Audit
from tracker.people.peer import Peers
from tracker.settings import Settings
from tracker.web.application import build
from tracker.web.lane.lane import Uploads
from tracker.web.listen import Listener

log = logging.getLogger(__name__)

GC_THRESHOLD = 50_000  # young objects between collections: uploads make many that die at once


class PartDied(SanxunError):
    """A background task that the server cannot do without ended; the process stops so that it is started anew."""


class Server:
    """One process of Sanxun. `start()`, then `run_until(stop)`, then always `stop()`.

    Alone it is the whole house; with a `place` it is one of several of its machine, with a `bus` of several machines.
    """

    def __init__(self, settings: Settings, place: Place | None = None) -> None:
        self.settings = settings
        self._place = place
        self._is_house = place.is_house if place else settings.machine_role == "all"
        self._bus_url = place.bus if place else settings.bus
        self._leaving = False
        self.on_stand_by: Callable[[], None] = lambda: None  # called when another process is the house
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
        if self._place is None:
            await self._try_port()  # before it may stand by for long
        database = await self._open_database()
        applied = await migrate(database)
        log.info("%d migrations applied", len(applied), extra={"action": "migrated", "names": applied})
        bus = await self._open_bus(database)
        self.house: House | Outpost = (
            self.build(database, bus) if self._is_house else Outpost(self._base(database, bus))
        )
        await self.house.load()
        if isinstance(bus, NatsBus):  # when all readers are ready, and stopped after those who publish
            self._spawn("bus", bus.run())
        self._start_tasks()
        await self._listen()
        gc.collect()
        gc.freeze()  # what is loaded now stays: the collector need not walk over the county again and again
        gc.set_threshold(GC_THRESHOLD, 50, 50)

    def build(self, database: Database, bus: Bus | None = None) -> House:
        """Every room, not loaded yet; nothing is asked of the database."""
        return House(self._base(database, bus or LocalBus(self.metrics)), on_death=self._fail)

    def _base(self, database: Database, bus: Bus) -> Base:
        siblings = None
        if isinstance(bus, NatsBus):
            siblings = Siblings(self.metrics.registry, self._place.name if self._place else self.settings.machine_role)
            bus.beats(siblings.beat, siblings.hear if self._is_house else None)
        return Base(
            settings=self.settings,
            database=database,
            metrics=self.metrics,
            bus=bus,
            audit=Audit(database),
            peers=Peers(trusted=_networks(self.settings.trusted_proxies), public_url=self.settings.public_url),
            now_ms=clock.now_ms,
            siblings=siblings,
            closing=self._closing,
        )

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

    async def stop(self, *, leaving: bool = False) -> None:
        """Close everything in reverse order of opening; `leaving`: connections go to a successor."""
        self._leaving = leaving
        await self._closing.aclose()

    async def _open_database(self) -> Database:
        url = self._place.database if self._place else self.settings.database
        if not url:
            embedded = EmbeddedPostgres(self.settings.data)
            url = embedded.start()
            self._closing.callback(embedded.stop)
            self._spawn("postgres", embedded.watch())
        database = Database(url)
        self._closing.push_async_callback(database.close)
        return database

    async def _open_bus(self, database: Database) -> Bus:
        """The bus of this process; one that is to be the house waits here until no other process is."""
        if self._is_house:
            lock = HouseLock(database, self.on_stand_by)
            self._closing.push_async_callback(lock.release)
            await lock.take()
            self._spawn("house lock", lock.hold())
        if not self._bus_url:
            return LocalBus(self.metrics)
        subject = f"sanxun.{await identity(database)}"
        token = self._place.bus_token if self._place else ""
        return NatsBus(self._bus_url, subject=subject, metrics=self.metrics, token=token)

    def _start_tasks(self) -> None:
        self._closing.push_async_callback(self.house.write_rest)
        for name, work in self.house.tasks().items():
            self._spawn(name, work)
        self.house.start()

    async def _listen(self) -> None:
        self.metrics.build_info.labels(VERSION).set(1)
        origin = urlsplit(self.settings.raster_url)
        image_origin = f"{origin.scheme}://{origin.netloc}" if origin.netloc else ""
        check = self.house.people.guard.check
        application = build(self.house.routes(), check=check, metrics=self.metrics, image_origin=image_origin)
        uploads = self._uploads() if self.settings.fast_lane or self._place else None
        inherited = self._place.inherited(self.metrics) if self._place else None
        listener = Listener(
            application, metrics=self.metrics, uploads=uploads, image_origin=image_origin, inherited=inherited
        )

        async def close() -> None:
            await listener.close(leaving=self._leaving)

        self._closing.push_async_callback(close)
        self._closing.push_async_callback(self.house.say_goodbye)
        with self._told_port():
            self._port = await listener.open(self.settings.host, self.settings.port)

    async def _try_port(self) -> None:
        """Whether we may listen where we are asked to; raises PartDied."""
        with self._told_port():
            probe = await asyncio.get_running_loop().create_server(
                asyncio.Protocol, self.settings.host, self.settings.port, start_serving=False
            )
        probe.close()

    @contextlib.contextmanager
    def _told_port(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            where = f"{self.settings.host}:{self.settings.port}"
            raise PartDied(f"cannot listen on {where}: {error.strerror}; choose another with --port") from error

    def _uploads(self) -> Uploads:
        take, device_of = self.house.ingest.http.native.upload, self.house.people.devices.by_digest
        return Uploads(take=take, device_of=device_of, content_type=CONTENT_TYPE)

    def _spawn(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        task = self._tasks[name] = asyncio.create_task(work, name=name)
        self._closing.push_async_callback(_cancel, task)

    def _fail(self, error: BaseException) -> None:
        if self._failed is not None and not self._failed.done():
            self._failed.set_exception(PartDied(f"the live stream died: {error!r}"))


async def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def _networks(text: str) -> list[str]:
    return [network.strip() for network in text.split(",") if network.strip()]
