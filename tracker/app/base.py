"""What every room of one process is built on."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any, Protocol

from tracker.bus.model import Bus
from tracker.clock import NowMs
from tracker.db.pool import Database
from tracker.metrics import Metrics
from tracker.ops.siblings import Siblings
from tracker.people.audit import Audit
from tracker.people.peer import Peers
from tracker.routes import Route
from tracker.settings import Settings

VERSION = importlib.metadata.version("sanxun")

Tasks = dict[str, Coroutine[Any, Any, None]]


class HasRoutes(Protocol):
    """A part of a room that people or phones talk to."""

    def routes(self) -> list[Route]:
        """Every route of the part."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Base:
    """One database, one bus, one clock; what is opened on the way is given to `closing`, which undoes it in reverse."""

    settings: Settings
    database: Database
    metrics: Metrics
    bus: Bus
    audit: Audit
    peers: Peers
    now_ms: NowMs
    siblings: Siblings | None
    closing: AsyncExitStack


def routes_of(*parts: HasRoutes) -> list[Route]:
    """The routes of several parts, in order."""
    return [route for part in parts for route in part.routes()]
