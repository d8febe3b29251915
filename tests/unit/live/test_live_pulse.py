"""The task that ticks the hub."""

from __future__ import annotations

import asyncio
from typing import Never

import pytest

from tracker.live.hub import Hub, Rhythm
from tracker.live.pulse import Pulse
from tracker.live.scribe import Packet, Wire
from tracker.metrics import Metrics

PATIENCE_S = 5.0


def hub() -> Hub:
    wire = Wire(binary=lambda body: Packet(body, body), text=lambda body: Packet(body, body))
    return Hub(wire=wire, metrics=Metrics(), now_ms=lambda: 0, epoch="e", rhythm=Rhythm(tick_ms=1))


async def test_a_death_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    def die() -> Never:
        raise RuntimeError("a bug")

    died: asyncio.Future[BaseException] = asyncio.get_running_loop().create_future()
    one = hub()
    monkeypatch.setattr(one, "tick", die)
    pulse = Pulse(one, on_death=died.set_result)
    pulse.start()
    assert str(await asyncio.wait_for(died, PATIENCE_S)) == "a bug"
    await pulse.stop()


async def test_stopping_is_no_death() -> None:
    deaths: list[BaseException] = []
    pulse = Pulse(hub(), on_death=deaths.append)
    pulse.start()
    await asyncio.sleep(0)
    await pulse.stop()
    await asyncio.sleep(0)
    assert deaths == []
    assert not [task for task in asyncio.all_tasks() if task.get_name() == "live-pulse"]


async def test_stopping_before_starting_is_fine() -> None:
    deaths: list[BaseException] = []
    await Pulse(hub(), on_death=deaths.append).stop()
    assert deaths == []
