"""Sign-in and sessions on the real database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.integration.people_house import COUNTY, PASSWORD, House
from tracker.db.pool import Database
from tracker.errors import NotSignedIn, TooMany
from tracker.people.model import Role
from tracker.people.sessions import IDLE_MS, LONGEST_MS
from tracker.people.tokens import digest


@pytest.fixture
async def house(database: Database) -> AsyncIterator[House]:
    built = House(database)
    yield built
    built.close()


async def test_right_password_opens_a_session(house: House) -> None:
    await house.account("wang")
    opened = await house.sessions.open("wang", PASSWORD, "192.0.2.1", "Firefox")
    account = await house.sessions.account_of(opened.token)
    assert (account.name, account.role, account.area.code) == ("wang", Role.SUPERVISOR, COUNTY)
    assert account.session_hash == digest(opened.token)


async def test_token_itself_is_never_stored(house: House) -> None:
    token = await house.sign_in("wang")
    stored = await house.database.fetchval("select token_hash from session")
    assert stored == digest(token) != token.encode()


@pytest.mark.parametrize(("name", "password"), [("wang", "wrong password"), ("nobody", PASSWORD), ("", "")])
async def test_every_refusal_reads_the_same(house: House, name: str, password: str) -> None:
    await house.account("wang")
    with pytest.raises(NotSignedIn, match="the name or the password is wrong"):
        await house.sessions.open(name, password, "192.0.2.1", "")


async def test_fifth_failure_locks_for_five_minutes(house: House) -> None:
    await house.account("wang")
    await house.fail("wang", times=5)
    assert not await house.can_sign_in("wang")
    house.pass_minutes(4.9)
    assert not await house.can_sign_in("wang")
    house.pass_minutes(0.2)
    assert await house.can_sign_in("wang")


async def test_four_failures_do_not_lock(house: House) -> None:
    await house.account("wang")
    await house.fail("wang", times=4)
    assert await house.can_sign_in("wang")


async def test_next_failure_locks_twice_as_long(house: House) -> None:
    await house.account("wang")
    await house.fail("wang", times=5)
    house.pass_minutes(5.1)
    await house.fail("wang", times=1)
    house.pass_minutes(9.9)
    assert not await house.can_sign_in("wang")
    house.pass_minutes(0.2)
    assert await house.can_sign_in("wang")


async def test_guesses_at_once_are_counted_like_guesses_in_a_row(house: House) -> None:
    await house.account("wang")
    await asyncio.gather(*(house.fail("wang", times=1) for _ in range(12)))
    failures = await house.database.fetchval("select failed_count from account where name = 'wang'")
    assert failures == 5


async def test_success_clears_the_failures(house: House) -> None:
    await house.account("wang")
    await house.fail("wang", times=4)
    await house.sign_in("wang", create=False)
    await house.fail("wang", times=4)
    assert await house.can_sign_in("wang")


async def test_address_with_many_failures_is_told_to_wait(house: House) -> None:
    for number in range(30):
        await house.fail(f"name{number}", times=1)
    with pytest.raises(TooMany) as refused:
        await house.sessions.open("another", PASSWORD, "192.0.2.1", "")
    assert refused.value.retry_after_s == 15 * 60


async def test_failures_are_audited_without_the_typed_name(house: House) -> None:
    await house.fail("MyPassword123", times=1)
    row = await house.database.fetchrow("select action, subject, detail, address from audit")
    assert row is not None
    assert tuple(row) == ("session.refuse", "account:", {}, "192.0.2.1")


async def test_closed_session_is_over_at_once(house: House) -> None:
    token = await house.sign_in("wang")
    await house.sessions.close(await house.sessions.account_of(token))
    with pytest.raises(NotSignedIn):
        await house.sessions.account_of(token)


async def test_session_revoked_elsewhere_ends_within_ten_seconds(house: House) -> None:
    token = await house.sign_in("wang")
    await house.database.execute("delete from session")
    house.pass_minutes(10.001 / 60)
    with pytest.raises(NotSignedIn):
        await house.sessions.account_of(token)


async def test_cached_session_asks_the_database_nothing(house: House) -> None:
    token = await house.sign_in("wang")
    await house.database.close()
    await house.database.execute("drop table session cascade")
    assert (await house.sessions.account_of(token)).name == "wang"


async def test_idle_session_ends_and_used_one_stays(house: House) -> None:
    token = await house.sign_in("wang")
    for _ in range(3):
        house.pass_minutes(IDLE_MS / 60_000 - 1)
        await house.sessions.account_of(token)
    house.pass_minutes(IDLE_MS / 60_000 + 1)
    with pytest.raises(NotSignedIn):
        await house.sessions.account_of(token)


async def test_open_live_stream_keeps_its_session(house: House) -> None:
    token = await house.sign_in("wall")
    house.sessions.in_use(lambda: [digest(token)])
    for _ in range(4):
        house.pass_minutes(IDLE_MS / 60_000 - 1)
        await house.sessions.sweep()
    assert (await house.sessions.account_of(token)).name == "wall"


async def test_every_session_ends_after_twelve_hours(house: House) -> None:
    token = await house.sign_in("wall")
    ended: list[bytes] = []
    house.sessions.on_ended(ended.append)
    house.sessions.in_use(lambda: [digest(token)])
    house.pass_minutes(LONGEST_MS / 60_000 / 2)
    await house.database.execute("update session set last_seen_at = $1", house.now())
    house.pass_minutes(LONGEST_MS / 60_000 / 2 + 1)
    await house.sessions.sweep()
    assert ended == [digest(token)]
    with pytest.raises(NotSignedIn):
        await house.sessions.account_of(token)


async def test_stream_of_a_session_revoked_elsewhere_is_told(house: House) -> None:
    token = await house.sign_in("wall")
    ended: list[bytes] = []
    house.sessions.on_ended(ended.append)
    house.sessions.in_use(lambda: [digest(token)])
    await house.database.execute("update account set disabled_at = now()")
    await house.sessions.sweep()
    assert ended == [digest(token)]


async def test_signing_out_is_told_at_once(house: House) -> None:
    token = await house.sign_in("wall")
    ended: list[bytes] = []
    house.sessions.on_ended(ended.append)
    await house.sessions.close(await house.sessions.account_of(token))
    assert ended == [digest(token)]


async def test_closing_all_but_one_leaves_that_one(house: House) -> None:
    first, second = await house.sign_in("wang"), await house.sign_in("wang", create=False)
    account = await house.sessions.account_of(second)
    assert await house.sessions.close_all(account.id, but=account.session_hash) == 1
    assert (await house.sessions.account_of(second)).id == account.id
    with pytest.raises(NotSignedIn):
        await house.sessions.account_of(first)


async def test_disabled_account_cannot_sign_in(house: House) -> None:
    await house.account("wang")
    await house.database.execute("update account set disabled_at = now()")
    assert not await house.can_sign_in("wang")


async def test_old_costs_are_renewed_at_sign_in(house: House) -> None:
    await house.account("wang")
    before = await house.database.fetchval("select password_hash from account")
    await house.database.execute("update account set password_hash = $1", house.old_cost_hash)
    await house.sign_in("wang", create=False)
    after = await house.database.fetchval("select password_hash from account")
    assert after not in (before, house.old_cost_hash)
    assert not house.passwords.needs_rehash(after)


@pytest.mark.parametrize("token", ["", "x", "x" * 43, "\n" * 43])
async def test_other_tokens_are_nobodys(house: House, token: str) -> None:
    with pytest.raises(NotSignedIn):
        await house.sessions.account_of(token)
