from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import aiohttp
import pytest

from tests.demo_server import Demo
from tracker.demo.credentials import DemoAccount
from tracker.people.model import PERMISSIONS, Role
from tracker.routes import Access, Route

PLACEHOLDER = re.compile(r"\{(\w+)(?::[^{}]*(?:\{[^{}]*\}[^{}]*)*)?\}")
PASSWORD = "eine lange Losung 三巡"
SPAN = {"from": "1780000000000", "to": "1780003600000", "lat": "37", "lon": "115.2", "radius_m": "100", "count": "due"}
SPAN |= {"by": "department", "table": "department", "format": "csv"}
# Bodies that are right in themselves, so that nothing but the area can be wrong.
BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("PUT", "/api/v1/workers/{id}/schedule"): {"windows": []},
    ("PATCH", "/api/v1/devices/{id}"): {"name": "x"},
    ("PATCH", "/api/v1/accounts/{id}"): {"display_name": "x"},
    ("POST", "/api/v1/cases/{id}/changes"): {"to": "accepted", "version": 1},
    ("POST", "/api/v1/cases/{id}/notes"): {"text": "note"},
    ("POST", "/api/v1/cases/{id}/replies"): {"version": 1, "text": "answer"},
    ("POST", "/api/v1/cases/{id}/visits"): {"version": 1, "reporter": 1, "outcome": "satisfied"},
    ("POST", "/api/v1/cases/{id}/supervisions"): {"kind": "urge", "text": "hurry"},
    ("POST", "/api/v1/cases/{id}/supervisions/{ordinal}"): {"reply": "soon"},
    ("POST", "/api/v1/cases/{id}/public-text"): {"version": 1, "public_text": "words"},
    ("POST", "/api/v1/cases/{id}/reveal"): {"reporter": 1, "field": "phone", "reason": "call back"},
    ("PATCH", "/api/v1/patrol/leaves/{id}"): {"to_day": "2030-01-02"},
    ("POST", "/api/v1/patrol/signals/{id}"): {"decision": "dismissed"},
    ("POST", "/api/v1/patrol/disputes/{id}"): {"decision": "refused"},
    ("PUT", "/api/v1/patrol/reachable/{grid}"): {"cells": []},
}

DRAWN = {"/api/v1/case-codes/{code}/qr.svg"}  # the picture of the text that the caller brings; tells nothing


@pytest.fixture
async def http(demo: Demo) -> AsyncIterator[aiohttp.ClientSession]:
    headers = {"Sec-Fetch-Site": "same-origin"}  # what a browser says of our own pages
    jar = aiohttp.DummyCookieJar()
    async with aiohttp.ClientSession(demo.url, cookie_jar=jar, headers=headers) as session:
        yield session


def filled(route: Route, values: dict[str, str]) -> str:
    return PLACEHOLDER.sub(lambda match: values.get(match[1], "1"), route.path)


async def status_of(http: aiohttp.ClientSession, method: str, path: str, cookie: str = "", **more: Any) -> int:
    headers = {"Cookie": f"sanxun_session={cookie}"} if cookie else {}
    async with http.request(method, path, headers=headers | more.pop("headers", {}), **more) as answer:
        await answer.read()
        return answer.status


async def test_without_credentials_only_public_routes_open(
    http: aiohttp.ClientSession, demo: Demo, routes: list[Route]
) -> None:
    closed = [one for one in routes if one.access is not Access.PUBLIC or one.permission]
    wrong: dict[str, Any] = {
        "headers": {"Authorization": "Bearer nobody"}
    }  # without it this machine may read the metrics
    answers = {}
    for one in closed:
        more = wrong if one.access is Access.OPS else {}
        answers[f"{one.method} {one.path}"] = await status_of(http, one.method, filled(one, {}), **more)
    assert {route: status for route, status in answers.items() if status != 401} == {}
    assert len(answers) > 30


async def test_public_routes_ask_for_no_credentials(http: aiohttp.ClientSession, routes: list[Route]) -> None:
    public = [one for one in routes if one.access is Access.PUBLIC and not one.permission and one.method == "GET"]
    answers = {
        one.path: await status_of(http, "GET", filled(one, {"name": "js/theme.js", "format": "json"})) for one in public
    }
    looked_up = re.compile(r"/api/v1/public/|/open311/v2/.*\{(id|code|token)\}")  # 404: what nobody has
    expected = {path: 404 if looked_up.match(path) else 403 if "/intake/" in path else 200 for path in answers}
    assert answers == expected


def test_what_is_public_is_on_this_list(routes: list[Route]) -> None:
    """A new public route must be meant."""
    public = {one.path for one in routes if one.access is Access.PUBLIC and not one.permission}
    pages = {
        "/",
        "/desk",
        "/login",
        "/patrol",
        "/phone",
        "/q/",
        "/q/{code}",
        "/r/{code}",
        "/setup",
        "/sw.js",
        "/manifest.webmanifest",
        "/favicon.ico",
        "/static/{name:.+}",
    }
    doors = {"/api/v1/session", "/api/v1/enrol", "/api/v1/phone-config", "/healthz", "/readyz", "/api/v1/openapi.json"}
    report = "/api/v1/public/reports"
    one = f"{report}/{{query_code}}"
    citizens = {"/api/v1/public/codes/{code}", report, one, f"{one}/rating", f"{one}/reopen", "/api/v1/public/media"}
    programs = {"/api/v1/intake/reports", "/api/v1/intake/reports/{number}"}  # with a key, which the handler checks
    open311 = {path for path in public if path.startswith("/open311/")}  # public by its contract; posting needs a key
    assert public == pages | doors | citizens | programs | open311
    assert len(open311) == 8


async def sign_in(http: aiohttp.ClientSession, name: str, password: str) -> str:
    async with http.post("/api/v1/session", json={"name": name, "password": password}) as answer:
        assert answer.status == 200, await answer.text()
        return answer.cookies["sanxun_session"].value


class Townships:
    """People of every role who oversee one township, and ids that belong to another."""

    def __init__(self, http: aiohttp.ClientSession, demo: Demo) -> None:
        self.http = http
        self.accounts = {one.name: one for one in demo.credentials.accounts}
        self.cookies: dict[Role, str] = {}
        self.foreign: dict[str, str] = {}

    async def prepare(self) -> None:
        own: DemoAccount = self.accounts["township"]
        admin = await sign_in(self.http, "admin", self.accounts["admin"].password)
        for role in Role:
            self.cookies[role] = await self._account(admin, role, own.area)
        county = await sign_in(self.http, "county", self.accounts["county"].password)
        workers = (await self._get("/api/v1/roster", county))["workers"]
        grids = zip(workers["id"], workers["grid"], strict=True)
        worker, grid = next(pair for pair in grids if not pair[1].startswith(own.area[:9]))
        device = (await self._get(f"/api/v1/workers/{worker}/devices", county))["devices"][0]["id"]
        self.foreign = {
            "id": str(worker),
            "device": str(device),
            "account": str(await self._id_of(admin, "county")),
            "code": grid[:12],
            "grid": grid,
            "day": "2026-11-20",
            "ordinal": "1",
            "area": f"{grid[:9]}000",
            "case": str(await self._new_case(grid)),
        }

    async def _account(self, admin: str, role: Role, area: str) -> str:
        name = f"township-{role.value}"
        body = {"name": name, "display_name": name, "role": role.value, "area": area, "password": PASSWORD}
        status = await status_of(self.http, "POST", "/api/v1/accounts", admin, json=body)
        assert status in (201, 409), status  # made already by another test of this run
        return await sign_in(self.http, name, PASSWORD)

    async def _new_case(self, area: str) -> int:
        operator = await sign_in(self.http, "operator", self.accounts["operator"].password)
        body = {"client_id": str(uuid4()), "channel": "centre", "description": "路灯不亮", "area": area}
        headers = {"Cookie": f"sanxun_session={operator}"}
        async with self.http.post("/api/v1/cases", json=body, headers=headers) as answer:
            assert answer.status == 201, await answer.text()
            return int((await answer.json(content_type=None))["id"])

    async def _id_of(self, admin: str, name: str) -> int:
        accounts = (await self._get("/api/v1/accounts", admin))["accounts"]
        return int(next(one["id"] for one in accounts if one["name"] == name))

    async def _get(self, path: str, cookie: str) -> Any:
        async with self.http.get(path, headers={"Cookie": f"sanxun_session={cookie}"}) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json(content_type=None)

    def cookie_for(self, route: Route) -> str:
        """Somebody whose role may do it, so that only the area can be the reason for a refusal."""
        return next(self.cookies[role] for role in Role if route.permission in PERMISSIONS[role])

    def path_of(self, route: Route) -> str:
        kinds = ((kind, f"/{kind}s/{{") for kind in ("device", "account", "case"))
        kind = next((kind for kind, part in kinds if part in route.path), "id")
        return filled(route, self.foreign | {"id": self.foreign[kind], "kind": "workers", "format": "csv"})


async def test_a_township_reaches_nothing_of_another(
    http: aiohttp.ClientSession, demo: Demo, routes: list[Route]
) -> None:
    people = Townships(http, demo)
    await people.prepare()
    answers = {}
    for route in routes:
        by_id = {"id", "code", "grid"} & set(PLACEHOLDER.findall(route.path))
        if route.permission and by_id and route.path not in DRAWN:
            more: dict[str, Any] = {"params": SPAN} if route.method == "GET" else {}
            if body := BODIES.get((route.method, route.path)):
                more["json"] = body
            status = await status_of(http, route.method, people.path_of(route), people.cookie_for(route), **more)
            answers[f"{route.method} {route.path}"] = status
    assert {route: status for route, status in answers.items() if status not in (403, 404)} == {}
    assert len(answers) > 9


async def test_a_township_may_not_ask_for_a_foreign_area(
    http: aiohttp.ClientSession, demo: Demo, routes: list[Route]
) -> None:
    people = Townships(http, demo)
    await people.prepare()
    area = people.foreign["area"]
    asking = [one for one in routes if any(param.name == "area" for param in one.params)]
    upgrade = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13",
               "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==", "Origin": demo.url}  # fmt: skip
    answers = {}
    for route in asking:
        more = {"headers": upgrade if route.status == 101 else {}, "params": SPAN | {"area": area}}
        answers[route.path] = await status_of(
            http, route.method, people.path_of(route), people.cookie_for(route), **more
        )
    assert {path: status for path, status in answers.items() if status != 403} == {}
    assert len(answers) > 5


async def test_a_township_may_not_name_another_in_a_body(http: aiohttp.ClientSession, demo: Demo) -> None:
    people = Townships(http, demo)
    await people.prepare()
    worker, grid, area = int(people.foreign["id"]), people.foreign["grid"], people.foreign["area"]
    far = {"from_day": "2030-01-01", "to_day": "2030-01-02"}
    place = {"name": "x", "kind": "other", "lon": 115.2, "lat": 37.0}
    rounds = [{"name": "x", "starts": "08:00", "ends": "10:00"}]
    bodies: dict[str, dict[str, Any]] = {
        "/api/v1/enrolments": {"worker_id": worker},
        "/api/v1/patrol/urge": {"worker_id": worker},
        "/api/v1/patrol/leaves": {"worker_id": worker} | far,
        "/api/v1/patrol/plans": {"area_code": area, "valid_from": "2030-01-01", "rounds": rounds},
        "/api/v1/patrol/key-points": {"grid_code": grid} | place,
    }
    cookie = people.cookies[Role.SUPERVISOR]
    answers = {path: await status_of(http, "POST", path, cookie, json=body) for path, body in bodies.items()}
    assert {path: status for path, status in answers.items() if status not in (403, 404)} == {}


async def test_a_township_sees_only_its_own_workers(http: aiohttp.ClientSession, demo: Demo) -> None:
    people = Townships(http, demo)
    await people.prepare()
    own = people.accounts["township"].area[:9]
    roster = await people._get("/api/v1/roster", people.cookies[Role.SUPERVISOR])
    assert roster["workers"]["grid"]
    assert all(grid.startswith(own) for grid in roster["workers"]["grid"])
