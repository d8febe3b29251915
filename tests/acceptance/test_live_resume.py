"""The live stream of the running server, read by another client than the page: state, changes, resume, borders."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Subprotocol

from tests.acceptance.program import PATIENCE_S, Program, fix, now_ms
from tests.live_reader import Seen, Viewer

SNAPSHOT, DELTA = 1, 2


class Client:
    """A connection that applies frames as docs/live.md tells."""

    def __init__(self, socket: ClientConnection, viewer: Viewer) -> None:
        self.socket = socket
        self.viewer = viewer
        self.frames: list[Seen] = []
        self.hello: dict[str, Any] = {}

    async def until_worker(self, worker_id: int, lat_e7: int) -> None:
        """Read until this worker stands there."""
        async with asyncio.timeout(PATIENCE_S):
            while self.viewer.workers.get(worker_id, {}).get("lat_e7") != lat_e7:
                await self.read()

    async def read(self) -> Seen | None:
        """One message; a frame is applied."""
        message = await self.socket.recv()
        if isinstance(message, bytes):
            self.frames.append(self.viewer.apply(message))
            return self.frames[-1]
        told = orjson.loads(message)
        if told["type"] == "hello":
            self.hello = told
        return None


@contextlib.asynccontextmanager
async def watching(server: Program, name: str, query: str = "", viewer: Viewer | None = None) -> AsyncIterator[Client]:
    """A session that has read its hello and its first frame."""
    url = f"{server.url.replace('http', 'ws')}/api/v1/live?{query}"
    headers = {"Cookie": f"sanxun_session={server.cookie(name)}"} if name else {}
    protocol = Subprotocol("sanxun.live.1")
    async with connect(
        url, subprotocols=[protocol], additional_headers=headers, compression=None, proxy=None
    ) as socket:
        client = Client(socket, viewer or Viewer())
        async with asyncio.timeout(PATIENCE_S):
            while not client.frames:
                await client.read()
        yield client


async def test_the_first_frame_holds_everybody_of_the_area(server: Program) -> None:
    roster = server.call("GET", "/api/v1/roster", as_account="township").json["workers"]
    async with watching(server, "township") as client:
        assert client.frames[0].kind == SNAPSHOT
        assert client.viewer.workers.keys() == set(roster["id"])
        assert client.hello["area"] == server.accounts["township"].area
        assert client.hello["workers"] == len(roster["id"])


async def test_an_upload_comes_as_a_change(server: Program) -> None:
    worker = server.worker().go_on_duty()
    async with watching(server, "county") as client:
        worker.send(fix(now_ms(), 36.97531, spd=1.25, brg=90, bat=76))
        await client.until_worker(worker.id, 369753100)
        row = client.viewer.workers[worker.id]
        assert client.frames[-1].kind == DELTA
        assert (row["lon_e7"], row["speed_cms"], row["accuracy_dm"], row["battery"]) == (1152661000, 125, 80, 76)
        assert (row["bearing"], row["state"] & 0b10111) == (64, 0b10111)  # on duty, moving, placed, bearing known


async def test_a_connection_lost_for_a_while_gets_only_what_changed(server: Program) -> None:
    moved, rested = server.worker().go_on_duty(), server.worker().go_on_duty()
    rested.send(fix(now_ms(), 36.9701))
    async with watching(server, "county") as client:
        await client.until_worker(rested.id, 369701000)
        viewer, epoch, seq = client.viewer, client.hello["epoch"], client.viewer.seq
    for n in range(3):
        moved.send(fix(now_ms(), 36.98 + n / 1000))
    async with watching(server, "county", f"resume={epoch}:{seq}", viewer) as client:
        await client.until_worker(moved.id, 369820000)
        assert {frame.kind for frame in client.frames} == {DELTA}
        assert client.frames[0].from_seq <= seq
        assert rested.id not in client.frames[0].rows
        assert viewer.gaps == 0
        assert viewer.workers[rested.id]["lat_e7"] == 369701000


@pytest.mark.parametrize("resume", ["another:1", "{epoch}:4000000000"])
async def test_a_place_in_another_stream_gets_everything(server: Program, resume: str) -> None:
    async with watching(server, "county") as client:
        epoch = client.hello["epoch"]
    async with watching(server, "county", "resume=" + resume.format(epoch=epoch)) as client:
        assert client.frames[0].kind == SNAPSHOT


async def test_asking_again_gives_everything(server: Program) -> None:
    async with watching(server, "county") as client:
        await client.socket.send('{"type":"resync"}')
        async with asyncio.timeout(PATIENCE_S):
            while sum(frame.kind == SNAPSHOT for frame in client.frames) < 2:
                await client.read()


async def refusal(server: Program, name: str, query: str = "") -> InvalidStatus:
    with pytest.raises(InvalidStatus) as refused:
        async with watching(server, name, query):
            pass
    return refused.value


async def test_a_foreign_area_is_refused_before_the_upgrade(server: Program) -> None:
    grid = server.worker(outside=server.accounts["township"].area).grid
    for area in (grid, grid[:12], server.accounts["county"].area):
        error = await refusal(server, "township", f"area={area}")
        assert error.response.status_code == 403
        assert orjson.loads(error.response.body or b"")["error"]["code"] == "forbidden"


async def test_a_part_of_the_own_area_is_given(server: Program) -> None:
    grid = server.worker(inside=server.accounts["township"].area).grid
    async with watching(server, "township", f"area={grid}") as client:
        assert client.hello["area"] == grid
        roster = server.call("GET", f"/api/v1/roster?area={grid}", as_account="township").json["workers"]
        assert client.viewer.workers.keys() == set(roster["id"])


async def test_who_is_not_signed_in_is_refused(server: Program) -> None:
    assert (await refusal(server, "")).response.status_code == 401


async def test_a_role_without_the_map_is_refused(server: Program) -> None:
    assert (await refusal(server, "auditor")).response.status_code == 403


async def test_a_wrong_area_or_place_is_named(server: Program) -> None:
    errors = [await refusal(server, "county", "area=moon"), await refusal(server, "county", "resume=nonsense")]
    assert [error.response.status_code for error in errors] == [400, 400]
    told = [orjson.loads(error.response.body or b"")["error"]["field"] for error in errors]
    assert told == ["area", "resume"]
