"""What the walkers must know of the county, asked from the server like any client: who walks where."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, TypeVar

import aiohttp

from tracker.demo.credentials import Credentials
from tracker.demo.walkers.lanes import Lanes, lanes_of_grid
from tracker.errors import SanxunError

T = TypeVar("T")

AT_ONCE = 8  # plan requests on their way


class ServerSaysNo(SanxunError):
    """The server refused what the walkers need; the message repeats its answer."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Beat:
    """One worker with their phone's token and the lanes of their grid."""

    worker_id: int
    token: str
    grid: str
    lanes: Lanes


async def read_beats(session: aiohttp.ClientSession, credentials: Credentials, count: int | None) -> list[Beat]:
    """The first `count` workers of the demo (None: all) whose grids have lanes."""
    await _sign_in(session, credentials)
    roster = await _get(session, "/api/v1/roster")
    grid_of = dict(zip(roster["workers"]["id"], roster["workers"]["grid"], strict=True))
    devices = spread([one for one in credentials.devices if one.worker in grid_of], count)
    wanted: dict[str, list[tuple[int, str, str]]] = defaultdict(list)
    for device in devices:
        grid = grid_of[device.worker]
        wanted[grid[:12]].append((device.worker, device.token, grid))
    limit = asyncio.Semaphore(AT_ONCE)

    async def of_village(code: str) -> list[Beat]:
        async with limit:
            plan = await _get(session, f"/api/v1/plan/villages/{code}")
        features = plan["layers"]["lanes"]["features"]
        found = [(worker, token, grid, lanes_of_grid(features, grid)) for worker, token, grid in wanted[code]]
        return [
            Beat(worker_id=worker, token=token, grid=grid, lanes=lanes) for worker, token, grid, lanes in found if lanes
        ]

    villages = await asyncio.gather(*(of_village(code) for code in wanted))
    return [beat for village in villages for beat in village]


def spread(things: Collection[T], count: int | None) -> list[T]:
    """`count` things taken evenly from all, so that a few walkers are seen all over the county."""
    everything = list(things)
    if count is None or count >= len(everything):
        return everything
    return [everything[i * len(everything) // count] for i in range(count)]


async def _sign_in(session: aiohttp.ClientSession, credentials: Credentials) -> None:
    account = next((one for one in credentials.accounts if one.role == "supervisor"), None)
    if account is None:
        raise ServerSaysNo("the credentials file has no supervisor's account")
    async with session.post("/api/v1/session", json={"name": account.name, "password": account.password}) as answer:
        if answer.status != 200:
            raise ServerSaysNo(f"signing in as {account.name}: {answer.status} {await answer.text()}")


async def _get(session: aiohttp.ClientSession, path: str) -> Any:
    async with session.get(path) as answer:
        if answer.status != 200:
            raise ServerSaysNo(f"{path}: {answer.status} {(await answer.text())[:300]}")
        return await answer.json()
