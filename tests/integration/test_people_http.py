"""The room's routes behind the guard, as a browser, a program and a phone meet them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from http.cookies import SimpleCookie
from typing import Any

import pytest
from aiohttp import web

from tests.integration.people_house import (
    COUNTY,
    OPS_TOKEN,
    OTHER_TOWNSHIP,
    PASSWORD,
    TOWNSHIP,
    VILLAGE,
    House,
)
from tests.integration.people_web import Client, bearer, serving
from tracker.db.pool import Database
from tracker.jsonio import answer
from tracker.people.model import DEVICE_KEY, SESSION_COOKIE, Role
from tracker.routes import Access, Route


async def show_device(request: web.Request) -> web.StreamResponse:
    return answer({"device": request[DEVICE_KEY].id})


async def show_ok(request: web.Request) -> web.StreamResponse:
    return answer({"ok": True})


EXTRA = [
    Route(method="POST", path="/api/v1/pings", handler=show_device, summary="", room="t", access=Access.DEVICE),
    Route(method="POST", path="/osmand", handler=show_device, summary="", room="t", access=Access.DEVICE),
    Route(method="POST", path="/owntracks", handler=show_device, summary="", room="t", access=Access.DEVICE),
    Route(method="GET", path="/metrics", handler=show_ok, summary="", room="t", access=Access.OPS),
    Route(method="GET", path="/healthz", handler=show_ok, summary="", room="t", access=Access.PUBLIC),
    Route(method="GET", path="/signed", handler=show_ok, summary="", room="t"),
]


class Site:
    """A served house with a client."""

    def __init__(self, house: House, client: Client) -> None:
        self.house = house
        self.client = client

    async def call(self, method: str, path: str, *, body: Any = None, **headers: str) -> tuple[int, Any]:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.client.session.cookie_jar.clear()
        async with self.client.request(method, path, json=body, headers=named) as response:
            return response.status, await response.json()

    async def token(self, name: str = "desk", role: Role = Role.SUPERVISOR, area: str = TOWNSHIP) -> dict[str, str]:
        return bearer(await self.house.sign_in(name, role, area))


@pytest.fixture
async def site(database: Database) -> AsyncIterator[Site]:
    house = House(database)
    await house.register()
    async with serving(house.guard, [*house.http.routes(), *EXTRA]) as client:
        yield Site(house, client)
    house.close()


async def test_sign_in_sets_a_strict_cookie_and_tells_who(site: Site) -> None:
    await site.house.account("desk", area=TOWNSHIP)
    body = {"name": "desk", "password": PASSWORD}
    async with site.client.post("/api/v1/session", json=body) as response:
        me, header = await response.json(), response.headers["Set-Cookie"]
    cookie = SimpleCookie(header)[SESSION_COOKIE]
    assert (cookie["samesite"], cookie["path"], cookie["max-age"]) == ("Strict", "/", "43200")
    assert cookie["httponly"]
    assert not cookie["secure"]
    assert me["area"] == {"code": TOWNSHIP, "name": f"area {TOWNSHIP}", "level": 2}
    assert me["permissions"] == sorted(
        [
            *("map.view", "history.view", "quarantine.view", "device.enrol", "duty.edit", "county.export"),
            *("case.view", "case.supervise", "case.kpi"),
        ]
    )


async def test_wrong_password_is_401(site: Site) -> None:
    status, body = await site.call("POST", "/api/v1/session", body={"name": "desk", "password": "x"})
    assert (status, body["error"]["code"]) == (401, "not_signed_in")


@pytest.mark.parametrize("path", ["/signed", "/api/v1/session", "/api/v1/accounts", "/api/v1/audit"])
async def test_nobody_gets_in_without_a_session(site: Site, path: str) -> None:
    assert (await site.call("GET", path))[0] == 401
    assert (await site.call("GET", path, Cookie=f"{SESSION_COOKIE}={'x' * 43}"))[0] == 401
    assert (await site.call("GET", path, **bearer("x" * 43)))[0] == 401


async def test_public_route_is_open(site: Site) -> None:
    assert (await site.call("GET", "/healthz"))[0] == 200


async def test_phones_token_is_no_session_and_the_other_way_round(site: Site) -> None:
    desk = await site.token()
    phone = await enrol(site, desk)
    assert (await site.call("GET", "/signed", **bearer(phone)))[0] == 401
    assert (await site.call("POST", "/api/v1/pings", **desk))[0] == 401


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec_Fetch_Site": "same-origin"}, 200),
        ({"Sec_Fetch_Site": "none"}, 200),
        ({"Sec_Fetch_Site": "same-site"}, 403),
        ({"Sec_Fetch_Site": "cross-site"}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({}, 403),
    ],
)
async def test_cookie_changes_things_only_from_own_pages(site: Site, headers: dict[str, str], status: int) -> None:
    token = await site.house.sign_in("desk")
    answered, _ = await site.call("DELETE", "/api/v1/session", Cookie=f"{SESSION_COOKIE}={token}", **headers)
    assert answered == status


async def test_own_origin_is_enough_without_fetch_headers(site: Site) -> None:
    token = await site.house.sign_in("desk")
    origin = f"http://{site.client.host}:{site.client.port}"
    status, _ = await site.call("DELETE", "/api/v1/session", Cookie=f"{SESSION_COOKIE}={token}", Origin=origin)
    assert status == 200


async def test_stream_with_a_cookie_must_come_from_own_pages(site: Site) -> None:
    cookie = f"{SESSION_COOKIE}={await site.house.sign_in('desk')}"
    upgrade = {"Upgrade": "websocket", "Connection": "Upgrade", "Cookie": cookie}
    assert (await site.call("GET", "/signed", **upgrade, Origin="http://evil.example"))[0] == 403
    assert (await site.call("GET", "/signed", **upgrade))[0] == 200


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Origin": "http://evil.example"}, 403),
        ({"Sec_Fetch_Site": "cross-site"}, 403),
        ({"Sec_Fetch_Site": "same-origin"}, 200),
        ({}, 200),  # a program
    ],
)
async def test_no_foreign_page_signs_anybody_in(site: Site, headers: dict[str, str], expected: int) -> None:
    await site.house.account("desk", area=TOWNSHIP)
    body = {"name": "desk", "password": PASSWORD}
    assert (await site.call("POST", "/api/v1/session", body=body, **headers))[0] == expected


async def test_signing_out_ends_the_session(site: Site) -> None:
    desk = await site.token()
    assert (await site.call("DELETE", "/api/v1/session", **desk))[0] == 200
    assert (await site.call("GET", "/api/v1/session", **desk))[0] == 401


async def test_changed_password_ends_other_sessions(site: Site) -> None:
    other, desk = await site.token(), bearer("")
    desk = bearer(await site.house.sign_in("desk", create=False))
    body = {"old": PASSWORD, "new": "a new long password"}
    assert (await site.call("POST", "/api/v1/session/password", body=body, **desk))[0] == 200
    assert (await site.call("GET", "/api/v1/session", **other))[0] == 401
    assert (await site.call("GET", "/api/v1/session", **desk))[0] == 200
    assert not await site.house.can_sign_in("desk")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"old": "wrong", "new": "a new long password"}, "old"),
        ({"old": PASSWORD, "new": "short"}, "new"),
        ({"old": PASSWORD, "new": "the desk password"}, "new"),
        ({"old": PASSWORD}, "body"),
    ],
)
async def test_bad_new_password_is_refused(site: Site, body: dict[str, str], field: str) -> None:
    status, answered = await site.call("POST", "/api/v1/session/password", body=body, **await site.token())
    assert (status, answered["error"]["field"]) == (400, field)


async def test_route_with_a_permission_refuses_other_roles(site: Site) -> None:
    status, body = await site.call("GET", "/api/v1/accounts", **await site.token())
    assert (status, body["error"]["code"]) == (403, "forbidden")


async def enrol(site: Site, desk: dict[str, str]) -> str:
    status, made = await site.call("POST", "/api/v1/enrolments", body={"worker_id": 17}, **desk)
    assert status == 201
    body = {"code": made["code"], "device_name": "红米"}
    status, enrolled = await site.call("POST", "/api/v1/enrol", body=body)
    assert status == 200
    return str(enrolled["token"])


async def test_phone_is_enrolled_listed_and_revoked(site: Site) -> None:
    desk = await site.token()
    phone = await enrol(site, desk)
    _, listed = await site.call("GET", "/api/v1/workers/17/devices", **desk)
    device_id = listed["devices"][0]["id"]
    assert (await site.call("POST", "/api/v1/pings", **bearer(phone)))[0] == 200
    assert (await site.call("DELETE", f"/api/v1/devices/{device_id}", **desk))[0] == 200
    assert (await site.call("POST", "/api/v1/pings", **bearer(phone)))[0] == 401


async def test_unmodified_apps_show_their_token_their_way(site: Site) -> None:
    phone = await enrol(site, await site.token())
    assert (await site.call("POST", f"/osmand?id={phone}&lat=37"))[0] == 200
    assert (await site.call("POST", "/osmand", body={"device_id": phone}))[0] == 200
    async with site.client.post("/osmand", data={"id": phone, "lat": "37"}) as response:
        assert response.status == 200
    assert (await site.call("POST", f"/owntracks?token={phone}"))[0] == 200
    assert (await site.call("POST", f"/owntracks?id={phone}"))[0] == 401
    assert (await site.call("POST", f"/api/v1/pings?token={phone}"))[0] == 401


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/api/v1/enrolments", {"worker_id": 17}),
        ("GET", "/api/v1/workers/17/devices", None),
        ("DELETE", "/api/v1/devices/1", None),
        ("PATCH", "/api/v1/devices/1", {"crs": "gcj02"}),
    ],
)
async def test_phones_of_another_area_are_out_of_reach(site: Site, method: str, path: str, body: Any) -> None:
    await enrol(site, await site.token())
    neighbour = await site.token("neighbour", area=OTHER_TOWNSHIP)
    assert (await site.call(method, path, body=body, **neighbour))[0] == 403


async def test_datum_of_a_phone_is_declared(site: Site) -> None:
    desk = await site.token()
    await enrol(site, desk)
    status, device = await site.call("PATCH", "/api/v1/devices/1", body={"crs": "bd09"}, **desk)
    assert (status, device["crs"], device["name"]) == (200, "bd09", "红米")
    assert (await site.call("PATCH", "/api/v1/devices/1", body={"crs": "mars"}, **desk))[0] == 400


async def test_ops_route_is_open_to_this_machine_and_to_the_token(site: Site) -> None:
    assert (await site.call("GET", "/metrics"))[0] == 200
    assert (await site.call("GET", "/metrics", X_Forwarded_For="203.0.113.9"))[0] == 401
    assert (await site.call("GET", "/metrics", X_Forwarded_For="203.0.113.9", **bearer(OPS_TOKEN)))[0] == 200
    assert (await site.call("GET", "/metrics", **bearer("another")))[0] == 401


async def test_account_is_made_with_a_password_shown_once(site: Site) -> None:
    admin = await site.token("root", Role.ADMIN, COUNTY)
    wanted = {"name": "li", "display_name": "李", "role": "viewer", "area": VILLAGE}
    status, made = await site.call("POST", "/api/v1/accounts", body=wanted, **admin)
    assert status == 201
    assert (await site.house.sessions.open("li", made["password"], "192.0.2.1", "")).account.role is Role.VIEWER
    _, listed = await site.call("GET", "/api/v1/accounts", **admin)
    assert ["password" in account for account in listed["accounts"]] == [False, False]


async def test_taken_name_is_a_conflict(site: Site) -> None:
    admin = await site.token("root", Role.ADMIN, COUNTY)
    wanted = {"name": "root", "display_name": "二", "role": "viewer", "area": VILLAGE}
    assert (await site.call("POST", "/api/v1/accounts", body=wanted, **admin))[0] == 409


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": "A b"}, "name"),
        ({"display_name": " "}, "display_name"),
        ({"display_name": "\x00"}, "display_name"),
        ({"name": "li\x00"}, "name"),
        ({"role": "king"}, "role"),
        ({"area": "13"}, "area"),
        ({"password": "short"}, "new"),
    ],
)
async def test_wrong_account_names_its_field(site: Site, change: dict[str, str], field: str) -> None:
    wanted = {"name": "li", "display_name": "李", "role": "viewer", "area": VILLAGE} | change
    admin = await site.token("root", Role.ADMIN, COUNTY)
    status, body = await site.call("POST", "/api/v1/accounts", body=wanted, **admin)
    assert (status, body["error"]["field"]) == (400, field)


async def test_township_admin_stays_in_the_township(site: Site) -> None:
    admin = await site.token("root", Role.ADMIN, TOWNSHIP)
    county = await site.house.account("county", area=COUNTY)
    neighbour = await site.house.account("neighbour", area=OTHER_TOWNSHIP)
    wanted = {"name": "li", "display_name": "李", "role": "viewer", "area": COUNTY}
    assert (await site.call("POST", "/api/v1/accounts", body=wanted, **admin))[0] == 403
    for account in (county, neighbour):
        path = f"/api/v1/accounts/{account.id}"
        assert (await site.call("PATCH", path, body={"disabled": True}, **admin))[0] == 404
    _, listed = await site.call("GET", "/api/v1/accounts", **admin)
    assert [account["name"] for account in listed["accounts"]] == ["root"]


async def test_account_cannot_be_moved_out_of_the_managers_area(site: Site) -> None:
    admin = await site.token("root", Role.ADMIN, TOWNSHIP)
    account = await site.house.account("li", area=VILLAGE)
    status, _ = await site.call("PATCH", f"/api/v1/accounts/{account.id}", body={"area": COUNTY}, **admin)
    assert status == 403


@pytest.mark.parametrize("change", [{"disabled": True}, {"role": "viewer"}, {"area": VILLAGE}])
async def test_nobody_locks_themselves_out(site: Site, change: dict[str, Any]) -> None:
    admin = await site.token("root", Role.ADMIN, TOWNSHIP)
    assert (await site.call("PATCH", "/api/v1/accounts/1", body=change, **admin))[0] == 409


@pytest.mark.parametrize(
    "change", [{"disabled": True}, {"role": "viewer"}, {"area": VILLAGE}, {"reset_password": True}]
)
async def test_narrowed_account_is_signed_out(site: Site, change: dict[str, Any]) -> None:
    admin = await site.token("root", Role.ADMIN, COUNTY)
    desk = await site.token()
    assert (await site.call("PATCH", "/api/v1/accounts/2", body=change, **admin))[0] == 200
    assert (await site.call("GET", "/api/v1/session", **desk))[0] == 401


async def test_reset_password_unlocks_and_works(site: Site) -> None:
    admin = await site.token("root", Role.ADMIN, COUNTY)
    account = await site.house.account("li")
    await site.house.fail("li", times=5)
    path = f"/api/v1/accounts/{account.id}"
    _, changed = await site.call("PATCH", path, body={"reset_password": True}, **admin)
    opened = await site.house.sessions.open("li", changed["password"], "198.51.100.1", "")
    assert opened.account.id == account.id


async def test_disabled_account_can_be_enabled_again(site: Site) -> None:
    admin = await site.token("root", Role.ADMIN, COUNTY)
    account = await site.house.account("li")
    for disabled in (True, False):
        path = f"/api/v1/accounts/{account.id}"
        _, changed = await site.call("PATCH", path, body={"disabled": disabled}, **admin)
        assert changed["disabled"] is disabled
        assert await site.house.can_sign_in("li") is not disabled


async def test_accounts_come_in_pages(site: Site) -> None:
    admin = await site.token("root", Role.ADMIN, COUNTY)
    for number in range(3):
        await site.house.account(f"li{number}")
    _, first = await site.call("GET", "/api/v1/accounts?limit=2", **admin)
    _, second = await site.call("GET", f"/api/v1/accounts?limit=2&cursor={first['next']}", **admin)
    names = [account["name"] for account in first["accounts"] + second["accounts"]]
    assert names == ["root", "li0", "li1", "li2"]
    assert (await site.call("GET", "/api/v1/accounts?limit=0", **admin))[0] == 400


async def test_auditor_reads_what_was_done_in_their_area(site: Site) -> None:
    await enrol(site, await site.token())
    county = await site.token("auditor", Role.AUDITOR, COUNTY)
    neighbour = await site.token("auditor2", Role.AUDITOR, OTHER_TOWNSHIP)
    _, page = await site.call("GET", "/api/v1/audit?subject=worker:17", **county)
    assert [line["action"] for line in page["lines"]] == ["device.enrol", "enrolment.create"]
    assert page["lines"][1]["account"] == "desk"
    _, page = await site.call("GET", "/api/v1/audit?subject=worker:17", **neighbour)
    assert page["lines"] == []
    assert (await site.call("GET", f"/api/v1/audit?area={COUNTY}", **neighbour))[0] == 403


async def test_audit_comes_in_pages_newest_first(site: Site) -> None:
    auditor = await site.token("auditor", Role.AUDITOR, COUNTY)
    for number in range(5):
        await site.house.audit.write("track.read", subject=f"worker:{number}", area_code=VILLAGE)
    _, first = await site.call("GET", "/api/v1/audit?action=track.read&limit=3", **auditor)
    _, second = await site.call("GET", f"/api/v1/audit?action=track.read&cursor={first['next']}", **auditor)
    subjects = [line["subject"] for line in first["lines"] + second["lines"]]
    assert subjects == [f"worker:{number}" for number in (4, 3, 2, 1, 0)]
    assert second["next"] is None


async def test_text_that_cannot_be_stored_is_no_failure(site: Site) -> None:
    auditor = await site.token("auditor", Role.AUDITOR, COUNTY)
    assert (await site.call("GET", "/api/v1/audit?action=%00&subject=a%00%FF", **auditor))[0] == 200
    body = {"name": "desk\x00", "password": "\x00"}
    assert (await site.call("POST", "/api/v1/session", body=body))[0] == 401
    desk = await site.token()
    _, made = await site.call("POST", "/api/v1/enrolments", body={"worker_id": 17}, **desk)
    body = {"code": made["code"], "device_name": "\x00红米"}
    assert (await site.call("POST", "/api/v1/enrol", body=body))[0] == 200
    assert await site.house.database.fetchval("select name from device") == "红米"


async def test_capitals_in_the_typed_name_do_not_matter(site: Site) -> None:
    await site.house.account("desk")
    assert (await site.call("POST", "/api/v1/session", body={"name": " Desk", "password": PASSWORD}))[0] == 200


@pytest.mark.parametrize("path", ["/api/v1/devices/x", "/api/v1/devices/0", "/api/v1/devices/99999999999999999999999"])
async def test_impossible_ids_are_not_found(site: Site, path: str) -> None:
    assert (await site.call("DELETE", path, **await site.token()))[0] == 404
