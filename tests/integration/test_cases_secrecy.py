"""A complaint never reaches whom it is about, nor a secret reporter anybody: through every route and stream."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest
from aiohttp.test_utils import TestClient, TestServer

from tests.integration.cases_desk import Desk, desk_on
from tests.integration.cases_house import CITY, COUNTY, LAT, LON, PETITION, WATER
from tests.integration.people_web import bearer, serving
from tracker.bus.model import AreaEvent, Message
from tracker.cases.states import State
from tracker.db.pool import Database
from tracker.geo.area import Area
from tracker.live.audiences import DepartmentAudience
from tracker.live.frames import Close
from tracker.live.http import LiveHttp
from tracker.live.hub import Hub
from tracker.live.scribe import Packet, Wire
from tracker.metrics import Metrics
from tracker.people.model import PERMISSIONS, Account, Role
from tracker.routes import Access
from tracker.web.application import build

PLACEHOLDER = re.compile(r"\{(\w+)(?::[^{}]*(?:\{[^{}]*\}[^{}]*)*)?\}")
DAY_MS = 86_400_000


@pytest.fixture
async def desk(database: Database) -> AsyncIterator[Desk]:
    async with desk_on(database) as made:
        yield made


async def complaint(desk: Desk) -> tuple[int, str]:
    """A complaint about the city department, in the hands of two others; its id and number."""
    case_id = await desk.create(description="执法局干部态度恶劣不作为", category="0603", complained_of=CITY)
    for to, who in (("accepted", "operator"), ("filed", "shift_leader")):
        assert (await desk.change(case_id, to, who))[0] == 200
    status, _ = await desk.change(case_id, "dispatched", "dispatcher", department=PETITION, co_departments=[WATER])
    assert status == 200
    return case_id, (await desk.cases.case(case_id)).number


def bodies(case_id: int) -> dict[str, Any]:
    """Bodies that are right in themselves, so that nothing but the secrecy can be the reason for a refusal."""
    urge = {"kind": "urge", "text": "请抓紧"}
    return {
        "changes": {"to": "handling", "version": 4}, "notes": {"text": "备注"},
        "replies": {"version": 4, "text": "答复"},
        "visits": {"version": 4, "reporter": 1, "outcome": "satisfied"}, "supervisions": urge,
        "public-text": {"version": 4, "public_text": "x y"},
        "reveal": {"reporter": 1, "field": "phone", "reason": "回访"},
        "{ordinal}": {"reply": "好的"},
        "case-bulk/changes": {"cases": [{"id": case_id, "version": 4}], "change": {"to": "handling"}},
        "case-bulk/supervisions": {"cases": [case_id], "supervision": urge},
    }  # fmt: skip


async def test_the_unit_complained_of_finds_nothing_by_any_route(desk: Desk) -> None:
    case_id, number = await complaint(desk)
    city, asked = f"department:{CITY}", 0
    values = {"id": str(case_id), "ordinal": "1", "code": "0603", "number": number}
    query = {
        "lat": str(LAT), "lon": str(LON), "text": "态度恶劣", "from": str(desk.cases.now_ms - DAY_MS),
        "count": "report", "to": str(desk.cases.now_ms + DAY_MS), "words": number, "by": "department",
        "every": "day",
    }  # fmt: skip
    for route in desk.room.routes():
        if route.access is not Access.SIGNED_IN or route.permission not in PERMISSIONS[Role.DEPARTMENT]:
            continue
        path = PLACEHOLDER.sub(lambda match: values[match[1]], route.path)
        body = next((body for end, body in bodies(case_id).items() if route.path.endswith(end)), None)
        status, said = await desk.call(route.method, path, city, body, **(query if route.method == "GET" else {}))
        asked += 1
        if "{id}" in route.path:
            assert status in (403, 404), (route.path, status, said)
        elif route.method == "GET" and "config" not in path:
            assert number not in orjson.dumps(said).decode(), route.path
        elif said and "results" in said:
            assert [one["ok"] for one in said["results"]] == [False]
            assert said["results"][0]["error"]["code"] == "not_found"
    assert asked >= 10
    assert (await desk.cases.case(case_id)).state is State.DISPATCHED


async def test_strangers_find_no_complaint(desk: Desk) -> None:
    _, number = await complaint(desk)
    application = build(desk.room.routes(), check=desk.people.guard.check, metrics=Metrics())
    wanted = {
        "requests.json": 200, f"requests/{number}.json": 404, f"tokens/{number}.json": 404,
        f"requests.json?service_request_id={number}": 200, "servicerequestupdates.json": 200,
    }  # fmt: skip
    async with TestClient(TestServer(application)) as client:
        for path, status in wanted.items():
            async with client.get(f"/open311/v2/{path}") as answer:
                assert answer.status == status, path
                assert status == 404 or await answer.json() == []


async def test_a_complaint_is_not_given_to_its_unit_by_any_change(desk: Desk) -> None:
    case_id = await desk.create(category="0603", complained_of=CITY)
    for to, who in (("accepted", "operator"), ("filed", "shift_leader")):
        await desk.change(case_id, to, who)
    for chosen in ({"department": CITY}, {"department": PETITION, "co_departments": [CITY]}):
        status, answer = await desk.change(case_id, "dispatched", "dispatcher", **chosen)
        assert (status, answer["error"]["reason"]) == (400, "department.complained_of")
    version = (await desk.cases.case(case_id)).version
    many = {"cases": [{"id": case_id, "version": version}], "change": {"to": "dispatched", "department": CITY}}
    _, answer = await desk.call("POST", "/api/v1/case-bulk/changes", "dispatcher", many)
    assert answer["done"] == 0


async def test_a_secret_reporter_is_the_centres_alone(desk: Desk) -> None:
    case_id = await desk.create(secret=True)
    for to, who in (("accepted", "operator"), ("filed", "shift_leader"), ("dispatched", "dispatcher")):
        await desk.change(case_id, to, who)
    for who, expected in (("operator", 1), ("dispatcher", 0), ("inspector", 0), (f"department:{CITY}", 0)):
        status, detail = await desk.call("GET", f"/api/v1/cases/{case_id}", who)
        assert (status, len(detail["reporters"])) == (200, expected), who
        assert "赵" not in str(detail) or who == "operator"


@dataclass(eq=False)
class Tape:
    """What a live session was sent."""

    writable: bool = True
    deflates: bool = False
    texts: list[Any] = field(default_factory=list)

    def write(self, wire: bytes) -> None:
        while wire:
            size = int.from_bytes(wire[1:5], "big")
            if wire[:1] == b"T":
                self.texts.append(orjson.loads(wire[5 : 5 + size]))
            wire = wire[5 + size :]

    def close(self, code: Close, reason: str) -> None:
        raise AssertionError(f"closed with {code}: {reason}")

    def abort(self) -> None:
        self.writable = False

    def told(self) -> set[int]:
        """Ids of the cases that the session heard of."""
        return {one["id"] for text in self.texts if text["type"] == "event" for one in text["data"]["grids"]}


def framed(tag: bytes) -> Any:
    return lambda body: Packet(tag + len(body).to_bytes(4, "big") + body, b"")


class Streams:
    """A hub that hears what the case room tells, and sessions on it."""

    def __init__(self, desk: Desk) -> None:
        wire = Wire(binary=framed(b"B"), text=framed(b"T"))
        self.hub = Hub(wire=wire, metrics=Metrics(), now_ms=desk.cases.clock, epoch="e")
        self.hub.load(workers=[(17, "130523100201001", False)])
        self.desk = desk

    def join(self, area: Area, department: str | None = None) -> Tape:
        tape = Tape()
        role = Role.DEPARTMENT if department else Role.SUPERVISOR
        account = Account(id=1, name="a", display_name="a", role=role, area=area, department=department)
        self.hub.join(account=account, area=area, sink=tape)
        return tape

    async def tell(self) -> None:
        heard: list[Message] = self.desk.cases.heard
        heard.clear()
        await self.desk.cases.watch.tick()
        for message in heard:
            assert isinstance(message, AreaEvent)
            self.hub.read(message)
        for _ in self.hub.tick():
            pass


async def test_departments_hear_live_of_their_own_cases_only(desk: Desk) -> None:
    streams = Streams(desk)
    city, water, petition = (
        streams.join(DepartmentAudience(COUNTY, department=code), code) for code in (CITY, WATER, PETITION)
    )
    far = streams.join(DepartmentAudience("130523101000", department=CITY), CITY)
    own = await desk.create()
    for to, who in (("accepted", "operator"), ("filed", "shift_leader"), ("dispatched", "dispatcher")):
        await desk.change(own, to, who)
    about_city, _ = await complaint(desk)
    await streams.tell()
    assert (city.told(), water.told(), petition.told()) == ({own}, {about_city}, {about_city})
    assert far.told() == set()  # its area holds none of them
    assert city.texts[0]["workers"] == 0  # departments watch no workers


async def test_a_department_hears_that_a_case_was_taken_from_it(desk: Desk) -> None:
    streams = Streams(desk)
    case_id = await desk.create()
    await desk.cases.until(case_id, State.DISPATCHED)
    await streams.tell()
    city = streams.join(DepartmentAudience(COUNTY, department=CITY), CITY)
    await desk.change(case_id, "return_req", f"department:{CITY}", reason="不属于我单位")
    await desk.change(case_id, "filed", "dispatcher")
    await streams.tell()
    states = [one["state"] for text in city.texts if text["type"] == "event" for one in text["data"]["grids"]]
    assert states == ["return_req", "filed"]


async def test_the_codes_of_departments_are_never_mixed_up(desk: Desk) -> None:
    streams = Streams(desk)
    longer = streams.join(DepartmentAudience(COUNTY, department=CITY[:-1]), CITY[:-1])
    case_id = await desk.create()
    await desk.cases.until(case_id, State.DISPATCHED)
    await streams.tell()
    assert longer.told() == set()


async def test_only_departments_have_a_stream_of_cases(desk: Desk) -> None:
    routes = LiveHttp(Streams(desk).hub).routes()
    async with serving(desk.people.guard, [one for one in routes if one.path == "/api/v1/case-live"]) as client:
        for who in ("operator", "supervisor", "viewer"):
            async with client.get("/api/v1/case-live", headers=bearer(await desk.token(who))) as answer:
                assert answer.status == 403
