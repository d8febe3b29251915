"""What a frame costs per viewer against bare socket writes, what a county-wide viewer receives, what a session weighs.

    python -m tests.bench.fanout [--viewers 200] [--seconds 5] [--sessions 400]

One process holds the server; one child process holds the viewers and only drains their sockets. CPU is user and
system time of the server's process. The floor writes the same bytes to as many plain TCP connections in the same run.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import logging
import multiprocessing
import os
import random
import resource
import selectors
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvloop
from aiohttp import web

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # so that it also runs by its path

from tests.bench.figures import Figures, say
from tracker import clock
from tracker.bus.model import Batch, Committed
from tracker.geo.area import Area
from tracker.live import hub as hub_module
from tracker.live import socket as live_socket
from tracker.live.http import LiveHttp
from tracker.live.hub import Hub
from tracker.live.pulse import Pulse
from tracker.metrics import Metrics
from tracker.people.model import ACCOUNT_KEY, Account, Role

WORKERS = 4215
COUNTY = "320115000000"
HEAD = (
    b"GET /api/v1/live HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)
PLAIN, PACKED = HEAD + b"\r\n", HEAD + b"Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n"
FRAME_WORKERS = 170  # 4 KB a frame, as in the table of PERFORMANCE
FIX_EVERY_S = 15


@dataclass
class Server:
    """A live server with a roster, without the tick's clock."""

    hub: Hub
    metrics: Metrics
    port: int
    runner: web.AppRunner

    def batch(self, worker_ids: list[int]) -> Batch:
        """One commit of these workers, somewhere new."""
        now_ms = clock.now_ms()
        newest = [
            Committed(
                worker_id=n,
                recorded_at_ms=now_ms,
                received_at_ms=now_ms,
                lat_e7=319_000_000 + random.randrange(10**6),
                lon_e7=1_188_000_000 + random.randrange(10**6),
                accuracy_dm=random.randrange(30, 200),
                speed_cms=random.randrange(60, 180),
                bearing_cdeg=random.randrange(36_000),
                battery=random.randrange(20, 100),
                flags=0,
            )
            for n in worker_ids
        ]
        return Batch(committed_at_ms=now_ms, fixes=len(newest), newest=newest)

    async def tick(self) -> None:
        """One tick, with turns for others as the pulse gives them."""
        for _ in self.hub.tick():
            await asyncio.sleep(0)


def cpu_s() -> float:
    """User and system time of this process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def rss_kb() -> int:
    """Resident memory of this process."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 1024


def drain(port: int, count: int, head: bytes, ready: Any) -> None:
    """The child: open connections, send `head` on each, and read for ever."""
    selector, buffer = selectors.DefaultSelector(), bytearray(1 << 18)
    for _ in range(count):
        viewer = socket.create_connection(("127.0.0.1", port))
        viewer.sendall(head)
        viewer.setblocking(False)  # noqa: FBT003 - the socket's own signature
        selector.register(viewer, selectors.EVENT_READ)
    ready.set()
    while selector.get_map():
        for key, _ in selector.select():
            if not key.fileobj.recv_into(buffer):  # type: ignore[union-attr]
                selector.unregister(key.fileobj)


async def viewers(port: int, count: int, head: bytes) -> Any:
    """Start the child and wait until all its connections are open."""
    context = multiprocessing.get_context("spawn")
    ready = context.Event()
    child = context.Process(target=drain, args=(port, count, head, ready), daemon=True)
    child.start()
    while not ready.is_set():  # noqa: ASYNC110 - the event belongs to another process
        await asyncio.sleep(0.02)
    return child


async def serve() -> Server:
    """A server on a free port."""
    hub_module.MAX_SESSIONS_PER_ACCOUNT = 10**6
    metrics = Metrics()
    hub = Hub(wire=live_socket.wire(), metrics=metrics, now_ms=clock.now_ms, epoch="bench")
    hub.load(workers=[(n, f"{COUNTY[:6]}{n % 20 + 1:03}{n % 200 + 1:03}001", n == 0) for n in range(1, WORKERS + 1)])
    account = Account(id=1, name="b", display_name="b", role=Role.VIEWER, area=Area(COUNTY))

    @web.middleware
    async def front(request: web.Request, handler: Any) -> web.StreamResponse:
        request[ACCOUNT_KEY] = account
        response: web.StreamResponse = await handler(request)
        return response

    app = web.Application(middlewares=[front])
    app.add_routes([web.route(route.method, route.path, route.handler) for route in LiveHttp(hub).routes()])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, backlog=1024).start()
    return Server(hub, metrics, runner.addresses[0][1], runner)


async def cost(work: Callable[[], Any], seconds: float, *, pause_s: float = 0.05) -> tuple[float, int]:
    """CPU seconds of the process while `work` runs again and again with pauses, and how often it ran."""
    gc.collect()
    started, used, times = time.perf_counter(), cpu_s(), 0
    while time.perf_counter() - started < seconds:
        await work()
        times += 1
        await asyncio.sleep(pause_s)
    return cpu_s() - used, times


async def fan_out(figures: Figures, count: int, seconds: float, head: bytes) -> None:
    """Compare the hub's ticks with bare writes of the same bytes."""
    server = await serve()
    child = await viewers(server.port, count, head)
    while server.hub.count() < count:  # noqa: ASYNC110 - counts of another room
        await asyncio.sleep(0.02)
    # Made before: a fix with the same time is a change too.
    changed = server.batch(list(range(1, FRAME_WORKERS + 1)))

    async def tick() -> None:
        server.hub.read(changed)
        await server.tick()

    async def encode_only() -> None:
        server.hub.read(changed)
        seq = server.hub.board.tick()
        server.hub._scribe.delta(COUNTY[:6], from_seq=seq - 1, to_seq=seq, now_ms=clock.now_ms())

    await cost(tick, 1)
    before = server.metrics.live_bytes._value.get()
    await tick()
    size = round((server.metrics.live_bytes._value.get() - before) / count)
    ours, ticks = await cost(tick, seconds)
    made, makings = await cost(encode_only, seconds / 2)
    child.terminate()
    await server.runner.cleanup()
    floor, writes = await bare_writes(count, seconds, size)
    per_frame, per_write, per_making = ours / ticks / count * 1e6, floor / writes / count * 1e6, made / makings * 1e6
    how = "compressed once" if head == PACKED else "not compressed"
    say(f"{count} viewers, {how}; the floor is a bare socket.send of {size} B, per client")
    figures.add(f"{how}: hub tick, per frame per client, all in", per_frame, "µs", floor=per_write)
    alone = per_frame - per_making / count
    figures.add(f"{how}: of it, writing alone", alone, "µs", floor=per_write)
    figures.add(f"{how}: apply {FRAME_WORKERS} fixes and encode, once per tick for all", per_making, "µs")


async def bare_writes(count: int, seconds: float, size: int) -> tuple[float, int]:
    """The floor: as many plain connections, one `send` of the same number of bytes each."""
    listening = socket.create_server(("127.0.0.1", 0), backlog=1024)
    listening.setblocking(False)  # noqa: FBT003 - the socket's own signature
    loop = asyncio.get_running_loop()
    child_task = asyncio.create_task(viewers(listening.getsockname()[1], count, b"x"), name="bench-viewers")
    accepted = [(await loop.sock_accept(listening))[0] for _ in range(count)]
    child = await child_task
    body = bytes(size)

    async def write() -> None:
        for client in accepted:
            client.send(body)
        await asyncio.sleep(0)

    await cost(write, 1)
    floor, writes = await cost(write, seconds)
    child.terminate()
    for client in (*accepted, listening):
        client.close()
    return floor, writes


async def county_bytes(figures: Figures, seconds: float, head: bytes) -> None:
    """What one county-wide viewer receives when every worker sends one fix each 15 s."""
    server = await serve()
    child = await viewers(server.port, 1, head)
    pulse = Pulse(server.hub, on_death=logging.error)
    pulse.start()
    server.hub.read(server.batch(list(range(1, WORKERS + 1))))
    await asyncio.sleep(1)
    before, started, fed = server.metrics.live_bytes._value.get(), time.perf_counter(), 0
    while (passed := time.perf_counter() - started) < seconds:
        due = int(passed * WORKERS / FIX_EVERY_S)
        server.hub.read(server.batch([n % WORKERS + 1 for n in range(fed, due)]))
        fed = due
        await asyncio.sleep(0.03)
    received = server.metrics.live_bytes._value.get() - before
    how = "compressed" if head == PACKED else "not compressed"
    who = f"a county-wide viewer, {WORKERS} workers, a fix each {FIX_EVERY_S} s"
    figures.add(f"{how}: to {who}", received / passed, "B/s")
    await pulse.stop()
    child.terminate()
    await server.runner.cleanup()


async def memory(figures: Figures, count: int) -> None:
    """How much one open session adds to the server's resident memory."""
    server = await serve()
    warm = await viewers(server.port, 50, PACKED)
    while server.hub.count() < 50:  # noqa: ASYNC110 - counts of another room
        await asyncio.sleep(0.02)
    gc.collect()
    before = rss_kb()
    child = await viewers(server.port, count, PACKED)
    while server.hub.count() < 50 + count:  # noqa: ASYNC110 - counts of another room
        await asyncio.sleep(0.02)
    await asyncio.sleep(1)
    gc.collect()
    figures.add("memory per session", (rss_kb() - before) / count, "KB")
    child.terminate()
    warm.terminate()
    await server.runner.cleanup()


async def main(viewer_count: int, seconds: float, sessions: int) -> None:
    """Run all three and say how busy the machine was."""
    figures = Figures("fanout")
    for head in (PLAIN, PACKED):
        await fan_out(figures, viewer_count, seconds, head)
    for head in (PLAIN, PACKED):
        await county_bytes(figures, max(seconds, 3), head)
    await memory(figures, sessions)
    figures.write()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--viewers", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--sessions", type=int, default=400)
    options = parser.parse_args()
    uvloop.run(main(options.viewers, options.seconds, options.sessions))
