"""Phones: enrolled once, known on the hot path, revoked at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from datetime import datetime

import msgspec
import pytest

from tests.integration.people_house import GRID, OTHER_GRID, OTHER_TOWNSHIP, TOWNSHIP, House
from tests.integration.people_web import Client, bearer, serving
from tracker.clock import to_datetime
from tracker.db.pool import Database
from tracker.errors import BadValue, Forbidden, NotFound, NotSignedIn, TooMany, Unavailable
from tracker.people.consents import Consents
from tracker.people.devices import REFUSED_MS, Devices
from tracker.people.enrolment import ATTEMPTS_PER_ADDRESS, GOOD_FOR_MS, MOST_VERSION, Consent, Enrolled, qr_svg
from tracker.people.http_phone import PhoneConfig, PhoneHttp
from tracker.people.model import Account
from tracker.people.peer import Peers
from tracker.people.tokens import new_code, new_token


class Office:
    """A duty desk of one township that enrols phones."""

    def __init__(self, house: House, account: Account) -> None:
        self.house = house
        self.account = account

    async def code(self, worker_id: int = 17) -> str:
        base_url = "https://xun.example"
        made = await self.house.enrolments.create(self.account, worker_id, base_url=base_url, address="192.0.2.1")
        return made.code

    async def enrol(self, worker_id: int = 17) -> Enrolled:
        return await self.house.enrolments.consume(await self.code(worker_id), "红米", address="192.0.2.1")


@pytest.fixture
async def office(database: Database) -> AsyncIterator[Office]:
    house = House(database)
    await house.register()
    yield Office(house, await house.account("desk", area=TOWNSHIP))
    house.close()


async def test_enrolled_phone_is_known_by_its_token(office: Office) -> None:
    enrolled = await office.enrol()
    device = await office.house.devices.by_token(enrolled.token)
    assert (device.id, device.worker_id, device.grid_code) == (enrolled.device_id, 17, GRID)
    assert (enrolled.worker.name, enrolled.worker.grid_name, enrolled.worker.village) == (
        "王五",
        "第一网格",
        "柳林村",
    )


async def test_code_works_once(office: Office) -> None:
    code = await office.code()
    await office.house.enrolments.consume(code, "", address="")
    with pytest.raises(BadValue) as refused:
        await office.house.enrolments.consume(code, "", address="")
    assert code not in str(refused.value)


async def test_two_phones_with_one_code_get_one_token(office: Office) -> None:
    code = await office.code()
    tries = [office.house.enrolments.consume(code, f"phone {n}", address="") for n in range(8)]
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(result, Enrolled) for result in results) == 1
    assert await office.house.database.fetchval("select count(*) from device") == 1


async def test_code_is_good_for_fifteen_minutes(office: Office) -> None:
    code = await office.code()
    office.house.now_ms += GOOD_FOR_MS
    with pytest.raises(BadValue):
        await office.house.enrolments.consume(code, "", address="")


async def test_code_and_token_are_stored_only_as_hashes(office: Office) -> None:
    code = await office.code()
    enrolled = await office.house.enrolments.consume(code, "", address="")
    dump = await office.house.database.fetchval(
        "select (select string_agg(e::text, '') from enrolment e) || (select string_agg(d::text, '') from device d)"
    )
    assert code not in dump
    assert enrolled.token not in dump


async def test_worker_outside_the_area_cannot_be_enrolled(office: Office) -> None:
    with pytest.raises(Forbidden):
        await office.code(18)


async def test_unknown_worker_cannot_be_enrolled(office: Office) -> None:
    for worker_id in (99, 0, -1, 1 << 40):
        with pytest.raises(NotFound):
            await office.code(worker_id)


async def test_guessing_codes_is_limited(office: Office) -> None:
    for _ in range(ATTEMPTS_PER_ADDRESS):
        with pytest.raises(BadValue):
            await office.house.enrolments.consume(new_code(), "", address="203.0.113.1")
    with pytest.raises(TooMany):
        await office.house.enrolments.consume(await office.code(), "", address="203.0.113.1")


async def test_second_enrolment_keeps_the_first_phone(office: Office) -> None:
    first, second = await office.enrol(), await office.enrol()
    for enrolled in (first, second):
        assert (await office.house.devices.by_token(enrolled.token)).id == enrolled.device_id
    listed = await office.house.devices.of_worker(17)
    assert [device.id for device in listed] == [second.device_id, first.device_id]


async def test_revoked_phone_is_refused_at_once(office: Office) -> None:
    enrolled = await office.enrol()
    assert await office.house.devices.revoke(enrolled.device_id)
    with pytest.raises(NotSignedIn):
        await office.house.devices.by_token(enrolled.token)
    assert not await office.house.devices.revoke(enrolled.device_id)


async def test_phone_enrolled_elsewhere_is_known_on_its_first_upload(office: Office) -> None:
    enrolled = await office.enrol()
    other_process = Devices(database=office.house.database, now_ms=office.house.clock)
    await other_process.load()
    later = await office.enrol()
    assert (await other_process.by_token(enrolled.token)).id == enrolled.device_id
    assert (await other_process.by_token(later.token)).id == later.device_id


async def test_phone_revoked_elsewhere_is_refused_after_a_refresh(office: Office) -> None:
    enrolled = await office.enrol()
    other_process = Devices(database=office.house.database, now_ms=office.house.clock)
    await other_process.load()
    await office.house.devices.revoke(enrolled.device_id)
    await other_process.refresh()
    with pytest.raises(NotSignedIn):
        await other_process.by_token(enrolled.token)


async def test_moved_worker_is_seen_after_a_refresh(office: Office) -> None:
    enrolled = await office.enrol()
    await office.house.devices.load()
    await office.house.database.execute("update worker set grid_code = $1 where id = 17", OTHER_GRID)
    await office.house.devices.refresh()
    assert (await office.house.devices.by_token(enrolled.token)).grid_code == OTHER_GRID


async def test_phone_of_a_worker_who_left_is_refused(office: Office) -> None:
    enrolled = await office.enrol()
    await office.house.database.execute("update worker set valid_to = current_date - 1 where id = 17")
    await office.house.devices.refresh()
    with pytest.raises(NotSignedIn):
        await office.house.devices.by_token(enrolled.token)


async def test_unknown_token_is_asked_about_once_in_a_while(office: Office) -> None:
    token = new_token()
    with pytest.raises(NotSignedIn):
        await office.house.devices.by_token(token)
    await office.house.database.execute("alter table device rename to gone")
    with pytest.raises(NotSignedIn):
        await office.house.devices.by_token(token)
    await office.house.database.execute("alter table gone rename to device")
    office.house.now_ms += REFUSED_MS + 1
    with pytest.raises(NotSignedIn):
        await office.house.devices.by_token(token)


async def test_known_phone_needs_no_database_and_an_unknown_one_is_told_to_wait(office: Office) -> None:
    enrolled = await office.enrol()
    away = Database("postgresql://nobody@127.0.0.1:9/none")
    devices = Devices(database=office.house.database, now_ms=office.house.clock)
    await devices.load()
    devices._database = away
    assert (await devices.by_token(enrolled.token)).id == enrolled.device_id
    with pytest.raises(Unavailable):
        await devices.by_token(new_token())


async def test_last_use_waits_its_turn_beside_other_processes(office: Office) -> None:
    """Phones are locked in one order; else two processes would wait for each other."""
    first, second = [(await office.enrol()).device_id for _ in range(2)]
    touch, devices, database = "update device set app = 'x' where id = $1", office.house.devices, office.house.database
    await database.execute(touch, first)  # its row stands behind the other's now
    async with database.transaction() as other:
        await other.execute(touch, first)
        for device in (second, first):
            devices.seen(device, at_ms=office.house.now_ms, app="sanxun/1", skew_ms=None)
        flushing = asyncio.create_task(devices.flush_seen())
        while not await database.fetchval("select exists (select from pg_locks where not granted)"):  # noqa: ASYNC110  # only the database knows
            await asyncio.sleep(0.01)
        await other.execute(touch, second)
    await flushing
    assert (await devices.get(first)).app == (await devices.get(second)).app == "sanxun/1"


async def test_last_use_is_written_and_never_goes_back(office: Office) -> None:
    enrolled = await office.enrol()
    devices, now_ms = office.house.devices, office.house.now_ms
    devices.seen(enrolled.device_id, at_ms=now_ms, app="sanxun/1", skew_ms=-40)
    await devices.flush_seen()
    devices.seen(enrolled.device_id, at_ms=now_ms - 5000, app="", skew_ms=None)
    await devices.flush_seen()
    info = await devices.get(enrolled.device_id)
    assert (info.last_seen_ms, info.app) == (now_ms, "sanxun/1")
    assert await office.house.database.fetchval("select skew_ms from device") == -40


async def test_datum_can_be_declared(office: Office) -> None:
    enrolled = await office.enrol()
    await office.house.devices.change(enrolled.device_id, name=None, crs="gcj02")
    assert (await office.house.devices.by_token(enrolled.token)).crs == "gcj02"
    assert (await office.house.devices.get(enrolled.device_id)).name == "红米"


async def test_enrolment_is_audited_at_both_ends(office: Office) -> None:
    enrolled = await office.enrol()
    rows = await office.house.database.fetch("select action, subject, account_id, device_id from audit order by id")
    assert [tuple(row) for row in rows] == [
        ("enrolment.create", "worker:17", office.account.id, None),
        ("device.enrol", "worker:17", None, enrolled.device_id),
    ]


async def test_codes_address_stands_in_the_fragment(office: Office) -> None:
    made = await office.house.enrolments.create(office.account, 17, base_url="https://xun.example", address="")
    assert made.url == f"https://xun.example/phone#enrol={made.code}"
    assert made.qr_svg == qr_svg(made.url)
    assert made.qr_svg.startswith("<svg")


async def test_desk_of_another_township_may_not_enrol(office: Office) -> None:
    office.account = await office.house.account("other", area=OTHER_TOWNSHIP)
    with pytest.raises(Forbidden):
        await office.code(17)


async def consented(office: Office) -> tuple[str | None, datetime | None]:
    row = await office.house.database.fetchrow("select notice_version, consented_at from device order by id desc")
    assert row is not None
    return row["notice_version"], row["consented_at"]


async def test_consent_is_kept_with_the_phone(office: Office) -> None:
    consent = Consent(notice_version="2026-01", at_ms=office.house.now_ms - 1234)
    await office.house.enrolments.consume(await office.code(), "", address="", consent=consent)
    assert await consented(office) == ("2026-01", to_datetime(consent.at_ms))


async def test_apps_without_a_notice_have_no_consent_on_record(office: Office) -> None:
    await office.enrol()
    assert await consented(office) == (None, None)


@pytest.mark.parametrize(
    ("version", "late_ms"), [("", 0), (" ", 0), ("x" * (MOST_VERSION + 1), 0), ("v1", 172_800_000)]
)
async def test_consent_that_cannot_be_true_uses_up_no_code(office: Office, version: str, late_ms: int) -> None:
    code = await office.code()
    wrong = Consent(notice_version=version, at_ms=office.house.now_ms + late_ms)
    with pytest.raises(BadValue):
        await office.house.enrolments.consume(code, "", address="", consent=wrong)
    right = Consent(notice_version="v1", at_ms=office.house.now_ms)
    assert (await office.house.enrolments.consume(code, "", address="", consent=right)).device_id


async def test_half_a_consent_is_refused(office: Office) -> None:
    body = {"code": await office.code(), "notice_version": "v1"}
    async with (
        serving(office.house.guard, office.house.http.routes()) as client,
        client.post("/api/v1/enrol", json=body) as answer,
    ):
        assert (answer.status, (await answer.json())["error"]["field"]) == (400, "consented_at_ms")


async def test_phone_config_is_open_to_anybody(office: Office) -> None:
    config = PhoneConfig(handler="柳林县网格中心", contact="县政府 3 楼", call_phone="0310-12345", retention_days=60)
    async with phone_room(office, config) as client, client.get("/api/v1/phone-config") as answer:
        assert await answer.json() == msgspec.to_builtins(config)


def phone_room(office: Office, config: PhoneConfig) -> AbstractAsyncContextManager[Client]:
    house = office.house
    consents = Consents(database=house.database, audit=house.audit, now_ms=lambda: house.now_ms)
    return serving(house.guard, PhoneHttp(config, consents=consents, peers=Peers()).routes())


async def test_a_renewed_consent_is_kept_once_however_often_it_is_sent(office: Office) -> None:
    first = Consent(notice_version="v1", at_ms=office.house.now_ms - 5000)
    enrolled = await office.house.enrolments.consume(await office.code(), "", address="", consent=first)
    renewed = {"notice_version": "v2", "consented_at_ms": office.house.now_ms}
    config = PhoneConfig(handler="", contact="", call_phone="", retention_days=90)
    async with phone_room(office, config) as client:
        for _ in range(2):
            async with client.post("/api/v1/my/consent", json=renewed, headers=bearer(enrolled.token)) as answer:
                assert answer.status == 204
    rows = await office.house.database.fetch("select worker_id, notice_version from consent order by consented_at")
    assert [tuple(row) for row in rows] == [(17, "v1"), (17, "v2")]
    assert await consented(office) == ("v2", to_datetime(office.house.now_ms))


async def test_a_consent_in_the_future_is_refused(office: Office) -> None:
    enrolled = await office.enrol()
    wrong = {"notice_version": "v2", "consented_at_ms": office.house.now_ms + 172_800_000}
    config = PhoneConfig(handler="", contact="", call_phone="", retention_days=90)
    async with (
        phone_room(office, config) as client,
        client.post("/api/v1/my/consent", json=wrong, headers=bearer(enrolled.token)) as answer,
    ):
        assert (answer.status, (await answer.json())["error"]["field"]) == (400, "consented_at_ms")
