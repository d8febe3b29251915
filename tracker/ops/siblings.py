"""What the processes tell one another of themselves, so that one /metrics and one /readyz speak for all."""

from __future__ import annotations

import logging
import os
import socket
import time
from collections.abc import Iterator

import msgspec
from prometheus_client import CollectorRegistry
from prometheus_client.core import Metric

log = logging.getLogger(__name__)

# Gauges that mean something in every process; the others are the house's, and would be 0 elsewhere.
OF_EACH = frozenset(
    f"sanxun_{name}"
    for name in (
        "bus_buffer_bytes",
        "bus_connected",
        "build_info",
        "database_up",
        "loop_lag_seconds",
        "ingest_queue_fixes",
        "ingest_queue_limit_fixes",
    )
)
GONE_S = 10.0  # three beats that did not come

Sample = tuple[str, dict[str, str], float]


class Beat(msgspec.Struct, frozen=True, kw_only=True):
    """One process and its series, by family."""

    process: str
    families: dict[str, list[Sample]]


class Siblings:
    """`beat()` says how we are, `hear` takes what others say; `collect()` gives all series, theirs marked `process`."""

    def __init__(self, registry: CollectorRegistry, name: str) -> None:
        self._registry = registry
        self._name = f"{name}@{socket.gethostname()}/{os.getpid()}"
        self._heard: dict[str, tuple[float, Beat]] = {}

    def beat(self) -> bytes:
        """What the others hear of this process."""
        families: dict[str, list[Sample]] = {
            family.name: [(one.name, one.labels, one.value) for one in family.samples]
            for family in self._registry.collect()
            if family.samples and (family.type != "gauge" or family.name in OF_EACH)
        }
        return msgspec.msgpack.encode(Beat(process=self._name, families=families))

    def hear(self, data: bytes) -> None:
        """Take another process's beat; one that cannot be read is left out."""
        try:
            beat = msgspec.msgpack.decode(data, type=Beat)
        except msgspec.MsgspecError as error:
            log.debug("A beat cannot be read: %s", error)
            return
        self._heard[beat.process] = time.monotonic(), beat

    def names(self) -> list[str]:
        """Ourselves and who was heard of lately: name@host/pid."""
        return sorted([self._name, *(beat.process for beat in self._alive())])

    def collect(self) -> Iterator[Metric]:
        """All families: our series as they are, those of others with their process."""
        others = self._alive()
        for family in self._registry.collect():
            for beat in others:
                for name, labels, value in beat.families.get(family.name, ()):
                    family.add_sample(name, {**labels, "process": beat.process}, value)
            yield family

    def _alive(self) -> list[Beat]:
        oldest_s = time.monotonic() - GONE_S
        self._heard = {name: heard for name, heard in self._heard.items() if heard[0] > oldest_s}
        return [beat for _, beat in self._heard.values()]
