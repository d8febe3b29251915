"""Phones that keep an upload until it is acknowledged, whatever happens to the server."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from dataclasses import dataclass, field

import orjson

from tests.crash.ledger import Values, Walker

ANSWER_TIMEOUT_S = 20.0
AGAIN_S = 0.1
REPEATS = 0.1  # of all uploads are of what was acknowledged before


@dataclass(kw_only=True)
class Counts:
    """What the phones met."""

    uploads: int = 0
    repeats: int = 0
    broken: int = 0  # connections that broke while an answer was due, or that were refused
    later: int = 0  # answers 503
    wrong: list[str] = field(default_factory=list)  # any other answer


class Phone:
    """Sends upload after upload on one connection; `stop` lets it finish what it has begun."""

    def __init__(self, walker: Walker, port: int, counts: Counts, *, pause_s: float) -> None:
        self.walker = walker
        self._port = port
        self._counts = counts
        self._pause_s = pause_s
        self._random = random.Random(walker.worker_id)
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Upload until told to stop; the last upload is acknowledged, too."""
        while not stop.is_set():
            done = self.walker.acknowledged
            if done > 1 and self._random.random() < REPEATS:
                await self._until_acknowledged(self.walker.upload(self._random.randrange(done - 1), shift=4))
                self._counts.repeats += 1
            else:
                await self._until_acknowledged(self.walker.upload(done))
                self.walker.acknowledged = done + 1
                self._counts.uploads += 1
            await asyncio.sleep(self._random.uniform(0, 2 * self._pause_s))
        self._hang_up()

    async def _until_acknowledged(self, fixes: list[Values]) -> None:
        while True:
            try:
                status, body = await asyncio.wait_for(self._send(fixes), ANSWER_TIMEOUT_S)
            except (OSError, asyncio.IncompleteReadError, TimeoutError, ValueError):
                self._counts.broken += 1
                self._hang_up()
            else:
                if status == 200:
                    return
                if status == 503:
                    self._counts.later += 1
                else:
                    self._counts.wrong.append(f"{status} {body[:200]!r}")
            await asyncio.sleep(self._random.uniform(0, 2 * AGAIN_S))

    async def _send(self, fixes: list[Values]) -> tuple[int, bytes]:
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._streams
        writer.write(self._request(fixes))
        head = await reader.readuntil(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        if headers.get("connection", "").lower() == "close":
            self._hang_up()
        return int(first.split()[1]), body

    def _request(self, fixes: list[Values]) -> bytes:
        sent_at = int(time.time() * 1000)
        body = orjson.dumps(
            {"sent_at": sent_at, "crs": "wgs84", "app": "crash", "fixes": [_json(one) for one in fixes]}
        )
        return (
            b"POST /api/v1/pings HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            b"Authorization: Bearer %s\r\nContent-Length: %d\r\n\r\n" % (self.walker.token.encode(), len(body))
        ) + body

    def _hang_up(self) -> None:
        if self._streams is not None:
            with contextlib.suppress(OSError, RuntimeError):
                self._streams[1].close()
        self._streams = None


def _json(fix: Values) -> dict[str, float | int | None]:
    at_ms, lat, lon, accuracy, speed, bearing, altitude, battery = fix
    assert lat is not None
    assert lon is not None
    return {
        "t": at_ms,
        "lat": lat / 1e7,
        "lon": lon / 1e7,
        "acc": _part(accuracy, 10),
        "spd": _part(speed, 100),
        "brg": _part(bearing, 100),
        "alt": altitude,
        "bat": battery,
    }


def _part(value: int | None, of: int) -> float | None:
    return None if value is None else value / of
