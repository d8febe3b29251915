"""Whatever bytes come in whatever pieces: with the fast lane and without, the answers are the same."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import logging
import zlib
from collections.abc import Iterator, Sequence

import pytest
import uvloop
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.integration.lane_house import (
    BODY,
    FULL,
    GONE,
    GOOD,
    PATIENCE_S,
    SOON,
    UNKNOWN,
    Client,
    Site,
    head,
    site,
    upload,
)

PINGS = b"POST /api/v1/pings HTTP/1.1\r\n"
AUTH = f"Authorization: Bearer {GOOD}\r\n".encode()
HELLO = b"GET /hello HTTP/1.1\r\nHost: a\r\n\r\n"
ECHO = b"POST /echo HTTP/1.1\r\nHost: a\r\n" + AUTH + b"Content-Length: 3\r\n\r\nabc"
LENGTH = b"Content-Length: %d\r\n" % len(BODY)
PACKED, DEFLATED = gzip.compress(BODY), zlib.compress(BODY)

# Each is one exchange, or a part of one; the fast lane answers only the first few.
PLAIN = {
    "plain": upload(),
    "later": upload(token=SOON),
    "keep-alive": upload("Connection: keep-alive"),
    "keep-alive in capitals": upload("Connection: Keep-Alive"),
    "many headers": upload(
        "User-Agent: okhttp/4", "Accept: */*", "Accept-Encoding: gzip, br", "X-Forwarded-For: 10.1.2.3"
    ),
    "lower case": upload().replace(b"Authorization", b"authorization").replace(b"Content-Length", b"content-length"),
    "empty header": upload("X-Empty: "),
    "refused": upload(token=FULL),
    "bad JSON": upload(body=b"{nonsense"),
    "bad field": upload(body=b'{"crs":"mars","fixes":[]}'),
    "a byte": upload(body=b"7"),
}
ODD = {
    "close": upload("Connection: close"),
    "HTTP/1.0": upload().replace(b"HTTP/1.1", b"HTTP/1.0"),
    "HTTP/1.0 keep-alive": upload("Connection: keep-alive").replace(b"HTTP/1.1", b"HTTP/1.0"),
    "HTTP/2.0": upload().replace(b"HTTP/1.1", b"HTTP/2.0"),
    "chunked": PINGS + AUTH + b"Transfer-Encoding: chunked\r\n\r\n1a\r\n" + BODY + b"\r\n0\r\n\r\n",
    "chunked and length": PINGS + AUTH + LENGTH + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "gzip": upload("Content-Encoding: gzip", body=PACKED),
    "deflate": upload("Content-Encoding: deflate", body=DEFLATED),
    "no gzip": upload("Content-Encoding: gzip"),
    "expect": upload("Expect: 100-continue"),
    "expect nonsense": upload("Expect: nonsense"),
    "no length": PINGS + AUTH + b"\r\n",
    "length 0": PINGS + AUTH + b"Content-Length: 0\r\n\r\n",
    "length with zeros": upload().replace(b"Length: ", b"Length: 00"),
    "length with plus": upload().replace(b"Length: ", b"Length: +"),
    "length below zero": upload().replace(b"Length: ", b"Length: -"),
    "length twice": PINGS + AUTH + LENGTH + LENGTH + b"\r\n" + BODY,
    "lengths differ": PINGS + AUTH + LENGTH + b"Content-Length: 3\r\n\r\n" + BODY,
    "length list": PINGS + AUTH + b"Content-Length: 26, 26\r\n\r\n" + BODY,
    "large": upload(body=b"x" * 100_000),
    "too large": head(length=300_000),
    "huge length": head(length=10**18),
    "no token": PINGS + LENGTH + b"\r\n" + BODY,
    "bad token": upload(token="bad"),
    "unknown token": upload(token=UNKNOWN),
    "revoked token": upload(token=GONE),
    "token twice": upload(f"Authorization: Bearer {SOON}"),
    "bearer in capitals": upload().replace(b"Bearer", b"BEARER"),
    "two spaces": upload().replace(b"Bearer ", b"Bearer  "),
    "token and space": upload().replace(GOOD.encode(), GOOD.encode() + b" "),
    "basic": upload().replace(b"Bearer", b"Basic"),
    "no host": PINGS + AUTH + LENGTH + b"\r\n" + BODY,
    "host twice": upload("Host: b"),
    "query": upload().replace(b"/pings", b"/pings?a=1"),
    "absolute": upload().replace(b"/api", b"http://sanxun.example/api"),
    "slash": upload().replace(b"/pings", b"/pings/"),
    "two slashes": upload().replace(b"/api", b"//api"),
    "escaped": upload().replace(b"/pings", b"/p%69ngs"),
    "method": upload().replace(b"POST", b"PUT"),
    "odd method": upload().replace(b"POST", b"POSTS"),
    "small method": upload().replace(b"POST", b"post"),
    "get": upload().replace(b"POST", b"GET"),
    "head": b"HEAD /hello HTTP/1.1\r\nHost: a\r\n\r\n",
    "options": b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
    "upgrade": upload("Connection: Upgrade", "Upgrade: websocket"),
    "h2c": upload("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAAP__"),
    "proxy": upload("Proxy-Connection: close"),
    "connection list": upload("Connection: keep-alive, close"),
    "folded": upload("X-Folded: a\r\n b"),
    "no colon": upload("nonsense"),
    "no space": upload("X-Tight:a"),
    "space before": upload("X-Loose : a"),
    "tab": upload("X-Tab:\ta\t"),
    "control": upload("X-Control: a\x01b"),
    "not ASCII": upload("X-Name: 三巡"),
    "odd name": upload("X_Name: a", "X-Näme: a"),
    "long header": upload("X-Long: " + "a" * 5000),
    "too long header": upload("X-Long: " + "a" * 9000),
    "many lines": upload(*(f"X-{n}: {n}" for n in range(100))),
    "too many lines": upload(*(f"X-{n}: {n}" for n in range(200))),
    "line feeds": upload().replace(b"\r\n", b"\n"),
    "leading line": b"\r\n" + upload(),
    "other preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "nonsense": b"nonsense\r\n\r\n",
    "unknown path": b"GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n",
    "hello": HELLO,
    "echo": ECHO,
    "half a head": upload()[:40],
    "half a body": upload()[:-5],
    "empty": b"",
}
ALL = PLAIN | ODD


class Pair:
    """Both servers on one event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop, fast: Site, slow: Site) -> None:
        self.loop, self.fast, self.slow = loop, fast, slow

    def check(self, *pieces: bytes) -> bytes:
        return self.loop.run_until_complete(self._check(pieces))

    async def _check(self, pieces: Sequence[bytes]) -> bytes:
        async with Client(self.fast.port) as ours, Client(self.slow.port) as theirs:
            await asyncio.gather(ours.send(*pieces), theirs.send(*pieces))
            got, wanted = await asyncio.gather(ours.read(), theirs.read())
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(PATIENCE_S):
                    while (got, ours.closed) != (wanted, theirs.closed):
                        got, wanted = await asyncio.gather(ours.read(), theirs.read())
            assert (got, ours.closed) == (wanted, theirs.closed), pieces
            return got


@pytest.fixture(scope="module", params=["asyncio", "uvloop"])
def pair(request: pytest.FixtureRequest) -> Iterator[Pair]:
    factory = uvloop.new_event_loop if request.param == "uvloop" else asyncio.new_event_loop
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)  # it logs a trace for each bad request
    with asyncio.Runner(loop_factory=factory) as runner:
        stack = contextlib.AsyncExitStack()
        fast = runner.run(stack.enter_async_context(site(lane=True)))
        slow = runner.run(stack.enter_async_context(site(lane=False)))
        yield Pair(runner.get_loop(), fast, slow)
        runner.run(stack.aclose())


@pytest.mark.parametrize("name", ALL)
def test_one_request_is_answered_alike(pair: Pair, name: str) -> None:
    pair.check(ALL[name])


@pytest.mark.parametrize("name", ALL)
def test_a_request_between_two_uploads_is_answered_alike(pair: Pair, name: str) -> None:
    pair.check(upload(), ALL[name], upload())


@pytest.mark.parametrize("name", ALL)
def test_a_request_behind_one_in_the_same_piece_is_answered_alike(pair: Pair, name: str) -> None:
    pair.check(upload() + ALL[name])


@pytest.mark.parametrize("name", PLAIN)
def test_the_fast_lane_takes_what_is_plain(pair: Pair, name: str) -> None:
    before = pair.fast.framework_requests
    assert pair.check(ALL[name])
    assert pair.fast.framework_requests == before


def test_a_plain_upload_may_be_cut_anywhere(pair: Pair) -> None:
    request, before = upload(token=SOON), pair.fast.framework_requests
    for place in range(1, len(request)):
        assert pair.check(request[:place], request[place:]).startswith(b"HTTP/1.1 200 OK\r\n")
    assert pair.fast.framework_requests == before


def test_a_plain_upload_may_come_byte_by_byte(pair: Pair) -> None:
    assert pair.check(*(bytes([one]) for one in upload())).startswith(b"HTTP/1.1 200 OK\r\n")


def test_a_head_split_from_its_body_stays_in_the_fast_lane(pair: Pair) -> None:
    before = pair.fast.framework_requests
    pair.check(head(), BODY, head(), BODY)
    assert pair.fast.framework_requests == before


def test_uploads_sent_before_the_answer_are_answered_in_order(pair: Pair) -> None:
    got = pair.check(upload(token=SOON), upload(), HELLO, upload(token=FULL), upload(token=SOON))
    assert [part[:3] for part in got.split(b"HTTP/1.1 ")[1:]] == [b"200", b"200", b"200", b"503", b"200"]


def test_a_refusal_says_when_to_come_again(pair: Pair) -> None:
    assert b"\r\nRetry-After: 7\r\n" in pair.check(upload(token=FULL))


requests = st.lists(st.sampled_from(sorted(ALL)).map(ALL.__getitem__), min_size=1, max_size=4).map(b"".join)


@st.composite
def streams(draw: st.DrawFn) -> list[bytes]:
    """Some requests, perhaps with a byte changed, taken away or put in, cut into pieces anywhere."""
    data = bytearray(draw(requests)[:20_000])
    for place, byte in draw(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), max_size=2)):
        where = min(place, len(data))
        data[where : where + draw(st.integers(0, 1))] = bytes([byte]) * draw(st.integers(0, 1))
    cuts = sorted(draw(st.lists(st.integers(0, len(data)), max_size=4)))
    return [bytes(data[start:end]) for start, end in zip([0, *cuts], [*cuts, len(data)], strict=True)]


@pytest.mark.slow
@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(streams())
def test_any_stream_is_answered_alike(pair: Pair, pieces: list[bytes]) -> None:
    pair.check(*pieces)
