"""The live stream on a real aiohttp server, read by the real websockets client, under both event loops."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import orjson
import pytest
import uvloop
from aiohttp import ClientSession, web
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory
from websockets.typing import Origin, Subprotocol

from tests.live_reader import Viewer, read_frame
from tracker import clock
from tracker.bus.model import Batch, Committed, DutyChanged
from tracker.errors import SanxunError
from tracker.geo.area import Area
from tracker.live import hub as hub_module
from tracker.live import socket as live_socket
from tracker.live.http import LiveHttp
from tracker.live.hub import Hub, Rhythm
from tracker.live.pulse import Pulse
from tracker.metrics import Metrics
from tracker.people.model import ACCOUNT_KEY, Account, Role

PATIENCE_S = 8.0
COUNTY = "320115000000"
TOWN = "320115002000"
GRID_A, GRID_B = "320115001001001", "320115002001001"
ACCOUNT = Account(id=1, name="zhiban", display_name="值班", role=Role.SUPERVISOR, area=Area(COUNTY), session_hash=b"s1")
KEY = b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
UPGRADE = b"Host: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" + KEY + b"\r\n"

Run = Callable[[Coroutine[Any, Any, None]], None]


@dataclass
class Site:
    hub: Hub
    metrics: Metrics
    port: int
    runner: web.AppRunner
    pulse: Pulse
    account: Account = ACCOUNT
    deaths: list[BaseException] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/api/v1/live"

    def fix(self, worker_id: int, at_ms: int, **more: Any) -> None:
        self.hub.read(Batch(committed_at_ms=clock.now_ms(), fixes=1, newest=[fix(worker_id, at_ms, **more)]))


def fix(worker_id: int, at_ms: int, **more: Any) -> Committed:
    known: dict[str, Any] = {"lat_e7": 319_000_000, "lon_e7": 1_188_000_000, "accuracy_dm": 50, "speed_cms": 120}
    known |= {"bearing_cdeg": 9000, "battery": 80, "flags": 0, "received_at_ms": at_ms} | more
    return Committed(worker_id=worker_id, recorded_at_ms=at_ms, **known)


@pytest.fixture(params=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Run:
    factory = uvloop.new_event_loop if request.param == "uvloop" else asyncio.new_event_loop

    def go(scenario: Coroutine[Any, Any, None]) -> None:
        with asyncio.Runner(loop_factory=factory) as runner:
            runner.run(scenario)

    return go


@contextlib.asynccontextmanager
async def serving(workers: int = 2, send_buffer: int | None = None, **rhythm: int) -> AsyncIterator[Site]:
    metrics = Metrics()
    times = Rhythm(**({"tick_ms": 20, "heartbeat_ms": 200} | rhythm))
    hub = Hub(wire=live_socket.wire(), metrics=metrics, now_ms=clock.now_ms, epoch="e1", rhythm=times)
    grids = [GRID_A, GRID_B]
    hub.load(workers=[(n + 1, grids[n % 2], False) for n in range(workers)], on_duty={1})
    deaths: list[BaseException] = []
    pulse = Pulse(hub, on_death=deaths.append)
    app = web.Application(middlewares=[_front])
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    site = Site(hub=hub, metrics=metrics, port=0, runner=runner, pulse=pulse, deaths=deaths)
    app[SITE] = site
    app.add_routes([web.route(route.method, route.path, route.handler) for route in LiveHttp(hub).routes()])
    await runner.setup()
    listening = socket.create_server(("127.0.0.1", 0))
    if send_buffer is not None:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, send_buffer)  # accepted sockets inherit it
    await web.SockSite(runner, listening).start()
    site.port = listening.getsockname()[1]
    pulse.start()
    try:
        yield site
    finally:
        await pulse.stop()
        await runner.cleanup()
    assert not deaths


SITE = web.AppKey("site", Site)


@web.middleware
async def _front(request: web.Request, handler: Any) -> web.StreamResponse:
    request[ACCOUNT_KEY] = request.app[SITE].account
    try:
        response: web.StreamResponse = await handler(request)
    except SanxunError as error:
        return web.json_response({"code": error.code}, status=error.status)
    return response


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not condition():  # noqa: ASYNC110 - the condition is in another room, without an event of its own
            await asyncio.sleep(0.005)


async def follow(socket: ClientConnection, viewer: Viewer, enough: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not enough():
            message = await socket.recv()
            if isinstance(message, bytes):
                viewer.apply(message)
            else:
                viewer.texts.append(orjson.loads(message))
                viewer.epoch = viewer.texts[-1].get("epoch", viewer.epoch)


async def closing(socket: ClientConnection) -> tuple[int, str]:
    async with asyncio.timeout(PATIENCE_S):
        with contextlib.suppress(ConnectionClosed):
            while True:
                await socket.recv()
    assert socket.close_code is not None
    return socket.close_code, socket.close_reason or ""


def test_a_viewer_gets_hello_snapshot_and_delta(run: Run) -> None:
    async def scenario() -> None:
        async with serving() as site, connect(site.url, subprotocols=[Subprotocol("sanxun.live.1")]) as socket:
            assert socket.subprotocol == "sanxun.live.1"
            viewer = Viewer()
            await follow(socket, viewer, lambda: viewer.seq >= 0)
            assert [text["type"] for text in viewer.texts] == ["hello"]
            assert viewer.texts[0]["workers"] == 2
            assert viewer.workers[1]["state"] == 1
            site.fix(2, clock.now_ms() - 100)
            await follow(socket, viewer, lambda: viewer.workers[2]["state"] & 4 != 0)
            assert viewer.workers[2]["lon_e7"] == 1_188_000_000
            assert viewer.gaps == 0

    run(scenario())


def test_a_heartbeat_comes_when_nothing_changes(run: Run) -> None:
    async def scenario() -> None:
        async with serving() as site, connect(site.url) as socket:
            kinds: list[int] = []
            async with asyncio.timeout(PATIENCE_S):
                while 3 not in kinds:
                    message = await socket.recv()
                    kinds += [read_frame(message).kind] if isinstance(message, bytes) else []
            assert kinds == [1, 3]

    run(scenario())


def test_an_area_hides_workers_outside_it(run: Run) -> None:
    async def scenario() -> None:
        async with serving() as site, connect(f"{site.url}?area={TOWN}") as socket:
            viewer = Viewer()
            site.fix(1, clock.now_ms())
            site.fix(2, clock.now_ms())
            site.hub.read(DutyChanged(worker_id=1, on=False, at_ms=clock.now_ms()))
            site.hub.read(DutyChanged(worker_id=2, on=True, at_ms=clock.now_ms()))
            await follow(
                socket, viewer, lambda: len(viewer.texts) > 1 and viewer.workers.get(2, {}).get("state", 0) & 5 == 5
            )
            assert set(viewer.workers) == {2}
            assert viewer.texts[1:] == [{"type": "event", "kind": "duty", "data": {"worker_id": 2, "on": True}}]

    run(scenario())


def test_resume_brings_only_what_changed(run: Run) -> None:
    async def scenario() -> None:
        async with serving() as site:
            viewer = Viewer()
            async with connect(site.url) as socket:
                await follow(socket, viewer, lambda: viewer.seq >= 0)
            site.fix(2, clock.now_ms())
            async with connect(f"{site.url}?resume={viewer.epoch}:{viewer.seq}") as socket:
                assert isinstance(await socket.recv(), str)
                data = await socket.recv()
                assert isinstance(data, bytes)
                first = read_frame(data)
                assert first.kind == 2
                viewer.apply(data)
                await follow(socket, viewer, lambda: viewer.workers[2]["state"] & 4 != 0)
                assert 1 not in first.rows
                assert viewer.gaps == 0

    run(scenario())


def test_resume_in_another_area_is_a_snapshot(run: Run) -> None:
    async def scenario() -> None:
        async with serving() as site, connect(f"{site.url}?area={TOWN}&resume=e1.320115:1") as socket:
            await socket.recv()
            data = await socket.recv()
            assert isinstance(data, bytes)
            assert read_frame(data).kind == 1

    run(scenario())


def test_resync_answers_with_a_snapshot(run: Run) -> None:
    async def scenario() -> None:
        async with serving() as site, connect(site.url) as socket:
            viewer = Viewer()
            await follow(socket, viewer, lambda: viewer.seq >= 0)
            viewer.workers.clear()
            await socket.send('{"type":"resync"}')
            await follow(socket, viewer, lambda: len(viewer.workers) == 2)

    run(scenario())


def _is_full(viewer: Viewer) -> bool:
    return len(viewer.workers) == 2


def test_a_client_that_takes_compressed_messages_reads_the_same(run: Run) -> None:
    async def scenario() -> None:
        async with (
            serving() as site,
            connect(site.url, compression="deflate") as packed,
            connect(site.url, compression=None) as plain,
        ):
            assert packed.response is not None
            assert plain.response is not None
            assert "permessage-deflate" in packed.response.headers["Sec-WebSocket-Extensions"]
            assert "Sec-WebSocket-Extensions" not in plain.response.headers
            viewers = Viewer(), Viewer()
            for socket, viewer in zip((packed, plain), viewers, strict=True):
                await follow(socket, viewer, partial(_is_full, viewer))
            assert viewers[0].workers.keys() == viewers[1].workers.keys()

    run(scenario())


def test_a_client_with_a_small_window_gets_plain_messages(run: Run) -> None:
    async def scenario() -> None:
        small = ClientPerMessageDeflateFactory(server_max_window_bits=9)
        async with serving() as site, connect(site.url, compression=None, extensions=[small]) as socket:
            viewer = Viewer()
            await follow(socket, viewer, lambda: len(viewer.workers) == 2)

    run(scenario())

    run(scenario())


def test_pings_are_answered(run: Run) -> None:
    async def scenario() -> None:
        async with serving() as site, connect(site.url) as socket, asyncio.timeout(PATIENCE_S):
            await (await socket.ping(b"are you there"))

    run(scenario())


def test_a_fragmented_message_is_understood(run: Run) -> None:
    async def scenario() -> None:
        async with serving() as site, connect(site.url) as socket:
            viewer = Viewer()
            await follow(socket, viewer, lambda: viewer.seq >= 0)
            viewer.workers.clear()
            await socket.send(['{"ty', 'pe":', '"resync"}'])
            await follow(socket, viewer, lambda: len(viewer.workers) == 2)

    run(scenario())


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("x" * 5000, "a message larger than 4096 bytes"),
        (["x" * 3000, "y" * 3000], "a message larger than 4096 bytes"),
        ("hello", "a message must be a JSON object with a type"),
        (b"\xff\x00", "a message must be a JSON object with a type"),
    ],
)
def test_a_message_against_the_rules_closes(run: Run, message: Any, reason: str) -> None:
    async def scenario() -> None:
        async with serving() as site, connect(site.url) as socket:
            await socket.send(message)
            assert await closing(socket) == (1008, reason)
            await until(site.hub.is_empty)

    run(scenario())


def test_too_many_messages_close(run: Run) -> None:
    async def scenario() -> None:
        async with serving() as site, connect(site.url) as socket:
            with contextlib.suppress(ConnectionClosed):
                for _ in range(30):
                    await socket.send('{"type":"pong"}')
            assert await closing(socket) == (1008, "more than 20 messages in 10 s")

    run(scenario())


def test_too_many_pings_close(run: Run) -> None:
    async def scenario() -> None:
        async with serving() as site, connect(site.url) as socket:
            with contextlib.suppress(ConnectionClosed):
                for _ in range(300):
                    await socket.ping()
            assert await closing(socket) == (1008, "more than 200 frames in 10 s")

    run(scenario())


def test_server_stop_sends_1001(run: Run) -> None:
    async def scenario() -> None:
        async with serving() as site, connect(site.url) as socket:
            viewer = Viewer()
            await follow(socket, viewer, lambda: viewer.seq >= 0)
            stopping = asyncio.create_task(site.pulse.stop())
            await follow(socket, viewer, lambda: viewer.texts[-1]["type"] == "bye")
            assert viewer.texts[-1]["reason"] == "the server stops"
            assert await closing(socket) == (1001, "the server stops")
            await stopping
            assert site.hub.is_empty()

    run(scenario())


def test_a_signed_out_account_is_closed(run: Run) -> None:
    async def scenario() -> None:
        async with serving() as site, connect(site.url) as socket:
            await socket.recv()
            site.hub.end_session(b"another")
            site.hub.end_session(b"s1")
            assert (await closing(socket))[0] == 4401

    run(scenario())


def test_an_expired_session_is_closed(run: Run) -> None:
    async def scenario() -> None:
        async with serving() as site:
            site.account = replace(ACCOUNT, expires_at_ms=clock.now_ms() + 100)
            async with connect(site.url) as socket:
                assert (await closing(socket))[0] == 4401

    run(scenario())


def test_the_21st_session_of_an_account_is_closed(run: Run) -> None:
    async def scenario() -> None:
        async with serving() as site, contextlib.AsyncExitStack() as stack:
            for _ in range(20):
                await stack.enter_async_context(connect(site.url))
            async with connect(site.url) as socket:
                assert (await closing(socket))[0] == 4429
            assert site.hub.count() == 20

    run(scenario())


@pytest.mark.parametrize(
    ("query", "origin", "status"),
    [
        ("?area=1", None, 400),
        ("?area=320116000000", None, 403),
        ("?resume=nonsense", None, 400),
        ("", "http://evil.example", 403),
        ("", "null", 403),
    ],
)
def test_refusals_come_as_http(run: Run, query: str, origin: str | None, status: int) -> None:
    async def scenario() -> None:
        async with serving() as site:
            with pytest.raises(InvalidStatus) as refused:
                await connect(site.url + query, origin=Origin(origin) if origin else None).__aenter__()
            assert refused.value.response.status_code == status
            assert site.hub.is_empty()

    run(scenario())


def test_the_servers_own_origin_is_let_in(run: Run) -> None:
    async def scenario() -> None:
        async with serving() as site, connect(site.url, origin=Origin(f"http://127.0.0.1:{site.port}")) as socket:
            assert isinstance(await socket.recv(), str)

    run(scenario())


def test_a_full_hub_answers_503(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_module, "MAX_SESSIONS", 1)

    async def scenario() -> None:
        async with serving() as site, connect(site.url):
            with pytest.raises(InvalidStatus) as refused:
                await connect(site.url).__aenter__()
            assert refused.value.response.status_code == 503

    run(scenario())


def test_a_plain_request_needs_an_upgrade(run: Run) -> None:
    async def scenario() -> None:
        async with serving() as site, ClientSession() as client:
            async with client.get(f"http://127.0.0.1:{site.port}/api/v1/live") as response:
                assert response.status == 426
            async with client.get(f"http://127.0.0.1:{site.port}/api/v1/latest") as response:
                assert response.status == 200

    run(scenario())


def test_a_reused_connection_is_upgraded(run: Run) -> None:
    async def scenario() -> None:
        async with serving() as site:
            reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
            for _ in range(2):
                writer.write(b"GET /api/v1/latest HTTP/1.1\r\nHost: x\r\n\r\n")
                head = await reader.readuntil(b"\r\n\r\n")
                assert head.startswith(b"HTTP/1.1 200")
                await reader.readexactly(int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0]))
            writer.write(b"GET /api/v1/live HTTP/1.1\r\n" + UPGRADE)
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101")
            assert (await reader.readexactly(1)) == b"\x81"
            await until(lambda: site.hub.count() == 1)
            writer.close()
            await until(site.hub.is_empty)

    run(scenario())


def test_a_refused_upgrade_keeps_the_connection_for_http(run: Run) -> None:
    async def scenario() -> None:
        async with serving() as site:
            reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
            writer.write(b"GET /api/v1/live?area=1 HTTP/1.1\r\n" + UPGRADE)
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 400")
            await reader.readexactly(int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0]))
            writer.write(b"GET /api/v1/latest HTTP/1.1\r\nHost: x\r\n\r\n")
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200")
            writer.close()

    run(scenario())


def test_bytes_behind_the_request_head_are_heard(run: Run) -> None:
    async def scenario() -> None:
        async with serving() as site:
            reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
            ping = b"\x89\x82" + bytes(4) + b"hi"  # masked with zeros
            writer.write(b"GET /api/v1/live HTTP/1.1\r\n" + UPGRADE + ping)
            async with asyncio.timeout(PATIENCE_S):
                await reader.readuntil(b"\x8a\x02hi")
            writer.close()

    run(scenario())


def test_an_unmasked_client_is_refused(run: Run) -> None:
    async def scenario() -> None:
        async with serving() as site:
            reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
            writer.write(b"GET /api/v1/live HTTP/1.1\r\n" + UPGRADE + b"\x81\x02hi")
            async with asyncio.timeout(PATIENCE_S):
                data = await reader.read(-1)
            assert struct.pack(">H", 1002) in data
            writer.close()
            await until(site.hub.is_empty)

    run(scenario())


def test_an_abrupt_reset_frees_the_session(run: Run) -> None:
    async def scenario() -> None:
        async with serving() as site:
            _, writer = await asyncio.open_connection("127.0.0.1", site.port)
            writer.write(b"GET /api/v1/live HTTP/1.1\r\n" + UPGRADE)
            await until(lambda: site.hub.count() == 1)
            raw = writer.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
            await until(site.hub.is_empty)
            async with connect(site.url) as other:
                assert isinstance(await other.recv(), str)

    run(scenario())


def test_a_client_that_never_answers_the_close_is_cut(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_socket, "CLOSE_TIMEOUT_S", 0.1)

    async def scenario() -> None:
        async with serving() as site:
            _, writer = await asyncio.open_connection("127.0.0.1", site.port)
            writer.write(b"GET /api/v1/live HTTP/1.1\r\n" + UPGRADE)
            await until(lambda: site.hub.count() == 1)
            site.hub.end_session(b"s1")
            await until(site.hub.is_empty)
            writer.close()

    run(scenario())


def move(site: Site, workers: int) -> None:
    newest = [fix(n, clock.now_ms(), lat_e7=n) for n in range(1, workers + 1)]
    site.hub.read(Batch(committed_at_ms=clock.now_ms(), fixes=workers, newest=newest))


async def fall_behind(site: Site, workers: int) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while site.metrics.live_behind._value.get() == 0:
            move(site, workers)
            await asyncio.sleep(0.02)


def full_size(url: str) -> connect:
    """A client that fills its socket soon: it takes no compressed messages, and reads few at a time."""
    return connect(url, max_size=None, max_queue=1, compression=None)


def test_a_slow_viewer_gets_one_catch_up(run: Run) -> None:
    async def scenario() -> None:
        workers = 3000
        async with serving(workers, send_buffer=16_384) as site, full_size(site.url) as slow:
            viewer = Viewer()
            await follow(slow, viewer, lambda: viewer.seq >= 0)
            slow.transport.pause_reading()
            await fall_behind(site, workers)
            sent = site.metrics.live_frames.labels(kind="delta")._value.get()
            behind_at = site.hub.board.seq
            for step in range(1, 6):
                move(site, workers)
                await until(lambda step=step: site.hub.board.seq >= behind_at + step)  # type: ignore[misc]
            assert site.metrics.live_frames.labels(kind="delta")._value.get() == sent
            slow.transport.resume_reading()
            await follow(slow, viewer, lambda: viewer.seq >= behind_at + 5)
            assert viewer.gaps == 0
            assert viewer.workers[workers]["lat_e7"] == workers
            assert site.metrics.live_frames.labels(kind="delta")._value.get() == sent + 1
            assert site.metrics.live_behind._value.get() == 0

    run(scenario())


def test_a_viewer_that_takes_nothing_is_closed(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_module, "SLOW_LIMIT_MS", 100)
    monkeypatch.setattr(live_socket, "CLOSE_TIMEOUT_S", 0.2)

    async def scenario() -> None:
        async with serving(3000, send_buffer=16_384) as site, full_size(site.url) as slow:
            await slow.recv()
            slow.transport.pause_reading()
            await fall_behind(site, 3000)
            await until(site.hub.is_empty)
            closed = site.metrics.registry.get_sample_value("sanxun_live_closed_total", {"reason": "too_slow"})
            assert closed == 1
            slow.transport.abort()

    run(scenario())
