"""Viewers of the load: open live sessions and drain them; the frames of one are read."""

from __future__ import annotations

import selectors
import socket
import time
from multiprocessing.connection import Connection

import numpy as np


def viewers_process(port: int, cookie: str, count: int, window: tuple[float, float], report: Connection) -> None:
    """Opens live sessions and drains them; the first one's frames are read. Reports (latencies ms, bytes of one)."""
    head = f"GET /api/v1/live HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    head += f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nCookie: {cookie}\r\n\r\n"
    selector, late_ms, size, data = selectors.DefaultSelector(), list[float](), 0, b""
    for number in range(count):
        viewer = socket.create_connection(("127.0.0.1", port))
        viewer.sendall(head.encode())
        selector.register(viewer, selectors.EVENT_READ, number)
    while time.time() < window[1]:
        for key, _ in selector.select(0.1):
            got = key.fileobj.recv(1 << 18)  # type: ignore[union-attr]
            now_s = time.time()
            if key.data or not got:
                continue
            data += got
            inside = window[0] <= now_s < window[1]
            size += len(got) * inside
            if data.startswith(b"HTTP/1.1 101"):
                data = data.partition(b"\r\n\r\n")[2]
            data, found = frames(data, now_s * 1000)
            late_ms += found if inside else []
    report.send((late_ms, size))


def frames(data: bytes, now_ms: float) -> tuple[bytes, list[float]]:
    """Read whole websocket frames; gives the rest and the age of each position in deltas."""
    late: list[float] = []
    while len(data) >= 10 and not data.startswith(b"HTTP"):
        short = data[1]
        start, size = (2, short) if short < 126 else (4, int.from_bytes(data[2:4])) if short == 126 else (10, 0)
        size = int.from_bytes(data[2:10]) if short == 127 else size
        if len(data) < start + size:
            break
        frame, data = data[start : start + size], data[start + size :]
        if frame[:1] == b"\x53" and frame[2] == 2:
            count = int.from_bytes(frame[4:8], "little")
            ages = np.frombuffer(frame, "<i4", count, frame[3] + 12 * count)
            fix_ms = np.frombuffer(frame, "<f8", 1, 16)[0] - ages
            late += (now_ms - fix_ms).tolist()
    return data, late
