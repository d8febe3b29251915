from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.web.lane.heads import END, MOST_BODY, START, may_become_plain, read_head

TOKEN = "a" * 43
LINES = ["Host: sanxun.example", f"Authorization: Bearer {TOKEN}", "Content-Length: 26"]


def request(*lines: str) -> bytes:
    return START + "\r\n".join([*lines, "", ""]).encode()


def test_a_plain_head_is_read() -> None:
    data = request(*LINES, "Accept: */*")
    head = read_head(data + b"body")
    assert head is not None
    assert (head.token, head.length) == (TOKEN.encode(), 26)
    assert head.before + b"26" + head.after == data


@pytest.mark.parametrize("missing", range(3))
def test_host_token_and_length_must_be_there(missing: int) -> None:
    assert read_head(request(*(line for n, line in enumerate(LINES) if n != missing))) is None


@pytest.mark.parametrize(
    "line",
    [
        "Host: again",
        "Transfer-Encoding: chunked",
        "Content-Encoding: gzip",
        "Expect: 100-continue",
        "Upgrade: websocket",
        "Connection: close",
        "Connection: keep-alive, close",
        "Proxy-Connection: close",
        "X-Name: 三巡",
        "X-Tight:a",
        "X_Name: a",
        "X-Tab: \t",
        "nonsense",
    ],
)
def test_a_head_that_says_more_is_not_plain(line: str) -> None:
    assert read_head(request(*LINES, line)) is None


@pytest.mark.parametrize("length", ["0", "007", "+26", "26 ", str(MOST_BODY + 1), "100000", "2 6", ""])
def test_an_odd_length_is_not_plain(length: str) -> None:
    assert read_head(request(*LINES[:2], f"Content-Length: {length}")) is None


@pytest.mark.parametrize("host", ["", "a b", "a/b", "a:port", "üri"])
def test_an_odd_host_is_not_plain(host: str) -> None:
    assert read_head(request(f"Host: {host}", *LINES[1:])) is None


@pytest.mark.parametrize("host", ["a", "127.0.0.1:8080", "[::1]:80", "Sanxun.Example"])
def test_hosts_as_phones_name_them_are_plain(host: str) -> None:
    assert read_head(request(f"Host: {host}", *LINES[1:])) is not None


def test_any_start_of_a_plain_head_may_become_one() -> None:
    data = request(*LINES)
    assert all(may_become_plain(data[:size]) for size in range(len(data)))
    assert not may_become_plain(data)


def test_another_start_can_not_become_plain() -> None:
    assert not may_become_plain(b"GET")
    assert not may_become_plain(b"POST /api/v1/pongs")


@given(st.binary(max_size=400))
def test_any_bytes_give_a_head_or_none(data: bytes) -> None:
    head = read_head(START + data)
    assert head is None or END in data
