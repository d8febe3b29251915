"""Turns connections away while this process may open hardly any more files, so that some are left for the database."""

from __future__ import annotations

import asyncio
import logging
import os
import resource
import time
from collections.abc import Callable

log = logging.getLogger(__name__)

SPARE = 200  # files: connections to the database and the bus, photos, logs
TELL_EVERY_S = 60.0

Factory = Callable[[], asyncio.BaseProtocol]


class WhileThereIsRoom:
    """A factory of protocols that closes a new connection at once where every file below `most` is open."""

    def __init__(self, factory: Factory, most: int | None = None) -> None:
        self._factory = factory
        self._most = resource.getrlimit(resource.RLIMIT_NOFILE)[0] - SPARE if most is None else most
        self._told_s = -TELL_EVERY_S

    def __call__(self) -> asyncio.BaseProtocol:
        """The protocol of a new connection."""
        if not is_full(self._most):
            return self._factory()
        if time.monotonic() - self._told_s > TELL_EVERY_S:
            self._told_s = time.monotonic()
            words = "%d files are open: connections are turned away; allow this process more (ulimit -n)"
            log.warning(words, self._most, extra={"action": "web.full"})
        return _TurnedAway()


class _TurnedAway(asyncio.Protocol):
    """The phone comes again, perhaps to another process."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.close()


def is_full(most: int) -> bool:
    """Whether every file below `most` is open: a new one gets the lowest free number."""
    try:
        lowest = os.open(os.devnull, os.O_RDONLY)
    except OSError:
        return True
    os.close(lowest)
    return lowest >= most
