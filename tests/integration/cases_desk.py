"""The routes of the case room behind the guard, people of every role, and the clock."""

from __future__ import annotations

import contextlib
import re
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

from tests.integration.cases_house import COUNTY, LAT, LON, CaseHouse
from tests.integration.people_house import House
from tests.integration.people_web import Client, bearer, serving
from tracker.cases.room import CaseRoom, Outside
from tracker.db.pool import Database
from tracker.people.model import Role


class Desk:
    """One client; `call` signs in whoever is named: a role, `department:CODE`, or `role@area`."""

    def __init__(self, client: Client, cases: CaseHouse, people: House, room: CaseRoom) -> None:
        self.client = client
        self.room = room
        self.cases = cases
        self.people = people
        self.tokens: dict[str, str] = {}

    async def call(self, method: str, path: str, who: str = "", body: Any = None, **query: str) -> tuple[int, Any]:
        headers = bearer(await self.token(who)) if who else {}
        async with self.client.request(method, path, json=body, params=query, headers=headers) as answer:
            text = await answer.text()
            is_json = text and answer.content_type == "application/json"
            return answer.status, await answer.json() if is_json else text or None

    async def token(self, who: str) -> str:
        if who not in self.tokens:
            known, _, area = who.partition("@")
            role, _, department = known.partition(":")
            name = re.sub("[^a-z0-9]", "-", who.lower())
            await self.people.account(name, Role(role), area or COUNTY)
            statement = "update account set department_code = $1 where name = $2"
            await self.people.database.execute(statement, department or None, name)
            self.tokens[who] = await self.people.sign_in(name, create=False)
        return self.tokens[who]

    async def create(self, **more: Any) -> int:
        body = {"client_id": str(uuid4()), "channel": "centre", "description": "村口垃圾没人清运", "category": "0102"}
        place = {"lat": LAT, "lon": LON, "reporter": {"name": "赵六", "phone": "13800001234"}}
        status, made = await self.call("POST", "/api/v1/cases", "operator", body | place | more)
        assert status == 201, made
        return int(made["id"])

    async def change(self, case_id: int, to: str, who: str, **more: Any) -> tuple[int, Any]:
        version = (await self.cases.case(case_id)).version
        return await self.call("POST", f"/api/v1/cases/{case_id}/changes", who, {"to": to, "version": version} | more)


@contextlib.asynccontextmanager
async def desk_on(database: Database, outside: Outside | None = None) -> AsyncIterator[Desk]:
    """A desk over a small county."""
    cases, people = CaseHouse(database), House(database)
    await cases.build()
    people.now_ms = cases.now_ms
    room = cases.room(people, outside)
    async with serving(people.guard, room.routes()) as client:
        yield Desk(client, cases, people, room)
    people.close()
