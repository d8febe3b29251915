"""Passwords: argon2id hashes made off the event loop, rules for new ones, and generated ones."""

from __future__ import annotations

import asyncio
import secrets
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from tracker.errors import BadValue, TooMany

MIN_LENGTH = 10
MAX_LENGTH = 128  # a bound on the work that a stranger can ask for
AT_ONCE = 2  # each hash takes MEMORY_KIB and a core
MOST_WAITING = 32  # about two seconds of hashing; beyond it the server says "later"
TIME_COST = 2
MEMORY_KIB = 32 * 1024  # above the 19 MiB that OWASP asks for with two passes
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that is misread over the telephone
_COMMON = frozenset(Path(__file__).with_name("common_passwords.txt").read_text(encoding="utf-8").split())


def check_new(password: str, account_name: str) -> None:
    """Raise BadValue (field `new`, never with the password in it) unless the password may be chosen."""
    lowered = password.lower()
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        raise BadValue(
            field="new", value=f"{len(password)} characters", allowed=f"{MIN_LENGTH}..{MAX_LENGTH} characters"
        )
    if account_name.lower() in lowered:
        raise BadValue(field="new", value="contains the account's name", allowed="a password without it")
    if lowered in _COMMON or len(set(lowered)) < 4:
        raise BadValue(field="new", value="a common password", allowed="one that is not easily guessed")


def generate_password() -> str:
    """Sixteen letters and digits in four groups (79 bits), easy to read out."""
    letters = [secrets.choice(_ALPHABET) for _ in range(16)]
    return "-".join("".join(letters[start : start + 4]) for start in range(0, 16, 4))


class Passwords:
    """Hashes and checks passwords in two threads of their own; raises TooMany when too many wait."""

    def __init__(self, *, time_cost: int = TIME_COST, memory_kib: int = MEMORY_KIB) -> None:
        self._hasher = PasswordHasher(time_cost=time_cost, memory_cost=memory_kib, parallelism=1)
        self._threads = ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="argon2")
        self._waiting = 0
        self._dummy = self._hasher.hash(secrets.token_urlsafe(16))

    async def hash(self, password: str) -> str:
        """The argon2id hash of a password, with its salt and costs in it."""
        return await self._run(password)

    async def verify(self, stored: str | None, password: str) -> bool:
        """Whether the password is the stored one; for None the same time is spent and False returned."""
        matches = await self._run(password, stored or self._dummy)
        return bool(matches) and stored is not None

    def needs_rehash(self, stored: str) -> bool:
        """Whether the hash was made with other costs than today's."""
        return self._hasher.check_needs_rehash(stored)

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _run(self, password: str, stored: str | None = None) -> str:
        if self._waiting >= MOST_WAITING:
            raise TooMany("too many passwords are being checked", retry_after_s=2)
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._threads, self._work, password[:MAX_LENGTH], stored)
        finally:
            self._waiting -= 1

    def _work(self, password: str, stored: str | None) -> str:
        if stored is None:
            return self._hasher.hash(password)
        try:
            self._hasher.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return ""
        return stored
