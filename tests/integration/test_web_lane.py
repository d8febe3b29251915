"""The fast lane on real sockets, under both event loops: hand-over and return, slow and lost callers, the end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
import uvloop
from aiohttp import web

from tests.integration.lane_house import BODY, FULL, PATIENCE_S, Client, Site, head, site, upload
from tracker.live.socket import Connection, upgrade
from tracker.routes import Access, Route
from tracker.web import application
from tracker.web.lane import lane as lane_module
from tracker.web.lane.late import LATE_S

HELLO = b"GET /hello HTTP/1.1\r\nHost: a\r\n\r\n"
STREAM = b"GET /stream HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
STREAM += b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"

Run = Callable[[Coroutine[Any, Any, None]], None]


@pytest.fixture(params=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Run:
    """Run a scenario; whatever the loop could only log fails it."""
    factory = uvloop.new_event_loop if request.param == "uvloop" else asyncio.new_event_loop
    told: list[dict[str, Any]] = []

    def go(scenario: Coroutine[Any, Any, None]) -> None:
        with asyncio.Runner(loop_factory=factory) as runner:
            runner.get_loop().set_exception_handler(lambda _, context: told.append(context))
            runner.run(scenario)
        assert not told

    return go


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not condition():  # noqa: ASYNC110 - the condition is in the server, without an event of its own
            await asyncio.sleep(0.002)


def lane_of(found: Site) -> lane_module.Lane:
    assert found.listener._lane is not None
    return found.listener._lane


def test_one_connection_goes_back_and_forth(run: Run) -> None:
    async def scenario() -> None:
        async with site(lane=True) as found, Client(found.port) as client:
            for number in range(1, 4):
                await client.send(upload())
                await client.answers(2 * number - 1)
                assert (len(lane_of(found).connections), found.framework_requests) == (1, number - 1)
                await client.send(HELLO)
                await client.answers(2 * number)
                assert (len(lane_of(found).connections), found.framework_requests) == (0, number)
            assert found.answerer.taken == 3

    run(scenario())


def test_a_request_with_a_body_lets_the_connection_come_back(run: Run) -> None:
    async def scenario() -> None:
        async with site(lane=True) as found, Client(found.port) as client:
            await client.send(upload().replace(b"/api/v1/pings", b"/echo")[:-4], BODY[-4:])
            await client.answers(1)
            await client.send(upload())
            await client.answers(2)
            assert found.framework_requests == 1

    run(scenario())


def test_a_token_revoked_between_two_uploads_is_refused(run: Run) -> None:
    async def scenario() -> None:
        async with site(lane=True) as found, Client(found.port) as client:
            await client.send(upload())
            await client.answers(1)
            (token_hash,) = [key for key, device in found.devices._good.items() if device.id == 1]
            del found.devices._good[token_hash]
            found.devices._refused[token_hash] = 1 << 60
            await client.send(upload())
            assert (await client.answers(2))[1].startswith(b"HTTP/1.1 401 ")

    run(scenario())


def test_the_live_stream_opens_on_a_connection_of_the_lane(run: Run) -> None:
    class Silent:
        def part(self) -> None: ...
        def message(self, text: bytes) -> None: ...
        def ended(self) -> None:
            ended.append(True)

    ended: list[bool] = []

    def join(connection: Connection) -> Silent:
        connection.write(b"\x81\x05hello")
        return Silent()

    async def stream(request: web.Request) -> web.StreamResponse:
        return upgrade(request, join)

    route = Route(method="GET", path="/stream", handler=stream, summary="", room="test", access=Access.PUBLIC)

    async def scenario() -> None:
        async with site(lane=True, routes=[route]) as found:
            for before in ([], [upload()], [HELLO], [upload(), HELLO, upload()]):
                async with Client(found.port) as client:
                    for number, request in enumerate(before, 1):
                        await client.send(request)
                        await client.answers(number)
                    await client.send(STREAM)
                    await until_got(client, b"\x81\x05hello")
            await until(lambda: len(ended) == 4)

    async def until_got(client: Client, wanted: bytes) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not client.got.endswith(wanted):
                await client.read(0.01)

    run(scenario())


def test_a_body_that_does_not_come_is_given_up_like_everywhere(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lane_module, "SWEEP_S", 0.01)
    monkeypatch.setattr(lane_module, "UNFINISHED_S", 0.03)
    monkeypatch.setattr(application, "BODY_TIMEOUT_S", 0.05)

    async def scenario() -> None:
        async with site(lane=True) as found, Client(found.port) as client:
            await client.send(head(), BODY[:5])
            assert (await client.answers(1))[0].startswith(b"HTTP/1.1 408 ")

    run(scenario())


def test_a_body_that_comes_late_is_taken_by_the_framework(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lane_module, "SWEEP_S", 0.01)
    monkeypatch.setattr(lane_module, "UNFINISHED_S", 0.03)

    async def scenario() -> None:
        async with site(lane=True) as found, Client(found.port) as client:
            await client.send(head(), BODY[:5])
            await until(lambda: not lane_of(found).connections)
            await client.send(BODY[5:])
            assert (await client.answers(1))[0].startswith(b"HTTP/1.1 200 ")
            await client.send(upload())
            await client.answers(2)
            assert (found.framework_requests, len(lane_of(found).connections)) == (1, 1)

    run(scenario())


def test_idle_connections_are_closed(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lane_module, "SWEEP_S", 0.01)

    async def scenario() -> None:
        async with site(lane=True, idle_s=0.1) as found, Client(found.port) as silent, Client(found.port) as done:
            await done.send(upload())
            await done.answers(1)
            await silent.gone()
            await done.gone()
            assert not lane_of(found).connections

    run(scenario())


def test_an_upload_under_way_is_stored_though_its_phone_vanished(run: Run) -> None:
    async def scenario() -> None:
        async with site(lane=True) as found:
            found.answerer.held = []
            async with Client(found.port) as client:
                await client.send(upload())
                await until(lambda: found.answerer.taken == 1)
                client.reset()
            await until(lambda: not lane_of(found).connections)
            found.answerer.held.pop()()
            assert found.counted(200) == 1

    run(scenario())


def test_a_phone_that_closed_its_half_kills_nothing(run: Run) -> None:
    async def scenario() -> None:
        async with site(lane=True) as found, Client(found.port) as client:
            found.answerer.held = []
            await client.send(upload())
            await until(lambda: found.answerer.taken == 1)
            client.shut_down()
            await client.gone()
            found.answerer.held.pop()()
            assert found.counted(200) == 1

    run(scenario())


def test_at_the_end_answers_under_way_are_sent_and_the_rest_is_closed(run: Run) -> None:
    async def scenario() -> None:
        async with (
            site(lane=True) as found,
            Client(found.port) as waiting,
            Client(found.port) as idle,
            Client(found.port) as half,
        ):
            await idle.send(upload())
            await idle.answers(1)
            await half.send(head())
            found.answerer.held = []
            await waiting.send(upload())
            await until(lambda: found.answerer.taken == 2)
            closing = asyncio.create_task(found.listener.close(), name="close")
            await idle.gone()
            await half.gone()
            assert not closing.done()
            found.answerer.held.pop()()
            (answer,) = await waiting.answers(1)
            assert answer.startswith(b"HTTP/1.1 200 ")
            assert b"\r\nConnection: close\r\n" in answer
            await waiting.gone()
            await closing

    run(scenario())


def test_who_sends_on_without_waiting_is_read_no_further(run: Run) -> None:
    async def scenario() -> None:
        async with site(lane=True) as found, Client(found.port) as client:
            found.answerer.held = []
            await client.send(upload(), upload(), upload())
            (connection,) = lane_of(found).connections
            assert connection._held is not None
            assert b"".join(connection._held) in {upload(), upload() * 2}
            while found.answerer.held or len(client.got.split(b"200 OK")) < 4:
                held, found.answerer.held = found.answerer.held, []
                for release in held:
                    release()
                await client.read(0.01)

    run(scenario())


def test_every_answer_is_counted(run: Run) -> None:
    async def scenario() -> None:
        async with site(lane=True) as found, Client(found.port) as client:
            await client.send(upload())
            await client.answers(1)
            await client.send(upload(token=FULL))
            await client.answers(2)
            assert (found.counted(200), found.counted(503)) == (1, 1)
            seconds = found.metrics.registry.get_sample_value("sanxun_http_request_seconds_count", {"room": "ingest"})
            assert seconds == 2

    run(scenario())


def test_a_phone_that_does_not_wait_is_made_to_wait_for_its_refusal(run: Run) -> None:
    async def scenario() -> None:
        async with site(lane=True) as found, Client(found.port) as hasty, Client(found.port) as other:
            asked_s = time.monotonic()
            await hasty.send(upload(token=FULL))
            await other.send(upload())
            await other.answers(1)
            assert time.monotonic() - asked_s < LATE_S
            await hasty.answers(1)
            assert time.monotonic() - asked_s > 0.9 * LATE_S
            assert b"\r\nRetry-After: 7\r\n" in hasty.got

    run(scenario())


def test_a_refusal_does_not_hold_up_the_stop(run: Run) -> None:
    async def scenario() -> None:
        async with site(lane=True) as found, Client(found.port) as client:
            await client.send(upload(token=FULL))
            asked_s = time.monotonic()
            await found.listener.close()
            assert time.monotonic() - asked_s < LATE_S
            await client.read()
            assert client.got.startswith(b"HTTP/1.1 503")
            assert b"\r\nConnection: close\r\n" in client.got
            assert client.closed

    run(scenario())


def test_without_the_lane_everything_goes_through_the_framework(run: Run) -> None:
    async def scenario() -> None:
        async with site(lane=False) as found, Client(found.port) as client:
            await client.send(upload())
            await client.answers(1)
            assert (found.framework_requests, found.counted(200)) == (1, 1)

    run(scenario())
