from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import jsonschema
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.demo_server import Demo
from tracker import clock
from tracker.routes import Access, Route

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGES = [DOCS / "api.md", *(DOCS / name for name in ("patrol.md", "cases.md") if (DOCS / name).exists())]
PERMISSION = re.compile(r"[a-z]+\.[a-z]+")
METHODS = re.compile(r"[A-Z]+(?:,[A-Z]+)*")
PLACEHOLDER = re.compile(r"\{(\w+)(?::[^{}]*(?:\{[^{}]*\}[^{}]*)*)?\}")
ACCESS_WORDS = {
    "anyone": Access.PUBLIC,
    "signed in": Access.SIGNED_IN,
    "device": Access.DEVICE,
    "ops token or loopback": Access.OPS,
}


@pytest.fixture
async def http(demo: Demo) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(demo.url, cookie_jar=aiohttp.DummyCookieJar()) as session:
        yield session


@pytest.fixture
async def document(http: aiohttp.ClientSession) -> dict[str, Any]:
    async with http.get("/api/v1/openapi.json") as answer:
        assert answer.status == 200
        body: dict[str, Any] = await answer.json()
        return body


def template(path: str) -> str:
    """The path as OpenAPI writes it."""
    return PLACEHOLDER.sub(r"{\1}", path)


def documented_routes() -> list[tuple[str, str, str]]:
    """(who, method, path) of every row of the pages of the interface."""
    found: list[tuple[str, str, str]] = []
    for page in PAGES:
        for line in page.read_text(encoding="utf-8").replace(r"\|", "/").splitlines():
            cells = [cell.strip() for cell in line.split("|")]
            if len(cells) == 5 and re.match("`(?:GET|POST|PUT|PATCH|DELETE)", cells[2]):
                found.extend(_routes_in(cells[1], cells[2]))
    return found


def _routes_in(who: str, cell: str) -> list[tuple[str, str, str]]:
    """A permission before a route holds from there on; a method or an ending alone goes on with the path before."""
    found: list[tuple[str, str, str]] = []
    methods, path = ["GET"], ""
    for span in re.findall(r"`([^`]+)`", cell):
        words = span.split("?")[0].split()
        if PERMISSION.fullmatch(span):
            who = f"`{span}`"
            continue
        named = bool(METHODS.fullmatch(words[0]))
        if named:
            methods = words.pop(0).split(",")
        if words and words[0].startswith("."):
            path = path.rsplit(".", 1)[0] + words[0]
        elif words and words[0].startswith("/"):
            path = words[0]
        elif not named:
            continue  # a body
        found.extend((who, method, path) for method in methods)
    return found


def test_the_interface_page_is_understood() -> None:
    assert ("anyone", "POST", "/api/v1/session") in documented_routes()
    assert ("`history.view`", "GET", "/api/v1/workers/{id}/track.csv") in documented_routes()
    assert len(documented_routes()) > 35


async def test_every_route_stands_in_the_served_document(document: dict[str, Any], routes: list[Route]) -> None:
    served = {(method.upper(), path) for path, operations in document["paths"].items() for method in operations}
    assert served == {(route.method, template(route.path)) for route in routes}


async def test_the_document_is_valid_openapi(document: dict[str, Any]) -> None:
    errors = [
        f"{list(error.absolute_path)}: {error.message}" for error in OpenAPIV31SpecValidator(document).iter_errors()
    ]
    assert errors == []


@pytest.mark.parametrize("row", documented_routes(), ids=lambda row: f"{row[1]} {row[2]}")
def test_every_route_of_the_interface_page_exists_for_whom_it_says(
    row: tuple[str, str, str], routes: list[Route]
) -> None:
    who, method, path = row
    found = [route for route in routes if (route.method, template(route.path)) == (method, path)]
    assert len(found) == 1, f"the server has no {method} {path}"
    if who in ACCESS_WORDS:
        assert (found[0].access, found[0].permission) == (ACCESS_WORDS[who], None)
    else:
        assert found[0].permission in re.findall(r"`([^`]+)`", who)


def test_every_route_of_the_interface_stands_on_its_page(routes: list[Route]) -> None:
    written = {(method, path) for _, method, path in documented_routes()}
    real = {(route.method, template(route.path)) for route in routes if route.room != "web"}
    assert real - written == set()


class Caller:
    """Signed-in people of the demo by role, and values for the parameters of any route."""

    def __init__(self, http: aiohttp.ClientSession, demo: Demo) -> None:
        self.http = http
        self.demo = demo
        self.cookies: dict[str, str] = {}
        self.values: dict[str, str] = {}

    async def prepare(self) -> None:
        for name in ("county", "admin", "auditor", "operator"):
            account = next(one for one in self.demo.credentials.accounts if one.name == name)
            async with self.http.post("/api/v1/session", json={"name": name, "password": account.password}) as answer:
                assert answer.status == 200, await answer.text()
                self.cookies[name] = answer.cookies["sanxun_session"].value
        now_ms = clock.now_ms()
        roster = await self.get("/api/v1/roster")
        village = next(one for one in (await self.get("/api/v1/divisions"))["divisions"] if one["level"] == 3)
        self.values = {
            "id": str(roster["workers"]["id"][0]),
            "case": str((await self.get("/api/v1/cases"))["cases"][0]["id"]),
            "code": village["code"],
            "kind": "workers",
            "format": "csv",
            "from": str(now_ms - 3_600_000),
            "to": str(now_ms),
            "lat": "37.0",
            "lon": "115.2",
            "radius_m": "500",
            "grid": roster["workers"]["grid"][0],
            "day": clock.local_day(now_ms).isoformat(),
            "ordinal": "1",
            "time": str(now_ms),
            "phone": "13800001234",
            "text": "路灯",
            "count": "due",
            "by": "department",
            "table": "department",
            "year": str(clock.local_day(now_ms).year),
        }

    async def get(self, path: str, who: str = "county", **query: str) -> Any:
        headers = {"Cookie": f"sanxun_session={self.cookies[who]}"}
        async with self.http.get(path, params=query, headers=headers) as answer:
            assert answer.status == 200, (path, query, await answer.text())
            return await answer.json(content_type=None)

    def who_may(self, route: Route) -> str:
        needed = {
            "account.manage": "admin",
            "county.import": "admin",
            "audit.view": "auditor",
            "case.intake": "operator",
            "case.config": "admin",
            "case.admin": "admin",
        }
        return needed.get(str(route.permission), "county")

    def fill(self, route: Route) -> tuple[str, dict[str, str]]:
        values = self.values | ({"id": self.values["case"]} if route.path.startswith("/api/v1/cases/{id}") else {})
        path = PLACEHOLDER.sub(lambda match: values[match[1]], route.path)
        asked = [one for one in route.params if one.where == "query" and one.required]
        return path, {one.name: self.values["day" if "YYYY-MM-DD" in one.about else one.name] for one in asked}


async def test_real_answers_fit_the_served_schemas(
    http: aiohttp.ClientSession, demo: Demo, document: dict[str, Any], routes: list[Route]
) -> None:
    caller = Caller(http, demo)
    await caller.prepare()
    checked = 0
    wrong: list[str] = []
    for route in routes:
        if route.method != "GET" or route.returns is None or route.access is Access.DEVICE:
            continue
        path, query = caller.fill(route)
        body = await caller.get(path, caller.who_may(route), **query)
        good = document["paths"][template(route.path)]["get"]["responses"][str(route.status)]
        schema = good["content"]["application/json"]["schema"] | {"components": document["components"]}
        errors = list(jsonschema.Draft202012Validator(schema).iter_errors(body))
        wrong.extend(f"{path}: {list(error.absolute_path)} {error.message[:200]}" for error in errors)
        checked += 1
    assert wrong == []
    assert checked > 12


async def test_files_have_the_media_type_that_the_document_says(
    http: aiohttp.ClientSession, demo: Demo, routes: list[Route]
) -> None:
    caller = Caller(http, demo)
    await caller.prepare()
    files = [one for one in routes if one.method == "GET" and one.room == "tracks" and one.returns is None]
    for route in files:
        path, query = caller.fill(route)
        headers = {"Cookie": f"sanxun_session={caller.cookies['county']}"}
        async with http.get(path, params=query, headers=headers) as answer:
            assert (answer.status, answer.content_type) == (200, route.content), path
    assert len(files) == 3
