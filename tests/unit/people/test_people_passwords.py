"""Which passwords are allowed, and how they are hashed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from tracker.errors import BadValue, TooMany
from tracker.people.passwords import MOST_WAITING, Passwords, check_new, generate_password


@pytest.fixture
def cheap() -> Iterator[Passwords]:
    passwords = Passwords(time_cost=1, memory_kib=64)
    yield passwords
    passwords.close()


@pytest.mark.parametrize(
    "password", ["short", "x" * 129, "my-Wang.wu-secret", "Password123", "1234567890", "aaaaaaaaaaaa", "121212121212"]
)
def test_weak_password_is_refused_without_showing_it(password: str) -> None:
    with pytest.raises(BadValue) as refused:
        check_new(password, "wang.wu")
    assert refused.value.field == "new"
    assert password not in str(refused.value)


@pytest.mark.parametrize("password", ["correct horse", "内丘县三巡值班室的口令", "k7w-29xm-pp"])
def test_good_password_is_allowed(password: str) -> None:
    check_new(password, "wang.wu")


def test_generated_password_is_allowed_and_fresh() -> None:
    first, second = generate_password(), generate_password()
    check_new(first, "wang.wu")
    assert first != second
    assert len(first) == 19


async def test_hash_verifies_only_its_own_password(cheap: Passwords) -> None:
    stored = await cheap.hash("correct horse")
    assert stored.startswith("$argon2id$")
    assert await cheap.verify(stored, "correct horse")
    assert not await cheap.verify(stored, "correct house")


async def test_missing_or_broken_hash_never_verifies(cheap: Passwords) -> None:
    assert not await cheap.verify(None, "correct horse")
    assert not await cheap.verify("!", "correct horse")


async def test_other_costs_need_a_rehash(cheap: Passwords) -> None:
    stored = await cheap.hash("correct horse")
    dearer = Passwords(time_cost=2, memory_kib=64)
    assert dearer.needs_rehash(stored)
    assert not cheap.needs_rehash(stored)
    dearer.close()


async def test_hashing_leaves_the_loop_free() -> None:
    passwords = Passwords(time_cost=4, memory_kib=32 * 1024)
    task = asyncio.create_task(passwords.hash("correct horse"), name="hash")
    turns = 0
    while not task.done():
        await asyncio.sleep(0.001)
        turns += 1
    assert turns > 5
    passwords.close()


async def test_too_many_waiting_passwords_are_refused(cheap: Passwords) -> None:
    hashes = [cheap.hash("correct horse") for _ in range(MOST_WAITING + 1)]
    results = await asyncio.gather(*hashes, return_exceptions=True)
    assert [type(result) for result in results].count(TooMany) == 1
