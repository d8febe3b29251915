"""The bus of one process: publishing calls every reader at once, and a reader that fails harms nobody else."""

from __future__ import annotations

import logging

from tracker.bus.model import Message, Reader
from tracker.metrics import Metrics

log = logging.getLogger(__name__)


class LocalBus:
    """Calls readers in the order in which they subscribed, in the publisher's own task."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._readers: dict[str, Reader] = {}

    def subscribe(self, name: str, reader: Reader) -> None:
        """Call `reader` with every message from now on; it must return at once. A taken name raises ValueError."""
        if name in self._readers:
            raise ValueError(f"a reader named {name!r} is already on the bus")
        self._readers[name] = reader

    def publish(self, message: Message) -> None:
        """Give a durable change to every reader; a reader's failure is logged and counted, and ends there."""
        for name, reader in tuple(self._readers.items()):
            try:
                reader(message)
            except Exception:  # the change is already durable: a reader's bug must not refuse a phone
                log.exception(
                    "Bus reader %s failed on a %s", name, type(message).__name__, extra={"action": "bus_reader_failed"}
                )
                self._metrics.bus_dropped.labels(reader=name).inc()
