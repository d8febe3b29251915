"""Viewers of the load: open live sessions as browsers do and drain them; the frames of one are read."""

from __future__ import annotations

import select
import time
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection

import numpy as np

from tests.bench.load.phones import connect, cpu_s
from tests.live_reader import COLUMNS

WIDTHS = {name: int(kind[1:]) for name, kind in (column.split(":") for column in COLUMNS.split())}
BEFORE_AGE = sum(WIDTHS[name] for name in list(WIDTHS)[: list(WIDTHS).index("age_ms")])
DELTA = 2
LONGEST_MS = 3_600_000
ONE = 1 << 17  # bytes read at once


@dataclass(kw_only=True)
class Watched:
    """Age of each position when its frame arrived, of one viewer; `wire` in bytes of the same one."""

    late_ms: list[float] = field(default_factory=list)
    wire: int = 0
    cpu_s: float = 0.0


def viewers_process(port: int, cookies: Sequence[str], count: int, seconds: float, report: Connection) -> None:
    """Open live sessions, say so, hear when the window begins, and drain them until it is over."""
    head = f"GET /api/v1/live HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    head += "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    head += "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"
    poll, links = select.epoll(), {}
    for number in range(count):
        link = connect(port, number)
        link.sendall(f"{head}Cookie: {cookies[number % len(cookies)]}\r\n\r\n".encode())
        links[link.fileno()] = link
        poll.register(link, select.EPOLLIN)
    found, data, buffer, read = Watched(), b"", bytearray(ONE), next(iter(links))
    report.send("ready")
    start_s = report.recv()
    before, window = None, (start_s, start_s + seconds)
    while (now_s := time.time()) < window[1]:
        if before is None and now_s >= window[0]:
            before = cpu_s()
        for descriptor, _ in poll.poll(0.1):
            size = links[descriptor].recv_into(buffer)
            if not size:
                raise ConnectionError("the server closed a live session")
            if descriptor == read:
                inside = window[0] <= time.time() < window[1]
                found.wire += size * inside
                data, late = ages(data + buffer[:size], time.time() * 1000)
                found.late_ms += late if inside else []
    found.cpu_s = cpu_s() - (before or 0.0)
    report.send(found)


def ages(data: bytes, now_ms: float) -> tuple[bytes, list[float]]:
    """Read whole websocket frames; gives the rest and how long ago each position of the deltas was made."""
    late: list[float] = []
    if data.startswith(b"HTTP/1.1 "):
        head, end, rest = data.partition(b"\r\n\r\n")
        assert not end or head.startswith(b"HTTP/1.1 101"), head
        data = rest if end else data
    while len(data) >= 10 and not data.startswith(b"HTTP"):
        start, size = (2, data[1]) if data[1] < 126 else (4, int.from_bytes(data[2:4], "big"))
        start, size = (10, int.from_bytes(data[2:10], "big")) if data[1] == 127 else (start, size)
        if len(data) < start + size:
            break
        first, frame, data = data[0], data[start : start + size], data[start + size :]
        frame = zlib.decompressobj(-15).decompress(frame + b"\x00\x00\xff\xff") if first & 0x40 else frame
        if frame[:1] == b"\x53" and frame[2] == DELTA:
            late += _late(frame, now_ms)
    return data, late


def _late(frame: bytes, now_ms: float) -> list[float]:
    """The column `age_ms` of a frame, in its four byte planes, as time since the fix (docs/live.md)."""
    count = int.from_bytes(frame[4:8], "little")
    planes = np.frombuffer(frame, "u1", 4 * count, frame[3] + BEFORE_AGE * count).reshape(4, count)
    ages_ms = planes.T.copy().view("<i4")[:, 0]
    ages_ms = ages_ms[ages_ms < LONGEST_MS]  # a worker who came on or off duty has no new position
    made_ms = np.frombuffer(frame, "<f8", 1, 16)[0]
    found: list[float] = (now_ms - made_ms + ages_ms).tolist()
    return found
