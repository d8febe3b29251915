from __future__ import annotations

import asyncio
import contextlib
import hmac
import os
import signal
import sys
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.integration.cases_house import CITY, COUNTY, OTHER_TOWNSHIP, PETITION, TOWNSHIP, WATER, CaseHouse
from tracker.bus.model import Message
from tracker.cases.outbox.backoff import MOST_TRIES
from tracker.cases.outbox.carrier import DEAD_DAYS, LEASE_MS, Carrier
from tracker.cases.outbox.hooks import HookBody, Hooks
from tracker.cases.outbox.teller import Teller
from tracker.cases.states import Doer, State
from tracker.db.pool import Database
from tracker.geo.area import Area
from tracker.metrics import Metrics

ROOT = Path(__file__).resolve().parents[2]
WAIT_S = 30.0
DAY_MS = 86_400_000


@dataclass
class Receiver:
    """Another system: keeps what it was sent and answers as told."""

    url: str = ""
    status: int = 204
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    holds: asyncio.Event | None = None
    asked: asyncio.Event = field(default_factory=asyncio.Event)

    async def take(self, request: web.Request) -> web.Response:
        self.got.append(({name.lower(): text for name, text in request.headers.items()}, await request.read()))
        self.asked.set()
        if self.holds is not None:
            await self.holds.wait()
        return web.Response(status=self.status, headers={"Location": "/elsewhere"})

    def kinds(self) -> list[str]:
        return [orjson.loads(body)["type"] for _, body in self.got]

    def ids(self) -> list[str]:
        return [headers["webhook-id"] for headers, _ in self.got]


class Post:
    """A county with webhooks, and what carries them."""

    def __init__(self, house: CaseHouse, receiver: Receiver) -> None:
        self.house = house
        self.receiver = receiver
        self.metrics = Metrics()
        self.hooks = Hooks(
            database=house.database, persons=house.persons, register=house.register, now_ms=house.clock,
            allow_private=True,
        )  # fmt: skip

    def carrier(self, *, allow_private: bool = True) -> Carrier:
        return Carrier(
            database=self.house.database, persons=self.house.persons, metrics=self.metrics, now_ms=self.house.clock,
            allow_private=allow_private, chance=lambda: 0.0,
        )  # fmt: skip

    async def hook(self, **more: Any) -> tuple[int, str]:
        body = HookBody(**({"name": "市平台", "url": f"{self.receiver.url}/hook"} | more))
        async with self.house.database.transaction() as connection:
            return await self.hooks.add(connection, body, Area(COUNTY), 1)

    async def carry(self, *, allow_private: bool = True) -> None:
        carrier = self.carrier(allow_private=allow_private)
        async with carrier.session() as session:
            await carrier.tick(session)

    async def send(self) -> None:
        await self.house.watch.tick()
        await self.carry()

    async def states(self) -> list[tuple[str, int]]:
        rows = await self.house.database.fetch("select state, attempts from webhook_delivery order by id")
        return [(row["state"], row["attempts"]) for row in rows]


@pytest.fixture
async def post(database: Database) -> AsyncIterator[Post]:
    house, receiver = CaseHouse(database), Receiver()
    await house.build()
    app = web.Application()
    app.router.add_post("/{name:.*}", receiver.take)
    async with TestServer(app) as server:
        receiver.url = f"http://127.0.0.1:{server.port}"
        yield Post(house, receiver)


async def test_a_receiver_gets_a_signed_message(post: Post) -> None:
    _, secret = await post.hook()
    made = await post.house.create()
    await post.send()
    ((headers, body),) = post.receiver.got
    signed = b".".join((headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), body))
    mac = hmac.new(b64decode(secret.removeprefix("whsec_")), signed, sha256).digest()
    assert headers["webhook-signature"] == "v1," + b64encode(mac).decode()
    assert headers["webhook-timestamp"] == str(post.house.now_ms // 1000)
    told = orjson.loads(body)
    assert (told["type"], told["data"]["id"], told["data"]["number"]) == ("case.new", made.id, made.number)
    assert await post.states() == [("done", 1)]


async def test_nothing_personal_leaves(post: Post) -> None:
    await post.hook()
    made = await post.house.create()
    await post.house.until(made.id, State.CLOSED)
    await post.send()
    text = b"".join(body for _, body in post.receiver.got).decode()
    assert len(post.receiver.got) > 8
    assert [word for word in ("13800001234", "赵六", "垃圾堆", "谢谢") if word in text] == []


async def test_a_webhook_hears_what_it_asked_for(post: Post) -> None:
    await post.hook(kinds=["case.warning", "case.escalation"])
    await post.house.create()
    post.house.now_ms += 24 * 60_000
    await post.send()
    post.house.now_ms += 7 * 60_000
    await post.send()
    assert post.receiver.kinds() == ["case.warning", "case.escalation"]
    assert orjson.loads(post.receiver.got[0][1])["data"]["stage"] == "acceptance"


@pytest.mark.parametrize(("area", "expected"), [(TOWNSHIP, 1), (OTHER_TOWNSHIP, 0)])
async def test_a_webhook_hears_of_its_own_area(post: Post, area: str, expected: int) -> None:
    await post.hook(area=area)
    await post.house.create()
    await post.send()
    assert len(post.receiver.got) == expected


async def test_a_department_hears_of_its_own_cases_and_of_no_complaint(post: Post) -> None:
    await post.hook(department=CITY)
    case, complaint = await post.house.create(), await post.house.create(category="0603", complained_of=CITY)
    await post.house.until(case.id, State.DISPATCHED)
    await post.house.until(complaint.id, State.FILED)
    await post.house.to(complaint.id, State.DISPATCHED, Doer.DISPATCHER, department=PETITION, co_departments=[WATER])
    await post.send()
    assert {orjson.loads(body)["data"]["id"] for _, body in post.receiver.got} == {case.id}


async def test_a_failed_try_comes_again_later(post: Post) -> None:
    await post.hook()
    await post.house.create()
    post.receiver.status = 500
    await post.send()
    await post.send()
    assert len(post.receiver.got) == 1  # not yet
    post.house.now_ms += 10_000
    post.receiver.status = 200
    await post.carry()
    assert await post.states() == [("done", 2)]
    assert len(set(post.receiver.ids())) == 1


@pytest.mark.parametrize("status", [302, 404, 503])
async def test_anything_but_2xx_is_a_failure_and_no_redirection_is_followed(post: Post, status: int) -> None:
    await post.hook()
    await post.house.create()
    post.receiver.status = status
    await post.send()
    assert await post.states() == [("waiting", 1)]
    assert len(post.receiver.got) == 1


async def test_a_receiver_that_is_gone_is_given_up_at_once(post: Post) -> None:
    await post.hook()
    await post.house.create()
    post.receiver.status = 410
    await post.send()
    assert await post.states() == [("dead", 1)]


async def test_dead_letters_are_listed_and_sent_again(post: Post) -> None:
    hook_id, _ = await post.hook()
    await post.house.create()
    post.receiver.status = 500
    await post.house.watch.tick()
    for _ in range(MOST_TRIES):
        await post.carry()
        post.house.now_ms += 8 * 3_600_000
    assert await post.states() == [("dead", MOST_TRIES)]
    (dead,) = await post.hooks.deliveries(hook_id, "dead", 1 << 40, 10)
    assert (dead.status, dead.error) == (500, "answered 500")
    assert [one.dead for one in await post.hooks.all()] == [1]
    post.receiver.status = 200
    async with post.house.database.transaction() as connection:
        assert await post.hooks.send_again(connection, hook_id, dead.id) == 1
    await post.carry()
    assert await post.states() == [("done", 1)]
    assert len(set(post.receiver.ids())) == 1


async def test_a_silent_receiver_is_left_alone_and_others_are_not(post: Post) -> None:
    silent, _ = await post.hook(url="http://127.0.0.1:9/")
    await post.hook()
    for _ in range(3):
        await post.house.create()
    await post.send()
    assert len(post.receiver.got) == 3
    assert {one.id: one.waiting for one in await post.hooks.all()}[silent] == 3
    await post.house.create()
    await post.send()
    tries = await post.house.database.fetchval(
        "select sum(attempts) from webhook_delivery where webhook_id = $1", silent
    )
    assert tries == 3  # the fourth waits until the receiver's rest is over


async def test_many_carriers_deliver_once(post: Post) -> None:
    await post.hook()
    for _ in range(20):
        await post.house.create()
    tellers = [Teller(database=post.house.database, bus=post.house, now_ms=post.house.clock) for _ in range(4)]
    await asyncio.gather(*(one.send() for one in tellers))
    await asyncio.gather(*(post.carry() for _ in range(4)))
    assert len(post.receiver.got) == len(set(post.receiver.ids())) == 20


async def test_no_address_inside_is_reached(post: Post) -> None:
    await post.hook()
    await post.house.create()
    await post.house.watch.tick()
    await post.carry(allow_private=False)
    assert post.receiver.got == []
    assert await post.states() == [("waiting", 1)]


async def test_a_retired_webhook_gets_nothing(post: Post) -> None:
    hook_id, _ = await post.hook()
    await post.house.create()
    await post.house.watch.tick()
    async with post.house.database.transaction() as connection:
        await post.hooks.retire(connection, hook_id)
    await post.house.create()
    await post.send()
    assert post.receiver.got == []
    assert await post.states() == [("dead", 0)]


async def test_what_is_told_is_marked_only_afterwards(post: Post) -> None:
    await post.hook()
    await post.house.create()

    class Deaf(CaseHouse):
        def publish(self, message: Message) -> None:
            raise RuntimeError(f"the bus broke on {message}")

    teller = Teller(database=post.house.database, bus=Deaf(post.house.database), now_ms=post.house.clock)
    with pytest.raises(RuntimeError):
        await teller.send()
    assert await post.house.database.fetchval("select count(*) from case_outbox where sent_at is null") == 1
    assert await post.states() == []
    await post.send()
    assert len(post.receiver.got) == 1
    assert len(post.house.news("new")) == 1


async def test_old_messages_are_forgotten_and_depths_are_told(post: Post) -> None:
    await post.hook()
    await post.house.create()
    await post.send()
    post.house.now_ms += 8 * DAY_MS
    await post.carry()
    assert await post.house.database.fetchval("select count(*) from case_outbox") == 0
    assert await post.states() == [("done", 1)]
    post.house.now_ms += DEAD_DAYS * DAY_MS
    await post.house.create()
    await post.carry()
    assert await post.states() == []
    value = post.metrics.registry.get_sample_value
    assert value("sanxun_case_outbox_waiting") == 1
    assert value("sanxun_webhook_deliveries_total", {"outcome": "done"}) == 1


_CARRIER = """
import asyncio, sys
sys.path.insert(0, {root!r})
from tests.integration.cases_house import CaseHouse
from tests.integration.test_cases_outbox import Post, Receiver
from tracker.db.pool import Database

async def main():
    house = CaseHouse(Database({url!r}))
    house.now_ms = {now_ms}
    await Post(house, Receiver()).carry()

asyncio.run(main())
"""


async def test_a_delivery_survives_kill_9_in_the_middle(post: Post) -> None:
    await post.hook()
    await post.house.create()
    await post.house.watch.tick()
    post.receiver.holds = asyncio.Event()
    program = _CARRIER.format(root=str(ROOT), url=post.house.database.url, now_ms=post.house.now_ms)
    died = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, env=os.environ | {"PYTHONPATH": str(ROOT)}, cwd=ROOT
    )
    await asyncio.wait_for(post.receiver.asked.wait(), WAIT_S)
    died.send_signal(signal.SIGKILL)
    await died.wait()
    post.receiver.holds.set()
    await post.carry()
    assert len(post.receiver.got) == 1  # it may still be under way: nobody else takes it
    post.house.now_ms += LEASE_MS + 1
    await post.carry()
    assert await post.states() == [("done", 2)]
    assert len(set(post.receiver.ids())) == 1  # the receiver knows that it came before


async def test_it_runs_by_itself(post: Post) -> None:
    await post.hook()
    carrier = post.carrier()
    running = asyncio.create_task(carrier.run(), name="carrier")
    await post.house.create()
    await post.house.watch.tick()
    carrier.poke()
    await asyncio.wait_for(post.receiver.asked.wait(), WAIT_S)
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
