"""Batches over the real NATS server: they arrive elsewhere, never here twice, and publishing never waits."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from tracker.bus.model import Batch, DutyChanged, Message, Stored
from tracker.bus.nats import BUFFER_BYTES, CONNECT_S, NatsBus
from tracker.bus.server import EmbeddedNats
from tracker.metrics import Metrics

PATIENCE_S = 10.0


async def until(condition: Callable[[], object], what: str) -> None:
    deadline = asyncio.get_running_loop().time() + PATIENCE_S
    while not condition():
        assert asyncio.get_running_loop().time() < deadline, f"still not: {what}"
        await asyncio.sleep(0.005)


@pytest.fixture
async def nats(tmp_path: Path) -> AsyncIterator[EmbeddedNats]:
    server = EmbeddedNats(tmp_path)
    server.start()
    watching = asyncio.create_task(server.watch())
    yield server
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    server.stop()


class Process:
    """One process's bus with what it heard."""

    def __init__(self, url: str, token: str) -> None:
        self.metrics = Metrics()
        self.bus = NatsBus(url, subject="sanxun.test", metrics=self.metrics, token=token)
        self.here: list[Message] = []
        self.from_others: list[Batch] = []
        self.bus.subscribe("here", self.here.append)
        self.bus.listen("others", self.from_others.append)

    def value(self, name: str) -> float:
        return self.metrics.registry.get_sample_value(f"sanxun_{name}") or 0.0


@contextlib.asynccontextmanager
async def running(nats: EmbeddedNats, token: str = "") -> AsyncIterator[Process]:
    process = Process(nats.url, token or nats.token)
    task = asyncio.create_task(process.bus.run())
    yield process
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@contextlib.asynccontextmanager
async def two(nats: EmbeddedNats) -> AsyncIterator[tuple[Process, Process]]:
    async with running(nats) as one, running(nats) as other:
        await until(lambda: one.bus.is_connected and other.bus.is_connected, "both are connected")
        yield one, other


def batch(mark: int = 1, data: bytes = b"\x01") -> Batch:
    segment = Stored(worker_id=7, started_at_ms=1, received_at_ms=2, data=data)
    return Batch(committed_at_ms=3, fixes=1, newest=[], segments=[segment], mark=mark)


async def test_a_batch_arrives_in_the_other_process(nats: EmbeddedNats) -> None:
    async with two(nats) as (one, other):
        one.bus.publish(batch())
        await until(lambda: other.from_others, "the batch arrived")
    assert other.from_others == [batch()]


async def test_batches_arrive_in_their_order(nats: EmbeddedNats) -> None:
    async with two(nats) as (one, other):
        for mark in range(1, 501):
            one.bus.publish(batch(mark))
        await until(lambda: len(other.from_others) == 500, "all arrived")
    assert [one.mark for one in other.from_others] == list(range(1, 501))


async def test_readers_of_the_same_process_hear_at_once_and_once(nats: EmbeddedNats) -> None:
    async with two(nats) as (one, other):
        one.bus.publish(batch())
        assert one.here == [batch()]
        await until(lambda: other.from_others, "the batch arrived")
    assert one.from_others == []
    assert other.here == []


async def test_only_batches_leave_the_process(nats: EmbeddedNats) -> None:
    async with two(nats) as (one, other):
        one.bus.publish(DutyChanged(worker_id=1, on=True, at_ms=0))
        one.bus.publish(batch())
        await until(lambda: other.from_others, "the batch arrived")
    assert len(one.here) == 2
    assert len(other.from_others) == 1


async def test_publishing_without_nats_drops_and_counts(nats: EmbeddedNats) -> None:
    alone = Process(nats.url, nats.token)
    alone.bus.publish(batch())
    assert alone.here == [batch()]
    assert alone.value("bus_unsent_batches_total") == 1


async def test_a_full_buffer_drops_and_counts(nats: EmbeddedNats) -> None:
    async with two(nats) as (one, _):
        for _ in range(9):  # nothing is sent before this task waits
            one.bus.publish(batch(data=bytes(BUFFER_BYTES // 8)))
        assert one.value("bus_unsent_batches_total") == 2
        assert one.value("bus_buffer_bytes") <= BUFFER_BYTES


async def test_a_batch_larger_than_nats_takes_is_dropped_and_counted(nats: EmbeddedNats) -> None:
    async with two(nats) as (one, other):
        one.bus.publish(batch(1, bytes(9_000_000)))
        one.bus.publish(batch(2))
        await until(lambda: other.from_others, "the smaller one arrived")
        assert one.value("bus_unsent_batches_total") == 1
    assert [one.mark for one in other.from_others] == [2]


async def test_the_bus_comes_back_after_nats_was_killed(nats: EmbeddedNats) -> None:
    async with two(nats) as (one, other):
        killed = nats.pid
        assert killed is not None
        os.kill(killed, signal.SIGKILL)
        await until(lambda: not one.bus.is_connected and not other.bus.is_connected, "both noticed")
        one.bus.publish(batch(1))
        await until(lambda: one.bus.is_connected and other.bus.is_connected, "both are connected again")
        one.bus.publish(batch(2))
        await until(lambda: other.from_others, "the second arrived")
    assert [one.mark for one in other.from_others] == [2]


async def test_a_reader_that_fails_harms_nobody_else(nats: EmbeddedNats) -> None:
    async with running(nats) as one, running(nats) as other:
        other.bus.listen("broken", lambda _: 1 / 0)  # type: ignore[arg-type]
        await until(lambda: one.bus.is_connected and other.bus.is_connected, "both are connected")
        one.bus.publish(batch(1))
        one.bus.publish(batch(2))
        await until(lambda: len(other.from_others) == 2, "both arrived")
        assert other.metrics.registry.get_sample_value("sanxun_bus_dropped_batches_total", {"reader": "broken"}) == 2


async def test_a_stranger_without_the_token_is_not_let_in(nats: EmbeddedNats) -> None:
    async with running(nats) as one, running(nats, token="guessed") as stranger:
        await until(lambda: one.bus.is_connected, "the one with the token is in")
        one.bus.publish(batch())
        assert not stranger.bus.is_connected


async def test_what_waits_is_sent_before_the_bus_closes(nats: EmbeddedNats) -> None:
    async with running(nats) as other:
        async with running(nats) as one:
            await until(lambda: one.bus.is_connected and other.bus.is_connected, "both are connected")
            for mark in range(200):
                one.bus.publish(batch(mark))
        await until(lambda: len(other.from_others) == 200, "all arrived")


async def test_a_bus_that_ends_as_nats_dies_does_not_wait_for_it(nats: EmbeddedNats) -> None:
    async with running(nats) as process:
        await until(lambda: process.bus.is_connected, "it is connected")
        assert nats.pid is not None
        os.kill(nats.pid, signal.SIGKILL)
        began_s = asyncio.get_running_loop().time()
    assert asyncio.get_running_loop().time() - began_s < CONNECT_S
