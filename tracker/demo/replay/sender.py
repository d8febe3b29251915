"""Sends the points of a recording as one worker's phone, and asks the server where that worker's grid is."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Any

import aiohttp
import orjson

from tracker.demo.credentials import DemoAccount
from tracker.demo.replay.outcome import Outcome
from tracker.demo.replay.pace import Pace
from tracker.demo.replay.recording import Point
from tracker.demo.replay.times import presses
from tracker.errors import NotFound, SanxunError

SHIFT_MS = 12 * 3_600_000  # the server ends a shift after so long
PATIENCE_S = 120.0  # a server that is away for longer than it needs to restart is reported
WAIT_S = 2.0  # before trying again where the server does not say


class ServerRefused(SanxunError):
    """The server's answer makes it useless to go on; the message repeats it."""

    code = "server_refused"


class Phone:
    """One token on one server; sends again until the server has answered."""

    def __init__(self, session: aiohttp.ClientSession, token: str) -> None:
        self._session = session
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    async def replay(
        self, points: Sequence[Point], pace: Pace, outcome: Outcome, show: Callable[[int], object]
    ) -> None:
        """Press 上岗 where the recording needs it, then send every point; `show` is told of each batch."""
        for at_ms in presses(points, SHIFT_MS):
            await self._go_on(at_ms, outcome)
        began_s, first = time.monotonic(), 0
        while first < len(points):
            elapsed_s = time.monotonic() - began_s
            end = pace.due(points, first, elapsed_s)
            if end > first:
                outcome.add(end - first, await self._send(points[first:end]))
                show(end - first)
            first = end
            await asyncio.sleep(pace.wait_s(points, first, elapsed_s))
        if outcome.answered != outcome.sent:
            raise ServerRefused(f"{outcome.sent} points were sent, the server accounts for {outcome.answered}")

    async def _go_on(self, at_ms: int, outcome: Outcome) -> None:
        status, text = await self._post("/api/v1/duty/on", {"at_ms": at_ms})
        if status == 400:  # too long ago for a press: the points may still lie within a weekly schedule
            error = orjson.loads(text)["error"]
            outcome.notes.append(f"上岗 at {error['field']} {error['value']} was refused; allowed: {error['allowed']}")
        elif status != 200:
            raise ServerRefused(f"/api/v1/duty/on: {status} {text}")

    async def _send(self, points: Sequence[Point]) -> Any:
        body = {"sent_at": int(time.time() * 1000), "crs": "wgs84", "app": "replay", "fixes": [fix(p) for p in points]}
        status, text = await self._post("/api/v1/pings", body)
        if status != 200:
            raise ServerRefused(f"/api/v1/pings: {status} {text}")
        return orjson.loads(text)

    async def _post(self, path: str, body: object) -> tuple[int, str]:
        """Status and text; tries again while the server is away or busy."""
        deadline_s, data = time.monotonic() + PATIENCE_S, orjson.dumps(body)
        while True:
            wait_s = WAIT_S
            try:
                async with self._session.post(path, data=data, headers=self._headers) as answer:
                    text = await answer.text()
                    if answer.status not in {429, 503}:
                        return answer.status, text[:500] if answer.status != 200 else text
                    wait_s, said = float(answer.headers.get("Retry-After", WAIT_S)), f"{answer.status} {text[:300]}"
            except (aiohttp.ClientError, TimeoutError) as error:
                said = f"{type(error).__name__}: {error}"
            if time.monotonic() + wait_s > deadline_s:
                raise ServerRefused(f"{path}: no good answer for {PATIENCE_S:.0f} s; the last was {said}")
            await asyncio.sleep(wait_s)


def fix(point: Point) -> dict[str, float]:
    """A point in the native upload's object form; what the recording does not say is left out."""
    readings = {"alt": point.altitude_m, "spd": point.speed_mps, "brg": point.bearing_deg}
    known = {name: value for name, value in readings.items() if value is not None}
    return {"t": point.at_ms or 0, "lat": point.lat, "lon": point.lon, **known}


class Map:
    """A signed-in account that knows where grids are."""

    def __init__(self, session: aiohttp.ClientSession, account: DemoAccount) -> None:
        self._session = session
        self._account = account
        self._grid_of: dict[int, str] = {}

    async def sign_in(self) -> None:
        """Sign in and read the roster."""
        body = {"name": self._account.name, "password": self._account.password}
        async with self._session.post("/api/v1/session", json=body) as answer:
            if answer.status != 200:
                raise ServerRefused(f"signing in as {self._account.name}: {answer.status} {await answer.text()}")
        workers = (await self._get("/api/v1/roster"))["workers"]
        self._grid_of = dict(zip(workers["id"], workers["grid"], strict=True))

    async def grid_centre(self, worker_id: int) -> tuple[float, float]:
        """(lat, lon) of the label point of the worker's grid; raises NotFound."""
        grid = self._grid_of.get(worker_id)
        if grid is None:
            raise NotFound(kind="worker", key=worker_id)
        grids = await self._get(f"/api/v1/grids?area={grid}")
        place = grids["features"][0]["properties"]
        return place["lat"], place["lon"]

    async def _get(self, path: str) -> Any:
        async with self._session.get(path) as answer:
            if answer.status != 200:
                raise ServerRefused(f"{path}: {answer.status} {(await answer.text())[:300]}")
            return await answer.json()
