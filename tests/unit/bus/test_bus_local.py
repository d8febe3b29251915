"""The local bus."""

from __future__ import annotations

import logging

import pytest

from tracker.bus.local import LocalBus
from tracker.bus.model import DutyChanged, Message
from tracker.metrics import Metrics

CHANGE = DutyChanged(worker_id=7, on=True, at_ms=1)


def fail(_: Message) -> None:
    raise RuntimeError("a reader's bug")


def test_every_reader_gets_the_message() -> None:
    bus, first, second = LocalBus(Metrics()), list[Message](), list[Message]()
    bus.subscribe("first", first.append)
    bus.subscribe("second", second.append)
    bus.publish(CHANGE)
    assert first == second == [CHANGE]


def test_a_failing_reader_harms_nobody_and_is_counted(caplog: pytest.LogCaptureFixture) -> None:
    metrics, heard = Metrics(), list[Message]()
    bus = LocalBus(metrics)
    bus.subscribe("bad", fail)
    bus.subscribe("good", heard.append)
    with caplog.at_level(logging.ERROR):
        bus.publish(CHANGE)
    assert heard == [CHANGE]
    assert metrics.registry.get_sample_value("sanxun_bus_dropped_batches_total", {"reader": "bad"}) == 1
    assert "a reader's bug" in caplog.text


def test_a_reader_may_subscribe_while_hearing() -> None:
    bus, heard = LocalBus(Metrics()), list[Message]()
    bus.subscribe("first", lambda _: bus.subscribe("late", heard.append))
    bus.publish(CHANGE)
    assert heard == []


def test_a_taken_name_is_refused() -> None:
    bus = LocalBus(Metrics())
    bus.subscribe("live", fail)
    with pytest.raises(ValueError, match="'live'"):
        bus.subscribe("live", fail)
