"""What the tests of the whole house share: one running demo, and the routes that it is built from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.demo_server import Demo, running_demo
from tracker.app import Server
from tracker.db.pool import Database
from tracker.routes import Route
from tracker.settings import Settings


@pytest.fixture(scope="session")
def demo() -> Iterator[Demo]:
    """The real server with a few walkers; started once."""
    with running_demo(walkers=6) as running:
        yield running


@pytest.fixture(scope="session")
def routes() -> list[Route]:
    """Every route of the server, without starting it."""
    server = Server(Settings(data=Path("unused")))
    return server.build(Database("postgresql://nobody@/nothing?host=/nowhere")).routes()
