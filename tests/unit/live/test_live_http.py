"""What the live routes accept, and newest positions as rows."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.bus.model import Batch, Committed
from tracker.errors import BadValue, Forbidden
from tracker.live.board import Board, Worker
from tracker.live.http import parse_resume, require_own_origin
from tracker.live.hub import Resume
from tracker.live.latest import latest_page
from tracker.live.session import MAX_PARTS, BrokeRule, Intake

GRID = "320115001001001"


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("http://sanxun.lan:8080", "sanxun.lan:8080"),
        ("https://sanxun.lan", "sanxun.lan"),
        ("https://SANXUN.lan", "sanxun.LAN:443"),
        ("http://[::1]:9130", "[::1]:9130"),
    ],
)
def test_the_own_origin_is_let_in(origin: str, host: str) -> None:
    require_own_origin([origin], host)


@pytest.mark.parametrize(
    "origin",
    ["http://sanxun.lan.evil.example", "http://sanxun.lan:81", "null", "", "sanxun.lan", "http://evil/sanxun.lan"],
)
def test_another_origin_is_forbidden(origin: str) -> None:
    with pytest.raises(Forbidden):
        require_own_origin([origin], "sanxun.lan")


def test_no_origin_is_no_browser() -> None:
    require_own_origin([], "sanxun.lan")


def test_resume_is_epoch_and_number() -> None:
    assert parse_resume("a.3201:17") == Resume(epoch="a.3201", seq=17)
    assert parse_resume(None) is parse_resume("") is None


@given(st.text())
def test_any_resume_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(BadValue):
        resume = parse_resume(text)
        assert resume is None or 0 <= resume.seq < 2**32


def board_with(count: int) -> Board:
    board = Board()
    board.load(Worker(n, GRID) for n in range(1, count + 2))
    newest = [
        Committed(
            worker_id=n,
            recorded_at_ms=n,
            received_at_ms=n,
            lat_e7=319_000_000,
            lon_e7=1_188_000_000,
            accuracy_dm=None,
            speed_cms=150,
            bearing_cdeg=9000,
            battery=None,
            flags=1,
        )
        for n in range(count, 0, -1)
    ]
    board.apply(Batch(committed_at_ms=1, fixes=count, newest=newest))
    board.tick()
    return board


def test_pages_bring_every_position_once() -> None:
    board, after, seen = board_with(5), 0, list[list[int]]()
    while not seen or after:
        page = latest_page(board, "320115", after=after, limit=2)
        seen.append([row.worker_id for row in page.rows])
        after = page.next or 0
    assert seen == [[1, 2], [3, 4], [5]]


def test_a_row_has_units_for_people() -> None:
    row = latest_page(board_with(1), "320115", after=0, limit=1).rows[0]
    assert (row.lat, row.lon, row.speed_mps, row.bearing) == (31.9, 118.8, 1.5, 90.0)
    assert (row.accuracy_m, row.battery, row.moving, row.on_duty, row.flags) == (None, None, True, False, 1)


def test_a_client_within_the_limits_is_never_refused() -> None:
    intake = Intake()
    for now_ms in range(0, 60_000, 500):
        intake.part(now_ms)
        intake.message(b'{"type":"pong"}')


def test_a_flood_of_parts_breaks_the_rule() -> None:
    intake = Intake()
    for _ in range(MAX_PARTS):
        intake.part(1)
    with pytest.raises(BrokeRule):
        intake.part(1)


@given(st.binary(max_size=64))
def test_any_message_is_read_or_refused(text: bytes) -> None:
    with contextlib.suppress(BrokeRule):
        assert isinstance(Intake().message(text).type, str)
