"""The county's routes as a browser sees them."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from tests.integration.test_county_store import FIRST, PLAN
from tests.unit.county.county_house import small_county
from tracker.clock import day_start_ms
from tracker.county.answers import Raster
from tracker.county.http import CardParts, CountyHttp
from tracker.county.http_exchange import ExchangeHttp
from tracker.county.register import Register
from tracker.county.store import bulk_load
from tracker.county.upload import harmless
from tracker.db.pool import Database
from tracker.geo.area import Area
from tracker.metrics import Metrics
from tracker.people.audit import Audit
from tracker.people.model import ACCOUNT_KEY, Account, Role
from tracker.people.peer import Peers
from tracker.routes import Route
from tracker.web.application import build

Client = TestClient[web.Request, web.Application]


class House:
    """The room behind the web room, with a caller whom the test chooses."""

    def __init__(self, client: Client, callers: list[Account]) -> None:
        self.client = client
        self._callers = callers

    def sign_in(self, code: str) -> None:
        self._callers[:] = [an_account(code)]

    async def json(self, path: str, *, status: int = 200) -> Any:
        answer = await self.client.get(path)
        assert answer.status == status, await answer.text()
        return orjson.loads(await answer.read())


def an_account(code: str) -> Account:
    return Account(id=1, name="li", display_name="李", role=Role.ADMIN, area=Area(code))


async def _duty(worker_id: int) -> int | None:
    return 1_700_000_000_000 if worker_id == 1 else None


async def _nothing(_worker_id: int) -> dict[str, Any] | None:
    return None


def routes_of(database: Database, register: Register, scratch: Path) -> list[Route]:
    parts = CardParts(duty_since_ms=_duty, device=_nothing, latest=_nothing)
    raster = Raster(url="https://tiles.test/{z}/{x}/{y}", attribution="审图号", datum="wgs84")
    reading = CountyHttp(register=register, database=database, parts=parts, raster=raster)
    exchange = ExchangeHttp(
        register=register, database=database, audit=Audit(database), peers=Peers(), scratch=scratch,
        now=lambda: day_start_ms(date(2026, 11, 1)),
    )  # fmt: skip
    return [*reading.routes(), *exchange.routes()]


@pytest.fixture
async def house(database: Database, tmp_path: Path) -> AsyncIterator[House]:
    await bulk_load(database, replace(small_county(), plan=PLAN), synthetic=True)
    register = Register(database, now=lambda: day_start_ms(date(2026, 11, 1)))
    await register.load()
    callers = [an_account("130533000000")]

    async def check(request: web.Request, _route: Route) -> None:
        request[ACCOUNT_KEY] = callers[0]

    app = build(routes_of(database, register, tmp_path), check=check, metrics=Metrics())
    async with TestClient(TestServer(app)) as client:
        yield House(client, callers)


def a_form(name: str, data: bytes) -> aiohttp.FormData:
    form = aiohttp.FormData()
    form.add_field("file", data, filename=name)
    return form


async def test_divisions_are_the_subtree_and_its_ancestors(house: House) -> None:
    house.sign_in("130533106201")
    codes = [one["code"] for one in (await house.json("/api/v1/divisions"))["divisions"]]
    assert codes == ["130533000000", "130533106000", "130533106201"]


async def test_lists_hold_only_what_is_asked_for(house: House) -> None:
    roster = (await house.json("/api/v1/roster?area=130533106201"))["workers"]
    assert roster == {
        "id": [1, 2], "name": ["张三", "张三"], "role": ["leader", "worker"], "number": ["W001", "W002"],
        "grid": [FIRST, "130533106201002"], "phone_tail": ["1234", "5678"],
    }  # fmt: skip
    departments = await house.json("/api/v1/departments")
    assert departments == {"departments": [{"code": "civil", "name": "民政局", "area": "130533000000"}]}


@pytest.mark.parametrize("path", ["roster?area=130533106202", "grids?area=130533106000", "plan/villages/130533106202"])
async def test_another_area_is_forbidden(house: House, path: str) -> None:
    house.sign_in("130533106201")
    assert (await house.json(f"/api/v1/{path}", status=403))["error"]["code"] == "forbidden"


async def test_grids_are_geojson_with_a_tag_that_spares_the_second_answer(house: House) -> None:
    first = await house.client.get("/api/v1/grids", headers={"Accept-Encoding": "gzip"})
    collection = orjson.loads(await first.read())
    second = await house.client.get("/api/v1/grids", headers={"If-None-Match": first.headers["ETag"]})
    assert first.headers["Content-Encoding"] == "gzip"
    assert collection["features"][0]["properties"]["code"] == FIRST
    assert collection["features"][0]["geometry"]["coordinates"][0][0] == [115.21, 36.9]
    assert (second.status, await second.read()) == (304, b"")


async def test_whoever_does_not_know_gzip_gets_plain_bytes(house: House) -> None:
    answer = await house.client.get("/api/v1/grids", headers={"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in answer.headers
    assert orjson.loads(await answer.read())["type"] == "FeatureCollection"


async def test_a_card_masks_the_phone_and_names_the_places(house: House) -> None:
    card = await house.json("/api/v1/workers/1")
    assert (card["phone"], card["on_duty"], card["duties"]) == ("138****1234", True, ["防火", "环保"])
    assert card["village"] == {"code": "130533106201", "name": "东村"}
    assert card["township"]["name"] == "方家营镇"


@pytest.mark.parametrize("worker", ["3", "99", "x", "99999999999"])
async def test_a_worker_elsewhere_looks_like_none(house: House, worker: str) -> None:
    house.sign_in("130533106201")
    assert (await house.json(f"/api/v1/workers/{worker}", status=404))["error"]["code"] == "not_found"


async def test_the_overview_says_that_it_is_synthetic(house: House) -> None:
    overview = await house.json("/api/v1/plan/overview")
    sizes = {name: len(layer["features"]) for name, layer in overview["layers"].items()}
    assert overview["synthetic"]
    assert sizes == {"county": 1, "townships": 0, "villages": 2, "settlements": 0, "roads": 1, "water": 0}


async def test_a_village_plan_has_its_layers(house: House) -> None:
    plan = await house.json("/api/v1/plan/villages/130533106201")
    assert plan["village"] == {"code": "130533106201", "name": "东村"}
    assert {name: len(layer["features"]) for name, layer in plan["layers"].items()} == {
        "lanes": 0, "houses": 1, "fields": 0, "water": 0, "places": 0,
    }  # fmt: skip


@pytest.mark.parametrize("code", ["130533106299", "130533106000", "nothing"])
async def test_a_village_that_is_none_is_not_found(house: House, code: str) -> None:
    assert (await house.json(f"/api/v1/plan/villages/{code}", status=404))["error"]["code"] == "not_found"


async def test_the_map_learns_where_its_county_lies(house: House) -> None:
    config = await house.json("/api/v1/map-config")
    assert config["county"]["bounds"] == [115.2, 36.9, 115.24, 36.91]
    assert config["raster"]["attribution"] == "审图号"
    assert config["cells"] == {"resolution": 11}


async def test_an_import_changes_what_the_next_answer_says(house: House, tmp_path: Path) -> None:
    before = (await house.json("/api/v1/grids"))["features"][0]["properties"]["name"]
    data = f"网格编码,网格名称\n{FIRST},新名\n".encode("gb18030")
    answer = await house.client.post("/api/v1/import?kind=grids", data=a_form("网格.csv", data))
    report = orjson.loads(await answer.read())
    after = (await house.json("/api/v1/grids"))["features"][0]["properties"]["name"]
    assert (report["applied"], report["changed"], report["version"]) == (True, 1, 2)
    assert (before, after) == ("第1网格", "新名")
    assert os.listdir(tmp_path) == []  # noqa: PTH208  # the upload is gone; pathlib is refused in coroutines


async def test_a_raw_body_is_imported_too(house: House) -> None:
    body = f"code,name\n{FIRST},新名\n".encode()
    answer = await house.client.post("/api/v1/import?kind=grids&format=csv&dry_run=true", data=body)
    assert orjson.loads(await answer.read())["changed"] == 1


async def test_a_wrong_file_is_400_with_every_problem(house: House) -> None:
    body = b"code,name\n1,x\n2,y\n"
    answer = await house.client.post("/api/v1/import?kind=grids&format=csv", data=body)
    report = orjson.loads(await answer.read())
    assert (answer.status, report["applied"], report["errors"]) == (400, False, 2)
    assert report["problems"][0]["line"] == 2


async def test_an_import_stays_inside_the_accounts_area(house: House) -> None:
    house.sign_in("130533106202")
    answer = await house.client.post("/api/v1/import?kind=grids&format=csv", data=f"code,name\n{FIRST},x\n".encode())
    assert "the area of your account" in (await answer.text())
    assert answer.status == 400


@pytest.mark.parametrize("query", ["kind=trees", "kind=grids&format=dwg", "kind=grids&dry_run=perhaps", "kind=grids"])
async def test_a_wrong_request_names_the_field(house: House, query: str) -> None:
    answer = await house.client.post(f"/api/v1/import?{query}")
    assert orjson.loads(await answer.read())["error"]["code"] == "bad_value"


async def test_an_export_is_a_file_and_a_line_in_the_audit(house: House, database: Database) -> None:
    answer = await house.client.get("/api/v1/export/workers.csv?area=130533106201")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="workers-130533106201.csv"'
    assert (await answer.read()).decode("utf-8-sig").count("\r\n") == 3
    assert await database.fetchval("select action from audit") == "county.export"


async def test_an_unknown_export_is_refused(house: House) -> None:
    assert (await house.json("/api/v1/export/workers.shp", status=400))["error"]["allowed"] == "csv, xlsx"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\数据\\网格.shp", "网格.shp"),
        (".hidden", "hidden"),
        ("a b?.csv", "a_b_.csv"),
        ("..", "upload"),
    ],
)
def test_a_file_name_is_made_harmless(given: str, kept: str) -> None:
    assert harmless(given) == kept


def test_every_route_is_unique() -> None:
    def paths(make: Callable[[], list[Route]]) -> list[tuple[str, str]]:
        return [(route.method, route.path) for route in make()]

    register = Register(Database("postgresql://nowhere/none"))
    found = paths(lambda: routes_of(Database("postgresql://nowhere/none"), register, Path()))
    assert len(found) == len(set(found)) == 10
