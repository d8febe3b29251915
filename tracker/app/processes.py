"""The processes of one machine: a parent that owns database, bus and sockets, and children that can die or be renewed.

The parent serves nothing itself. It keeps the listening sockets, so that what waits in them outlives any child.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import shutil
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from tracker import settings as reading
from tracker.app.place import Place
from tracker.app.server import PartDied
from tracker.bus.server import EmbeddedNats
from tracker.db.embedded import EmbeddedPostgres
from tracker.db.migrate import migrate
from tracker.db.pool import Database
from tracker.settings import Settings
from tracker.web.listen import BACKLOG
from tracker.web.passing import Adoption, listen, refuse

log = logging.getLogger(__name__)

# What a child says: it runs, another process is the house, it serves.
WAITING, STANDING_BY, READY = "waiting", "standing by", "ready"
START_S = 120.0  # PostgreSQL may have to replay its log first
STOP_S = 30.0  # answers on their way, the last results, connections
FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 10.0
STAND_BY_CHECK_S = 0.25
STEADY_S = 30.0  # a child that lived so long is started again at once
ROOT = Path(__file__).resolve().parents[2]


class _Message(msgspec.Struct, frozen=True):
    settings: dict[str, str]
    place: Place


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """What a child is told."""

    settings: Settings
    place: Place


def read_order(line: bytes) -> Order:
    """The first line of a child's input."""
    message = msgspec.json.decode(line, type=_Message)
    return Order(settings=reading.read(message.settings, {}), place=message.place)


def _write_order(settings: Settings, place: Place) -> bytes:
    values = {one.name: str(getattr(settings, one.name)) for one in reading.documented()}
    return msgspec.json.encode(_Message(settings=values, place=place)) + b"\n"


class Child:
    """One process in its place; `said` fires for what it says."""

    def __init__(self, process: asyncio.subprocess.Process, place: Place) -> None:
        self.place = place
        self.started_s = time.monotonic()
        self.word = ""  # what it said last
        self._process = process
        self._said = {word: asyncio.Event() for word in (WAITING, STANDING_BY, READY)}
        self.ended = asyncio.create_task(self._follow(), name=f"child {place.name}")

    async def until(self, *words: str) -> bool:
        """Wait until it has said one of the words; False when it ended before, or took too long."""
        told = [asyncio.create_task(self._said[word].wait(), name=f"{self.place.name} {word}") for word in words]
        await asyncio.wait((*told, self.ended), timeout=START_S, return_when=asyncio.FIRST_COMPLETED)
        for task in told:
            task.cancel()
        return any(self._said[word].is_set() for word in words) and not self.ended.done()

    async def end(self, number: signal.Signals) -> None:
        """Signal it and wait for its end; after STOP_S it is killed."""
        for one in (number, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(one)
            await asyncio.wait((self.ended,), timeout=STOP_S)
            if self.ended.done():
                return

    async def _follow(self) -> int:
        assert self._process.stdout is not None  # noqa: S101  # asked for at the start
        async for line in self._process.stdout:
            word = line.decode(errors="replace").strip()
            if event := self._said.get(word):
                self.word = word
                event.set()
        return await self._process.wait()


class Processes:
    """`await start()`, then `run_until(stop, restart)`, then always `stop()`."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._closing = contextlib.AsyncExitStack()
        self._watching: set[asyncio.Task[None]] = set()
        self._keepers: dict[str, asyncio.Task[None]] = {}
        self._children: dict[str, Child] = {}  # by place
        self._started: set[Child] = set()  # these, and those that are about to be or have been
        self._renewing: set[str] = set()
        self._port = settings.port

    @property
    def url(self) -> str:
        """Where this machine reaches the server."""
        host = self._settings.host if self._settings.host not in {"0.0.0.0", "::"} else "127.0.0.1"  # noqa: S104
        return f"http://{host}:{self._port}"

    async def start(self) -> None:
        """Start everything and wait until all children serve; raises SanxunError with what is wrong."""
        self._folder = Path(tempfile.mkdtemp(prefix="sanxun-"))  # short: addresses of unix sockets end at 108 bytes
        self._closing.callback(shutil.rmtree, self._folder, ignore_errors=True)
        self._database = await self._open_database()
        self._bus, self._bus_token = self._open_bus()
        self._open_sockets()
        names = self._names()
        await asyncio.gather(*(self._start_child(name) for name in names))
        self._keepers = {name: asyncio.create_task(self._keep(name), name=f"keep {name}") for name in names}
        if "house" in names:
            self._watch("stand-by", self._refuse_pages)

    async def run_until(self, stop: asyncio.Event, restart: asyncio.Event) -> None:
        """Keep every place taken until `stop`; renew all children, one after the other, on `restart`."""
        self._watching.add(asyncio.create_task(self._renew_on(restart), name="restart signal"))
        stopping = asyncio.create_task(stop.wait(), name="stop signal")
        watched = {stopping, *self._watching, *self._keepers.values()}
        done, _ = await asyncio.wait(watched, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        for task in done - {stopping}:
            raise PartDied(f"the task {task.get_name()!r} ended: {task.exception()!r}") from task.exception()

    async def renew(self) -> None:
        """Put a new process into each place, one after the other; nobody who calls notices."""
        log.info("Restarting all processes, one after the other", extra={"action": "processes.renew"})
        for name in self._names():
            self._renewing.add(name)
            try:
                await self._renew_child(name)
            finally:
                self._renewing.discard(name)
        log.info("All processes are new", extra={"action": "processes.renewed"})

    async def stop(self) -> None:
        """Stop all children, then bus and database."""
        for task in (*self._keepers.values(), *self._watching):
            task.cancel()
        await asyncio.gather(*self._keepers.values(), *self._watching, return_exceptions=True)
        await asyncio.gather(*(child.end(signal.SIGTERM) for child in self._started))
        await self._closing.aclose()

    def _names(self) -> list[str]:
        several = self._settings.processes
        if self._settings.machine_role == "ingest":
            return [f"ingest-{number}" for number in range(1, several + 1)]
        return [*(f"ingest-{number}" for number in range(1, several)), "house"]

    async def _open_database(self) -> str:
        url = self._settings.database
        if not url:
            embedded = EmbeddedPostgres(self._settings.data)
            url = await asyncio.to_thread(embedded.start)
            self._closing.callback(embedded.stop)
            self._watch("postgres", embedded.watch)
        database = Database(url, max_connections=1)
        try:
            await migrate(database)
        finally:
            await database.close()
        return url

    def _open_bus(self) -> tuple[str, str]:
        if self._settings.bus:
            return self._settings.bus, ""
        embedded = EmbeddedNats(self._folder)
        embedded.start()
        self._closing.callback(embedded.stop)
        self._watch("nats", embedded.watch)
        return embedded.url, embedded.token

    def _watch(self, name: str, watch: Callable[[], object]) -> None:
        self._watching.add(asyncio.create_task(watch(), name=name))  # type: ignore[arg-type]

    def _open_sockets(self) -> None:
        host, port = self._settings.host, self._settings.port
        try:
            family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
            self._public = socket.create_server((host, port), family=family, backlog=BACKLOG)
        except OSError as error:
            raise PartDied(f"cannot listen on {host}:{port}: {error.strerror}; choose another with --port") from error
        self._port = int(self._public.getsockname()[1])
        self._adopted = {kind: listen(self._folder / kind, BACKLOG) for kind in ("house", "ingest")}
        for one in (self._public, *self._adopted.values()):
            self._closing.callback(one.close)

    def _place(self, name: str) -> Place:
        is_house = name == "house"
        has_house = self._settings.machine_role == "all"
        return Place(
            name=name,
            is_house=is_house,
            parent=os.getpid(),
            database=self._database,
            bus=self._bus,
            bus_token=self._bus_token,
            public=None if is_house else self._public.fileno(),
            adopted=self._adopted["house" if is_house else "ingest"].fileno(),
            house=str(self._folder / "house") if has_house else "",
            ingest=str(self._folder / "ingest"),
        )

    async def _spawn(self, name: str) -> Child:
        place = self._place(name)
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tracker.cli.child", name,  # the name is for those who look at a list of processes
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            pass_fds=[one for one in (place.public, place.adopted) if one is not None],
            start_new_session=True,  # Ctrl-C in the terminal reaches us only; we stop them in order
            env={**_without_settings(), "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        assert process.stdin is not None  # noqa: S101  # asked for
        process.stdin.write(_write_order(self._settings, place))
        child = Child(process, place)
        self._started = {one for one in self._started if not one.ended.done()} | {child}
        return child

    async def _start_child(self, name: str) -> None:
        child = self._children[name] = await self._spawn(name)
        if not await child.until(READY, STANDING_BY):
            raise PartDied(f"the process {name} did not start; its reason is in the log above")

    async def _keep(self, name: str) -> None:
        """Start the process of a place again whenever it ends without being asked to."""
        pause_s = FIRST_PAUSE_S
        while True:
            child = self._children[name]
            await asyncio.wait((child.ended,))
            if name in self._renewing:
                await asyncio.sleep(FIRST_PAUSE_S)
            if name in self._renewing or self._children[name] is not child:
                continue
            if time.monotonic() - child.started_s > STEADY_S:
                pause_s = FIRST_PAUSE_S
            log.error("The process %s ended; starting it again", name, extra={"action": "processes.restart"})
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, LONGEST_PAUSE_S)
            self._children[name] = await self._spawn(name)

    async def _refuse_pages(self) -> None:
        """While another machine is the house, tell callers of pages to come later instead of letting them wait."""
        checks = 0  # who follows a house that was killed stands by for a moment, too
        while True:
            await asyncio.sleep(STAND_BY_CHECK_S)
            checks = checks + 1 if self._stands_by() else 0
            if checks > 1:
                await self._refuse_while_standing_by()

    async def _refuse_while_standing_by(self) -> None:
        refusing = Adoption(self._adopted["house"], refuse)
        refusing.open()
        try:
            while self._stands_by():  # noqa: ASYNC110  # which two places together know
                await asyncio.sleep(STAND_BY_CHECK_S)
        finally:
            refusing.close()

    def _stands_by(self) -> bool:
        return self._children["house"].word == STANDING_BY and "house" not in self._renewing

    async def _renew_on(self, restart: asyncio.Event) -> None:
        while True:
            await restart.wait()
            restart.clear()
            await self.renew()

    async def _renew_child(self, name: str) -> None:
        old, new = self._children[name], await self._spawn(name)
        # the new house stands by until the old one has gone
        if not await new.until(WAITING if new.place.is_house else READY):
            log.error("The new process %s does not start; the old one stays", name, extra={"action": "processes.stays"})
            await new.end(signal.SIGTERM)
            return
        self._children[name] = new
        await old.end(signal.SIGHUP)
        await new.until(READY)


def _without_settings() -> dict[str, str]:
    """The environment for a child, which is told its settings."""
    return {name: value for name, value in os.environ.items() if not name.startswith(reading.ENV_PREFIX)}
