"""Phones of the load: each keeps one connection and uploads 10 fixes at a time, on schedule or without a pause."""

from __future__ import annotations

import asyncio
import itertools
import random
import re
import signal
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

import uvloop

BATCH = 10
LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
Body = Callable[[int, int], bytes]  # (Unix ms of the newest fix, ms between fixes)


@dataclass(frozen=True, kw_only=True)
class Phone:
    """Who sends: the token, and a place in the middle of the worker's own grid."""

    token: str
    lat: float
    lon: float


@dataclass(frozen=True, kw_only=True)
class Phase:
    """One measurement; `rate` in uploads/s, 0 = every connection sends as soon as it is answered."""

    name: str
    port: int
    phones: list[Phone]
    compact: bool
    rate: float
    start_s: float  # Unix time at which measuring starts
    seconds: float


@dataclass(kw_only=True)
class Result:
    """What the phones of one phase counted."""

    acks_ms: list[float] = field(default_factory=list)
    stored: int = 0
    wrong: int = 0


def object_body(phone: Phone) -> Body:
    """The readable form; positions differ by decimetres, so that no two fixes are the same."""
    one = f'{{"t":%d,"lat":%.7f,"lon":{phone.lon},"acc":8.5,"spd":1.4,"brg":31,"bat":76}}'
    text = '{"sent_at":%d,"crs":"wgs84","app":"bench/1","fixes":[' + ",".join([one] * BATCH) + "]}"

    def body(at_ms: int, step_ms: int) -> bytes:
        lat = phone.lat + random.random() * 1e-5
        values: list[float] = [at_ms]
        for n in range(BATCH):
            values += (at_ms - (BATCH - 1 - n) * step_ms, lat + n * 1e-6)
        return (text % tuple(values)).encode()

    return with_head(phone.token, body)


def compact_body(phone: Phone) -> Body:
    """The form with columns of differences."""
    same = ",".join(["0"] * BATCH)
    text = (
        '{"v":1,"crs":"wgs84","app":"bench/1","sent":%d,"t0":%d,"lat0":%d,"lon0":%d,"dt":[%s],'
        f'"dlat":[{",".join(["10"] * BATCH)}],"dlon":[{same}],"acc":[{same}],"spd":[{same}]}}'
    )

    def body(at_ms: int, step_ms: int) -> bytes:
        steps = ",".join([str(step_ms)] * BATCH)
        lat = round(phone.lat * 1e7) + random.randrange(100)
        return (text % (at_ms, at_ms - BATCH * step_ms, lat, round(phone.lon * 1e7), steps)).encode()

    return with_head(phone.token, body)


def with_head(token: str, body: Body) -> Body:
    """A whole HTTP request."""
    head = f"POST /api/v1/pings HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n"
    head += "Content-Type: application/json\r\nContent-Length: "

    def request(at_ms: int, step_ms: int) -> bytes:
        sent = body(at_ms, step_ms)
        return b"%s%d\r\n\r\n%s" % (head.encode(), len(sent), sent)

    return request


class Link(asyncio.Protocol):
    """One phone's connection; keeps what is due while an answer is awaited."""

    def __init__(self, phase: Phase, result: Result, body: Body) -> None:
        self._phase, self._result, self._body = phase, result, body
        self._step_ms = max(1, int(1000 * len(phase.phones) / phase.rate / BATCH)) if phase.rate else 1
        self._due: deque[float] = deque()
        self._sent_for = 0.0
        self._buffer = b""
        self.transport: Any = None  # uvloop's own class

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way out."""
        self.transport = transport

    def offer(self, due_s: float) -> None:
        """Send now, or after the answers before it."""
        if self._sent_for:
            self._due.append(due_s)
        else:
            self._send(due_s)

    def _send(self, due_s: float) -> None:
        self._sent_for = due_s
        self.transport.write(self._body(int(due_s * 1000), self._step_ms))

    def data_received(self, data: bytes) -> None:
        """Count an answer and go on."""
        self._buffer += data
        head = self._buffer.find(b"\r\n\r\n")
        if head < 0:
            return
        length = LENGTH.search(self._buffer, 0, head)
        assert length is not None
        if len(self._buffer) < head + 4 + int(length[1]):
            return
        self._count(self._buffer)
        self._buffer, self._sent_for = b"", 0.0
        if self._due:
            self._send(self._due.popleft())
        elif not self._phase.rate:
            self._send(time.time())

    def _count(self, answer: bytes) -> None:
        now_s = time.time()
        if not 0 <= now_s - self._phase.start_s < self._phase.seconds:
            return
        self._result.acks_ms.append((now_s - self._sent_for) * 1000)
        if answer.startswith(b"HTTP/1.1 200") and b'"stored":10' in answer:
            self._result.stored += BATCH
        else:
            self._result.wrong += 1


async def phones(phase: Phase) -> Result:
    """All connections of one process, until the phase is over."""
    loop, result = asyncio.get_running_loop(), Result()
    links: list[Link] = []
    for phone in phase.phones:
        body = (compact_body if phase.compact else object_body)(phone)
        _, link = await loop.create_connection(lambda body=body: Link(phase, result, body), "127.0.0.1", phase.port)  # type: ignore[misc]
        links.append(link)
    end_s, began_s = phase.start_s + phase.seconds, time.time()
    if not phase.rate:
        for link in links:
            link.offer(time.time())
        await asyncio.sleep(end_s - time.time())
    for number in itertools.count():
        due_s = began_s + number / phase.rate if phase.rate else end_s
        while (early_s := due_s - time.time()) > 0 and due_s < end_s:  # noqa: ASYNC110 - a schedule, not an event
            await asyncio.sleep(min(early_s, 0.002))
        if due_s >= end_s:
            break
        links[number % len(links)].offer(due_s)
        if number % 50 == 0:
            await asyncio.sleep(0)
    for link in links:
        link.transport.abort()
    return result


def phones_process(phase: Phase, report: Connection) -> None:
    """The child's whole life."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    report.send(uvloop.run(phones(phase)))
