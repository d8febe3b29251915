from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web

from tracker.errors import BadValue, Forbidden, NotSignedIn, TooMany, Unavailable
from tracker.jsonio import answer
from tracker.metrics import Metrics
from tracker.routes import Handler, Route
from tracker.web import application

Serve = Callable[..., Awaitable[Any]]


async def echo(request: web.Request) -> web.Response:
    return answer({"bytes": len(await request.read())})


def route(handler: Handler = echo, *, method: str = "POST", path: str = "/thing", max_body: int = 1000) -> Route:
    return Route(method=method, path=path, handler=handler, summary="A thing", room="test", max_body=max_body)


def raising(error: Exception) -> Route:
    async def handler(_request: web.Request) -> web.Response:
        raise error

    return route(handler)


async def error_of(response: Any) -> dict[str, Any]:
    body: dict[str, Any] = await response.json()
    assert list(body) == ["error"]
    error: dict[str, Any] = body["error"]
    return error


async def test_a_path_that_is_not_there_answers_json(serve: Serve) -> None:
    client = await serve([route()])
    response = await client.get("/nothing")
    assert (response.status, (await error_of(response))["code"]) == (404, "not_found")


async def test_a_person_who_mistyped_an_address_reads_a_page_and_a_program_reads_json(serve: Serve) -> None:
    client = await serve([route()])
    browser = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}

    page = await client.get("/nothing", headers=browser)
    data = await client.get("/api/v1/nothing", headers=browser)

    assert (page.status, page.content_type, data.content_type) == (404, "text/html", "application/json")
    assert "没有这个页面" in await page.text()


async def test_a_wrong_method_names_the_right_one(serve: Serve) -> None:
    client = await serve([route()])
    response = await client.get("/thing")
    assert (response.status, (await error_of(response))["code"]) == (405, "wrong_method")
    assert response.headers["Allow"] == "POST"


async def test_a_body_at_the_limit_is_taken(serve: Serve) -> None:
    client = await serve([route(max_body=1000)])
    assert await (await client.post("/thing", data=b"x" * 1000)).json() == {"bytes": 1000}


async def test_a_body_over_the_limit_is_refused_by_its_length(serve: Serve) -> None:
    client = await serve([route(max_body=1000)])
    response = await client.post("/thing", data=b"x" * 1001)
    assert (response.status, (await error_of(response))["code"]) == (413, "too_large")


async def test_a_body_without_a_length_is_refused_while_it_comes(serve: Serve) -> None:
    async def endless() -> Any:
        for _ in range(10):
            yield b"x" * 500

    client = await serve([route(max_body=1000)])
    response = await client.post("/thing", data=endless())
    assert (response.status, (await error_of(response))["code"]) == (413, "too_large")


async def test_a_body_that_does_not_arrive_gives_the_connection_back(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(application, "BODY_TIMEOUT_S", 0.05)
    client = await serve([route()])
    reader, writer = await asyncio.open_connection(client.host, client.port)
    writer.write(b"POST /thing HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf of it")
    assert b" 408 " in await reader.readline()
    writer.close()
    await writer.wait_closed()


async def test_a_slow_handler_is_not_called_a_slow_sender(serve: Serve) -> None:
    client = await serve([raising(TimeoutError("a bug of ours"))])
    assert (await client.post("/thing")).status == 500


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (Forbidden("not here"), 403, "forbidden"),
        (NotSignedIn("sign in first"), 401, "not_signed_in"),
        (TooMany("slower", retry_after_s=7), 429, "too_many"),
        (Unavailable("away", retry_after_s=3), 503, "unavailable"),
    ],
)
async def test_our_errors_keep_their_status_and_code(serve: Serve, error: Exception, status: int, code: str) -> None:
    client = await serve([raising(error)])
    response = await client.post("/thing")
    found = await error_of(response)
    assert (response.status, found["code"], found["message"]) == (status, code, str(error))


async def test_a_wrong_value_is_named_with_what_is_allowed(serve: Serve) -> None:
    client = await serve([raising(BadValue(field="lat", value="91", allowed="-90..90"))])
    found = await error_of(await client.post("/thing"))
    assert (found["field"], found["value"], found["allowed"]) == ("lat", "91", "-90..90")


async def test_who_must_wait_is_told_how_long(serve: Serve) -> None:
    client = await serve([raising(Unavailable("away", retry_after_s=3))])
    response = await client.post("/thing")
    assert response.headers["Retry-After"] == "3"
    assert (await error_of(response))["retry_after_s"] == 3


async def test_a_bug_is_logged_under_the_number_that_is_answered(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    client = await serve([raising(KeyError("a secret detail"))])
    with caplog.at_level(logging.ERROR):
        response = await client.post("/thing")
    found = await error_of(response)
    assert response.status == 500
    assert "secret" not in found["message"]
    (record,) = [one for one in caplog.records if getattr(one, "action", "") == "bug"]
    assert record.__dict__["number"] in found["message"]


async def test_the_door_is_asked_before_the_handler(serve: Serve) -> None:
    async def closed(_request: web.Request, _route: Route) -> None:
        raise NotSignedIn("sign in first")

    client = await serve([raising(AssertionError("the handler ran"))], check=closed)
    response = await client.post("/thing")
    assert (response.status, response.headers["WWW-Authenticate"]) == (401, 'Bearer realm="sanxun"')


@pytest.mark.parametrize("path", ["/thing", "/nothing"])
async def test_every_answer_carries_the_security_headers(serve: Serve, path: str) -> None:
    client = await serve([route()])
    headers = (await client.post(path)).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"


async def test_only_the_base_map_may_be_fetched_from_elsewhere(serve: Serve) -> None:
    client = await serve([route()], image_origin="https://tiles.example")
    rules = (await client.post("/thing")).headers["Content-Security-Policy"].split("; ")
    assert [rule.split()[0] for rule in rules if "https://tiles.example" in rule] == ["img-src", "connect-src"]


async def test_answers_are_counted_by_room_and_status(serve: Serve) -> None:
    metrics = Metrics()
    client = await serve([route()], metrics=metrics)
    await client.post("/thing")
    await client.get("/nothing")
    value = metrics.registry.get_sample_value
    assert value("sanxun_http_requests_total", {"room": "test", "status": "200"}) == 1
    assert value("sanxun_http_requests_total", {"room": "none", "status": "404"}) == 1
    assert value("sanxun_http_request_seconds_count", {"room": "test"}) == 1


async def test_a_body_that_is_not_what_its_encoding_says_is_a_bad_value(serve: Serve) -> None:
    client = await serve([route()])
    response = await client.post("/thing", data=b"not gzip", headers={"Content-Encoding": "gzip"})
    error = await error_of(response)
    assert (response.status, error["field"], error["value"]) == (400, "Content-Encoding", "gzip")


async def test_a_connection_that_never_brings_a_whole_request_is_closed() -> None:
    async def check(_request: web.Request, _route: Route) -> None:
        return

    serving = application.runner(application.build([route()], check=check, metrics=Metrics()), idle_s=0.05)
    await serving.setup()
    try:
        await web.TCPSite(serving, "127.0.0.1", 0).start()
        reader, writer = await asyncio.open_connection(*serving.addresses[0][:2])
        writer.write(b"GET /thing HTTP/1.1\r\nHost: x\r\n")
        async with asyncio.timeout(10):
            assert await reader.read() == b""
        writer.close()
    finally:
        await serving.cleanup()
