from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from tracker.errors import Unavailable
from tracker.metrics import Metrics
from tracker.ops.http import OpsHttp, Probe
from tracker.routes import Access


async def good() -> str | None:
    return None


async def bad() -> str | None:
    return "there is no partition for tomorrow"


async def away() -> str | None:
    raise Unavailable("the database is away", detail="no socket in this folder")


class House:
    """The room on a socket of its own, without a door."""

    def __init__(self) -> None:
        self.metrics = Metrics()
        self.clients: list[TestClient[web.Request, web.Application]] = []

    async def serve(self, probes: Mapping[str, Probe]) -> TestClient[web.Request, web.Application]:
        app = web.Application()
        for route in OpsHttp(self.metrics, probes, "1.2.3").routes():
            app.router.add_route(route.method, route.path, route.handler)
        client = TestClient(TestServer(app))
        await client.start_server()
        self.clients.append(client)
        return client


@pytest.fixture
async def house() -> AsyncIterator[House]:
    made = House()
    yield made
    for client in made.clients:
        await client.close()


async def ready(house: House, **probes: Probe) -> tuple[int, Any]:
    answer = await (await house.serve(probes)).get("/readyz")
    return answer.status, await answer.json()


async def test_alive_says_the_version(house: House) -> None:
    answer = await (await house.serve({})).get("/healthz")
    assert (answer.status, await answer.json()) == (200, {"status": "alive", "version": "1.2.3"})


async def test_alive_does_not_ask_the_database(house: House) -> None:
    assert (await (await house.serve({"database": away})).get("/healthz")).status == 200


async def test_ready_when_every_part_is_good(house: House) -> None:
    assert await ready(house, database=good) == (200, {"ready": True, "parts": {"database": ""}})


async def test_one_bad_part_is_named_with_its_reason(house: House) -> None:
    status, body = await ready(house, database=good, partitions=bad)
    assert status == 503
    assert body == {"ready": False, "parts": {"database": "", "partitions": "there is no partition for tomorrow"}}


async def test_a_database_that_is_away_is_not_a_bug(house: House) -> None:
    status, body = await ready(house, database=away)
    assert (status, body["parts"]["database"]) == (503, "the database is away")


@pytest.mark.parametrize(("probe", "value"), [(good, 1), (away, 0)])
async def test_the_probe_sets_the_series(house: House, probe: Probe, value: int) -> None:
    await ready(house, database=probe)
    assert house.metrics.registry.get_sample_value("sanxun_database_up") == value


async def test_metrics_are_in_the_text_format(house: House) -> None:
    house.metrics.fixes_stored.inc(3)
    answer = await (await house.serve({})).get("/metrics")
    assert answer.content_type == "text/plain"
    assert "sanxun_fixes_stored_total 3.0" in (await answer.text()).splitlines()


async def test_metrics_are_in_openmetrics_where_asked_for(house: House) -> None:
    client = await house.serve({})
    answer = await client.get("/metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0"})
    assert answer.content_type == "application/openmetrics-text"
    assert (await answer.text()).endswith("# EOF\n")


def test_only_operators_may_read_the_metrics() -> None:
    access = {route.path: route.access for route in OpsHttp(Metrics(), {}, "1").routes()}
    assert access == {"/healthz": Access.PUBLIC, "/readyz": Access.PUBLIC, "/metrics": Access.OPS}
