from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4
from xml.etree import ElementTree as ET

import jsonschema
import pytest
from aiohttp.test_utils import TestClient, TestServer

from tests.integration.cases_house import CITY, COUNTY, LAT, LON, CaseHouse
from tests.integration.people_house import House
from tests.integration.people_web import Client, bearer
from tracker.cases.states import State
from tracker.clock import to_datetime
from tracker.db.pool import Database
from tracker.metrics import Metrics
from tracker.people.model import Role
from tracker.web.application import build

V2 = "/open311/v2"
W3C = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)")  # as FixMyStreet reads it: no fractions
TEXT = {"type": "string"}
# What the schemas of open311/schema-validation demand, in our own words.
SERVICES = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["service_code", "service_name", "metadata", "type"],
        "properties": {
            "service_code": TEXT, "service_name": TEXT, "description": TEXT, "keywords": TEXT, "group": TEXT,
            "metadata": {"type": "boolean"}, "type": {"enum": ["realtime", "batch", "blackbox"]},
        },
    },
}  # fmt: skip
DEFINITION = {
    "type": "object",
    "required": ["service_code", "attributes"],
    "properties": {"service_code": TEXT, "attributes": {"type": "array"}},
}
REQUESTS = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["service_request_id", "status", "service_name", "service_code", "requested_datetime"],
        "properties": {
            "service_request_id": {"type": "string", "minLength": 1}, "status": {"enum": ["open", "closed"]},
            "service_code": TEXT, "service_name": TEXT, "zipcode": TEXT, "address": TEXT, "address_id": TEXT,
            "lat": {"type": "number"}, "long": {"type": "number"},
            "requested_datetime": {"type": "string", "pattern": f"^{W3C.pattern}$"},
            "updated_datetime": {"type": "string", "pattern": f"^{W3C.pattern}$"},
        },
    },
}  # fmt: skip
ERRORS = {
    "type": "array",
    "minItems": 1,
    "items": {
        "type": "object",
        "required": ["code", "description"],
        "properties": {"code": {"type": "integer"}, "description": {"type": "string", "minLength": 1}},
    },
}


class Town:
    """The interface over HTTP, a key to it, and the clock."""

    def __init__(self, client: Client, cases: CaseHouse, key: str) -> None:
        self.client = client
        self.cases = cases
        self.key = key

    async def get(self, path: str, **query: str) -> tuple[int, Any]:
        async with self.client.get(path, params=query) as answer:
            body = await answer.read()
            assert answer.charset == "utf-8"
            if path.endswith(".json"):
                assert answer.content_type == "application/json"
                return answer.status, await answer.json()
            assert answer.headers["Content-Type"] == "text/xml; charset=utf-8"
            assert body.startswith(b'<?xml version="1.0" encoding="utf-8"?>')
            return answer.status, ET.fromstring(body)

    async def post(self, form: str = "json", **fields: str) -> tuple[int, Any]:
        given = {"service_code": "0102", "lat": str(LAT), "long": str(LON), "description": "村口垃圾没人清运"}
        data = {"api_key": self.key} | given | fields
        async with self.client.post(f"{V2}/requests.{form}", data=data) as answer:
            return answer.status, await answer.json() if form == "json" else ET.fromstring(await answer.read())

    async def posted(self, **fields: str) -> str:
        status, made = await self.post(**fields)
        assert status == 200, made
        return str(made[0]["service_request_id"])


@pytest.fixture
async def town(database: Database) -> AsyncIterator[Town]:
    cases, people = CaseHouse(database), House(database)
    await cases.build()
    people.now_ms = cases.now_ms
    application = build(cases.room(people).routes(), check=people.guard.check, metrics=Metrics())
    async with TestClient(TestServer(application)) as client:
        await people.account("admin", Role.ADMIN, COUNTY)
        token = await people.sign_in("admin", create=False)
        async with client.post("/api/v1/open311-keys", json={"name": "街拍"}, headers=bearer(token)) as answer:
            key = (await answer.json())["api_key"]
        yield Town(client, cases, key)
    people.close()


async def test_discovery_names_one_endpoint_in_both_forms(town: Town) -> None:
    _, found = await town.get(f"{V2}/discovery.json")
    _, tree = await town.get("/open311/discovery.xml")
    (endpoint,) = found["endpoints"]
    assert endpoint["specification"] == "http://wiki.open311.org/GeoReport_v2"
    assert endpoint["url"].endswith(V2)
    assert (endpoint["type"], endpoint["formats"]) == ("production", ["text/xml", "application/json"])
    assert [one.text for one in tree.findall("endpoints/endpoint/formats/format")] == endpoint["formats"]
    assert found["contact"]
    assert found["key_service"]


async def test_the_changeset_is_a_time(town: Town) -> None:
    _, found = await town.get(f"{V2}/discovery.json")
    assert W3C.fullmatch(found["changeset"])
    assert found["changeset"] == found["endpoints"][0]["changeset"]


async def test_services_are_the_public_categories(town: Town) -> None:
    status, found = await town.get(f"{V2}/services.json")
    jsonschema.validate(found, SERVICES)
    codes = {one["service_code"] for one in found}
    assert status == 200
    assert "0102" in codes
    assert not codes & {"0402", "0603"}  # public order, complaints
    _, tree = await town.get(f"{V2}/services.xml")
    assert tree.tag == "services"
    assert {one.findtext("service_code") for one in tree.findall("service")} == codes
    assert {one.findtext("metadata") for one in tree.findall("service")} == {"false"}


async def test_a_service_has_a_definition(town: Town) -> None:
    status, found = await town.get(f"{V2}/services/0102.json")
    jsonschema.validate(found, DEFINITION)
    _, tree = await town.get(f"{V2}/services/0102.xml")
    assert (status, tree.tag, tree.findtext("service_code")) == (200, "service_definition", "0102")


@pytest.mark.parametrize("path", ["services/9999", "services/0603", "requests/nothing", "tokens/nothing"])
async def test_what_is_not_there_is_404_in_their_words(town: Town, path: str) -> None:
    status, found = await town.get(f"{V2}/{path}.json")
    jsonschema.validate(found, ERRORS)
    assert (status, found[0]["code"]) == (404, 404)
    status, tree = await town.get(f"{V2}/{path}.xml")
    assert (status, tree.tag, tree.findtext("error/code")) == (404, "errors", "404")


async def test_a_request_comes_back_as_it_was_sent(town: Town) -> None:
    status, made = await town.post(address_string="村委会门口")
    assert (status, made[0]["account_id"]) == (200, None)
    number = made[0]["service_request_id"]
    status, found = await town.get(f"{V2}/requests/{number}.json")
    jsonschema.validate(found, REQUESTS)
    (one,) = found
    assert (one["service_request_id"], one["status"], one["service_code"]) == (number, "open", "0102")
    assert (one["description"], one["address"]) == ("村口垃圾没人清运", "村委会门口")
    assert (one["lat"], one["long"]) == (pytest.approx(LAT), pytest.approx(LON))


async def test_the_answer_in_xml_is_what_fixmystreet_reads(town: Town) -> None:
    status, tree = await town.post(form="xml", description="a < b & c\x07")
    number = tree.findtext("request/service_request_id")
    assert (status, tree.tag) == (200, "service_requests")
    assert number
    _, tree = await town.get(f"{V2}/requests/{number}.xml")
    assert tree.findtext("request/description") == "a < b & c"
    for field in ("address", "zipcode", "media_url", "expected_datetime"):
        assert tree.find(f"request/{field}") is not None


async def test_a_token_gives_the_number(town: Town) -> None:
    number = await town.posted()
    assert await town.get(f"{V2}/tokens/{number}.json") == (200, [{"service_request_id": number, "token": number}])


async def test_trying_again_makes_no_second_case(town: Town) -> None:
    assert await town.posted() == await town.posted()
    assert await town.posted() != await town.posted(description="另一件事")


@pytest.mark.parametrize("key", ["", "wrong"])
async def test_nobody_sends_without_a_key(town: Town, key: str) -> None:
    status, found = await town.post(api_key=key)
    jsonschema.validate(found, ERRORS)
    assert (status, found[0]["code"]) == (403, 403)


@pytest.mark.parametrize(
    "fields",
    [{"service_code": ""}, {"service_code": "9999"}, {"service_code": "0603"}, {"lat": ""}, {"lat": "91"},
     {"lat": "x"}, {"lat": "nan"}, {"lat": "", "long": ""}, {"lat": "1", "long": "1"},
     {"description": "长" * 4001}, {"phone": "abc"}],
)  # fmt: skip
async def test_a_bad_request_is_400(town: Town, fields: dict[str, str]) -> None:
    status, found = await town.post(**fields)
    jsonschema.validate(found, ERRORS)
    assert (status, found[0]["code"]) == (400, 400)


async def test_an_address_is_place_enough(town: Town) -> None:
    number = await town.posted(lat="", long="", address_string="城北")
    _, (one,) = await town.get(f"{V2}/requests/{number}.json")
    assert "lat" not in one


async def test_an_empty_answer_is_200(town: Town) -> None:
    assert await town.get(f"{V2}/requests.json", service_code="0504") == (200, [])
    status, tree = await town.get(f"{V2}/requests.xml", service_code="0504")
    assert (status, tree.tag, len(tree)) == (200, "service_requests", 0)


async def test_numbers_override_every_other_wish(town: Town) -> None:
    first, second = await town.posted(), await town.posted(service_code="0201")
    _, found = await town.get(f"{V2}/requests.json", service_request_id=f"{first},{second}", status="closed")
    assert {one["service_request_id"] for one in found} == {first, second}


async def test_requests_are_narrowed_by_service_status_and_page(town: Town) -> None:
    first, second = await town.posted(), await town.posted(service_code="0201")
    _, found = await town.get(f"{V2}/requests.json", service_code="0201,0202", status="open")
    assert [one["service_request_id"] for one in found] == [second]
    assert (await town.get(f"{V2}/requests.json", status="closed"))[1] == []
    pages = [(await town.get(f"{V2}/requests.json", page=page, page_size="1"))[1] for page in "123"]
    assert [one["service_request_id"] for page in pages for one in page] == [second, first]


def stamp(town: Town, days: float) -> str:
    return (to_datetime(town.cases.now_ms).astimezone(UTC) + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


async def test_requests_are_narrowed_by_their_day(town: Town) -> None:
    number = await town.posted()
    _, found = await town.get(f"{V2}/requests.json", start_date=stamp(town, -1), end_date=stamp(town, 1))
    assert [one["service_request_id"] for one in found] == [number]
    assert (await town.get(f"{V2}/requests.json", end_date=stamp(town, -1)))[1] == []
    assert (await town.get(f"{V2}/requests.json", start_date="", end_date="", status=""))[1] == found


@pytest.mark.parametrize(
    "query",
    [{"status": "done"}, {"start_date": "yesterday"}, {"start_date": "2026-01-01", "end_date": "2026-06-01"},
     {"page": "0"}, {"page_size": "1001"}, {"end_date": "0001-01-01T00:00:00+23:59"}],
)  # fmt: skip
async def test_a_bad_question_is_400(town: Town, query: dict[str, str]) -> None:
    status, found = await town.get(f"{V2}/requests.json", **query)
    jsonschema.validate(found, ERRORS)
    assert status == 400


async def test_only_this_county_answers(town: Town) -> None:
    for own in ("", COUNTY, COUNTY[:6]):
        assert (await town.get(f"{V2}/services.json", jurisdiction_id=own))[0] == 200
    assert (await town.get(f"{V2}/services.json", jurisdiction_id="sfgov.org"))[0] == 404


@pytest.mark.parametrize(
    "private",
    [
        "secret = true",
        f"complained_of = '{CITY}'",
        "public_text = null",
        "category_code = '0603'",
        "category_code = null",
    ],
)
async def test_private_cases_are_never_shown(town: Town, private: str) -> None:
    number = await town.posted()
    assert len((await town.get(f"{V2}/requests.json"))[1]) == 1
    await town.cases.database.execute(f"update case_file set {private}")
    assert (await town.get(f"{V2}/requests.json"))[1] == []
    assert (await town.get(f"{V2}/requests.json", service_request_id=number))[1] == []
    assert (await town.get(f"{V2}/requests/{number}.json"))[0] == 404
    assert (await town.get(f"{V2}/tokens/{number}.json"))[0] == 404


async def test_nothing_personal_is_shown(town: Town) -> None:
    number = await town.posted(first_name="小明", last_name="王", phone="13812345678", email="x@example.org")
    async with town.client.get(f"{V2}/requests/{number}.json") as answer:
        text = await answer.text()
    assert not [word for word in ("小明", "13812345678", "example.org") if word in text]
    row = await town.cases.database.fetchrow("select case_id, phone_sealed, channel from case_reporter")
    assert row is not None
    assert town.cases.persons.open(row["phone_sealed"], f"case_reporter:{row['case_id']}:1:phone") == "13812345678"
    assert row["channel"] == "transfer"


async def test_a_picture_of_a_client_is_named_but_not_fetched(town: Town) -> None:
    number = await town.posted(media_url="https://example.org/a.jpg")
    _, (one,) = await town.get(f"{V2}/requests/{number}.json")
    assert one["description"].endswith("https://example.org/a.jpg")


async def test_times_have_a_zone_and_no_fractions(town: Town) -> None:
    number = await town.posted()
    await town.cases.database.execute("update case_file set due_at = '2026-12-01 08:00:00.25Z'")
    _, (one,) = await town.get(f"{V2}/requests/{number}.json")
    assert one["expected_datetime"] == "2026-12-01T16:00:00+08:00"
    assert datetime.fromisoformat(one["requested_datetime"]).tzinfo is not None


async def test_a_revoked_key_opens_nothing(town: Town) -> None:
    await town.cases.database.execute("update program_key set revoked_at = now()")
    assert (await town.post(description=str(uuid4())))[0] == 403


QUESTIONS = [
    {"code": "WHERE", "datatype": "singlevaluelist", "description": "在哪里", "required": True,
     "values": [{"key": "ROAD", "name": "路上"}, {"key": "YARD", "name": "院里"}]},
    {"code": "WHAT", "datatype": "multivaluelist", "description": "有什么",
     "values": [{"key": "A", "name": "甲"}, {"key": "B", "name": "乙"}]},
    {"code": "SIZE", "datatype": "number", "description": "几立方米"},
    {"code": "SINCE", "datatype": "datetime", "description": "从何时起"},
]  # fmt: skip
ATTRIBUTES = {
    "type": "object",
    "required": ["service_code", "attributes"],
    "properties": {
        "attributes": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["variable", "code", "datatype", "required", "datatype_description", "order"],
                "properties": {
                    "variable": {"type": "boolean"}, "required": {"type": "boolean"}, "order": {"type": "integer"},
                    "code": TEXT, "description": TEXT, "datatype_description": TEXT,
                    "datatype": {
                        "enum": ["string", "number", "datetime", "text", "singlevaluelist", "multivaluelist"]
                    },
                    "values": {
                        "type": "array",
                        "items": {"type": "object", "properties": {"key": TEXT, "name": TEXT}},
                    },
                },
            },
        }
    },
}  # fmt: skip


async def asked_of(town: Town) -> None:
    statement = "update case_category set attributes = $1 where code = '0102'"
    await town.cases.database.execute(statement, QUESTIONS)
    town.cases.now_ms += 16_000  # the book is read anew


async def test_a_service_asks_its_questions(town: Town) -> None:
    await asked_of(town)
    _, services = await town.get(f"{V2}/services.json")
    assert {one["service_code"] for one in services if one["metadata"]} == {"0102"}
    _, found = await town.get(f"{V2}/services/0102.json")
    jsonschema.validate(found, ATTRIBUTES)
    assert [one["order"] for one in found["attributes"]] == [1, 2, 3, 4]
    _, tree = await town.get(f"{V2}/services/0102.xml")
    first = tree.find("attributes/attribute")
    assert first is not None
    assert (first.findtext("code"), first.findtext("required"), first.findtext("variable")) == ("WHERE", "true", "true")
    assert [one.findtext("key") for one in first.findall("values/value")] == ["ROAD", "YARD"]


async def test_answers_are_kept_with_the_case(town: Town) -> None:
    await asked_of(town)
    fields = {"attribute[WHERE]": "ROAD", "attribute[SIZE]": "1.5", "attribute[SINCE]": "2026-11-20T08:00:00+08:00"}
    pairs = [("api_key", town.key), ("service_code", "0102"), ("lat", str(LAT)), ("long", str(LON))]
    pairs += [("description", "路边垃圾"), *fields.items(), ("attribute[WHAT][]", "A"), ("attribute[WHAT][]", "B")]
    async with town.client.post(f"{V2}/requests.json", data=pairs) as answer:
        assert answer.status == 200, await answer.text()
    kept = await town.cases.database.fetchval("select attributes from case_file")
    assert kept["WHAT"] == ["A", "B"]
    assert (kept["WHERE"], kept["SIZE"]) == (["ROAD"], ["1.5"])


@pytest.mark.parametrize(
    "fields",
    [{}, {"attribute[WHERE]": "MOON"}, {"attribute[WHERE]": "ROAD", "attribute[SIZE]": "big"},
     {"attribute[WHERE]": "ROAD", "attribute[NEW]": "x"}, {"attribute[WHERE]": "ROAD", "attribute[SINCE]": "gestern"},
     {"attribute[WHERE]": "ROAD", "attribute[SIZE]": "nan"}],
)  # fmt: skip
async def test_wrong_answers_are_refused_in_their_words(town: Town, fields: dict[str, str]) -> None:
    await asked_of(town)
    status, found = await town.post(**fields)
    jsonschema.validate(found, ERRORS)
    assert (status, found[0]["code"]) == (400, 400)
    assert "attribute[" in found[0]["description"]


async def test_an_empty_answer_is_no_answer(town: Town) -> None:
    await asked_of(town)
    status, _ = await town.post(**{"attribute[WHERE]": "YARD", "attribute[SIZE]": ""})
    assert status == 200


async def test_steps_are_told_to_those_who_follow(town: Town) -> None:
    number = await town.posted()
    case_id = int(await town.cases.database.fetchval("select id from case_file"))
    await town.cases.until(case_id, State.HANDLING)
    status, found = await town.get(f"{V2}/servicerequestupdates.json")
    assert status == 200
    assert {one["service_request_id"] for one in found} == {number}
    assert [one["status"] for one in found] == ["OPEN", "OPEN", "ACTION_SCHEDULED", "ACTION_SCHEDULED", "IN_PROGRESS"]
    assert len({one["update_id"] for one in found}) == len(found)
    assert all(W3C.fullmatch(one["updated_datetime"]) for one in found)
    _, tree = await town.get(f"{V2}/servicerequestupdates.xml")
    assert (tree.tag, len(tree.findall("request_update"))) == ("service_request_updates", 5)
    early = {"start_date": "2026-01-01T00:00:00Z", "end_date": "2026-01-02T00:00:00Z"}
    assert (await town.get(f"{V2}/servicerequestupdates.json", **early))[1] == []


async def add(town: Town, number: str, **more: str) -> tuple[int, Any]:
    form = {"api_key": town.key, "service_request_id": number, "update_id": "u-1", "description": "还在那里"}
    async with town.client.post(f"{V2}/servicerequestupdates.json", data=form | more) as answer:
        return answer.status, await answer.json()


async def test_what_a_client_adds_is_a_note_for_the_desk_once(town: Town) -> None:
    number = await town.posted()
    for _ in range(2):
        assert await add(town, number) == (200, [{"update_id": "u-1"}])
    rows = await town.cases.database.fetch("select text, public from case_event where kind = 'note'")
    assert [tuple(row) for row in rows] == [("还在那里", False)]


async def test_the_status_that_a_client_names_is_told_to_the_desk_and_changes_nothing(town: Town) -> None:
    number = await town.posted()
    assert (await add(town, number, status="fixed"))[0] == 200
    assert await town.cases.database.fetchval("select text from case_event where kind = 'note'") == "[FIXED] 还在那里"
    _, found = await town.get(f"{V2}/requests/{number}.json")
    assert found[0]["status"] == "open"
    status, told = await add(town, number, update_id="u-2", status="gone")
    assert (status, "status" in told[0]["description"]) == (400, True)


@pytest.mark.parametrize(
    ("more", "status"),
    [({"api_key": "wrong"}, 403), ({"service_request_id": "nothing"}, 404), ({"update_id": ""}, 400),
     ({"description": ""}, 400), ({"updated_datetime": "gestern"}, 400)],
)  # fmt: skip
async def test_a_wrong_update_is_refused(town: Town, more: dict[str, str], status: int) -> None:
    number = await town.posted()
    assert (await add(town, number, **more))[0] == status
    assert await town.cases.database.fetchval("select count(*) from case_event where kind = 'note'") == 0
